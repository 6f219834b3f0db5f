#include "kv/embedded/sst_replay.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/sql_error.h"
#include "base/stop_token.h"
#include "base/temp_dir.h"
#include "kv/embedded/embedded_sst_writer.h"
#include "kv/embedded/error_state.h"
#include "kv/embedded/write_pacer.h"

namespace sluice::kv {
namespace {

class SstReplayTest : public testing::Test {
 protected:
  SstReplayTest() {
    options_.create_if_missing = true;
    rocksdb::DB* db = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open(options_, dir_.path() + "/db", &db).ok());
    db_.reset(db);
  }

  /// A file of the keys `first` to `first + count - 1` with long values.
  std::string write_file(int first, int count) {
    const std::string path = dir_.new_path("sst");
    const auto writer = open_embedded_sst_writer(options_, pacer_, path, 7);
    for (int number = first; number < first + count; ++number) {
      writer->add("k" + std::to_string(1'000'000 + number), std::string(100, static_cast<char>('a' + number % 26)),
                  StopToken());
    }
    return writer->finish(StopToken()).path;
  }

  std::vector<std::pair<std::string, std::string>> entries() {
    std::vector<std::pair<std::string, std::string>> found;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(rocksdb::ReadOptions()));
    for (at->SeekToFirst(); at->Valid(); at->Next()) found.emplace_back(at->key().ToString(), at->value().ToString());
    return found;
  }

  TempDir dir_;
  rocksdb::Options options_;
  std::unique_ptr<rocksdb::DB> db_;
  WritePacer pacer_{0};
  ErrorState errors_;
};

TEST_F(SstReplayTest, LeavesWhatAnIngestLeaves) {
  const std::vector<std::string> paths = {write_file(0, 5'000), write_file(5'000, 1)};
  replay_sst_files(*db_, errors_, options_, paths, StopToken());
  const auto replayed = entries();
  ASSERT_EQ(replayed.size(), 5'001u);
  for (const std::string& path : paths) EXPECT_FALSE(std::filesystem::exists(path));

  ASSERT_TRUE(db_->DeleteRange(rocksdb::WriteOptions(), db_->DefaultColumnFamily(), "", "\xff").ok());
  ASSERT_TRUE(entries().empty());
  const std::vector<std::string> again = {write_file(0, 5'000), write_file(5'000, 1)};
  ASSERT_TRUE(db_->IngestExternalFile(again, rocksdb::IngestExternalFileOptions()).ok());
  EXPECT_EQ(entries(), replayed);
}

TEST_F(SstReplayTest, SurvivesReopening) {
  replay_sst_files(*db_, errors_, options_, std::vector{write_file(0, 100)}, StopToken());
  db_.reset();
  rocksdb::DB* db = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options_, dir_.path() + "/db", &db).ok());
  db_.reset(db);
  EXPECT_EQ(entries().size(), 100u);
}

TEST_F(SstReplayTest, KeepsTheFilesWhenItIsStoppedOrRefused) {
  const std::vector<std::string> paths = {write_file(0, 5'000)};
  StopSource source;
  source.request_stop(StopReason::kJobCancelled);
  EXPECT_THROW(replay_sst_files(*db_, errors_, options_, paths, source.token()), Stopped);
  EXPECT_TRUE(std::filesystem::exists(paths[0]));
  EXPECT_TRUE(entries().empty());

  errors_.stop("No space left on device");
  EXPECT_THROW(replay_sst_files(*db_, errors_, options_, paths, StopToken()), SqlError);
  EXPECT_TRUE(std::filesystem::exists(paths[0]));

  errors_.resume();
  replay_sst_files(*db_, errors_, options_, paths, StopToken());
  EXPECT_EQ(entries().size(), 5'000u);
}

TEST_F(SstReplayTest, SaysWhichFileIsMissing) {
  const std::vector<std::string> paths = {dir_.path() + "/gone.sst"};
  try {
    replay_sst_files(*db_, errors_, options_, paths, StopToken());
    FAIL() << "a missing file was replayed";
  } catch (const SqlError& error) {
    EXPECT_NE(std::string(error.what()).find("gone.sst"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace sluice::kv
