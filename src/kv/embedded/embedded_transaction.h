#pragma once

#include <string>
#include <vector>

#include "base/census.h"
#include "base/memory_tracker.h"
#include "kv/embedded/engine.h"
#include "kv/embedded/write_buffer.h"
#include "kv/transaction.h"

namespace sluice::kv {

/// Transaction of an embedded store; see Transaction.
///
/// The order of a commit: (1) optimistic: lock what is written, check for newer versions; (2) the commit queue writes and publishes (commit
/// point); (3) locks are released. Whoever gets a lock thereafter reads at a timestamp that covers the commit.
class EmbeddedTransaction final : public Transaction {
 public:
  EmbeddedTransaction(Engine& engine, const TransactionOptions& options);
  ~EmbeddedTransaction() override;

  using Transaction::get;
  using Transaction::get_current;
  using Transaction::lock_keys;

  TransactionId id() const noexcept override { return locks_.id(); }
  Timestamp start_ts() const noexcept override { return start_ts_; }
  Timestamp for_update_ts() const noexcept override { return for_update_ts_; }
  void refresh_for_update_ts(StopToken stop) override;

  bool get(std::string_view key, std::string& value, StopToken stop) override;
  bool get_current(std::string_view key, std::string& value, StopToken stop) override;
  void batch_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values,
                 StopToken stop) override;
  std::unique_ptr<Cursor> cursor(KeyRange range, const CursorOptions& options) override;
  std::unique_ptr<Cursor> cursor_current(KeyRange range, const CursorOptions& options) override;
  std::unique_ptr<Snapshot> snapshot_at(Timestamp ts) override;

  void put(std::string_view key, std::string_view value) override;
  void erase(std::string_view key) override;
  bool has_writes() const noexcept override { return writes_.key_count() != 0; }
  bool has_written(std::string_view key) const noexcept override { return writes_.find(key) != nullptr; }

  LockOutcome lock_keys(std::span<const std::string> keys, const LockOptions& options, LockReport* report,
                        StopToken stop) override;
  bool holds_lock(std::string_view key) const noexcept override { return engine_.locks.holds(locks_, key); }
  std::size_t lock_count() const noexcept override { return locks_.lock_count(); }

  Savepoint savepoint() noexcept override { return Savepoint{writes_.sequence()}; }
  void rollback_to(Savepoint savepoint) override;
  Timestamp commit(StopToken stop) override;
  void rollback() noexcept override;
  void set_durability(CommitDurability durability) noexcept override { durability_ = durability; }

  std::int64_t memory_bytes() const noexcept override { return writes_.memory_bytes() + locks_.memory_bytes(); }
  std::int64_t write_bytes() const noexcept override { return writes_.data_bytes(); }
  std::size_t write_count() const noexcept override { return writes_.key_count(); }

 private:
  enum class State { kActive, kEnded };

  EmbeddedTransaction(Engine& engine, const TransactionOptions& options, const TimestampOracle::Start& start);
  void check_active() const;
  void check_write(std::string_view key, std::size_t value_bytes) const;
  std::unique_ptr<Cursor> merged_cursor(Timestamp ts, KeyRange range, const CursorOptions& options);
  LockOutcome lock_each(std::span<const std::string> keys, const LockOptions& options, LockReport* report,
                        StopToken stop);
  void report_newest(std::span<const std::string> keys, LockReport& report, StopToken stop);
  void lock_writes(StopToken stop);
  void check_conflicts(StopToken stop);
  void end() noexcept;
  void note_activity() noexcept;

  Engine& engine_;
  const TransactionOptions options_;
  CommitDurability durability_ = CommitDurability::kAsStore;
  const Timestamp start_ts_;
  Timestamp for_update_ts_;
  State state_ = State::kActive;
  LockTable::Owner locks_;
  WriteBuffer writes_;
  std::vector<std::string> checked_keys_;  // optimistic: locked by lock_keys, so unchanged since start_ts_ at commit
  MemoryReservation lock_memory_;
  SnapshotRegistry::Registration registration_;
  CensusEntry census_entry_{CensusKind::kTransaction};
};

}  // namespace sluice::kv
