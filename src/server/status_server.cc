#include "server/status_server.h"

#include <sys/socket.h>

#include "base/logging.h"
#include "base/metrics.h"
#include "base/sql_error.h"
#include "base/task_tree.h"
#include "server/listener.h"
#include "session/session_state.h"

namespace sluice::server {
namespace {

constexpr int kRequestTimeoutMs = 5000;
constexpr std::size_t kMaxRequest = 16 << 10;

}  // namespace

StatusServer::StatusServer(const ListenOptions& options, std::function<std::size_t()> connection_count, StopToken stop)
    : connection_count_(std::move(connection_count)),
      listener_(open_listener(options, port_)),
      scope_("status port", stop) {
  scope_.spawn("accept", [this](StopToken token) { accept_loop(token); });
}

void StatusServer::accept_loop(StopToken stop) {
  while (true) {
    wait_for_socket(listener_.get(), WaitFor::kReadable, -1, stop);
    FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() < 0) continue;
    try {
      answer(std::move(socket), stop);
    } catch (const ConnectionLost&) {
    }
  }
}

std::string StatusServer::body_of(std::string_view path, std::string_view& content_type) const {
  if (path == "/status") {
    content_type = "application/json";
    return "{\"connections\":" + std::to_string(connection_count_()) + ",\"version\":\"" +
           std::string(session::kServerVersion) +
           "\",\"git_hash\":\"None\",\"status\":{\"init_stats_percentage\":100}}";
  }
  if (path == "/metrics") {
    content_type = "text/plain; version=0.0.4";
    return "# HELP sluice_connections Clients that are connected\n# TYPE sluice_connections "
           "gauge\nsluice_connections " +
           std::to_string(connection_count_()) + "\n" + render_metrics();
  }
  if (path == "/debug/tasks") {
    content_type = "text/plain; charset=utf-8";
    return task_tree_text();
  }
  return {};
}

void StatusServer::answer(FileDescriptor socket, StopToken stop) {
  const std::unique_ptr<Stream> stream = make_socket_stream(std::move(socket));
  std::string request;
  char buffer[2048];
  while (request.find("\r\n\r\n") == std::string::npos && request.size() < kMaxRequest) {
    const std::size_t count = stream->read_some(buffer, kRequestTimeoutMs, stop);
    if (count == 0) return;
    request.append(buffer, count);
  }
  std::string_view path;
  if (request.rfind("GET ", 0) == 0) {
    path = std::string_view(request).substr(4);
    path = path.substr(0, path.find_first_of(" ?\r"));
  }
  std::string_view content_type;
  const std::string body = body_of(path, content_type);
  std::string response;
  if (content_type.empty()) {
    response = path.empty() ? "HTTP/1.0 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"
                            : "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  } else {
    response = "HTTP/1.0 200 OK\r\nContent-Type: " + std::string(content_type) +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  write_all(*stream, response, kRequestTimeoutMs, stop);
}

}  // namespace sluice::server
