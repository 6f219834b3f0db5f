/// Index lookup joins.
#pragma once

#include "executor/plan_runner.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Collects batches of outer rows, reads the inner rows that their keys name through an index, and joins batch by batch. The three
/// forms differ in what they promise: kLookUp and `keep_outer_order` keep the order of the outer rows.
///
/// Batches grow from kFirstOuterBatch rows to index_join_batch_size; up to index_lookup_join_concurrency inner reads of one batch run side by
/// side in a TaskScope. Throws: Stopped; SqlError.
void run_index_join(PlanRunner& runner, const planner::IndexJoinPlan& plan, PipelineStage& next);

inline constexpr std::size_t kFirstOuterBatch = 1024;

}  // namespace sluice::executor
