#include "executor/join_table.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace sluice::executor {

JoinTable::JoinTable(std::vector<types::PhysicalType> types, std::vector<KeyColumn> keys, std::vector<int> positions,
                     std::vector<bool> null_safe, MemoryTracker& memory)
    : encoder_(std::move(keys)),
      positions_(std::move(positions)),
      null_safe_(std::move(null_safe)),
      rows_(std::move(types), memory),
      memory_(memory) {
  keys_.push_back(std::make_unique<Arena>());
}

std::uint64_t JoinTable::hash_of(std::string_view key) noexcept { return XXH3_64bits(key.data(), key.size()); }

void JoinTable::account() {
  std::int64_t bytes = static_cast<std::int64_t>(entries_.capacity() * sizeof(Entry) + directory_.capacity() * sizeof(std::uint32_t) +
                                                 (null_key_rows_.capacity() + all_rows_.capacity()) * sizeof(RowRef));
  for (const auto& arena : keys_) bytes += arena->memory_bytes();
  memory_.resize(bytes);
}

bool JoinTable::probe_key(const vector::Chunk& probe, std::span<const int> positions, std::size_t row, std::string& key) const {
  key.clear();
  const vector::ColumnVector* columns[16];
  SLUICE_CHECK(positions.size() <= std::size(columns), "{} join keys", positions.size());
  for (std::size_t i = 0; i < positions.size(); ++i) {
    columns[i] = &probe.columns[static_cast<std::size_t>(positions[i])];
    if (!null_safe_[i] && columns[i]->is_null(row)) return false;
  }
  encoder_.append({columns, positions.size()}, row, key);
  return true;
}

void JoinTable::add(const vector::Chunk& chunk, const std::vector<bool>* findable) {
  std::string key;
  const vector::ActiveRows active = chunk.active_rows();
  for (std::size_t i = 0; i < active.count; ++i) {
    const RowRef ref = rows_.append_row(chunk, active[i]);
    if (findable != nullptr && !(*findable)[active[i]]) continue;
    if (!has_keys()) {
      all_rows_.push_back(ref);
      continue;
    }
    if (!probe_key(chunk, positions_, active[i], key)) {
      null_key_rows_.push_back(ref);
      continue;
    }
    entries_.push_back({hash_of(key), keys_.front()->copy(key), ref, kNone});
  }
  account();
}

void JoinTable::splice(JoinTable&& other) {
  const auto blocks = static_cast<std::uint32_t>(rows_.block_count());
  rows_.splice(std::move(other.rows_));
  const auto move_refs = [blocks](std::vector<RowRef>& from, std::vector<RowRef>& to) {
    for (RowRef& ref : from) to.push_back({ref.block + blocks, ref.row});
  };
  move_refs(other.null_key_rows_, null_key_rows_);
  move_refs(other.all_rows_, all_rows_);
  for (Entry& entry : other.entries_) {
    entry.row.block += blocks;
    entries_.push_back(entry);
  }
  for (auto& arena : other.keys_) keys_.push_back(std::move(arena));
  account();
}

void JoinTable::build(StopToken stop) {
  if (entries_.empty()) return;
  SLUICE_CHECK(entries_.size() < kNone, "{} rows in a join table", entries_.size());
  directory_.assign(std::bit_ceil(entries_.size() * 2), kNone);
  account();
  // Backwards, so that a chain lists rows in the order in which they came.
  for (std::size_t i = entries_.size(); i-- > 0;) {
    if (i % 16'384 == 0) stop.poll();
    std::uint32_t& head = directory_[entries_[i].hash & (directory_.size() - 1)];
    entries_[i].next = head;
    head = static_cast<std::uint32_t>(i);
  }
}

}  // namespace sluice::executor
