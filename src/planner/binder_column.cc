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
  const std::string name = catalog::to_lower(reference.column);
  const std::string table = catalog::to_lower(reference.table);
  const Block::Item* found = nullptr;
  for (const Block::Item& item : block.items) {
    if (item.lower_name != name) continue;
    if (!table.empty() && (item.is_alias || catalog::to_lower(item.column.table) != table)) continue;
    if (found != nullptr && item.expression != nullptr && found->expression != nullptr) {
      if (found->expression->equals(*item.expression)) continue;
      // A grouped column wins over another expression of the same name.
      const ColumnRef* column = as_column(item.expression);
      if (column != nullptr && block.group_columns.contains(column->column_id())) {
        found = &item;
        continue;
      }
      const ColumnRef* first = as_column(found->expression);
      if (first != nullptr && block.group_columns.contains(first->column_id())) continue;
      throw SqlError(ErrorCode::kNonUniqError, written_name(reference), clause_name(block.clause));
    }
    if (found == nullptr) found = &item;
  }
  if (found == nullptr) return nullptr;
  if (found->reference != nullptr) return found->reference;
  // GROUP BY comes before the select list is bound: the alias's expression is bound in its place.
  if (found->syntax == nullptr) return found->expression;
  const Clause clause = std::exchange(block.clause, Clause::kFieldList);
  ExpressionPtr bound = bind_expression(*found->syntax, block);
  block.clause = clause;
  return bound;
}

}  // namespace sluice::planner
