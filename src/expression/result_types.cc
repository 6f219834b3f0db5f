// Result types as MySQL and TiDB report them in column metadata.
#include <algorithm>

#include "expression/function_registry.h"
#include "types/collation.h"

namespace sluice::expression {

using types::FieldType;
using types::TypeCode;

namespace {

FieldType numeric_type(TypeCode code, int flen, int decimals, std::uint32_t flags) {
  FieldType type;
  type.code = code;
  type.flags = flags | types::field_flag::kBinary;
  type.flen = flen;
  type.decimals = decimals;
  return type;
}

}  // namespace

FieldType bool_type() { return numeric_type(TypeCode::kLongLong, 1, 0, types::field_flag::kIsBoolean); }
FieldType int_type(int flen) { return numeric_type(TypeCode::kLongLong, flen, 0, 0); }
FieldType uint_type(int flen) { return numeric_type(TypeCode::kLongLong, flen, 0, types::field_flag::kUnsigned); }
FieldType double_type() { return numeric_type(TypeCode::kDouble, 23, types::kUnspecifiedLength, 0); }

FieldType decimal_type(int precision, int scale) {
  scale = std::clamp(scale, 0, types::kMaxDecimalScale);
  precision = std::clamp(precision, std::max(scale, 1), types::kMaxDecimalPrecision);
  return numeric_type(TypeCode::kNewDecimal, precision, scale, 0);
}

FieldType date_type() { return numeric_type(TypeCode::kDate, 10, 0, 0); }

FieldType datetime_type(int decimals) {
  return numeric_type(TypeCode::kDatetime, decimals > 0 ? 20 + decimals : 19, decimals, 0);
}

FieldType duration_type(int decimals) {
  return numeric_type(TypeCode::kDuration, decimals > 0 ? 11 + decimals : 10, decimals, 0);
}

FieldType json_type() {
  FieldType type = FieldType::json();
  type.flags |= types::field_flag::kBinary;
  return type;
}

FieldType null_type() {
  FieldType type = FieldType::null();
  type.flags |= types::field_flag::kBinary;
  return type;
}

FieldType varchar_type(std::int64_t characters, const types::Collation* collation) {
  constexpr std::int64_t kMaxVarcharBytes = 65535;
  constexpr std::int64_t kMaxLongTextBytes = 4294967295;
  FieldType type;
  type.collation = collation;
  type.decimals = types::kUnspecifiedLength;
  const std::int64_t bytes = characters < 0 ? kMaxLongTextBytes : characters * collation->charset->max_bytes;
  type.code = bytes <= kMaxVarcharBytes * 4 ? TypeCode::kVarString : TypeCode::kLongBlob;
  type.flen = static_cast<std::int32_t>(characters < 0 ? -1 : std::min<std::int64_t>(characters, 2147483647));
  if (collation->charset->is_binary()) type.flags |= types::field_flag::kBinary;
  return type;
}

FieldType binary_string_type(std::int64_t bytes) { return varchar_type(bytes, types::binary_collation()); }

}  // namespace sluice::expression
