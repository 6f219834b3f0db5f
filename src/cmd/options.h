/// Command line and configuration file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::cmd {

/// How the server is to run. Flags win over the file, the file over the defaults.
struct Options {
  std::string path = "./sluice-data";
  std::string store = "embedded";
  std::string host = "127.0.0.1";
  std::uint16_t port = 4000;
  std::string socket;  // path of a Unix socket; empty: none
  std::string status_host = "127.0.0.1";
  std::uint16_t status_port = 10080;
  std::string ssl_cert;  // PEM files; empty: the server makes its own in the data directory
  std::string ssl_key;
  std::string ssl_ca;
  bool auto_tls = true;
  double shutdown_grace_seconds = 0.03;  // for statements that run at SIGTERM or SIGINT, before they are stopped
  std::string log_level = "info";
  std::string cache_size;               // as given; empty: chosen by the engine
  std::uint64_t block_cache_bytes = 0;  // what `cache_size` means; 0: chosen by the engine
};

/// Parses the arguments and the file that they name. Prints help, version or a complaint itself; the result is then the exit status:
/// 0 after help and version, 2 after a complaint.
struct ParsedOptions {
  std::optional<Options> options;
  int exit_status = 0;
};
ParsedOptions parse_options(int argc, const char* const* argv);

}  // namespace sluice::cmd
