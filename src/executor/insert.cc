#include "executor/insert.h"

#include "executor/insert_rows.h"
#include "expression/eval_context.h"
#include "vector/chunk.h"

namespace sluice::executor {
namespace {

/// Turns given values into complete rows.
class InsertStatement {
 public:
  InsertStatement(ExecutionContext& context, const planner::InsertPlan& plan,
                  std::span<const types::PhysicalType> source_types)
      : context_(context),
        plan_(plan),
        bad_values_(plan.ignore ? BadValues::kIgnore : BadValues::kBySqlMode),
        null_repair_(plan.children.empty() && plan.rows.size() == 1 ? NullRepair::kOnlyIgnoring
                                                                    : NullRepair::kBySqlMode),
        builder_(context, plan.target, bad_values_),
        foreign_keys_(context, {&plan.target}),
        inserter_(context, plan.target, builder_, foreign_keys_,
                  {plan.mode, bad_values_, null_repair_, plan.on_duplicate}, source_types),
        given_(builder_.table().columns.size(), false) {
    for (const int offset : plan.columns) given_[static_cast<std::size_t>(offset)] = true;
  }

  RowBuilder& builder() { return builder_; }
  void flush() { inserter_.flush(); }
  /// Behind the last flush().
  void finish() { foreign_keys_.finish(); }

  /// `row` holds the given columns, converted; the others are filled in here. `defaulted`: offsets for which DEFAULT was said.
  void add(RowValues row, std::vector<types::Value> source_row, std::uint64_t rows_to_come,
           std::span<const int> defaulted) {
    const std::uint64_t number = ++context_.outcome.copied_rows;
    context_.worker.eval.row_number = number - 1;
    const catalog::TableInfo& table = builder_.table();
    const catalog::ColumnInfo* id_column = table.auto_increment_column();
    for (const catalog::ColumnInfo& column : table.columns) {
      if (given_[static_cast<std::size_t>(column.offset)] || &column == id_column) continue;
      row[static_cast<std::size_t>(column.offset)] = builder_.default_of(column.offset, number);
    }
    const bool id_given = id_column != nullptr && given_[static_cast<std::size_t>(id_column->offset)] &&
                          std::find(defaulted.begin(), defaulted.end(), id_column->offset) == defaulted.end();
    const std::uint64_t made_id = builder_.fill_auto_increment(row, id_given, rows_to_come);
    if (builder_.complete(row, number, null_repair_)) {
      inserter_.add(std::move(row), std::move(source_row), made_id);
    } else {
      ++context_.outcome.left_out_rows;
    }
  }

 private:
  ExecutionContext& context_;
  const planner::InsertPlan& plan_;
  const BadValues bad_values_;
  const NullRepair null_repair_;
  RowBuilder builder_;
  ForeignKeys foreign_keys_;
  RowInserter inserter_;
  std::vector<bool> given_;
};

void insert_values(ExecutionContext& context, const planner::InsertPlan& plan) {
  InsertStatement statement(context, plan, {});
  const std::vector<catalog::ColumnInfo>& columns = statement.builder().table().columns;
  vector::Chunk so_far;
  if (plan.rows_refer_to_columns) {
    for (const catalog::ColumnInfo& column : columns) so_far.columns.emplace_back(types::physical_type(column.type));
  }
  const RowValues unset = plan.rows_refer_to_columns ? statement.builder().unset_row() : RowValues();
  std::vector<int> defaulted;
  for (std::size_t r = 0; r < plan.rows.size(); ++r) {
    if (r % 64 == 0) context.worker.stop.poll();
    context.worker.eval.row_number = r;
    RowValues row = plan.rows_refer_to_columns ? unset : RowValues(columns.size());
    defaulted.clear();
    for (std::size_t i = 0; i < plan.columns.size(); ++i) {
      const int offset = plan.columns[i];
      const expression::ExpressionPtr& expression = plan.rows[r][i];
      types::Value& value = row[static_cast<std::size_t>(offset)];
      if (expression == nullptr) {
        defaulted.push_back(offset);
        value = statement.builder().default_of(offset, r + 1);
        continue;
      }
      types::Value given;
      if (plan.rows_refer_to_columns) {
        so_far.clear();
        for (std::size_t c = 0; c < columns.size(); ++c) {
          if (row[c].is_null()) {
            so_far.columns[c].append_null();
          } else {
            so_far.columns[c].append_value(row[c]);
          }
        }
        so_far.row_count = 1;
        given = expression->evaluate_row(context.worker.eval, so_far, 0);
      } else {
        given = expression->evaluate_constant(context.worker.eval);
      }
      value = statement.builder().assign(offset, given, expression->type(), r + 1);
    }
    statement.add(std::move(row), {}, plan.rows.size() - r, defaulted);
  }
  statement.flush();
  statement.finish();
}

/// Inserts what the child of an INSERT ... SELECT yields.
class InsertStage final : public SerialStage {
 public:
  InsertStage(InsertStatement& statement, const planner::InsertPlan& plan) : statement_(statement), plan_(plan) {}

  std::unique_ptr<ChunkConsumer> make_worker(WorkerContext& worker) override {
    class Consumer final : public ChunkConsumer {
     public:
      Consumer(InsertStatement& statement, const planner::InsertPlan& plan, WorkerContext& worker)
          : statement_(statement), plan_(plan), worker_(worker) {}

      Flow consume(vector::Chunk& chunk) override {
        const std::vector<planner::OutputColumn>& inputs = plan_.children[0]->schema;
        const vector::ActiveRows active = chunk.active_rows();
        for (std::size_t i = 0; i < active.count; ++i) {
          if (i % 64 == 0) worker_.stop.poll();
          RowValues row(statement_.builder().table().columns.size());
          std::vector<types::Value> source;
          for (std::size_t c = 0; c < plan_.columns.size(); ++c) {
            const types::Value value = chunk.columns[c].value_at(active[i]);
            row[static_cast<std::size_t>(plan_.columns[c])] =
                statement_.builder().assign(plan_.columns[c], value, inputs[c].type, number_ + 1);
          }
          if (!plan_.on_duplicate.empty()) {
            for (const vector::ColumnVector& column : chunk.columns) source.push_back(column.value_at(active[i]));
          }
          ++number_;
          statement_.add(std::move(row), std::move(source), active.count - i, {});
        }
        return Flow::kMore;
      }
      void finish() override { statement_.flush(); }

     private:
      InsertStatement& statement_;
      const planner::InsertPlan& plan_;
      WorkerContext& worker_;
      std::uint64_t number_ = 0;
    };
    return std::make_unique<Consumer>(statement_, plan_, worker);
  }

 private:
  InsertStatement& statement_;
  const planner::InsertPlan& plan_;
};

}  // namespace

void run_insert(PlanRunner& runner, const planner::InsertPlan& plan) {
  if (plan.children.empty()) {
    insert_values(runner.context(), plan);
    return;
  }
  std::vector<types::PhysicalType> source_types;
  for (const planner::OutputColumn& column : plan.children[0]->schema)
    source_types.push_back(types::physical_type(column.type));
  InsertStatement statement(runner.context(), plan, source_types);
  InsertStage stage(statement, plan);
  runner.run(*plan.children[0], stage);
  statement.finish();
}

}  // namespace sluice::executor
