#include "ddl/null_check.h"

#include "base/failpoint.h"
#include "base/sql_error.h"
#include "codec/row.h"
#include "ddl/row_scan.h"

namespace sluice::ddl {
namespace {

bool holds_null(const codec::RowReader& row, const catalog::TableInfo& table, const catalog::ColumnInfo& column) {
  std::string_view raw;
  switch (row.find(column.id, raw)) {
    case codec::RowReader::Found::kNull:
      return true;
    case codec::RowReader::Found::kAbsent:
      return !column.type.has_flag(types::field_flag::kPrimaryKey) && !column.origin_default.has_value();
    default:
      return false;
  }
}

}  // namespace

void check_no_nulls(kv::Store& store, const catalog::TableInfo& table,
                    const std::vector<const catalog::ColumnInfo*>& columns, JobProgress& progress, StopToken stop) {
  const auto make_visitor = [&](StopToken) -> RowVisitor {
    return [&, reader = codec::RowReader()](std::span<const kv::KeyValue> rows, StopToken task_stop) mutable {
      SLUICE_FAILPOINT("ddl.null_check.scan", task_stop);
      for (const kv::KeyValue& row : rows) {
        reader.reset(row.value);
        for (const catalog::ColumnInfo* column : columns) {
          if (holds_null(reader, table, *column)) throw SqlError(ErrorCode::kInvalidUseOfNull);
        }
      }
    };
  };
  scan_present_rows(store, table.id, "null check", progress, make_visitor, stop);
}

}  // namespace sluice::ddl
