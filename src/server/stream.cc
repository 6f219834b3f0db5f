#include "server/stream.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/poll_gap.h"

namespace sluice::server {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int FileDescriptor::release() noexcept { return std::exchange(fd_, -1); }

WaitResult wait_for_socket(int fd, WaitFor what, int timeout_ms, StopToken stop) {
  stop.poll();
  // One per thread. A stop that comes when the wait is over leaves it signalled, for a later wait that nobody has stopped to find and drain.
  thread_local const FileDescriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  const int wake_fd = wake.get();
  const StopCallback on_stop(stop, [wake_fd]() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_fd, &one, sizeof(one));
  });
  pollfd entries[2] = {{fd, static_cast<short>(what == WaitFor::kReadable ? POLLIN : POLLOUT), 0},
                       {wake_fd, POLLIN, 0}};
  while (true) {
    int ready = 0;
    {
      const PollGapPause pause;
      ready = ::poll(entries, 2, timeout_ms);
    }
    stop.poll();
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return WaitResult::kTimeout;
    if (entries[0].revents != 0) return WaitResult::kReady;
    std::uint64_t drained = 0;
    [[maybe_unused]] const ssize_t ignored = ::read(wake_fd, &drained, sizeof(drained));
    stop.poll();  // a stop that was signalled before the drain
  }
}

namespace {

class SocketStream final : public Stream {
 public:
  explicit SocketStream(FileDescriptor socket) : socket_(std::move(socket)) {}

  int fd() const noexcept override { return socket_.get(); }

  std::size_t read_some(std::span<char> buffer, int timeout_ms, StopToken stop) override {
    while (true) {
      const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (count > 0) return static_cast<std::size_t>(count);
      if (count == 0) throw ConnectionLost{"closed by the client"};
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) throw ConnectionLost{"read failed"};
      if (timeout_ms == 0) return 0;
      if (wait_for_socket(socket_.get(), WaitFor::kReadable, timeout_ms, stop) == WaitResult::kTimeout) return 0;
    }
  }

  std::size_t write_some(std::string_view data, int timeout_ms, StopToken stop) override {
    while (true) {
      const ssize_t count = ::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (count > 0) return static_cast<std::size_t>(count);
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) throw ConnectionLost{"write failed"};
      if (timeout_ms == 0) return 0;
      if (wait_for_socket(socket_.get(), WaitFor::kWritable, timeout_ms, stop) == WaitResult::kTimeout) return 0;
    }
  }

 private:
  FileDescriptor socket_;
};

}  // namespace

void write_all(Stream& stream, std::string_view data, int timeout_ms, StopToken stop) {
  while (!data.empty()) {
    const std::size_t taken = stream.write_some(data, timeout_ms, stop);
    if (taken == 0) throw ConnectionLost{"the client does not read"};
    data.remove_prefix(taken);
  }
  if (!stream.drain(timeout_ms, stop)) throw ConnectionLost{"the client does not read"};
}

std::unique_ptr<Stream> make_socket_stream(FileDescriptor socket) {
  return std::make_unique<SocketStream>(std::move(socket));
}

}  // namespace sluice::server
