#pragma once

#include <cstdint>

#include "base/stop_token.h"

namespace rocksdb {
class DB;
}

namespace sluice::kv {

class ErrorState;

/// Writes the memtable out if it holds more than `above_bytes`, and waits until no memtable is left to write. A stop ends the wait, and the
/// flush goes on in the background.
/// Throws: Stopped; SqlError if RocksDB refuses or the flush fails. Thread-safety: any thread.
void flush_memtables(rocksdb::DB& db, const ErrorState& errors, std::uint64_t above_bytes, StopToken stop);

}  // namespace sluice::kv
