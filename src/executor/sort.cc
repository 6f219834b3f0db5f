#include "executor/sort.h"

#include "executor/scan.h"
#include "executor/sort_buffer.h"
#include "expression/eval_context.h"
#include "planner/ranges.h"

namespace sluice::executor {
namespace {

class SortStage final : public SerialStage {
 public:
  explicit SortStage(SortBuffer& buffer) : buffer_(buffer) {}
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    class Consumer final : public ChunkConsumer {
     public:
      Consumer(SortBuffer& buffer, WorkerContext& worker) : buffer_(buffer), worker_(worker) {}
      Flow consume(vector::Chunk& chunk) override {
        buffer_.add(chunk, worker_);
        return Flow::kMore;
      }
      void finish() override {}

     private:
      SortBuffer& buffer_;
      WorkerContext& worker_;
    };
    return std::make_unique<Consumer>(buffer_, worker);
  }

 private:
  SortBuffer& buffer_;
};

void sort_child(PlanRunner& runner, const planner::PhysicalPlan& plan, const std::vector<planner::SortKey>& keys,
                planner::ResolvedLimit limit, PipelineStage& next) {
  ExecutionContext& context = runner.context();
  const planner::PhysicalPlan& child = *plan.children[0];
  std::vector<types::PhysicalType> types;
  for (const planner::OutputColumn& column : child.schema) types.push_back(types::physical_type(column.type));
  const std::uint64_t keep = limit.count > UINT64_MAX - limit.offset ? UINT64_MAX : limit.offset + limit.count;
  SortBuffer buffer(keys, std::move(types), context.memory, keep);
  if (limit.count > 0) {
    SortStage stage(buffer);
    runner.run(child, stage);
  }
  run_serial(context, next, [&](ChunkConsumer& consumer) { buffer.push(limit.offset, limit.count, consumer, context.worker); });
}

}  // namespace

void run_sort(PlanRunner& runner, const planner::SortPlan& plan, PipelineStage& next) {
  sort_child(runner, plan, plan.keys, {0, UINT64_MAX}, next);
}

void run_top_n(PlanRunner& runner, const planner::TopNPlan& plan, PipelineStage& next) {
  sort_child(runner, plan, plan.keys, planner::resolve_limit(plan.bounds, runner.context().worker.eval), next);
}

}  // namespace sluice::executor
