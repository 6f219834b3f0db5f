#include "executor/modify.h"

#include <algorithm>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "executor/modify_target.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

template <class Targets>
std::vector<const planner::WriteTarget*> write_targets(const Targets& targets) {
  std::vector<const planner::WriteTarget*> result;
  for (const planner::ModifyTarget& target : targets) result.push_back(&target.target);
  return result;
}

/// A stage that hands each chunk to `Statement::apply`.
template <class Statement>
class ModifyStage final : public SerialStage {
 public:
  explicit ModifyStage(Statement& statement) : statement_(statement) {}
  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext&) override {
    class Consumer final : public ChunkConsumer {
     public:
      explicit Consumer(Statement& statement) : statement_(statement) {}
      Flow consume(vector::Chunk& chunk) override {
        statement_.apply(chunk);
        return Flow::kMore;
      }
      void finish() override {}

     private:
      Statement& statement_;
    };
    return std::make_unique<Consumer>(statement_);
  }

 private:
  Statement& statement_;
};

class UpdateStatement {
 public:
  UpdateStatement(ExecutionContext& context, const planner::UpdatePlan& plan)
      : context_(context),
        plan_(plan),
        bad_values_(plan.ignore ? BadValues::kIgnore : BadValues::kBySqlMode),
        foreign_keys_(context, write_targets(plan.targets)) {
    const bool locked = reads_locked_points(*plan.children[0]);
    for (const planner::ModifyTarget& target : plan.targets) {
      tables_.push_back(std::make_unique<ModifiedTable>(context, target, bad_values_, locked));
    }
  }

  void apply(vector::Chunk& chunk) {
    // Assignments see the values before any table of the statement is changed, and rows are taken before that too.
    std::vector<std::vector<ModifiedTable::Row>> rows;
    for (const auto& table : tables_) rows.push_back(table->take(chunk));
    vector::Chunk inputs;
    inputs.reference(chunk);
    std::vector<std::vector<types::Value>> assigned;
    for (const planner::Assignment& assignment : plan_.assignments) {
      // Only rows that are to be changed get new values: those of an outer join without a partner may have none that are allowed.
      std::vector<std::uint16_t> taken;
      for (const ModifiedTable::Row& row : rows[static_cast<std::size_t>(assignment.target)])
        taken.push_back(static_cast<std::uint16_t>(row.chunk_row));
      inputs.set_selection(taken);
      assigned.push_back(evaluate(assignment, inputs));
    }
    for (std::size_t t = 0; t < tables_.size(); ++t) {
      for (const ModifiedTable::Row& row : rows[t]) {
        context_.worker.stop.poll();
        change(t, chunk, row, assigned);
      }
    }
  }

  void finish() { foreign_keys_.finish(); }

 private:
  /// The column's new values by chunk row; with `sequential` later assignments see them.
  std::vector<types::Value> evaluate(const planner::Assignment& assignment, vector::Chunk& inputs) {
    ModifiedTable& table = *tables_[static_cast<std::size_t>(assignment.target)];
    std::vector<types::Value> values(inputs.row_count);
    const vector::ActiveRows active = inputs.active_rows();
    if (assignment.expression == nullptr) {
      for (std::size_t i = 0; i < active.count; ++i) {
        values[active[i]] = table.builder().default_of(assignment.offset, context_.outcome.found_rows + i + 1);
      }
    } else {
      vector::ColumnVector column(assignment.expression->physical_type());
      assignment.expression->evaluate(context_.worker.eval, inputs, column);
      for (std::size_t i = 0; i < active.count; ++i) {
        values[active[i]] = table.builder().assign(assignment.offset, column.value_at(active[i]),
                                                   assignment.expression->type(), context_.outcome.found_rows + i + 1);
      }
    }
    const int position = table.target().column_positions[static_cast<std::size_t>(assignment.offset)];
    if (plan_.sequential && position >= 0) {
      vector::ColumnVector column(inputs.columns[static_cast<std::size_t>(position)].type());
      for (const types::Value& value : values) {
        if (value.is_null()) {
          column.append_null();
        } else {
          column.append_value(value);
        }
      }
      inputs.columns[static_cast<std::size_t>(position)] = std::move(column);
    }
    return values;
  }

  void change(std::size_t t, const vector::Chunk& chunk, const ModifiedTable::Row& row,
              const std::vector<std::vector<types::Value>>& assigned) {
    ModifiedTable& table = *tables_[t];
    ++context_.outcome.found_rows;
    const RowValues before = table.values_of(chunk, row);
    RowValues after = before;
    for (std::size_t a = 0; a < plan_.assignments.size(); ++a) {
      const planner::Assignment& assignment = plan_.assignments[a];
      if (static_cast<std::size_t>(assignment.target) != t) continue;
      if (table.builder().table().columns[static_cast<std::size_t>(assignment.offset)].is_generated()) continue;
      after[static_cast<std::size_t>(assignment.offset)] = assigned[a][row.chunk_row];
    }
    RowBuilder& builder = table.builder();
    const auto complete = [&] { return builder.complete(after, context_.outcome.found_rows, NullRepair::kBySqlMode); };
    if (!complete()) return;
    if (after == before) {
      if (context_.settings.client_found_rows) ++context_.outcome.affected_rows;
      return;
    }
    bool has_new_time = false;
    for (const int offset : table.target().target.on_update_now) {
      const bool is_assigned =
          std::any_of(plan_.assignments.begin(), plan_.assignments.end(), [&](const planner::Assignment& assignment) {
            return static_cast<std::size_t>(assignment.target) == t && assignment.offset == offset;
          });
      if (is_assigned) continue;
      after[static_cast<std::size_t>(offset)] = builder.current_timestamp(offset);
      has_new_time = true;
    }
    if (has_new_time && !complete()) return;
    if (change_row(context_, table.writer(), foreign_keys_, before, row.handle, after, bad_values_) !=
        RowChange::kChanged)
      return;
    ++context_.outcome.changed_rows;
    ++context_.outcome.affected_rows;
  }

  ExecutionContext& context_;
  const planner::UpdatePlan& plan_;
  const BadValues bad_values_;
  ForeignKeys foreign_keys_;
  std::vector<std::unique_ptr<ModifiedTable>> tables_;
};

class DeleteStatement {
 public:
  DeleteStatement(ExecutionContext& context, const planner::DeletePlan& plan)
      : context_(context),
        bad_values_(plan.ignore ? BadValues::kIgnore : BadValues::kBySqlMode),
        foreign_keys_(context, write_targets(plan.targets)) {
    const bool locked = reads_locked_points(*plan.children[0]);
    for (const planner::ModifyTarget& target : plan.targets) {
      tables_.push_back(std::make_unique<ModifiedTable>(context, target, bad_values_, locked));
    }
  }

  void apply(vector::Chunk& chunk) {
    for (const auto& table : tables_) {
      for (const ModifiedTable::Row& row : table->take(chunk)) {
        context_.worker.stop.poll();
        const RowValues values = table->values_of(chunk, row);
        if (remove(*table, values, row.handle)) ++context_.outcome.affected_rows;
      }
    }
  }

  void finish() { foreign_keys_.finish(); }

 private:
  /// False if IGNORE leaves the row where it is, because others refer to it.
  bool remove(ModifiedTable& table, const RowValues& values, const codec::Handle& handle) {
    const EncodedRow row = table.writer().encode_with_handle(values, handle);
    table.writer().remove(row);
    foreign_keys_.removed(table.writer().table(), values);
    if (bad_values_ != BadValues::kIgnore) return true;
    const std::optional<SqlError> refused = foreign_keys_.last_row_refused();
    if (!refused) return true;
    context_.worker.eval.warnings->append(*refused);
    table.writer().insert(row);
    return false;
  }

  ExecutionContext& context_;
  const BadValues bad_values_;
  ForeignKeys foreign_keys_;
  std::vector<std::unique_ptr<ModifiedTable>> tables_;
};

}  // namespace

void run_update(PlanRunner& runner, const planner::UpdatePlan& plan) {
  UpdateStatement statement(runner.context(), plan);
  ModifyStage<UpdateStatement> stage(statement);
  runner.run(*plan.children[0], stage);
  statement.finish();
}

void run_delete(PlanRunner& runner, const planner::DeletePlan& plan) {
  DeleteStatement statement(runner.context(), plan);
  ModifyStage<DeleteStatement> stage(statement);
  runner.run(*plan.children[0], stage);
  statement.finish();
}

}  // namespace sluice::executor
