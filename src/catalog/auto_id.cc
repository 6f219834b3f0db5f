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

constexpr std::uint64_t kMinStep = 30'000;
constexpr std::uint64_t kMaxStep = 2'000'000;
constexpr std::int64_t kFastRefillNs =
    10'000'000'000;  // a refill sooner than this doubles the step, a later one halves it
constexpr std::uint64_t kMaxRowId = std::numeric_limits<std::int64_t>::max();
// The largest unsigned number is never handed out, as in MySQL.
constexpr std::uint64_t kMaxId = std::numeric_limits<std::uint64_t>::max() - 1;

// The smallest v > after with v % increment == offset % increment.
// `after`: below kMaxId. Returns kMaxId + 1 if there is no such number.
std::uint64_t next_aligned(std::uint64_t after, std::uint64_t increment, std::uint64_t offset) {
  const std::uint64_t candidate = after + 1;
  if (increment <= 1) return candidate;
  // As in MySQL an offset above the increment is ignored.
  const std::uint64_t base = (offset > increment ? 1 : offset) % increment;
  const std::uint64_t remainder = (candidate % increment + increment - base) % increment;
  if (remainder == 0) return candidate;
  return increment - remainder > kMaxId - candidate ? kMaxId + 1 : candidate + (increment - remainder);
}

}  // namespace

// last_used and reserved_end bound the cached ids: (last_used, reserved_end].
struct AutoIdAllocator::TableCounter {
  explicit TableCounter(std::int64_t table) : table_id(table) {}

  const std::int64_t table_id;
  Mutex mutex;
  Condition refilled;
  bool refilling SLUICE_GUARDED_BY(mutex) = false;
  std::uint64_t last_used SLUICE_GUARDED_BY(mutex) = 0;
  std::uint64_t reserved_end SLUICE_GUARDED_BY(mutex) = 0;
  std::uint64_t step SLUICE_GUARDED_BY(mutex) = kMinStep;
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
                              std::uint64_t at_least, StopToken stop) {
  std::uint64_t step = 0;
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
    step = table.auto_id_cache > 0 ? static_cast<std::uint64_t>(table.auto_id_cache) : counter.step;
  }
  std::uint64_t stored = 0;
  std::uint64_t end = 0;
  try {
    std::unique_ptr<kv::Transaction> transaction = store_.begin({}, stop);
    MetaWriter meta(*transaction, stop);
    const std::int64_t home = auto_id_database(database_id, table);
    meta.lock_auto_id(home, table.id);
    stored = static_cast<std::uint64_t>(meta.auto_id(home, table.id));
    const std::uint64_t wanted = std::max(stored, at_least - 1);
    end = wanted > kMaxId - step ? kMaxId : wanted + step;
    meta.put_auto_id(home, table.id, static_cast<std::int64_t>(end));
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
  const std::uint64_t limit = std::min(upper_limit, kMaxId);
  const auto step = static_cast<std::uint64_t>(increment);
  std::shared_ptr<TableCounter> counter = counter_of(table.id);
  for (;;) {
    std::uint64_t last = 0;
    {
      MutexLock lock(counter->mutex);
      if (counter->last_used >= limit) throw SqlError(ErrorCode::kAutoincReadFailed);
      const std::uint64_t first = next_aligned(counter->last_used, step, static_cast<std::uint64_t>(offset));
      // A count that would pass the limit is cut: the caller's later rows fail, as MySQL does row by row.
      const std::uint64_t possible = first > limit ? 0 : (limit - first) / step + 1;
      if (possible == 0) throw SqlError(ErrorCode::kAutoincReadFailed);
      const std::uint64_t taken = std::min(static_cast<std::uint64_t>(count), possible);
      last = first + (taken - 1) * step;
      if (last <= counter->reserved_end) {
        counter->last_used = last;
        return {first, increment, static_cast<std::int64_t>(taken)};
      }
    }
    reserve(*counter, database_id, table, last, stop);
  }
}

AutoIdAllocator::Range AutoIdAllocator::allocate_row_ids(std::int64_t database_id, const TableInfo& table,
                                                         std::int64_t count, StopToken stop) {
  return allocate(database_id, table, count, 1, 1, kMaxRowId, stop);
}

void AutoIdAllocator::rebase(std::int64_t database_id, const TableInfo& table, std::uint64_t value, StopToken stop) {
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

std::uint64_t AutoIdAllocator::next_id(std::int64_t database_id, const TableInfo& table, StopToken stop) {
  std::shared_ptr<TableCounter> counter = counter_of(table.id);
  {
    MutexLock lock(counter->mutex);
    if (counter->last_used < counter->reserved_end) return counter->last_used + 1;
  }
  std::unique_ptr<kv::Snapshot> snapshot = store_.present_snapshot();
  MetaReader meta(*snapshot, stop);
  return static_cast<std::uint64_t>(meta.auto_id(auto_id_database(database_id, table), table.id)) + 1;
}

void AutoIdAllocator::forget(std::int64_t table_id) {
  MutexLock lock(mutex_);
  counters_.erase(table_id);
}

}  // namespace sluice::catalog
