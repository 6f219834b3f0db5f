#pragma once

#include "catalog/database_info.h"
#include "catalog/table_info.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::catalog {

using DatabasePtr = std::shared_ptr<const DatabaseInfo>;
using TablePtr = std::shared_ptr<const TableInfo>;

/// All databases and tables at one schema version. Immutable; shared between threads through SchemaPtr.
///
/// Pointers returned by look-ups live as long as the Schema does; keep the TablePtr to live longer.
class Schema {
 public:
  struct TableEntry {
    DatabasePtr database;
    TablePtr table;
  };

  std::int64_t version() const noexcept { return version_; }

  /// Look-ups by name take any case. nullptr if absent. Objects that are being dropped are found here until they are
  /// gone; name resolution uses the *public* forms below.
  const DatabaseInfo* find_database(std::string_view name) const;
  const DatabaseInfo* find_database(std::int64_t id) const;
  TablePtr find_table(std::string_view database, std::string_view table) const;
  TablePtr find_table(std::int64_t id) const;
  /// The database and the table of `table_id`; both null if it does not exist.
  TableEntry find_entry(std::int64_t table_id) const;

  /// As above, but only objects in state kPublic.
  const DatabaseInfo* find_public_database(std::string_view name) const;
  TablePtr find_public_table(std::string_view database, std::string_view table) const;

  /// Tables with a foreign key that names this table, itself included if it does; ascending ids. Names take any case.
  std::vector<TablePtr> tables_referencing(std::string_view database, std::string_view table) const;

  /// Databases and tables sorted by lower-case name.
  std::vector<DatabasePtr> databases() const;
  std::vector<TablePtr> tables_of(std::string_view database) const;
  std::size_t table_count() const noexcept { return tables_.size(); }

 private:
  friend class SchemaBuilder;

  struct DatabaseEntry {
    DatabasePtr info;
    std::unordered_map<std::string, TablePtr> tables;  // by lower-case name
  };
  using DatabaseEntryPtr = std::shared_ptr<const DatabaseEntry>;

  const DatabaseEntry* entry_of(std::string_view name) const;

  std::int64_t version_ = 0;
  std::unordered_map<std::string, DatabaseEntryPtr> databases_;  // by lower-case name
  std::unordered_map<std::int64_t, std::string> database_names_;
  std::unordered_map<std::int64_t, std::pair<std::int64_t, TablePtr>> tables_;  // id -> (database id, table)
  std::unordered_map<std::string, std::set<std::int64_t>> references_;  // by referenced_name(): who references it
};

using SchemaPtr = std::shared_ptr<const Schema>;

/// Makes a Schema, from nothing or from an older one; databases that are not touched are shared with it.
/// One thread.
class SchemaBuilder {
 public:
  SchemaBuilder() = default;
  explicit SchemaBuilder(const Schema& base);

  /// Inserts or replaces.
  void put_database(DatabaseInfo database);
  /// Removes the database and its tables; absent is fine.
  void remove_database(std::int64_t database_id);
  /// Inserts or replaces by id (a rename removes the old name). The database must exist.
  void put_table(std::int64_t database_id, TableInfo table);
  void remove_table(std::int64_t table_id);

  /// The builder is empty afterwards.
  SchemaPtr build(std::int64_t version);

 private:
  Schema::DatabaseEntry& writable(std::int64_t database_id);
  void remove_references(const TableInfo& table);

  Schema schema_;
  std::unordered_map<std::int64_t, std::shared_ptr<Schema::DatabaseEntry>> written_;
};

}  // namespace sluice::catalog
