#include "executor/select_lock.h"

#include <algorithm>
#include <vector>

#include "executor/handle_builder.h"
#include "executor/record_lock.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

class SelectLockConsumer final : public ChainedConsumer {
 public:
  SelectLockConsumer(const ExecutionContext& context, const planner::SelectLockPlan& plan, WorkerContext& worker,
                     std::unique_ptr<ChunkConsumer> next)
      : ChainedConsumer(std::move(next)), context_(context), plan_(plan), worker_(worker) {
    for (const planner::HandlePositions& handle : plan.handles)
      tables_.emplace_back(*handle.source.table, handle.positions);
  }

  Flow consume(vector::Chunk& chunk) override {
    for (const HandleBuilder& table : tables_) {
      rows_.clear();
      keys_.clear();
      const vector::ActiveRows active = chunk.active_rows();
      for (std::size_t i = 0; i < active.count; ++i) {
        if (table.is_null(chunk, active[i])) continue;
        rows_.push_back(static_cast<std::uint16_t>(active[i]));
        keys_.push_back(table.key(chunk, active[i], worker_.eval.time_zone));
      }
      if (keys_.empty()) continue;
      const std::vector<bool> skipped = lock_records(context_, keys_, plan_.request);
      if (std::find(skipped.begin(), skipped.end(), true) != skipped.end()) drop(chunk, skipped);
    }
    return chunk.active_count() == 0 ? Flow::kMore : next_->consume(chunk);
  }

 private:
  void drop(vector::Chunk& chunk, const std::vector<bool>& skipped) {
    kept_.clear();
    std::size_t locked = 0;
    const vector::ActiveRows active = chunk.active_rows();
    for (std::size_t i = 0; i < active.count; ++i) {
      const bool was_asked = locked < rows_.size() && rows_[locked] == active[i];
      if (!was_asked || !skipped[locked]) kept_.push_back(static_cast<std::uint16_t>(active[i]));
      if (was_asked) ++locked;
    }
    chunk.set_selection(kept_);
  }

  const ExecutionContext& context_;
  const planner::SelectLockPlan& plan_;
  WorkerContext& worker_;
  std::vector<HandleBuilder> tables_;
  std::vector<std::uint16_t> rows_;
  std::vector<std::uint16_t> kept_;
  std::vector<std::string> keys_;
};

class SelectLockStage final : public OperatorStage {
 public:
  SelectLockStage(const ExecutionContext& context, const planner::SelectLockPlan& plan, PipelineStage& next)
      : OperatorStage(next), context_(context), plan_(plan) {}
  // Locks belong to the transaction, which one thread uses.
  std::size_t max_workers() const noexcept override { return 1; }
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    return std::make_unique<SelectLockConsumer>(context_, plan_, worker, next_.make_worker(worker));
  }

 private:
  const ExecutionContext& context_;
  const planner::SelectLockPlan& plan_;
};

}  // namespace

std::unique_ptr<PipelineStage> make_select_lock_stage(const ExecutionContext& context,
                                                      const planner::SelectLockPlan& plan, PipelineStage& next) {
  return std::make_unique<SelectLockStage>(context, plan, next);
}

}  // namespace sluice::executor
