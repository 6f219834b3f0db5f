#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/sql_error.h"
#include "catalog/column_info.h"
#include "ddl/statement_context.h"
#include "sql/ast_table_definition.h"

namespace sluice::types {
struct Collation;
}

namespace sluice::ddl {

/// A column definition and what its options demand of the table.
struct BuiltColumn {
  catalog::ColumnInfo column;   // id 0, offset 0; field_flag::kPrimaryKey and kUniqueKey not set
  bool is_primary_key = false;  // ... PRIMARY KEY
  sql::Clustering clustering = sql::Clustering::kNotWritten;
  bool is_unique = false;                               // ... UNIQUE
  bool says_null = false;                               // ... NULL
  bool defaults_to_null = false;                        // ... DEFAULT NULL
  const sql::Expression* default_expression = nullptr;  // what column.default_value restores, if it is an expression
  const sql::ReferenceDefinition* reference = nullptr;
  std::vector<const sql::ColumnOption*> checks;  // ... CHECK (...)
};

/// Builds a column from its definition. `default_collation`: of strings that name none.
///
/// Throws SqlError: 1059, 1063, 1067, 1074, 1101, 1166, 1253, 1273, 1291, 1294, 1425-1427 ... as MySQL does; 1235 for AUTO_RANDOM.
BuiltColumn build_column(const sql::ColumnDefinition& definition, const types::Collation* default_collation,
                         const StatementContext& context);

/// A column's name may be written with the table and its database in front; throws 1102 or 1103 if those are others.
void check_column_qualifiers(const sql::ColumnReference& column, std::string_view database, std::string_view table);

/// `comment`, cut to `most` characters outside strict mode, with `too_long` as a warning; throws it in strict mode.
std::string checked_comment(std::string_view comment, std::size_t most, const SqlError& too_long,
                            const StatementContext& context);

/// The text of an expression that a table definition keeps, in TiDB's form: lower case, spaces, no schema, no parentheses around it.
std::string restore_expression(const sql::Expression& expression);

/// Sets the default that `expression` writes. `is_parenthesised`: DEFAULT (expr).
void set_default(catalog::ColumnInfo& column, const sql::Expression& expression, bool is_parenthesised,
                 const StatementContext& context);

/// Sets field_flag::kNoDefault as MySQL does for a column that has no DEFAULT, once NOT NULL is known.
void settle_missing_default(catalog::ColumnInfo& column);

/// What existing rows hold in a column that is added: its default, or the zero of its type if it is NOT NULL. An expression
/// is evaluated once. Throws 1674 if it has another value for each row or server, and what assigning its value throws.
std::optional<std::string> origin_default_of(const BuiltColumn& built, const StatementContext& context);

/// The lower-case names of the columns that an expression reads.
std::vector<std::string> columns_of(const sql::Expression& expression);

/// Throws 1166 or 1059 for a name that no column may have.
void check_column_name(std::string_view name);

}  // namespace sluice::ddl
