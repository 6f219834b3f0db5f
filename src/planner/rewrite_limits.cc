#include "catalog/table_info.h"
#include "planner/column_supply.h"
#include "planner/expression_tools.h"
#include "planner/rewrite.h"

namespace sluice::planner {

namespace {

bool is_fixed(const LimitBounds& bounds) {
  return bounds.count_expression == nullptr && bounds.offset_expression == nullptr;
}

std::uint64_t rows_wanted(const LimitBounds& bounds) {
  return bounds.count > UINT64_MAX - bounds.offset ? UINT64_MAX : bounds.count + bounds.offset;
}

/// Limit (over Sort, if there are keys) on top of `child`.
LogicalPtr limited(LogicalPtr child, std::vector<SortKey> keys, std::uint64_t count) {
  if (!keys.empty()) {
    auto sort = std::make_unique<LogicalSort>();
    sort->keys = std::move(keys);
    sort->schema = child->schema;
    sort->children.push_back(std::move(child));
    child = std::move(sort);
  }
  auto limit = std::make_unique<LogicalLimit>();
  limit->bounds.count = count;
  limit->schema = child->schema;
  limit->children.push_back(std::move(child));
  return limit;
}

/// The place below a Limit and its Sort.
LogicalPtr& input_of(LogicalLimit& limit) {
  LogicalPtr& child = limit.children[0];
  return child->kind == LogicalKind::kSort ? child->children[0] : child;
}

void push_into_union(LogicalLimit& limit, LogicalUnionAll& all) {
  const auto* sort = limit.children[0]->try_as<LogicalSort>();
  for (LogicalPtr& child : all.children) {
    std::vector<SortKey> keys;
    if (sort != nullptr) {
      for (const SortKey& key : sort->keys) {
        ExpressionPtr mapped = replace_columns(key.expression, [&](const ColumnRef& column) -> ExpressionPtr {
          const int position = find_position(all.schema, column.column_id());
          return position < 0 ? nullptr : column_ref(child->schema[static_cast<std::size_t>(position)]);
        });
        keys.push_back({std::move(mapped), key.descending});
      }
    }
    child = limited(std::move(child), std::move(keys), rows_wanted(limit.bounds));
  }
}

/// An outer join returns each row of its kept side at least once, so no more of them are needed than rows are wanted.
void push_into_outer_join(LogicalLimit& limit, LogicalJoin& join) {
  const std::size_t kept = join.type == JoinType::kRightOuter ? 1 : 0;
  const ColumnSet columns = join.children[kept]->output_ids();
  std::vector<SortKey> keys;
  if (const auto* sort = limit.children[0]->try_as<LogicalSort>()) {
    for (const SortKey& key : sort->keys) {
      if (!uses_only(*key.expression, columns) || !key.expression->is_deterministic()) return;
      keys.push_back(key);
    }
  }
  join.children[kept] = limited(std::move(join.children[kept]), std::move(keys), rows_wanted(limit.bounds));
}

LogicalPtr push(LogicalPtr node, RewriteContext& context) {
  context.stop.poll();
  if (auto* limit = node->try_as<LogicalLimit>()) {
    if (is_fixed(limit->bounds) && limit->bounds.count == 0) return empty_like(*node);
    LogicalNode& input = *input_of(*limit);
    if (is_fixed(limit->bounds)) {
      if (auto* all = input.try_as<LogicalUnionAll>()) push_into_union(*limit, *all);
      if (auto* join = input.try_as<LogicalJoin>()) {
        const bool keeps_rows =
            join->type == JoinType::kLeftOuter || join->type == JoinType::kRightOuter || join->has_mark();
        if (keeps_rows) push_into_outer_join(*limit, *join);
      }
    }
  }
  for (LogicalPtr& child : node->children) child = push(std::move(child), context);
  return node;
}

/// Whether rows of the table come in the order of `column_id` from some index or from the records themselves.
bool has_order(const DataSource& source, std::int64_t column_id) {
  const catalog::TableInfo& table = *source.source.table;
  if (source.is_memory_table) return false;
  if (table.pk_is_handle && source.handle_ids[0] == column_id) return true;
  for (const catalog::IndexInfo& index : table.indexes) {
    if (!index.is_public() || index.invisible || index.columns.empty() || index.columns[0].is_prefix()) continue;
    if (source.all_column_ids[static_cast<std::size_t>(index.columns[0].offset)] == column_id) return true;
  }
  return false;
}

}  // namespace

LogicalPtr push_down_limits(LogicalPtr plan, RewriteContext& context) { return push(std::move(plan), context); }

LogicalPtr eliminate_min_max(LogicalPtr plan, RewriteContext& context) {
  context.stop.poll();
  for (LogicalPtr& child : plan->children) child = eliminate_min_max(std::move(child), context);
  auto* aggregate = plan->try_as<LogicalAggregate>();
  if (aggregate == nullptr || !aggregate->is_scalar() || aggregate->aggregates.size() != 1) return plan;
  const expression::AggregateDescriptor& function = aggregate->aggregates[0];
  const bool is_max = function.name == "max";
  if (!is_max && function.name != "min") return plan;
  const ColumnRef* column = as_column(function.args[0]);
  auto* source = aggregate->children[0]->try_as<DataSource>();
  if (column == nullptr || source == nullptr || !has_order(*source, column->column_id())) return plan;
  // The order of ENUM and SET labels is not that of their numbers.
  if (column->type().code == types::TypeCode::kEnum || column->type().code == types::TypeCode::kSet) return plan;
  if (!column->type().not_null()) {
    source->conditions.push_back(context.call("not", {context.call("isnull", {column->at_position(-1)})}));
  }
  aggregate->children[0] = limited(std::move(aggregate->children[0]), {{column->at_position(-1), is_max}}, 1);
  return plan;
}

}  // namespace sluice::planner
