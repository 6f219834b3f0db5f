#include "coordination/metadata_locks.h"

#include <algorithm>

#include "base/census.h"
#include "base/clock.h"

namespace sluice::coordination {

struct SchemaLease::Entry {
  struct Use {
    std::int64_t table_id;
    std::int64_t schema_version;
    std::int64_t since_us;
  };

  std::uint64_t connection_id = 0;
  std::size_t shard = 0;
  std::vector<Use> uses;  // guarded by the shard's mutex; few, so a vector
  std::list<std::shared_ptr<Entry>>::iterator position;
  bool linked = false;  // guarded by the shard's mutex
  CensusEntry census_entry{CensusKind::kMetadataLock};
};

struct MetadataLocks::Waiter {
  std::int64_t job_id;
  std::vector<std::int64_t> table_ids;
  std::int64_t schema_version;
  std::int64_t since_us;
};

SchemaLease::SchemaLease(SchemaLease&& other) noexcept
    : locks_(std::exchange(other.locks_, nullptr)), entry_(std::move(other.entry_)) {}

SchemaLease& SchemaLease::operator=(SchemaLease&& other) noexcept {
  if (this != &other) {
    release();
    locks_ = std::exchange(other.locks_, nullptr);
    entry_ = std::move(other.entry_);
  }
  return *this;
}

SchemaLease::~SchemaLease() { release(); }

bool SchemaLease::acquire(std::span<const std::int64_t> table_ids, std::int64_t schema_version) {
  MetadataLocks::Shard& shard = locks_->shards_[entry_->shard];
  auto used = [this](std::int64_t table_id) {
    return std::any_of(entry_->uses.begin(), entry_->uses.end(),
                       [table_id](const Entry::Use& use) { return use.table_id == table_id; });
  };
  MutexLock lock(shard.mutex);
  for (std::int64_t table_id : table_ids) {
    if (used(table_id)) continue;
    if (shard.is_outdated(table_id, schema_version)) return false;
  }
  const std::int64_t now = clock().system_now_us();
  for (std::int64_t table_id : table_ids) {
    if (!used(table_id)) entry_->uses.push_back({table_id, schema_version, now});
  }
  if (!entry_->linked && !entry_->uses.empty()) {
    entry_->position = shard.leases.insert(shard.leases.end(), entry_);
    entry_->linked = true;
  }
  return true;
}

std::int64_t SchemaLease::version_of(std::int64_t table_id) const {
  if (locks_ == nullptr) return 0;
  MutexLock lock(locks_->shards_[entry_->shard].mutex);
  for (const Entry::Use& use : entry_->uses) {
    if (use.table_id == table_id) return use.schema_version;
  }
  return 0;
}

void SchemaLease::release() noexcept {
  if (locks_ == nullptr) return;
  MetadataLocks::Shard& shard = locks_->shards_[entry_->shard];
  {
    MutexLock lock(shard.mutex);
    entry_->uses.clear();
    if (!entry_->linked) return;
    shard.leases.erase(entry_->position);
    entry_->linked = false;
  }
  locks_->wake_waiters();
}

bool SchemaLease::empty() const noexcept {
  if (locks_ == nullptr) return true;
  MutexLock lock(locks_->shards_[entry_->shard].mutex);
  return entry_->uses.empty();
}

MetadataLocks::MetadataLocks() = default;
MetadataLocks::~MetadataLocks() = default;

SchemaLease MetadataLocks::new_lease(std::uint64_t connection_id) {
  auto entry = std::make_shared<SchemaLease::Entry>();
  entry->connection_id = connection_id;
  entry->shard = next_shard_.fetch_add(1, std::memory_order_relaxed) % kShards;
  return SchemaLease(this, std::move(entry));
}

void MetadataLocks::announce(std::span<const std::int64_t> table_ids, std::int64_t schema_version) {
  for (Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    for (std::int64_t table_id : table_ids) {
      std::int64_t& newest = shard.newest[table_id];
      newest = std::max(newest, schema_version);
    }
    if (shard.newest.size() > kRememberedTables) shard.forget_oldest();
  }
}

bool MetadataLocks::Shard::is_outdated(std::int64_t table_id, std::int64_t schema_version) const {
  auto announced = newest.find(table_id);
  return schema_version < (announced != newest.end() ? announced->second : newest_forgotten);
}

// Half at a time, so that the cost per announcement stays constant.
void MetadataLocks::Shard::forget_oldest() {
  std::vector<std::int64_t> versions;
  versions.reserve(newest.size());
  for (const auto& [table_id, version] : newest) versions.push_back(version);
  auto middle = versions.begin() + static_cast<std::ptrdiff_t>(versions.size() / 2);
  std::nth_element(versions.begin(), middle, versions.end());
  newest_forgotten = std::max(newest_forgotten, *middle);
  std::erase_if(newest, [this](const auto& announced) { return announced.second <= newest_forgotten; });
}

std::size_t MetadataLocks::remembered_tables() const {
  MutexLock lock(shards_[0].mutex);  // all shards remember the same
  return shards_[0].newest.size();
}

void MetadataLocks::wait_for_older(std::int64_t job_id, std::span<const std::int64_t> table_ids,
                                   std::int64_t schema_version, StopToken stop) {
  if (blockers(table_ids, schema_version).empty()) return;
  Waiter waiter{job_id, {table_ids.begin(), table_ids.end()}, schema_version, clock().system_now_us()};
  MutexLock lock(wait_mutex_);
  auto position = waiters_.insert(waiters_.end(), &waiter);
  waiter_count_.fetch_add(1);
  struct Leave {
    MetadataLocks& locks;
    std::list<Waiter*>::iterator position;
    // Runs with wait_mutex_ held: after the wait, and after its throw.
    ~Leave() SLUICE_NO_THREAD_SAFETY_ANALYSIS {
      locks.waiters_.erase(position);
      locks.waiter_count_.fetch_sub(1);
    }
  } leave{*this, position};
  released_.wait(lock, stop, [&] { return blockers(table_ids, schema_version).empty(); });
}

std::vector<MetadataLockBlocker> MetadataLocks::blockers(std::span<const std::int64_t> table_ids,
                                                         std::int64_t schema_version) const {
  std::vector<MetadataLockBlocker> found;
  for (const Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    for (const std::shared_ptr<SchemaLease::Entry>& entry : shard.leases) {
      for (const SchemaLease::Entry::Use& use : entry->uses) {
        if (use.schema_version >= schema_version) continue;
        if (std::find(table_ids.begin(), table_ids.end(), use.table_id) == table_ids.end()) continue;
        found.push_back({entry->connection_id, use.table_id, use.schema_version, use.since_us});
      }
    }
  }
  return found;
}

std::vector<MetadataLockWait> MetadataLocks::waits() const {
  std::vector<MetadataLockWait> result;
  {
    MutexLock lock(wait_mutex_);
    for (const Waiter* waiter : waiters_)
      result.push_back({waiter->job_id, waiter->schema_version, waiter->since_us,
                        blockers(waiter->table_ids, waiter->schema_version)});
  }
  return result;
}

void MetadataLocks::wake_waiters() {
  // A waiter counts itself before it looks at the leases, and a lease is gone before this load: one of the two sees the other.
  if (waiter_count_.load() == 0) return;
  MutexLock lock(wait_mutex_);
  released_.notify_all();
}

}  // namespace sluice::coordination
