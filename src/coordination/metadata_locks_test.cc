#include "coordination/metadata_locks.h"

#include <gtest/gtest.h>

#include "base/census.h"
#include "base/task_scope.h"

namespace sluice::coordination {
namespace {

constexpr std::int64_t kTable[] = {7};
constexpr std::int64_t kOther[] = {8};

TEST(MetadataLocks, AStepDoesNotWaitForTransactionsAtItsVersionOrOnOtherTables) {
  MetadataLocks locks;
  SchemaLease same = locks.new_lease(1);
  SchemaLease other = locks.new_lease(2);
  ASSERT_TRUE(same.acquire(kTable, 5));
  ASSERT_TRUE(other.acquire(kOther, 3));
  locks.announce(kTable, 5);
  locks.wait_for_older(1, kTable, 5, StopToken());
  EXPECT_TRUE(locks.blockers(kTable, 5).empty());
}

TEST(MetadataLocks, AStepWaitsUntilTheLastOlderTransactionEnds) {
  MetadataLocks locks;
  SchemaLease old = locks.new_lease(11);
  ASSERT_TRUE(old.acquire(kTable, 4));
  locks.announce(kTable, 5);
  StopSource source;
  TaskScope scope("test", source.token());
  scope.spawn("step", [&](StopToken stop) { locks.wait_for_older(1, kTable, 5, stop); });
  while (locks.waits().empty()) {
  }
  ASSERT_EQ(locks.waits()[0].blockers.size(), 1u);
  EXPECT_EQ(locks.waits()[0].blockers[0].connection_id, 11u);
  old.release();
  scope.join();
  EXPECT_TRUE(locks.waits().empty());
}

TEST(MetadataLocks, AStoppedWaitEndsAlthoughTheBlockerStays) {
  MetadataLocks locks;
  SchemaLease old = locks.new_lease(11);
  ASSERT_TRUE(old.acquire(kTable, 4));
  locks.announce(kTable, 5);
  StopSource source;
  source.request_stop(StopReason::kJobCancelled);
  EXPECT_THROW(locks.wait_for_older(1, kTable, 5, source.token()), Stopped);
  EXPECT_TRUE(locks.waits().empty());
  EXPECT_EQ(old.version_of(7), 4);
}

TEST(MetadataLocks, AnOlderVersionCannotBeAcquiredAfterItsSuccessorWasAnnounced) {
  MetadataLocks locks;
  locks.announce(kTable, 5);
  SchemaLease lease = locks.new_lease(1);
  EXPECT_FALSE(lease.acquire(kTable, 4));
  EXPECT_TRUE(lease.empty());
  EXPECT_TRUE(lease.acquire(kTable, 5));
}

TEST(MetadataLocks, ForgottenTablesAreStillRefusedAtOldVersions) {
  MetadataLocks locks;
  SchemaLease old = locks.new_lease(1);
  ASSERT_TRUE(old.acquire(kTable, 1));
  const auto tables = static_cast<std::int64_t>(10 * MetadataLocks::kRememberedTables);
  for (std::int64_t table = 1; table <= tables; ++table) {
    const std::int64_t ids[] = {table};
    locks.announce(ids, table + 1);
  }
  EXPECT_LE(locks.remembered_tables(), MetadataLocks::kRememberedTables);
  EXPECT_EQ(locks.blockers(kTable, 8).size(), 1u);
  for (std::int64_t table = 1; table <= tables; ++table) {
    const std::int64_t ids[] = {table};
    SchemaLease lease = locks.new_lease(2);
    ASSERT_FALSE(lease.acquire(ids, table)) << table;
    ASSERT_TRUE(lease.acquire(ids, tables + 1)) << table;  // the current schema is never refused
  }
}

TEST(MetadataLocks, ATableKeepsTheVersionOfItsFirstUse) {
  MetadataLocks locks;
  SchemaLease lease = locks.new_lease(1);
  ASSERT_TRUE(lease.acquire(kTable, 4));
  locks.announce(kTable, 6);
  EXPECT_TRUE(lease.acquire(kTable, 6));
  EXPECT_EQ(lease.version_of(7), 4);
}

TEST(MetadataLocks, NothingIsLeftOfALeaseThatWasMovedAndDestroyed) {
  const CensusSnapshot before = take_census();
  {
    MetadataLocks locks;
    SchemaLease lease = locks.new_lease(1);
    ASSERT_TRUE(lease.acquire(kTable, 4));
    SchemaLease moved = std::move(lease);
    EXPECT_TRUE(lease.empty());
    EXPECT_EQ(moved.version_of(7), 4);
  }
  EXPECT_EQ(before.growth_to(take_census()), "");
}

}  // namespace
}  // namespace sluice::coordination
