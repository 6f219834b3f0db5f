/// Listening sockets.
#pragma once

#include <cstdint>
#include <string>

#include "server/stream.h"

namespace sluice::server {

struct ListenOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4000;
  std::string socket_path;  // of a Unix socket beside the port; empty: none
};

/// Whether `host` names this machine only.
bool is_loopback(const std::string& host);

/// A non-blocking socket that listens on an IPv4 address; `port` gets the real one when 0 was asked for.
/// Throws: SqlError naming the address and the system's reason.
FileDescriptor open_listener(const ListenOptions& options, std::uint16_t& port);

/// A non-blocking Unix socket that listens at a path, and is removed from there by the destructor.
class UnixListener {
 public:
  /// Takes the place of a socket that nobody listens at. Everybody on this machine may connect: accounts guard the server, not the file.
  /// Throws: SqlError naming the path and the system's reason, also if a server listens there.
  explicit UnixListener(const std::string& path);
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  int fd() const noexcept { return socket_.get(); }

 private:
  const std::string path_;
  FileDescriptor socket_;
};

}  // namespace sluice::server
