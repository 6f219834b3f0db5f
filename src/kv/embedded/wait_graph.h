#pragma once

#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "kv/lock.h"

namespace sluice::kv {

/// Who waits for whom. A transaction waits for at most one key at a time and a key has one holder, so each transaction has at most one outgoing
/// edge, and a cycle is found by following edges from the newcomer. Touched only by waiting transactions and by those that wake them.
///
/// Thread-safety: any thread. Lock order: taken while a lock stripe is held, never the other way round.
class WaitGraph {
 public:
  static constexpr std::size_t kHistoryLength = 10;

  enum class AddOutcome { kAdded, kDeadlock };
  /// Adds `waiter` -> `holder`, unless that closes a cycle: then nothing is added and the cycle goes into the history.
  AddOutcome add(TransactionId waiter, TransactionId holder, std::string_view key, std::string_view context)
      SLUICE_EXCLUDES(mutex_);
  /// The key that `waiter` waits for has passed to `holder`. Cannot close a cycle: the new holder waits for nothing at that moment.
  void retarget(TransactionId waiter, TransactionId holder) noexcept SLUICE_EXCLUDES(mutex_);
  void remove(TransactionId waiter) noexcept SLUICE_EXCLUDES(mutex_);

  std::vector<DeadlockRecord> history() const SLUICE_EXCLUDES(mutex_);  // oldest first
  std::vector<LockWait> waits() const SLUICE_EXCLUDES(mutex_);

 private:
  struct Edge {
    TransactionId holder = 0;
    std::string key;
    std::string context;
    std::int64_t since_ns = 0;
  };

  void record_cycle(TransactionId victim, Edge first) SLUICE_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::unordered_map<TransactionId, Edge> edges_ SLUICE_GUARDED_BY(mutex_);
  std::deque<DeadlockRecord> history_ SLUICE_GUARDED_BY(mutex_);
  std::uint64_t deadlock_count_ SLUICE_GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice::kv
