#include "executor/group_table.h"

#include <xxhash.h>

#include <algorithm>

#include "expression/build_context.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {

GroupLayout GroupLayout::of(const planner::AggregatePlan& plan, expression::EvalContext& eval) {
  std::vector<KeyColumn> keys;
  for (const expression::ExpressionPtr& key : plan.group_by) keys.push_back({key->type(), false});
  GroupLayout layout{plan, KeyEncoder(std::move(keys)), {}, {}, 0, {}, {}};
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
  for (const int output : plan.group_outputs) layout.output_types.push_back(layout.group_types[static_cast<std::size_t>(output)]);
  return layout;
}

GroupTable::GroupTable(const GroupLayout& layout, MemoryTracker& memory)
    : layout_(layout), tracker_(memory), group_values_(layout.group_types, memory), memory_(memory) {}

GroupTable::~GroupTable() { clear(); }

void GroupTable::clear() {
  for (std::size_t f = 0; f < layout_.functions.size(); ++f) {
    if (!layout_.functions[f]->owns_memory()) continue;
    for (const Group& group : groups_) layout_.functions[f]->destroy(group.states + layout_.state_offsets[f]);
  }
  groups_.clear();
  directory_.clear();
  group_values_.clear();
  arena_ = Arena();
  memory_.release();
}

void GroupTable::account() {
  std::int64_t bytes = arena_.memory_bytes() + static_cast<std::int64_t>(groups_.capacity() * sizeof(Group) + directory_.capacity() * 4);
  for (std::size_t f = 0; f < layout_.functions.size(); ++f) {
    // Exact for few groups; beyond that owned memory is sampled, since states are many and small.
    if (!layout_.functions[f]->owns_memory()) continue;
    const std::size_t step = 1 + groups_.size() / 1024;
    std::int64_t owned = 0;
    for (std::size_t g = 0; g < groups_.size(); g += step) {
      owned += layout_.functions[f]->owned_bytes(groups_[g].states + layout_.state_offsets[f]);
    }
    bytes += owned * static_cast<std::int64_t>(step);
  }
  memory_.resize(bytes);
}

void GroupTable::grow_directory() {
  const std::size_t size = std::max<std::size_t>(64, directory_.size() * 2);
  directory_.assign(size, 0);
  for (std::uint32_t g = 0; g < groups_.size(); ++g) {
    std::size_t slot = groups_[g].hash & (size - 1);
    while (directory_[slot] != 0) slot = (slot + 1) & (size - 1);
    directory_[slot] = g + 1;
  }
}

std::uint32_t GroupTable::find_or_insert(std::string_view key, bool& inserted) {
  if ((groups_.size() + 1) * 2 > directory_.size()) grow_directory();
  const std::uint64_t hash = XXH3_64bits(key.data(), key.size());
  std::size_t slot = hash & (directory_.size() - 1);
  while (directory_[slot] != 0) {
    const Group& group = groups_[directory_[slot] - 1];
    if (group.hash == hash && group.key == key) {
      inserted = false;
      return directory_[slot] - 1;
    }
    slot = (slot + 1) & (directory_.size() - 1);
  }
  auto* states = static_cast<std::byte*>(arena_.allocate(std::max<std::size_t>(layout_.block_bytes, 1), 16));
  for (std::size_t f = 0; f < layout_.functions.size(); ++f) layout_.functions[f]->initialize(states + layout_.state_offsets[f]);
  groups_.push_back({arena_.copy(key), hash, states, {}});
  directory_[slot] = static_cast<std::uint32_t>(groups_.size());
  inserted = true;
  return static_cast<std::uint32_t>(groups_.size() - 1);
}

void GroupTable::ensure_single_group() {
  bool inserted = false;
  find_or_insert({}, inserted);
}

void GroupTable::add(const vector::Chunk& chunk, WorkerContext& worker) {
  worker.stop.poll();
  row_states_.resize(chunk.row_count);
  const vector::ActiveRows active = chunk.active_rows();
  bool inserted = false;
  if (layout_.plan.group_by.empty()) {
    std::byte* const states = groups_[find_or_insert({}, inserted)].states;
    for (std::size_t i = 0; i < active.count; ++i) row_states_[active[i]] = states;
  } else {
    vector::Chunk keys;
    std::vector<const vector::ColumnVector*> pointers;
    for (const expression::ExpressionPtr& key : layout_.plan.group_by) {
      keys.columns.emplace_back(key->physical_type());
      key->evaluate(worker.eval, chunk, keys.columns.back());
    }
    for (const vector::ColumnVector& column : keys.columns) pointers.push_back(&column);
    keys.row_count = chunk.row_count;
    std::string key;
    for (std::size_t i = 0; i < active.count; ++i) {
      key.clear();
      layout_.encoder.append(pointers, active[i], key);
      Group& group = groups_[find_or_insert(key, inserted)];
      if (inserted) group.values = group_values_.append_row(keys, active[i]);
      row_states_[active[i]] = group.states;
    }
  }
  update_states(chunk, worker);
  account();
}

void GroupTable::update_states(const vector::Chunk& chunk, WorkerContext& worker) {
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
    if (layout_.plan.group_by.empty() && active.count > 0) {
      layout_.functions[f]->update_single(worker.eval, pointers, active, groups_.front().states + layout_.state_offsets[f]);
      continue;
    }
    for (std::size_t i = 0; i < active.count; ++i) function_states_[i] = row_states_[active[i]] + layout_.state_offsets[f];
    layout_.functions[f]->update(worker.eval, pointers, active, function_states_.data());
  }
}

void GroupTable::merge(GroupTable& other, WorkerContext& worker) {
  for (std::size_t g = 0; g < other.groups_.size(); ++g) {
    if (g % 1024 == 0) worker.stop.poll();
    const Group& from = other.groups_[g];
    bool inserted = false;
    Group& into = groups_[find_or_insert(from.key, inserted)];
    if (inserted && !layout_.group_types.empty()) {
      into.values = group_values_.append_row(other.group_values_.block(from.values.block), from.values.row);
    }
    for (std::size_t f = 0; f < layout_.functions.size(); ++f) {
      layout_.functions[f]->merge(worker.eval, into.states + layout_.state_offsets[f], from.states + layout_.state_offsets[f]);
    }
  }
  account();
}

bool GroupTable::should_spill() const noexcept {
  constexpr std::int64_t kLeastBytes = 4 << 20;
  if (layout_.group_types.empty() || !tracker_.over_soft_limit()) return false;
  const std::int64_t limit = tracker_.limit_bytes();
  return memory_.bytes() >= (limit > 0 ? std::min(kLeastBytes, limit / 16) : kLeastBytes);
}

void GroupTable::load_values(std::size_t group, vector::Chunk& out) const {
  for (std::size_t column = 0; column < layout_.group_types.size(); ++column) {
    group_values_.load(groups_[group].values, column, out.columns[column]);
  }
}

void GroupTable::serialize_states(std::size_t group, std::string& out) const {
  for (std::size_t f = 0; f < layout_.functions.size(); ++f) {
    layout_.functions[f]->serialize(groups_[group].states + layout_.state_offsets[f], out);
  }
}

void GroupTable::merge_serialized(const vector::Chunk& chunk, WorkerContext& worker) {
  worker.stop.poll();
  std::vector<const vector::ColumnVector*> values;
  for (std::size_t column = 0; column < layout_.group_types.size(); ++column) values.push_back(&chunk.columns[column]);
  vector::Chunk keys;
  for (std::size_t column = 0; column < layout_.group_types.size(); ++column) {
    keys.columns.emplace_back(layout_.group_types[column]);
    keys.columns.back().reference(chunk.columns[column]);
  }
  keys.row_count = chunk.row_count;
  std::string key;
  for (std::size_t row = 0; row < chunk.row_count; ++row) {
    key.clear();
    layout_.encoder.append(values, row, key);
    bool inserted = false;
    Group& group = groups_[find_or_insert(key, inserted)];
    if (inserted) group.values = group_values_.append_row(keys, row);
    std::string_view states = chunk.columns.back().string_at(row);
    for (std::size_t f = 0; f < layout_.functions.size(); ++f) {
      layout_.functions[f]->merge_serialized(worker.eval, group.states + layout_.state_offsets[f], states);
    }
  }
  account();
}

Flow GroupTable::push(ChunkConsumer& out, WorkerContext& worker) {
  vector::Chunk chunk(layout_.output_types);
  const std::size_t aggregates = layout_.functions.size();
  for (std::size_t begin = 0; begin < groups_.size(); begin += vector::kRowsPerChunk) {
    worker.stop.poll();
    chunk.clear();
    const std::size_t end = std::min(groups_.size(), begin + vector::kRowsPerChunk);
    for (std::size_t g = begin; g < end; ++g) {
      for (std::size_t f = 0; f < aggregates; ++f) {
        layout_.functions[f]->finalize(worker.eval, groups_[g].states + layout_.state_offsets[f], chunk.columns[f]);
      }
      for (std::size_t k = 0; k < layout_.plan.group_outputs.size(); ++k) {
        group_values_.load(groups_[g].values, static_cast<std::size_t>(layout_.plan.group_outputs[k]), chunk.columns[aggregates + k]);
      }
    }
    chunk.row_count = end - begin;
    if (out.consume(chunk) == Flow::kEnough) return Flow::kEnough;
  }
  return Flow::kMore;
}

}  // namespace sluice::executor
