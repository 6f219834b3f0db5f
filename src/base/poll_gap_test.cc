#include "base/poll_gap.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/clock.h"
#include "base/task_tree.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

void compute_for(std::chrono::nanoseconds duration) {
  const std::int64_t end_ns = clock().now_ns() + duration.count();
  while (clock().now_ns() < end_ns) {
  }
}

TEST(PollGap, IsTheLongestTimeBetweenTwoPolls) {
  StopSource source;
  TaskRecord record(TaskKind::kStatement, "test", source.token());
  const TaskAttachment attachment(record);
  source.token().poll();
  compute_for(5ms);
  source.token().poll();
  EXPECT_GE(record.longest_poll_gap_ns(), 4'900'000);
  EXPECT_GE(poll_gap_totals().longest_gap_ns, 4'900'000);
}

TEST(PollGap, CountsGapsOverTenMilliseconds) {
  StopSource source;
  TaskRecord record(TaskKind::kStatement, "test", source.token());
  const TaskAttachment attachment(record);
  const std::uint64_t before = poll_gap_totals().gaps_over_10_ms;
  source.token().poll();
  compute_for(12ms);
  source.token().poll();
  EXPECT_GE(poll_gap_totals().gaps_over_10_ms, before + 1);
}

TEST(PollGap, AWaitIsNotAGap) {
  StopSource source;
  TaskRecord record(TaskKind::kStatement, "test", source.token());
  const TaskAttachment attachment(record);
  clock().sleep(1s, source.token());
  source.token().poll();
  EXPECT_LT(record.longest_poll_gap_ns(), 900'000'000);
}

TEST(PollGap, OfAChildCountsForItsParent) {
  StopSource source;
  TaskRecord parent(TaskKind::kStatement, "parent", source.token());
  {
    TaskRecord child(TaskKind::kTask, "child", source.token(), &parent);
    const TaskAttachment attachment(child);
    compute_for(2ms);
    source.token().poll();
  }
  EXPECT_GE(parent.longest_poll_gap_ns(), 1'900'000);
}

TEST(CycleClock, AgreesWithTheSteadyClock) {
  const std::uint64_t start_cycles = cycles_now();
  const std::int64_t start_ns = clock().now_ns();
  compute_for(20ms);
  const double cycles_ns = static_cast<double>(cycles_to_ns(cycles_now() - start_cycles));
  const double elapsed_ns = static_cast<double>(clock().now_ns() - start_ns);
  EXPECT_NEAR(cycles_ns / elapsed_ns, 1.0, 0.2);
}

}  // namespace
}  // namespace sluice
