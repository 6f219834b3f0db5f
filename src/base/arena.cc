#include "base/arena.h"

#include <algorithm>

namespace sluice {

// A fresh block is aligned for every type, so `align` does not matter here.
void* Arena::allocate_slow(std::size_t bytes) {
  const std::size_t last_size = blocks_.empty() ? kFirstBlockBytes / 2 : blocks_.back().size;
  const std::size_t usual_size = std::clamp(2 * last_size, kFirstBlockBytes, kLargestBlockBytes);
  const bool is_large = bytes > usual_size / 4;
  const std::size_t size = is_large ? std::max<std::size_t>(bytes, 1) : usual_size;
  Block block{std::make_unique_for_overwrite<std::byte[]>(size), size};
  std::byte* const start = block.bytes.get();
  if (is_large && !blocks_.empty()) {
    // A block of its own, below the current one, which goes on being filled.
    blocks_.insert(blocks_.end() - 1, std::move(block));
  } else {
    blocks_.push_back(std::move(block));
    next_ = start + bytes;
    end_ = start + size;
  }
  allocated_bytes_ += static_cast<std::int64_t>(size);
  reservation_.resize(allocated_bytes_);
  return start;
}

void Arena::reset() {
  if (blocks_.empty()) return;
  blocks_.erase(blocks_.begin(), blocks_.end() - 1);
  next_ = blocks_.back().bytes.get();
  end_ = next_ + blocks_.back().size;
  allocated_bytes_ = static_cast<std::int64_t>(blocks_.back().size);
  reservation_.resize(allocated_bytes_);
}

}  // namespace sluice
