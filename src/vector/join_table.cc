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
                     std::vector<KeyColumn> keys, UnfindableRows unfindable, MemoryTracker* tracker)
    : key_columns_(std::move(key_columns)),
      keys_(std::move(keys)),
      unfindable_(unfindable),
      rows_(RowLayout(std::move(types), sizeof(RowTail)), tracker),
      tail_offset_(rows_.layout().extra_offset()),
      directory_reservation_(tracker) {
  SLUICE_CHECK(key_columns_.size() == keys_.size(), "{} key columns, {} keys", key_columns_.size(), keys_.size());
}

void JoinTable::account() {
  // What the directory will take at most: entries are a power of two, from one to two per row.
  if (!finished_)
    directory_reservation_.resize(static_cast<std::int64_t>(rows_.row_count() * 2 * sizeof(std::uint64_t)));
}

void JoinTable::append(const Chunk& chunk, const std::vector<bool>* findable) {
  SLUICE_CHECK(!finished_, "append to a finished join table");
  const ActiveRows active = chunk.active_rows();
  if (active.count == 0) return;
  std::vector<const ColumnVector*> columns;
  for (const ColumnVector& column : chunk.columns) columns.push_back(&column);
  std::vector<const ColumnVector*> key_vectors;
  bool has_nulls = false;
  for (std::size_t column : key_columns_) {
    key_vectors.push_back(&chunk.columns[column]);
    has_nulls |= chunk.columns[column].has_nulls();
  }
  std::vector<std::uint16_t> kept;
  std::vector<RowState> states;
  ActiveRows stored_rows = active;
  if (findable != nullptr || has_nulls) {
    for (std::size_t position = 0; position < active.count; ++position) {
      const std::size_t row = active[position];
      RowState state = RowState::kFindable;
      if (findable != nullptr && !(*findable)[row]) {
        state = RowState::kRuledOut;
      } else if (has_nulls && never_matches(keys_, key_vectors, row)) {
        state = RowState::kNullKey;
      }
      if (state != RowState::kFindable && unfindable_ == UnfindableRows::kDropped) continue;
      has_null_key_ |= state == RowState::kNullKey;
      kept.push_back(static_cast<std::uint16_t>(row));
      states.push_back(state);
    }
    stored_rows = ActiveRows::of(kept);
    if (kept.empty()) return;
  }
  std::vector<std::uint64_t> hashes(stored_rows.count);
  hash_keys(keys_, key_vectors, stored_rows, hashes.data());
  std::vector<std::byte*> stored(stored_rows.count);
  rows_.append(columns, stored_rows, stored);
  for (std::size_t position = 0; position < stored_rows.count; ++position) {
    tail(stored[position]) =
        RowTail{nullptr, hashes[position], states.empty() ? RowState::kFindable : states[position], 0};
  }
  account();
}

void JoinTable::absorb(JoinTable&& other) {
  SLUICE_CHECK(!finished_ && !other.finished_, "absorb of a finished join table");
  rows_.absorb(std::move(other.rows_));
  other.directory_reservation_.release();
  has_null_key_ |= other.has_null_key_;
  account();
}

void JoinTable::finish(StopToken stop) {
  SLUICE_CHECK(!finished_, "a join table is finished once");
  finished_ = true;
  const std::size_t entries = std::bit_ceil(std::max<std::size_t>(rows_.row_count(), 64));
  directory_reservation_.resize(static_cast<std::int64_t>(entries * sizeof(std::uint64_t)));
  directory_.reserve(entries);
  while (directory_.size() < entries) {
    stop.poll();
    directory_.resize(std::min(entries, directory_.size() + kEntriesPerPoll));
  }
  directory_shift_ = 64 - static_cast<std::size_t>(std::bit_width(entries) - 1);
  std::size_t count = 0;
  // Backwards, so that a chain lists rows in order of arrival.
  rows_.for_each_row_backwards([&](std::byte* row) {
    if (++count % kRowsPerPoll == 0) stop.poll();
    RowTail& row_tail = tail(row);
    if (row_tail.state != RowState::kFindable) {
      if (row_tail.state == RowState::kNullKey) null_key_rows_.push_back(row);
      return;
    }
    std::uint64_t& entry = directory_[row_tail.hash >> directory_shift_];
    row_tail.next = reinterpret_cast<std::byte*>(entry & kAddressMask);
    const auto address = reinterpret_cast<std::uint64_t>(row);
    SLUICE_DCHECK((address & ~kAddressMask) == 0, "a row address of more than 48 bits");
    entry = (entry & ~kAddressMask) | tag_of(row_tail.hash) | address;
  });
  std::reverse(null_key_rows_.begin(), null_key_rows_.end());
  directory_reservation_.grow(static_cast<std::int64_t>(null_key_rows_.capacity() * sizeof(std::byte*)));
}

void JoinTable::clear() noexcept {
  rows_.clear();
  directory_ = {};
  null_key_rows_ = {};
  directory_reservation_.release();
  has_null_key_ = false;
  finished_ = false;
}

std::vector<types::PhysicalType> JoinTable::spilled_types() const {
  const std::span<const types::PhysicalType> stored = rows_.layout().types();
  std::vector<types::PhysicalType> types(stored.begin(), stored.end());
  types.push_back(types::PhysicalType::kUInt64);
  return types;
}

void JoinTable::spill(PartitionFiles& files, std::size_t level, StopToken stop) {
  SLUICE_CHECK(!finished_, "a finished join table does not spill");
  Chunk values(rows_.layout().types());
  std::vector<const std::byte*> rows;
  for (std::size_t begin = 0;; begin += rows.size()) {
    stop.poll();
    rows_.collect_rows(begin, kRowsPerChunk, rows);
    if (rows.empty()) break;
    rows_.gather(rows, values);
    for (std::size_t position = 0; position < rows.size(); ++position) {
      const RowTail& row_tail = tail(rows[position]);
      const std::size_t partition = level == kUndivided ? 0 : PartitionFiles::partition_of(row_tail.hash, level);
      Chunk& buffer = files.buffer(partition);
      for (std::size_t column = 0; column < values.columns.size(); ++column) {
        buffer.columns[column].append_from(values.columns[column], position);
      }
      if (row_tail.state == RowState::kFindable) {
        buffer.columns.back().append(row_tail.hash);
      } else {
        buffer.columns.back().append_null();
      }
      files.row_added(partition, stop);
    }
  }
  clear();
}

void JoinTable::append_spilled(const Chunk& chunk) {
  SLUICE_CHECK(!finished_, "append to a finished join table");
  if (chunk.row_count == 0) return;
  std::vector<const ColumnVector*> columns;
  for (std::size_t column = 0; column + 1 < chunk.columns.size(); ++column) columns.push_back(&chunk.columns[column]);
  std::vector<const ColumnVector*> key_vectors;
  for (std::size_t column : key_columns_) key_vectors.push_back(columns[column]);
  std::vector<std::byte*> stored(chunk.row_count);
  rows_.append(columns, ActiveRows::all(chunk.row_count), stored);
  const ColumnVector& hashes = chunk.columns.back();
  for (std::size_t row = 0; row < chunk.row_count; ++row) {
    RowTail& row_tail = tail(stored[row]);
    row_tail = RowTail{nullptr, 0, RowState::kFindable, 0};
    if (!hashes.is_null(row)) {
      row_tail.hash = hashes.at<std::uint64_t>(row);
      continue;
    }
    row_tail.state = never_matches(keys_, key_vectors, row) ? RowState::kNullKey : RowState::kRuledOut;
    has_null_key_ |= row_tail.state == RowState::kNullKey;
  }
  account();
}

void JoinTable::mark_matched(const std::byte* row) const noexcept {
  std::atomic_ref<std::uint32_t>(tail(row).matched).store(1, std::memory_order_relaxed);
}

bool JoinTable::is_matched(const std::byte* row) const noexcept {
  return std::atomic_ref<std::uint32_t>(tail(row).matched).load(std::memory_order_relaxed) != 0;
}

void JoinProbe::begin(const JoinTable& table, std::span<const ColumnVector* const> keys, ActiveRows rows,
                      Matches matches) {
  SLUICE_DCHECK(table.finished_, "probe of a join table that is not finished");
  table_ = &table;
  matches_ = matches;
  keys_.assign(keys.begin(), keys.end());
  rows_.resize(rows.count);
  hashes_.resize(rows.count);
  heads_.assign(rows.count, nullptr);
  position_ = 0;
  chain_ = nullptr;
  skips_ = false;
  hash_keys(table_->keys_, keys, rows, hashes_.data());
  bool any_nulls = false;
  for (const ColumnVector* key : keys) any_nulls |= key->has_nulls();
  for (std::size_t position = 0; position < rows.count; ++position) {
    __builtin_prefetch(&table_->directory_[hashes_[position] >> table_->directory_shift_]);
  }
  for (std::size_t position = 0; position < rows.count; ++position) {
    const std::size_t row = rows[position];
    rows_[position] = static_cast<std::uint16_t>(row);
    if (any_nulls && never_matches(table_->keys_, keys, row)) continue;
    const std::uint64_t entry = table_->directory_[hashes_[position] >> table_->directory_shift_];
    if ((entry & tag_of(hashes_[position])) == 0) continue;
    heads_[position] = reinterpret_cast<const std::byte*>(entry & kAddressMask);
    __builtin_prefetch(heads_[position] + table_->tail_offset_);
    __builtin_prefetch(heads_[position]);
  }
  if (!heads_.empty()) chain_ = heads_[0];
}

bool JoinProbe::next(std::size_t limit, std::vector<std::uint16_t>& probe_rows,
                     std::vector<const std::byte*>& stored_rows) {
  probe_rows.clear();
  stored_rows.clear();
  const RowLayout& layout = table_->rows_.layout();
  if (skips_) chain_ = nullptr;
  skips_ = false;
  while (position_ < rows_.size()) {
    while (chain_ != nullptr) {
      const std::byte* row = chain_;
      const JoinTable::RowTail& row_tail = table_->tail(row);
      chain_ = row_tail.next;
      if (row_tail.hash != hashes_[position_]) continue;
      if (!key_equals(table_->keys_, keys_, rows_[position_], layout, table_->key_columns_, row)) continue;
      probe_rows.push_back(rows_[position_]);
      stored_rows.push_back(row);
      if (matches_ == Matches::kFirst) chain_ = nullptr;
      if (probe_rows.size() == limit) return true;
    }
    ++position_;
    chain_ = position_ < heads_.size() ? heads_[position_] : nullptr;
  }
  return !probe_rows.empty();
}

}  // namespace sluice::vector
