#include "executor/aggregate_spill.h"

#include <string>

#include "base/sync_point.h"

namespace sluice::executor {
namespace {

std::vector<types::PhysicalType> row_types(const AggregateLayout& layout) {
  std::vector<types::PhysicalType> types = layout.group_types;
  types.push_back(types::PhysicalType::kString);
  return types;
}

}  // namespace

AggregateSpill::AggregateSpill(const AggregateLayout& layout, const ExecutionContext& context, std::size_t level)
    : layout_(layout), level_(level), files_({context.spill_directory, nullptr}, row_types(layout), &context.memory) {}

void AggregateSpill::write(AggregateTable& table, StopToken stop) {
  SLUICE_SYNC_POINT("aggregate.spill.write", stop);
  std::string states;
  vector::Chunk values(layout_.group_types);
  std::vector<std::byte*> blocks;
  for (std::size_t begin = 0; table.read(begin, values, blocks) != 0; begin += blocks.size()) {
    stop.poll();
    for (std::size_t row = 0; row < blocks.size(); ++row) {
      const std::size_t partition = vector::PartitionFiles::partition_of(table.hash_of(blocks[row]), level_);
      vector::Chunk& buffer = files_.buffer(partition);
      for (std::size_t column = 0; column < values.columns.size(); ++column) {
        buffer.columns[column].append_from(values.columns[column], row);
      }
      states.clear();
      table.serialize_states(blocks[row], states);
      buffer.columns.back().append_string(states);
      files_.row_added(partition, stop);
    }
  }
  table.clear();
}

}  // namespace sluice::executor
