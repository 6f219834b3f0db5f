#include "vector/chunk.h"

#include <utility>

#include "base/check.h"

namespace sluice::vector {

Chunk::Chunk(std::span<const types::PhysicalType> types) {
  columns.reserve(types.size());
  for (types::PhysicalType type : types) columns.emplace_back(type);
}

void Chunk::set_selection(std::span<const std::uint16_t> rows) {
  SLUICE_DCHECK(rows.empty() || rows.back() < row_count, "selected row {} of {}", rows.back(), row_count);
  selection_.assign(rows);
  has_selection_ = true;
}

void Chunk::swap_selection(Selection& selection) noexcept {
  std::swap(selection_, selection);
  has_selection_ = true;
}

void Chunk::drop_selection() noexcept {
  selection_.clear();
  has_selection_ = false;
}

void Chunk::clear() {
  for (ColumnVector& column : columns) column.clear();
  row_count = 0;
  drop_selection();
}

void Chunk::compact() {
  if (!has_selection_) return;
  if (selection_.size() != row_count) {
    for (ColumnVector& column : columns) {
      ColumnVector dense(column.type());
      dense.gather(column, selection_.rows());
      column = std::move(dense);
    }
    row_count = selection_.size();
  }
  drop_selection();
}

void Chunk::flatten() {
  compact();
  for (ColumnVector& column : columns) column.flatten();
}

void Chunk::reference(const Chunk& other) {
  while (columns.size() > other.columns.size()) columns.pop_back();
  for (std::size_t column = 0; column < other.columns.size(); ++column) {
    if (column == columns.size()) columns.emplace_back(other.columns[column].type());
    columns[column].reference(other.columns[column]);
  }
  row_count = other.row_count;
  selection_ = other.selection_;
  has_selection_ = other.has_selection_;
}

void Chunk::append_row_from(const Chunk& source, std::size_t row) {
  for (std::size_t column = 0; column < columns.size(); ++column) {
    columns[column].append_from(source.columns[column], row);
  }
  ++row_count;
}

std::int64_t Chunk::memory_bytes() const noexcept {
  std::int64_t bytes = static_cast<std::int64_t>(selection_.size() * sizeof(std::uint16_t));
  for (const ColumnVector& column : columns) bytes += column.memory_bytes();
  return bytes;
}

}  // namespace sluice::vector
