#include "server/mysql_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/logging.h"
#include "base/poll_gap.h"
#include "base/sql_error.h"
#include "server/listener.h"

namespace sluice::server {
namespace {

constexpr int kEventsAtOnce = 256;
/// How often idle connections are checked for their time limit.
constexpr int kTickMs = 1000;

void configure(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  // A half-open connection is found out after 30 seconds of silence and three probes.
  const int idle = 30;
  const int interval = 10;
  const int probes = 3;
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

}  // namespace

MysqlServer::MysqlServer(const ListenOptions& options, LoginServices& services, StopToken stop)
    : services_(services),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      source_(stop),
      scope_("mysql port", source_.token()) {
  if (!is_loopback(options.host) && !services.sessions.root_has_password()) {
    throw SqlError::with_message(
        ErrorCode::kUnknownError,
        "refusing to listen on " + options.host +
            " while root has no password; set one over 127.0.0.1 first (ALTER USER root IDENTIFIED BY ...)");
  }
  listener_ = open_listener(options, port_);
  for (const int fd : {listener_.get(), wake_.get()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }
  scope_.spawn("reactor", [this](StopToken token) { react(token); });
}

MysqlServer::~MysqlServer() {
  source_.request_stop(StopReason::kShutdown);
  scope_.request_stop(StopReason::kScopeEnded);
  wake();
}

void MysqlServer::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof(one));
}

std::size_t MysqlServer::connection_count() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

void MysqlServer::watch(int fd, bool for_commands, bool is_new) {
  epoll_event event{};
  event.events = static_cast<std::uint32_t>(EPOLLRDHUP | EPOLLET | (for_commands ? EPOLLIN | EPOLLONESHOT : 0));
  event.data.fd = fd;
  ::epoll_ctl(epoll_.get(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
}

void MysqlServer::react(StopToken stop) {
  const StopCallback on_stop(stop, [this]() noexcept { wake(); });
  epoll_event events[kEventsAtOnce];
  std::int64_t last_tick_ns = clock().now_ns();
  while (!stop.stop_requested()) {
    int count = 0;
    {
      const PollGapPause pause;
      count = ::epoll_wait(epoll_.get(), events, kEventsAtOnce, kTickMs);
    }
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == wake_.get()) {
        std::uint64_t drained = 0;
        [[maybe_unused]] const ssize_t got = ::read(fd, &drained, sizeof(drained));
        close_idle(clock().now_ns());
      } else if (fd == listener_.get()) {
        accept_all();
      } else {
        bool starts = false;
        {
          MutexLock lock(mutex_);
          const auto found = entries_.find(fd);
          if (found == entries_.end()) continue;
          Entry& entry = *found->second;
          if (entry.running) {
            if ((events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
              entry.peer_gone = true;
              entry.connection->peer_gone();
            }
          } else {
            starts = true;
          }
        }
        // A peer that is gone is found out by the turn's first read.
        if (starts) start_turn(fd);
      }
    }
    const std::int64_t now = clock().now_ns();
    if (now - last_tick_ns >= std::int64_t{kTickMs} * 1'000'000) {
      last_tick_ns = now;
      close_idle(now);
    }
  }
}

void MysqlServer::accept_all() {
  while (accepting_.load(std::memory_order_relaxed)) {
    sockaddr_in peer{};
    socklen_t length = sizeof(peer);
    FileDescriptor socket(
        ::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK)
        log_warn("a connection could not be accepted", {{"error", std::strerror(errno)}});
      return;
    }
    const int fd = socket.get();
    configure(fd);
    char host[INET_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET, &peer.sin_addr, host, sizeof(host));
    auto entry = std::make_unique<Entry>();
    try {
      entry->connection = std::make_unique<Connection>(
          make_socket_stream(std::move(socket)), Peer{host, ntohs(peer.sin_port), false}, services_, [this] { wake(); },
          source_.token());
    } catch (const SqlError& error) {
      log_warn("a connection could not be set up", {{"error", error.what()}});
      continue;
    }
    {
      MutexLock lock(mutex_);
      entries_[fd] = std::move(entry);
    }
    watch(fd, false, true);
    start_turn(fd);
  }
}

void MysqlServer::start_turn(int fd) {
  Connection* connection = nullptr;
  {
    MutexLock lock(mutex_);
    Entry& entry = *entries_.at(fd);
    entry.running = true;
    ++running_;
    connection = entry.connection.get();
  }
  // While it is served only the peer's going is watched.
  watch(fd, false, false);
  try {
    scope_.spawn("connection", [this, fd, connection](StopToken) { end_turn(fd, connection->serve()); });
  } catch (const SqlError& error) {
    log_warn("no thread for a connection", {{"error", error.what()}});
    end_turn(fd, TurnEnd::kClosed);
  } catch (const Stopped&) {
    end_turn(fd, TurnEnd::kClosed);
  }
}

void MysqlServer::end_turn(int fd, TurnEnd end) {
  std::unique_ptr<Entry> closed;
  {
    MutexLock lock(mutex_);
    Entry& entry = *entries_.at(fd);
    entry.running = false;
    --running_;
    if (end == TurnEnd::kIdle && !entry.peer_gone && !entry.connection->wants_close()) {
      watch(fd, true, false);
    } else {
      closed = std::move(entries_[fd]);
      entries_.erase(fd);
    }
  }
  closed.reset();
  MutexLock lock(mutex_);
  turn_ended_.notify_all();
}

void MysqlServer::close_idle(std::int64_t now_ns) {
  std::vector<std::unique_ptr<Entry>> closed;
  {
    MutexLock lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end();) {
      Entry& entry = *it->second;
      const std::int64_t limit = entry.connection->idle_limit_ns();
      const bool too_long = limit > 0 && now_ns - entry.connection->idle_since_ns() > limit;
      if (!entry.running && (too_long || entry.connection->wants_close())) {
        closed.push_back(std::move(it->second));
        it = entries_.erase(it);
      } else {
        ++it;
      }
    }
  }
}

void MysqlServer::stop_accepting() noexcept {
  accepting_.store(false, std::memory_order_relaxed);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
}

void MysqlServer::drain(std::int64_t timeout_ms) {
  {
    MutexLock lock(mutex_);
    // A client that does not finish its login has nothing to lose.
    for (auto& [fd, entry] : entries_) {
      if (!entry->connection->is_logged_in()) entry->connection->kill(StopReason::kShutdown);
    }
    // tidy-allow(never-stops): the end of the process, bounded by its own limit.
    turn_ended_.wait_for(lock, StopToken(), std::chrono::milliseconds(timeout_ms),
                         [this]() SLUICE_NO_THREAD_SAFETY_ANALYSIS { return running_ == 0; });
    for (auto& [fd, entry] : entries_) entry->connection->kill(StopReason::kShutdown);
  }
  MutexLock lock(mutex_);
  // tidy-allow(never-stops): as above; every statement has been stopped.
  turn_ended_.wait_for(lock, StopToken(), std::chrono::seconds(5),
                       [this]() SLUICE_NO_THREAD_SAFETY_ANALYSIS { return running_ == 0; });
}

}  // namespace sluice::server
