/// From a parsed statement to the code that runs it.
#pragma once

#include "session/prepared_statements.h"
#include "session/query.h"
#include "session/result_writer.h"
#include "session/session_state.h"
#include "session/statement_run.h"
#include "sql/statement.h"

namespace sluice::session {

/// What the code of a statement works with.
struct StatementContext {
  SessionState& session;
  StatementRun& run;
  ResultWriter& writer;
  QueryRunner& query;
  PreparedStatements& prepared;
  const StatementParameters& parameters;
  std::uint16_t more_results = 0;  // SERVER_MORE_RESULTS_EXISTS if another statement of the command follows

  /// The answer of a statement without rows.
  void ok(std::uint64_t affected_rows = 0, std::string info = {});
  /// The end of a result whose columns and rows have been sent.
  void end_rows();
};

/// Runs `statement` to its end and answers. Throws SqlError and Stopped; what it changed of the transaction is then undone as MySQL does.
void dispatch(const sql::Statement& statement, StatementContext& context);

/// SERVER_STATUS_… bits of the session.
std::uint16_t status_of(const SessionState& session);

/// Whether the statement leaves the diagnostics of the statement before it alone (SHOW WARNINGS and its like).
bool keeps_diagnostics(const sql::Statement& statement);

// The families; each in a file of its own.
void run_query_statement(const sql::Statement& statement, StatementContext& context);  // query_statements.cc
void run_session_statement(const sql::Statement& statement,
                           StatementContext& context);  // session_statements.cc: SET, USE, KILL, PREPARE ...
void run_transaction_statement(const sql::Statement& statement,
                               StatementContext& context);  // transaction_statements.cc
void run_schema_statement(const sql::Statement& statement,
                          StatementContext& context);  // schema_statements.cc: CREATE, ALTER, DROP ...
void run_admin_statement(const sql::Statement& statement, StatementContext& context);  // admin_statements.cc
void run_account_statement(const sql::Statement& statement,
                           StatementContext& context);  // account_statements.cc: users, GRANT, REVOKE
void run_maintenance_statement(const sql::Statement& statement,
                               StatementContext& context);  // maintenance_statements.cc: ANALYZE TABLE, DROP STATS
void run_table_maintenance(const sql::Statement& statement,
                           StatementContext& context);  // table_maintenance.cc: CHECK, CHECKSUM, OPTIMIZE, REPAIR TABLE
void run_show_statement(const sql::Statement& statement, StatementContext& context);  // show_statements.cc

}  // namespace sluice::session
