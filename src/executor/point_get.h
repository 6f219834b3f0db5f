/// Reads of single keys.
#pragma once

#include "executor/execution_context.h"
#include "executor/pipeline.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Reads the row of a point read into `next`. With `lock` the keys are locked first, then read as of now, so that the read is
/// never stale; a key without a row is locked too.
/// Throws: Stopped; SqlError.
void run_point_get(const ExecutionContext& context, const planner::PointGetPlan& plan, PipelineStage& next);

/// The same for a list of keys.
void run_batch_point_get(const ExecutionContext& context, const planner::BatchPointGetPlan& plan, PipelineStage& next);

}  // namespace sluice::executor
