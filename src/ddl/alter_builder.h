#pragma once

#include <optional>
#include <vector>

#include "catalog/table_info.h"
#include "ddl/job.h"
#include "ddl/statement_context.h"
#include "sql/ast_ddl.h"

namespace sluice::ddl {

/// What ALTER TABLE asks for.
struct AlterPlan {
  std::vector<Clause> clauses;               // empty: nothing to do
  std::optional<sql::ObjectName> rename_to;  // ... RENAME TO; with clauses it comes after them
};

/// Turns the parts of ALTER TABLE into clauses. Parts that need nothing done (an engine, IF EXISTS of something absent, the
/// same comment) leave none; notes go to the context's warnings.
///
/// Changes of columns must leave stored values as they are (integers to wider ones, longer strings, more labels at the end ...).
/// Throws SqlError with MySQL's numbers; 8200 for a change of a column that would have to rewrite rows; 1235 with the name of
/// what is not supported.
AlterPlan build_alter(const sql::AlterTableStatement& statement, const catalog::TableInfo& table,
                      const catalog::DatabaseInfo& database, const StatementContext& context);

/// CREATE INDEX: the clause for one index.
AddIndexClause build_add_index(const sql::Constraint& constraint, const catalog::TableInfo& table,
                               const StatementContext& context);

/// Why the stored values of a column do not fit its new type unchanged; "" if they do.
std::string lossy_change(const types::FieldType& from, const types::FieldType& to, bool is_indexed);

}  // namespace sluice::ddl
