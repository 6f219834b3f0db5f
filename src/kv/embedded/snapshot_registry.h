#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/census.h"
#include "base/mutex.h"
#include "base/thread_annotations.h"
#include "kv/safepoint_lease.h"
#include "kv/store.h"
#include "kv/timestamp.h"

namespace sluice::kv {

/// Every timestamp that somebody reads at, and the safepoint that lies at or below all of them.
///
/// A registration and an advance of the safepoint meet in this order: advance() first announces its goal, then looks at the registrations;
/// a registration first enters itself, then compares with the announced goal. So one of the two sees the other.
/// Thread-safety: any thread; advance() from one thread at a time.
class SnapshotRegistry final : public SafepointRegistry {
 public:
  explicit SnapshotRegistry(Timestamp safepoint) : goal_(safepoint), safepoint_(safepoint) {}
  ~SnapshotRegistry();

  /// A reader's place in the registry, linked while it lives. Not movable: it is a list node.
  class Registration {
   public:
    /// Throws SqlError 9006 if `timestamp` is below the safepoint.
    Registration(SnapshotRegistry& registry, Timestamp timestamp);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    friend class SnapshotRegistry;
    void unlink() noexcept;

    SnapshotRegistry& registry_;
    const Timestamp timestamp_;
    const std::size_t shard_;
    Registration* previous_ = nullptr;
    Registration* next_ = nullptr;
  };

  /// Throws SqlError 9006 if `timestamp` is below the safepoint.
  SafepointLease lease(Timestamp timestamp, std::string name);
  void release_safepoint(std::uint64_t lease_id) noexcept override;
  std::vector<SafepointHold> leases() const;

  /// Versions at or above it, and the newest one below it, are kept.
  Timestamp safepoint() const noexcept { return safepoint_.load(std::memory_order_acquire); }

  /// Picks the highest safepoint that is at most `goal` and disturbs no reader. Never below the present one.
  Timestamp choose(Timestamp goal);
  /// Makes a chosen safepoint, persisted by the caller in between, the present one.
  void publish(Timestamp safepoint) noexcept { safepoint_.store(safepoint, std::memory_order_release); }

  std::size_t reader_count() const;

 private:
  static constexpr std::size_t kShards = 16;
  struct alignas(64) Shard {
    mutable Mutex mutex;
    Registration* first SLUICE_GUARDED_BY(mutex) = nullptr;
  };
  struct Lease {
    Timestamp timestamp = 0;
    std::string name;
    CensusEntry census_entry{CensusKind::kSafepointLease};
  };

  std::array<Shard, kShards> shards_;
  mutable Mutex lease_mutex_;
  std::map<std::uint64_t, Lease> leases_ SLUICE_GUARDED_BY(lease_mutex_);
  std::uint64_t last_lease_id_ SLUICE_GUARDED_BY(lease_mutex_) = 0;
  std::atomic<Timestamp> goal_;  // what choose() may reach; at or above safepoint_
  std::atomic<Timestamp> safepoint_;
};

}  // namespace sluice::kv
