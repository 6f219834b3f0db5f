/// Common table expressions.
#pragma once

#include <map>
#include <memory>

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
    bool correlated = false;
  };

  Cte& of(int id) { return ctes_[id]; }

  /// An outer row has changed: expressions that refer to one are filled anew.
  void forget_correlated();

 private:
  std::map<int, Cte> ctes_;
};

/// Reads a common table expression, after filling it if this is its first use.
/// Throws: SqlError 3636 when the recursion is too deep; Stopped (polled per round and per chunk).
void run_cte_scan(PlanRunner& runner, const planner::CteScanPlan& plan, PipelineStage& next);

/// Reads what the last round of a recursion added.
void run_cte_table(PlanRunner& runner, const planner::CteTablePlan& plan, PipelineStage& next);

}  // namespace sluice::executor
