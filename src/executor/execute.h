/// The executor's entry point.
#pragma once

#include "executor/execution_context.h"
#include "executor/pipeline.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Runs `plan`. Result rows go to `sink`, which one worker on this thread uses; a statement that writes gives no rows and fills
/// context.outcome.
///
/// Stop: polled per chunk and in every wait; nothing of the execution outlives the call. Writes stay in the transaction's buffer: the
/// caller keeps them or rolls back to a savepoint taken before.
/// Throws: SqlError; Stopped; StaleRead (executor/stale_read.h).
void execute(const planner::PhysicalPlan& plan, ExecutionContext& context, PipelineStage& sink);

}  // namespace sluice::executor
