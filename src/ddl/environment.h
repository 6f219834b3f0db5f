#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace sluice {
class MemoryTracker;
}
namespace sluice::catalog {
class AutoIdAllocator;
class SchemaCache;
class StatisticsCache;
}  // namespace sluice::catalog
namespace sluice::coordination {
class MetadataLocks;
}
namespace sluice::kv {
class Store;
}

namespace sluice::ddl {

/// Limits that are set while jobs run (global variables); a job reads them each time. Thread-safe.
struct DdlLimits {
  std::atomic<std::int64_t> disk_quota_bytes{std::int64_t{100} << 30};   // tidb_ddl_disk_quota: sorted runs of one job
  std::atomic<std::int64_t> error_count{512};                            // tidb_ddl_error_count_limit
  std::atomic<std::int64_t> sort_memory_bytes{std::int64_t{256} << 20};  // of one job, over all its workers
};

/// What schema changes work on; all of it outlives them. `memory` and `statistics` may be null.
struct DdlEnvironment {
  kv::Store& store;
  catalog::SchemaCache& schemas;
  coordination::MetadataLocks& locks;
  catalog::AutoIdAllocator& ids;
  const DdlLimits& limits;
  catalog::StatisticsCache* statistics = nullptr;
  MemoryTracker* memory = nullptr;
  std::string temp_path;  // sorted runs and files of index builds; on the store's file system
};

}  // namespace sluice::ddl
