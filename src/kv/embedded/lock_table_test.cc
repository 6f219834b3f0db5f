#include "kv/embedded/lock_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <vector>

#include "base/census.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/sql_error.h"
#include "base/task_scope.h"

namespace sluice::kv {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kForever = sched::kNever;

class LockTableTest : public testing::Test {
 protected:
  /// Waits until `count` transactions wait for locks.
  void await_waiters(std::size_t count) {
    while (table_.waits().size() != count) clock().sleep(100us, StopToken());
  }

  LockTable table_;
  CensusSnapshot before_ = take_census();
};

TEST_F(LockTableTest, OneOwnerAtATime) {
  LockTable::Owner first(1), second(2);
  EXPECT_EQ(table_.try_lock(first, "k"), LockTable::Outcome::kLocked);
  EXPECT_EQ(table_.try_lock(first, "k"), LockTable::Outcome::kAlreadyHeld);
  EXPECT_EQ(table_.try_lock(second, "k"), LockTable::Outcome::kBusy);
  EXPECT_TRUE(table_.holds(first, "k"));
  EXPECT_FALSE(table_.holds(second, "k"));
  table_.release_all_but(first, 0);
  EXPECT_EQ(table_.size(), 0u);
  EXPECT_EQ(table_.try_lock(second, "k"), LockTable::Outcome::kLocked);
  table_.release_all_but(second, 0);
}

TEST_F(LockTableTest, PartialReleaseKeepsTheFirstLocks) {
  LockTable::Owner owner(1), other(2);
  for (int index = 0; index < 1000; ++index) table_.try_lock(owner, "k" + std::to_string(index));
  table_.release_all_but(owner, 10);
  EXPECT_EQ(owner.lock_count(), 10u);
  EXPECT_EQ(table_.size(), 10u);
  EXPECT_EQ(table_.try_lock(other, "k9"), LockTable::Outcome::kBusy);
  EXPECT_EQ(table_.try_lock(other, "k10"), LockTable::Outcome::kLocked);
  table_.release_all_but(owner, 0);
  table_.release_all_but(other, 0);
  EXPECT_EQ(owner.memory_bytes(), 0);
  EXPECT_EQ(live_count(CensusKind::kLock), before_.live[static_cast<std::size_t>(CensusKind::kLock)]);
}

TEST_F(LockTableTest, ManyLocksAreReleasedTogetherAndThoseThatAreWaitedForArePassedOn) {
  constexpr int kLocks = 50'000;
  const auto key_of = [](int number) { return "key " + std::to_string(number) + std::string(number % 40, 'x'); };
  LockTable::Owner owner(1);
  for (int number = 0; number < kLocks; ++number) {
    ASSERT_EQ(table_.try_lock(owner, key_of(number)), LockTable::Outcome::kLocked);
  }
  EXPECT_EQ(table_.size(), static_cast<std::size_t>(kLocks));
  TaskScope scope("waiters", StopToken());
  const int waited_for[] = {3, 10'000, 49'999, 10'000};
  std::size_t waiters = 0;
  for (const int number : waited_for) {
    scope.spawn("waiter", [&, number, id = 10 + waiters](StopToken stop) {
      LockTable::Owner heir(id);
      EXPECT_EQ(table_.lock(heir, key_of(number), kForever, "", stop), LockTable::Outcome::kLocked);
      EXPECT_TRUE(table_.holds(heir, key_of(number)));
      table_.release_all_but(heir, 0);
    });
    await_waiters(++waiters);
  }
  table_.release_all_but(owner, 5);
  EXPECT_TRUE(table_.holds(owner, key_of(4)));
  EXPECT_FALSE(table_.holds(owner, key_of(5)));
  EXPECT_EQ(owner.lock_count(), 5u);
  table_.release_all_but(owner, 0);
  scope.join();
  EXPECT_EQ(table_.size(), 0u);
  EXPECT_EQ(owner.memory_bytes(), 0);
  EXPECT_EQ(live_count(CensusKind::kLock), before_.live[static_cast<std::size_t>(CensusKind::kLock)]);
}

TEST_F(LockTableTest, WaitersThatGiveUpLeaveNothingInTheMemoryOfTheirOwner) {
  LockTable::Owner holder(1), waiter(2);
  table_.try_lock(holder, "held");
  table_.try_lock(waiter, "mine");
  const std::int64_t memory = waiter.memory_bytes();
  for (int round = 0; round < 1000; ++round) {
    EXPECT_THROW(table_.lock(waiter, "held", clock().now_ns(), "", StopToken()), SqlError);
  }
  EXPECT_EQ(waiter.memory_bytes(), memory);
  table_.release_all_but(waiter, 0);
  table_.release_all_but(holder, 0);
}

TEST_F(LockTableTest, WaitersAreServedInTheOrderOfArrival) {
  LockTable::Owner holder(1);
  table_.try_lock(holder, "k");
  Mutex mutex;
  std::vector<int> order;
  TaskScope scope("waiters", StopToken());
  for (int index = 0; index < 5; ++index) {
    scope.spawn("waiter", [&, index](StopToken stop) {
      LockTable::Owner owner(static_cast<TransactionId>(10 + index));
      table_.lock(owner, "k", kForever, "", stop);
      {
        MutexLock lock(mutex);
        order.push_back(index);
      }
      table_.release_all_but(owner, 0);
    });
    await_waiters(static_cast<std::size_t>(index) + 1);
  }
  table_.release_all_but(holder, 0);
  scope.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_F(LockTableTest, StopEndsAWaitAndLeavesTheQueueIntact) {
  LockTable::Owner holder(1), third(3);
  table_.try_lock(holder, "k");
  StopSource source;
  std::atomic<bool> stopped{false};
  std::atomic<bool> third_locked{false};
  TaskScope scope("waiters", StopToken());
  scope.spawn("stopped", [&](StopToken) {
    LockTable::Owner owner(2);
    try {
      table_.lock(owner, "k", kForever, "", source.token());
    } catch (const Stopped& stop) {
      stopped = stop.reason() == StopReason::kQueryKilled;
    }
  });
  await_waiters(1);
  scope.spawn("patient", [&](StopToken stop) {
    table_.lock(third, "k", kForever, "", stop);
    third_locked = true;
  });
  await_waiters(2);
  source.request_stop(StopReason::kQueryKilled);
  await_waiters(1);
  EXPECT_TRUE(stopped || table_.waits().size() == 1);
  table_.release_all_but(holder, 0);
  scope.join();
  EXPECT_TRUE(stopped);
  EXPECT_TRUE(third_locked);
  table_.release_all_but(third, 0);
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(LockTableTest, WaitEndsAtItsDeadlineWith1205) {
  LockTable::Owner holder(1), waiter(2);
  table_.try_lock(holder, "k");
  try {
    table_.lock(waiter, "k", clock().now_ns() + 1'000'000, "", StopToken());
    FAIL() << "locked twice";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.number(), 1205);
  }
  EXPECT_TRUE(table_.waits().empty());
  table_.release_all_but(holder, 0);
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(LockTableTest, VictimOfDeadlockGets1213AndTheCycleIsKept) {
  LockTable::Owner first(1), second(2);
  table_.try_lock(first, "a");
  table_.try_lock(second, "b");
  TaskScope scope("waiter", StopToken());
  scope.spawn("first", [&](StopToken stop) { table_.lock(first, "b", kForever, "digest of first", stop); });
  await_waiters(1);
  int number = 0;
  try {
    table_.lock(second, "a", kForever, "digest of second", StopToken());
  } catch (const SqlError& error) {
    number = error.number();
  }
  EXPECT_EQ(number, 1213);
  const auto deadlocks = table_.recent_deadlocks();
  ASSERT_EQ(deadlocks.size(), 1u);
  EXPECT_EQ(deadlocks[0].victim, 2u);
  ASSERT_EQ(deadlocks[0].cycle.size(), 2u);
  EXPECT_EQ(deadlocks[0].cycle[0].key, "a");
  EXPECT_EQ(deadlocks[0].cycle[0].holder, 1u);
  EXPECT_EQ(deadlocks[0].cycle[1].waiter, 1u);
  EXPECT_EQ(deadlocks[0].cycle[1].key, "b");
  EXPECT_EQ(deadlocks[0].cycle[1].context, "digest of first");
  table_.release_all_but(second, 0);
  scope.join();
  table_.release_all_but(first, 0);
}

TEST_F(LockTableTest, HistoryKeepsTheLastTenDeadlocks) {
  for (TransactionId id = 1; id <= 24; id += 2) {
    LockTable::Owner first(id), second(id + 1);
    table_.try_lock(first, "a");
    table_.try_lock(second, "b");
    TaskScope scope("waiter", StopToken());
    scope.spawn("first", [&](StopToken stop) { table_.lock(first, "b", kForever, "", stop); });
    await_waiters(1);
    EXPECT_THROW(table_.lock(second, "a", kForever, "", StopToken()), SqlError);
    table_.release_all_but(second, 0);
    scope.join();
    table_.release_all_but(first, 0);
  }
  const auto deadlocks = table_.recent_deadlocks();
  ASSERT_EQ(deadlocks.size(), 10u);
  EXPECT_EQ(deadlocks.front().deadlock_id, 3u);
  EXPECT_EQ(deadlocks.back().deadlock_id, 12u);
}

// Each thread locks random keys in random order, so cycles form all the time; every one must be found, or the test hangs.
TEST_F(LockTableTest, RandomLockersNeverHangAndNeverShareAKey) {
  constexpr int kKeys = 6;
  std::atomic<int> owners[kKeys] = {};
  std::atomic<int> deadlocks{0};
  std::atomic<TransactionId> next_id{100};
  TaskScope scope("lockers", StopToken());
  for (int thread = 0; thread < 8; ++thread) {
    scope.spawn("locker", [&, thread](StopToken stop) {
      Random random(static_cast<std::uint64_t>(thread) + 1);
      for (int round = 0; round < 300; ++round) {
        LockTable::Owner owner(next_id.fetch_add(1));
        bool mine[kKeys] = {};
        try {
          for (int step = 0; step < 3; ++step) {
            const auto key = static_cast<int>(random.below(kKeys));
            table_.lock(owner, std::to_string(key), kForever, "", stop);
            if (mine[key]) continue;
            mine[key] = true;
            ASSERT_EQ(owners[key].fetch_add(1), 0);
          }
        } catch (const SqlError& error) {
          ASSERT_EQ(error.number(), 1213);
          ++deadlocks;
        }
        for (int key = 0; key < kKeys; ++key) {
          if (mine[key]) owners[key].fetch_sub(1);
        }
        table_.release_all_but(owner, 0);
      }
    });
  }
  scope.join();
  EXPECT_EQ(table_.size(), 0u);
  EXPECT_TRUE(table_.waits().empty());
}

}  // namespace
}  // namespace sluice::kv
