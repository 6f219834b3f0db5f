#include "server/row_encoder.h"

#include <charconv>
#include <cstring>

#include "server/packet_channel.h"
#include "types/collation.h"
#include "types/json.h"
#include "types/value_text.h"

namespace sluice::server {
namespace {

using types::PhysicalType;
using types::TypeCode;

/// Appends `append(out)`'s text with a one-byte length, which suits all numbers and times.
template <class Append>
void append_short(std::string& out, Append append) {
  const std::size_t begin = out.size();
  out.push_back('\0');
  append(out);
  const std::size_t length = out.size() - begin - 1;
  if (length < 251) {
    out[begin] = static_cast<char>(length);
    return;
  }
  std::string prefix;
  append_length(prefix, length);
  out.replace(begin, 1, prefix);
}

bool is_plain_integer(const types::FieldType& type) {
  return (type.flags & types::field_flag::kZerofill) == 0 && type.code != TypeCode::kYear &&
         type.code != TypeCode::kEnum && type.code != TypeCode::kSet && type.code != TypeCode::kBit;
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  append_int1(out, static_cast<std::uint8_t>(end - digits));
  out.append(digits, end);
}

/// ENUM, SET and BIT.
void append_label(std::uint64_t value, const SentColumn& sent, std::string& out) {
  std::string text;
  types::append_uint64_text(value, sent.type, text);
  append_text(out, text, sent.encoding);
}

void append_text_value(const vector::ColumnVector& column, const SentColumn& sent, std::size_t row, std::string& out) {
  const types::FieldType& type = sent.type;
  if (column.is_null(row)) {
    out.push_back('\xfb');
    return;
  }
  switch (column.type()) {
    case PhysicalType::kInt64:
      if (is_plain_integer(type)) return append_integer(out, column.at<std::int64_t>(row));
      return append_short(out,
                          [&](std::string& to) { types::append_int64_text(column.at<std::int64_t>(row), type, to); });
    case PhysicalType::kUInt64:
      if (is_plain_integer(type)) return append_integer(out, column.at<std::uint64_t>(row));
      if (sent.encoding != nullptr) return append_label(column.at<std::uint64_t>(row), sent, out);
      return append_short(out,
                          [&](std::string& to) { types::append_uint64_text(column.at<std::uint64_t>(row), type, to); });
    case PhysicalType::kDouble:
      return append_short(out, [&](std::string& to) { types::append_double_text(column.at<double>(row), type, to); });
    case PhysicalType::kTime:
      return append_short(out,
                          [&](std::string& to) { types::append_time_text(column.at<types::Time>(row), type, to); });
    case PhysicalType::kDecimal:
    case PhysicalType::kDuration:
      return append_short(out, [&](std::string& to) { types::append_value_text(column.value_at(row), type, to); });
    case PhysicalType::kString:
      return append_text(out, column.string_at(row), sent.encoding);
    case PhysicalType::kJson: {
      std::string text;
      types::append_json_text(types::JsonView::from_binary(column.string_at(row)), text);
      return append_text(out, text, sent.encoding);
    }
  }
}

void append_double_bytes(std::string& out, double value) {
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  out.append(bytes, 8);
}

void append_binary_integer(std::string& out, TypeCode code, std::uint64_t value) {
  switch (code) {
    case TypeCode::kTiny:
      return append_int1(out, static_cast<std::uint8_t>(value));
    case TypeCode::kShort:
    case TypeCode::kYear:
      return append_int2(out, static_cast<std::uint16_t>(value));
    case TypeCode::kLong:
    case TypeCode::kInt24:
      return append_int4(out, static_cast<std::uint32_t>(value));
    default:
      return append_int8(out, value);
  }
}

/// Length, then as many parts as are not zero: date; hours, minutes, seconds; microseconds.
void append_binary_time(std::string& out, types::Time time, TypeCode code) {
  const bool has_date = time.packed != 0;
  const bool has_clock = code != TypeCode::kDate &&
                         (time.hour() != 0 || time.minute() != 0 || time.second() != 0 || time.microsecond() != 0);
  const bool has_fraction = code != TypeCode::kDate && time.microsecond() != 0;
  append_int1(out, has_fraction ? 11 : has_clock ? 7 : has_date ? 4 : 0);
  if (!has_date && !has_clock) return;
  append_int2(out, static_cast<std::uint16_t>(time.year()));
  append_int1(out, static_cast<std::uint8_t>(time.month()));
  append_int1(out, static_cast<std::uint8_t>(time.day()));
  if (!has_clock) return;
  append_int1(out, static_cast<std::uint8_t>(time.hour()));
  append_int1(out, static_cast<std::uint8_t>(time.minute()));
  append_int1(out, static_cast<std::uint8_t>(time.second()));
  if (has_fraction) append_int4(out, static_cast<std::uint32_t>(time.microsecond()));
}

void append_binary_duration(std::string& out, types::Duration duration) {
  if (duration.nanoseconds == 0) return append_int1(out, 0);
  const std::uint64_t microseconds =
      static_cast<std::uint64_t>(duration.nanoseconds < 0 ? -duration.nanoseconds : duration.nanoseconds) / 1000;
  const std::uint64_t seconds = microseconds / 1'000'000;
  const bool has_fraction = microseconds % 1'000'000 != 0;
  append_int1(out, has_fraction ? 12 : 8);
  append_int1(out, duration.nanoseconds < 0 ? 1 : 0);
  append_int4(out, static_cast<std::uint32_t>(seconds / 86'400));
  append_int1(out, static_cast<std::uint8_t>(seconds / 3600 % 24));
  append_int1(out, static_cast<std::uint8_t>(seconds / 60 % 60));
  append_int1(out, static_cast<std::uint8_t>(seconds % 60));
  if (has_fraction) append_int4(out, static_cast<std::uint32_t>(microseconds % 1'000'000));
}

void append_binary_value(const vector::ColumnVector& column, const SentColumn& sent, std::size_t row,
                         std::string& out) {
  const types::FieldType& type = sent.type;
  switch (column.type()) {
    case PhysicalType::kInt64:
      return append_binary_integer(out, type.code, static_cast<std::uint64_t>(column.at<std::int64_t>(row)));
    case PhysicalType::kUInt64:
      if (type.code == TypeCode::kEnum || type.code == TypeCode::kSet || type.code == TypeCode::kBit) {
        return append_label(column.at<std::uint64_t>(row), sent, out);
      }
      return append_binary_integer(out, type.code, column.at<std::uint64_t>(row));
    case PhysicalType::kDouble:
      if (type.code == TypeCode::kFloat) {
        const auto single = static_cast<float>(column.at<double>(row));
        char bytes[4];
        std::memcpy(bytes, &single, 4);
        out.append(bytes, 4);
        return;
      }
      return append_double_bytes(out, column.at<double>(row));
    case PhysicalType::kTime:
      return append_binary_time(out, column.at<types::Time>(row), type.code);
    case PhysicalType::kDuration:
      return append_binary_duration(out, column.at<types::Duration>(row));
    case PhysicalType::kDecimal:
    case PhysicalType::kString:
    case PhysicalType::kJson:
      return append_text_value(column, sent, row, out);
  }
}

}  // namespace

SentColumn sent_column(const types::FieldType& type, const types::Charset* charset) {
  const bool is_text = types::physical_type(type) == PhysicalType::kString || type.code == TypeCode::kEnum ||
                       type.code == TypeCode::kSet || type.code == TypeCode::kJson;
  if (!is_text || type.collation == nullptr || type.collation->charset->is_binary()) return {type, nullptr};
  const types::Charset* const encoding = charset == nullptr ? type.collation->charset : charset;
  return {type, encoding->is_identity_encoded() ? nullptr : encoding};
}

void append_text(std::string& out, std::string_view text, const types::Charset* encoding) {
  if (encoding == nullptr || encoding->is_identity_encoded()) return append_length_string(out, text);
  std::string encoded;
  encoding->encode(text, encoded);
  append_length_string(out, encoded);
}

void append_text_row(const vector::Chunk& chunk, std::span<const SentColumn> columns, std::size_t row,
                     std::string& out) {
  for (std::size_t c = 0; c < columns.size(); ++c) append_text_value(chunk.columns[c], columns[c], row, out);
}

void append_binary_row(const vector::Chunk& chunk, std::span<const SentColumn> columns, std::size_t row,
                       std::string& out) {
  append_int1(out, 0);
  const std::size_t bitmap = out.size();
  // The first two bits are reserved.
  out.append((columns.size() + 2 + 7) / 8, '\0');
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (chunk.columns[c].is_null(row)) {
      out[bitmap + (c + 2) / 8] = static_cast<char>(out[bitmap + (c + 2) / 8] | 1 << ((c + 2) % 8));
    } else {
      append_binary_value(chunk.columns[c], columns[c], row, out);
    }
  }
}

}  // namespace sluice::server
