/// What the server calls of a session, and what a session knows of its client.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/stop_token.h"
#include "session/result_writer.h"
#include "session/tls_requirement.h"
#include "types/charset.h"
#include "types/field_type.h"
#include "types/value.h"

namespace sluice::session {

/// "host:port", as the process list shows a client; without a port (a Unix socket) the host alone.
inline std::string peer_text(const std::string& host, std::uint16_t port) {
  return port == 0 ? host : host + ":" + std::to_string(port);
}

/// What the handshake tells of a client.
struct ClientIdentity {
  std::string user;
  std::string host;  // the peer's address without its port; "localhost" on a Unix socket
  std::uint16_t peer_port = 0;
  std::uint64_t connection_id = 0;
  std::uint32_t capabilities = 0;  // CLIENT_… bits in force
  std::uint8_t collation_id = 0;   // of the handshake; sets character_set_client and its siblings
  TlsPeer tls;
  std::vector<std::pair<std::string, std::string>> attributes;
};

/// The account that a (user, host) pair resolves to.
struct AccountRecord {
  std::string user;
  std::string host_pattern;
  std::string plugin;                 // mysql_native_password, caching_sha2_password, …
  std::string authentication_string;  // as stored in mysql.user; empty means no password
  bool is_locked = false;
  TlsRequirement tls;
};

/// A parameter of a prepared statement as the client bound it.
struct BoundParameter {
  types::Value value;
  types::FieldType type;
};

struct PreparedInfo {
  std::uint32_t statement_id = 0;
  std::uint16_t parameter_count = 0;
  std::uint16_t warning_count = 0;
  std::vector<ResultColumn> columns;  // empty when the statement gives no rows
};

enum class CursorMode : std::uint8_t { kNone, kReadOnly };

/// One client's session without its socket: the server calls it, session/ implements it.
///
/// Every call that runs statements reports errors through the writer and does not throw for them; Stopped never leaves
/// a call. Thread-safety: one command at a time; `kill`, `is_running` from any thread.
class ConnectionSession {
 public:
  virtual ~ConnectionSession() = default;

  /// Runs the statements of `text` one after the other, as many as the client's capabilities allow.
  virtual void execute_text(std::string_view text, ResultWriter& writer) = 0;

  /// Prepares one statement. Throws: SqlError.
  virtual PreparedInfo prepare(std::string_view text) = 0;
  /// The types of the last binding are kept by the server. With a cursor the rows wait for fetch().
  virtual void execute_prepared(std::uint32_t statement_id, std::span<const BoundParameter> parameters,
                                CursorMode cursor, ResultWriter& writer) = 0;
  /// Sends up to `row_count` rows of the statement's open cursor.
  virtual void fetch(std::uint32_t statement_id, std::uint32_t row_count, ResultWriter& writer) = 0;
  /// The number of parameters of a prepared statement; nullopt if the id is unknown.
  virtual std::optional<std::uint16_t> parameter_count(std::uint32_t statement_id) const = 0;
  virtual void close_statement(std::uint32_t statement_id) = 0;
  /// Closes the cursor of a statement. Throws: SqlError 1243 if the id is unknown.
  virtual void reset_statement(std::uint32_t statement_id) = 0;

  /// Throws: SqlError 1049, 1044.
  virtual void use_database(std::string_view name) = 0;
  /// Rolls back, drops session state, keeps the user. As COM_RESET_CONNECTION.
  virtual void reset_connection() = 0;
  /// As reset_connection, then acts for another account that the server has authenticated.
  virtual void change_user(const ClientIdentity& identity, const AccountRecord& account, std::string_view database) = 0;
  virtual void set_multi_statements(bool allowed) = 0;
  /// The answer to COM_FIELD_LIST. Throws: SqlError.
  virtual std::vector<ResultColumn> list_fields(std::string_view table, std::string_view wildcard) = 0;
  virtual std::string statistics() = 0;

  /// SERVER_STATUS_… bits of the session at rest.
  virtual std::uint16_t status_flags() const = 0;
  virtual std::uint64_t max_allowed_packet() const = 0;
  /// character_set_results: what character strings are sent in; nullptr: each in its own character set.
  virtual const types::Charset* results_charset() const = 0;
  virtual std::int64_t idle_timeout_seconds() const = 0;
  virtual std::int64_t net_write_timeout_seconds() const = 0;
  virtual std::int64_t net_read_timeout_seconds() const = 0;
  /// sluice_local_infile_patience_ms: how long a client may go on to send its file after its LOAD DATA LOCAL was stopped.
  virtual std::int64_t local_file_patience_ms() const = 0;

  /// Stops the statement that runs; with kConnectionKilled, kClientGone or kShutdown also every later one. Never blocks.
  virtual void stop(StopReason reason) noexcept = 0;
  /// True once the session must end (KILL CONNECTION, shutdown): the server closes the socket after the answer.
  virtual bool wants_close() const noexcept = 0;
};

/// A connection that has not logged in yet is in the process list, as "unauthenticated user", while this lives or until its session
/// begins. From the end of its destructor on nobody stops it.
class LoginRecord {
 public:
  virtual ~LoginRecord() = default;
};

/// Makes sessions and answers what the server must know before there is one. Thread-safe.
class SessionFactory {
 public:
  virtual ~SessionFactory() = default;

  /// The account for a login; nullopt if there is none (the server then fails the login with 1045 after a full exchange).
  virtual std::optional<AccountRecord> find_account(std::string_view user, std::string_view host) = 0;
  /// The plugin that a login of an unknown user goes through: that of some account, always the same for a name, so that the exchange does not
  /// tell which names exist.
  virtual std::string decoy_plugin(std::string_view user) = 0;
  /// default_authentication_plugin: what the greeting offers.
  virtual std::string default_plugin() = 0;
  /// A cluster-wide connection id that fits 32 bits (TIDB-FACTS 5.1).
  virtual std::uint64_t next_connection_id() = 0;
  /// `host`: the client's address and port. `stop` ends the connection when it is killed, from any thread; must not block.
  virtual std::unique_ptr<LoginRecord> begin_login(std::uint64_t connection_id, std::string host,
                                                   std::function<void(StopReason)> stop) = 0;
  /// `stop`: the server's token; a session derives its statements' tokens from it. `wake_close`: called when the
  /// session is killed while idle, from any thread; must not block.
  /// Throws: SqlError 1040, 1049, 1044.
  virtual std::unique_ptr<ConnectionSession> open(const ClientIdentity& identity, const AccountRecord& account,
                                                  std::string_view database, std::function<void()> wake_close,
                                                  StopToken stop) = 0;
  virtual std::string server_version() const = 0;
  virtual bool root_has_password() = 0;
  /// require_secure_transport.
  virtual bool requires_tls() = 0;
};

}  // namespace sluice::session
