#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/memory_tracker.h"
#include "base/stop_token.h"
#include "vector/row_container.h"
#include "vector/sort_key.h"
#include "vector/spill_file.h"

namespace sluice::vector {

/// Sorts any number of rows by normalised keys, in memory and, beyond the tracker's soft limit, in temporary files.
///
/// Rows arrive by append(); each few thousand become a sorted slice, so that no step takes more than some milliseconds. finish()
/// opens a merge over the slices of memory and the runs of the disk; next() hands out the rows in order. Rows with equal keys come
/// in order of arrival.
/// Ownership: owns rows and files. Thread-safety: one thread at a time.
/// Throws: Stopped (polled per chunk and per slice); SqlError 1021, 1026 when spilling. After a throw it can only be destroyed.
/// Algorithm: loser tree (Knuth, The Art of Computer Programming, vol. 3, section 5.4.1).
class Sorter {
 public:
  /// `types`: of the columns that are carried along. `tracker` may be null; without a `space.directory` it never spills.
  Sorter(std::vector<types::PhysicalType> types, std::vector<SortColumn> order, MemoryTracker* tracker,
         SpillSpace space);
  Sorter(Sorter&&) noexcept;
  ~Sorter();

  /// Appends the active rows of `chunk`; `keys`: the evaluated sort columns, by position.
  void append(const Chunk& chunk, std::span<const ColumnVector* const> keys, StopToken stop);
  /// Takes over the rows of another sorter of the same shape (another task's part), before finish().
  void absorb(Sorter&& other);
  /// Ends the input.
  void finish(StopToken stop);
  /// The next rows in order into `out` (the carried columns), up to kRowsPerChunk; false at the end. Strings point into
  /// the sorter and are valid until the next call.
  bool next(Chunk& out, StopToken stop);

  /// Writes what is in memory to a file now. No effect if nothing is there.
  void spill(StopToken stop);

  std::size_t row_count() const noexcept;
  std::size_t spilled_run_count() const noexcept;
  std::uint64_t spilled_bytes() const noexcept;
  std::int64_t memory_bytes() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Keeps the first `limit` rows of an order; rows that cannot be among them are dropped early.
///
/// Memory: about twice the rows kept. For limits of up to some tens of thousands; beyond, finish() sorts for longer than a
/// poll should wait, and a Sorter serves better. Thread-safety: one thread at a time.
class TopRows {
 public:
  TopRows(std::vector<types::PhysicalType> types, std::vector<SortColumn> order, std::size_t limit,
          MemoryTracker* tracker);
  TopRows(TopRows&&) noexcept;
  ~TopRows();

  void append(const Chunk& chunk, std::span<const ColumnVector* const> keys, StopToken stop);
  /// Ends the input.
  void finish(StopToken stop);
  /// The next rows in order; false at the end. Strings point into this object.
  bool next(Chunk& out, StopToken stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::vector
