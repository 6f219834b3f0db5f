#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_probe.h"
#include "base/stop_token.h"

namespace sluice::ddl {
struct DdlLimits;
}
namespace sluice::kv {
class Store;
}

namespace sluice::harness {

/// The answer to one statement.
struct Reply {
  std::uint16_t error = 0;  // 0: none
  std::string message;
  std::uint64_t affected_rows = 0;
  std::vector<std::vector<std::string>> rows;  // as text; NULL as "NULL"

  bool ok() const { return error == 0; }
};

/// A session without a socket. Thread-safety: run() from one thread; stop() from any.
class Client {
 public:
  virtual ~Client() = default;
  virtual Reply run(std::string_view statement) = 0;
  /// Prepares a statement as COM_STMT_PREPARE does; the reply holds its error.
  virtual Reply prepare(std::string_view statement) = 0;
  /// Stops the statement that runs, as KILL does.
  virtual void stop(StopReason reason) noexcept = 0;
};

/// A whole server in this process, without its network.
class TestServer {
 public:
  virtual ~TestServer() = default;
  /// Counts the polls of all sessions' statements.
  virtual StopProbe& session_polls() = 0;
  /// Counts the polls of all schema changes, and of the service that runs them.
  virtual StopProbe& job_polls() = 0;
  /// A session of root, in database `database` ("" for none).
  virtual std::unique_ptr<Client> connect(const std::string& database) = 0;
  virtual kv::Store& store() = 0;
  /// What schema changes may use; a test needs less than what variables can say.
  virtual ddl::DdlLimits& ddl_limits() = 0;
};

/// Opens or creates the data in `path`, recovers, and starts the background services.
/// `bulk_commit_bytes`: from which on a transaction is committed as files (kv::EmbeddedOptions); 0: as in a server.
std::unique_ptr<TestServer> open_test_server(const std::string& path, std::int64_t bulk_commit_bytes = 0);

}  // namespace sluice::harness
