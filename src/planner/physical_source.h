/// How one table may be read.
#pragma once

#include "planner/physical_optimizer.h"

namespace sluice::planner {

/// One access path: the records (index null) or an index, with the ranges that the table's conditions give.
struct PhysicalOptimizer::ScanChoice {
  const catalog::IndexInfo* index = nullptr;
  std::vector<RangeColumn> key;
  std::shared_ptr<const BuiltRanges> built;
  double range_rows = 0;
  ColumnSet needed;       // columns that must come out, and that conditions test
  bool covering = false;  // the index holds all of them
  bool hinted = false;
  std::vector<ExpressionPtr> index_conditions;  // tested on index entries
  std::vector<ExpressionPtr> table_conditions;  // tested on records
  std::string lookup_text;                      // for EXPLAIN: what decides the ranges of an index join's inner scan
};

}  // namespace sluice::planner
