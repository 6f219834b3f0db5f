#pragma once

#include <optional>

#include "catalog/database_info.h"
#include "catalog/table_info.h"
#include "ddl/statement_context.h"
#include "sql/ast_table_definition.h"

namespace sluice::ddl {

/// The foreign key that a constraint of `table` asks for, with the next id of the table, which is counted up. `enforces`:
/// whether statements will enforce it (tidb_enable_foreign_key); else it is kept in the definition only. `database`: where the table is, and the referenced one unless it says otherwise.
/// Throws SqlError 1072 for a column that the table lacks, 1239, 1826 for a name that it has.
catalog::ForeignKeyInfo build_foreign_key(const sql::Constraint& constraint, catalog::TableInfo& table,
                                          const catalog::DatabaseInfo& database, bool enforces);

/// The index, named after the key, that MySQL adds for a foreign key; nullopt if an index of `table` begins with its columns.
/// Throws what build_index() throws.
std::optional<catalog::IndexInfo> missing_index(const catalog::ForeignKeyInfo& key, const catalog::TableInfo& table,
                                                const StatementContext& context);

}  // namespace sluice::ddl
