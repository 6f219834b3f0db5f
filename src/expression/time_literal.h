#pragma once

#include <string_view>

#include "expression/build_context.h"
#include "expression/expression.h"

namespace sluice::expression {

/// The literals DATE '...', TIME '...' and TIMESTAMP '...' as constants of type DATE, TIME and DATETIME, with as many
/// fractional digits as are written.
///
/// Throws: SqlError 1292 if the text has not the form of the type (a DATE with a clock, a TIMESTAMP without one), is
/// followed by other text, or is a zero date that the sql_mode forbids.
ExpressionPtr make_date_literal(std::string_view text, const BuildContext& context);
ExpressionPtr make_time_literal(std::string_view text, const BuildContext& context);
ExpressionPtr make_timestamp_literal(std::string_view text, const BuildContext& context);

}  // namespace sluice::expression
