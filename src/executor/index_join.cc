#include "executor/index_join.h"

#include <algorithm>
#include <list>

#include "base/sync_point.h"
#include "base/task_scope.h"
#include "executor/cte.h"
#include "executor/join_probe.h"
#include "executor/parallel_worker.h"
#include "executor/row_list.h"
#include "executor/simple_operators.h"
#include "expression/eval_context.h"
#include "planner/ranges.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

/// Fewer ranges than this are not worth a worker of their own.
constexpr std::size_t kRangesPerWorker = 512;

/// Fills a join table with inner rows.
class InnerStage final : public SerialStage {
 public:
  InnerStage(vector::JoinTable& table, std::span<const expression::ExpressionPtr> conditions)
      : table_(table), conditions_(conditions) {}
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    return make_table_filler(table_, conditions_, worker);
  }

 private:
  vector::JoinTable& table_;
  std::span<const expression::ExpressionPtr> conditions_;
};

class OuterStage final : public OperatorStage {
 public:
  OuterStage(PlanRunner& runner, const planner::IndexJoinPlan& plan, const JoinShape& shape, const JoinLookup& lookup,
             PipelineStage& next)
      : OperatorStage(next), runner_(runner), plan_(plan), shape_(shape), lookup_(lookup) {}
  std::size_t max_workers() const noexcept override { return 1; }

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    return std::make_unique<Consumer>(*this, worker, next_.make_worker(worker));
  }

 private:
  class Consumer final : public ChainedConsumer {
   public:
    Consumer(OuterStage& stage, WorkerContext& worker, std::unique_ptr<ChunkConsumer> next)
        : ChainedConsumer(std::move(next)),
          stage_(stage),
          worker_(worker),
          context_(stage.runner_.context()),
          ranges_(stage.plan_, worker.eval),
          matcher_(stage.shape_, worker, *next_),
          probe_(stage.shape_, stage.lookup_, matcher_, worker),
          outer_(stage.shape_.probe_types(), context_.memory) {}

    Flow consume(vector::Chunk& chunk) override {
      outer_.append(chunk);
      // Short of memory: batches stay small, which costs time and nothing else.
      const bool is_short = context_.memory.over_soft_limit(vector::RowContainer::kGrowthBytes);
      if (is_short) batch_size_ = std::min(batch_size_, kFirstOuterBatch);
      return outer_.size() >= batch_size_ ? join_batch() : Flow::kMore;
    }

    void finish() override {
      if (!matcher_.has_enough()) join_batch();
      next_->finish();
    }

   private:
    std::unique_ptr<vector::JoinTable> new_table() const {
      return std::make_unique<vector::JoinTable>(stage_.lookup_.new_table(stage_.shape_, context_.memory));
    }

    Flow join_batch() {
      if (outer_.empty()) return Flow::kMore;
      worker_.stop.poll();
      batch_size_ = std::min(batch_size_ * 2, std::max<std::size_t>(context_.settings.index_join_batch_size, 1));
      SLUICE_SYNC_POINT("join.inner.before_read", worker_.stop);
      const std::unique_ptr<vector::JoinTable> table = read_inner();
      SLUICE_SYNC_POINT("join.inner.after_send", worker_.stop);
      vector::Chunk probe;
      for (std::size_t b = 0; b < outer_.block_count(); ++b) {
        probe.reference(outer_.block(b));
        if (probe_.join(*table, probe) == Flow::kEnough) return Flow::kEnough;
      }
      outer_.clear();
      return Flow::kMore;
    }

    std::vector<std::string> lookup_keys() {
      std::vector<std::string> prefixes;
      std::string prefix;
      for (std::size_t b = 0; b < outer_.block_count(); ++b) {
        worker_.stop.poll();
        const vector::Chunk& block = outer_.block(b);
        const std::vector<bool> passing = rows_passing(stage_.shape_.probe_conditions(), block, worker_);
        for (std::size_t row = 0; row < block.row_count; ++row) {
          if (!passing.empty() && !passing[row]) continue;
          if (ranges_.encode_key(block, row, prefix)) prefixes.push_back(prefix);
        }
      }
      return prefixes;
    }

    std::unique_ptr<vector::JoinTable> read_inner() {
      std::vector<kv::KeyRange> ranges = ranges_.ranges(lookup_keys(), worker_.stop);
      std::size_t workers = 1;
      if (context_.reads.can_fork()) {
        workers = std::clamp<std::size_t>(ranges.size() / kRangesPerWorker, 1,
                                          context_.settings.index_lookup_join_concurrency);
      }
      std::unique_ptr<vector::JoinTable> table = new_table();
      if (ranges.empty()) {
        // Nothing can match.
      } else if (workers == 1) {
        const ScanOverride inner{stage_.plan_.inner_scan, std::move(ranges)};
        PlanRunner runner(context_, stage_.runner_.ctes(), &inner);
        InnerStage sink(*table, stage_.shape_.held_conditions());
        runner.run(inner_plan(), sink);
      } else {
        read_inner_in_parallel(std::move(ranges), workers, *table);
      }
      table->finish(worker_.stop);
      return table;
    }

    const planner::PhysicalPlan& inner_plan() const {
      return *stage_.plan_.children[static_cast<std::size_t>(stage_.plan_.inner_child)];
    }

    /// One part of a batch's ranges, read by one task.
    struct InnerRead {
      ScanOverride override;
      ParallelWorker task;
      ExecutionContext context;
      std::unique_ptr<vector::JoinTable> table;

      InnerRead(const planner::PhysicalPlan* scan, std::vector<kv::KeyRange> ranges, const ExecutionContext& statement,
                StopToken stop, std::unique_ptr<vector::JoinTable> empty_table)
          : override{scan, std::move(ranges)},
            task(statement, stop),
            context{.store = statement.store,
                    .schema = statement.schema,
                    .reads = task.reads(),
                    .worker = task.worker(),
                    .memory = statement.memory,
                    .spill_directory = statement.spill_directory,
                    .recorder = statement.recorder,
                    .settings = statement.settings,
                    .outcome = {}},
            table(std::move(empty_table)) {
        context.settings.concurrency = 1;
      }
    };

    void read_inner_in_parallel(std::vector<kv::KeyRange> ranges, std::size_t workers, vector::JoinTable& table) {
      std::list<InnerRead> parts;
      TaskScope scope("index join", worker_.stop);
      for (std::size_t i = 0; i < workers; ++i) {
        const auto begin = ranges.begin() + static_cast<std::ptrdiff_t>(ranges.size() * i / workers);
        const auto end = ranges.begin() + static_cast<std::ptrdiff_t>(ranges.size() * (i + 1) / workers);
        parts.emplace_back(stage_.plan_.inner_scan,
                           std::vector<kv::KeyRange>(std::make_move_iterator(begin), std::make_move_iterator(end)),
                           context_, scope.token(), new_table());
      }
      for (InnerRead& part : parts) {
        scope.spawn("inner read", [&](StopToken) {
          SLUICE_SYNC_POINT("join.inner.task");  // without the token: such a task comes late
          // The inner plan of an index join holds no common table expression: its only leaf is the scan.
          CteStore no_ctes;
          PlanRunner runner(part.context, no_ctes, &part.override);
          InnerStage sink(*part.table, stage_.shape_.held_conditions());
          runner.run(inner_plan(), sink);
        });
      }
      scope.join();
      for (InnerRead& part : parts) {
        part.task.merge_warnings(context_);
        table.absorb(std::move(*part.table));
      }
    }

    OuterStage& stage_;
    WorkerContext& worker_;
    ExecutionContext& context_;
    planner::LookupRangeBuilder ranges_;
    JoinMatcher matcher_;
    TableProbe probe_;
    RowList outer_;
    std::size_t batch_size_ = kFirstOuterBatch;
  };

  PlanRunner& runner_;
  const planner::IndexJoinPlan& plan_;
  const JoinShape& shape_;
  const JoinLookup& lookup_;
};

}  // namespace

void run_index_join(PlanRunner& runner, const planner::IndexJoinPlan& plan, PipelineStage& next) {
  const bool probe_is_left = plan.inner_child == 1;
  const JoinShape shape = JoinShape::of(plan, probe_is_left);
  const JoinLookup lookup = JoinLookup::of(plan, probe_is_left);
  OuterStage outer(runner, plan, shape, lookup, next);
  runner.run(*plan.children[static_cast<std::size_t>(1 - plan.inner_child)], outer);
}

}  // namespace sluice::executor
