#include "base/check.h"
#include "base/sql_error.h"
#include "planner/binder.h"
#include "planner/column_supply.h"
#include "planner/functional_dependency.h"

namespace sluice::planner {

namespace {

/// The ANDed terms of a condition, in order; long chains are walked in a loop.
std::vector<const sql::Expression*> conjuncts_of(const sql::Expression& syntax) {
  std::vector<const sql::Expression*> terms;
  std::vector<const sql::Expression*> pending = {&syntax};
  while (!pending.empty()) {
    const sql::Expression* term = pending.back();
    pending.pop_back();
    const auto* binary = term->try_as<sql::Binary>();
    if (binary != nullptr && binary->op == sql::BinaryOperator::kAnd) {
      pending.push_back(binary->right);
      pending.push_back(binary->left);
    } else {
      terms.push_back(term);
    }
  }
  return terms;
}

bool may_be_null(const Expression& expression) {
  if (const Constant* constant = as_constant(expression)) return constant->is_null();
  return !expression.type().not_null();
}

bool comparison_may_be_null(const Expression& comparison) {
  const FunctionCall* call = as_call(comparison);
  if (call == nullptr) return true;
  for (const ExpressionPtr& child : call->children()) {
    if (may_be_null(*child)) return true;
  }
  return false;
}

std::string_view name_of(sql::BinaryOperator op) {
  switch (op) {
    case sql::BinaryOperator::kEqual:
      return "eq";
    case sql::BinaryOperator::kNotEqual:
      return "ne";
    case sql::BinaryOperator::kLess:
      return "lt";
    case sql::BinaryOperator::kLessOrEqual:
      return "le";
    case sql::BinaryOperator::kGreater:
      return "gt";
    case sql::BinaryOperator::kGreaterOrEqual:
      return "ge";
    default:
      return {};
  }
}

bool has_shared_parts(const LogicalNode& node) {
  if (node.kind == LogicalKind::kCteScan || node.kind == LogicalKind::kCteTable) return true;
  for (const LogicalPtr& child : node.children) {
    if (has_shared_parts(*child)) return true;
  }
  return false;
}

}  // namespace

ExpressionPtr Binder::output_ref(const OutputColumn& column, const types::CollationClaim& claim) const {
  ExpressionPtr reference = column_ref(column);
  const bool insists = claim.coercibility == types::Coercibility::kExplicit && column.type.is_string();
  return insists ? expression::make_collate(std::move(reference), claim.collation, build_) : reference;
}

LogicalPtr Binder::bind_subquery(const sql::Query& query, Block& block) {
  // The subquery sees the block's columns by the rules of the clause that it stands in.
  return bind_query(query, &block);
}

bool Binder::can_evaluate_now(const LogicalNode& plan) const {
  return evaluate_subquery != nullptr && !in_write_ && !locks_rows && !in_view_ && context_.resolved_lists == nullptr &&
         innermost_cte_ == nullptr && free_columns(plan).empty() && !has_shared_parts(plan);
}

std::vector<ExpressionPtr> Binder::attach_scalar(LogicalPtr plan, Block& block) {
  std::vector<OutputColumn> outputs = plan->schema;
  std::vector<types::CollationClaim> claims;
  for (std::size_t i = 0; i < outputs.size(); ++i) claims.push_back(claim_of_output(*plan, i));
  if (can_evaluate_now(*plan)) {
    const auto rows = evaluate_subquery(std::move(plan), 2);
    if (rows.size() > 1) throw SqlError(ErrorCode::kSubqueryNo1Row);
    is_cacheable = false;
    std::vector<ExpressionPtr> values;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      types::FieldType type = outputs[i].type;
      type.clear_flag(types::field_flag::kNotNull);
      values.push_back(
          std::make_shared<Constant>(rows.empty() ? types::Value::null() : rows[0][i], type, claims[i].coercibility));
    }
    return values;
  }
  for (OutputColumn& column : outputs) {
    // Plain columns get a new id: the same table may stand outside as well, and NULL may be added.
    column.type.clear_flag(types::field_flag::kNotNull);
  }
  LogicalPtr right = std::move(plan);
  if (!returns_one_row(*right)) {
    auto one = std::make_unique<LogicalMaxOneRow>();
    one->schema = right->schema;
    for (OutputColumn& column : one->schema) column.type.clear_flag(types::field_flag::kNotNull);
    one->children.push_back(std::move(right));
    right = std::move(one);
  }
  auto join = std::make_unique<LogicalJoin>();
  join->type = JoinType::kInner;
  join->may_decorrelate = block.hints == nullptr || !block.hints->no_decorrelate;
  join->children.push_back(std::move(block.plan));
  join->children.push_back(std::move(right));
  join->dependent = free_columns(*join->children[1]).size() > 0;
  set_join_schema(*join);
  block.plan = std::move(join);
  std::vector<ExpressionPtr> values;
  for (std::size_t i = 0; i < outputs.size(); ++i) values.push_back(output_ref(outputs[i], claims[i]));
  return values;
}

ExpressionPtr Binder::bind_scalar_subquery(const sql::Query& query, Block& block) {
  LogicalPtr plan = bind_subquery(query, block);
  if (plan->schema.size() != 1) throw SqlError(ErrorCode::kOperandColumns, 1);
  return attach_scalar(std::move(plan), block)[0];
}

std::vector<ExpressionPtr> Binder::bind_row_subquery(const sql::Query& query, Block& block) {
  return attach_scalar(bind_subquery(query, block), block);
}

ExpressionPtr Binder::bind_mark(std::vector<ExpressionPtr> left, std::string_view comparison, const sql::Query& query,
                                bool negated, Block& block) {
  LogicalPtr right = bind_subquery(query, block);
  if (right->schema.size() != left.size()) throw SqlError(ErrorCode::kOperandColumns, left.size());
  if (left.size() > 1 && comparison != "eq") throw SqlError(ErrorCode::kOperandColumns, 1);
  auto join = std::make_unique<LogicalJoin>();
  join->type = negated ? JoinType::kAntiLeftOuterSemi : JoinType::kLeftOuterSemi;
  join->may_decorrelate = block.hints == nullptr || !block.hints->no_decorrelate;
  bool nullable = false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    ExpressionPtr condition =
        call(comparison, {over_groups(left[i], block), output_ref(right->schema[i], claim_of_output(*right, i))});
    nullable = nullable || comparison_may_be_null(*condition);
    join->null_aware_conditions.push_back(std::move(condition));
  }
  if (!nullable) join->conditions = std::exchange(join->null_aware_conditions, {});
  OutputColumn mark;
  mark.column_id = next_column_id();
  mark.type = types::FieldType::boolean();
  if (!nullable) mark.type.set_flag(types::field_flag::kNotNull);
  join->dependent = free_columns(*right).size() > 0;
  join->children.push_back(std::move(block.plan));
  join->children.push_back(std::move(right));
  set_join_schema(*join, &mark);
  block.plan = std::move(join);
  return column_ref(mark);
}

ExpressionPtr Binder::bind_exists(const sql::Query& query, bool negated, Block& block) {
  LogicalPtr right = bind_subquery(query, block);
  if (can_evaluate_now(*right)) {
    const bool exists = !evaluate_subquery(std::move(right), 1).empty();
    is_cacheable = false;
    return expression::make_int(exists != negated ? 1 : 0);
  }
  auto join = std::make_unique<LogicalJoin>();
  join->type = negated ? JoinType::kAntiLeftOuterSemi : JoinType::kLeftOuterSemi;
  join->may_decorrelate = block.hints == nullptr || !block.hints->no_decorrelate;
  OutputColumn mark;
  mark.column_id = next_column_id();
  mark.type = types::FieldType::boolean();
  mark.type.set_flag(types::field_flag::kNotNull);
  join->dependent = free_columns(*right).size() > 0;
  join->children.push_back(std::move(block.plan));
  join->children.push_back(std::move(right));
  set_join_schema(*join, &mark);
  block.plan = std::move(join);
  return column_ref(mark);
}

void Binder::attach_semi_join(LogicalPtr right, std::vector<ExpressionPtr> comparisons, bool negated, Block& block) {
  auto join = std::make_unique<LogicalJoin>();
  join->type = negated ? JoinType::kAntiSemi : JoinType::kSemi;
  join->may_decorrelate = block.hints == nullptr || !block.hints->no_decorrelate;
  bool nullable = false;
  for (const ExpressionPtr& comparison : comparisons) nullable = nullable || comparison_may_be_null(*comparison);
  (negated && nullable ? join->null_aware_conditions : join->conditions) = std::move(comparisons);
  join->dependent = free_columns(*right).size() > 0;
  join->children.push_back(std::move(block.plan));
  join->children.push_back(std::move(right));
  set_join_schema(*join);
  block.plan = std::move(join);
}

bool Binder::try_semi_join(const sql::Expression& conjunct, bool negated, Block& block) {
  if (const auto* unary = conjunct.try_as<sql::Unary>()) {
    const bool is_not = unary->op == sql::UnaryOperator::kNot || unary->op == sql::UnaryOperator::kExclamation;
    return is_not && try_semi_join(*unary->operand, !negated, block);
  }
  if (const auto* exists = conjunct.try_as<sql::Exists>()) {
    LogicalPtr right = bind_subquery(*exists->query, block);
    if (can_evaluate_now(*right)) {
      const bool found = !evaluate_subquery(std::move(right), 1).empty();
      is_cacheable = false;
      block.plan = with_selection(std::move(block.plan), {expression::make_int(found != negated ? 1 : 0)});
      return true;
    }
    attach_semi_join(std::move(right), {}, negated, block);
    return true;
  }
  std::string_view comparison = "eq";
  const sql::Expression* operand = nullptr;
  const sql::Query* query = nullptr;
  if (const auto* in = conjunct.try_as<sql::InSubquery>()) {
    operand = in->operand;
    query = in->query;
    negated ^= in->is_negated;
  } else if (const auto* quantified = conjunct.try_as<sql::QuantifiedComparison>()) {
    comparison = name_of(quantified->op);
    if (comparison.empty()) return false;
    operand = quantified->left;
    query = quantified->query;
    if (quantified->quantifier == sql::Quantifier::kAll) {
      comparison = negated_comparison(comparison);
      negated = !negated;
    }
  } else {
    return false;
  }
  const std::vector<ExpressionPtr> left = bind_row(*operand, block);
  LogicalPtr right = bind_subquery(*query, block);
  if (right->schema.size() != left.size()) throw SqlError(ErrorCode::kOperandColumns, left.size());
  if (left.size() > 1 && comparison != "eq") throw SqlError(ErrorCode::kOperandColumns, 1);
  std::vector<ExpressionPtr> comparisons;
  for (std::size_t i = 0; i < left.size(); ++i) {
    comparisons.push_back(
        call(comparison, {over_groups(left[i], block), output_ref(right->schema[i], claim_of_output(*right, i))}));
  }
  attach_semi_join(std::move(right), std::move(comparisons), negated, block);
  return true;
}

void Binder::bind_conditions(const sql::Expression& syntax, Block& block) {
  std::vector<ExpressionPtr> conditions;
  std::size_t count = 0;
  for (const sql::Expression* conjunct : conjuncts_of(syntax)) {
    if (++count % 256 == 0) poll();
    if (try_semi_join(*conjunct, false, block)) continue;
    ExpressionPtr bound = over_groups(fold(bind_expression(*conjunct, block)), block);
    expression::split_conjuncts(bound, conditions);
  }
  block.plan = with_selection(std::move(block.plan), std::move(conditions));
}

}  // namespace sluice::planner
