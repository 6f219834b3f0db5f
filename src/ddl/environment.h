#pragma once

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

/// What schema changes work on; all of it outlives them. `memory` and `statistics` may be null.
struct DdlEnvironment {
  kv::Store& store;
  catalog::SchemaCache& schemas;
  coordination::MetadataLocks& locks;
  catalog::AutoIdAllocator& ids;
  catalog::StatisticsCache* statistics = nullptr;
  MemoryTracker* memory = nullptr;
  std::string temp_path;  // sorted runs and files of index builds; on the store's file system
  std::int64_t sort_memory_bytes = std::int64_t{256} << 20;  // of one job, over all its workers
  std::int64_t disk_quota_bytes = std::int64_t{100} << 30;   // tidb_ddl_disk_quota
  int error_limit = 512;                                     // tidb_ddl_error_count_limit
};

}  // namespace sluice::ddl
