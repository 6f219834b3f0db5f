#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "kv/key_range.h"

namespace sluice::kv {

/// One batch of a cursor: rows copied into a block that does not move while the batch grows.
///
/// Batches start small, for statements that want a few rows, and grow while the scan goes on.
/// Thread-safety: one thread at a time.
class RowBatch {
 public:
  explicit RowBatch(std::size_t row_limit) : row_limit_max_(std::max<std::size_t>(row_limit, 1)) {}

  /// Drops the rows and starts the next batch.
  void restart() {
    if (!rows_.empty()) row_limit_ *= 4;
    if (out_of_space_) block_bytes_ = std::min(block_bytes_ * 4, kBlockBytesMax);
    row_limit_ = std::min(row_limit_, row_limit_max_);
    out_of_space_ = false;
    used_bytes_ = 0;
    rows_.clear();
  }

  /// Copies a row in. False if the batch has no room for it; an empty batch has room for any row.
  bool append(std::string_view key, std::string_view value) {
    const std::size_t bytes = key.size() + value.size();
    if (capacity_bytes_ - used_bytes_ < bytes && !make_room(bytes)) return false;
    char* out = block_.get() + used_bytes_;
    std::memcpy(out, key.data(), key.size());
    if (!value.empty()) std::memcpy(out + key.size(), value.data(), value.size());
    used_bytes_ += bytes;
    rows_.push_back(KeyValue{{out, key.size()}, {out + key.size(), value.size()}});
    return true;
  }

  bool full() const noexcept { return rows_.size() >= row_limit_; }
  bool empty() const noexcept { return rows_.empty(); }
  const KeyValue& back() const noexcept { return rows_.back(); }
  std::span<const KeyValue> rows() const noexcept { return rows_; }

 private:
  static constexpr std::size_t kBlockBytesMax = std::size_t{1} << 20;

  bool make_room(std::size_t bytes) {
    if (!rows_.empty()) {
      out_of_space_ = true;
      return false;
    }
    capacity_bytes_ = std::max(bytes, block_bytes_);
    block_ = std::make_unique_for_overwrite<char[]>(capacity_bytes_);
    return true;
  }

  const std::size_t row_limit_max_;
  std::size_t row_limit_ = 32;
  std::size_t block_bytes_ = 16 << 10;
  std::unique_ptr<char[]> block_;
  std::size_t capacity_bytes_ = 0;
  std::size_t used_bytes_ = 0;
  bool out_of_space_ = false;
  std::vector<KeyValue> rows_;
};

}  // namespace sluice::kv
