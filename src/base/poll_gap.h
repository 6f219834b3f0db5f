#pragma once

#include <atomic>
#include <cstdint>

#include "base/cycle_clock.h"

namespace sluice {

/// The poll gaps of one task: how long it computed between two polls of its stop token.
///
/// Thread-safety: written by the thread that runs the task, read by any. Blocked waits are not gaps (PollGapPause).
struct PollGapRecord {
  std::atomic<std::uint64_t> last_poll_cycles{0};
  std::atomic<std::uint64_t> longest_gap_cycles{0};
  std::atomic<bool> is_waiting{false};
  /// Gaps up to this are not looked at further; starts near 0.1 ms and follows the longest gap up to 10 ms.
  std::uint64_t report_above_cycles = 1u << 18;
};

/// Process-wide figures.
struct PollGapTotals {
  std::int64_t longest_gap_ns = 0;
  std::uint64_t gaps_over_10_ms = 0;
  std::uint64_t gaps_over_100_ms = 0;
};
PollGapTotals poll_gap_totals() noexcept;

/// In test builds: a gap above this ends the process with the task's name; 0 switches it off (the default).
void set_poll_gap_limit_ns(std::int64_t limit_ns) noexcept;

namespace detail {
/// The record of the task that the calling thread runs; null outside tasks.
extern constinit thread_local PollGapRecord* current_poll_record;
void report_poll_gap(PollGapRecord& record, std::uint64_t gap_cycles) noexcept;

inline void note_poll() noexcept {
  PollGapRecord* record = current_poll_record;
  if (record == nullptr) return;
  const std::uint64_t now = cycles_now();
  const std::uint64_t gap = now - record->last_poll_cycles.load(std::memory_order_relaxed);
  record->last_poll_cycles.store(now, std::memory_order_relaxed);
  if (gap > record->report_above_cycles) [[unlikely]]
    report_poll_gap(*record, gap);
}
}  // namespace detail

/// Makes `record` the calling thread's for the guard's life, and starts its measurement.
class PollGapScope {
 public:
  explicit PollGapScope(PollGapRecord& record) noexcept : previous_(detail::current_poll_record) {
    record.last_poll_cycles.store(cycles_now(), std::memory_order_relaxed);
    detail::current_poll_record = &record;
  }
  ~PollGapScope() {
    detail::current_poll_record = previous_;
    if (previous_ != nullptr) previous_->last_poll_cycles.store(cycles_now(), std::memory_order_relaxed);
  }
  PollGapScope(const PollGapScope&) = delete;
  PollGapScope& operator=(const PollGapScope&) = delete;

 private:
  PollGapRecord* previous_;
};

/// Around a blocking wait: the wait counts as a poll at its begin and does not count as a gap.
class PollGapPause {
 public:
  PollGapPause() noexcept : record_(detail::current_poll_record) {
    detail::note_poll();
    if (record_ != nullptr) record_->is_waiting.store(true, std::memory_order_relaxed);
  }
  ~PollGapPause() {
    if (record_ == nullptr) return;
    record_->last_poll_cycles.store(cycles_now(), std::memory_order_relaxed);
    record_->is_waiting.store(false, std::memory_order_relaxed);
  }
  PollGapPause(const PollGapPause&) = delete;
  PollGapPause& operator=(const PollGapPause&) = delete;

 private:
  PollGapRecord* const record_;
};

}  // namespace sluice
