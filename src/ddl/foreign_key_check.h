#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "catalog/schema.h"
#include "ddl/job.h"

namespace sluice::ddl {

// What foreign keys demand of the schema. Called by the step that changes it, with the schema as the step's lock protects it, so that two
// changes cannot pass each other. `checks`: foreign_key_checks of the session; without them a parent may be missing, or go.

enum class ForeignKeyChecks : bool { kOff, kOn };

/// A foreign key that `child`, a table of `database`, is about to have. Throws SqlError 1824 (no such parent), 1347, 3734 (no such column),
/// 1822 (no index of the parent begins with them), 3780 (types differ), 1830 (SET NULL of a column that is never NULL), 3104.
void check_foreign_key(const catalog::Schema& schema, std::string_view database, const catalog::TableInfo& child,
                       const catalog::ForeignKeyInfo& key, ForeignKeyChecks checks);

/// The keys of other tables that name `parent`, which is new in `database`. Throws as above.
void check_keys_to(const catalog::Schema& schema, std::string_view database, const catalog::TableInfo& parent);

/// What ALTER TABLE makes of a table with its own keys and those that name it. Throws SqlError 1553 (index), 1828, 1829 (column),
/// 1832, 1833 (type), 3780, and those of check_foreign_key for added keys.
void check_altered_table(const catalog::Schema& schema, std::string_view database, const catalog::TableInfo& before,
                         const catalog::TableInfo& after, const std::vector<Clause>& clauses, ForeignKeyChecks checks);

/// The column's change alone. Throws SqlError 1830, 1832, 1833, 3780.
void check_modified_column(const catalog::Schema& schema, std::string_view database, const catalog::TableInfo& table,
                           const ModifyColumnClause& clause, ForeignKeyChecks checks);

/// The tables `dropped` go. Throws SqlError 3730 if a table that stays references one of them.
void check_dropped_tables(const catalog::Schema& schema, std::span<const std::int64_t> dropped,
                          ForeignKeyChecks checks);

/// The table is emptied. Throws SqlError 1701 if another one references it.
void check_truncated_table(const catalog::Schema& schema, std::int64_t table_id, ForeignKeyChecks checks);

}  // namespace sluice::ddl
