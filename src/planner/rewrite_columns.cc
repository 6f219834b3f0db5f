#include "catalog/table_info.h"
#include "planner/expression_tools.h"
#include "planner/rewrite.h"

namespace sluice::planner {

namespace {

/// Keeps of a schema the columns in `needed`.
void keep(std::vector<OutputColumn>& schema, const ColumnSet& needed) {
  std::erase_if(schema, [&](const OutputColumn& column) { return !needed.contains(column.column_id); });
}

/// A table is never read without columns: the handle is the cheapest, else the first column.
void keep_some_column(DataSource& source, const std::vector<OutputColumn>& before,
                      const std::vector<int>& offsets_before) {
  if (!source.schema.empty() || before.empty()) return;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool is_handle = source.handle_ids.size() == 1 && before[i].column_id == source.handle_ids[0];
    if (is_handle) chosen = i;
  }
  source.schema.push_back(before[chosen]);
  source.column_offsets.push_back(offsets_before[chosen]);
}

void prune_source(DataSource& source, const ColumnSet& needed) {
  const std::vector<OutputColumn> schema = source.schema;
  const std::vector<int> offsets = source.column_offsets;
  source.schema.clear();
  source.column_offsets.clear();
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (!needed.contains(schema[i].column_id)) continue;
    source.schema.push_back(schema[i]);
    source.column_offsets.push_back(offsets[i]);
  }
  keep_some_column(source, schema, offsets);
}

void prune_projection(LogicalProjection& projection, const ColumnSet& needed) {
  std::vector<ExpressionPtr> expressions;
  std::vector<OutputColumn> schema;
  for (std::size_t i = 0; i < projection.expressions.size(); ++i) {
    // Assignments of user variables happen whether somebody reads the result or not.
    const bool has_effect =
        projection.expressions[i]->needs_session() && !projection.expressions[i]->is_deterministic();
    if (!needed.contains(projection.schema[i].column_id) && !has_effect) continue;
    expressions.push_back(projection.expressions[i]);
    schema.push_back(projection.schema[i]);
  }
  if (expressions.empty() && !projection.expressions.empty()) {
    OutputColumn column = projection.schema[0];
    expressions.push_back(expression::make_int(1));
    column.type = expressions[0]->type();
    schema.push_back(std::move(column));
  }
  projection.expressions = std::move(expressions);
  projection.schema = std::move(schema);
}

void prune_aggregate(LogicalAggregate& aggregate, const ColumnSet& needed) {
  std::vector<expression::AggregateDescriptor> functions;
  std::vector<int> group_outputs;
  std::vector<OutputColumn> schema;
  for (std::size_t i = 0; i < aggregate.aggregates.size(); ++i) {
    if (!needed.contains(aggregate.schema[i].column_id)) continue;
    functions.push_back(aggregate.aggregates[i]);
    schema.push_back(aggregate.schema[i]);
  }
  for (std::size_t i = 0; i < aggregate.group_outputs.size(); ++i) {
    const OutputColumn& column = aggregate.schema[aggregate.aggregates.size() + i];
    if (!needed.contains(column.column_id)) continue;
    group_outputs.push_back(aggregate.group_outputs[i]);
    schema.push_back(column);
  }
  if (schema.empty() && !aggregate.schema.empty()) {
    // Rows without columns do not exist: one output stays.
    if (!aggregate.aggregates.empty()) {
      functions.push_back(aggregate.aggregates[0]);
      schema.push_back(aggregate.schema[0]);
    } else {
      group_outputs.push_back(aggregate.group_outputs[0]);
      schema.push_back(aggregate.schema[0]);
    }
  }
  aggregate.aggregates = std::move(functions);
  aggregate.group_outputs = std::move(group_outputs);
  aggregate.schema = std::move(schema);
}

void prune(LogicalNode& node, const ColumnSet& needed, RewriteContext& context);

void prune_union(LogicalNode& node, const ColumnSet& needed, RewriteContext& context) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < node.schema.size(); ++i) {
    if (needed.contains(node.schema[i].column_id)) kept.push_back(i);
  }
  if (kept.empty() && !node.schema.empty()) kept.push_back(0);
  std::vector<OutputColumn> schema;
  for (std::size_t i : kept) schema.push_back(node.schema[i]);
  node.schema = std::move(schema);
  for (LogicalPtr& child : node.children) {
    std::vector<OutputColumn> wanted;
    ColumnSet ids;
    for (std::size_t i : kept) {
      wanted.push_back(child->schema[i]);
      ids.insert(child->schema[i].column_id);
    }
    prune(*child, ids, context);
    child = with_layout(std::move(child), wanted);
  }
}

void prune(LogicalNode& node, const ColumnSet& needed, RewriteContext& context) {
  context.stop.poll();
  switch (node.kind) {
    case LogicalKind::kDataSource:
      prune_source(node.as<DataSource>(), needed);
      return;
    case LogicalKind::kDual:
      keep(node.schema, needed);
      return;
    case LogicalKind::kProjection:
      prune_projection(node.as<LogicalProjection>(), needed);
      prune(*node.children[0], used_columns(node), context);
      return;
    case LogicalKind::kAggregate:
      prune_aggregate(node.as<LogicalAggregate>(), needed);
      prune(*node.children[0], used_columns(node), context);
      return;
    case LogicalKind::kJoin: {
      auto& join = node.as<LogicalJoin>();
      ColumnSet wanted = needed;
      wanted.insert(used_columns(node));
      prune(*node.children[1], wanted, context);
      wanted.insert(free_columns(*node.children[1]));
      prune(*node.children[0], wanted, context);
      set_join_schema(join);
      return;
    }
    case LogicalKind::kUnionAll:
      prune_union(node, needed, context);
      return;
    case LogicalKind::kCteScan: {
      auto& scan = node.as<LogicalCteScan>();
      std::vector<OutputColumn> schema;
      std::vector<int> columns;
      for (std::size_t i = 0; i < scan.schema.size(); ++i) {
        if (!needed.contains(scan.schema[i].column_id) && !(i + 1 == scan.schema.size() && schema.empty())) continue;
        schema.push_back(scan.schema[i]);
        columns.push_back(scan.columns[i]);
      }
      scan.schema = std::move(schema);
      scan.columns = std::move(columns);
      return;
    }
    case LogicalKind::kCteTable:
      return;
    case LogicalKind::kSelection:
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
    case LogicalKind::kMaxOneRow:
    case LogicalKind::kLock: {
      ColumnSet wanted = needed;
      wanted.insert(used_columns(node));
      const std::vector<OutputColumn> before = node.schema;
      prune(*node.children[0], wanted, context);
      node.schema = node.children[0]->schema;
      if (node.kind == LogicalKind::kMaxOneRow) {
        for (OutputColumn& column : node.schema) column.type.clear_flag(types::field_flag::kNotNull);
      }
      return;
    }
  }
}

bool only_passes_on(const LogicalProjection& projection) {
  const ColumnPositions below(projection.children[0]->schema);
  for (std::size_t i = 0; i < projection.expressions.size(); ++i) {
    const ColumnRef* column = as_column(projection.expressions[i]);
    if (column == nullptr || column->column_id() != projection.schema[i].column_id) return false;
    // A free column is not the child's.
    if (below.find(column->column_id()) < 0) return false;
  }
  return true;
}

}  // namespace

LogicalPtr prune_columns(LogicalPtr plan, RewriteContext& context) {
  prune(*plan, plan->output_ids(), context);
  return plan;
}

LogicalPtr eliminate_projections(LogicalPtr plan, RewriteContext& context) {
  context.stop.poll();
  for (LogicalPtr& child : plan->children) {
    if (plan->kind != LogicalKind::kUnionAll) {
      child = eliminate_projections(std::move(child), context);
      continue;
    }
    // Columns of a union are matched by place.
    const std::vector<OutputColumn> columns = child->schema;
    child = with_layout(eliminate_projections(std::move(child), context), columns);
  }
  switch (plan->kind) {
    case LogicalKind::kJoin:
      set_join_schema(plan->as<LogicalJoin>());
      break;
    case LogicalKind::kSelection:
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
    case LogicalKind::kLock:
      plan->schema = plan->children[0]->schema;
      break;
    default:
      break;
  }
  auto* projection = plan->try_as<LogicalProjection>();
  if (projection == nullptr || projection->sequential || !only_passes_on(*projection)) return plan;
  if (auto* below = projection->children[0]->try_as<LogicalProjection>(); below != nullptr && !below->sequential) {
    // The lower projection takes over the upper one's layout.
    const ColumnPositions positions(below->schema);
    std::vector<ExpressionPtr> expressions;
    expressions.reserve(projection->schema.size());
    for (const OutputColumn& column : projection->schema)
      expressions.push_back(below->expressions[static_cast<std::size_t>(positions.find(column.column_id))]);
    below->expressions = std::move(expressions);
    below->schema = projection->schema;
  }
  return std::move(plan->children[0]);
}

}  // namespace sluice::planner
