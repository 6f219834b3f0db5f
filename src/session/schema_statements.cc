// CREATE, ALTER, DROP, RENAME, TRUNCATE of databases, tables, views and indexes: handed to ddl/.

#include <algorithm>
#include <charconv>

#include "base/sql_error.h"
#include "catalog/name.h"
#include "catalog/schema_cache.h"
#include "ddl/service.h"
#include "ddl/statements.h"
#include "session/accounts.h"
#include "session/dispatch.h"
#include "session/schema_privileges.h"
#include "sql/ast_schema_object.h"
#include "sql/restore.h"

namespace sluice::session {
namespace {

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Names of a view's columns differ: as in MySQL an expression that has no alias, and the name of another item, gets one of its own.
void make_names_unique(std::vector<sql::ResolvedItem>& items) {
  const auto rename = [&](sql::ResolvedItem& item) {
    const std::string name = item.alias;
    for (int attempt = 0;; ++attempt) {
      item.alias = "Name_exp_" + (attempt == 0 ? "" : std::to_string(attempt) + "_") + name;
      const auto same = [&](const sql::ResolvedItem& other) {
        return &other != &item && catalog::to_lower(other.alias) == catalog::to_lower(item.alias);
      };
      if (std::none_of(items.begin(), items.end(), same)) return;
    }
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (catalog::to_lower(items[i].alias) != catalog::to_lower(items[earlier].alias)) continue;
      if (!items[i].is_named) {
        rename(items[i]);
      } else if (!items[earlier].is_named) {
        rename(items[earlier]);
      }
    }
  }
}

/// The SELECT that names the columns of a query, or nothing (VALUES, TABLE).
const sql::SelectQuery* naming_select(const sql::Query& query) {
  const sql::Query* current = &query;
  while (const auto* set = current->try_as<sql::SetOperationQuery>()) current = set->operands.front().query;
  return current->try_as<sql::SelectQuery>();
}

/// The columns of a view's SELECT, which must be valid now.
ddl::ViewDescription describe_view(const sql::CreateViewStatement& statement, StatementContext& context) {
  sql::QueryStatement select;
  select.query = statement.query;
  sql::ResolvedLists lists;
  const std::shared_ptr<const planner::PlannedStatement> plan = context.query.plan_view(select, lists);
  ddl::ViewDescription view;
  for (const planner::OutputColumn& column : plan->columns) view.columns.push_back({column.name, column.type});
  if (const sql::SelectQuery* const naming = naming_select(*statement.query)) {
    std::vector<sql::ResolvedItem>& items = lists[naming];
    make_names_unique(items);
    for (std::size_t i = 0; i < std::min(items.size(), view.columns.size()); ++i) view.columns[i].name = items[i].alias;
  }
  view.select = sql::restore(*statement.query, {.default_schema = context.session.database, .resolved_lists = &lists});
  view.definer_user = context.session.account.user;
  view.definer_host = context.session.account.host_pattern;
  return view;
}

}  // namespace

void run_schema_statement(const sql::Statement& statement, StatementContext& context) {
  SessionState& session = context.session;
  check_schema_privileges(statement, session);
  // As in MySQL a change of the schema commits what is open.
  session.transaction.commit(context.run.stop());
  ddl::StatementContext change;
  change.schema = session.environment.schemas.current();
  change.current_database = session.database;
  change.sql_mode = session.variables.settings().sql_mode;
  change.time_zone = session.variables.settings().time_zone;
  change.statement_time_us = context.run.eval().statement_time_us;
  change.warnings = &context.run.warnings();
  change.query = statement.text;
  change.settings.worker_count = static_cast<int>(number(session.variables.get("tidb_ddl_reorg_worker_cnt")));
  change.settings.batch_size = static_cast<int>(number(session.variables.get("tidb_ddl_reorg_batch_size")));
  using Clustering = ddl::StatementContext::Clustering;
  const std::string clustering = session.variables.get("tidb_enable_clustered_index");
  change.clustering = clustering == "OFF"        ? Clustering::kNever
                      : clustering == "INT_ONLY" ? Clustering::kIntegers
                                                 : Clustering::kAlways;
  change.keeps_checks = session.variables.get("tidb_enable_check_constraint") == "ON";
  change.foreign_key_checks = session.variables.settings().foreign_key_checks;
  change.enforces_foreign_keys = session.variables.get("tidb_enable_foreign_key") == "ON";
  change.evaluate = [&](const sql::Expression& expression) {
    expression::VariableValue result = context.query.evaluate(expression, context.parameters);
    return ddl::StatementContext::Evaluated{std::move(result.value), std::move(result.type)};
  };
  change.describe_view = [&](const sql::CreateViewStatement& view) { return describe_view(view, context); };
  ddl::execute_statement(statement, change, session.environment.ddl, context.run.stop());
  if (statement.kind == sql::StatementKind::kDropDatabase &&
      session.environment.schemas.current()->find_public_database(session.database) == nullptr) {
    session.database.clear();
    session.process->set_database({});
  }
  context.ok();
}

}  // namespace sluice::session
