#include <algorithm>

#include "base/check.h"
#include "planner/cost.h"
#include "planner/expression_tools.h"
#include "planner/physical_optimizer.h"

namespace sluice::planner {

namespace {

constexpr double kNoGoal = 1e300;

/// The order that plain-column sort keys ask for; nullopt if some key is an expression.
std::optional<RequiredOrder> order_of(const std::vector<SortKey>& keys) {
  RequiredOrder order;
  for (const SortKey& key : keys) {
    const ColumnRef* column = as_column(key.expression);
    if (column == nullptr) return std::nullopt;
    order.keys.push_back({column->column_id(), key.descending});
  }
  return order;
}

std::vector<SortKey> resolve_keys(const std::vector<SortKey>& keys, const std::vector<OutputColumn>& schema,
                                  StopToken stop) {
  std::vector<SortKey> resolved;
  const ColumnPositions positions(schema);
  for (const SortKey& key : keys)
    resolved.push_back({resolve_positions(key.expression, positions, stop), key.descending});
  return resolved;
}

double wanted_rows(const LimitBounds& bounds) {
  return static_cast<double>(bounds.count) + static_cast<double>(bounds.offset);
}

}  // namespace

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_selection(LogicalSelection& node,
                                                                  const RequiredProperty& property) {
  RequiredProperty below = property;
  const double child_rows = cardinality_.rows(*node.children[0]);
  const double rows = cardinality_.rows(node);
  if (below.row_goal < kNoGoal && rows > 0) below.row_goal *= child_rows / rows;
  const CandidatePtr child = best(*node.children[0], below);
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = rows;
  candidate->cost =
      child->cost + std::min(child->rows, below.row_goal) * cost::kFilter * static_cast<double>(node.conditions.size());
  candidate->build = [this, child, &node, rows] { return select(child->build(), node.conditions, rows); };
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_projection(LogicalProjection& node,
                                                                   const RequiredProperty& property) {
  for (const RequiredOrder::Key& key : property.order.keys) {
    const int position = find_position(node.schema, key.column_id);
    const ColumnRef* column = position < 0 ? nullptr : as_column(node.expressions[static_cast<std::size_t>(position)]);
    if (column == nullptr || column->column_id() != key.column_id) return sorted(node, property);
  }
  const CandidatePtr child = best(*node.children[0], property);
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = child->rows;
  candidate->cost = child->cost + std::min(child->rows, property.row_goal) * cost::kProject *
                                      static_cast<double>(node.expressions.size());
  candidate->build = [this, child, &node] {
    PlanPtr below = child->build();
    auto plan = make<ProjectionPlan>(child->rows);
    plan->sequential = node.sequential;
    plan->schema = node.schema;
    const ColumnPositions positions(below->schema);
    for (const ExpressionPtr& expression : node.expressions) {
      poll();
      plan->expressions.push_back(resolve_positions(expression, positions, context_.stop));
    }
    plan->children.push_back(std::move(below));
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::aggregate_candidate(LogicalAggregate& node,
                                                                       const CandidatePtr& child, bool stream) {
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = cardinality_.rows(node);
  const double per_row = stream ? cost::kStreamAggregateRow : cost::kAggregateRow;
  candidate->cost = child->cost +
                    child->rows * (per_row + cost::kProject * static_cast<double>(node.aggregates.size())) +
                    candidate->rows * cost::kProject;
  candidate->build = [this, child, &node, stream, rows = candidate->rows] {
    PlanPtr below = child->build();
    std::unique_ptr<AggregatePlan> plan;
    if (stream)
      plan = make<StreamAggregatePlan>(rows);
    else
      plan = make<HashAggregatePlan>(rows);
    plan->schema = node.schema;
    plan->group_outputs = node.group_outputs;
    const ColumnPositions positions(below->schema);
    for (const ExpressionPtr& group : node.group_by)
      plan->group_by.push_back(resolve_positions(group, positions, context_.stop));
    plan->aggregates = node.aggregates;
    for (auto& function : plan->aggregates) {
      poll();
      for (ExpressionPtr& argument : function.args) argument = resolve_positions(argument, positions, context_.stop);
      for (auto& order : function.order_by)
        order.expression = resolve_positions(order.expression, positions, context_.stop);
    }
    plan->children.push_back(std::move(below));
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_aggregate(LogicalAggregate& node,
                                                                  const RequiredProperty& property) {
  using Method = LogicalAggregate::Method;
  if (node.is_scalar()) return aggregate_candidate(node, best(*node.children[0], {}), node.method != Method::kHash);
  // Grouped by plain columns, the input's order can bring the groups together, and the output keeps that order.
  std::vector<std::int64_t> group_ids;
  bool plain = true;
  for (const ExpressionPtr& group : node.group_by) {
    const ColumnRef* column = as_column(group);
    if (column == nullptr)
      plain = false;
    else if (std::find(group_ids.begin(), group_ids.end(), column->column_id()) == group_ids.end())
      group_ids.push_back(column->column_id());
  }
  CandidatePtr winner;
  if (plain && node.method != Method::kHash) {
    RequiredProperty below;
    bool possible = true;
    for (const RequiredOrder::Key& key : property.order.keys) {
      const auto at = std::find(group_ids.begin(), group_ids.end(), key.column_id);
      if (at == group_ids.end()) {
        possible = false;
        break;
      }
      below.order.keys.push_back(key);
      group_ids.erase(at);
    }
    for (std::int64_t id : group_ids) below.order.keys.push_back({id, false});
    if (possible) winner = aggregate_candidate(node, best(*node.children[0], below), true);
  }
  if (winner != nullptr && node.method == Method::kStream) return winner;
  CandidatePtr hashed = aggregate_candidate(node, best(*node.children[0], {}), false);
  if (property.order.empty()) return winner != nullptr && winner->cost < hashed->cost ? winner : hashed;
  const double with_sort = best(node, {})->cost + cost::sort(cardinality_.rows(node));
  if (winner != nullptr && winner->cost < with_sort) return winner;
  return sorted(node, property);
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_sort(LogicalSort& node, const RequiredProperty& property) {
  if (!property.order.empty()) return best(*node.children[0], property);
  if (const auto order = order_of(node.keys))
    return best(*node.children[0], RequiredProperty{*order, property.row_goal});
  const CandidatePtr child = best(*node.children[0], {});
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = child->rows;
  candidate->cost = child->cost + cost::sort(child->rows);
  candidate->build = [this, child, &node] {
    PlanPtr below = child->build();
    auto plan = make<SortPlan>(child->rows);
    plan->schema = below->schema;
    plan->keys = resolve_keys(node.keys, below->schema, context_.stop);
    plan->children.push_back(std::move(below));
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

/// A reader below a LIMIT reads no more than it takes.
void PhysicalOptimizer::push_limit_to_reader(PhysicalPlan& reader, const LimitBounds& bounds) {
  if (bounds.offset_expression != nullptr || bounds.count_expression != nullptr ||
      !context_.settings.tidb_opt_limit_push_down)
    return;
  const bool is_look_up = reader.kind == PlanKind::kIndexLookUp && reader.children[1]->kind == PlanKind::kTableScan;
  if (reader.kind != PlanKind::kTableReader && reader.kind != PlanKind::kIndexReader && !is_look_up) return;
  auto limit = make<LimitPlan>(0);
  limit->task = TaskKind::kCop;
  limit->bounds.count = bounds.count > UINT64_MAX - bounds.offset ? UINT64_MAX : bounds.count + bounds.offset;
  limit->estimated_rows = std::min(reader.children[0]->estimated_rows, static_cast<double>(limit->bounds.count));
  limit->schema = reader.children[0]->schema;
  limit->children.push_back(std::move(reader.children[0]));
  reader.estimated_rows = std::min(reader.estimated_rows, limit->estimated_rows);
  reader.children[0] = std::move(limit);
}

void PhysicalOptimizer::push_top_n_to_reader(PhysicalPlan& reader, const LogicalSort& sort, const LimitBounds& bounds) {
  if (bounds.offset_expression != nullptr || bounds.count_expression != nullptr) return;
  if (reader.kind != PlanKind::kTableReader && reader.kind != PlanKind::kIndexReader) return;
  for (const SortKey& key : sort.keys) {
    if (key.expression->needs_session()) return;
  }
  auto top = make<TopNPlan>(0);
  top->task = TaskKind::kCop;
  top->bounds.count = bounds.count > UINT64_MAX - bounds.offset ? UINT64_MAX : bounds.count + bounds.offset;
  top->estimated_rows = std::min(reader.children[0]->estimated_rows, static_cast<double>(top->bounds.count));
  top->schema = reader.children[0]->schema;
  top->keys = resolve_keys(sort.keys, top->schema, context_.stop);
  top->children.push_back(std::move(reader.children[0]));
  reader.estimated_rows = top->estimated_rows;
  reader.children[0] = std::move(top);
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_limit(LogicalLimit& node, const RequiredProperty& property) {
  if (!property.order.empty()) return sorted(node, property);
  const double wanted = std::max(1.0, wanted_rows(node.bounds));
  const double rows = cardinality_.rows(node);
  // Rows in the child's own order, read until there are enough.
  const CandidatePtr child = best(*node.children[0], RequiredProperty{{}, wanted});
  auto limited = std::make_shared<Candidate>();
  limited->rows = rows;
  limited->cost = child->cost;
  limited->build = [this, child, &node, rows] {
    PlanPtr below = child->build();
    push_limit_to_reader(*below, node.bounds);
    auto plan = make<LimitPlan>(rows);
    plan->schema = below->schema;
    plan->bounds = node.bounds;
    plan->children.push_back(std::move(below));
    return PlanPtr(std::move(plan));
  };
  const auto* sort = node.children[0]->try_as<LogicalSort>();
  if (sort == nullptr) return limited;
  const CandidatePtr unsorted = best(*sort->children[0], {});
  const double with_top_n = unsorted->cost + cost::top_n(unsorted->rows, wanted);
  // A sort below the limit is never better than a TopN; `limited` stands for an order that comes for free.
  const bool sorts_anyway = !order_of(sort->keys).has_value();
  if (!sorts_anyway && limited->cost <= with_top_n) return limited;
  auto top = std::make_shared<Candidate>();
  top->rows = rows;
  top->cost = with_top_n;
  top->build = [this, unsorted, sort, &node, rows] {
    PlanPtr below = unsorted->build();
    push_top_n_to_reader(*below, *sort, node.bounds);
    auto plan = make<TopNPlan>(rows);
    plan->schema = below->schema;
    plan->keys = resolve_keys(sort->keys, below->schema, context_.stop);
    plan->bounds = node.bounds;
    plan->children.push_back(std::move(below));
    return PlanPtr(std::move(plan));
  };
  return top;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_union(LogicalUnionAll& node, const RequiredProperty& property) {
  std::vector<CandidatePtr> children;
  auto candidate = std::make_shared<Candidate>();
  candidate->cost = 0;
  for (const LogicalPtr& child : node.children) {
    children.push_back(best(*child, RequiredProperty{{}, property.row_goal}));
    candidate->cost += children.back()->cost;
    candidate->rows += children.back()->rows;
  }
  candidate->build = [this, children, &node, rows = candidate->rows] {
    auto plan = make<UnionAllPlan>(rows);
    plan->schema = node.schema;
    for (std::size_t i = 0; i < children.size(); ++i) {
      plan->children.push_back(with_exact_layout(children[i]->build(), node.children[i]->schema));
    }
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_lock(LogicalLock& node, const RequiredProperty& property) {
  const CandidatePtr child = best(*node.children[0], property);
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = child->rows;
  candidate->cost = child->cost;
  candidate->build = [this, child, &node] {
    PlanPtr below = child->build();
    auto plan = make<SelectLockPlan>(child->rows);
    plan->schema = below->schema;
    plan->strength = node.strength;
    plan->request = node.request;
    for (const LogicalLock::Table& table : node.tables) {
      HandlePositions handle{table.source, {}};
      for (std::int64_t id : table.handle_ids) handle.positions.push_back(find_position(below->schema, id));
      plan->handles.push_back(std::move(handle));
    }
    plan->children.push_back(std::move(below));
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_dual(LogicalDual& node) {
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = static_cast<double>(node.row_count);
  candidate->cost = 0;
  candidate->build = [this, &node] {
    auto plan = make<TableDualPlan>(static_cast<double>(node.row_count));
    plan->row_count = node.row_count;
    plan->schema = node.schema;
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

namespace {

/// Appends the columns of outer rows to which `expression` refers, each once.
void collect_correlated(const Expression& expression, std::vector<std::int64_t>& out) {
  if (!expression.has_correlated()) return;
  if (expression.kind() == expression::ExpressionKind::kCorrelated) {
    const std::int64_t id = static_cast<const expression::Correlated&>(expression).column_id();
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  }
  for (const ExpressionPtr& child : expression.children()) collect_correlated(*child, out);
}

}  // namespace

std::shared_ptr<const CteDefinition> PhysicalOptimizer::plan_cte(LogicalCte& cte) {
  if (cte.planned != nullptr) return cte.planned;
  has_ctes_ = true;
  auto definition = std::make_shared<CteDefinition>();
  definition->id = cte.id;
  definition->name = cte.name;
  definition->schema = cte.schema;
  definition->distinct = cte.distinct;
  definition->limit = cte.limit;
  const auto look = [&](const ExpressionPtr& expression) {
    collect_correlated(*expression, definition->outer_columns);
    return expression;
  };
  transform_expressions(*cte.seed, look);
  definition->seed = with_exact_layout(best(*cte.seed, {})->build(), cte.seed->schema);
  if (cte.recursive != nullptr) {
    transform_expressions(*cte.recursive, look);
    definition->recursive = with_exact_layout(best(*cte.recursive, {})->build(), cte.recursive->schema);
  }
  cte.planned = std::move(definition);
  return cte.planned;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_cte_scan(LogicalCteScan& node) {
  LogicalCte& cte = *node.definition;
  if (cte.estimated_rows == 0) {
    cte.estimated_rows = cardinality_.rows(*cte.seed);
    if (cte.recursive != nullptr) cte.estimated_rows += cardinality_.rows(*cte.recursive);
  }
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = cte.estimated_rows;
  candidate->cost =
      cte.estimated_rows * cost::kMaterialiseRow + best(*cte.seed, {})->cost / std::max(1, cte.reference_count);
  candidate->build = [this, &cte, &node] {
    auto plan = make<CteScanPlan>(cte.estimated_rows);
    plan->definition = plan_cte(cte);
    plan->alias = node.alias;
    plan->columns = node.columns;
    plan->schema = node.schema;
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

}  // namespace sluice::planner
