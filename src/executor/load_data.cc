#include "executor/load_data.h"

#include <algorithm>

#include "base/check.h"
#include "base/sql_error.h"
#include "base/warnings.h"
#include "executor/insert_rows.h"
#include "expression/eval_context.h"
#include "expression/session_functions.h"
#include "types/collation.h"

namespace sluice::executor {
namespace {

types::FieldType text_type() {
  types::FieldType type;
  type.code = types::TypeCode::kVarString;
  type.collation = types::default_collation();
  return type;
}

class LoadStatement {
 public:
  LoadStatement(ExecutionContext& context, const planner::LoadDataPlan& plan)
      : context_(context),
        plan_(plan),
        bad_values_(plan.ignore ? BadValues::kIgnore : BadValues::kBySqlMode),
        builder_(context, plan.target, bad_values_),
        foreign_keys_(context, {&plan.target}),
        inserter_(context, plan.target, builder_, foreign_keys_, {plan.mode, bad_values_, NullRepair::kBySqlMode, {}},
                  {}),
        text_(text_type()),
        given_(builder_.table().columns.size(), false),
        unset_(builder_.unset_row()) {
    for (const planner::LoadDataPlan::Field& field : plan.fields) {
      if (field.offset >= 0) given_[static_cast<std::size_t>(field.offset)] = true;
    }
    for (const planner::Assignment& assignment : plan.assignments)
      given_[static_cast<std::size_t>(assignment.offset)] = true;
    for (const catalog::ColumnInfo& column : builder_.table().columns)
      row_chunk_.columns.emplace_back(types::physical_type(column.type));
  }

  void add(const std::vector<std::optional<std::string>>& record) {
    const std::uint64_t number = ++context_.outcome.copied_rows;
    check_field_count(record.size(), number);
    RowValues row = plan_.assignments.empty() ? RowValues(builder_.table().columns.size()) : unset_;
    bool id_given = false;
    const catalog::ColumnInfo* const id_column = builder_.table().auto_increment_column();
    for (std::size_t i = 0; i < plan_.fields.size(); ++i) {
      const planner::LoadDataPlan::Field& field = plan_.fields[i];
      types::Value value;
      if (i < record.size() && record[i]) value = types::Value(std::string_view(*record[i]));
      if (field.offset < 0) {
        context_.worker.eval.session->set_user_variable(field.user_variable, {std::move(value), text_});
        continue;
      }
      types::Value& target = row[static_cast<std::size_t>(field.offset)];
      if (i >= record.size()) {
        target = builder_.default_of(field.offset, number);
        continue;
      }
      target = builder_.assign(field.offset, value, text_, number);
      id_given = id_given || (id_column != nullptr && field.offset == id_column->offset && !target.is_null());
    }
    for (const catalog::ColumnInfo& column : builder_.table().columns) {
      if (given_[static_cast<std::size_t>(column.offset)] || &column == id_column) continue;
      row[static_cast<std::size_t>(column.offset)] = builder_.default_of(column.offset, number);
    }
    for (const planner::Assignment& assignment : plan_.assignments) {
      assign(assignment, row, number);
      id_given = id_given || (id_column != nullptr && assignment.offset == id_column->offset);
    }
    const std::uint64_t made_id = builder_.fill_auto_increment(row, id_given, 1);
    if (builder_.complete(row, number, NullRepair::kBySqlMode)) {
      inserter_.add(std::move(row), {}, made_id);
    } else {
      ++context_.outcome.left_out_rows;
    }
  }

  void finish() {
    inserter_.flush();
    foreign_keys_.finish();
  }

 private:
  void check_field_count(std::size_t count, std::uint64_t number) {
    if (count == plan_.fields.size()) return;
    const SqlError error(count < plan_.fields.size() ? ErrorCode::kWarnTooFewRecords : ErrorCode::kWarnTooManyRecords,
                         std::to_string(number));
    if (builder_.is_strict()) throw error;
    context_.worker.eval.warnings->append(error);
  }

  void assign(const planner::Assignment& assignment, RowValues& row, std::uint64_t number) {
    types::Value& target = row[static_cast<std::size_t>(assignment.offset)];
    if (assignment.expression == nullptr) {
      target = builder_.default_of(assignment.offset, number);
      return;
    }
    row_chunk_.clear();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i].is_null()) {
        row_chunk_.columns[i].append_null();
      } else {
        row_chunk_.columns[i].append_value(row[i]);
      }
    }
    row_chunk_.row_count = 1;
    const types::Value value = assignment.expression->evaluate_row(context_.worker.eval, row_chunk_, 0);
    target = builder_.assign(assignment.offset, value, assignment.expression->type(), number);
  }

  ExecutionContext& context_;
  const planner::LoadDataPlan& plan_;
  const BadValues bad_values_;
  RowBuilder builder_;
  ForeignKeys foreign_keys_;
  RowInserter inserter_;
  const types::FieldType text_;
  std::vector<bool> given_;
  const RowValues unset_;
  vector::Chunk row_chunk_;
};

}  // namespace

void run_load_data(PlanRunner& runner, const planner::LoadDataPlan& plan) {
  ExecutionContext& context = runner.context();
  SLUICE_CHECK(context.records != nullptr, "LOAD DATA has no input");
  LoadStatement statement(context, plan);
  std::vector<std::optional<std::string>> record;
  while (context.records->next(record, context.worker.stop)) {
    context.worker.stop.poll();
    statement.add(record);
  }
  statement.finish();
}

}  // namespace sluice::executor
