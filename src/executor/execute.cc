#include "executor/execute.h"

#include "base/failpoint.h"
#include "executor/cte.h"
#include "executor/insert.h"
#include "executor/load_data.h"
#include "executor/modify.h"
#include "executor/plan_runner.h"
#include "executor/runtime_recorder.h"

namespace sluice::executor {

void execute(const planner::PhysicalPlan& plan, ExecutionContext& context, PipelineStage& sink) {
  SLUICE_SYNC_POINT("executor.open", context.worker.stop);
  context.worker.stop.poll();
  CteStore ctes;
  PlanRunner runner(context, ctes);
  std::optional<RuntimeRecorder::Timer> timer;
  if (context.recorder != nullptr) timer.emplace(*context.recorder, plan.id);
  switch (plan.kind) {
    case planner::PlanKind::kInsert:
      return run_insert(runner, static_cast<const planner::InsertPlan&>(plan));
    case planner::PlanKind::kUpdate:
      return run_update(runner, static_cast<const planner::UpdatePlan&>(plan));
    case planner::PlanKind::kDelete:
      return run_delete(runner, static_cast<const planner::DeletePlan&>(plan));
    case planner::PlanKind::kLoadData:
      return run_load_data(runner, static_cast<const planner::LoadDataPlan&>(plan));
    default:
      return runner.run(plan, sink);
  }
}

}  // namespace sluice::executor
