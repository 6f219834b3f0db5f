#include "ingest/entry_buffer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "base/check.h"
#include "base/failpoint.h"

namespace sluice::ingest {
namespace {

constexpr std::size_t kLeastCapacityBytes = std::size_t{64} << 10;
constexpr std::size_t kFirstBlockBytes = std::size_t{1} << 20;
constexpr std::size_t kFirstItems = 1024;
constexpr std::ptrdiff_t kSmallBucket = 2048;  // sorted by comparison: about 0.1 ms
constexpr std::size_t kMovesPerPoll = 8192;
constexpr int kDigitBytes = 8;
constexpr std::size_t kHeaderBytes = sizeof(std::uint32_t);

std::uint64_t to_big_endian(std::uint64_t value) {
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

}  // namespace

EntryBuffer::EntryBuffer(std::size_t capacity_bytes, MemoryTracker* memory)
    : capacity_(std::max(capacity_bytes, kLeastCapacityBytes)), reservation_(memory) {}

bool EntryBuffer::add(std::string_view key, std::string_view value) {
  const std::size_t needed = kHeaderBytes + key.size() + value.size();
  if (used_ + needed > block_bytes_) {
    // Items take about as much as the entries; the block leaves room for them.
    const std::size_t wanted = std::max(used_ + needed, block_bytes_ == 0 ? kFirstBlockBytes : block_bytes_ * 2);
    const std::size_t allowed = std::min<std::size_t>(capacity_ - std::min(capacity_, items_.size() * sizeof(Item)),
                                                      std::numeric_limits<std::uint32_t>::max());
    if (used_ + needed > allowed && !items_.empty()) return false;
    const std::size_t bytes = std::max(used_ + needed, std::min(wanted, allowed));
    // For the time of the copy both blocks lie in memory.
    reservation_.grow(static_cast<std::int64_t>(bytes));
    auto block = std::make_unique_for_overwrite<char[]>(bytes);
    if (used_ > 0) std::memcpy(block.get(), block_.get(), used_);
    block_ = std::move(block);
    block_bytes_ = bytes;
    reservation_.resize(static_cast<std::int64_t>(block_bytes_ + items_.capacity() * sizeof(Item)));
  }
  if (used_ + needed + (items_.size() + 1) * sizeof(Item) > capacity_ && !items_.empty()) return false;
  char* at = block_.get() + used_;
  const auto value_size = static_cast<std::uint32_t>(value.size());
  std::memcpy(at, &value_size, kHeaderBytes);
  std::memcpy(at + kHeaderBytes, key.data(), key.size());
  std::memcpy(at + kHeaderBytes + key.size(), value.data(), value.size());
  if (items_.size() == items_.capacity()) grow_items(used_ + needed);
  items_.push_back({0, static_cast<std::uint32_t>(used_), static_cast<std::uint32_t>(key.size())});
  used_ += needed;
  return true;
}

// Twice as many items, but no more than can be needed if the entries to come are as large as those that are there, which take `used` bytes.
void EntryBuffer::grow_items(std::size_t used) {
  const std::size_t count = items_.size() + 1;
  const std::size_t expected = capacity_ / (used / count + sizeof(Item)) + 1;
  const std::size_t wanted = std::min(std::max(count * 2, kFirstItems), std::max(expected, count + count / 8));
  // For the time of the move both lie in memory.
  reservation_.resize(static_cast<std::int64_t>(block_bytes_ + (items_.capacity() + wanted) * sizeof(Item)));
  items_.reserve(wanted);
  reservation_.resize(static_cast<std::int64_t>(block_bytes_ + items_.capacity() * sizeof(Item)));
}

std::uint64_t EntryBuffer::load_digits(const Item& item, std::size_t depth) const noexcept {
  if (depth >= item.key_size) return 0;
  const char* key = block_.get() + item.offset + kHeaderBytes + depth;
  std::uint64_t digits = 0;
  std::memcpy(&digits, key, std::min<std::size_t>(kDigitBytes, item.key_size - depth));
  return to_big_endian(digits);
}

void EntryBuffer::sort(StopToken stop) {
  if (items_.size() < 2) return;
  const std::string_view first = at(0).key;
  std::size_t common = first.size();
  for (std::size_t i = 1; i < items_.size() && common > 0; ++i) {
    if (i % kMovesPerPoll == 0) stop.poll();
    const std::string_view key = at(i).key;
    common = std::min(common, key.size());
    if (std::memcmp(first.data(), key.data(), common) == 0) continue;
    common = static_cast<std::size_t>(
        std::mismatch(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(common), key.begin()).first -
        first.begin());
  }
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (i % kMovesPerPoll == 0) stop.poll();
    items_[i].digits = load_digits(items_[i], common);
  }
  sort_range(items_.data(), items_.data() + items_.size(), common, 0, stop);
}

// Sorts items that agree in all bytes before `depth` and in the first `byte` bytes of their digits.
void EntryBuffer::sort_range(Item* begin, Item* end, std::size_t depth, int byte, StopToken stop) {
  for (;;) {
    if (end - begin <= kSmallBucket) {
      stop.poll();
      SLUICE_SYNC_POINT("ingest.sort", stop);
      std::sort(begin, end, [&](const Item& a, const Item& b) {
        if (a.digits != b.digits) return a.digits < b.digits;
        return entry_of(a).key.substr(std::min<std::size_t>(depth, a.key_size)) <
               entry_of(b).key.substr(std::min<std::size_t>(depth, b.key_size));
      });
      return;
    }
    if (byte == kDigitBytes) {
      // Eight equal bytes: go on behind them. Keys that end here are smaller than all others and equal to each other.
      depth += kDigitBytes;
      byte = 0;
      Item* longer = begin;
      std::size_t moves = 0;
      for (Item* item = begin; item != end; ++item) {
        if (++moves % kMovesPerPoll == 0) stop.poll();
        item->digits = load_digits(*item, depth);
        if (item->key_size <= depth) std::swap(*longer++, *item);
      }
      // The zeros behind a key's last byte may have hidden that another one is longer: the finished ones go by their size.
      Item* sorted = begin;
      for (std::size_t size = depth - kDigitBytes; size <= depth && sorted != longer; ++size) {
        for (Item* item = sorted; item != longer; ++item) {
          if (++moves % kMovesPerPoll == 0) stop.poll();
          if (item->key_size == size) std::swap(*sorted++, *item);
        }
      }
      begin = longer;
      if (begin == end) return;
      continue;
    }
    const int shift = (kDigitBytes - 1 - byte) * 8;
    auto digit_of = [shift](const Item& item) { return static_cast<std::size_t>(item.digits >> shift & 0xff); };
    std::array<std::size_t, 257> bounds{};
    std::size_t moves = 0;
    for (const Item* item = begin; item != end; ++item) {
      if (++moves % kMovesPerPoll == 0) stop.poll();
      ++bounds[digit_of(*item) + 1];
    }
    if (*std::max_element(bounds.begin(), bounds.end()) == static_cast<std::size_t>(end - begin)) {
      ++byte;
      continue;
    }
    for (std::size_t digit = 0; digit < 256; ++digit) bounds[digit + 1] += bounds[digit];
    std::array<std::size_t, 256> next;
    std::copy_n(bounds.begin(), 256, next.begin());
    for (std::size_t digit = 0; digit < 256; ++digit) {
      while (next[digit] < bounds[digit + 1]) {
        if (++moves % kMovesPerPoll == 0) stop.poll();
        Item& item = begin[next[digit]];
        const std::size_t home = digit_of(item);
        if (home == digit) {
          ++next[digit];
        } else {
          std::swap(item, begin[next[home]++]);
        }
      }
    }
    for (std::size_t digit = 0; digit < 256; ++digit) {
      if (bounds[digit + 1] - bounds[digit] > 1)
        sort_range(begin + bounds[digit], begin + bounds[digit + 1], depth, byte + 1, stop);
    }
    return;
  }
}

std::size_t EntryBuffer::lower_bound(std::string_view key) const noexcept {
  auto found = std::lower_bound(items_.begin(), items_.end(), key,
                                [&](const Item& item, std::string_view wanted) { return entry_of(item).key < wanted; });
  return static_cast<std::size_t>(found - items_.begin());
}

void EntryBuffer::clear() noexcept {
  items_.clear();
  used_ = 0;
}

}  // namespace sluice::ingest
