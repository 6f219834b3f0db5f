/// ADMIN CHECK: rows against index entries.
#pragma once

#include "base/stop_token.h"
#include "catalog/table_info.h"
#include "kv/timestamp.h"

namespace sluice::kv {
class Store;
}

namespace sluice::executor {

/// Compares the rows of `table` at `timestamp` with the entries of `index`, both ways: every row has exactly its entry, with its value, and every
/// entry has its row.
///
/// Throws: SqlError 8223 naming table, index and row at the first difference; Stopped (polled per batch).
void check_index(kv::Store& store, const catalog::TableInfo& table, const catalog::IndexInfo& index, kv::Timestamp timestamp, StopToken stop);

}  // namespace sluice::executor
