// Statements that the planner plans, DO and EXPLAIN.

#include "base/sql_error.h"
#include "session/dispatch.h"
#include "session/hinted_variables.h"
#include "session/load_input.h"
#include "sql/ast_dml.h"
#include "sql/ast_simple.h"

namespace sluice::session {
namespace {

void run_planned(const sql::Statement& statement, StatementContext& context, executor::RecordSource* records) {
  QueryRunner::Answer answer = context.query.run(statement, context.parameters, context.writer, records);
  if (answer.has_rows) {
    context.end_rows();
    return;
  }
  StatementOutcome outcome;
  outcome.affected_rows = answer.outcome.affected_rows;
  // As mysql_insert_id() of MySQL's manual wants it.
  const bool from_session = answer.outcome.first_insert_id != 0 || context.session.gave_last_insert_id;
  outcome.last_insert_id = from_session ? context.session.last_insert_id : answer.outcome.given_insert_id;
  outcome.status_flags = static_cast<std::uint16_t>(status_of(context.session) | context.more_results);
  outcome.warning_count = static_cast<std::uint16_t>(std::min<std::size_t>(context.run.warnings().count(), UINT16_MAX));
  outcome.info = std::move(answer.info);
  context.session.row_count = static_cast<std::int64_t>(answer.outcome.affected_rows);
  context.writer.ok(outcome);
}

void run_explain(const sql::ExplainStatement& explain, StatementContext& context) {
  if (explain.statement == nullptr || !planner::is_plannable(*explain.statement)) {
    throw SqlError(ErrorCode::kNotSupportedYet,
                   explain.is_for_connection ? "EXPLAIN FOR CONNECTION" : "EXPLAIN of this statement");
  }
  context.query.explain(*explain.statement, context.parameters, planner::explain_format(explain.format),
                        explain.is_analyze, context.writer);
  context.end_rows();
}

}  // namespace

void run_query_statement(const sql::Statement& statement, StatementContext& context) {
  const HintedVariables hinted(statement, context);
  switch (statement.kind) {
    case sql::StatementKind::kExplain:
      return run_explain(statement.as<sql::ExplainStatement>(), context);
    case sql::StatementKind::kDo:
      for (const sql::Expression* expression : statement.as<sql::DoStatement>().expressions)
        context.query.evaluate(*expression, context.parameters);
      return context.ok();
    case sql::StatementKind::kLoadData: {
      const std::unique_ptr<executor::RecordSource> records =
          open_load_input(statement.as<sql::LoadDataStatement>(), context);
      return run_planned(statement, context, records.get());
    }
    default:
      return run_planned(statement, context, nullptr);
  }
}

}  // namespace sluice::session
