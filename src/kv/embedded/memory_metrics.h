/// What RocksDB keeps in memory, as metrics.
#pragma once

#include "base/metrics.h"

namespace rocksdb {
class DB;
}

namespace sluice::kv {

/// Shows `sluice_kv_memory_bytes` by kind while it lives. Ownership: borrows the database. Thread-safety: none needed.
class MemoryMetrics {
 public:
  explicit MemoryMetrics(rocksdb::DB& db);

 private:
  ObservedGauge block_cache_;
  ObservedGauge block_cache_pinned_;
  ObservedGauge memtables_;
  ObservedGauge table_readers_;
};

}  // namespace sluice::kv
