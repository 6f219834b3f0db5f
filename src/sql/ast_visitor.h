#pragma once
// Walking the tree.

#include "sql/ast_select.h"

namespace sluice::sql {

/// Calls `f(const T&)` with the expression as its own type; returns what `f` returns. `f` takes every kind.
template <class F>
decltype(auto) visit_expression(const Expression& expression, F&& f) {
  switch (expression.kind) {
    case ExpressionKind::kLiteral:
      return f(expression.as<Literal>());
    case ExpressionKind::kColumn:
      return f(expression.as<ColumnReference>());
    case ExpressionKind::kParameter:
      return f(expression.as<ParameterMarker>());
    case ExpressionKind::kUserVariable:
      return f(expression.as<UserVariable>());
    case ExpressionKind::kSystemVariable:
      return f(expression.as<SystemVariable>());
    case ExpressionKind::kVariableAssignment:
      return f(expression.as<VariableAssignment>());
    case ExpressionKind::kDefault:
      return f(expression.as<DefaultValue>());
    case ExpressionKind::kValuesReference:
      return f(expression.as<ValuesReference>());
    case ExpressionKind::kUnary:
      return f(expression.as<Unary>());
    case ExpressionKind::kBinary:
      return f(expression.as<Binary>());
    case ExpressionKind::kIsTest:
      return f(expression.as<IsTest>());
    case ExpressionKind::kBetween:
      return f(expression.as<Between>());
    case ExpressionKind::kInList:
      return f(expression.as<InList>());
    case ExpressionKind::kInSubquery:
      return f(expression.as<InSubquery>());
    case ExpressionKind::kLike:
      return f(expression.as<Like>());
    case ExpressionKind::kRegexp:
      return f(expression.as<Regexp>());
    case ExpressionKind::kQuantifiedComparison:
      return f(expression.as<QuantifiedComparison>());
    case ExpressionKind::kExists:
      return f(expression.as<Exists>());
    case ExpressionKind::kSubquery:
      return f(expression.as<Subquery>());
    case ExpressionKind::kRow:
      return f(expression.as<Row>());
    case ExpressionKind::kCase:
      return f(expression.as<Case>());
    case ExpressionKind::kFunction:
      return f(expression.as<FunctionCall>());
    case ExpressionKind::kAggregate:
      return f(expression.as<Aggregate>());
    case ExpressionKind::kWindowFunction:
      return f(expression.as<WindowFunction>());
    case ExpressionKind::kCast:
      return f(expression.as<Cast>());
    case ExpressionKind::kConvertUsing:
      return f(expression.as<ConvertUsing>());
    case ExpressionKind::kCollate:
      return f(expression.as<Collate>());
    case ExpressionKind::kMatchAgainst:
      return f(expression.as<MatchAgainst>());
    case ExpressionKind::kMaxValue:
      break;
  }
  return f(expression.as<MaxValue>());
}

namespace detail {

/// Calls `f` with each direct operand; subqueries are not entered.
template <class F>
struct ChildVisitor {
  F& f;
  void one(const Expression* child) const {
    if (child != nullptr) f(*child);
  }
  void all(ExpressionList children) const {
    for (const Expression* child : children) one(child);
  }
  void order(List<OrderItem> items) const {
    for (const OrderItem& item : items) one(item.expression);
  }

  void operator()(const Expression&) const {}  // leaves
  void operator()(const VariableAssignment& node) const { one(node.value); }
  void operator()(const Unary& node) const { one(node.operand); }
  void operator()(const Binary& node) const { one(node.left), one(node.right); }
  void operator()(const IsTest& node) const { one(node.operand); }
  void operator()(const Between& node) const { one(node.operand), one(node.low), one(node.high); }
  void operator()(const InList& node) const { one(node.operand), all(node.values); }
  void operator()(const InSubquery& node) const { one(node.operand); }
  void operator()(const Like& node) const { one(node.operand), one(node.pattern); }
  void operator()(const Regexp& node) const { one(node.operand), one(node.pattern); }
  void operator()(const QuantifiedComparison& node) const { one(node.left); }
  void operator()(const Row& node) const { all(node.values); }
  void operator()(const Case& node) const {
    one(node.operand);
    for (const WhenClause& clause : node.when_clauses) one(clause.condition), one(clause.result);
    one(node.else_result);
  }
  void operator()(const FunctionCall& node) const { all(node.arguments); }
  void operator()(const Aggregate& node) const { all(node.arguments), order(node.order_by); }
  void operator()(const WindowFunction& node) const {
    all(node.arguments);
    all(node.window->partition_by);
    order(node.window->order_by);
    if (node.window->frame != nullptr) one(node.window->frame->begin.offset), one(node.window->frame->end.offset);
  }
  void operator()(const Cast& node) const { one(node.operand); }
  void operator()(const ConvertUsing& node) const { one(node.operand); }
  void operator()(const Collate& node) const { one(node.operand); }
  void operator()(const DefaultValue& node) const { one(node.column); }
  void operator()(const ValuesReference& node) const { one(node.column); }
  void operator()(const MatchAgainst& node) const {
    for (const ColumnReference* column : node.columns) one(column);
    one(node.against);
  }
};

}  // namespace detail

/// Calls `f(const Expression&)` with each direct operand, left to right. Queries inside (subqueries, EXISTS, IN) are not entered.
template <class F>
void for_each_child(const Expression& expression, F&& f) {
  visit_expression(expression, detail::ChildVisitor<std::remove_reference_t<F>>{f});
}

/// Calls `visit(const Expression&)` with `expression` and all below it, a parent before its operands, outside of the queries inside; it returns
/// whether to go further down. Chains of binary operators are walked without recursion on their left side, where the parser makes them long.
template <class F>
void walk_expression(const Expression& expression, const F& visit) {
  const Expression* current = &expression;
  while (true) {
    if (!visit(*current)) return;
    const auto* chain = current->try_as<Binary>();
    if (chain == nullptr) break;
    walk_expression(*chain->right, visit);
    current = chain->left;
  }
  for_each_child(*current, [&](const Expression& operand) { walk_expression(operand, visit); });
}

}  // namespace sluice::sql
