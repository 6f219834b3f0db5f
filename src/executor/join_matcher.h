/// Pairs the rows of a join: conditions, join types, NULL rules. Shared by all join operators, which only differ in how they find
/// the candidates of a row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/pipeline.h"
#include "executor/row_list.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// What a matcher works on. The *probe* side comes chunk by chunk, the *held* side lies in a RowList.
struct JoinShape {
  const planner::JoinPlan& plan;
  bool probe_is_left = true;
  std::vector<types::PhysicalType> left_types;
  std::vector<types::PhysicalType> right_types;

  static JoinShape of(const planner::JoinPlan& plan, bool probe_is_left);
  /// Whether probe rows without a match are returned with NULLs.
  bool preserves_probe() const noexcept;
  /// Whether held rows without a match are returned with NULLs.
  bool preserves_held() const noexcept;
  /// Whether only probe rows (and a mark) are returned.
  bool is_semi() const noexcept;
  bool adds_mark() const noexcept;
};

/// Collects candidate pairs of one probe chunk after the other, applies the conditions that span both sides, and pushes what the join returns
/// in the order of the probe rows.
///
/// Use: start(chunk); for each active row: begin_row, offer* , end_row; end(). Thread-safety: one thread.
class JoinMatcher {
 public:
  /// The arguments outlive the matcher. `held_matched`: one flag per held row by block, for joins that preserve the held side; else null.
  JoinMatcher(const JoinShape& shape, WorkerContext& worker, ChunkConsumer& next, std::vector<std::vector<std::uint8_t>>* held_matched);

  void start(const vector::Chunk& probe, const RowList& held);
  /// Whether the candidates of the row may stop: its fate is sealed.
  bool offer(std::size_t row, RowRef candidate);
  void end_row(std::size_t row);
  /// Flushes the chunk's pairs. Returns kEnough once the next operator has enough.
  Flow end();

  /// Pushes the held rows that never matched (preserves_held()).
  void push_unmatched(const RowList& held);

  bool has_enough() const noexcept { return enough_; }

 private:
  /// A candidate pair, or the end of a probe row's candidates.
  struct Event {
    std::uint16_t row;
    bool is_end;
    RowRef held;
  };
  enum class Fate : std::uint8_t { kNoMatch, kNull, kMatch };
  struct OutputRow {
    std::uint16_t row;
    bool has_held;
    RowRef held;
    Fate mark;
  };

  void flush();
  void judge_candidates();
  void finish_row(std::size_t row);
  void push_output();

  const JoinShape& shape_;
  WorkerContext& worker_;
  ChunkConsumer& next_;
  std::vector<std::vector<std::uint8_t>>* held_matched_;
  const vector::Chunk* probe_ = nullptr;
  const RowList* held_ = nullptr;
  std::vector<Event> events_;
  std::vector<Fate> verdicts_;          // per event
  std::vector<Fate> fates_;             // per probe row
  std::vector<OutputRow> output_rows_;
  std::vector<std::uint16_t> gather_;
  vector::Chunk pairs_;                 // left columns, then right columns
  vector::Chunk output_;
  bool enough_ = false;
};

}  // namespace sluice::executor
