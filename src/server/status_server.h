/// The status port.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/stop_token.h"
#include "base/task_scope.h"
#include "server/mysql_server.h"
#include "server/stream.h"

namespace sluice::server {

/// A small HTTP/1.0 server: /status (JSON), /metrics (Prometheus text), /debug/tasks (the task tree), one request per connection.
/// Thread-safety: made and destroyed by one thread; the destructor stops and joins.
class StatusServer {
 public:
  /// `connection_count`: for /status; called from any thread. Throws: SqlError if it cannot listen.
  StatusServer(const ListenOptions& options, std::function<std::size_t()> connection_count, StopToken stop);

  std::uint16_t port() const noexcept { return port_; }

 private:
  void accept_loop(StopToken stop);
  void answer(FileDescriptor socket, StopToken stop);
  std::string body_of(std::string_view path, std::string_view& content_type) const;

  std::function<std::size_t()> connection_count_;
  FileDescriptor listener_;
  std::uint16_t port_ = 0;
  TaskScope scope_;
};

}  // namespace sluice::server
