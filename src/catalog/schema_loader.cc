#include "catalog/schema_loader.h"

#include <set>

#include "base/check.h"
#include "catalog/meta.h"
#include "kv/snapshot.h"

namespace sluice::catalog {
namespace {

constexpr std::int64_t kMaxDiffs = 1024;

// Brings one object in line with the store, whatever happened to it.
class DiffApplier {
 public:
  DiffApplier(const Schema& base, MetaReader& meta) : builder_(base), meta_(meta) {}

  void touch(const SchemaDiff::Affected& affected) {
    if (affected.old_table_id != 0) tables_.insert({affected.schema_id, affected.old_table_id});
    if (affected.old_schema_id != 0 && affected.table_id != 0)
      tables_.insert({affected.old_schema_id, affected.table_id});
    if (affected.table_id != 0) {
      tables_.insert({affected.schema_id, affected.table_id});
    } else if (affected.schema_id != 0) {
      databases_.insert(affected.schema_id);
    }
  }

  SchemaPtr apply(std::int64_t version) {
    for (std::int64_t id : databases_) {
      std::optional<DatabaseInfo> database = meta_.database(id);
      if (database.has_value()) {
        builder_.put_database(*std::move(database));
      } else {
        builder_.remove_database(id);
      }
    }
    // Removals go first: a table may leave one database and arrive in another, or leave its name to another table.
    std::vector<std::pair<std::int64_t, TableInfo>> found;
    for (const auto& [database_id, table_id] : tables_) {
      builder_.remove_table(table_id);
      if (!meta_.database(database_id).has_value()) continue;
      std::optional<TableInfo> table = meta_.table(database_id, table_id);
      if (table.has_value()) found.emplace_back(database_id, *std::move(table));
    }
    for (auto& [database_id, table] : found) builder_.put_table(database_id, std::move(table));
    return builder_.build(version);
  }

 private:
  SchemaBuilder builder_;
  MetaReader& meta_;
  std::set<std::int64_t> databases_;
  std::set<std::pair<std::int64_t, std::int64_t>> tables_;
};

}  // namespace

SchemaPtr load_schema(kv::Snapshot& snapshot, StopToken stop) {
  MetaReader meta(snapshot, stop);
  SchemaBuilder builder;
  for (DatabaseInfo& database : meta.databases()) {
    const std::int64_t id = database.id;
    builder.put_database(std::move(database));
    for (TableInfo& table : meta.tables(id)) builder.put_table(id, std::move(table));
  }
  return builder.build(meta.schema_version());
}

SchemaPtr refresh_schema(SchemaPtr base, kv::Snapshot& snapshot, StopToken stop) {
  MetaReader meta(snapshot, stop);
  const std::int64_t version = meta.schema_version();
  if (base->version() == version) return base;
  if (base->version() == 0 || version - base->version() > kMaxDiffs) return load_schema(snapshot, stop);
  DiffApplier applier(*base, meta);
  for (std::int64_t v = base->version() + 1; v <= version; ++v) {
    std::optional<SchemaDiff> diff = meta.diff(v);
    if (!diff.has_value()) return load_schema(snapshot, stop);
    applier.touch(diff->object);
    for (const SchemaDiff::Affected& other : diff->others) applier.touch(other);
  }
  return applier.apply(version);
}

}  // namespace sluice::catalog
