#include "executor/row_list.h"

#include <algorithm>

#include "types/decimal.h"
#include "types/time.h"

namespace sluice::executor {

RowList::RowList(std::vector<types::PhysicalType> types, MemoryTracker& memory)
    : types_(std::move(types)), memory_(memory) {}

vector::Chunk& RowList::room_for_row() {
  if (blocks_.empty() || blocks_.back()->row_count == vector::kRowsPerChunk) {
    if (!blocks_.empty()) full_blocks_bytes_ += blocks_.back()->memory_bytes();
    blocks_.push_back(std::make_unique<vector::Chunk>(types_));
  }
  return *blocks_.back();
}

void RowList::account() { memory_.resize(full_blocks_bytes_ + (blocks_.empty() ? 0 : blocks_.back()->memory_bytes())); }

void RowList::append(const vector::Chunk& chunk) {
  const vector::ActiveRows active = chunk.active_rows();
  for (std::size_t done = 0; done < active.count;) {
    vector::Chunk& block = room_for_row();
    const std::size_t count = std::min(active.count - done, vector::kRowsPerChunk - block.row_count);
    for (std::size_t c = 0; c < block.columns.size(); ++c) {
      if (active.is_dense() && !chunk.columns[c].is_constant()) {
        block.columns[c].append_range(chunk.columns[c], done, count);
      } else {
        for (std::size_t i = 0; i < count; ++i) block.columns[c].append_from(chunk.columns[c], active[done + i]);
      }
    }
    block.row_count += count;
    done += count;
  }
  size_ += active.count;
  account();
}

RowRef RowList::append_row(const vector::Chunk& chunk, std::size_t row) {
  vector::Chunk& block = room_for_row();
  for (std::size_t c = 0; c < block.columns.size(); ++c) block.columns[c].append_from(chunk.columns[c], row);
  ++size_;
  return {static_cast<std::uint32_t>(blocks_.size() - 1), static_cast<std::uint32_t>(block.row_count++)};
}

void RowList::splice(RowList&& other) {
  if (!blocks_.empty()) full_blocks_bytes_ += blocks_.back()->memory_bytes();
  if (!other.blocks_.empty()) full_blocks_bytes_ += other.full_blocks_bytes_;
  for (auto& block : other.blocks_) blocks_.push_back(std::move(block));
  size_ += other.size_;
  other.clear();
  account();
}

void RowList::append_all(const RowList& other) {
  for (const auto& block : other.blocks_) append(*block);
}

void RowList::clear() {
  blocks_.clear();
  full_blocks_bytes_ = 0;
  size_ = 0;
  memory_.release();
}

void RowList::append_borrowed(const vector::ColumnVector& source, std::size_t row, vector::ColumnVector& out) {
  if (source.is_null(row)) {
    out.append_null();
    return;
  }
  switch (source.type()) {
    case types::PhysicalType::kInt64:
      out.append(source.at<std::int64_t>(row));
      break;
    case types::PhysicalType::kUInt64:
      out.append(source.at<std::uint64_t>(row));
      break;
    case types::PhysicalType::kDouble:
      out.append(source.at<double>(row));
      break;
    case types::PhysicalType::kDecimal:
      out.append(source.at<types::Decimal>(row));
      break;
    case types::PhysicalType::kTime:
      out.append(source.at<types::Time>(row));
      break;
    case types::PhysicalType::kDuration:
      out.append(source.at<types::Duration>(row));
      break;
    case types::PhysicalType::kString:
    case types::PhysicalType::kJson:
      out.append(source.at<vector::StringSlot>(row));
      break;
  }
}

}  // namespace sluice::executor
