/// Row locks of statements.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "executor/execution_context.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

using planner::LockRequest;

/// Locks `keys` for the statement's transaction. Returns, per key, whether it was skipped (SKIP LOCKED only; else empty).
///
/// Throws: StaleRead if a locked key has a version that the statement's current reads did not see; SqlError 1205, 1213, 3572; Stopped.
std::vector<bool> lock_records(const ExecutionContext& context, std::span<const std::string> keys,
                               const LockRequest& request);

/// Locks keys that were not read yet, so that no version of them can be stale. Throws as above, but for StaleRead.
std::vector<bool> lock_unread(const ExecutionContext& context, std::span<const std::string> keys,
                              const LockRequest& request);

}  // namespace sluice::executor
