/// SELECT ... FOR UPDATE.
#pragma once

#include <memory>

#include "executor/execution_context.h"
#include "executor/pipeline.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// A stage that locks the records of the rows that pass. The arguments outlive it.
std::unique_ptr<PipelineStage> make_select_lock_stage(const ExecutionContext& context,
                                                      const planner::SelectLockPlan& plan, PipelineStage& next);

}  // namespace sluice::executor
