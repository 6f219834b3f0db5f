#pragma once

#include <memory>
#include <string>

#include "base/census.h"
#include "base/task_scope.h"
#include "kv/embedded/embedded_store.h"
#include "kv/embedded/engine.h"
#include "kv/embedded/error_state.h"
#include "kv/embedded/garbage_collector.h"
#include "kv/embedded/write_pacer.h"

namespace rocksdb {
class Slice;
class Env;
class RateLimiter;
struct Options;
}  // namespace rocksdb

namespace sluice::kv {

class BulkCommit;
class MemoryMetrics;
class VersionMemTables;

/// An open RocksDB directory as a Store; see Store and open_embedded_store.
///
/// Destruction order, last member first: services stop and join, then the engine's pooled positions go, then RocksDB closes.
class EmbeddedStore final : public Store {
 public:
  explicit EmbeddedStore(const EmbeddedOptions& options);
  ~EmbeddedStore() override;

  Capabilities capabilities() const noexcept override { return Capabilities{.ingest = true}; }
  Timestamp current_timestamp() override { return engine_->oracle.read_timestamp(); }
  std::unique_ptr<Snapshot> snapshot(Timestamp ts) override;
  std::unique_ptr<Transaction> begin(const TransactionOptions& options, StopToken stop) override;
  SafepointLease hold_safepoint(Timestamp ts, std::string name) override {
    return engine_->readers.lease(ts, std::move(name));
  }
  std::vector<SafepointHold> safepoint_holds() const override { return engine_->readers.leases(); }
  std::unique_ptr<SstWriter> new_sst_writer(const std::string& path, Timestamp version) override;
  void ingest(std::span<const std::string> sst_paths, StopToken stop) override;
  void delete_range(const KeyRange& range, StopToken stop) override;
  RangeStatistics statistics(const KeyRange& range) override;
  std::vector<std::string> split_points(const KeyRange& range, std::size_t parts) override;
  std::vector<DeadlockRecord> recent_deadlocks() const override { return engine_->locks.recent_deadlocks(); }
  std::vector<LockWait> lock_waits() const override { return engine_->locks.waits(); }
  void set_durability(Durability durability) override { engine_->commits.set_durability(durability); }
  Durability durability() const noexcept override { return engine_->commits.durability(); }
  void set_gc_settings(const GcSettings& settings) override { collector_->set_settings(settings); }
  GcStatus gc_status() const override { return collector_->status(); }
  GcStatus run_gc(StopToken stop) override { return collector_->run(stop); }
  void set_background_write_limit(std::uint64_t bytes_per_second) override;
  void sync(StopToken stop) override;

  /// For tests of the engine itself.
  Engine& engine() noexcept { return *engine_; }

 private:
  bool erase_small_range(const rocksdb::Slice& begin, const rocksdb::Slice& end, StopToken stop);
  void open_database();
  void sync_logs_of_last_run();
  void create_or_check_format();
  void serve_log(StopToken stop);
  void sync_log();
  bool has_space();
  void try_resume();
  void flush_memtable_above(std::uint64_t bytes);

  const EmbeddedOptions options_;
  CensusEntry census_entry_{CensusKind::kEngine};
  const std::shared_ptr<GcState> gc_state_;
  const std::shared_ptr<VersionMemTables> memtables_;
  const std::shared_ptr<ErrorState> errors_;
  const std::shared_ptr<rocksdb::RateLimiter> limiter_;
  WritePacer pacer_;
  const std::unique_ptr<rocksdb::Env> log_env_;  // null if the caller gave an Env
  const std::unique_ptr<rocksdb::Env> env_;      // RocksDB's, over the one or the other
  const std::unique_ptr<rocksdb::Options> rocksdb_options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::unique_ptr<MemoryMetrics> memory_metrics_;
  std::unique_ptr<BulkCommit> bulk_commit_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<GarbageCollector> collector_;
  // tidy-allow(root-token): the services live as long as the engine, and its destructor ends them.
  StopSource service_stop_;
  std::unique_ptr<TaskScope> services_;
};

}  // namespace sluice::kv
