#include "base/sched.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstring>

#include "base/poll_gap.h"

namespace sluice::sched {
namespace detail {
constinit thread_local Scheduler* current_scheduler = nullptr;
}

namespace {

std::int64_t os_steady_now_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// futex(2). FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC deadline.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t deadline_ns) noexcept {
  timespec deadline{};
  timespec* deadline_pointer = nullptr;
  if (deadline_ns != kNever) {
    if (deadline_ns < 0) deadline_ns = 0;
    deadline.tv_sec = deadline_ns / 1'000'000'000;
    deadline.tv_nsec = deadline_ns % 1'000'000'000;
    deadline_pointer = &deadline;
  }
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_BITSET_PRIVATE, expected, deadline_pointer,
          nullptr, FUTEX_BITSET_MATCH_ANY);
}

void futex_wake(std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}
static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t), "a futex word is a plain 32-bit integer");

}  // namespace

std::int64_t steady_now_ns() noexcept {
  if (Scheduler* scheduler = current()) [[unlikely]]
    return scheduler->now_ns();
  return os_steady_now_ns();
}

void WaitEvent::signal() noexcept {
  if (Scheduler* scheduler = current()) [[unlikely]] {
    state_.store(kSignalled, std::memory_order_release);
    scheduler->wake(this);
    return;
  }
  if (state_.exchange(kSignalled, std::memory_order_acq_rel) == kWaiting) futex_wake(state_);
}

bool WaitEvent::wait(std::int64_t deadline_ns) noexcept {
  if (is_signalled()) return true;
  const PollGapPause pause;
  if (Scheduler* scheduler = current()) [[unlikely]] {
    while (!is_signalled()) {
      if (deadline_ns != kNever && scheduler->now_ns() >= deadline_ns) return false;
      scheduler->block(this, deadline_ns);
    }
    return true;
  }
  std::uint32_t state = kIdle;
  state_.compare_exchange_strong(state, kWaiting, std::memory_order_acq_rel, std::memory_order_acquire);
  while (!is_signalled()) {
    futex_wait(state_, kWaiting, deadline_ns);
    if (is_signalled()) return true;
    if (deadline_ns != kNever && os_steady_now_ns() >= deadline_ns) {
      state = kWaiting;
      return !state_.compare_exchange_strong(state, kIdle, std::memory_order_acq_rel, std::memory_order_acquire);
    }
  }
  return true;
}

void SpinLatch::lock_slow() noexcept {
  int spins = 0;
  do {
    while (locked_.load(std::memory_order_relaxed)) {
      if (++spins > 64) sched_yield();
    }
  } while (locked_.exchange(true, std::memory_order_acquire));
}

const void* this_thread_key() noexcept {
  static thread_local char key;
  return &key;
}

void set_thread_name(const char* name) noexcept {
  char cut[16] = {};
  std::strncpy(cut, name, sizeof(cut) - 1);
  prctl(PR_SET_NAME, cut, 0, 0, 0);
}

}  // namespace sluice::sched
