#include "executor/aggregate.h"

#include <algorithm>

#include "base/sync_point.h"
#include "executor/aggregate_spill.h"
#include "executor/aggregate_table.h"
#include "executor/scan.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

bool needs_one_thread(const planner::AggregatePlan& plan) {
  const auto needs_session = [](const expression::ExpressionPtr& expression) { return expression->needs_session(); };
  if (std::any_of(plan.group_by.begin(), plan.group_by.end(), needs_session)) return true;
  return std::any_of(plan.aggregates.begin(), plan.aggregates.end(),
                     [&](const expression::AggregateDescriptor& aggregate) {
                       return std::any_of(aggregate.args.begin(), aggregate.args.end(), needs_session);
                     });
}

/// One table per worker, and files for what did not fit.
class HashAggregateStage final : public PipelineStage {
 public:
  HashAggregateStage(const ExecutionContext& context, const AggregateLayout& layout)
      : context_(context), layout_(layout) {}

  std::size_t max_workers() const noexcept override {
    return needs_one_thread(layout_.plan) ? 1 : context_.settings.concurrency;
  }

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    class Consumer final : public ChunkConsumer {
     public:
      Consumer(HashAggregateStage& stage, Part& part, WorkerContext& worker)
          : stage_(stage), part_(part), worker_(worker) {}
      Flow consume(vector::Chunk& chunk) override {
        part_.table.add(chunk, worker_);
        if (stage_.may_spill() && part_.table.should_spill(stage_.parts_.size())) {
          stage_.spill_of(part_).write(part_.table, worker_.stop);
        }
        return Flow::kMore;
      }
      void finish() override {}

     private:
      HashAggregateStage& stage_;
      Part& part_;
      WorkerContext& worker_;
    };
    parts_.push_back(std::make_unique<Part>(layout_, context_));
    return std::make_unique<Consumer>(*this, *parts_.back(), worker);
  }

  /// Passes all groups on: of memory at once, else partition by partition.
  void push(ChunkConsumer& out, WorkerContext& worker) {
    if (needs_files()) {
      push_files(out, worker);
      return;
    }
    AggregateTable& first = parts_.front()->table;
    for (std::size_t i = 1; i < parts_.size(); ++i) {
      first.merge(parts_[i]->table, worker);
      parts_[i].reset();
    }
    if (layout_.plan.group_by.empty()) first.ensure_single_group(worker);
    first.push(out, worker);
  }

 private:
  using Files = std::vector<std::unique_ptr<vector::SpillFile>>;

  struct Part {
    Part(const AggregateLayout& layout, const ExecutionContext& context) : table(layout, context.memory) {}
    AggregateTable table;
    std::unique_ptr<AggregateSpill> spill;  // null: nothing has spilled
  };

  bool may_spill() const noexcept { return context_.spill_directory != nullptr; }

  AggregateSpill& spill_of(Part& part) const {
    if (part.spill == nullptr) part.spill = std::make_unique<AggregateSpill>(layout_, context_, 0);
    return *part.spill;
  }

  /// Whether groups are in files, or merging the tables in memory might take more than there is: each group of a table may be new to the
  /// one that takes it.
  bool needs_files() const noexcept {
    if (std::any_of(parts_.begin(), parts_.end(), [](const auto& part) { return part->spill != nullptr; })) return true;
    if (parts_.size() == 1 || layout_.plan.group_by.empty() || !may_spill()) return false;
    std::int64_t bytes = 0;
    for (const auto& part : parts_) bytes += part->table.memory_bytes();
    return context_.memory.over_soft_limit(bytes);
  }

  void push_files(ChunkConsumer& out, WorkerContext& worker) {
    std::vector<Files> files(vector::PartitionFiles::kPartitions);
    for (auto& part : parts_) {
      AggregateSpill& spill = spill_of(*part);
      spill.write(part->table, worker.stop);
      take_files(spill, files, worker.stop);
      part.reset();
    }
    parts_.clear();
    for (Files& partition : files) {
      if (push_partition(std::move(partition), 0, out, worker) == Flow::kEnough) return;
    }
  }

  static void take_files(AggregateSpill& spill, std::vector<Files>& files, StopToken stop) {
    spill.flush(stop);
    for (std::size_t partition = 0; partition < files.size(); ++partition) {
      if (auto file = spill.take(partition)) files[partition].push_back(std::move(file));
    }
  }

  /// Merges the groups of `files` and passes them on; what is too large for memory again is divided at the next level first.
  Flow push_partition(Files files, std::size_t level, ChunkConsumer& out, WorkerContext& worker) {
    AggregateTable groups(layout_, context_.memory);
    std::unique_ptr<AggregateSpill> smaller;
    const bool divisible = level + 1 < vector::PartitionFiles::kLevels;
    vector::Chunk chunk;
    for (std::unique_ptr<vector::SpillFile>& file : files) {
      vector::SpillFile::Reader reader(*file);
      while (reader.next(chunk, worker.stop)) {
        SLUICE_SYNC_POINT("aggregate.spill.read", worker.stop);
        SLUICE_FAILPOINT("aggregate.spill.merge");
        groups.merge_serialized(chunk, worker);
        if (!divisible || !groups.should_spill(1)) continue;
        if (smaller == nullptr) smaller = std::make_unique<AggregateSpill>(layout_, context_, level + 1);
        smaller->write(groups, worker.stop);
      }
      file.reset();
    }
    if (smaller == nullptr) return groups.push(out, worker);
    smaller->write(groups, worker.stop);
    std::vector<Files> parts(vector::PartitionFiles::kPartitions);
    take_files(*smaller, parts, worker.stop);
    smaller.reset();
    for (Files& part : parts) {
      if (push_partition(std::move(part), level + 1, out, worker) == Flow::kEnough) return Flow::kEnough;
    }
    return Flow::kMore;
  }

  const ExecutionContext& context_;
  const AggregateLayout& layout_;
  std::vector<std::unique_ptr<Part>> parts_;
};

/// Splits each chunk where the group changes and passes finished groups on.
class StreamAggregateStage final : public OperatorStage {
 public:
  StreamAggregateStage(const ExecutionContext& context, const AggregateLayout& layout, PipelineStage& next)
      : OperatorStage(next), context_(context), layout_(layout) {}
  std::size_t max_workers() const noexcept override { return 1; }

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    return std::make_unique<Consumer>(context_, layout_, worker, next_.make_worker(worker));
  }

 private:
  class Consumer final : public ChainedConsumer {
   public:
    Consumer(const ExecutionContext& context, const AggregateLayout& layout, WorkerContext& worker,
             std::unique_ptr<ChunkConsumer> next)
        : ChainedConsumer(std::move(next)), context_(context), layout_(layout), worker_(worker) {}

    Flow consume(vector::Chunk& chunk) override {
      // Rows of the group that is open go to its table first; all later groups of the chunk to a fresh one, of which
      // the last group stays open.
      const std::size_t rows_of_open = open_ == nullptr ? 0 : count_rows_of_open_group(chunk);
      const vector::ActiveRows active = chunk.active_rows();
      std::vector<std::uint16_t> rows;
      for (std::size_t i = 0; i < active.count; ++i) rows.push_back(static_cast<std::uint16_t>(active[i]));
      if (rows_of_open > 0) {
        chunk.set_selection(std::span(rows).first(rows_of_open));
        open_->add(chunk, worker_);
      }
      if (rows_of_open == rows.size()) return Flow::kMore;
      if (open_ != nullptr && open_->push(*next_, worker_) == Flow::kEnough) return Flow::kEnough;
      open_ = std::make_unique<AggregateTable>(layout_, context_.memory);
      const std::size_t last = start_of_last_group(chunk, rows, rows_of_open);
      if (last > rows_of_open) {
        AggregateTable finished(layout_, context_.memory);
        chunk.set_selection(std::span(rows).subspan(rows_of_open, last - rows_of_open));
        finished.add(chunk, worker_);
        if (finished.push(*next_, worker_) == Flow::kEnough) {
          enough_ = true;
          return Flow::kEnough;
        }
      }
      open_key_ = key_of(chunk, rows.back());
      chunk.set_selection(std::span(rows).subspan(last));
      open_->add(chunk, worker_);
      return Flow::kMore;
    }

    void finish() override {
      if (open_ == nullptr && layout_.plan.group_by.empty()) {
        open_ = std::make_unique<AggregateTable>(layout_, context_.memory);
        open_->ensure_single_group(worker_);
      }
      if (open_ != nullptr && !enough_) open_->push(*next_, worker_);
      next_->finish();
    }

   private:
    std::string key_of(const vector::Chunk& chunk, std::size_t row) {
      vector::Chunk one;
      one.reference(chunk);
      const auto selected = static_cast<std::uint16_t>(row);
      one.set_selection({&selected, 1});
      std::vector<vector::ColumnVector> values;
      std::vector<const vector::ColumnVector*> pointers;
      values.reserve(layout_.plan.group_by.size());
      for (const expression::ExpressionPtr& key : layout_.plan.group_by) {
        values.emplace_back(key->physical_type());
        key->evaluate(worker_.eval, one, values.back());
        pointers.push_back(&values.back());
      }
      std::string key;
      layout_.encoder.append(pointers, row, key);
      return key;
    }

    /// Groups are side by side, so the border is found by bisection.
    std::size_t count_rows_of_open_group(const vector::Chunk& chunk) {
      const vector::ActiveRows active = chunk.active_rows();
      std::size_t low = 0;
      std::size_t high = active.count;
      while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (key_of(chunk, active[middle]) == open_key_) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    std::size_t start_of_last_group(const vector::Chunk& chunk, const std::vector<std::uint16_t>& rows,
                                    std::size_t from) {
      const std::string last_key = key_of(chunk, rows.back());
      std::size_t low = from;
      std::size_t high = rows.size() - 1;
      while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (key_of(chunk, rows[middle]) == last_key) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      return low;
    }

    const ExecutionContext& context_;
    const AggregateLayout& layout_;
    WorkerContext& worker_;
    std::unique_ptr<AggregateTable> open_;
    std::string open_key_;  // of the group in open_
    bool enough_ = false;
  };

  const ExecutionContext& context_;
  const AggregateLayout& layout_;
};

}  // namespace

void run_hash_aggregate(PlanRunner& runner, const planner::AggregatePlan& plan, PipelineStage& next) {
  ExecutionContext& context = runner.context();
  const AggregateLayout layout = AggregateLayout::of(plan, context.worker.eval);
  HashAggregateStage stage(context, layout);
  runner.run(*plan.children[0], stage);
  run_serial(context, next, [&](ChunkConsumer& consumer) { stage.push(consumer, context.worker); });
}

void run_stream_aggregate(PlanRunner& runner, const planner::AggregatePlan& plan, PipelineStage& next) {
  const AggregateLayout layout = AggregateLayout::of(plan, runner.context().worker.eval);
  StreamAggregateStage stage(runner.context(), layout, next);
  runner.run(*plan.children[0], stage);
}

}  // namespace sluice::executor
