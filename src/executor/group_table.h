/// Groups and the states of their aggregates.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/memory_tracker.h"
#include "executor/key_encoder.h"
#include "executor/pipeline.h"
#include "executor/row_list.h"
#include "expression/aggregate.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// What all tables of one aggregation share; immutable.
struct GroupLayout {
  const planner::AggregatePlan& plan;
  KeyEncoder encoder;
  std::vector<std::unique_ptr<const expression::AggregateFunction>> functions;
  std::vector<std::size_t> state_offsets;     // of each function's state in a group's block
  std::size_t block_bytes = 0;
  std::vector<types::PhysicalType> group_types;
  std::vector<types::PhysicalType> output_types;

  static GroupLayout of(const planner::AggregatePlan& plan, expression::EvalContext& eval);
};

/// Ownership: owns states, keys and group values; charges the tracker. Thread-safety: one thread.
class GroupTable {
 public:
  /// The arguments outlive the table.
  GroupTable(const GroupLayout& layout, MemoryTracker& memory);
  ~GroupTable();
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  /// Adds the active rows of `chunk`.
  void add(const vector::Chunk& chunk, WorkerContext& worker);
  /// The group without keys, made if there is none: an aggregation without GROUP BY returns a row over no rows.
  void ensure_single_group();
  /// Adds the groups of `other`.
  void merge(GroupTable& other, WorkerContext& worker);
  /// Pushes one row per group, in the order in which groups came.
  Flow push(ChunkConsumer& out, WorkerContext& worker);
  /// Drops all groups.
  void clear();

  /// Whether memory is short and this table holds enough of it for spilling to help. Tables without keys never spill.
  bool should_spill() const noexcept;
  /// The pieces of spilling (group_spill.h): a group's hash, its values appended to the first columns of `out`, its states as bytes.
  std::uint64_t hash_of(std::size_t group) const noexcept { return groups_[group].hash; }
  void load_values(std::size_t group, vector::Chunk& out) const;
  void serialize_states(std::size_t group, std::string& out) const;
  /// Adds groups as they were spilled: values, then serialised states in the last column.
  void merge_serialized(const vector::Chunk& chunk, WorkerContext& worker);

  std::size_t group_count() const noexcept { return groups_.size(); }
  /// The key of the group that came last.
  std::string_view last_key() const noexcept { return groups_.back().key; }

 private:
  struct Group {
    std::string_view key;
    std::uint64_t hash;
    std::byte* states;
    RowRef values;
  };

  std::uint32_t find_or_insert(std::string_view key, bool& inserted);
  void grow_directory();
  void append_group_values(std::span<const vector::ColumnVector> keys, std::size_t row);
  void update_states(const vector::Chunk& chunk, WorkerContext& worker);
  void account();

  const GroupLayout& layout_;
  MemoryTracker& tracker_;
  Arena arena_;
  std::vector<Group> groups_;
  std::vector<std::uint32_t> directory_;     // open addressing; group index + 1, 0 for empty
  RowList group_values_;
  std::vector<std::byte*> row_states_;       // per chunk row: its group's block
  std::vector<std::byte*> function_states_;
  MemoryReservation memory_;
};

}  // namespace sluice::executor
