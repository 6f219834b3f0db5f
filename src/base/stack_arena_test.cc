#include "base/stack_arena.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "base/random.h"

namespace sluice {
namespace {

TEST(StackArena, GivesBackFromTheTop) {
  StackArena arena;
  void* const first = arena.allocate(8);
  void* const second = arena.allocate(100);
  arena.allocate(3);
  arena.free_from(second);
  EXPECT_EQ(arena.allocate(100), second);
  arena.free_from(first);
  EXPECT_EQ(arena.memory_bytes(), 0);
  EXPECT_NE(arena.allocate(1), nullptr);
}

TEST(StackArena, WhatIsLargerThanABlockHasOneOfItsOwn) {
  StackArena arena;
  arena.allocate(16);
  const std::int64_t before = arena.memory_bytes();
  void* const large = arena.allocate(3 << 20);
  std::memset(large, 1, 3 << 20);
  EXPECT_GE(arena.memory_bytes(), before + (3 << 20));
  arena.allocate(16);
  arena.free_from(large);
  EXPECT_EQ(arena.memory_bytes(), before);
}

TEST(StackArena, RandomSizesKeepTheirBytes) {
  const std::uint64_t seed = 7;
  Random random(seed);
  StackArena arena;
  struct Piece {
    unsigned char* bytes;
    std::size_t size;
    unsigned char value;
  };
  std::vector<Piece> pieces;
  for (int step = 0; step < 20'000; ++step) {
    if (!pieces.empty() && random.below(50) == 0) {
      const std::size_t kept = random.below(pieces.size());
      arena.free_from(pieces[kept].bytes);
      pieces.resize(kept);
    }
    const std::size_t size = 1 + random.below(random.below(100) == 0 ? 100'000 : 200);
    Piece piece{static_cast<unsigned char*>(arena.allocate(size)), size, static_cast<unsigned char>(step)};
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(piece.bytes) % StackArena::kAlignment, 0u);
    std::memset(piece.bytes, piece.value, size);
    pieces.push_back(piece);
  }
  for (const Piece& piece : pieces) {
    ASSERT_EQ(piece.bytes[0], piece.value);
    ASSERT_EQ(piece.bytes[piece.size - 1], piece.value);
  }
}

}  // namespace
}  // namespace sluice
