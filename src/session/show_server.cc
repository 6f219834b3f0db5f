// SHOW about variables, connections, accounts, diagnostics, character sets and statistics.

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/sql_error.h"
#include "catalog/schema_cache.h"
#include "catalog/statistics.h"
#include "session/accounts.h"
#include "session/memory_table.h"
#include "session/process_list.h"
#include "session/show_rows.h"
#include "session/system_variable.h"
#include "types/collation.h"

namespace sluice::session {
namespace {

using sql::ShowKind;
using types::Value;

// ---- columns of the forms that have no rows here ---------------------------------------------------------------------

struct EmptyResult {
  ShowKind kind;
  std::string_view columns;  // comma-separated
};

constexpr EmptyResult kEmptyResults[] = {
    {ShowKind::kOpenTables, "Database,Table,In_use,Name_locked"},
    {ShowKind::kTriggers,
     "Trigger,Event,Table,Statement,Timing,Created,sql_mode,Definer,character_set_client,collation_connection,Database "
     "Collation"},
    {ShowKind::kEvents,
     "Db,Name,Definer,Time zone,Type,Execute at,Interval value,Interval "
     "field,Starts,Ends,Status,Originator,character_set_client,"
     "collation_connection,Database Collation"},
    {ShowKind::kProcedureStatus,
     "Db,Name,Type,Definer,Modified,Created,Security_type,Comment,character_set_client,collation_connection,Database "
     "Collation"},
    {ShowKind::kFunctionStatus,
     "Db,Name,Type,Definer,Modified,Created,Security_type,Comment,character_set_client,collation_connection,Database "
     "Collation"},
    {ShowKind::kPlugins, "Name,Status,Type,Library,License,Version"},
    {ShowKind::kProfiles, "Query_ID,Duration,Query"},
    {ShowKind::kProfile, "Status,Duration"},
    {ShowKind::kEngineStatus, "Type,Name,Status"},
    {ShowKind::kReplicaStatus, "Slave_IO_State,Master_Host,Master_User"},
    {ShowKind::kMasterStatus, "File,Position,Binlog_Do_DB,Binlog_Ignore_DB,Executed_Gtid_Set"},
    {ShowKind::kBinaryLogStatus, "File,Position,Binlog_Do_DB,Binlog_Ignore_DB,Executed_Gtid_Set"},
    {ShowKind::kBinaryLogs, "Log_name,File_size,Encrypted"},
    {ShowKind::kBindings,
     "Original_sql,Bind_sql,Default_db,Status,Create_time,Update_time,Charset,Collation,Source,Sql_digest,Plan_digest"},
    {ShowKind::kStatsLocked, "Db_name,Table_name,Partition_name,Status"},
    {ShowKind::kStatsExtended, "Db_name,Table_name,Stats_name,Column_names,Stats_type,Stats_val,Last_update_version"},
    {ShowKind::kAnalyzeStatus,
     "Table_schema,Table_name,Partition_name,Job_info,Processed_rows,Start_time,End_time,State,Fail_reason,Instance,"
     "Process_ID,"
     "Remaining_seconds,Progress,Estimated_total_rows"},
    {ShowKind::kConfig, "Type,Instance,Name,Value"},
    {ShowKind::kPlacement, "Target,Placement,Scheduling_State"},
    {ShowKind::kPlacementLabels, "Key,Values"},
    {ShowKind::kBuiltins, "Supported_builtin_functions"},
    {ShowKind::kBackups, "Id,Destination,State,Progress,Queue_time,Execution_time,Finish_time,Connection,Message"},
    {ShowKind::kRestores, "Id,Destination,State,Progress,Queue_time,Execution_time,Finish_time,Connection,Message"},
};

std::string scope_value(const SystemVariable& variable, sql::VariableScope scope, const SessionState& session) {
  return scope == sql::VariableScope::kGlobal ? session.environment.variables.get(variable)
                                              : session.variables.get(variable);
}

// ---- grants ----------------------------------------------------------------------------------------------------------

std::string account_text(std::string_view user, std::string_view host) {
  return "'" + std::string(user) + "'@'" + std::string(host) + "'";
}

/// The names of `set` as GRANT lists them: all that `fits`, USAGE for none, ALL PRIVILEGES for all.
template <class Fits>
std::string privileges_text(PrivilegeSet set, Fits fits) {
  std::string text;
  bool has_all = true;
  for (const PrivilegeName& name : privilege_names()) {
    if (name.privilege == Privilege::kGrant || !fits(name)) continue;
    if ((set & bit(name.privilege)) == 0) {
      has_all = false;
      continue;
    }
    if (!text.empty()) text += ",";
    text += name.name;
  }
  if (text.empty()) return "USAGE";
  return has_all ? "ALL PRIVILEGES" : text;
}

std::string_view grant_option(PrivilegeSet set) {
  return (set & bit(Privilege::kGrant)) != 0 ? " WITH GRANT OPTION" : "";
}

void add_grants(const Account& account, RowSet& rows) {
  const std::string to = " TO " + account_text(account.record.user, account.record.host_pattern);
  const auto add = [&](const std::string& text) { rows.add_text_row({text}); };
  add("GRANT " + privileges_text(account.global, [](const PrivilegeName&) { return true; }) + " ON *.*" + to +
      std::string(grant_option(account.global)));
  for (const auto& [database, set] : account.databases) {
    add("GRANT " + privileges_text(set, [](const PrivilegeName& name) { return name.at_database; }) + " ON `" +
        database + "`.*" + to + std::string(grant_option(set)));
  }
  for (const auto& [table, set] : account.tables) {
    add("GRANT " + privileges_text(set, [](const PrivilegeName& name) { return name.at_table; }) + " ON `" +
        table.first + "`.`" + table.second + "`" + to + std::string(grant_option(set)));
  }
  if (!account.roles.empty()) {
    std::string roles;
    for (const auto& [user, host] : account.roles) roles += (roles.empty() ? "" : ", ") + account_text(user, host);
    add("GRANT " + roles + to);
  }
  if (!account.dynamic.empty()) {
    std::string names;
    for (const std::string& name : account.dynamic) names += (names.empty() ? "" : ",") + name;
    add("GRANT " + names + " ON *.*" + to);
  }
}

struct NamedAccount {
  std::string user;
  std::string host;
};

NamedAccount named_account(const std::optional<sql::AccountName>& written, const SessionState& session) {
  if (!written || written->is_current_user) return {session.account.user, session.account.host_pattern};
  return {std::string(written->user), std::string(written->host)};
}

// ---- statistics ------------------------------------------------------------------------------------------------------

/// Calls `visit(database, table, statistics)` for all tables with statistics.
template <class Visit>
void for_each_statistics(StatementContext& context, Visit visit) {
  const catalog::SchemaPtr schema = context.session.environment.schemas.current();
  for (const catalog::DatabasePtr& database : schema->databases()) {
    for (const catalog::TablePtr& table : schema->tables_of(database->name.original)) {
      const catalog::StatisticsPtr statistics = context.session.environment.statistics.find(table->id);
      if (statistics != nullptr && context.session.environment.accounts.has_any(
                                       context.session, database->name.original, table->name.original)) {
        visit(*database, *table, *statistics);
      }
    }
  }
}

}  // namespace

RowSet show_variables(const sql::ShowStatement& show, StatementContext& context) {
  RowSet rows;
  rows.add_text_column("Variable_name");
  rows.add_text_column("Value", 1024);
  for (const SystemVariable& variable : all_system_variables()) {
    const bool is_session_only = variable.scopes == variable_scope::kSession;
    if (show.scope == sql::VariableScope::kGlobal && is_session_only) continue;
    rows.add_text_row({std::string(variable.name), scope_value(variable, show.scope, context.session)});
  }
  return rows;
}

RowSet show_status(StatementContext& context) {
  RowSet rows;
  rows.add_text_column("Variable_name");
  rows.add_text_column("Value", 1024);
  const SessionState& session = context.session;
  std::size_t running = 0;
  const std::vector<std::shared_ptr<Process>> processes = session.environment.processes.all();
  for (const std::shared_ptr<Process>& process : processes) running += process->info().info.empty() ? 0 : 1;
  const std::map<std::string, std::string> values = {
      {"Ssl_cipher", session.identity.tls.cipher},
      {"Ssl_cipher_list", session.identity.tls.cipher_list},
      {"Ssl_verify_mode", std::to_string(session.identity.tls.verify_mode)},
      {"Ssl_version", session.identity.tls.version},
      {"Threads_connected", std::to_string(processes.size())},
      {"Threads_running", std::to_string(running)},
      {"ddl_schema_version", std::to_string(session.environment.schemas.current()->version())},
      {"server_id", session.variables.get("server_id")},
      {"last_plan_binding_update_time", "0000-00-00 00:00:00"},
  };
  for (const auto& [name, value] : values) rows.add_text_row({name, value});
  return rows;
}

RowSet show_processlist(const sql::ShowStatement& show, StatementContext& context) {
  constexpr std::size_t kShortInfo = 100;
  RowSet rows;
  rows.add_unsigned_column("Id");
  for (const std::string_view name : {"User", "Host", "db", "Command"}) rows.add_text_column(name);
  rows.add_integer_column("Time");
  rows.add_text_column("State");
  rows.add_text_column("Info", 1024);
  const bool all = context.session.environment.accounts.has(context.session, "", "", Privilege::kProcess);
  for (const ProcessInfo& info : context.session.environment.processes.rows()) {
    if (!all && info.user != context.session.identity.user) continue;
    const std::string text = show.is_full ? info.info : info.info.substr(0, kShortInfo);
    rows.add_row({unsigned_value(info.id), text_value(info.user), text_value(info.host), text_or_null(info.database),
                  text_value(info.command), integer_value(info.time_seconds), text_value(info.state),
                  text_or_null(text)});
  }
  return rows;
}

RowSet show_grants(const sql::ShowStatement& show, StatementContext& context) {
  const NamedAccount name = named_account(show.account, context.session);
  const AccountRegistry& accounts = context.session.environment.accounts;
  const bool is_own = name.user == context.session.account.user && name.host == context.session.account.host_pattern;
  if (!is_own) accounts.check_table(context.session, "mysql", "user", Privilege::kSelect);
  const std::shared_ptr<const Account> account = accounts.get(name.user, name.host);
  if (account == nullptr) throw SqlError(ErrorCode::kNonexistingGrant, name.user, name.host);
  RowSet rows;
  rows.add_text_column(is_own && !show.account ? "Grants for User" : "Grants for " + name.user + "@" + name.host, 1024);
  add_grants(*account, rows);
  return rows;
}

RowSet show_create_user(const sql::ShowStatement& show, StatementContext& context) {
  const NamedAccount name = named_account(show.account, context.session);
  const AccountRegistry& accounts = context.session.environment.accounts;
  const bool is_own = name.user == context.session.account.user && name.host == context.session.account.host_pattern;
  if (!is_own) accounts.check_table(context.session, "mysql", "user", Privilege::kSelect);
  const std::shared_ptr<const Account> account = accounts.get(name.user, name.host);
  if (account == nullptr)
    throw SqlError(ErrorCode::kCannotUser, "SHOW CREATE USER", account_text(name.user, name.host));
  RowSet rows;
  rows.add_text_column("CREATE USER for " + name.user + "@" + name.host, 1024);
  std::string text =
      "CREATE USER " + account_text(name.user, name.host) + " IDENTIFIED WITH '" + account->record.plugin + "'";
  text += " AS '" + account->record.authentication_string + "'";
  text += " REQUIRE " + to_sql(account->record.tls);
  text += " PASSWORD EXPIRE DEFAULT ACCOUNT ";
  text += account->record.is_locked ? "LOCK" : "UNLOCK";
  text += " PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT";
  rows.add_text_row({text});
  return rows;
}

RowSet show_warnings(const sql::ShowStatement& show, StatementContext& context) {
  RowSet rows;
  const bool errors_only = show.show == ShowKind::kErrors;
  if (show.is_count) {
    rows.add_integer_column(errors_only ? "@@session.error_count" : "@@session.warning_count");
    rows.add_row({integer_value(
        static_cast<std::int64_t>(errors_only ? context.session.error_count : context.session.warning_count))});
    return rows;
  }
  rows.add_text_column("Level");
  rows.add_integer_column("Code");
  rows.add_text_column("Message", 1024);
  for (const Warning& warning : context.session.warnings.items()) {
    if (errors_only && warning.level != Warning::Level::kError) continue;
    rows.add_row({text_value(to_string(warning.level)), integer_value(warning.code), text_value(warning.message)});
  }
  return rows;
}

RowSet show_charset() {
  RowSet rows;
  for (const std::string_view name : {"Charset", "Description", "Default collation"}) rows.add_text_column(name);
  rows.add_integer_column("Maxlen");
  for (const types::Charset* charset : types::all_charsets()) {
    rows.add_row({text_value(charset->name), text_value(charset->description),
                  text_value(charset->default_collation()->name), integer_value(charset->max_bytes)});
  }
  return rows;
}

RowSet show_collation() {
  RowSet rows;
  rows.add_text_column("Collation");
  rows.add_text_column("Charset");
  rows.add_integer_column("Id");
  rows.add_text_column("Default");
  rows.add_text_column("Compiled");
  rows.add_integer_column("Sortlen");
  rows.add_text_column("Pad_attribute");
  std::vector<const types::Collation*> collations(types::all_collations().begin(), types::all_collations().end());
  std::sort(collations.begin(), collations.end(),
            [](const auto* left, const auto* right) { return left->name < right->name; });
  for (const types::Collation* collation : collations) {
    rows.add_row({text_value(collation->name), text_value(collation->charset->name), integer_value(collation->id),
                  text_value(collation->charset->default_collation() == collation ? "Yes" : ""), text_value("Yes"),
                  sort_length_value(*collation), text_value(collation->pad_space ? "PAD SPACE" : "NO PAD")});
  }
  return rows;
}

RowSet show_engines() {
  RowSet rows;
  for (const std::string_view name : {"Engine", "Support", "Comment", "Transactions", "XA", "Savepoints"})
    rows.add_text_column(name);
  rows.add_text_row(
      {"InnoDB", "DEFAULT", "Supports transactions, row-level locking, and foreign keys", "YES", "YES", "YES"});
  return rows;
}

RowSet show_privileges() {
  RowSet rows;
  for (const std::string_view name : {"Privilege", "Context", "Comment"}) rows.add_text_column(name);
  for (const PrivilegeName& name : privilege_names()) {
    const std::string_view where = name.at_table ? "Tables" : name.at_database ? "Databases" : "Server Admin";
    rows.add_text_row({std::string(name.name), std::string(where), ""});
  }
  return rows;
}

RowSet show_statistics_meta(StatementContext& context) {
  RowSet rows;
  for (const std::string_view name : {"Db_name", "Table_name", "Partition_name"}) rows.add_text_column(name);
  rows.add_datetime_column("Update_time");
  rows.add_integer_column("Modify_count");
  rows.add_integer_column("Row_count");
  rows.add_datetime_column("Last_analyze_time");
  for_each_statistics(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table,
                                   const catalog::TableStatistics& statistics) {
    const Value time = timestamp_value(context.session, statistics.version);
    rows.add_row({text_value(database.name.original), text_value(table.name.original), text_value(""), time,
                  integer_value(statistics.modify_count), integer_value(statistics.row_count),
                  statistics.analyzed ? time : Value()});
  });
  return rows;
}

RowSet show_statistics_healthy(StatementContext& context) {
  constexpr std::int64_t kFullHealth = 100;
  RowSet rows;
  for (const std::string_view name : {"Db_name", "Table_name", "Partition_name"}) rows.add_text_column(name);
  rows.add_integer_column("Healthy");
  for_each_statistics(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table,
                                   const catalog::TableStatistics& statistics) {
    std::int64_t healthy = statistics.analyzed ? kFullHealth : 0;
    if (statistics.modify_count > 0) {
      const std::int64_t share =
          statistics.row_count == 0 ? kFullHealth : statistics.modify_count * kFullHealth / statistics.row_count;
      healthy = std::max<std::int64_t>(0, healthy - share);
    }
    rows.add_row(
        {text_value(database.name.original), text_value(table.name.original), text_value(""), integer_value(healthy)});
  });
  return rows;
}

RowSet show_nothing(const sql::ShowStatement& show) {
  for (const EmptyResult& empty : kEmptyResults) {
    if (empty.kind != show.show) continue;
    RowSet rows;
    std::string_view columns = empty.columns;
    while (!columns.empty()) {
      const std::size_t comma = columns.find(',');
      rows.add_text_column(columns.substr(0, comma));
      columns = comma == std::string_view::npos ? std::string_view() : columns.substr(comma + 1);
    }
    return rows;
  }
  throw SqlError(ErrorCode::kNotSupportedYet, std::string(static_cast<const sql::Statement&>(show).text));
}

}  // namespace sluice::session
