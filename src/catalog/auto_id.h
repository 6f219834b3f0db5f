#pragma once

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"
#include "catalog/table_info.h"

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace sluice::kv {
class Store;
}

namespace sluice::catalog {

/// Hands out AUTO_INCREMENT values and hidden row ids of every table, from ranges reserved in the meta hash
/// (TIDB-FACTS section 3.2). Both come from one counter per table. Thread-safe.
/// Ids are unsigned; those beyond the signed range, which only BIGINT UNSIGNED columns have, are stored as their 64 bits.
///
/// A range that was reserved and not used up is lost with the process: values grow, with gaps.
class AutoIdAllocator {
 public:
  /// A run of ids: first, first + increment, ... `count` of them.
  struct Range {
    std::uint64_t first = 0;
    std::int64_t increment = 1;
    std::int64_t count = 0;
  };

  /// `store` must outlive the allocator.
  explicit AutoIdAllocator(kv::Store& store);
  ~AutoIdAllocator();

  /// Reserves `count` (at least 1) ids of `table`, whose database is `database_id`. The values v fulfil
  /// v % increment == offset % increment, as auto_increment_increment and auto_increment_offset want it.
  /// Throws 1467 if the column type's range `upper_limit` is exhausted.
  Range allocate(std::int64_t database_id, const TableInfo& table, std::int64_t count, std::int64_t increment,
                 std::int64_t offset, std::uint64_t upper_limit, StopToken stop);

  /// One hidden row id, or `count` consecutive ones.
  Range allocate_row_ids(std::int64_t database_id, const TableInfo& table, std::int64_t count, StopToken stop);

  /// Makes later ids larger than `value`: an explicit value was inserted, or AUTO_INCREMENT = value + 1 was set.
  /// Cheap if ids are already beyond it.
  void rebase(std::int64_t database_id, const TableInfo& table, std::uint64_t value, StopToken stop);

  /// The value that the next allocation gives, for SHOW CREATE TABLE and information_schema.
  std::uint64_t next_id(std::int64_t database_id, const TableInfo& table, StopToken stop);

  /// Forgets the cached range of a table that was dropped, truncated or rebased by force.
  void forget(std::int64_t table_id);

 private:
  struct TableCounter;
  std::shared_ptr<TableCounter> counter_of(std::int64_t table_id);
  void reserve(TableCounter& counter, std::int64_t database_id, const TableInfo& table, std::uint64_t at_least,
               StopToken stop);

  kv::Store& store_;
  Mutex mutex_;
  std::unordered_map<std::int64_t, std::shared_ptr<TableCounter>> counters_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::catalog
