#include "executor/key_encoder.h"

#include "codec/datum.h"
#include "types/collation.h"
#include "types/decimal.h"
#include "types/json.h"

namespace sluice::executor {
namespace {

constexpr int kMaxDecimalPrecision = 65;
constexpr int kMaxDecimalScale = 30;

/// JSON by type class, then number or text. Numbers of different types that are equal share a key.
void append_json(std::string_view binary, std::string& out) {
  const types::JsonView view = types::JsonView::from_binary(binary);
  if (view.is_number()) {
    out.push_back(1);
    const double number = view.type() == types::JsonType::kInt64    ? static_cast<double>(view.int64())
                          : view.type() == types::JsonType::kUInt64 ? static_cast<double>(view.uint64())
                                                                    : view.float64();
    return codec::append_key_double(number, out);
  }
  out.push_back(view.is_null() ? 0 : 2);
  std::string text;
  types::append_json_text(view, text);
  codec::append_key_bytes(text, out);
}

void append_value(const KeyColumn& column, const vector::ColumnVector& values, std::size_t row, std::string& out) {
  if (values.is_null(row)) return codec::append_key_null(out);
  switch (values.type()) {
    case types::PhysicalType::kInt64:
      return codec::append_key_int64(values.at<std::int64_t>(row), out);
    case types::PhysicalType::kUInt64:
      return codec::append_key_uint64(values.at<std::uint64_t>(row), out);
    case types::PhysicalType::kDouble:
      return codec::append_key_double(values.at<double>(row), out);
    case types::PhysicalType::kDecimal: {
      // Bytes compare only between equal scales; the column's own fits all of its values.
      const int declared = column.type.decimals;
      const int scale = declared >= 0 && declared <= kMaxDecimalScale ? declared : kMaxDecimalScale;
      return codec::append_key_decimal(values.at<types::Decimal>(row), kMaxDecimalPrecision, scale, out);
    }
    case types::PhysicalType::kTime:
      return codec::append_key_uint64(values.at<types::Time>(row).packed, out);
    case types::PhysicalType::kDuration:
      return codec::append_key_duration(values.at<types::Duration>(row), out);
    case types::PhysicalType::kString:
      return codec::append_key_string(values.string_at(row), column.type.collation, out);
    case types::PhysicalType::kJson:
      return append_json(values.string_at(row), out);
  }
}

}  // namespace

void KeyEncoder::append(std::span<const vector::ColumnVector* const> values, std::size_t row, std::string& out) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::size_t begin = out.size();
    append_value(columns_[i], *values[i], row, out);
    if (!columns_[i].descending) continue;
    for (std::size_t byte = begin; byte < out.size(); ++byte) out[byte] = static_cast<char>(~out[byte]);
  }
}

}  // namespace sluice::executor
