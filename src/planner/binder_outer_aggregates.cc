// Aggregates that stand in a subquery and are computed outside of it. Source: MySQL 8.0 manual, section 14.19.1 and the SQL standard: an
// aggregate belongs to the innermost query block of which its arguments name a column.

#include <algorithm>
#include <string>
#include <vector>

#include "planner/binder.h"
#include "sql/ast_visitor.h"

namespace sluice::planner {

using catalog::to_lower;

/// What the FROM clauses and select lists of subqueries name, from the innermost outwards, before they are bound.
struct Binder::InnerNames {
  const InnerNames* outer = nullptr;
  std::vector<std::string> tables;  // aliases, lower case
  std::vector<std::shared_ptr<const catalog::TableInfo>> columns;
  std::vector<std::string> items;    // aliases of the select list
  bool has_ctes = false;             // a name in FROM may be one's
  bool has_unknown_columns = false;  // of derived tables, views and common table expressions

  bool owns(const sql::ColumnReference& reference) const {
    const std::string table = to_lower(reference.table);
    const std::string column = to_lower(reference.column);
    for (const InnerNames* names = this; names != nullptr; names = names->outer) {
      if (!table.empty()) {
        if (std::find(names->tables.begin(), names->tables.end(), table) != names->tables.end()) return true;
        continue;
      }
      if (names->has_unknown_columns) return true;
      if (std::find(names->items.begin(), names->items.end(), column) != names->items.end()) return true;
      for (const auto& info : names->columns) {
        if (info->find_public_column(column) != nullptr) return true;
      }
    }
    return false;
  }
};

namespace {

bool is_subquery(const sql::Expression& node) {
  using Kind = sql::ExpressionKind;
  return node.kind == Kind::kSubquery || node.kind == Kind::kExists || node.kind == Kind::kInSubquery ||
         node.kind == Kind::kQuantifiedComparison;
}

/// Calls `visit` with each column that the arguments and the order of an aggregate name. Returns whether a subquery stands among them.
template <class F>
bool for_each_column(const sql::Aggregate& syntax, const F& visit) {
  bool has_subquery = false;
  sql::walk_expression(syntax, [&](const sql::Expression& node) {
    if (const auto* column = node.try_as<sql::ColumnReference>()) visit(*column);
    has_subquery = has_subquery || is_subquery(node);
    return true;
  });
  return has_subquery;
}

}  // namespace

Block* Binder::outer_home(const sql::Aggregate& syntax, Block& block) {
  std::vector<const sql::ColumnReference*> columns;
  const bool has_subquery =
      for_each_column(syntax, [&](const sql::ColumnReference& column) { columns.push_back(&column); });
  if (has_subquery || columns.empty()) return nullptr;
  for (Block* owner = &block; owner != nullptr; owner = owner->outer) {
    if (owner != &block && owner->aggregate_results.contains(&syntax)) return owner;
    for (const sql::ColumnReference* column : columns) {
      if (find_in_from(*column, *owner) == nullptr) continue;
      const bool computes = owner != &block && owner->aggregate != nullptr && !owner->inside_aggregate;
      return computes ? owner : nullptr;
    }
  }
  return nullptr;
}

void Binder::find_aggregates(const sql::Expression& syntax, const InnerNames* inner, Block& block,
                             std::vector<const sql::Aggregate*>& found) {
  poll();
  sql::walk_expression(syntax, [&](const sql::Expression& node) {
    if (const auto* aggregate = node.try_as<sql::Aggregate>()) {
      if (inner == nullptr) {
        if (outer_home(*aggregate, block) == nullptr) found.push_back(aggregate);
        return false;
      }
      bool is_inner = false;
      bool is_own = false;
      const bool has_subquery = for_each_column(*aggregate, [&](const sql::ColumnReference& column) {
        is_inner = is_inner || inner->owns(column);
        is_own = is_own || (!is_inner && find_in_from(column, block) != nullptr);
      });
      if (is_own && !is_inner && !has_subquery) found.push_back(aggregate);
      return false;
    }
    if (const auto* subquery = node.try_as<sql::Subquery>()) find_aggregates(*subquery->query, inner, block, found);
    if (const auto* exists = node.try_as<sql::Exists>()) find_aggregates(*exists->query, inner, block, found);
    if (const auto* in = node.try_as<sql::InSubquery>()) find_aggregates(*in->query, inner, block, found);
    if (const auto* quantified = node.try_as<sql::QuantifiedComparison>())
      find_aggregates(*quantified->query, inner, block, found);
    return true;
  });
}

void Binder::find_aggregates(const sql::Query& query, const InnerNames* inner, Block& block,
                             std::vector<const sql::Aggregate*>& found) {
  if (const auto* operation = query.try_as<sql::SetOperationQuery>()) {
    for (const sql::SetOperand& operand : operation->operands) find_aggregates(*operand.query, inner, block, found);
    return;
  }
  const auto* select = query.try_as<sql::SelectQuery>();
  if (select == nullptr) return;
  InnerNames names;
  names.outer = inner;
  names.has_ctes = query.with != nullptr || (inner != nullptr && inner->has_ctes);
  std::vector<const sql::Expression*> conditions;
  if (select->from != nullptr) add_names(*select->from, names, conditions);
  for (const sql::SelectItem& item : select->items) {
    if (item.is_alias_written) names.items.push_back(to_lower(item.alias));
  }
  const auto visit = [&](const sql::Expression* syntax) {
    if (syntax != nullptr) find_aggregates(*syntax, &names, block, found);
  };
  for (const sql::SelectItem& item : select->items) visit(item.expression);
  for (const sql::Expression* condition : conditions) visit(condition);
  visit(select->where);
  visit(select->having);
  for (const sql::OrderItem& item : query.order_by) visit(item.expression);
}

void Binder::add_names(const sql::TableReference& reference, InnerNames& names,
                       std::vector<const sql::Expression*>& conditions) {
  if (const auto* join = reference.try_as<sql::Join>()) {
    add_names(*join->left, names, conditions);
    add_names(*join->right, names, conditions);
    if (join->on != nullptr) conditions.push_back(join->on);
    return;
  }
  if (const auto* derived = reference.try_as<sql::DerivedTable>()) {
    names.tables.push_back(to_lower(derived->alias));
    names.has_unknown_columns = true;
    return;
  }
  const auto& table = reference.as<sql::NamedTable>();
  names.tables.push_back(to_lower(table.alias.empty() ? table.name.name : table.alias));
  std::shared_ptr<const catalog::TableInfo> info;
  if (!table.name.schema.empty() || (!names.has_ctes && find_cte(to_lower(table.name.name)) == nullptr)) {
    std::string database;
    info = find_table(table.name.schema, table.name.name, database);
  }
  if (info == nullptr || info->is_view())
    names.has_unknown_columns = true;
  else
    names.columns.push_back(std::move(info));
}

}  // namespace sluice::planner
