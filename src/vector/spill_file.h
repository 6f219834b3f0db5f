#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"
#include "base/temp_dir.h"
#include "vector/chunk.h"

namespace sluice::vector {

/// Where a statement may put temporary files. The directory and the quota (may be null) outlive every user.
struct SpillSpace {
  TempDir* directory = nullptr;
  DiskQuota* quota = nullptr;
};

/// Chunks in a temporary file, written front to back and read front to back any number of times.
///
///   block:  u32 raw bytes | u32 stored bytes | u32 rows | stored bytes: LZ4, or raw if that is not smaller
///   raw:    per column: u8 has NULLs [ bitmap words ] values; strings: u32 length each, then their bytes
///
/// Ownership: owns its file, which the destructor removes.
/// Thread-safety: one writer; after the last append any number of readers.
class SpillFile {
 public:
  /// `types`: of the columns. Throws SqlError 1004.
  SpillFile(const SpillSpace& space, std::vector<types::PhysicalType> types);
  SpillFile(SpillFile&&) noexcept = default;
  SpillFile& operator=(SpillFile&&) = delete;

  /// Appends the active rows of `chunk`. Throws: SqlError 1021 (disk full), 1026; Stopped.
  void append(const Chunk& chunk, StopToken stop);

  std::size_t row_count() const noexcept { return row_count_; }
  std::uint64_t stored_bytes() const noexcept { return file_.size(); }
  std::span<const types::PhysicalType> types() const noexcept { return types_; }

  /// Reads the chunks in order. The file must outlive it and not grow meanwhile.
  class Reader {
   public:
    explicit Reader(const SpillFile& file) : file_(&file) {}
    /// The next chunk into `out` (any columns before), false at the end. Throws: SqlError 1024; Stopped.
    bool next(Chunk& out, StopToken stop);

   private:
    const SpillFile* file_;
    std::uint64_t offset_ = 0;
    std::string stored_;
    std::string raw_;
  };

 private:
  std::vector<types::PhysicalType> types_;
  TempFile file_;
  std::size_t row_count_ = 0;
  std::string raw_;
  std::string stored_;
};

/// Appends the rows of `chunk` in the raw form above; decode_chunk() reads it back. Throws SqlError 1024 if the bytes are cut short.
void encode_chunk(const Chunk& chunk, std::string& out);
void decode_chunk(std::string_view bytes, std::size_t row_count, std::span<const types::PhysicalType> types,
                  Chunk& out);

}  // namespace sluice::vector
