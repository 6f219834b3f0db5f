#include "vector/partition_files.h"

#include <algorithm>

namespace sluice::vector {

namespace {

constexpr std::int64_t kGuessedStringBytes = 32;
/// Long strings fill a buffer before its rows are many.
constexpr std::int64_t kMostBufferBytes = 1 << 20;
constexpr std::size_t kRowsPerSizeCheck = 16;

/// As many rows as fit if all buffers together take a part of the tracker's limit: several workers have some each.
std::size_t rows_that_fit(std::span<const types::PhysicalType> types, const MemoryTracker* tracker) {
  if (tracker == nullptr || tracker->limit_bytes() < 0) return kRowsPerChunk;
  std::int64_t row_bytes = 0;
  for (const types::PhysicalType type : types) {
    row_bytes += static_cast<std::int64_t>(value_width(type));
    if (type == types::PhysicalType::kString || type == types::PhysicalType::kJson) row_bytes += kGuessedStringBytes;
  }
  const std::int64_t rows =
      tracker->limit_bytes() / (32 * static_cast<std::int64_t>(PartitionFiles::kPartitions) * row_bytes);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(rows, 16, static_cast<std::int64_t>(kRowsPerChunk)));
}

}  // namespace

PartitionFiles::PartitionFiles(SpillSpace space, std::vector<types::PhysicalType> types, MemoryTracker* tracker)
    : space_(space),
      types_(std::move(types)),
      rows_per_buffer_(rows_that_fit(types_, tracker)),
      reservation_(tracker) {}

Chunk& PartitionFiles::buffer(std::size_t partition) {
  std::unique_ptr<Chunk>& buffer = buffers_[partition];
  if (buffer == nullptr) {
    buffer = std::make_unique<Chunk>(types_);
    for (ColumnVector& column : buffer->columns) column.reserve(rows_per_buffer_);
  }
  return *buffer;
}

void PartitionFiles::row_added(std::size_t partition, StopToken stop) {
  ++row_count_;
  const Chunk& buffer = *buffers_[partition];
  if (++buffers_[partition]->row_count >= rows_per_buffer_ ||
      (buffer.row_count % kRowsPerSizeCheck == 0 && buffer.memory_bytes() > kMostBufferBytes)) {
    write(partition, stop);
  }
}

void PartitionFiles::write(std::size_t partition, StopToken stop) {
  Chunk& chunk = *buffers_[partition];
  const std::int64_t bytes = chunk.memory_bytes();
  reservation_.grow(bytes - buffer_bytes_[partition]);
  buffer_bytes_[partition] = bytes;
  std::unique_ptr<SpillFile>& file = files_[partition];
  if (file == nullptr) file = std::make_unique<SpillFile>(space_, types_);
  file->append(chunk, stop);
  chunk.clear();
}

void PartitionFiles::flush(StopToken stop) {
  for (std::size_t partition = 0; partition < kPartitions; ++partition) {
    if (buffers_[partition] == nullptr) continue;
    if (buffers_[partition]->row_count != 0) write(partition, stop);
    buffers_[partition].reset();
    buffer_bytes_[partition] = 0;
  }
  reservation_.release();
}

std::unique_ptr<SpillFile> PartitionFiles::take(std::size_t partition) { return std::move(files_[partition]); }

}  // namespace sluice::vector
