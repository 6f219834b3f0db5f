/// Runs physical plans: translates a tree of planner::PhysicalPlan into pipelines and drives them.
#pragma once

#include <memory>
#include <vector>

#include "executor/execution_context.h"
#include "executor/pipeline.h"
#include "kv/key_range.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Ranges that an index join gives to the scan inside of its inner child, in place of the scan's own.
struct ScanOverride {
  const planner::PhysicalPlan* scan = nullptr;
  std::vector<kv::KeyRange> ranges;
};

class CteStore;

/// Runs one plan, or a part of one.
///
/// Thread-safety: one thread; operators that run inner plans side by side make a runner for each.
class PlanRunner {
 public:
  /// `context` outlives the runner. `ctes` holds the common table expressions of the execution.
  PlanRunner(ExecutionContext& context, CteStore& ctes) : context_(context), ctes_(ctes) {}
  PlanRunner(ExecutionContext& context, CteStore& ctes, const ScanOverride* scan_override)
      : context_(context), ctes_(ctes), override_(scan_override) {}

  /// Pushes all rows of `plan` into `next` and returns when all of its workers have finished.
  /// Throws: Stopped; SqlError; StaleRead (executor/stale_read.h).
  void run(const planner::PhysicalPlan& plan, PipelineStage& next);

  /// The stages of the plain operators from `top` down to (not including) the first source or blocking operator, last before
  /// `next`. Returns the entry; the stages live in `owned`.
  PipelineStage& wrap_plain_operators(const planner::PhysicalPlan& top, PipelineStage& next,
                                      std::vector<std::unique_ptr<PipelineStage>>& owned,
                                      const planner::PhysicalPlan*& source);

  ExecutionContext& context() noexcept { return context_; }
  CteStore& ctes() noexcept { return ctes_; }

 private:
  std::unique_ptr<PipelineStage> plain_stage(const planner::PhysicalPlan& plan, PipelineStage& next);
  void run_blocking(const planner::PhysicalPlan& plan, PipelineStage& next);

  void run_table_scan(const planner::TableScanPlan& scan, PipelineStage& next);
  void run_index_scan(const planner::IndexScanPlan& scan, PipelineStage& next);
  void run_index_look_up(const planner::IndexLookUpPlan& plan, PipelineStage& next);
  void run_union_all(const planner::PhysicalPlan& plan, PipelineStage& next);
  void run_dual(const planner::TableDualPlan& plan, PipelineStage& next);
  void run_memory_table(const planner::MemTableScanPlan& plan, PipelineStage& next);
  std::vector<kv::KeyRange> ranges_of(const planner::TableScanPlan& scan);
  std::vector<kv::KeyRange> ranges_of(const planner::IndexScanPlan& scan);

  ExecutionContext& context_;
  CteStore& ctes_;
  const ScanOverride* override_ = nullptr;
};

}  // namespace sluice::executor
