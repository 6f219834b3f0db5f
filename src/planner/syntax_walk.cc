#include "planner/syntax_walk.h"

namespace sluice::planner {

void for_each_operand(const sql::Expression& syntax, const std::function<void(const sql::Expression&)>& visit) {
  using Kind = sql::ExpressionKind;
  const auto maybe = [&](const sql::Expression* operand) {
    if (operand != nullptr) visit(*operand);
  };
  const auto each = [&](sql::ExpressionList list) {
    for (const sql::Expression* operand : list) visit(*operand);
  };
  switch (syntax.kind) {
    case Kind::kVariableAssignment:
      maybe(syntax.as<sql::VariableAssignment>().value);
      break;
    case Kind::kDefault:
      maybe(syntax.as<sql::DefaultValue>().column);
      break;
    case Kind::kValuesReference:
      maybe(syntax.as<sql::ValuesReference>().column);
      break;
    case Kind::kUnary:
      maybe(syntax.as<sql::Unary>().operand);
      break;
    case Kind::kBinary:
      maybe(syntax.as<sql::Binary>().left);
      maybe(syntax.as<sql::Binary>().right);
      break;
    case Kind::kIsTest:
      maybe(syntax.as<sql::IsTest>().operand);
      break;
    case Kind::kBetween:
      maybe(syntax.as<sql::Between>().operand);
      maybe(syntax.as<sql::Between>().low);
      maybe(syntax.as<sql::Between>().high);
      break;
    case Kind::kInList:
      maybe(syntax.as<sql::InList>().operand);
      each(syntax.as<sql::InList>().values);
      break;
    case Kind::kInSubquery:
      maybe(syntax.as<sql::InSubquery>().operand);
      break;
    case Kind::kLike:
      maybe(syntax.as<sql::Like>().operand);
      maybe(syntax.as<sql::Like>().pattern);
      break;
    case Kind::kRegexp:
      maybe(syntax.as<sql::Regexp>().operand);
      maybe(syntax.as<sql::Regexp>().pattern);
      break;
    case Kind::kQuantifiedComparison:
      maybe(syntax.as<sql::QuantifiedComparison>().left);
      break;
    case Kind::kRow:
      each(syntax.as<sql::Row>().values);
      break;
    case Kind::kCase: {
      const auto& choice = syntax.as<sql::Case>();
      maybe(choice.operand);
      for (const sql::WhenClause& when : choice.when_clauses) {
        maybe(when.condition);
        maybe(when.result);
      }
      maybe(choice.else_result);
      break;
    }
    case Kind::kFunction:
      each(syntax.as<sql::FunctionCall>().arguments);
      break;
    case Kind::kAggregate: {
      const auto& aggregate = syntax.as<sql::Aggregate>();
      each(aggregate.arguments);
      for (const sql::OrderItem& item : aggregate.order_by) maybe(item.expression);
      break;
    }
    case Kind::kWindowFunction: {
      const auto& function = syntax.as<sql::WindowFunction>();
      each(function.arguments);
      if (function.window == nullptr) break;
      each(function.window->partition_by);
      for (const sql::OrderItem& item : function.window->order_by) maybe(item.expression);
      break;
    }
    case Kind::kCast:
      maybe(syntax.as<sql::Cast>().operand);
      break;
    case Kind::kConvertUsing:
      maybe(syntax.as<sql::ConvertUsing>().operand);
      break;
    case Kind::kCollate:
      maybe(syntax.as<sql::Collate>().operand);
      break;
    case Kind::kMatchAgainst:
      maybe(syntax.as<sql::MatchAgainst>().against);
      break;
    case Kind::kLiteral:
    case Kind::kColumn:
    case Kind::kParameter:
    case Kind::kUserVariable:
    case Kind::kSystemVariable:
    case Kind::kExists:
    case Kind::kSubquery:
    case Kind::kMaxValue:
      break;
  }
}

void walk_expression(const sql::Expression& syntax, const std::function<bool(const sql::Expression&)>& visit) {
  const sql::Expression* current = &syntax;
  while (true) {
    if (!visit(*current)) return;
    const auto* chain = current->try_as<sql::Binary>();
    if (chain == nullptr) break;
    walk_expression(*chain->right, visit);
    current = chain->left;
  }
  for_each_operand(*current, [&](const sql::Expression& operand) { walk_expression(operand, visit); });
}

}  // namespace sluice::planner
