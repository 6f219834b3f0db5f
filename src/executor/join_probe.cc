#include "executor/join_probe.h"

#include "expression/builder.h"
#include "expression/eval_context.h"
#include "types/collation.h"

namespace sluice::executor {
namespace {

class TableFiller final : public ChunkConsumer {
 public:
  TableFiller(vector::JoinTable& table, std::span<const expression::ExpressionPtr> conditions, WorkerContext& worker)
      : table_(table), conditions_(conditions), worker_(worker) {}

  Flow consume(vector::Chunk& chunk) override {
    const std::vector<bool> findable = rows_passing(conditions_, chunk, worker_);
    table_.append(chunk, findable.empty() ? nullptr : &findable);
    return Flow::kMore;
  }
  void finish() override {}

 private:
  vector::JoinTable& table_;
  std::span<const expression::ExpressionPtr> conditions_;
  WorkerContext& worker_;
};

}  // namespace

std::unique_ptr<ChunkConsumer> make_table_filler(vector::JoinTable& table,
                                                 std::span<const expression::ExpressionPtr> conditions,
                                                 WorkerContext& worker) {
  return std::make_unique<TableFiller>(table, conditions, worker);
}

JoinLookup JoinLookup::of(const planner::JoinPlan& plan, bool probe_is_left) {
  JoinLookup lookup;
  std::vector<planner::JoinKey> keys = plan.keys;
  if (keys.empty() && plan.null_aware_key) {
    keys.push_back(*plan.null_aware_key);
    lookup.null_aware = true;
  }
  for (const planner::JoinKey& key : keys) {
    const int probe = probe_is_left ? key.left_position : key.right_position;
    const int held = probe_is_left ? key.right_position : key.left_position;
    const planner::PhysicalPlan& held_child = *plan.children[probe_is_left ? 1 : 0];
    const types::FieldType& type = held_child.schema[static_cast<std::size_t>(held)].type;
    lookup.keys.push_back({types::physical_type(type),
                           type.collation != nullptr ? type.collation : types::binary_collation(), key.null_safe});
    lookup.probe_positions.push_back(static_cast<std::size_t>(probe));
    lookup.held_positions.push_back(static_cast<std::size_t>(held));
  }
  return lookup;
}

vector::JoinTable JoinLookup::new_table(const JoinShape& shape, MemoryTracker& memory) const {
  const bool keeps = shape.preserves_held() || null_aware;
  return vector::JoinTable(shape.held_types(), held_positions, keys,
                           keeps ? vector::UnfindableRows::kKept : vector::UnfindableRows::kDropped, &memory);
}

std::vector<const vector::ColumnVector*> JoinLookup::probe_keys(const vector::Chunk& probe) const {
  std::vector<const vector::ColumnVector*> columns;
  for (const std::size_t position : probe_positions) columns.push_back(&probe.columns[position]);
  return columns;
}

std::vector<bool> rows_passing(std::span<const expression::ExpressionPtr> conditions, const vector::Chunk& chunk,
                               WorkerContext& worker) {
  std::vector<bool> passing;
  if (conditions.empty()) return passing;
  vector::Chunk filtered;
  filtered.reference(chunk);
  expression::filter(conditions, worker.eval, filtered);
  passing.assign(chunk.row_count, false);
  const vector::ActiveRows active = filtered.active_rows();
  for (std::size_t i = 0; i < active.count; ++i) passing[active[i]] = true;
  return passing;
}

Flow TableProbe::join(const vector::JoinTable& table, const vector::Chunk& probe) {
  matcher_.start(probe, probe.active_rows(), table.rows());
  if (shape_.probe_conditions().empty()) {
    add_candidates(table, probe, probe.active_rows());
    return matcher_.end();
  }
  vector::Chunk passing;
  passing.reference(probe);
  expression::filter(shape_.probe_conditions(), worker_.eval, passing);
  add_candidates(table, probe, passing.active_rows());
  return matcher_.end();
}

void TableProbe::add_candidates(const vector::JoinTable& table, const vector::Chunk& probe, vector::ActiveRows rows) {
  keys_ = lookup_.probe_keys(probe);
  if (lookup_.null_aware && (!table.null_key_rows().empty() || keys_.front()->has_nulls())) {
    for (std::size_t i = 0; i < rows.count && !matcher_.has_enough(); ++i) add_null_aware_candidates(table, rows[i]);
    return;
  }
  add_matches(table, rows);
}

void TableProbe::add_matches(const vector::JoinTable& table, vector::ActiveRows rows) {
  // Without conditions on pairs the first match settles a semi join's row.
  const bool first_settles =
      shape_.is_semi() && shape_.plan.other_conditions.empty() && shape_.plan.null_aware_conditions.empty();
  probe_.begin(table, keys_, rows, first_settles ? vector::Matches::kFirst : vector::Matches::kAll);
  while (!matcher_.has_enough() && probe_.next(vector::kRowsPerChunk, pair_rows_, pair_held_)) {
    if (matcher_.add(pair_rows_, pair_held_, marked(table))) probe_.skip_row();
  }
}

bool TableProbe::add_all(const vector::JoinTable& table, std::size_t row, std::span<const std::byte* const> held) {
  for (std::size_t begin = 0; begin < held.size(); begin += vector::kRowsPerChunk) {
    const std::span<const std::byte* const> part =
        held.subspan(begin, std::min(vector::kRowsPerChunk, held.size() - begin));
    pair_rows_.assign(part.size(), static_cast<std::uint16_t>(row));
    if (matcher_.add(pair_rows_, part, marked(table))) return true;
  }
  return false;
}

void TableProbe::add_null_aware_candidates(const vector::JoinTable& table, std::size_t row) {
  if (!keys_.front()->is_null(row)) {
    const auto only = static_cast<std::uint16_t>(row);
    add_matches(table, vector::ActiveRows::of({&only, 1}));
    add_all(table, row, table.null_key_rows());
    return;
  }
  // NULL IN (...) is NULL over any row that passes the other conditions, so every held row counts.
  std::vector<const std::byte*> rows;
  for (std::size_t begin = 0;; begin += vector::kRowsPerChunk) {
    worker_.stop.poll();
    table.rows().collect_rows(begin, vector::kRowsPerChunk, rows);
    if (rows.empty()) return;
    std::erase_if(rows, [&](const std::byte* held) { return !table.may_match(held); });
    if (add_all(table, row, rows)) return;
  }
}

}  // namespace sluice::executor
