#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/memory_tracker.h"
#include "base/stop_token.h"

namespace sluice::ingest {

/// Collects key-value entries in one block of memory and sorts them by key. No allocation per entry.
///
///   block:  u32 value size | key | value      per entry, back to back
///   item:   first key bytes that differ, as a number | offset in the block | key size        16 bytes per entry
///
/// Ownership: owns its block, accounted to `memory` (may be null, outlives the buffer). Thread-safety: one thread at a time;
/// after sort() any number of threads may read.
class EntryBuffer {
 public:
  struct Entry {
    std::string_view key;
    std::string_view value;
  };

  /// `capacity_bytes`: of block and items together, 64 KiB at the least; at most 4 GiB of entries are taken whatever it says.
  EntryBuffer(std::size_t capacity_bytes, MemoryTracker* memory);
  EntryBuffer(EntryBuffer&&) noexcept = default;
  EntryBuffer& operator=(EntryBuffer&&) noexcept = default;

  /// Appends a copy of the entry; false, and nothing changes, if it does not fit (never for the first entry).
  bool add(std::string_view key, std::string_view value);

  /// Sorts by key, bytewise; equal keys in no order. Polls at least every 10,000 moves.
  /// After a throw the entries are all there in some order.
  /// Algorithm: most significant digit radix sort in place (McIlroy, Bostic and McIlroy, "Engineering Radix Sort", 1993) on
  /// eight key bytes at a time behind the prefix common to all keys; small buckets by comparison.
  void sort(StopToken stop);

  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }
  Entry at(std::size_t index) const noexcept { return entry_of(items_[index]); }
  /// at(), for who reads one entry after the other: has the processor fetch a later one, as sorted entries lie anywhere in the block.
  Entry at_in_order(std::size_t index) const noexcept {
    if (index + kEntriesAhead < items_.size()) __builtin_prefetch(block_.get() + items_[index + kEntriesAhead].offset);
    return entry_of(items_[index]);
  }
  /// After sort(): the index of the first entry whose key is not less than `key`.
  std::size_t lower_bound(std::string_view key) const noexcept;

  /// Forgets the entries; the memory stays for the next ones.
  void clear() noexcept;
  std::size_t used_bytes() const noexcept { return used_ + items_.size() * sizeof(Item); }

 private:
  static constexpr std::size_t kEntriesAhead = 12;  // about the time of one cache miss
  struct Item {
    std::uint64_t digits;
    std::uint32_t offset;
    std::uint32_t key_size;
  };
  static_assert(sizeof(Item) == 16);

  Entry entry_of(const Item& item) const noexcept {
    const char* at = block_.get() + item.offset;
    std::uint32_t value_size;
    std::memcpy(&value_size, at, sizeof(value_size));
    return {{at + sizeof(value_size), item.key_size}, {at + sizeof(value_size) + item.key_size, value_size}};
  }
  void grow_items(std::size_t used);
  std::uint64_t load_digits(const Item& item, std::size_t depth) const noexcept;
  void sort_range(Item* begin, Item* end, std::size_t depth, int byte, StopToken stop);

  std::size_t capacity_;
  std::size_t block_bytes_ = 0;
  std::unique_ptr<char[]> block_;
  std::size_t used_ = 0;
  std::vector<Item> items_;
  MemoryReservation reservation_;
};

}  // namespace sluice::ingest
