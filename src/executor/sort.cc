#include "executor/sort.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "executor/scan.h"
#include "expression/eval_context.h"
#include "planner/ranges.h"
#include "vector/sorter.h"

namespace sluice::executor {
namespace {

/// The largest offset + count that is kept as top rows; more is sorted, which can spill.
constexpr std::uint64_t kMostTopRows = 16'384;

std::vector<vector::SortColumn> order_of(const std::vector<planner::SortKey>& keys) {
  std::vector<vector::SortColumn> order;
  for (const planner::SortKey& key : keys) {
    order.push_back({key.expression->physical_type(), key.expression->type().collation, key.descending});
  }
  return order;
}

/// Collects the rows of the child and passes them on in order: vector::Sorter, or vector::TopRows.
template <class Rows>
class SortStage final : public SerialStage {
 public:
  SortStage(Rows& rows, const std::vector<planner::SortKey>& keys) : rows_(rows), keys_(keys) {}

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    class Consumer final : public ChunkConsumer {
     public:
      Consumer(SortStage& stage, WorkerContext& worker) : stage_(stage), worker_(worker) {
        for (const planner::SortKey& key : stage.keys_) values_.emplace_back(key.expression->physical_type());
      }
      Flow consume(vector::Chunk& chunk) override {
        std::vector<const vector::ColumnVector*> pointers;
        for (std::size_t index = 0; index < values_.size(); ++index) {
          stage_.keys_[index].expression->evaluate(worker_.eval, chunk, values_[index]);
          pointers.push_back(&values_[index]);
        }
        stage_.rows_.append(chunk, pointers, worker_.stop);
        return Flow::kMore;
      }
      void finish() override {}

     private:
      SortStage& stage_;
      WorkerContext& worker_;
      std::vector<vector::ColumnVector> values_;
    };
    return std::make_unique<Consumer>(*this, worker);
  }

  /// Rows [offset, offset + count) of the order into `out`.
  void push(planner::ResolvedLimit limit, ChunkConsumer& out, WorkerContext& worker) {
    rows_.finish(worker.stop);
    vector::Chunk chunk;
    std::uint64_t skip = limit.offset;
    std::uint64_t left = limit.count;
    std::vector<std::uint16_t> kept;
    while (left != 0 && rows_.next(chunk, worker.stop)) {
      const std::uint64_t begin = std::min<std::uint64_t>(skip, chunk.row_count);
      const std::uint64_t end =
          std::min<std::uint64_t>(chunk.row_count, left > UINT64_MAX - begin ? UINT64_MAX : begin + left);
      skip -= begin;
      left -= end - begin;
      if (begin == end) continue;
      if (begin != 0 || end != chunk.row_count) {
        kept.clear();
        for (std::uint64_t row = begin; row < end; ++row) kept.push_back(static_cast<std::uint16_t>(row));
        chunk.set_selection(kept);
      }
      if (out.consume(chunk) == Flow::kEnough) return;
    }
  }

 private:
  Rows& rows_;
  const std::vector<planner::SortKey>& keys_;
};

template <class Rows>
void sort_rows(PlanRunner& runner, const planner::PhysicalPlan& child, const std::vector<planner::SortKey>& keys,
               planner::ResolvedLimit limit, Rows& rows, PipelineStage& next) {
  ExecutionContext& context = runner.context();
  SortStage<Rows> stage(rows, keys);
  if (limit.count > 0) runner.run(child, stage);
  run_serial(context, next, [&](ChunkConsumer& consumer) { stage.push(limit, consumer, context.worker); });
}

void sort_child(PlanRunner& runner, const planner::PhysicalPlan& plan, const std::vector<planner::SortKey>& keys,
                planner::ResolvedLimit limit, PipelineStage& next) {
  ExecutionContext& context = runner.context();
  const planner::PhysicalPlan& child = *plan.children[0];
  std::vector<types::PhysicalType> types;
  for (const planner::OutputColumn& column : child.schema) types.push_back(types::physical_type(column.type));
  if (limit.offset <= kMostTopRows && limit.count <= kMostTopRows - limit.offset) {
    vector::TopRows rows(std::move(types), order_of(keys), limit.offset + limit.count, &context.memory);
    sort_rows(runner, child, keys, limit, rows, next);
    return;
  }
  vector::Sorter rows(std::move(types), order_of(keys), &context.memory, {context.spill_directory, nullptr});
  sort_rows(runner, child, keys, limit, rows, next);
}

}  // namespace

void run_sort(PlanRunner& runner, const planner::SortPlan& plan, PipelineStage& next) {
  sort_child(runner, plan, plan.keys, {0, UINT64_MAX}, next);
}

void run_top_n(PlanRunner& runner, const planner::TopNPlan& plan, PipelineStage& next) {
  sort_child(runner, plan, plan.keys, planner::resolve_limit(plan.bounds, runner.context().worker.eval), next);
}

}  // namespace sluice::executor
