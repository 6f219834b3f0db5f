#include "base/sql_error.h"
#include "catalog/name.h"
#include "planner/binder.h"

namespace sluice::planner {

namespace {

std::string_view clause_name(Clause clause) {
  switch (clause) {
    case Clause::kFieldList:
    case Clause::kAssignment:
      return "field list";
    case Clause::kWhere:
      return "where clause";
    case Clause::kOn:
      return "on clause";
    case Clause::kGroupBy:
      return "group statement";
    case Clause::kHaving:
      return "having clause";
    case Clause::kOrderBy:
      return "order clause";
  }
  return "field list";
}

std::string written_name(const sql::ColumnReference& reference) {
  std::string name;
  if (!reference.schema.empty()) name.append(reference.schema).append(".");
  if (!reference.table.empty()) name.append(reference.table).append(".");
  return name.append(reference.column);
}

/// The column of FROM that GROUP BY names and that `reference` can mean; null if there is none, or several.
ExpressionPtr find_grouped(const sql::ColumnReference& reference, const Block& block) {
  const std::string name = catalog::to_lower(reference.column);
  const std::string table = catalog::to_lower(reference.table);
  const ScopeColumn* found = nullptr;
  for (const ScopeColumn& column : block.columns) {
    if (column.lower_name != name || !block.group_columns.contains(column.column.column_id)) continue;
    if (!table.empty() && column.lower_table != table) continue;
    if (found != nullptr) return nullptr;
    found = &column;
  }
  return found == nullptr ? nullptr : column_ref(found->column);
}

}  // namespace

void Binder::throw_unknown_column(const sql::ColumnReference& reference, Clause clause) {
  throw SqlError(ErrorCode::kBadFieldError, written_name(reference), clause_name(clause));
}

ExpressionPtr Binder::bind_column(const sql::ColumnReference& reference, Block& block) {
  for (Block* scope = &block; scope != nullptr; scope = scope->outer) {
    if (ExpressionPtr found = find_in_block(reference, *scope)) return found;
  }
  throw_unknown_column(reference, block.clause);
}

ExpressionPtr Binder::find_in_block(const sql::ColumnReference& reference, Block& block) {
  if (block.inside_aggregate) return find_in_from(reference, block);
  switch (block.clause) {
    case Clause::kFieldList:
    case Clause::kWhere:
    case Clause::kOn:
    case Clause::kAssignment:
      return find_in_from(reference, block);
    case Clause::kGroupBy:
    case Clause::kOrderBy: {
      if (ExpressionPtr found = find_in_from(reference, block)) return found;
      return find_in_items(reference, block);
    }
    case Clause::kHaving: {
      // A grouped column goes before an alias of the same name.
      if (ExpressionPtr grouped = block.group_columns.size() > 0 ? find_grouped(reference, block) : nullptr)
        return grouped;
      if (ExpressionPtr found = find_in_items(reference, block)) return found;
      return block.is_grouped ? find_in_from(reference, block) : nullptr;
    }
  }
  return nullptr;
}

ExpressionPtr Binder::find_in_from(const sql::ColumnReference& reference, const Block& block) {
  const std::string name = catalog::to_lower(reference.column);
  const std::string table = catalog::to_lower(reference.table);
  const std::string database = catalog::to_lower(reference.schema);
  const ScopeColumn* found = nullptr;
  for (const ScopeColumn& column : block.columns) {
    if (column.lower_name != name) continue;
    if (table.empty()) {
      if (column.merged_away) continue;
    } else if (column.lower_table != table || (!database.empty() && column.lower_database != database)) {
      continue;
    }
    if (found != nullptr) {
      if (found->hidden && !column.hidden) {
        found = &column;
        continue;
      }
      if (column.hidden) continue;
      throw SqlError(ErrorCode::kNonUniqError, written_name(reference), clause_name(block.clause));
    }
    found = &column;
  }
  return found == nullptr ? nullptr : column_ref(found->column);
}

ExpressionPtr Binder::find_in_items(const sql::ColumnReference& reference, Block& block) {
  const Block::Item* const found = find_item(reference, block);
  return found == nullptr ? nullptr : item_expression(*found, block);
}

ExpressionPtr Binder::item_expression(const Block::Item& item, Block& block) {
  if (item.reference != nullptr) return item.reference;
  // GROUP BY comes before the select list is bound: the item's expression is bound in its place.
  if (item.syntax == nullptr) return item.expression;
  const Clause clause = std::exchange(block.clause, Clause::kFieldList);
  ExpressionPtr bound = bind_expression(*item.syntax, block);
  block.clause = clause;
  return bound;
}

/// As in MySQL: columns of that name must all be the same one; the first other expression with the name as its alias ends
/// the search and wins.
const Block::Item* Binder::find_item(const sql::ColumnReference& reference, Block& block) {
  const std::string name = catalog::to_lower(reference.column);
  const std::string table = catalog::to_lower(reference.table);
  const Block::Item* found = nullptr;
  ExpressionPtr found_column;
  for (const Block::Item& item : block.items) {
    if (item.lower_name != name) continue;
    if (!table.empty() && (item.is_alias || catalog::to_lower(item.column.table) != table)) continue;
    // What is written counts: an expression that is grouped by has become a column.
    const bool is_unbound = item.expression == nullptr;
    const bool is_column = item.syntax != nullptr ? item.syntax->kind == sql::ExpressionKind::kColumn
                                                  : as_column(item.expression) != nullptr;
    if (!is_column) return &item;
    ExpressionPtr column = is_unbound ? item_expression(item, block) : item.expression;
    if (found == nullptr) {
      found = &item;
      found_column = std::move(column);
    } else if (!found_column->equals(*column)) {
      throw SqlError(ErrorCode::kNonUniqError, written_name(reference), clause_name(block.clause));
    }
  }
  return found;
}

ExpressionPtr Binder::bind_group_column(const sql::ColumnReference& reference, Block& block) {
  const Block::Item* const item = find_item(reference, block);
  if (item != nullptr && !item->is_alias) return item_expression(*item, block);
  // A column of FROM goes before an alias that means something else.
  return bind_expression(reference, block);
}

}  // namespace sluice::planner
