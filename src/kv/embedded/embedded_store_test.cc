#include "kv/embedded/embedded_store.h"

#include <rocksdb/db.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/sql_error.h"
#include "kv/embedded/engine_record.h"
#include "kv/embedded/store_fixture_test.h"

namespace sluice::kv {
namespace {

TEST_F(StoreTest, SnapshotSeesExactlyTheCommitsAtOrBelowItsTimestamp) {
  const Timestamp first = put("k", "1");
  const Timestamp second = put("k", "2");
  const Timestamp erased = erase("k");
  EXPECT_EQ(get("k", first - 1), std::nullopt);
  EXPECT_EQ(get("k", first), "1");
  EXPECT_EQ(get("k", second - 1), "1");
  EXPECT_EQ(get("k", second), "2");
  EXPECT_EQ(get("k", erased), std::nullopt);
  EXPECT_EQ(get("k", erased - 1), "2");
}

TEST_F(StoreTest, HeldSnapshotDoesNotSeeLaterCommits) {
  put("k", "old");
  const auto snapshot = store().snapshot(store().current_timestamp());
  EXPECT_EQ(snapshot->get("k", StopToken()), "old");
  put("k", "new");
  EXPECT_EQ(snapshot->get("k", StopToken()), "old");
  EXPECT_EQ(get("k"), "new");
}

TEST_F(StoreTest, DataAndTimeSurviveReopening) {
  const Timestamp before = put("k", "v");
  close();
  EXPECT_EQ(get("k"), "v");
  EXPECT_GT(store().current_timestamp(), before);
  EXPECT_GT(put("k", "w"), before);
}

TEST_F(StoreTest, EmptyValuesAndLargeValuesAreKept) {
  const std::string large(16 << 20, 'x');
  put("empty", "");
  put("large", large);
  EXPECT_EQ(get("empty"), "");
  EXPECT_EQ(get("large"), large);
  EXPECT_EQ(scan(), (Rows{{"empty", ""}, {"large", large}}));
}

TEST_F(StoreTest, CursorBoundsMayExtendOrCutStoredKeys) {
  put("ab", "1");
  put("b", "2");
  using namespace std::string_literals;
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    CursorOptions options;
    options.direction = direction;
    EXPECT_EQ(scan({"ab\0"s, ""}, 0, options), (Rows{{"b", "2"}}));
    EXPECT_EQ(scan({"", "ab\0"s}, 0, options), (Rows{{"ab", "1"}}));
    EXPECT_EQ(scan({"a", "b"}, 0, options), (Rows{{"ab", "1"}}));
    EXPECT_EQ(scan({"ab", "ab"}, 0, options), Rows());
    EXPECT_EQ(scan({"ab\xff"s, "\xff"s}, 0, options), (Rows{{"b", "2"}}));
  }
}

TEST_F(StoreTest, CursorPassesOverManyVersionsInBothDirections) {
  Timestamp middle = 0;
  for (int round = 0; round < 50; ++round) {
    for (const char* key : {"a", "b", "c"}) put(key, std::to_string(round));
    if (round == 20) middle = store().current_timestamp();
  }
  CursorOptions backward;
  backward.direction = Direction::kBackward;
  EXPECT_EQ(scan({}, middle), (Rows{{"a", "20"}, {"b", "20"}, {"c", "20"}}));
  EXPECT_EQ(scan({}, middle, backward), (Rows{{"c", "20"}, {"b", "20"}, {"a", "20"}}));
  EXPECT_EQ(scan(), (Rows{{"a", "49"}, {"b", "49"}, {"c", "49"}}));
}

TEST_F(StoreTest, CursorFillsBatchesWhateverTheSizeOfRows) {
  Rows expected;
  const auto transaction = begin();
  for (int index = 0; index < 300; ++index) {
    std::string key = "k" + std::to_string(1000 + index);
    std::string value(static_cast<std::size_t>(index % 7 == 0 ? 100'000 : index), 'v');
    transaction->put(key, value);
    expected.emplace_back(std::move(key), std::move(value));
  }
  transaction->commit(StopToken());
  EXPECT_EQ(scan(), expected);
  CursorOptions backward;
  backward.direction = Direction::kBackward;
  backward.batch_rows = 10;
  Rows reversed(expected.rbegin(), expected.rend());
  EXPECT_EQ(scan({}, 0, backward), reversed);
}

TEST_F(StoreTest, BatchGetAnswersInTheOrderOfItsKeys) {
  put("a", "1");
  put("c", "3");
  const std::vector<std::string> keys{"c", "b", "a"};
  std::vector<std::optional<std::string>> values;
  store().snapshot(store().current_timestamp())->batch_get(keys, values, StopToken());
  EXPECT_EQ(values, (std::vector<std::optional<std::string>>{"3", std::nullopt, "1"}));
}

TEST_F(StoreTest, SecondOpenOfADirectoryNamesIt) {
  store();
  try {
    EmbeddedStore second(options_);
    FAIL() << "opened twice";
  } catch (const SqlError& error) {
    EXPECT_NE(error.message().find(options_.path), std::string::npos);
    EXPECT_NE(error.message().find("in use"), std::string::npos);
  }
}

TEST_F(StoreTest, RefusesADirectoryOfOtherFilesAndLeavesItAlone) {
  std::filesystem::create_directories(options_.path);
  std::ofstream(options_.path + "/letter.txt") << "dear";
  try {
    store();
    FAIL() << "made a database among other files";
  } catch (const SqlError& error) {
    EXPECT_NE(error.message().find("letter.txt"), std::string::npos);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(options_.path), {}), 1);
}

TEST_F(StoreTest, RefusesADirectoryWhoseListOfFilesIsLost) {
  store();
  close();
  std::filesystem::remove(options_.path + "/CURRENT");
  try {
    store();
    FAIL() << "made a second database over the first";
  } catch (const SqlError& error) {
    EXPECT_NE(error.message().find("CURRENT is missing"), std::string::npos);
  }
}

TEST_F(StoreTest, OpensWhatAFirstStartLeftThatDidNotGetFar) {
  std::filesystem::create_directories(options_.path + "/temp");
  for (const char* name : {"LOCK", "LOG", "IDENTITY", "MANIFEST-000001", "000001.dbtmp", "server-key.pem"})
    std::ofstream(options_.path + "/" + name).flush();
  EXPECT_NO_THROW(store());
}

TEST_F(StoreTest, RefusesAnotherFormatVersion) {
  store();
  close();
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(rocksdb::Options(), options_.path, &raw).ok());
  const std::unique_ptr<rocksdb::DB> database(raw);
  ASSERT_TRUE(database->Put(rocksdb::WriteOptions(), std::string(kFormatRecord), encode_record(99)).ok());
  ASSERT_TRUE(database->Close().ok());
  try {
    store();
    FAIL() << "opened a foreign format";
  } catch (const SqlError& error) {
    EXPECT_NE(error.message().find("format version 99"), std::string::npos);
  }
}

TEST_F(StoreTest, RefusesAnotherProgramsDatabase) {
  rocksdb::Options raw_options;
  raw_options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(raw_options, options_.path, &raw).ok());
  const std::unique_ptr<rocksdb::DB> database(raw);
  ASSERT_TRUE(database->Put(rocksdb::WriteOptions(), "foreign", "1").ok());
  ASSERT_TRUE(database->Close().ok());
  EXPECT_EQ(error_number([&] { store(); }), 1105);
}

}  // namespace
}  // namespace sluice::kv
