#include "executor/apply.h"

#include "executor/collect.h"
#include "executor/correlated_slots.h"
#include "executor/cte.h"
#include "executor/join_matcher.h"
#include "executor/join_probe.h"
#include "executor/simple_operators.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

class ApplyStage final : public OperatorStage {
 public:
  ApplyStage(PlanRunner& runner, const planner::ApplyPlan& plan, const JoinShape& shape, PipelineStage& next)
      : OperatorStage(next), runner_(runner), plan_(plan), shape_(shape), slots_(find_correlated_slots(*plan.children[1])) {}
  std::size_t max_workers() const noexcept override { return 1; }

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    return std::make_unique<Consumer>(*this, worker, next_.make_worker(worker));
  }

 private:
  class Consumer final : public ChainedConsumer {
   public:
    Consumer(ApplyStage& stage, WorkerContext& worker, std::unique_ptr<ChunkConsumer> next)
        : ChainedConsumer(std::move(next)), stage_(stage), worker_(worker), matcher_(stage.shape_, worker, *next_, nullptr) {}

    Flow consume(vector::Chunk& chunk) override {
      const planner::ApplyPlan& plan = stage_.plan_;
      const std::vector<bool> passing = rows_passing(plan.left_conditions, chunk, worker_);
      const vector::ActiveRows active = chunk.active_rows();
      for (std::size_t i = 0; i < active.count; ++i) {
        worker_.stop.poll();
        const std::size_t row = active[i];
        RowList right(stage_.shape_.right_types, stage_.runner_.context().memory);
        if (passing.empty() || passing[row]) run_right(chunk, row, right);
        matcher_.start(chunk, right);
        bool sealed = false;
        for (std::size_t b = 0; b < right.block_count() && !sealed; ++b) {
          for (std::size_t r = 0; r < right.block(b).row_count && !sealed; ++r) {
            sealed = matcher_.offer(row, {static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(r)});
          }
        }
        matcher_.end_row(row);
        if (matcher_.end() == Flow::kEnough) return Flow::kEnough;
      }
      return Flow::kMore;
    }

   private:
    void run_right(const vector::Chunk& chunk, std::size_t row, RowList& right) {
      const planner::ApplyPlan& plan = stage_.plan_;
      for (const planner::ApplyPlan::Binding& binding : plan.correlated) {
        const auto found = stage_.slots_.find(binding.column_id);
        if (found == stage_.slots_.end()) continue;
        for (const auto& slot : found->second) *slot = chunk.columns[static_cast<std::size_t>(binding.left_position)].value_at(row);
      }
      stage_.runner_.ctes().forget_correlated();
      CollectStage collected(right);
      FilterStage filtered(plan.right_conditions, collected);
      stage_.runner_.run(*plan.children[1], filtered);
    }

    ApplyStage& stage_;
    WorkerContext& worker_;
    JoinMatcher matcher_;
  };

  PlanRunner& runner_;
  const planner::ApplyPlan& plan_;
  const JoinShape& shape_;
  const std::map<std::int64_t, std::vector<std::shared_ptr<types::Value>>> slots_;
};

}  // namespace

void run_apply(PlanRunner& runner, const planner::ApplyPlan& plan, PipelineStage& next) {
  const JoinShape shape = JoinShape::of(plan, true);
  ApplyStage stage(runner, plan, shape, next);
  runner.run(*plan.children[0], stage);
}

}  // namespace sluice::executor
