#pragma once

#include "base/stop_token.h"
#include "catalog/database_info.h"
#include "catalog/schema_diff.h"
#include "catalog/table_info.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::kv {
class Snapshot;
class Transaction;
}  // namespace sluice::kv

namespace sluice::catalog {

/// Reads the stored schema and its counters. Layout: TIDB-FACTS section 3.1.
///
/// Over a snapshot it sees that moment; over a transaction it sees the transaction's own writes and else the newest
/// committed state. Borrows its source, which must outlive it. One thread.
/// Every function throws Stopped, storage errors, and InternalError if a stored document cannot be read.
class MetaReader {
 public:
  MetaReader(kv::Snapshot& snapshot, StopToken stop) : snapshot_(&snapshot), stop_(stop) {}
  MetaReader(kv::Transaction& transaction, StopToken stop) : transaction_(&transaction), stop_(stop) {}

  /// 0 before the first bootstrap.
  std::int64_t schema_version();
  std::int64_t bootstrap_version();

  std::vector<DatabaseInfo> databases();
  std::optional<DatabaseInfo> database(std::int64_t database_id);
  /// Tables and views of one database, by id.
  std::vector<TableInfo> tables(std::int64_t database_id);
  std::optional<TableInfo> table(std::int64_t database_id, std::int64_t table_id);

  /// nullopt: the version has no diff, a full load is needed.
  std::optional<SchemaDiff> diff(std::int64_t version);

  /// The largest row id or AUTO_INCREMENT value handed out so far; 0 if none. `database_id` is auto_id_database().
  std::int64_t auto_id(std::int64_t database_id, std::int64_t table_id);

  /// The largest id of a database, table or job that was given out so far.
  std::int64_t last_global_id();

  /// The stored form of a finished job.
  std::optional<std::string> history_job(std::int64_t job_id);

 protected:
  std::optional<std::string> get(const std::string& key);
  std::int64_t get_number(std::string_view name);
  std::vector<std::pair<std::string, std::string>> fields(std::string_view hash, std::string_view field_prefix);

  kv::Snapshot* snapshot_ = nullptr;
  kv::Transaction* transaction_ = nullptr;
  StopToken stop_;
};

/// The database whose hash holds the counters of `table`: where it was created.
std::int64_t auto_id_database(std::int64_t database_id, const TableInfo& table) noexcept;

/// Changes the stored schema inside a transaction of the caller; nothing takes effect before its commit.
///
/// Two writers exclude each other through lock_schema_version() and the locks that the counters take.
class MetaWriter : public MetaReader {
 public:
  MetaWriter(kv::Transaction& transaction, StopToken stop) : MetaReader(transaction, stop) {}

  /// Waits until no other transaction is changing the schema; held until this one ends.
  void lock_schema_version();

  /// Stores `diff` as the next schema version and returns that version. lock_schema_version() comes first.
  std::int64_t publish(SchemaDiff diff);

  /// Reserves `count` ids for databases, tables or jobs and returns the first. Locks the counter.
  std::int64_t allocate_global_ids(std::int64_t count);

  void put_database(const DatabaseInfo& database);
  /// Removes the database's own entry, its tables' and their counters.
  void remove_database(std::int64_t database_id);
  void put_table(std::int64_t database_id, const TableInfo& table);
  void remove_table(std::int64_t database_id, std::int64_t table_id);

  /// Waits until no other transaction changes the table's counter.
  void lock_auto_id(std::int64_t database_id, std::int64_t table_id);
  /// Locks the counter too.
  void put_auto_id(std::int64_t database_id, std::int64_t table_id, std::int64_t value);
  void remove_auto_id(std::int64_t database_id, std::int64_t table_id);

  void put_history_job(std::int64_t job_id, std::string_view job);
  void put_bootstrap_version(std::int64_t version);

  kv::Transaction& transaction() noexcept { return *transaction_; }

 private:
  void lock(const std::string& key);
};

}  // namespace sluice::catalog
