/// One table that UPDATE or DELETE changes: finds, locks and reads its rows in the chunks of the statement's child.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "executor/handle_builder.h"
#include "executor/row_builder.h"
#include "executor/row_change.h"
#include "executor/table_writer.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Whether the rows that reach the statement are locked already (a point read with `lock`).
bool reads_locked_points(const planner::PhysicalPlan& child);

/// Thread-safety: the statement's thread.
class ModifiedTable {
 public:
  /// The arguments outlive the object. `locked`: see reads_locked_points().
  ModifiedTable(ExecutionContext& context, const planner::ModifyTarget& target, BadValues bad_values, bool locked);

  /// A row of the chunk that is to be changed: locked, and met for the first time.
  struct Row {
    std::size_t chunk_row;
    codec::Handle handle;
  };
  /// The rows of `chunk` to change. Throws as lock_records().
  std::vector<Row> take(const vector::Chunk& chunk);

  /// The row's present values by column offset.
  RowValues values_of(const vector::Chunk& chunk, const Row& row);

  TableWriter& writer() noexcept { return writer_; }
  RowBuilder& builder() noexcept { return builder_; }
  const planner::ModifyTarget& target() const noexcept { return target_; }

 private:
  ExecutionContext& context_;
  const planner::ModifyTarget& target_;
  const bool locked_;
  RowBuilder builder_;
  TableWriter writer_;
  HandleBuilder handles_;
  RowFetcher fetcher_;
  bool needs_fetch_ = false;              // the child does not yield every column that is stored
  std::unordered_set<std::string> seen_;  // record keys that were changed
};

}  // namespace sluice::executor
