#include "planner/column_supply.h"
#include "planner/expression_tools.h"
#include "planner/functional_dependency.h"
#include "planner/rewrite.h"

namespace sluice::planner {

namespace {

using Conditions = std::vector<ExpressionPtr>;

bool is_correlated(const Expression& expression, const ColumnSet& outer) {
  return columns_of(expression).intersects(outer);
}

bool any_correlated(const std::vector<ExpressionPtr>& expressions, const ColumnSet& outer) {
  for (const ExpressionPtr& expression : expressions) {
    if (is_correlated(*expression, outer)) return true;
  }
  return false;
}

/// `inner column = outer expression`: the column, or nullptr.
const ColumnRef* equated_column(const Expression& condition, const ColumnSet& outer) {
  const FunctionCall* equal = as_call(condition, "eq");
  if (equal == nullptr) return nullptr;
  for (int side = 0; side < 2; ++side) {
    const ColumnRef* column = as_column(equal->children()[static_cast<std::size_t>(side)]);
    if (column == nullptr || outer.contains(column->column_id())) continue;
    bool others_outer = true;
    for (std::int64_t id : columns_of(*equal->children()[static_cast<std::size_t>(1 - side)]))
      others_outer = others_outer && outer.contains(id);
    if (others_outer) return column;
  }
  return nullptr;
}

/// Which correlated conditions may leave a subtree: under an aggregate only equalities, whose columns then become part of the groups.
enum class Pullable : std::uint8_t { kAny, kEqualities };

bool may_pull(const Conditions& conditions, const ColumnSet& outer, Pullable what) {
  for (const ExpressionPtr& condition : conditions) {
    if (!is_correlated(*condition, outer)) continue;
    if (!condition->is_deterministic()) return false;
    if (what == Pullable::kEqualities && equated_column(*condition, outer) == nullptr) return false;
  }
  return true;
}

/// All columns that `node` gets from outside: those of `outer`, and what blocks further out give it. Neither can be grouped inside.
ColumnSet from_outside(const ColumnSet& outer, const LogicalNode& node) {
  ColumnSet all = outer;
  all.insert(free_columns(node));
  return all;
}

/// Whether pull() can free the subtree of the outer columns.
bool can_pull(const LogicalNode& node, const ColumnSet& outer, Pullable what) {
  if (!free_columns(node).intersects(outer)) return true;
  switch (node.kind) {
    case LogicalKind::kDataSource:
      return may_pull(node.as<DataSource>().conditions, outer, what);
    case LogicalKind::kSelection:
      return may_pull(node.as<LogicalSelection>().conditions, outer, what) && can_pull(*node.children[0], outer, what);
    case LogicalKind::kProjection:
      return !any_correlated(node.as<LogicalProjection>().expressions, outer) &&
             !node.as<LogicalProjection>().sequential && can_pull(*node.children[0], outer, what);
    case LogicalKind::kSort: {
      for (const SortKey& key : node.as<LogicalSort>().keys) {
        if (is_correlated(*key.expression, outer)) return false;
      }
      return can_pull(*node.children[0], outer, what);
    }
    case LogicalKind::kJoin: {
      const auto& join = node.as<LogicalJoin>();
      const LogicalNode& left = *node.children[0];
      const LogicalNode& right = *node.children[1];
      if (any_correlated(join.null_aware_conditions, outer)) return false;
      if (join.type == JoinType::kInner) {
        if (!may_pull(join.conditions, outer, what)) return false;
        if (join.dependent && free_columns(right).intersects(outer)) return false;
        return can_pull(left, outer, what) && can_pull(right, outer, what);
      }
      if (any_correlated(join.conditions, outer)) return false;
      if (join.type == JoinType::kRightOuter)
        return !free_columns(left).intersects(outer) && can_pull(right, outer, what);
      return !free_columns(right).intersects(outer) && can_pull(left, outer, what);
    }
    case LogicalKind::kAggregate: {
      const auto& aggregate = node.as<LogicalAggregate>();
      if (aggregate.is_scalar() || any_correlated(aggregate.group_by, outer)) return false;
      for (const auto& function : aggregate.aggregates) {
        if (any_correlated(function.args, outer)) return false;
        for (const auto& order : function.order_by) {
          if (is_correlated(*order.expression, outer)) return false;
        }
      }
      return can_pull(*node.children[0], from_outside(outer, *node.children[0]), Pullable::kEqualities);
    }
    default:
      return false;
  }
}

void take_correlated(Conditions& from, const ColumnSet& outer, Conditions& pulled) {
  Conditions rest;
  for (ExpressionPtr& condition : from)
    (is_correlated(*condition, outer) ? pulled : rest).push_back(std::move(condition));
  from = std::move(rest);
}

/// Takes the correlated conditions out of the subtree, which can_pull() has approved, and makes it pass on the columns that they need.
void pull(LogicalNode& node, const ColumnSet& outer, Conditions& pulled) {
  if (!free_columns(node).intersects(outer)) return;
  switch (node.kind) {
    case LogicalKind::kDataSource:
      take_correlated(node.as<DataSource>().conditions, outer, pulled);
      return;
    case LogicalKind::kSelection:
      pull(*node.children[0], outer, pulled);
      take_correlated(node.as<LogicalSelection>().conditions, outer, pulled);
      break;
    case LogicalKind::kJoin: {
      auto& join = node.as<LogicalJoin>();
      pull(*node.children[0], outer, pulled);
      pull(*node.children[1], outer, pulled);
      if (join.type == JoinType::kInner) take_correlated(join.conditions, outer, pulled);
      break;
    }
    case LogicalKind::kAggregate: {
      auto& aggregate = node.as<LogicalAggregate>();
      Conditions own;
      const ColumnSet outside = from_outside(outer, *node.children[0]);
      pull(*node.children[0], outside, own);
      for (const ExpressionPtr& condition : own) {
        const ColumnRef* column = equated_column(*condition, outside);
        bool grouped = false;
        for (const ExpressionPtr& group : aggregate.group_by) {
          const ColumnRef* known = as_column(group);
          grouped = grouped || (known != nullptr && known->column_id() == column->column_id());
        }
        if (!grouped) aggregate.group_by.push_back(column->at_position(-1));
        if (find_position(aggregate.schema, column->column_id()) >= 0) continue;
        for (std::size_t i = 0; i < aggregate.group_by.size(); ++i) {
          const ColumnRef* known = as_column(aggregate.group_by[i]);
          if (known == nullptr || known->column_id() != column->column_id()) continue;
          aggregate.group_outputs.push_back(static_cast<int>(i));
          aggregate.schema.push_back(*find_column(*node.children[0], column->column_id()));
          break;
        }
      }
      pulled.insert(pulled.end(), own.begin(), own.end());
      return;
    }
    default:
      pull(*node.children[0], outer, pulled);
      break;
  }
  supply_columns(node, columns_of(pulled));
}

class Unnesting {
 public:
  explicit Unnesting(RewriteContext& context) : context_(context) {}

  LogicalPtr run(LogicalPtr node) {
    context_.stop.poll();
    for (LogicalPtr& child : node->children) {
      const std::vector<OutputColumn> columns = child->schema;
      child = run(std::move(child));
      if (node->kind == LogicalKind::kUnionAll) child = with_layout(std::move(child), columns);
    }
    refresh(*node);
    auto* join = node->try_as<LogicalJoin>();
    if (join == nullptr) return node;
    if (join->is_semi_kind()) simplify_semi_input(*join);
    const ColumnSet left = join->children[0]->output_ids();
    join->dependent = free_columns(*join->children[1]).intersects(left);
    if (!join->dependent || !join->may_decorrelate) return node;
    return join->is_semi_kind() ? unnest_semi(std::move(node)) : unnest_row(std::move(node));
  }

 private:
  static void refresh(LogicalNode& node) {
    switch (node.kind) {
      case LogicalKind::kJoin:
        set_join_schema(node.as<LogicalJoin>());
        break;
      case LogicalKind::kSelection:
      case LogicalKind::kSort:
      case LogicalKind::kLimit:
      case LogicalKind::kLock:
        node.schema = node.children[0]->schema;
        break;
      default:
        break;
    }
  }

  /// Order, duplicates, and for EXISTS values do not matter to a semi join.
  void simplify_semi_input(LogicalJoin& join) {
    while (true) {
      LogicalPtr& right = join.children[1];
      const bool values_matter = !join.conditions.empty() || !join.null_aware_conditions.empty();
      if (right->kind == LogicalKind::kSort) {
        right = std::move(right->children[0]);
      } else if (auto* limit = right->try_as<LogicalLimit>();
                 limit != nullptr && !values_matter && limit->bounds.count > 0 && limit->bounds.offset == 0 &&
                 limit->bounds.count_expression == nullptr && limit->bounds.offset_expression == nullptr) {
        right = std::move(right->children[0]);
      } else if (auto* projection = right->try_as<LogicalProjection>();
                 projection != nullptr && !projection->sequential && is_deterministic(*projection)) {
        const auto substitute = [&](Conditions& conditions) {
          for (ExpressionPtr& condition : conditions) {
            condition = replace_columns(condition, [&](const ColumnRef& column) -> ExpressionPtr {
              const int position = find_position(projection->schema, column.column_id());
              return position < 0 ? nullptr : projection->expressions[static_cast<std::size_t>(position)];
            });
          }
        };
        substitute(join.conditions);
        substitute(join.null_aware_conditions);
        right = std::move(right->children[0]);
      } else if (auto* aggregate = right->try_as<LogicalAggregate>();
                 aggregate != nullptr && !aggregate->is_scalar() && groups_only(*aggregate, values_matter)) {
        right = std::move(right->children[0]);
      } else {
        return;
      }
    }
  }
  static bool is_deterministic(const LogicalProjection& projection) {
    for (const ExpressionPtr& expression : projection.expressions) {
      if (!expression->is_deterministic()) return false;
    }
    return true;
  }
  /// A DISTINCT whose rows are the input's own.
  static bool groups_only(const LogicalAggregate& aggregate, bool values_matter) {
    if (!values_matter) return true;
    if (!aggregate.aggregates.empty()) return false;
    for (std::size_t i = 0; i < aggregate.group_outputs.size(); ++i) {
      const ColumnRef* column = as_column(aggregate.group_by[static_cast<std::size_t>(aggregate.group_outputs[i])]);
      if (column == nullptr || column->column_id() != aggregate.schema[i].column_id) return false;
    }
    return true;
  }

  LogicalPtr unnest_semi(LogicalPtr node) {
    auto& join = node->as<LogicalJoin>();
    const ColumnSet outer = join.children[0]->output_ids();
    if (!can_pull(*join.children[1], outer, Pullable::kAny)) return node;
    pull(*join.children[1], outer, join.conditions);
    join.dependent = false;
    set_join_schema(join);
    return node;
  }

  /// A scalar subquery (its right side gives one row), a LATERAL table, or an outer join with one.
  LogicalPtr unnest_row(LogicalPtr node) {
    auto& join = node->as<LogicalJoin>();
    if (join.type == JoinType::kRightOuter) return node;
    const ColumnSet outer = join.children[0]->output_ids();
    if (join.type == JoinType::kInner) {
      if (join.children[1]->kind == LogicalKind::kProjection) return lift_projection(std::move(node));
      if (auto* aggregate = join.children[1]->try_as<LogicalAggregate>();
          aggregate != nullptr && aggregate->is_scalar()) {
        return unnest_scalar_aggregate(std::move(node));
      }
      if (join.children[1]->kind == LogicalKind::kMaxOneRow && join.conditions.empty()) {
        LogicalNode& inner = *join.children[1]->children[0];
        if (!is_unique_for(inner, {})) return node;
        // At most one row for each outer row: no check is needed, and an outer join gives the NULLs.
        LogicalPtr rest = std::move(join.children[1]->children[0]);
        join.children[1] = std::move(rest);
        join.type = JoinType::kLeftOuter;
        set_join_schema(join);
      }
    }
    if (!can_pull(*join.children[1], outer, Pullable::kAny)) return node;
    pull(*join.children[1], outer, join.conditions);
    join.dependent = false;
    set_join_schema(join);
    return node;
  }

  /// Join(L, Projection(R)) becomes Projection(Join(L, R)).
  LogicalPtr lift_projection(LogicalPtr node) {
    auto& join = node->as<LogicalJoin>();
    LogicalPtr below = std::move(join.children[1]);
    auto& projection = below->as<LogicalProjection>();
    if (projection.sequential) {
      join.children[1] = std::move(below);
      return node;
    }
    for (ExpressionPtr& condition : join.conditions) {
      condition = replace_columns(condition, [&](const ColumnRef& column) -> ExpressionPtr {
        const int position = find_position(projection.schema, column.column_id());
        return position < 0 ? nullptr : projection.expressions[static_cast<std::size_t>(position)];
      });
    }
    const std::vector<OutputColumn> left = join.children[0]->schema;
    auto result = std::make_unique<LogicalProjection>();
    ColumnSet added;
    for (const OutputColumn& column : left) {
      added.insert(column.column_id);
      result->schema.push_back(column);
      result->expressions.push_back(column_ref(column));
    }
    for (std::size_t i = 0; i < projection.expressions.size(); ++i) {
      if (added.contains(projection.schema[i].column_id)) continue;
      added.insert(projection.schema[i].column_id);
      result->schema.push_back(projection.schema[i]);
      result->expressions.push_back(projection.expressions[i]);
    }
    join.children[1] = std::move(projection.children[0]);
    join.dependent = free_columns(*join.children[1]).intersects(join.children[0]->output_ids());
    set_join_schema(join);
    result->children.push_back(join.dependent ? unnest_row(std::move(node)) : std::move(node));
    supply_columns(*result->children[0], used_columns(*result));
    return result;
  }

  /// The value of an aggregate over no rows, if it is not NULL.
  static ExpressionPtr value_over_nothing(const expression::AggregateDescriptor& function) {
    if (function.name == "count" || function.name == "approx_count_distinct") return expression::make_int(0);
    if (function.name == "bit_or" || function.name == "bit_xor") return expression::make_uint(0);
    if (function.name == "bit_and") return expression::make_uint(UINT64_MAX);
    return nullptr;
  }

  /// One row per outer row becomes one row per group of the equated columns, outer joined; counts of missing groups are 0.
  LogicalPtr unnest_scalar_aggregate(LogicalPtr node) {
    auto& join = node->as<LogicalJoin>();
    auto& aggregate = join.children[1]->as<LogicalAggregate>();
    const ColumnSet outer = join.children[0]->output_ids();
    for (const auto& function : aggregate.aggregates) {
      if (any_correlated(function.args, outer)) return node;
      for (const auto& order : function.order_by) {
        if (is_correlated(*order.expression, outer)) return node;
      }
    }
    const ColumnSet outside = from_outside(outer, *aggregate.children[0]);
    if (!join.conditions.empty() || !can_pull(*aggregate.children[0], outside, Pullable::kEqualities)) return node;
    Conditions pulled;
    pull(*aggregate.children[0], outside, pulled);
    ColumnSet grouped;
    for (const ExpressionPtr& condition : pulled) {
      const ColumnRef* column = equated_column(*condition, outside);
      if (grouped.contains(column->column_id())) continue;
      grouped.insert(column->column_id());
      aggregate.group_outputs.push_back(static_cast<int>(aggregate.group_by.size()));
      aggregate.group_by.push_back(column->at_position(-1));
      aggregate.schema.push_back(*find_column(*aggregate.children[0], column->column_id()));
    }
    // Counts come out under new ids, so that their final values can take the old ones.
    const std::vector<OutputColumn> outputs(
        aggregate.schema.begin(), aggregate.schema.begin() + static_cast<std::ptrdiff_t>(aggregate.aggregates.size()));
    std::vector<ExpressionPtr> finals;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      ExpressionPtr nothing = value_over_nothing(aggregate.aggregates[i]);
      if (nothing == nullptr) {
        OutputColumn nullable = outputs[i];
        nullable.type.clear_flag(types::field_flag::kNotNull);
        finals.push_back(column_ref(nullable));
        continue;
      }
      aggregate.schema[i].column_id = context_.next_column_id();
      OutputColumn nullable = aggregate.schema[i];
      nullable.type.clear_flag(types::field_flag::kNotNull);
      finals.push_back(context_.call("ifnull", {column_ref(nullable), std::move(nothing)}));
    }
    join.type = JoinType::kLeftOuter;
    join.conditions = std::move(pulled);
    join.dependent = false;
    set_join_schema(join);
    auto result = std::make_unique<LogicalProjection>();
    for (const OutputColumn& column : join.children[0]->schema) {
      result->schema.push_back(column);
      result->expressions.push_back(column_ref(column));
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      result->schema.push_back(outputs[i]);
      result->expressions.push_back(finals[i]);
    }
    result->children.push_back(std::move(node));
    return result;
  }

  RewriteContext& context_;
};

}  // namespace

LogicalPtr unnest_subqueries(LogicalPtr plan, RewriteContext& context) {
  return Unnesting(context).run(std::move(plan));
}

}  // namespace sluice::planner
