/// Rows with sort keys.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/arena.h"
#include "base/memory_tracker.h"
#include "executor/key_encoder.h"
#include "executor/pipeline.h"
#include "executor/row_list.h"
#include "planner/physical_plan.h"

namespace sluice::executor {

/// Collects rows and yields them in the order of `keys`. Rows with equal keys keep the order in which they came.
///
/// Memory is charged to the tracker. Thread-safety: one thread.
class SortBuffer {
 public:
  /// The arguments outlive the buffer. `keep`: rows needed at the most (top-N); later ones are dropped now and then.
  SortBuffer(const std::vector<planner::SortKey>& keys, std::vector<types::PhysicalType> types, MemoryTracker& memory, std::uint64_t keep);

  /// Adds the active rows. Polls.
  void add(const vector::Chunk& chunk, WorkerContext& worker);
  /// Pushes rows [offset, offset + count) of the order into `out`. Polls per chunk.
  void push(std::uint64_t offset, std::uint64_t count, ChunkConsumer& out, WorkerContext& worker);

 private:
  struct Entry {
    std::uint64_t head;       // the key's first eight bytes, big endian
    std::string_view key;     // in keys_arena_
    std::uint64_t sequence;
    RowRef row;
  };
  static bool less(const Entry& a, const Entry& b) noexcept;

  void finish_run(StopToken stop);
  void drop_superfluous(StopToken stop);
  void account();

  const std::vector<planner::SortKey>& keys_;
  KeyEncoder encoder_;
  MemoryTracker& tracker_;
  const std::uint64_t keep_;
  std::unique_ptr<RowList> rows_;
  std::unique_ptr<Arena> key_bytes_;
  std::vector<std::vector<Entry>> runs_;    // sorted, but for the last one
  std::uint64_t next_sequence_ = 0;
  std::size_t entry_count_ = 0;
  MemoryReservation memory_;
};

}  // namespace sluice::executor
