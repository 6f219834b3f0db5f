#pragma once

#include <memory>

namespace rocksdb {
class Env;
}

namespace sluice::kv {

class ErrorState;

/// `below`, but for the removal of ingested files while `errors` says that RocksDB has stopped.
///
/// An ingest links its files into the directory and then adds them to RocksDB's list of files. If the list cannot be written, RocksDB 7.8
/// deletes the links again. But the list may name them all the same: its last sync has failed and not its write, or the write was only put off
/// until the list is closed. Then the database could not be opened any more. So the links stay; if nothing names them the next open
/// removes them.
///
/// `below` outlives the result. Thread-safety: any thread.
std::unique_ptr<rocksdb::Env> make_ingest_env(rocksdb::Env& below, std::shared_ptr<const ErrorState> errors);

}  // namespace sluice::kv
