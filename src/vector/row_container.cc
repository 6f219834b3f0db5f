#include "vector/row_container.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "types/decimal.h"

namespace sluice::vector {

using types::PhysicalType;

namespace {

constexpr std::size_t kBlockBytes = 128 * 1024;

std::size_t align_up(std::size_t value, std::size_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

bool is_string(PhysicalType type) { return type == PhysicalType::kString || type == PhysicalType::kJson; }

}  // namespace

RowLayout::RowLayout(std::vector<PhysicalType> types, std::size_t extra_bytes) : types_(std::move(types)) {
  std::size_t offset = align_up((types_.size() + 7) / 8, 8);
  for (PhysicalType type : types_) {
    offsets_.push_back(offset);
    offset += value_width(type);
  }
  extra_offset_ = align_up(offset, 16);
  row_bytes_ = std::max<std::size_t>(align_up(extra_offset_ + extra_bytes, 16), 16);
}

RowContainer::RowContainer(RowLayout layout, MemoryTracker* tracker)
    : layout_(std::move(layout)), reservation_(tracker) {
  const std::size_t rows_per_block = std::max<std::size_t>(kBlockBytes / layout_.row_bytes(), 1);
  block_shift_ = static_cast<std::size_t>(std::bit_width(rows_per_block)) - 1;
  block_mask_ = (std::size_t{1} << block_shift_) - 1;
  heaps_.push_back(std::make_unique<StringHeap>());
}

std::byte* RowContainer::allocate_row() {
  const std::size_t rows_per_block = block_mask_ + 1;
  if (segments_.empty() || segments_.back().row_count == rows_per_block) {
    const std::size_t bytes = rows_per_block * layout_.row_bytes();
    // operator new[] aligns to 16, as rows need.
    static_assert(__STDCPP_DEFAULT_NEW_ALIGNMENT__ >= 16);
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes));
    segments_.push_back({blocks_.back().get(), 0});
    block_bytes_ += static_cast<std::int64_t>(bytes);
  }
  Segment& segment = segments_.back();
  std::byte* row = segment.rows + segment.row_count * layout_.row_bytes();
  ++segment.row_count;
  ++row_count_;
  return row;
}

void RowContainer::account() {
  std::int64_t bytes = block_bytes_;
  for (const auto& heap : heaps_) bytes += heap->memory_bytes();
  reservation_.resize(bytes);
}

void RowContainer::store(std::byte* row, std::size_t column, const ColumnVector& values, std::size_t index) {
  std::byte* target = row + layout_.offset(column);
  if (values.is_null(index)) {
    row[column >> 3] |= static_cast<std::byte>(1U << (column & 7));
    std::memset(target, 0, value_width(layout_.type(column)));
    return;
  }
  switch (layout_.type(column)) {
    case PhysicalType::kDecimal:
      std::memcpy(target, &values.at<types::Decimal>(index), sizeof(types::Decimal));
      return;
    case PhysicalType::kString:
    case PhysicalType::kJson: {
      StringSlot slot = values.at<StringSlot>(index);
      if (!slot.is_inline()) slot = StringSlot(heaps_.back()->copy(slot.view()));
      std::memcpy(target, &slot, sizeof(slot));
      return;
    }
    default:
      std::memcpy(target, &values.at<std::uint64_t>(index), 8);
  }
}

std::byte* RowContainer::append_row(std::span<const ColumnVector* const> columns, std::size_t index) {
  std::byte* row = allocate_row();
  std::memset(row, 0, layout_.row_bytes());
  for (std::size_t column = 0; column < layout_.column_count(); ++column) store(row, column, *columns[column], index);
  return row;
}

void RowContainer::append(std::span<const ColumnVector* const> columns, ActiveRows rows, std::span<std::byte*> out) {
  SLUICE_CHECK(columns.size() == layout_.column_count(), "{} columns for rows of {}", columns.size(),
               layout_.column_count());
  SLUICE_CHECK(out.empty() || out.size() >= rows.count, "room for {} of {} rows", out.size(), rows.count);
  std::vector<std::byte*> local;
  if (out.empty()) {
    local.resize(rows.count);
    out = local;
  }
  for (std::size_t position = 0; position < rows.count; ++position) {
    out[position] = allocate_row();
    std::memset(out[position], 0, layout_.row_bytes());
  }
  // Column by column: the type is decided once.
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const ColumnVector& values = *columns[column];
    SLUICE_DCHECK(values.type() == layout_.type(column), "column {} has another physical type", column);
    const std::size_t offset = layout_.offset(column);
    const PhysicalType type = layout_.type(column);
    if (!values.has_nulls() && !is_string(type) && type != PhysicalType::kDecimal) {
      const std::uint64_t* words = values.values<std::uint64_t>().data();
      const std::size_t mask = values.index_mask();
      for (std::size_t position = 0; position < rows.count; ++position) {
        std::memcpy(out[position] + offset, &words[rows[position] & mask], 8);
      }
      continue;
    }
    for (std::size_t position = 0; position < rows.count; ++position)
      store(out[position], column, values, rows[position]);
  }
  account();
}

void RowContainer::append(const Chunk& chunk) {
  std::vector<const ColumnVector*> columns;
  for (const ColumnVector& column : chunk.columns) columns.push_back(&column);
  append(columns, chunk.active_rows());
}

std::byte* RowContainer::append_copy(const std::byte* source) {
  std::byte* row = allocate_row();
  std::memcpy(row, source, layout_.row_bytes());
  for (std::size_t column = 0; column < layout_.column_count(); ++column) {
    if (!is_string(layout_.type(column))) continue;
    auto* slot = reinterpret_cast<StringSlot*>(row + layout_.offset(column));
    if (!slot->is_inline()) *slot = StringSlot(heaps_.back()->copy(slot->view()));
  }
  return row;
}

void RowContainer::absorb(RowContainer&& other) {
  SLUICE_CHECK(other.layout_.row_bytes() == layout_.row_bytes(), "rows of {} bytes join rows of {}",
               other.layout_.row_bytes(), layout_.row_bytes());
  auto heap_left = std::make_unique<StringHeap>();
  blocks_.reserve(blocks_.size() + other.blocks_.size());
  segments_.reserve(segments_.size() + other.segments_.size());
  heaps_.reserve(heaps_.size() + other.heaps_.size());
  // From here on nothing throws: rows and the strings that they point to move together.
  for (auto& block : other.blocks_) blocks_.push_back(std::move(block));
  segments_.insert(segments_.end(), other.segments_.begin(), other.segments_.end());
  for (auto& heap : other.heaps_) heaps_.insert(heaps_.begin(), std::move(heap));
  absorbed_ = true;
  row_count_ += other.row_count_;
  block_bytes_ += other.block_bytes_;
  other.blocks_.clear();
  other.segments_.clear();
  other.heaps_.clear();
  other.row_count_ = 0;
  other.block_bytes_ = 0;
  other.reservation_.release();
  other.heaps_.push_back(std::move(heap_left));
  account();
}

void RowContainer::collect_rows(std::size_t begin, std::size_t limit, std::vector<const std::byte*>& out) const {
  out.clear();
  std::size_t first = 0;
  if (!absorbed_) {  // all blocks but the last are full
    first = std::min(begin >> block_shift_, segments_.size());
    begin -= first << block_shift_;
  }
  for (const Segment& segment : std::span(segments_).subspan(first)) {
    if (begin >= segment.row_count) {
      begin -= segment.row_count;
      continue;
    }
    for (std::size_t index = begin; index < segment.row_count && out.size() < limit; ++index) {
      out.push_back(segment.rows + index * layout_.row_bytes());
    }
    begin = 0;
    if (out.size() == limit) return;
  }
}

namespace {

template <class T>
void gather_values(std::span<const std::byte* const> rows, std::size_t offset, ColumnVector& out) {
  T* target = out.values<T>().data();
  for (std::size_t position = 0; position < rows.size(); ++position) {
    if (rows[position] == nullptr) continue;
    std::memcpy(&target[position], rows[position] + offset, sizeof(T));
  }
}

}  // namespace

void RowContainer::gather(std::span<const std::byte* const> rows, std::size_t column, ColumnVector& out) const {
  out.reset(layout_.type(column));
  out.resize(rows.size());
  const std::size_t offset = layout_.offset(column);
  switch (value_width(layout_.type(column))) {
    case 8:
      gather_values<std::uint64_t>(rows, offset, out);
      break;
    case sizeof(StringSlot):
      gather_values<StringSlot>(rows, offset, out);
      break;
    default:
      gather_values<types::Decimal>(rows, offset, out);
  }
  for (std::size_t position = 0; position < rows.size(); ++position) {
    if (rows[position] == nullptr || RowLayout::is_null(rows[position], column)) out.set_null(position);
  }
}

void RowContainer::gather(std::span<const std::byte* const> rows, Chunk& out) const {
  for (std::size_t column = 0; column < out.columns.size(); ++column) gather(rows, column, out.columns[column]);
  out.drop_selection();
  out.row_count = rows.size();
}

void RowContainer::reuse() {
  SLUICE_CHECK(!absorbed_, "a container of several owners' blocks is used again");
  if (blocks_.size() > 1) {
    blocks_.resize(1);
    segments_.resize(1);
    block_bytes_ = static_cast<std::int64_t>((block_mask_ + 1) * layout_.row_bytes());
  }
  if (!segments_.empty()) segments_.front().row_count = 0;
  heaps_.front()->clear();
  row_count_ = 0;
  account();
}

void RowContainer::clear() noexcept {
  blocks_.clear();
  segments_.clear();
  heaps_.resize(1);
  *heaps_.front() = StringHeap();
  row_count_ = 0;
  block_bytes_ = 0;
  absorbed_ = false;
  reservation_.release();
}

}  // namespace sluice::vector
