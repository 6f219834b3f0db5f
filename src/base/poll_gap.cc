#include "base/poll_gap.h"

#include <algorithm>

#include "base/check.h"

namespace sluice {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
std::atomic<std::int64_t> longest_gap_ns{0};
std::atomic<std::uint64_t> gaps_over_10_ms{0};
std::atomic<std::uint64_t> gaps_over_100_ms{0};
std::atomic<std::int64_t> gap_limit_ns{0};

}  // namespace

PollGapTotals poll_gap_totals() noexcept {
  return {longest_gap_ns.load(std::memory_order_relaxed), gaps_over_10_ms.load(std::memory_order_relaxed),
          gaps_over_100_ms.load(std::memory_order_relaxed)};
}

void set_poll_gap_limit_ns(std::int64_t limit_ns) noexcept { gap_limit_ns.store(limit_ns, std::memory_order_relaxed); }

namespace detail {

constinit thread_local PollGapRecord* current_poll_record = nullptr;

void report_poll_gap(PollGapRecord& record, std::uint64_t gap_cycles) noexcept {
  if (gap_cycles > record.longest_gap_cycles.load(std::memory_order_relaxed)) {
    record.longest_gap_cycles.store(gap_cycles, std::memory_order_relaxed);
  }
  const std::int64_t gap_ns = cycles_to_ns(gap_cycles);
  if (gap_ns > 10 * kMillisecond) gaps_over_10_ms.fetch_add(1, std::memory_order_relaxed);
  if (gap_ns > 100 * kMillisecond) gaps_over_100_ms.fetch_add(1, std::memory_order_relaxed);
  std::int64_t longest = longest_gap_ns.load(std::memory_order_relaxed);
  while (gap_ns > longest && !longest_gap_ns.compare_exchange_weak(longest, gap_ns, std::memory_order_relaxed)) {
  }
  if (gap_ns <= 10 * kMillisecond) record.report_above_cycles = std::max(record.report_above_cycles, gap_cycles);
  const std::int64_t limit = gap_limit_ns.load(std::memory_order_relaxed);
  SLUICE_FATAL_CHECK(limit == 0 || gap_ns <= limit, "{} ns between two polls, the limit is {} ns", gap_ns, limit);
}

}  // namespace detail
}  // namespace sluice
