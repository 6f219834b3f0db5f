// CHECK, CHECKSUM, OPTIMIZE and REPAIR TABLE: what MySQL's tools (mysqlcheck) ask for. Answers are rows, also for tables that do not exist.

#include <xxhash.h>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "catalog/table_rows.h"
#include "ddl/table_check.h"
#include "kv/store.h"
#include "session/accounts.h"
#include "session/dispatch.h"
#include "session/row_set.h"
#include "session/show_create.h"
#include "sql/ast_ddl.h"
#include "sql/parser.h"
#include "types/value_text.h"

namespace sluice::session {
namespace {

using sql::MaintenanceOperation;

/// A table as the statement names it.
struct NamedTable {
  std::string database;
  std::string name;
  catalog::TablePtr table;  // nullptr: there is none

  std::string full_name() const { return database + "." + name; }
};

NamedTable resolve(const sql::ObjectName& name, const catalog::Schema& schema, const SessionState& session) {
  NamedTable named;
  named.database = name.schema.empty() ? session.database : std::string(name.schema);
  if (named.database.empty()) throw SqlError(ErrorCode::kNoDbError);
  named.name = std::string(name.name);
  named.table = schema.find_public_table(named.database, named.name);
  return named;
}

void check_privileges(MaintenanceOperation operation, const NamedTable& named, const SessionState& session) {
  const AccountRegistry& accounts = session.environment.accounts;
  accounts.check_table(session, named.database, named.name, Privilege::kSelect);
  if (operation == MaintenanceOperation::kOptimize || operation == MaintenanceOperation::kRepair)
    accounts.check_table(session, named.database, named.name, Privilege::kInsert);
}

/// The statement's tables, which the session's transaction keeps from changes of the schema.
std::vector<NamedTable> open_tables(const sql::MaintainTablesStatement& statement, SessionState& session) {
  for (;;) {
    const catalog::SchemaPtr schema = session.transaction.schema();
    std::vector<NamedTable> tables;
    std::vector<std::int64_t> ids;
    for (const sql::ObjectName& name : statement.tables) {
      tables.push_back(resolve(name, *schema, session));
      check_privileges(statement.operation, tables.back(), session);
      if (tables.back().table != nullptr) ids.push_back(tables.back().table->id);
    }
    if (session.transaction.use_tables(schema, ids)) return tables;
  }
}

/// The rows of CHECK, OPTIMIZE and REPAIR TABLE.
class Report {
 public:
  explicit Report(std::string_view operation) : operation_(operation) {
    rows_.add_text_column("Table", 128);
    rows_.add_text_column("Op", 10);
    rows_.add_text_column("Msg_type", 10);
    rows_.add_text_column("Msg_text", 131072);
  }

  void add(const NamedTable& named, std::string_view type, std::string_view text) {
    rows_.add_text_row({named.full_name(), operation_, std::string(type), std::string(text)});
  }
  void fail(const NamedTable& named, const SqlError& error) {
    add(named, "Error", error.what());
    add(named, "status", "Operation failed");
  }
  void send(StatementContext& context) {
    rows_.send(context.writer, context.run.stop());
    context.end_rows();
  }

 private:
  std::string operation_;
  RowSet rows_;
};

/// The names in a view's SELECT must still be there.
void check_view(const NamedTable& named, StatementContext& context, Report& report) {
  try {
    const std::string text = "SELECT * FROM " + quoted_name(named.database) + "." + quoted_name(named.name);
    const sql::ParseResult parsed = sql::parse(text);
    context.query.plan(*parsed.statements().front(), {});
    report.add(named, "status", "OK");
  } catch (const SqlError& error) {
    report.add(named, "Error", error.what());
    report.add(named, "error", "Corrupt");
  }
}

void check_base_table(const NamedTable& named, StatementContext& context, Report& report) {
  try {
    ddl::check_table(context.session.environment.store, *named.table, {}, context.run.stop());
    report.add(named, "status", "OK");
  } catch (const SqlError& error) {
    // Only what is wrong with the table is a row of the answer; a failing disk ends the statement.
    if (error.code() != ErrorCode::kDataInconsistent && error.code() != ErrorCode::kAdminCheckTable) throw;
    report.add(named, "Error", error.what());
    report.add(named, "error", "Corrupt");
  }
}

/// A number that depends on the rows' values alone: not on their order, nor on how they are stored. Hashes of rows are summed up.
std::uint64_t checksum(const catalog::TableInfo& table, SessionState& session, StopToken stop) {
  std::uint64_t sum = 0;
  std::string text;
  const auto add_row = [&](const catalog::RowValues& row) {
    text.clear();
    for (const catalog::ColumnInfo& column : table.columns) {
      if (column.state != catalog::SchemaState::kPublic || column.is_virtual()) continue;
      const types::Value& value = row[static_cast<std::size_t>(column.offset)];
      // The length in front keeps ('a', 'bc') and ('ab', 'c') apart; NULL has none.
      if (value.is_null()) {
        text += '\0';
        continue;
      }
      const std::string field = types::format_value(value, column.type);
      text += '\1';
      text += std::to_string(field.size());
      text += ':';
      text += field;
    }
    sum += XXH3_64bits(text.data(), text.size());
  };
  if (kv::Transaction* own = session.transaction.transaction()) {
    catalog::scan_rows(*own, table, {}, add_row, stop);
  } else {
    catalog::scan_rows(*session.environment.store.present_snapshot(), table, {}, add_row, stop);
  }
  return sum;
}

void run_checksum(const sql::MaintainTablesStatement& statement, StatementContext& context) {
  SessionState& session = context.session;
  RowSet rows;
  rows.add_text_column("Table", 128);
  rows.add_unsigned_column("Checksum");
  for (const NamedTable& named : open_tables(statement, session)) {
    types::Value value = types::Value::null();
    if (named.table == nullptr) {
      context.run.warnings().append(SqlError(ErrorCode::kNoSuchTable, named.database, named.name));
    } else if (named.table->is_view()) {
      context.run.warnings().append(SqlError(ErrorCode::kWrongObject, named.database, named.name, "BASE TABLE"));
    } else if (!statement.is_quick) {  // no table keeps a checksum beside its rows, which is what QUICK asks for
      value = types::Value(checksum(*named.table, session, context.run.stop()));
    }
    rows.add_row({types::Value(named.full_name()), value});
  }
  if (!session.transaction.is_explicit()) session.transaction.rollback();
  rows.send(context.writer, context.run.stop());
  context.end_rows();
}

std::string_view name_of(MaintenanceOperation operation) {
  switch (operation) {
    case MaintenanceOperation::kCheck:
      return "check";
    case MaintenanceOperation::kChecksum:
      return "checksum";
    case MaintenanceOperation::kOptimize:
      return "optimize";
    case MaintenanceOperation::kRepair:
      return "repair";
  }
  return {};
}

}  // namespace

void run_table_maintenance(const sql::Statement& any, StatementContext& context) {
  const auto& statement = any.as<sql::MaintainTablesStatement>();
  SessionState& session = context.session;
  if (statement.operation == MaintenanceOperation::kChecksum) return run_checksum(statement, context);
  // As in MySQL these commit what is open.
  session.transaction.commit(context.run.stop());
  Report report(name_of(statement.operation));
  for (const NamedTable& named : open_tables(statement, session)) {
    if (named.table == nullptr) {
      report.fail(named, SqlError(ErrorCode::kNoSuchTable, named.database, named.name));
    } else if (statement.operation != MaintenanceOperation::kCheck) {
      if (named.table->is_view()) {
        report.fail(named, SqlError(ErrorCode::kWrongObject, named.database, named.name, "BASE TABLE"));
      } else {
        // Space comes back by compaction and indexes cannot drift from rows: there is nothing to do by hand.
        report.add(named, "note",
                   "The storage engine for the table doesn't support " + std::string(name_of(statement.operation)));
      }
    } else if (named.table->is_view()) {
      check_view(named, context, report);
    } else {
      check_base_table(named, context, report);
    }
  }
  session.transaction.rollback();
  report.send(context);
}

}  // namespace sluice::session
