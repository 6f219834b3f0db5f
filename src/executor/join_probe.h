/// Probing a JoinTable with chunks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "executor/join_matcher.h"
#include "executor/join_table.h"

namespace sluice::executor {

/// How probe rows find their candidates: key positions in the probe input, and whether a NULL key needs a look at NULL-keyed held rows.
struct JoinLookup {
  std::vector<KeyColumn> keys;
  std::vector<int> probe_positions;
  std::vector<int> held_positions;
  std::vector<bool> null_safe;
  bool null_aware = false;   // the one key is planner::JoinPlan::null_aware_key

  static JoinLookup of(const planner::JoinPlan& plan, bool probe_is_left);
};

/// Offers the matcher all candidates of each active row of `probe`. `conditions`: of the probe side alone; a row that fails them has none.
/// Returns kEnough once the output has enough.
Flow probe_chunk(const JoinTable& table, const JoinLookup& lookup, std::span<const expression::ExpressionPtr> conditions,
                 vector::Chunk& probe, JoinMatcher& matcher, WorkerContext& worker);

/// Which rows of `chunk` pass `conditions`, by row number; empty if there are no conditions.
std::vector<bool> rows_passing(std::span<const expression::ExpressionPtr> conditions, const vector::Chunk& chunk, WorkerContext& worker);

/// A consumer that fills `table`; rows that fail `conditions` (of the held side alone) are held but cannot be found.
std::unique_ptr<ChunkConsumer> make_table_filler(JoinTable& table, std::span<const expression::ExpressionPtr> conditions,
                                                 WorkerContext& worker);

}  // namespace sluice::executor
