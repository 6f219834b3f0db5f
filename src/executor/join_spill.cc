#include "executor/join_spill.h"

#include <algorithm>

#include "base/check.h"
#include "base/sync_point.h"
#include "expression/builder.h"
#include "expression/eval_context.h"

namespace sluice::executor {

using vector::PartitionFiles;

namespace {

/// Less than this is not worth a file, unless the quota is small itself.
constexpr std::int64_t kLeastSpillBytes = 4 << 20;

std::size_t row_count_of(const std::vector<std::unique_ptr<vector::SpillFile>>& files) {
  std::size_t rows = 0;
  for (const auto& file : files) rows += file->row_count();
  return rows;
}

}  // namespace

bool should_spill(const ExecutionContext& context, const vector::JoinTable& table) {
  if (context.spill_directory == nullptr) return false;
  if (!context.memory.over_soft_limit(vector::RowContainer::kGrowthBytes)) return false;
  const std::int64_t limit = context.memory.limit_bytes();
  return table.memory_bytes() >= (limit > 0 ? std::min(kLeastSpillBytes, limit / 16) : kLeastSpillBytes);
}

/// The held rows of a part, chunk by chunk, into a table.
class JoinSpill::HeldReader {
 public:
  explicit HeldReader(const Files& files) : files_(files) {}

  /// Adds rows to `table` until all have been read or `is_full()`. True if all have been read.
  template <class IsFull>
  bool fill(vector::JoinTable& table, IsFull is_full, StopToken stop) {
    while (next_file_ < files_.size() || reader_) {
      if (!reader_) reader_.emplace(*files_[next_file_++]);
      if (!reader_->next(chunk_, stop)) {
        reader_.reset();
        continue;
      }
      table.append_spilled(chunk_);
      if (is_full()) return false;
    }
    return true;
  }

 private:
  const Files& files_;
  std::size_t next_file_ = 0;
  std::optional<vector::SpillFile::Reader> reader_;
  vector::Chunk chunk_;
};

JoinSpill::JoinSpill(const ExecutionContext& context, const JoinShape& shape, const JoinLookup& lookup)
    : context_(context), shape_(shape), lookup_(lookup) {
  SLUICE_CHECK(context.spill_directory != nullptr, "a join spills without a directory");
}

JoinSpill::~JoinSpill() = default;

std::size_t JoinSpill::held_level() const noexcept {
  return lookup_.hash_decides() ? 0 : vector::JoinTable::kUndivided;
}

std::unique_ptr<PartitionFiles> JoinSpill::new_held_files() const {
  std::vector<types::PhysicalType> types = shape_.held_types();
  types.push_back(types::PhysicalType::kUInt64);
  return std::make_unique<PartitionFiles>(vector::SpillSpace{context_.spill_directory, nullptr}, std::move(types),
                                          &context_.memory);
}

std::unique_ptr<PartitionFiles> JoinSpill::new_probe_files() const {
  std::vector<types::PhysicalType> types = shape_.probe_types();
  types.push_back(types::PhysicalType::kUInt64);
  return std::make_unique<PartitionFiles>(vector::SpillSpace{context_.spill_directory, nullptr}, std::move(types),
                                          &context_.memory);
}

void JoinSpill::store_probe_row(PartitionFiles& files, std::size_t partition, const vector::Chunk& probe,
                                std::size_t row, std::uint64_t hash, StopToken stop) const {
  vector::Chunk& buffer = files.buffer(partition);
  for (std::size_t column = 0; column + 1 < buffer.columns.size(); ++column) {
    buffer.columns[column].append_from(probe.columns[column], row);
  }
  buffer.columns.back().append(hash);
  files.row_added(partition, stop);
}

void JoinSpill::begin_probe(std::vector<std::unique_ptr<PartitionFiles>> held, StopToken stop) {
  parts_.resize(lookup_.hash_decides() ? PartitionFiles::kPartitions : 1);
  for (std::size_t partition = 0; partition < parts_.size(); ++partition) {
    parts_[partition].divisible = lookup_.hash_decides();
    for (const auto& files : held) {
      if (auto file = files->take(partition)) parts_[partition].held.push_back(std::move(file));
    }
  }
  held.clear();
  is_resident_.assign(parts_.size(), false);
  resident_table_ = std::make_unique<vector::JoinTable>(lookup_.new_table(shape_, context_.memory));
  probe_files_ = new_probe_files();
  if (!lookup_.hash_decides()) return resident_table_->finish(stop);
  // Half of the memory, by what the partitions held before have taken.
  const std::int64_t room = context_.memory.limit_bytes() / 2 - context_.memory.bytes();
  std::size_t partition = 0;
  for (; partition < parts_.size(); ++partition) {
    const std::int64_t taken = resident_table_->memory_bytes();
    const std::int64_t next = partition == 0 ? 0 : taken / static_cast<std::int64_t>(partition);
    if (taken + next * 2 > room) break;
    HeldReader reader(parts_[partition].held);
    // A partition that does not fit after all stays in its file.
    vector::JoinTable rows = lookup_.new_table(shape_, context_.memory);
    if (!reader.fill(
            rows, [&] { return rows.memory_bytes() + taken > room; }, stop))
      break;
    resident_table_->absorb(std::move(rows));
    is_resident_[partition] = true;
    parts_[partition].held.clear();
  }
  resident_table_->finish(stop);
}

Flow JoinSpill::consume(const vector::Chunk& probe, JoinMatcher& matcher, WorkerContext& worker) {
  SLUICE_SYNC_POINT("join.spill.probe", worker.stop);
  const std::vector<bool> passing = rows_passing(shape_.probe_conditions(), probe, worker);
  const std::vector<const vector::ColumnVector*> keys = lookup_.probe_keys(probe);
  const vector::ActiveRows active = probe.active_rows();
  std::vector<std::uint64_t> hashes(active.count);
  vector::hash_keys(lookup_.keys, keys, active, hashes.data());
  std::vector<std::uint16_t> now;         // joined at once
  std::vector<std::uint16_t> candidates;  // those of `now` that may have a match
  for (std::size_t position = 0; position < active.count; ++position) {
    const std::size_t row = active[position];
    const bool may_match =
        (passing.empty() || passing[row]) && (lookup_.null_aware || !vector::never_matches(lookup_.keys, keys, row));
    const std::size_t partition = lookup_.hash_decides() ? PartitionFiles::partition_of(hashes[position], 0) : 0;
    if (may_match && !is_resident_[partition]) {
      store_probe_row(*probe_files_, partition, probe, row, hashes[position], worker.stop);
      continue;
    }
    now.push_back(static_cast<std::uint16_t>(row));
    if (may_match) candidates.push_back(static_cast<std::uint16_t>(row));
  }
  matcher.start(probe, vector::ActiveRows::of(now), resident_table_->rows());
  TableProbe table_probe(shape_, lookup_, matcher, worker);
  table_probe.add_candidates(*resident_table_, probe, vector::ActiveRows::of(candidates));
  return matcher.end();
}

void JoinSpill::finish(JoinMatcher& matcher, WorkerContext& worker) {
  if (shape_.preserves_held() && !matcher.has_enough()) matcher.push_unmatched(*resident_table_);
  resident_table_.reset();
  probe_files_->flush(worker.stop);
  for (std::size_t partition = 0; partition < parts_.size(); ++partition) {
    if (auto file = probe_files_->take(partition)) parts_[partition].probe.push_back(std::move(file));
  }
  probe_files_.reset();
  for (Part& part : parts_) join_part(std::move(part), matcher, worker);
  parts_.clear();
}

void JoinSpill::join_part(Part part, JoinMatcher& matcher, WorkerContext& worker) {
  worker.stop.poll();
  SLUICE_SYNC_POINT("join.spill.read", worker.stop);
  if (matcher.has_enough() || (part.held.empty() && part.probe.empty())) return;
  if (part.probe.empty() && !shape_.preserves_held()) return;
  if (part.held.empty() && !shape_.judges_rows()) return;
  vector::JoinTable table = lookup_.new_table(shape_, context_.memory);
  HeldReader held(part.held);
  if (held.fill(
          table, [&] { return should_spill(context_, table); }, worker.stop)) {
    table.finish(worker.stop);
    join_piece(part, table, nullptr, true, matcher, worker);
    return;
  }
  if (part.divisible && part.level + 1 < PartitionFiles::kLevels) {
    divide(std::move(part), table, held, matcher, worker);
  } else {
    join_in_pieces(part, table, held, matcher, worker);
  }
}

void JoinSpill::divide(Part part, vector::JoinTable& table, HeldReader& held, JoinMatcher& matcher,
                       WorkerContext& worker) {
  const std::size_t level = part.level + 1;
  const std::size_t total = row_count_of(part.held);
  const std::unique_ptr<PartitionFiles> held_files = new_held_files();
  table.spill(*held_files, level, worker.stop);
  while (!held.fill(
      table, [&] { return should_spill(context_, table); }, worker.stop)) {
    table.spill(*held_files, level, worker.stop);
  }
  table.spill(*held_files, level, worker.stop);
  held_files->flush(worker.stop);
  part.held.clear();
  const std::unique_ptr<PartitionFiles> probe_files = new_probe_files();
  vector::Chunk chunk;
  for (const auto& file : part.probe) {
    vector::SpillFile::Reader reader(*file);
    while (reader.next(chunk, worker.stop)) {
      for (std::size_t row = 0; row < chunk.row_count; ++row) {
        const auto hash = chunk.columns.back().at<std::uint64_t>(row);
        store_probe_row(*probe_files, PartitionFiles::partition_of(hash, level), chunk, row, hash, worker.stop);
      }
    }
  }
  probe_files->flush(worker.stop);
  part.probe.clear();
  std::vector<Part> parts(PartitionFiles::kPartitions);
  for (std::size_t partition = 0; partition < parts.size(); ++partition) {
    Part& smaller = parts[partition];
    smaller.level = level;
    if (auto file = held_files->take(partition)) smaller.held.push_back(std::move(file));
    if (auto file = probe_files->take(partition)) smaller.probe.push_back(std::move(file));
    // All rows in one partition again: they have one key.
    smaller.divisible = row_count_of(smaller.held) < total;
  }
  for (Part& smaller : parts) join_part(std::move(smaller), matcher, worker);
}

void JoinSpill::join_in_pieces(const Part& part, vector::JoinTable& table, HeldReader& held, JoinMatcher& matcher,
                               WorkerContext& worker) {
  std::vector<RowFate> fates;
  MemoryReservation fate_bytes(context_.memory);
  if (shape_.judges_rows()) {
    fates.assign(row_count_of(part.probe), RowFate::kNoMatch);
    fate_bytes.resize(static_cast<std::int64_t>(fates.size()));
  }
  for (bool is_last = false; !matcher.has_enough();) {
    table.finish(worker.stop);
    join_piece(part, table, &fates, is_last, matcher, worker);
    if (is_last) return;
    table.clear();
    is_last = held.fill(
        table, [&] { return should_spill(context_, table); }, worker.stop);
  }
}

void JoinSpill::join_piece(const Part& part, const vector::JoinTable& table, std::vector<RowFate>* fates,
                           bool is_last_piece, JoinMatcher& matcher, WorkerContext& worker) {
  TableProbe table_probe(shape_, lookup_, matcher, worker);
  vector::Chunk chunk;
  std::size_t first_row = 0;
  for (const auto& file : part.probe) {
    vector::SpillFile::Reader reader(*file);
    while (!matcher.has_enough() && reader.next(chunk, worker.stop)) {
      const vector::ActiveRows rows = vector::ActiveRows::all(chunk.row_count);
      chunk.columns.pop_back();  // the hash
      matcher.start(chunk, rows, table.rows());
      if (fates != nullptr && shape_.judges_rows()) {
        matcher.carry(std::span(*fates).subspan(first_row, chunk.row_count), is_last_piece);
      }
      table_probe.add_candidates(table, chunk, rows);
      matcher.end();
      first_row += chunk.row_count;
    }
  }
  if (shape_.preserves_held() && !matcher.has_enough()) matcher.push_unmatched(table);
}

}  // namespace sluice::executor
