// Conversion to ENUM, SET and JSON.
#include <algorithm>
#include <optional>

#include "base/sql_error.h"
#include "types/collation.h"
#include "types/convert.h"
#include "types/convert_report.h"
#include "types/json.h"
#include "types/number_text.h"
#include "types/value_text.h"

namespace sluice::types {

namespace {

using Kind = Value::Kind;

bool labels_equal(const FieldType& type, std::string_view a, std::string_view b) {
  return type.collation != nullptr ? type.collation->equal(a, b) : a == b;
}

/// Mask of all labels of a SET.
std::uint64_t full_mask(const FieldType& type) {
  const std::size_t count = type.elements == nullptr ? 0 : type.elements->size();
  return count == 0 ? 0 : ~0ull >> (64 - std::min<std::size_t>(count, 64));
}

}  // namespace

std::uint64_t find_enum_ordinal(const FieldType& type, std::string_view label) {
  if (type.elements == nullptr) return 0;
  for (std::size_t i = 0; i < type.elements->size(); ++i) {
    if (labels_equal(type, (*type.elements)[i], label)) return i + 1;
  }
  return 0;
}

bool find_set_mask(const FieldType& type, std::string_view labels, std::uint64_t& mask) {
  mask = 0;
  if (labels.empty()) return true;
  bool all_known = true;
  while (true) {
    const std::size_t comma = labels.find(',');
    const std::uint64_t ordinal = find_enum_ordinal(type, labels.substr(0, comma));
    if (ordinal == 0) {
      all_known = false;
    } else {
      mask |= 1ull << (ordinal - 1);
    }
    if (comma == std::string_view::npos) return all_known;
    labels.remove_prefix(comma + 1);
  }
}

namespace conversion {

namespace {

/// Whether a value of this type is taken by its label rather than its number.
bool is_labelled(const Value& value, const FieldType& from) {
  if (value.kind() == Kind::kString || value.kind() == Kind::kJson || value.kind() == Kind::kTime ||
      value.kind() == Kind::kDuration)
    return true;
  return from.code == TypeCode::kEnum || from.code == TypeCode::kSet;
}

std::string label_text(const Value& value, const FieldType& from) {
  if (value.kind() == Kind::kJson && value.as_json().view().is_string())
    return std::string(value.as_json().view().string());
  return format_value(value, from);
}

/// The number that `text` is, all of it and without spaces around it; else nothing.
std::optional<std::uint64_t> number_of_label(std::string_view text) {
  const NumberParse<std::uint64_t> parse = parse_uint64_prefix(text);
  if (!parse.has_digits || parse.overflow || parse.consumed != text.size()) return std::nullopt;
  const bool begins_as_number = text.front() == '+' || (text.front() >= '0' && text.front() <= '9');
  return begins_as_number ? std::optional(parse.value) : std::nullopt;
}

std::uint64_t ordinal_number(const Value& value, const FieldType& from, ConversionContext& ctx) {
  static const FieldType kUnsigned = FieldType::bigint_unsigned();
  ConversionContext cast = ctx;
  cast.purpose = ConversionPurpose::kCast;
  return to_integer(value, from, kUnsigned, cast).as_uint64();
}

}  // namespace

Value to_enum(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  const std::uint64_t count = to.elements == nullptr ? 0 : to.elements->size();
  std::uint64_t ordinal = 0;
  // What stands for a refused label moves from ENUM to ENUM, in strict mode too: TiDB warns, MySQL says nothing.
  if (from.code == TypeCode::kEnum && value.kind() == Kind::kUInt64 && value.as_uint64() == 0) {
    ctx.warn(SqlError(ErrorCode::kWarnDataTruncated, ctx.column_name, ctx.row_number));
    return value;
  }
  if (is_labelled(value, from)) {
    const std::string label = label_text(value, from);
    ordinal = find_enum_ordinal(to, label);
    if (ordinal == 0) ordinal = number_of_label(label).value_or(0);
  } else {
    ordinal = ordinal_number(value, from, ctx);
  }
  if (ordinal != 0 && ordinal <= count) return Value(ordinal);
  report_data_truncated(ctx);
  return Value(std::uint64_t{0});
}

Value to_set(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  std::uint64_t mask = 0;
  bool known;
  if (is_labelled(value, from)) {
    const std::string labels = label_text(value, from);
    known = find_set_mask(to, labels, mask);
    if (!known) {
      const std::optional<std::uint64_t> number = number_of_label(labels);
      if (number && *number <= full_mask(to)) {
        mask = *number;
        known = true;
      }
    }
  } else {
    mask = ordinal_number(value, from, ctx);
    known = mask <= full_mask(to);
    mask &= full_mask(to);
  }
  if (!known) report_data_truncated(ctx);
  return Value(mask);
}

namespace {

Json json_from_time(Time time, const FieldType& from) {
  const JsonType type = from.code == TypeCode::kDate        ? JsonType::kDate
                        : from.code == TypeCode::kTimestamp ? JsonType::kTimestamp
                                                            : JsonType::kDatetime;
  return Json::from_packed_time(type, time.packed,
                                static_cast<std::uint32_t>(from.code == TypeCode::kDate ? 0 : kMaxFsp));
}

Json json_from_unsigned(std::uint64_t number, const FieldType& from) {
  if (from.code == TypeCode::kEnum || from.code == TypeCode::kSet)
    return Json::from_string(format_value(Value(number), from));
  if (from.code == TypeCode::kBit) {
    std::string bytes;
    append_bit_bytes(number, from.flen, bytes);
    return Json::from_opaque(static_cast<std::uint8_t>(from.code), bytes);
  }
  return Json::from_uint64(number);
}

}  // namespace

Value to_json(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  switch (value.kind()) {
    case Kind::kNull:
      return {};
    case Kind::kInt64:
      return Value(from.is_boolean() ? Json::from_bool(value.as_int64() != 0) : Json::from_int64(value.as_int64()));
    case Kind::kUInt64:
      return Value(json_from_unsigned(value.as_uint64(), from));
    case Kind::kDouble:
      return Value(Json::from_double(value.as_double()));
    case Kind::kDecimal:
      return Value(Json::from_double(value.as_decimal().to_double()));
    case Kind::kString:
      if (!from.is_binary_string()) return Value(Json::parse(value.as_string()));
      if (is_assignment(ctx)) throw SqlError(ErrorCode::kInvalidJsonCharset, "binary");
      return Value(Json::from_opaque(static_cast<std::uint8_t>(from.code), value.as_string()));
    case Kind::kTime:
      return Value(json_from_time(value.as_time(), from));
    case Kind::kDuration:
      return Value(Json::from_duration(value.as_duration().nanoseconds, static_cast<std::uint32_t>(kMaxFsp)));
    case Kind::kJson:
      return value;
  }
  return {};
}

}  // namespace conversion

}  // namespace sluice::types
