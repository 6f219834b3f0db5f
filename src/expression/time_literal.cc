#include "expression/time_literal.h"

#include <algorithm>
#include <memory>
#include <string>

#include "base/sql_error.h"
#include "expression/function_registry.h"
#include "expression/time_kernel.h"
#include "types/time_parse.h"

namespace sluice::expression {

namespace {

[[noreturn]] void refuse(std::string_view kind, std::string_view text) {
  std::string message = "Incorrect ";
  message.append(kind).append(" value: '").append(text).append("'");
  throw SqlError::with_message(ErrorCode::kTruncatedWrongValue, message);
}

/// A long run of digits is a number such as 20171231, which is no literal's form.
bool starts_with_year(std::string_view text) {
  constexpr std::size_t kYearDigitsMax = 4;
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  const std::size_t end = std::min(text.find_first_not_of("0123456789", begin), text.size());
  return end - begin <= kYearDigitsMax && end != begin;
}

types::TimeParse parse_date(std::string_view kind, std::string_view text, const BuildContext& context) {
  types::TimeParseOptions options;
  options.allow_invalid_dates = context.sql_mode.has(types::SqlMode::kAllowInvalidDates);
  if (context.evaluation != nullptr) options.zone = context.evaluation->time_zone;
  types::TimeParse parse;
  if (!types::parse_time(text, options, parse) || parse.truncated) refuse(kind, text);
  const bool is_zero = parse.value.date_only().is_zero();
  const types::SqlMode::Bit forbidden = is_zero ? types::SqlMode::kNoZeroDate : types::SqlMode::kNoZeroInDate;
  if (parse.value.is_zero_in_date() && context.sql_mode.has(forbidden)) refuse(kind, text);
  return parse;
}

}  // namespace

ExpressionPtr make_date_literal(std::string_view text, const BuildContext& context) {
  const types::TimeParse parse = parse_date("date", text, context);
  if (parse.has_clock) refuse("date", text);
  return std::make_shared<Constant>(types::Value(parse.value), date_type());
}

ExpressionPtr make_timestamp_literal(std::string_view text, const BuildContext& context) {
  if (!starts_with_year(text)) refuse("datetime", text);
  const types::TimeParse parse = parse_date("datetime", text, context);
  if (!parse.has_clock) refuse("datetime", text);
  return std::make_shared<Constant>(types::Value(parse.value), datetime_type(parse.fraction_digits));
}

ExpressionPtr make_time_literal(std::string_view text, const BuildContext&) {
  types::DurationParse parse;
  const bool is_read = is_duration_text(text) && types::parse_duration(text, types::kMaxFsp, parse);
  if (!is_read || parse.truncated || parse.overflow) refuse("time", text);
  return std::make_shared<Constant>(types::Value(parse.value), duration_type(parse.fraction_digits));
}

}  // namespace sluice::expression
