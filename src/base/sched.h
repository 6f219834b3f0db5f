#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

// The scheduling seam: every blocking primitive of base/ ends in a WaitEvent, a Mutex or a new thread. In production
// these are the operating system's; inside a DeterministicScheduler (deterministic_scheduler.h) one thread runs at a
// time, chosen by a seed.
namespace sluice::sched {

/// No deadline.
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// What a scheduler other than the operating system's has to do. Called only by threads that it runs.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  /// Lets another thread run.
  virtual void yield() = 0;
  /// Blocks the calling thread until wake(key), or until now_ns() reaches the deadline. May wake for no reason.
  virtual void block(const void* key, std::int64_t deadline_ns) = 0;
  /// Makes all threads that block on `key` runnable. Does not yield.
  virtual void wake(const void* key) noexcept = 0;
  /// Starts a thread that runs `body`.
  virtual void start_thread(std::string name, std::function<void()> body) = 0;
  /// Virtual steady time.
  virtual std::int64_t now_ns() = 0;
};

namespace detail {
extern constinit thread_local Scheduler* current_scheduler;
}

/// The scheduler that runs the calling thread; null in production.
inline Scheduler* current() noexcept { return detail::current_scheduler; }

/// Steady nanoseconds: the operating system's, or the scheduler's virtual time.
std::int64_t steady_now_ns() noexcept;

/// A latch that one thread waits for and others signal. Signals are never lost: a wait after signal() returns at once.
///
/// Thread-safety: signal() from any thread; wait() and reset() by the one waiting thread.
/// Lifetime: signal() touches the event no more once the waiter can have seen it, except to wake its address.
class WaitEvent {
 public:
  WaitEvent() = default;
  WaitEvent(const WaitEvent&) = delete;
  WaitEvent& operator=(const WaitEvent&) = delete;

  void signal() noexcept;
  /// Blocks until signalled (true) or until steady_now_ns() reaches `deadline_ns` (false).
  bool wait(std::int64_t deadline_ns = kNever) noexcept;
  bool is_signalled() const noexcept { return state_.load(std::memory_order_acquire) == kSignalled; }
  void reset() noexcept { state_.store(kIdle, std::memory_order_relaxed); }

 private:
  static constexpr std::uint32_t kIdle = 0, kSignalled = 1, kWaiting = 2;
  std::atomic<std::uint32_t> state_{kIdle};
};

/// A latch over a few instructions that neither block nor call out; for base/ alone. Spins, then yields the processor.
class SpinLatch {
 public:
  void lock() noexcept {
    if (locked_.exchange(true, std::memory_order_acquire)) [[unlikely]]
      lock_slow();
  }
  void unlock() noexcept { locked_.store(false, std::memory_order_release); }

 private:
  void lock_slow() noexcept;
  std::atomic<bool> locked_{false};
};

class SpinGuard {
 public:
  explicit SpinGuard(SpinLatch& latch) noexcept : latch_(latch) { latch_.lock(); }
  ~SpinGuard() { latch_.unlock(); }
  SpinGuard(const SpinGuard&) = delete;
  SpinGuard& operator=(const SpinGuard&) = delete;

 private:
  SpinLatch& latch_;
};

/// An address that differs between living threads.
const void* this_thread_key() noexcept;

/// Names the calling thread for debuggers and /proc (cut to 15 characters).
void set_thread_name(const char* name) noexcept;

}  // namespace sluice::sched
