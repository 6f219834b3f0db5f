/// Loads single values from their stored bytes into a column vector.
#pragma once

#include <cstddef>
#include <string_view>

#include "codec/row.h"
#include "types/convert.h"
#include "types/field_type.h"
#include "vector/column_vector.h"

namespace sluice::executor {

/// Puts `raw` (a value in row format) into `row` of `out`, which has the type's physical form and is long enough. TIMESTAMP goes from UTC to
/// `zone`. Strings are borrowed. Returns false if the bytes are no value of that type.
inline bool load_row_value(std::string_view raw, const types::FieldType& type, types::PhysicalType physical,
                           const types::TimeZone* zone, vector::ColumnVector& out, std::size_t row) {
  switch (physical) {
    case types::PhysicalType::kInt64:
      return codec::decode_row_int64(raw, out.values<std::int64_t>()[row]);
    case types::PhysicalType::kUInt64:
      return codec::decode_row_uint64(raw, out.values<std::uint64_t>()[row]);
    case types::PhysicalType::kDouble:
      return codec::decode_row_double(raw, out.values<double>()[row]);
    case types::PhysicalType::kDecimal:
      return codec::decode_row_decimal(raw, out.values<types::Decimal>()[row]);
    case types::PhysicalType::kDuration:
      return codec::decode_row_duration(raw, out.values<types::Duration>()[row]);
    case types::PhysicalType::kTime: {
      types::Time& time = out.values<types::Time>()[row];
      if (!codec::decode_row_time(raw, time)) return false;
      if (type.code == types::TypeCode::kTimestamp && zone != nullptr) time = types::timestamp_from_utc(time, zone);
      return true;
    }
    case types::PhysicalType::kString:
    case types::PhysicalType::kJson:
      out.set_string_borrowed(row, raw);
      return true;
  }
  return false;
}

}  // namespace sluice::executor
