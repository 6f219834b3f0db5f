#include "codec/index_key.h"

#include "base/check.h"
#include "codec/datum.h"
#include "codec/row.h"

namespace sluice::codec {

using types::PhysicalType;
using types::Value;

void append_index_column(const IndexColumn& column, const Value& value, const types::TimeZone* zone, std::string& out) {
  if (value.kind() == Value::Kind::kString) {
    append_key_string(index_prefix_of(value.as_string(), column.type, column.prefix_length), column.type.collation,
                      out);
  } else {
    append_key_datum(value, column.type, zone, out);
  }
}

void append_index_values(const IndexKeyLayout& layout, std::span<const Value> values, const types::TimeZone* zone,
                         std::string& out) {
  SLUICE_CHECK(values.size() <= layout.columns.size(), "{} values for an index of {} columns", values.size(),
               layout.columns.size());
  for (std::size_t i = 0; i < values.size(); ++i) append_index_column(layout.columns[i], values[i], zone, out);
}

bool append_index_key(const IndexKeyLayout& layout, std::span<const Value> values, const Handle& handle,
                      const types::TimeZone* zone, std::string& out) {
  SLUICE_CHECK(values.size() == layout.columns.size(), "{} values for an index of {} columns", values.size(),
               layout.columns.size());
  append_index_prefix(layout.table_id, layout.index_id, out);
  append_index_values(layout, values, zone, out);
  bool distinct = layout.is_unique;
  for (const Value& value : values) distinct = distinct && !value.is_null();
  if (!distinct) handle.append_index_suffix(out);
  return distinct;
}

bool append_index_column_from_row(const IndexColumn& column, std::string_view raw, std::string& out) {
  switch (types::physical_type(column.type)) {
    case PhysicalType::kInt64: {
      std::int64_t value;
      if (!decode_row_int64(raw, value)) return false;
      append_key_int64(value, out);
      return true;
    }
    case PhysicalType::kUInt64:
    case PhysicalType::kTime: {  // rows and keys hold TIMESTAMP in UTC alike
      std::uint64_t value;
      if (!decode_row_uint64(raw, value)) return false;
      append_key_uint64(value, out);
      return true;
    }
    case PhysicalType::kDouble:  // the same eight bytes
      if (raw.size() != 8) return false;
      out.push_back(kDatumFloat);
      out.append(raw);
      return true;
    case PhysicalType::kDecimal:
      // Precision, scale and digits lie alike in rows and keys, unless the column's type has changed since.
      if (raw.size() > 2 && static_cast<unsigned char>(raw[0]) == column.type.flen &&
          static_cast<unsigned char>(raw[1]) == column.type.decimals) {
        if (raw.size() != 2 + types::Decimal::binary_bytes(column.type.flen, column.type.decimals)) return false;
        out.push_back(kDatumDecimal);
        out.append(raw);
        return true;
      } else {
        types::Decimal value;
        if (!decode_row_decimal(raw, value)) return false;
        append_key_decimal(value, column.type.flen, column.type.decimals, out);
        return true;
      }
    case PhysicalType::kDuration: {
      types::Duration value;
      if (!decode_row_duration(raw, value)) return false;
      append_key_duration(value, out);
      return true;
    }
    case PhysicalType::kString:
      append_key_string(index_prefix_of(raw, column.type, column.prefix_length), column.type.collation, out);
      return true;
    case PhysicalType::kJson:
      return false;
  }
  return false;
}

bool split_index_key(std::string_view key, std::size_t column_count, std::vector<std::string_view>& datums,
                     std::string_view& rest) {
  if (key.size() < kIndexPrefixBytes) return false;
  key.remove_prefix(kIndexPrefixBytes);
  datums.resize(column_count);
  for (std::string_view& datum : datums) {
    if (!skip_key_datum(key, &datum)) return false;
  }
  rest = key;
  return true;
}

}  // namespace sluice::codec
