/// Listening sockets.
#pragma once

#include <cstdint>
#include <string>

#include "server/stream.h"

namespace sluice::server {

struct ListenOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4000;
};

/// Whether `host` names this machine only.
bool is_loopback(const std::string& host);

/// A non-blocking socket that listens on an IPv4 address; `port` gets the real one when 0 was asked for.
/// Throws: SqlError naming the address and the system's reason.
FileDescriptor open_listener(const ListenOptions& options, std::uint16_t& port);

}  // namespace sluice::server
