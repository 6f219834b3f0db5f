/// Rows that an operator holds in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/memory_tracker.h"
#include "types/field_type.h"
#include "vector/chunk.h"

namespace sluice::executor {

/// Names a row of a RowList.
struct RowRef {
  std::uint32_t block = 0;
  std::uint32_t row = 0;
};

/// A growing list of rows, kept as chunks that own their strings; rows do not move once they are in.
///
/// Ownership: charges `memory` for what it holds until it is destroyed. Thread-safety: reads from any thread once it no longer grows.
class RowList {
 public:
  /// `memory` outlives the list.
  RowList(std::vector<types::PhysicalType> types, MemoryTracker& memory);

  /// Appends the active rows of `chunk`; returns where the first one went (the others follow it in order).
  void append(const vector::Chunk& chunk);
  /// Appends one row.
  RowRef append_row(const vector::Chunk& chunk, std::size_t row);
  /// Takes over the rows of `other`, which has the same columns.
  void splice(RowList&& other);
  /// Copies the rows of `other`, which has the same columns.
  void append_all(const RowList& other);
  void clear();

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::size_t block_count() const noexcept { return blocks_.size(); }
  const vector::Chunk& block(std::size_t index) const noexcept { return *blocks_[index]; }
  std::span<const types::PhysicalType> types() const noexcept { return types_; }

  /// Appends column `column` of the row to `out`; strings are borrowed from the list.
  void load(RowRef ref, std::size_t column, vector::ColumnVector& out) const {
    append_borrowed(blocks_[ref.block]->columns[column], ref.row, out);
  }

  /// Appends row `row` of `source` to `out` without copying string bytes, which must outlive `out`.
  static void append_borrowed(const vector::ColumnVector& source, std::size_t row, vector::ColumnVector& out);

 private:
  vector::Chunk& room_for_row();
  void account();

  std::vector<types::PhysicalType> types_;
  MemoryReservation memory_;
  std::vector<std::unique_ptr<vector::Chunk>> blocks_;
  std::int64_t full_blocks_bytes_ = 0;  // of all blocks but the last
  std::size_t size_ = 0;
};

}  // namespace sluice::executor
