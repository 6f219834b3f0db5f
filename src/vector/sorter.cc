#include "vector/sorter.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/check.h"
#include "vector/loser_tree.h"
#include "vector/sort_entry.h"

namespace sluice::vector {

namespace {

// Rows sorted in one step: about two milliseconds of comparisons.
constexpr std::size_t kRowsPerSlice = 8192;
// A run in memory below this is not spilled: somebody else holds the memory.
constexpr std::int64_t kLeastRunBytes = 4 << 20;
// Runs merged at once; more are merged in rounds.
constexpr std::size_t kMaxRuns = 256;

}  // namespace

struct Sorter::State {
  // A sorted stretch of entries_.
  struct Slice {
    std::size_t begin;
    std::size_t end;
  };

  // One source of the final merge: a slice of memory or a run on disk.
  struct Source {
    std::size_t position = 0;  // in entries_, for slices
    std::size_t end = 0;
    std::optional<SpillFile::Reader> reader;  // for runs
    Chunk chunk;                              // carried columns, then the key
    std::size_t row = 0;
    std::string_view key;
    bool exhausted = false;
  };

  struct SourceLess {
    const std::vector<Source>* sources;
    bool operator()(std::size_t left, std::size_t right) const {
      const Source& a = (*sources)[left];
      const Source& b = (*sources)[right];
      if (a.exhausted || b.exhausted) return a.exhausted == b.exhausted ? left < right : b.exhausted;
      const int order = a.key.compare(b.key);
      return order != 0 ? order < 0 : left < right;
    }
  };

  State(std::vector<types::PhysicalType> types, std::vector<SortColumn> sort_order, MemoryTracker* memory_tracker,
        SpillSpace spill_space)
      : order(std::move(sort_order)),
        tracker(memory_tracker),
        space(spill_space),
        rows(RowLayout(std::move(types), 0), memory_tracker),
        reservation(memory_tracker) {}

  std::vector<types::PhysicalType> run_types() const {
    std::vector<types::PhysicalType> types(rows.layout().types().begin(), rows.layout().types().end());
    types.push_back(types::PhysicalType::kString);
    return types;
  }

  void account() {
    reservation.resize(keys.memory_bytes() + static_cast<std::int64_t>(entries.capacity() * sizeof(SortEntry)));
  }

  // What the next chunk may take at once: blocks of rows, strings and keys, and the entries when they double.
  std::int64_t growth_bytes() const {
    const bool doubles = entries.size() + kRowsPerChunk > entries.capacity();
    return RowContainer::kGrowthBytes + 256 * 1024 +
           (doubles ? static_cast<std::int64_t>(entries.capacity() * sizeof(SortEntry)) : 0);
  }

  // Short of memory, and this sorter holds enough of it for a run that is worth a file.
  bool should_spill() const {
    if (space.directory == nullptr || tracker == nullptr || !tracker->over_soft_limit(growth_bytes())) return false;
    std::int64_t least = kLeastRunBytes;
    if (tracker->limit_bytes() > 0) least = std::min(least, tracker->limit_bytes() / 8);
    return rows.memory_bytes() + reservation.bytes() >= least;
  }

  void sort_slice() {
    if (slice_begin == entries.size()) return;
    std::sort(entries.begin() + static_cast<std::ptrdiff_t>(slice_begin), entries.end());
    slices.push_back({slice_begin, entries.size()});
    slice_begin = entries.size();
  }

  void advance(Source& source, StopToken stop) {
    if (!source.reader.has_value()) {
      if (source.position == source.end) {
        source.exhausted = true;
        return;
      }
      source.key = entries[source.position].key();
      return;
    }
    if (source.row == source.chunk.row_count) {
      source.row = 0;
      if (!source.reader->next(source.chunk, stop)) {
        source.exhausted = true;
        source.chunk.clear();
        return;
      }
    }
    source.key = source.chunk.columns.back().string_at(source.row);
  }

  void open_sources(std::size_t first_run, std::size_t run_count, bool with_memory, StopToken stop) {
    sources.clear();
    for (std::size_t run = first_run; run < first_run + run_count; ++run) {
      sources.emplace_back();
      sources.back().reader.emplace(*runs[run]);
    }
    if (with_memory) {
      for (const Slice& slice : slices) {
        sources.emplace_back();
        sources.back().position = slice.begin;
        sources.back().end = slice.end;
      }
    }
    for (Source& source : sources) advance(source, stop);
    tree.emplace(sources.size(), SourceLess{&sources});
  }

  // Moves up to kRowsPerChunk rows of the merge to `out`; its last column receives the keys if `with_keys`.
  bool merge_chunk(Chunk& out, bool with_keys, StopToken stop) {
    stop.poll();
    const std::size_t column_count = rows.layout().column_count();
    for (std::size_t column = 0; column < column_count; ++column) {
      if (column == out.columns.size()) out.columns.emplace_back(rows.layout().type(column));
      out.columns[column].reset(rows.layout().type(column));
    }
    if (with_keys && out.columns.size() == column_count) out.columns.emplace_back(types::PhysicalType::kString);
    if (with_keys) out.columns.back().clear();
    out.drop_selection();
    out.row_count = 0;
    if (sources.empty()) return false;
    gathered.clear();
    while (out.row_count < kRowsPerChunk) {
      Source& source = sources[tree->winner()];
      if (source.exhausted) break;
      if (with_keys) out.columns.back().append_string(source.key);
      if (source.reader.has_value()) {
        flush_gathered(out);
        for (std::size_t column = 0; column < column_count; ++column) {
          out.columns[column].append_from(source.chunk.columns[column], source.row);
        }
        ++source.row;
      } else {
        gathered.push_back(entries[source.position++].row);
      }
      ++out.row_count;
      advance(source, stop);
      tree->replay();
    }
    if (gathered.size() == out.row_count) {
      for (std::size_t column = 0; column < column_count; ++column) rows.gather(gathered, column, out.columns[column]);
    } else {
      flush_gathered(out);
    }
    return out.row_count != 0;
  }

  void flush_gathered(Chunk& out) {
    if (gathered.empty()) return;
    for (std::size_t column = 0; column < rows.layout().column_count(); ++column) {
      ColumnVector values(rows.layout().type(column));
      rows.gather(gathered, column, values);
      out.columns[column].append_range(values, 0, gathered.size());
    }
    gathered.clear();
  }

  std::vector<SortColumn> order;
  MemoryTracker* tracker;
  SpillSpace space;
  RowContainer rows;
  StringHeap keys;
  std::vector<SortEntry> entries;
  std::size_t slice_begin = 0;
  std::vector<Slice> slices;
  std::vector<std::unique_ptr<SpillFile>> runs;
  std::size_t spilled_rows = 0;
  std::uint64_t spilled_bytes = 0;
  std::size_t spilled_runs = 0;
  MemoryReservation reservation;
  std::vector<Source> sources;
  std::optional<LoserTree<SourceLess>> tree;
  std::vector<const std::byte*> gathered;
  std::string key_buffer;
};

Sorter::Sorter(std::vector<types::PhysicalType> types, std::vector<SortColumn> order, MemoryTracker* tracker,
               SpillSpace space)
    : state_(std::make_unique<State>(std::move(types), std::move(order), tracker, space)) {}
Sorter::Sorter(Sorter&&) noexcept = default;
Sorter::~Sorter() = default;

void Sorter::append(const Chunk& chunk, std::span<const ColumnVector* const> keys, StopToken stop) {
  State& state = *state_;
  SLUICE_CHECK(!state.tree.has_value(), "append to a finished sorter");
  stop.poll();
  const ActiveRows active = chunk.active_rows();
  std::vector<const ColumnVector*> columns;
  for (const ColumnVector& column : chunk.columns) columns.push_back(&column);
  std::vector<std::byte*> stored(active.count);
  state.rows.append(columns, active, stored);
  for (std::size_t position = 0; position < active.count; ++position) {
    state.key_buffer.clear();
    append_sort_key(state.order, keys, active[position], state.key_buffer);
    state.entries.push_back(SortEntry::make(state.keys.copy(state.key_buffer), state.entries.size(), stored[position]));
    if (state.entries.size() - state.slice_begin >= kRowsPerSlice) {
      state.sort_slice();
      stop.poll();
    }
  }
  state.account();
  if (state.should_spill()) spill(stop);
}

void Sorter::spill(StopToken stop) {
  State& state = *state_;
  if (state.entries.empty()) return;
  SLUICE_CHECK(state.space.directory != nullptr, "a sorter spills without a directory");
  state.sort_slice();
  auto run = std::make_unique<SpillFile>(state.space, state.run_types());
  state.open_sources(0, 0, true, stop);
  Chunk chunk;
  while (state.merge_chunk(chunk, true, stop)) run->append(chunk, stop);
  state.spilled_rows += run->row_count();
  state.spilled_bytes += run->stored_bytes();
  ++state.spilled_runs;
  state.runs.push_back(std::move(run));
  state.tree.reset();
  state.sources.clear();
  state.slices.clear();
  state.entries = {};
  state.slice_begin = 0;
  state.keys = StringHeap();
  state.rows.clear();
  state.account();
}

void Sorter::absorb(Sorter&& other) {
  State& state = *state_;
  State& from = *other.state_;
  SLUICE_CHECK(!state.tree.has_value() && !from.tree.has_value(), "absorb of a finished sorter");
  state.sort_slice();
  from.sort_slice();
  const std::size_t base = state.entries.size();
  for (SortEntry entry : from.entries) {
    entry.rebase(state.keys.copy(entry.key()), state.entries.size());
    state.entries.push_back(entry);
  }
  for (const State::Slice& slice : from.slices) state.slices.push_back({slice.begin + base, slice.end + base});
  state.slice_begin = state.entries.size();
  state.rows.absorb(std::move(from.rows));
  for (std::unique_ptr<SpillFile>& run : from.runs) state.runs.push_back(std::move(run));
  state.spilled_rows += from.spilled_rows;
  state.spilled_bytes += from.spilled_bytes;
  state.spilled_runs += from.spilled_runs;
  state.account();
  other.state_.reset();
}

void Sorter::finish(StopToken stop) {
  State& state = *state_;
  state.sort_slice();
  // Too many runs for one merge: the first ones become one, in order, until few enough are left.
  while (state.runs.size() > kMaxRuns) {
    auto merged = std::make_unique<SpillFile>(state.space, state.run_types());
    state.open_sources(0, kMaxRuns, false, stop);
    Chunk chunk;
    while (state.merge_chunk(chunk, true, stop)) merged->append(chunk, stop);
    state.sources.clear();
    state.runs.erase(state.runs.begin(), state.runs.begin() + kMaxRuns);
    state.runs.insert(state.runs.begin(), std::move(merged));
  }
  state.open_sources(0, state.runs.size(), true, stop);
}

bool Sorter::next(Chunk& out, StopToken stop) {
  SLUICE_CHECK(state_->tree.has_value(), "read from a sorter that is not finished");
  return state_->merge_chunk(out, false, stop);
}

std::size_t Sorter::row_count() const noexcept { return state_->rows.row_count() + state_->spilled_rows; }
std::size_t Sorter::spilled_run_count() const noexcept { return state_->spilled_runs; }
std::uint64_t Sorter::spilled_bytes() const noexcept { return state_->spilled_bytes; }
std::int64_t Sorter::memory_bytes() const noexcept { return state_->rows.memory_bytes() + state_->reservation.bytes(); }

}  // namespace sluice::vector
