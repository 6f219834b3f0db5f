#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/memory_tracker.h"
#include "base/stop_token.h"
#include "vector/spill_file.h"

namespace sluice::vector {

/// Rows in temporary files, divided by the hash of their key, so that all rows with one key meet in one partition, whoever wrote them.
///
/// A partition that is still too large is divided again at the next level, by other bits of the hash.
/// Ownership: owns its files; charges its write buffers to the tracker. Thread-safety: one thread.
class PartitionFiles {
 public:
  static constexpr std::size_t kPartitions = 32;
  static constexpr std::size_t kLevels = 5;

  /// The partition of `hash` at `level`, which is below kLevels. Uses bits 16 to 40: hash tables take theirs from both ends.
  static std::size_t partition_of(std::uint64_t hash, std::size_t level) noexcept {
    return (hash >> (16 + 5 * level)) % kPartitions;
  }

  /// `types`: of the rows. `tracker` may be null; it outlives this object, as does what `space` refers to.
  PartitionFiles(SpillSpace space, std::vector<types::PhysicalType> types, MemoryTracker* tracker);

  /// Where the caller appends one value to each column; then it calls row_added().
  Chunk& buffer(std::size_t partition);
  /// Counts the row that was appended to the buffer; writes the buffer when it is full. Throws: SqlError 1021, 1026; Stopped.
  void row_added(std::size_t partition, StopToken stop);
  /// Writes the buffers and gives their memory back. Throws as row_added().
  void flush(StopToken stop);

  bool is_empty() const noexcept { return row_count_ == 0; }
  std::size_t row_count() const noexcept { return row_count_; }
  /// After flush(): gives the file of `partition` away; null if it has no row.
  std::unique_ptr<SpillFile> take(std::size_t partition);

 private:
  void write(std::size_t partition, StopToken stop);

  SpillSpace space_;
  std::vector<types::PhysicalType> types_;
  std::array<std::unique_ptr<Chunk>, kPartitions> buffers_;
  std::array<std::int64_t, kPartitions> buffer_bytes_{};
  std::array<std::unique_ptr<SpillFile>, kPartitions> files_;
  std::size_t rows_per_buffer_;
  std::size_t row_count_ = 0;
  MemoryReservation reservation_;
};

}  // namespace sluice::vector
