/// Pairs the rows of a join: conditions, join types, NULL rules. Shared by all join operators, which only differ in how they find
/// the candidates of a row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/pipeline.h"
#include "planner/physical_plan.h"
#include "vector/chunk.h"
#include "vector/join_table.h"

namespace sluice::executor {

/// What a matcher works on. The *probe* side comes chunk by chunk, the *held* side lies in a RowContainer.
struct JoinShape {
  const planner::JoinPlan& plan;
  bool probe_is_left = true;
  std::vector<types::PhysicalType> left_types;
  std::vector<types::PhysicalType> right_types;

  static JoinShape of(const planner::JoinPlan& plan, bool probe_is_left);
  const std::vector<types::PhysicalType>& probe_types() const noexcept {
    return probe_is_left ? left_types : right_types;
  }
  const std::vector<types::PhysicalType>& held_types() const noexcept {
    return probe_is_left ? right_types : left_types;
  }
  /// Conditions on one side alone: a row that fails them has no match.
  const std::vector<expression::ExpressionPtr>& probe_conditions() const noexcept {
    return probe_is_left ? plan.left_conditions : plan.right_conditions;
  }
  const std::vector<expression::ExpressionPtr>& held_conditions() const noexcept {
    return probe_is_left ? plan.right_conditions : plan.left_conditions;
  }
  /// Where the columns of each side begin among those of both.
  std::size_t probe_base() const noexcept { return probe_is_left ? 0 : left_types.size(); }
  std::size_t held_base() const noexcept { return probe_is_left ? left_types.size() : 0; }
  /// Whether probe rows without a match are returned with NULLs.
  bool preserves_probe() const noexcept;
  /// Whether held rows without a match are returned with NULLs.
  bool preserves_held() const noexcept;
  /// Whether only probe rows (and a mark) are returned.
  bool is_semi() const noexcept;
  bool adds_mark() const noexcept;
  /// Whether a probe row's outcome depends on all of its candidates together, not on each alone.
  bool judges_rows() const noexcept { return is_semi() || preserves_probe(); }
};

/// What is known of a probe row: no match, a comparison that was NULL, or a match. Later ones win.
enum class RowFate : std::uint8_t { kNoMatch, kNull, kMatch };

/// Takes the candidate pairs of one probe chunk after the other, applies the conditions that span both sides, and pushes what the join
/// returns in the order of the probe rows.
///
/// Use: start(); add() for the candidates, ascending by probe row; end(). Thread-safety: one thread.
class JoinMatcher {
 public:
  /// The arguments outlive the matcher.
  JoinMatcher(const JoinShape& shape, WorkerContext& worker, ChunkConsumer& next);

  /// Begins with `rows` of `probe`; candidates will be rows of `held`. All three stay as they are until end().
  void start(const vector::Chunk& probe, vector::ActiveRows rows, const vector::RowContainer& held);
  /// For held sides that come in pieces: takes up what earlier pieces have found about each of the rows, by position, and at the end()
  /// leaves it there. Unless `is_last_piece` rows are not judged yet.
  void carry(std::span<RowFate> fates, bool is_last_piece);
  /// Candidates: rows `rows[i]` of the probe chunk and `held[i]`. `table`: is told of matched held rows if the join preserves them, else
  /// null. Returns whether the last row needs no further candidates.
  bool add(std::span<const std::uint16_t> rows, std::span<const std::byte* const> held, const vector::JoinTable* table);
  /// Judges the remaining rows and pushes what is left. Returns kEnough once the next operator has enough.
  Flow end();

  /// Pushes the rows of `table` that never matched (preserves_held()).
  Flow push_unmatched(const vector::JoinTable& table);

  bool has_enough() const noexcept { return enough_; }

 private:
  struct OutputRow {
    std::uint16_t row;
    RowFate mark;
    const std::byte* held;  // null: none
  };

  /// Sets verdicts_ of the pairs.
  void judge_pairs(std::span<const std::uint16_t> rows, std::span<const std::byte* const> held);
  void fill_pairs(std::span<const std::uint16_t> rows, std::span<const std::byte* const> held);
  void judge_rows_before(std::size_t row);
  void judge_row(std::size_t row);
  void push_pairs(std::span<const std::uint16_t> rows, std::span<const std::byte* const> held);
  void push_output();
  void push(std::size_t row_count);

  const JoinShape& shape_;
  WorkerContext& worker_;
  ChunkConsumer& next_;
  const bool has_conditions_;
  std::vector<std::size_t> condition_columns_;  // of both sides together: those that conditions look at
  const vector::Chunk* probe_ = nullptr;
  vector::ActiveRows rows_;
  const vector::RowContainer* held_ = nullptr;
  bool judges_ = true;
  std::span<RowFate> carried_;
  std::size_t judged_ = 0;         // how many of rows_ have been judged
  std::vector<RowFate> fates_;     // by row number
  std::vector<RowFate> verdicts_;  // by pair
  std::vector<OutputRow> output_rows_;
  std::vector<std::uint16_t> gather_;
  std::vector<const std::byte*> gather_held_;
  vector::Chunk pairs_;  // left columns, then right columns
  vector::Chunk output_;
  bool enough_ = false;
};

}  // namespace sluice::executor
