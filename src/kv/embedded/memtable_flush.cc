#include "kv/embedded/memtable_flush.h"

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <chrono>

#include "base/clock.h"
#include "kv/embedded/error_state.h"
#include "kv/embedded/rocksdb_status.h"

namespace sluice::kv {

void flush_memtables(rocksdb::DB& db, const ErrorState& errors, std::uint64_t above_bytes, StopToken stop) {
  constexpr std::chrono::milliseconds kFlushPoll{1};
  std::uint64_t memtable_bytes = 0;
  if (!db.GetIntProperty(rocksdb::DB::Properties::kCurSizeActiveMemTable, &memtable_bytes) ||
      memtable_bytes <= above_bytes)
    return;
  rocksdb::FlushOptions options;
  options.allow_write_stall = true;  // else RocksDB waits for compactions, where no stop can wake it
  options.wait = false;
  errors.throw_if_stopped("write out the memtable");
  throw_if_failed(db.Flush(options), "write out the memtable");
  std::uint64_t waiting = 0;
  while (db.GetIntProperty(rocksdb::DB::Properties::kNumImmutableMemTable, &waiting) && waiting > 0) {
    errors.throw_if_stopped("write out the memtable");
    clock().sleep(kFlushPoll, stop);
  }
}

}  // namespace sluice::kv
