/// The MySQL port: accepts connections, watches idle ones, gives busy ones a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/task_scope.h"
#include "base/thread_annotations.h"
#include "server/connection.h"
#include "server/listener.h"
#include "server/login_services.h"

namespace sluice::server {

/// One reactor task waits for all sockets at once. An idle connection costs its descriptor and a few kilobytes; when a command arrives it
/// gets a pool thread until it is idle again. While a command runs the reactor still watches for the peer's going.
///
/// Thread-safety: is_busy(), stop_accepting(), end_connections() and the counters from any thread. The destructor stops and joins everything.
class MysqlServer {
 public:
  /// Listens at once. `services` outlive the server.
  /// Throws: SqlError naming the address if it cannot listen, or if it would listen beyond loopback while root has no password.
  MysqlServer(const ListenOptions& options, LoginServices& services, StopToken stop);
  ~MysqlServer();

  std::uint16_t port() const noexcept { return port_; }
  std::size_t connection_count() const;

  /// True while a connection runs a command.
  bool is_busy() const;

  /// No new connections, and the end of those that have not logged in.
  void stop_accepting() noexcept;
  /// Stops what runs and every later command of all connections, with kShutdown, and waits for the end of what runs.
  void end_connections() noexcept;

 private:
  struct Entry {
    std::unique_ptr<Connection> connection;
    bool running = false;  // a pool thread serves it
    bool peer_gone = false;
    std::int64_t told_to_end_ns = 0;  // when a running connection was first seen to have been told to end
  };

  /// What the reactor waits for at a socket; the peer's going always counts.
  enum class Watch : std::uint8_t { kPeer, kInput, kOutput };

  void react(StopToken stop);
  /// take_event() whose failure for want of memory is logged: the reactor goes on.
  void take_event_safely(std::uint64_t key, std::uint32_t events) noexcept;
  void take_event(std::uint64_t key, std::uint32_t events);
  void accept_all(int listener);
  void add(FileDescriptor socket, Peer peer);
  void start_turn(int fd);
  void end_turn(int fd, TurnEnd end);
  void watch(const Connection& connection, Watch what, bool is_new);
  /// Whether new connections are told of.
  void listen(bool accepts) noexcept;
  /// Closes connections that have waited too long or were told to end.
  void sweep(std::int64_t now_ns);
  void wake() noexcept;
  int local_fd() const noexcept { return local_listener_ ? local_listener_->fd() : -1; }

  LoginServices& services_;
  FileDescriptor listener_;
  std::unique_ptr<UnixListener> local_listener_;  // null: none
  FileDescriptor epoll_;
  FileDescriptor wake_;
  std::uint16_t port_ = 0;
  StopSource source_;
  std::atomic<bool> accepting_{true};
  bool listener_rests_ = false;  // the reactor's: no descriptors were left
  mutable Mutex mutex_;
  Condition turn_ended_;
  std::unordered_map<int, std::unique_ptr<Entry>> entries_ SLUICE_GUARDED_BY(mutex_);
  std::size_t running_ SLUICE_GUARDED_BY(mutex_) = 0;
  TaskScope scope_;  // last: its tasks use all of the above
};

}  // namespace sluice::server
