// Dates and times as text and back: DATE_FORMAT, TIME_FORMAT, STR_TO_DATE, GET_FORMAT.

#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/time_kernel.h"
#include "types/time_format.h"

namespace sluice::expression {

using types::Duration;
using types::Time;

namespace {

bool date_format(TextResult& result, Time time, std::string_view format) {
  return !format.empty() && types::format_time(time, format, result.out);
}

bool time_format(TextResult& result, Duration duration, std::string_view format) {
  return !format.empty() && types::format_duration(duration, format, result.out);
}

void report_not_by_format(EvalContext& context, std::string_view text) {
  types::ConversionContext conversion = make_conversion_context(context);
  conversion.report(SqlError(ErrorCode::kWrongValueForType, "datetime", text, "str_to_date"));
}

std::optional<types::TimeParts> read_by_format(RowContext& context, std::string_view text, std::string_view format) {
  types::StrToDate parsed;
  if (!types::parse_with_format(text, format, parsed)) {
    report_not_by_format(context.context, text);
    return std::nullopt;
  }
  if (parsed.truncated) {
    types::ConversionContext conversion = make_conversion_context(context.context);
    conversion.warn(SqlError(ErrorCode::kTruncatedWrongValue,
                             context.call.type().code == types::TypeCode::kDate ? "date" : "datetime", text));
  }
  return parsed.parts;
}

std::optional<Time> str_to_datetime(RowContext& context, std::string_view text, std::string_view format) {
  const std::optional<types::TimeParts> parts = read_by_format(context, text, format);
  if (!parts) return std::nullopt;
  Time time = Time::from_parts(*parts);
  // Here NO_ZERO_DATE alone decides, also over a year of zero and over single zero parts.
  const bool has_zero = parts->year == 0 || parts->month == 0 || parts->day == 0;
  const bool is_forbidden = has_zero && context.context.sql_mode.has(types::SqlMode::kNoZeroDate);
  if (is_forbidden) {
    report_not_by_format(context.context, text);
    return std::nullopt;
  }
  if (context.call.type().code == types::TypeCode::kDate) time = time.date_only();
  return time;
}

std::optional<Duration> str_to_duration(RowContext& context, std::string_view text, std::string_view format) {
  const std::optional<types::TimeParts> parts = read_by_format(context, text, format);
  if (!parts) return std::nullopt;
  return Duration::from_parts(false, parts->hour, parts->minute, parts->second, parts->microsecond);
}

/// GET_FORMAT's table. Source: MySQL manual, "Date and Time Functions", GET_FORMAT.
struct StandardFormat {
  std::string_view kind;
  std::string_view place;
  std::string_view format;
};
constexpr StandardFormat kStandardFormats[] = {
    {"DATE", "USA", "%m.%d.%Y"},
    {"DATE", "JIS", "%Y-%m-%d"},
    {"DATE", "ISO", "%Y-%m-%d"},
    {"DATE", "EUR", "%d.%m.%Y"},
    {"DATE", "INTERNAL", "%Y%m%d"},
    {"DATETIME", "USA", "%Y-%m-%d %H.%i.%s"},
    {"DATETIME", "JIS", "%Y-%m-%d %H:%i:%s"},
    {"DATETIME", "ISO", "%Y-%m-%d %H:%i:%s"},
    {"DATETIME", "EUR", "%Y-%m-%d %H.%i.%s"},
    {"DATETIME", "INTERNAL", "%Y%m%d%H%i%s"},
    {"TIME", "USA", "%h:%i:%s %p"},
    {"TIME", "JIS", "%H:%i:%s"},
    {"TIME", "ISO", "%H:%i:%s"},
    {"TIME", "EUR", "%H.%i.%s"},
    {"TIME", "INTERNAL", "%H%i%s"},
};

std::string upper_word(std::string_view text) {
  std::string upper(text);
  for (char& character : upper)
    character = character >= 'a' && character <= 'z' ? static_cast<char>(character - 32) : character;
  return upper;
}

std::optional<std::string_view> get_format(std::string_view kind, std::string_view place) {
  const std::string wanted_kind = upper_word(kind) == "TIMESTAMP" ? "DATETIME" : upper_word(kind);
  const std::string wanted_place = upper_word(place);
  for (const StandardFormat& row : kStandardFormats) {
    if (row.kind == wanted_kind && row.place == wanted_place) return row.format;
  }
  return std::nullopt;
}

/// Longest text of a format: names of months and days are the longest parts.
std::int64_t formatted_bound(const FunctionBinder& binder) {
  const std::int64_t format = character_bound(binder, 1);
  constexpr std::int64_t kLongestPart = 11;
  return format < 0 ? -1 : format * kLongestPart;
}

void bind_date_format(FunctionBinder& binder) {
  binder.cast_to_datetime(0);
  binder.cast_to_string(1);
  binder.set_string_result(formatted_bound(binder), binder.derive_collation(1, 2));
  binder.set_kernel(text_kernel<&date_format>);
}

void bind_time_format(FunctionBinder& binder) {
  binder.cast_to_duration(0);
  binder.cast_to_string(1);
  binder.set_string_result(formatted_bound(binder), binder.derive_collation(1, 2));
  binder.set_kernel(text_kernel<&time_format>);
}

/// A literal format fixes the type: DATE, TIME or DATETIME; other formats give DATETIME(6).
void bind_str_to_date(FunctionBinder& binder) {
  types::FormatKind kind{true, true, true};
  if (const types::Value* literal = binder.constant_argument(1);
      literal != nullptr && literal->kind() == types::Value::Kind::kString) {
    kind = types::kind_of_format(literal->as_string());
  }
  binder.cast_to_string(0);
  binder.cast_to_string(1);
  const int fsp = kind.has_fraction ? types::kMaxFsp : 0;
  if (kind.has_clock && !kind.has_date) {
    binder.set_result(duration_type(fsp));
    binder.set_kernel(row_kernel<&str_to_duration>);
    return;
  }
  binder.set_result(kind.has_clock ? datetime_type(fsp) : date_type());
  binder.set_kernel(row_kernel<&str_to_datetime>);
}

void bind_get_format(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.cast_to_string(1);
  binder.set_connection_string_result(17);
  binder.set_kernel(row_kernel<&get_format>);
}

constexpr FunctionDefinition kTimeFormatFunctions[] = {
    {"date_format", 2, 2, kPlainFunction, bind_date_format},
    {"time_format", 2, 2, kPlainFunction, bind_time_format},
    {"str_to_date", 2, 2, kPlainFunction, bind_str_to_date},
    {"get_format", 2, 2, kPlainFunction, bind_get_format},
};

}  // namespace

std::span<const FunctionDefinition> time_format_functions() { return kTimeFormatFunctions; }

}  // namespace sluice::expression
