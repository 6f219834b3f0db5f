#include "kv/embedded/wait_graph.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/metrics.h"

namespace sluice::kv {
namespace {

Counter lock_waits_total{"sluice_kv_lock_waits_total", "Waits for a row lock"};
Counter deadlocks_total{"sluice_kv_deadlocks_total", "Waits that would have closed a cycle"};

}  // namespace

WaitGraph::AddOutcome WaitGraph::add(TransactionId waiter, TransactionId holder, std::string_view key,
                                     std::string_view context) {
  Edge edge{holder, std::string(key), std::string(context), clock().now_ns()};
  MutexLock lock(mutex_);
  SLUICE_DCHECK(waiter != holder && !edges_.contains(waiter));
  for (TransactionId at = holder;;) {
    const auto found = edges_.find(at);
    if (found == edges_.end()) break;
    at = found->second.holder;
    if (at == waiter) {
      record_cycle(waiter, std::move(edge));
      return AddOutcome::kDeadlock;
    }
  }
  edges_.emplace(waiter, std::move(edge));
  lock_waits_total.add();
  return AddOutcome::kAdded;
}

void WaitGraph::record_cycle(TransactionId victim, Edge first) {
  DeadlockRecord record;
  record.deadlock_id = ++deadlock_count_;
  record.occurred_unix_us = clock().system_now_us();
  record.victim = victim;
  deadlocks_total.add();
  TransactionId at = first.holder;
  record.cycle.push_back(DeadlockEdge{victim, first.holder, std::move(first.key), std::move(first.context)});
  while (at != victim) {
    const Edge& edge = edges_.at(at);
    record.cycle.push_back(DeadlockEdge{at, edge.holder, edge.key, edge.context});
    at = edge.holder;
  }
  history_.push_back(std::move(record));
  if (history_.size() > kHistoryLength) history_.pop_front();
}

void WaitGraph::retarget(TransactionId waiter, TransactionId holder) noexcept {
  MutexLock lock(mutex_);
  const auto found = edges_.find(waiter);
  if (found != edges_.end()) found->second.holder = holder;
}

void WaitGraph::remove(TransactionId waiter) noexcept {
  MutexLock lock(mutex_);
  edges_.erase(waiter);
}

std::vector<DeadlockRecord> WaitGraph::history() const {
  MutexLock lock(mutex_);
  return {history_.begin(), history_.end()};
}

std::vector<LockWait> WaitGraph::waits() const {
  const std::int64_t now_ns = clock().now_ns();
  MutexLock lock(mutex_);
  std::vector<LockWait> waits;
  waits.reserve(edges_.size());
  for (const auto& [waiter, edge] : edges_) {
    waits.push_back(LockWait{waiter, edge.holder, edge.key, edge.context, (now_ns - edge.since_ns) / 1'000'000});
  }
  return waits;
}

}  // namespace sluice::kv
