// Conversion to DATE, DATETIME, TIMESTAMP and TIME, and of TIMESTAMP between zones.
#include <algorithm>

#include "base/sql_error.h"
#include "types/convert.h"
#include "types/convert_report.h"
#include "types/json.h"
#include "types/number_text.h"
#include "types/time_arithmetic.h"
#include "types/time_parse.h"
#include "types/time_zone.h"
#include "types/value_text.h"

namespace sluice::types {

namespace {

using conversion::is_assignment;
using Kind = Value::Kind;

TimeParseOptions parse_options(const FieldType& to, const ConversionContext& ctx) {
  TimeParseOptions options;
  options.fsp = to.code == TypeCode::kDate ? 0 : to.fsp();
  options.truncate_fraction = to.code == TypeCode::kDate || ctx.sql_mode.has(SqlMode::kTimeTruncateFractional);
  options.allow_invalid_dates = ctx.sql_mode.has(SqlMode::kAllowInvalidDates);
  options.zone = ctx.time_zone;
  return options;
}

/// Splits a number into its integer part and microseconds, rounding the latter to `fsp` digits is left to the caller.
struct SplitNumber {
  std::int64_t whole = 0;
  int microsecond = 0;
  bool fits = true;
  bool is_negative_fraction = false;  // below zero and above -1, where `whole` has no sign
};

SplitNumber split_number(const Decimal& number) {
  SplitNumber split;
  DecimalStatus status;
  split.whole = number.to_int64(RoundMode::kTruncate, status);
  split.fits = status == DecimalStatus::kOk;
  const Decimal fraction = Decimal::sub(number, Decimal::from_int64(split.whole), status).abs();
  const Decimal scaled = Decimal::mul(fraction, Decimal::from_int64(kMicrosecondsPerSecond), status);
  split.microsecond = static_cast<int>(scaled.to_int64(RoundMode::kTruncate, status));
  split.is_negative_fraction = split.whole == 0 && split.microsecond != 0 && number.is_negative();
  return split;
}

/// What the sql_mode says of zero dates and zero parts. True: the value may be used as it is.
bool check_zero(Time& time, std::string_view text, const FieldType& to, bool from_text, ConversionContext& ctx) {
  if (!time.is_zero_in_date()) return true;
  const bool zero = time.date_only().is_zero();
  if (is_assignment(ctx)) {
    const bool forbidden = zero ? ctx.sql_mode.has(SqlMode::kNoZeroDate) : ctx.sql_mode.has(SqlMode::kNoZeroInDate);
    if (!forbidden && (zero || to.code != TypeCode::kTimestamp)) return true;
    conversion::report_wrong_time(text, to, ctx);
    time = Time{};
    return true;
  }
  if (zero) {
    if (!from_text || !ctx.sql_mode.has(SqlMode::kNoZeroDate)) return true;
    std::string shown;
    append_time_text(time, to, shown);
    conversion::report_wrong_time(shown, to, ctx);
    return false;
  }
  if (!ctx.truncate_as_error || !ctx.sql_mode.has(SqlMode::kNoZeroInDate)) return true;
  conversion::report_wrong_time(text, to, ctx);
  return false;
}

/// Whether a TIMESTAMP column can hold `time`; days that are in no calendar (ALLOW_INVALID_DATES is not for TIMESTAMP) and a time
/// that summer time skips cannot be held either.
bool timestamp_in_range(Time time, const ConversionContext& ctx) {
  if (time.is_zero()) return true;
  if (time.is_zero_in_date() || time.day() > days_in_month(time.year(), time.month())) return false;
  const TimeZone* zone = ctx.time_zone != nullptr ? ctx.time_zone : TimeZone::utc();
  const TimeZone::LocalResult utc = zone->to_utc(wall_microseconds(truncate_time(time, 0)) / kMicrosecondsPerSecond);
  return utc.exists && utc.utc_seconds >= kMinTimestampSeconds && utc.utc_seconds <= kMaxTimestampSeconds;
}

/// The last steps for every source. False: NULL.
bool finish_time(Time& time, std::string_view text, const FieldType& to, bool from_text, ConversionContext& ctx) {
  if (to.code == TypeCode::kDate) time = time.date_only();
  if (!check_zero(time, text, to, from_text, ctx)) return false;
  if (to.code == TypeCode::kTimestamp && !timestamp_in_range(time, ctx)) {
    conversion::report_wrong_time(text, to, ctx);
    time = Time{};
    return is_assignment(ctx);
  }
  return true;
}

/// Whether finish_time() would keep `time` as it is, so that its text is not needed.
bool is_unproblematic(Time time, const FieldType& to, const ConversionContext& ctx) {
  return !time.is_zero_in_date() && (to.code != TypeCode::kTimestamp || timestamp_in_range(time, ctx));
}

/// A value that is no date: NULL for casts, the zero date for columns.
bool reject_time(std::string_view text, const FieldType& to, ConversionContext& ctx, Time& out) {
  conversion::report_wrong_time(text, to, ctx);
  out = Time{};
  return is_assignment(ctx);
}

bool decimal_to_time(const Decimal& number, std::string_view text, const FieldType& to, ConversionContext& ctx,
                     Time& out) {
  const SplitNumber split = split_number(number);
  TimeParse parse;
  if (!split.fits || split.is_negative_fraction ||
      !time_from_number(split.whole, split.microsecond, parse_options(to, ctx), parse))
    return reject_time(text, to, ctx, out);
  out = parse.value;
  return finish_time(out, text, to, false, ctx);
}

/// The day of the statement in the session's zone, at midnight.
Time statement_day(const ConversionContext& ctx) {
  return time_from_unix_microseconds(ctx.statement_time_us, ctx.time_zone).value_or(Time{}).date_only();
}

}  // namespace

bool string_to_time(std::string_view text, const FieldType& type, ConversionContext& ctx, Time& out) {
  TimeParse parse;
  if (!parse_time(text, parse_options(type, ctx), parse)) return reject_time(text, type, ctx, out);
  out = parse.value;
  if (parse.truncated) {
    if (is_assignment(ctx) && !ctx.column_name.empty() && ctx.truncate_as_error) {
      conversion::report_wrong_time(text, type, ctx);
    } else {
      conversion::report_truncated(type.code == TypeCode::kDate ? "date" : "datetime", text, ctx);
    }
  }
  return finish_time(out, text, type, true, ctx);
}

bool number_to_time(std::int64_t number, const FieldType& type, ConversionContext& ctx, Time& out) {
  TimeParse parse;
  if (!time_from_number(number, 0, parse_options(type, ctx), parse))
    return reject_time(std::to_string(number), type, ctx, out);
  out = parse.value;
  if (!out.is_zero_in_date() && type.code != TypeCode::kTimestamp) {
    if (type.code == TypeCode::kDate) out = out.date_only();
    return true;
  }
  return finish_time(out, std::to_string(number), type, false, ctx);
}

namespace {

bool finish_duration(const DurationParse& parse, std::string_view text, ConversionContext& ctx, Duration& out) {
  out = parse.value;
  if (parse.overflow || parse.truncated) conversion::report_truncated("time", text, ctx);
  return true;
}

bool reject_duration(std::string_view text, ConversionContext& ctx, Duration& out) {
  static const FieldType kTime = FieldType::time(0);
  if (is_assignment(ctx)) {
    conversion::report_wrong_time(text, kTime, ctx);
  } else {
    conversion::report_truncated("time", text, ctx);
  }
  out = Duration{};
  return is_assignment(ctx);
}

}  // namespace

bool string_to_duration(std::string_view text, int fsp, ConversionContext& ctx, Duration& out) {
  DurationParse parse;
  if (!parse_duration(text, fsp, parse)) return reject_duration(text, ctx, out);
  return finish_duration(parse, text, ctx, out);
}

bool number_to_duration(std::int64_t number, int fsp, ConversionContext& ctx, Duration& out) {
  DurationParse parse;
  if (!duration_from_number(number, 0, fsp, parse)) return reject_duration(std::to_string(number), ctx, out);
  if (!parse.overflow) {
    out = parse.value;
    return true;
  }
  return finish_duration(parse, std::to_string(number), ctx, out);
}

namespace conversion {

Value to_time(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  Time out;
  bool known = false;
  switch (value.kind()) {
    case Kind::kNull:
      return {};
    case Kind::kInt64:
      known = number_to_time(value.as_int64(), to, ctx, out);
      break;
    case Kind::kUInt64:
      if (from.code == TypeCode::kEnum || from.code == TypeCode::kSet) {
        known = string_to_time(format_value(value, from), to, ctx, out);
      } else {
        known =
            decimal_to_time(Decimal::from_uint64(value.as_uint64()), std::to_string(value.as_uint64()), to, ctx, out);
      }
      break;
    case Kind::kDouble: {
      DecimalStatus status;
      known = decimal_to_time(Decimal::from_double(value.as_double(), status), format_value(value, from), to, ctx, out);
      break;
    }
    case Kind::kDecimal:
      known = decimal_to_time(value.as_decimal(), value.as_decimal().to_string(), to, ctx, out);
      break;
    case Kind::kString:
      known = string_to_time(value.as_string(), to, ctx, out);
      break;
    case Kind::kTime: {
      out = value.as_time();
      const TimeParseOptions options = parse_options(to, ctx);
      if (options.truncate_fraction) {
        out = truncate_time(out, options.fsp);
      } else if (!round_time(out, options.fsp)) {
        known = reject_time(format_value(value, from), to, ctx, out);
        break;
      }
      if (is_unproblematic(out, to, ctx)) return Value(to.code == TypeCode::kDate ? out.date_only() : out);
      known = finish_time(out, format_value(value, from), to, false, ctx);
      break;
    }
    case Kind::kDuration: {
      const Duration clock = round_duration(value.as_duration(), to.code == TypeCode::kDate ? kMaxFsp : to.fsp());
      const std::int64_t moment =
          wall_microseconds(statement_day(ctx)) + clock.nanoseconds / kNanosecondsPerMicrosecond;
      out = time_from_wall_microseconds(moment);
      known = finish_time(out, format_value(value, from), to, false, ctx);
      break;
    }
    case Kind::kJson: {
      const JsonView view = value.as_json().view();
      if (view.type() == JsonType::kDate || view.type() == JsonType::kDatetime || view.type() == JsonType::kTimestamp) {
        return to_time(Value(Time{view.packed_time()}), FieldType::datetime(kMaxFsp), to, ctx);
      }
      known = view.is_string() ? string_to_time(view.string(), to, ctx, out)
                               : reject_time(value.as_json().to_string(), to, ctx, out);
      break;
    }
  }
  return known ? Value(out) : Value();
}

Value to_duration(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  Duration out;
  bool known = true;
  const int fsp = to.fsp();
  const auto from_decimal = [&](const Decimal& number) {
    const SplitNumber split = split_number(number);
    const std::string text = format_value(value, from);
    DurationParse parse;
    if (!split.fits || !duration_from_number(split.whole, split.microsecond, fsp, parse))
      return reject_duration(text, ctx, out);
    if (split.is_negative_fraction) parse.value.nanoseconds = -parse.value.nanoseconds;
    return finish_duration(parse, text, ctx, out);
  };
  switch (value.kind()) {
    case Kind::kNull:
      return {};
    case Kind::kInt64:
      known = number_to_duration(value.as_int64(), fsp, ctx, out);
      break;
    case Kind::kUInt64:
      if (from.code == TypeCode::kEnum || from.code == TypeCode::kSet) {
        known = string_to_duration(format_value(value, from), fsp, ctx, out);
      } else {
        known = from_decimal(Decimal::from_uint64(value.as_uint64()));
      }
      break;
    case Kind::kDouble: {
      DecimalStatus status;
      known = from_decimal(Decimal::from_double(value.as_double(), status));
      break;
    }
    case Kind::kDecimal:
      known = from_decimal(value.as_decimal());
      break;
    case Kind::kString:
      known = string_to_duration(value.as_string(), fsp, ctx, out);
      break;
    case Kind::kTime: {
      const Time time = value.as_time();
      const Duration clock = Duration::from_parts(false, time.hour(), time.minute(), time.second(), time.microsecond());
      out = round_duration(clock, fsp);
      break;
    }
    case Kind::kDuration:
      out = ctx.sql_mode.has(SqlMode::kTimeTruncateFractional) ? truncate_duration(value.as_duration(), fsp)
                                                               : round_duration(value.as_duration(), fsp).clipped();
      break;
    case Kind::kJson: {
      const JsonView view = value.as_json().view();
      if (view.type() == JsonType::kTime) {
        out = round_duration(Duration{view.nanoseconds()}, fsp);
      } else if (view.is_string()) {
        known = string_to_duration(view.string(), fsp, ctx, out);
      } else {
        known = reject_duration(value.as_json().to_string(), ctx, out);
      }
      break;
    }
  }
  return known ? Value(out) : Value();
}

}  // namespace conversion

Time timestamp_from_utc(Time utc, const TimeZone* zone) {
  if (zone == nullptr || utc.is_zero()) return utc;
  const std::int64_t microseconds = wall_microseconds(utc);
  std::int64_t seconds = microseconds / kMicrosecondsPerSecond;
  if (microseconds % kMicrosecondsPerSecond < 0) --seconds;
  const std::int32_t offset = zone->offset_at_utc(seconds);
  return offset == 0 ? utc : time_from_wall_microseconds(microseconds + offset * kMicrosecondsPerSecond);
}

Time timestamp_to_utc(Time local, const TimeZone* zone, bool& exists) {
  exists = true;
  if (zone == nullptr || local.is_zero()) return local;
  const std::int64_t microseconds = wall_microseconds(local);
  const std::int64_t fraction = local.microsecond();
  const TimeZone::LocalResult result = zone->to_utc((microseconds - fraction) / kMicrosecondsPerSecond);
  exists = result.exists;
  return time_from_wall_microseconds(result.utc_seconds * kMicrosecondsPerSecond + (exists ? fraction : 0));
}

}  // namespace sluice::types
