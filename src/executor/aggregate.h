/// GROUP BY and aggregate functions.
#pragma once

#include "executor/plan_runner.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Groups in a hash table, one per worker, merged at the end; beyond the memory's soft limit in files, by partitions of the
/// key's hash. No order.
void run_hash_aggregate(PlanRunner& runner, const planner::AggregatePlan& plan, PipelineStage& next);

/// For input whose groups come side by side: holds one group at a time and keeps the order.
void run_stream_aggregate(PlanRunner& runner, const planner::AggregatePlan& plan, PipelineStage& next);

}  // namespace sluice::executor
