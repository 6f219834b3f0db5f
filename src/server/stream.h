/// Bytes to and from a client: a socket, plain or under TLS, with waits that a stop ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/stop_token.h"
#include "session/tls_requirement.h"

namespace sluice::server {

/// Raised when the peer is gone, broken or too slow. Ends the connection; nobody is told.
struct ConnectionLost {
  const char* why;
};

/// A file descriptor that is closed with its owner.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int get() const noexcept { return fd_; }
  int release() noexcept;

 private:
  int fd_;
};

enum class WaitFor : std::uint8_t { kReadable, kWritable };
enum class WaitResult : std::uint8_t { kReady, kTimeout };

/// Waits until a non-blocking socket can be read or written; `timeout_ms` below 0: no limit. A stop wakes the wait by event.
/// Throws: Stopped.
WaitResult wait_for_socket(int fd, WaitFor what, int timeout_ms, StopToken stop);

/// One client's byte stream. Thread-safety: one thread; the descriptor may be watched by others.
class Stream {
 public:
  virtual ~Stream() = default;

  virtual int fd() const noexcept = 0;

  /// At least one byte, or 0 after `timeout_ms` (0: only what is there; below 0: no limit). After a stop it can be called again; nothing is lost.
  /// Throws: ConnectionLost; Stopped.
  virtual std::size_t read_some(std::span<char> buffer, int timeout_ms, StopToken stop) = 0;

  /// Takes at least one byte of `data`, which is not empty, and returns how many; they are not to be written again. 0: the peer took nothing for
  /// `timeout_ms` (0: no wait). Throws: ConnectionLost; Stopped, and then nothing of `data` was taken.
  virtual std::size_t write_some(std::string_view data, int timeout_ms, StopToken stop) = 0;

  /// Waits until all that was taken is with the system; false if the peer took nothing for `timeout_ms`. Can be called again.
  /// Throws: ConnectionLost; Stopped.
  virtual bool drain(int /*timeout_ms*/, StopToken /*stop*/) { return true; }

  /// A new command begins: what is numbered per command begins anew.
  virtual void begin_command() noexcept {}

  /// Gives back memory that an idle connection does not need.
  virtual void release_buffers() {}

  /// The TLS below the stream, if any.
  virtual session::TlsPeer tls() const { return {}; }
};

/// Writes all of `data`. Throws: ConnectionLost, also if the peer takes nothing for `timeout_ms`; Stopped.
void write_all(Stream& stream, std::string_view data, int timeout_ms, StopToken stop);

/// A plain stream over a connected, non-blocking socket.
std::unique_ptr<Stream> make_socket_stream(FileDescriptor socket);

}  // namespace sluice::server
