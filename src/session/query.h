/// Queries and statements that write rows: planning, transactions, execution, results.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "executor/execution_context.h"
#include "planner/explain.h"
#include "planner/optimize.h"
#include "session/result_writer.h"
#include "session/session_state.h"
#include "session/statement_run.h"

namespace sluice::sql {
struct Expression;
}

namespace sluice::session {

/// A plan kept for a prepared statement, and what it was made under.
struct CachedPlan {
  std::shared_ptr<const planner::PlannedStatement> plan;
  catalog::SchemaPtr schema;
  std::vector<types::FieldType> parameter_types;
  std::string database;
  types::SqlMode sql_mode;
  planner::PlannerSettings settings;
};

/// The parameters of an execution; both empty for text statements.
struct StatementParameters {
  std::span<const types::Value> values;
  std::span<const types::FieldType> types;
  bool prepared = false;
  CachedPlan* cache = nullptr;
};

/// Runs statements that the planner plans, for one session.
///
/// Transactions: a statement outside of an explicit transaction commits before its answer is sent (with autocommit); inside one its
/// writes are undone if it fails or is stopped, and the transaction goes on. A deadlock rolls the whole transaction back.
/// Commit point of a statement with autocommit: kv::Transaction::commit.
/// Thread-safety: the session's thread.
class QueryRunner {
 public:
  QueryRunner(SessionState& session, StatementRun& run) : session_(session), run_(run) {}

  /// Answers through `writer` up to but without the end: returns what end_result or ok is to report.
  struct Answer {
    bool has_rows = false;
    executor::WriteOutcome outcome;
    std::string info;
  };
  Answer run(const sql::Statement& statement, const StatementParameters& parameters, ResultWriter& writer,
             executor::RecordSource* records = nullptr);

  /// EXPLAIN and EXPLAIN ANALYZE.
  void explain(const sql::Statement& statement, const StatementParameters& parameters, planner::ExplainFormat format,
               bool analyze, ResultWriter& writer);

  /// Plans without executing (PREPARE: the result's columns; privileges are checked).
  std::shared_ptr<const planner::PlannedStatement> plan(const sql::Statement& statement,
                                                        const StatementParameters& parameters);

  /// Plans the query of CREATE VIEW, and takes its select lists as they were resolved.
  std::shared_ptr<const planner::PlannedStatement> plan_view(const sql::Statement& query, sql::ResolvedLists& lists);

  /// The value of an expression without columns (SET, KILL, LIMIT ...) of a statement with `parameters`; subqueries are allowed.
  expression::VariableValue evaluate(const sql::Expression& expression, const StatementParameters& parameters);

 private:
  class SubqueryRunner;

  planner::PlanContext plan_context(const catalog::SchemaPtr& schema, const StatementParameters& parameters);
  std::shared_ptr<const planner::PlannedStatement> plan_with(const sql::Statement& statement,
                                                             const StatementParameters& parameters,
                                                             const catalog::SchemaPtr& schema);
  std::shared_ptr<const planner::PlannedStatement> plan_and_register(const sql::Statement& statement,
                                                                     const StatementParameters& parameters,
                                                                     catalog::SchemaPtr& schema);
  void apply_hints(const planner::PlannedStatement& plan);
  executor::WriteOutcome execute(const planner::PlannedStatement& plan, const catalog::SchemaPtr& schema,
                                 ResultWriter* writer, executor::RecordSource* records,
                                 executor::RuntimeRecorder* recorder);
  void execute_once(const planner::PlannedStatement& plan, const catalog::SchemaPtr& schema, executor::ReadView& reads,
                    executor::PipelineStage& sink, executor::RecordSource* records, executor::RuntimeRecorder* recorder,
                    executor::WriteOutcome& outcome);
  void finish_statement(bool wrote);

  SessionState& session_;
  StatementRun& run_;
};

/// The columns of a plan as a client sees them.
std::vector<ResultColumn> result_columns(const std::vector<planner::OutputColumn>& columns);

}  // namespace sluice::session
