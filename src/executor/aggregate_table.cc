#include "executor/aggregate_table.h"

#include <algorithm>

#include "expression/build_context.h"
#include "expression/eval_context.h"
#include "types/collation.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

constexpr std::size_t kGroupsPerPoll = 8192;

}  // namespace

AggregateLayout AggregateLayout::of(const planner::AggregatePlan& plan, expression::EvalContext& eval) {
  std::vector<KeyColumn> encoded;
  std::vector<vector::KeyColumn> keys;
  for (const expression::ExpressionPtr& key : plan.group_by) {
    encoded.push_back({key->type(), false});
    const types::Collation* collation = key->type().collation;
    keys.push_back({key->physical_type(), collation != nullptr ? collation : types::binary_collation(), true});
  }
  AggregateLayout layout{plan, KeyEncoder(std::move(encoded)), std::move(keys), {}, {}, 0, {}, {}};
  expression::BuildContext build;
  build.sql_mode = eval.sql_mode;
  build.div_precision_increment = eval.div_precision_increment;
  build.group_concat_max_len = eval.group_concat_max_len;
  build.evaluation = &eval;
  for (const expression::AggregateDescriptor& aggregate : plan.aggregates) {
    layout.functions.push_back(expression::AggregateFunction::create(aggregate, build));
    layout.state_offsets.push_back(layout.block_bytes);
    layout.block_bytes += layout.functions.back()->state_bytes();
    layout.output_types.push_back(types::physical_type(aggregate.result_type));
  }
  for (const expression::ExpressionPtr& key : plan.group_by) layout.group_types.push_back(key->physical_type());
  for (const int output : plan.group_outputs)
    layout.output_types.push_back(layout.group_types[static_cast<std::size_t>(output)]);
  return layout;
}

AggregateTable::AggregateTable(const AggregateLayout& layout, MemoryTracker& memory)
    : layout_(layout),
      tracker_(memory),
      owns_memory_(std::any_of(layout.functions.begin(), layout.functions.end(),
                               [](const auto& function) { return function->owns_memory(); })),
      groups_(layout.keys, layout.block_bytes, &memory),
      owned_(memory) {}

AggregateTable::~AggregateTable() { clear(); }

void AggregateTable::clear() {
  for (std::size_t f = 0; f < layout_.functions.size(); ++f) {
    if (!layout_.functions[f]->owns_memory()) continue;
    groups_.for_each_group([&](std::byte* block) { layout_.functions[f]->destroy(block + layout_.state_offsets[f]); });
  }
  groups_.clear();
  owned_.release();
  rows_not_accounted_ = 0;
}

void AggregateTable::account(std::size_t row_count, StopToken stop) {
  if (!owns_memory_) return;
  // A look at all groups costs as much as some rows per group, so it waits for these.
  rows_not_accounted_ += row_count;
  if (rows_not_accounted_ < groups_.group_count() / 4) return;
  rows_not_accounted_ = 0;
  std::int64_t bytes = 0;
  for (std::size_t f = 0; f < layout_.functions.size(); ++f) {
    // Exact for few groups; beyond that owned memory is sampled, since states are many and small.
    if (!layout_.functions[f]->owns_memory()) continue;
    const std::size_t step = 1 + groups_.group_count() / 1024;
    std::int64_t owned = 0;
    std::size_t group = 0;
    groups_.for_each_group([&](const std::byte* block) {
      if (group % kGroupsPerPoll == 0) stop.poll();
      if (group++ % step == 0) owned += layout_.functions[f]->owned_bytes(block + layout_.state_offsets[f]);
    });
    bytes += owned * static_cast<std::int64_t>(step);
  }
  owned_.resize(bytes);
}

void AggregateTable::find_blocks(const std::vector<const vector::ColumnVector*>& keys, vector::ActiveRows rows,
                                 StopToken stop) {
  row_blocks_.resize(rows.count);
  groups_.find_or_insert(keys, rows, row_blocks_, new_blocks_, stop);
  for (std::byte* block : new_blocks_) {
    for (std::size_t f = 0; f < layout_.functions.size(); ++f)
      layout_.functions[f]->initialize(block + layout_.state_offsets[f]);
  }
}

void AggregateTable::ensure_single_group(WorkerContext& worker) {
  find_blocks({}, vector::ActiveRows::all(1), worker.stop);
}

void AggregateTable::add(const vector::Chunk& chunk, WorkerContext& worker) {
  worker.stop.poll();
  if (chunk.active_count() == 0) return;
  if (layout_.plan.group_by.empty()) {
    ensure_single_group(worker);
  } else {
    std::vector<vector::ColumnVector> keys;
    std::vector<const vector::ColumnVector*> pointers;
    keys.reserve(layout_.plan.group_by.size());
    for (const expression::ExpressionPtr& key : layout_.plan.group_by) {
      keys.emplace_back(key->physical_type());
      key->evaluate(worker.eval, chunk, keys.back());
      pointers.push_back(&keys.back());
    }
    find_blocks(pointers, chunk.active_rows(), worker.stop);
  }
  update_states(chunk, worker);
  account(chunk.active_count(), worker.stop);
}

void AggregateTable::update_states(const vector::Chunk& chunk, WorkerContext& worker) {
  const vector::ActiveRows active = chunk.active_rows();
  function_states_.resize(active.count);
  for (std::size_t f = 0; f < layout_.functions.size(); ++f) {
    const expression::AggregateDescriptor& aggregate = layout_.plan.aggregates[f];
    std::vector<vector::ColumnVector> values;
    std::vector<const vector::ColumnVector*> pointers;
    values.reserve(aggregate.args.size() + aggregate.order_by.size());
    const auto evaluate = [&](const expression::ExpressionPtr& argument) {
      values.emplace_back(argument->physical_type());
      argument->evaluate(worker.eval, chunk, values.back());
      pointers.push_back(&values.back());
    };
    for (const expression::ExpressionPtr& argument : aggregate.args) evaluate(argument);
    for (const expression::AggregateOrder& order : aggregate.order_by) evaluate(order.expression);
    if (layout_.plan.group_by.empty()) {
      layout_.functions[f]->update_single(worker.eval, pointers, active,
                                          row_blocks_.front() + layout_.state_offsets[f]);
      continue;
    }
    for (std::size_t i = 0; i < active.count; ++i) function_states_[i] = row_blocks_[i] + layout_.state_offsets[f];
    layout_.functions[f]->update(worker.eval, pointers, active, function_states_.data());
  }
}

std::size_t AggregateTable::read(std::size_t begin, vector::Chunk& values, std::vector<std::byte*>& blocks) {
  return groups_.read(begin, vector::kRowsPerChunk, values, blocks);
}

void AggregateTable::merge(AggregateTable& other, WorkerContext& worker) {
  vector::Chunk values(layout_.group_types);
  std::vector<std::byte*> blocks;
  std::vector<const vector::ColumnVector*> pointers;
  for (const vector::ColumnVector& column : values.columns) pointers.push_back(&column);
  for (std::size_t begin = 0; other.read(begin, values, blocks) != 0; begin += blocks.size()) {
    worker.stop.poll();
    find_blocks(pointers, vector::ActiveRows::all(blocks.size()), worker.stop);
    for (std::size_t f = 0; f < layout_.functions.size(); ++f) {
      const std::size_t offset = layout_.state_offsets[f];
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        layout_.functions[f]->merge(worker.eval, row_blocks_[i] + offset, blocks[i] + offset);
      }
    }
    account(blocks.size(), worker.stop);
  }
}

bool AggregateTable::should_spill(std::size_t peers) const noexcept {
  constexpr std::int64_t kLeastBytes = 4 << 20;
  if (layout_.group_types.empty()) return false;
  const std::int64_t growth = vector::RowContainer::kGrowthBytes +
                              groups_.growth_bytes(vector::kRowsPerChunk) * static_cast<std::int64_t>(peers);
  if (!tracker_.over_soft_limit(growth)) return false;
  const std::int64_t limit = tracker_.limit_bytes();
  return memory_bytes() >= (limit > 0 ? std::min(kLeastBytes, limit / 16) : kLeastBytes);
}

void AggregateTable::serialize_states(const std::byte* block, std::string& out) const {
  for (std::size_t f = 0; f < layout_.functions.size(); ++f)
    layout_.functions[f]->serialize(block + layout_.state_offsets[f], out);
}

void AggregateTable::merge_serialized(const vector::Chunk& chunk, WorkerContext& worker) {
  worker.stop.poll();
  std::vector<const vector::ColumnVector*> pointers;
  for (std::size_t column = 0; column < layout_.group_types.size(); ++column)
    pointers.push_back(&chunk.columns[column]);
  find_blocks(pointers, vector::ActiveRows::all(chunk.row_count), worker.stop);
  for (std::size_t row = 0; row < chunk.row_count; ++row) {
    std::string_view states = chunk.columns.back().string_at(row);
    for (std::size_t f = 0; f < layout_.functions.size(); ++f) {
      layout_.functions[f]->merge_serialized(worker.eval, row_blocks_[row] + layout_.state_offsets[f], states);
    }
  }
  account(chunk.row_count, worker.stop);
}

Flow AggregateTable::push(ChunkConsumer& out, WorkerContext& worker) {
  vector::Chunk values(layout_.group_types);
  vector::Chunk chunk(layout_.output_types);
  std::vector<std::byte*> blocks;
  const std::size_t aggregates = layout_.functions.size();
  for (std::size_t begin = 0; read(begin, values, blocks) != 0; begin += blocks.size()) {
    worker.stop.poll();
    chunk.clear();
    for (std::size_t f = 0; f < aggregates; ++f) {
      for (const std::byte* block : blocks) {
        layout_.functions[f]->finalize(worker.eval, block + layout_.state_offsets[f], chunk.columns[f]);
      }
    }
    for (std::size_t k = 0; k < layout_.plan.group_outputs.size(); ++k) {
      chunk.columns[aggregates + k].reference(values.columns[static_cast<std::size_t>(layout_.plan.group_outputs[k])]);
    }
    chunk.row_count = blocks.size();
    if (out.consume(chunk) == Flow::kEnough) return Flow::kEnough;
  }
  return Flow::kMore;
}

}  // namespace sluice::executor
