#pragma once

#include <memory>

#include "kv/cursor.h"
#include "kv/timestamp.h"

namespace rocksdb {
class DB;
}

namespace sluice::kv {

class ReadPositionPool;

/// Opens a scan of the versions visible at `ts`. Foreground scans borrow a pooled read position; scans that do not fill the cache or have low
/// priority make their own, with read-ahead. `db` and `pool` must outlive the cursor, and the caller keeps `ts` from being collected.
std::unique_ptr<Cursor> open_mvcc_cursor(rocksdb::DB& db, ReadPositionPool& pool, Timestamp ts, KeyRange range,
                                         const CursorOptions& options);

}  // namespace sluice::kv
