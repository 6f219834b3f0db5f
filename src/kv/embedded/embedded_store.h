#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kv/store.h"

namespace rocksdb {
class Env;
}

namespace sluice::kv {

/// When the safepoint may follow the present closely.
struct SafepointPace {
  std::int64_t grace_ms = 10'000;  // after the store was opened: jobs of before take their leases again
  std::int64_t lag_ms =
      1'000;  // behind the present, whatever the life time: a reader registers a moment after it got its timestamp
  std::int64_t interval_ms = 100;  // between two looks at the readers
};

/// How to open an embedded store. The defaults are for a server on one machine.
struct EmbeddedOptions {
  std::string path;  // data directory; created if absent
  Durability durability = Durability::kSync;
  std::uint64_t block_cache_bytes = 0;  // 0: a quarter of the memory, at most 8 GiB; filled as needed, never ahead
  std::uint64_t write_buffer_bytes = 64ull << 20;  // one memtable; at most three are held
  std::uint64_t background_write_limit = 0;        // bytes per second for compaction and SST writing; 0: unlimited
  std::int64_t bulk_commit_bytes = 32ll << 20;  // of keys and values, from which on a transaction is committed as files
  int background_jobs = 2;                      // flushes and compactions side by side
  GcSettings gc;
  SafepointPace safepoint_pace;
  bool background_services = true;  // log flusher and garbage collector; tests switch them off
  rocksdb::Env* env = nullptr;      // file system seam for tests; borrowed, outlives the store
};

/// Opens or creates the store at `options.path`, recovering whatever a crash left.
///
/// Throws: SqlError naming the path, if the directory is in use by another process, is not a Sluice store, has another format version, is damaged,
/// or cannot be read or written.
std::unique_ptr<Store> open_embedded_store(const EmbeddedOptions& options);

}  // namespace sluice::kv
