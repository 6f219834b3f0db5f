#include "types/value_text.h"

#include <algorithm>

#include "types/number_text.h"

namespace sluice::types {

namespace {

/// Left-pads what was appended since `start` with zeros to the display width.
void zero_fill(std::size_t start, const FieldType& type, std::string& out) {
  const std::size_t length = out.size() - start;
  if (type.flen > 0 && length < static_cast<std::size_t>(type.flen))
    out.insert(start, static_cast<std::size_t>(type.flen) - length, '0');
}

void append_year(std::int64_t year, std::string& out) {
  if (year == 0) {
    out += "0000";
  } else {
    append_int64(year, out);
  }
}

}  // namespace

std::string_view enum_label(const FieldType& type, std::uint64_t ordinal) noexcept {
  if (ordinal == 0 || type.elements == nullptr || ordinal > type.elements->size()) return {};
  return (*type.elements)[ordinal - 1];
}

void append_set_labels(const FieldType& type, std::uint64_t mask, std::string& out) {
  if (type.elements == nullptr) return;
  bool first = true;
  for (std::size_t i = 0; i < type.elements->size() && i < 64; ++i) {
    if ((mask >> i & 1) == 0) continue;
    if (!first) out.push_back(',');
    first = false;
    out += (*type.elements)[i];
  }
}

void append_bit_bytes(std::uint64_t value, int bits, std::string& out) {
  for (int shift = (std::clamp(bits, 1, 64) - 1) / 8 * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift));
}

void append_int64_text(std::int64_t value, const FieldType& type, std::string& out) {
  if (type.code == TypeCode::kYear) return append_year(value, out);
  const std::size_t start = out.size();
  append_int64(value, out);
  if (type.is_zerofill()) zero_fill(start, type, out);
}

void append_uint64_text(std::uint64_t value, const FieldType& type, std::string& out) {
  switch (type.code) {
    case TypeCode::kEnum:
      out += enum_label(type, value);
      return;
    case TypeCode::kSet:
      return append_set_labels(type, value, out);
    case TypeCode::kBit:
      return append_bit_bytes(value, type.flen > 0 ? type.flen : 1, out);
    default: {
      const std::size_t start = out.size();
      append_uint64(value, out);
      if (type.is_zerofill()) zero_fill(start, type, out);
    }
  }
}

void append_double_text(double value, const FieldType& type, std::string& out) {
  const std::size_t start = out.size();
  if (type.decimals >= 0 && type.decimals <= kMaxDecimalScale) {
    append_double_fixed(value, type.decimals, out);
  } else if (type.code == TypeCode::kFloat) {
    append_float(static_cast<float>(value), out);
  } else {
    append_double(value, out);
  }
  if (type.is_zerofill()) zero_fill(start, type, out);
}

void append_time_text(Time value, const FieldType& type, std::string& out) {
  if (type.code == TypeCode::kDate) {
    value.append_date(out);
  } else {
    value.append_datetime(type.fsp(), out);
  }
}

void append_value_text(const Value& value, const FieldType& type, std::string& out) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return;
    case Value::Kind::kInt64:
      return append_int64_text(value.as_int64(), type, out);
    case Value::Kind::kUInt64:
      return append_uint64_text(value.as_uint64(), type, out);
    case Value::Kind::kDouble:
      return append_double_text(value.as_double(), type, out);
    case Value::Kind::kDecimal: {
      const std::size_t start = out.size();
      value.as_decimal().append_to(out);
      if (type.is_zerofill()) zero_fill(start, type, out);
      return;
    }
    case Value::Kind::kString:
      out += value.as_string();
      return;
    case Value::Kind::kTime:
      return append_time_text(value.as_time(), type, out);
    case Value::Kind::kDuration:
      return value.as_duration().append_to(type.fsp(), out);
    case Value::Kind::kJson:
      return append_json_text(value.as_json().view(), out);
  }
}

std::string format_value(const Value& value, const FieldType& type) {
  if (value.is_null()) return "NULL";
  std::string text;
  append_value_text(value, type, text);
  return text;
}

std::string format_key_value(const Value& value, const FieldType& type) {
  std::string text = format_value(value, type);
  const bool holds_bytes = type.is_binary_string() || type.code == TypeCode::kBit;
  if (value.is_null() || !holds_bytes) return text;
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      shown.push_back(c);
    } else {
      shown.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  return shown;
}

std::string to_sql_literal(const Value& value, const FieldType& type) {
  std::string text = format_value(value, type);
  switch (value.kind()) {
    case Value::Kind::kNull:
    case Value::Kind::kInt64:
    case Value::Kind::kDouble:
    case Value::Kind::kDecimal:
      return text;
    case Value::Kind::kUInt64:
      if (type.is_integer()) return text;
      break;
    default:
      break;
  }
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted.push_back('\\');
    if (c == '\0') {
      quoted += "\\0";
    } else if (c == '\n') {
      quoted += "\\n";
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "'";
}

}  // namespace sluice::types
