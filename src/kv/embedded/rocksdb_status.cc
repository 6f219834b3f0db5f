#include "kv/embedded/rocksdb_status.h"

#include <rocksdb/status.h>

#include <string>

#include "base/sql_error.h"

namespace sluice::kv {
namespace {

// errno values that MySQL's handlers report in 1030: EIO for the device, HA_ERR_CRASHED for damaged files.
constexpr int kIoErrno = 5;
constexpr int kCrashedErrno = 126;

[[noreturn]] [[gnu::cold]] void throw_failure(const rocksdb::Status& status, std::string_view action) {
  const std::string text = std::string(action) + ": " + status.ToString();
  // RocksDB loses the subcode on some paths (a background error is reported again as a plain I/O error), never the text.
  if (status.IsNoSpace() || text.find("No space left on device") != std::string::npos ||
      text.find("NoSpace") != std::string::npos) {
    throw SqlError(ErrorCode::kDiskFull, text);
  }
  if (status.IsCorruption()) throw SqlError(ErrorCode::kGetErrno, kCrashedErrno, text);
  if (status.IsIOError()) throw SqlError(ErrorCode::kGetErrno, kIoErrno, text);
  throw SqlError::with_message(ErrorCode::kUnknownError, "storage engine: " + text);
}

}  // namespace

void throw_if_failed(const rocksdb::Status& status, std::string_view action) {
  if (!status.ok()) [[unlikely]]
    throw_failure(status, action);
}

}  // namespace sluice::kv
