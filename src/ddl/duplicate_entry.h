#pragma once

#include <string_view>

#include "base/sql_error.h"
#include "base/stop_token.h"
#include "catalog/table_info.h"

namespace sluice::kv {
class Snapshot;
}

namespace sluice::ddl {

/// 1062 for two rows with one key: "Duplicate entry 'v1-v2' for key 'table.index'". The values are those of the row that the
/// entry names, read from `snapshot`; of the entry itself if that row is gone.
SqlError duplicate_entry(const catalog::TableInfo& table, const catalog::IndexInfo& index, std::string_view key,
                         std::string_view value, kv::Snapshot& snapshot, StopToken stop);

}  // namespace sluice::ddl
