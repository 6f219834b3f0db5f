#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::vector {

/// A string value of a vector in 16 bytes: length, then either the whole string (up to 12 bytes) or its first
/// four bytes and a pointer to all of it.
///
/// Layout:  [0..4) length  |  [4..16) bytes, when length <= 12
///                         |  [4..8) first four bytes, [8..16) pointer, when length > 12
///
/// Ownership: the bytes behind the pointer belong to somebody else (a vector's string heap, a page, a literal); a
/// slot is a view and lives no longer than they do. Unused inline bytes are zero, so equal short strings have equal slots.
class StringSlot {
 public:
  static constexpr std::size_t kInlineBytes = 12;

  StringSlot() noexcept : length_(0), bytes_{} {}

  /// A slot for `text`: inline when it is short, else pointing at `text`'s bytes.
  explicit StringSlot(std::string_view text) noexcept : length_(static_cast<std::uint32_t>(text.size())), bytes_{} {
    if (text.size() <= kInlineBytes) {
      if (!text.empty()) std::memcpy(bytes_, text.data(), text.size());
    } else {
      std::memcpy(bytes_, text.data(), 4);
      const char* pointer = text.data();
      std::memcpy(bytes_ + 4, &pointer, sizeof(pointer));
    }
  }

  std::size_t size() const noexcept { return length_; }
  bool is_inline() const noexcept { return length_ <= kInlineBytes; }

  /// The string. For an inline slot the view points into the slot itself, and ends with it.
  std::string_view view() const noexcept {
    if (length_ <= kInlineBytes) return {bytes_, length_};
    const char* pointer;
    std::memcpy(&pointer, bytes_ + 4, sizeof(pointer));
    return {pointer, length_};
  }

  /// Bytewise equality; most unequal strings differ in the first eight bytes of the slot.
  friend bool operator==(const StringSlot& left, const StringSlot& right) noexcept {
    std::uint64_t left_head;
    std::uint64_t right_head;
    std::memcpy(&left_head, &left, sizeof(left_head));
    std::memcpy(&right_head, &right, sizeof(right_head));
    if (left_head != right_head) return false;
    if (left.is_inline()) return std::memcmp(left.bytes_ + 4, right.bytes_ + 4, 8) == 0;
    return std::memcmp(left.view().data(), right.view().data(), left.length_) == 0;
  }

 private:
  std::uint32_t length_;
  char bytes_[kInlineBytes];
};
static_assert(sizeof(StringSlot) == 16);

}  // namespace sluice::vector
