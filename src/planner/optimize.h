/// The planner's entry point: a syntax tree in, a physical plan out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "planner/physical_plan.h"
#include "planner/plan_context.h"

namespace sluice::sql {
struct Statement;
struct Query;
}  // namespace sluice::sql

namespace sluice::planner {

/// A planned statement. Immutable and shareable between sessions; lives as long as somebody holds it.
struct PlannedStatement {
  std::shared_ptr<const PhysicalPlan> root;
  /// Result columns as the client sees them; parallel to root->schema, whose trailing columns beyond these are not sent.
  std::vector<OutputColumn> columns;
  bool is_read_only = true;             // writes nothing and locks nothing
  bool reads_current = false;           // its reads see the newest committed rows (FOR UPDATE, UPDATE, DELETE ...)
  bool is_point_get = false;            // root is one PointGet (Projection at most above): run it inline
  bool cacheable = false;               // may be executed again with other parameters of the same types
  std::vector<std::int64_t> table_ids;  // of all tables that it uses, views expanded: metadata locks
  std::vector<PrivilegeRequirement> privileges;
  StatementHints hints;
  std::vector<std::string> into_variables;  // SELECT ... INTO @a, @b
};

/// Plans SELECT (and set operations, TABLE, VALUES), INSERT, REPLACE, UPDATE, DELETE, LOAD DATA; for EXPLAIN give the inner statement.
///
/// Throws: SqlError for whatever MySQL refuses (unknown names, ambiguous columns, ungrouped columns ...) and 1235 for what is known and not
/// supported; Stopped (polled in every loop that can be long). Appends warnings (unknown hints, deprecated forms) to context.eval->warnings.
/// After a throw nothing of the half-made plan remains. Changes context.settings: some count for certain statements only.
std::shared_ptr<const PlannedStatement> optimize(const sql::Statement& statement, PlanContext& context);

/// As above for a bare query (CREATE VIEW, CREATE TABLE ... AS, cursors).
std::shared_ptr<const PlannedStatement> optimize_query(const sql::Query& query, PlanContext& context);

/// Whether a statement is one that optimize() plans.
bool is_plannable(const sql::Statement& statement);

}  // namespace sluice::planner
