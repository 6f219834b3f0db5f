#include "session/dispatch.h"

#include "base/metrics.h"
#include "base/sql_error.h"
#include "sql/ast_show.h"

namespace sluice::session {

using sql::StatementKind;

namespace {

/// Bits of the protocol's status flags. Source: MySQL manual, "Status Flags" of the client/server protocol.
constexpr std::uint16_t kInTransaction = 1;
constexpr std::uint16_t kAutocommit = 2;

Counter statements_total{"sluice_statements_total", "Statements that began to run"};

}  // namespace

std::uint16_t status_of(const SessionState& session) {
  std::uint16_t flags = session.variables.settings().autocommit ? kAutocommit : 0;
  if (session.transaction.is_explicit()) flags |= kInTransaction;
  return flags;
}

void StatementContext::ok(std::uint64_t affected_rows, std::string info) {
  StatementOutcome outcome;
  outcome.affected_rows = affected_rows;
  outcome.status_flags = static_cast<std::uint16_t>(status_of(session) | more_results);
  outcome.warning_count = static_cast<std::uint16_t>(std::min<std::size_t>(run.warnings().count(), UINT16_MAX));
  outcome.info = std::move(info);
  session.row_count = static_cast<std::int64_t>(affected_rows);
  writer.ok(outcome);
}

void StatementContext::end_rows() {
  StatementOutcome outcome;
  outcome.status_flags = static_cast<std::uint16_t>(status_of(session) | more_results);
  outcome.warning_count = static_cast<std::uint16_t>(std::min<std::size_t>(run.warnings().count(), UINT16_MAX));
  session.row_count = -1;
  writer.end_result(outcome);
}

bool keeps_diagnostics(const sql::Statement& statement) {
  if (const auto* show = statement.try_as<sql::ShowStatement>()) {
    return show->show == sql::ShowKind::kWarnings || show->show == sql::ShowKind::kErrors;
  }
  return false;
}

void dispatch(const sql::Statement& statement, StatementContext& context) {
  statements_total.add();
  switch (statement.kind) {
    case StatementKind::kQuery:
    case StatementKind::kInsert:
    case StatementKind::kUpdate:
    case StatementKind::kDelete:
    case StatementKind::kLoadData:
    case StatementKind::kDo:
    case StatementKind::kExplain:
      return run_query_statement(statement, context);

    case StatementKind::kSetVariables:
    case StatementKind::kSetTransaction:
    case StatementKind::kUse:
    case StatementKind::kPrepare:
    case StatementKind::kExecute:
    case StatementKind::kDeallocate:
    case StatementKind::kKill:
    case StatementKind::kFlush:
    case StatementKind::kShutdown:
      return run_session_statement(statement, context);

    case StatementKind::kBegin:
    case StatementKind::kCommit:
    case StatementKind::kRollback:
    case StatementKind::kSavepoint:
    case StatementKind::kReleaseSavepoint:
    case StatementKind::kRollbackToSavepoint:
    case StatementKind::kLockTables:
    case StatementKind::kUnlockTables:
      return run_transaction_statement(statement, context);

    case StatementKind::kCreateTable:
    case StatementKind::kAlterTable:
    case StatementKind::kDropTable:
    case StatementKind::kTruncateTable:
    case StatementKind::kRenameTable:
    case StatementKind::kCreateIndex:
    case StatementKind::kDropIndex:
    case StatementKind::kCreateDatabase:
    case StatementKind::kAlterDatabase:
    case StatementKind::kDropDatabase:
    case StatementKind::kCreateView:
    case StatementKind::kDropView:
      return run_schema_statement(statement, context);

    case StatementKind::kCreateUser:
    case StatementKind::kAlterUser:
    case StatementKind::kDropUser:
    case StatementKind::kRenameUser:
    case StatementKind::kCreateRole:
    case StatementKind::kDropRole:
    case StatementKind::kGrant:
    case StatementKind::kRevoke:
    case StatementKind::kGrantRole:
    case StatementKind::kRevokeRole:
    case StatementKind::kSetPassword:
    case StatementKind::kSetRole:
    case StatementKind::kSetDefaultRole:
      return run_account_statement(statement, context);

    case StatementKind::kAnalyzeTable:
    case StatementKind::kDropStats:
      return run_maintenance_statement(statement, context);
    case StatementKind::kMaintainTables:
      return run_table_maintenance(statement, context);

    case StatementKind::kShow:
      return run_show_statement(statement, context);
    case StatementKind::kAdmin:
      return run_admin_statement(statement, context);

    case StatementKind::kUnsupported:
      throw SqlError(ErrorCode::kNotSupportedYet, std::string(statement.as<sql::UnsupportedStatement>().name));
    default:
      break;
  }
  // Known to the grammar, not executed: the first two words name it.
  std::string_view name = statement.text;
  std::size_t end = name.find(' ');
  if (end != std::string_view::npos) end = name.find(' ', end + 1);
  throw SqlError(ErrorCode::kNotSupportedYet, std::string(name.substr(0, end)));
}

}  // namespace sluice::session
