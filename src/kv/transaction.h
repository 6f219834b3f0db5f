#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/stop_token.h"
#include "kv/cursor.h"
#include "kv/lock.h"
#include "kv/snapshot.h"
#include "kv/timestamp.h"

namespace sluice {
class MemoryTracker;
}

namespace sluice::kv {

struct TransactionActivity;

enum class TransactionMode : std::uint8_t {
  kPessimistic,  // written keys are expected to be locked by lock_keys first; a write of an unlocked key is blind (never conflicts)
  kOptimistic,  // written and locked keys are checked at commit: 9007 if one has a version above start_ts
};

/// What commit() waits for.
enum class CommitDurability : std::uint8_t {
  kAsStore,   // what the store's durability setting promises
  kDeferred,  // nothing: the commit becomes durable no later than any later commit does. For the steps of work that is only answered at its end.
};

struct TransactionOptions {
  TransactionMode mode = TransactionMode::kPessimistic;
  std::optional<Timestamp> start_ts;  // read at this timestamp instead of the newest one
  std::int64_t size_limit_bytes = std::int64_t{1}
                                  << 40;  // keys + values buffered; 8004 above it (txn-total-size-limit)
  std::int64_t entry_limit_bytes = std::int64_t{120} << 20;  // one key + value; 8025 above it (txn-entry-size-limit)
  MemoryTracker* memory = nullptr;                           // charged with the write buffer; outlives the transaction
  TransactionActivity* activity = nullptr;                   // kept up to date; outlives the transaction
  std::int64_t commit_lock_timeout_ms = 50'000;  // optimistic commit: how long to wait for other transactions' locks
};

/// A mark in a transaction's buffered writes. Valid for its transaction until a rollback_to an earlier mark.
struct Savepoint {
  std::uint64_t position = 0;
};

/// Buffered writes, locks and reads of one client transaction.
///
/// Ownership: borrows its Store; owns its locks, its write buffer and its snapshot, and gives them all back when destroyed (= rollback).
/// Thread-safety: one thread at a time.
/// States: active -> committed | rolled back. Only the destructor, id() and the timestamps may be used after the end.
class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual TransactionId id() const noexcept = 0;         // unique; >= start_ts()
  virtual Timestamp start_ts() const noexcept = 0;       // what get() and cursor() read at
  virtual Timestamp for_update_ts() const noexcept = 0;  // what cursor_current() reads at; start_ts() until refreshed

  /// Moves for_update_ts() to the present: every commit acknowledged before the call is at or below it.
  virtual void refresh_for_update_ts(StopToken stop) = 0;

  /// The transaction's own write if there is one, else the value at start_ts(). Form and errors as Snapshot::get.
  virtual bool get(std::string_view key, std::string& value, StopToken stop) = 0;
  std::optional<std::string> get(std::string_view key, StopToken stop) {
    std::string value;
    if (!get(key, value, stop)) return std::nullopt;
    return value;
  }

  /// The transaction's own write if there is one, else the newest committed value. Stable only for keys that this transaction has locked.
  virtual bool get_current(std::string_view key, std::string& value, StopToken stop) = 0;
  std::optional<std::string> get_current(std::string_view key, StopToken stop) {
    std::string value;
    if (!get_current(key, value, stop)) return std::nullopt;
    return value;
  }

  /// As get for many keys; `values` is resized to keys.size().
  virtual void batch_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values,
                         StopToken stop) = 0;

  /// A scan that merges the transaction's own writes, as they were when the cursor was opened, over the snapshot at start_ts().
  /// Later writes do not disturb it and are not seen by it; rollback_to must not be called while it is open.
  virtual std::unique_ptr<Cursor> cursor(KeyRange range, const CursorOptions& options) = 0;
  /// The same over the snapshot at for_update_ts().
  virtual std::unique_ptr<Cursor> cursor_current(KeyRange range, const CursorOptions& options) = 0;

  /// A snapshot of the store (without own writes) at `ts`. The store must outlive it, the transaction need not.
  virtual std::unique_ptr<Snapshot> snapshot_at(Timestamp ts) = 0;

  /// Buffers a write. Throws SqlError 8004 / 8025 when a limit is passed; the buffer is then unchanged.
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view key) = 0;
  virtual bool has_writes() const noexcept = 0;
  /// Whether the transaction itself wrote `key` (a put or an erase).
  virtual bool has_written(std::string_view key) const noexcept = 0;

  /// Locks `keys` (any order, duplicates allowed, already held ones are kept) exclusively until commit or rollback.
  ///
  /// Waiters of a key are served first come, first served. A stop wakes the wait at once.
  /// Throws: Stopped; SqlError 1205 after `timeout_ms`; SqlError 1213 if waiting would close a cycle (this transaction is the victim; the
  /// caller rolls it back). After a throw and after kNoWait, locks newly taken by this call are given back.
  /// In optimistic mode the lock is taken at once too, and commit fails with 9007 if the key changed since start_ts().
  virtual LockOutcome lock_keys(std::span<const std::string> keys, const LockOptions& options, LockReport* report,
                                StopToken stop) = 0;
  LockOutcome lock_keys(std::span<const std::string> keys, const LockOptions& options, StopToken stop) {
    return lock_keys(keys, options, nullptr, stop);
  }
  virtual bool holds_lock(std::string_view key) const noexcept = 0;
  virtual std::size_t lock_count() const noexcept = 0;

  /// Marks the buffered writes; rollback_to undoes all later ones. Locks stay, as in MySQL.
  virtual Savepoint savepoint() noexcept = 0;
  virtual void rollback_to(Savepoint savepoint) = 0;

  /// What commit() waits for; CommitDurability::kAsStore if it is not called.
  virtual void set_durability(CommitDurability durability) noexcept = 0;

  /// Makes the writes durable (as far as the transaction's and the store's durability settings say) and visible, releases the locks, ends the transaction.
  ///
  /// Commit point: the hand-over of the write batch to the store's commit queue. A stop before it throws Stopped and rolls back; after it the
  /// commit runs to its end and its true result is returned.
  /// Returns the commit timestamp; start_ts() if there was nothing to write.
  /// Throws: Stopped; SqlError 9007 (write conflict), 1205, 1213, 1021 (disk full). After a throw the transaction is rolled back.
  virtual Timestamp commit(StopToken stop) = 0;

  /// Drops the writes and releases the locks. Harmless when repeated or after commit.
  virtual void rollback() noexcept = 0;

  virtual std::int64_t memory_bytes() const noexcept = 0;  // of the write buffer and the lock list
  virtual std::int64_t write_bytes() const noexcept = 0;   // keys + values written, what size_limit_bytes counts
  virtual std::size_t write_count() const noexcept = 0;    // keys written
};

}  // namespace sluice::kv
