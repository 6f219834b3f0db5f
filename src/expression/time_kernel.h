#pragma once

#include <optional>
#include <string_view>

#include "expression/conversion.h"
#include "expression/text_kernel.h"
#include "types/convert.h"
#include "types/time_arithmetic.h"
#include "types/time_zone.h"

// What the time functions share.

namespace sluice::expression {

/// The session's zone; UTC if the context has none.
const types::TimeZone& zone_of(const EvalContext& context);

/// NOW() of the statement in the session's zone, cut to `fsp` digits.
types::Time statement_time(const EvalContext& context, int fsp);

/// Fractional digits that argument `index` may have: those of its type, of its literal text, or 6 if unknown.
int argument_fsp(const FunctionBinder& binder, std::size_t index);

/// The literal fsp of argument `index` (NOW(3)), 0 without such an argument. Throws: SqlError 1426 if above 6.
int literal_fsp(const FunctionBinder& binder, std::size_t index);

/// Warns 1441, or throws it in strict DML; the function then returns NULL.
void report_overflow(EvalContext& context);

/// Warns 1292 "Incorrect datetime value"; the function then returns NULL.
void report_incorrect(EvalContext& context, std::string_view kind, std::string_view text);

/// Reads text as a date and time. Nothing after a warning if it is none or its date is zero where that is forbidden.
struct ReadTime {
  types::Time value;
  bool has_clock;
};
std::optional<ReadTime> read_time(EvalContext& context, std::string_view text);

/// Whether text has the form of a TIME rather than that of a DATE or DATETIME.
bool is_duration_text(std::string_view text);

/// The unit that literal argument `index` names. Throws: SqlError 1210 if it is none.
types::IntervalUnit literal_unit(const FunctionBinder& binder, std::size_t index);

}  // namespace sluice::expression
