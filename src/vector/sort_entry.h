#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::vector {

/// A row to be sorted: the first eight bytes of its normalised key as a number, the key, its place of arrival, the row.
/// Orders by key, then by arrival. Borrows key and row.
struct SortEntry {
  std::uint64_t prefix;  // big endian: compares as the bytes do; short keys are filled with zeros
  const char* key_bytes;
  std::uint32_t key_size;
  std::uint32_t sequence;
  std::byte* row;

  static SortEntry make(std::string_view key, std::size_t sequence, std::byte* row) noexcept {
    SortEntry entry{0, key.data(), static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(sequence), row};
    std::memcpy(&entry.prefix, key.data(), std::min<std::size_t>(key.size(), 8));
    entry.prefix = __builtin_bswap64(entry.prefix);
    return entry;
  }

  std::string_view key() const noexcept { return {key_bytes, key_size}; }
  void rebase(std::string_view key, std::size_t new_sequence) noexcept {
    key_bytes = key.data();
    sequence = static_cast<std::uint32_t>(new_sequence);
  }

  friend bool operator<(const SortEntry& left, const SortEntry& right) noexcept {
    if (left.prefix != right.prefix) return left.prefix < right.prefix;
    const int order = left.key().compare(right.key());
    return order != 0 ? order < 0 : left.sequence < right.sequence;
  }
};
static_assert(sizeof(SortEntry) == 32);

}  // namespace sluice::vector
