#include "planner/table_keys.h"

namespace sluice::planner {

std::vector<RangeColumn> key_columns(const catalog::TableInfo& table, const catalog::IndexInfo* index,
                                     const std::vector<std::int64_t>& column_ids, std::int64_t row_id_column) {
  const auto id_of = [&](int offset) { return column_ids.empty() ? 0 : column_ids[static_cast<std::size_t>(offset)]; };
  if (index == nullptr && table.is_common_handle) index = table.primary_index();
  if (index == nullptr) {
    if (const catalog::ColumnInfo* handle = table.handle_column()) return {{id_of(handle->offset), handle->type, -1}};
    return {{row_id_column, types::FieldType::bigint(), -1}};
  }
  std::vector<RangeColumn> columns;
  for (const catalog::IndexColumn& part : index->columns) {
    columns.push_back({id_of(part.offset), table.columns[static_cast<std::size_t>(part.offset)].type, part.length});
  }
  return columns;
}

}  // namespace sluice::planner
