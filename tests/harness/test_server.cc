#include "harness/test_server.h"

#include <utility>

#include "base/memory_tracker.h"
#include "base/sql_error.h"
#include "base/temp_dir.h"
#include "catalog/auto_id.h"
#include "catalog/bootstrap.h"
#include "catalog/schema_cache.h"
#include "catalog/schema_loader.h"
#include "catalog/statistics.h"
#include "coordination/metadata_locks.h"
#include "ddl/environment.h"
#include "ddl/service.h"
#include "kv/embedded/embedded_store.h"
#include "session/accounts.h"
#include "session/environment.h"
#include "session/process_list.h"
#include "session/session.h"
#include "session/user_locks.h"
#include "session/variables.h"
#include "types/value_text.h"
#include "vector/chunk.h"

namespace sluice::harness {
namespace {

/// Collects the answer to one command; of several statements, the last one's, or the first error.
class ReplyWriter final : public session::ResultWriter {
 public:
  explicit ReplyWriter(Reply& reply) : reply_(reply) {}

  void begin_result(std::span<const session::ResultColumn> columns) override {
    types_.clear();
    for (const session::ResultColumn& column : columns) types_.push_back(column.type);
    reply_.rows.clear();
  }

  void rows(const vector::Chunk& chunk, StopToken stop) override {
    stop.poll();
    vector::for_each_row(chunk.active_rows(), [&](std::size_t row) {
      std::vector<std::string>& texts = reply_.rows.emplace_back();
      for (std::size_t i = 0; i < chunk.columns.size(); ++i) {
        texts.push_back(types::format_value(chunk.columns[i].value_at(row), types_[i]));
      }
    });
  }

  void end_result(const session::StatementOutcome&) override {}
  void ok(const session::StatementOutcome& outcome) override { reply_.affected_rows = outcome.affected_rows; }

  void error(const SqlError& error) override {
    reply_.error = error.number();
    reply_.message = error.what();
  }

  std::unique_ptr<session::LocalFile> request_local_file(std::string_view, StopToken) override {
    throw SqlError(ErrorCode::kNotAllowedCommand);
  }

 private:
  Reply& reply_;
  std::vector<types::FieldType> types_;
};

class SessionClient final : public Client {
 public:
  explicit SessionClient(std::unique_ptr<session::ConnectionSession> session) : session_(std::move(session)) {}

  Reply run(std::string_view statement) override {
    Reply reply;
    ReplyWriter writer(reply);
    session_->execute_text(statement, writer);
    return reply;
  }

  Reply prepare(std::string_view statement) override {
    Reply reply;
    try {
      session_->close_statement(session_->prepare(statement).statement_id);
    } catch (const SqlError& error) {
      reply.error = error.number();
      reply.message = error.what();
    }
    return reply;
  }

  void stop(StopReason reason) noexcept override { session_->stop(reason); }

 private:
  std::unique_ptr<session::ConnectionSession> session_;
};

catalog::SchemaPtr load_newest_schema(kv::Store& store, StopToken stop) {
  return catalog::load_schema(*store.snapshot(store.current_timestamp()), stop);
}

kv::EmbeddedOptions store_options(const std::string& path, std::int64_t bulk_commit_bytes) {
  kv::EmbeddedOptions options;
  options.path = path;
  if (bulk_commit_bytes > 0) options.bulk_commit_bytes = bulk_commit_bytes;
  return options;
}

/// The parts of a server in the order in which they need each other.
class EmbeddedServer final : public TestServer {
 public:
  EmbeddedServer(const std::string& path, std::int64_t bulk_commit_bytes)
      : store_(kv::open_embedded_store(store_options(path, bulk_commit_bytes))),
        spill_directory_(path + "/spill"),
        schema_is_loaded_(bootstrap_and_load()),
        ids_(*store_),
        variables_(*store_, services_.token()),
        accounts_(*store_, services_.token()),
        ddl_({.store = *store_,
              .schemas = schemas_,
              .locks = metadata_locks_,
              .ids = ids_,
              .limits = ddl_limits_,
              .statistics = &statistics_,
              .memory = &memory_,
              .temp_path = path + "/temp"},
             jobs_.token()),
        environment_{*store_,    schemas_,  ids_,       statistics_, metadata_locks_, ddl_,
                     variables_, accounts_, processes_, user_locks_, memory_,         spill_directory_},
        factory_(environment_) {
    variables_.on_change("tidb_ddl_error_count_limit",
                         [this](const std::string& value) { ddl_limits_.error_count = std::stoll(value); });
    variables_.on_change("tidb_ddl_disk_quota",
                         [this](const std::string& value) { ddl_limits_.disk_quota_bytes = std::stoll(value); });
  }

  StopProbe& session_polls() override { return session_polls_; }
  StopProbe& job_polls() override { return job_polls_; }
  kv::Store& store() override { return *store_; }
  ddl::DdlLimits& ddl_limits() override { return ddl_limits_; }

  std::unique_ptr<Client> connect(const std::string& database) override {
    session::ClientIdentity identity;
    identity.user = "root";
    identity.host = "127.0.0.1";
    identity.connection_id = factory_.next_connection_id();
    const std::optional<session::AccountRecord> account = factory_.find_account(identity.user, identity.host);
    return std::make_unique<SessionClient>(factory_.open(
        identity, account.value(), database, [] {}, sessions_.token()));
  }

 private:
  bool bootstrap_and_load() {
    catalog::bootstrap(*store_, services_.token());
    schemas_.publish(load_newest_schema(*store_, services_.token()));
    return true;
  }

  StopSource services_;
  StopSource jobs_{services_.token()};
  StopSource sessions_;
  // Before everything that derives a token: sources made earlier do not inherit a probe.
  StopProbe job_polls_{jobs_};
  StopProbe session_polls_{sessions_};
  MemoryTracker memory_{"server"};
  std::unique_ptr<kv::Store> store_;
  TempDir spill_directory_;
  catalog::SchemaCache schemas_;
  bool schema_is_loaded_;
  catalog::AutoIdAllocator ids_;
  catalog::StatisticsCache statistics_;
  coordination::MetadataLocks metadata_locks_;
  session::GlobalVariables variables_;
  session::AccountRegistry accounts_;
  session::ProcessList processes_;
  session::UserLocks user_locks_;
  ddl::DdlLimits ddl_limits_;
  ddl::DdlService ddl_;
  session::SessionEnvironment environment_;
  session::Sessions factory_;
};

}  // namespace

std::unique_ptr<TestServer> open_test_server(const std::string& path, std::int64_t bulk_commit_bytes) {
  return std::make_unique<EmbeddedServer>(path, bulk_commit_bytes);
}

}  // namespace sluice::harness
