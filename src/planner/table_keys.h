/// The key columns of a table's records and indexes, as ranges count them.
#pragma once

#include <vector>

#include "catalog/table_info.h"
#include "planner/range_builder.h"

namespace sluice::planner {

/// The columns of `index` (nullptr: of the record key: the integer handle, or the clustered primary key), in key order. `column_ids[offset]` gives
/// each column's id in a plan; empty: ids are left 0. A hidden row id has the id `row_id_column`.
std::vector<RangeColumn> key_columns(const catalog::TableInfo& table, const catalog::IndexInfo* index,
                                     const std::vector<std::int64_t>& column_ids, std::int64_t row_id_column = 0);

}  // namespace sluice::planner
