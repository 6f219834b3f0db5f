/// One client's session.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "session/connection_session.h"
#include "session/prepared_statements.h"
#include "session/session_functions.h"
#include "session/session_state.h"

namespace sluice::session {

class StatementRun;

/// Runs a client's commands: parses, dispatches each statement, reports errors, keeps the transaction.
///
/// Thread-safety: one command at a time, as ConnectionSession says.
class Session final : public ConnectionSession {
 public:
  /// `environment` outlives the session. `stop`: the server's token, from which all statements derive theirs.
  Session(const SessionEnvironment& environment, const ClientIdentity& identity, const AccountRecord& account,
          std::string_view database, std::function<void()> wake_close, StopToken stop);
  ~Session() override;

  void execute_text(std::string_view text, ResultWriter& writer) override;
  PreparedInfo prepare(std::string_view text) override;
  void execute_prepared(std::uint32_t statement_id, std::span<const BoundParameter> parameters, CursorMode cursor,
                        ResultWriter& writer) override;
  void fetch(std::uint32_t statement_id, std::uint32_t row_count, ResultWriter& writer) override;
  std::optional<std::uint16_t> parameter_count(std::uint32_t statement_id) const override;
  void close_statement(std::uint32_t statement_id) override;
  void reset_statement(std::uint32_t statement_id) override;
  void use_database(std::string_view name) override;
  void reset_connection() override;
  void change_user(const ClientIdentity& identity, const AccountRecord& account, std::string_view database) override;
  void set_multi_statements(bool allowed) override { allows_multiple_ = allowed; }
  std::vector<ResultColumn> list_fields(std::string_view table, std::string_view wildcard) override;
  std::string statistics() override;
  std::uint16_t status_flags() const override;
  std::uint64_t max_allowed_packet() const override;
  const types::Charset* results_charset() const override;
  std::int64_t idle_timeout_seconds() const override;
  std::int64_t net_write_timeout_seconds() const override;
  std::int64_t net_read_timeout_seconds() const override;
  std::int64_t local_file_patience_ms() const override;
  void stop(StopReason reason) noexcept override;
  bool wants_close() const noexcept override { return process_->is_stopped(); }

 private:
  /// `text` as the client sent it, in UTF-8: itself, or converted from character_set_client into `converted`.
  std::string_view from_client(std::string_view text, std::string& converted) const;

  /// `name` in UTF-8. Throws as use_database().
  void enter_database(std::string_view name);
  /// Rolls back and begins anew, without a database. The arguments are not those of the present state.
  void start_over(const ClientIdentity& identity, const AccountRecord& account);
  std::unique_ptr<SessionState> new_state(const ClientIdentity& identity, const AccountRecord& account);

  /// Runs `body` as one statement: its run, its errors, its end. False if the statement failed.
  template <class Body>
  bool run_statement(std::string_view command, std::string_view text, bool keeps_diagnostics, ResultWriter& writer,
                     Body body);
  PreparedInfo prepare(std::string_view text, StatementRun& run);
  void report(const SqlError& error, ResultWriter& writer);

  const SessionEnvironment& environment_;
  const std::function<void()> wake_close_;
  StopSource connection_;  // of the whole connection
  const std::shared_ptr<Process> process_;
  std::unique_ptr<SessionState> state_;
  std::unique_ptr<SessionFunctionsOf> functions_;
  PreparedStatements prepared_;
  bool allows_multiple_ = true;
};

/// Makes sessions of one server. Thread-safe.
class Sessions final : public SessionFactory {
 public:
  explicit Sessions(const SessionEnvironment& environment) : environment_(environment) {}

  std::optional<AccountRecord> find_account(std::string_view user, std::string_view host) override;
  std::string decoy_plugin(std::string_view user) override;
  std::string default_plugin() override;
  std::uint64_t next_connection_id() override;
  std::unique_ptr<LoginRecord> begin_login(std::uint64_t connection_id, std::string host,
                                           std::function<void(StopReason)> stop) override;
  std::unique_ptr<ConnectionSession> open(const ClientIdentity& identity, const AccountRecord& account,
                                          std::string_view database, std::function<void()> wake_close,
                                          StopToken stop) override;
  std::string server_version() const override;
  bool root_has_password() override;
  bool requires_tls() override;

 private:
  const SessionEnvironment& environment_;
};

}  // namespace sluice::session
