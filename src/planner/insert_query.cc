#include "planner/insert_query.h"

#include <algorithm>

#include "catalog/name.h"
#include "sql/ast_visitor.h"

namespace sluice::planner {
namespace {

using catalog::to_lower;

bool has_aggregate(const sql::SelectQuery& query) {
  bool found = query.having != nullptr;
  for (const sql::SelectItem& item : query.items) {
    if (item.expression == nullptr) continue;
    sql::walk_expression(*item.expression, [&](const sql::Expression& node) {
      found |= node.kind == sql::ExpressionKind::kAggregate;
      return !found;
    });
  }
  return found;
}

bool same_name(const sql::ColumnReference& a, const sql::ColumnReference& b) {
  return to_lower(a.schema) == to_lower(b.schema) && to_lower(a.table) == to_lower(b.table) &&
         to_lower(a.column) == to_lower(b.column);
}

/// Whether an item of the query is, or is called, what `reference` names.
bool selects(const std::vector<sql::SelectItem>& items, const sql::ColumnReference& reference) {
  return std::any_of(items.begin(), items.end(), [&](const sql::SelectItem& item) {
    if (!item.alias.empty() && reference.table.empty() && to_lower(item.alias) == to_lower(reference.column))
      return true;
    const auto* column = item.expression == nullptr ? nullptr : item.expression->try_as<sql::ColumnReference>();
    return column != nullptr && item.alias.empty() && same_name(*column, reference);
  });
}

}  // namespace

std::optional<ExtendedQuery> with_assigned_columns(const sql::InsertStatement& statement,
                                                   const catalog::TableInfo& table) {
  if (statement.query == nullptr || statement.on_duplicate_update.empty()) return std::nullopt;
  const auto* query = statement.query->try_as<sql::SelectQuery>();
  if (query == nullptr || query->from == nullptr || query->distinct == sql::Distinctness::kDistinct ||
      !query->group_by.empty() || has_aggregate(*query)) {
    return std::nullopt;
  }
  std::optional<ExtendedQuery> result(ExtendedQuery{*query, {query->items.begin(), query->items.end()}});
  for (const sql::Assignment& assignment : statement.on_duplicate_update) {
    sql::walk_expression(*assignment.value, [&](const sql::Expression& node) {
      const auto* column = node.try_as<sql::ColumnReference>();
      if (column == nullptr) return true;
      const bool is_targets = column->table.empty() ? table.find_public_column(to_lower(column->column)) != nullptr
                                                    : to_lower(column->table) == table.name.lower;
      if (is_targets || selects(result->items, *column)) return true;
      sql::SelectItem item;
      item.expression = column;
      item.text = column->column;
      result->items.push_back(item);
      ++result->added;
      return true;
    });
  }
  if (result->added == 0) return std::nullopt;
  return result;
}

}  // namespace sluice::planner
