#include "base/task_scope.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "base/channel.h"
#include "base/clock.h"
#include "base/deterministic_scheduler.h"
#include "base/sql_error.h"
#include "base/task_tree.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

StopReason reason_of_join(TaskScope& scope) {
  try {
    scope.join();
  } catch (const Stopped& stopped) {
    return stopped.reason();
  }
  return StopReason::kNone;
}

void wait_until_stopped(StopToken stop) { clock().sleep(1h, stop); }

TEST(TaskScope, JoinWaitsForAllTasks) {
  std::atomic<int> done{0};
  StopSource root;
  TaskScope scope("test", root.token());
  for (int i = 0; i < 10; ++i) {
    scope.spawn("task", [&](StopToken) { ++done; });
  }
  scope.join();
  EXPECT_EQ(done, 10);
}

TEST(TaskScope, MayBeUsedAgainAfterJoin) {
  std::atomic<int> done{0};
  TaskScope scope("test", StopToken());
  scope.spawn("first", [&](StopToken) { ++done; });
  scope.join();
  scope.spawn("second", [&](StopToken) { ++done; });
  scope.join();
  EXPECT_EQ(done, 2);
}

TEST(TaskScope, FirstFailureStopsTheSiblingsAndIsRethrown) {
  TaskScope scope("test", StopToken());
  for (int i = 0; i < 4; ++i) scope.spawn("waits", wait_until_stopped);
  scope.spawn("fails", [](StopToken) { throw SqlError(ErrorCode::kDupEntry, "1", "t.PRIMARY"); });
  try {
    scope.join();
    FAIL() << "join returned";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.number(), 1062);
  }
}

TEST(TaskScope, SiblingsOfAFailureAreToldSo) {
  std::atomic<StopReason> seen{StopReason::kNone};
  TaskScope scope("test", StopToken());
  scope.spawn("waits", [&](StopToken stop) {
    try {
      wait_until_stopped(stop);
    } catch (const Stopped& stopped) {
      seen = stopped.reason();
      throw;
    }
  });
  scope.spawn("fails", [](StopToken) { throw SqlError(ErrorCode::kUnknownError); });
  EXPECT_THROW(scope.join(), SqlError);
  EXPECT_EQ(seen, StopReason::kSiblingFailed);
}

TEST(TaskScope, ParentsReasonIsReported) {
  StopSource parent;
  TaskScope scope("test", parent.token());
  scope.spawn("waits", wait_until_stopped);
  parent.request_stop(StopReason::kClientGone);
  EXPECT_EQ(reason_of_join(scope), StopReason::kClientGone);
}

TEST(TaskScope, AnErrorAfterTheParentsStopIsItsConsequence) {
  StopSource parent;
  TaskScope scope("test", parent.token());
  scope.spawn("fails when stopped", [](StopToken stop) {
    try {
      wait_until_stopped(stop);
    } catch (const Stopped&) {
      throw SqlError(ErrorCode::kUnknownError);
    }
  });
  parent.request_stop(StopReason::kTimeLimit);
  EXPECT_EQ(reason_of_join(scope), StopReason::kTimeLimit);
}

TEST(TaskScope, ParentsStopAfterAllTasksHaveEndedIsNotJoinsAffair) {
  StopSource parent;
  TaskScope scope("test", parent.token());
  scope.spawn("ends", [](StopToken) {});
  scope.join();
  parent.request_stop(StopReason::kQueryKilled);
  EXPECT_EQ(reason_of_join(scope), StopReason::kNone);
}

TEST(TaskScope, AScopeThatItsOwnerEndedJoinsQuietly) {
  TaskScope scope("service", StopToken());
  scope.spawn("waits", wait_until_stopped);
  scope.request_stop(StopReason::kScopeEnded);
  EXPECT_EQ(reason_of_join(scope), StopReason::kNone);
}

TEST(TaskScope, NestedScopeOfAFailedSiblingReportsTheSiblingsFailure) {
  TaskScope outer("outer", StopToken());
  outer.spawn("nests", [](StopToken stop) {
    TaskScope inner("inner", stop);
    inner.spawn("waits", wait_until_stopped);
    inner.join();
  });
  outer.spawn("fails", [](StopToken) { throw SqlError(ErrorCode::kDiskFull, "test"); });
  try {
    outer.join();
    FAIL() << "join returned";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.number(), 1021);
  }
}

TEST(TaskScope, DestructorStopsAndJoins) {
  std::atomic<bool> ended{false};
  {
    TaskScope scope("test", StopToken());
    scope.spawn("waits", [&](StopToken stop) {
      struct AtEnd {
        std::atomic<bool>& flag;
        ~AtEnd() { flag = true; }
      } at_end{ended};
      wait_until_stopped(stop);
    });
  }
  EXPECT_TRUE(ended);
}

TEST(TaskScope, DestructorSurvivesAFailureThatNobodyJoined) {
  TaskScope scope("test", StopToken());
  scope.spawn("fails", [](StopToken) { throw SqlError(ErrorCode::kUnknownError); });
}

TEST(TaskScope, TasksMaySpawnTasks) {
  std::atomic<int> done{0};
  TaskScope scope("test", StopToken());
  scope.spawn("parent", [&](StopToken) {
    for (int i = 0; i < 5; ++i) scope.spawn("child", [&](StopToken) { ++done; });
  });
  scope.join();
  EXPECT_EQ(done, 5);
}

TEST(TaskScope, DestroysWhatATaskOwnsBeforeJoinReturns) {
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = owned;
  TaskScope scope("test", StopToken());
  scope.spawn("owns", [owned = std::move(owned)](StopToken) {});
  scope.join();
  EXPECT_TRUE(watch.expired());
}

TEST(TaskScope, TasksTakeMoveOnlyFunctions) {
  auto value = std::make_unique<int>(7);
  int seen = 0;
  TaskScope scope("test", StopToken());
  scope.spawn("moves", [value = std::move(value), &seen](StopToken) { seen = *value; });
  scope.join();
  EXPECT_EQ(seen, 7);
}

TEST(TaskScope, ABlockedTaskNeverStarvesAnother) {
  constexpr int kBlocked = 64;
  Channel<int> gate(1);
  std::atomic<int> passed{0};
  TaskScope scope("test", StopToken());
  for (int i = 0; i < kBlocked; ++i) {
    scope.spawn("blocked", [&](StopToken stop) {
      if (gate.pop(stop)) ++passed;
    });
  }
  scope.spawn("opens", [&](StopToken stop) {
    for (int i = 0; i < kBlocked; ++i) gate.push(i, stop);
  });
  scope.join();
  EXPECT_EQ(passed, kBlocked);
}

TEST(TaskScope, LeavesNoRecordInTheTaskTree) {
  const std::size_t before = task_snapshots().size();
  {
    TaskScope scope("test", StopToken());
    scope.spawn("ends", [](StopToken) {});
    scope.join();
    EXPECT_EQ(task_snapshots().size(), before + 1);
  }
  EXPECT_EQ(task_snapshots().size(), before);
}

TEST(TaskScope, StressOfSpawnStopAndJoin) {
  for (int round = 0; round < 300; ++round) {
    StopSource parent;
    std::atomic<int> live{0};
    {
      TaskScope scope("stress", parent.token());
      for (int i = 0; i < 4; ++i) {
        scope.spawn("worker", [&, i](StopToken stop) {
          ++live;
          struct Leave {
            std::atomic<int>& live;
            ~Leave() { --live; }
          } leave{live};
          if (i == round % 8) throw SqlError(ErrorCode::kUnknownError);
          for (int k = 0; k < 50; ++k) stop.poll();
          if (i % 2 == 0) wait_until_stopped(stop);
        });
      }
      if (round % 3 == 0) parent.request_stop(StopReason::kQueryKilled);
      if (round % 8 >= 4 && round % 3 != 0) scope.request_stop(StopReason::kScopeEnded);
      try {
        scope.join();
      } catch (const Stopped& stopped) {
        EXPECT_EQ(stopped.reason(), StopReason::kQueryKilled);
      } catch (const SqlError& error) {
        EXPECT_LT(round % 8, 4);
      }
    }
    EXPECT_EQ(live, 0);
  }
}

// Explores interleavings of a failure, a parent's stop and a normal end: exactly one outcome, and nothing left running.
TEST(TaskScope, EveryInterleavingEndsInExactlyOneOutcome) {
  int failures = 0;
  int stops = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    sched::run_deterministically(seed, [&] {
      StopSource parent;
      int live = 0;
      {
        TaskScope killers("killers", StopToken());
        TaskScope scope("scope", parent.token());
        killers.spawn("killer", [&](StopToken stop) {
          for (int i = 0; i < 3; ++i) stop.poll();
          parent.request_stop(StopReason::kQueryKilled);
        });
        for (int i = 0; i < 2; ++i) {
          scope.spawn("waits", [&](StopToken stop) {
            ++live;
            struct Leave {
              int& live;
              ~Leave() { --live; }
            } leave{live};
            wait_until_stopped(stop);
          });
        }
        scope.spawn("fails", [&](StopToken stop) {
          for (int i = 0; i < 3; ++i) stop.poll();
          throw SqlError(ErrorCode::kUnknownError);
        });
        try {
          scope.join();
          ADD_FAILURE() << "join returned under seed " << seed;
        } catch (const SqlError&) {
          ++failures;
        } catch (const Stopped& stopped) {
          ++stops;
          EXPECT_EQ(stopped.reason(), StopReason::kQueryKilled) << "seed " << seed;
        }
        killers.join();
      }
      EXPECT_EQ(live, 0) << "seed " << seed;
    });
  }
  EXPECT_GT(failures, 0);
  EXPECT_GT(stops, 0);
}

}  // namespace
}  // namespace sluice
