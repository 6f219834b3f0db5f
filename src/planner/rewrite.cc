#include "planner/rewrite.h"

#include "planner/expression_tools.h"

namespace sluice::planner {

namespace {

constexpr RewriteRule kRules[] = {
    {"unnest_subqueries", unnest_subqueries},
    {"push_down_predicates", push_down_predicates},
    {"prune_columns", prune_columns},
    {"eliminate_outer_joins", eliminate_outer_joins},
    {"eliminate_projections", eliminate_projections},
    {"eliminate_min_max", eliminate_min_max},
    {"reorder_joins", reorder_joins},
    {"push_down_limits", push_down_limits},
    {"prune_columns", prune_columns},
};

}  // namespace

ExpressionPtr RewriteContext::call(std::string_view name, std::vector<ExpressionPtr> arguments) const {
  return expression::make_function(name, std::move(arguments), build);
}

ExpressionPtr RewriteContext::fold(const ExpressionPtr& expression) const {
  return eval == nullptr ? expression : expression::fold_constants(expression, *eval);
}

std::span<const RewriteRule> rewrite_rules() { return kRules; }

LogicalPtr rewrite(LogicalPtr plan, RewriteContext& context) {
  for (const RewriteRule& rule : kRules) {
    context.stop.poll();
    plan = rule.apply(std::move(plan), context);
  }
  return plan;
}

LogicalPtr with_layout(LogicalPtr child, const std::vector<OutputColumn>& wanted) {
  bool same = child->schema.size() == wanted.size();
  for (std::size_t i = 0; same && i < wanted.size(); ++i) same = child->schema[i].column_id == wanted[i].column_id;
  if (same) return child;
  auto layout = std::make_unique<LogicalProjection>();
  layout->schema = wanted;
  for (const OutputColumn& column : wanted) layout->expressions.push_back(column_ref(column));
  layout->children.push_back(std::move(child));
  return layout;
}

LogicalPtr empty_like(const LogicalNode& node) {
  auto empty = std::make_unique<LogicalDual>();
  empty->row_count = 0;
  empty->schema = node.schema;
  return empty;
}

}  // namespace sluice::planner
