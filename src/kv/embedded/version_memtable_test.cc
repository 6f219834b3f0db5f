#include "kv/embedded/version_memtable.h"

#include <rocksdb/db.h>

#include <atomic>
#include <cstdlib>

#include "base/clock.h"
#include "base/random.h"
#include "base/task_scope.h"
#include "kv/embedded/mvcc_key.h"
#include "kv/embedded/store_fixture_test.h"

namespace sluice::kv {
namespace {

class VersionMemTableTest : public StoreTest {
 protected:
  VersionMemTableTest() {
    options_.gc.life_time_ms = 0;
    options_.safepoint_pace = {.grace_ms = 0, .lag_ms = 0, .interval_ms = 0};
  }

  std::vector<std::string> entries() {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    const std::unique_ptr<rocksdb::Iterator> position(store().engine().db.NewIterator(options));
    std::vector<std::string> keys;
    for (position->SeekToFirst(); position->Valid() && position->key()[0] != kEngineKeyByte; position->Next()) {
      keys.push_back(position->key().ToString());
    }
    return keys;
  }
  void pass_time() {
    const std::uint64_t now_ms = physical_ms(store().current_timestamp());
    while (static_cast<std::uint64_t>(clock().system_now_ms()) <= now_ms)
      clock().sleep(std::chrono::milliseconds(1), StopToken());
  }
};

TEST_F(VersionMemTableTest, ARowWrittenOftenKeepsFewVersions) {
  put("a", "1");
  put("z", "1");
  for (int i = 0; i < 500; ++i) {
    put("k", std::to_string(i));
    if (i % 50 == 0) pass_time();
  }
  pass_time();
  put("other", "1");  // its group moves the safepoint
  put("k", "last");
  EXPECT_EQ(get("k"), "last");
  // The last version, its predecessor that the safepoint shows, and the three other keys.
  EXPECT_EQ(entries().size(), 5u);
  EXPECT_EQ(scan(), (Rows{{"a", "1"}, {"k", "last"}, {"other", "1"}, {"z", "1"}}));
}

TEST_F(VersionMemTableTest, ASnapshotKeepsItsVersionAndAllAbove) {
  put("k", "old");
  const auto reader = store().present_snapshot();
  for (int i = 0; i < 20; ++i) {
    put("k", std::to_string(i));
    pass_time();
  }
  EXPECT_EQ(reader->get("k", StopToken()), "old");
  EXPECT_EQ(entries().size(), 21u);
}

TEST_F(VersionMemTableTest, DeletionsStayUntilTheyAreSuperseded) {
  put("k", "1");
  ASSERT_TRUE(store().engine().db.Flush(rocksdb::FlushOptions()).ok());
  erase("k");
  pass_time();
  put("other", "1");
  EXPECT_EQ(get("k"), std::nullopt);
  put("k", "2");
  EXPECT_EQ(get("k"), "2");
  erase("k");
  pass_time();
  put("other", "2");
  EXPECT_EQ(get("k"), std::nullopt);
  EXPECT_EQ(scan(), (Rows{{"other", "2"}}));
}

TEST_F(VersionMemTableTest, WhatWasDroppedStaysReadableAfterReopening) {
  for (int i = 0; i < 50; ++i) {
    put("k", std::to_string(i));
    put("l" + std::to_string(i), "x");
    pass_time();
  }
  close();
  EXPECT_EQ(get("k"), "49");
  EXPECT_EQ(scan().size(), 51u);
  ASSERT_TRUE(store().engine().db.Flush(rocksdb::FlushOptions()).ok());
  EXPECT_EQ(scan().size(), 51u);
  EXPECT_EQ(get("k"), "49");
}

// Transfers between hot rows while others scan in both directions: each scan sees every row once and the same sum.
TEST_F(VersionMemTableTest, ScansSeeEachRowOnceWhileVersionsAreUnlinked) {
  constexpr int kRows = 40;
  constexpr int kTransfers = 3'000;
  const char* given = std::getenv("SLUICE_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : new_seed();
  SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed));
  const auto key_of = [](int row) { return "row" + std::to_string(100 + row); };
  for (int row = 0; row < kRows; ++row) put(key_of(row), "1000");
  std::atomic<bool> done{false};
  std::atomic<int> scans{0};
  TaskScope scope("test", StopToken());
  for (int reader = 0; reader < 3; ++reader) {
    scope.spawn("reader", [&, reader](StopToken stop) {
      while (!done.load()) {
        CursorOptions options;
        options.direction = reader == 0 ? Direction::kBackward : Direction::kForward;
        const auto snapshot = store().present_snapshot();
        int rows = 0;
        std::int64_t sum = 0;
        const auto cursor = snapshot->cursor({}, options);
        for (auto batch = cursor->next_batch(stop); !batch.empty(); batch = cursor->next_batch(stop)) {
          for (const KeyValue& row : batch) {
            ++rows;
            sum += std::stoll(std::string(row.value));
          }
        }
        ASSERT_EQ(rows, kRows);
        ASSERT_EQ(sum, kRows * 1000);
        ++scans;
      }
    });
  }
  scope.spawn("writer", [&](StopToken stop) {
    Random random(seed);
    for (int i = 0; i < kTransfers; ++i) {
      const std::string from = key_of(static_cast<int>(random.below(kRows)));
      const std::string to = key_of(static_cast<int>(random.below(kRows)));
      if (from == to) continue;
      const auto transaction = begin();
      transaction->put(from, std::to_string(std::stoll(*transaction->get(from, stop)) - 1));
      transaction->put(to, std::to_string(std::stoll(*transaction->get(to, stop)) + 1));
      transaction->commit(stop);
      if (i % 1'000 == 999) {
        ASSERT_TRUE(store().engine().db.Flush(rocksdb::FlushOptions()).ok());
      }
    }
    done = true;
  });
  scope.join();
  EXPECT_GT(scans.load(), 0);
}

}  // namespace
}  // namespace sluice::kv
