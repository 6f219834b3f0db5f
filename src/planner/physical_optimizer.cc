#include "planner/physical_optimizer.h"

#include "base/check.h"
#include "planner/cost.h"
#include "planner/expression_tools.h"

namespace sluice::planner {

PhysicalOptimizer::PhysicalOptimizer(PlanContext& context, const expression::BuildContext& build,
                                     std::function<std::int64_t()> next_column_id,
                                     std::function<ExpressionPtr(const DataSource&, int)> generated_expression)
    : context_(context),
      build_(build),
      next_column_id_(std::move(next_column_id)),
      generated_expression_(std::move(generated_expression)),
      cardinality_(context.eval, context.stop) {}

PhysicalOptimizer::~PhysicalOptimizer() = default;

PlanPtr PhysicalOptimizer::optimize(LogicalNode& root, const std::vector<OutputColumn>& columns, Layout layout) {
  PlanPtr plan = best(root, {})->build();
  if (layout == Layout::kExact) plan = with_exact_layout(std::move(plan), columns);
  // Numbered children first, from 1 on, unless CTEs have taken numbers.
  int next = has_ctes_ ? last_id_ : 0;
  const auto number = [&](auto& self, PhysicalPlan& node) -> void {
    for (PlanPtr& child : node.children) self(self, *child);
    node.id = ++next;
  };
  number(number, *plan);
  return plan;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best(LogicalNode& node, const RequiredProperty& property) {
  poll();
  const auto key = std::pair{static_cast<const LogicalNode*>(&node), property};
  if (const auto found = memory_.find(key); found != memory_.end()) return found->second;
  CandidatePtr found = compute(node, property);
  SLUICE_CHECK(found != nullptr && found->is_possible(), "no physical plan for a node of kind {}",
               static_cast<int>(node.kind));
  memory_[key] = found;
  return found;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::compute(LogicalNode& node, const RequiredProperty& property) {
  switch (node.kind) {
    case LogicalKind::kDataSource:
      return best_source(node.as<DataSource>(), property);
    case LogicalKind::kSelection:
      return best_selection(node.as<LogicalSelection>(), property);
    case LogicalKind::kProjection:
      return best_projection(node.as<LogicalProjection>(), property);
    case LogicalKind::kAggregate:
      return best_aggregate(node.as<LogicalAggregate>(), property);
    case LogicalKind::kJoin:
      return best_join(node.as<LogicalJoin>(), property);
    case LogicalKind::kSort:
      return best_sort(node.as<LogicalSort>(), property);
    case LogicalKind::kLimit:
      return best_limit(node.as<LogicalLimit>(), property);
    case LogicalKind::kLock:
      return best_lock(node.as<LogicalLock>(), property);
    case LogicalKind::kUnionAll:
      if (!property.order.empty()) return sorted(node, property);
      return best_union(node.as<LogicalUnionAll>(), property);
    case LogicalKind::kDual:
      return best_dual(node.as<LogicalDual>());
    case LogicalKind::kMaxOneRow: {
      const CandidatePtr child = best(*node.children[0], {});
      auto candidate = std::make_shared<Candidate>();
      candidate->cost = child->cost;
      candidate->rows = 1;
      candidate->build = [this, child, &node] {
        auto plan = make<MaxOneRowPlan>(1);
        PlanPtr below = child->build();
        plan->schema = below->schema;
        for (OutputColumn& column : plan->schema) column.type.clear_flag(types::field_flag::kNotNull);
        plan->children.push_back(std::move(below));
        return PlanPtr(std::move(plan));
      };
      return candidate;
    }
    case LogicalKind::kCteScan:
      if (!property.order.empty()) return sorted(node, property);
      return best_cte_scan(node.as<LogicalCteScan>());
    case LogicalKind::kCteTable: {
      if (!property.order.empty()) return sorted(node, property);
      auto candidate = std::make_shared<Candidate>();
      candidate->rows = cardinality_.rows(node);
      candidate->cost = candidate->rows * cost::kScanRow;
      candidate->build = [this, &node, rows = candidate->rows] {
        auto plan = make<CteTablePlan>(rows);
        plan->cte_id = node.as<LogicalCteTable>().cte_id;
        plan->schema = node.schema;
        return PlanPtr(std::move(plan));
      };
      return candidate;
    }
  }
  return nullptr;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::sorted(LogicalNode& node, const RequiredProperty& property) {
  const CandidatePtr child = best(node, {});
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = child->rows;
  candidate->cost = child->cost + cost::sort(child->rows);
  candidate->build = [this, child, order = property.order] {
    PlanPtr below = child->build();
    auto plan = make<SortPlan>(child->rows);
    plan->schema = below->schema;
    for (const RequiredOrder::Key& key : order.keys) {
      const int position = find_position(below->schema, key.column_id);
      SLUICE_CHECK(position >= 0, "column {} to sort by is not in the input", key.column_id);
      const OutputColumn& column = below->schema[static_cast<std::size_t>(position)];
      plan->keys.push_back({resolve_positions(column_ref(column), below->schema, context_.stop), key.descending});
    }
    plan->children.push_back(std::move(below));
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

PlanPtr PhysicalOptimizer::with_exact_layout(PlanPtr plan, const std::vector<OutputColumn>& columns) {
  bool same = plan->schema.size() == columns.size();
  for (std::size_t i = 0; same && i < columns.size(); ++i) same = plan->schema[i].column_id == columns[i].column_id;
  if (same) return plan;
  auto projection = make<ProjectionPlan>(plan->estimated_rows);
  const ColumnPositions positions(plan->schema);
  for (const OutputColumn& column : columns)
    projection->expressions.push_back(resolve_positions(column_ref(column), positions, context_.stop));
  projection->schema = columns;
  projection->children.push_back(std::move(plan));
  return projection;
}

PlanPtr PhysicalOptimizer::with_computed(PlanPtr child, const std::vector<ExpressionPtr>& expressions,
                                         const std::vector<OutputColumn>& added) {
  if (expressions.empty()) return child;
  auto projection = make<ProjectionPlan>(child->estimated_rows);
  projection->task = child->task;
  projection->schema = child->schema;
  const ColumnPositions positions(child->schema);
  for (const OutputColumn& column : child->schema)
    projection->expressions.push_back(resolve_positions(column_ref(column), positions, context_.stop));
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    projection->expressions.push_back(resolve_positions(expressions[i], positions, context_.stop));
    projection->schema.push_back(added[i]);
  }
  projection->children.push_back(std::move(child));
  return projection;
}

PlanPtr PhysicalOptimizer::select(PlanPtr child, const std::vector<ExpressionPtr>& conditions, double rows) {
  if (conditions.empty()) return child;
  auto selection = make<SelectionPlan>(rows);
  selection->task = child->task;
  selection->schema = child->schema;
  const ColumnPositions positions(child->schema);
  for (const ExpressionPtr& condition : conditions)
    selection->conditions.push_back(resolve_positions(condition, positions, context_.stop));
  selection->children.push_back(std::move(child));
  return selection;
}

}  // namespace sluice::planner
