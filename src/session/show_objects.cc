// SHOW about databases, tables, columns and indexes, and SHOW CREATE.

#include <algorithm>

#include "base/sql_error.h"
#include "catalog/auto_id.h"
#include "catalog/schema_cache.h"
#include "catalog/statistics.h"
#include "session/accounts.h"
#include "session/memory_table.h"
#include "session/memory_tables.h"
#include "session/show_create.h"
#include "session/show_rows.h"
#include "types/collation.h"

namespace sluice::session {
namespace {

using types::Value;

/// Public tables and views of a database that the session may know of, by name; computed ones for a computed database.
std::vector<std::shared_ptr<const catalog::TableInfo>> visible_tables(std::string_view database,
                                                                      const SessionState& session) {
  std::vector<std::shared_ptr<const catalog::TableInfo>> tables;
  const bool may_see_computed = memory_table_catalog().is_memory_database(database) ||
                                session.environment.accounts.has_any(session, database, "");
  for (const MemoryTableName& entry : memory_table_names()) {
    if (may_see_computed && catalog::to_lower(entry.database) == catalog::to_lower(database))
      tables.push_back(entry.table);
  }
  if (memory_table_catalog().is_memory_database(database)) return tables;
  for (const catalog::TablePtr& table : session.environment.schemas.current()->tables_of(database)) {
    if (table->state != catalog::SchemaState::kPublic) continue;
    if (session.environment.accounts.has_any(session, database, table->name.original)) tables.push_back(table);
  }
  std::sort(tables.begin(), tables.end(),
            [](const auto& left, const auto& right) { return left->name.lower < right->name.lower; });
  return tables;
}

/// SHOW ... LIKE 'pattern' names its column " (pattern)".
std::string pattern_suffix(const sql::ShowStatement& show) {
  if (show.like == nullptr || show.like->pattern->kind != sql::ExpressionKind::kLiteral) return {};
  return " (" + std::string(show.like->pattern->as<sql::Literal>().text) + ")";
}

std::string_view table_type(std::string_view database, const catalog::TableInfo& table) {
  if (memory_table_catalog().is_memory_database(database)) return "SYSTEM VIEW";
  return table.is_view() ? "VIEW" : "BASE TABLE";
}

}  // namespace

RowSet show_databases(const sql::ShowStatement& show, StatementContext& context) {
  std::vector<std::string> names{"INFORMATION_SCHEMA", "PERFORMANCE_SCHEMA"};
  for (const catalog::DatabasePtr& database : context.session.environment.schemas.current()->databases()) {
    if (database->state != catalog::SchemaState::kPublic) continue;
    if (context.session.environment.accounts.has_any(context.session, database->name.original, ""))
      names.push_back(database->name.original);
  }
  std::sort(names.begin(), names.end());
  RowSet rows;
  rows.add_text_column("Database" + pattern_suffix(show));
  for (const std::string& name : names) rows.add_text_row({name});
  return rows;
}

RowSet show_tables(const sql::ShowStatement& show, StatementContext& context) {
  const std::string database = shown_database(show.database, context.session);
  const std::string title = "Tables_in_" + database + pattern_suffix(show);
  RowSet rows;
  rows.add_text_column(title);
  if (show.is_full) rows.add_text_column("Table_type");
  for (const auto& table : visible_tables(database, context.session)) {
    if (show.is_full) {
      rows.add_text_row({table->name.original, std::string(table_type(database, *table))});
    } else {
      rows.add_text_row({table->name.original});
    }
  }
  return rows;
}

RowSet show_table_status(const sql::ShowStatement& show, StatementContext& context) {
  SessionState& session = context.session;
  const std::string database = shown_database(show.database, session);
  const catalog::SchemaPtr schema = session.environment.schemas.current();
  const catalog::DatabaseInfo* const info = schema->find_public_database(database);
  RowSet rows;
  rows.add_text_column("Name");
  rows.add_text_column("Engine");
  rows.add_integer_column("Version");
  rows.add_text_column("Row_format");
  for (const std::string_view name :
       {"Rows", "Avg_row_length", "Data_length", "Max_data_length", "Index_length", "Data_free", "Auto_increment"}) {
    rows.add_integer_column(name);
  }
  for (const std::string_view name : {"Create_time", "Update_time", "Check_time"}) rows.add_datetime_column(name);
  for (const std::string_view name : {"Collation", "Checksum", "Create_options", "Comment"}) rows.add_text_column(name);
  for (const auto& table : visible_tables(database, session)) {
    if (table->is_view()) {
      std::vector<Value> row(18);
      row[0] = text_value(table->name.original);
      row[11] = timestamp_value(session, table->update_timestamp);
      row[17] = text_value("VIEW");
      rows.add_row(std::move(row));
      continue;
    }
    const catalog::StatisticsPtr statistics = session.environment.statistics.find(table->id);
    const std::int64_t row_count = statistics == nullptr ? 0 : statistics->row_count;
    Value next_id;
    if (table->auto_increment_column() != nullptr && info != nullptr) {
      next_id = unsigned_value(session.environment.ids.next_id(info->id, *table, context.run.stop()));
    }
    rows.add_row({text_value(table->name.original), text_value("InnoDB"), integer_value(10), text_value("Compact"),
                  integer_value(row_count), integer_value(0), integer_value(0), integer_value(0), integer_value(0),
                  integer_value(0), next_id, timestamp_value(session, table->update_timestamp), Value(), Value(),
                  text_value(table->collation), text_value(""), text_value(""), text_value(table->comment)});
  }
  return rows;
}

RowSet show_columns(const sql::ShowStatement& show, StatementContext& context) {
  const ShownTable shown = find_shown_table(show.table, context.session);
  RowSet rows;
  rows.add_text_column("Field");
  rows.add_text_column("Type", 1024);
  if (show.is_full) rows.add_text_column("Collation");
  rows.add_text_column("Null");
  rows.add_text_column("Key");
  rows.add_text_column("Default", 1024);
  rows.add_text_column("Extra");
  if (show.is_full) {
    rows.add_text_column("Privileges");
    rows.add_text_column("Comment", 1024);
  }
  for (const catalog::ColumnInfo& column : shown.table->columns) {
    if (!column.is_public() || column.hidden) continue;
    if (!show.column.empty() && column.name.lower != catalog::to_lower(show.column)) continue;
    const std::optional<std::string> default_text = shown_default(column, context.session);
    std::vector<Value> row{text_value(column.name.original), text_value(column.type.to_string())};
    if (show.is_full) {
      const bool has_collation = column.type.collation != nullptr && !column.type.collation->charset->is_binary() &&
                                 (column.type.is_string() || column.type.code == types::TypeCode::kEnum ||
                                  column.type.code == types::TypeCode::kSet);
      row.push_back(has_collation ? text_value(column.type.collation->name) : Value());
    }
    row.push_back(text_value(column.type.not_null() ? "NO" : "YES"));
    row.push_back(text_value(shown_key(*shown.table, column)));
    row.push_back(default_text ? text_value(*default_text) : Value());
    row.push_back(text_value(shown_extra(column)));
    if (show.is_full) {
      row.push_back(text_value("select,insert,update,references"));
      row.push_back(text_value(column.comment));
    }
    rows.add_row(std::move(row));
  }
  return rows;
}

RowSet show_index(const sql::ShowStatement& show, StatementContext& context) {
  const ShownTable shown = find_shown_table(show.table, context.session);
  const catalog::TableInfo& table = *shown.table;
  const catalog::StatisticsPtr statistics = context.session.environment.statistics.find(table.id);
  RowSet rows;
  rows.add_text_column("Table");
  rows.add_integer_column("Non_unique");
  rows.add_text_column("Key_name");
  rows.add_integer_column("Seq_in_index");
  rows.add_text_column("Column_name");
  rows.add_text_column("Collation");
  rows.add_integer_column("Cardinality");
  rows.add_integer_column("Sub_part");
  for (const std::string_view name :
       {"Packed", "Null", "Index_type", "Comment", "Index_comment", "Visible", "Expression", "Clustered", "Global"})
    rows.add_text_column(name);

  const auto distinct_count = [&](const catalog::ColumnInfo& column) -> std::int64_t {
    if (statistics == nullptr) return 0;
    const auto found = statistics->columns.find(column.id);
    return found == statistics->columns.end() ? 0 : found->second.distinct_count;
  };
  const auto add = [&](bool is_unique, std::string_view name, std::int64_t position, const catalog::ColumnInfo& column,
                       int prefix, std::string_view comment, bool is_visible, bool is_clustered, bool is_global) {
    rows.add_row({text_value(table.name.original), integer_value(is_unique ? 0 : 1), text_value(name),
                  integer_value(position), column.hidden ? Value() : text_value(column.name.original), text_value("A"),
                  integer_value(distinct_count(column)),
                  prefix == catalog::kFullLength ? Value() : integer_value(prefix), Value(),
                  text_value(column.type.not_null() ? "" : "YES"), text_value("BTREE"), text_value(""),
                  text_value(comment), text_value(is_visible ? "YES" : "NO"),
                  column.hidden ? text_value(column.generated_expression) : Value(),
                  text_value(is_clustered ? "YES" : "NO"), text_value(is_global ? "YES" : "NO")});
  };
  if (table.pk_is_handle) add(true, "PRIMARY", 1, *table.handle_column(), catalog::kFullLength, "", true, true, false);
  for (const catalog::IndexInfo& index : table.indexes) {
    if (!index.is_public()) continue;
    std::int64_t position = 0;
    for (const catalog::IndexColumn& part : index.columns) {
      add(index.unique || index.primary,
          index.primary ? std::string_view("PRIMARY") : std::string_view(index.name.original), ++position,
          table.columns[static_cast<std::size_t>(part.offset)], part.length, index.comment, !index.invisible,
          index.primary && table.is_common_handle, index.global);
    }
  }
  return rows;
}

RowSet show_create_view(const sql::ShowStatement& show, StatementContext& context) {
  const ShownTable shown = find_shown_table(show.table, context.session);
  if (!shown.table->is_view())
    throw SqlError(ErrorCode::kWrongObject, shown.database, shown.table->name.original, "VIEW");
  RowSet rows;
  rows.add_text_column("View");
  rows.add_text_column("Create View", 1024);
  rows.add_text_column("character_set_client");
  rows.add_text_column("collation_connection");
  rows.add_text_row(
      {shown.table->name.original, create_view_text(*shown.table), shown.table->charset, shown.table->collation});
  return rows;
}

RowSet show_create_table(const sql::ShowStatement& show, StatementContext& context) {
  const ShownTable shown = find_shown_table(show.table, context.session);
  if (shown.table->is_view()) return show_create_view(show, context);
  std::uint64_t next_id = 0;
  if (shown.table->auto_increment_column() != nullptr && shown.database_id != 0) {
    next_id = context.session.environment.ids.next_id(shown.database_id, *shown.table, context.run.stop());
  }
  RowSet rows;
  rows.add_text_column("Table");
  rows.add_text_column("Create Table", 1024);
  rows.add_text_row(
      {shown.table->name.original, create_table_text(*shown.table, shown.database, next_id, context.session)});
  return rows;
}

RowSet show_create_database(const sql::ShowStatement& show, StatementContext& context) {
  const std::string name = shown_database(show.database, context.session);
  catalog::DatabaseInfo computed;
  computed.name = catalog::Name(name);
  const catalog::SchemaPtr schema = context.session.environment.schemas.current();
  const catalog::DatabaseInfo* database = schema->find_public_database(name);
  if (database == nullptr) database = &computed;
  RowSet rows;
  rows.add_text_column("Database");
  rows.add_text_column("Create Database", 1024);
  rows.add_text_row({database->name.original, create_database_text(*database, show.if_not_exists)});
  return rows;
}

RowSet show_table_next_row_id(const sql::ShowStatement& show, StatementContext& context) {
  const ShownTable shown = find_shown_table(show.table, context.session);
  RowSet rows;
  rows.add_text_column("DB_NAME");
  rows.add_text_column("TABLE_NAME");
  rows.add_text_column("COLUMN_NAME");
  rows.add_integer_column("NEXT_GLOBAL_ROW_ID");
  rows.add_text_column("ID_TYPE");
  if (shown.database_id == 0 || shown.table->is_view()) return rows;
  const catalog::ColumnInfo* const column = shown.table->auto_increment_column();
  const std::uint64_t next_id =
      context.session.environment.ids.next_id(shown.database_id, *shown.table, context.run.stop());
  rows.add_row({text_value(shown.database), text_value(shown.table->name.original),
                text_value(column == nullptr ? std::string("_tidb_rowid") : column->name.original),
                unsigned_value(next_id), text_value(column == nullptr ? "_TIDB_ROWID" : "AUTO_INCREMENT")});
  return rows;
}

}  // namespace sluice::session
