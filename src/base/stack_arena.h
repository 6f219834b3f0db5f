#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace sluice {

/// Bump allocation that is given back from the top: what was allocated last goes first, and any amount of it at once. Runs no destructors.
///
/// Not thread-safe. Addresses stay valid until they are given back.
class StackArena {
 public:
  static constexpr std::size_t kFirstBlockBytes = 512;
  static constexpr std::size_t kLargestBlockBytes = 1 << 20;  // but for what is larger itself
  static constexpr std::size_t kAlignment = alignof(std::max_align_t);

  StackArena() = default;
  StackArena(const StackArena&) = delete;
  StackArena& operator=(const StackArena&) = delete;

  /// `bytes` > 0, aligned to kAlignment. Throws: std::bad_alloc.
  void* allocate(std::size_t bytes) {
    bytes = (bytes + kAlignment - 1) & ~(kAlignment - 1);
    if (bytes > static_cast<std::size_t>(end_ - next_)) [[unlikely]]
      add_block(bytes);
    std::byte* const result = next_;
    next_ += bytes;
    return result;
  }

  /// Gives back `position`, which allocate() returned, and all that was allocated after it.
  void free_from(const void* position) noexcept;

  /// Bytes of all blocks.
  std::int64_t memory_bytes() const noexcept { return allocated_bytes_; }

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };

  void add_block(std::size_t bytes);

  std::vector<Block> blocks_;
  std::byte* next_ = nullptr;  // into the last block
  std::byte* end_ = nullptr;
  std::int64_t allocated_bytes_ = 0;
};

}  // namespace sluice
