#include "executor/hash_join.h"

#include <algorithm>

#include "base/mutex.h"
#include "executor/join_probe.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

/// Fills one table per worker; merged() puts them together.
class BuildStage final : public PipelineStage {
 public:
  BuildStage(const ExecutionContext& context, const JoinShape& shape, const JoinLookup& lookup)
      : context_(context), shape_(shape), lookup_(lookup) {}

  std::size_t max_workers() const noexcept override { return context_.settings.concurrency; }

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    tables_.push_back(std::make_unique<JoinTable>(shape_.probe_is_left ? shape_.right_types : shape_.left_types, lookup_.keys,
                                                  lookup_.held_positions, lookup_.null_safe, context_.memory));
    return make_table_filler(*tables_.back(), conditions(), worker);
  }

  JoinTable& merged(StopToken stop) {
    for (std::size_t i = 1; i < tables_.size(); ++i) tables_.front()->splice(std::move(*tables_[i]));
    tables_.resize(1);
    tables_.front()->build(stop);
    return *tables_.front();
  }

 private:
  std::span<const expression::ExpressionPtr> conditions() const {
    return shape_.probe_is_left ? shape_.plan.right_conditions : shape_.plan.left_conditions;
  }

  const ExecutionContext& context_;
  const JoinShape& shape_;
  const JoinLookup& lookup_;
  std::vector<std::unique_ptr<JoinTable>> tables_;
};

class ProbeStage final : public OperatorStage {
 public:
  ProbeStage(const JoinShape& shape, const JoinLookup& lookup, const JoinTable& table, PipelineStage& next)
      : OperatorStage(next), shape_(shape), lookup_(lookup), table_(table) {
    if (!shape.preserves_held()) return;
    for (std::size_t b = 0; b < table.rows().block_count(); ++b) matched_.emplace_back(table.rows().block(b).row_count, 0);
  }

  // The flags of matched held rows are plain bytes, and are read at the end.
  std::size_t max_workers() const noexcept override { return shape_.preserves_held() ? 1 : next_.max_workers(); }

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    return std::make_unique<Consumer>(*this, worker, next_.make_worker(worker));
  }

 private:
  class Consumer final : public ChainedConsumer {
   public:
    Consumer(ProbeStage& stage, WorkerContext& worker, std::unique_ptr<ChunkConsumer> next)
        : ChainedConsumer(std::move(next)),
          stage_(stage),
          worker_(worker),
          matcher_(stage.shape_, worker, *next_, stage.shape_.preserves_held() ? &stage.matched_ : nullptr) {}

    Flow consume(vector::Chunk& chunk) override {
      const planner::JoinPlan& plan = stage_.shape_.plan;
      return probe_chunk(stage_.table_, stage_.lookup_, stage_.shape_.probe_is_left ? plan.left_conditions : plan.right_conditions, chunk,
                         matcher_, worker_);
    }
    void finish() override {
      if (stage_.shape_.preserves_held() && !matcher_.has_enough()) matcher_.push_unmatched(stage_.table_.rows());
      next_->finish();
    }

   private:
    ProbeStage& stage_;
    WorkerContext& worker_;
    JoinMatcher matcher_;
  };

  const JoinShape& shape_;
  const JoinLookup& lookup_;
  const JoinTable& table_;
  std::vector<std::vector<std::uint8_t>> matched_;
};

/// Whether an empty table means that no probe row can be returned.
bool empty_means_no_rows(const planner::JoinPlan& plan, const JoinShape& shape) {
  return plan.type == planner::JoinType::kInner || plan.type == planner::JoinType::kSemi || shape.preserves_held();
}

}  // namespace

void run_hash_join(PlanRunner& runner, const planner::JoinPlan& plan, int build_child, PipelineStage& next) {
  ExecutionContext& context = runner.context();
  const bool probe_is_left = build_child == 1;
  const JoinShape shape = JoinShape::of(plan, probe_is_left);
  const JoinLookup lookup = JoinLookup::of(plan, probe_is_left);
  BuildStage build(context, shape, lookup);
  runner.run(*plan.children[static_cast<std::size_t>(build_child)], build);
  const JoinTable& table = build.merged(context.worker.stop);
  ProbeStage probe(shape, lookup, table, next);
  if (table.rows().empty() && empty_means_no_rows(plan, shape)) {
    probe.make_worker(context.worker)->finish();
    return;
  }
  runner.run(*plan.children[static_cast<std::size_t>(1 - build_child)], probe);
}

}  // namespace sluice::executor
