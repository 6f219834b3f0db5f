// BEGIN, COMMIT, ROLLBACK, savepoints, LOCK TABLES.

#include <utility>

#include "base/sql_error.h"
#include "catalog/name.h"
#include "catalog/schema_cache.h"
#include "catalog/system_tables.h"
#include "session/accounts.h"
#include "session/dispatch.h"
#include "sql/ast_simple.h"

namespace sluice::session {
namespace {

TransactionRequest request_of(const SessionState& session) {
  const SessionSettings& settings = session.variables.settings();
  TransactionRequest request;
  request.isolation = session.next_isolation.value_or(settings.isolation);
  request.read_only = session.next_read_only.value_or(settings.transaction_read_only);
  request.optimistic = settings.optimistic;
  return request;
}

void begin(SessionState& session, const TransactionRequest& request, StatementContext& context) {
  session.transaction.commit(context.run.stop());
  session.transaction.begin_explicit(request, context.run.stop());
  session.publish_transaction();
  session.next_isolation.reset();
  session.next_read_only.reset();
}

/// What a transaction that follows by AND CHAIN is like: the one that ends, or as any other that begins now if there is none.
TransactionRequest ending_request(const SessionState& session) {
  return session.transaction.is_explicit() ? session.transaction.request() : request_of(session);
}

/// What COMMIT and ROLLBACK do after the end: AND CHAIN begins the next one.
void complete(sql::Completion completion, const TransactionRequest& ended, StatementContext& context) {
  SessionState& session = context.session;
  session.process->set_transaction(0);
  bool chain = completion == sql::Completion::kChain;
  bool release = completion == sql::Completion::kRelease;
  if (completion == sql::Completion::kDefault) {
    chain = session.variables.get("completion_type") == "CHAIN";
    release = session.variables.get("completion_type") == "RELEASE";
  }
  if (chain) session.transaction.begin_explicit(ended, context.run.stop());
  if (release) session.process->stop_connection(StopReason::kConnectionKilled);
}

/// LOCK TABLES needs the privilege of that name on each table's database, and SELECT on the table.
/// Throws 1044, 1046, 1142, 1146.
void check_locked_tables(const sql::LockTablesStatement& statement, const SessionState& session) {
  const AccountRegistry& accounts = session.environment.accounts;
  for (const sql::TableLock& lock : statement.locks) {
    const std::string database(lock.table.schema.empty() ? std::string_view(session.database) : lock.table.schema);
    const std::string table(lock.table.name);
    if (database.empty()) throw SqlError(ErrorCode::kNoDbError);
    if (!accounts.has(session, database, "", Privilege::kLockTables)) {
      throw SqlError(ErrorCode::kDbaccessDeniedError, session.account.user, session.account.host_pattern, database);
    }
    accounts.check_table(session, database, table, Privilege::kSelect);
    if (!catalog::is_system_database(catalog::to_lower(database)) &&
        session.environment.schemas.current()->find_public_table(database, table) == nullptr) {
      throw SqlError(ErrorCode::kNoSuchTable, database, table);
    }
  }
}

}  // namespace

void run_transaction_statement(const sql::Statement& statement, StatementContext& context) {
  SessionState& session = context.session;
  const StopToken stop = context.run.stop();
  switch (statement.kind) {
    case sql::StatementKind::kBegin: {
      const auto& begin_statement = statement.as<sql::BeginStatement>();
      if (begin_statement.as_of_timestamp != nullptr) throw SqlError(ErrorCode::kNotSupportedYet, "AS OF TIMESTAMP");
      TransactionRequest request = request_of(session);
      if (begin_statement.access != sql::AccessMode::kNotWritten)
        request.read_only = begin_statement.access == sql::AccessMode::kReadOnly;
      if (begin_statement.mode != sql::TransactionMode::kNotWritten) {
        request.optimistic = begin_statement.mode == sql::TransactionMode::kOptimistic;
      }
      session.has_table_locks = false;
      request.with_snapshot = begin_statement.with_consistent_snapshot;
      begin(session, request, context);
      break;
    }
    case sql::StatementKind::kCommit: {
      const TransactionRequest ended = ending_request(session);
      session.transaction.commit(stop);
      complete(statement.as<sql::CommitStatement>().completion, ended, context);
      break;
    }
    case sql::StatementKind::kRollback: {
      const TransactionRequest ended = ending_request(session);
      session.transaction.rollback();
      complete(statement.as<sql::RollbackStatement>().completion, ended, context);
      break;
    }
    case sql::StatementKind::kSavepoint:
      // Outside of a transaction a savepoint ends with its own statement.
      if (!session.transaction.is_explicit() && session.variables.settings().autocommit) break;
      if (!session.transaction.is_explicit()) session.transaction.begin_explicit(request_of(session), stop);
      session.transaction.ensure(request_of(session), session.memory, stop);
      session.publish_transaction();
      session.transaction.savepoint(statement.as<sql::SavepointStatement>().name);
      break;
    case sql::StatementKind::kReleaseSavepoint:
      session.transaction.release_savepoint(statement.as<sql::ReleaseSavepointStatement>().name);
      break;
    case sql::StatementKind::kRollbackToSavepoint:
      session.transaction.rollback_to_savepoint(statement.as<sql::RollbackToSavepointStatement>().name);
      break;
    case sql::StatementKind::kLockTables:
      check_locked_tables(statement.as<sql::LockTablesStatement>(), session);
      session.transaction.commit(stop);
      session.has_table_locks = true;
      context.run.warnings().append(Warning::Level::kWarning, ErrorCode::kNotSupportedYet,
                                    "LOCK TABLES is accepted and has no effect");
      break;
    case sql::StatementKind::kUnlockTables:
      if (std::exchange(session.has_table_locks, false)) session.transaction.commit(stop);
      break;
    default:
      throw SqlError(ErrorCode::kNotSupportedYet, std::string(statement.text));
  }
  context.ok();
}

}  // namespace sluice::session
