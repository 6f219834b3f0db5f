#include "executor/modify_target.h"

#include <algorithm>

#include "base/check.h"
#include "executor/record_lock.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {

bool reads_locked_points(const planner::PhysicalPlan& child) {
  const planner::PhysicalPlan* plan = &child;
  while (plan->kind == planner::PlanKind::kProjection || plan->kind == planner::PlanKind::kSelection ||
         plan->kind == planner::PlanKind::kLimit) {
    plan = plan->children.front().get();
  }
  if (plan->kind == planner::PlanKind::kPointGet)
    return static_cast<const planner::PointGetPlan*>(plan)->lock.has_value();
  return plan->kind == planner::PlanKind::kBatchPointGet &&
         static_cast<const planner::BatchPointGetPlan*>(plan)->lock.has_value();
}

ModifiedTable::ModifiedTable(ExecutionContext& context, const planner::ModifyTarget& target, BadValues bad_values,
                             bool locked)
    : context_(context),
      target_(target),
      locked_(locked),
      builder_(context, target.target, bad_values),
      writer_(context, *target.target.source.table),
      handles_(*target.target.source.table, target.handle_positions),
      fetcher_(context, target.target.source, builder_) {
  for (const catalog::ColumnInfo& column : builder_.table().columns) {
    const int position = target.column_positions[static_cast<std::size_t>(column.offset)];
    needs_fetch_ = needs_fetch_ || (position < 0 && column.state != catalog::SchemaState::kNone);
  }
}

std::vector<ModifiedTable::Row> ModifiedTable::take(const vector::Chunk& chunk) {
  const vector::ActiveRows active = chunk.active_rows();
  std::vector<Row> rows;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < active.count; ++i) {
    if (handles_.is_null(chunk, active[i])) continue;
    codec::Handle handle = handles_.handle(chunk, active[i], context_.worker.eval.time_zone);
    std::string key = codec::record_key(builder_.table().id, handle);
    if (!locked_ && !seen_.insert(key).second) continue;
    keys.push_back(std::move(key));
    rows.push_back({active[i], std::move(handle)});
  }
  if (!locked_ && !keys.empty()) lock_records(context_, keys, {});
  return rows;
}

RowValues ModifiedTable::values_of(const vector::Chunk& chunk, const Row& row) {
  if (needs_fetch_) {
    std::optional<RowValues> stored = fetcher_.fetch(codec::record_key(builder_.table().id, row.handle));
    SLUICE_CHECK(stored.has_value(), "a locked row of {} is gone", builder_.table().name.original);
    return std::move(*stored);
  }
  RowValues values;
  values.reserve(target_.column_positions.size());
  for (const int position : target_.column_positions) {
    values.push_back(position < 0 ? types::Value::null()
                                  : chunk.columns[static_cast<std::size_t>(position)].value_at(row.chunk_row));
  }
  return values;
}

}  // namespace sluice::executor
