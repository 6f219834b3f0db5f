#include <rocksdb/db.h>
#include <rocksdb/metadata.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/census.h"
#include "base/failpoint.h"
#include "base/random.h"
#include "base/task_scope.h"
#include "kv/embedded/fault_file_system_test.h"
#include "kv/embedded/store_fixture_test.h"

namespace sluice::kv {
namespace {

constexpr int kKeys = 2'000;

std::string numbered(int number) { return "k" + std::to_string(1'000'000 + number); }

class BulkCommitTest : public StoreTest {
 protected:
  BulkCommitTest() { options_.bulk_commit_bytes = 10'000; }
  ~BulkCommitTest() override {
    clear_failpoints();
    close();
  }

  /// Every second key is there before, with "old".
  void prepare() {
    const auto transaction = begin();
    for (int number = 0; number < kKeys; number += 2) transaction->put(numbered(number), "old");
    transaction->commit(StopToken());
  }
  /// A large transaction: replaces and removes keys and adds the others.
  std::unique_ptr<Transaction> change() {
    auto transaction = begin();
    for (int number = 0; number < kKeys; ++number) {
      if (number % 10 == 0) {
        transaction->erase(numbered(number));
      } else {
        transaction->put(numbered(number), "new");
      }
    }
    return transaction;
  }
  static Rows rows_after() {
    Rows rows;
    for (int number = 0; number < kKeys; ++number) {
      if (number % 10 != 0) rows.emplace_back(numbered(number), "new");
    }
    return rows;
  }
  std::size_t files_left() const {
    const std::string path = options_.path + "/commits";
    if (!std::filesystem::exists(path)) return 0;
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }
};

TEST_F(BulkCommitTest, ReplacesAddsAndRemovesAtOneTimestamp) {
  prepare();
  auto snapshot = store().snapshot(store().current_timestamp());
  const Rows before = scan();
  auto transaction = change();
  const Savepoint savepoint = transaction->savepoint();
  transaction->put("undone", "x");
  transaction->rollback_to(savepoint);
  const Timestamp commit_ts = transaction->commit(StopToken());
  EXPECT_EQ(scan(), rows_after());
  EXPECT_EQ(scan({}, commit_ts), rows_after());
  EXPECT_EQ(scan({}, commit_ts - 1), before);
  EXPECT_EQ(read_all(*snapshot->cursor({}, {})), before);
  snapshot.reset();
  transaction.reset();
  EXPECT_EQ(files_left(), 0u);
  put(numbered(1), "later");
  EXPECT_EQ(get(numbered(1)), "later");
  close();
  EXPECT_EQ(get(numbered(1)), "later");
  EXPECT_EQ(get(numbered(3)), "new");
  EXPECT_EQ(get(numbered(10)), std::nullopt);
}

TEST_F(BulkCommitTest, RowsAndIndexesHaveFilesOfTheirOwn) {
  Random random(1);
  const auto value = [&] {
    std::string bytes(4'000, 0);
    for (char& byte : bytes) byte = static_cast<char>(random.next());
    return bytes;
  };
  Rows expected;
  for (int commit = 0; commit < 3; ++commit) {
    const auto transaction = begin();
    for (const char* table : {"t_table_1_i", "t_table_1_r"}) {
      for (int number = 0; number < 1'500; ++number) {
        expected.emplace_back(table + numbered(commit * 1'500 + number), value());
        transaction->put(expected.back().first, expected.back().second);
      }
    }
    transaction->commit(StopToken());
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(scan(), expected);
  std::vector<rocksdb::LiveFileMetaData> files;
  store().engine().db.GetLiveFilesMetaData(&files);
  EXPECT_EQ(std::count_if(files.begin(), files.end(), [](const auto& file) { return file.num_entries == 1'500; }), 6);
  EXPECT_EQ(files_left(), 0u);
}

TEST_F(BulkCommitTest, AStopEndsItAtAnyFileAndLeavesNothing) {
  prepare();
  const Rows before = scan();
  for (const char* place : {"kv.sst.add", "kv.sst.finish"}) {
    SCOPED_TRACE(place);
    StopSource source;
    set_failpoint(place, "pause");
    const std::uint64_t passes = failpoint_passes(place);
    TaskScope scope("commit", StopToken());
    std::optional<StopReason> reason;
    scope.spawn("commit", [&](StopToken) {
      const auto transaction = change();
      try {
        transaction->commit(source.token());
      } catch (const Stopped& stopped) {
        reason = stopped.reason();
      }
    });
    while (failpoint_passes(place) == passes) std::this_thread::yield();
    // Readers go on meanwhile, below it.
    EXPECT_EQ(scan(), before);
    source.request_stop(StopReason::kQueryKilled);
    scope.join();
    clear_failpoints();
    EXPECT_EQ(reason, StopReason::kQueryKilled);
    EXPECT_EQ(files_left(), 0u);
    EXPECT_EQ(live_count(CensusKind::kSstWriter), 0);
    EXPECT_EQ(scan(), before);
  }
  // Its locks are free, and the next one succeeds.
  change()->commit(StopToken());
  EXPECT_EQ(scan(), rows_after());
}

TEST_F(BulkCommitTest, WhoWaitsBehindItCanBeStopped) {
  prepare();
  set_failpoint("kv.sst.add", "pause");
  const std::uint64_t passes = failpoint_passes("kv.sst.add");
  TaskScope scope("commits", StopToken());
  scope.spawn("large", [&](StopToken stop) { change()->commit(stop); });
  while (failpoint_passes("kv.sst.add") == passes) std::this_thread::yield();
  constexpr int kWaiters = 8;
  std::array<StopSource, kWaiters> sources;
  std::atomic<int> stopped{0};
  for (int waiter = 0; waiter < kWaiters; ++waiter) {
    scope.spawn("small", [&, waiter](StopToken) {
      const auto transaction = begin();
      transaction->put("small" + std::to_string(waiter), "x");
      try {
        transaction->commit(sources[static_cast<std::size_t>(waiter)].token());
      } catch (const Stopped&) {
        stopped.fetch_add(1);
      }
    });
  }
  // The odd ones, from anywhere in the queue, be they there already or not.
  for (int waiter = 1; waiter < kWaiters; waiter += 2)
    sources[static_cast<std::size_t>(waiter)].request_stop(StopReason::kQueryKilled);
  while (stopped.load() < kWaiters / 2) std::this_thread::yield();
  clear_failpoints();
  scope.join();
  EXPECT_EQ(stopped.load(), kWaiters / 2);
  for (int waiter = 0; waiter < kWaiters; ++waiter)
    EXPECT_EQ(get("small" + std::to_string(waiter)).has_value(), waiter % 2 == 0) << waiter;
  EXPECT_EQ(get(numbered(1)), "new");
}

TEST_F(BulkCommitTest, AnErrorOfAFileIsTheCommits) {
  prepare();
  const Rows before = scan();
  for (const char* place : {"kv.sst.add", "kv.sst.finish"}) {
    set_failpoint(place, "1:error(1021,injected)");
    EXPECT_EQ(error_number([&] { change()->commit(StopToken()); }), 1021) << place;
    clear_failpoints();
    EXPECT_EQ(files_left(), 0u);
    EXPECT_EQ(scan(), before);
  }
  put("still", "here");
  change()->commit(StopToken());
  EXPECT_EQ(get(numbered(1)), "new");
}

TEST_F(BulkCommitTest, WhatACrashLeftIsRemovedWhenTheStoreOpens) {
  prepare();
  close();
  std::filesystem::create_directories(options_.path + "/commits");
  std::ofstream(options_.path + "/commits/7.sst") << "half a file";
  store();
  EXPECT_EQ(files_left(), 0u);
}

// Each change of the file system fails in turn: the commit is there as a whole or not at all, also after the next start.
TEST_F(BulkCommitTest, AFailedChangeOfTheFileSystemLeavesAllOrNothing) {
  const auto files = std::make_shared<FaultFileSystem>();
  const std::unique_ptr<rocksdb::Env> env = FaultFileSystem::make_env(files);
  options_.env = env.get();
  options_.durability = Durability::kSync;
  bool succeeded = false;
  for (std::int64_t change_number = 1; !succeeded; ++change_number) {
    SCOPED_TRACE(change_number);
    options_.path = dir_.new_path("store");
    prepare();
    const Rows before = scan();
    const std::uint64_t changes = files->change_count();
    files->fail_change(change_number);
    succeeded = error_number([&] { change()->commit(StopToken()); }) == 0;
    const bool was_hit = files->change_count() - changes >= static_cast<std::uint64_t>(change_number);
    files->fail_change(0);
    close();
    const Rows rows = scan();
    if (succeeded) {
      EXPECT_EQ(rows, rows_after());
    } else {
      EXPECT_TRUE(rows == before || rows == rows_after());
    }
    close();
    if (was_hit) succeeded = false;
    ASSERT_LT(change_number, 1000);
  }
  options_.env = nullptr;
}

}  // namespace
}  // namespace sluice::kv
