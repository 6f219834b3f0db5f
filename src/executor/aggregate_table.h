/// Groups and the states of their aggregates.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/memory_tracker.h"
#include "executor/key_encoder.h"
#include "executor/pipeline.h"
#include "expression/aggregate.h"
#include "planner/physical_plan.h"
#include "vector/group_table.h"

namespace sluice::executor {

/// What all tables of one aggregation share; immutable.
struct AggregateLayout {
  const planner::AggregatePlan& plan;
  KeyEncoder encoder;  // for finding where a group ends in sorted input
  std::vector<vector::KeyColumn> keys;
  std::vector<std::unique_ptr<const expression::AggregateFunction>> functions;
  std::vector<std::size_t> state_offsets;  // of each function's state in a group's block
  std::size_t block_bytes = 0;
  std::vector<types::PhysicalType> group_types;
  std::vector<types::PhysicalType> output_types;

  static AggregateLayout of(const planner::AggregatePlan& plan, expression::EvalContext& eval);
};

/// The groups of one worker: a vector::GroupTable and the aggregates that work on its states.
///
/// Ownership: owns states, keys and group values; charges the tracker. Thread-safety: one thread.
class AggregateTable {
 public:
  /// The arguments outlive the table.
  AggregateTable(const AggregateLayout& layout, MemoryTracker& memory);
  ~AggregateTable();
  AggregateTable(const AggregateTable&) = delete;
  AggregateTable& operator=(const AggregateTable&) = delete;

  /// Adds the active rows of `chunk`.
  void add(const vector::Chunk& chunk, WorkerContext& worker);
  /// The group without keys, made if there is none: an aggregation without GROUP BY returns a row over no rows.
  void ensure_single_group(WorkerContext& worker);
  /// Adds the groups of `other`.
  void merge(AggregateTable& other, WorkerContext& worker);
  /// Pushes one row per group, in the order in which groups came.
  Flow push(ChunkConsumer& out, WorkerContext& worker);
  /// Drops all groups.
  void clear();

  std::size_t group_count() const noexcept { return groups_.group_count(); }

  /// Whether memory is short, or will be with the next chunk in this table and `peers` - 1 others like it, and this table holds enough
  /// of it for spilling to help. Tables without keys never spill.
  bool should_spill(std::size_t peers) const noexcept;
  std::int64_t memory_bytes() const noexcept { return groups_.memory_bytes() + owned_.bytes(); }
  /// The pieces of spilling (aggregate_spill.h). Groups from number `begin` on, a chunk at most: their values and blocks of states.
  /// Returns how many; 0 at the end.
  std::size_t read(std::size_t begin, vector::Chunk& values, std::vector<std::byte*>& blocks);
  std::uint64_t hash_of(const std::byte* block) const noexcept { return groups_.hash_of(block); }
  void serialize_states(const std::byte* block, std::string& out) const;
  /// Adds groups as they were spilled: values, then serialised states in the last column.
  void merge_serialized(const vector::Chunk& chunk, WorkerContext& worker);

 private:
  void find_blocks(const std::vector<const vector::ColumnVector*>& keys, vector::ActiveRows rows, StopToken stop);
  void update_states(const vector::Chunk& chunk, WorkerContext& worker);
  /// Brings owned_ up to date, from time to time: after `row_count` more rows.
  void account(std::size_t row_count, StopToken stop);

  const AggregateLayout& layout_;
  MemoryTracker& tracker_;
  const bool owns_memory_;  // whether some function's states do
  vector::GroupTable groups_;
  std::vector<std::byte*> row_blocks_;  // by position in the active rows: the row's group
  std::vector<std::byte*> new_blocks_;
  std::vector<std::byte*> function_states_;
  MemoryReservation owned_;  // what states own outside of the table
  std::size_t rows_not_accounted_ = 0;
};

}  // namespace sluice::executor
