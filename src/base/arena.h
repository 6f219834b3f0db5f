#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/memory_tracker.h"

namespace sluice {

/// Bump allocation: everything is freed together, by reset() or the destructor. Runs no destructors of what lies in it.
///
/// Not thread-safe. Movable; pointers into it stay valid across a move.
class Arena {
 public:
  static constexpr std::size_t kFirstBlockBytes = 4096;
  static constexpr std::size_t kLargestBlockBytes = 1 << 20;

  /// `tracker`, if given, accounts the blocks and must outlive the arena.
  explicit Arena(MemoryTracker* tracker = nullptr) : reservation_(tracker) {}
  Arena(Arena&& other) noexcept
      : blocks_(std::move(other.blocks_)),
        next_(std::exchange(other.next_, nullptr)),
        end_(std::exchange(other.end_, nullptr)),
        allocated_bytes_(std::exchange(other.allocated_bytes_, 0)),
        reservation_(std::move(other.reservation_)) {
    other.blocks_.clear();
  }
  Arena& operator=(Arena&& other) noexcept {
    if (this == &other) return *this;
    blocks_ = std::move(other.blocks_);
    other.blocks_.clear();
    next_ = std::exchange(other.next_, nullptr);
    end_ = std::exchange(other.end_, nullptr);
    allocated_bytes_ = std::exchange(other.allocated_bytes_, 0);
    reservation_ = std::move(other.reservation_);
    return *this;
  }

  /// `align`: a power of two, at most alignof(std::max_align_t). Never null; zero bytes give a valid address.
  void* allocate(std::size_t bytes, std::size_t align = alignof(std::max_align_t)) {
    const std::size_t padding = (align - (reinterpret_cast<std::uintptr_t>(next_) & (align - 1))) & (align - 1);
    if (bytes + padding > static_cast<std::size_t>(end_ - next_) || next_ == nullptr) [[unlikely]] {
      return allocate_slow(bytes);
    }
    std::byte* const result = next_ + padding;
    next_ = result + bytes;
    return result;
  }

  /// A copy of `text` that lives as long as the arena's contents.
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* const target = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(target, text.data(), text.size());
    return {target, text.size()};
  }

  /// Constructs a T, which must not need its destructor.
  template <class T, class... Args>
  T* create(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>, "an arena runs no destructors");
    void* const place = allocate(sizeof(T), alignof(T));
    if constexpr (std::is_constructible_v<T, Args...>) {
      return ::new (place) T(std::forward<Args>(args)...);
    } else {
      return ::new (place) T{std::forward<Args>(args)...};  // an aggregate; clang 14 wants braces for those
    }
  }

  /// Uninitialised room for `count` values.
  template <class T>
  T* allocate_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>, "an arena runs no destructors");
    return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  }

  /// Frees everything but the last block, which is used again.
  void reset();

  /// Bytes of all blocks.
  std::int64_t memory_bytes() const noexcept { return allocated_bytes_; }

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };

  void* allocate_slow(std::size_t bytes);

  std::vector<Block> blocks_;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  std::int64_t allocated_bytes_ = 0;
  MemoryReservation reservation_;
};

}  // namespace sluice
