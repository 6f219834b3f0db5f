#include "server/login.h"

#include "base/sql_error.h"
#include "server/authentication.h"
#include "server/password_exchange.h"
#include "server/protocol.h"
#include "types/collation.h"

namespace sluice::server {
namespace {

constexpr std::size_t kMaxLoginPacket = 1 << 20;
constexpr std::size_t kTlsRequestBytes = 32;

std::uint32_t server_capabilities(const LoginServices& services) {
  using namespace capability;
  return kLongPassword | kFoundRows | kLongFlag | kConnectWithDb | kLocalFiles | kProtocol41 | kInteractive |
         kTransactions | kSecureConnection | kMultiStatements | kMultiResults | kPsMultiResults | kPluginAuth |
         kConnectAttributes | kPluginAuthLengthEncoded | kDeprecateEof | kCompress |
         (services.tls != nullptr ? kSsl : 0);
}

struct HandshakeAnswer {
  session::ClientIdentity identity;
  FirstProof first;
  std::string database;
};

void read_attributes(PayloadReader& reader, session::ClientIdentity& identity) {
  PayloadReader attributes(reader.length_string());
  while (!attributes.empty()) {
    const std::string_view name = attributes.length_string();
    identity.attributes.emplace_back(name, attributes.length_string());
  }
}

HandshakeAnswer parse_answer(std::string_view payload, std::uint32_t offered) {
  HandshakeAnswer answer;
  PayloadReader reader(payload);
  const std::uint32_t capabilities = reader.int4();
  if ((capabilities & capability::kProtocol41) == 0) throw SqlError(ErrorCode::kHandshakeError);
  reader.int4();
  answer.identity.capabilities = capabilities & offered;
  answer.identity.collation_id = reader.int1();
  reader.bytes(23);
  answer.identity.user = reader.null_terminated();
  if ((capabilities & capability::kPluginAuthLengthEncoded) != 0) {
    answer.first.proof = reader.length_string();
  } else if ((capabilities & capability::kSecureConnection) != 0) {
    answer.first.proof = reader.bytes(reader.int1());
  } else {
    answer.first.proof = reader.null_terminated();
  }
  if ((capabilities & capability::kConnectWithDb) != 0 && !reader.empty()) answer.database = reader.null_terminated();
  answer.first.can_switch = (capabilities & capability::kPluginAuth) != 0;
  if (answer.first.can_switch && !reader.empty()) answer.first.plugin = reader.null_terminated();
  if ((capabilities & capability::kConnectAttributes) != 0 && !reader.empty()) read_attributes(reader, answer.identity);
  return answer;
}

std::string read_packet(PacketChannel& channel, StopToken stop) {
  std::string payload;
  if (!channel.read(payload, kMaxLoginPacket, kLoginTimeoutMs, stop)) throw ConnectionLost{"no answer to the greeting"};
  return payload;
}

/// Whether the client asks for TLS: the beginning of its answer, and no more.
bool is_tls_request(const std::string& payload) {
  return payload.size() == kTlsRequestBytes && (PayloadReader(payload).int4() & capability::kSsl) != 0;
}

bool is_secure(const session::ClientIdentity& identity, const Peer& peer) {
  return identity.tls.is_active() || peer.is_local;
}

/// The account that the client proves to be. Throws: SqlError 1045, 1251, 3118.
session::AccountRecord authenticate(PacketChannel& channel, LoginServices& services,
                                    const session::ClientIdentity& identity, const Peer& peer, FirstProof first,
                                    StopToken stop) {
  const std::optional<session::AccountRecord> account = services.sessions.find_account(identity.user, identity.host);
  const ProofResult result = exchange_proof(channel, services, account, identity.user, std::move(first),
                                            is_secure(identity, peer), kLoginTimeoutMs, stop);
  if (!result.is_proven || !session::is_met(account->tls, identity.tls)) {
    throw SqlError(ErrorCode::kAccessDeniedError, identity.user, identity.host,
                   std::string(result.used_password ? "YES" : "NO"));
  }
  if (account->is_locked) throw SqlError(ErrorCode::kAccountHasBeenLocked, identity.user, identity.host);
  return *account;
}

}  // namespace

std::string write_greeting(PacketChannel& channel, LoginServices& services, std::uint64_t connection_id,
                           StopToken stop) {
  std::string challenge = make_challenge();
  const std::uint32_t capabilities = server_capabilities(services);
  channel.begin_packet();
  std::string& out = channel.output();
  append_int1(out, 10);
  out.append(services.sessions.server_version());
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
  out.append(services.sessions.default_plugin());
  out.push_back('\0');
  channel.end_packet(stop);
  return challenge;
}

Login perform_login(PacketChannel& channel, LoginServices& services, std::string challenge, std::uint64_t connection_id,
                    const Peer& peer, StopToken stop) {
  Login login;
  login.challenge = std::move(challenge);
  std::string payload = read_packet(channel, stop);
  session::TlsPeer tls;
  if (is_tls_request(payload)) {
    if (services.tls == nullptr) throw SqlError(ErrorCode::kHandshakeError);
    channel.wrap_stream([&](std::unique_ptr<Stream> below, std::string_view received) {
      return services.tls->accept(std::move(below), received, kLoginTimeoutMs, stop);
    });
    tls = channel.stream().tls();
    payload = read_packet(channel, stop);
  }
  HandshakeAnswer answer = parse_answer(payload, server_capabilities(services));
  answer.identity.host = peer.host;
  answer.identity.peer_port = peer.port;
  answer.identity.connection_id = connection_id;
  answer.identity.tls = std::move(tls);
  if (services.sessions.requires_tls() && !is_secure(answer.identity, peer))
    throw SqlError(ErrorCode::kSecureTransportRequired);
  answer.first.challenge = login.challenge;
  login.account = authenticate(channel, services, answer.identity, peer, std::move(answer.first), stop);
  login.identity = std::move(answer.identity);
  login.database = std::move(answer.database);
  return login;
}

Login change_login(PacketChannel& channel, LoginServices& services, std::string_view payload, const Login& present,
                   const Peer& peer, StopToken stop) {
  const std::uint32_t capabilities = present.identity.capabilities;
  PayloadReader reader(payload);
  Login login;
  login.challenge = present.challenge;
  login.identity = present.identity;
  login.identity.attributes.clear();
  login.identity.user = reader.null_terminated();
  FirstProof first;
  first.challenge = present.challenge;
  first.proof =
      (capabilities & capability::kSecureConnection) != 0 ? reader.bytes(reader.int1()) : reader.null_terminated();
  first.can_switch = (capabilities & capability::kPluginAuth) != 0;
  login.database = reader.null_terminated();
  if (!reader.empty()) login.identity.collation_id = static_cast<std::uint8_t>(reader.int2());
  // The plugin that the client names is passed over: its proof is over the first challenge, which clients forget in different ways. A fresh one
  // settles it.
  if (first.can_switch && !reader.empty()) reader.null_terminated();
  if ((capabilities & capability::kConnectAttributes) != 0 && !reader.empty()) read_attributes(reader, login.identity);
  login.account = authenticate(channel, services, login.identity, peer, std::move(first), stop);
  return login;
}

}  // namespace sluice::server
