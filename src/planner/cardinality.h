/// How many rows and distinct values plans yield, from statistics or, without them, by TiDB's pseudo rules.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/stop_token.h"
#include "planner/logical_plan.h"
#include "planner/range_builder.h"

namespace sluice::catalog {
struct ColumnStatistics;
struct IndexInfo;
}  // namespace sluice::catalog

namespace sluice::planner {

/// TiDB's pseudo statistics: a table has 10,000 rows; an equality keeps 1/1000 of them, a comparison 1/3, an interval 1/40; what cannot be judged 0.8.
inline constexpr double kPseudoRows = 10'000;
inline constexpr double kPseudoEqual = 1.0 / 1'000;
inline constexpr double kPseudoLess = 1.0 / 3;
inline constexpr double kPseudoBetween = 1.0 / 40;
inline constexpr double kDefaultSelectivity = 0.8;
inline constexpr double kDistinctFactor = 0.8;

/// Estimates for one plan; remembers what it has computed, so nodes must not change while it lives. One thread.
class Cardinality {
 public:
  Cardinality(expression::EvalContext* context, StopToken stop) : context_(context), stop_(stop) {}

  /// Rows that the node returns.
  double rows(const LogicalNode& node);
  /// Distinct values of one column in the node's output, at least 1 unless there are no rows.
  double distinct(const LogicalNode& node, std::int64_t column_id);
  /// Distinct combinations.
  double distinct(const LogicalNode& node, const std::vector<std::int64_t>& column_ids);

  /// Rows of a whole table.
  static double table_rows(const DataSource& source);
  static bool is_pseudo(const DataSource& source);
  /// The part of the table that satisfies all `conditions`.
  double selectivity(const DataSource& source, const std::vector<ExpressionPtr>& conditions);
  /// build_ranges() of the source's conditions over the key of an index (nullptr: the record key), made once.
  std::shared_ptr<const BuiltRanges> ranges(const DataSource& source, const catalog::IndexInfo* index);
  /// The conditions of sources are others now, of the same selectivity: ranges() makes theirs anew.
  void forget_ranges() { ranges_.clear(); }
  /// Rows within ranges over an index (nullptr: the record key).
  double range_rows(const DataSource& source, const catalog::IndexInfo* index, const BuiltRanges& built);
  /// Rows of an equality lookup on the first `column_count` key columns of an index (nullptr: the record key).
  double lookup_rows(const DataSource& source, const catalog::IndexInfo* index, std::size_t column_count);
  /// Forgets everything: the plan has changed.
  void clear() {
    rows_.clear();
    ranges_.clear();
  }

 private:
  double compute_rows(const LogicalNode& node);
  double join_rows(const LogicalJoin& join);
  double condition_selectivity(const ExpressionPtr& condition);
  /// The ranges of the conditions over one column; `are_all`: they are all that the source has.
  std::shared_ptr<const BuiltRanges> column_ranges(const DataSource& source, const RangeColumn& column,
                                                   const std::vector<ExpressionPtr>& conditions, bool are_all);
  /// Called once per condition or range looked at.
  void poll() {
    constexpr std::size_t kLooksPerPoll = 256;
    if (++look_count_ % kLooksPerPoll == 0) stop_.poll();
  }
  double column_selectivity(const DataSource& source, const RangeColumn& column, const BuiltRanges& built);

  expression::EvalContext* context_;
  StopToken stop_;
  std::unordered_map<const LogicalNode*, double> rows_;
  std::map<std::pair<const DataSource*, const catalog::IndexInfo*>, std::shared_ptr<const BuiltRanges>> ranges_;
  std::size_t look_count_ = 0;
};

}  // namespace sluice::planner
