#pragma once

#include <string>
#include <string_view>

#include "catalog/table_info.h"
#include "ddl/statement_context.h"
#include "sql/ast_ddl.h"

namespace sluice::types {
struct Collation;
}

namespace sluice::ddl {

inline constexpr std::size_t kMostColumns = 1017;
inline constexpr std::size_t kMostIndexes = 64;

/// The definition that CREATE TABLE asks for; ids of columns and indexes are given, the table's own is 0.
///
/// `database`: where the table will be. Primary keys are clustered unless they say otherwise or
/// StatementContext::clustering says otherwise. Warnings go to the context.
/// Throws SqlError with MySQL's numbers (TIDB-FACTS section 8); 1235 for what is not supported, with its name.
catalog::TableInfo build_table(const sql::CreateTableStatement& statement, const catalog::DatabaseInfo& database,
                               const StatementContext& context);

/// CREATE TABLE ... LIKE: a copy without rows, foreign keys and counters.
catalog::TableInfo build_table_like(const catalog::TableInfo& source, std::string_view name);

/// `comment`, cut to what a table's comment may hold (a warning) outside strict mode; else throws 1628.
std::string checked_table_comment(std::string_view comment, std::string_view table, const StatementContext& context);

/// Throws 3522 if the table's key is invisible: its primary key or, without one, the first UNIQUE key whose columns are all
/// NOT NULL.
void check_invisible_primary_key(const catalog::TableInfo& table);

/// The collation that the CHARACTER SET and COLLATE options ask for, in the order written; `fallback` if there are none.
/// Throws 1115, 1253, 1273, 1302.
const types::Collation* collation_of_options(sql::List<sql::TableOption> options, const types::Collation* fallback);

/// Throws 1103 or 1059 for a name that no table may have.
void check_table_name(std::string_view name);

/// Character set and collation as options name them; either may be empty. `fallback` if both are.
/// Throws 1115, 1253, 1273.
const types::Collation* resolve_collation(std::string_view charset, std::string_view collation,
                                          const types::Collation* fallback);

}  // namespace sluice::ddl
