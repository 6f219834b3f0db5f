#include "session/session.h"

#include <algorithm>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/logging.h"
#include "base/out_of_memory.h"
#include "base/sql_error.h"
#include "catalog/name.h"
#include "catalog/schema_cache.h"
#include "session/accounts.h"
#include "session/dispatch.h"
#include "session/memory_tables.h"
#include "session/statement_run.h"
#include "session/stop_error.h"
#include "session/user_locks.h"
#include "sql/parser.h"
#include "types/charset.h"
#include "types/collation.h"
#include "types/like.h"
#include "vector/chunk.h"

namespace sluice::session {
namespace {

constexpr std::uint16_t kMoreResults = 8;
constexpr std::uint16_t kCursorExists = 64;
constexpr std::uint16_t kLastRowSent = 128;

/// A command of the client, from its first statement to its last: a KILL QUERY between two of them is not lost.
class CommandScope {
 public:
  explicit CommandScope(Process& process) : process_(process) { process_.begin_command(); }
  ~CommandScope() { process_.end_command(); }
  CommandScope(const CommandScope&) = delete;
  CommandScope& operator=(const CommandScope&) = delete;

 private:
  Process& process_;
};

sql::ParseOptions parse_options(const SessionState& session, bool allow_multiple, StopToken stop) {
  const types::SqlMode mode = session.variables.settings().sql_mode;
  sql::ParseOptions options;
  options.pipes_as_concat = mode.has(types::SqlMode::kPipesAsConcat);
  options.ansi_quotes = mode.has(types::SqlMode::kAnsiQuotes);
  options.high_not_precedence = mode.has(types::SqlMode::kHighNotPrecedence);
  options.no_backslash_escapes = mode.has(types::SqlMode::kNoBackslashEscapes);
  options.ignore_space = mode.has(types::SqlMode::kIgnoreSpace);
  options.allow_multiple = allow_multiple;
  options.stop = stop;
  return options;
}

/// Keeps a result for a cursor instead of sending it.
class CursorWriter final : public ResultWriter {
 public:
  CursorWriter(ResultWriter& client, MemoryTracker& memory) : client_(client), memory_(memory) {}

  void begin_result(std::span<const ResultColumn> columns) override {
    cursor_ = std::make_unique<OpenCursor>();
    cursor_->columns.assign(columns.begin(), columns.end());
    std::vector<types::PhysicalType> types;
    for (const ResultColumn& column : columns) types.push_back(types::physical_type(column.type));
    cursor_->rows = std::make_unique<executor::RowList>(std::move(types), memory_);
  }
  void rows(const vector::Chunk& chunk, StopToken) override { cursor_->rows->append(chunk); }
  void end_result(const StatementOutcome& outcome) override {
    client_.begin_result(cursor_->columns);
    StatementOutcome opened = outcome;
    opened.status_flags |= kCursorExists;
    client_.end_result(opened);
  }
  void ok(const StatementOutcome& outcome) override { client_.ok(outcome); }
  void error(const SqlError& error) override { client_.error(error); }
  std::unique_ptr<LocalFile> request_local_file(std::string_view name, StopToken stop) override {
    return client_.request_local_file(name, stop);
  }

  std::unique_ptr<OpenCursor> take() { return std::move(cursor_); }

 private:
  ResultWriter& client_;
  MemoryTracker& memory_;
  std::unique_ptr<OpenCursor> cursor_;
};

}  // namespace

Session::Session(const SessionEnvironment& environment, const ClientIdentity& identity, const AccountRecord& account,
                 std::string_view database, std::function<void()> wake_close, StopToken stop)
    : environment_(environment),
      wake_close_(std::move(wake_close)),
      connection_(stop),
      process_(std::make_shared<Process>(identity.connection_id, identity.user,
                                         peer_text(identity.host, identity.peer_port), wake_close_)),
      state_(new_state(identity, account)),
      functions_(std::make_unique<SessionFunctionsOf>(*state_)) {
  const std::string limit = environment_.variables.get(*find_system_variable("max_connections"));
  if (!environment_.processes.add(process_, std::stoull(limit))) throw SqlError(ErrorCode::kConCountError);
  if (database.empty()) return;
  try {
    use_database(database);
  } catch (...) {
    environment_.processes.remove(process_->id());
    throw;
  }
}

Session::~Session() {
  state_->transaction.rollback();
  environment_.user_locks.release_all(state_->identity.connection_id);
  environment_.processes.remove(process_->id());
  prepared_.clear();
}

std::unique_ptr<SessionState> Session::new_state(const ClientIdentity& identity, const AccountRecord& account) {
  process_->set_user(identity.user);
  process_->set_attributes(identity.attributes);
  auto state = std::make_unique<SessionState>(environment_, identity, account, process_);
  if (const types::Collation* collation = types::find_collation(std::uint16_t{identity.collation_id})) {
    const std::string charset(collation->charset->name);
    for (const char* name : {"character_set_client", "character_set_connection", "character_set_results"}) {
      state->variables.set(*find_system_variable(name), charset);
    }
    state->variables.set(*find_system_variable("collation_connection"), std::string(collation->name));
  }
  constexpr std::uint32_t kInteractive = 1u << 10;
  if ((identity.capabilities & kInteractive) != 0) {
    state->variables.set(*find_system_variable("wait_timeout"), state->variables.get("interactive_timeout"));
  }
  environment_.accounts.activate_default_roles(*state);
  return state;
}

void Session::report(const SqlError& error, ResultWriter& writer) {
  try {
    state_->warnings.append(error, Warning::Level::kError);
  } catch (const std::bad_alloc&) {
    // The answer says it all the same.
  }
  state_->row_count = -1;
  writer.error(error);
}

template <class Body>
bool Session::run_statement(std::string_view command, std::string_view text, bool keeps, ResultWriter& writer,
                            Body body) {
  if (!keeps) {
    state_->warning_count = state_->warnings.count();
    state_->error_count = state_->warnings.error_count();
    state_->warnings.clear();
  }
  WarningList kept;
  StatementRun run(connection_.token(), *state_->process, state_->memory, state_->variables.settings(), *functions_,
                   keeps ? kept : state_->warnings, command, text);
  std::optional<SqlError> failure;
  try {
    SLUICE_SYNC_POINT("session.statement.begin", run.stop());
    run.stop().poll();
    body(run);
    run.answered();
    return true;
  } catch (const SqlError& error) {
    failure = error;
  } catch (const InternalError& error) {
    log_error("a statement failed on an internal error", {{"error", error.what()}, {"statement", text}});
    failure = SqlError::with_message(ErrorCode::kInternalError, error.what());
  } catch (const Stopped& stopped) {
    if (ends_connection(stopped.reason())) state_->transaction.rollback();
    failure = error_of_stop(stopped.reason(), state_->identity.connection_id);
  } catch (const std::bad_alloc&) {
    failure = out_of_memory_error();
  } catch (const std::exception& error) {
    log_error("a statement failed on an unexpected exception", {{"error", error.what()}, {"statement", text}});
    failure = SqlError::with_message(ErrorCode::kInternalError, std::string("Internal : ") + error.what());
  }
  // Before the answer, which may wait for the client: its locks go at once.
  if (!state_->transaction.is_explicit()) state_->transaction.rollback();
  report(*failure, writer);
  run.answered();
  return false;
}

std::string_view Session::from_client(std::string_view text, std::string& converted) const {
  const types::Charset* const charset = state_->variables.settings().client_charset;
  if (charset == nullptr || charset->is_identity_encoded()) return text;
  charset->decode(text, converted);
  return converted;
}

void Session::execute_text(std::string_view sent, ResultWriter& writer) {
  const CommandScope command(*process_);
  SLUICE_SYNC_POINT("session.command.begin", connection_.token());
  std::string converted;
  const std::string_view text = from_client(sent, converted);
  sql::ParseResult parsed;
  const bool understood = run_statement("Query", text, true, writer, [&](StatementRun& run) {
    sql::ParseOptions options = parse_options(*state_, allows_multiple_, run.stop());
    options.allow_parameters = false;
    SLUICE_SYNC_POINT("session.parse", run.stop());
    parsed = sql::parse(text, options);
    if (parsed.statements().empty()) throw SqlError(ErrorCode::kEmptyQuery);
  });
  if (!understood) return;
  SLUICE_SYNC_POINT("session.parsed", connection_.token());
  const std::vector<const sql::Statement*>& statements = parsed.statements();
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const bool last = i + 1 == statements.size();
    const bool succeeded =
        run_statement("Query", statements[i]->text, keeps_diagnostics(*statements[i]), writer, [&](StatementRun& run) {
          QueryRunner query(*state_, run);
          const StatementParameters none;
          StatementContext context{
              *state_, run, writer, query, prepared_, none, last ? std::uint16_t{0} : kMoreResults};
          for (const sql::HintWarning& warning : parsed.hint_warnings()) {
            run.warnings().append(Warning::Level::kWarning, static_cast<ErrorCode>(warning.code),
                                  std::string(warning.text));
          }
          dispatch(*statements[i], context);
        });
    if (!succeeded) return;
  }
}

PreparedInfo Session::prepare(std::string_view sent) {
  const CommandScope command(*process_);
  std::string converted;
  const std::string_view text = from_client(sent, converted);
  state_->warnings.clear();
  StatementRun run(connection_.token(), *state_->process, state_->memory, state_->variables.settings(), *functions_,
                   state_->warnings, "Query", text);
  try {
    return prepare(text, run);
  } catch (const Stopped& stopped) {
    throw error_of_stop(stopped.reason(), state_->identity.connection_id);
  } catch (const std::bad_alloc&) {
    throw out_of_memory_error();
  }
}

PreparedInfo Session::prepare(std::string_view text, StatementRun& run) {
  SLUICE_SYNC_POINT("session.prepare", run.stop());
  PreparedStatement& prepared = prepared_.add(text, {}, parse_options(*state_, false, run.stop()));
  try {
    run.stop().poll();
    const sql::Statement& statement = prepared.statement();
    if (planner::is_plannable(statement)) {
      QueryRunner query(*state_, run);
      StatementParameters parameters;
      parameters.prepared = true;
      // Values are not known yet: NULLs of unknown type stand for them.
      const std::vector<types::Value> values(statement.parameter_count);
      parameters.values = values;
      const auto plan = query.plan(statement, parameters);
      if (plan->into_variables.empty()) prepared.columns = result_columns(plan->columns);
    }
  } catch (...) {
    prepared_.remove(prepared.id);
    throw;
  }
  PreparedInfo info;
  info.statement_id = prepared.id;
  info.parameter_count = static_cast<std::uint16_t>(prepared.statement().parameter_count);
  info.warning_count = static_cast<std::uint16_t>(state_->warnings.count());
  info.columns = prepared.columns;
  return info;
}

void Session::execute_prepared(std::uint32_t statement_id, std::span<const BoundParameter> bound, CursorMode cursor,
                               ResultWriter& writer) {
  const CommandScope command(*process_);
  PreparedStatement* const prepared = prepared_.find(statement_id);
  if (prepared == nullptr) {
    report(SqlError(ErrorCode::kUnknownStmtHandler, std::to_string(statement_id), "EXECUTE"), writer);
    return;
  }
  std::vector<types::Value> values;
  std::vector<types::FieldType> types;
  for (const BoundParameter& parameter : bound) {
    std::string converted;
    if (types::physical_type(parameter.type) == types::PhysicalType::kString &&
        !parameter.type.collation->charset->is_binary() && !parameter.value.is_null()) {
      values.emplace_back(from_client(parameter.value.as_string(), converted));
    } else {
      values.push_back(parameter.value);
    }
    types.push_back(parameter.type);
  }
  prepared->cursor.reset();
  const sql::Statement& statement = prepared->statement();
  run_statement("Execute", statement.text, keeps_diagnostics(statement), writer, [&](StatementRun& run) {
    QueryRunner query(*state_, run);
    const StatementParameters parameters{values, types, true, &prepared->plan};
    if (cursor == CursorMode::kNone || !statement.is_read_only) {
      StatementContext context{*state_, run, writer, query, prepared_, parameters, 0};
      dispatch(statement, context);
      return;
    }
    CursorWriter held(writer, state_->memory);
    StatementContext context{*state_, run, held, query, prepared_, parameters, 0};
    dispatch(statement, context);
    prepared->cursor = held.take();
  });
}

void Session::fetch(std::uint32_t statement_id, std::uint32_t row_count, ResultWriter& writer) {
  const CommandScope command(*process_);
  PreparedStatement* const prepared = prepared_.find(statement_id);
  if (prepared == nullptr || prepared->cursor == nullptr) {
    report(SqlError(ErrorCode::kUnknownStmtHandler, std::to_string(statement_id), "FETCH"), writer);
    return;
  }
  run_statement("Execute", prepared->statement().text, true, writer, [&](StatementRun& run) {
    OpenCursor& cursor = *prepared->cursor;
    writer.begin_result(cursor.columns);
    std::size_t left = row_count;
    vector::Chunk view;
    std::vector<std::uint16_t> selected;
    while (left > 0 && cursor.next_block < cursor.rows->block_count()) {
      run.stop().poll();
      const vector::Chunk& block = cursor.rows->block(cursor.next_block);
      const std::size_t taken = std::min(left, block.row_count - cursor.next_row);
      selected.clear();
      for (std::size_t i = 0; i < taken; ++i) selected.push_back(static_cast<std::uint16_t>(cursor.next_row + i));
      view.reference(block);
      view.set_selection(selected);
      writer.rows(view, run.stop());
      left -= taken;
      cursor.next_row += taken;
      if (cursor.next_row == block.row_count) {
        ++cursor.next_block;
        cursor.next_row = 0;
      }
    }
    StatementOutcome outcome;
    outcome.status_flags = status_of(*state_) | kCursorExists;
    if (cursor.next_block == cursor.rows->block_count()) outcome.status_flags |= kLastRowSent;
    writer.end_result(outcome);
  });
}

std::optional<std::uint16_t> Session::parameter_count(std::uint32_t statement_id) const {
  const PreparedStatement* const prepared = prepared_.find(statement_id);
  if (prepared == nullptr) return std::nullopt;
  return static_cast<std::uint16_t>(prepared->statement().parameter_count);
}

void Session::close_statement(std::uint32_t statement_id) { prepared_.remove(statement_id); }

void Session::reset_statement(std::uint32_t statement_id) {
  PreparedStatement* const prepared = prepared_.find(statement_id);
  if (prepared == nullptr) throw SqlError(ErrorCode::kUnknownStmtHandler, std::to_string(statement_id), "RESET");
  prepared->cursor.reset();
}

void Session::use_database(std::string_view sent) {
  std::string converted;
  enter_database(from_client(sent, converted));
}

void Session::enter_database(std::string_view name) {
  const catalog::SchemaPtr schema = environment_.schemas.current();
  const catalog::DatabaseInfo* database = schema->find_public_database(name);
  if (database == nullptr && !memory_table_catalog().is_memory_database(name)) {
    throw SqlError(ErrorCode::kBadDbError, std::string(name));
  }
  environment_.accounts.check_database_access(*state_, name);
  state_->database = database != nullptr ? database->name.original : catalog::to_lower(name);
  state_->process->set_database(state_->database);
  const std::string charset = database != nullptr ? database->charset : "utf8mb4";
  const std::string collation = database != nullptr ? database->collation : "utf8mb4_bin";
  state_->variables.set(*find_system_variable("character_set_database"), charset);
  state_->variables.set(*find_system_variable("collation_database"), collation);
}

void Session::reset_connection() {
  const std::string database = state_->database;
  start_over(ClientIdentity(state_->identity), AccountRecord(state_->account));
  if (database.empty()) return;
  try {
    enter_database(database);
  } catch (const SqlError&) {
    // It is gone, or closed to the user by now: as in MySQL the connection is reset all the same, without a database.
    state_->process->set_database("");
  }
}

void Session::change_user(const ClientIdentity& identity, const AccountRecord& account, std::string_view database) {
  start_over(identity, account);
  if (!database.empty()) use_database(database);
}

void Session::start_over(const ClientIdentity& identity, const AccountRecord& account) {
  state_->transaction.rollback();
  environment_.user_locks.release_all(state_->identity.connection_id);
  prepared_.clear();
  state_ = new_state(identity, account);
  functions_ = std::make_unique<SessionFunctionsOf>(*state_);
}

std::vector<ResultColumn> Session::list_fields(std::string_view table, std::string_view wildcard) {
  if (state_->database.empty()) throw SqlError(ErrorCode::kNoDbError);
  const catalog::TablePtr found = environment_.schemas.current()->find_public_table(state_->database, table);
  if (found == nullptr) throw SqlError(ErrorCode::kNoSuchTable, state_->database, std::string(table));
  std::vector<ResultColumn> columns;
  for (const catalog::ColumnInfo& column : found->columns) {
    if (!column.is_public() || column.hidden) continue;
    if (!wildcard.empty() &&
        !types::LikePattern(catalog::to_lower(wildcard), '\\', types::utf8mb4_bin()).matches(column.name.lower))
      continue;
    columns.push_back({state_->database, found->name.original, found->name.original, column.name.original,
                       column.name.original, column.type});
  }
  return columns;
}

std::string Session::statistics() {
  return "Threads: " + std::to_string(environment_.processes.size()) +
         "  Questions: 0  Slow queries: 0  Opens: 0  Open tables: 0";
}

std::uint16_t Session::status_flags() const { return status_of(*state_); }
const types::Charset* Session::results_charset() const { return state_->variables.settings().results_charset; }
std::uint64_t Session::max_allowed_packet() const { return state_->variables.settings().max_allowed_packet; }

std::int64_t Session::idle_timeout_seconds() const { return std::stoll(state_->variables.get("wait_timeout")); }
std::int64_t Session::net_write_timeout_seconds() const {
  return std::stoll(state_->variables.get("net_write_timeout"));
}

std::int64_t Session::net_read_timeout_seconds() const { return std::stoll(state_->variables.get("net_read_timeout")); }

std::int64_t Session::local_file_patience_ms() const {
  return std::stoll(state_->variables.get("sluice_local_infile_patience_ms"));
}

void Session::stop(StopReason reason) noexcept {
  if (ends_connection(reason)) {
    process_->stop_connection(reason);
  } else {
    process_->stop_statement(reason);
  }
}

std::optional<AccountRecord> Sessions::find_account(std::string_view user, std::string_view host) {
  return environment_.accounts.find(user, host);
}

std::string Sessions::decoy_plugin(std::string_view user) { return environment_.accounts.decoy_plugin(user); }

std::string Sessions::default_plugin() {
  return environment_.variables.get(*find_system_variable("default_authentication_plugin"));
}

std::uint64_t Sessions::next_connection_id() { return environment_.processes.next_id(); }

std::unique_ptr<LoginRecord> Sessions::begin_login(std::uint64_t connection_id, std::string host,
                                                   std::function<void(StopReason)> stop) {
  class Record final : public LoginRecord {
   public:
    Record(ProcessList& processes, std::uint64_t id) : processes_(processes), id_(id) {}
    ~Record() override { processes_.remove_login(id_); }

   private:
    ProcessList& processes_;
    const std::uint64_t id_;
  };
  auto record = std::make_unique<Record>(environment_.processes, connection_id);
  environment_.processes.add_login(connection_id, std::move(host), std::move(stop));
  return record;
}

std::unique_ptr<ConnectionSession> Sessions::open(const ClientIdentity& identity, const AccountRecord& account,
                                                  std::string_view database, std::function<void()> wake_close,
                                                  StopToken stop) {
  return std::make_unique<Session>(environment_, identity, account, database, std::move(wake_close), stop);
}

std::string Sessions::server_version() const { return std::string(kServerVersion); }
bool Sessions::root_has_password() { return environment_.accounts.root_has_password(); }
bool Sessions::requires_tls() {
  return environment_.variables.get(*find_system_variable("require_secure_transport")) == "ON";
}

}  // namespace sluice::session
