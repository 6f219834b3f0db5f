/// Groups of an aggregation on disk.
#pragma once

#include <memory>
#include <vector>

#include "executor/aggregate_table.h"
#include "executor/execution_context.h"
#include "vector/partition_files.h"

namespace sluice::executor {

/// Where one worker's groups go when memory is short: files by the hash of the key, so that all states of a group meet in one
/// partition, whoever wrote them.
///
/// A row of a file is the group's values, then its states in serialised form (a string column).
/// Ownership: owns its files until they are taken. Thread-safety: one thread.
class AggregateSpill {
 public:
  /// `level`: of vector::PartitionFiles. The arguments outlive it.
  AggregateSpill(const AggregateLayout& layout, const ExecutionContext& context, std::size_t level);

  bool is_empty() const noexcept { return files_.is_empty(); }
  /// Writes all groups of `table` and clears it. Polls. Throws SqlError 1021, 1026; Stopped.
  void write(AggregateTable& table, StopToken stop);
  /// Ends the writing. Throws as write().
  void flush(StopToken stop) { files_.flush(stop); }
  std::unique_ptr<vector::SpillFile> take(std::size_t partition) { return files_.take(partition); }

 private:
  const AggregateLayout& layout_;
  const std::size_t level_;
  vector::PartitionFiles files_;
};

}  // namespace sluice::executor
