#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>

#include "base/mutex.h"
#include "base/sched.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"
#include "kv/store.h"
#include "kv/timestamp.h"
#include "kv/transaction.h"

namespace rocksdb {
class DB;
class WriteBatch;
}  // namespace rocksdb

namespace sluice::kv {

class BulkCommit;
class ErrorState;
class SafepointAdvance;
class TimestampOracle;
class WriteBuffer;

/// Commits in groups: whoever finds the queue without a leader leads, takes all that wait, and writes them as one RocksDB batch with one log
/// sync; meanwhile the next group gathers. One group, step by step:
///
///   1. The leader takes the waiting requests off the queue.
///   2. It takes their commit timestamps from the oracle, in queue order; from here on readers get timestamps below the group.
///   3. It writes one batch: every version of every request, the clock bound if that must move, and the safepoint if that may.
///                                                                                                       <- commit point of the group
///   4. It publishes the group: readers' timestamps may be above it from here on.
///   5. It hands the lead to the first request of the next group and wakes its own followers.
///
/// A failure in 3 fails all requests of the group; RocksDB has applied none of them.
/// A large request is a group of its own, and is written as files (bulk_commit.h) instead of a batch.
/// Thread-safety: any thread. Borrows its arguments.
class CommitQueue {
 public:
  CommitQueue(rocksdb::DB& db, TimestampOracle& oracle, SafepointAdvance& safepoint, const ErrorState& errors,
              BulkCommit& bulk, Durability durability);
  ~CommitQueue();
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  /// Writes the newest write of every key of `writes`. Returns its commit timestamp once it is visible, and durable as `need` and durability() say.
  /// A stop ends the wait for the groups before it, and the writing of the files of a large one; then it waits for RocksDB only.
  /// Throws: Stopped; SqlError if RocksDB refuses; nothing of `writes` is visible then.
  Timestamp commit(const WriteBuffer& writes, CommitDurability need, StopToken stop) SLUICE_EXCLUDES(mutex_);

  /// Moves the persisted clock bound above `ts`, durably, if it is not there yet. Errors as commit.
  void raise_clock_bound(Timestamp ts);

  /// Moves the safepoint, durably, as far as settings, readers and leases allow. Errors as commit.
  void advance_safepoint();

  void set_durability(Durability durability) noexcept { durability_.store(durability, std::memory_order_relaxed); }
  Durability durability() const noexcept { return durability_.load(std::memory_order_relaxed); }

  /// Whether groups were written without a sync since the last call.
  bool take_unsynced() noexcept { return unsynced_.exchange(false, std::memory_order_acq_rel); }

 private:
  enum class Role : std::uint8_t { kFollower, kLeader };
  struct Request {
    const WriteBuffer* writes = nullptr;
    Timestamp durable_ts = 0;         // see raise_clock_bound; such a request syncs whatever the durability
    bool advances_safepoint = false;  // so does this one
    CommitDurability need = CommitDurability::kAsStore;
    bool is_large = false;
    StopToken stop;  // polled if it is large
    Request* next = nullptr;
    Role role = Role::kFollower;  // what it is woken for
    bool has_left = false;        // stopped while it waited in the queue
    Timestamp commit_ts = 0;
    std::exception_ptr failure;
    sched::WaitEvent woken;
  };

  Timestamp run(Request& request, StopToken stop) SLUICE_EXCLUDES(mutex_);
  /// Takes a request that nobody has begun off the queue, and wakes it.
  void leave(Request& request) noexcept SLUICE_EXCLUDES(mutex_);
  /// Cuts the first group, which starts with the leader, off the queue; returns how many it has.
  std::size_t take_group() SLUICE_EXCLUDES(mutex_);
  void lead(Request& leader) noexcept;
  void write_group(Request& leader, std::size_t count);
  void finish_group(Request& leader) noexcept SLUICE_EXCLUDES(mutex_);

  rocksdb::DB& db_;
  TimestampOracle& oracle_;
  SafepointAdvance& safepoint_;
  const ErrorState& errors_;
  BulkCommit& bulk_;
  std::atomic<Durability> durability_;
  std::atomic<bool> unsynced_{false};
  std::unique_ptr<rocksdb::WriteBatch> batch_;  // the leader's

  Mutex mutex_;
  Request* first_ SLUICE_GUARDED_BY(mutex_) = nullptr;
  Request* last_ SLUICE_GUARDED_BY(mutex_) = nullptr;
  bool has_leader_ SLUICE_GUARDED_BY(mutex_) = false;
};

}  // namespace sluice::kv
