/// A whole server over an embedded store.
#pragma once

#include <cstdint>
#include <memory>

#include "base/stop_token.h"
#include "cmd/options.h"

namespace sluice::cmd {

/// The parts of a server, made in the order in which they need each other and taken down in the reverse one.
///
/// Thread-safety: made, drained and destroyed by one thread.
class EmbeddedServer {
 public:
  /// Opens the store, recovers, listens. `stop`: of the process.
  /// Throws: SqlError naming what is wrong (directory in use, port taken ...).
  EmbeddedServer(const Options& options, StopToken stop);
  ~EmbeddedServer();

  std::uint16_t port() const noexcept;
  /// True while a statement runs.
  bool is_busy() const;

  /// No new connections from here on.
  void stop_accepting() noexcept;
  /// Stops what runs with 1053 and waits for its end.
  void end_connections() noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sluice::cmd
