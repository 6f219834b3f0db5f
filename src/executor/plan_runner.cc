#include "executor/plan_runner.h"

#include "base/check.h"
#include "executor/aggregate.h"
#include "executor/apply.h"
#include "executor/cte.h"
#include "executor/entry_decoders.h"
#include "executor/hash_join.h"
#include "executor/index_join.h"
#include "executor/index_look_up.h"
#include "executor/point_get.h"
#include "executor/runtime_recorder.h"
#include "executor/scan.h"
#include "executor/select_lock.h"
#include "executor/simple_operators.h"
#include "executor/sort.h"
#include "expression/eval_context.h"
#include "planner/ranges.h"
#include "vector/chunk.h"

namespace sluice::executor {

using planner::PhysicalPlan;
using planner::PlanKind;

namespace {

std::vector<types::PhysicalType> physical_types(const PhysicalPlan& plan) {
  std::vector<types::PhysicalType> types;
  for (const planner::OutputColumn& column : plan.schema) types.push_back(types::physical_type(column.type));
  return types;
}

bool is_reader(const PhysicalPlan& plan) {
  return plan.kind == PlanKind::kTableReader || plan.kind == PlanKind::kIndexReader;
}

/// Passes the rows of one child of a union on; the end of the child is not the end of the union.
class UnionInputStage final : public SerialStage {
 public:
  UnionInputStage(ChunkConsumer& shared, bool& enough) : shared_(shared), enough_(enough) {}

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext&) override {
    class Input final : public ChunkConsumer {
     public:
      Input(ChunkConsumer& shared, bool& enough) : shared_(shared), enough_(enough) {}
      Flow consume(vector::Chunk& chunk) override {
        const Flow flow = shared_.consume(chunk);
        enough_ = flow == Flow::kEnough;
        return flow;
      }
      void finish() override {}

     private:
      ChunkConsumer& shared_;
      bool& enough_;
    };
    return std::make_unique<Input>(shared_, enough_);
  }

 private:
  ChunkConsumer& shared_;
  bool& enough_;
};

}  // namespace

void PlanRunner::run(const PhysicalPlan& plan, PipelineStage& next) {
  context_.worker.stop.poll();
  std::vector<std::unique_ptr<PipelineStage>> owned;
  const PhysicalPlan* source = nullptr;
  PipelineStage& entry = wrap_plain_operators(plan, next, owned, source);
  if (context_.recorder != nullptr) {
    const std::unique_ptr<PipelineStage> counted = context_.recorder->count(source->id, entry);
    const RuntimeRecorder::Timer timer(*context_.recorder, source->id);
    run_blocking(*source, *counted);
  } else {
    run_blocking(*source, entry);
  }
}

PipelineStage& PlanRunner::wrap_plain_operators(const PhysicalPlan& top, PipelineStage& next,
                                                std::vector<std::unique_ptr<PipelineStage>>& owned,
                                                const PhysicalPlan*& source) {
  PipelineStage* entry = &next;
  const PhysicalPlan* plan = &top;
  while (true) {
    if (is_reader(*plan)) {
      if (context_.recorder != nullptr) {
        owned.push_back(context_.recorder->count(plan->id, *entry));
        entry = owned.back().get();
      }
    } else {
      std::unique_ptr<PipelineStage> counted;
      if (context_.recorder != nullptr) counted = context_.recorder->count(plan->id, *entry);
      std::unique_ptr<PipelineStage> stage = plain_stage(*plan, counted != nullptr ? *counted : *entry);
      if (stage == nullptr) break;
      if (counted != nullptr) owned.push_back(std::move(counted));
      owned.push_back(std::move(stage));
      entry = owned.back().get();
    }
    plan = plan->children.front().get();
  }
  source = plan;
  return *entry;
}

std::unique_ptr<PipelineStage> PlanRunner::plain_stage(const PhysicalPlan& plan, PipelineStage& next) {
  switch (plan.kind) {
    case PlanKind::kSelection:
      return std::make_unique<FilterStage>(static_cast<const planner::SelectionPlan&>(plan).conditions, next);
    case PlanKind::kProjection: {
      const auto& projection = static_cast<const planner::ProjectionPlan&>(plan);
      return std::make_unique<ProjectionStage>(projection.expressions, projection.sequential, next);
    }
    case PlanKind::kLimit: {
      const planner::ResolvedLimit limit =
          planner::resolve_limit(static_cast<const planner::LimitPlan&>(plan).bounds, context_.worker.eval);
      return std::make_unique<LimitStage>(limit.offset, limit.count, next);
    }
    case PlanKind::kMaxOneRow:
      return std::make_unique<MaxOneRowStage>(physical_types(plan), next);
    case PlanKind::kSelectLock:
      return make_select_lock_stage(context_, static_cast<const planner::SelectLockPlan&>(plan), next);
    default:
      return nullptr;
  }
}

void PlanRunner::run_blocking(const PhysicalPlan& plan, PipelineStage& next) {
  switch (plan.kind) {
    case PlanKind::kTableScan:
      return run_table_scan(static_cast<const planner::TableScanPlan&>(plan), next);
    case PlanKind::kIndexScan:
      return run_index_scan(static_cast<const planner::IndexScanPlan&>(plan), next);
    case PlanKind::kIndexLookUp:
      return run_index_look_up(static_cast<const planner::IndexLookUpPlan&>(plan), next);
    case PlanKind::kPointGet:
      return run_point_get(context_, static_cast<const planner::PointGetPlan&>(plan), next);
    case PlanKind::kBatchPointGet:
      return run_batch_point_get(context_, static_cast<const planner::BatchPointGetPlan&>(plan), next);
    case PlanKind::kMemTableScan:
      return run_memory_table(static_cast<const planner::MemTableScanPlan&>(plan), next);
    case PlanKind::kTableDual:
      return run_dual(static_cast<const planner::TableDualPlan&>(plan), next);
    case PlanKind::kUnionAll:
      return run_union_all(plan, next);
    case PlanKind::kSort:
      return run_sort(*this, static_cast<const planner::SortPlan&>(plan), next);
    case PlanKind::kTopN:
      return run_top_n(*this, static_cast<const planner::TopNPlan&>(plan), next);
    case PlanKind::kHashAggregate:
      return run_hash_aggregate(*this, static_cast<const planner::AggregatePlan&>(plan), next);
    case PlanKind::kStreamAggregate:
      return run_stream_aggregate(*this, static_cast<const planner::AggregatePlan&>(plan), next);
    case PlanKind::kHashJoin: {
      const auto& join = static_cast<const planner::HashJoinPlan&>(plan);
      return run_hash_join(*this, join, join.build_child, next);
    }
    case PlanKind::kMergeJoin: {
      const auto& join = static_cast<const planner::MergeJoinPlan&>(plan);
      return run_hash_join(*this, join, join.type == planner::JoinType::kRightOuter ? 0 : 1, next);
    }
    case PlanKind::kIndexJoin:
      return run_index_join(*this, static_cast<const planner::IndexJoinPlan&>(plan), next);
    case PlanKind::kApply:
      return run_apply(*this, static_cast<const planner::ApplyPlan&>(plan), next);
    case PlanKind::kCteScan:
      return run_cte_scan(*this, static_cast<const planner::CteScanPlan&>(plan), next);
    case PlanKind::kCteTable:
      return run_cte_table(*this, static_cast<const planner::CteTablePlan&>(plan), next);
    default:
      break;
  }
  SLUICE_CHECK(false, "no operator for plan kind {}", static_cast<int>(plan.kind));
}

std::vector<kv::KeyRange> PlanRunner::ranges_of(const planner::TableScanPlan& scan) {
  if (override_ != nullptr && override_->scan == &scan) return override_->ranges;
  return planner::resolve_key_ranges(scan, context_.worker.eval, context_.worker.stop);
}

std::vector<kv::KeyRange> PlanRunner::ranges_of(const planner::IndexScanPlan& scan) {
  if (override_ != nullptr && override_->scan == &scan) return override_->ranges;
  return planner::resolve_key_ranges(scan, context_.worker.eval, context_.worker.stop);
}

void PlanRunner::run_table_scan(const planner::TableScanPlan& scan, PipelineStage& next) {
  run_scan(
      context_,
      RangeScan{.ranges = ranges_of(scan),
                .keep_order = scan.keep_order || scan.descending,
                .descending = scan.descending,
                .estimated_rows = scan.estimated_rows,
                .make_decoder =
                    [&scan] { return make_record_decoder(scan.source, scan.column_offsets, scan.virtual_columns); }},
      next);
}

void PlanRunner::run_index_scan(const planner::IndexScanPlan& scan, PipelineStage& next) {
  run_scan(context_,
           RangeScan{.ranges = ranges_of(scan),
                     .keep_order = scan.keep_order || scan.descending,
                     .descending = scan.descending,
                     .estimated_rows = scan.estimated_rows,
                     .make_decoder =
                         [&scan] {
                           return make_index_decoder(scan.source, *scan.index, scan.column_offsets,
                                                     scan.virtual_columns);
                         }},
           next);
}

void PlanRunner::run_index_look_up(const planner::IndexLookUpPlan& plan, PipelineStage& next) {
  std::vector<std::unique_ptr<PipelineStage>> owned;
  const PhysicalPlan* source = nullptr;
  PipelineStage& table_side = wrap_plain_operators(*plan.children[1], next, owned, source);
  SLUICE_CHECK(source->kind == PlanKind::kTableScan, "the table side of a look-up ends in plan kind {}",
               static_cast<int>(source->kind));
  LookUpStage look_up(context_, plan, static_cast<const planner::TableScanPlan&>(*source), table_side);
  run(*plan.children[0], look_up);
}

void PlanRunner::run_union_all(const PhysicalPlan& plan, PipelineStage& next) {
  run_serial(context_, next, [&](ChunkConsumer& consumer) {
    bool enough = false;
    for (const planner::PlanPtr& child : plan.children) {
      if (enough) break;
      UnionInputStage input(consumer, enough);
      run(*child, input);
    }
  });
}

void PlanRunner::run_dual(const planner::TableDualPlan& plan, PipelineStage& next) {
  run_serial(context_, next, [&](ChunkConsumer& consumer) {
    if (plan.row_count == 0) return;
    vector::Chunk chunk(physical_types(plan));
    for (vector::ColumnVector& column : chunk.columns) column.append_null();
    chunk.row_count = 1;
    consumer.consume(chunk);
  });
}

void PlanRunner::run_memory_table(const planner::MemTableScanPlan& plan, PipelineStage& next) {
  SLUICE_CHECK(context_.memory_tables != nullptr, "table {} needs a reader of computed tables", plan.source.alias);
  run_serial(context_, next, [&](ChunkConsumer& consumer) {
    context_.memory_tables->read(plan, context_.worker.eval, consumer, context_.worker.stop);
  });
}

}  // namespace sluice::executor
