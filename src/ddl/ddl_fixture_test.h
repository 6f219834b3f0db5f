#pragma once

// A database of one process without SQL: an embedded store in a temporary directory, the catalog, metadata locks and the
// service, and a writer that keeps the duties of statements (catalog/schema_state.h).

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/census.h"
#include "base/clock.h"
#include "base/memory_tracker.h"
#include "base/sql_error.h"
#include "base/task_scope.h"
#include "base/temp_dir.h"
#include "catalog/auto_id.h"
#include "catalog/bootstrap.h"
#include "catalog/index_encoder.h"
#include "catalog/meta.h"
#include "catalog/schema_cache.h"
#include "catalog/schema_loader.h"
#include "catalog/system_tables.h"
#include "codec/bytes.h"
#include "codec/row.h"
#include "codec/table_key.h"
#include "coordination/metadata_locks.h"
#include "ddl/job_store.h"
#include "ddl/service.h"
#include "kv/embedded/embedded_store.h"
#include "types/collation.h"

namespace sluice::ddl {

/// One running server. Closing and opening it again on the same directory is a restart.
class Server {
 public:
  explicit Server(const std::string& path, std::int64_t sort_memory = std::int64_t{4} << 20) {
    kv::EmbeddedOptions options;
    options.path = path + "/data";
    options.durability = kv::Durability::kWriteOnly;
    options.block_cache_bytes = 8 << 20;
    options.background_services = false;
    store = kv::open_embedded_store(options);
    catalog::bootstrap(*store, StopToken());
    ids = std::make_unique<catalog::AutoIdAllocator>(*store);
    schemas.publish(catalog::load_schema(*store->snapshot(store->current_timestamp()), StopToken()));
    DdlEnvironment environment{*store, schemas, locks, *ids, limits};
    environment.memory = &memory;
    environment.temp_path = path + "/ddl";
    limits.sort_memory_bytes = sort_memory;
    service = std::make_unique<DdlService>(environment, stop.token());
  }
  ~Server() {
    stop.request_stop(StopReason::kShutdown);
    service.reset();
  }

  catalog::TablePtr table(const std::string& name) { return schemas.current()->find_public_table("test", name); }

  Job job_for(JobType type, const std::string& table_name) {
    Job job;
    job.type = type;
    job.schema_id = catalog::system_id::kTestDatabase;
    job.schema_name = "test";
    job.table_name = table_name;
    catalog::TablePtr found = table(table_name);
    if (found != nullptr) job.table_id = found->id;
    return job;
  }

  Job alter(const std::string& table_name, std::vector<Clause> clauses) {
    Job job = job_for(clauses.size() == 1 ? type_of(clauses[0]) : JobType::kMultiSchemaChange, table_name);
    job.clauses = std::move(clauses);
    return job;
  }

  StopSource stop;
  MemoryTracker memory{"server"};
  std::unique_ptr<kv::Store> store;
  catalog::SchemaCache schemas;
  coordination::MetadataLocks locks;
  DdlLimits limits;
  std::unique_ptr<catalog::AutoIdAllocator> ids;
  std::unique_ptr<DdlService> service;
};

inline catalog::ColumnInfo make_column(const std::string& name, types::FieldType type) {
  catalog::ColumnInfo column;
  column.name = catalog::Name(name);
  column.type = std::move(type);
  return column;
}

/// create table <name> (id bigint primary key, k int, c varchar(20))
inline Job create_table_job(Server& server, const std::string& name) {
  Job job = server.job_for(JobType::kCreateTable, name);
  catalog::TableInfo table;
  table.name = catalog::Name(name);
  table.charset = "utf8mb4";
  table.collation = "utf8mb4_bin";
  table.pk_is_handle = true;
  for (catalog::ColumnInfo column : {make_column("id", types::FieldType::of(types::TypeCode::kLongLong)),
                                     make_column("k", types::FieldType::of(types::TypeCode::kLong)),
                                     make_column("c", types::FieldType::varchar(20, types::utf8mb4_bin()))}) {
    column.id = ++table.max_column_id;
    column.offset = static_cast<int>(table.columns.size());
    if (column.id == 1) column.type.set_flag(types::field_flag::kPrimaryKey | types::field_flag::kNotNull);
    table.columns.push_back(std::move(column));
  }
  job.object = CreateTableArguments{std::move(table)};
  return job;
}

inline AddIndexClause add_index(const std::string& name, const std::vector<std::string>& columns, bool unique) {
  AddIndexClause clause;
  clause.index.name = catalog::Name(name);
  clause.index.unique = unique;
  for (const std::string& column : columns)
    clause.index.columns.push_back({catalog::Name(column), 0, catalog::kFullLength});
  return clause;
}

struct Row {
  std::int64_t id = 0;
  std::optional<std::int64_t> k;
  std::string c;
};

/// Writes rows as statements must while indexes come and go. One transaction per call.
class Writer {
 public:
  explicit Writer(Server& server, std::uint64_t connection_id = 1)
      : server_(server), lease_(server.locks.new_lease(connection_id)) {}

  /// Inserts or replaces the row. Returns false on a duplicate of a unique index or a lock conflict: nothing is written.
  bool put(const std::string& table, const Row& row) { return write(table, row.id, row); }
  bool erase(const std::string& table, std::int64_t id) { return write(table, id, std::nullopt); }

  /// Begins a transaction that uses the table and stays open.
  void hold(const std::string& table) { begin(table); }
  void release() { lease_.release(); }

 private:
  catalog::TablePtr begin(const std::string& table) {
    for (;;) {
      catalog::SchemaPtr schema = server_.schemas.current();
      catalog::TablePtr found = schema->find_public_table("test", table);
      if (found == nullptr) return nullptr;
      const std::int64_t ids[] = {found->id};
      if (lease_.acquire(ids, schema->version())) return found;
    }
  }

  std::string encode(const catalog::TableInfo& table, const Row& row) {
    codec::RowWriter writer;
    for (const catalog::ColumnInfo& column : table.columns) {
      if (!catalog::is_written(column.state) || column.name.lower == "id") continue;
      if (column.name.lower == "k") {
        if (row.k.has_value())
          writer.add_int64(column.id, *row.k);
        else
          writer.add_null(column.id);
      } else if (column.name.lower == "c") {
        writer.add_bytes(column.id, row.c);
      }
    }
    std::string encoded;
    writer.finish(encoded);
    return encoded;
  }

  bool write(const std::string& table_name, std::int64_t id, const std::optional<Row>& row) {
    struct Release {
      coordination::SchemaLease& lease;
      ~Release() { lease.release(); }
    } release{lease_};
    const StopToken stop;
    catalog::TablePtr table = begin(table_name);
    if (table == nullptr) return false;
    std::unique_ptr<kv::Transaction> transaction = server_.store->begin({}, stop);
    const codec::Handle handle(id);
    const std::string record = codec::record_key(table->id, handle);
    try {
      kv::LockOptions options;
      options.timeout_ms = 2000;
      transaction->lock_keys(std::span(&record, 1), options, stop);
      const std::optional<std::string> old_row = transaction->get_current(record, stop);
      const std::optional<std::string> new_row = row.has_value() ? std::optional(encode(*table, *row)) : std::nullopt;
      for (const catalog::IndexInfo& index : table->indexes) {
        if (!write_index(*transaction, *table, index, handle, old_row, new_row, options, stop)) return false;
      }
      if (new_row.has_value())
        transaction->put(record, *new_row);
      else
        transaction->erase(record);
      transaction->commit(stop);
      return true;
    } catch (const SqlError& error) {
      if (error.number() == 1205 || error.number() == 1213) return false;
      throw;
    }
  }

  bool write_index(kv::Transaction& transaction, const catalog::TableInfo& table, const catalog::IndexInfo& index,
                   const codec::Handle& handle, const std::optional<std::string>& old_row,
                   const std::optional<std::string>& new_row, const kv::LockOptions& options, StopToken stop) {
    const catalog::IndexEncoder encoder(table, index);
    auto entry = [&](const std::string& row, std::string& key, std::string& value) {
      key = encoder.prefix();
      return encoder.append_entry(row, handle, {}, key, value).distinct;
    };
    std::string old_key;
    std::string old_value;
    std::string new_key;
    std::string new_value;
    const bool old_distinct = old_row.has_value() && entry(*old_row, old_key, old_value);
    const bool new_distinct = new_row.has_value() && entry(*new_row, new_key, new_value);
    if (old_row.has_value() && new_row.has_value() && old_key == new_key && old_value == new_value) return true;
    if (old_row.has_value() && catalog::is_removed(index.state)) {
      bool is_own = true;
      if (old_distinct) {
        transaction.lock_keys(std::span(&old_key, 1), options, stop);
        const std::optional<std::string> current = transaction.get_current(old_key, stop);
        is_own = !current.has_value() || catalog::entry_handle(table, index, old_key, *current) == handle;
      }
      if (is_own) transaction.erase(old_key);
    }
    if (new_row.has_value() && catalog::is_written(index.state)) {
      if (new_distinct) {
        transaction.lock_keys(std::span(&new_key, 1), options, stop);
        const std::optional<std::string> current = transaction.get_current(new_key, stop);
        if (current.has_value()) {
          const codec::Handle other = catalog::entry_handle(table, index, new_key, *current);
          if (!(other == handle)) {
            const std::optional<std::string> other_row =
                transaction.get_current(codec::record_key(table.id, other), stop);
            if (index.is_public() || (other_row.has_value() && encoder.key(*other_row, other) == new_key)) return false;
          }
        }
        if (!index.is_public()) transaction.put(catalog::touched_key(new_key), "");
      }
      transaction.put(new_key, new_value);
    }
    return true;
  }

  Server& server_;
  coordination::SchemaLease lease_;
};

/// Compares all rows with all entries of all public indexes, both ways. Returns what is wrong; "" if nothing is.
inline std::string check_table(Server& server, const std::string& name) {
  catalog::TablePtr table = server.table(name);
  if (table == nullptr) return "no table";
  std::unique_ptr<kv::Snapshot> snapshot = server.store->snapshot(server.store->current_timestamp());
  const std::string prefix = codec::record_prefix(table->id);
  for (const catalog::IndexInfo& index : table->indexes) {
    const catalog::IndexEncoder encoder(*table, index);
    std::set<std::pair<std::string, std::string>> expected;
    auto rows = snapshot->cursor({prefix, codec::next_after_prefix(prefix)}, {});
    for (auto batch = rows->next_batch({}); !batch.empty(); batch = rows->next_batch({})) {
      for (const kv::KeyValue& row : batch) {
        std::int64_t id = 0;
        codec::Handle handle;
        if (!codec::decode_record_key(row.key, id, handle)) return "bad record key";
        std::string key = encoder.prefix();
        std::string value;
        encoder.append_entry(row.value, handle, {}, key, value);
        expected.insert({key, value});
      }
    }
    std::set<std::pair<std::string, std::string>> found;
    catalog::IndexKeyRange range = catalog::index_entries_range(table->id, index.id);
    auto entries = snapshot->cursor({range.begin, range.end}, {});
    for (auto batch = entries->next_batch({}); !batch.empty(); batch = entries->next_batch({})) {
      for (const kv::KeyValue& entry : batch) found.insert({std::string(entry.key), std::string(entry.value)});
    }
    if (expected != found) {
      return "index " + index.name.original + ": " + std::to_string(expected.size()) + " rows, " +
             std::to_string(found.size()) + " entries";
    }
  }
  return "";
}

/// How many keys lie in any index of the table, public or not, notes of touched keys included.
inline std::size_t count_index_keys(Server& server, std::int64_t table_id) {
  std::unique_ptr<kv::Snapshot> snapshot = server.store->snapshot(server.store->current_timestamp());
  const std::string prefix = codec::all_indexes_prefix(table_id);
  std::size_t count = 0;
  auto cursor = snapshot->cursor({prefix, codec::next_after_prefix(prefix)}, {});
  for (auto batch = cursor->next_batch({}); !batch.empty(); batch = cursor->next_batch({})) count += batch.size();
  return count;
}

class DdlTest : public testing::Test {
 protected:
  void SetUp() override { server.emplace(directory.path()); }
  void restart() {
    server.reset();
    server.emplace(directory.path());
  }
  void create(const std::string& name) { server->service->execute(create_table_job(*server, name), StopToken()); }
  void fill(const std::string& name, std::int64_t rows) {
    Writer writer(*server);
    for (std::int64_t i = 1; i <= rows; ++i)
      ASSERT_TRUE(writer.put(name, {i, i * 7 % 1009, "row " + std::to_string(i)}));
  }
  /// The error number that `job` ends with; 0: it succeeds.
  int run(Job job) {
    try {
      server->service->execute(std::move(job), StopToken());
      return 0;
    } catch (const SqlError& error) {
      last_message = error.what();
      return error.number();
    }
  }

  /// Waits until the data of all dropped objects is gone.
  void reclaimed() {
    while (!delete_ranges_from(*server->store, 0, StopToken()).empty())
      clock().sleep(std::chrono::milliseconds(5), StopToken());
  }

  TempDir directory;
  std::optional<Server> server;
  std::string last_message;
};

}  // namespace sluice::ddl
