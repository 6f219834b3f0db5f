#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace sluice {
namespace {

TEST(Random, SameSeedGivesTheSameRow) {
  Random a(7);
  Random b(7);
  Random c(8);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t value = a.next();
    EXPECT_EQ(value, b.next());
    differs |= value != c.next();
  }
  EXPECT_TRUE(differs);
}

TEST(Random, BelowCoversItsRangeEvenly) {
  Random random(1);
  std::array<int, 10> counts{};
  for (int i = 0; i < 100'000; ++i) ++counts[random.below(10)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 600);
}

TEST(Random, BetweenIncludesBothEnds) {
  Random random(1);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.between(-1, 1));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-1, 0, 1}));
  random.between(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
}

TEST(Random, UnitIsBelowOne) {
  Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const double value = random.unit();
    EXPECT_GE(value, 0.0);
    EXPECT_LT(value, 1.0);
  }
}

TEST(Random, SeedSequencesRepeat) {
  set_seed_sequence(5);
  const std::uint64_t first = new_seed();
  const std::uint64_t second = new_seed();
  set_seed_sequence(5);
  EXPECT_EQ(new_seed(), first);
  EXPECT_EQ(new_seed(), second);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace sluice
