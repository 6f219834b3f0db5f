#include "base/arena.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace sluice {
namespace {

TEST(Arena, KeepsWhatLiesInItApart) {
  const std::uint64_t seed = new_seed();
  SCOPED_TRACE(seed);
  Random random(seed);
  Arena arena;
  std::vector<std::pair<std::string_view, std::string>> copies;
  for (int i = 0; i < 3000; ++i) {
    const std::size_t size = random.one_in(100) ? random.below(2'000'000) / (1 + random.below(100)) : random.below(200);
    const std::string text(size, static_cast<char>('a' + i % 26));
    copies.emplace_back(arena.copy(text), text);
  }
  for (const auto& [copy, text] : copies) ASSERT_EQ(copy, text);
}

TEST(Arena, AlignsAsAsked) {
  Arena arena;
  for (std::size_t align = 1; align <= alignof(std::max_align_t); align *= 2) {
    arena.allocate(1, 1);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.allocate(align, align)) % align, 0u);
  }
}

TEST(Arena, CreatesValues) {
  struct Point {
    int x;
    int y;
  };
  Arena arena;
  const Point* point = arena.create<Point>(1, 2);
  EXPECT_EQ(point->y, 2);
}

TEST(Arena, AccountsItsBlocks) {
  MemoryTracker tracker("test");
  {
    Arena arena(&tracker);
    EXPECT_EQ(tracker.bytes(), 0);
    arena.allocate(10'000);
    EXPECT_EQ(tracker.bytes(), arena.memory_bytes());
    EXPECT_GE(tracker.bytes(), 10'000);
    Arena moved(std::move(arena));
    EXPECT_GE(tracker.bytes(), 10'000);
  }
  EXPECT_EQ(tracker.bytes(), 0);
}

TEST(Arena, ResetKeepsOneBlock) {
  Arena arena;
  for (int i = 0; i < 100; ++i) arena.allocate(1000);
  const std::int64_t before = arena.memory_bytes();
  arena.reset();
  EXPECT_LT(arena.memory_bytes(), before);
  EXPECT_GT(arena.memory_bytes(), 0);
  EXPECT_EQ(arena.copy("again"), "again");
}

}  // namespace
}  // namespace sluice
