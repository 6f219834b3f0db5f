#pragma once

#include <functional>
#include <span>
#include <string>

#include "base/stop_token.h"
#include "ddl/job_progress.h"
#include "kv/cursor.h"

namespace sluice::kv {
class Store;
}

namespace sluice::ddl {

/// Takes the next rows of one task, and that task's token.
using RowVisitor = std::function<void(std::span<const kv::KeyValue> rows, StopToken stop)>;

/// Reads all rows of a table of the present, at low priority, in a few tasks side by side; each has a visitor of its own from
/// `make_visitor`, which is called by the task. Counts the rows into `progress`, whose stage becomes kChecking.
///
/// `what`: the name of tasks and safepoint. Polls per batch. Throws what a visitor throws; Stopped; storage errors.
void scan_present_rows(kv::Store& store, std::int64_t table_id, const std::string& what, JobProgress& progress,
                       const std::function<RowVisitor(StopToken stop)>& make_visitor, StopToken stop);

}  // namespace sluice::ddl
