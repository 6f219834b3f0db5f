/// Common table expressions.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "executor/plan_runner.h"
#include "executor/row_list.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// The materialised common table expressions of one execution. Thread-safety: the statement's thread.
class CteStore {
 public:
  struct Cte {
    std::unique_ptr<RowList> rows;        // complete once `filled`
    const RowList* last_round = nullptr;  // what CteTable reads while the recursion runs
    bool filled = false;
    std::vector<std::int64_t> outer_columns;
  };

  Cte& of(int id) { return ctes_[id]; }

  /// These columns of an outer row have changed: expressions that refer to one of them are filled anew. Others may be amid a scan.
  void forget_readers(std::span<const std::int64_t> column_ids);

 private:
  std::map<int, Cte> ctes_;
};

/// Reads a common table expression, after filling it if this is its first use.
/// Throws: SqlError 3636 when the recursion is too deep; Stopped (polled per round and per chunk).
void run_cte_scan(PlanRunner& runner, const planner::CteScanPlan& plan, PipelineStage& next);

/// Reads what the last round of a recursion added.
void run_cte_table(PlanRunner& runner, const planner::CteTablePlan& plan, PipelineStage& next);

}  // namespace sluice::executor
