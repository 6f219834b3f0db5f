#include "cmd/options.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <toml++/toml.h>

#include "session/session_state.h"

namespace sluice::cmd {
namespace {

/// Fills in what the file says and the command line did not. Throws toml::parse_error; std::runtime_error for values that do not fit.
void read_file(const std::string& path, const CLI::App& app, Options& options) {
  const toml::table file = toml::parse_file(path);
  const auto given = [&](const char* flag) { return app.count(flag) > 0; };
  const auto text = [&](const char* key, const char* flag, std::string& target) {
    if (given(flag) || !file.contains(key)) return;
    const std::optional<std::string> value = file[key].value<std::string>();
    if (!value) throw std::runtime_error(path + ": '" + key + "' must be a string");
    target = *value;
  };
  const auto number = [&](const char* key, const char* flag, std::uint16_t& target) {
    if (given(flag) || !file.contains(key)) return;
    const std::optional<std::int64_t> value = file[key].value<std::int64_t>();
    if (!value || *value < 0 || *value > 65535) throw std::runtime_error(path + ": '" + key + "' must be a port number");
    target = static_cast<std::uint16_t>(*value);
  };
  text("path", "--path", options.path);
  text("store", "--store", options.store);
  text("host", "--host", options.host);
  number("port", "--port", options.port);
  text("status-host", "--status-host", options.status_host);
  number("status-port", "--status-port", options.status_port);
  text("log-level", "--log-level", options.log_level);
  static constexpr const char* kKnown[] = {"path", "store", "host", "port", "status-host", "status-port", "log-level"};
  for (const auto& [key, value] : file) {
    const bool known = std::any_of(std::begin(kKnown), std::end(kKnown), [&](const char* name) { return key.str() == name; });
    if (!known) throw std::runtime_error(path + ": unknown setting '" + std::string(key.str()) + "'");
  }
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  Options options;
  std::string config;
  bool version = false;
  CLI::App app("Sluice: a MySQL-compatible SQL database in which everything can be stopped");
  app.add_option("--path", options.path, "Data directory; created if absent")->capture_default_str();
  app.add_option("--store", options.store, "Where data lies: 'embedded'")->capture_default_str();
  app.add_option("--host", options.host, "Address of the MySQL port")->capture_default_str();
  app.add_option("-P,--port", options.port, "MySQL port; 0 lets the system choose")->capture_default_str();
  app.add_option("--status-host", options.status_host, "Address of the status port")->capture_default_str();
  app.add_option("--status-port", options.status_port, "HTTP port of /status, /metrics, /debug/tasks; 0 switches it off")->capture_default_str();
  app.add_option("--config", config, "TOML file with the same names as these flags");
  app.add_option("--log-level", options.log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_flag("-V,--version", version, "Print the version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, app.exit(error)};
  }
  if (version) {
    std::printf("sluice %s\n", std::string(session::kServerVersion).c_str());
    return {std::nullopt, 0};
  }
  try {
    if (!config.empty()) read_file(config, app, options);
  } catch (const toml::parse_error& error) {
    std::fprintf(stderr, "sluice: %s: %s\n", config.c_str(), std::string(error.description()).c_str());
    return {std::nullopt, 1};
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sluice: %s\n", error.what());
    return {std::nullopt, 1};
  }
  if (options.store != "embedded") {
    std::fprintf(stderr, "sluice: --store %s is not supported yet; this version runs embedded\n", options.store.c_str());
    return {std::nullopt, 1};
  }
  return {options, 0};
}

}  // namespace sluice::cmd
