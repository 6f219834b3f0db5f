#pragma once

#include <functional>

#include "sql/ast_select.h"

namespace sluice::sql {

/// Calls `visit` with each table name of a query: of FROM clauses, of derived tables, common table expressions and subqueries in expressions,
/// in the order of the text as far as clauses go. Names of common table expressions are visited too: they have no schema.
void for_each_table_name(const Query& query, const std::function<void(const ObjectName&)>& visit);

}  // namespace sluice::sql
