#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"
#include "kv/embedded/gc_state.h"
#include "kv/store.h"

namespace rocksdb {
class DB;
class Iterator;
class WriteBatch;
}  // namespace rocksdb

namespace sluice::kv {

class ErrorState;
struct Engine;

/// Moves the safepoint and removes what lies below it.
///
/// One run: (1) choose the safepoint: now less the life time, held back by readers and leases; (2) persist it; (3) let compactions use it;
/// (4) remove keys whose newest version is a deletion below it, all their versions in one batch; (5) compact files that hold many superseded
/// versions. A stop ends the run between steps, keys and files; what was removed stays removed.
/// Thread-safety: any thread; runs exclude each other.
class GarbageCollector {
 public:
  /// `engine`, whose commit queue moves the safepoint, and `errors` outlive the collector.
  GarbageCollector(rocksdb::DB& db, Engine& engine, std::shared_ptr<GcState> state, const ErrorState& errors,
                   const GcSettings& settings);

  /// Runs at each interval until stopped; the first time one interval after the start, so that jobs can take their leases again.
  void serve(StopToken stop);

  /// One run now, also if the settings disable the service. Throws: Stopped; SqlError.
  /// Waits for a run that is under way.
  GcStatus run(StopToken stop) SLUICE_EXCLUDES(mutex_);

  /// Has the service compact a range that was deleted, so that readers of its neighbourhood need not step over what is left of it.
  void schedule_compaction(KeyRange range) SLUICE_EXCLUDES(mutex_);

  void set_settings(const GcSettings& settings) SLUICE_EXCLUDES(mutex_);
  GcStatus status() const SLUICE_EXCLUDES(mutex_);

 private:
  class RunGuard;
  void remove_deleted_keys(Timestamp safepoint, StopToken stop);
  void remove_if_deleted(rocksdb::Iterator& position, std::string_view user_key, Timestamp safepoint,
                         rocksdb::WriteBatch& batch);
  void write_removals(rocksdb::WriteBatch& batch);
  void compact_scheduled(StopToken stop) SLUICE_EXCLUDES(mutex_);
  void compact_superseded(Timestamp safepoint, StopToken stop);

  rocksdb::DB& db_;
  Engine& engine_;
  const std::shared_ptr<GcState> state_;
  const ErrorState& errors_;
  mutable Mutex mutex_;
  Condition woken_;  // the service: by new settings, by a scheduled range
  Condition run_ended_;
  bool running_ SLUICE_GUARDED_BY(mutex_) = false;
  GcSettings settings_ SLUICE_GUARDED_BY(mutex_);
  std::uint64_t settings_version_ SLUICE_GUARDED_BY(mutex_) = 0;
  std::vector<KeyRange> scheduled_ SLUICE_GUARDED_BY(mutex_);
  GcStatus status_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::kv
