#include "kv/embedded/snapshot_registry.h"

#include <algorithm>

#include "base/check.h"
#include "base/sql_error.h"
#include "kv/embedded/thread_shard.h"

namespace sluice::kv {
namespace {

[[noreturn]] [[gnu::cold]] void throw_collected(Timestamp timestamp, Timestamp safepoint) {
  throw SqlError(ErrorCode::kGcTooEarly, timestamp, safepoint);
}

}  // namespace

SnapshotRegistry::~SnapshotRegistry() {
  SLUICE_FATAL_CHECK(reader_count() == 0, "store closes under {} readers", reader_count());
}

SnapshotRegistry::Registration::Registration(SnapshotRegistry& registry, Timestamp timestamp)
    : registry_(registry), timestamp_(timestamp), shard_(thread_shard() % kShards) {
  {
    Shard& shard = registry.shards_[shard_];
    MutexLock lock(shard.mutex);
    next_ = shard.first;
    if (next_ != nullptr) next_->previous_ = this;
    shard.first = this;
  }
  if (timestamp >= registry.goal_.load()) [[likely]]
    return;
  unlink();  // no destructor runs after a throw from here
  throw_collected(timestamp, registry.goal_.load());
}

SnapshotRegistry::Registration::~Registration() { unlink(); }

void SnapshotRegistry::Registration::unlink() noexcept {
  Shard& shard = registry_.shards_[shard_];
  MutexLock lock(shard.mutex);
  (previous_ == nullptr ? shard.first : previous_->next_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

SafepointLease SnapshotRegistry::lease(Timestamp timestamp, std::string name) {
  std::uint64_t id;
  {
    MutexLock lock(lease_mutex_);
    id = ++last_lease_id_;
    leases_.emplace(id, Lease{timestamp, std::move(name)});
  }
  SafepointLease lease(this, id, timestamp);
  if (timestamp < goal_.load()) throw_collected(timestamp, goal_.load());  // destroys the lease
  return lease;
}

void SnapshotRegistry::release_safepoint(std::uint64_t lease_id) noexcept {
  MutexLock lock(lease_mutex_);
  leases_.erase(lease_id);
}

std::vector<SafepointHold> SnapshotRegistry::leases() const {
  MutexLock lock(lease_mutex_);
  std::vector<SafepointHold> holds;
  for (const auto& [id, lease] : leases_) holds.push_back(SafepointHold{lease.name, lease.timestamp});
  return holds;
}

Timestamp SnapshotRegistry::choose(Timestamp goal) {
  const Timestamp present = safepoint();
  if (goal <= present) return present;
  goal_.store(goal);
  Timestamp chosen = goal;
  for (Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    for (const Registration* reader = shard.first; reader != nullptr; reader = reader->next_) {
      // A reader below the safepoint has just entered and is about to see so.
      if (reader->timestamp_ >= present) chosen = std::min(chosen, reader->timestamp_);
    }
  }
  {
    MutexLock lock(lease_mutex_);
    for (const auto& [id, lease] : leases_) {
      if (lease.timestamp >= present) chosen = std::min(chosen, lease.timestamp);
    }
  }
  goal_.store(chosen);
  return chosen;
}

std::size_t SnapshotRegistry::reader_count() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    for (const Registration* reader = shard.first; reader != nullptr; reader = reader->next_) ++count;
  }
  return count;
}

}  // namespace sluice::kv
