/// INSERT and REPLACE.
#pragma once

#include "executor/plan_runner.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Runs the statement; what it did is in context().outcome.
///
/// Rows are taken in batches: the unique keys of a batch are locked together, then each row is checked and written in order.
/// Throws: SqlError (1062, 1048, 1364, 1264 ...); Stopped; StaleRead from a reading child. The caller undoes the buffered writes.
void run_insert(PlanRunner& runner, const planner::InsertPlan& plan);

}  // namespace sluice::executor
