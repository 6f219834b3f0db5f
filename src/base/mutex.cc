#include "base/mutex.h"

#include "base/check.h"

namespace sluice {

void Mutex::lock_scheduled() {
  sched::Scheduler* scheduler = sched::current();
  scheduler->yield();
  while (!mutex_.try_lock()) scheduler->block(this, sched::kNever);
}

void Mutex::unlock_scheduled() noexcept { sched::current()->wake(this); }

struct Condition::Waiter {
  sched::WaitEvent event;
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
  bool queued = false;
};

Condition::~Condition() { SLUICE_FATAL_CHECK(first_ == nullptr, "a condition is destroyed while threads wait for it"); }

void Condition::enqueue(Waiter& waiter) noexcept {
  const sched::SpinGuard guard(latch_);
  waiter.previous = last_;
  (last_ != nullptr ? last_->next : first_) = &waiter;
  last_ = &waiter;
  waiter.queued = true;
}

// Returns whether the waiter was still queued, that is: not notified.
bool Condition::dequeue(Waiter& waiter) noexcept {
  const sched::SpinGuard guard(latch_);
  if (!waiter.queued) return false;
  (waiter.previous != nullptr ? waiter.previous->next : first_) = waiter.next;
  (waiter.next != nullptr ? waiter.next->previous : last_) = waiter.previous;
  waiter.queued = false;
  return true;
}

// The analysis does not follow a lock that is given back and taken again through a reference.
bool Condition::wait_once(MutexLock& lock, StopToken stop, std::int64_t deadline_ns) SLUICE_NO_THREAD_SAFETY_ANALYSIS {
  stop.poll();
  Waiter waiter;
  enqueue(waiter);
  bool in_time;
  {
    const StopCallback wake_on_stop(stop, [&waiter]() noexcept { waiter.event.signal(); });
    lock.unlock();
    in_time = waiter.event.wait(deadline_ns);
  }
  const bool notified = !dequeue(waiter);
  lock.lock();
  // A notification that met a stopped or late waiter is passed on, else another waiter would miss it.
  if (notified && (stop.stop_requested() || !in_time)) notify_one();
  return in_time;
}

void Condition::notify_one() noexcept {
  const sched::SpinGuard guard(latch_);
  if (first_ == nullptr) return;
  Waiter& waiter = *first_;
  first_ = waiter.next;
  (first_ != nullptr ? first_->previous : last_) = nullptr;
  waiter.queued = false;
  waiter.event.signal();  // under the latch: dequeue() keeps the waiter alive until here
}

void Condition::notify_all() noexcept {
  const sched::SpinGuard guard(latch_);
  while (first_ != nullptr) {
    Waiter& waiter = *first_;
    first_ = waiter.next;
    waiter.queued = false;
    waiter.event.signal();
  }
  last_ = nullptr;
}

}  // namespace sluice
