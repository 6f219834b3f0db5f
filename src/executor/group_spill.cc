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
  vector::Chunk values(layout_.group_types);
  std::vector<std::byte*> blocks;
  for (std::size_t begin = 0; table.read(begin, values, blocks) != 0; begin += blocks.size()) {
    stop.poll();
    for (std::size_t row = 0; row < blocks.size(); ++row) {
      const std::size_t partition = table.hash_of(blocks[row]) >> 59;
      vector::Chunk& chunk = chunks[partition];
      for (std::size_t column = 0; column < values.columns.size(); ++column) {
        chunk.columns[column].append_from(values.columns[column], row);
      }
      states.clear();
      table.serialize_states(blocks[row], states);
      chunk.columns.back().append_string(states);
      if (++chunk.row_count == vector::kRowsPerChunk) flush(partition);
    }
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
