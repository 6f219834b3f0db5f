#include "base/mutex.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/clock.h"
#include "base/deterministic_scheduler.h"
#include "base/task_scope.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

struct Gate {
  Mutex mutex;
  Condition condition;
  bool open = false;
};

TEST(Condition, ReturnsAtOnceWhenThePredicateHolds) {
  Gate gate;
  StopSource source;
  source.request_stop(StopReason::kQueryKilled);
  MutexLock lock(gate.mutex);
  EXPECT_NO_THROW(gate.condition.wait(lock, source.token(), [] { return true; }));
}

TEST(Condition, ThrowsAtOnceWhenStoppedAndHoldsTheMutexAfterwards) {
  Gate gate;
  StopSource source;
  source.request_stop(StopReason::kQueryKilled);
  MutexLock lock(gate.mutex);
  EXPECT_THROW(gate.condition.wait(lock, source.token(), [] { return false; }), Stopped);
  EXPECT_FALSE(gate.mutex.try_lock());
}

TEST(Condition, DeadlineEndsTheWait) {
  Gate gate;
  MutexLock lock(gate.mutex);
  EXPECT_FALSE(gate.condition.wait_for(lock, StopToken(), 1ms, [] { return false; }));
  EXPECT_FALSE(gate.mutex.try_lock());
}

TEST(Condition, StopEndsALongWaitByEvent) {
  Gate gate;
  StopSource source;
  TaskScope scope("test", source.token());
  scope.spawn("waits", [&](StopToken stop) {
    MutexLock lock(gate.mutex);
    gate.condition.wait_for(lock, stop, 1h, [&] { return gate.open; });
  });
  clock().sleep(2ms, StopToken());
  source.request_stop(StopReason::kShutdown);
  EXPECT_THROW(scope.join(), Stopped);
}

// Under every seed each of two waiters gets through, whichever of notify, stop and deadline comes first.
TEST(Condition, NeitherWakesNorStopsAreLost) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    sched::run_deterministically(seed, [&] {
      Mutex mutex;
      Condition condition;
      int permits = 0;
      int taken = 0;
      int timed_out = 0;
      StopSource source;
      TaskScope scope("scope", StopToken());
      const auto take = [&](StopToken stop, std::int64_t deadline_ns) {
        MutexLock lock(mutex);
        if (!condition.wait_until(lock, stop, deadline_ns, [&] { return permits > 0; })) {
          ++timed_out;
          return;
        }
        --permits;
        ++taken;
      };
      scope.spawn("stopped", [&](StopToken) {
        try {
          take(source.token(), sched::kNever);
        } catch (const Stopped&) {
        }
      });
      scope.spawn("late", [&](StopToken stop) { take(stop, clock().now_ns() + 10); });
      scope.spawn("patient", [&](StopToken stop) { take(stop, sched::kNever); });
      scope.spawn("gives", [&](StopToken stop) {
        for (int i = 0; i < 3; ++i) {
          clock().sleep(std::chrono::nanoseconds(seed % 7), stop);
          MutexLock lock(mutex);
          ++permits;
          condition.notify_one();
        }
      });
      scope.spawn("stops", [&](StopToken stop) {
        stop.poll();
        source.request_stop(StopReason::kQueryKilled);
      });
      scope.join();
      EXPECT_EQ(taken + permits, 3) << "seed " << seed;
      EXPECT_GE(taken, 1) << "seed " << seed;
    });
  }
}

TEST(DeterministicScheduler, SameSeedGivesTheSameRun) {
  const auto run = [](std::uint64_t seed) {
    std::string trace;
    sched::run_deterministically(seed, [&] {
      Mutex mutex;
      TaskScope scope("scope", StopToken());
      for (char name = 'a'; name < 'e'; ++name) {
        scope.spawn("task", [&, name](StopToken) {
          for (int i = 0; i < 3; ++i) {
            MutexLock lock(mutex);
            trace.push_back(name);
          }
        });
      }
      scope.join();
    });
    return trace;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_EQ(run(1).size(), 12u);
  EXPECT_NE(run(1), run(2));
}

TEST(DeterministicScheduler, VirtualTimeCostsNoRealTime) {
  const std::int64_t before_ns = clock().now_ns();
  const sched::SimulationResult result = sched::run_deterministically(1, [] { clock().sleep(24h, StopToken()); });
  EXPECT_GE(result.virtual_ns, std::chrono::nanoseconds(24h).count());
  EXPECT_LT(clock().now_ns() - before_ns, std::chrono::nanoseconds(1h).count());
}

TEST(DeterministicScheduler, RethrowsWhatTheBodyThrows) {
  EXPECT_THROW(sched::run_deterministically(1, [] { throw Stopped(StopReason::kShutdown); }), Stopped);
}

#ifdef GTEST_HAS_DEATH_TEST
TEST(DeterministicSchedulerDeathTest, ReportsADeadlock) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(sched::run_deterministically(7,
                                            [] {
                                              Gate gate;
                                              MutexLock lock(gate.mutex);
                                              gate.condition.wait(lock, StopToken(), [] { return false; });
                                            }),
               "deadlock under seed 7");
}
#endif

}  // namespace
}  // namespace sluice
