// ADMIN.

#include <charconv>
#include <vector>

#include "base/sql_error.h"
#include "catalog/auto_id.h"
#include "catalog/schema_cache.h"
#include "ddl/service.h"
#include "ddl/table_check.h"
#include "kv/store.h"
#include "session/accounts.h"
#include "session/dispatch.h"
#include "session/job_rows.h"
#include "session/row_set.h"
#include "sql/ast_admin.h"
#include "types/value_text.h"

namespace sluice::session {
namespace {

using sql::AdminKind;

struct FoundTable {
  std::string database;
  catalog::TablePtr table;
};

FoundTable find_table(const SessionState& session, const catalog::SchemaPtr& schema, const sql::ObjectName& name) {
  const std::string database(name.schema.empty() ? std::string_view(session.database) : name.schema);
  if (database.empty()) throw SqlError(ErrorCode::kNoDbError);
  catalog::TablePtr table = schema->find_public_table(database, name.name);
  if (table == nullptr) throw SqlError(ErrorCode::kNoSuchTable, database, std::string(name.name));
  return {database, std::move(table)};
}

void check_tables(const sql::AdminStatement& statement, StatementContext& context) {
  SessionState& session = context.session;
  for (const sql::ObjectName& name : statement.tables) {
    const catalog::SchemaPtr schema = session.transaction.schema();
    const FoundTable found = find_table(session, schema, name);
    const std::int64_t ids[] = {found.table->id};
    if (!session.transaction.use_tables(schema, ids)) throw SqlError(ErrorCode::kInfoSchemaChanged);
    std::vector<const catalog::IndexInfo*> indexes;
    if (statement.admin == AdminKind::kCheckIndex) {
      for (const catalog::IndexInfo& index : found.table->indexes) {
        if (index.name == catalog::Name(statement.index)) indexes.push_back(&index);
      }
      if (indexes.empty())
        throw SqlError(ErrorCode::kKeyDoesNotExits, std::string(statement.index), found.table->name.original);
    }
    ddl::check_table(session.environment.store, *found.table, std::move(indexes), context.run.stop());
  }
  if (!session.transaction.is_explicit()) session.transaction.rollback();
}

/// One row per job: what the call did, or why it did not.
template <class Act>
void act_on_jobs(const sql::AdminStatement& statement, StatementContext& context, Act act) {
  RowSet rows;
  rows.add_text_column("JOB_ID", 64);
  rows.add_text_column("RESULT", 128);
  for (const std::int64_t id : statement.job_ids) {
    std::string result = "successful";
    try {
      act(id);
    } catch (const SqlError& error) {
      result = "error: [ddl:" + std::to_string(error.number()) + "]" + error.what();
    }
    rows.add_text_row({std::to_string(id), result});
  }
  rows.send(context.writer, context.run.stop());
  context.end_rows();
}

/// "1MiB", "256KB" or a plain number of bytes.
std::int64_t parse_bytes(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  struct Unit {
    std::string_view name;
    std::int64_t bytes;
  };
  constexpr Unit kUnits[] = {{"", 1},           {"B", 1},         {"KB", 1000},          {"KiB", 1 << 10},
                             {"MB", 1'000'000}, {"MiB", 1 << 20}, {"GB", 1'000'000'000}, {"GiB", 1 << 30}};
  for (const Unit& known : kUnits) {
    if (error == std::errc() && known.name == unit) return value * known.bytes;
  }
  throw SqlError(ErrorCode::kWrongArguments, "max_write_speed");
}

void alter_job(const sql::AdminStatement& statement, StatementContext& context) {
  ddl::SettingsChange change;
  for (const sql::NamedOption& option : statement.options) {
    const expression::VariableValue value = context.query.evaluate(*option.value, context.parameters);
    const std::string text = types::format_value(value.value, value.type);
    const std::int64_t bytes = parse_bytes(text);
    if (option.name == "thread") {
      if (bytes < 1 || bytes > 256) throw SqlError(ErrorCode::kWrongArguments, "thread");
      change.worker_count = static_cast<int>(bytes);
    } else if (option.name == "batch_size") {
      if (bytes < 32 || bytes > 10240) throw SqlError(ErrorCode::kWrongArguments, "batch_size");
      change.batch_size = static_cast<int>(bytes);
    } else if (option.name == "max_write_speed") {
      change.max_write_speed = bytes;
    } else {
      throw SqlError(ErrorCode::kWrongArguments, std::string(option.name));
    }
  }
  context.session.environment.ddl.alter(statement.job_ids.front(), change, context.run.stop());
  context.ok();
}

}  // namespace

void run_admin_statement(const sql::Statement& any, StatementContext& context) {
  const auto& statement = any.as<sql::AdminStatement>();
  SessionState& session = context.session;
  ddl::DdlService& ddl = session.environment.ddl;
  const StopToken stop = context.run.stop();
  session.environment.accounts.check_global(session, Privilege::kSuper);
  switch (statement.admin) {
    case AdminKind::kShowDdl: {
      show_ddl(session, stop).send(context.writer, stop);
      return context.end_rows();
    }
    case AdminKind::kShowDdlJobs: {
      if (statement.where != nullptr) throw SqlError(ErrorCode::kNotSupportedYet, "ADMIN SHOW DDL JOBS ... WHERE");
      const std::size_t finished =
          statement.job_count && *statement.job_count >= 0 ? static_cast<std::size_t>(*statement.job_count) : 10;
      show_ddl_jobs(session, finished, stop).send(context.writer, stop);
      return context.end_rows();
    }
    case AdminKind::kShowDdlJobQueries: {
      RowSet rows;
      rows.add_text_column("QUERY");
      for (const std::int64_t id : statement.job_ids) {
        if (const std::optional<ddl::JobStatus> job = ddl.find(id, stop)) rows.add_text_row({job->job.query});
      }
      rows.send(context.writer, stop);
      return context.end_rows();
    }
    case AdminKind::kCancelDdlJobs:
      return act_on_jobs(statement, context, [&](std::int64_t id) { ddl.cancel(id, stop); });
    case AdminKind::kPauseDdlJobs:
      return act_on_jobs(statement, context, [&](std::int64_t id) { ddl.pause(id, ddl::AdminOperator::kUser, stop); });
    case AdminKind::kResumeDdlJobs:
      return act_on_jobs(statement, context, [&](std::int64_t id) { ddl.resume(id, ddl::AdminOperator::kUser, stop); });
    case AdminKind::kAlterDdlJob:
      return alter_job(statement, context);
    case AdminKind::kCheckTable:
    case AdminKind::kCheckIndex:
      check_tables(statement, context);
      return context.ok();
    case AdminKind::kShowNextRowId: {
      const catalog::SchemaPtr schema = session.transaction.schema();
      const FoundTable found = find_table(session, schema, statement.tables.front());
      const catalog::DatabaseInfo* database = schema->find_database(found.database);
      RowSet rows;
      rows.add_text_column("DB_NAME");
      rows.add_text_column("TABLE_NAME");
      rows.add_text_column("COLUMN_NAME");
      rows.add_integer_column("NEXT_GLOBAL_ROW_ID");
      rows.add_text_column("ID_TYPE");
      const catalog::ColumnInfo* column = found.table->auto_increment_column();
      rows.add_row({types::Value(database->name.original), types::Value(found.table->name.original),
                    types::Value(column != nullptr ? column->name.original : std::string("_tidb_rowid")),
                    types::Value(session.environment.ids.next_id(database->id, *found.table, stop)),
                    types::Value(column != nullptr ? "AUTO_INCREMENT" : "_TIDB_ROWID")});
      rows.send(context.writer, stop);
      return context.end_rows();
    }
    case AdminKind::kFlushPlanCache:
    case AdminKind::kReloadExpressionPushdownBlacklist:
    case AdminKind::kReloadOptimizerRuleBlacklist:
    case AdminKind::kReloadBindings:
      return context.ok();
    default:
      throw SqlError(ErrorCode::kNotSupportedYet, std::string(any.text));
  }
}

}  // namespace sluice::session
