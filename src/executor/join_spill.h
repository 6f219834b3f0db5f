/// A join whose held side does not fit into memory.
#pragma once

#include <memory>
#include <vector>

#include "base/memory_tracker.h"
#include "executor/execution_context.h"
#include "executor/join_probe.h"
#include "vector/partition_files.h"

namespace sluice::executor {

/// Whether `table` shall go to files: memory is short, and it holds enough of it for that to help.
bool should_spill(const ExecutionContext& context, const vector::JoinTable& table);

/// Joins by partitions of the key's hash: the held side's lie in files, the probe side's rows are put into files as they come, then pair after
/// pair of files is joined in memory (DeWitt et al., "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984: Grace and
/// hybrid hash join). As many partitions as half of the memory takes stay resident, and their probe rows are joined at once.
///
/// A partition that is too large again is divided at the next level. What no division makes smaller (rows of one key; joins without a
/// key; NOT IN, where every row may be a candidate) is joined in pieces that fit: each piece of the held side with all of the probe side, what
/// is known of each probe row being carried from piece to piece.
/// The rows come in no order.
/// Ownership: owns all files. Thread-safety: one thread.
class JoinSpill {
 public:
  /// The arguments outlive it; `context` has a spill directory.
  JoinSpill(const ExecutionContext& context, const JoinShape& shape, const JoinLookup& lookup);
  ~JoinSpill();

  /// Files for the held rows of one worker of the build side, and the level at which they are divided (vector::JoinTable::spill).
  std::unique_ptr<vector::PartitionFiles> new_held_files() const;
  std::size_t held_level() const noexcept;

  /// The held side's files, flushed, of all workers. Reads the resident partitions. Once, before consume().
  void begin_probe(std::vector<std::unique_ptr<vector::PartitionFiles>> held, StopToken stop);
  /// One chunk of the probe side.
  Flow consume(const vector::Chunk& probe, JoinMatcher& matcher, WorkerContext& worker);
  /// The end of the probe side: joins all that is in files.
  void finish(JoinMatcher& matcher, WorkerContext& worker);

 private:
  using Files = std::vector<std::unique_ptr<vector::SpillFile>>;
  /// Held and probe rows that only match each other.
  struct Part {
    Files held;
    Files probe;
    std::size_t level = 0;
    bool divisible = true;
  };
  class HeldReader;

  std::unique_ptr<vector::PartitionFiles> new_probe_files() const;
  /// Puts a probe row into the files of its partition.
  void store_probe_row(vector::PartitionFiles& files, std::size_t partition, const vector::Chunk& probe,
                       std::size_t row, std::uint64_t hash, StopToken stop) const;
  void join_part(Part part, JoinMatcher& matcher, WorkerContext& worker);
  void divide(Part part, vector::JoinTable& table, HeldReader& held, JoinMatcher& matcher, WorkerContext& worker);
  void join_in_pieces(const Part& part, vector::JoinTable& table, HeldReader& held, JoinMatcher& matcher,
                      WorkerContext& worker);
  /// Joins `table`, a piece of the part's held side, with the probe side. `fates`: of all probe rows, if they are carried.
  void join_piece(const Part& part, const vector::JoinTable& table, std::vector<RowFate>* fates, bool is_last_piece,
                  JoinMatcher& matcher, WorkerContext& worker);

  const ExecutionContext& context_;
  const JoinShape& shape_;
  const JoinLookup& lookup_;
  std::vector<Part> parts_;
  std::unique_ptr<vector::JoinTable> resident_table_;
  std::vector<bool> is_resident_;  // by partition of level 0
  std::unique_ptr<vector::PartitionFiles> probe_files_;
};

}  // namespace sluice::executor
