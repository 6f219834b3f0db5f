#include "kv/embedded/write_buffer.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"

namespace sluice::kv {
namespace {

using Reference = std::map<std::string, std::optional<std::string>>;

Reference contents(const WriteBuffer& buffer) {
  Reference entries;
  for (const WriteBuffer::Node* node = buffer.first(); node != nullptr; node = WriteBuffer::next(node)) {
    if (node->newest == nullptr) continue;
    entries[std::string(node->key)] =
        node->newest->is_put ? std::optional<std::string>(node->newest->value) : std::nullopt;
  }
  return entries;
}

std::int64_t bytes_of(const Reference& entries) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : entries) bytes += key.size() + value.value_or("").size();
  return static_cast<std::int64_t>(bytes);
}

TEST(WriteBuffer, AgreesWithAMapUnderRandomWritesAndUndos) {
  const std::uint64_t seed = new_seed();
  SCOPED_TRACE(seed);
  Random random(seed);
  for (int round = 0; round < 30; ++round) {
    WriteBuffer buffer;
    Reference reference;
    std::vector<std::pair<std::uint64_t, Reference>> marks;
    for (int step = 0; step < 300; ++step) {
      const std::string key = std::to_string(random.below(60));
      switch (random.below(10)) {
        case 0:
          marks.emplace_back(buffer.sequence(), reference);
          break;
        case 1:
          if (!marks.empty()) {
            marks.resize(1 + random.below(marks.size()));
            buffer.undo_to(marks.back().first);
            reference = marks.back().second;
          }
          break;
        case 2:
          buffer.erase(key);
          reference[key] = std::nullopt;
          break;
        default:
          buffer.put(key, std::string(random.below(20), 'v'));
          reference[key] = std::string(buffer.find(key)->value);
      }
      ASSERT_EQ(buffer.key_count(), reference.size());
      ASSERT_EQ(buffer.data_bytes(), bytes_of(reference));
    }
    ASSERT_EQ(contents(buffer), reference);
  }
}

TEST(WriteBuffer, SeeksLandOnBothSidesOfAKey) {
  WriteBuffer buffer;
  EXPECT_EQ(buffer.first(), nullptr);
  EXPECT_EQ(buffer.seek("a"), nullptr);
  EXPECT_EQ(buffer.seek_before("a"), nullptr);
  for (const char* key : {"d", "b", "f"}) buffer.put(key, "");
  EXPECT_EQ(buffer.seek("")->key, "b");
  EXPECT_EQ(buffer.seek("b")->key, "b");
  EXPECT_EQ(buffer.seek("c")->key, "d");
  EXPECT_EQ(buffer.seek("g"), nullptr);
  EXPECT_EQ(buffer.seek_before("b"), nullptr);
  EXPECT_EQ(buffer.seek_before("c")->key, "b");
  EXPECT_EQ(buffer.seek_before("g")->key, "f");
  EXPECT_EQ(buffer.last()->key, "f");
}

TEST(WriteBuffer, WalksBackwardAsItWalksForward) {
  Random random(5);
  WriteBuffer buffer;
  for (int index = 0; index < 500; ++index) buffer.put(std::to_string(random.below(1'000)), "");
  std::vector<std::string_view> forward, backward;
  for (const WriteBuffer::Node* node = buffer.first(); node != nullptr; node = WriteBuffer::next(node))
    forward.push_back(node->key);
  for (const WriteBuffer::Node* node = buffer.last(); node != nullptr; node = WriteBuffer::before(node))
    backward.push_back(node->key);
  EXPECT_TRUE(std::is_sorted(forward.begin(), forward.end()));
  EXPECT_EQ(forward, std::vector<std::string_view>(backward.rbegin(), backward.rend()));
}

}  // namespace
}  // namespace sluice::kv
