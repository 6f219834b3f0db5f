#pragma once

#include <memory>

namespace rocksdb {
class Logger;
}

namespace sluice::kv {

/// Passes RocksDB's errors on to the server's log, and its warnings once SetInfoLogLevel() has been told so.
///
/// RocksDB's own log is a file in the data directory, whose next line after a failed one, on a full disk, is a failed assertion in builds with
/// assertions, such as Debian's.
std::shared_ptr<rocksdb::Logger> make_engine_logger();

}  // namespace sluice::kv
