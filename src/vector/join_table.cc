#include "vector/join_table.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace sluice::vector {

namespace {

constexpr std::uint64_t kAddressMask = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t kRowsPerPoll = 4096;
constexpr std::size_t kEntriesPerPoll = 1 << 18;

std::uint64_t tag_of(std::uint64_t hash) noexcept { return std::uint64_t{1} << (48 + (hash & 15)); }

}  // namespace

JoinTable::JoinTable(std::vector<types::PhysicalType> types, std::vector<std::size_t> key_columns,
                     std::vector<KeyColumn> keys, MemoryTracker* tracker)
    : key_columns_(std::move(key_columns)),
      keys_(std::move(keys)),
      rows_(RowLayout(std::move(types), sizeof(RowTail)), tracker),
      tail_offset_(rows_.layout().extra_offset()),
      directory_reservation_(tracker) {
  SLUICE_CHECK(key_columns_.size() == keys_.size(), "{} key columns, {} keys", key_columns_.size(), keys_.size());
}

void JoinTable::append(const Chunk& chunk) {
  SLUICE_CHECK(!finished_, "append to a finished join table");
  const ActiveRows active = chunk.active_rows();
  if (active.count == 0) return;
  std::vector<const ColumnVector*> columns;
  for (const ColumnVector& column : chunk.columns) columns.push_back(&column);
  std::vector<const ColumnVector*> key_vectors;
  for (std::size_t column : key_columns_) key_vectors.push_back(&chunk.columns[column]);
  std::vector<std::uint64_t> hashes(active.count);
  hash_keys(keys_, key_vectors, active, hashes.data());
  std::vector<std::byte*> stored(active.count);
  rows_.append(columns, active, stored);
  for (std::size_t position = 0; position < active.count; ++position) {
    const bool lost = never_matches(keys_, key_vectors, active[position]);
    has_null_key_ |= lost;
    tail(stored[position]) = RowTail{nullptr, hashes[position], lost ? 0U : 1U, 0};
  }
}

void JoinTable::absorb(JoinTable&& other) {
  SLUICE_CHECK(!finished_ && !other.finished_, "absorb of a finished join table");
  rows_.absorb(std::move(other.rows_));
  has_null_key_ |= other.has_null_key_;
}

void JoinTable::finish(StopToken stop) {
  SLUICE_CHECK(!finished_, "a join table is finished once");
  finished_ = true;
  const std::size_t entries = std::bit_ceil(std::max<std::size_t>(rows_.row_count() * 2, 64));
  directory_reservation_.resize(static_cast<std::int64_t>(entries * sizeof(std::uint64_t)));
  directory_.reserve(entries);
  while (directory_.size() < entries) {
    stop.poll();
    directory_.resize(std::min(entries, directory_.size() + kEntriesPerPoll));
  }
  directory_shift_ = 64 - static_cast<std::size_t>(std::bit_width(entries) - 1);
  std::size_t count = 0;
  rows_.for_each_row([&](std::byte* row) {
    if (++count % kRowsPerPoll == 0) stop.poll();
    RowTail& row_tail = tail(row);
    if (row_tail.linked == 0) return;
    std::uint64_t& entry = directory_[row_tail.hash >> directory_shift_];
    row_tail.next = reinterpret_cast<std::byte*>(entry & kAddressMask);
    const auto address = reinterpret_cast<std::uint64_t>(row);
    SLUICE_DCHECK((address & ~kAddressMask) == 0, "a row address of more than 48 bits");
    entry = (entry & ~kAddressMask) | tag_of(row_tail.hash) | address;
  });
}

void JoinTable::mark_matched(const std::byte* row) const noexcept {
  std::atomic_ref<std::uint64_t>(tail(row).matched).store(1, std::memory_order_relaxed);
}

bool JoinTable::is_matched(const std::byte* row) const noexcept {
  return std::atomic_ref<std::uint64_t>(tail(row).matched).load(std::memory_order_relaxed) != 0;
}

void JoinProbe::begin(std::span<const ColumnVector* const> keys, ActiveRows rows) {
  SLUICE_DCHECK(table_.finished_, "probe of a join table that is not finished");
  keys_.assign(keys.begin(), keys.end());
  rows_.resize(rows.count);
  hashes_.resize(rows.count);
  heads_.assign(rows.count, nullptr);
  position_ = 0;
  chain_ = nullptr;
  hash_keys(table_.keys_, keys, rows, hashes_.data());
  bool any_nulls = false;
  for (const ColumnVector* key : keys) any_nulls |= key->has_nulls();
  for (std::size_t position = 0; position < rows.count; ++position) {
    __builtin_prefetch(&table_.directory_[hashes_[position] >> table_.directory_shift_]);
  }
  for (std::size_t position = 0; position < rows.count; ++position) {
    const std::size_t row = rows[position];
    rows_[position] = static_cast<std::uint16_t>(row);
    if (any_nulls && never_matches(table_.keys_, keys, row)) continue;
    const std::uint64_t entry = table_.directory_[hashes_[position] >> table_.directory_shift_];
    if ((entry & tag_of(hashes_[position])) == 0) continue;
    heads_[position] = reinterpret_cast<const std::byte*>(entry & kAddressMask);
    __builtin_prefetch(heads_[position] + table_.tail_offset_);
    __builtin_prefetch(heads_[position]);
  }
  if (!heads_.empty()) chain_ = heads_[0];
}

bool JoinProbe::next(std::size_t limit, std::vector<std::uint16_t>& probe_rows,
                     std::vector<const std::byte*>& stored_rows) {
  probe_rows.clear();
  stored_rows.clear();
  const RowLayout& layout = table_.rows_.layout();
  while (position_ < rows_.size()) {
    while (chain_ != nullptr) {
      const std::byte* row = chain_;
      const JoinTable::RowTail& row_tail = table_.tail(row);
      chain_ = row_tail.next;
      if (row_tail.hash != hashes_[position_]) continue;
      if (!key_equals(table_.keys_, keys_, rows_[position_], layout, table_.key_columns_, row)) continue;
      probe_rows.push_back(rows_[position_]);
      stored_rows.push_back(row);
      if (probe_rows.size() == limit) return true;
    }
    ++position_;
    chain_ = position_ < heads_.size() ? heads_[position_] : nullptr;
  }
  return !probe_rows.empty();
}

}  // namespace sluice::vector
