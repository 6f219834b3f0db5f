#include "planner/column_supply.h"

#include "planner/expression_tools.h"

namespace sluice::planner {

const OutputColumn* find_column(const LogicalNode& node, std::int64_t column_id) {
  if (const int position = find_position(node.schema, column_id); position >= 0)
    return &node.schema[static_cast<std::size_t>(position)];
  switch (node.kind) {
    case LogicalKind::kSelection:
    case LogicalKind::kProjection:
    case LogicalKind::kAggregate:
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
    case LogicalKind::kMaxOneRow:
    case LogicalKind::kLock:
      return find_column(*node.children[0], column_id);
    case LogicalKind::kJoin: {
      if (const OutputColumn* found = find_column(*node.children[0], column_id)) return found;
      return node.as<LogicalJoin>().is_semi_kind() ? nullptr : find_column(*node.children[1], column_id);
    }
    default:
      return nullptr;
  }
}

bool can_supply(const LogicalNode& node, std::int64_t column_id) { return find_column(node, column_id) != nullptr; }

namespace {

void append_first_row(LogicalAggregate& aggregate, const OutputColumn& column) {
  expression::AggregateDescriptor first;
  first.name = "firstrow";
  first.args = {column_ref(column)};
  first.result_type = column.type;
  const auto at = static_cast<std::ptrdiff_t>(aggregate.aggregates.size());
  aggregate.aggregates.push_back(std::move(first));
  aggregate.schema.insert(aggregate.schema.begin() + at, column);
}

}  // namespace

void supply_columns(LogicalNode& node, const ColumnSet& needed) {
  switch (node.kind) {
    case LogicalKind::kProjection: {
      auto& projection = node.as<LogicalProjection>();
      const ColumnSet own = node.output_ids();
      for (std::int64_t id : needed) {
        if (own.contains(id)) continue;
        const OutputColumn* column = find_column(*node.children[0], id);
        if (column == nullptr) continue;
        projection.expressions.push_back(column_ref(*column));
        projection.schema.push_back(*column);
      }
      supply_columns(*node.children[0], used_columns(node));
      break;
    }
    case LogicalKind::kAggregate: {
      auto& aggregate = node.as<LogicalAggregate>();
      const ColumnSet own = node.output_ids();
      for (std::int64_t id : needed) {
        if (own.contains(id)) continue;
        if (const OutputColumn* column = find_column(*node.children[0], id)) append_first_row(aggregate, *column);
      }
      supply_columns(*node.children[0], used_columns(node));
      break;
    }
    case LogicalKind::kJoin: {
      auto& join = node.as<LogicalJoin>();
      ColumnSet wanted = needed;
      wanted.insert(used_columns(node));
      wanted.insert(free_columns(*node.children[1]));
      supply_columns(*node.children[0], wanted);
      supply_columns(*node.children[1], wanted);
      set_join_schema(join);
      break;
    }
    case LogicalKind::kSelection:
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
    case LogicalKind::kMaxOneRow:
    case LogicalKind::kLock: {
      ColumnSet wanted = needed;
      wanted.insert(used_columns(node));
      supply_columns(*node.children[0], wanted);
      node.schema = node.children[0]->schema;
      break;
    }
    default:
      break;
  }
}

}  // namespace sluice::planner
