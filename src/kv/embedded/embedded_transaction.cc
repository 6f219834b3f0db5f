#include "kv/embedded/embedded_transaction.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/sql_error.h"
#include "kv/embedded/embedded_snapshot.h"
#include "kv/embedded/merge_cursor.h"
#include "kv/embedded/mvcc_cursor.h"
#include "kv/embedded/mvcc_key.h"
#include "kv/embedded/mvcc_reader.h"
#include "kv/transaction_activity.h"

namespace sluice::kv {
namespace {

constexpr std::size_t kKeysPerPoll = 64;

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    hex.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

}  // namespace

EmbeddedTransaction::EmbeddedTransaction(Engine& engine, const TransactionOptions& options)
    : EmbeddedTransaction(engine, options, engine.oracle.start_transaction()) {}

EmbeddedTransaction::EmbeddedTransaction(Engine& engine, const TransactionOptions& options,
                                         const TimestampOracle::Start& start)
    : engine_(engine),
      options_(options),
      start_ts_(options.start_ts.value_or(start.read_ts)),
      for_update_ts_(start_ts_),
      locks_(start.id),
      writes_(options.memory),
      lock_memory_(options.memory),
      registration_(engine.readers, start_ts_) {
  note_activity();
}

EmbeddedTransaction::~EmbeddedTransaction() { rollback(); }

void EmbeddedTransaction::note_activity() noexcept {
  TransactionActivity* const activity = options_.activity;
  if (activity == nullptr) return;
  const bool is_active = state_ == State::kActive;
  activity->start_ts.store(is_active ? start_ts_ : 0, std::memory_order_relaxed);
  activity->locked_keys.store(is_active ? lock_count() : 0, std::memory_order_relaxed);
  activity->written_keys.store(is_active ? write_count() : 0, std::memory_order_relaxed);
  activity->memory_bytes.store(is_active ? memory_bytes() : 0, std::memory_order_relaxed);
  activity->id.store(is_active ? id() : 0, std::memory_order_relaxed);
}

void EmbeddedTransaction::check_active() const {
  SLUICE_CHECK(state_ == State::kActive, "transaction {} has ended", locks_.id());
}

void EmbeddedTransaction::refresh_for_update_ts(StopToken stop) {
  check_active();
  stop.poll();
  for_update_ts_ = engine_.oracle.read_timestamp();
}

bool EmbeddedTransaction::get(std::string_view key, std::string& value, StopToken stop) {
  check_active();
  stop.poll();
  if (const WriteBuffer::Write* own = writes_.find(key)) {
    value.assign(own->value);
    return own->is_put;
  }
  SLUICE_STORAGE_CALL("kv.transaction.get", stop);
  const ReadPositionPool::Loan loan = engine_.positions.acquire(PositionKind::kPoint, start_ts_);
  return read_visible(loan.iterator(), key, start_ts_, value);
}

bool EmbeddedTransaction::get_current(std::string_view key, std::string& value, StopToken stop) {
  check_active();
  stop.poll();
  if (const WriteBuffer::Write* own = writes_.find(key)) {
    value.assign(own->value);
    return own->is_put;
  }
  SLUICE_STORAGE_CALL("kv.transaction.get_current", stop);
  // A key that is locked by this transaction has no commit in flight, so its newest version is a published one. For other keys the
  // timestamp keeps out what a group in flight has written already.
  const Timestamp ts = engine_.locks.holds(locks_, key) ? kMaxTimestamp : engine_.oracle.read_timestamp();
  const ReadPositionPool::Loan loan = engine_.positions.acquire(PositionKind::kPoint, ts);
  return read_visible(loan.iterator(), key, ts, value);
}

void EmbeddedTransaction::batch_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values,
                                    StopToken stop) {
  check_active();
  SLUICE_STORAGE_CALL("kv.transaction.batch_get", stop);
  values.assign(keys.size(), std::nullopt);
  const ReadPositionPool::Loan loan = engine_.positions.acquire(PositionKind::kPoint, start_ts_);
  std::string value;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    if (index % kKeysPerPoll == 0) stop.poll();
    if (const WriteBuffer::Write* own = writes_.find(keys[index])) {
      if (own->is_put) values[index].emplace(own->value);
    } else if (read_visible(loan.iterator(), keys[index], start_ts_, value)) {
      values[index] = std::move(value);
    }
  }
}

std::unique_ptr<Cursor> EmbeddedTransaction::merged_cursor(Timestamp ts, KeyRange range, const CursorOptions& options) {
  check_active();
  if (writes_.empty()) return open_mvcc_cursor(engine_.db, engine_.positions, ts, std::move(range), options);
  std::unique_ptr<Cursor> base = open_mvcc_cursor(engine_.db, engine_.positions, ts, range, options);
  return open_merge_cursor(std::move(base), writes_, range, options);
}

std::unique_ptr<Cursor> EmbeddedTransaction::cursor(KeyRange range, const CursorOptions& options) {
  return merged_cursor(start_ts_, std::move(range), options);
}

std::unique_ptr<Cursor> EmbeddedTransaction::cursor_current(KeyRange range, const CursorOptions& options) {
  return merged_cursor(for_update_ts_, std::move(range), options);
}

std::unique_ptr<Snapshot> EmbeddedTransaction::snapshot_at(Timestamp ts) {
  return std::make_unique<EmbeddedSnapshot>(engine_, ts);
}

void EmbeddedTransaction::check_write(std::string_view key, std::size_t value_bytes) const {
  check_active();
  SLUICE_CHECK(!key.empty() && key[0] != kEngineKeyByte, "key is empty or reserved");
  const auto bytes = static_cast<std::int64_t>(key.size() + value_bytes);
  if (bytes > options_.entry_limit_bytes) throw SqlError(ErrorCode::kEntryTooLarge, options_.entry_limit_bytes, bytes);
  const std::int64_t total = writes_.data_bytes() + bytes;
  if (total > options_.size_limit_bytes) throw SqlError(ErrorCode::kTxnTooLarge, total);
}

void EmbeddedTransaction::put(std::string_view key, std::string_view value) {
  check_write(key, value.size());
  writes_.put(key, value);
  note_activity();
}

void EmbeddedTransaction::erase(std::string_view key) {
  check_write(key, 0);
  writes_.erase(key);
  note_activity();
}

LockOutcome EmbeddedTransaction::lock_keys(std::span<const std::string> keys, const LockOptions& options,
                                           LockReport* report, StopToken stop) {
  check_active();
  stop.poll();
  SLUICE_STORAGE_CALL("kv.transaction.lock_keys", stop);
  const std::size_t held_before = locks_.lock_count();
  LockOutcome outcome;
  try {
    outcome = lock_each(keys, options, report, stop);
    if (outcome != LockOutcome::kNoWait && options.return_values && report != nullptr)
      report_newest(keys, *report, stop);
    if (options_.mode == TransactionMode::kOptimistic && outcome != LockOutcome::kNoWait) {
      for (const std::string& key : keys) {
        if (outcome == LockOutcome::kLocked || engine_.locks.holds(locks_, key)) checked_keys_.push_back(key);
      }
    }
  } catch (...) {
    engine_.locks.release_all_but(locks_, held_before);
    note_activity();
    throw;
  }
  if (outcome == LockOutcome::kNoWait) engine_.locks.release_all_but(locks_, held_before);
  lock_memory_.resize(locks_.memory_bytes());
  note_activity();
  return outcome;
}

LockOutcome EmbeddedTransaction::lock_each(std::span<const std::string> keys, const LockOptions& options,
                                           LockReport* report, StopToken stop) {
  LockOutcome outcome = LockOutcome::kLocked;
  if (report != nullptr) *report = LockReport{};
  if (report != nullptr && options.wait == WaitPolicy::kSkipLocked) report->skipped.assign(keys.size(), false);
  std::int64_t deadline_ns = 0;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    if (index % kKeysPerPoll == kKeysPerPoll - 1) stop.poll();
    if (engine_.locks.try_lock(locks_, keys[index]) != LockTable::Outcome::kBusy) continue;
    switch (options.wait) {
      case WaitPolicy::kNoWait:
        return LockOutcome::kNoWait;
      case WaitPolicy::kSkipLocked:
        outcome = LockOutcome::kSkipped;
        if (report != nullptr) report->skipped[index] = true;
        break;
      case WaitPolicy::kWait:
        note_activity();
        if (deadline_ns == 0) deadline_ns = clock().now_ns() + options.timeout_ms * 1'000'000;
        engine_.locks.lock(locks_, keys[index], deadline_ns, options.context, stop);
        break;
    }
  }
  return outcome;
}

void EmbeddedTransaction::report_newest(std::span<const std::string> keys, LockReport& report, StopToken stop) {
  report.values.assign(keys.size(), std::nullopt);
  report.commit_ts.assign(keys.size(), 0);
  const ReadPositionPool::Loan loan = engine_.positions.acquire(PositionKind::kPoint, kMaxTimestamp);
  std::string value;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    if (index % kKeysPerPoll == kKeysPerPoll - 1) stop.poll();
    if (!report.skipped.empty() && report.skipped[index]) continue;
    const NewestVersion newest = read_newest(loan.iterator(), keys[index], &value);
    report.commit_ts[index] = newest.commit_ts;
    if (newest.is_put) report.values[index] = std::move(value);
  }
}

void EmbeddedTransaction::rollback_to(Savepoint savepoint) {
  check_active();
  SLUICE_CHECK(savepoint.position <= writes_.sequence(), "savepoint {} lies ahead of write {}", savepoint.position,
               writes_.sequence());
  writes_.undo_to(savepoint.position);
  note_activity();
}

// In key order, so that optimistic transactions never deadlock with each other.
void EmbeddedTransaction::lock_writes(StopToken stop) {
  const std::int64_t deadline_ns = clock().now_ns() + options_.commit_lock_timeout_ms * 1'000'000;
  std::size_t count = 0;
  for (const WriteBuffer::Node* node = writes_.first(); node != nullptr; node = WriteBuffer::next(node)) {
    if (node->newest == nullptr) continue;
    if (++count % kKeysPerPoll == 0) stop.poll();
    engine_.locks.lock(locks_, node->key, deadline_ns, "commit", stop);
  }
  lock_memory_.resize(locks_.memory_bytes());
}

void EmbeddedTransaction::check_conflicts(StopToken stop) {
  const ReadPositionPool::Loan loan = engine_.positions.acquire(PositionKind::kPoint, kMaxTimestamp);
  std::size_t count = 0;
  const auto check = [&](std::string_view key) {
    if (++count % kKeysPerPoll == 0) stop.poll();
    const NewestVersion newest = read_newest(loan.iterator(), key, nullptr);
    if (newest.commit_ts <= start_ts_) return;
    // Versions do not keep their transaction's start, so the conflicting one is named by its commit alone.
    throw SqlError(ErrorCode::kWriteConflict, start_ts_, 0, newest.commit_ts, to_hex(key), "Optimistic");
  };
  for (const WriteBuffer::Node* node = writes_.first(); node != nullptr; node = WriteBuffer::next(node)) {
    if (node->newest != nullptr) check(node->key);
  }
  for (const std::string& key : checked_keys_) check(key);
}

Timestamp EmbeddedTransaction::commit(StopToken stop) {
  check_active();
  Timestamp commit_ts = start_ts_;
  try {
    stop.poll();
    if (options_.mode == TransactionMode::kOptimistic && (has_writes() || !checked_keys_.empty())) {
      lock_writes(stop);
      check_conflicts(stop);
    }
    if (has_writes()) {
      SLUICE_STORAGE_CALL("kv.transaction.commit", stop);
      commit_ts = engine_.commits.commit(writes_, durability_, stop);
    }
  } catch (...) {
    end();
    throw;
  }
  end();
  return commit_ts;
}

void EmbeddedTransaction::rollback() noexcept {
  if (state_ == State::kActive) end();
}

void EmbeddedTransaction::end() noexcept {
  state_ = State::kEnded;
  engine_.locks.release_all_but(locks_, 0);
  lock_memory_.release();
  note_activity();
}

}  // namespace sluice::kv
