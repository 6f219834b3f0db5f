#include "planner/logical_plan.h"

#include "planner/expression_tools.h"

namespace sluice::planner {

ColumnSet LogicalNode::output_ids() const {
  ColumnSet ids;
  for (const OutputColumn& column : schema) ids.insert(column.column_id);
  return ids;
}

namespace {

void collect_all(const std::vector<ExpressionPtr>& expressions, ColumnSet& out) {
  for (const ExpressionPtr& expression : expressions) collect_columns(*expression, out);
}

void collect_keys(const std::vector<SortKey>& keys, ColumnSet& out) {
  for (const SortKey& key : keys) collect_columns(*key.expression, out);
}

}  // namespace

ColumnSet used_columns(const LogicalNode& node) {
  ColumnSet used;
  switch (node.kind) {
    case LogicalKind::kDataSource:
      collect_all(node.as<DataSource>().conditions, used);
      break;
    case LogicalKind::kSelection:
      collect_all(node.as<LogicalSelection>().conditions, used);
      break;
    case LogicalKind::kProjection:
      collect_all(node.as<LogicalProjection>().expressions, used);
      break;
    case LogicalKind::kAggregate: {
      const auto& aggregate = node.as<LogicalAggregate>();
      collect_all(aggregate.group_by, used);
      for (const auto& function : aggregate.aggregates) {
        collect_all(function.args, used);
        for (const auto& order : function.order_by) collect_columns(*order.expression, used);
      }
      break;
    }
    case LogicalKind::kJoin: {
      const auto& join = node.as<LogicalJoin>();
      collect_all(join.conditions, used);
      collect_all(join.null_aware_conditions, used);
      break;
    }
    case LogicalKind::kSort:
      collect_keys(node.as<LogicalSort>().keys, used);
      break;
    case LogicalKind::kLock:
      for (const auto& table : node.as<LogicalLock>().tables) {
        for (std::int64_t id : table.handle_ids) used.insert(id);
      }
      break;
    case LogicalKind::kUnionAll:
      for (const LogicalPtr& child : node.children) used.insert(child->output_ids());
      break;
    case LogicalKind::kDual:
    case LogicalKind::kLimit:
    case LogicalKind::kMaxOneRow:
    case LogicalKind::kCteScan:
    case LogicalKind::kCteTable:
      break;
  }
  return used;
}

ColumnSet free_columns(const LogicalNode& node) {
  ColumnSet used = used_columns(node);
  ColumnSet produced;
  for (const LogicalPtr& child : node.children) {
    used.insert(free_columns(*child));
    produced.insert(child->output_ids());
  }
  if (const auto* source = node.try_as<DataSource>()) {
    produced = node.output_ids();
    for (std::int64_t id : source->all_column_ids) produced.insert(id);
    produced.insert(source->row_id_column);
  }
  if (const auto* scan = node.try_as<LogicalCteScan>(); scan != nullptr && scan->definition->seed != nullptr) {
    used.insert(free_columns(*scan->definition->seed));
    if (scan->definition->recursive != nullptr) used.insert(free_columns(*scan->definition->recursive));
  }
  used.erase(produced);
  return used;
}

void set_join_schema(LogicalJoin& join, const OutputColumn* mark) {
  OutputColumn mark_column;
  if (join.has_mark()) mark_column = mark != nullptr ? *mark : join.schema.back();
  const std::vector<OutputColumn>& left = join.children[0]->schema;
  join.schema.assign(left.begin(), left.end());
  if (join.has_mark()) {
    join.schema.push_back(std::move(mark_column));
    return;
  }
  if (join.is_semi_kind()) return;
  const std::vector<OutputColumn>& right = join.children[1]->schema;
  join.schema.insert(join.schema.end(), right.begin(), right.end());
  const auto make_nullable = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) join.schema[i].type.clear_flag(types::field_flag::kNotNull);
  };
  if (join.type == JoinType::kLeftOuter) make_nullable(left.size(), join.schema.size());
  if (join.type == JoinType::kRightOuter) make_nullable(0, left.size());
}

void transform_expressions(LogicalNode& node, const std::function<ExpressionPtr(const ExpressionPtr&)>& change) {
  const auto all = [&](std::vector<ExpressionPtr>& expressions) {
    for (ExpressionPtr& expression : expressions) expression = change(expression);
  };
  switch (node.kind) {
    case LogicalKind::kDataSource:
      all(node.as<DataSource>().conditions);
      break;
    case LogicalKind::kSelection:
      all(node.as<LogicalSelection>().conditions);
      break;
    case LogicalKind::kProjection:
      all(node.as<LogicalProjection>().expressions);
      break;
    case LogicalKind::kAggregate: {
      auto& aggregate = node.as<LogicalAggregate>();
      all(aggregate.group_by);
      for (auto& function : aggregate.aggregates) {
        all(function.args);
        for (auto& order : function.order_by) order.expression = change(order.expression);
      }
      break;
    }
    case LogicalKind::kJoin:
      all(node.as<LogicalJoin>().conditions);
      all(node.as<LogicalJoin>().null_aware_conditions);
      break;
    case LogicalKind::kSort:
      for (SortKey& key : node.as<LogicalSort>().keys) key.expression = change(key.expression);
      break;
    case LogicalKind::kCteScan: {
      LogicalCte& cte = *node.as<LogicalCteScan>().definition;
      if (cte.seed != nullptr) transform_expressions(*cte.seed, change);
      if (cte.recursive != nullptr) transform_expressions(*cte.recursive, change);
      break;
    }
    default:
      break;
  }
  for (LogicalPtr& child : node.children) transform_expressions(*child, change);
}

LogicalPtr with_selection(LogicalPtr node, std::vector<ExpressionPtr> conditions) {
  if (conditions.empty()) return node;
  if (auto* selection = node->try_as<LogicalSelection>()) {
    add_conditions(selection->conditions, conditions);
    return node;
  }
  auto selection = std::make_unique<LogicalSelection>();
  selection->conditions = std::move(conditions);
  selection->schema = node->schema;
  selection->children.push_back(std::move(node));
  return selection;
}

}  // namespace sluice::planner
