#include <algorithm>

#include "base/check.h"
#include "vector/sort_entry.h"
#include "vector/sorter.h"

namespace sluice::vector {

struct TopRows::State {
  State(std::vector<types::PhysicalType> types, std::vector<SortColumn> sort_order, std::size_t row_limit,
        MemoryTracker* memory_tracker)
      : order(std::move(sort_order)),
        limit(row_limit),
        tracker(memory_tracker),
        rows(RowLayout(std::move(types), 0), memory_tracker),
        reservation(memory_tracker) {}

  // Keeps the best `limit` entries and copies their rows together.
  void shrink(StopToken stop) {
    if (entries.size() > limit) {
      std::nth_element(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(limit), entries.end());
      entries.resize(limit);
    }
    RowContainer kept(rows.layout(), tracker);
    StringHeap kept_keys;
    std::size_t count = 0;
    for (SortEntry& entry : entries) {
      if (++count % 1024 == 0) stop.poll();
      entry.row = kept.append_copy(entry.row);
      entry.rebase(kept_keys.copy(entry.key()), entry.sequence);
    }
    kept.account();
    rows = std::move(kept);
    keys = std::move(kept_keys);
    has_bound = entries.size() == limit;
    if (has_bound) bound = *std::max_element(entries.begin(), entries.end());
    account();
  }

  void account() {
    reservation.resize(keys.memory_bytes() + static_cast<std::int64_t>(entries.capacity() * sizeof(SortEntry)));
  }

  std::vector<SortColumn> order;
  std::size_t limit;
  MemoryTracker* tracker;
  RowContainer rows;
  StringHeap keys;
  std::vector<SortEntry> entries;
  MemoryReservation reservation;
  std::uint32_t sequence = 0;
  bool has_bound = false;
  SortEntry bound{};  // the worst row kept: later rows must be better
  std::string key_buffer;
  bool finished = false;
  std::size_t position = 0;
};

TopRows::TopRows(std::vector<types::PhysicalType> types, std::vector<SortColumn> order, std::size_t limit,
                 MemoryTracker* tracker)
    : state_(std::make_unique<State>(std::move(types), std::move(order), limit, tracker)) {}
TopRows::TopRows(TopRows&&) noexcept = default;
TopRows::~TopRows() = default;

void TopRows::append(const Chunk& chunk, std::span<const ColumnVector* const> keys, StopToken stop) {
  State& state = *state_;
  SLUICE_CHECK(!state.finished, "append to finished top rows");
  stop.poll();
  if (state.limit == 0) return;
  std::vector<const ColumnVector*> columns;
  for (const ColumnVector& column : chunk.columns) columns.push_back(&column);
  for_each_row(chunk.active_rows(), [&](std::size_t row) {
    state.key_buffer.clear();
    append_sort_key(state.order, keys, row, state.key_buffer);
    const SortEntry candidate = SortEntry::make(state.key_buffer, state.sequence++, nullptr);
    if (state.has_bound && !(candidate < state.bound)) return;
    SortEntry entry = candidate;
    entry.rebase(state.keys.copy(state.key_buffer), candidate.sequence);
    entry.row = state.rows.append_row(columns, row);
    state.entries.push_back(entry);
  });
  constexpr std::size_t kSlack = 2048;
  if (state.entries.size() >= state.limit + std::max(state.limit, kSlack)) state.shrink(stop);
  state.rows.account();
  state.account();
}

void TopRows::finish(StopToken stop) {
  State& state = *state_;
  state.finished = true;
  if (state.entries.size() > state.limit) state.shrink(stop);
  stop.poll();
  std::sort(state.entries.begin(), state.entries.end());
}

bool TopRows::next(Chunk& out, StopToken stop) {
  State& state = *state_;
  SLUICE_CHECK(state.finished, "read from top rows that are not finished");
  stop.poll();
  std::vector<const std::byte*> rows;
  while (rows.size() < kRowsPerChunk && state.position < state.entries.size()) {
    rows.push_back(state.entries[state.position++].row);
  }
  const RowLayout& layout = state.rows.layout();
  while (out.columns.size() < layout.column_count()) out.columns.emplace_back(layout.type(out.columns.size()));
  state.rows.gather(rows, out);
  return !rows.empty();
}

}  // namespace sluice::vector
