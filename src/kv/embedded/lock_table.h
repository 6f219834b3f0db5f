#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/census.h"
#include "base/mutex.h"
#include "base/stack_arena.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"
#include "kv/embedded/wait_graph.h"
#include "kv/lock.h"

namespace sluice::kv {

/// Exclusive locks on keys, in memory, in stripes by hash.
///
/// A released key passes straight to its longest waiter, so nobody overtakes. A key that is not locked has no entry.
/// Entries lie in the memory of their owners, and many are released in groups by stripe: the end of a transaction of millions of locks costs some
/// ten nanoseconds for each.
/// Thread-safety: any thread; one Owner from one thread at a time. Lock order: stripe, then the wait graph; no I/O under a stripe.
class LockTable {
 private:
  struct Waiter;
  struct Entry;

 public:
  /// The locks of one transaction. All must be released before it is destroyed.
  class Owner {
   public:
    explicit Owner(TransactionId id) : id_(id) {}
    ~Owner();
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;

    TransactionId id() const noexcept { return id_; }
    std::size_t lock_count() const noexcept { return held_.size(); }
    std::int64_t memory_bytes() const noexcept {
      return memory_.memory_bytes() + static_cast<std::int64_t>(held_.size() * sizeof(Entry*));
    }

   private:
    friend class LockTable;
    const TransactionId id_;
    StackArena memory_;         // the entries
    std::vector<Entry*> held_;  // in the order of locking
    CensusCount census_count_{CensusKind::kLock};
  };

  LockTable();
  ~LockTable();
  LockTable(const LockTable&) = delete;
  LockTable& operator=(const LockTable&) = delete;

  enum class Outcome { kLocked, kAlreadyHeld, kBusy };

  /// Locks `key` if nobody else has it or waits for it.
  Outcome try_lock(Owner& owner, std::string_view key);

  /// Locks `key`, waiting until the steady time `deadline_ns`. Never returns kBusy.
  /// Throws: Stopped; SqlError 1205 at the deadline; SqlError 1213 if the wait would close a cycle. Nothing is locked then.
  Outcome lock(Owner& owner, std::string_view key, std::int64_t deadline_ns, std::string_view context, StopToken stop);

  bool holds(const Owner& owner, std::string_view key) const;

  /// Releases all locks of `owner` but the first `count` that it took.
  void release_all_but(Owner& owner, std::size_t count) noexcept;

  std::vector<DeadlockRecord> recent_deadlocks() const { return graph_.history(); }
  std::vector<LockWait> waits() const { return graph_.waits(); }
  /// Entries now in the table: locked keys.
  std::size_t size() const;

 private:
  static constexpr std::size_t kStripeCount = 256;
  static constexpr std::size_t kGroupLocks = 8192;  // released together
  static constexpr std::size_t kSpareBuckets = 64;  // per stripe, kept when it is empty

  struct Stripe {
    mutable Mutex mutex;
    std::vector<Entry*> buckets SLUICE_GUARDED_BY(mutex);
    std::size_t entry_count SLUICE_GUARDED_BY(mutex) = 0;
  };

  static std::uint64_t hash_of(std::string_view key) noexcept;
  Stripe& stripe_of(std::uint64_t hash) noexcept { return stripes_[hash % kStripeCount]; }
  const Stripe& stripe_of(std::uint64_t hash) const noexcept { return stripes_[hash % kStripeCount]; }

  static Entry* find(const Stripe& stripe, std::string_view key, std::uint64_t hash) SLUICE_REQUIRES(stripe.mutex);
  static Entry* make_entry(Owner& owner, std::string_view key, std::uint64_t hash);
  static void insert(Stripe& stripe, Entry* entry) SLUICE_REQUIRES(stripe.mutex);
  static void replace(Entry* entry, Entry* by) noexcept;
  static void erase(Stripe& stripe, Entry* entry) noexcept SLUICE_REQUIRES(stripe.mutex);
  static void grow(Stripe& stripe) SLUICE_REQUIRES(stripe.mutex);
  static Outcome lock_free_key(Owner& owner, Stripe& stripe, std::string_view key, std::uint64_t hash)
      SLUICE_REQUIRES(stripe.mutex);

  static void reserve_one(Owner& owner);
  static void take(Owner& owner, Entry* entry) noexcept;
  void pass_on_or_erase(Stripe& stripe, Entry* entry) noexcept SLUICE_REQUIRES(stripe.mutex);
  void release_group(std::span<Entry*> entries) noexcept;
  // The analysis cannot follow the condition, which gives the stripe's mutex back while it waits.
  Outcome wait(Owner& owner, Entry* held, Stripe& stripe, MutexLock& lock, std::int64_t deadline_ns,
               std::string_view context, StopToken stop) SLUICE_NO_THREAD_SAFETY_ANALYSIS;

  WaitGraph graph_;
  std::array<Stripe, kStripeCount> stripes_;
};

}  // namespace sluice::kv
