#pragma once

#include <string_view>

namespace rocksdb {
class Status;
}

namespace sluice::kv {

/// Turns a failed RocksDB status into the client's error; returns if `status` is OK. `action` says what was being done ("commit").
///
/// Throws: SqlError 1021 if there is no space left; 1030 with RocksDB's text for other I/O errors and for corruption; 1105 for the rest.
void throw_if_failed(const rocksdb::Status& status, std::string_view action);

}  // namespace sluice::kv
