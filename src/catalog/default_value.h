#pragma once

#include <string_view>

#include "catalog/column_info.h"
#include "types/value.h"

namespace sluice::catalog {

/// The value that a stored default's text stands for: `text` is ColumnInfo::default_value or origin_default, a literal (not
/// CURRENT_TIMESTAMP, not an expression). TIMESTAMP values are in UTC. Never NULL.
/// Throws SqlError 1067 if the text is no value of the column's type.
types::Value parse_default(const ColumnInfo& column, std::string_view text);

/// What a row without a stored value of `column` holds: its origin default or NULL. TIMESTAMP in UTC.
types::Value origin_default_value(const ColumnInfo& column);

/// What a NOT NULL column holds when a statement that may go on gives it NULL or, without a DEFAULT, no value: 0, '' (BINARY: zero
/// bytes), the zero date, the first label, JSON null. Source: MySQL 8.0 manual, "Data Type Default Values".
types::Value implicit_default(const types::FieldType& type);

}  // namespace sluice::catalog
