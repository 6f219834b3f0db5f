#include "cmd/options.h"

#include <toml++/toml.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <stdexcept>

#include "session/session_state.h"

namespace sluice::cmd {
namespace {

/// Exit status for a command line or a configuration file that cannot be understood.
constexpr int kUsageStatus = 2;

constexpr double kLongestGraceSeconds = 3600;

/// False for what is no number as well.
bool is_grace(double seconds) { return seconds >= 0 && seconds <= kLongestGraceSeconds; }

constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warn", "error"};

/// What may stand in the file: the flags' names without their dashes.
constexpr std::array<std::string_view, 14> kFileSettings = {
    "path",    "store",  "host",     "port",   "status-host", "status-port", "ssl-cert",
    "ssl-key", "ssl-ca", "auto-tls", "socket", "cache-size",  "log-level",   "shutdown-grace"};

/// "512MiB", "2GB" or a plain number of bytes; units with an i are powers of 1,024, the others of 1,000. Throws: std::runtime_error.
std::uint64_t parse_size(const std::string& text) {
  std::string digits = text;
  std::uint64_t bytes = 0;
  try {
    CLI::AsSizeValue(true)(digits);
  } catch (const CLI::ValidationError&) {
    digits.clear();
  }
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
    throw std::runtime_error("'" + text + "' is no size; write for example 512MiB");
  }
  return bytes;
}

/// Fills in what the file says and the command line did not. Throws toml::parse_error; std::runtime_error for values that do not fit.
void read_file(const std::string& path, const CLI::App& app, Options& options) {
  const toml::table file = toml::parse_file(path);
  for (const auto& [key, value] : file) {
    if (std::find(kFileSettings.begin(), kFileSettings.end(), key.str()) == kFileSettings.end()) {
      throw std::runtime_error(path + ": unknown setting '" + std::string(key.str()) + "'");
    }
  }
  const auto is_wanted = [&](const std::string& key) { return app.count("--" + key) == 0 && file.contains(key); };
  const auto text = [&](const std::string& key, std::string& target) {
    if (!is_wanted(key)) return;
    const std::optional<std::string> value = file[key].value_exact<std::string>();
    if (!value) throw std::runtime_error(path + ": '" + key + "' must be a string");
    target = *value;
  };
  const auto port = [&](const std::string& key, std::uint16_t& target) {
    if (!is_wanted(key)) return;
    const std::optional<std::int64_t> value = file[key].value_exact<std::int64_t>();
    if (!value || *value < 0 || *value > UINT16_MAX)
      throw std::runtime_error(path + ": '" + key + "' must be a port number");
    target = static_cast<std::uint16_t>(*value);
  };
  const auto seconds = [&](const std::string& key, double& target) {
    if (!is_wanted(key)) return;
    const std::optional<double> value = file[key].is_number() ? file[key].value<double>() : std::nullopt;
    if (!value || !is_grace(*value))
      throw std::runtime_error(path + ": '" + key + "' must be a number of seconds, at most 3600");
    target = *value;
  };
  const auto flag = [&](const std::string& key, bool& target) {
    if (!is_wanted(key)) return;
    const std::optional<bool> value = file[key].value_exact<bool>();
    if (!value) throw std::runtime_error(path + ": '" + key + "' must be true or false");
    target = *value;
  };
  text("path", options.path);
  text("store", options.store);
  text("host", options.host);
  port("port", options.port);
  text("socket", options.socket);
  text("status-host", options.status_host);
  port("status-port", options.status_port);
  text("ssl-cert", options.ssl_cert);
  text("ssl-key", options.ssl_key);
  text("ssl-ca", options.ssl_ca);
  flag("auto-tls", options.auto_tls);
  text("log-level", options.log_level);
  seconds("shutdown-grace", options.shutdown_grace_seconds);
  text("cache-size", options.cache_size);
}

/// Complains on the standard error. Returns the exit status.
ParsedOptions refuse(const std::string& complaint) {
  std::fprintf(stderr, "sluice: %s\n", complaint.c_str());
  return {std::nullopt, kUsageStatus};
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  Options options;
  std::string config;
  bool version = false;
  CLI::App app("Sluice: a MySQL-compatible SQL database in which everything can be stopped", "sluice");
  const auto port_number = CLI::Range(0, UINT16_MAX).description("");
  int port = options.port;
  int status_port = options.status_port;
  app.add_option("--path", options.path, "Data directory; created if absent")->capture_default_str();
  app.add_option("--store", options.store, "Where data lies: 'embedded'")->capture_default_str();
  app.add_option("--host", options.host, "Address of the MySQL port")->capture_default_str();
  app.add_option("-P,--port", port, "MySQL port; 0 lets the system choose")->check(port_number)->capture_default_str();
  app.add_option("--socket", options.socket, "Path of a Unix socket beside the MySQL port; none if absent");
  app.add_option("--status-host", options.status_host, "Address of the status port")->capture_default_str();
  app.add_option("--status-port", status_port, "HTTP port of /status, /metrics, /debug/tasks; 0 switches it off")
      ->check(port_number)
      ->capture_default_str();
  app.add_option("--ssl-cert", options.ssl_cert,
                 "PEM file of the server's certificate; without it one is made in the data directory");
  app.add_option("--ssl-key", options.ssl_key, "PEM file of the certificate's key");
  app.add_option("--ssl-ca", options.ssl_ca, "PEM file of the authorities whose client certificates are taken");
  app.add_flag("--auto-tls,!--no-auto-tls", options.auto_tls,
               "Make a certificate if none is given; without one there is no TLS. On by default");
  app.add_option("--cache-size", options.cache_size,
                 "Memory for cached blocks, such as 512MiB; a quarter of the machine's, at most 8GiB, if absent");
  app.add_option("--config", config, "TOML file with the same names as these flags");
  app.add_option("--log-level", options.log_level, "debug, info, warn or error")->capture_default_str();
  app.add_option("--shutdown-grace", options.shutdown_grace_seconds,
                 "Seconds, such as 0.5, that running statements have at SIGTERM or SIGINT before they are stopped; a "
                 "second signal ends them")
      ->capture_default_str();
  app.add_flag("-V,--version", version, "Print the version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return {std::nullopt, app.exit(help)};
  } catch (const CLI::ParseError& error) {
    return refuse(std::string(error.what()) + " (sluice --help lists the flags)");
  }
  if (!is_grace(options.shutdown_grace_seconds)) return refuse("--shutdown-grace: it is 0 to 3600 seconds");
  options.port = static_cast<std::uint16_t>(port);
  options.status_port = static_cast<std::uint16_t>(status_port);
  if (version) {
    std::printf("sluice %s\n", std::string(session::kServerVersion).c_str());
    return {std::nullopt, 0};
  }
  try {
    if (!config.empty()) read_file(config, app, options);
    if (!options.cache_size.empty()) options.block_cache_bytes = parse_size(options.cache_size);
  } catch (const toml::parse_error& error) {
    const toml::source_position position = error.source().begin;
    return refuse(config + (position.line > 0 ? ", line " + std::to_string(position.line) : "") + ": " +
                  std::string(error.description()));
  } catch (const std::runtime_error& error) {
    return refuse(error.what());
  }
  if (std::find(kLogLevels.begin(), kLogLevels.end(), options.log_level) == kLogLevels.end()) {
    return refuse("the log level is debug, info, warn or error, not '" + options.log_level + "'");
  }
  if (options.store != "embedded")
    return refuse("--store " + options.store + " is not supported yet; this version runs embedded");
  return {options, 0};
}

}  // namespace sluice::cmd
