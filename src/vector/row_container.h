#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/memory_tracker.h"
#include "vector/chunk.h"
#include "vector/string_heap.h"

namespace sluice::vector {

/// Where the columns of a packed row lie.
///
///   [ NULL bits, one per column, padded to 8 ] [ columns, each value_width() bytes ] [ extra bytes, aligned to 16 ]
///
/// Rows are multiples of 16 bytes and aligned to 16. Strings are StringSlots into the container's heap.
class RowLayout {
 public:
  /// `extra_bytes` at the end of each row belong to the user (hash, chain, aggregate states).
  RowLayout(std::vector<types::PhysicalType> types, std::size_t extra_bytes);

  std::size_t column_count() const noexcept { return types_.size(); }
  types::PhysicalType type(std::size_t column) const noexcept { return types_[column]; }
  std::span<const types::PhysicalType> types() const noexcept { return types_; }
  std::size_t offset(std::size_t column) const noexcept { return offsets_[column]; }
  std::size_t extra_offset() const noexcept { return extra_offset_; }
  std::size_t row_bytes() const noexcept { return row_bytes_; }

  static bool is_null(const std::byte* row, std::size_t column) noexcept {
    return (static_cast<unsigned>(row[column >> 3]) >> (column & 7)) & 1U;
  }
  template <class T>
  const T& value(const std::byte* row, std::size_t column) const noexcept {
    return *reinterpret_cast<const T*>(row + offsets_[column]);
  }

 private:
  std::vector<types::PhysicalType> types_;
  std::vector<std::size_t> offsets_;
  std::size_t extra_offset_;
  std::size_t row_bytes_;
};

/// Rows of mixed columns in packed form, at stable addresses, in order of arrival.
///
/// Ownership: owns rows and strings, and accounts them to the tracker, which must outlive it.
/// Thread-safety: one thread at a time for changes, any number for reads between changes.
class RowContainer {
 public:
  /// What it may take at once for the next chunk of rows that are not unusually long: a block of rows and one of strings.
  static constexpr std::int64_t kGrowthBytes = (128 + 256) * 1024;

  /// `tracker` may be null.
  RowContainer(RowLayout layout, MemoryTracker* tracker);
  RowContainer(RowContainer&&) noexcept = default;
  RowContainer& operator=(RowContainer&&) noexcept = default;

  const RowLayout& layout() const noexcept { return layout_; }
  std::size_t row_count() const noexcept { return row_count_; }
  std::byte* row(std::size_t index) noexcept {
    return blocks_[index >> block_shift_].get() + (index & block_mask_) * layout_.row_bytes();
  }
  const std::byte* row(std::size_t index) const noexcept {
    return blocks_[index >> block_shift_].get() + (index & block_mask_) * layout_.row_bytes();
  }

  /// Appends `rows` of `columns`, whose types are the layout's; strings are copied. The extra bytes are zero.
  /// `out`: if not empty, receives the address of each appended row, by position in `rows`.
  void append(std::span<const ColumnVector* const> columns, ActiveRows rows, std::span<std::byte*> out = {});
  /// Appends the active rows of `chunk`.
  void append(const Chunk& chunk);
  /// Appends one row of `columns`. Call account() after the last.
  std::byte* append_row(std::span<const ColumnVector* const> columns, std::size_t row);
  /// Appends a copy of a row of a container with an equal layout, extra bytes included. Call account() after the last.
  std::byte* append_copy(const std::byte* row);

  /// Takes over all rows of `other`, whose layout and tracker are the same. Addresses stay valid; row numbers of `other` go on after
  /// those of this container only if this one's last block is full or empty, so use for_each_row() afterwards.
  void absorb(RowContainer&& other);

  /// Calls visit(std::byte*) for each row in order of arrival.
  template <class Visit>
  void for_each_row(Visit&& visit) {
    for (const Segment& segment : segments_) {
      for (std::size_t index = 0; index < segment.row_count; ++index) {
        visit(segment.rows + index * layout_.row_bytes());
      }
    }
  }
  /// The same from the last row to the first.
  template <class Visit>
  void for_each_row_backwards(Visit&& visit) {
    for (std::size_t block = segments_.size(); block-- > 0;) {
      for (std::size_t index = segments_[block].row_count; index-- > 0;) {
        visit(segments_[block].rows + index * layout_.row_bytes());
      }
    }
  }
  /// Fills `out` with the addresses of up to `limit` rows from row number `begin` on, in order of arrival.
  void collect_rows(std::size_t begin, std::size_t limit, std::vector<const std::byte*>& out) const;

  /// Sets `out` to column `column` of `rows`. Strings point into this container, which must outlive them. A null pointer among
  /// `rows` is a row of NULLs.
  void gather(std::span<const std::byte* const> rows, std::size_t column, ColumnVector& out) const;
  /// Sets `out` to columns [0, out.columns.size()) of `rows`, as gather().
  void gather(std::span<const std::byte* const> rows, Chunk& out) const;

  /// Brings the reservation up to date after append_row() and append_copy(), which do not account row by row.
  void account();

  /// Forgets all rows and gives their memory back.
  void clear() noexcept;
  /// Forgets all rows but keeps one block for the next ones: for containers that are filled again and again with few rows.
  void reuse();
  std::int64_t memory_bytes() const noexcept { return reservation_.bytes(); }

 private:
  struct Segment {  // a block and how much of it is used
    std::byte* rows;
    std::size_t row_count;
  };

  std::byte* allocate_row();
  void store(std::byte* row, std::size_t column, const ColumnVector& values, std::size_t index);

  RowLayout layout_;
  std::size_t block_shift_;
  std::size_t block_mask_;
  std::size_t row_count_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::vector<Segment> segments_;
  std::vector<std::unique_ptr<StringHeap>> heaps_;
  std::int64_t block_bytes_ = 0;
  bool absorbed_ = false;
  MemoryReservation reservation_;
};

}  // namespace sluice::vector
