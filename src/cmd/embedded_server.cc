#include "cmd/embedded_server.h"

#include <signal.h>
#include <unistd.h>

#include "base/logging.h"
#include "base/memory_tracker.h"
#include "base/sql_error.h"
#include "base/temp_dir.h"
#include "catalog/auto_id.h"
#include "catalog/bootstrap.h"
#include "catalog/schema_cache.h"
#include "catalog/schema_loader.h"
#include "catalog/statistics.h"
#include "cmd/memory_metrics.h"
#include "coordination/metadata_locks.h"
#include "ddl/environment.h"
#include "ddl/service.h"
#include "kv/embedded/embedded_store.h"
#include "server/listener.h"
#include "server/login_services.h"
#include "server/mysql_server.h"
#include "server/status_server.h"
#include "session/accounts.h"
#include "session/environment.h"
#include "session/process_list.h"
#include "session/session.h"
#include "session/user_locks.h"
#include "session/variables.h"

namespace sluice::cmd {
namespace {

kv::EmbeddedOptions store_options(const Options& options) {
  kv::EmbeddedOptions store;
  store.path = options.path;
  store.block_cache_bytes = options.block_cache_bytes;
  return store;
}

/// Where temporary files of statements go; what a crash left there is removed. Call it after the store is open, which keeps other
/// processes off the data directory.
std::string fresh_spill_directory(const std::string& data_path) {
  const std::string path = data_path + "/spill";
  const std::size_t removed = TempDir::remove_leftovers(path);
  if (removed > 0) log_info("removed temporary files that a crash had left", {{"directories", removed}});
  return path;
}

server::SecurityOptions security_options(const Options& options) {
  return {options.path, options.ssl_cert, options.ssl_key, options.ssl_ca, options.auto_tls};
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "localhost";
}

}  // namespace

struct EmbeddedServer::Parts {
  Parts(const Options& options, StopToken stop)
      : store(kv::open_embedded_store(store_options(options))),
        spill_directory(fresh_spill_directory(options.path)),
        bootstrapped((catalog::bootstrap(*store, stop), true)),
        loaded((schemas.publish(catalog::load_schema(*store->present_snapshot(), stop)), true)),
        ids(*store),
        variables(*store, stop),
        accounts(*store, stop),
        ddl({.store = *store,
             .schemas = schemas,
             .locks = metadata_locks,
             .ids = ids,
             .limits = ddl_limits,
             .statistics = &statistics,
             .memory = &memory,
             .temp_path = options.path + "/temp"},
            stop),
        environment{*store,
                    schemas,
                    ids,
                    statistics,
                    metadata_locks,
                    ddl,
                    variables,
                    accounts,
                    processes,
                    user_locks,
                    memory,
                    spill_directory,
                    [] { ::kill(::getpid(), SIGTERM); }},
        sessions(environment),
        login_services(sessions, security_options(options)),
        mysql({options.host, options.port, options.socket}, login_services, stop) {
    variables.set_for_process("port", std::to_string(mysql.port()));
    variables.set_for_process("hostname", host_name());
    variables.set_for_process("datadir", options.path);
    variables.set_for_process("socket", options.socket);
    variables.set_for_process("have_ssl", login_services.tls != nullptr ? "YES" : "DISABLED");
    variables.set_for_process("have_openssl", login_services.tls != nullptr ? "YES" : "DISABLED");
    variables.set_for_process("ssl_cert", login_services.certificate.certificate);
    variables.set_for_process("ssl_key", login_services.certificate.key);
    variables.set_for_process("ssl_ca", options.ssl_ca);
    follow_variables();
    if (options.status_port != 0) {
      if (!server::is_loopback(options.status_host) && !sessions.root_has_password()) {
        throw SqlError::with_message(ErrorCode::kUnknownError, "refusing to show statements on " + options.status_host +
                                                                   " while root has no password");
      }
      status = std::make_unique<server::StatusServer>(
          server::ListenOptions{options.status_host, options.status_port, {}},
          [this] { return mysql.connection_count(); }, stop);
    }
  }

  /// Global variables that other parts act on.
  void follow_variables() {
    variables.on_change("innodb_flush_log_at_trx_commit", [this](const std::string& value) {
      store->set_durability(static_cast<kv::Durability>(value.front() - '0'));
    });
    variables.on_change("tidb_ddl_error_count_limit",
                        [this](const std::string& value) { ddl_limits.error_count = std::stoll(value); });
    variables.on_change("tidb_ddl_disk_quota",
                        [this](const std::string& value) { ddl_limits.disk_quota_bytes = std::stoll(value); });
    const auto set_gc = [this](const std::string&) {
      const auto text = [this](const char* name) { return variables.get(*session::find_system_variable(name)); };
      kv::GcSettings gc;
      gc.enabled = text("tidb_gc_enable") == "ON";
      // Nothing reads the past yet (AS OF TIMESTAMP is refused), so no version is kept for tidb_gc_life_time: what no reader and no schema
      // change can see goes at once.
      gc.life_time_ms = 0;
      gc.run_interval_ms = session::parse_duration(text("tidb_gc_run_interval")).value_or(0) / 1'000'000;
      store->set_gc_settings(gc);
    };
    for (const char* name : {"tidb_gc_enable", "tidb_gc_run_interval"}) variables.on_change(name, set_gc);
  }

  MemoryTracker memory{"server"};
  MemoryMetrics memory_metrics{memory};
  std::unique_ptr<kv::Store> store;
  TempDir spill_directory;
  catalog::SchemaCache schemas;
  const bool bootstrapped;
  const bool loaded;
  catalog::AutoIdAllocator ids;
  catalog::StatisticsCache statistics;
  coordination::MetadataLocks metadata_locks;
  session::GlobalVariables variables;
  session::AccountRegistry accounts;
  session::ProcessList processes;
  session::UserLocks user_locks;
  ddl::DdlLimits ddl_limits;
  ddl::DdlService ddl;
  session::SessionEnvironment environment;
  session::Sessions sessions;
  server::LoginServices login_services;
  server::MysqlServer mysql;
  std::unique_ptr<server::StatusServer> status;
};

EmbeddedServer::EmbeddedServer(const Options& options, StopToken stop)
    : parts_(std::make_unique<Parts>(options, stop)) {}
EmbeddedServer::~EmbeddedServer() = default;

std::uint16_t EmbeddedServer::port() const noexcept { return parts_->mysql.port(); }

bool EmbeddedServer::is_busy() const { return parts_->mysql.is_busy(); }
void EmbeddedServer::stop_accepting() noexcept { parts_->mysql.stop_accepting(); }
void EmbeddedServer::end_connections() noexcept { parts_->mysql.end_connections(); }

}  // namespace sluice::cmd
