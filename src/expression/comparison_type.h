#pragma once

#include "expression/build_context.h"
#include "expression/expression.h"

namespace sluice::expression {

/// Casts `left` and `right` to the type under which they compare (comparison_type()), turning constants beside a column into
/// constants of the column's kind where the outcome is the same, so that ranges can be made of them.
/// `operation`: eq, ne, lt...; decides whether a label may become its number.
void cast_for_comparison(ExpressionPtr& left, ExpressionPtr& right, std::string_view operation,
                         const BuildContext& context);

/// The operator's sign, for messages: "=" for eq.
std::string_view comparison_sign(std::string_view operation);

}  // namespace sluice::expression
