/// Conditions on the rows of one table, for schema changes, which read rows without a plan.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "planner/physical_plan.h"
#include "planner/plan_context.h"

namespace sluice::planner {

/// Bound to the positions of all columns of the table, in the order of their offsets, those that are not public too.
struct RowConditions {
  std::vector<VirtualColumn> virtual_columns;  // to be computed first
  std::vector<ExpressionPtr> conditions;
};

/// Parses and binds `texts`, conditions in the form in which the catalogue keeps them.
/// Throws SqlError as the binding of a query does: 1054, 1305 ...
RowConditions bind_row_conditions(const std::string& database, const catalog::TableInfo& table,
                                  std::span<const std::string> texts, PlanContext& context);

}  // namespace sluice::planner
