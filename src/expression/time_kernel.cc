#include "expression/time_kernel.h"

#include <algorithm>

#include "types/time_parse.h"

namespace sluice::expression {

using types::Time;

const types::TimeZone& zone_of(const EvalContext& context) {
  return context.time_zone == nullptr ? *types::TimeZone::utc() : *context.time_zone;
}

Time statement_time(const EvalContext& context, int fsp) {
  const std::optional<Time> now = types::time_from_unix_microseconds(context.statement_time_us, &zone_of(context));
  return types::truncate_time(now.value_or(Time{}), fsp);
}

int argument_fsp(const FunctionBinder& binder, std::size_t index) {
  const types::FieldType& type = binder.argument_type(index);
  if (type.is_temporal()) return type.fsp();
  if (type.is_integer() || type.code == types::TypeCode::kYear) return 0;
  if (type.code == types::TypeCode::kNewDecimal) return std::clamp<int>(type.decimals, 0, types::kMaxFsp);
  const types::Value* literal = binder.constant_argument(index);
  if (literal == nullptr || literal->kind() != types::Value::Kind::kString) return types::kMaxFsp;
  const std::string& text = literal->as_string();
  const std::size_t point = text.rfind('.');
  if (point == std::string::npos) return 0;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
  return static_cast<int>(std::min<std::size_t>(end - point - 1, types::kMaxFsp));
}

int literal_fsp(const FunctionBinder& binder, std::size_t index) {
  if (index >= binder.argument_count()) return 0;
  const types::Value* literal = binder.constant_argument(index);
  if (literal == nullptr || literal->kind() != types::Value::Kind::kInt64)
    throw SqlError(ErrorCode::kWrongArguments, binder.definition().name);
  const std::int64_t fsp = literal->as_int64();
  if (fsp < 0 || fsp > types::kMaxFsp)
    throw SqlError(ErrorCode::kTooBigPrecision, fsp, binder.definition().name, types::kMaxFsp);
  return static_cast<int>(fsp);
}

void report_overflow(EvalContext& context) {
  types::ConversionContext conversion = make_conversion_context(context);
  conversion.report(SqlError(ErrorCode::kDatetimeFunctionOverflow, "datetime"));
}

void report_incorrect(EvalContext& context, std::string_view kind, std::string_view text) {
  types::ConversionContext conversion = make_conversion_context(context);
  std::string message = "Incorrect ";
  message.append(kind).append(" value: '").append(text).append("'");
  conversion.report(SqlError::with_message(ErrorCode::kTruncatedWrongValue, message));
}

std::optional<ReadTime> read_time(EvalContext& context, std::string_view text) {
  types::ConversionContext conversion = make_conversion_context(context);
  types::TimeParseOptions options;
  options.allow_invalid_dates = context.sql_mode.has(types::SqlMode::kAllowInvalidDates);
  options.zone = &zone_of(context);
  types::TimeParse parse;
  const bool is_read = types::parse_time(text, options, parse);
  // The conversion also judges zero dates and leftover text, and reports.
  if (!is_read || parse.truncated || parse.value.is_zero_in_date()) {
    static const types::FieldType datetime = types::FieldType::datetime(types::kMaxFsp);
    Time converted;
    if (!types::string_to_time(text, datetime, conversion, converted)) return std::nullopt;
  }
  return ReadTime{parse.value, parse.has_clock};
}

bool is_duration_text(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const std::string_view whole = text.substr(0, text.find('.'));
  if (whole.find_first_not_of("0123456789: ") != std::string_view::npos) return false;
  const bool is_plain_number = whole.find_first_of(": ") == std::string_view::npos;
  constexpr std::size_t kDigitsMax = 7;
  if (is_plain_number) return whole.size() <= kDigitsMax;
  // Days have one or two digits, hours up to three: "2024:01:01" is a date.
  constexpr std::size_t kHourDigitsMax = 3;
  const std::size_t first = std::min(whole.find_first_of(": "), whole.size());
  return first <= kHourDigitsMax;
}

types::IntervalUnit literal_unit(const FunctionBinder& binder, std::size_t index) {
  const types::Value* literal = binder.constant_argument(index);
  if (literal != nullptr && literal->kind() == types::Value::Kind::kString) {
    if (const std::optional<types::IntervalUnit> unit = types::find_interval_unit(literal->as_string())) return *unit;
  }
  throw SqlError(ErrorCode::kWrongArguments, binder.definition().name);
}

}  // namespace sluice::expression
