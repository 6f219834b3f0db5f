#pragma once

#include <memory>

namespace rocksdb {
class Env;
}

namespace sluice::kv {

/// The default file system, but for write-ahead logs: those are written into blocks that already hold zeros.
///
/// A sync that must also record a new file size costs the journal of the file system a commit of its own, about as much again as the data. So a
/// log that is being synced is extended with zeros a megabyte ahead, and most syncs only overwrite. RocksDB's log reader skips zeros, so a tail of
/// zeros, as a crash leaves it, ends the log; closing a log cuts them off. A log that is never synced is never extended.
std::unique_ptr<rocksdb::Env> make_log_env();

}  // namespace sluice::kv
