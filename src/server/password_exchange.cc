#include "server/password_exchange.h"

#include <openssl/crypto.h>

#include "base/sql_error.h"
#include "session/password_hash.h"

namespace sluice::server {
namespace {

constexpr std::size_t kMaxProofPacket = 64 << 10;
constexpr std::uint8_t kSwitchRequest = 0xfe;
constexpr std::uint8_t kMoreData = 0x01;
constexpr char kPublicKeyRequest = 0x02;
constexpr std::uint8_t kFastProofAccepted = 0x03;
constexpr std::uint8_t kFullProofWanted = 0x04;
/// Matches no proof: not the double SHA1 of anything that somebody knows.
constexpr std::string_view kNoNativeHash = "*0000000000000000000000000000000000000000";

class Exchange {
 public:
  Exchange(PacketChannel& channel, LoginServices& services, const std::optional<session::AccountRecord>& account,
           bool is_secure, int timeout_ms, StopToken stop)
      : channel_(channel),
        services_(services),
        account_(account),
        is_secure_(is_secure),
        timeout_ms_(timeout_ms),
        stop_(stop) {}

  ProofResult run(const std::string& plugin, FirstProof first) {
    if (!session::is_known_plugin(plugin)) throw SqlError(ErrorCode::kPluginIsNotLoaded, plugin);
    if (first.plugin != plugin) {
      const bool is_native_anyway = !first.can_switch && plugin == session::kNativePasswordPlugin;
      if (!first.can_switch && !is_native_anyway) throw SqlError(ErrorCode::kNotSupportedAuthMode);
      if (!is_native_anyway) first = switch_to(plugin);
    }
    return plugin == session::kNativePasswordPlugin ? prove_native(first) : prove_sha2(first);
  }

 private:
  std::string read() {
    std::string payload;
    if (!channel_.read(payload, kMaxProofPacket, timeout_ms_, stop_))
      throw ConnectionLost{"the client stalled inside the login"};
    return payload;
  }

  FirstProof switch_to(const std::string& plugin) {
    FirstProof next{plugin, {}, make_challenge(), true};
    channel_.begin_packet();
    std::string& out = channel_.output();
    append_int1(out, kSwitchRequest);
    out.append(plugin).push_back('\0');
    out.append(next.challenge).push_back('\0');
    channel_.end_packet(stop_);
    channel_.flush(stop_);
    next.proof = read();
    return next;
  }

  void send_more_data(std::string_view data) {
    channel_.begin_packet();
    append_int1(channel_.output(), kMoreData);
    channel_.output().append(data);
    channel_.end_packet(stop_);
    channel_.flush(stop_);
  }
  void send_more_data(std::uint8_t byte) { send_more_data(std::string(1, static_cast<char>(byte))); }

  ProofResult prove_native(const FirstProof& first) const {
    const bool matches = check_native_proof(
        account_ ? std::string_view(account_->authentication_string) : kNoNativeHash, first.challenge, first.proof);
    return {matches && account_.has_value(), !first.proof.empty()};
  }

  ProofResult prove_sha2(const FirstProof& first) {
    // Without a password clients send nothing, or the end of an empty string.
    if (first.proof.empty() || first.proof == std::string_view("\0", 1))
      return {account_ && account_->authentication_string.empty(), false};
    if (account_) {
      const std::optional<Sha2Digest> known = services_.passwords.find(*account_);
      if (known && check_sha2_proof(*known, first.challenge, first.proof)) {
        send_more_data(kFastProofAccepted);
        return {true, true};
      }
    }
    send_more_data(kFullProofWanted);
    std::string password = read_password(first.challenge);
    const bool matches = session::matches_caching_sha2(
        account_ ? std::string_view(account_->authentication_string) : std::string_view(), password, stop_);
    if (matches) services_.passwords.put(*account_, sha2_password_digest(password));
    OPENSSL_cleanse(password.data(), password.size());
    return {matches, true};
  }

  /// The password that the client sends in clear over a secure transport, else encrypted by the server's public key.
  std::string read_password(const std::string& challenge) {
    std::string answer = read();
    if (is_secure_) return without_end(std::move(answer));
    if (answer.size() == 1 && answer.front() == kPublicKeyRequest) {
      send_more_data(services_.rsa.public_pem(stop_));
      answer = read();
    }
    const std::optional<std::string> masked = services_.rsa.decrypt(answer, stop_);
    return masked ? without_end(mask_password(*masked, challenge)) : std::string();
  }

  static std::string without_end(std::string text) {
    if (!text.empty() && text.back() == '\0') text.pop_back();
    return text;
  }

  PacketChannel& channel_;
  LoginServices& services_;
  const std::optional<session::AccountRecord>& account_;
  const bool is_secure_;
  const int timeout_ms_;
  const StopToken stop_;
};

}  // namespace

ProofResult exchange_proof(PacketChannel& channel, LoginServices& services,
                           const std::optional<session::AccountRecord>& account, const std::string& user,
                           FirstProof first, bool is_secure, int timeout_ms, StopToken stop) {
  const std::string plugin = account ? account->plugin : services.sessions.decoy_plugin(user);
  return Exchange(channel, services, account, is_secure, timeout_ms, stop).run(plugin, std::move(first));
}

}  // namespace sluice::server
