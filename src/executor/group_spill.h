/// Groups of an aggregation on disk.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "executor/group_table.h"
#include "vector/spill_file.h"

namespace sluice::executor {

/// Where one worker's groups go when memory is short: files by the hash of the key, so that all states of a group meet in one
/// partition, whoever wrote them.
///
/// A row of a file is the group's values, then its states in serialised form (a string column).
/// Ownership: owns its files. Thread-safety: one thread while it is written, any after.
class GroupSpill {
 public:
  static constexpr std::size_t kPartitions = 32;

  /// `space` and `layout` outlive it.
  GroupSpill(const GroupLayout& layout, vector::SpillSpace space);

  bool is_empty() const noexcept { return !any_; }
  /// Writes all groups of `table` and clears it. Polls. Throws SqlError 1021, 1026; Stopped.
  void write(GroupTable& table, StopToken stop);
  /// Adds the groups of partition `partition` to `table`. Polls.
  void read(std::size_t partition, GroupTable& table, WorkerContext& worker) const;

 private:
  const GroupLayout& layout_;
  vector::SpillSpace space_;
  std::array<std::unique_ptr<vector::SpillFile>, kPartitions> files_;
  bool any_ = false;
};

}  // namespace sluice::executor
