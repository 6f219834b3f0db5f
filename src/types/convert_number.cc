// Conversion to integers, FLOAT, DOUBLE, DECIMAL, YEAR and BIT.
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <optional>

#include "base/sql_error.h"
#include "types/convert.h"
#include "types/convert_report.h"
#include "types/json.h"
#include "types/number_text.h"
#include "types/time_parse.h"
#include "types/value_text.h"

namespace sluice::types {

namespace {

using conversion::is_assignment;
using Kind = Value::Kind;

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kTwoTo64 = 18446744073709551616.0;

/// An integer beyond both 64-bit ranges at once: sign and magnitude.
struct WideInteger {
  bool negative = false;
  std::uint64_t magnitude = 0;
  bool overflow = false;  // the magnitude was clipped
};

WideInteger wide_from(std::int64_t value) {
  return {value < 0, value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value), false};
}

WideInteger wide_from(const Decimal& value) {
  DecimalStatus status;
  const bool negative = value.is_negative();
  const std::uint64_t magnitude = value.abs().to_uint64(RoundMode::kHalfAwayFromZero, status);
  return {negative && magnitude != 0, magnitude, status == DecimalStatus::kOverflow};
}

WideInteger wide_from(double value) {
  const double rounded = std::nearbyint(value);
  const double magnitude = std::abs(rounded);
  if (!(magnitude < kTwoTo64)) return {rounded < 0, std::numeric_limits<std::uint64_t>::max(), true};
  return {rounded < 0, static_cast<std::uint64_t>(magnitude), false};
}

/// The part of a wide integer that lies in the range of `to`; `fits` tells whether that is all of it.
Value clip_to_range(const WideInteger& wide, const FieldType& to, bool& fits) {
  if (to.is_unsigned()) {
    const std::uint64_t limit = integer_max_unsigned(to.code);
    fits = !wide.overflow && !wide.negative && wide.magnitude <= limit;
    return Value(wide.negative ? std::uint64_t{0} : std::min(wide.magnitude, limit));
  }
  const std::uint64_t limit = static_cast<std::uint64_t>(integer_max(to.code)) + (wide.negative ? 1 : 0);
  fits = !wide.overflow && wide.magnitude <= limit;
  const std::uint64_t magnitude = std::min(wide.magnitude, limit);
  return Value(static_cast<std::int64_t>(wide.negative ? 0 - magnitude : magnitude));
}

/// CAST of an integer between signed and unsigned keeps the bits.
Value reinterpret(std::uint64_t bits, const FieldType& to) {
  return to.is_unsigned() ? Value(bits) : Value(static_cast<std::int64_t>(bits));
}

std::uint64_t bits_of(const WideInteger& wide) { return wide.negative ? 0 - wide.magnitude : wide.magnitude; }

bool is_full_width(const FieldType& to) { return to.code == TypeCode::kLongLong; }

Value cast_text_to_integer(std::string_view text, const FieldType& to, ConversionContext& ctx) {
  return to.is_unsigned() ? Value(string_to_uint64(text, ctx)) : Value(string_to_int64(text, ctx));
}

/// Assignment of text: the whole number is read, fraction and exponent included, and rounded.
Value assign_text_to_integer(std::string_view text, const FieldType& to, ConversionContext& ctx) {
  const DecimalParse parse = Decimal::parse_prefix(text);
  std::size_t end = parse.consumed;
  while (end < text.size() && text[end] == ' ') ++end;
  if (parse.status == DecimalStatus::kBadNumber || end != text.size()) conversion::report_wrong_value(text, to, ctx);
  bool fits;
  WideInteger wide = wide_from(parse.value);
  wide.overflow |= parse.status == DecimalStatus::kOverflow;
  Value result = clip_to_range(wide, to, fits);
  if (!fits) conversion::report_out_of_range(text, to, ctx);
  return result;
}

Value narrow(const WideInteger& wide, const Value& original, const FieldType& from, const FieldType& to,
             ConversionContext& ctx) {
  bool fits;
  Value result = clip_to_range(wide, to, fits);
  if (!fits) {
    const bool cast_of_fraction =
        !is_assignment(ctx) && (original.kind() == Kind::kDecimal || original.kind() == Kind::kDouble);
    if (cast_of_fraction) {
      conversion::report_truncated(original.kind() == Kind::kDecimal ? "DECIMAL" : "INTEGER",
                                   format_value(original, from), ctx);
    } else {
      conversion::report_out_of_range(format_value(original, from), to, ctx);
    }
  }
  return result;
}

/// The number that a JSON value stands for in numeric contexts; nothing (after a report) for arrays, objects and null.
double json_to_double(const Json& json, const FieldType& to, ConversionContext& ctx) {
  const JsonView view = json.view();
  switch (view.type()) {
    case JsonType::kInt64:
      return static_cast<double>(view.int64());
    case JsonType::kUInt64:
      return static_cast<double>(view.uint64());
    case JsonType::kDouble:
      return view.float64();
    case JsonType::kLiteral:
      if (view.is_boolean()) return view.boolean() ? 1 : 0;
      break;
    case JsonType::kString: {
      const NumberParse<double> parse = parse_double_prefix(view.string());
      if (!parse.all_consumed) conversion::report_wrong_value(view.string(), to, ctx);
      return parse.value;
    }
    default:
      break;
  }
  conversion::report_wrong_value(json.to_string(), to, ctx);
  return 0;
}

}  // namespace

namespace conversion {

Value to_integer(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  switch (value.kind()) {
    case Kind::kNull:
      return {};
    case Kind::kInt64: {
      const std::int64_t number = value.as_int64();
      if (!to.is_unsigned() && number >= integer_min(to.code) && number <= integer_max(to.code)) return Value(number);
      if (!is_assignment(ctx) && is_full_width(to)) return reinterpret(static_cast<std::uint64_t>(number), to);
      return narrow(wide_from(number), value, from, to, ctx);
    }
    case Kind::kUInt64: {
      const std::uint64_t number = value.as_uint64();
      if (to.is_unsigned() && number <= integer_max_unsigned(to.code)) return Value(number);
      if (!is_assignment(ctx) && is_full_width(to)) return reinterpret(number, to);
      static const FieldType kPlain = FieldType::bigint_unsigned();
      return narrow({false, number, false}, value, kPlain, to, ctx);
    }
    case Kind::kDouble: {
      const WideInteger wide = wide_from(value.as_double());
      const bool wraps =
          !is_assignment(ctx) && is_full_width(to) && to.is_unsigned() && wide.negative && wide.magnitude <= 1ull << 63;
      return wraps ? reinterpret(bits_of(wide), to) : narrow(wide, value, from, to, ctx);
    }
    case Kind::kDecimal:
      return narrow(wide_from(value.as_decimal()), value, from, to, ctx);
    case Kind::kString:
      if (is_assignment(ctx)) return assign_text_to_integer(value.as_string(), to, ctx);
      return cast_text_to_integer(value.as_string(), to, ctx);
    case Kind::kTime:
      return narrow(wide_from(time_to_int64(value.as_time(), from.code)), value, from, to, ctx);
    case Kind::kDuration:
      return narrow(wide_from(duration_to_int64(value.as_duration())), value, from, to, ctx);
    case Kind::kJson: {
      const JsonView view = value.as_json().view();
      if (view.type() == JsonType::kInt64) return to_integer(Value(view.int64()), FieldType::bigint(), to, ctx);
      if (view.type() == JsonType::kUInt64)
        return to_integer(Value(view.uint64()), FieldType::bigint_unsigned(), to, ctx);
      if (view.is_string()) return to_integer(Value(view.string()), FieldType::varbinary(-1), to, ctx);
      return to_integer(Value(json_to_double(value.as_json(), to, ctx)), FieldType::double_precision(), to, ctx);
    }
  }
  return {};
}

}  // namespace conversion

std::int64_t string_to_int64(std::string_view text, ConversionContext& ctx) {
  const NumberParse<std::int64_t> parse = parse_int64_prefix(text);
  if (parse.overflow) {
    const NumberParse<std::uint64_t> as_unsigned = parse_uint64_prefix(text);
    if (!as_unsigned.overflow) {
      ctx.warn(
          SqlError::with_message(ErrorCode::kUnknownError,
                                 "Cast to signed converted positive out-of-range integer to its negative complement"));
      return static_cast<std::int64_t>(as_unsigned.value);
    }
    if (ctx.truncate_as_error) throw SqlError(ErrorCode::kDataOutOfRange, "BIGINT", text);
    conversion::report_truncated("INTEGER", text, ctx);
    // MySQL clips to the largest unsigned number first, whose bits are -1.
    return parse.value < 0 ? parse.value : -1;
  } else if (!parse.all_consumed) {
    conversion::report_truncated("INTEGER", text, ctx);
  }
  return parse.value;
}

std::uint64_t string_to_uint64(std::string_view text, ConversionContext& ctx) {
  const NumberParse<std::uint64_t> parse = parse_uint64_prefix(text);
  if (parse.overflow) {
    const NumberParse<std::int64_t> as_signed = parse_int64_prefix(text);
    if (!as_signed.overflow) {
      ctx.warn(SqlError::with_message(ErrorCode::kUnknownError,
                                      "Cast to unsigned converted negative integer to its positive complement"));
      return static_cast<std::uint64_t>(as_signed.value);
    }
    if (ctx.truncate_as_error) throw SqlError(ErrorCode::kDataOutOfRange, "BIGINT UNSIGNED", text);
    conversion::report_truncated("INTEGER", text, ctx);
    if (as_signed.value < 0) return static_cast<std::uint64_t>(as_signed.value);
  } else if (!parse.all_consumed) {
    conversion::report_truncated("INTEGER", text, ctx);
  }
  return parse.value;
}

double string_to_double(std::string_view text, ConversionContext& ctx) {
  const NumberParse<double> parse = parse_double_prefix(text);
  if (!parse.all_consumed || parse.overflow) conversion::report_truncated("DOUBLE", text, ctx);
  return parse.value;
}

namespace {

bool only_spaces_after(std::string_view text, std::size_t position) {
  return text.find_first_not_of(" \t\n\r\v\f", position) == std::string_view::npos;
}

}  // namespace

Decimal string_to_decimal(std::string_view text, ConversionContext& ctx) {
  const DecimalParse parse = Decimal::parse_prefix(text);
  const bool bad = parse.status == DecimalStatus::kBadNumber || parse.status == DecimalStatus::kOverflow;
  if (bad || !only_spaces_after(text, parse.consumed)) conversion::report_truncated("DECIMAL", text, ctx);
  return parse.value;
}

std::int64_t double_to_int64(double value, bool& overflow) noexcept {
  const double rounded = std::nearbyint(value);
  overflow = !(rounded >= -kTwoTo63 && rounded < kTwoTo63);
  if (!overflow) return static_cast<std::int64_t>(rounded);
  return rounded > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

std::uint64_t double_to_uint64(double value, bool& overflow) noexcept {
  const double rounded = std::nearbyint(value);
  overflow = !(rounded >= 0 && rounded < kTwoTo64);
  if (!overflow) return static_cast<std::uint64_t>(rounded);
  return rounded > 0 ? std::numeric_limits<std::uint64_t>::max() : 0;
}

namespace {

/// Rounds to the declared decimals and clips to the declared digits, to FLOAT's range, to zero if unsigned.
/// `value` of type `from` is where `number` comes from, for messages.
Value finish_float(double number, const Value& value, const FieldType& from, const FieldType& to,
                   ConversionContext& ctx) {
  double low = to.code == TypeCode::kFloat ? -FLT_MAX : -DBL_MAX;
  double high = -low;
  if (is_assignment(ctx)) {
    if (to.flen > 0 && to.decimals >= 0 && to.decimals <= kMaxDecimalScale) {
      const double unit = std::pow(10.0, to.decimals);
      if (std::abs(number) < kTwoTo63 / unit) number = std::round(number * unit) / unit;
      high = std::min(high, std::pow(10.0, to.flen - to.decimals) - 1 / unit);
      low = -high;
    }
    if (to.is_unsigned()) low = 0;
  }
  if (!(number >= low && number <= high)) {
    conversion::report_out_of_range(format_value(value, from), to, ctx);
    number = number < low ? low : high;
  }
  return Value(to.code == TypeCode::kFloat ? static_cast<double>(static_cast<float>(number)) : number);
}

}  // namespace

namespace conversion {

Value to_float(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  double number = 0;
  switch (value.kind()) {
    case Kind::kNull:
      return {};
    case Kind::kInt64:
      number = static_cast<double>(value.as_int64());
      break;
    case Kind::kUInt64:
      number = static_cast<double>(value.as_uint64());
      break;
    case Kind::kDouble:
      number = value.as_double();
      break;
    case Kind::kDecimal:
      number = value.as_decimal().to_double();
      break;
    case Kind::kString: {
      const std::string& text = value.as_string();
      if (!is_assignment(ctx)) {
        number = string_to_double(text, ctx);
      } else {
        const NumberParse<double> parse = parse_double_prefix(text);
        number = parse.value;
        if (!parse.all_consumed) {
          report_wrong_value(text, to, ctx);
        } else if (parse.overflow) {
          report_out_of_range(text, to, ctx);
        }
      }
      break;
    }
    case Kind::kTime:
      number = time_to_decimal(value.as_time(), from.code, from.fsp()).to_double();
      break;
    case Kind::kDuration:
      number = duration_to_decimal(value.as_duration(), from.fsp()).to_double();
      break;
    case Kind::kJson:
      number = json_to_double(value.as_json(), to, ctx);
      break;
  }
  const bool plain = to.code == TypeCode::kDouble && !(is_assignment(ctx) && (to.is_unsigned() || to.decimals >= 0)) &&
                     std::isfinite(number);
  return plain ? Value(number) : finish_float(number, value, from, to, ctx);
}

namespace {

Decimal decimal_from_text(std::string_view text, const FieldType& to, ConversionContext& ctx) {
  if (!is_assignment(ctx) || ctx.column_name.empty()) return string_to_decimal(text, ctx);
  const DecimalParse parse = Decimal::parse_prefix(text);
  if (parse.status == DecimalStatus::kBadNumber || !only_spaces_after(text, parse.consumed)) {
    report_wrong_value(text, to, ctx);
  } else if (parse.status == DecimalStatus::kOverflow) {
    report_out_of_range(text, to, ctx);
  }
  return parse.value;
}

Decimal decimal_from_double(double number, ConversionContext& ctx) {
  DecimalStatus status;
  const Decimal result = Decimal::from_double(number, status);
  if (status != DecimalStatus::kOk) {
    std::string text;
    append_double(number, text);
    report_truncated("DECIMAL", text, ctx);
  }
  return result;
}

}  // namespace

Value to_decimal(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  Decimal number;
  switch (value.kind()) {
    case Kind::kNull:
      return {};
    case Kind::kInt64:
      number = Decimal::from_int64(value.as_int64());
      break;
    case Kind::kUInt64:
      number = Decimal::from_uint64(value.as_uint64());
      break;
    case Kind::kDouble:
      number = decimal_from_double(value.as_double(), ctx);
      break;
    case Kind::kDecimal:
      number = value.as_decimal();
      break;
    case Kind::kString:
      number = decimal_from_text(value.as_string(), to, ctx);
      break;
    case Kind::kTime:
      number = time_to_decimal(value.as_time(), from.code, from.fsp());
      break;
    case Kind::kDuration:
      number = duration_to_decimal(value.as_duration(), from.fsp());
      break;
    case Kind::kJson: {
      const JsonView view = value.as_json().view();
      if (view.type() == JsonType::kInt64) {
        number = Decimal::from_int64(view.int64());
      } else if (view.type() == JsonType::kUInt64) {
        number = Decimal::from_uint64(view.uint64());
      } else if (view.is_string()) {
        number = decimal_from_text(view.string(), to, ctx);
      } else {
        number = decimal_from_double(json_to_double(value.as_json(), to, ctx), ctx);
      }
      break;
    }
  }
  if (to.is_unsigned() && number.is_negative() && is_assignment(ctx)) {
    report_out_of_range(number.to_string(), to, ctx);
    number = Decimal();
  }
  if (to.flen < 0) return Value(number);
  DecimalStatus status;
  const Decimal fitted = number.fit(to.flen, std::max(to.decimals, 0), status);
  if (status == DecimalStatus::kOverflow) {
    report_out_of_range(number.to_string(), to, ctx);
  } else if (status == DecimalStatus::kTruncated && is_assignment(ctx)) {
    const std::string text = number.to_string();
    if (ctx.column_name.empty()) {
      ctx.warn(SqlError(ErrorCode::kTruncatedWrongValue, "DECIMAL", text));
    } else {
      ctx.warn(SqlError(ErrorCode::kTruncatedWrongValueForField, "decimal", text, ctx.column_name, ctx.row_number));
    }
  }
  return Value(fitted);
}

namespace {

constexpr std::int64_t kMinYear = 1901;
constexpr std::int64_t kMaxYear = 2155;

/// 0, 1901 to 2155; else nothing.
std::optional<std::int64_t> year_from_number(std::int64_t number, bool zero_is_2000) {
  if (number == 0) return zero_is_2000 ? 2000 : 0;
  if (number > 0 && number < 100) number = expand_two_digit_year(static_cast<int>(number));
  if (number < kMinYear || number > kMaxYear) return std::nullopt;
  return number;
}

}  // namespace

Value to_year(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  std::int64_t number = 0;
  bool short_text = false;
  switch (value.kind()) {
    case Kind::kString: {
      const std::string& text = value.as_string();
      const NumberParse<std::int64_t> parse = parse_int64_prefix(text);
      if (!parse.all_consumed) {
        report_wrong_value(text, to, ctx);
        if (!parse.has_digits) return Value(std::int64_t{0});
      }
      short_text = text.size() <= 2;
      number = parse.value;
      break;
    }
    case Kind::kTime:
      number = value.as_time().year();
      break;
    case Kind::kDuration:  // a TIME lies on the statement's day
      number = time_from_wall_microseconds(ctx.statement_time_us).year();
      break;
    default:
      number = value_to_int64(value, from, ctx);
  }
  if (const std::optional<std::int64_t> year = year_from_number(number, short_text)) return Value(*year);
  report_out_of_range(format_value(value, from), to, ctx);
  return Value(std::int64_t{0});
}

Value to_bit(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  const int bits = std::clamp(to.flen, 1, 64);
  const std::uint64_t limit = ~0ull >> (64 - bits);
  std::uint64_t number = 0;
  bool fits = true;
  if (value.kind() == Kind::kString) {
    std::string_view bytes = value.as_string();
    while (!bytes.empty() && bytes.front() == '\0') bytes.remove_prefix(1);
    if (bytes.size() > 8) {
      report_wrong_value(value.as_string(), to, ctx);
      return Value(limit);
    }
    for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  } else {
    const FieldType unsigned_bigint = FieldType::bigint_unsigned();
    ConversionContext wrapping = ctx;
    wrapping.purpose = ConversionPurpose::kCast;
    number = to_integer(value, from, unsigned_bigint, wrapping).as_uint64();
  }
  fits = number <= limit;
  if (fits) return Value(number);
  report_too_long(ctx);
  return Value(limit);
}

}  // namespace conversion

namespace {

Decimal with_fraction(std::int64_t whole, int microsecond, int fsp) {
  __int128 scaled = whole;
  for (int i = 0; i < fsp; ++i) scaled *= 10;
  int divisor = 1;
  for (int i = fsp; i < kMaxFractionDigits; ++i) divisor *= 10;
  const int fraction = microsecond / divisor;
  return Decimal::from_scaled_int128(whole < 0 ? scaled - fraction : scaled + fraction, fsp);
}

std::int64_t clock_number(int hours, int minutes, int seconds) { return hours * 10'000LL + minutes * 100LL + seconds; }

}  // namespace

std::int64_t time_to_int64(Time time, TypeCode code) {
  if (code != TypeCode::kDate && time.microsecond() >= kMicrosecondsPerSecond / 2) {
    Time rounded = time;
    time = round_time(rounded, 0) ? rounded : truncate_time(time, 0);
  }
  const std::int64_t date = time.year() * 10'000LL + time.month() * 100 + time.day();
  return code == TypeCode::kDate ? date : date * 1'000'000 + clock_number(time.hour(), time.minute(), time.second());
}

std::int64_t duration_to_int64(Duration duration) {
  const Duration rounded = round_duration(duration, 0);
  const std::int64_t number = clock_number(rounded.hours(), rounded.minutes(), rounded.seconds());
  return rounded.is_negative() ? -number : number;
}

Decimal time_to_decimal(Time time, TypeCode code, int fsp) {
  return with_fraction(time_to_int64(truncate_time(time, 0), code), code == TypeCode::kDate ? 0 : time.microsecond(),
                       code == TypeCode::kDate ? 0 : fsp);
}

Decimal duration_to_decimal(Duration duration, int fsp) {
  const Decimal magnitude = with_fraction(clock_number(duration.hours(), duration.minutes(), duration.seconds()),
                                          duration.microseconds(), fsp);
  return duration.is_negative() ? magnitude.negated() : magnitude;
}

}  // namespace sluice::types
