#include "kv/embedded/lock_table.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/check.h"
#include "base/sql_error.h"

namespace sluice::kv {

/// Lives on the stack of the waiting thread; linked into the key's entry under the stripe's mutex.
struct LockTable::Waiter {
  Owner* owner = nullptr;
  Entry* entry = nullptr;  // its own, which takes the place of the other's when it is granted
  Waiter* next = nullptr;
  bool granted = false;
  Condition woken;
  CensusEntry census_entry{CensusKind::kLockWait};
};

/// A locked key; its bytes follow. In its owner's memory, linked into a bucket; guarded by the stripe's mutex.
struct LockTable::Entry {
  Entry* next = nullptr;
  Entry** link = nullptr;  // what points to this one: the bucket or the entry before
  Owner* owner = nullptr;
  Waiter* first_waiter = nullptr;
  Waiter* last_waiter = nullptr;
  std::uint64_t hash = 0;
  std::size_t key_bytes = 0;

  std::string_view key() const noexcept { return {reinterpret_cast<const char*>(this + 1), key_bytes}; }
};

LockTable::Owner::~Owner() {
  SLUICE_FATAL_CHECK(held_.empty(), "transaction {} ends with {} locks", id_, held_.size());
}

LockTable::LockTable() = default;
LockTable::~LockTable() = default;

std::uint64_t LockTable::hash_of(std::string_view key) noexcept { return std::hash<std::string_view>()(key); }

LockTable::Entry* LockTable::find(const Stripe& stripe, std::string_view key, std::uint64_t hash) {
  if (stripe.buckets.empty()) return nullptr;
  Entry* entry = stripe.buckets[(hash / kStripeCount) % stripe.buckets.size()];
  while (entry != nullptr && (entry->hash != hash || entry->key() != key)) entry = entry->next;
  return entry;
}

LockTable::Entry* LockTable::make_entry(Owner& owner, std::string_view key, std::uint64_t hash) {
  Entry* const entry = ::new (owner.memory_.allocate(sizeof(Entry) + key.size())) Entry;
  std::memcpy(entry + 1, key.data(), key.size());
  entry->key_bytes = key.size();
  entry->hash = hash;
  entry->owner = &owner;
  return entry;
}

void LockTable::grow(Stripe& stripe) {
  std::vector<Entry*> buckets(stripe.buckets.empty() ? 8 : stripe.buckets.size() * 2);
  std::swap(buckets, stripe.buckets);
  stripe.entry_count = 0;
  for (Entry* entry : buckets) {
    while (entry != nullptr) {
      Entry* const next = entry->next;
      insert(stripe, entry);
      entry = next;
    }
  }
}

// Needs a place: grow() comes before.
void LockTable::insert(Stripe& stripe, Entry* entry) {
  Entry** const bucket = &stripe.buckets[(entry->hash / kStripeCount) % stripe.buckets.size()];
  entry->next = *bucket;
  entry->link = bucket;
  if (entry->next != nullptr) entry->next->link = &entry->next;
  *bucket = entry;
  ++stripe.entry_count;
}

void LockTable::replace(Entry* entry, Entry* by) noexcept {
  by->next = entry->next;
  by->link = entry->link;
  *by->link = by;
  if (by->next != nullptr) by->next->link = &by->next;
}

void LockTable::erase(Stripe& stripe, Entry* entry) noexcept {
  *entry->link = entry->next;
  if (entry->next != nullptr) entry->next->link = entry->link;
  if (--stripe.entry_count == 0 && stripe.buckets.size() > kSpareBuckets) std::vector<Entry*>().swap(stripe.buckets);
}

// Before anything else, so that nothing throws once the entry belongs to the owner.
void LockTable::reserve_one(Owner& owner) {
  if (owner.held_.size() == owner.held_.capacity()) owner.held_.reserve(owner.held_.size() * 2 + 8);
}

void LockTable::take(Owner& owner, Entry* entry) noexcept {
  owner.held_.push_back(entry);
  owner.census_count_.add(1);
}

LockTable::Outcome LockTable::lock_free_key(Owner& owner, Stripe& stripe, std::string_view key, std::uint64_t hash) {
  reserve_one(owner);
  if (stripe.entry_count >= stripe.buckets.size()) grow(stripe);
  Entry* const entry = make_entry(owner, key, hash);
  insert(stripe, entry);
  take(owner, entry);
  return Outcome::kLocked;
}

LockTable::Outcome LockTable::try_lock(Owner& owner, std::string_view key) {
  const std::uint64_t hash = hash_of(key);
  Stripe& stripe = stripe_of(hash);
  MutexLock lock(stripe.mutex);
  const Entry* const entry = find(stripe, key, hash);
  if (entry != nullptr) return entry->owner == &owner ? Outcome::kAlreadyHeld : Outcome::kBusy;
  return lock_free_key(owner, stripe, key, hash);
}

LockTable::Outcome LockTable::lock(Owner& owner, std::string_view key, std::int64_t deadline_ns,
                                   std::string_view context, StopToken stop) {
  const std::uint64_t hash = hash_of(key);
  Stripe& stripe = stripe_of(hash);
  MutexLock lock(stripe.mutex);
  Entry* const entry = find(stripe, key, hash);
  if (entry == nullptr) return lock_free_key(owner, stripe, key, hash);
  if (entry->owner == &owner) return Outcome::kAlreadyHeld;
  return wait(owner, entry, stripe, lock, deadline_ns, context, stop);
}

LockTable::Outcome LockTable::wait(Owner& owner, Entry* held, Stripe& stripe, MutexLock& lock, std::int64_t deadline_ns,
                                   std::string_view context, StopToken stop) {
  stop.poll();
  reserve_one(owner);
  Waiter waiter;
  waiter.owner = &owner;
  waiter.entry = make_entry(owner, held->key(), held->hash);
  const auto give_up = [&] { owner.memory_.free_from(waiter.entry); };
  try {
    if (graph_.add(owner.id_, held->owner->id_, held->key(), context) == WaitGraph::AddOutcome::kDeadlock) {
      SLUICE_REACHED("lock wait would close a cycle");
      throw SqlError(ErrorCode::kLockDeadlock);
    }
  } catch (...) {
    give_up();
    throw;
  }
  (held->last_waiter == nullptr ? held->first_waiter : held->last_waiter->next) = &waiter;
  held->last_waiter = &waiter;

  // Whoever grants has removed the waiter from the queue and from the graph, and has put its entry in the place of the other's. Until
  // then the key may pass from one to another, so its entry is looked up.
  const auto leave_queue = [&] {
    Entry* const entry = find(stripe, waiter.entry->key(), waiter.entry->hash);
    Waiter** link = &entry->first_waiter;
    Waiter* before = nullptr;
    while (*link != &waiter) {
      before = *link;
      link = &before->next;
    }
    *link = waiter.next;
    if (entry->last_waiter == &waiter) entry->last_waiter = before;
    graph_.remove(owner.id_);
    give_up();
  };
  bool granted = false;
  try {
    SLUICE_REACHED("lock wait begins");
    granted = waiter.woken.wait_until(lock, stop, deadline_ns, [&] { return waiter.granted; });
  } catch (...) {
    if (waiter.granted) {
      SLUICE_REACHED("lock was granted to a waiter that stops");
      pass_on_or_erase(stripe, waiter.entry);
      give_up();
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
  take(owner, waiter.entry);
  return Outcome::kLocked;
}

void LockTable::pass_on_or_erase(Stripe& stripe, Entry* entry) noexcept {
  Waiter* const heir = entry->first_waiter;
  if (heir == nullptr) {
    erase(stripe, entry);
    return;
  }
  Entry* const passed = heir->entry;
  passed->first_waiter = heir->next;
  passed->last_waiter = heir->next == nullptr ? nullptr : entry->last_waiter;
  replace(entry, passed);
  graph_.remove(heir->owner->id_);
  for (Waiter* other = passed->first_waiter; other != nullptr; other = other->next) {
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
  const Entry* const entry = find(stripe, key, hash);
  return entry != nullptr && entry->owner == &owner;
}

void LockTable::release_all_but(Owner& owner, std::size_t count) noexcept {
  if (owner.held_.size() <= count) return;
  const Entry* const lowest = owner.held_[count];
  const std::span<Entry*> released = std::span(owner.held_).subspan(count);
  for (std::size_t end = released.size(); end > 0;) {
    const std::size_t begin = end - std::min(end, kGroupLocks);
    release_group(released.subspan(begin, end - begin));
    end = begin;
  }
  owner.census_count_.add(-static_cast<std::int64_t>(released.size()));
  owner.held_.resize(count);
  owner.memory_.free_from(lowest);
}

// The neighbours of entries in their buckets lie anywhere in memory: their lines are fetched for all entries of a stripe together.
void LockTable::release_group(std::span<Entry*> entries) noexcept {
  if (entries.size() >= kStripeCount) {
    // Sorted by stripe, in place: each is swapped to the next free place of its stripe.
    std::array<std::uint16_t, kStripeCount> next{}, end{};
    static_assert(kGroupLocks <= UINT16_MAX);
    for (const Entry* entry : entries) ++end[entry->hash % kStripeCount];
    std::uint16_t total = 0;
    for (std::size_t stripe = 0; stripe < kStripeCount; ++stripe) {
      next[stripe] = total;
      total = end[stripe] = static_cast<std::uint16_t>(total + end[stripe]);
    }
    for (std::size_t stripe = 0; stripe < kStripeCount; ++stripe) {
      while (next[stripe] < end[stripe]) {
        Entry*& place = entries[next[stripe]];
        const std::size_t target = place->hash % kStripeCount;
        if (target != stripe) std::swap(place, entries[next[target]]);
        ++next[target];
      }
    }
  }
  for (std::size_t begin = 0; begin < entries.size();) {
    const std::size_t number = entries[begin]->hash % kStripeCount;
    std::size_t end = begin + 1;
    while (end < entries.size() && entries[end]->hash % kStripeCount == number) ++end;
    Stripe& stripe = stripes_[number];
    MutexLock lock(stripe.mutex);
    for (std::size_t at = begin; at < end; ++at) {
      __builtin_prefetch(entries[at]->link, 1);
      __builtin_prefetch(entries[at]->next, 1);
    }
    for (; begin < end; ++begin) pass_on_or_erase(stripe, entries[begin]);
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
