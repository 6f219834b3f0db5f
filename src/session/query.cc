#include "session/query.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/schema_cache.h"
#include "executor/collect.h"
#include "executor/execute.h"
#include "executor/runtime_recorder.h"
#include "executor/stale_read.h"
#include "kv/store.h"
#include "planner/statement_limits.h"
#include "session/accounts.h"
#include "session/into_variables.h"
#include "session/lone_sleep.h"
#include "session/memory_tables.h"
#include "session/row_set.h"
#include "session/session_functions.h"
#include "sql/ast_dml.h"
#include "types/value_text.h"
#include "vector/chunk.h"

namespace sluice::session {
namespace {

/// Hands chunks to the client as they come; the columns go out before the first one.
class ClientStage final : public executor::SerialStage {
 public:
  ClientStage(const std::vector<planner::OutputColumn>& columns, ResultWriter& writer, std::uint64_t& row_count)
      : columns_(columns), writer_(writer), row_count_(row_count) {}

  std::unique_ptr<executor::ChunkConsumer> make_worker(executor::WorkerContext& worker) override {
    class Consumer final : public executor::ChunkConsumer {
     public:
      Consumer(ClientStage& stage, executor::WorkerContext& worker) : stage_(stage), worker_(worker) {}
      executor::Flow consume(vector::Chunk& chunk) override {
        stage_.begin();
        stage_.row_count_ += chunk.active_count();
        stage_.writer_.rows(chunk, worker_.stop);
        return executor::Flow::kMore;
      }
      void finish() override { stage_.begin(); }

     private:
      ClientStage& stage_;
      executor::WorkerContext& worker_;
    };
    return std::make_unique<Consumer>(*this, worker);
  }

  void begin() {
    if (began_) return;
    writer_.begin_result(result_columns(columns_));
    began_ = true;
  }

 private:
  const std::vector<planner::OutputColumn>& columns_;
  ResultWriter& writer_;
  std::uint64_t& row_count_;
  bool began_ = false;
};

/// For statements that return no rows.
class NoRowsStage final : public executor::SerialStage {
 public:
  std::unique_ptr<executor::ChunkConsumer> make_worker(executor::WorkerContext&) override {
    class Consumer final : public executor::ChunkConsumer {
     public:
      executor::Flow consume(vector::Chunk&) override { return executor::Flow::kMore; }
      void finish() override {}
    };
    return std::make_unique<Consumer>();
  }
};

std::vector<types::PhysicalType> physical_types(const planner::PhysicalPlan& plan) {
  std::vector<types::PhysicalType> types;
  for (const planner::OutputColumn& column : plan.schema) types.push_back(types::physical_type(column.type));
  return types;
}

bool writes_rows(const planner::PhysicalPlan& plan) {
  return plan.kind == planner::PlanKind::kInsert || plan.kind == planner::PlanKind::kUpdate ||
         plan.kind == planner::PlanKind::kDelete || plan.kind == planner::PlanKind::kLoadData;
}

std::string info_text(const planner::PhysicalPlan& plan, const executor::WriteOutcome& outcome, std::size_t warnings) {
  const std::string warning_part = "  Warnings: " + std::to_string(warnings);
  switch (plan.kind) {
    case planner::PlanKind::kInsert: {
      const auto& insert = static_cast<const planner::InsertPlan&>(plan);
      if (insert.children.empty() && insert.rows.size() <= 1) return {};
      const std::uint64_t duplicates =
          insert.ignore ? outcome.left_out_rows : outcome.deleted_rows + outcome.updated_rows;
      return "Records: " + std::to_string(outcome.copied_rows) + "  Duplicates: " + std::to_string(duplicates) +
             warning_part;
    }
    case planner::PlanKind::kUpdate:
      return "Rows matched: " + std::to_string(outcome.found_rows) +
             "  Changed: " + std::to_string(outcome.changed_rows) + warning_part;
    case planner::PlanKind::kLoadData:
      return "Records: " + std::to_string(outcome.copied_rows) + "  Deleted: " + std::to_string(outcome.deleted_rows) +
             "  Skipped: " + std::to_string(outcome.left_out_rows) + warning_part;
    default:
      return {};
  }
}

planner::PlannerSettings planner_settings(const SessionSettings& settings) {
  planner::PlannerSettings planner;
  planner.sql_select_limit = settings.sql_select_limit;
  planner.sql_safe_updates = settings.safe_updates;
  planner.cte_max_recursion_depth = static_cast<std::int64_t>(settings.cte_max_recursion_depth);
  planner.executor_concurrency = static_cast<int>(settings.executor_concurrency);
  planner.tidb_enable_index_merge_join = settings.index_merge_join;
  return planner;
}

bool same_types(std::span<const types::FieldType> a, std::span<const types::FieldType> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const types::FieldType& x, const types::FieldType& y) {
    return x.code == y.code && x.is_unsigned() == y.is_unsigned() && x.collation == y.collation;
  });
}

/// A table that was made since `planned_with`, with a foreign key to one of `table_ids`: the plan does not know it. To be called once the
/// statement has locked its rows: a child of one of them that is there by now has its table in `newest`. Throws SqlError 8028.
void refuse_unknown_children(std::span<const std::int64_t> table_ids, const catalog::Schema& planned_with,
                             const catalog::Schema& newest) {
  if (planned_with.version() == newest.version()) return;
  for (const std::int64_t id : table_ids) {
    const catalog::Schema::TableEntry entry = newest.find_entry(id);
    if (entry.table == nullptr) continue;
    for (const catalog::TablePtr& child :
         newest.tables_referencing(entry.database->name.lower, entry.table->name.lower)) {
      if (planned_with.find_table(child->id) == nullptr) throw SqlError(ErrorCode::kInfoSchemaChanged);
    }
  }
}

/// Whether what is wrong in a statement's expressions (text that is no number, a division by zero) fails it rather than warns:
/// in strict mode a statement that writes rows, unless it says IGNORE.
/// Whether a statement that writes rows says IGNORE; nullopt: it is no such statement.
std::optional<bool> says_ignore(const sql::Statement& statement) {
  if (const auto* insert = statement.try_as<sql::InsertStatement>()) return insert->is_ignore;
  if (const auto* update = statement.try_as<sql::UpdateStatement>()) return update->is_ignore;
  if (const auto* erase = statement.try_as<sql::DeleteStatement>()) return erase->is_ignore;
  return std::nullopt;
}

}  // namespace

std::vector<ResultColumn> result_columns(const std::vector<planner::OutputColumn>& columns) {
  std::vector<ResultColumn> out;
  for (const planner::OutputColumn& column : columns) {
    out.push_back(
        {column.database, column.table, column.original_table, column.name, column.original_name, column.type});
  }
  return out;
}

/// Runs uncorrelated subqueries while their statement is planned.
class QueryRunner::SubqueryRunner final : public planner::SubqueryEvaluator {
 public:
  SubqueryRunner(QueryRunner& query, catalog::SchemaPtr schema) : query_(query), schema_(std::move(schema)) {}

  std::vector<std::vector<types::Value>> evaluate(const planner::PhysicalPlan& plan, std::size_t max_rows,
                                                  StopToken stop) override {
    executor::RowList rows(physical_types(plan), query_.run_.memory());
    executor::CollectStage sink(rows);
    executor::WriteOutcome outcome;
    executor::ReadView reads = query_.session_.transaction.transaction() != nullptr
                                   ? executor::ReadView::of_transaction(*query_.session_.transaction.transaction())
                                   : executor::ReadView::at_present(query_.session_.environment.store);
    planner::PlannedStatement statement;
    statement.root = std::shared_ptr<const planner::PhysicalPlan>(std::shared_ptr<void>(), &plan);
    query_.execute_once(statement, schema_, reads, sink, nullptr, nullptr, outcome);
    std::vector<std::vector<types::Value>> out;
    for (std::size_t b = 0; b < rows.block_count() && out.size() < max_rows; ++b) {
      stop.poll();
      const vector::Chunk& block = rows.block(b);
      for (std::size_t r = 0; r < block.row_count && out.size() < max_rows; ++r) {
        std::vector<types::Value>& row = out.emplace_back();
        for (const vector::ColumnVector& column : block.columns) row.push_back(column.value_at(r));
      }
    }
    return out;
  }

 private:
  QueryRunner& query_;
  catalog::SchemaPtr schema_;
};

planner::PlanContext QueryRunner::plan_context(const catalog::SchemaPtr& schema,
                                               const StatementParameters& parameters) {
  const SessionSettings& settings = session_.variables.settings();
  planner::PlanContext context;
  context.schema = schema;
  context.memory_tables = &memory_table_catalog();
  context.statistics = &session_.environment.statistics;
  context.current_database = session_.database;
  context.eval = &run_.eval();
  context.build.connection_collation = settings.connection_collation;
  context.parameter_types.assign(parameters.types.begin(), parameters.types.end());
  const kv::Transaction* const transaction = session_.transaction.transaction();
  if (transaction != nullptr && session_.transaction.isolation() == Isolation::kRepeatableRead) {
    context.read_timestamp = transaction->start_ts();
  }
  context.stop = run_.stop();
  context.settings = planner_settings(settings);
  return context;
}

std::shared_ptr<const planner::PlannedStatement> QueryRunner::plan_with(const sql::Statement& statement,
                                                                        const StatementParameters& parameters,
                                                                        const catalog::SchemaPtr& schema) {
  run_.eval().parameters = parameters.values;
  const std::optional<bool> ignore = says_ignore(statement);
  run_.eval().is_ignore = ignore.value_or(false);
  run_.eval().in_dml_strict = session_.variables.settings().sql_mode.is_strict() && ignore == false;
  // @@last_plan_from_cache tells of the statement before.
  session_.last_plan_from_cache = std::exchange(session_.plan_from_cache, false);
  CachedPlan* const cache = session_.variables.settings().plan_cache ? parameters.cache : nullptr;
  if (cache != nullptr && cache->plan != nullptr && cache->schema->version() == schema->version() &&
      cache->database == session_.database && cache->sql_mode == session_.variables.settings().sql_mode &&
      cache->settings == planner_settings(session_.variables.settings()) &&
      same_types(cache->parameter_types, parameters.types)) {
    session_.plan_from_cache = true;
    return cache->plan;
  }
  planner::PlanContext context = plan_context(schema, parameters);
  SubqueryRunner subqueries(*this, schema);
  context.subqueries = &subqueries;
  std::shared_ptr<const planner::PlannedStatement> plan = planner::optimize(statement, context);
  if (cache != nullptr && plan->cacheable) {
    *cache = {plan,
              schema,
              {parameters.types.begin(), parameters.types.end()},
              session_.database,
              session_.variables.settings().sql_mode,
              planner_settings(session_.variables.settings())};
  }
  return plan;
}

std::shared_ptr<const planner::PlannedStatement> QueryRunner::plan(const sql::Statement& statement,
                                                                   const StatementParameters& parameters) {
  std::shared_ptr<const planner::PlannedStatement> plan =
      plan_with(statement, parameters, session_.transaction.schema());
  session_.environment.accounts.check(session_, plan->privileges);
  return plan;
}

std::shared_ptr<const planner::PlannedStatement> QueryRunner::plan_view(const sql::Statement& query,
                                                                        sql::ResolvedLists& lists) {
  const StatementParameters none;
  run_.eval().parameters = none.values;
  planner::PlanContext context = plan_context(session_.transaction.schema(), none);
  context.resolved_lists = &lists;
  std::shared_ptr<const planner::PlannedStatement> plan = planner::optimize(query, context);
  session_.environment.accounts.check(session_, plan->privileges);
  return plan;
}

std::shared_ptr<const planner::PlannedStatement> QueryRunner::plan_and_register(const sql::Statement& statement,
                                                                                const StatementParameters& parameters,
                                                                                catalog::SchemaPtr& schema) {
  while (true) {
    run_.stop().poll();
    schema = session_.transaction.schema();
    std::shared_ptr<const planner::PlannedStatement> plan = plan_with(statement, parameters, schema);
    session_.environment.accounts.check(session_, plan->privileges);
    if (session_.transaction.use_tables(schema, plan->table_ids)) return plan;
  }
}

void QueryRunner::apply_hints(const planner::PlannedStatement& plan) {
  if (plan.hints.memory_quota_bytes) run_.limit_memory(*plan.hints.memory_quota_bytes);
  if (plan.hints.max_execution_time_ms && !writes_rows(*plan.root)) run_.limit_time(*plan.hints.max_execution_time_ms);
}

void QueryRunner::execute_once(const planner::PlannedStatement& plan, const catalog::SchemaPtr& schema,
                               executor::ReadView& reads, executor::PipelineStage& sink,
                               executor::RecordSource* records, executor::RuntimeRecorder* recorder,
                               executor::WriteOutcome& outcome) {
  const SessionSettings& settings = session_.variables.settings();
  const std::unique_ptr<executor::MemoryTableReader> memory_tables = make_memory_table_reader(session_, schema);
  executor::ExecutionContext context{.store = session_.environment.store,
                                     .schema = schema,
                                     .reads = reads,
                                     .transaction = session_.transaction.transaction(),
                                     .worker = run_.worker(),
                                     .memory = run_.memory(),
                                     .spill_directory = &session_.environment.spill_directory,
                                     .memory_tables = memory_tables.get(),
                                     .ids = &session_.environment.ids,
                                     .records = records,
                                     .recorder = recorder,
                                     .settings = {},
                                     .outcome = {}};
  context.settings.concurrency = settings.executor_concurrency;
  context.settings.index_lookup_size = settings.index_lookup_size;
  context.settings.index_join_batch_size = settings.index_join_batch_size;
  context.settings.index_lookup_join_concurrency = settings.index_lookup_join_concurrency;
  context.settings.lock_wait_timeout_ms = settings.lock_wait_timeout_ms;
  context.settings.auto_increment_increment = settings.auto_increment_increment;
  context.settings.auto_increment_offset = settings.auto_increment_offset;
  context.settings.cte_max_recursion_depth = settings.cte_max_recursion_depth;
  context.settings.foreign_key_checks = settings.foreign_key_checks;
  context.settings.client_found_rows = session_.can_found_rows();
  context.settings.no_auto_value_on_zero = settings.sql_mode.has(types::SqlMode::kNoAutoValueOnZero);
  executor::execute(*plan.root, context, sink);
  outcome = context.outcome;
}

executor::WriteOutcome QueryRunner::execute(const planner::PlannedStatement& plan, const catalog::SchemaPtr& schema,
                                            ResultWriter* writer, executor::RecordSource* records,
                                            executor::RuntimeRecorder* recorder) {
  const SessionSettings& settings = session_.variables.settings();
  kv::Store& store = session_.environment.store;
  const bool plain_read = plan.is_read_only && !plan.reads_current;
  if (settings.safe_updates) planner::check_safe_update(*plan.root);
  if (settings.max_join_size != UINT64_MAX) planner::check_join_size(*plan.root, settings.max_join_size);
  if (!plan.is_read_only && session_.transaction.is_explicit() && session_.transaction.is_read_only()) {
    throw SqlError(ErrorCode::kCantExecuteInReadOnlyTransaction);
  }
  const bool gives_rows = !writes_rows(*plan.root);
  std::uint64_t row_count = 0;
  NoRowsStage no_rows;
  std::optional<ClientStage> client;
  std::optional<VariablesStage> variables;
  executor::PipelineStage* receiver = &no_rows;
  if (gives_rows && writer != nullptr) {
    if (plan.into_variables.empty())
      receiver = &client.emplace(plan.columns, *writer, row_count);
    else
      receiver = &variables.emplace(plan);
  }
  executor::PipelineStage& sink = *receiver;
  executor::WriteOutcome outcome;
  const auto end_read = [&] {
    if (variables) outcome.affected_rows = row_count = variables->assign(session_, run_.warnings());
    session_.found_rows = row_count;
  };

  if (plain_read && !session_.transaction.is_explicit()) {
    executor::ReadView reads = executor::ReadView::at_present(store);
    execute_once(plan, schema, reads, sink, records, recorder, outcome);
    end_read();
    return outcome;
  }

  const TransactionRequest request{settings.isolation, settings.transaction_read_only, settings.optimistic, false};
  kv::Transaction& transaction = session_.transaction.ensure(request, session_.memory, run_.stop());
  session_.publish_transaction();
  const bool optimistic = settings.optimistic;
  const kv::Savepoint before = transaction.savepoint();
  try {
    if (plain_read) {
      if (session_.transaction.isolation() == Isolation::kReadCommitted) {
        transaction.refresh_for_update_ts(run_.stop());
        executor::ReadView reads = executor::ReadView::current(transaction);
        execute_once(plan, schema, reads, sink, records, recorder, outcome);
      } else {
        executor::ReadView reads = executor::ReadView::of_transaction(transaction);
        execute_once(plan, schema, reads, sink, records, recorder, outcome);
      }
      end_read();
      return outcome;
    }
    // Rows of a locking read are held back until all of them are locked: it may have to start again.
    executor::RowList held(physical_types(*plan.root), run_.memory());
    executor::CollectStage holding(held);
    while (true) {
      run_.stop().poll();
      held.clear();
      try {
        if (!optimistic) transaction.refresh_for_update_ts(run_.stop());
        executor::ReadView reads =
            optimistic ? executor::ReadView::of_transaction(transaction) : executor::ReadView::current(transaction);
        execute_once(plan, schema, reads, gives_rows ? static_cast<executor::PipelineStage&>(holding) : sink, records,
                     recorder, outcome);
        break;
      } catch (const executor::StaleRead&) {
        transaction.rollback_to(before);
        if (optimistic || records != nullptr) {
          throw SqlError::with_message(ErrorCode::kWriteConflict,
                                       "Write conflict, txnStartTS=" + std::to_string(transaction.start_ts()) +
                                           ", reason=Optimistic [try again later]");
        }
      }
    }
    if (!gives_rows && settings.foreign_key_checks)
      refuse_unknown_children(plan.table_ids, *schema, *session_.environment.schemas.current());
    if (client || variables) {
      const std::unique_ptr<executor::ChunkConsumer> consumer = sink.make_worker(run_.worker());
      executor::push_rows(held, *consumer, run_.stop());
      consumer->finish();
    }
  } catch (...) {
    transaction.rollback_to(before);
    throw;
  }
  end_read();
  return outcome;
}

void QueryRunner::finish_statement(bool wrote) {
  if (session_.transaction.is_explicit()) return;
  (void)wrote;
  session_.transaction.commit(run_.stop());
}

QueryRunner::Answer QueryRunner::run(const sql::Statement& statement, const StatementParameters& parameters,
                                     ResultWriter& writer, executor::RecordSource* records) {
  catalog::SchemaPtr schema;
  session_.gave_last_insert_id = false;
  const SessionSettings& settings = session_.variables.settings();
  if (!settings.autocommit && !session_.transaction.is_explicit()) {
    session_.transaction.begin_explicit(
        {settings.isolation, settings.transaction_read_only, settings.optimistic, false}, run_.stop());
  }
  // As in MySQL the limit is for SELECT only. It holds for planning too, which runs subqueries; a hint may change it then.
  if (statement.kind == sql::StatementKind::kQuery) run_.limit_time(settings.max_execution_time_ms);
  try {
    const std::shared_ptr<const planner::PlannedStatement> plan = plan_and_register(statement, parameters, schema);
    apply_hints(*plan);
    Answer answer;
    answer.has_rows = !writes_rows(*plan->root) && plan->into_variables.empty();
    try {
      answer.outcome = execute(*plan, schema, &writer, records, nullptr);
    } catch (const Stopped& stopped) {
      if (!answer.has_rows || !is_lone_sleep(statement) || !is_sleep_interruption(stopped.reason())) throw;
      answer_interrupted_sleep(*plan, writer, run_.connection());
      session_.found_rows = 1;
      return answer;  // there is nothing to commit
    }
    // What follows the commit must not fail any more.
    answer.info = info_text(*plan->root, answer.outcome, run_.warnings().count());
    finish_statement(!plan->is_read_only);
    if (answer.outcome.first_insert_id != 0) session_.last_insert_id = answer.outcome.first_insert_id;
    return answer;
  } catch (const SqlError& error) {
    // A deadlock's victim gives everything back, as in MySQL.
    if (!session_.transaction.is_explicit() || error.code() == ErrorCode::kLockDeadlock)
      session_.transaction.rollback();
    throw;
  } catch (...) {
    if (!session_.transaction.is_explicit()) session_.transaction.rollback();
    throw;
  }
}

void QueryRunner::explain(const sql::Statement& statement, const StatementParameters& parameters,
                          planner::ExplainFormat format, bool analyze, ResultWriter& writer) {
  catalog::SchemaPtr schema;
  const std::shared_ptr<const planner::PlannedStatement> plan = plan_and_register(statement, parameters, schema);
  executor::RuntimeRecorder recorder;
  if (analyze) {
    apply_hints(*plan);
    execute(*plan, schema, nullptr, nullptr, &recorder);
  }
  finish_statement(analyze && !plan->is_read_only);
  RowSet rows;
  for (const std::string& name : planner::explain_columns(format, analyze)) rows.add_text_column(name);
  for (const std::vector<std::string>& row : planner::explain_rows(*plan->root, format, analyze ? &recorder : nullptr))
    rows.add_text_row(row);
  rows.send(writer, run_.stop());
}

expression::VariableValue QueryRunner::evaluate(const sql::Expression& expression,
                                                const StatementParameters& parameters) {
  sql::SelectItem item;
  item.expression = &expression;
  sql::SelectQuery select;
  select.items = {&item, 1};
  sql::QueryStatement statement;
  statement.query = &select;
  catalog::SchemaPtr schema;
  const std::shared_ptr<const planner::PlannedStatement> plan =
      plan_and_register(statement, {parameters.values, parameters.types, parameters.prepared}, schema);
  executor::RowList rows(physical_types(*plan->root), run_.memory());
  executor::CollectStage sink(rows);
  executor::WriteOutcome outcome;
  executor::ReadView reads = executor::ReadView::at_present(session_.environment.store);
  execute_once(*plan, schema, reads, sink, nullptr, nullptr, outcome);
  if (!session_.transaction.is_explicit()) session_.transaction.rollback();
  SLUICE_CHECK(rows.size() == 1, "an expression gave {} rows", rows.size());
  return {rows.block(0).columns[0].value_at(0), plan->columns[0].type};
}

}  // namespace sluice::session
