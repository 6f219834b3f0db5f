/// From conditions to ranges over the columns of a key.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/stop_token.h"
#include "expression/expression.h"
#include "planner/access_ranges.h"
#include "types/field_type.h"

namespace sluice::expression {
struct EvalContext;
}

namespace sluice::planner {

/// One column of a key.
struct RangeColumn {
  std::int64_t column_id = 0;
  types::FieldType type;
  int prefix_length = -1;  // characters (bytes if binary); -1: the whole value
};

/// What build_ranges() found.
struct BuiltRanges {
  AccessRanges ranges;
  std::vector<expression::ExpressionPtr> access;  // conditions that the ranges stand for
  std::vector<expression::ExpressionPtr>
      remaining;          // conditions to test on the rows: those not used, and those that ranges only narrow
  int equal_columns = 0;  // leading key columns that every range fixes to one value
  int used_columns = 0;   // leading key columns that conditions restrict
  bool single_point_columns = false;  // the equal columns have one value each (not an IN list)
};

/// Ranges for the rows that satisfy `conditions` (a conjunction), over as many leading columns of `key` as conditions allow: equalities and
/// IN lists extend to the next column; intervals (comparisons, BETWEEN, LIKE with a fixed beginning, IS [NOT] NULL, <>) end the ranges; an OR
/// whose terms all restrict the key gives the union. Values are converted to the column's type without loss: a condition whose constant the column
/// cannot hold gives the nearest bound or no range.
///
/// `context`: evaluates constants and parameters; values that depend on Correlated expressions are taken as unknown (the ranges are then
/// `dynamic` and their values placeholders) unless `correlated_known` is kYes, at execution. Polls every few hundred values and conditions; takes time n log n of them.
/// Algorithm: as TiDB's util/ranger (interval sets per column, extended left to right).
enum class CorrelatedValues : std::uint8_t { kUnknown, kKnown };
BuiltRanges build_ranges(const std::vector<RangeColumn>& key, const std::vector<expression::ExpressionPtr>& conditions,
                         expression::EvalContext* context, CorrelatedValues correlated, StopToken stop);

/// A range as EXPLAIN prints it: [1,1], (5,+inf], ["a" 1,"a" 3). `types`: of the key columns.
std::string to_string(const ValueRange& range, const std::vector<types::FieldType>& types);

/// Whether low and high are the same values, both inclusive, over `column_count` columns without NULL (a point of a unique key).
bool is_point(const ValueRange& range, std::size_t column_count);

}  // namespace sluice::planner
