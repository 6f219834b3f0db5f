#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/mutex.h"
#include "base/stop_token.h"

namespace sluice {

/// Counts the polls of a whole tree of stop tokens, and acts at the k-th: what the stop sweep is made of. Test builds
/// only.
///
/// Attach it to a source before its children are made: they inherit it. Waits count, as each begins with a poll.
/// Thread-safety: polls come from any thread, also during arm(); arm() from one thread.
class StopProbe {
 public:
  /// `root` must outlive the probe, and nothing of its tree may run any more when the probe dies.
  explicit StopProbe(StopSource& root);
  ~StopProbe();
  StopProbe(const StopProbe&) = delete;
  StopProbe& operator=(const StopProbe&) = delete;

  /// Starts to count from 0 again; at poll number `at` (0: never) `action` runs on the polling thread, once, before the
  /// poll looks.
  void arm(std::uint64_t at, std::function<void()> action);
  /// Polls since arm().
  std::uint64_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  /// Whether the action has run.
  bool fired() const noexcept { return fired_.load(std::memory_order_acquire); }

 private:
  friend void detail::probe_poll(detail::StopState& state);
  void count_poll();

  StopSource& root_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> at_{0};
  std::atomic<bool> fired_{false};
  Mutex mutex_;
  std::function<void()> action_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice
