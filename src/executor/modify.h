/// UPDATE and DELETE.
#pragma once

#include "executor/plan_runner.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Run the statement; what it did is in context().outcome. Rows are locked chunk by chunk before they are changed.
/// Throws: SqlError; Stopped; StaleRead if a row changed between its read and its lock: the caller starts the statement again.
void run_update(PlanRunner& runner, const planner::UpdatePlan& plan);
void run_delete(PlanRunner& runner, const planner::DeletePlan& plan);

}  // namespace sluice::executor
