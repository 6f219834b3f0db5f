/// Functional dependencies, for ONLY_FULL_GROUP_BY and for unnesting.
#pragma once

#include "planner/logical_plan.h"

namespace sluice::planner {

/// The columns below `node` that have one value for each combination of `given` columns: by keys, equalities, constants and inner grouping
/// (MySQL manual, "Detection of Functional Dependence").
ColumnSet determined_columns(const LogicalNode& node, const ColumnSet& given);

/// Whether `node` returns at most one row for each combination of `given` columns.
bool is_unique_for(const LogicalNode& node, const ColumnSet& given);

/// Whether `node` certainly returns exactly one row (whatever its free columns).
bool returns_one_row(const LogicalNode& node);

}  // namespace sluice::planner
