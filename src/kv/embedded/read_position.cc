#include "kv/embedded/read_position.h"

#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>

#include "base/clock.h"
#include "kv/embedded/rocksdb_status.h"
#include "kv/embedded/thread_shard.h"
#include "kv/embedded/timestamp_oracle.h"

namespace sluice::kv {
namespace {

rocksdb::ReadOptions options_of(PositionKind kind) {
  rocksdb::ReadOptions options;
  options.total_order_seek = kind == PositionKind::kScan;
  options.prefix_same_as_start = kind == PositionKind::kPoint;
  return options;
}

}  // namespace

ReadPositionPool::ReadPositionPool(rocksdb::DB& db, const TimestampOracle& oracle) : db_(db), oracle_(oracle) {
  for (Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    for (std::vector<Slot>& idle : shard.idle) idle.reserve(kIdlePerShard);  // so that give_back never allocates
  }
}

ReadPositionPool::~ReadPositionPool() = default;

ReadPositionPool::Loan::Loan(ReadPositionPool& pool, PositionKind kind, Slot slot) noexcept
    : pool_(&pool), kind_(kind), slot_(std::move(slot)) {}

ReadPositionPool::Loan::Loan(Loan&& other) noexcept
    : pool_(other.pool_), kind_(other.kind_), slot_(std::move(other.slot_)) {}

ReadPositionPool::Loan::~Loan() {
  if (slot_.iterator != nullptr) pool_->give_back(kind_, std::move(slot_));
}

void ReadPositionPool::refresh(Slot& slot, PositionKind kind) {
  // Read before the iterator takes its view: what is published by then, the view contains.
  slot.published = oracle_.published();
  slot.epoch = epoch_.load();
  slot.refreshed_ns = clock().now_ns();
  if (slot.iterator != nullptr && slot.iterator->Refresh().ok()) return;
  slot.iterator.reset(db_.NewIterator(options_of(kind)));
  throw_if_failed(slot.iterator->status(), "open a read position");
}

ReadPositionPool::Loan ReadPositionPool::acquire(PositionKind kind, Timestamp ts) {
  Slot slot;
  Shard& shard = shards_[thread_shard() % kShards];
  {
    MutexLock lock(shard.mutex);
    std::vector<Slot>& idle = shard.idle[static_cast<std::size_t>(kind)];
    if (!idle.empty()) {
      slot = std::move(idle.back());
      idle.pop_back();
    }
  }
  const bool current = slot.iterator != nullptr && slot.epoch == epoch_.load(std::memory_order_acquire) &&
                       (slot.published >= ts || slot.published == oracle_.published());
  if (!current) refresh(slot, kind);
  return Loan(*this, kind, std::move(slot));
}

void ReadPositionPool::give_back(PositionKind kind, Slot slot) noexcept {
  if (!slot.iterator->Valid() && !slot.iterator->status().ok()) return;
  Shard& shard = shards_[thread_shard() % kShards];
  MutexLock lock(shard.mutex);
  std::vector<Slot>& idle = shard.idle[static_cast<std::size_t>(kind)];
  if (idle.size() < kIdlePerShard) idle.push_back(std::move(slot));
}

void ReadPositionPool::drop_idle(std::int64_t age_ns) {
  const std::int64_t limit_ns = clock().now_ns() - age_ns;
  for (Shard& shard : shards_) {
    std::vector<Slot> dropped;  // destroyed without the mutex: giving up a view may delete files
    MutexLock lock(shard.mutex);
    for (std::vector<Slot>& idle : shard.idle) {
      for (std::size_t index = 0; index < idle.size();) {
        if (idle[index].refreshed_ns > limit_ns) {
          ++index;
          continue;
        }
        dropped.push_back(std::move(idle[index]));
        idle[index] = std::move(idle.back());
        idle.pop_back();
      }
    }
    lock.unlock();
  }
}

}  // namespace sluice::kv
