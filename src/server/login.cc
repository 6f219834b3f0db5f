#include "server/login.h"

#include "base/sql_error.h"
#include "server/authentication.h"
#include "server/protocol.h"
#include "types/collation.h"

namespace sluice::server {
namespace {

constexpr int kLoginTimeoutMs = 10'000;
constexpr std::size_t kMaxLoginPacket = 1 << 20;
constexpr std::string_view kNativePlugin = "mysql_native_password";

std::uint32_t server_capabilities() {
  using namespace capability;
  return kLongPassword | kFoundRows | kLongFlag | kConnectWithDb | kLocalFiles | kProtocol41 | kInteractive | kTransactions |
         kSecureConnection | kMultiStatements | kMultiResults | kPsMultiResults | kPluginAuth | kConnectAttributes |
         kPluginAuthLengthEncoded | kDeprecateEof;
}

void write_greeting(PacketChannel& channel, const std::string& version, std::uint64_t connection_id, const std::string& challenge,
                    StopToken stop) {
  const std::uint32_t capabilities = server_capabilities();
  channel.begin_packet();
  std::string& out = channel.output();
  append_int1(out, 10);
  out.append(version);
  out.push_back('\0');
  append_int4(out, static_cast<std::uint32_t>(connection_id));
  out.append(challenge, 0, 8);
  out.push_back('\0');
  append_int2(out, static_cast<std::uint16_t>(capabilities));
  append_int1(out, static_cast<std::uint8_t>(types::default_collation()->id));
  append_int2(out, 2);
  append_int2(out, static_cast<std::uint16_t>(capabilities >> 16));
  append_int1(out, 21);
  out.append(10, '\0');
  out.append(challenge, 8, 12);
  out.push_back('\0');
  out.append(kNativePlugin);
  out.push_back('\0');
  channel.end_packet(stop);
  channel.flush(stop);
}

struct HandshakeAnswer {
  session::ClientIdentity identity;
  std::string proof;
  std::string database;
  std::string plugin;
};

void read_attributes(PayloadReader& reader, session::ClientIdentity& identity) {
  PayloadReader attributes(reader.length_string());
  while (!attributes.empty()) {
    const std::string_view name = attributes.length_string();
    identity.attributes.emplace_back(name, attributes.length_string());
  }
}

HandshakeAnswer parse_answer(std::string_view payload) {
  HandshakeAnswer answer;
  PayloadReader reader(payload);
  const std::uint32_t capabilities = reader.int4();
  if ((capabilities & capability::kProtocol41) == 0) throw SqlError(ErrorCode::kHandshakeError);
  reader.int4();
  answer.identity.capabilities = capabilities & server_capabilities();
  answer.identity.collation_id = reader.int1();
  reader.bytes(23);
  answer.identity.user = reader.null_terminated();
  if ((capabilities & capability::kPluginAuthLengthEncoded) != 0) {
    answer.proof = reader.length_string();
  } else if ((capabilities & capability::kSecureConnection) != 0) {
    answer.proof = reader.bytes(reader.int1());
  } else {
    answer.proof = reader.null_terminated();
  }
  if ((capabilities & capability::kConnectWithDb) != 0 && !reader.empty()) answer.database = reader.null_terminated();
  if ((capabilities & capability::kPluginAuth) != 0 && !reader.empty()) answer.plugin = reader.null_terminated();
  if ((capabilities & capability::kConnectAttributes) != 0 && !reader.empty()) read_attributes(reader, answer.identity);
  return answer;
}

/// Asks the client for a proof by another plugin or over another challenge.
std::string switch_plugin(PacketChannel& channel, const std::string& challenge, StopToken stop) {
  channel.begin_packet();
  std::string& out = channel.output();
  append_int1(out, 0xfe);
  out.append(kNativePlugin);
  out.push_back('\0');
  out.append(challenge);
  out.push_back('\0');
  channel.end_packet(stop);
  channel.flush(stop);
  std::string proof;
  if (!channel.read(proof, kMaxLoginPacket, kLoginTimeoutMs, stop)) throw ConnectionLost{"no answer to the plugin switch"};
  return proof;
}

session::AccountRecord authenticate(PacketChannel& channel, session::SessionFactory& sessions, const session::ClientIdentity& identity,
                                    const std::string& plugin, std::string proof, const std::string& challenge, StopToken stop) {
  if (plugin != kNativePlugin && !plugin.empty()) proof = switch_plugin(channel, challenge, stop);
  const std::optional<session::AccountRecord> account = sessions.find_account(identity.user, identity.host);
  const bool proven = account && !account->is_locked && check_native_proof(account->authentication_string, challenge, proof);
  if (!proven) throw SqlError(ErrorCode::kAccessDeniedError, identity.user, identity.host, std::string(proof.empty() ? "NO" : "YES"));
  return *account;
}

}  // namespace

Login perform_login(PacketChannel& channel, session::SessionFactory& sessions, std::uint64_t connection_id, const std::string& peer_host,
                    std::uint16_t peer_port, StopToken stop) {
  const std::string challenge = make_challenge();
  write_greeting(channel, sessions.server_version(), connection_id, challenge, stop);
  std::string payload;
  if (!channel.read(payload, kMaxLoginPacket, kLoginTimeoutMs, stop)) throw ConnectionLost{"no answer to the greeting"};
  HandshakeAnswer answer = parse_answer(payload);
  answer.identity.host = peer_host;
  answer.identity.peer_port = peer_port;
  answer.identity.connection_id = connection_id;
  Login login;
  login.account = authenticate(channel, sessions, answer.identity, answer.plugin, std::move(answer.proof), challenge, stop);
  login.identity = std::move(answer.identity);
  login.database = std::move(answer.database);
  return login;
}

Login change_login(PacketChannel& channel, session::SessionFactory& sessions, std::string_view payload, const session::ClientIdentity& present,
                   const std::string& challenge, StopToken stop) {
  PayloadReader reader(payload);
  Login login;
  login.identity = present;
  login.identity.user = reader.null_terminated();
  std::string proof((present.capabilities & capability::kSecureConnection) != 0 ? reader.bytes(reader.int1()) : reader.null_terminated());
  login.database = reader.null_terminated();
  if (!reader.empty()) login.identity.collation_id = static_cast<std::uint8_t>(reader.int2());
  // The proof is over the first challenge, which clients forget in different ways: a fresh one settles it.
  proof = switch_plugin(channel, challenge, stop);
  login.account = authenticate(channel, sessions, login.identity, {}, std::move(proof), challenge, stop);
  return login;
}

}  // namespace sluice::server
