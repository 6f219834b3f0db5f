// information_schema: databases, tables, columns, indexes, views, partitions.

#include <algorithm>
#include <set>

#include "catalog/auto_id.h"
#include "catalog/statistics.h"
#include "session/accounts.h"
#include "session/memory_table.h"
#include "session/memory_tables.h"
#include "session/session_state.h"
#include "session/show_create.h"
#include "sql/ast_dml.h"
#include "sql/parser.h"
#include "sql/query_tables.h"
#include "types/collation.h"

namespace sluice::session {
namespace {

using types::TypeCode;
using types::Value;

constexpr std::string_view kCatalog = "def";

/// Calls `visit(database, table)` for each stored table and view that the session may know of.
template <class Visit>
void for_each_table(const MemoryTableContext& context, Visit visit) {
  for (const catalog::DatabasePtr& database : context.schema.databases()) {
    for (const catalog::TablePtr& table : context.schema.tables_of(database->name.original)) {
      context.stop.poll();
      if (table->state != catalog::SchemaState::kPublic) continue;
      if (!context.session.environment.accounts.has_any(context.session, database->name.original, table->name.original))
        continue;
      if (!visit(*database, *table)) return;
    }
  }
}

std::int64_t row_count(const MemoryTableContext& context, const catalog::TableInfo& table) {
  const catalog::StatisticsPtr statistics = context.session.environment.statistics.find(table.id);
  return statistics == nullptr ? 0 : statistics->row_count;
}

std::int64_t average_row_bytes(const catalog::TableInfo& table) {
  std::int64_t bytes = 0;
  for (const catalog::ColumnInfo& column : table.columns)
    bytes += column.type.is_string() ? std::min<std::int64_t>(std::max(column.type.flen, 0), 100) : 8;
  return bytes;
}

Value create_time(const MemoryTableContext& context, const catalog::TableInfo& table) {
  return timestamp_value(context.session, table.update_timestamp);
}

// ---- SCHEMATA --------------------------------------------------------------------------------------------------------

constexpr std::string_view kSchemataColumns =
    "CATALOG_NAME VARCHAR(512), SCHEMA_NAME VARCHAR(64), DEFAULT_CHARACTER_SET_NAME VARCHAR(64), "
    "DEFAULT_COLLATION_NAME VARCHAR(32), SQL_PATH VARCHAR(512), "
    "TIDB_PLACEMENT_POLICY_NAME VARCHAR(64)";

void schemata(const MemoryTableContext& context, MemoryRows& rows) {
  for (const std::string_view name : {"INFORMATION_SCHEMA", "PERFORMANCE_SCHEMA"}) {
    rows.add(
        {text_value(kCatalog), text_value(name), text_value("utf8mb4"), text_value("utf8mb4_bin"), Value(), Value()});
  }
  for (const catalog::DatabasePtr& database : context.schema.databases()) {
    if (database->state != catalog::SchemaState::kPublic) continue;
    if (!context.session.environment.accounts.has_any(context.session, database->name.original, "")) continue;
    rows.add({text_value(kCatalog), text_value(database->name.original), text_value(database->charset),
              text_value(database->collation), Value(), Value()});
  }
}

// ---- TABLES ----------------------------------------------------------------------------------------------------------

constexpr std::string_view kTablesColumns =
    "TABLE_CATALOG VARCHAR(512), TABLE_SCHEMA VARCHAR(64), TABLE_NAME VARCHAR(64), TABLE_TYPE VARCHAR(64), ENGINE "
    "VARCHAR(64), VERSION BIGINT(21), "
    "ROW_FORMAT VARCHAR(10), TABLE_ROWS BIGINT(21), AVG_ROW_LENGTH BIGINT(21), DATA_LENGTH BIGINT(21), MAX_DATA_LENGTH "
    "BIGINT(21), INDEX_LENGTH BIGINT(21), "
    "DATA_FREE BIGINT(21), AUTO_INCREMENT BIGINT(21), CREATE_TIME DATETIME, UPDATE_TIME DATETIME, CHECK_TIME DATETIME, "
    "TABLE_COLLATION VARCHAR(32), "
    "CHECKSUM BIGINT(21), CREATE_OPTIONS VARCHAR(255), TABLE_COMMENT VARCHAR(2048), TIDB_TABLE_ID BIGINT(21), "
    "TIDB_ROW_ID_SHARDING_INFO VARCHAR(255), "
    "TIDB_PK_TYPE VARCHAR(64), TIDB_PLACEMENT_POLICY_NAME VARCHAR(64)";

void tables(const MemoryTableContext& context, MemoryRows& rows) {
  const Value null;
  for (const MemoryTableName& entry : memory_table_names()) {
    rows.add({text_value(kCatalog),
              text_value(entry.database),
              text_value(entry.table->name.original),
              text_value("SYSTEM VIEW"),
              null,
              integer_value(10),
              null,
              integer_value(0),
              integer_value(0),
              integer_value(0),
              integer_value(0),
              integer_value(0),
              integer_value(0),
              null,
              null,
              null,
              null,
              text_value("utf8mb4_bin"),
              null,
              text_value(""),
              text_value(""),
              integer_value(entry.table->id),
              null,
              text_value("NONCLUSTERED"),
              null});
  }
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    if (table.is_view()) {
      return rows.add({text_value(kCatalog),
                       text_value(database.name.original),
                       text_value(table.name.original),
                       text_value("VIEW"),
                       null,
                       null,
                       null,
                       null,
                       null,
                       null,
                       null,
                       null,
                       null,
                       null,
                       create_time(context, table),
                       null,
                       null,
                       null,
                       null,
                       null,
                       text_value("VIEW"),
                       integer_value(table.id),
                       null,
                       null,
                       null});
    }
    const std::int64_t row_total = row_count(context, table);
    const std::int64_t row_bytes = average_row_bytes(table);
    const std::int64_t index_bytes = static_cast<std::int64_t>(table.indexes.size()) * row_total * 16;
    Value next_id;
    if (table.auto_increment_column() != nullptr) {
      next_id = unsigned_value(context.session.environment.ids.next_id(database.id, table, context.stop));
    }
    return rows.add({text_value(kCatalog),
                     text_value(database.name.original),
                     text_value(table.name.original),
                     text_value("BASE TABLE"),
                     text_value("InnoDB"),
                     integer_value(10),
                     text_value("Compact"),
                     integer_value(row_total),
                     integer_value(row_total == 0 ? 0 : row_bytes),
                     integer_value(row_total * row_bytes),
                     integer_value(0),
                     integer_value(index_bytes),
                     integer_value(0),
                     next_id,
                     create_time(context, table),
                     null,
                     null,
                     text_value(table.collation),
                     null,
                     text_value(""),
                     text_value(table.comment),
                     integer_value(table.id),
                     table.has_clustered_primary_key() ? null : text_value("NOT_SHARDED"),
                     text_value(table.has_clustered_primary_key() ? "CLUSTERED" : "NONCLUSTERED"),
                     null});
  });
}

// ---- COLUMNS ---------------------------------------------------------------------------------------------------------

constexpr std::string_view kColumnsColumns =
    "TABLE_CATALOG VARCHAR(512), TABLE_SCHEMA VARCHAR(64), TABLE_NAME VARCHAR(64), COLUMN_NAME VARCHAR(64), "
    "ORDINAL_POSITION BIGINT(64), COLUMN_DEFAULT TEXT, "
    "IS_NULLABLE VARCHAR(3), DATA_TYPE VARCHAR(64), CHARACTER_MAXIMUM_LENGTH BIGINT(21), CHARACTER_OCTET_LENGTH "
    "BIGINT(21), NUMERIC_PRECISION BIGINT(21), "
    "NUMERIC_SCALE BIGINT(21), DATETIME_PRECISION BIGINT(21), CHARACTER_SET_NAME VARCHAR(32), COLLATION_NAME "
    "VARCHAR(32), COLUMN_TYPE TEXT, COLUMN_KEY VARCHAR(3), "
    "EXTRA VARCHAR(45), PRIVILEGES VARCHAR(80), COLUMN_COMMENT VARCHAR(1024), GENERATION_EXPRESSION TEXT NOT NULL, "
    "SRS_ID INT";

struct TypeFigures {
  Value characters, octets, precision, scale, fraction;
};

TypeFigures figures_of(const types::FieldType& type) {
  TypeFigures figures;
  const std::int64_t max_bytes = type.collation == nullptr ? 1 : type.collation->charset->max_bytes;
  if (type.is_string() || type.code == TypeCode::kEnum || type.code == TypeCode::kSet) {
    const bool is_blob = types::is_blob_code(type.code);
    std::int64_t characters = type.flen;
    if (type.code == TypeCode::kLongBlob) characters = 4294967295;
    figures.characters = integer_value(characters);
    figures.octets = integer_value(is_blob ? characters : characters * max_bytes);
  } else if (type.is_integer()) {
    const bool is_unsigned = type.is_unsigned();
    const std::int64_t digits = type.code == TypeCode::kTiny    ? 3
                                : type.code == TypeCode::kShort ? 5
                                : type.code == TypeCode::kInt24 ? 7
                                : type.code == TypeCode::kLong  ? 10
                                : is_unsigned                   ? 20
                                                                : 19;
    figures.precision = integer_value(digits);
    figures.scale = integer_value(0);
  } else if (type.code == TypeCode::kNewDecimal) {
    figures.precision = integer_value(type.flen);
    figures.scale = integer_value(type.decimals);
  } else if (type.is_float()) {
    figures.precision = integer_value(type.flen >= 0 ? type.flen : type.code == TypeCode::kFloat ? 12 : 22);
    if (type.decimals >= 0 && type.decimals <= types::kMaxDecimalScale) figures.scale = integer_value(type.decimals);
  } else if (type.code == TypeCode::kBit) {
    figures.precision = integer_value(type.flen);
  } else if (type.is_temporal() && type.code != TypeCode::kDate) {
    figures.fraction = integer_value(type.fsp());
  }
  return figures;
}

bool add_columns(const MemoryTableContext& context, MemoryRows& rows, std::string_view database,
                 const catalog::TableInfo& table) {
  std::int64_t position = 0;
  for (const catalog::ColumnInfo& column : table.columns) {
    if (!column.is_public() || column.hidden) continue;
    const TypeFigures figures = figures_of(column.type);
    const bool has_collation =
        column.type.collation != nullptr && !column.type.collation->charset->is_binary() &&
        (column.type.is_string() || column.type.code == TypeCode::kEnum || column.type.code == TypeCode::kSet);
    const std::optional<std::string> default_text = shown_default(column, context.session);
    const bool wants_more = rows.add({text_value(kCatalog),
                                      text_value(database),
                                      text_value(table.name.original),
                                      text_value(column.name.original),
                                      integer_value(++position),
                                      default_text ? text_value(*default_text) : Value(),
                                      text_value(column.type.not_null() ? "NO" : "YES"),
                                      text_value(column.type.name()),
                                      figures.characters,
                                      figures.octets,
                                      figures.precision,
                                      figures.scale,
                                      figures.fraction,
                                      has_collation ? text_value(column.type.collation->charset->name) : Value(),
                                      has_collation ? text_value(column.type.collation->name) : Value(),
                                      text_value(column.type.to_string()),
                                      text_value(shown_key(table, column)),
                                      text_value(shown_extra(column)),
                                      text_value("select,insert,update,references"),
                                      text_value(column.comment),
                                      text_value(column.generated_expression),
                                      Value()});
    if (!wants_more) return false;
  }
  return true;
}

void columns(const MemoryTableContext& context, MemoryRows& rows) {
  for (const MemoryTableName& entry : memory_table_names()) {
    if (!add_columns(context, rows, entry.database, *entry.table)) return;
  }
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    return add_columns(context, rows, database.name.original, table);
  });
}

// ---- STATISTICS, TIDB_INDEXES ----------------------------------------------------------------------------------------

constexpr std::string_view kStatisticsColumns =
    "TABLE_CATALOG VARCHAR(512), TABLE_SCHEMA VARCHAR(64), TABLE_NAME VARCHAR(64), NON_UNIQUE VARCHAR(1), INDEX_SCHEMA "
    "VARCHAR(64), INDEX_NAME VARCHAR(64), "
    "SEQ_IN_INDEX BIGINT(2), COLUMN_NAME VARCHAR(21), COLLATION VARCHAR(1), CARDINALITY BIGINT(21), SUB_PART "
    "BIGINT(3), PACKED VARCHAR(10), NULLABLE VARCHAR(3), "
    "INDEX_TYPE VARCHAR(16), COMMENT VARCHAR(16), INDEX_COMMENT VARCHAR(1024), IS_VISIBLE VARCHAR(3), EXPRESSION "
    "VARCHAR(64)";

bool add_index_rows(const MemoryTableContext& context, MemoryRows& rows, const catalog::DatabaseInfo& database,
                    const catalog::TableInfo& table) {
  const auto row = [&](bool is_unique, std::string_view index_name, std::int64_t position,
                       const catalog::ColumnInfo& column, int prefix, const std::string& comment, bool is_visible) {
    return rows.add(
        {text_value(kCatalog), text_value(database.name.original), text_value(table.name.original),
         text_value(is_unique ? "0" : "1"), text_value(database.name.original), text_value(index_name),
         integer_value(position), column.hidden ? Value() : text_value(column.name.original), text_value("A"),
         integer_value(0), prefix == catalog::kFullLength ? Value() : integer_value(prefix), Value(),
         text_value(column.type.not_null() ? "" : "YES"), text_value("BTREE"), text_value(""), text_value(comment),
         text_value(is_visible ? "YES" : "NO"), column.hidden ? text_value(column.generated_expression) : Value()});
  };
  if (table.pk_is_handle && !row(true, "PRIMARY", 1, *table.handle_column(), catalog::kFullLength, "", true))
    return false;
  for (const catalog::IndexInfo& index : table.indexes) {
    if (!index.is_public()) continue;
    std::int64_t position = 0;
    for (const catalog::IndexColumn& part : index.columns) {
      const catalog::ColumnInfo& column = table.columns[static_cast<std::size_t>(part.offset)];
      if (!row(index.unique || index.primary,
               index.primary ? std::string_view("PRIMARY") : std::string_view(index.name.original), ++position, column,
               part.length, index.comment, !index.invisible)) {
        return false;
      }
    }
  }
  return true;
}

void statistics(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    return add_index_rows(context, rows, database, table);
  });
}

constexpr std::string_view kTidbIndexesColumns =
    "TABLE_SCHEMA VARCHAR(64), TABLE_NAME VARCHAR(64), NON_UNIQUE BIGINT(21), KEY_NAME VARCHAR(64), SEQ_IN_INDEX "
    "BIGINT(21), COLUMN_NAME VARCHAR(64), "
    "SUB_PART BIGINT(21), INDEX_COMMENT VARCHAR(2048), EXPRESSION VARCHAR(64), INDEX_ID BIGINT(21), IS_VISIBLE "
    "VARCHAR(64), CLUSTERED VARCHAR(64), IS_GLOBAL BIGINT(21)";

void tidb_indexes(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    if (table.pk_is_handle) {
      rows.add({text_value(database.name.original), text_value(table.name.original), integer_value(0),
                text_value("PRIMARY"), integer_value(1), text_value(table.handle_column()->name.original), Value(),
                text_value(""), Value(), integer_value(0), text_value("YES"), text_value("YES"), integer_value(0)});
    }
    for (const catalog::IndexInfo& index : table.indexes) {
      if (!index.is_public()) continue;
      std::int64_t position = 0;
      for (const catalog::IndexColumn& part : index.columns) {
        const catalog::ColumnInfo& column = table.columns[static_cast<std::size_t>(part.offset)];
        const bool is_clustered = index.primary && table.is_common_handle;
        rows.add({text_value(database.name.original), text_value(table.name.original),
                  integer_value(index.unique || index.primary ? 0 : 1),
                  text_value(index.primary ? std::string_view("PRIMARY") : std::string_view(index.name.original)),
                  integer_value(++position), column.hidden ? Value() : text_value(column.name.original),
                  part.is_prefix() ? integer_value(part.length) : Value(), text_value(index.comment),
                  column.hidden ? text_value(column.generated_expression) : Value(), integer_value(index.id),
                  text_value(index.invisible ? "NO" : "YES"), text_value(is_clustered ? "YES" : "NO"),
                  integer_value(index.global ? 1 : 0)});
      }
    }
    return true;
  });
}

// ---- VIEWS, PARTITIONS -----------------------------------------------------------------------------------------------

constexpr std::string_view kViewsColumns =
    "TABLE_CATALOG VARCHAR(512) NOT NULL, TABLE_SCHEMA VARCHAR(64) NOT NULL, TABLE_NAME VARCHAR(64) NOT NULL, "
    "VIEW_DEFINITION LONGTEXT NOT NULL, "
    "CHECK_OPTION VARCHAR(8) NOT NULL, IS_UPDATABLE VARCHAR(3) NOT NULL, DEFINER VARCHAR(77) NOT NULL, SECURITY_TYPE "
    "VARCHAR(7) NOT NULL, "
    "CHARACTER_SET_CLIENT VARCHAR(32) NOT NULL, COLLATION_CONNECTION VARCHAR(32) NOT NULL";

constexpr std::string_view kViewTableUsageColumns =
    "VIEW_CATALOG VARCHAR(64), VIEW_SCHEMA VARCHAR(64), VIEW_NAME VARCHAR(64), TABLE_CATALOG VARCHAR(64), TABLE_SCHEMA "
    "VARCHAR(64), TABLE_NAME VARCHAR(64)";

/// The tables and views that a view's SELECT names.
void view_table_usage(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    if (!table.is_view()) return true;
    const sql::ParseResult parsed = sql::parse(table.view->select);
    const auto* select = parsed.statements().front()->try_as<sql::QueryStatement>();
    std::set<std::pair<std::string, std::string>> used;
    if (select == nullptr) return true;
    sql::for_each_table_name(*select->query, [&](const sql::ObjectName& name) {
      // Stored names have their database; others are of common table expressions.
      if (!name.schema.empty()) used.emplace(name.schema, name.name);
    });
    for (const auto& [schema, name] : used) {
      if (!rows.add({text_value(kCatalog), text_value(database.name.original), text_value(table.name.original),
                     text_value(kCatalog), text_value(schema), text_value(name)}))
        return false;
    }
    return true;
  });
}

constexpr std::string_view kColumnStatisticsColumns =
    "SCHEMA_NAME VARCHAR(64) NOT NULL, TABLE_NAME VARCHAR(64) NOT NULL, COLUMN_NAME VARCHAR(64) NOT NULL, HISTOGRAM "
    "JSON NOT NULL";

void views(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    if (!table.is_view()) return true;
    const catalog::ViewInfo& view = *table.view;
    return rows.add({text_value(kCatalog), text_value(database.name.original), text_value(table.name.original),
                     text_value(view.select),
                     text_value(view.check_option == catalog::ViewCheckOption::kLocal ? "LOCAL" : "CASCADED"),
                     text_value("NO"), text_value(view.definer_user + "@" + view.definer_host),
                     text_value(view.security == catalog::ViewSecurity::kInvoker ? "INVOKER" : "DEFINER"),
                     text_value(table.charset), text_value(table.collation)});
  });
}

constexpr std::string_view kPartitionsColumns =
    "TABLE_CATALOG VARCHAR(512), TABLE_SCHEMA VARCHAR(64), TABLE_NAME VARCHAR(64), PARTITION_NAME VARCHAR(64), "
    "SUBPARTITION_NAME VARCHAR(64), "
    "PARTITION_ORDINAL_POSITION BIGINT(21), SUBPARTITION_ORDINAL_POSITION BIGINT(21), PARTITION_METHOD VARCHAR(18), "
    "SUBPARTITION_METHOD VARCHAR(12), "
    "PARTITION_EXPRESSION LONGTEXT, SUBPARTITION_EXPRESSION LONGTEXT, PARTITION_DESCRIPTION LONGTEXT, TABLE_ROWS "
    "BIGINT(21), AVG_ROW_LENGTH BIGINT(21), "
    "DATA_LENGTH BIGINT(21), MAX_DATA_LENGTH BIGINT(21), INDEX_LENGTH BIGINT(21), DATA_FREE BIGINT(21), CREATE_TIME "
    "DATETIME, UPDATE_TIME DATETIME, "
    "CHECK_TIME DATETIME, CHECKSUM BIGINT(21), PARTITION_COMMENT VARCHAR(80), NODEGROUP VARCHAR(12), TABLESPACE_NAME "
    "VARCHAR(64), "
    "TIDB_PARTITION_ID BIGINT(21), TIDB_PLACEMENT_POLICY_NAME VARCHAR(64)";

void partitions(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    if (table.is_view()) return true;
    std::vector<Value> row(27);
    row[0] = text_value(kCatalog);
    row[1] = text_value(database.name.original);
    row[2] = text_value(table.name.original);
    const std::int64_t row_total = row_count(context, table);
    row[12] = integer_value(row_total);
    row[13] = integer_value(average_row_bytes(table));
    row[14] = integer_value(row_total * average_row_bytes(table));
    row[15] = row[16] = row[17] = integer_value(0);
    row[18] = create_time(context, table);
    return rows.add(std::move(row));
  });
}

}  // namespace

std::vector<MemoryTable> object_tables() {
  constexpr std::string_view kSchema = "INFORMATION_SCHEMA";
  return {
      {kSchema, "SCHEMATA", kSchemataColumns, schemata},
      {kSchema, "TABLES", kTablesColumns, tables},
      {kSchema, "COLUMNS", kColumnsColumns, columns},
      {kSchema, "STATISTICS", kStatisticsColumns, statistics},
      {kSchema, "TIDB_INDEXES", kTidbIndexesColumns, tidb_indexes},
      {kSchema, "VIEWS", kViewsColumns, views},
      {kSchema, "VIEW_TABLE_USAGE", kViewTableUsageColumns, view_table_usage},
      {kSchema, "COLUMN_STATISTICS", kColumnStatisticsColumns, nullptr},  // histograms in MySQL's form: there are none
      {kSchema, "PARTITIONS", kPartitionsColumns, partitions}};
}

}  // namespace sluice::session
