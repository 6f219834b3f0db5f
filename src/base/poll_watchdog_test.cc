#include "base/poll_watchdog.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/task_scope.h"
#include "base/task_tree.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(PollWatchdog, SeesATaskThatDoesNotPoll) {
  StopSource source;
  TaskRecord record(TaskKind::kStatement, "busy", source.token());
  const TaskAttachment attachment(record);
  source.token().poll();
  const std::int64_t end_ns = clock().now_ns() + 3'000'000;
  while (clock().now_ns() < end_ns) {
  }
  EXPECT_EQ(report_unpolled_tasks(1ms), 1u);
  source.token().poll();
  EXPECT_EQ(report_unpolled_tasks(1h), 0u);
}

TEST(PollWatchdog, LeavesWaitingTasksAlone) {
  StopSource source;
  TaskScope scope("test", source.token());
  scope.spawn("sleeps", [](StopToken stop) { clock().sleep(1h, stop); });
  clock().sleep(5ms, StopToken());
  EXPECT_EQ(report_unpolled_tasks(4ms), 0u);
  source.request_stop(StopReason::kScopeEnded);
  EXPECT_THROW(scope.join(), Stopped);
}

TEST(PollWatchdog, EndsWhenStopped) {
  StopSource source;
  TaskScope scope("test", source.token());
  scope.spawn("watchdog", [](StopToken stop) { run_poll_watchdog(1ms, 1h, stop); });
  clock().sleep(3ms, StopToken());
  source.request_stop(StopReason::kShutdown);
  EXPECT_THROW(scope.join(), Stopped);
}

}  // namespace
}  // namespace sluice
