/// The handshake: greeting, the client's answer, the proof of the password.
#pragma once

#include <memory>
#include <string>

#include "server/packet_channel.h"
#include "session/connection_session.h"

namespace sluice::server {

/// What a successful login yields.
struct Login {
  session::ClientIdentity identity;
  session::AccountRecord account;
  std::string database;
};

/// Runs the handshake on a fresh connection. `peer_host`: address without port.
/// Throws: SqlError 1043, 1045 (the caller reports it and closes), ConnectionLost, Stopped.
Login perform_login(PacketChannel& channel, session::SessionFactory& sessions, std::uint64_t connection_id, const std::string& peer_host,
                    std::uint16_t peer_port, StopToken stop);

/// COM_CHANGE_USER: `payload` is the command's, without its first byte. Keeps the connection's capabilities.
Login change_login(PacketChannel& channel, session::SessionFactory& sessions, std::string_view payload, const session::ClientIdentity& present,
                   const std::string& challenge, StopToken stop);

}  // namespace sluice::server
