#include "base/census.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/task_scope.h"

namespace sluice {
namespace {

TEST(Census, CountsWhatLives) {
  const std::int64_t before = live_count(CensusKind::kSnapshot);
  {
    const CensusEntry first(CensusKind::kSnapshot);
    const CensusEntry copy(first);
    EXPECT_EQ(live_count(CensusKind::kSnapshot), before + 2);
  }
  EXPECT_EQ(live_count(CensusKind::kSnapshot), before);
}

TEST(Census, GrowthNamesWhatIsLeft) {
  const CensusSnapshot before = take_census();
  EXPECT_EQ(before.growth_to(take_census()), "");
  const CensusEntry left(CensusKind::kSstWriter);
  EXPECT_NE(before.growth_to(take_census()).find("sst writers: "), std::string::npos);
}

TEST(Census, ShrinkingIsNoGrowth) {
  std::optional<CensusEntry> entry(std::in_place, CensusKind::kCursor);
  const CensusSnapshot before = take_census();
  entry.reset();
  EXPECT_EQ(before.growth_to(take_census()), "");
}

TEST(Census, CountsManyThingsOfOneOwner) {
  const std::int64_t before = live_count(CensusKind::kLock);
  {
    CensusCount count(CensusKind::kLock);
    count.add(5);
    EXPECT_EQ(live_count(CensusKind::kLock), before + 5);
    count.add(-3);
    EXPECT_EQ(live_count(CensusKind::kLock), before + 2);
  }
  EXPECT_EQ(live_count(CensusKind::kLock), before);
}

TEST(Census, AddsUpWhenThingsDieOnOtherThreads) {
  const std::int64_t before = live_count(CensusKind::kLock);
  TaskScope scope("test", StopToken());
  for (int i = 0; i < 8; ++i) {
    scope.spawn("takes over", [entry = CensusEntry(CensusKind::kLock)](StopToken) {});
  }
  scope.join();
  EXPECT_EQ(live_count(CensusKind::kLock), before);
}

}  // namespace
}  // namespace sluice
