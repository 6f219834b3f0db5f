#include "executor/apply.h"

#include "executor/correlated_slots.h"
#include "executor/cte.h"
#include "executor/join_matcher.h"
#include "executor/join_probe.h"
#include "executor/simple_operators.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

/// Keeps the rows of the right child.
class RightRows final : public SerialStage {
 public:
  explicit RightRows(vector::RowContainer& rows) : rows_(rows) {}
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext&) override {
    class Consumer final : public ChunkConsumer {
     public:
      explicit Consumer(vector::RowContainer& rows) : rows_(rows) {}
      Flow consume(vector::Chunk& chunk) override {
        rows_.append(chunk);
        return Flow::kMore;
      }
      void finish() override {}

     private:
      vector::RowContainer& rows_;
    };
    return std::make_unique<Consumer>(rows_);
  }

 private:
  vector::RowContainer& rows_;
};

class ApplyStage final : public OperatorStage {
 public:
  ApplyStage(PlanRunner& runner, const planner::ApplyPlan& plan, const JoinShape& shape, PipelineStage& next)
      : OperatorStage(next),
        runner_(runner),
        plan_(plan),
        shape_(shape),
        slots_(find_correlated_slots(*plan.children[1])) {
    for (const planner::ApplyPlan::Binding& binding : plan.correlated) bound_columns_.push_back(binding.column_id);
  }
  std::size_t max_workers() const noexcept override { return 1; }

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    return std::make_unique<Consumer>(*this, worker, next_.make_worker(worker));
  }

 private:
  class Consumer final : public ChainedConsumer {
   public:
    Consumer(ApplyStage& stage, WorkerContext& worker, std::unique_ptr<ChunkConsumer> next)
        : ChainedConsumer(std::move(next)),
          stage_(stage),
          worker_(worker),
          matcher_(stage.shape_, worker, *next_),
          right_(vector::RowLayout(stage.shape_.right_types, 0), &stage.runner_.context().memory) {}

    Flow consume(vector::Chunk& chunk) override {
      const planner::ApplyPlan& plan = stage_.plan_;
      const std::vector<bool> passing = rows_passing(plan.left_conditions, chunk, worker_);
      const vector::ActiveRows active = chunk.active_rows();
      for (std::size_t i = 0; i < active.count; ++i) {
        worker_.stop.poll();
        const std::size_t row = active[i];
        right_.reuse();
        if (passing.empty() || passing[row]) run_right(chunk, row);
        const auto only = static_cast<std::uint16_t>(row);
        matcher_.start(chunk, vector::ActiveRows::of({&only, 1}), right_);
        add_candidates(only);
        if (matcher_.end() == Flow::kEnough) return Flow::kEnough;
      }
      return Flow::kMore;
    }

   private:
    void add_candidates(std::uint16_t row) {
      for (std::size_t begin = 0;; begin += held_.size()) {
        right_.collect_rows(begin, vector::kRowsPerChunk, held_);
        if (held_.empty()) return;
        rows_.assign(held_.size(), row);
        if (matcher_.add(rows_, held_, nullptr)) return;
      }
    }

    void run_right(const vector::Chunk& chunk, std::size_t row) {
      const planner::ApplyPlan& plan = stage_.plan_;
      for (const planner::ApplyPlan::Binding& binding : plan.correlated) {
        const auto found = stage_.slots_.find(binding.column_id);
        if (found == stage_.slots_.end()) continue;
        for (const auto& slot : found->second)
          *slot = chunk.columns[static_cast<std::size_t>(binding.left_position)].value_at(row);
      }
      stage_.runner_.ctes().forget_readers(stage_.bound_columns_);
      RightRows collected(right_);
      FilterStage filtered(plan.right_conditions, collected);
      stage_.runner_.run(*plan.children[1], filtered);
    }

    ApplyStage& stage_;
    WorkerContext& worker_;
    JoinMatcher matcher_;
    vector::RowContainer right_;  // the right child's rows for one left row
    std::vector<std::uint16_t> rows_;
    std::vector<const std::byte*> held_;
  };

  PlanRunner& runner_;
  const planner::ApplyPlan& plan_;
  const JoinShape& shape_;
  const std::map<std::int64_t, std::vector<std::shared_ptr<types::Value>>> slots_;
  std::vector<std::int64_t> bound_columns_;
};

}  // namespace

void run_apply(PlanRunner& runner, const planner::ApplyPlan& plan, PipelineStage& next) {
  const JoinShape shape = JoinShape::of(plan, true);
  ApplyStage stage(runner, plan, shape, next);
  runner.run(*plan.children[0], stage);
}

}  // namespace sluice::executor
