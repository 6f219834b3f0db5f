/// Probing a vector::JoinTable with chunks.
#pragma once

#include <memory>
#include <vector>

#include "executor/join_matcher.h"

namespace sluice::executor {

/// How probe rows find their candidates: key positions in both inputs, and whether a NULL key needs a look at NULL-keyed held rows.
struct JoinLookup {
  std::vector<vector::KeyColumn> keys;
  std::vector<std::size_t> probe_positions;
  std::vector<std::size_t> held_positions;
  bool null_aware = false;  // the one key is planner::JoinPlan::null_aware_key

  static JoinLookup of(const planner::JoinPlan& plan, bool probe_is_left);
  /// Whether all candidates of a probe row have the hash of its key.
  bool hash_decides() const noexcept { return !keys.empty() && !null_aware; }
  vector::JoinTable new_table(const JoinShape& shape, MemoryTracker& memory) const;
  std::vector<const vector::ColumnVector*> probe_keys(const vector::Chunk& probe) const;
};

/// Finds the candidates of probe rows for a matcher. Thread-safety: one thread.
class TableProbe {
 public:
  /// All outlive it.
  TableProbe(const JoinShape& shape, const JoinLookup& lookup, JoinMatcher& matcher, WorkerContext& worker)
      : shape_(shape), lookup_(lookup), matcher_(matcher), worker_(worker) {}

  /// Joins the active rows of `probe`; those that fail the conditions on the probe side alone have no candidate.
  Flow join(const vector::JoinTable& table, const vector::Chunk& probe);
  /// Between the matcher's start() and end(): adds the candidates of `rows`.
  void add_candidates(const vector::JoinTable& table, const vector::Chunk& probe, vector::ActiveRows rows);

 private:
  void add_matches(const vector::JoinTable& table, vector::ActiveRows rows);
  /// The candidates of NOT IN: see the rule of NULLs at planner::JoinPlan.
  void add_null_aware_candidates(const vector::JoinTable& table, std::size_t row);
  bool add_all(const vector::JoinTable& table, std::size_t row, std::span<const std::byte* const> held);
  const vector::JoinTable* marked(const vector::JoinTable& table) const noexcept {
    return shape_.preserves_held() ? &table : nullptr;
  }

  const JoinShape& shape_;
  const JoinLookup& lookup_;
  JoinMatcher& matcher_;
  WorkerContext& worker_;
  vector::JoinProbe probe_;
  std::vector<const vector::ColumnVector*> keys_;
  std::vector<std::uint16_t> pair_rows_;
  std::vector<const std::byte*> pair_held_;
};

/// Which rows of `chunk` pass `conditions`, by row number; empty if there are no conditions.
std::vector<bool> rows_passing(std::span<const expression::ExpressionPtr> conditions, const vector::Chunk& chunk,
                               WorkerContext& worker);

/// A consumer that fills `table`; rows that fail `conditions` (of the held side alone) cannot be found.
std::unique_ptr<ChunkConsumer> make_table_filler(vector::JoinTable& table,
                                                 std::span<const expression::ExpressionPtr> conditions,
                                                 WorkerContext& worker);

}  // namespace sluice::executor
