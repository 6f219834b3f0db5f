#include "kv/embedded/memory_metrics.h"

#include <rocksdb/db.h>

#include <cstdint>
#include <functional>
#include <string>

namespace sluice::kv {
namespace {

constexpr const char* kName = "sluice_kv_memory_bytes";
constexpr const char* kHelp = "Memory of the storage engine; pinned blocks are part of the block cache";

std::function<std::int64_t()> property(rocksdb::DB& db, const std::string& name) {
  return [&db, name]() -> std::int64_t {
    std::uint64_t value = 0;
    return db.GetIntProperty(name, &value) ? static_cast<std::int64_t>(value) : 0;
  };
}

}  // namespace

MemoryMetrics::MemoryMetrics(rocksdb::DB& db)
    : block_cache_(kName, kHelp, property(db, rocksdb::DB::Properties::kBlockCacheUsage), {{"kind", "block_cache"}}),
      block_cache_pinned_(kName, kHelp, property(db, rocksdb::DB::Properties::kBlockCachePinnedUsage),
                          {{"kind", "block_cache_pinned"}}),
      memtables_(kName, kHelp, property(db, rocksdb::DB::Properties::kSizeAllMemTables), {{"kind", "memtables"}}),
      table_readers_(kName, kHelp, property(db, rocksdb::DB::Properties::kEstimateTableReadersMem),
                     {{"kind", "table_readers"}}) {}

}  // namespace sluice::kv
