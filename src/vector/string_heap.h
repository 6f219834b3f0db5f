#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace sluice::vector {

/// Bytes of strings, allocated front to back from blocks and freed together. Addresses are stable until clear().
///
/// Thread-safety: one thread at a time for changes; readers of earlier strings need no lock.
class StringHeap {
 public:
  /// `byte_count` bytes, not initialised; never null.
  char* allocate(std::size_t byte_count);
  /// A copy of `text`.
  std::string_view copy(std::string_view text);
  /// Forgets all strings; keeps the largest block for reuse.
  void clear() noexcept;
  /// Bytes of all blocks.
  std::int64_t memory_bytes() const noexcept { return memory_bytes_; }

 private:
  static constexpr std::size_t kFirstBlockBytes = 256;
  static constexpr std::size_t kMaxBlockBytes = 256 * 1024;

  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };

  char* allocate_block(std::size_t byte_count);

  std::vector<Block> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::int64_t memory_bytes_ = 0;
};

inline char* StringHeap::allocate(std::size_t byte_count) {
  if (byte_count > left_ || next_ == nullptr) return allocate_block(byte_count);
  char* result = next_;
  next_ += byte_count;
  left_ -= byte_count;
  return result;
}

}  // namespace sluice::vector
