#include "catalog/auto_id.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/clock.h"
#include "base/sql_error.h"
#include "catalog/meta.h"
#include "kv/store.h"

namespace sluice::catalog {
namespace {

constexpr std::int64_t kMinStep = 30'000;
constexpr std::int64_t kMaxStep = 2'000'000;
constexpr std::int64_t kFastRefillNs =
    10'000'000'000;  // a refill sooner than this doubles the step, a later one halves it
constexpr std::int64_t kMaxId = std::numeric_limits<std::int64_t>::max();

// The smallest v > after with v % increment == offset % increment.
std::int64_t next_aligned(std::int64_t after, std::int64_t increment, std::int64_t offset) {
  if (increment <= 1) return after + 1;
  // As in MySQL an offset above the increment is ignored.
  const std::int64_t base = (offset > increment ? 1 : offset) % increment;
  const std::int64_t candidate = after + 1;
  const std::int64_t remainder = ((candidate - base) % increment + increment) % increment;
  return remainder == 0 ? candidate : candidate + (increment - remainder);
}

}  // namespace

// last_used and reserved_end bound the cached ids: (last_used, reserved_end].
struct AutoIdAllocator::TableCounter {
  explicit TableCounter(std::int64_t table) : table_id(table) {}

  const std::int64_t table_id;
  Mutex mutex;
  Condition refilled;
  bool refilling SLUICE_GUARDED_BY(mutex) = false;
  std::int64_t last_used SLUICE_GUARDED_BY(mutex) = 0;
  std::int64_t reserved_end SLUICE_GUARDED_BY(mutex) = 0;
  std::int64_t step SLUICE_GUARDED_BY(mutex) = kMinStep;
  std::int64_t refilled_at_ns SLUICE_GUARDED_BY(mutex) = 0;
};

AutoIdAllocator::AutoIdAllocator(kv::Store& store) : store_(store) {}
AutoIdAllocator::~AutoIdAllocator() = default;

std::shared_ptr<AutoIdAllocator::TableCounter> AutoIdAllocator::counter_of(std::int64_t table_id) {
  MutexLock lock(mutex_);
  std::shared_ptr<TableCounter>& counter = counters_[table_id];
  if (counter == nullptr) counter = std::make_shared<TableCounter>(table_id);
  return counter;
}

// Makes reserved_end at least `at_least`, by one transaction of one thread at a time; the others wait for it.
void AutoIdAllocator::reserve(TableCounter& counter, std::int64_t database_id, const TableInfo& table,
                              std::int64_t at_least, StopToken stop) {
  std::int64_t step = 0;
  {
    MutexLock lock(counter.mutex);
    counter.refilled.wait(lock, stop, [&] SLUICE_REQUIRES(counter.mutex) {
      return !counter.refilling || counter.reserved_end >= at_least;
    });
    if (counter.reserved_end >= at_least) return;
    counter.refilling = true;
    const std::int64_t now = clock().now_ns();
    if (counter.refilled_at_ns != 0) {
      counter.step = now - counter.refilled_at_ns < kFastRefillNs ? std::min(counter.step * 2, kMaxStep)
                                                                  : std::max(counter.step / 2, kMinStep);
    }
    counter.refilled_at_ns = now;
    step = table.auto_id_cache > 0 ? table.auto_id_cache : counter.step;
  }
  std::int64_t stored = 0;
  std::int64_t end = 0;
  try {
    std::unique_ptr<kv::Transaction> transaction = store_.begin({}, stop);
    MetaWriter meta(*transaction, stop);
    const std::int64_t home = auto_id_database(database_id, table);
    meta.lock_auto_id(home, table.id);
    stored = meta.auto_id(home, table.id);
    const std::int64_t wanted = std::max(stored, at_least - 1);
    end = wanted > kMaxId - step ? kMaxId : wanted + step;
    meta.put_auto_id(home, table.id, end);
    transaction->commit(stop);
  } catch (...) {
    MutexLock lock(counter.mutex);
    counter.refilling = false;
    counter.refilled.notify_all();
    throw;
  }
  MutexLock lock(counter.mutex);
  counter.refilling = false;
  // Another node may have taken what lies between: the cached rest is kept only if the new range continues it.
  if (stored != counter.reserved_end) counter.last_used = std::max(counter.last_used, stored);
  counter.reserved_end = end;
  counter.refilled.notify_all();
}

AutoIdAllocator::Range AutoIdAllocator::allocate(std::int64_t database_id, const TableInfo& table, std::int64_t count,
                                                 std::int64_t increment, std::int64_t offset, std::uint64_t upper_limit,
                                                 StopToken stop) {
  SLUICE_CHECK(count >= 1 && increment >= 1, "{} ids in steps of {} asked for", count, increment);
  const std::int64_t limit =
      upper_limit > static_cast<std::uint64_t>(kMaxId) ? kMaxId : static_cast<std::int64_t>(upper_limit);
  std::shared_ptr<TableCounter> counter = counter_of(table.id);
  for (;;) {
    std::int64_t last = 0;
    {
      MutexLock lock(counter->mutex);
      if (counter->last_used >= limit) throw SqlError(ErrorCode::kAutoincReadFailed);
      const std::int64_t first = next_aligned(counter->last_used, increment, offset);
      // A count that would pass the limit is cut: the caller's later rows fail, as MySQL does row by row.
      const std::int64_t possible = first > limit ? 0 : (limit - first) / increment + 1;
      if (possible == 0) throw SqlError(ErrorCode::kAutoincReadFailed);
      const std::int64_t taken = std::min(count, possible);
      last = first + (taken - 1) * increment;
      if (last <= counter->reserved_end) {
        counter->last_used = last;
        return {first, increment, taken};
      }
    }
    reserve(*counter, database_id, table, last, stop);
  }
}

AutoIdAllocator::Range AutoIdAllocator::allocate_row_ids(std::int64_t database_id, const TableInfo& table,
                                                         std::int64_t count, StopToken stop) {
  return allocate(database_id, table, count, 1, 1, static_cast<std::uint64_t>(kMaxId), stop);
}

void AutoIdAllocator::rebase(std::int64_t database_id, const TableInfo& table, std::int64_t value, StopToken stop) {
  std::shared_ptr<TableCounter> counter = counter_of(table.id);
  {
    MutexLock lock(counter->mutex);
    if (value <= counter->last_used) return;
    if (value <= counter->reserved_end) {
      counter->last_used = value;
      return;
    }
  }
  reserve(*counter, database_id, table, value, stop);
  MutexLock lock(counter->mutex);
  counter->last_used = std::max(counter->last_used, value);
}

std::int64_t AutoIdAllocator::next_id(std::int64_t database_id, const TableInfo& table, StopToken stop) {
  std::shared_ptr<TableCounter> counter = counter_of(table.id);
  {
    MutexLock lock(counter->mutex);
    if (counter->last_used < counter->reserved_end) return counter->last_used + 1;
  }
  std::unique_ptr<kv::Snapshot> snapshot = store_.present_snapshot();
  MetaReader meta(*snapshot, stop);
  return meta.auto_id(auto_id_database(database_id, table), table.id) + 1;
}

void AutoIdAllocator::forget(std::int64_t table_id) {
  MutexLock lock(mutex_);
  counters_.erase(table_id);
}

}  // namespace sluice::catalog
