#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kv/timestamp.h"

namespace sluice::kv {

/// Names a transaction in the lock table, in lock waits and in deadlock records. Unique within a store's life.
using TransactionId = std::uint64_t;

enum class WaitPolicy : std::uint8_t { kWait, kNoWait, kSkipLocked };

/// What Transaction::lock_keys came to. A time-out throws SqlError 1205, a deadlock SqlError 1213.
enum class LockOutcome : std::uint8_t {
  kLocked,   // every key is locked
  kNoWait,   // kNoWait: a key is locked by another; nothing was newly locked (the caller raises 3572)
  kSkipped,  // kSkipLocked: at least one key is locked by another; LockReport::skipped says which, the rest is locked
};

struct LockOptions {
  WaitPolicy wait = WaitPolicy::kWait;
  std::int64_t timeout_ms = 50'000;  // innodb_lock_wait_timeout; for the whole call
  bool return_values = false;  // fill LockReport::values and commit_ts with the newest committed version of each key
  std::string context;         // shown in DEADLOCKS and DATA_LOCK_WAITS: the statement's digest
};

/// Per key of one lock_keys call, in the order of its keys. Vectors are empty unless asked for.
struct LockReport {
  std::vector<bool> skipped;                       // only with kSkipLocked
  std::vector<std::optional<std::string>> values;  // only with return_values: newest committed value, nullopt if absent
  std::vector<Timestamp> commit_ts;  // only with return_values: of that version (deletions too), 0 if there is none
};

/// One edge of a wait-for cycle: `waiter` wanted `key`, which `holder` held.
struct DeadlockEdge {
  TransactionId waiter = 0;
  TransactionId holder = 0;
  std::string key;
  std::string context;  // of the waiter
};

struct DeadlockRecord {
  std::uint64_t deadlock_id = 0;  // counts from 1
  std::int64_t occurred_unix_us = 0;
  TransactionId victim = 0;
  std::vector<DeadlockEdge> cycle;  // starts with the victim's edge
};

/// A transaction that waits now.
struct LockWait {
  TransactionId waiter = 0;
  TransactionId holder = 0;
  std::string key;
  std::string context;
  std::int64_t waited_ms = 0;
};

}  // namespace sluice::kv
