#include "server/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/sql_error.h"

namespace sluice::server {
namespace {

constexpr int kBacklog = 1024;

[[noreturn]] void throw_listen(const ListenOptions& options, const char* what) {
  throw SqlError::with_message(ErrorCode::kUnknownError, std::string("cannot listen on ") + options.host + ":" + std::to_string(options.port) +
                                                             ": " + what + ": " + std::strerror(errno));
}

}  // namespace

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0; }

FileDescriptor open_listener(const ListenOptions& options, std::uint16_t& port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.port);
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    throw SqlError::with_message(ErrorCode::kUnknownError, "cannot listen on " + options.host + ": not an IPv4 address");
  }
  FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (listener.get() < 0) throw_listen(options, "socket");
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) throw_listen(options, "bind");
  if (::listen(listener.get(), kBacklog) != 0) throw_listen(options, "listen");
  socklen_t length = sizeof(address);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length);
  port = ntohs(address.sin_port);
  return listener;
}

}  // namespace sluice::server
