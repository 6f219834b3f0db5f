#include "base/clock.h"

#include <gtest/gtest.h>

#include "base/task_scope.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(Clock, SteadyTimeDoesNotGoBack) {
  std::int64_t previous = clock().now_ns();
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t now = clock().now_ns();
    EXPECT_GE(now, previous);
    previous = now;
  }
}

TEST(Clock, SleepLastsAtLeastItsDuration) {
  const std::int64_t before_ns = clock().now_ns();
  clock().sleep(3ms, StopToken());
  EXPECT_GE(clock().now_ns() - before_ns, std::chrono::nanoseconds(3ms).count());
}

TEST(Clock, SleepOfAStoppedTokenThrowsAtOnce) {
  StopSource source;
  source.request_stop(StopReason::kShutdown);
  EXPECT_THROW(clock().sleep(1h, source.token()), Stopped);
}

TEST(Clock, AStopEndsASleep) {
  StopSource source;
  TaskScope scope("test", source.token());
  scope.spawn("sleeps", [](StopToken stop) { clock().sleep(1h, stop); });
  source.request_stop(StopReason::kShutdown);
  EXPECT_THROW(scope.join(), Stopped);
}

TEST(ManualClock, AdvancesOnlyWhenTold) {
  ManualClock manual(1'000'000);
  const ClockOverride override_clock(manual);
  EXPECT_EQ(clock().system_now_us(), 1'000'000);
  manual.advance(1500us);
  EXPECT_EQ(clock().system_now_us(), 1'001'500);
  EXPECT_EQ(clock().now_ns(), 1'500'000);
}

TEST(ManualClock, SleepersWakeWhenItsTimeHasCome) {
  ManualClock manual;
  std::atomic<bool> awake{false};
  TaskScope scope("test", StopToken());
  scope.spawn("sleeps", [&](StopToken stop) {
    manual.sleep(1h, stop);
    awake = true;
  });
  while (!awake) manual.advance(1min);
  scope.join();
}

}  // namespace
}  // namespace sluice
