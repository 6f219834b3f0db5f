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

/// How long a connection that was told to end may wait for its client.
constexpr std::int64_t kEndPatienceNs = 2'000'000'000;

/// What tells a connection's events: its id, which is not used again soon, and its descriptor.
std::uint64_t key_of(const Connection& connection) {
  return connection.id() << 32 | static_cast<std::uint32_t>(connection.fd());
}
int fd_of(std::uint64_t key) { return static_cast<int>(key & 0xffffffff); }

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
  if (!options.socket_path.empty()) local_listener_ = std::make_unique<UnixListener>(options.socket_path);
  for (const int fd : {listener_.get(), local_fd(), wake_.get()}) {
    if (fd < 0) continue;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = static_cast<std::uint64_t>(fd);
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

void MysqlServer::watch(const Connection& connection, Watch what, bool is_new) {
  epoll_event event{};
  event.events = EPOLLRDHUP | EPOLLET;
  if (what != Watch::kPeer) event.events |= EPOLLONESHOT | (what == Watch::kInput ? EPOLLIN : EPOLLOUT);
  event.data.u64 = key_of(connection);
  ::epoll_ctl(epoll_.get(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, connection.fd(), &event);
}

void MysqlServer::listen(bool accepts) noexcept {
  for (const int fd : {listener_.get(), local_fd()}) {
    if (fd < 0) continue;
    epoll_event event{};
    if (accepts) event.events = EPOLLIN;
    event.data.u64 = static_cast<std::uint64_t>(fd);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
  }
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
    for (int i = 0; i < count; ++i) take_event_safely(events[i].data.u64, events[i].events);
    const std::int64_t now = clock().now_ns();
    if (now - last_tick_ns >= std::int64_t{kTickMs} * 1'000'000) {
      last_tick_ns = now;
      take_event_safely(static_cast<std::uint64_t>(wake_.get()), 0);
      if (listener_rests_) {
        listener_rests_ = false;
        if (accepting_.load(std::memory_order_relaxed)) listen(true);
      }
    }
  }
}

void MysqlServer::take_event_safely(std::uint64_t key, std::uint32_t events) noexcept {
  try {
    take_event(key, events);
  } catch (const std::exception& error) {
    // One client is not served; the others are.
    log_error("an event of the MySQL port could not be handled", {{"error", error.what()}});
  }
}

void MysqlServer::take_event(std::uint64_t key, std::uint32_t events) {
  const int fd = fd_of(key);
  if (fd == wake_.get()) {
    std::uint64_t drained = 0;
    [[maybe_unused]] const ssize_t got = ::read(fd, &drained, sizeof(drained));
    return sweep(clock().now_ns());
  }
  if (fd == listener_.get() || fd == local_fd()) return accept_all(fd);
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(fd);
    // An event of a connection that is gone must not be taken for one of its successor on the same descriptor.
    if (found == entries_.end() || key_of(*found->second->connection) != key) return;
    Entry& entry = *found->second;
    if (entry.running) {
      if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        entry.peer_gone = true;
        entry.connection->peer_gone();
      }
      return;
    }
  }
  // A peer that is gone is found out by the turn's first read.
  start_turn(fd);
}

void MysqlServer::accept_all(int listener) {
  const bool is_local = listener == local_fd();
  while (accepting_.load(std::memory_order_relaxed)) {
    sockaddr_storage address{};
    socklen_t length = sizeof(address);
    FileDescriptor socket(
        ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      if (errno == EINTR || errno == ECONNABORTED) continue;
      log_warn("a connection could not be accepted", {{"error", std::strerror(errno)}});
      // The connection stays in the queue and would be told of again at once.
      listen(false);
      listener_rests_ = true;
      return;
    }
    if (is_local) {
      add(std::move(socket), Peer{"localhost", 0, true});
      continue;
    }
    configure(socket.get());
    const auto& from = reinterpret_cast<const sockaddr_in&>(address);
    char host[INET_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET, &from.sin_addr, host, sizeof(host));
    add(std::move(socket), Peer{host, ntohs(from.sin_port), false});
  }
}

void MysqlServer::add(FileDescriptor socket, Peer peer) {
  const int fd = socket.get();
  auto entry = std::make_unique<Entry>();
  entry->connection = std::make_unique<Connection>(
      make_socket_stream(std::move(socket)), std::move(peer), services_, [this] { wake(); }, source_.token());
  if (!entry->connection->greet()) return;
  const Connection& connection = *entry->connection;
  MutexLock lock(mutex_);
  entries_[fd] = std::move(entry);
  watch(connection, Watch::kInput, true);
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
  watch(*connection, Watch::kPeer, false);
  try {
    scope_.spawn("connection", [this, fd, connection](StopToken) { end_turn(fd, connection->serve()); });
  } catch (const std::exception& error) {  // no thread, no memory
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
    if (end != TurnEnd::kClosed && !entry.peer_gone && !entry.connection->wants_close()) {
      watch(*entry.connection, end == TurnEnd::kIdle ? Watch::kInput : Watch::kOutput, false);
    } else {
      closed = std::move(entries_[fd]);
      entries_.erase(fd);
    }
  }
  closed.reset();
  MutexLock lock(mutex_);
  turn_ended_.notify_all();
}

void MysqlServer::sweep(std::int64_t now_ns) {
  std::vector<std::unique_ptr<Entry>> closed;
  {
    MutexLock lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end();) {
      Entry& entry = *it->second;
      const std::int64_t limit = entry.connection->idle_limit_ns();
      const bool too_long = limit > 0 && now_ns - entry.connection->idle_since_ns() > limit;
      const bool is_told = entry.connection->wants_close();
      if (!entry.running && (too_long || is_told)) {
        closed.emplace_back();
        closed.back() = std::move(it->second);
        it = entries_.erase(it);
        continue;
      }
      if (entry.running && is_told) {
        if (entry.told_to_end_ns == 0) entry.told_to_end_ns = now_ns;
        // Its statement was stopped; if it is still there it waits for its client, which it need not.
        if (now_ns - entry.told_to_end_ns > kEndPatienceNs) entry.connection->cut();
      }
      ++it;
    }
  }
  if (closed.empty()) return;
  // Sessions may have transactions to roll back; the reactor does not wait for that.
  try {
    scope_.spawn("close connections", [closed = std::move(closed)](StopToken) mutable { closed.clear(); });
  } catch (const std::exception& error) {
    log_warn("no thread to close connections", {{"error", error.what()}});
  } catch (const Stopped&) {
  }
}

bool MysqlServer::is_busy() const {
  MutexLock lock(mutex_);
  return running_ != 0;
}

void MysqlServer::stop_accepting() noexcept {
  accepting_.store(false, std::memory_order_relaxed);
  listen(false);
  MutexLock lock(mutex_);
  // A client that does not finish its login has nothing to lose.
  for (auto& [fd, entry] : entries_) {
    if (!entry->connection->is_logged_in()) entry->connection->kill(StopReason::kShutdown);
  }
}

void MysqlServer::end_connections() noexcept {
  MutexLock lock(mutex_);
  for (auto& [fd, entry] : entries_) entry->connection->kill(StopReason::kShutdown);
  // tidy-allow(never-stops): the end of the process, bounded by its own limit; every statement has been stopped.
  turn_ended_.wait_for(lock, StopToken(), std::chrono::seconds(5),
                       [this]() SLUICE_NO_THREAD_SAFETY_ANALYSIS { return running_ == 0; });
}

}  // namespace sluice::server
