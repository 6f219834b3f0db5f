#include "ddl/null_check.h"

#include <algorithm>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/sql_error.h"
#include "base/task_scope.h"
#include "codec/bytes.h"
#include "codec/row.h"
#include "codec/table_key.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

constexpr std::size_t kParallelScans = 2;

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
  progress.stage.store(JobStage::kChecking);
  if (progress.started_ns.load() == 0) progress.started_ns.store(clock().now_ns());
  const std::string prefix = codec::record_prefix(table.id);
  const kv::KeyRange whole{prefix, codec::next_after_prefix(prefix)};
  progress.rows_expected.store(static_cast<std::int64_t>(store.statistics(whole).approximate_rows));
  const kv::SafepointLease lease = store.hold_present("null check");
  std::vector<kv::KeyRange> ranges;
  std::string begin = whole.begin;
  for (std::string& cut : store.split_points(whole, kParallelScans)) {
    ranges.push_back({begin, cut});
    begin = std::move(cut);
  }
  ranges.push_back({begin, whole.end});
  TaskScope scope("null check", stop);
  for (const kv::KeyRange& range : ranges) {
    scope.spawn("null check", [&, range](StopToken task_stop) {
      std::unique_ptr<kv::Snapshot> snapshot = store.snapshot(lease.timestamp());
      kv::CursorOptions options;
      options.fill_cache = false;
      options.low_priority = true;
      std::unique_ptr<kv::Cursor> cursor = snapshot->cursor(range, options);
      codec::RowReader reader;
      for (auto batch = cursor->next_batch(task_stop); !batch.empty(); batch = cursor->next_batch(task_stop)) {
        SLUICE_FAILPOINT("ddl.null_check.scan", task_stop);
        for (const kv::KeyValue& row : batch) {
          reader.reset(row.value);
          for (const catalog::ColumnInfo* column : columns) {
            if (holds_null(reader, table, *column)) throw SqlError(ErrorCode::kInvalidUseOfNull);
          }
        }
        progress.rows_scanned.fetch_add(static_cast<std::int64_t>(batch.size()), std::memory_order_relaxed);
      }
    });
  }
  scope.join();
}

}  // namespace sluice::ddl
