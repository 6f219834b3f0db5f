#include "base/memory_tracker.h"

#include <gtest/gtest.h>

#include "base/task_scope.h"

namespace sluice {
namespace {

TEST(MemoryTracker, CountsInAllAncestors) {
  MemoryTracker server("server");
  MemoryTracker statement("statement", &server);
  MemoryTracker sort("sort", &statement);
  sort.consume(100);
  statement.consume(10);
  EXPECT_EQ(sort.bytes(), 100);
  EXPECT_EQ(statement.bytes(), 110);
  EXPECT_EQ(server.bytes(), 110);
  sort.release(100);
  statement.release(10);
  EXPECT_EQ(server.bytes(), 0);
  EXPECT_EQ(server.max_bytes(), 110);
}

TEST(MemoryTracker, PassingTheLimitStopsTheSourceAndNeverThrows) {
  StopSource source;
  MemoryTracker statement("statement", nullptr, 100);
  statement.on_limit(source);
  MemoryTracker sort("sort", &statement);
  const MemoryReservation first(sort, 100);
  EXPECT_FALSE(source.stop_requested());
  const MemoryReservation second(sort, 1);
  EXPECT_EQ(source.reason(), StopReason::kMemoryLimit);
  EXPECT_TRUE(statement.over_limit());
}

TEST(MemoryTracker, SoftLimitIsFourFifthsOfAnyAncestor) {
  MemoryTracker server("server", nullptr, 1000);
  MemoryTracker statement("statement", &server);
  MemoryReservation reservation(statement, 800);
  EXPECT_FALSE(statement.over_soft_limit());
  reservation.grow(1);
  EXPECT_TRUE(statement.over_soft_limit());
  EXPECT_FALSE(statement.over_limit());
}

TEST(MemoryTracker, WithoutALimitIsNeverOver) {
  MemoryTracker tracker("test");
  const MemoryReservation reservation(tracker, std::int64_t{1} << 60);
  EXPECT_FALSE(tracker.over_soft_limit());
  EXPECT_FALSE(tracker.over_limit());
}

TEST(MemoryReservation, GivesBackWhenItDies) {
  MemoryTracker tracker("test");
  {
    MemoryReservation reservation(tracker, 10);
    reservation.grow(5);
    reservation.shrink(3);
    EXPECT_EQ(tracker.bytes(), 12);
    reservation.resize(100);
    EXPECT_EQ(tracker.bytes(), 100);
  }
  EXPECT_EQ(tracker.bytes(), 0);
}

TEST(MemoryReservation, MovesItsBytes) {
  MemoryTracker tracker("test");
  MemoryReservation first(tracker, 10);
  MemoryReservation second(std::move(first));
  EXPECT_EQ(tracker.bytes(), 10);
  MemoryReservation third(tracker, 5);
  third = std::move(second);
  EXPECT_EQ(tracker.bytes(), 10);
  third.release();
  EXPECT_EQ(tracker.bytes(), 0);
}

TEST(MemoryReservation, WithoutATrackerOnlyCounts) {
  MemoryReservation reservation;
  reservation.grow(10);
  EXPECT_EQ(reservation.bytes(), 10);
}

TEST(MemoryTracker, EndsAtZeroUnderManyThreads) {
  MemoryTracker tracker("test");
  TaskScope scope("test", StopToken());
  for (int i = 0; i < 4; ++i) {
    scope.spawn("allocates", [&](StopToken) {
      for (int k = 1; k < 2000; ++k) {
        MemoryReservation reservation(tracker, k);
        reservation.resize(2 * k);
      }
    });
  }
  scope.join();
  EXPECT_EQ(tracker.bytes(), 0);
  EXPECT_GT(tracker.max_bytes(), 0);
}

#ifdef SLUICE_TEST_BUILD
TEST(MemoryTrackerDeathTest, ALeakAbortsTestBuilds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        MemoryTracker tracker("leaky");
        tracker.consume(7);
      },
      "memory tracker 'leaky' ends with 7 bytes");
}
#endif

}  // namespace
}  // namespace sluice
