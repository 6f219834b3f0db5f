#include "executor/hash_join.h"

#include <algorithm>

#include "base/sync_point.h"
#include "executor/join_spill.h"
#include "expression/eval_context.h"
#include "vector/sorter.h"

namespace sluice::executor {
namespace {

/// Fills one table per worker, and files for what does not fit.
class BuildStage final : public PipelineStage {
 public:
  BuildStage(const ExecutionContext& context, const JoinShape& shape, const JoinLookup& lookup)
      : context_(context), shape_(shape), lookup_(lookup) {}

  std::size_t max_workers() const noexcept override { return context_.settings.concurrency; }

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    parts_.push_back(std::make_unique<Part>(lookup_.new_table(shape_, context_.memory)));
    return std::make_unique<Consumer>(*this, *parts_.back(), worker);
  }

  /// After the build side has ended: whether some of it is in files.
  bool has_spilled() const noexcept {
    return std::any_of(parts_.begin(), parts_.end(), [](const auto& part) { return part->files != nullptr; });
  }

  /// The table of all rows, if none are in files.
  const vector::JoinTable& merged(StopToken stop) {
    for (std::size_t i = 1; i < parts_.size(); ++i) parts_.front()->table.absorb(std::move(parts_[i]->table));
    parts_.resize(1);
    parts_.front()->table.finish(stop);
    return parts_.front()->table;
  }

  /// Files of all rows, for `spill`.
  std::vector<std::unique_ptr<vector::PartitionFiles>> files(const JoinSpill& spill, StopToken stop) {
    std::vector<std::unique_ptr<vector::PartitionFiles>> files;
    for (auto& part : parts_) {
      spill_part(*part, spill, stop);
      part->files->flush(stop);
      files.push_back(std::move(part->files));
    }
    parts_.clear();
    return files;
  }

 private:
  struct Part {
    explicit Part(vector::JoinTable empty_table) : table(std::move(empty_table)) {}
    vector::JoinTable table;
    std::unique_ptr<vector::PartitionFiles> files;  // null: nothing has spilled
  };

  class Consumer final : public ChunkConsumer {
   public:
    Consumer(BuildStage& stage, Part& part, WorkerContext& worker)
        : stage_(stage),
          part_(part),
          worker_(worker),
          filler_(make_table_filler(part.table, stage.shape_.held_conditions(), worker)) {}
    Flow consume(vector::Chunk& chunk) override {
      SLUICE_SYNC_POINT("join.build.read", worker_.stop);
      worker_.stop.poll();
      filler_->consume(chunk);
      if (should_spill(stage_.context_, part_.table)) {
        const JoinSpill spill(stage_.context_, stage_.shape_, stage_.lookup_);
        stage_.spill_part(part_, spill, worker_.stop);
      }
      return Flow::kMore;
    }
    void finish() override {}

   private:
    BuildStage& stage_;
    Part& part_;
    WorkerContext& worker_;
    std::unique_ptr<ChunkConsumer> filler_;
  };

  static void spill_part(Part& part, const JoinSpill& spill, StopToken stop) {
    SLUICE_SYNC_POINT("join.spill.build", stop);
    if (part.files == nullptr) part.files = spill.new_held_files();
    part.table.spill(*part.files, spill.held_level(), stop);
  }

  const ExecutionContext& context_;
  const JoinShape& shape_;
  const JoinLookup& lookup_;
  std::vector<std::unique_ptr<Part>> parts_;
};

/// Probes a table in memory.
class ProbeStage final : public OperatorStage {
 public:
  ProbeStage(const JoinShape& shape, const JoinLookup& lookup, const vector::JoinTable& table, PipelineStage& next)
      : OperatorStage(next), shape_(shape), lookup_(lookup), table_(table) {}

  // Held rows without a match are pushed by the worker that has seen all probe rows.
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
          matcher_(stage.shape_, worker, *next_),
          probe_(stage.shape_, stage.lookup_, matcher_, worker) {}

    Flow consume(vector::Chunk& chunk) override { return probe_.join(stage_.table_, chunk); }
    void finish() override {
      if (stage_.shape_.preserves_held() && !matcher_.has_enough()) matcher_.push_unmatched(stage_.table_);
      next_->finish();
    }

   private:
    ProbeStage& stage_;
    JoinMatcher matcher_;
    TableProbe probe_;
  };

  const JoinShape& shape_;
  const JoinLookup& lookup_;
  const vector::JoinTable& table_;
};

/// Probes partitions, some of them in files.
class SpilledProbeStage final : public OperatorStage {
 public:
  SpilledProbeStage(const JoinShape& shape, JoinSpill& spill, PipelineStage& next)
      : OperatorStage(next), shape_(shape), spill_(spill) {}

  std::size_t max_workers() const noexcept override { return 1; }

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    return std::make_unique<Consumer>(*this, worker, next_.make_worker(worker));
  }

 private:
  class Consumer final : public ChainedConsumer {
   public:
    Consumer(SpilledProbeStage& stage, WorkerContext& worker, std::unique_ptr<ChunkConsumer> next)
        : ChainedConsumer(std::move(next)), stage_(stage), worker_(worker), matcher_(stage.shape_, worker, *next_) {}

    Flow consume(vector::Chunk& chunk) override { return stage_.spill_.consume(chunk, matcher_, worker_); }
    void finish() override {
      stage_.spill_.finish(matcher_, worker_);
      next_->finish();
    }

   private:
    SpilledProbeStage& stage_;
    WorkerContext& worker_;
    JoinMatcher matcher_;
  };

  const JoinShape& shape_;
  JoinSpill& spill_;
};

/// Brings the output of a merge join that ran by partitions back into the order of its keys.
class KeyOrderStage final : public SerialStage {
 public:
  KeyOrderStage(const ExecutionContext& context, const planner::MergeJoinPlan& plan, const JoinShape& shape,
                PipelineStage& next)
      : context_(context), next_(next) {
    for (const planner::OutputColumn& column : plan.schema) types_.push_back(types::physical_type(column.type));
    for (const planner::JoinKey& key : plan.keys) {
      const int position = shape.probe_is_left ? key.left_position : key.right_position;
      positions_.push_back(shape.probe_base() + static_cast<std::size_t>(position));
      const types::FieldType& type = plan.schema[positions_.back()].type;
      order_.push_back({types::physical_type(type), type.collation, plan.descending});
    }
  }

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    return std::make_unique<Consumer>(*this, worker, next_.make_worker(worker));
  }

 private:
  class Consumer final : public ChainedConsumer {
   public:
    Consumer(KeyOrderStage& stage, WorkerContext& worker, std::unique_ptr<ChunkConsumer> next)
        : ChainedConsumer(std::move(next)),
          stage_(stage),
          worker_(worker),
          sorter_(stage.types_, stage.order_, &stage.context_.memory, {stage.context_.spill_directory, nullptr}) {}

    Flow consume(vector::Chunk& chunk) override {
      std::vector<const vector::ColumnVector*> keys;
      for (const std::size_t position : stage_.positions_) keys.push_back(&chunk.columns[position]);
      sorter_.append(chunk, keys, worker_.stop);
      return Flow::kMore;
    }
    void finish() override {
      sorter_.finish(worker_.stop);
      vector::Chunk chunk;
      while (sorter_.next(chunk, worker_.stop)) {
        if (next_->consume(chunk) == Flow::kEnough) break;
      }
      next_->finish();
    }

   private:
    KeyOrderStage& stage_;
    WorkerContext& worker_;
    vector::Sorter sorter_;
  };

  const ExecutionContext& context_;
  PipelineStage& next_;
  std::vector<types::PhysicalType> types_;
  std::vector<std::size_t> positions_;
  std::vector<vector::SortColumn> order_;
};

/// Whether an empty table means that no probe row can be returned.
bool empty_means_no_rows(const planner::JoinPlan& plan, const JoinShape& shape) {
  return plan.type == planner::JoinType::kInner || plan.type == planner::JoinType::kSemi || shape.preserves_held();
}

void run_spilled(PlanRunner& runner, const planner::JoinPlan& plan, const planner::PhysicalPlan& probe_child,
                 BuildStage& build, const JoinShape& shape, const JoinLookup& lookup, PipelineStage& next) {
  ExecutionContext& context = runner.context();
  JoinSpill spill(context, shape, lookup);
  spill.begin_probe(build.files(spill, context.worker.stop), context.worker.stop);
  if (plan.kind == planner::PlanKind::kMergeJoin) {
    KeyOrderStage ordered(context, static_cast<const planner::MergeJoinPlan&>(plan), shape, next);
    SpilledProbeStage probe(shape, spill, ordered);
    runner.run(probe_child, probe);
    return;
  }
  SpilledProbeStage probe(shape, spill, next);
  runner.run(probe_child, probe);
}

}  // namespace

void run_hash_join(PlanRunner& runner, const planner::JoinPlan& plan, int build_child, PipelineStage& next) {
  ExecutionContext& context = runner.context();
  const bool probe_is_left = build_child == 1;
  const JoinShape shape = JoinShape::of(plan, probe_is_left);
  const JoinLookup lookup = JoinLookup::of(plan, probe_is_left);
  const planner::PhysicalPlan& probe_child = *plan.children[static_cast<std::size_t>(1 - build_child)];
  BuildStage build(context, shape, lookup);
  runner.run(*plan.children[static_cast<std::size_t>(build_child)], build);
  if (build.has_spilled()) return run_spilled(runner, plan, probe_child, build, shape, lookup, next);
  const vector::JoinTable& table = build.merged(context.worker.stop);
  ProbeStage probe(shape, lookup, table, next);
  if (table.row_count() == 0 && empty_means_no_rows(plan, shape)) {
    probe.make_worker(context.worker)->finish();
    return;
  }
  runner.run(probe_child, probe);
}

}  // namespace sluice::executor
