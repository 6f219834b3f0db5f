#include "expression/type_inference.h"

#include <algorithm>
#include <span>

#include "expression/builder.h"
#include "expression/function_registry.h"
#include "types/collation.h"

namespace sluice::expression {

using types::FieldType;
using types::TypeCode;

Domain domain_of(const FieldType& type) noexcept {
  switch (type.code) {
    case TypeCode::kTiny:
    case TypeCode::kShort:
    case TypeCode::kInt24:
    case TypeCode::kLong:
    case TypeCode::kLongLong:
    case TypeCode::kYear:
    case TypeCode::kBit:
      return Domain::kInt;
    case TypeCode::kFloat:
    case TypeCode::kDouble:
      return Domain::kReal;
    case TypeCode::kNewDecimal:
      return Domain::kDecimal;
    case TypeCode::kDate:
    case TypeCode::kDatetime:
    case TypeCode::kTimestamp:
      return Domain::kTime;
    case TypeCode::kDuration:
      return Domain::kDuration;
    case TypeCode::kJson:
      return Domain::kJson;
    default:
      return Domain::kString;
  }
}

Domain numeric_domain_of(const FieldType& type) noexcept {
  if (type.code == TypeCode::kNull || type.is_binary_literal()) return Domain::kInt;
  switch (domain_of(type)) {
    case Domain::kInt:
      return Domain::kInt;
    case Domain::kDecimal:
      return Domain::kDecimal;
    case Domain::kTime:
    case Domain::kDuration:
      return type.fsp() > 0 ? Domain::kDecimal : Domain::kInt;
    default:
      return Domain::kReal;
  }
}

namespace {

int integer_digits(const FieldType& type) noexcept {
  switch (type.code) {
    case TypeCode::kTiny:
      return 3;
    case TypeCode::kShort:
      return 5;
    case TypeCode::kInt24:
      return 8;
    case TypeCode::kLong:
      return 10;
    case TypeCode::kYear:
      return 4;
    default:
      break;
  }
  if (type.is_boolean()) return 1;
  if (type.is_zerofill()) return 20;  // the width that a column was declared with bounds nothing
  return type.flen > 0 && type.flen < 20 ? type.flen : 20;
}

}  // namespace

DecimalShape decimal_shape(const FieldType& type) noexcept {
  switch (domain_of(type)) {
    case Domain::kInt:
      return {integer_digits(type), 0};
    case Domain::kDecimal: {
      const int scale = std::max(type.decimals, 0);
      return {type.flen > 0 ? type.flen : 10, scale};
    }
    case Domain::kTime:
      return {(type.code == TypeCode::kDate ? 8 : 14) + type.fsp(), type.fsp()};
    case Domain::kDuration:
      return {7 + type.fsp(), type.fsp()};
    default:
      return {types::kMaxDecimalPrecision, types::kMaxDecimalScale};
  }
}

namespace {

/// Characters of the longest number of an integer type, sign included.
std::int64_t widest_integer(const FieldType& type) noexcept {
  const bool is_unsigned = type.is_unsigned();
  switch (type.code) {
    case TypeCode::kTiny:
      return is_unsigned ? 3 : 4;
    case TypeCode::kShort:
      return is_unsigned ? 5 : 6;
    case TypeCode::kInt24:
      return 8;
    case TypeCode::kLong:
      return is_unsigned ? 10 : 11;
    default:
      return 20;
  }
}

}  // namespace

std::int64_t text_length(const FieldType& type) noexcept {
  switch (type.code) {
    case TypeCode::kNull:
      return 0;
    case TypeCode::kTiny:
    case TypeCode::kShort:
    case TypeCode::kInt24:
    case TypeCode::kLong:
    case TypeCode::kLongLong:
      // The display width bounds nothing: a TINYINT(1) holds 127.
      return std::max<std::int64_t>(type.flen, widest_integer(type));
    case TypeCode::kYear:
      return 4;
    case TypeCode::kBit:
      return (std::max(type.flen, 1) + 7) / 8;
    case TypeCode::kFloat:
      return 12;
    case TypeCode::kDouble:
      return 24;
    case TypeCode::kNewDecimal:
      // A sign, a point, and the zero before a point that has no other digit before it.
      return (type.flen > 0 ? type.flen : types::kMaxDecimalPrecision) + 3;
    case TypeCode::kDate:
      return 10;
    case TypeCode::kDatetime:
    case TypeCode::kTimestamp:
      return type.fsp() > 0 ? 20 + type.fsp() : 19;
    case TypeCode::kDuration:
      return type.fsp() > 0 ? 11 + type.fsp() : 10;
    case TypeCode::kJson:
      return -1;
    case TypeCode::kEnum:
    case TypeCode::kSet: {
      std::int64_t longest = 0;
      std::int64_t all = 0;
      if (type.elements != nullptr) {
        for (const std::string& element : *type.elements) {
          const auto length = static_cast<std::int64_t>(element.size());
          longest = std::max(longest, length);
          all += length + 1;
        }
      }
      return type.code == TypeCode::kEnum ? longest : std::max<std::int64_t>(all - 1, 0);
    }
    default:
      return type.flen;
  }
}

namespace {

int integer_rank(TypeCode code) noexcept {
  switch (code) {
    case TypeCode::kTiny:
      return 1;
    case TypeCode::kShort:
    case TypeCode::kYear:
      return 2;
    case TypeCode::kInt24:
      return 3;
    case TypeCode::kLong:
      return 4;
    default:
      return 5;
  }
}

FieldType merge_integers(const FieldType& left, const FieldType& right) {
  const FieldType& wider = integer_rank(left.code) >= integer_rank(right.code) ? left : right;
  FieldType result = wider;
  if (result.code == TypeCode::kYear || result.code == TypeCode::kBit) {
    if (left.code == right.code) {
      result.flen = std::max(left.flen, right.flen);
      return result;
    }
    result = int_type();
  }
  if (left.is_unsigned() != right.is_unsigned()) {
    const FieldType& unsigned_side = left.is_unsigned() ? left : right;
    if (integer_rank(unsigned_side.code) == 5) return decimal_type(20, 0);
    result = int_type();
  }
  result.flen = std::max(left.flen, right.flen);
  return result;
}

FieldType merge_strings(const FieldType& left, const FieldType& right) {
  const types::Collation* collation = left.collation != nullptr ? left.collation : right.collation;
  if ((left.collation != nullptr && left.collation->charset->is_binary()) ||
      (right.collation != nullptr && right.collation->charset->is_binary())) {
    collation = types::binary_collation();
  }
  if (collation == nullptr) collation = types::default_collation();
  const std::int64_t left_length = text_length(left);
  const std::int64_t right_length = text_length(right);
  const std::int64_t length = left_length < 0 || right_length < 0 ? -1 : std::max(left_length, right_length);
  FieldType result = varchar_type(length, collation);
  for (const FieldType* side : {&left, &right}) {
    if (types::is_blob_code(side->code)) {
      const bool wider = !types::is_blob_code(result.code) || side->code == TypeCode::kLongBlob ||
                         (side->code == TypeCode::kMediumBlob && result.code != TypeCode::kLongBlob) ||
                         (side->code == TypeCode::kBlob && result.code == TypeCode::kTinyBlob);
      if (wider) result.code = side->code;
    }
  }
  if (left.code == TypeCode::kString && right.code == TypeCode::kString && left.flen == right.flen) {
    result.code = TypeCode::kString;
  }
  return result;
}

FieldType merge_two(const FieldType& left, const FieldType& right) {
  if (left.code == TypeCode::kNull) return right;
  if (right.code == TypeCode::kNull) return left;
  const Domain left_domain = domain_of(left);
  const Domain right_domain = domain_of(right);
  if (left_domain == Domain::kInt && right_domain == Domain::kInt) {
    FieldType result = merge_integers(left, right);
    if (!left.is_boolean() || !right.is_boolean()) result.clear_flag(types::field_flag::kIsBoolean);
    return result;
  }
  const auto is_number = [](Domain domain) {
    return domain == Domain::kInt || domain == Domain::kReal || domain == Domain::kDecimal;
  };
  if (is_number(left_domain) && is_number(right_domain)) {
    if (left_domain == Domain::kReal || right_domain == Domain::kReal) {
      if (left.code == TypeCode::kFloat && right.code == TypeCode::kFloat) return left;
      FieldType result = double_type();
      if (left.decimals >= 0 && right.decimals >= 0 && left_domain == right_domain) {
        result.decimals = std::max(left.decimals, right.decimals);
        result.flen = std::max(left.flen, right.flen);
      }
      return result;
    }
    const DecimalShape a = decimal_shape(left);
    const DecimalShape b = decimal_shape(right);
    const int scale = std::max(a.scale, b.scale);
    FieldType result = decimal_type(std::max(a.integer_digits(), b.integer_digits()) + scale, scale);
    if (left.is_unsigned() && right.is_unsigned()) result.set_flag(types::field_flag::kUnsigned);
    return result;
  }
  if (left_domain == Domain::kJson && right_domain == Domain::kJson) return json_type();
  const auto is_temporal = [](Domain domain) { return domain == Domain::kTime || domain == Domain::kDuration; };
  if (is_temporal(left_domain) && is_temporal(right_domain)) {
    const int fsp = std::max(left.fsp(), right.fsp());
    if (left.code == right.code) {
      FieldType result = left.fsp() >= right.fsp() ? left : right;
      return result;
    }
    return datetime_type(fsp);
  }
  if ((left.code == TypeCode::kEnum || left.code == TypeCode::kSet) && left.code == right.code &&
      left.elements != nullptr && right.elements != nullptr && *left.elements == *right.elements &&
      left.collation == right.collation) {
    return left;
  }
  return merge_strings(left, right);
}

}  // namespace

FieldType merge_types(std::span<const FieldType> inputs) {
  if (inputs.empty()) return null_type();
  FieldType result = inputs.front();
  bool all_not_null = true;
  for (const FieldType& input : inputs) all_not_null &= input.not_null();
  for (const FieldType& input : inputs.subspan(1)) result = merge_two(result, input);
  constexpr std::uint32_t kColumnFlags =
      types::field_flag::kNotNull | types::field_flag::kPrimaryKey | types::field_flag::kUniqueKey |
      types::field_flag::kMultipleKey | types::field_flag::kAutoIncrement | types::field_flag::kNoDefault |
      types::field_flag::kOnUpdateNow | types::field_flag::kPartOfKey | types::field_flag::kTimestamp;
  result.clear_flag(kColumnFlags);
  if (all_not_null) result.set_flag(types::field_flag::kNotNull);
  return result;
}

}  // namespace sluice::expression
