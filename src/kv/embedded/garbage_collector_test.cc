#include "kv/embedded/garbage_collector.h"

#include <rocksdb/db.h>

#include "base/clock.h"
#include "kv/embedded/engine_record.h"
#include "kv/embedded/store_fixture_test.h"

namespace sluice::kv {
namespace {

class GarbageCollectorTest : public StoreTest {
 protected:
  GarbageCollectorTest() { options_.gc.life_time_ms = 0; }

  /// Entries of RocksDB below the engine's own records: all versions of all keys.
  int version_count() {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    const std::unique_ptr<rocksdb::Iterator> position(store().engine().db.NewIterator(options));
    int count = 0;
    for (position->SeekToFirst(); position->Valid() && position->key()[0] != kEngineKeyByte; position->Next()) ++count;
    return count;
  }
  void compact() {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    ASSERT_TRUE(store().engine().db.CompactRange(options, nullptr, nullptr).ok());
  }
  /// Lets the wall clock pass every timestamp given out so far, so that a life time of zero covers them.
  void pass_time() {
    const std::uint64_t now_ms = physical_ms(store().current_timestamp());
    while (static_cast<std::uint64_t>(clock().system_now_ms()) <= now_ms)
      clock().sleep(std::chrono::milliseconds(1), StopToken());
  }
};

TEST_F(GarbageCollectorTest, KeepsTheNewestVersionAtOrBelowTheSafepointAndAllAbove) {
  for (int round = 0; round < 5; ++round) put("k", std::to_string(round));
  const Timestamp middle = store().current_timestamp();
  const auto reader = store().snapshot(middle);
  for (int round = 5; round < 8; ++round) put("k", std::to_string(round));
  pass_time();
  store().run_gc(StopToken());
  EXPECT_LE(store().gc_status().safepoint, middle);
  compact();
  EXPECT_EQ(reader->get("k", StopToken()), "4");
  EXPECT_EQ(get("k"), "7");
  EXPECT_EQ(version_count(), 4);
  EXPECT_EQ(store().gc_status().removed_versions, 4u);
}

TEST_F(GarbageCollectorTest, LeaseHoldsTheSafepointUntilReleased) {
  put("k", "old");
  SafepointLease lease = store().hold_safepoint(store().current_timestamp(), "backfill");
  put("k", "new");
  pass_time();
  ASSERT_EQ(store().safepoint_holds().size(), 1u);
  EXPECT_EQ(store().safepoint_holds()[0].name, "backfill");
  EXPECT_EQ(store().run_gc(StopToken()).safepoint, lease.timestamp());
  const Timestamp held = lease.timestamp();
  EXPECT_EQ(get("k", held), "old");
  lease.release();
  EXPECT_GT(store().run_gc(StopToken()).safepoint, held);
  EXPECT_EQ(error_number([&] { store().snapshot(held); }), 9006);
  EXPECT_EQ(error_number([&] { store().hold_safepoint(held, "late"); }), 9006);
  EXPECT_TRUE(store().safepoint_holds().empty());
}

TEST_F(GarbageCollectorTest, DeletedKeysVanishWithAllTheirVersions) {
  for (int index = 0; index < 2'000; ++index) put("k" + std::to_string(10'000 + index), "v");
  ASSERT_TRUE(store().engine().db.Flush(rocksdb::FlushOptions()).ok());
  for (int index = 0; index < 2'000; index += 2) erase("k" + std::to_string(10'000 + index));
  ASSERT_TRUE(store().engine().db.Flush(rocksdb::FlushOptions()).ok());
  pass_time();
  store().run_gc(StopToken());
  compact();
  store().run_gc(StopToken());
  EXPECT_EQ(version_count(), 1'000);
  EXPECT_EQ(scan().size(), 1'000u);
}

// The deletion lies below the level of the ingested older version; dropping it alone would bring the old value back.
TEST_F(GarbageCollectorTest, DeletionIsNotDroppedBelowAnIngestedOlderVersion) {
  const Timestamp version = store().current_timestamp();
  SafepointLease lease = store().hold_safepoint(version, "backfill");
  put("a", "1");
  put("k", "present");
  erase("k");
  compact();
  const std::string path = dir_.new_path("sst");
  const auto writer = store().new_sst_writer(path, version);
  writer->add("k", "past", StopToken());
  const std::vector<std::string> paths{writer->finish(StopToken()).path};
  store().ingest(paths, StopToken());
  EXPECT_EQ(get("k"), std::nullopt);
  lease.release();
  pass_time();
  for (int round = 0; round < 3; ++round) {
    store().run_gc(StopToken());
    compact();
    EXPECT_EQ(get("k"), std::nullopt);
    EXPECT_EQ(get("a"), "1");
  }
  EXPECT_EQ(version_count(), 1);
}

TEST_F(GarbageCollectorTest, FilesFullOfSupersededVersionsAreCompactedForIt) {
  for (int round = 0; round < 4; ++round) {
    const auto transaction = begin();
    for (int index = 0; index < 1'000; ++index)
      transaction->put("k" + std::to_string(10'000 + index), std::to_string(round));
    transaction->commit(StopToken());
  }
  compact();  // all in one file of the lowest level; the safepoint is still below
  EXPECT_EQ(version_count(), 4'000);
  pass_time();
  store().run_gc(StopToken());
  EXPECT_EQ(version_count(), 1'000);
}

TEST_F(GarbageCollectorTest, SafepointSurvivesReopening) {
  put("k", "v");
  const Timestamp old = store().current_timestamp();
  pass_time();
  store().run_gc(StopToken());
  close();
  EXPECT_GT(store().gc_status().safepoint, old);
  EXPECT_EQ(error_number([&] { store().snapshot(old); }), 9006);
}

TEST_F(GarbageCollectorTest, StopEndsTheService) {
  options_.background_services = true;
  put("k", "v");
  close();  // joins the services; hangs if one cannot be stopped
}

}  // namespace
}  // namespace sluice::kv
