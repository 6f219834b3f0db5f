#pragma once

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::coordination {

class MetadataLocks;

/// What one transaction uses of the schema: which tables, at which schema version. A session has one per transaction.
/// While it lives, no schema change of one of these tables takes its next step. Move-only; the destructor gives all up.
/// One thread; `locks` must outlive it.
class SchemaLease {
 public:
  SchemaLease() = default;
  SchemaLease(SchemaLease&& other) noexcept;
  SchemaLease& operator=(SchemaLease&& other) noexcept;
  ~SchemaLease();

  /// Registers that the transaction uses `table_ids` as described by schema version `schema_version`. Tables that it
  /// uses already keep the version that they have.
  ///
  /// Returns false, and registers nothing, if a newer version of one of the tables has been published: the caller takes
  /// the current schema and plans again. Never waits.
  [[nodiscard]] bool acquire(std::span<const std::int64_t> table_ids, std::int64_t schema_version);

  /// The version at which the transaction uses the table; 0 if it does not.
  std::int64_t version_of(std::int64_t table_id) const;

  /// Gives up all tables: the transaction has ended.
  void release() noexcept;

  bool empty() const noexcept;

 private:
  friend class MetadataLocks;
  struct Entry;
  SchemaLease(MetadataLocks* locks, std::shared_ptr<Entry> entry) : locks_(locks), entry_(std::move(entry)) {}

  MetadataLocks* locks_ = nullptr;
  std::shared_ptr<Entry> entry_;
};

/// A transaction that a schema change waits for; a row of mysql.tidb_mdl_view.
struct MetadataLockBlocker {
  std::uint64_t connection_id = 0;
  std::int64_t table_id = 0;
  std::int64_t schema_version = 0;  // the version that it uses
  std::int64_t since_us = 0;        // microseconds since the epoch at which it began to use the table
};

/// A schema change that waits, and since when.
struct MetadataLockWait {
  std::int64_t job_id = 0;
  std::int64_t schema_version = 0;
  std::int64_t since_us = 0;
  std::vector<MetadataLockBlocker> blockers;
};

/// The metadata locks of this node: transactions hold leases on tables at schema versions, steps of schema changes wait
/// until no transaction uses an older version (TIDB-FACTS section 4.2). Sessions never wait here. Thread-safe.
///
/// Order of a step: commit the new version, load it into the SchemaCache, announce(), wait_for_older().
class MetadataLocks {
 public:
  static constexpr std::size_t kRememberedTables = 1024;

  MetadataLocks();
  ~MetadataLocks();

  /// `connection_id` names the holder in listings.
  SchemaLease new_lease(std::uint64_t connection_id);

  /// From its return on, no lease can be acquired for these tables at a version below `schema_version`.
  /// Remembers the newest kRememberedTables or so; a lease on a table that is forgotten must be at least at the version
  /// of the last one forgotten, so that old schemas are refused more often than need be, never less.
  void announce(std::span<const std::int64_t> table_ids, std::int64_t schema_version);

  /// Waits until no lease names one of the tables at a version below `schema_version`. announce() comes first.
  /// `job_id` names the waiter in listings. Throws Stopped.
  void wait_for_older(std::int64_t job_id, std::span<const std::int64_t> table_ids, std::int64_t schema_version,
                      StopToken stop);

  /// Those that wait_for_older() would wait for now.
  std::vector<MetadataLockBlocker> blockers(std::span<const std::int64_t> table_ids, std::int64_t schema_version) const;

  /// All current waits with what they wait for.
  std::vector<MetadataLockWait> waits() const;

  /// Of how many tables the announced version is remembered.
  std::size_t remembered_tables() const;

 private:
  friend class SchemaLease;
  static constexpr std::size_t kShards = 16;

  struct Shard {
    bool is_outdated(std::int64_t table_id, std::int64_t schema_version) const SLUICE_REQUIRES(mutex);
    void forget_oldest() SLUICE_REQUIRES(mutex);

    mutable Mutex mutex;
    std::list<std::shared_ptr<SchemaLease::Entry>> leases SLUICE_GUARDED_BY(mutex);
    std::unordered_map<std::int64_t, std::int64_t> newest SLUICE_GUARDED_BY(mutex);  // table id -> announced version
    std::int64_t newest_forgotten SLUICE_GUARDED_BY(mutex) = 0;                      // no table outside has a newer one
  };
  struct Waiter;

  void wake_waiters();

  std::array<Shard, kShards> shards_;
  std::atomic<std::uint64_t> next_shard_{0};
  std::atomic<int> waiter_count_{0};
  mutable Mutex wait_mutex_;
  Condition released_;
  std::list<Waiter*> waiters_ SLUICE_GUARDED_BY(wait_mutex_);
};

}  // namespace sluice::coordination
