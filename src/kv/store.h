#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/stop_token.h"
#include "kv/ingest.h"
#include "kv/key_range.h"
#include "kv/lock.h"
#include "kv/safepoint_lease.h"
#include "kv/snapshot.h"
#include "kv/timestamp.h"
#include "kv/transaction.h"

namespace sluice::kv {

/// What a store can do; callers ask instead of assuming.
struct Capabilities {
  bool ingest = false;    // new_sst_writer and ingest
  bool pushdown = false;  // evaluates filters and aggregates beside the data
  bool regions = false;   // data is spread over nodes
};

/// Estimates of a range; cheap, from file metadata, not exact.
struct RangeStatistics {
  std::uint64_t approximate_bytes = 0;
  std::uint64_t approximate_rows = 0;  // versions included
};

/// Meaning of innodb_flush_log_at_trx_commit.
enum class Durability : std::uint8_t {
  kLazy = 0,       // log written and synced once a second; a crash of the process may lose a second
  kSync = 1,       // log written and synced at each commit; nothing acknowledged is ever lost
  kWriteOnly = 2,  // log written at each commit, synced once a second; a crash of the machine may lose a second
};

struct GcSettings {
  bool enabled = true;
  std::int64_t life_time_ms = 600'000;     // tidb_gc_life_time
  std::int64_t run_interval_ms = 600'000;  // tidb_gc_run_interval
};

struct GcStatus {
  Timestamp safepoint = 0;
  std::int64_t last_run_unix_ms = 0;  // 0: never
  std::uint64_t run_count = 0;
  std::uint64_t removed_versions = 0;  // by compaction and by the collector of deleted keys
};

/// A named hold on the safepoint, for information tables.
struct SafepointHold {
  std::string name;
  Timestamp timestamp = 0;
};

/// An ordered, multi-version key-value store.
///
/// Every acknowledged commit is visible to every snapshot() and begin() that starts after it (external consistency), and a snapshot never
/// shows a later commit without an earlier one.
/// Ownership: outlives everything it hands out. Thread-safety: any thread.
class Store {
 public:
  virtual ~Store() = default;

  virtual Capabilities capabilities() const noexcept = 0;

  /// A timestamp at which a snapshot sees every commit acknowledged so far and none later. Never decreases; need not be unique.
  /// Throws SqlError if the store must persist its clock bound first and cannot.
  virtual Timestamp current_timestamp() = 0;

  /// Throws SqlError 9006 if `ts` is below the garbage-collection safepoint. A `ts` ahead of the present waits for nothing: it reads what is
  /// committed now, and is repeatable only for timestamps that current_timestamp() has returned.
  virtual std::unique_ptr<Snapshot> snapshot(Timestamp ts) = 0;
  /// A snapshot of what is committed now. Unlike snapshot(current_timestamp()) it cannot be overtaken by the safepoint.
  std::unique_ptr<Snapshot> present_snapshot();

  virtual std::unique_ptr<Transaction> begin(const TransactionOptions& options, StopToken stop) = 0;

  /// Throws SqlError 9006 if `ts` is below the safepoint already. `name` is shown in information tables.
  virtual SafepointLease hold_safepoint(Timestamp ts, std::string name) = 0;
  /// Holds the safepoint at or below the present: the lease's timestamp sees every commit acknowledged so far.
  SafepointLease hold_present(const std::string& name);
  virtual std::vector<SafepointHold> safepoint_holds() const = 0;

  /// A writer of entries with version `version` into a new file at `path` (not existing; on the store's file system for a cheap ingest).
  virtual std::unique_ptr<SstWriter> new_sst_writer(const std::string& path, Timestamp version) = 0;

  /// Makes the entries of finished SST files part of the store, as if committed at their version. Moves the files in. Idempotent: a file that is
  /// gone because an earlier call ingested it must not be passed again, but the same entries may be ingested twice.
  ///
  /// The caller holds the safepoint at or below the files' version until it returns. Polls between groups of files; groups already ingested stay.
  /// Throws: Stopped; SqlError.
  virtual void ingest(std::span<const std::string> sst_paths, StopToken stop) = 0;

  /// Removes every version of every key in `range`, at once and for all snapshots. Only for ranges that nothing reads or writes any more.
  /// Idempotent. Gives the space of whole files back at once, of the rest by compaction.
  virtual void delete_range(const KeyRange& range, StopToken stop) = 0;

  virtual RangeStatistics statistics(const KeyRange& range) = 0;

  /// At most `parts` - 1 keys inside `range`, ascending, that cut it into pieces of about equal size. Fewer, or none, if it is small.
  virtual std::vector<std::string> split_points(const KeyRange& range, std::size_t parts) = 0;

  virtual std::vector<DeadlockRecord> recent_deadlocks() const = 0;  // the last ten, oldest first
  virtual std::vector<LockWait> lock_waits() const = 0;

  virtual void set_durability(Durability durability) = 0;
  virtual Durability durability() const noexcept = 0;

  virtual void set_gc_settings(const GcSettings& settings) = 0;
  virtual GcStatus gc_status() const = 0;
  /// Moves the safepoint as far as settings and holds allow, and collects what is below it. Returns the new status.
  virtual GcStatus run_gc(StopToken stop) = 0;

  /// Limits SST writing and compaction together, in bytes per second; 0 is unlimited. Takes effect at once.
  virtual void set_background_write_limit(std::uint64_t bytes_per_second) = 0;

  /// Forces everything committed so far to disk, whatever the durability setting.
  virtual void sync(StopToken stop) = 0;
};

}  // namespace sluice::kv
