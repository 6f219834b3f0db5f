#include "executor/cte.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/check.h"
#include "base/sql_error.h"
#include "executor/collect.h"
#include "executor/key_encoder.h"
#include "executor/scan.h"
#include "executor/simple_operators.h"
#include "expression/eval_context.h"
#include "planner/ranges.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

/// Fills one common table expression.
class CteFiller {
 public:
  CteFiller(PlanRunner& runner, const planner::CteDefinition& definition)
      : runner_(runner), definition_(definition), encoder_(key_columns(definition)) {
    for (const planner::OutputColumn& column : definition.schema) types_.push_back(types::physical_type(column.type));
  }

  void fill(CteStore::Cte& cte) {
    ExecutionContext& context = runner_.context();
    const std::uint64_t wanted = rows_wanted();
    cte.rows = std::make_unique<RowList>(types_, context.memory);
    RowList round = collect(*definition_.seed);
    cte.rows->append_all(round);
    for (std::uint64_t depth = 1; definition_.recursive != nullptr && !round.empty() && cte.rows->size() < wanted;
         ++depth) {
      context.worker.stop.poll();
      if (depth > context.settings.cte_max_recursion_depth) {
        throw SqlError(ErrorCode::kCteMaxRecursionDepth, std::to_string(context.settings.cte_max_recursion_depth + 1));
      }
      cte.last_round = &round;
      RowList next_round = collect(*definition_.recursive);
      cte.last_round = nullptr;
      round = std::move(next_round);
      cte.rows->append_all(round);
    }
    cte.filled = true;
    cte.outer_columns = definition_.outer_columns;
  }

 private:
  static std::vector<KeyColumn> key_columns(const planner::CteDefinition& definition) {
    std::vector<KeyColumn> columns;
    for (const planner::OutputColumn& column : definition.schema) columns.push_back({column.type, false});
    return columns;
  }

  std::uint64_t rows_wanted() const {
    if (!definition_.limit) return UINT64_MAX;
    const planner::ResolvedLimit limit = planner::resolve_limit(*definition_.limit, runner_.context().worker.eval);
    return limit.count > UINT64_MAX - limit.offset ? UINT64_MAX : limit.offset + limit.count;
  }

  /// The rows of `plan`; with `distinct` those that no earlier round returned.
  RowList collect(const planner::PhysicalPlan& plan) {
    RowList rows(types_, runner_.context().memory);
    CollectStage stage(rows);
    runner_.run(plan, stage);
    return definition_.distinct ? without_duplicates(rows) : std::move(rows);
  }

  RowList without_duplicates(const RowList& rows) {
    RowList fresh(types_, runner_.context().memory);
    std::string key;
    for (std::size_t b = 0; b < rows.block_count(); ++b) {
      runner_.context().worker.stop.poll();
      const vector::Chunk& block = rows.block(b);
      std::vector<const vector::ColumnVector*> columns;
      for (const vector::ColumnVector& column : block.columns) columns.push_back(&column);
      for (std::size_t row = 0; row < block.row_count; ++row) {
        key.clear();
        encoder_.append(columns, row, key);
        if (seen_.insert(key).second) fresh.append_row(block, row);
      }
    }
    return fresh;
  }

  PlanRunner& runner_;
  const planner::CteDefinition& definition_;
  KeyEncoder encoder_;
  std::vector<types::PhysicalType> types_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

void CteStore::forget_readers(std::span<const std::int64_t> column_ids) {
  for (auto& [id, cte] : ctes_) {
    if (!cte.filled) continue;
    const auto first = cte.outer_columns.begin();
    const auto last = cte.outer_columns.end();
    if (std::find_first_of(first, last, column_ids.begin(), column_ids.end()) != last) cte = Cte();
  }
}

void run_cte_scan(PlanRunner& runner, const planner::CteScanPlan& plan, PipelineStage& next) {
  CteStore::Cte& cte = runner.ctes().of(plan.definition->id);
  if (!cte.filled) CteFiller(runner, *plan.definition).fill(cte);
  ExecutionContext& context = runner.context();
  std::uint64_t offset = 0;
  std::uint64_t count = UINT64_MAX;
  if (plan.definition->limit) {
    const planner::ResolvedLimit limit = planner::resolve_limit(*plan.definition->limit, context.worker.eval);
    offset = limit.offset;
    count = limit.count;
  }
  LimitStage limited(offset, count, next);
  run_serial(context, limited,
             [&](ChunkConsumer& consumer) { push_columns(*cte.rows, plan.columns, consumer, context.worker.stop); });
}

void run_cte_table(PlanRunner& runner, const planner::CteTablePlan& plan, PipelineStage& next) {
  const RowList* const rows = runner.ctes().of(plan.cte_id).last_round;
  SLUICE_CHECK(rows != nullptr, "common table expression {} is read outside of its recursion", plan.cte_id);
  ExecutionContext& context = runner.context();
  run_serial(context, next, [&](ChunkConsumer& consumer) { push_rows(*rows, consumer, context.worker.stop); });
}

}  // namespace sluice::executor
