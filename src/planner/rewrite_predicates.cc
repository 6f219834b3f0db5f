#include <map>

#include "planner/expression_tools.h"
#include "planner/rewrite.h"

namespace sluice::planner {

namespace {

using Conditions = std::vector<ExpressionPtr>;

/// Most conditions among which equalities are propagated; the work is their product.
constexpr std::size_t kMostPropagated = 200;

class PredicatePushdown {
 public:
  explicit PredicatePushdown(RewriteContext& context) : context_(context) {}

  /// `node` restricted to the rows for which `conditions` hold.
  LogicalPtr push(LogicalPtr node, Conditions conditions);

 private:
  LogicalPtr push_join(LogicalPtr node, Conditions conditions);
  LogicalPtr push_aggregate(LogicalPtr node, Conditions conditions);
  LogicalPtr push_projection(LogicalPtr node, Conditions conditions);
  LogicalPtr push_union(LogicalPtr node, Conditions conditions);
  /// Pushes nothing into `node` and keeps the conditions above it.
  LogicalPtr stay_above(LogicalPtr node, Conditions conditions);
  void simplify_outer_join(LogicalJoin& join, const Conditions& above);
  /// Folds, drops what is always true; false if some condition can never be true.
  bool tidy(Conditions& conditions) const;
  void propagate(Conditions& conditions) const;
  /// Moves the conditions that use only `columns` from `from` to `to`. Conditions on no column at all stay.
  static void take(Conditions& from, const ColumnSet& columns, const ColumnSet& others, Conditions& to);

  RewriteContext& context_;
};

bool PredicatePushdown::tidy(Conditions& conditions) const {
  Conditions tidied;
  for (const ExpressionPtr& condition : conditions) {
    Conditions parts;
    expression::split_conjuncts(context_.fold(condition), parts);
    for (ExpressionPtr& part : parts) {
      if (is_always_true(*part)) continue;
      if (is_never_true(*part)) return false;
      tidied.push_back(std::move(part));
    }
  }
  conditions = std::move(tidied);
  return true;
}

/// Whether two columns hold values that compare and convert alike, so that one may stand for the other.
bool is_interchangeable(const ColumnRef& a, const ColumnRef& b) {
  const types::FieldType& x = a.type();
  const types::FieldType& y = b.type();
  return x.code == y.code && x.is_unsigned() == y.is_unsigned() && x.decimals == y.decimals &&
         x.collation == y.collation;
}

/// The first column of a condition that has one.
const ColumnRef& only_column(const Expression& condition) {
  std::vector<const ColumnRef*> columns;
  condition.collect_columns(columns);
  return *columns.front();
}

void PredicatePushdown::propagate(Conditions& conditions) const {
  if (conditions.size() > kMostPropagated) return;
  // Classes of equal columns.
  std::vector<std::pair<const ColumnRef*, const ColumnRef*>> equalities;
  for (const ExpressionPtr& condition : conditions) {
    const FunctionCall* equal = as_call(*condition, "eq");
    if (equal == nullptr) continue;
    const ColumnRef* a = as_column(equal->children()[0]);
    const ColumnRef* b = as_column(equal->children()[1]);
    if (a != nullptr && b != nullptr && a->column_id() != b->column_id() && is_interchangeable(*a, *b))
      equalities.emplace_back(a, b);
  }
  if (equalities.empty()) return;
  for (int round = 0; round < 3; ++round) {
    Conditions derived;
    for (const ExpressionPtr& condition : conditions) {
      context_.stop.poll();
      const FunctionCall* call = as_call(condition);
      if (call == nullptr || !condition->is_deterministic()) continue;
      const bool is_comparison = !mirrored_comparison(call->name()).empty() || call->name() == "in";
      if (!is_comparison) continue;
      // Only conditions between one column as it stands and values: nothing about the column's spelling can matter then.
      const ColumnSet used = columns_of(*condition);
      if (used.size() != 1) continue;
      bool bare = false;
      for (const ExpressionPtr& child : call->children()) bare = bare || as_column(child) != nullptr;
      // Under another collation than the columns', equal values can differ in what the condition says of them.
      const types::FieldType& type = only_column(*condition).type();
      if (type.is_string() && call->collation() != type.collation) continue;
      if (!bare) continue;
      for (const auto& [a, b] : equalities) {
        const ColumnRef* to = a->column_id() == *used.begin() ? b : b->column_id() == *used.begin() ? a : nullptr;
        if (to == nullptr) continue;
        derived.push_back(replace_columns(condition, [&](const ColumnRef&) { return to->at_position(-1); }));
      }
    }
    const std::size_t before = conditions.size();
    add_conditions(conditions, derived);
    if (conditions.size() == before) return;
  }
}

void PredicatePushdown::take(Conditions& from, const ColumnSet& columns, const ColumnSet& others, Conditions& to) {
  Conditions rest;
  for (ExpressionPtr& condition : from) {
    const ColumnSet used = columns_of(*condition);
    const bool here = used.intersects(columns) && !used.intersects(others) && condition->is_deterministic();
    (here ? to : rest).push_back(std::move(condition));
  }
  from = std::move(rest);
}

LogicalPtr PredicatePushdown::stay_above(LogicalPtr node, Conditions conditions) {
  for (LogicalPtr& child : node->children) child = push(std::move(child), {});
  if (node->kind == LogicalKind::kJoin) set_join_schema(node->as<LogicalJoin>());
  return with_selection(std::move(node), std::move(conditions));
}

LogicalPtr PredicatePushdown::push(LogicalPtr node, Conditions conditions) {
  context_.stop.poll();
  if (!tidy(conditions)) return empty_like(*node);
  switch (node->kind) {
    case LogicalKind::kDataSource: {
      auto& source = node->as<DataSource>();
      add_conditions(conditions, source.conditions);
      source.conditions.clear();
      propagate(conditions);
      for (ExpressionPtr& condition : conditions) {
        // What depends on the moment of evaluation is tested above the scan.
        if (condition->is_deterministic()) source.conditions.push_back(std::move(condition));
      }
      std::erase(conditions, nullptr);
      return with_selection(std::move(node), std::move(conditions));
    }
    case LogicalKind::kSelection: {
      add_conditions(conditions, node->as<LogicalSelection>().conditions);
      return push(std::move(node->children[0]), std::move(conditions));
    }
    case LogicalKind::kProjection:
      return push_projection(std::move(node), std::move(conditions));
    case LogicalKind::kAggregate:
      return push_aggregate(std::move(node), std::move(conditions));
    case LogicalKind::kJoin:
      return push_join(std::move(node), std::move(conditions));
    case LogicalKind::kUnionAll:
      return push_union(std::move(node), std::move(conditions));
    case LogicalKind::kSort: {
      Conditions below;
      Conditions above;
      for (ExpressionPtr& condition : conditions)
        (condition->is_deterministic() ? below : above).push_back(std::move(condition));
      node->children[0] = push(std::move(node->children[0]), std::move(below));
      node->schema = node->children[0]->schema;
      return with_selection(std::move(node), std::move(above));
    }
    case LogicalKind::kDual: {
      if (node->as<LogicalDual>().row_count == 0) return node;
      return with_selection(std::move(node), std::move(conditions));
    }
    case LogicalKind::kLimit:
    case LogicalKind::kLock: {
      node->children[0] = push(std::move(node->children[0]), {});
      node->schema = node->children[0]->schema;
      return with_selection(std::move(node), std::move(conditions));
    }
    case LogicalKind::kMaxOneRow:
    case LogicalKind::kCteScan:
    case LogicalKind::kCteTable:
      return stay_above(std::move(node), std::move(conditions));
  }
  return node;
}

LogicalPtr PredicatePushdown::push_projection(LogicalPtr node, Conditions conditions) {
  auto& projection = node->as<LogicalProjection>();
  Conditions below;
  Conditions above;
  for (ExpressionPtr& condition : conditions) {
    bool movable = condition->is_deterministic() && !projection.sequential;
    const ColumnSet used = columns_of(*condition);
    for (std::size_t i = 0; i < projection.expressions.size(); ++i) {
      if (used.contains(projection.schema[i].column_id))
        movable = movable && projection.expressions[i]->is_deterministic();
    }
    if (!movable) {
      above.push_back(std::move(condition));
      continue;
    }
    below.push_back(replace_columns(condition, [&](const ColumnRef& column) -> ExpressionPtr {
      const int position = find_position(projection.schema, column.column_id());
      return position < 0 ? nullptr : projection.expressions[static_cast<std::size_t>(position)];
    }));
  }
  projection.children[0] = push(std::move(projection.children[0]), std::move(below));
  return with_selection(std::move(node), std::move(above));
}

LogicalPtr PredicatePushdown::push_aggregate(LogicalPtr node, Conditions conditions) {
  auto& aggregate = node->as<LogicalAggregate>();
  Conditions below;
  Conditions above;
  for (ExpressionPtr& condition : conditions) {
    // Every row of a group has the same values of the grouped expressions (equal under the collation, so only bytewise ones move).
    bool movable = condition->is_deterministic() && !aggregate.is_scalar();
    for (std::int64_t id : columns_of(*condition)) {
      const int position = find_position(aggregate.schema, id);
      const int group = position - static_cast<int>(aggregate.aggregates.size());
      if (position >= 0 && group < 0) movable = false;
      if (position >= 0 && group >= 0) {
        const types::FieldType& type = aggregate.schema[static_cast<std::size_t>(position)].type;
        if (type.is_string() && type.collation != nullptr && !type.collation->is_bytewise()) {
          const FunctionCall* call = as_call(condition);
          movable = movable && call != nullptr &&
                    (!mirrored_comparison(call->name()).empty() || call->name() == "in" || call->name() == "isnull");
        }
      }
    }
    if (!movable) {
      above.push_back(std::move(condition));
      continue;
    }
    below.push_back(replace_columns(condition, [&](const ColumnRef& column) -> ExpressionPtr {
      const int position = find_position(aggregate.schema, column.column_id());
      if (position < 0) return nullptr;
      const int group = position - static_cast<int>(aggregate.aggregates.size());
      return aggregate.group_by[static_cast<std::size_t>(aggregate.group_outputs[static_cast<std::size_t>(group)])];
    }));
  }
  aggregate.children[0] = push(std::move(aggregate.children[0]), std::move(below));
  return with_selection(std::move(node), std::move(above));
}

LogicalPtr PredicatePushdown::push_union(LogicalPtr node, Conditions conditions) {
  Conditions below;
  Conditions above;
  for (ExpressionPtr& condition : conditions)
    (condition->is_deterministic() ? below : above).push_back(std::move(condition));
  std::vector<LogicalPtr> kept;
  for (LogicalPtr& child : node->children) {
    const std::vector<OutputColumn> columns = child->schema;
    Conditions mapped;
    for (const ExpressionPtr& condition : below) {
      mapped.push_back(replace_columns(condition, [&](const ColumnRef& column) -> ExpressionPtr {
        const int position = find_position(node->schema, column.column_id());
        return position < 0 ? nullptr : column_ref(columns[static_cast<std::size_t>(position)]);
      }));
    }
    child = push(std::move(child), std::move(mapped));
    // Columns are matched by place: what the child became must list them as before.
    child = with_layout(std::move(child), columns);
    kept.push_back(std::move(child));
  }
  node->children = std::move(kept);
  return with_selection(std::move(node), std::move(above));
}

void PredicatePushdown::simplify_outer_join(LogicalJoin& join, const Conditions& above) {
  if (join.type != JoinType::kLeftOuter && join.type != JoinType::kRightOuter) return;
  const ColumnSet optional = join.children[join.type == JoinType::kLeftOuter ? 1 : 0]->output_ids();
  for (const ExpressionPtr& condition : above) {
    if (!columns_of(*condition).intersects(optional) || !condition->is_deterministic()) continue;
    if (!rejects_nulls(condition, optional, context_.build)) continue;
    join.type = JoinType::kInner;
    return;
  }
}

LogicalPtr PredicatePushdown::push_join(LogicalPtr node, Conditions conditions) {
  auto& join = node->as<LogicalJoin>();
  simplify_outer_join(join, conditions);
  const ColumnSet left = join.children[0]->output_ids();
  const ColumnSet right = join.children[1]->output_ids();
  ColumnSet mark;
  if (join.has_mark()) mark.insert(join.schema.back().column_id);
  Conditions to_left;
  Conditions to_right;
  Conditions above;
  ColumnSet not_left = right;
  not_left.insert(mark);
  switch (join.type) {
    case JoinType::kInner: {
      for (ExpressionPtr& condition : conditions)
        (condition->is_deterministic() ? join.conditions : above).push_back(std::move(condition));
      if (!tidy(join.conditions)) return empty_like(*node);
      propagate(join.conditions);
      take(join.conditions, left, right, to_left);
      take(join.conditions, right, left, to_right);
      // Conditions on no column of either side (parameters, outer columns) are tested once, on the left.
      Conditions rest;
      for (ExpressionPtr& condition : join.conditions) {
        const ColumnSet used = columns_of(*condition);
        const bool neither = !used.intersects(left) && !used.intersects(right) && condition->is_deterministic();
        (neither ? to_left : rest).push_back(std::move(condition));
      }
      join.conditions = std::move(rest);
      break;
    }
    case JoinType::kLeftOuter:
    case JoinType::kRightOuter: {
      const bool is_left = join.type == JoinType::kLeftOuter;
      const ColumnSet& kept = is_left ? left : right;
      const ColumnSet& optional = is_left ? right : left;
      take(conditions, kept, optional, is_left ? to_left : to_right);
      above = std::move(conditions);
      // What holds for every kept row may narrow the other side through the join's equalities.
      Conditions known = join.conditions;
      add_conditions(known, is_left ? to_left : to_right);
      if (tidy(join.conditions)) {
        propagate(known);
        Conditions derived;
        take(known, optional, kept, derived);
        add_conditions(join.conditions, derived);
        take(join.conditions, optional, kept, is_left ? to_right : to_left);
      } else {
        join.conditions = {expression::make_int(0)};
        (is_left ? to_right : to_left) = {expression::make_int(0)};
      }
      break;
    }
    case JoinType::kSemi:
      take(conditions, left, not_left, to_left);
      above = std::move(conditions);
      if (!tidy(join.conditions)) return empty_like(*node);
      add_conditions(join.conditions, to_left);
      propagate(join.conditions);
      to_left.clear();
      take(join.conditions, left, right, to_left);
      take(join.conditions, right, left, to_right);
      break;
    case JoinType::kAntiSemi:
    case JoinType::kLeftOuterSemi:
    case JoinType::kAntiLeftOuterSemi:
      take(conditions, left, not_left, to_left);
      above = std::move(conditions);
      if (tidy(join.conditions)) {
        take(join.conditions, right, left, to_right);
      } else {
        join.conditions.clear();
        to_right = {expression::make_int(0)};
      }
      break;
  }
  join.children[0] = push(std::move(join.children[0]), std::move(to_left));
  join.children[1] = push(std::move(join.children[1]), std::move(to_right));
  const auto is_empty = [](const LogicalNode& child) {
    return child.kind == LogicalKind::kDual && child.as<LogicalDual>().row_count == 0;
  };
  const bool left_empty = is_empty(*join.children[0]);
  const bool right_empty = is_empty(*join.children[1]);
  const bool nothing = (left_empty && join.type != JoinType::kRightOuter) ||
                       (right_empty && (join.type == JoinType::kInner || join.type == JoinType::kSemi ||
                                        join.type == JoinType::kRightOuter));
  if (nothing) return empty_like(*node);
  if (right_empty && join.type == JoinType::kAntiSemi)
    return with_selection(std::move(join.children[0]), std::move(above));
  set_join_schema(join);
  return with_selection(std::move(node), std::move(above));
}

}  // namespace

LogicalPtr push_down_predicates(LogicalPtr plan, RewriteContext& context) {
  return PredicatePushdown(context).push(std::move(plan), {});
}

}  // namespace sluice::planner
