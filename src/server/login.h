/// The handshake: greeting, TLS, the client's answer, the proof of the password.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/login_services.h"
#include "server/packet_channel.h"
#include "session/connection_session.h"

namespace sluice::server {

/// Who is at the other end, before anything was said.
struct Peer {
  std::string host;  // address without port; "localhost" on a Unix socket
  std::uint16_t port = 0;
  bool is_local = false;  // a Unix socket
};

/// What a successful login yields.
struct Login {
  session::ClientIdentity identity;
  session::AccountRecord account;
  std::string database;
  std::string challenge;  // of the greeting
};

/// Longest wait for a client inside of its login.
inline constexpr int kLoginTimeoutMs = 10'000;

/// Gathers the greeting of a fresh connection in the channel and returns its challenge. Waits for nothing.
std::string write_greeting(PacketChannel& channel, LoginServices& services, std::uint64_t connection_id,
                           StopToken stop);

/// Runs the handshake from the client's answer to the greeting on.
/// Throws: SqlError 1043, 1045, 1251, 3118, 3159 (the caller reports it and closes), ConnectionLost, Stopped.
Login perform_login(PacketChannel& channel, LoginServices& services, std::string challenge, std::uint64_t connection_id,
                    const Peer& peer, StopToken stop);

/// COM_CHANGE_USER: `payload` is the command's, without its first byte. Keeps the connection's capabilities.
/// Throws: as perform_login(); the caller then closes the connection, so that passwords cannot be tried in a row.
Login change_login(PacketChannel& channel, LoginServices& services, std::string_view payload, const Login& present,
                   const Peer& peer, StopToken stop);

}  // namespace sluice::server
