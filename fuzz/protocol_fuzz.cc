// The server's side of the MySQL protocol against hostile clients: greeting answers, plugin exchanges, commands, prepared parameters, files.
//
// The first byte chooses the form. Raw: the rest is the client's byte stream. Framed: the rest is cut into payloads (a length byte before each), which
// get right headers; a good login is put before them unless the form says otherwise. A session that echoes its parameters stands behind the protocol.
// Holds: no fault; what the server sends is whole packets in order.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "base/logging.h"
#include "base/sql_error.h"
#include "server/connection.h"
#include "server/memory_stream.h"
#include "server/protocol.h"
#include "session/password_hash.h"
#include "types/collation.h"
#include "vector/chunk.h"

namespace sluice::server {
namespace {

namespace form {
constexpr std::uint8_t kRaw = 1;
constexpr std::uint8_t kOwnLogin = 2;
constexpr std::uint8_t kSmallPieces = 4;
constexpr std::uint8_t kNoDeprecateEof = 8;
constexpr std::uint8_t kLocal = 16;
}  // namespace form

/// Answers by the first letters of the text and echoes parameters.
class EchoSession final : public session::ConnectionSession {
 public:
  void execute_text(std::string_view text, session::ResultWriter& writer) override {
    if (text.starts_with('e')) return writer.error(SqlError(ErrorCode::kEmptyQuery));
    if (text.starts_with('f')) {
      const std::unique_ptr<session::LocalFile> file = writer.request_local_file(text.substr(1), {});
      // A file that is not read to its end is drained by its destructor.
      std::size_t reads = text.size() % 4;
      while (reads-- > 0 && !file->read({}).empty()) {
      }
    } else if (text.starts_with('s')) {
      types::FieldType type;
      type.code = types::TypeCode::kVarString;
      type.collation = types::default_collation();
      const session::BoundParameter parameter{types::Value(text), type};
      return echo({&parameter, 1}, writer);
    }
    writer.ok(outcome());
  }
  session::PreparedInfo prepare(std::string_view text) override {
    if (text.empty()) throw SqlError(ErrorCode::kEmptyQuery);
    session::PreparedInfo info;
    info.statement_id = ++last_id_;
    info.parameter_count = static_cast<std::uint16_t>(text.size() % 300);
    info.columns.resize(text.size() % 5);
    for (session::ResultColumn& column : info.columns) {
      column.name = text;
      column.type.code = types::TypeCode::kLongLong;
    }
    counts_[info.statement_id] = info.parameter_count;
    return info;
  }
  void execute_prepared(std::uint32_t statement_id, std::span<const session::BoundParameter> parameters,
                        session::CursorMode cursor, session::ResultWriter& writer) override {
    if (parameters.size() != counts_.at(statement_id)) std::abort();
    if (cursor == session::CursorMode::kReadOnly) return writer.ok(outcome());
    echo(parameters, writer);
  }
  void fetch(std::uint32_t statement_id, std::uint32_t, session::ResultWriter& writer) override {
    if (!counts_.contains(statement_id)) return writer.error(SqlError(ErrorCode::kUnknownStmtHandler, "0", "FETCH"));
    echo({}, writer);
  }
  std::optional<std::uint16_t> parameter_count(std::uint32_t statement_id) const override {
    const auto found = counts_.find(statement_id);
    if (found == counts_.end()) return std::nullopt;
    return found->second;
  }
  void close_statement(std::uint32_t statement_id) override { counts_.erase(statement_id); }
  void reset_statement(std::uint32_t statement_id) override {
    if (!counts_.contains(statement_id)) throw SqlError(ErrorCode::kUnknownStmtHandler, "0", "RESET");
  }
  void use_database(std::string_view name) override {
    if (name.empty()) throw SqlError(ErrorCode::kBadDbError, std::string(name));
  }
  void reset_connection() override { counts_.clear(); }
  void change_user(const session::ClientIdentity&, const session::AccountRecord&, std::string_view database) override {
    counts_.clear();
    if (!database.empty()) use_database(database);
  }
  void set_multi_statements(bool) override {}
  std::vector<session::ResultColumn> list_fields(std::string_view table, std::string_view wildcard) override {
    session::ResultColumn column;
    column.table = table;
    column.name = wildcard;
    return {column};
  }
  std::string statistics() override { return "statistics"; }
  std::uint16_t status_flags() const override { return 2; }
  std::uint64_t max_allowed_packet() const override { return 1 << 20; }
  const types::Charset* results_charset() const override { return nullptr; }
  std::int64_t idle_timeout_seconds() const override { return 1; }
  std::int64_t net_write_timeout_seconds() const override { return 1; }
  std::int64_t net_read_timeout_seconds() const override { return 1; }
  std::int64_t local_file_patience_ms() const override { return 1; }
  void stop(StopReason) noexcept override {}
  bool wants_close() const noexcept override { return false; }

 private:
  static session::StatementOutcome outcome() {
    session::StatementOutcome made;
    made.affected_rows = 70'000;
    made.info = "info";
    return made;
  }
  void echo(std::span<const session::BoundParameter> parameters, session::ResultWriter& writer) {
    std::vector<session::ResultColumn> columns;
    std::vector<types::PhysicalType> types;
    for (const session::BoundParameter& parameter : parameters) {
      columns.push_back({"", "", "", "?", "", parameter.type});
      types.push_back(types::physical_type(parameter.type));
    }
    vector::Chunk chunk(types);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (parameters[i].value.is_null()) {
        chunk.columns[i].append_null();
      } else {
        chunk.columns[i].append_value(parameters[i].value);
      }
    }
    chunk.row_count = 1;
    writer.begin_result(columns);
    if (!columns.empty()) writer.rows(chunk, {});
    writer.end_result(outcome());
  }

  std::map<std::uint32_t, std::uint16_t> counts_;
  std::uint32_t last_id_ = 0;
};

class EchoSessions final : public session::SessionFactory {
 public:
  std::optional<session::AccountRecord> find_account(std::string_view user, std::string_view) override {
    session::AccountRecord account;
    account.user = user;
    account.host_pattern = "%";
    account.plugin = session::kNativePasswordPlugin;
    if (user == "native") account.authentication_string = "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19";
    if (user.starts_with("sha2")) account.plugin = session::kCachingSha2Plugin;
    if (user == "sha2")
      account.authentication_string = "$A$001$abcdefghijklmnopqrst0123456789012345678901234567890123456789012";
    if (user == "locked") account.is_locked = true;
    if (user == "tls") account.tls.kind = session::TlsRequirement::Kind::kTls;
    if (user == "nobody") return std::nullopt;
    return account;
  }
  std::string decoy_plugin(std::string_view user) override {
    return std::string(user.size() % 2 == 0 ? session::kNativePasswordPlugin : session::kCachingSha2Plugin);
  }
  std::string default_plugin() override { return std::string(session::kNativePasswordPlugin); }
  std::uint64_t next_connection_id() override { return 1; }
  std::unique_ptr<session::LoginRecord> begin_login(std::uint64_t, std::string,
                                                    std::function<void(StopReason)>) override {
    return nullptr;
  }
  std::unique_ptr<session::ConnectionSession> open(const session::ClientIdentity&, const session::AccountRecord&,
                                                   std::string_view, std::function<void()>, StopToken) override {
    return std::make_unique<EchoSession>();
  }
  std::string server_version() const override { return "8.0.11"; }
  bool root_has_password() override { return true; }
  bool requires_tls() override { return false; }
};

LoginServices& services() {
  static EchoSessions sessions;
  static const std::string directory = [] {
    set_log_level(LogLevel::kError);
    const std::string path = std::filesystem::temp_directory_path() / ("protocol_fuzz." + std::to_string(::getpid()));
    std::filesystem::create_directories(path);
    return path;
  }();
  // With a certificate, so that requests for TLS reach OpenSSL.
  static LoginServices made(sessions, SecurityOptions{directory, "", "", "", true});
  return made;
}

void append_packet(std::string& out, std::uint8_t sequence, std::string_view payload) {
  append_int3(out, static_cast<std::uint32_t>(payload.size()));
  append_int1(out, sequence);
  out.append(payload);
}

std::string good_login(std::uint8_t chosen) {
  std::uint32_t capabilities =
      capability::kProtocol41 | capability::kSecureConnection | capability::kPluginAuth | capability::kLocalFiles;
  if ((chosen & form::kNoDeprecateEof) == 0) capabilities |= capability::kDeprecateEof;
  std::string payload;
  append_int4(payload, capabilities);
  append_int4(payload, 1 << 24);
  append_int1(payload, 45);
  payload.append(23, '\0');
  payload.append(std::string_view("root\0\0mysql_native_password\0", 28));
  return payload;
}

/// Payloads with a length byte before each become packets. In an own login they follow each other as answers; else each begins a command, but for
/// those that go on with a file, which the high bit of the length says.
std::string framed(std::uint8_t chosen, std::string_view data) {
  std::string out;
  std::uint8_t sequence = 1;
  const bool is_login = (chosen & form::kOwnLogin) != 0;
  if (!is_login) append_packet(out, 1, good_login(chosen));
  while (!data.empty()) {
    const auto head = static_cast<std::uint8_t>(data.front());
    const std::string_view payload = data.substr(1, head & 0x7f);
    data.remove_prefix(1 + payload.size());
    if (is_login) {
      append_packet(out, sequence, payload);
      sequence = static_cast<std::uint8_t>(sequence + 2);
    } else {
      sequence = (head & 0x80) != 0 ? static_cast<std::uint8_t>(sequence + 1) : 0;
      append_packet(out, sequence, payload);
      if (sequence == 0) sequence = 1;
    }
  }
  return out;
}

/// Aborts unless `output` is whole packets.
void check_packets(std::string_view output) {
  while (!output.empty()) {
    // A connection that is lost in the middle of an answer has sent whole packets all the same.
    if (output.size() < 4) std::abort();
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(output[i])); };
    const std::size_t length = byte(0) | byte(1) << 8 | byte(2) << 16;
    if (output.size() < 4 + length) std::abort();
    output.remove_prefix(4 + length);
  }
}

}  // namespace
}  // namespace sluice::server

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  using namespace sluice::server;
  if (size == 0) return 0;
  const std::uint8_t chosen = data[0];
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string output;
  StopSource source;
  {
    std::string input = (chosen & form::kRaw) != 0 ? std::string(rest) : framed(chosen, rest);
    Connection connection(
        std::make_unique<MemoryStream>(std::move(input), output, (chosen & form::kSmallPieces) != 0 ? 3 : SIZE_MAX),
        Peer{"127.0.0.1", 1, (chosen & form::kLocal) != 0}, services(), [] {}, source.token());
    if (!connection.greet()) std::abort();
    while (connection.serve() != TurnEnd::kClosed) {
    }
  }
  // Behind a request for TLS come records of another kind.
  const bool may_be_tls = (chosen & (form::kRaw | form::kOwnLogin)) != 0;
  if (!may_be_tls) check_packets(output);
  return 0;
}
