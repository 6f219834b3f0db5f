/// Late columns: makes a plan pass on columns that something above it turned out to need.
#pragma once

#include "planner/logical_plan.h"

namespace sluice::planner {

/// Extends projections, aggregates (by the value of a group's first row) and join schemas in `node` so that it outputs every column of `needed`
/// that its leaves produce. Columns that it cannot produce (free ones) are left alone. Keeps the order of what is there.
void supply_columns(LogicalNode& node, const ColumnSet& needed);

/// Whether a source below `node` produces `column_id` such that supply_columns() can bring it up.
bool can_supply(const LogicalNode& node, std::int64_t column_id);

/// The output column `column_id` as the node below that produces it describes it; nullptr if none.
const OutputColumn* find_column(const LogicalNode& node, std::int64_t column_id);

}  // namespace sluice::planner
