/// Joins whose right side depends on the left row.
#pragma once

#include "executor/plan_runner.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Runs the right child once per left row, with the row's values in the Correlated expressions. Keeps the left order.
void run_apply(PlanRunner& runner, const planner::ApplyPlan& plan, PipelineStage& next);

}  // namespace sluice::executor
