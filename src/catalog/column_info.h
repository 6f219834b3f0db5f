#pragma once

#include "catalog/name.h"
#include "catalog/schema_state.h"
#include "types/field_type.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::catalog {

/// The id under which the hidden row id of a table without a clustered primary key is known to plans.
inline constexpr std::int64_t kRowIdColumnId = -1;

/// The word stored as the default of a DATETIME or TIMESTAMP column that starts at the statement's time. A fractional
/// precision is the column's own.
inline constexpr std::string_view kCurrentTimestampDefault = "CURRENT_TIMESTAMP";

/// A column of a table; stored as part of TableInfo (TIDB-FACTS section 3.3). A plain value.
struct ColumnInfo {
  std::int64_t id = 0;
  Name name;
  int offset = 0;  // position in TableInfo::columns
  types::FieldType type;
  SchemaState state = SchemaState::kPublic;

  /// DEFAULT as text in the form of a literal of the column's type (numbers too), or CURRENT_TIMESTAMP, or an
  /// expression if default_is_expression. For BIT columns the raw bytes. nullopt: NULL, or none at all if
  /// field_flag::kNoDefault is set. TIMESTAMP literals are in UTC (version >= 1).
  std::optional<std::string> default_value;
  bool default_is_expression = false;

  /// What a row without a stored value for this column holds: the default at the time of ADD COLUMN. nullopt: NULL.
  std::optional<std::string> origin_default;

  /// SQL text of a generated column's expression; empty for a base column.
  std::string generated_expression;
  bool generated_stored = false;
  std::vector<std::string> dependencies;  // lower-case names of the columns that the expression reads

  std::string comment;
  bool hidden = false;  // column of an expression index
  int version = 2;

  bool is_generated() const noexcept { return !generated_expression.empty(); }
  bool is_virtual() const noexcept { return is_generated() && !generated_stored; }
  bool is_public() const noexcept { return state == SchemaState::kPublic; }
  bool defaults_to_current_timestamp() const noexcept {
    return !default_is_expression && default_value.has_value() && *default_value == kCurrentTimestampDefault;
  }
  bool has_no_default() const noexcept { return (type.flags & types::field_flag::kNoDefault) != 0; }
};

}  // namespace sluice::catalog
