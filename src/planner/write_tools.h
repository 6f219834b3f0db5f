#pragma once

#include <cstdint>
#include <vector>

#include "expression/expression.h"
#include "sql/ast_expression.h"

namespace sluice::planner {

/// Turns column ids into positions: `ids[i]` becomes the column at `first_position + i`; other columns stay as they are.
expression::ExpressionPtr at_positions(const expression::ExpressionPtr& expression,
                                       const std::vector<std::int64_t>& ids, int first_position);

/// True for DEFAULT without a column's name, as in VALUES (DEFAULT) and SET a = DEFAULT.
bool is_default_keyword(const sql::Expression& syntax);

}  // namespace sluice::planner
