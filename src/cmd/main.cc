// The program `sluice`.

#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "base/clock.h"
#include "base/logging.h"
#include "base/sql_error.h"
#include "base/stop_token.h"
#include "cmd/embedded_server.h"
#include "cmd/options.h"
#include "server/tls_context.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // else the sanitizer's allocator serves
/// jemalloc's settings; MALLOC_CONF in the environment adds to them. Its own threads give memory that is free back to the system: without them
/// what a large statement used stays with the arenas of threads that have nothing to do any more.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true";
}
#endif

namespace {

sluice::LogLevel level_of(const std::string& name) {
  if (name == "debug") return sluice::LogLevel::kDebug;
  if (name == "warn") return sluice::LogLevel::kWarn;
  if (name == "error") return sluice::LogLevel::kError;
  return sluice::LogLevel::kInfo;
}

/// SIGTERM and SIGINT are taken by waiting for them, so that no code runs in a handler. Blocked before any thread exists.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

/// Waits until nothing runs, at most `grace_seconds`, or until another signal comes.
void await_statements(const sluice::cmd::EmbeddedServer& server, const sigset_t& signals, double grace_seconds) {
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 2'000'000};
  const std::int64_t deadline_ns = sluice::clock().now_ns() + static_cast<std::int64_t>(grace_seconds * 1e9);
  while (server.is_busy() && sluice::clock().now_ns() < deadline_ns) {
    if (sigtimedwait(&signals, nullptr, &kPause) > 0) {
      sluice::log_info("another signal: statements that run are stopped");
      return;
    }
  }
}

/// A connection is a descriptor: as many as the system lets this process have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const sluice::cmd::Options& options) {
  const sigset_t signals = block_signals();
  raise_descriptor_limit();
  sluice::server::initialise_tls_library();
  sluice::set_log_level(level_of(options.log_level));
  // tidy-allow(root-token): the process itself; every other token of the server derives from it.
  sluice::StopSource process;
  sluice::cmd::EmbeddedServer server(options, process.token());
  sluice::log_info("ready for connections", {{"host", options.host}, {"port", server.port()}, {"path", options.path}});
  int received = 0;
  sigwait(&signals, &received);
  sluice::log_info("shutting down", {{"signal", received}});
  server.stop_accepting();
  await_statements(server, signals, options.shutdown_grace_seconds);
  server.end_connections();
  process.request_stop(sluice::StopReason::kShutdown);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const sluice::cmd::ParsedOptions parsed = sluice::cmd::parse_options(argc, argv);
  if (!parsed.options) return parsed.exit_status;
  try {
    return run(*parsed.options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sluice: %s\n", error.what());
  } catch (const sluice::Stopped&) {
    std::fprintf(stderr, "sluice: stopped while starting\n");
  }
  return 1;
}
