#include "executor/correlated_slots.h"

#include <algorithm>
#include <set>

namespace sluice::executor {

using planner::ExpressionPtr;
using planner::PhysicalPlan;
using planner::PlanKind;

namespace {

class Finder {
 public:
  void visit(const PhysicalPlan& plan) {
    visit_node(plan);
    for (const planner::PlanPtr& child : plan.children) visit(*child);
  }

  std::map<std::int64_t, std::vector<std::shared_ptr<types::Value>>> slots;

 private:
  void visit(const ExpressionPtr& expression) {
    if (expression == nullptr || !expression->has_correlated()) return;
    if (expression->kind() == expression::ExpressionKind::kCorrelated) {
      const auto& correlated = static_cast<const expression::Correlated&>(*expression);
      auto& known = slots[correlated.column_id()];
      if (std::find(known.begin(), known.end(), correlated.slot()) == known.end()) known.push_back(correlated.slot());
    }
    for (const ExpressionPtr& child : expression->children()) visit(child);
  }

  void visit(const std::vector<ExpressionPtr>& expressions) {
    for (const ExpressionPtr& expression : expressions) visit(expression);
  }
  void visit(const std::vector<planner::SortKey>& keys) {
    for (const planner::SortKey& key : keys) visit(key.expression);
  }
  void visit(const planner::LimitBounds& bounds) {
    visit(bounds.offset_expression);
    visit(bounds.count_expression);
  }
  void visit(const planner::AccessRanges& ranges) { visit(ranges.conditions); }
  void visit(const std::vector<planner::VirtualColumn>& columns) {
    for (const planner::VirtualColumn& column : columns) visit(column.expression);
  }
  void visit(const planner::JoinPlan& join) {
    visit(join.left_conditions);
    visit(join.right_conditions);
    visit(join.other_conditions);
    visit(join.null_aware_conditions);
  }
  void visit(const planner::AggregatePlan& plan) {
    visit(plan.group_by);
    for (const expression::AggregateDescriptor& aggregate : plan.aggregates) {
      visit(aggregate.args);
      for (const expression::AggregateOrder& order : aggregate.order_by) visit(order.expression);
    }
  }

  void visit_node(const PhysicalPlan& plan) {
    switch (plan.kind) {
      case PlanKind::kTableScan: {
        const auto& scan = static_cast<const planner::TableScanPlan&>(plan);
        visit(scan.ranges);
        return visit(scan.virtual_columns);
      }
      case PlanKind::kIndexScan: {
        const auto& scan = static_cast<const planner::IndexScanPlan&>(plan);
        visit(scan.ranges);
        return visit(scan.virtual_columns);
      }
      case PlanKind::kPointGet:
        return visit(static_cast<const planner::PointGetPlan&>(plan).key);
      case PlanKind::kBatchPointGet:
        for (const auto& key : static_cast<const planner::BatchPointGetPlan&>(plan).keys) visit(key);
        return;
      case PlanKind::kMemTableScan:
        return visit(static_cast<const planner::MemTableScanPlan&>(plan).conditions);
      case PlanKind::kSelection:
        return visit(static_cast<const planner::SelectionPlan&>(plan).conditions);
      case PlanKind::kProjection:
        return visit(static_cast<const planner::ProjectionPlan&>(plan).expressions);
      case PlanKind::kLimit:
        return visit(static_cast<const planner::LimitPlan&>(plan).bounds);
      case PlanKind::kSort:
        return visit(static_cast<const planner::SortPlan&>(plan).keys);
      case PlanKind::kTopN: {
        const auto& top_n = static_cast<const planner::TopNPlan&>(plan);
        visit(top_n.keys);
        return visit(top_n.bounds);
      }
      case PlanKind::kHashAggregate:
      case PlanKind::kStreamAggregate:
        return visit(static_cast<const planner::AggregatePlan&>(plan));
      case PlanKind::kIndexJoin:
        for (const auto& source : static_cast<const planner::IndexJoinPlan&>(plan).lookup.sources)
          visit(source.constant);
        return visit(static_cast<const planner::JoinPlan&>(plan));
      case PlanKind::kHashJoin:
      case PlanKind::kMergeJoin:
      case PlanKind::kApply:
        return visit(static_cast<const planner::JoinPlan&>(plan));
      case PlanKind::kCteScan: {
        const planner::CteDefinition& cte = *static_cast<const planner::CteScanPlan&>(plan).definition;
        if (!ctes_.insert(cte.id).second) return;
        visit(*cte.seed);
        if (cte.recursive != nullptr) visit(*cte.recursive);
        return;
      }
      default:
        return;
    }
  }

  std::set<int> ctes_;
};

}  // namespace

std::map<std::int64_t, std::vector<std::shared_ptr<types::Value>>> find_correlated_slots(const PhysicalPlan& plan) {
  Finder finder;
  finder.visit(plan);
  return std::move(finder.slots);
}

}  // namespace sluice::executor
