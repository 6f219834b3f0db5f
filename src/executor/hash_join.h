/// Hash joins, and nested loops for joins without equalities. Merge joins run here too: over a held side
/// the order of the other side is kept, and after partitions it is made again.
#pragma once

#include "executor/plan_runner.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Runs child `build_child` into a table (by several workers when its source allows), then pushes the other child through it. What does
/// not fit into memory goes to files (join_spill.h).
/// Order: a merge join keeps the order of its keys; a hash join promises none. Throws: Stopped; SqlError.
void run_hash_join(PlanRunner& runner, const planner::JoinPlan& plan, int build_child, PipelineStage& next);

}  // namespace sluice::executor
