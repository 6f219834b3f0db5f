/// What operations cost, in units of one row read by a sequential scan of a table. Measured ratios matter, not the unit.
#pragma once

#include <algorithm>
#include <cmath>

namespace sluice::planner::cost {

inline constexpr double kScanRow = 1.0;       // per record
inline constexpr double kIndexScanRow = 0.6;  // per index entry, which is shorter
inline constexpr double kScanColumn = 0.05;   // per column decoded
inline constexpr double kSeek = 4.0;          // positioning a cursor on a range
inline constexpr double kLookUpRow = 6.0;     // reading a record by its handle, batched
inline constexpr double kPointGet = 4.0;
inline constexpr double kFilter = 0.15;  // per row and condition
inline constexpr double kProject = 0.1;  // per row and expression
inline constexpr double kHashBuildRow = 1.5;
inline constexpr double kHashProbeRow = 0.8;
inline constexpr double kJoinOutputRow = 0.2;
inline constexpr double kMergeRow = 0.4;
inline constexpr double kAggregateRow = 1.2;  // hashing
inline constexpr double kStreamAggregateRow = 0.3;
inline constexpr double kSortRow = 0.25;      // per row and comparison level
inline constexpr double kIndexJoinRow = 2.0;  // per outer row: key, sort, result
inline constexpr double kApplyRow = 3.0;      // per outer row, beyond the inner plan itself
inline constexpr double kMaterialiseRow = 1.0;

inline double sort(double rows) { return kSortRow * rows * std::log2(std::max(rows, 2.0)); }
inline double top_n(double rows, double kept) {
  return kFilter * rows + kSortRow * std::min(rows, kept) * std::log2(std::max(kept, 2.0));
}

}  // namespace sluice::planner::cost
