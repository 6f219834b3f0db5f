#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/mutex.h"
#include "base/stop_token.h"

namespace sluice {

/// A bounded queue between tasks, whose waits wake by event when their token stops.
///
/// After close() pushes fail and pops drain what is left, then return nothing. Closing twice is fine.
/// Thread-safety: all members from any thread. The channel must outlive its users: declare it before their TaskScope.
template <class T>
class Channel {
 public:
  /// `capacity`: at least 1.
  explicit Channel(std::size_t capacity) : capacity_(capacity) { SLUICE_CHECK(capacity > 0); }

  /// Waits for room. Returns false, and drops `value`, if the channel is closed. Throws Stopped; then nothing was
  /// pushed.
  bool push(T value, StopToken stop) {
    MutexLock lock(mutex_);
    not_full_.wait(lock, stop, [&] { return closed_ || queue_.size() < capacity_; });
    if (closed_) return false;
    queue_.push_back(std::move(value));
    not_empty_.notify_one();
    return true;
  }

  /// Pushes if there is room and the channel is open; takes from `value` only if it returns true.
  bool try_push(T& value) {
    MutexLock lock(mutex_);
    if (closed_ || queue_.size() >= capacity_) return false;
    queue_.push_back(std::move(value));
    not_empty_.notify_one();
    return true;
  }

  /// Waits for a value. Returns nothing once the channel is closed and empty. Throws Stopped.
  std::optional<T> pop(StopToken stop) {
    MutexLock lock(mutex_);
    not_empty_.wait(lock, stop, [&] { return closed_ || !queue_.empty(); });
    return take_front();
  }

  /// A value if there is one; does not wait.
  std::optional<T> try_pop() {
    MutexLock lock(mutex_);
    return take_front();
  }

  /// Fails waiting pushes and lets pops drain.
  void close() {
    MutexLock lock(mutex_);
    closed_ = true;
    not_full_.notify_all();
    not_empty_.notify_all();
  }

  bool is_closed() const {
    MutexLock lock(mutex_);
    return closed_;
  }
  std::size_t size() const {
    MutexLock lock(mutex_);
    return queue_.size();
  }

 private:
  std::optional<T> take_front() SLUICE_REQUIRES(mutex_) {
    if (queue_.empty()) return std::nullopt;
    std::optional<T> value(std::move(queue_.front()));
    queue_.pop_front();
    not_full_.notify_one();
    return value;
  }

  const std::size_t capacity_;
  mutable Mutex mutex_;
  Condition not_full_;
  Condition not_empty_;
  std::deque<T> queue_ SLUICE_GUARDED_BY(mutex_);
  bool closed_ SLUICE_GUARDED_BY(mutex_) = false;
};

}  // namespace sluice
