#include "vector/string_heap.h"

#include <algorithm>
#include <cstring>

namespace sluice::vector {

char* StringHeap::allocate_block(std::size_t byte_count) {
  const std::size_t usual = std::min(kMaxBlockBytes, blocks_.empty() ? kFirstBlockBytes : blocks_.back().size * 2);
  const std::size_t size = std::max(byte_count, usual);
  blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
  memory_bytes_ += static_cast<std::int64_t>(size);
  next_ = blocks_.back().bytes.get() + byte_count;
  left_ = size - byte_count;
  return blocks_.back().bytes.get();
}

std::string_view StringHeap::copy(std::string_view text) {
  if (text.empty()) return {};
  char* bytes = allocate(text.size());
  std::memcpy(bytes, text.data(), text.size());
  return {bytes, text.size()};
}

void StringHeap::clear() noexcept {
  if (blocks_.empty()) return;
  auto largest = std::max_element(blocks_.begin(), blocks_.end(),
                                  [](const Block& left, const Block& right) { return left.size < right.size; });
  std::swap(*largest, blocks_.front());
  blocks_.erase(blocks_.begin() + 1, blocks_.end());
  next_ = blocks_.front().bytes.get();
  left_ = blocks_.front().size;
  memory_bytes_ = static_cast<std::int64_t>(blocks_.front().size);
}

}  // namespace sluice::vector
