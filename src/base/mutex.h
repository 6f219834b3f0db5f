#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "base/sched.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"

namespace sluice {

/// A mutual-exclusion lock. It guards a few lines that neither block nor call out, so taking it needs no stop token.
class SLUICE_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() SLUICE_ACQUIRE() {
    if (sched::current() != nullptr) [[unlikely]] {
      lock_scheduled();
    } else {
      mutex_.lock();
    }
  }
  bool try_lock() SLUICE_TRY_ACQUIRE(true) { return mutex_.try_lock(); }
  void unlock() SLUICE_RELEASE() {
    mutex_.unlock();
    if (sched::current() != nullptr) [[unlikely]]
      unlock_scheduled();
  }

 private:
  void lock_scheduled();
  void unlock_scheduled() noexcept;

  std::mutex mutex_;
};

/// Holds a Mutex for its own life.
class SLUICE_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) SLUICE_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() SLUICE_RELEASE() {
    if (held_) mutex_.unlock();
  }
  /// Gives the mutex back before the end of the block; lock() takes it again.
  void unlock() SLUICE_RELEASE() {
    held_ = false;
    mutex_.unlock();
  }
  void lock() SLUICE_ACQUIRE() {
    mutex_.lock();
    held_ = true;
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
  bool held_ = true;
};

/// A condition variable whose waits wake by event when their token stops.
///
/// All waiters of one condition use the same mutex. Notifications may be given with or without the mutex held.
/// The predicate is evaluated with the mutex held. A predicate that holds wins over a stop.
class Condition {
 public:
  Condition() = default;
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  /// Waits until `predicate()` holds. Throws Stopped; the mutex is held again after a return and after a throw.
  template <class Predicate>
  void wait(MutexLock& lock, StopToken stop, Predicate predicate) SLUICE_NO_THREAD_SAFETY_ANALYSIS {
    while (!predicate()) wait_once(lock, stop, sched::kNever);
  }

  /// As wait(), until `deadline_ns` of the clock's steady time. Returns what the predicate says at the end.
  template <class Predicate>
  bool wait_until(MutexLock& lock, StopToken stop, std::int64_t deadline_ns,
                  Predicate predicate) SLUICE_NO_THREAD_SAFETY_ANALYSIS {
    while (!predicate()) {
      if (!wait_once(lock, stop, deadline_ns)) return predicate();
    }
    return true;
  }

  template <class Predicate>
  bool wait_for(MutexLock& lock, StopToken stop, std::chrono::nanoseconds duration,
                Predicate predicate) SLUICE_NO_THREAD_SAFETY_ANALYSIS {
    return wait_until(lock, stop, sched::steady_now_ns() + duration.count(), predicate);
  }

  /// For waits whose event is certain to come, because what they wait for has been stopped itself: joining a scope.
  template <class Predicate>
  void wait_certain(MutexLock& lock, Predicate predicate) SLUICE_NO_THREAD_SAFETY_ANALYSIS {
    while (!predicate()) wait_once(lock, StopToken(), sched::kNever);
  }

  void notify_one() noexcept;
  void notify_all() noexcept;

 private:
  struct Waiter;

  /// False after the deadline; may return true for no reason. Throws Stopped.
  bool wait_once(MutexLock& lock, StopToken stop, std::int64_t deadline_ns);
  void enqueue(Waiter& waiter) noexcept;
  bool dequeue(Waiter& waiter) noexcept;

  sched::SpinLatch latch_;
  Waiter* first_ = nullptr;  // guarded by latch_; in the order of arrival
  Waiter* last_ = nullptr;   // guarded by latch_
};

}  // namespace sluice
