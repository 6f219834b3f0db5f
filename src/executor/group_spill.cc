#include "executor/group_spill.h"

#include <string>
#include <vector>

namespace sluice::executor {
namespace {

std::vector<types::PhysicalType> row_types(const GroupLayout& layout) {
  std::vector<types::PhysicalType> types = layout.group_types;
  types.push_back(types::PhysicalType::kString);
  return types;
}

}  // namespace

GroupSpill::GroupSpill(const GroupLayout& layout, vector::SpillSpace space) : layout_(layout), space_(space) {}

void GroupSpill::write(GroupTable& table, StopToken stop) {
  const std::vector<types::PhysicalType> types = row_types(layout_);
  std::vector<vector::Chunk> chunks;
  for (std::size_t partition = 0; partition < kPartitions; ++partition) chunks.emplace_back(types);
  const auto flush = [&](std::size_t partition) {
    vector::Chunk& chunk = chunks[partition];
    if (chunk.row_count == 0) return;
    std::unique_ptr<vector::SpillFile>& file = files_[partition];
    if (file == nullptr) file = std::make_unique<vector::SpillFile>(space_, types);
    file->append(chunk, stop);
    chunk.clear();
  };
  std::string states;
  for (std::size_t group = 0; group < table.group_count(); ++group) {
    if (group % vector::kRowsPerChunk == 0) stop.poll();
    const std::size_t partition = table.hash_of(group) >> 59;
    vector::Chunk& chunk = chunks[partition];
    table.load_values(group, chunk);
    states.clear();
    table.serialize_states(group, states);
    chunk.columns.back().append_string(states);
    if (++chunk.row_count == vector::kRowsPerChunk) flush(partition);
  }
  for (std::size_t partition = 0; partition < kPartitions; ++partition) flush(partition);
  any_ |= table.group_count() != 0;
  table.clear();
}

void GroupSpill::read(std::size_t partition, GroupTable& table, WorkerContext& worker) const {
  if (files_[partition] == nullptr) return;
  vector::SpillFile::Reader reader(*files_[partition]);
  vector::Chunk chunk;
  while (reader.next(chunk, worker.stop)) table.merge_serialized(chunk, worker);
}

}  // namespace sluice::executor
