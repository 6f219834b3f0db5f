#include "vector/sort_key.h"

#include <bit>
#include <cstring>

#include "types/collation.h"
#include "types/decimal.h"
#include "types/json.h"
#include "types/time.h"

namespace sluice::vector {

using types::PhysicalType;

namespace {

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

void append_word(std::uint64_t word, std::string& out) {
  const std::uint64_t big_endian = __builtin_bswap64(word);
  char bytes[8];
  std::memcpy(bytes, &big_endian, sizeof(bytes));
  out.append(bytes, sizeof(bytes));
}

void append_signed(std::int64_t value, std::string& out) {
  append_word(static_cast<std::uint64_t>(value) ^ kSignBit, out);
}

// Positive numbers order by their bits; negative ones in reverse.
void append_double(double value, std::string& out) {
  const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
  append_word((bits & kSignBit) != 0 ? ~bits : bits | kSignBit, out);
}

void append_escaped(std::string_view bytes, std::string& out) {
  std::size_t begin = 0;
  for (std::size_t zero = bytes.find('\0'); zero != std::string_view::npos; zero = bytes.find('\0', begin)) {
    out.append(bytes.substr(begin, zero - begin));
    out.append("\0\xff", 2);
    begin = zero + 1;
  }
  out.append(bytes.substr(begin));
  out.append("\0\0", 2);
}

// Sign (0 negative, 1 zero, 2 positive), then for negative numbers inverted: count of integer digits, or 128 less the count of zeros
// after the point; significant digits without trailing zeros; a terminator below every digit.
void append_decimal(const types::Decimal& value, std::string& out) {
  if (value.is_zero()) {
    out.push_back(1);
    return;
  }
  char text[types::Decimal::kMaxTextBytes];
  const types::Decimal magnitude = value.abs();
  const std::size_t length = magnitude.format(text);
  std::string digits;
  int exponent = 0;
  bool after_point = false;
  for (std::size_t index = 0; index < length; ++index) {
    const char character = text[index];
    if (character == '.') {
      after_point = true;
      continue;
    }
    if (digits.empty() && character == '0') {
      if (after_point) --exponent;
      continue;
    }
    digits.push_back(character);
    if (!after_point) ++exponent;
  }
  while (!digits.empty() && digits.back() == '0') digits.pop_back();
  const bool negative = value.is_negative();
  out.push_back(digits.empty() ? 1 : negative ? 0 : 2);
  if (digits.empty()) return;  // non-zero only in digits that do not show
  const std::size_t begin = out.size();
  out.push_back(static_cast<char>(128 + exponent));
  out += digits;
  out.push_back('\0');
  if (!negative) return;
  for (std::size_t index = begin; index < out.size(); ++index) out[index] = static_cast<char>(~out[index]);
}

enum class JsonRank : char { kNull = 1, kNumber, kString, kObject, kArray, kBoolean, kDate, kTime, kDatetime, kOpaque };

void append_json(types::JsonView view, std::string& out) {
  using types::JsonType;
  const auto rank = [&out](JsonRank value) { out.push_back(static_cast<char>(value)); };
  switch (view.type()) {
    case JsonType::kLiteral:
      if (view.is_null()) return rank(JsonRank::kNull);
      rank(JsonRank::kBoolean);
      out.push_back(view.boolean() ? 1 : 0);
      return;
    case JsonType::kInt64:
      rank(JsonRank::kNumber);
      append_double(static_cast<double>(view.int64()), out);
      return append_signed(view.int64(), out);
    case JsonType::kUInt64:
      rank(JsonRank::kNumber);
      append_double(static_cast<double>(view.uint64()), out);
      return append_word(view.uint64() | kSignBit, out);
    case JsonType::kDouble:
      rank(JsonRank::kNumber);
      append_double(view.float64(), out);
      return append_signed(0, out);
    case JsonType::kString:
      rank(JsonRank::kString);
      return append_escaped(view.string(), out);
    case JsonType::kOpaque:
      rank(JsonRank::kOpaque);
      return append_escaped(view.string(), out);
    case JsonType::kDate:
      rank(JsonRank::kDate);
      return append_word(view.packed_time(), out);
    case JsonType::kDatetime:
    case JsonType::kTimestamp:
      rank(JsonRank::kDatetime);
      return append_word(view.packed_time(), out);
    case JsonType::kTime:
      rank(JsonRank::kTime);
      return append_signed(view.nanoseconds(), out);
    case JsonType::kObject:
    case JsonType::kArray: {
      rank(view.is_object() ? JsonRank::kObject : JsonRank::kArray);
      append_word(view.size(), out);
      std::string text;
      types::append_json_text(view, text);
      return append_escaped(text, out);
    }
  }
}

void append_value(const SortColumn& column, const ColumnVector& values, std::size_t row, std::string& out) {
  switch (values.type()) {
    case PhysicalType::kInt64:
    case PhysicalType::kDuration:
      return append_signed(values.at<std::int64_t>(row), out);
    case PhysicalType::kUInt64:
    case PhysicalType::kTime:
      return append_word(values.at<std::uint64_t>(row), out);
    case PhysicalType::kDouble:
      return append_double(values.at<double>(row), out);
    case PhysicalType::kDecimal:
      return append_decimal(values.at<types::Decimal>(row), out);
    case PhysicalType::kString: {
      if (column.collation == nullptr || (column.collation->is_bytewise() && !column.collation->pad_space)) {
        return append_escaped(values.string_at(row), out);
      }
      if (column.collation->is_bytewise())
        return append_escaped(types::trim_trailing_spaces(values.string_at(row)), out);
      std::string weights;
      column.collation->append_sort_key(values.string_at(row), weights);
      return append_escaped(weights, out);
    }
    case PhysicalType::kJson:
      return append_json(types::JsonView::from_binary(values.string_at(row)), out);
  }
}

}  // namespace

void append_sort_key(std::span<const SortColumn> order, std::span<const ColumnVector* const> columns, std::size_t row,
                     std::string& out) {
  for (std::size_t index = 0; index < order.size(); ++index) {
    const std::size_t begin = out.size();
    const ColumnVector& values = *columns[index];
    if (values.is_null(row)) {
      out.push_back(0);
    } else {
      out.push_back(1);
      append_value(order[index], values, row, out);
    }
    if (!order[index].descending) continue;
    for (std::size_t position = begin; position < out.size(); ++position) {
      out[position] = static_cast<char>(~out[position]);
    }
  }
}

}  // namespace sluice::vector
