#pragma once
// Types and constants of the tree in the form of types/.

#include "sql/ast_expression.h"
#include "types/field_type.h"
#include "types/value.h"

namespace sluice::sql {

/// The type of a column definition, or of a CAST (`column` empty, then messages name "CAST").
///
/// `default_collation` holds for string types, ENUM and SET without a charset and collation of their own. `column_collation`:
/// the COLLATE option of the column, which is not part of the type's syntax; empty: none.
/// Throws SqlError: 1115 unknown charset, 1273 unknown collation, 1253 collation of another charset, 1425, 1426, 1427, 1439,
/// 1074 and 1063 for sizes, 1291 for doubled elements.
types::FieldType field_type_of(const DataType& type, const types::Collation* default_collation,
                               std::string_view column = {}, std::string_view column_collation = {});

/// The value of a literal. DATE, TIME and TIMESTAMP literals give their text as a string, hex and bit literals their bytes,
/// which an introducer's character set decodes. Throws SqlError 1367 for a number beyond the range of DOUBLE, 1300 for bytes that the
/// introduced character set does not know, 1115 for an introducer of an unknown charset.
types::Value literal_value(const Literal& literal);

/// The type of a literal as MySQL derives it; `connection_collation` holds for strings without an introducer.
/// Throws SqlError 1115 for an introducer of an unknown charset.
types::FieldType literal_type(const Literal& literal, const types::Collation* connection_collation);

}  // namespace sluice::sql
