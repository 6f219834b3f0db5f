#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vector/column_vector.h"

namespace sluice::vector {

/// Which rows of a chunk count: all of the first `count` rows, or those listed. A borrowed view, cheap to pass by value.
struct ActiveRows {
  const std::uint16_t* rows = nullptr;  ///< Ascending row numbers, or null for 0 .. count-1.
  std::size_t count = 0;

  bool is_dense() const noexcept { return rows == nullptr; }
  std::size_t operator[](std::size_t position) const noexcept { return rows == nullptr ? position : rows[position]; }
  std::span<const std::uint16_t> span() const noexcept { return {rows, rows == nullptr ? 0 : count}; }

  static ActiveRows all(std::size_t row_count) noexcept { return {nullptr, row_count}; }
  static ActiveRows of(std::span<const std::uint16_t> rows) noexcept { return {rows.data(), rows.size()}; }
};

/// Calls `visit(row)` for each active row, with one test of the form outside the loop.
template <class Visit>
inline void for_each_row(ActiveRows active, Visit&& visit) {
  if (active.is_dense()) {
    for (std::size_t row = 0; row < active.count; ++row) visit(row);
  } else {
    for (std::size_t position = 0; position < active.count; ++position) visit(std::size_t{active.rows[position]});
  }
}

/// The rows of a chunk that a filter left: ascending row numbers.
class Selection {
 public:
  std::span<const std::uint16_t> rows() const noexcept { return rows_; }
  std::size_t size() const noexcept { return rows_.size(); }
  void clear() noexcept { rows_.clear(); }
  void append(std::uint16_t row) { rows_.push_back(row); }
  void assign(std::span<const std::uint16_t> rows) { rows_.assign(rows.begin(), rows.end()); }
  std::vector<std::uint16_t>& mutable_rows() noexcept { return rows_; }

 private:
  std::vector<std::uint16_t> rows_;
};

/// Up to kMaxRowsPerChunk rows as columns of equal length, with an optional selection: rows outside of it are dead.
///
/// Thread-safety: as ColumnVector.
class Chunk {
 public:
  Chunk() = default;
  explicit Chunk(std::span<const types::PhysicalType> types);

  std::vector<ColumnVector> columns;
  std::size_t row_count = 0;  ///< Length of every column, dead rows included.

  bool has_selection() const noexcept { return has_selection_; }
  /// Number of rows that count.
  std::size_t active_count() const noexcept { return has_selection_ ? selection_.size() : row_count; }
  /// The rows that count; a view that ends with the next change of the selection.
  ActiveRows active_rows() const noexcept {
    return has_selection_ ? ActiveRows::of(selection_.rows()) : ActiveRows::all(row_count);
  }
  /// Restricts the chunk to `rows` (ascending, below row_count).
  void set_selection(std::span<const std::uint16_t> rows);
  /// Takes over the row numbers in `selection` and leaves the old ones there, so that buffers are reused.
  void swap_selection(Selection& selection) noexcept;
  void drop_selection() noexcept;

  /// Empties columns (keeping capacity), row count and selection.
  void clear();
  /// Removes dead rows: the columns become dense (strings share heaps). No effect without a selection. Constant
  /// columns stay constant.
  void compact();
  /// Turns constant columns into flat ones and compacts.
  void flatten();
  /// Becomes a view of the columns and rows of `other` (storage shared).
  void reference(const Chunk& other);
  /// Appends active row `row` (a row number, not a position) of `source`, whose columns have the same types.
  void append_row_from(const Chunk& source, std::size_t row);

  std::int64_t memory_bytes() const noexcept;

 private:
  Selection selection_;
  bool has_selection_ = false;
};

}  // namespace sluice::vector
