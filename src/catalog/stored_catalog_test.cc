// The catalogue on a real store: bootstrap, loading by diffs, ids, rows of system tables, statistics.
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <set>

#include "base/mutex.h"
#include "base/sql_error.h"
#include "base/task_scope.h"
#include "base/temp_dir.h"
#include "catalog/auto_id.h"
#include "catalog/bootstrap.h"
#include "catalog/meta.h"
#include "catalog/schema_loader.h"
#include "catalog/statistics_storage.h"
#include "catalog/stored_json.h"
#include "catalog/system_tables.h"
#include "catalog/table_rows.h"
#include "kv/embedded/embedded_store.h"

namespace sluice::catalog {
namespace {

class StoredCatalog : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    store.reset();
    kv::EmbeddedOptions options;
    options.path = directory.path() + "/data";
    options.durability = kv::Durability::kWriteOnly;
    options.block_cache_bytes = 8 << 20;
    options.background_services = false;
    store = kv::open_embedded_store(options);
    bootstrap(*store, StopToken());
  }
  std::unique_ptr<kv::Snapshot> now() { return store->snapshot(store->current_timestamp()); }
  SchemaPtr load() { return load_schema(*now(), StopToken()); }

  TempDir directory;
  std::unique_ptr<kv::Store> store;
};

TEST_F(StoredCatalog, BootstrapMakesTheSystemTablesOnceAndRootWithoutAPassword) {
  const SchemaPtr first = load();
  EXPECT_NE(first->find_table("mysql", "USER"), nullptr);
  EXPECT_NE(first->find_database("test"), nullptr);
  EXPECT_EQ(first->table_count(), system_tables().size());
  int users = 0;
  scan_rows(
      *now(), system_table(system_id::kUser), {},
      [&](const RowValues& row) {
        ++users;
        EXPECT_EQ(row[0].as_string(), "%");
        EXPECT_EQ(row[1].as_string(), "root");
        EXPECT_EQ(row[2].as_string(), "");
      },
      StopToken());
  EXPECT_EQ(users, 1);
  open();
  EXPECT_EQ(load()->version(), first->version());
}

TEST_F(StoredCatalog, LoadingByDiffsGivesTheSameAsLoadingEverything) {
  constexpr std::uint64_t kSeed = 7;
  std::mt19937_64 random(kSeed);
  SchemaPtr followed = load();
  std::vector<std::int64_t> databases = {system_id::kTestDatabase};
  std::vector<std::pair<std::int64_t, std::int64_t>> tables;
  for (int step = 0; step < 120; ++step) {
    std::unique_ptr<kv::Transaction> transaction = store->begin({}, StopToken());
    MetaWriter meta(*transaction, StopToken());
    meta.lock_schema_version();
    SchemaDiff diff;
    const int choice = static_cast<int>(random() % 5);
    if (choice == 0) {
      DatabaseInfo database;
      database.id = meta.allocate_global_ids(1);
      database.name = Name("db" + std::to_string(database.id));
      meta.put_database(database);
      databases.push_back(database.id);
      diff.object.schema_id = database.id;
    } else if (choice == 1 && databases.size() > 1) {
      const std::int64_t id = databases.back();
      databases.pop_back();
      std::erase_if(tables, [&](const auto& table) { return table.first == id; });
      meta.remove_database(id);
      diff.object.schema_id = id;
    } else if (choice == 2 && !tables.empty()) {
      const auto [database, table] = tables.back();
      tables.pop_back();
      meta.remove_table(database, table);
      diff.object = {database, table, 0, 0};
    } else if (choice == 3 && !tables.empty()) {
      // A rename into another database.
      auto& [database, table] = tables[random() % tables.size()];
      TableInfo info = *meta.table(database, table);
      const std::int64_t target = databases[random() % databases.size()];
      meta.remove_table(database, table);
      info.name = Name("renamed" + std::to_string(step));
      meta.put_table(target, info);
      diff.object = {target, table, 0, database};
      database = target;
    } else {
      TableInfo info;
      info.id = meta.allocate_global_ids(1);
      info.name = Name("t" + std::to_string(info.id));
      info.state = SchemaState::kPublic;
      const std::int64_t database = databases[random() % databases.size()];
      meta.put_table(database, info);
      tables.emplace_back(database, info.id);
      diff.object = {database, info.id, 0, 0};
    }
    meta.publish(diff);
    transaction->commit(StopToken());
    if (random() % 3 != 0) continue;
    followed = refresh_schema(followed, *now(), StopToken());
    const SchemaPtr whole = load();
    ASSERT_EQ(followed->version(), whole->version());
    ASSERT_EQ(followed->databases().size(), whole->databases().size()) << "seed " << kSeed << " step " << step;
    ASSERT_EQ(followed->table_count(), whole->table_count()) << "seed " << kSeed << " step " << step;
    for (const DatabasePtr& database : whole->databases()) {
      const std::vector<TablePtr> expected = whole->tables_of(database->name.lower);
      const std::vector<TablePtr> found = followed->tables_of(database->name.lower);
      ASSERT_EQ(found.size(), expected.size()) << "seed " << kSeed << " step " << step;
      for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(to_stored(*found[i]), to_stored(*expected[i]));
    }
  }
}

TableInfo counted_table(std::int64_t id) {
  TableInfo table;
  table.id = id;
  table.name = Name("t");
  return table;
}

TEST_F(StoredCatalog, IdsAreHandedOutOnceToAllThreadsAndNeverAgainAfterARestart) {
  const TableInfo table = counted_table(500);
  std::set<std::int64_t> seen;
  {
    AutoIdAllocator ids(*store);
    Mutex mutex;
    StopSource source;
    TaskScope scope("ids", source.token());
    for (int thread = 0; thread < 4; ++thread) {
      scope.spawn("ids", [&](StopToken stop) {
        for (int i = 0; i < 300; ++i) {
          const AutoIdAllocator::Range range = ids.allocate_row_ids(system_id::kTestDatabase, table, 100, stop);
          MutexLock lock(mutex);
          EXPECT_TRUE(seen.insert(range.first).second);
        }
      });
    }
    scope.join();
  }
  EXPECT_EQ(seen.size(), 1200u);
  open();
  AutoIdAllocator ids(*store);
  EXPECT_GT(ids.allocate_row_ids(system_id::kTestDatabase, table, 1, StopToken()).first, *seen.rbegin());
}

TEST_F(StoredCatalog, IdsKeepIncrementAndOffset) {
  AutoIdAllocator ids(*store);
  const TableInfo table = counted_table(501);
  AutoIdAllocator::Range range = ids.allocate(system_id::kTestDatabase, table, 3, 10, 5, 1'000'000, StopToken());
  EXPECT_EQ(range.first, 5u);
  EXPECT_EQ(range.increment, 10);
  EXPECT_EQ(range.count, 3);
  range = ids.allocate(system_id::kTestDatabase, table, 1, 10, 5, 1'000'000, StopToken());
  EXPECT_EQ(range.first, 35u);
  ids.rebase(system_id::kTestDatabase, table, 100'000, StopToken());
  EXPECT_EQ(ids.next_id(system_id::kTestDatabase, table, StopToken()), 100'001u);
  EXPECT_EQ(ids.allocate(system_id::kTestDatabase, table, 1, 1, 1, 1'000'000, StopToken()).first, 100'001u);
}

TEST_F(StoredCatalog, IdsOfBigintUnsignedGoPastTheSignedRange) {
  constexpr std::uint64_t kLastSigned = std::numeric_limits<std::int64_t>::max();
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
  const TableInfo table = counted_table(503);
  AutoIdAllocator ids(*store);
  ids.rebase(system_id::kTestDatabase, table, kLastSigned, StopToken());
  EXPECT_EQ(ids.allocate(system_id::kTestDatabase, table, 2, 1, 1, kLast, StopToken()).first, kLastSigned + 1);
  EXPECT_EQ(ids.next_id(system_id::kTestDatabase, table, StopToken()), kLastSigned + 3);
  AutoIdAllocator after_restart(*store);
  EXPECT_GT(after_restart.allocate(system_id::kTestDatabase, table, 1, 1, 1, kLast, StopToken()).first,
            kLastSigned + 2);
  ids.rebase(system_id::kTestDatabase, table, kLast - 11, StopToken());
  const AutoIdAllocator::Range range = ids.allocate(system_id::kTestDatabase, table, 5, 10, 5, kLast, StopToken());
  EXPECT_EQ(range.first, kLast - 10);
  EXPECT_EQ(range.count, 1);
  EXPECT_THROW(ids.allocate(system_id::kTestDatabase, table, 1, 10, 5, kLast, StopToken()), SqlError);
}

TEST_F(StoredCatalog, AnExhaustedColumnTypeIsAnError) {
  AutoIdAllocator ids(*store);
  const TableInfo table = counted_table(502);
  ids.rebase(system_id::kTestDatabase, table, 126, StopToken());
  EXPECT_EQ(ids.allocate(system_id::kTestDatabase, table, 5, 1, 1, 127, StopToken()).count, 1);
  try {
    ids.allocate(system_id::kTestDatabase, table, 1, 1, 1, 127, StopToken());
    FAIL();
  } catch (const SqlError& error) {
    EXPECT_EQ(error.number(), 1467);
  }
}

TEST_F(StoredCatalog, RowsOfSystemTablesAreFoundReplacedScannedAndErased) {
  const TableInfo& table = system_table(system_id::kTidb);
  auto row = [](const char* name, const char* value) {
    return RowValues{types::Value(name), types::Value(value), types::Value::null()};
  };
  std::unique_ptr<kv::Transaction> transaction = store->begin({}, StopToken());
  put_row(*transaction, table, row("Zebra", "1"), StopToken());
  put_row(*transaction, table, row("Zebra", "2"), StopToken());
  const types::Value key[] = {types::Value("Zebra")};
  EXPECT_EQ((*find_row(*transaction, table, key, RowLock::kNone, StopToken()))[1].as_string(), "2");
  transaction->commit(StopToken());
  std::vector<std::string> names;
  scan_rows(
      *now(), table, {}, [&](const RowValues& found) { names.push_back(found[0].as_string()); }, StopToken());
  EXPECT_EQ(names.size(), 5u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  std::vector<std::string> last;
  scan_rows_backward(
      *now(), table, 2, [&](const RowValues& found) { last.push_back(found[0].as_string()); }, StopToken());
  EXPECT_EQ(last, (std::vector<std::string>{names[4], names[3]}));
  transaction = store->begin({}, StopToken());
  erase_row(*transaction, table, key, StopToken());
  erase_row(*transaction, table, key, StopToken());
  EXPECT_FALSE(find_row(*transaction, table, key, RowLock::kExclusive, StopToken()).has_value());
}

TEST_F(StoredCatalog, StatisticsSurviveTheRoundTripAndAreReplacedAsAWhole) {
  TableStatistics statistics;
  statistics.table_id = 77;
  statistics.version = 42;
  statistics.row_count = 1000;
  statistics.analyzed = true;
  ColumnStatistics column;
  column.id = 2;
  column.distinct_count = 900;
  column.null_count = 5;
  column.average_size = 7.5;
  column.correlation = -0.25;
  column.buckets = {{std::string("\x00\x01", 2), "b", 10, 1, 9}, {"c", "d", 20, 2, 8}};
  column.top_values = {{"x", 50}};
  statistics.columns[2] = column;
  statistics.indexes[1] = column;
  statistics.indexes[1].id = 1;
  for (int round = 0; round < 2; ++round) {
    std::unique_ptr<kv::Transaction> transaction = store->begin({}, StopToken());
    put_statistics(*transaction, statistics, StopToken());
    transaction->commit(StopToken());
  }
  std::optional<TableStatistics> loaded = load_statistics(*now(), 77, StopToken());
  ASSERT_TRUE(loaded.has_value());
  EXPECT_TRUE(loaded->analyzed);
  EXPECT_EQ(loaded->row_count, 1000);
  ASSERT_EQ(loaded->columns[2].buckets.size(), 2u);
  EXPECT_EQ(loaded->columns[2].buckets[0].lower, column.buckets[0].lower);
  EXPECT_EQ(loaded->columns[2].correlation, -0.25);
  EXPECT_EQ(loaded->indexes[1].top_values[0].count, 50);
  std::unique_ptr<kv::Transaction> transaction = store->begin({}, StopToken());
  add_to_counts(*transaction, 77, -10, 30, StopToken());
  transaction->commit(StopToken());
  EXPECT_EQ(load_statistics(*now(), 77, StopToken())->row_count, 990);
  EXPECT_EQ(load_all_statistics(*now(), StopToken()).size(), 1u);
  transaction = store->begin({}, StopToken());
  erase_statistics(*transaction, 77, StopToken());
  transaction->commit(StopToken());
  EXPECT_FALSE(load_statistics(*now(), 77, StopToken()).has_value());
}

}  // namespace
}  // namespace sluice::catalog
