/// LOAD DATA.
#pragma once

#include "executor/plan_runner.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Inserts the records of context().records; what it did is in context().outcome. Polls per record.
/// Throws: SqlError; Stopped.
void run_load_data(PlanRunner& runner, const planner::LoadDataPlan& plan);

}  // namespace sluice::executor
