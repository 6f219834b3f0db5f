/// The query of INSERT ... SELECT ... ON DUPLICATE KEY UPDATE, whose assignments may name columns that it does not select.
#pragma once

#include <optional>
#include <vector>

#include "catalog/table_info.h"
#include "sql/ast_dml.h"

namespace sluice::planner {

/// A copy of a statement's query that also selects, behind its own items, the columns of its tables that the assignments name.
/// It borrows from the statement.
struct ExtendedQuery {
  sql::SelectQuery query;
  std::vector<sql::SelectItem> items;
  std::size_t added = 0;
};

/// Nothing if no assignment names such a column, or if the query has no tables of which one could be named: as in MySQL it must be a single SELECT
/// without DISTINCT, grouping and aggregates. `table`: the one that is written.
std::optional<ExtendedQuery> with_assigned_columns(const sql::InsertStatement& statement,
                                                   const catalog::TableInfo& table);

}  // namespace sluice::planner
