#include "vector/group_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace sluice::vector {

using types::PhysicalType;

namespace {

constexpr std::uint64_t kAddressMask = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t kRowsPerPoll = 4096;
constexpr std::size_t kEntriesPerPoll = 1 << 18;
constexpr std::size_t kStatesAfterHash = 16;  // the hash, padded so that states are aligned

std::vector<PhysicalType> types_of(const std::vector<KeyColumn>& keys) {
  std::vector<PhysicalType> types;
  for (const KeyColumn& key : keys) types.push_back(key.type);
  return types;
}

bool is_word(PhysicalType type) {
  return type == PhysicalType::kInt64 || type == PhysicalType::kUInt64 || type == PhysicalType::kTime ||
         type == PhysicalType::kDuration;
}

}  // namespace

GroupTable::GroupTable(std::vector<KeyColumn> keys, std::size_t state_bytes, MemoryTracker* tracker)
    : keys_(std::move(keys)),
      rows_(RowLayout(types_of(keys_), kStatesAfterHash + state_bytes), tracker),
      states_offset_(rows_.layout().extra_offset() + kStatesAfterHash),
      single_word_key_(keys_.size() == 1 && is_word(keys_[0].type)),
      table_reservation_(tracker) {
  SLUICE_CHECK(state_bytes % 16 == 0, "states of {} bytes", state_bytes);
  for (std::size_t column = 0; column < keys_.size(); ++column) {
    SLUICE_CHECK(keys_[column].null_equals_null, "group key {} takes NULLs apart", column);
    key_columns_.push_back(column);
  }
}

void GroupTable::rehash(std::size_t entries, StopToken stop) {
  table_reservation_.resize(static_cast<std::int64_t>(entries * sizeof(std::uint64_t)));
  table_.clear();
  table_.reserve(entries);
  while (table_.size() < entries) {
    stop.poll();
    table_.resize(std::min(entries, table_.size() + kEntriesPerPoll));
  }
  mask_ = entries - 1;
  std::size_t count = 0;
  rows_.for_each_row([&](std::byte* row) {
    if (++count % kRowsPerPoll == 0) stop.poll();
    const std::uint64_t hash = stored_hash(row);
    std::uint64_t slot = hash & mask_;
    while (table_[slot] != 0) slot = (slot + 1) & mask_;
    table_[slot] = (hash & ~kAddressMask) | reinterpret_cast<std::uint64_t>(row);
  });
}

std::size_t GroupTable::entries_for(std::size_t groups) const noexcept {
  return groups * 2 <= table_.size() ? table_.size() : std::bit_ceil(std::max<std::size_t>(groups * 2, 256));
}

std::int64_t GroupTable::growth_bytes(std::size_t row_count) const noexcept {
  return static_cast<std::int64_t>((entries_for(rows_.row_count() + row_count) - table_.size()) *
                                   sizeof(std::uint64_t));
}

std::byte* GroupTable::find_or_insert_row(std::span<const ColumnVector* const> keys, std::size_t row,
                                          std::uint64_t hash, std::vector<std::byte*>& new_states) {
  const RowLayout& layout = rows_.layout();
  std::uint64_t slot = hash & mask_;
  while (table_[slot] != 0) {
    const std::uint64_t entry = table_[slot];
    if ((entry & ~kAddressMask) == (hash & ~kAddressMask)) {
      auto* stored = reinterpret_cast<std::byte*>(entry & kAddressMask);
      if (stored_hash(stored) == hash && key_equals(keys_, keys, row, layout, key_columns_, stored)) return stored;
    }
    slot = (slot + 1) & mask_;
  }
  std::byte* inserted = rows_.append_row(keys, row);
  stored_hash(inserted) = hash;
  table_[slot] = (hash & ~kAddressMask) | reinterpret_cast<std::uint64_t>(inserted);
  new_states.push_back(inserted + states_offset_);
  return inserted;
}

void GroupTable::find_or_insert(std::span<const ColumnVector* const> keys, ActiveRows rows,
                                std::span<std::byte*> states, std::vector<std::byte*>& new_states, StopToken stop) {
  SLUICE_CHECK(states.size() >= rows.count, "room for {} of {} states", states.size(), rows.count);
  new_states.clear();
  if (rows.count == 0) return;
  hashes_.resize(rows.count);
  hash_keys(keys_, keys, rows, hashes_.data());
  // Worst case: every row is a group. Growing ahead keeps slots valid within the chunk.
  const std::size_t entries = entries_for(rows_.row_count() + rows.count);
  if (entries != table_.size()) rehash(entries, stop);
  const bool fast = single_word_key_ && !keys[0]->has_nulls();
  const std::size_t offset = keys_.empty() ? 0 : rows_.layout().offset(0);
  for (std::size_t position = 0; position < rows.count; ++position) {
    const std::uint64_t hash = hashes_[position];
    const std::size_t row = rows[position];
    if (fast) {
      const std::uint64_t word = keys[0]->at<std::uint64_t>(row);
      const std::uint64_t entry = table_[hash & mask_];
      auto* stored = reinterpret_cast<std::byte*>(entry & kAddressMask);
      if (stored != nullptr && (entry & ~kAddressMask) == (hash & ~kAddressMask) && !RowLayout::is_null(stored, 0)) {
        std::uint64_t stored_word;
        std::memcpy(&stored_word, stored + offset, sizeof(stored_word));
        if (stored_word == word) {
          states[position] = stored + states_offset_;
          continue;
        }
      }
    }
    states[position] = find_or_insert_row(keys, row, hash, new_states) + states_offset_;
  }
  rows_.account();
}

std::size_t GroupTable::read(std::size_t begin, std::size_t limit, Chunk& out, std::vector<std::byte*>& states) {
  std::vector<const std::byte*> rows;
  rows_.collect_rows(begin, limit, rows);
  states.clear();
  for (const std::byte* row : rows) states.push_back(const_cast<std::byte*>(row) + states_offset_);
  for (std::size_t column = 0; column < keys_.size(); ++column) rows_.gather(rows, column, out.columns[column]);
  out.drop_selection();
  out.row_count = rows.size();
  return rows.size();
}

std::uint64_t GroupTable::hash_of(const std::byte* states) const noexcept {
  return *reinterpret_cast<const std::uint64_t*>(states - kStatesAfterHash);
}

void GroupTable::clear() {
  rows_.clear();
  table_.clear();
  table_.shrink_to_fit();
  mask_ = 0;
  table_reservation_.release();
}

}  // namespace sluice::vector
