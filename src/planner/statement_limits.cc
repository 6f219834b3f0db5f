#include "planner/statement_limits.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/sql_error.h"
#include "catalog/table_info.h"
#include "planner/physical_plan.h"

namespace sluice::planner {
namespace {

using TableIds = std::set<std::int64_t>;

const std::vector<ModifyTarget>* written_tables(const PhysicalPlan& plan) {
  if (plan.kind == PlanKind::kUpdate) return &static_cast<const UpdatePlan&>(plan).targets;
  if (plan.kind == PlanKind::kDelete) return &static_cast<const DeletePlan&>(plan).targets;
  return nullptr;
}

/// LIMIT of the statement itself: above all joins.
bool has_limit(const PhysicalPlan& plan) {
  for (const PhysicalPlan* node = &plan;; node = node->children[0].get()) {
    if (node->kind == PlanKind::kLimit || node->kind == PlanKind::kTopN) return true;
    const bool is_look_up = node->kind == PlanKind::kIndexLookUp;
    if (is_look_up && static_cast<const IndexLookUpPlan*>(node)->pushed_limit_count > 0) return true;
    if (node->children.empty() || (node->children.size() > 1 && !is_look_up)) return false;
  }
}

template <class Scan>
bool reads_all_of(const Scan& scan, const TableIds& tables) {
  return scan.ranges.full && !scan.takes_lookup_ranges && tables.contains(scan.source.table->id);
}

bool reads_all_of_one(const PhysicalPlan& plan, const TableIds& tables) {
  if (plan.kind == PlanKind::kTableScan) {
    const auto& scan = static_cast<const TableScanPlan&>(plan);
    return !scan.is_row_id_scan && reads_all_of(scan, tables);
  }
  if (plan.kind == PlanKind::kIndexScan) return reads_all_of(static_cast<const IndexScanPlan&>(plan), tables);
  return std::any_of(plan.children.begin(), plan.children.end(),
                     [&](const PlanPtr& child) { return reads_all_of_one(*child, tables); });
}

double most_rows_of(const PhysicalPlan& plan) {
  double most = plan.estimated_rows;
  for (const PlanPtr& child : plan.children) most = std::max(most, most_rows_of(*child));
  return most;
}

bool joins(const PhysicalPlan& plan) {
  switch (plan.kind) {
    case PlanKind::kHashJoin:
    case PlanKind::kMergeJoin:
    case PlanKind::kIndexJoin:
    case PlanKind::kApply:
      return true;
    default:
      return std::any_of(plan.children.begin(), plan.children.end(),
                         [](const PlanPtr& child) { return joins(*child); });
  }
}

}  // namespace

void check_safe_update(const PhysicalPlan& plan) {
  const std::vector<ModifyTarget>* const targets = written_tables(plan);
  if (targets == nullptr || has_limit(plan)) return;
  TableIds tables;
  for (const ModifyTarget& target : *targets) tables.insert(target.target.source.table->id);
  if (reads_all_of_one(plan, tables)) throw SqlError(ErrorCode::kUpdateWithoutKeyInSafeMode);
}

void check_join_size(const PhysicalPlan& plan, std::uint64_t most_rows) {
  if (written_tables(plan) != nullptr && !joins(plan)) return;
  if (std::ceil(most_rows_of(plan)) > static_cast<double>(most_rows)) throw SqlError(ErrorCode::kTooBigSelect);
}

}  // namespace sluice::planner
