#include "expression/conversion.h"

#include "expression/eval_context.h"
#include "expression/function_registry.h"
#include "types/collation.h"
#include "types/utf8.h"

namespace sluice::expression {

using types::FieldType;
using types::PhysicalType;
using types::TypeCode;
using types::Value;

types::ConversionContext make_conversion_context(EvalContext& context) {
  types::ConversionContext result;
  result.sql_mode = context.sql_mode;
  result.time_zone = context.time_zone;
  result.statement_time_us = context.statement_time_us;
  result.warnings = context.warnings;
  result.truncate_as_error = context.in_dml_strict;
  result.max_allowed_packet = context.max_allowed_packet;
  result.row_number = context.row_number + 1;
  return result;
}

bool kind_fits(Value::Kind kind, PhysicalType type) noexcept {
  using Kind = Value::Kind;
  switch (type) {
    case PhysicalType::kInt64:
      return kind == Kind::kInt64;
    case PhysicalType::kUInt64:
      return kind == Kind::kUInt64;
    case PhysicalType::kDouble:
      return kind == Kind::kDouble;
    case PhysicalType::kDecimal:
      return kind == Kind::kDecimal;
    case PhysicalType::kTime:
      return kind == Kind::kTime;
    case PhysicalType::kDuration:
      return kind == Kind::kDuration;
    case PhysicalType::kString:
      return kind == Kind::kString;
    case PhysicalType::kJson:
      return kind == Kind::kJson;
  }
  return false;
}

FieldType natural_type(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return null_type();
    case Value::Kind::kInt64:
      return int_type();
    case Value::Kind::kUInt64:
      return uint_type();
    case Value::Kind::kDouble:
      return double_type();
    case Value::Kind::kDecimal:
      return decimal_type(value.as_decimal().precision(), value.as_decimal().scale());
    case Value::Kind::kString:
      return varchar_type(static_cast<std::int64_t>(types::utf8_length(value.as_string())), types::default_collation());
    case Value::Kind::kTime:
      return datetime_type(6);
    case Value::Kind::kDuration:
      return duration_type(6);
    case Value::Kind::kJson:
      return json_type();
  }
  return null_type();
}

bool is_ascii_value(const Value& value) noexcept {
  if (value.kind() == Value::Kind::kString) return types::is_ascii(value.as_string());
  return value.kind() != Value::Kind::kJson;
}

namespace {

std::string with_length(std::string_view name, const FieldType& type) {
  std::string result(name);
  if (type.flen >= 0) result += '(' + std::to_string(type.flen) + ')';
  return result;
}

std::string with_fsp(std::string_view name, const FieldType& type) {
  std::string result(name);
  if (type.fsp() > 0) result += '(' + std::to_string(type.fsp()) + ')';
  return result;
}

}  // namespace

std::string cast_type_text(const FieldType& type) {
  switch (types::physical_type(type)) {
    case PhysicalType::kInt64:
      return with_length("bigint", type) + " BINARY";
    case PhysicalType::kUInt64:
      return with_length("bigint", type) + " UNSIGNED BINARY";
    case PhysicalType::kDouble:
      return "double BINARY";
    case PhysicalType::kDecimal:
      return "decimal(" + std::to_string(type.flen) + "," + std::to_string(type.decimals) + ") BINARY";
    case PhysicalType::kTime:
      return with_fsp(type.code == TypeCode::kDate        ? "date"
                      : type.code == TypeCode::kTimestamp ? "timestamp"
                                                          : "datetime",
                      type) +
             " BINARY";
    case PhysicalType::kDuration:
      return with_fsp("time", type);
    case PhysicalType::kString:
      return with_length(type.code == TypeCode::kString ? "char" : "var_string", type);
    case PhysicalType::kJson:
      return "json BINARY";
  }
  return {};
}

}  // namespace sluice::expression
