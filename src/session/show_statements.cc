// SHOW and DESCRIBE: choosing the rows, LIKE and WHERE, sending.

#include <algorithm>

#include "base/sql_error.h"
#include "catalog/schema_cache.h"
#include "planner/ranges.h"
#include "session/accounts.h"
#include "session/dispatch.h"
#include "session/memory_tables.h"
#include "session/show_rows.h"
#include "sql/parser.h"
#include "sql/restore.h"
#include "types/collation.h"
#include "types/like.h"
#include "types/value_text.h"

namespace sluice::session {
namespace {

using sql::ShowKind;

RowSet rows_of(const sql::ShowStatement& show, StatementContext& context) {
  switch (show.show) {
    case ShowKind::kDatabases:
      return show_databases(show, context);
    case ShowKind::kTables:
      return show_tables(show, context);
    case ShowKind::kTableStatus:
      return show_table_status(show, context);
    case ShowKind::kColumns:
      return show_columns(show, context);
    case ShowKind::kIndex:
      return show_index(show, context);
    case ShowKind::kCreateTable:
      return show_create_table(show, context);
    case ShowKind::kCreateView:
      return show_create_view(show, context);
    case ShowKind::kCreateDatabase:
      return show_create_database(show, context);
    case ShowKind::kTableNextRowId:
      return show_table_next_row_id(show, context);
    case ShowKind::kVariables:
      return show_variables(show, context);
    case ShowKind::kStatus:
      return show_status(context);
    case ShowKind::kProcesslist:
      return show_processlist(show, context);
    case ShowKind::kGrants:
      return show_grants(show, context);
    case ShowKind::kCreateUser:
      return show_create_user(show, context);
    case ShowKind::kWarnings:
    case ShowKind::kErrors:
      return show_warnings(show, context);
    case ShowKind::kCharset:
      return show_charset();
    case ShowKind::kCollation:
      return show_collation();
    case ShowKind::kEngines:
      return show_engines();
    case ShowKind::kPrivileges:
      return show_privileges();
    case ShowKind::kStatsMeta:
      return show_statistics_meta(context);
    case ShowKind::kStatsHealthy:
      return show_statistics_healthy(context);
    default:
      return show_nothing(show);
  }
}

/// LIKE is about the first column of every SHOW.
void keep_like(const sql::Like& like, StatementContext& context, RowSet& rows) {
  const types::Value pattern = context.query.evaluate(*like.pattern, context.parameters).value;
  const std::string text = pattern.is_null() ? std::string() : pattern.as_string();
  // Names are compared without case, whatever the collation of the connection.
  const types::LikePattern compiled(text, static_cast<unsigned char>(like.escape),
                                    types::find_collation("utf8mb4_general_ci"));
  std::erase_if(rows.rows(), [&](const std::vector<types::Value>& row) {
    return pattern.is_null() || row[0].is_null() || !compiled.matches(row[0].as_string());
  });
}

bool is_true(const types::Value& value) {
  switch (value.kind()) {
    case types::Value::Kind::kInt64:
      return value.as_int64() != 0;
    case types::Value::Kind::kUInt64:
      return value.as_uint64() != 0;
    case types::Value::Kind::kDouble:
      return value.as_double() != 0;
    case types::Value::Kind::kDecimal:
      return !value.as_decimal().is_zero();
    default:
      return false;
  }
}

bool same_name(std::string_view left, std::string_view right) {
  return catalog::to_lower(left) == catalog::to_lower(right);
}

/// WHERE over the rows: the condition is evaluated with each row's values in the place of its columns.
void keep_where(const sql::Expression& where, StatementContext& context, RowSet& rows) {
  const std::vector<ResultColumn>& columns = rows.columns();
  const std::vector<types::Value>* current = nullptr;
  sql::RestoreOptions options;
  options.string_introducers = false;
  options.column_text = [&](const sql::ColumnReference& reference) -> std::string {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (same_name(columns[c].name, reference.column))
        return current == nullptr ? "NULL" : types::to_sql_literal((*current)[c], columns[c].type);
    }
    throw SqlError(ErrorCode::kBadFieldError, std::string(reference.column), "where clause");
  };
  sql::restore(where, options);  // unknown columns are an error without rows, too
  std::erase_if(rows.rows(), [&](const std::vector<types::Value>& row) {
    context.run.stop().poll();
    current = &row;
    const sql::ParsedExpression parsed = sql::parse_expression(sql::restore(where, options));
    return !is_true(context.query.evaluate(*parsed.expression, context.parameters).value);
  });
}

std::uint64_t limit_value(const sql::Expression* expression, StatementContext& context) {
  if (expression == nullptr) return 0;
  return planner::limit_number(context.query.evaluate(*expression, context.parameters).value).value_or(0);
}

void keep_limit(const sql::LimitClause& limit, StatementContext& context, RowSet& rows) {
  const std::size_t size = rows.rows().size();
  const std::size_t offset =
      static_cast<std::size_t>(std::min<std::uint64_t>(limit_value(limit.offset, context), size));
  const std::size_t count =
      static_cast<std::size_t>(std::min<std::uint64_t>(limit_value(limit.count, context), size - offset));
  std::vector<std::vector<types::Value>>& all = rows.rows();
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(offset + count), all.end());
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

std::string shown_database(std::string_view written, const SessionState& session) {
  const std::string name = written.empty() ? session.database : std::string(written);
  if (name.empty()) throw SqlError(ErrorCode::kNoDbError);
  const catalog::SchemaPtr schema = session.environment.schemas.current();
  const catalog::DatabaseInfo* const database = schema->find_public_database(name);
  if (database == nullptr && !memory_table_catalog().is_memory_database(name))
    throw SqlError(ErrorCode::kBadDbError, name);
  if (database == nullptr) return name;
  session.environment.accounts.check_database_access(session, name);
  return database->name.original;
}

ShownTable find_shown_table(const sql::ObjectName& name, const SessionState& session) {
  ShownTable shown;
  shown.database = shown_database(name.schema, session);
  shown.table = memory_table_catalog().find(shown.database, name.name);
  if (shown.table != nullptr) return shown;
  const catalog::SchemaPtr schema = session.environment.schemas.current();
  shown.table = schema->find_public_table(shown.database, name.name);
  if (shown.table == nullptr) throw SqlError(ErrorCode::kNoSuchTable, shown.database, std::string(name.name));
  if (!session.environment.accounts.has_any(session, shown.database, shown.table->name.original)) {
    session.environment.accounts.check_table(session, shown.database, shown.table->name.original, Privilege::kSelect);
  }
  const catalog::DatabaseInfo* const database = schema->find_public_database(shown.database);
  if (database != nullptr) shown.database_id = database->id;
  return shown;
}

void run_show_statement(const sql::Statement& statement, StatementContext& context) {
  const auto& show = statement.as<sql::ShowStatement>();
  RowSet rows = rows_of(show, context);
  if (show.like != nullptr) keep_like(*show.like, context, rows);
  if (show.where != nullptr) keep_where(*show.where, context, rows);
  if (show.limit != nullptr) keep_limit(*show.limit, context, rows);
  rows.send(context.writer, context.run.stop());
  context.end_rows();
}

}  // namespace sluice::session
