#include "ddl/row_scan.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/task_scope.h"
#include "codec/bytes.h"
#include "codec/table_key.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

constexpr std::size_t kParallelScans = 2;

}  // namespace

void scan_present_rows(kv::Store& store, std::int64_t table_id, const std::string& what, JobProgress& progress,
                       const std::function<RowVisitor(StopToken stop)>& make_visitor, StopToken stop) {
  progress.stage.store(JobStage::kChecking);
  if (progress.started_ns.load() == 0) progress.started_ns.store(clock().now_ns());
  const std::string prefix = codec::record_prefix(table_id);
  const kv::KeyRange whole{prefix, codec::next_after_prefix(prefix)};
  progress.rows_expected.store(static_cast<std::int64_t>(store.statistics(whole).approximate_rows));
  const kv::SafepointLease lease = store.hold_present(what);
  std::vector<kv::KeyRange> ranges;
  std::string begin = whole.begin;
  for (std::string& cut : store.split_points(whole, kParallelScans)) {
    ranges.push_back({begin, cut});
    begin = std::move(cut);
  }
  ranges.push_back({begin, whole.end});
  TaskScope scope(what, stop);
  for (const kv::KeyRange& range : ranges) {
    scope.spawn(what, [&, range](StopToken task_stop) {
      const RowVisitor visit = make_visitor(task_stop);
      const std::unique_ptr<kv::Snapshot> snapshot = store.snapshot(lease.timestamp());
      const std::unique_ptr<kv::Cursor> cursor = snapshot->cursor(range, {.fill_cache = false, .low_priority = true});
      for (auto batch = cursor->next_batch(task_stop); !batch.empty(); batch = cursor->next_batch(task_stop)) {
        visit(batch, task_stop);
        progress.rows_scanned.fetch_add(static_cast<std::int64_t>(batch.size()), std::memory_order_relaxed);
      }
    });
  }
  scope.join();
}

}  // namespace sluice::ddl
