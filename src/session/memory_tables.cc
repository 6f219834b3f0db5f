#include "session/memory_tables.h"

#include <map>
#include <unordered_map>

#include "base/check.h"
#include "catalog/name.h"
#include "kv/timestamp.h"
#include "planner/physical_plan.h"
#include "session/memory_table.h"
#include "session/session_state.h"
#include "sql/ast_ddl.h"
#include "sql/field_type.h"
#include "sql/parser.h"
#include "types/collation.h"
#include "types/time_arithmetic.h"
#include "vector/chunk.h"

namespace sluice::session {
namespace {

/// Has stored tables and computed ones.
constexpr std::string_view kMixedDatabase = "mysql";

/// Ids of computed tables stay clear of those of stored ones.
constexpr std::int64_t kFirstTableId = std::int64_t{1} << 62;

std::shared_ptr<const catalog::TableInfo> describe(const MemoryTable& table, std::int64_t id) {
  const std::string text = "CREATE TABLE t (" + std::string(table.columns) + ")";
  const sql::ParseResult parsed = sql::parse(text);
  const auto& create = parsed.statements()[0]->as<sql::CreateTableStatement>();
  auto info = std::make_shared<catalog::TableInfo>();
  info->id = id;
  info->name = catalog::Name(table.name);
  info->charset = "utf8mb4";
  info->collation = "utf8mb4_bin";
  info->state = catalog::SchemaState::kPublic;
  const types::Collation* const collation = types::find_collation("utf8mb4_general_ci");
  for (const sql::ColumnDefinition& definition : create.columns) {
    catalog::ColumnInfo column;
    column.offset = static_cast<int>(info->columns.size());
    column.id = column.offset + 1;
    column.name = catalog::Name(definition.column->column);
    column.type = sql::field_type_of(*definition.type, collation, definition.column->column);
    for (const sql::ColumnOption& option : definition.options) {
      if (option.kind == sql::ColumnOptionKind::kNotNull) column.type.set_flag(types::field_flag::kNotNull);
    }
    info->columns.push_back(std::move(column));
  }
  info->max_column_id = static_cast<std::int64_t>(info->columns.size());
  return info;
}

struct Entry {
  MemoryTable table;
  std::shared_ptr<const catalog::TableInfo> info;
};

/// All computed tables by lower-case database and name.
class Catalog final : public planner::MemoryTables {
 public:
  Catalog() {
    std::int64_t id = kFirstTableId;
    for (const auto& family :
         {object_tables(), constraint_tables(), server_tables(), role_tables(), activity_tables()}) {
      for (const MemoryTable& table : family) {
        std::string database = catalog::to_lower(table.database);
        auto info = describe(table, id++);
        databases_[database][catalog::to_lower(table.name)] = {table, info};
        by_id_[info->id] = table.rows;
      }
    }
  }

  bool is_memory_database(std::string_view database) const override {
    const std::string lower = catalog::to_lower(database);
    return lower != kMixedDatabase && databases_.contains(lower);
  }

  std::shared_ptr<const catalog::TableInfo> find(std::string_view database, std::string_view table) const override {
    const auto found = databases_.find(catalog::to_lower(database));
    if (found == databases_.end()) return nullptr;
    const auto entry = found->second.find(catalog::to_lower(table));
    return entry == found->second.end() ? nullptr : entry->second.info;
  }

  MemoryTableRows rows_of(std::int64_t table_id) const {
    const auto found = by_id_.find(table_id);
    return found == by_id_.end() ? nullptr : found->second;
  }

  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [database, tables] : databases_) {
      for (const auto& [name, entry] : tables) visit(entry);
    }
  }

 private:
  std::map<std::string, std::map<std::string, Entry>> databases_;
  std::unordered_map<std::int64_t, MemoryTableRows> by_id_;
};

const Catalog& catalog_instance() {
  static const Catalog instance;
  return instance;
}

/// Gathers rows into chunks of the scan's columns.
class ChunkRows final : public MemoryRows {
 public:
  ChunkRows(const planner::MemTableScanPlan& scan, executor::ChunkConsumer& out, StopToken stop)
      : scan_(scan), out_(out), stop_(stop) {
    std::vector<types::PhysicalType> types;
    for (const int offset : scan.column_offsets) {
      types.push_back(offset < 0
                          ? types::PhysicalType::kInt64
                          : types::physical_type(scan.source.table->columns[static_cast<std::size_t>(offset)].type));
    }
    chunk_ = vector::Chunk(types);
  }

  bool add(std::vector<types::Value> row) override {
    SLUICE_CHECK(row.size() == scan_.source.table->columns.size(), "{}: a row of {} values for {} columns",
                 scan_.source.table->name.original, row.size(), scan_.source.table->columns.size());
    for (std::size_t i = 0; i < scan_.column_offsets.size(); ++i) {
      const int offset = scan_.column_offsets[i];
      if (offset < 0) {
        chunk_.columns[i].append_value(types::Value(static_cast<std::int64_t>(++row_number_)));
      } else if (row[static_cast<std::size_t>(offset)].is_null()) {
        chunk_.columns[i].append_null();
      } else {
        chunk_.columns[i].append_value(row[static_cast<std::size_t>(offset)]);
      }
    }
    if (++chunk_.row_count < vector::kRowsPerChunk) return wants_more_;
    flush();
    return wants_more_;
  }

  void flush() {
    stop_.poll();
    if (chunk_.row_count > 0 && wants_more_) wants_more_ = out_.consume(chunk_) == executor::Flow::kMore;
    chunk_.clear();
  }

 private:
  const planner::MemTableScanPlan& scan_;
  executor::ChunkConsumer& out_;
  StopToken stop_;
  vector::Chunk chunk_;
  bool wants_more_ = true;
  std::int64_t row_number_ = 0;
};

class Reader final : public executor::MemoryTableReader {
 public:
  Reader(SessionState& session, catalog::SchemaPtr schema) : session_(session), schema_(std::move(schema)) {}

  void read(const planner::MemTableScanPlan& scan, expression::EvalContext&, executor::ChunkConsumer& out,
            StopToken stop) override {
    ChunkRows rows(scan, out, stop);
    const MemoryTableRows function = catalog_instance().rows_of(scan.source.table->id);
    if (function != nullptr) function(MemoryTableContext{session_, *schema_, stop}, rows);
    rows.flush();
  }

 private:
  SessionState& session_;
  catalog::SchemaPtr schema_;
};

}  // namespace

const planner::MemoryTables& memory_table_catalog() { return catalog_instance(); }

std::unique_ptr<executor::MemoryTableReader> make_memory_table_reader(SessionState& session,
                                                                      catalog::SchemaPtr schema) {
  return std::make_unique<Reader>(session, std::move(schema));
}

std::vector<MemoryTableName> memory_table_names() {
  std::vector<MemoryTableName> names;
  catalog_instance().for_each([&](const Entry& entry) { names.push_back({entry.table.database, entry.info}); });
  return names;
}

types::Value time_value(const SessionState& session, std::int64_t unix_us) {
  const std::optional<types::Time> time =
      types::time_from_unix_microseconds(unix_us, session.variables.settings().time_zone);
  return time ? types::Value(*time) : types::Value::null();
}

types::Value timestamp_value(const SessionState& session, std::uint64_t ts) {
  if (ts == 0) return types::Value::null();
  return time_value(session, static_cast<std::int64_t>(kv::physical_ms(ts)) * 1000);
}

}  // namespace sluice::session
