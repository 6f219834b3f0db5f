#pragma once

#include <optional>
#include <string>
#include <vector>

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
  bool is_unique = false;  // ... UNIQUE
  bool says_null = false;  // ... NULL
  const sql::ReferenceDefinition* reference = nullptr;
  std::vector<const sql::ColumnOption*> checks;  // ... CHECK (...)
};

/// Builds a column from its definition. `default_collation`: of strings that name none.
///
/// Throws SqlError: 1059, 1063, 1067, 1074, 1101, 1166, 1253, 1273, 1291, 1294, 1425-1427 ... as MySQL does; 1235 for AUTO_RANDOM.
BuiltColumn build_column(const sql::ColumnDefinition& definition, const types::Collation* default_collation,
                         const StatementContext& context);

/// The text of an expression that a table definition keeps, in TiDB's form: lower case, spaces, no schema, no parentheses around it.
std::string restore_expression(const sql::Expression& expression);

/// Sets the default that `expression` writes. `is_parenthesised`: DEFAULT (expr).
void set_default(catalog::ColumnInfo& column, const sql::Expression& expression, bool is_parenthesised,
                 const StatementContext& context);

/// Sets field_flag::kNoDefault as MySQL does for a column that has no DEFAULT, once NOT NULL is known.
void settle_missing_default(catalog::ColumnInfo& column);

/// What existing rows hold in a column that is added: its default, or the zero of its type if it is NOT NULL.
std::optional<std::string> origin_default_of(const catalog::ColumnInfo& column, const StatementContext& context);

/// The lower-case names of the columns that an expression reads.
std::vector<std::string> columns_of(const sql::Expression& expression);

/// Throws 1166 or 1059 for a name that no column may have.
void check_column_name(std::string_view name);

}  // namespace sluice::ddl
