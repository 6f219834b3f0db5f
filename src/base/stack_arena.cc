#include "base/stack_arena.h"

#include <algorithm>

namespace sluice {

void StackArena::add_block(std::size_t bytes) {
  const std::size_t usual = blocks_.empty() ? kFirstBlockBytes : std::min(2 * blocks_.back().size, kLargestBlockBytes);
  const std::size_t size = std::max(usual, bytes);
  blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
  next_ = blocks_.back().bytes.get();
  end_ = next_ + size;
  allocated_bytes_ += static_cast<std::int64_t>(size);
}

void StackArena::free_from(const void* position) noexcept {
  // A position at the beginning of a block takes the block with it.
  while (!blocks_.empty()) {
    Block& last = blocks_.back();
    std::byte* const start = last.bytes.get();
    if (start < position && position < start + last.size) {
      next_ = start + (static_cast<const std::byte*>(position) - start);
      end_ = start + last.size;
      return;
    }
    const bool is_first = start == position;
    allocated_bytes_ -= static_cast<std::int64_t>(last.size);
    blocks_.pop_back();
    if (is_first) break;
  }
  // The block below was full enough to need another: what is left in its end is not used again.
  next_ = end_ = nullptr;
}

}  // namespace sluice
