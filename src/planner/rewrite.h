/// Logical rewriting: the rules and their order.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "base/stop_token.h"
#include "expression/build_context.h"
#include "planner/logical_plan.h"
#include "planner/plan_context.h"

namespace sluice::planner {

class Cardinality;

/// What rules work with.
struct RewriteContext {
  const expression::BuildContext& build;
  expression::EvalContext* eval = nullptr;
  const PlannerSettings& settings;
  std::function<std::int64_t()> next_column_id;
  StopToken stop;

  ExpressionPtr call(std::string_view name, std::vector<ExpressionPtr> arguments) const;
  ExpressionPtr fold(const ExpressionPtr& expression) const;
};

/// A rule takes a whole plan and returns an equivalent one, whose output has the same columns (by id; the order may change).
struct RewriteRule {
  std::string_view name;
  LogicalPtr (*apply)(LogicalPtr plan, RewriteContext& context);
};

/// All rules, in the order in which they run.
std::span<const RewriteRule> rewrite_rules();

/// Runs all rules. Polls per node.
LogicalPtr rewrite(LogicalPtr plan, RewriteContext& context);

// The rules, one file each (rewrite_*.cc).

/// Dependent joins become joins where the correlation can be pulled up (after Neumann and Kemper, "Unnesting Arbitrary Queries", BTW 2015;
/// Galindo-Legaria and Joshi, "Orthogonal Optimization of Subqueries and Aggregation", SIGMOD 2001). What remains dependent runs as Apply.
LogicalPtr unnest_subqueries(LogicalPtr plan, RewriteContext& context);
/// Conditions move to where their columns are produced; outer joins whose NULL rows are rejected become inner; equalities pass conditions on
/// to equal columns; what can never be true becomes an empty Dual.
LogicalPtr push_down_predicates(LogicalPtr plan, RewriteContext& context);
/// MIN or MAX of a column, alone, becomes the first row in that column's order.
LogicalPtr eliminate_min_max(LogicalPtr plan, RewriteContext& context);
/// Inner joins are put in the cheapest order found.
LogicalPtr reorder_joins(LogicalPtr plan, RewriteContext& context);
/// LIMIT (with its ORDER BY) moves into UNION ALL, under projections and to the preserved side of outer joins.
LogicalPtr push_down_limits(LogicalPtr plan, RewriteContext& context);
/// An outer join whose other side is not used and cannot multiply rows is dropped; so are aggregates over unique groups.
LogicalPtr eliminate_outer_joins(LogicalPtr plan, RewriteContext& context);
/// Nodes keep the columns that something above uses.
LogicalPtr prune_columns(LogicalPtr plan, RewriteContext& context);
/// Projections that only pass columns on disappear.
LogicalPtr eliminate_projections(LogicalPtr plan, RewriteContext& context);

/// `child` with exactly the columns `wanted`, in that order: for parents that match columns by place.
LogicalPtr with_layout(LogicalPtr child, const std::vector<OutputColumn>& wanted);

/// An empty plan with the columns of `node`.
LogicalPtr empty_like(const LogicalNode& node);

}  // namespace sluice::planner
