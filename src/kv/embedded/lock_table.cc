#include "kv/embedded/lock_table.h"

#include <functional>
#include <optional>

#include "base/census.h"
#include "base/check.h"
#include "base/sql_error.h"

namespace sluice::kv {

/// Lives on the stack of the waiting thread; linked into its entry under the stripe's mutex.
struct LockTable::Waiter {
  Owner* owner = nullptr;
  Waiter* next = nullptr;
  bool granted = false;
  Condition woken;
  CensusEntry census_entry{CensusKind::kLockWait};
};

struct LockTable::Entry {
  std::string key;
  std::uint64_t hash = 0;
  Owner* owner = nullptr;
  Waiter* first_waiter = nullptr;
  Waiter* last_waiter = nullptr;
  std::unique_ptr<Entry> next;
  std::optional<CensusEntry> census_entry;  // empty in spare entries
};

LockTable::Owner::~Owner() {
  SLUICE_FATAL_CHECK(held_.empty(), "transaction {} ends with {} locks", id_, held_.size());
}

LockTable::LockTable() = default;
LockTable::~LockTable() = default;

std::uint64_t LockTable::hash_of(std::string_view key) noexcept { return std::hash<std::string_view>()(key); }

LockTable::Entry* LockTable::find(const Stripe& stripe, std::string_view key, std::uint64_t hash) {
  if (stripe.buckets.empty()) return nullptr;
  Entry* entry = stripe.buckets[(hash / kStripeCount) % stripe.buckets.size()].get();
  while (entry != nullptr && (entry->hash != hash || entry->key != key)) entry = entry->next.get();
  return entry;
}

void LockTable::grow(Stripe& stripe) {
  std::vector<std::unique_ptr<Entry>> buckets(stripe.buckets.empty() ? 8 : stripe.buckets.size() * 2);
  for (std::unique_ptr<Entry>& chain : stripe.buckets) {
    while (chain != nullptr) {
      std::unique_ptr<Entry> entry = std::move(chain);
      chain = std::move(entry->next);
      std::unique_ptr<Entry>& target = buckets[(entry->hash / kStripeCount) % buckets.size()];
      entry->next = std::move(target);
      target = std::move(entry);
    }
  }
  stripe.buckets = std::move(buckets);
}

LockTable::Entry* LockTable::insert(Stripe& stripe, std::string_view key, std::uint64_t hash) {
  if (stripe.entry_count >= stripe.buckets.size()) grow(stripe);
  std::unique_ptr<Entry> entry;
  if (stripe.spare != nullptr) {
    entry = std::move(stripe.spare);
    stripe.spare = std::move(entry->next);
    --stripe.spare_count;
  } else {
    entry = std::make_unique<Entry>();
  }
  entry->key.assign(key);
  entry->hash = hash;
  entry->census_entry.emplace(CensusKind::kLock);
  std::unique_ptr<Entry>& bucket = stripe.buckets[(hash / kStripeCount) % stripe.buckets.size()];
  entry->next = std::move(bucket);
  bucket = std::move(entry);
  ++stripe.entry_count;
  return bucket.get();
}

void LockTable::erase(Stripe& stripe, Entry* entry) noexcept {
  std::unique_ptr<Entry>* link = &stripe.buckets[(entry->hash / kStripeCount) % stripe.buckets.size()];
  while (link->get() != entry) link = &(*link)->next;
  std::unique_ptr<Entry> removed = std::move(*link);
  *link = std::move(removed->next);
  --stripe.entry_count;
  if (stripe.spare_count >= kSpareEntries) return;
  removed->owner = nullptr;
  removed->census_entry.reset();
  removed->next = std::move(stripe.spare);
  stripe.spare = std::move(removed);
  ++stripe.spare_count;
}

// Before anything else, so that nothing throws once the entry belongs to the owner.
void LockTable::reserve_one(Owner& owner) {
  if (owner.held_.size() == owner.held_.capacity()) owner.held_.reserve(owner.held_.size() * 2 + 8);
}

void LockTable::take(Owner& owner, Entry* entry) {
  entry->owner = &owner;
  owner.memory_bytes_ += static_cast<std::int64_t>(sizeof(Entry) + sizeof(Entry*) + entry->key.size());
}

LockTable::Outcome LockTable::try_lock(Owner& owner, std::string_view key) {
  const std::uint64_t hash = hash_of(key);
  Stripe& stripe = stripe_of(hash);
  reserve_one(owner);
  MutexLock lock(stripe.mutex);
  Entry* entry = find(stripe, key, hash);
  if (entry != nullptr) return entry->owner == &owner ? Outcome::kAlreadyHeld : Outcome::kBusy;
  entry = insert(stripe, key, hash);
  take(owner, entry);
  owner.held_.push_back(entry);
  return Outcome::kLocked;
}

LockTable::Outcome LockTable::lock(Owner& owner, std::string_view key, std::int64_t deadline_ns,
                                   std::string_view context, StopToken stop) {
  const std::uint64_t hash = hash_of(key);
  Stripe& stripe = stripe_of(hash);
  MutexLock lock(stripe.mutex);
  Entry* entry = find(stripe, key, hash);
  if (entry == nullptr) {
    reserve_one(owner);
    entry = insert(stripe, key, hash);
    take(owner, entry);
    owner.held_.push_back(entry);
    return Outcome::kLocked;
  }
  if (entry->owner == &owner) return Outcome::kAlreadyHeld;
  return wait(owner, entry, stripe, lock, deadline_ns, context, stop);
}

LockTable::Outcome LockTable::wait(Owner& owner, Entry* entry, Stripe& stripe, MutexLock& lock,
                                   std::int64_t deadline_ns, std::string_view context, StopToken stop) {
  stop.poll();
  reserve_one(owner);
  if (graph_.add(owner.id_, entry->owner->id_, entry->key, context) == WaitGraph::AddOutcome::kDeadlock) {
    SLUICE_REACHED("lock wait would close a cycle");
    throw SqlError(ErrorCode::kLockDeadlock);
  }
  Waiter waiter;
  waiter.owner = &owner;
  (entry->last_waiter == nullptr ? entry->first_waiter : entry->last_waiter->next) = &waiter;
  entry->last_waiter = &waiter;

  // Whoever grants has removed the waiter from the entry and from the graph, and has set entry->owner.
  const auto leave_queue = [&] {
    Waiter** link = &entry->first_waiter;
    Waiter* before = nullptr;
    while (*link != &waiter) {
      before = *link;
      link = &before->next;
    }
    *link = waiter.next;
    if (entry->last_waiter == &waiter) entry->last_waiter = before;
    graph_.remove(owner.id_);
  };
  bool granted = false;
  try {
    SLUICE_REACHED("lock wait begins");
    granted = waiter.woken.wait_until(lock, stop, deadline_ns, [&] { return waiter.granted; });
  } catch (...) {
    if (waiter.granted) {
      SLUICE_REACHED("lock was granted to a waiter that stops");
      pass_on_or_erase(stripe, entry);
    } else {
      leave_queue();
    }
    throw;
  }
  if (!granted) {
    SLUICE_REACHED("lock wait timed out");
    leave_queue();
    throw SqlError(ErrorCode::kLockWaitTimeout);
  }
  take(owner, entry);
  owner.held_.push_back(entry);
  return Outcome::kLocked;
}

void LockTable::pass_on_or_erase(Stripe& stripe, Entry* entry) noexcept {
  Waiter* heir = entry->first_waiter;
  if (heir == nullptr) {
    erase(stripe, entry);
    return;
  }
  entry->first_waiter = heir->next;
  if (entry->first_waiter == nullptr) entry->last_waiter = nullptr;
  entry->owner = heir->owner;
  graph_.remove(heir->owner->id_);
  for (Waiter* other = entry->first_waiter; other != nullptr; other = other->next) {
    graph_.retarget(other->owner->id_, heir->owner->id_);
  }
  heir->granted = true;
  heir->woken.notify_one();
}

bool LockTable::holds(const Owner& owner, std::string_view key) const {
  if (owner.held_.empty()) return false;
  const std::uint64_t hash = hash_of(key);
  const Stripe& stripe = stripe_of(hash);
  MutexLock lock(stripe.mutex);
  const Entry* entry = find(stripe, key, hash);
  return entry != nullptr && entry->owner == &owner;
}

void LockTable::release_all_but(Owner& owner, std::size_t count) noexcept {
  while (owner.held_.size() > count) {
    Entry* entry = owner.held_.back();
    owner.held_.pop_back();
    owner.memory_bytes_ -= static_cast<std::int64_t>(sizeof(Entry) + sizeof(Entry*) + entry->key.size());
    Stripe& stripe = stripe_of(entry->hash);
    MutexLock lock(stripe.mutex);
    pass_on_or_erase(stripe, entry);
  }
}

std::size_t LockTable::size() const {
  std::size_t count = 0;
  for (const Stripe& stripe : stripes_) {
    MutexLock lock(stripe.mutex);
    count += stripe.entry_count;
  }
  return count;
}

}  // namespace sluice::kv
