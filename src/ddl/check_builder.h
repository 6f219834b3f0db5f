#pragma once

#include <string_view>

#include "catalog/table_info.h"
#include "ddl/statement_context.h"
#include "sql/ast_table_definition.h"

namespace sluice::ddl {

/// A CHECK as it is written on a column or on the table.
struct CheckDefinition {
  std::string_view name;  // empty: to be made up
  const sql::Expression* expression = nullptr;
  bool is_enforced = true;
  const catalog::ColumnInfo* own_column = nullptr;  // of a column's CHECK, which may refer to it alone; else null
};

/// What is said when a CHECK is left out because tidb_enable_check_constraint is off.
void warn_of_check_switch(const StatementContext& context);

/// Builds the constraint for `table`, whose columns and foreign keys are complete, and gives it the table's next constraint id.
/// A name that is made up is `<table>_chk_<n>` with the least n that is free.
///
/// Throws SqlError: 1059 (long name), 3812 (not a condition), 3813 (other column), 3814 (function that may give another value tomorrow), 3815
/// (subquery, MATCH), 1111 (aggregate), 3816 (variable), 3817 (row), 3818 (AUTO_INCREMENT column), 3820 (unknown column), 3822 (name taken), 3823 (column that a
/// foreign key changes).
catalog::ConstraintInfo build_check(const CheckDefinition& definition, catalog::TableInfo& table);

/// Whether a foreign key of the table has an action that changes the column.
bool is_changed_by_foreign_key(const catalog::TableInfo& table, const catalog::Name& column);

}  // namespace sluice::ddl
