#include "planner/rewrite.h"

#include "planner/expression_tools.h"

namespace sluice::planner {

namespace {

constexpr RewriteRule kRules[] = {
    {"push_down_predicates", push_down_predicates},
    {"prune_columns", prune_columns},
    {"eliminate_projections", eliminate_projections},
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

LogicalPtr empty_like(const LogicalNode& node) {
  auto empty = std::make_unique<LogicalDual>();
  empty->row_count = 0;
  empty->schema = node.schema;
  return empty;
}

}  // namespace sluice::planner
