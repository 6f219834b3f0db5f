#pragma once

#include <cstdint>

#include "base/stop_token.h"

namespace rocksdb {
class DB;
}

namespace sluice::kv {

/// Writes the memtable out if it holds more than `above_bytes`, and waits until no memtable is left to write. A stop ends the wait, and the
/// flush goes on in the background. A flush that fails is reported by the next write.
/// Throws: Stopped; SqlError if RocksDB refuses. Thread-safety: any thread.
void flush_memtables(rocksdb::DB& db, std::uint64_t above_bytes, StopToken stop);

}  // namespace sluice::kv
