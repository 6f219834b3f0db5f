#include "executor/join_probe.h"

#include "expression/builder.h"
#include "expression/eval_context.h"

namespace sluice::executor {
namespace {

class TableFiller final : public ChunkConsumer {
 public:
  TableFiller(JoinTable& table, std::span<const expression::ExpressionPtr> conditions, WorkerContext& worker)
      : table_(table), conditions_(conditions), worker_(worker) {}

  Flow consume(vector::Chunk& chunk) override {
    const std::vector<bool> findable = rows_passing(conditions_, chunk, worker_);
    table_.add(chunk, findable.empty() ? nullptr : &findable);
    return Flow::kMore;
  }
  void finish() override {}

 private:
  JoinTable& table_;
  std::span<const expression::ExpressionPtr> conditions_;
  WorkerContext& worker_;
};

}  // namespace

std::unique_ptr<ChunkConsumer> make_table_filler(JoinTable& table, std::span<const expression::ExpressionPtr> conditions,
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
    lookup.keys.push_back({held_child.schema[static_cast<std::size_t>(held)].type, false});
    lookup.probe_positions.push_back(probe);
    lookup.held_positions.push_back(held);
    lookup.null_safe.push_back(key.null_safe);
  }
  return lookup;
}

std::vector<bool> rows_passing(std::span<const expression::ExpressionPtr> conditions, const vector::Chunk& chunk, WorkerContext& worker) {
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

Flow probe_chunk(const JoinTable& table, const JoinLookup& lookup, std::span<const expression::ExpressionPtr> conditions,
                 vector::Chunk& probe, JoinMatcher& matcher, WorkerContext& worker) {
  const std::vector<bool> passing = rows_passing(conditions, probe, worker);
  matcher.start(probe, table.rows());
  std::string key;
  const vector::ActiveRows active = probe.active_rows();
  for (std::size_t i = 0; i < active.count && !matcher.has_enough(); ++i) {
    const std::size_t row = active[i];
    const auto offer = [&](RowRef held) { return matcher.offer(row, held); };
    const auto offer_all = [&](std::span<const RowRef> held) {
      for (const RowRef ref : held) {
        if (offer(ref)) return true;
      }
      return false;
    };
    if (passing.empty() || passing[row]) {
      if (!table.has_keys()) {
        offer_all(table.all_rows());
      } else if (table.probe_key(probe, lookup.probe_positions, row, key)) {
        table.for_each_match(key, offer);
        if (lookup.null_aware) offer_all(table.null_key_rows());
      } else if (lookup.null_aware) {
        // NULL IN (...) is NULL over any row that passes the other conditions, so every held row counts.
        bool sealed = false;
        for (std::size_t b = 0; b < table.rows().block_count() && !sealed; ++b) {
          for (std::size_t r = 0; r < table.rows().block(b).row_count && !sealed; ++r) {
            sealed = offer({static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(r)});
          }
        }
      }
    }
    matcher.end_row(row);
  }
  return matcher.end();
}

}  // namespace sluice::executor
