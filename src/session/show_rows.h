/// The rows of SHOW statements, family by family; show_statements.cc filters and sends them.
#pragma once

#include <string>

#include "session/dispatch.h"
#include "session/row_set.h"
#include "sql/ast_show.h"

namespace sluice::session {

/// The database that a SHOW names, or the current one. Throws: SqlError 1046 none selected, 1049 unknown, 1044 no access.
std::string shown_database(std::string_view written, const SessionState& session);

/// The table `name` of a SHOW, computed tables included. Throws: SqlError 1046, 1049, 1146; 1142 without any privilege on it.
struct ShownTable {
  std::string database;
  std::shared_ptr<const catalog::TableInfo> table;
  std::int64_t database_id = 0;
};
ShownTable find_shown_table(const sql::ObjectName& name, const SessionState& session);

// show_objects.cc: databases, tables, columns, indexes, SHOW CREATE.
RowSet show_databases(const sql::ShowStatement& show, StatementContext& context);
RowSet show_tables(const sql::ShowStatement& show, StatementContext& context);
RowSet show_table_status(const sql::ShowStatement& show, StatementContext& context);
RowSet show_columns(const sql::ShowStatement& show, StatementContext& context);
RowSet show_index(const sql::ShowStatement& show, StatementContext& context);
RowSet show_create_table(const sql::ShowStatement& show, StatementContext& context);
RowSet show_create_view(const sql::ShowStatement& show, StatementContext& context);
RowSet show_create_database(const sql::ShowStatement& show, StatementContext& context);
RowSet show_table_next_row_id(const sql::ShowStatement& show, StatementContext& context);

// show_server.cc: variables, status, connections, accounts, warnings, charsets, statistics.
RowSet show_variables(const sql::ShowStatement& show, StatementContext& context);
RowSet show_status(StatementContext& context);
RowSet show_processlist(const sql::ShowStatement& show, StatementContext& context);
RowSet show_grants(const sql::ShowStatement& show, StatementContext& context);
RowSet show_create_user(const sql::ShowStatement& show, StatementContext& context);
RowSet show_warnings(const sql::ShowStatement& show, StatementContext& context);
RowSet show_charset();
RowSet show_collation();
RowSet show_engines();
RowSet show_privileges();
RowSet show_statistics_meta(StatementContext& context);
RowSet show_statistics_healthy(StatementContext& context);

/// The result of a SHOW about things that do not exist here (triggers, events, routines, plugins ...): columns without rows.
/// Throws: SqlError 1235 for a form that is not supported.
RowSet show_nothing(const sql::ShowStatement& show);

}  // namespace sluice::session
