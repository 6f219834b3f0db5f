#include "server/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/sql_error.h"

namespace sluice::server {
namespace {

constexpr int kBacklog = 1024;

[[noreturn]] void throw_listen(const ListenOptions& options, const char* what) {
  throw SqlError::with_message(ErrorCode::kUnknownError, std::string("cannot listen on ") + options.host + ":" +
                                                             std::to_string(options.port) + ": " + what + ": " +
                                                             std::strerror(errno));
}

[[noreturn]] void throw_socket(const std::string& path, const char* reason) {
  throw SqlError::with_message(ErrorCode::kUnknownError, "cannot listen on " + path + ": " + reason);
}

/// Whether a server takes connections at the address.
bool is_served(const sockaddr_un& address) {
  const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return true;
  // A full queue is somebody's as well.
  return errno == EAGAIN;
}

}  // namespace

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0; }

FileDescriptor open_listener(const ListenOptions& options, std::uint16_t& port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.port);
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    throw SqlError::with_message(ErrorCode::kUnknownError,
                                 "cannot listen on " + options.host + ": not an IPv4 address");
  }
  FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (listener.get() < 0) throw_listen(options, "socket");
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    throw_listen(options, "bind");
  if (::listen(listener.get(), kBacklog) != 0) throw_listen(options, "listen");
  socklen_t length = sizeof(address);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length);
  port = ntohs(address.sin_port);
  return listener;
}

UnixListener::UnixListener(const std::string& path)
    : path_(path), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) throw_socket(path, "the path is too long");
  path.copy(address.sun_path, path.size());
  if (socket_.get() < 0) throw_socket(path, std::strerror(errno));
  struct stat present {};
  if (::lstat(path.c_str(), &present) == 0) {
    if (!S_ISSOCK(present.st_mode)) throw_socket(path, "a file is there that is no socket");
    if (is_served(address)) throw_socket(path, std::strerror(EADDRINUSE));
    ::unlink(path.c_str());
  }
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw_socket(path, std::strerror(errno));
  }
  if (::chmod(path.c_str(), 0777) != 0 || ::listen(socket_.get(), kBacklog) != 0) {
    const int reason = errno;
    ::unlink(path.c_str());
    throw_socket(path, std::strerror(reason));
  }
}

UnixListener::~UnixListener() { ::unlink(path_.c_str()); }

}  // namespace sluice::server
