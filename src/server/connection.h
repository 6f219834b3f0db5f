/// One client's connection: commands in, answers out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/stop_token.h"
#include "server/binary_parameters.h"
#include "server/login.h"
#include "server/packet_channel.h"
#include "session/connection_session.h"

namespace sluice::server {

/// What became of a turn at a connection.
enum class TurnEnd : std::uint8_t {
  kIdle,    // waits for its next command
  kUnsent,  // waits for the client to take the rest of an answer
  kClosed,
};

/// Runs the login and then one command after the other. Between turns it holds no thread and little memory.
///
/// Ownership: owns the socket and the session. Thread-safety: one turn at a time; peer_gone(), is_logged_in() and kill() from any thread.
class Connection {
 public:
  /// `services` outlive the connection. `wake_close` is called when it is killed while idle; must not block.
  /// `stop`: of the server.
  Connection(std::unique_ptr<Stream> stream, Peer peer, LoginServices& services, std::function<void()> wake_close,
             StopToken stop);
  ~Connection();

  int fd() const noexcept { return fd_; }
  std::uint64_t id() const noexcept { return id_; }

  /// Sends the greeting, without waiting; the first turn is due when the client answers. False: the connection is to be closed.
  bool greet() noexcept;

  /// Serves commands until none comes for a short while, or the client does not take an answer. Never throws.
  TurnEnd serve() noexcept;

  /// The peer has closed its end: stops the statement that runs.
  void peer_gone() noexcept;
  bool is_logged_in() const noexcept;
  /// Ends the connection with `reason`: its statement now, and every later one; its login if that has not ended.
  void kill(StopReason reason) noexcept;
  /// Ends the waits on the socket of a connection that was told to end and does not.
  void cut() noexcept { source_.request_stop(StopReason::kConnectionKilled); }
  /// Whether it was told to end.
  bool wants_close() const noexcept;
  /// Steady nanoseconds at which the connection's last turn ended, and how long the next one may be away (0: for ever).
  std::int64_t idle_since_ns() const noexcept { return idle_since_ns_.load(std::memory_order_relaxed); }
  std::int64_t idle_limit_ns() const noexcept { return idle_limit_ns_.load(std::memory_order_relaxed); }

 private:
  bool log_in();
  TurnEnd rest(TurnEnd end, std::int64_t limit_ms);
  /// Tells the client why its connection ends, if it listens.
  void say_last_words(const SqlError& error);
  /// Reads and runs one command. False: the connection is to be closed. Nothing read: `idle` is set.
  bool serve_command(bool& idle);
  bool run_command(std::string_view payload);
  void execute(PayloadReader& reader);
  void prepare(std::string_view text);

  LoginServices& services_;
  const Peer peer_;
  const std::function<void()> wake_close_;
  const std::uint64_t id_;
  StopSource source_;  // of the socket's waits
  PacketChannel channel_;
  const int fd_;
  std::string challenge_;  // of the greeting, until the login
  Login login_;
  std::unique_ptr<session::ConnectionSession> session_;  // set by the first turn; read by others through `ready_`
  std::atomic<session::ConnectionSession*> ready_{nullptr};
  std::map<std::uint32_t, StatementBinding> bindings_;
  std::string payload_;
  std::atomic<std::int64_t> idle_since_ns_;
  std::atomic<std::int64_t> idle_limit_ns_{0};
  std::atomic<bool> login_is_killed_{false};
  std::unique_ptr<session::LoginRecord> login_record_;  // until the login; last: its killers use the above
};

}  // namespace sluice::server
