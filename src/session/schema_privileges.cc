#include "session/schema_privileges.h"

#include "base/sql_error.h"
#include "session/accounts.h"
#include "session/session_state.h"
#include "sql/ast_ddl.h"
#include "sql/ast_schema_object.h"

namespace sluice::session {
namespace {

void check_name(const SessionState& session, const sql::ObjectName& name, Privilege privilege) {
  const std::string database(name.schema.empty() ? std::string_view(session.database) : name.schema);
  if (database.empty()) throw SqlError(ErrorCode::kNoDbError);
  session.environment.accounts.check_table(session, database, name.name, privilege);
}

}  // namespace

void check_schema_privileges(const sql::Statement& statement, const SessionState& session) {
  const AccountRegistry& accounts = session.environment.accounts;
  switch (statement.kind) {
    case sql::StatementKind::kCreateDatabase:
      return accounts.check_table(session, statement.as<sql::CreateDatabaseStatement>().name, {}, Privilege::kCreate);
    case sql::StatementKind::kAlterDatabase: {
      const std::string_view name = statement.as<sql::AlterDatabaseStatement>().name;
      return accounts.check_table(session, name.empty() ? std::string_view(session.database) : name, {},
                                  Privilege::kAlter);
    }
    case sql::StatementKind::kDropDatabase:
      return accounts.check_table(session, statement.as<sql::DropDatabaseStatement>().name, {}, Privilege::kDrop);
    case sql::StatementKind::kCreateTable:
      return check_name(session, statement.as<sql::CreateTableStatement>().table, Privilege::kCreate);
    case sql::StatementKind::kAlterTable:
      return check_name(session, statement.as<sql::AlterTableStatement>().table, Privilege::kAlter);
    case sql::StatementKind::kTruncateTable:
      return check_name(session, statement.as<sql::TruncateTableStatement>().table, Privilege::kDrop);
    case sql::StatementKind::kCreateIndex:
      return check_name(session, statement.as<sql::CreateIndexStatement>().table, Privilege::kIndex);
    case sql::StatementKind::kDropIndex:
      return check_name(session, statement.as<sql::DropIndexStatement>().table, Privilege::kIndex);
    case sql::StatementKind::kDropTable:
      for (const sql::ObjectName& name : statement.as<sql::DropTableStatement>().tables)
        check_name(session, name, Privilege::kDrop);
      return;
    case sql::StatementKind::kRenameTable:
      for (const sql::RenamePair& rename : statement.as<sql::RenameTableStatement>().tables) {
        check_name(session, rename.from, Privilege::kAlter);
        check_name(session, rename.from, Privilege::kDrop);
        check_name(session, rename.to, Privilege::kCreate);
        check_name(session, rename.to, Privilege::kInsert);
      }
      return;
    case sql::StatementKind::kCreateView:
      return check_name(session, statement.as<sql::CreateViewStatement>().name, Privilege::kCreateView);
    case sql::StatementKind::kDropView:
      for (const sql::ObjectName& name : statement.as<sql::DropViewStatement>().views)
        check_name(session, name, Privilege::kDrop);
      return;
    default:
      return;
  }
}

}  // namespace sluice::session
