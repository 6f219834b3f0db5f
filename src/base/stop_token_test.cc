#include "base/stop_token.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/stop_probe.h"

namespace sluice {
namespace {

TEST(StopToken, WithoutASourceNeverStops) {
  const StopToken stop;
  EXPECT_FALSE(stop.stop_requested());
  EXPECT_EQ(stop.reason(), StopReason::kNone);
  EXPECT_NO_THROW(stop.poll());
}

TEST(StopToken, PollThrowsTheReason) {
  StopSource source;
  const StopToken stop = source.token();
  EXPECT_NO_THROW(stop.poll());
  EXPECT_TRUE(source.request_stop(StopReason::kTimeLimit));
  try {
    stop.poll();
    FAIL() << "poll returned";
  } catch (const Stopped& stopped) {
    EXPECT_EQ(stopped.reason(), StopReason::kTimeLimit);
  }
}

TEST(StopToken, StoppedIsNoStandardException) { EXPECT_FALSE((std::is_base_of_v<std::exception, Stopped>)); }

TEST(StopSource, FirstReasonWins) {
  StopSource source;
  EXPECT_TRUE(source.request_stop(StopReason::kClientGone));
  EXPECT_FALSE(source.request_stop(StopReason::kQueryKilled));
  EXPECT_EQ(source.reason(), StopReason::kClientGone);
}

TEST(StopSource, FirstReasonWinsAmongManyThreads) {
  for (int round = 0; round < 200; ++round) {
    StopSource source;
    std::atomic<int> winners{0};
    std::vector<std::thread> threads;
    for (int i = 1; i <= 4; ++i) {
      threads.emplace_back([&, i] { winners += source.request_stop(static_cast<StopReason>(i)) ? 1 : 0; });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(winners, 1);
  }
}

TEST(StopSource, StopsItsDescendantsWithItsReason) {
  StopSource root;
  StopSource child(root.token());
  StopSource grandchild(child.token());
  root.request_stop(StopReason::kShutdown);
  EXPECT_EQ(child.reason(), StopReason::kShutdown);
  EXPECT_EQ(grandchild.reason(), StopReason::kShutdown);
}

TEST(StopSource, LeavesItsParentAlone) {
  StopSource root;
  StopSource child(root.token());
  StopSource sibling(root.token());
  child.request_stop(StopReason::kSiblingFailed);
  EXPECT_FALSE(root.stop_requested());
  EXPECT_FALSE(sibling.stop_requested());
}

TEST(StopSource, MadeFromAStoppedParentIsStopped) {
  StopSource root;
  root.request_stop(StopReason::kJobPaused);
  const StopSource child(root.token());
  EXPECT_EQ(child.reason(), StopReason::kJobPaused);
}

TEST(StopSource, RecordsWhenTheStopWasRequestedAndSeen) {
  StopSource source;
  EXPECT_EQ(source.token().stop_requested_ns(), 0);
  source.request_stop(StopReason::kQueryKilled);
  EXPECT_GT(source.token().stop_requested_ns(), 0);
  EXPECT_EQ(source.token().stop_first_seen_ns(), 0);
  EXPECT_THROW(source.token().poll(), Stopped);
  EXPECT_GE(source.token().stop_first_seen_ns(), source.token().stop_requested_ns());
}

TEST(StopCallback, RunsOnceOnTheStoppingThread) {
  StopSource source;
  int runs = 0;
  const StopCallback callback(source.token(), [&runs] { ++runs; });
  EXPECT_EQ(runs, 0);
  source.request_stop(StopReason::kQueryKilled);
  source.request_stop(StopReason::kQueryKilled);
  EXPECT_EQ(runs, 1);
}

TEST(StopCallback, RunsAtOnceIfStopped) {
  StopSource source;
  source.request_stop(StopReason::kQueryKilled);
  int runs = 0;
  const StopCallback callback(source.token(), [&runs] { ++runs; });
  EXPECT_EQ(runs, 1);
}

TEST(StopCallback, DoesNotRunAfterItsDestructor) {
  StopSource source;
  int runs = 0;
  {
    const StopCallback callback(source.token(), [&runs] { ++runs; });
  }
  source.request_stop(StopReason::kQueryKilled);
  EXPECT_EQ(runs, 0);
}

TEST(StopCallback, MayDestroyItself) {
  StopSource source;
  std::optional<StopCallback> callback;
  int runs = 0;
  callback.emplace(source.token(), [&] {
    ++runs;
    callback.reset();
  });
  source.request_stop(StopReason::kQueryKilled);
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(callback.has_value());
}

TEST(StopCallback, MayDestroyAnotherOne) {
  StopSource source;
  std::optional<StopCallback> first;
  std::optional<StopCallback> second;
  int runs = 0;
  const auto destroy_both = [&] {
    ++runs;
    first.reset();
    second.reset();
  };
  first.emplace(source.token(), destroy_both);
  second.emplace(source.token(), destroy_both);
  source.request_stop(StopReason::kQueryKilled);
  EXPECT_EQ(runs, 1);
}

TEST(StopCallback, DestructorWaitsForARunOnAnotherThread) {
  for (int round = 0; round < 500; ++round) {
    StopSource source;
    auto shared = std::make_unique<std::atomic<int>>(0);
    std::optional<StopCallback> callback;
    callback.emplace(source.token(), [value = shared.get()] {
      for (int i = 0; i < 100; ++i) value->fetch_add(1);
    });
    std::thread stopper([&] { source.request_stop(StopReason::kQueryKilled); });
    callback.reset();
    const int after_reset = shared->load();
    EXPECT_TRUE(after_reset == 0 || after_reset == 100);
    shared.reset();  // the address sanitizer sees a run after this
    stopper.join();
  }
}

TEST(StopCallback, ChildrenComeAndGoWhileTheParentStops) {
  for (int round = 0; round < 200; ++round) {
    StopSource root;
    std::thread stopper([&] { root.request_stop(StopReason::kShutdown); });
    for (int i = 0; i < 20; ++i) {
      StopSource child(root.token());
      StopSource grandchild(child.token());
      std::atomic<int> runs{0};
      const StopCallback callback(grandchild.token(), [&runs] { ++runs; });
      EXPECT_LE(runs.load(), 1);
    }
    stopper.join();
    EXPECT_TRUE(root.stop_requested());
  }
}

#ifdef SLUICE_TEST_BUILD
TEST(StopProbe, CountsThePollsOfTheWholeTreeAndActsAtTheGivenOne) {
  StopSource root;
  StopProbe probe(root);
  StopSource statement(root.token());
  StopSource scope(statement.token());
  probe.arm(0, [] {});
  for (int i = 0; i < 3; ++i) scope.token().poll();
  statement.token().poll();
  EXPECT_EQ(probe.count(), 4u);

  probe.arm(2, [&] { statement.request_stop(StopReason::kQueryKilled); });
  EXPECT_NO_THROW(scope.token().poll());
  EXPECT_FALSE(probe.fired());
  EXPECT_THROW(scope.token().poll(), Stopped);
  EXPECT_TRUE(probe.fired());
}
#endif

}  // namespace
}  // namespace sluice
