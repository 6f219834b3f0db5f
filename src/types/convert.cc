#include "types/convert.h"

#include "base/sql_error.h"
#include "base/warnings.h"
#include "types/convert_report.h"
#include "types/json_condition.h"
#include "types/number_text.h"
#include "types/value_text.h"

namespace sluice::types {

void ConversionContext::report(const SqlError& error) {
  if (ignore_truncate) return;
  if (truncate_as_error) throw error;
  if (warnings != nullptr) warnings->append(error);
}

void ConversionContext::warn(const SqlError& error) {
  if (!ignore_truncate && warnings != nullptr) warnings->append(error);
}

namespace conversion {

void report_out_of_range(std::string_view text, const FieldType& to, ConversionContext& ctx) {
  if (is_assignment(ctx) && !ctx.column_name.empty()) {
    ctx.report(SqlError(ErrorCode::kWarnDataOutOfRange, ctx.column_name, ctx.row_number));
  } else if (to.code == TypeCode::kNewDecimal) {
    ctx.report(SqlError(ErrorCode::kDataOutOfRange, "DECIMAL",
                        "(" + std::to_string(to.flen) + ", " + std::to_string(to.decimals) + ")"));
  } else if (is_assignment(ctx)) {
    ctx.report(SqlError::with_message(ErrorCode::kDataOutOfRange,
                                      "constant " + std::string(text) + " overflows " + std::string(to.name())));
  } else {
    report_truncated(number_kind(to), text, ctx);
  }
}

void report_wrong_value(std::string_view text, const FieldType& to, ConversionContext& ctx) {
  if (is_assignment(ctx) && !ctx.column_name.empty()) {
    ctx.report(SqlError(ErrorCode::kTruncatedWrongValueForField, to.name(), text, ctx.column_name, ctx.row_number));
  } else {
    report_truncated(number_kind(to), text, ctx);
  }
}

void report_truncated(std::string_view kind, std::string_view text, ConversionContext& ctx) {
  if (ctx.ignore_truncate || (!ctx.truncate_as_error && ctx.warnings == nullptr)) return;  // no text for nobody
  // As in TiDB an empty text in an expression is the number 0 to a statement that writes.
  if (ctx.truncate_as_error && !is_assignment(ctx) && text.empty()) return;
  ctx.report(SqlError(ErrorCode::kTruncatedWrongValue, kind, text));
}

void report_wrong_time(std::string_view text, const FieldType& to, ConversionContext& ctx) {
  std::string message = "Incorrect ";
  if (is_assignment(ctx) && !ctx.column_name.empty()) {
    message += to.name();
    message += " value: '" + std::string(text) + "' for column '" + std::string(ctx.column_name) + "' at row " +
               std::to_string(ctx.row_number);
  } else {
    message += to.code == TypeCode::kTimestamp ? "timestamp" : to.code == TypeCode::kDuration ? "time" : "datetime";
    message += " value: '" + std::string(text) + "'";
  }
  ctx.report(SqlError::with_message(ErrorCode::kTruncatedWrongValue, std::move(message)));
}

void report_data_truncated(ConversionContext& ctx) {
  ctx.report(SqlError(ErrorCode::kWarnDataTruncated, ctx.column_name, ctx.row_number));
}

void report_too_long(ConversionContext& ctx) {
  ctx.report(SqlError(ErrorCode::kDataTooLong, ctx.column_name, ctx.row_number));
}

std::string_view number_kind(const FieldType& to) noexcept {
  if (to.code == TypeCode::kNewDecimal) return "DECIMAL";
  return to.is_float() ? "DOUBLE" : "INTEGER";
}

}  // namespace conversion

namespace {

/// The number whose big-endian bytes `bytes` are; beyond 64 bits the largest, with a report.
std::uint64_t number_of_bytes(std::string_view bytes, ConversionContext& ctx) {
  const std::string_view whole = bytes;
  while (!bytes.empty() && bytes.front() == '\0') bytes.remove_prefix(1);
  if (bytes.size() > sizeof(std::uint64_t)) {
    conversion::report_truncated("BINARY", whole, ctx);
    return ~0ull;
  }
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace

Value convert(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  if (value.is_null()) return {};
  if (value.kind() == Value::Kind::kString && from.is_binary_literal() &&
      (to.is_integer() || to.is_float() || to.code == TypeCode::kNewDecimal || to.code == TypeCode::kYear)) {
    return convert(Value(number_of_bytes(value.as_string(), ctx)), FieldType::bigint_unsigned(), to, ctx);
  }
  switch (to.code) {
    case TypeCode::kTiny:
    case TypeCode::kShort:
    case TypeCode::kInt24:
    case TypeCode::kLong:
    case TypeCode::kLongLong:
      return conversion::to_integer(value, from, to, ctx);
    case TypeCode::kFloat:
    case TypeCode::kDouble:
      return conversion::to_float(value, from, to, ctx);
    case TypeCode::kNewDecimal:
      return conversion::to_decimal(value, from, to, ctx);
    case TypeCode::kDate:
    case TypeCode::kDatetime:
    case TypeCode::kTimestamp:
      return conversion::to_time(value, from, to, ctx);
    case TypeCode::kDuration:
      return conversion::to_duration(value, from, to, ctx);
    case TypeCode::kYear:
      return conversion::to_year(value, from, to, ctx);
    case TypeCode::kBit:
      return conversion::to_bit(value, from, to, ctx);
    case TypeCode::kEnum:
      return conversion::to_enum(value, from, to, ctx);
    case TypeCode::kSet:
      return conversion::to_set(value, from, to, ctx);
    case TypeCode::kJson:
      return conversion::to_json(value, from, to, ctx);
    case TypeCode::kNull:
      return {};
    default:
      return conversion::to_text(value, from, to, ctx);
  }
}

double value_to_double(const Value& value, const FieldType& type, ConversionContext& ctx) {
  static const FieldType kDouble = FieldType::of(TypeCode::kDouble);
  if (value.is_null()) return 0;
  return convert(value, type, kDouble, ctx).as_double();
}

std::int64_t value_to_int64(const Value& value, const FieldType& type, ConversionContext& ctx) {
  static const FieldType kBigint = FieldType::bigint();
  if (value.is_null()) return 0;
  return convert(value, type, kBigint, ctx).as_int64();
}

Decimal value_to_decimal(const Value& value, const FieldType& type, ConversionContext& ctx) {
  static const FieldType kDecimal = [] {
    FieldType unbounded = FieldType::of(TypeCode::kNewDecimal);
    unbounded.flen = unbounded.decimals = kUnspecifiedLength;
    return unbounded;
  }();
  if (value.is_null()) return {};
  return convert(value, type, kDecimal, ctx).as_decimal();
}

bool value_to_bool(const Value& value, const FieldType& type, ConversionContext& ctx) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return false;
    case Value::Kind::kInt64:
      return value.as_int64() != 0;
    case Value::Kind::kUInt64:
      return value.as_uint64() != 0;
    case Value::Kind::kDecimal:
      return !value.as_decimal().is_zero();
    case Value::Kind::kTime:
      return !value.as_time().is_zero();
    case Value::Kind::kDuration:
      return value.as_duration().nanoseconds != 0;
    case Value::Kind::kJson:
      return !is_json_zero(value.as_json().view());
    default:
      return value_to_double(value, type, ctx) != 0;
  }
}

}  // namespace sluice::types
