/// ORDER BY.
#pragma once

#include "executor/plan_runner.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Sorts the child's rows. Runs of some ten thousand rows are sorted while they come and merged when they are passed on, so that no
/// step takes long between two polls.
void run_sort(PlanRunner& runner, const planner::SortPlan& plan, PipelineStage& next);

/// As a sort followed by LIMIT, holding little more than offset + count rows.
void run_top_n(PlanRunner& runner, const planner::TopNPlan& plan, PipelineStage& next);

}  // namespace sluice::executor
