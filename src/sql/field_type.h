#pragma once
// Types and constants of the tree in the form of types/.

#include "sql/ast_expression.h"
#include "types/field_type.h"
#include "types/value.h"

namespace sluice::sql {

/// The type of a column definition or CAST. `default_collation` holds for string types without charset and collation of
/// their own. Throws SqlError: 1115 unknown charset, 1273 unknown collation, 1253 collation of another charset, 1425/1426/1427/1439 sizes.
types::FieldType field_type_of(const DataType& type, const types::Collation* default_collation);

/// The value of a literal. DATE, TIME and TIMESTAMP literals give their text as a string (the planner converts them).
types::Value literal_value(const Literal& literal);

/// The type of a literal as MySQL derives it; `connection_collation` holds for strings without an introducer.
types::FieldType literal_type(const Literal& literal, const types::Collation* connection_collation);

}  // namespace sluice::sql
