// SET, USE, PREPARE and EXECUTE, KILL, FLUSH, SHUTDOWN.

#include "base/sql_error.h"
#include "catalog/name.h"
#include "catalog/schema_cache.h"
#include "session/accounts.h"
#include "session/dispatch.h"
#include "session/memory_tables.h"
#include "session/set_variables.h"
#include "session/stop_error.h"
#include "sql/ast_simple.h"

namespace sluice::session {
namespace {

void use_database(std::string_view name, SessionState& session) {
  const catalog::SchemaPtr schema = session.environment.schemas.current();
  const catalog::DatabaseInfo* database = schema->find_public_database(name);
  if (database == nullptr && !memory_table_catalog().is_memory_database(name))
    throw SqlError(ErrorCode::kBadDbError, std::string(name));
  session.environment.accounts.check_database_access(session, name);
  session.database = database != nullptr ? database->name.original : std::string(name);
  session.process->set_database(session.database);
  session.variables.set(*find_system_variable("character_set_database"),
                        database != nullptr ? database->charset : "utf8mb4");
  session.variables.set(*find_system_variable("collation_database"),
                        database != nullptr ? database->collation : "utf8mb4_bin");
}

void check_may_kill(const SessionState& session, std::uint64_t id) {
  try {
    session.environment.accounts.check_global(session, Privilege::kSuper);
  } catch (const SqlError&) {
    throw SqlError(ErrorCode::kKillDeniedError, std::to_string(id));
  }
}

void kill(const sql::KillStatement& statement, StatementContext& context) {
  SessionState& session = context.session;
  std::uint64_t id = statement.connection_id;
  if (statement.expression != nullptr) {
    const types::Value value = context.query.evaluate(*statement.expression, context.parameters).value;
    id = value.kind() == types::Value::Kind::kUInt64  ? value.as_uint64()
         : value.kind() == types::Value::Kind::kInt64 ? static_cast<std::uint64_t>(value.as_int64())
                                                      : 0;
  }
  ProcessList& processes = session.environment.processes;
  if (processes.has_login(id)) {
    check_may_kill(session, id);
    // There is no statement yet that KILL QUERY could stop.
    if (statement.target == sql::KillTarget::kQuery || processes.stop_login(id, StopReason::kConnectionKilled)) {
      context.ok();
      return;
    }
    // It has just logged in.
  }
  const std::shared_ptr<Process> target = processes.find(id);
  if (target == nullptr) throw SqlError(ErrorCode::kNoSuchThread, std::to_string(id));
  if (target->user() != session.identity.user) check_may_kill(session, id);
  const bool itself = id == session.identity.connection_id;
  if (!itself) context.ok();
  if (statement.target == sql::KillTarget::kQuery) {
    target->stop_statement(StopReason::kQueryKilled);
  } else {
    target->stop_connection(StopReason::kConnectionKilled);
  }
  if (itself) context.run.stop().poll();
}

sql::ParseOptions parse_options(const SessionState& session, StopToken stop) {
  const types::SqlMode mode = session.variables.settings().sql_mode;
  sql::ParseOptions options;
  options.pipes_as_concat = mode.has(types::SqlMode::kPipesAsConcat);
  options.ansi_quotes = mode.has(types::SqlMode::kAnsiQuotes);
  options.high_not_precedence = mode.has(types::SqlMode::kHighNotPrecedence);
  options.no_backslash_escapes = mode.has(types::SqlMode::kNoBackslashEscapes);
  options.ignore_space = mode.has(types::SqlMode::kIgnoreSpace);
  options.stop = stop;
  return options;
}

void prepare(const sql::PrepareStatement& statement, StatementContext& context) {
  std::string text(statement.statement_text);
  if (!statement.variable.empty()) {
    const auto found = context.session.user_variables.find(catalog::to_lower(statement.variable));
    text = found == context.session.user_variables.end() || found->second.value.kind() != types::Value::Kind::kString
               ? "NULL"
               : found->second.value.as_string();
  }
  PreparedStatement& prepared =
      context.prepared.add(text, statement.name, parse_options(context.session, context.run.stop()));
  if (planner::is_plannable(prepared.statement())) {
    const std::vector<types::Value> values(prepared.statement().parameter_count);
    StatementParameters parameters;
    parameters.prepared = true;
    parameters.values = values;
    try {
      context.query.plan(prepared.statement(), parameters);
    } catch (...) {
      context.prepared.remove(prepared.id);
      throw;
    }
  }
  context.ok();
}

void execute(const sql::ExecuteStatement& statement, StatementContext& context) {
  PreparedStatement* const prepared = context.prepared.find(statement.name);
  if (prepared == nullptr) throw SqlError(ErrorCode::kUnknownStmtHandler, std::string(statement.name), "EXECUTE");
  if (prepared->statement().parameter_count != statement.variables.size())
    throw SqlError(ErrorCode::kWrongArguments, "EXECUTE");
  std::vector<types::Value> values;
  std::vector<types::FieldType> types;
  for (const std::string_view name : statement.variables) {
    const auto found = context.session.user_variables.find(catalog::to_lower(name));
    if (found == context.session.user_variables.end()) {
      values.emplace_back();
      types.emplace_back();
    } else {
      values.push_back(found->second.value);
      types.push_back(found->second.type);
    }
  }
  const StatementParameters parameters{values, types, true, &prepared->plan};
  StatementContext inner{context.session,  context.run, context.writer,      context.query,
                         context.prepared, parameters,  context.more_results};
  dispatch(prepared->statement(), inner);
}

}  // namespace

void run_session_statement(const sql::Statement& statement, StatementContext& context) {
  SessionState& session = context.session;
  switch (statement.kind) {
    case sql::StatementKind::kSetVariables:
      set_variables(statement.as<sql::SetVariablesStatement>(), context);
      return context.ok();
    case sql::StatementKind::kSetTransaction:
      set_transaction(statement.as<sql::SetTransactionStatement>(), context);
      return context.ok();
    case sql::StatementKind::kUse:
      use_database(statement.as<sql::UseStatement>().database, session);
      return context.ok();
    case sql::StatementKind::kPrepare:
      return prepare(statement.as<sql::PrepareStatement>(), context);
    case sql::StatementKind::kExecute:
      return execute(statement.as<sql::ExecuteStatement>(), context);
    case sql::StatementKind::kDeallocate: {
      const auto name = statement.as<sql::DeallocateStatement>().name;
      PreparedStatement* const prepared = context.prepared.find(name);
      if (prepared == nullptr) throw SqlError(ErrorCode::kUnknownStmtHandler, std::string(name), "DEALLOCATE PREPARE");
      context.prepared.remove(prepared->id);
      return context.ok();
    }
    case sql::StatementKind::kKill:
      return kill(statement.as<sql::KillStatement>(), context);
    case sql::StatementKind::kFlush:
      if (statement.as<sql::FlushStatement>().flush == sql::FlushKind::kPrivileges) {
        session.environment.accounts.check_global(session, Privilege::kReload);
        session.environment.accounts.reload(context.run.stop());
      }
      return context.ok();
    case sql::StatementKind::kShutdown:
      session.environment.accounts.check_global(session, Privilege::kShutdown);
      if (!session.environment.request_shutdown) throw SqlError(ErrorCode::kNotSupportedYet, "SHUTDOWN");
      session.environment.request_shutdown();
      return context.ok();
    default:
      throw SqlError(ErrorCode::kNotSupportedYet, std::string(statement.text));
  }
}

}  // namespace sluice::session
