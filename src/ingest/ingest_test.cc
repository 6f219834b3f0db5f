#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/census.h"
#include "base/sql_error.h"
#include "base/temp_dir.h"
#include "ingest/entry_buffer.h"
#include "ingest/run_file.h"
#include "ingest/run_merge.h"
#include "ingest/write_pacer.h"

namespace sluice::ingest {
namespace {

struct KeyShape {
  const char* name;
  std::size_t count;
  std::string (*make)(std::mt19937_64&);
};

class EntryBufferSort : public testing::TestWithParam<KeyShape> {};

TEST_P(EntryBufferSort, OrdersAllEntriesByKey) {
  constexpr std::uint64_t kSeed = 20261121;
  std::mt19937_64 random(kSeed);
  EntryBuffer buffer(std::size_t{1} << 28, nullptr);
  std::vector<std::pair<std::string, std::string>> expected;
  for (std::size_t i = 0; i < GetParam().count; ++i) {
    std::string key = GetParam().make(random);
    std::string value = std::to_string(i);
    ASSERT_TRUE(buffer.add(key, value));
    expected.emplace_back(std::move(key), std::move(value));
  }
  buffer.sort(StopToken());
  std::vector<std::pair<std::string, std::string>> sorted;
  for (std::size_t i = 0; i < buffer.size(); ++i) {
    sorted.emplace_back(buffer.at(i).key, buffer.at(i).value);
    if (i > 0) {
      ASSERT_LE(sorted[i - 1].first, sorted[i].first) << "seed " << kSeed;
    }
  }
  std::sort(expected.begin(), expected.end());
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, expected);
}

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, EntryBufferSort,
    testing::Values(KeyShape{"few", 5, [](std::mt19937_64& r) { return random_bytes(r, 9); }},
                    KeyShape{"random", 50'000, [](std::mt19937_64& r) { return random_bytes(r, 17); }},
                    KeyShape{"one_value", 20'000, [](std::mt19937_64&) { return std::string("same key for all"); }},
                    KeyShape{"two_lengths", 20'000, [](std::mt19937_64& r) { return std::string(8 + r() % 2, '\0'); }},
                    KeyShape{"long_common_prefix", 20'000,
                             [](std::mt19937_64& r) {
                               return std::string(100, 'x') + random_bytes(r, 2) + std::string(30, 'y') +
                                      random_bytes(r, 2);
                             }},
                    KeyShape{"any_length", 30'000, [](std::mt19937_64& r) { return random_bytes(r, r() % 24); }}),
    [](const auto& info) { return info.param.name; });

TEST(EntryBuffer, RefusesWhatDoesNotFitAndTakesItAfterClear) {
  MemoryTracker memory("test");
  {
    EntryBuffer buffer(std::size_t{1} << 20, &memory);
    const std::string value(1000, 'v');
    std::size_t added = 0;
    while (buffer.add("key" + std::to_string(added), value)) ++added;
    EXPECT_GT(added, 500u);
    EXPECT_LE(memory.bytes(), std::int64_t{3} << 20);
    buffer.clear();
    EXPECT_TRUE(buffer.add("key", value));
  }
  EXPECT_EQ(memory.bytes(), 0);
}

TEST(EntryBuffer, AFullBufferHoldsLittleMoreThanItsCapacity) {
  constexpr std::int64_t kCapacity = std::int64_t{8} << 20;
  for (const std::size_t value_bytes : {std::size_t{0}, std::size_t{8}, std::size_t{100}, std::size_t{5000}}) {
    MemoryTracker memory("test");
    EntryBuffer buffer(kCapacity, &memory);
    const std::string value(value_bytes, 'v');
    std::size_t added = 0;
    while (buffer.add("key" + std::to_string(added), value)) ++added;
    EXPECT_LE(memory.bytes(), kCapacity + kCapacity / 4) << value_bytes;
    EXPECT_GE(buffer.used_bytes() + value_bytes + 32, kCapacity * 9 / 10) << value_bytes;
  }
}

TEST(EntryBuffer, ASortThatIsStoppedKeepsAllEntries) {
  EntryBuffer buffer(std::size_t{1} << 26, nullptr);
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) buffer.add(random_bytes(random, 16), "v");
  StopSource source;
  source.request_stop(StopReason::kJobCancelled);
  EXPECT_THROW(buffer.sort(source.token()), Stopped);
  EXPECT_EQ(buffer.size(), 20'000u);
}

TEST(RunMerge, GivesTheEntriesOfBuffersAndFilesInOrderWithinItsBounds) {
  const CensusSnapshot before = take_census();
  {
    TempDir directory;
    std::mt19937_64 random(42);
    std::vector<std::string> all;
    std::vector<EntryBuffer> buffers;
    std::vector<RunFile> files;
    for (int run = 0; run < 7; ++run) {
      EntryBuffer buffer(std::size_t{1} << 26, nullptr);
      for (int i = 0; i < 20'000; ++i) {
        std::string key = random_bytes(random, 12);
        buffer.add(key, "value of " + key);
        all.push_back(key);
      }
      buffer.sort(StopToken());
      if (run % 2 == 0) {
        RunFile::write(directory.path() + "/run" + std::to_string(run), buffer, nullptr, StopToken());
        files.push_back(RunFile::open(directory.path() + "/run" + std::to_string(run)));
        EXPECT_EQ(files.back().entry_count, 20'000u);
        EXPECT_GT(files.back().blocks.size(), 1u);
      } else {
        buffers.push_back(std::move(buffer));
      }
    }
    std::sort(all.begin(), all.end());
    const std::vector<std::string> splitters = choose_splitters(buffers, files, 3);
    ASSERT_EQ(splitters.size(), 2u);
    std::vector<std::string> merged;
    std::string begin;
    for (std::size_t part = 0; part < 3; ++part) {
      const std::string end = part < 2 ? splitters[part] : std::string();
      RunMerge merge(buffers, files, begin, end);
      EntryBuffer::Entry entry;
      while (merge.next(entry)) {
        EXPECT_EQ(entry.value, "value of " + std::string(entry.key));
        merged.emplace_back(entry.key);
      }
      begin = end;
    }
    EXPECT_EQ(merged, all);
  }
  EXPECT_EQ(before.growth_to(take_census()), "");
}

TEST(RunFile, AStoppedWriteLeavesNoFile) {
  TempDir directory;
  EntryBuffer buffer(std::size_t{1} << 20, nullptr);
  buffer.add("k", "v");
  buffer.sort(StopToken());
  StopSource source;
  source.request_stop(StopReason::kJobCancelled);
  const std::string path = directory.path() + "/run";
  EXPECT_THROW(RunFile::write(path, buffer, nullptr, source.token()), Stopped);
  EXPECT_THROW(RunFile::open(path), SqlError);
}

TEST(WritePacer, AStopEndsAWaitThatTheRateWouldMakeLong) {
  std::atomic<std::int64_t> rate{1};
  WritePacer pacer(rate);
  StopSource source;
  source.request_stop(StopReason::kJobCancelled);
  EXPECT_THROW(pacer.wait_for(1 << 20, source.token()), Stopped);
  rate = 0;
  pacer.wait_for(1 << 30, StopToken());
}

}  // namespace
}  // namespace sluice::ingest
