/// The part of a login in which the client proves its password.
#pragma once

#include <optional>
#include <string>

#include "server/login_services.h"
#include "server/packet_channel.h"

namespace sluice::server {

/// What the client's first packet of a login brought.
struct FirstProof {
  std::string plugin;  // empty: the client names none
  std::string proof;
  std::string challenge;    // over which the proof is
  bool can_switch = false;  // CLIENT_PLUGIN_AUTH
};

struct ProofResult {
  bool is_proven = false;
  bool used_password = false;  // for the text of error 1045
};

/// Whether the client knows the password of `account`. Asks it to use the account's plugin if its first proof is by another one.
///
/// An unknown account (nullopt) goes through the exchange of another account's plugin, packet for packet and hash for hash, and is never proven.
/// `is_secure`: nobody listens (TLS, Unix socket), so the password may come in clear. `timeout_ms`: longest wait for the client.
/// Throws: SqlError 1251 if the client knows nothing of plugins and needs to, 1524 for a plugin that the server does not have;
/// ConnectionLost; Stopped.
ProofResult exchange_proof(PacketChannel& channel, LoginServices& services,
                           const std::optional<session::AccountRecord>& account, const std::string& user,
                           FirstProof first, bool is_secure, int timeout_ms, StopToken stop);

}  // namespace sluice::server
