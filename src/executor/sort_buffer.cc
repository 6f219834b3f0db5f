#include "executor/sort_buffer.h"

#include <algorithm>
#include <queue>

#include "codec/number.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

/// Sorting a run of this size takes a few milliseconds.
constexpr std::size_t kRowsPerRun = 16'384;

std::vector<KeyColumn> key_columns(const std::vector<planner::SortKey>& keys) {
  std::vector<KeyColumn> columns;
  for (const planner::SortKey& key : keys) columns.push_back({key.expression->type(), key.descending});
  return columns;
}

std::uint64_t head_of(std::string_view key) {
  char bytes[8] = {};
  std::copy_n(key.data(), std::min<std::size_t>(key.size(), sizeof(bytes)), bytes);
  return codec::load_big_endian(bytes);
}

}  // namespace

SortBuffer::SortBuffer(const std::vector<planner::SortKey>& keys, std::vector<types::PhysicalType> types, MemoryTracker& memory,
                       std::uint64_t keep)
    : keys_(keys),
      encoder_(key_columns(keys)),
      tracker_(memory),
      keep_(keep),
      rows_(std::make_unique<RowList>(std::move(types), memory)),
      key_bytes_(std::make_unique<Arena>()),
      runs_(1),
      memory_(memory) {}

bool SortBuffer::less(const Entry& a, const Entry& b) noexcept {
  if (a.head != b.head) return a.head < b.head;
  const int order = a.key.compare(b.key);
  return order != 0 ? order < 0 : a.sequence < b.sequence;
}

void SortBuffer::account() {
  std::size_t entries = 0;
  for (const auto& run : runs_) entries += run.capacity();
  memory_.resize(static_cast<std::int64_t>(entries * sizeof(Entry)) + key_bytes_->memory_bytes());
}

void SortBuffer::add(const vector::Chunk& chunk, WorkerContext& worker) {
  std::vector<vector::ColumnVector> values;
  std::vector<const vector::ColumnVector*> pointers;
  values.reserve(keys_.size());
  for (const planner::SortKey& key : keys_) {
    values.emplace_back(key.expression->physical_type());
    key.expression->evaluate(worker.eval, chunk, values.back());
    pointers.push_back(&values.back());
  }
  const vector::ActiveRows active = chunk.active_rows();
  std::string key;
  for (std::size_t i = 0; i < active.count; ++i) {
    key.clear();
    encoder_.append(pointers, active[i], key);
    const std::string_view kept = key_bytes_->copy(key);
    runs_.back().push_back({head_of(kept), kept, next_sequence_++, rows_->append_row(chunk, active[i])});
  }
  entry_count_ += active.count;
  if (runs_.back().size() >= kRowsPerRun) finish_run(worker.stop);
  if (keep_ < UINT64_MAX / 4 && entry_count_ > 2 * keep_ + kRowsPerRun) drop_superfluous(worker.stop);
  account();
}

void SortBuffer::finish_run(StopToken stop) {
  stop.poll();
  std::sort(runs_.back().begin(), runs_.back().end(), less);
  runs_.emplace_back();
}

void SortBuffer::drop_superfluous(StopToken stop) {
  std::vector<Entry> all;
  for (const auto& run : runs_) all.insert(all.end(), run.begin(), run.end());
  stop.poll();
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(keep_), all.end(), less);
  all.resize(keep_);
  stop.poll();
  std::sort(all.begin(), all.end(), less);
  const std::vector<types::PhysicalType> types(rows_->types().begin(), rows_->types().end());
  auto rows = std::make_unique<RowList>(types, tracker_);
  auto bytes = std::make_unique<Arena>();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % 1024 == 0) stop.poll();
    all[i].row = rows->append_row(rows_->block(all[i].row.block), all[i].row.row);
    all[i].key = bytes->copy(all[i].key);
  }
  rows_ = std::move(rows);
  key_bytes_ = std::move(bytes);
  entry_count_ = all.size();
  runs_.clear();
  runs_.push_back(std::move(all));
  runs_.emplace_back();
}

void SortBuffer::push(std::uint64_t offset, std::uint64_t count, ChunkConsumer& out, WorkerContext& worker) {
  finish_run(worker.stop);
  struct Head {
    const Entry* entry;
    std::size_t run;
  };
  const auto later = [](const Head& a, const Head& b) { return less(*b.entry, *a.entry); };
  std::priority_queue<Head, std::vector<Head>, decltype(later)> heads(later);
  std::vector<std::size_t> next(runs_.size(), 0);
  const auto advance = [&](std::size_t run) {
    if (next[run] < runs_[run].size()) heads.push({&runs_[run][next[run]++], run});
  };
  for (std::size_t run = 0; run < runs_.size(); ++run) advance(run);
  vector::Chunk chunk(rows_->types());
  const auto flush = [&] {
    worker.stop.poll();
    const Flow flow = out.consume(chunk);
    chunk.clear();
    return flow;
  };
  for (std::uint64_t position = 0; !heads.empty() && position - std::min(position, offset) < count; ++position) {
    const Head head = heads.top();
    heads.pop();
    advance(head.run);
    if (position < offset) continue;
    for (std::size_t c = 0; c < chunk.columns.size(); ++c) rows_->load(head.entry->row, c, chunk.columns[c]);
    if (++chunk.row_count == vector::kRowsPerChunk && flush() == Flow::kEnough) return;
  }
  if (chunk.row_count > 0) flush();
}

}  // namespace sluice::executor
