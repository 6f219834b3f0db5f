/// Walking the syntax tree of one expression.
#pragma once

#include <functional>

#include "sql/ast_expression.h"

namespace sluice::planner {

/// Calls `visit` for `syntax` and everything below it, outside of subqueries; it returns whether to go further down. Chains of AND and OR are walked
/// without recursion on their left side.
void walk_expression(const sql::Expression& syntax, const std::function<bool(const sql::Expression&)>& visit);

}  // namespace sluice::planner
