/// ORDER BY.
#pragma once

#include "executor/plan_runner.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Sorts the child's rows, in memory and, when that gets short, in files of the spill directory (vector/sorter.h).
void run_sort(PlanRunner& runner, const planner::SortPlan& plan, PipelineStage& next);

/// As a sort followed by LIMIT. Up to some ten thousand rows it holds little more than offset + count.
void run_top_n(PlanRunner& runner, const planner::TopNPlan& plan, PipelineStage& next);

}  // namespace sluice::executor
