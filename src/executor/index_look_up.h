/// From index entries to records.
#pragma once

#include <memory>
#include <vector>

#include "executor/execution_context.h"
#include "executor/pipeline.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Collects the handles that the index side yields in batches, reads their records, and pushes them into the table side. Batches start small and
/// grow, so that a LIMIT above reads little. Without `keep_order` the records of a batch are read in key order.
class LookUpStage final : public PipelineStage {
 public:
  /// All arguments outlive the stage. `table_scan` is the leaf of the table side, `table_side` what its rows go to.
  LookUpStage(const ExecutionContext& context, const planner::IndexLookUpPlan& plan,
              const planner::TableScanPlan& table_scan, PipelineStage& table_side)
      : context_(context), plan_(plan), table_scan_(table_scan), table_side_(table_side) {}

  std::size_t max_workers() const noexcept override { return 1; }
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override;

 private:
  const ExecutionContext& context_;
  const planner::IndexLookUpPlan& plan_;
  const planner::TableScanPlan& table_scan_;
  PipelineStage& table_side_;
};

}  // namespace sluice::executor
