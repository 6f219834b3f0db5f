#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/stop_token.h"

namespace sluice {

/// Counts the bytes of one owner: the server, a statement, an operator. Bytes count in all ancestors too.
///
/// A limit never throws from inside accounting: crossing it stops the source given to on_limit() with kMemoryLimit,
/// once. Whoever can spill asks over_soft_limit() first. A tracker must end at zero: test builds abort, release builds
/// log it and give the rest back to the ancestors. Thread-safety: all members from any thread. Cost: one atomic
/// addition per level; account per chunk, not per row.
class MemoryTracker {
 public:
  static constexpr std::int64_t kNoLimit = -1;

  /// `parent` (may be null) must outlive the tracker.
  explicit MemoryTracker(std::string name, MemoryTracker* parent = nullptr, std::int64_t limit_bytes = kNoLimit);
  ~MemoryTracker();
  MemoryTracker(const MemoryTracker&) = delete;
  MemoryTracker& operator=(const MemoryTracker&) = delete;

  void consume(std::int64_t bytes) noexcept;
  void release(std::int64_t bytes) noexcept { consume(-bytes); }

  std::int64_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }
  /// The largest value that bytes() had.
  std::int64_t max_bytes() const noexcept { return max_bytes_.load(std::memory_order_relaxed); }
  std::int64_t limit_bytes() const noexcept { return limit_bytes_.load(std::memory_order_relaxed); }
  /// `limit_bytes` below 0: none. Applies from the next consume() on.
  void set_limit(std::int64_t limit_bytes) noexcept { limit_bytes_.store(limit_bytes, std::memory_order_relaxed); }

  /// True while this tracker or an ancestor is above four fifths of its limit, or would be with `more_bytes`: time to spill.
  bool over_soft_limit(std::int64_t more_bytes = 0) const noexcept;
  /// True while this tracker itself is above its limit.
  bool over_limit() const noexcept;

  /// `source` is stopped with kMemoryLimit when the tracker passes its limit. It must outlive the tracker, or be taken
  /// back with clear_on_limit() first.
  void on_limit(StopSource& source) noexcept { limit_source_.store(&source, std::memory_order_release); }
  void clear_on_limit() noexcept { limit_source_.store(nullptr, std::memory_order_release); }

  std::string_view name() const noexcept { return name_; }
  MemoryTracker* parent() const noexcept { return parent_; }

 private:
  const std::string name_;
  MemoryTracker* const parent_;
  std::atomic<std::int64_t> bytes_{0};
  std::atomic<std::int64_t> max_bytes_{0};
  std::atomic<std::int64_t> limit_bytes_;
  std::atomic<StopSource*> limit_source_{nullptr};
};

/// Bytes that one container holds of a tracker; gives them back in its destructor.
///
/// Not thread-safe. The tracker must outlive the reservation. A default-constructed one accounts nowhere.
class MemoryReservation {
 public:
  MemoryReservation() noexcept = default;
  explicit MemoryReservation(MemoryTracker& tracker, std::int64_t bytes = 0) noexcept : tracker_(&tracker) {
    grow(bytes);
  }
  explicit MemoryReservation(MemoryTracker* tracker, std::int64_t bytes = 0) noexcept : tracker_(tracker) {
    grow(bytes);
  }
  MemoryReservation(MemoryReservation&& other) noexcept
      : tracker_(other.tracker_), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryReservation& operator=(MemoryReservation&& other) noexcept {
    if (this != &other) {
      release();
      tracker_ = other.tracker_;
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  ~MemoryReservation() { release(); }

  void grow(std::int64_t bytes) noexcept {
    bytes_ += bytes;
    if (tracker_ != nullptr && bytes != 0) tracker_->consume(bytes);
  }
  void shrink(std::int64_t bytes) noexcept { grow(-bytes); }
  void resize(std::int64_t bytes) noexcept { grow(bytes - bytes_); }
  /// Gives everything back; the reservation can be used again.
  void release() noexcept { resize(0); }

  std::int64_t bytes() const noexcept { return bytes_; }
  MemoryTracker* tracker() const noexcept { return tracker_; }

 private:
  MemoryTracker* tracker_ = nullptr;
  std::int64_t bytes_ = 0;
};

}  // namespace sluice
