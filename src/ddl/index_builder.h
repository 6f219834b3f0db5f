#pragma once

#include <string>
#include <vector>

#include "catalog/table_info.h"
#include "ddl/statement_context.h"
#include "sql/ast_table_definition.h"

namespace sluice::ddl {

/// The key parts and flags of an index.
struct IndexDefinition {
  sql::IndexKind kind = sql::IndexKind::kIndex;
  catalog::Name name;  // empty: to be made up
  std::vector<catalog::IndexColumn> columns;
  std::string comment;
  bool invisible = false;
  sql::Clustering clustering = sql::Clustering::kNotWritten;
};

/// From the syntax. Throws 1235 for expression parts, FULLTEXT, SPATIAL and vector indexes and partial ones; 1391 for length 0.
IndexDefinition index_definition(const sql::Constraint& constraint);

/// Checks the parts against `columns` and builds the index, without an id. A name is made up from the first column as MySQL does, avoiding
/// those in `table`. Throws 1059, 1060, 1061, 1070, 1071, 1072, 1089, 1170, 1280, 3152, 3522.
catalog::IndexInfo build_index(const IndexDefinition& definition, const catalog::TableInfo& table,
                               const StatementContext& context);

/// Throws 1071 if an index of `table` with the column named `column` is longer than a key may be.
void check_key_lengths(const catalog::TableInfo& table, const catalog::Name& column);

}  // namespace sluice::ddl
