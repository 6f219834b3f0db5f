#include "catalog/default_value.h"

#include <algorithm>

#include "base/sql_error.h"
#include "types/collation.h"
#include "types/convert.h"
#include "types/stored_dates.h"

namespace sluice::catalog {

types::Value parse_default(const ColumnInfo& column, std::string_view text) {
  if (column.type.code == types::TypeCode::kBit) {
    std::uint64_t bits = 0;
    for (char c : text) bits = bits << 8 | static_cast<unsigned char>(c);
    return types::Value(bits);
  }
  const types::FieldType text_type =
      types::FieldType::varchar(static_cast<int>(text.size()),
                                column.type.collation != nullptr ? column.type.collation : types::default_collation());
  types::ConversionContext context;  // strict, UTC, no warnings kept
  context.truncate_as_error = true;
  context.sql_mode = types::kStoredDatesMode;
  context.purpose = types::ConversionPurpose::kAssign;
  context.column_name = column.name.original;
  try {
    return types::convert(types::Value(text), text_type, column.type, context);
  } catch (const SqlError&) {
    throw SqlError(ErrorCode::kInvalidDefault, column.name.original);
  }
}

types::Value origin_default_value(const ColumnInfo& column) {
  return column.origin_default.has_value() ? parse_default(column, *column.origin_default) : types::Value::null();
}

types::Value implicit_default(const types::FieldType& type) {
  switch (types::physical_type(type)) {
    case types::PhysicalType::kInt64:
      return types::Value(std::int64_t{0});
    case types::PhysicalType::kUInt64:
      return types::Value(std::uint64_t{type.code == types::TypeCode::kEnum ? 1u : 0u});
    case types::PhysicalType::kDouble:
      return types::Value(0.0);
    case types::PhysicalType::kDecimal:
      return types::Value(types::Decimal::from_int64(0));
    case types::PhysicalType::kTime:
      return types::Value(types::Time{});
    case types::PhysicalType::kDuration:
      return types::Value(types::Duration{});
    case types::PhysicalType::kString: {
      const bool is_padded = type.code == types::TypeCode::kString && type.is_binary_string();  // BINARY(n)
      return types::Value(std::string(is_padded ? static_cast<std::size_t>(std::max(type.flen, 0)) : 0, '\0'));
    }
    case types::PhysicalType::kJson:
      return types::Value(types::Json());
  }
  return types::Value::null();
}

}  // namespace sluice::catalog
