// GRANT and REVOKE of privileges.

#include <string>
#include <vector>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "catalog/name.h"
#include "catalog/schema_cache.h"
#include "catalog/system_tables.h"
#include "session/accounts.h"
#include "session/dispatch.h"
#include "session/grant_tables.h"
#include "session/variables.h"

namespace sluice::session {
namespace {

namespace system_id = catalog::system_id;
using catalog::RowValues;
using types::Value;

Value text(std::string_view value) { return Value(value); }

enum class Change : std::uint8_t { kGrant, kRevoke };

/// Throws 1144 or 1221 if `name` cannot be granted at `level`.
void check_level(const PrivilegeName& name, const sql::Privilege& written, sql::PrivilegeLevel level) {
  if (level == sql::PrivilegeLevel::kGlobal) return;
  if (level == sql::PrivilegeLevel::kDatabase) {
    if (!name.at_database) throw SqlError(ErrorCode::kWrongUsage, "DB GRANT", "GLOBAL PRIVILEGES");
    return;
  }
  const bool at_column = name.privilege == Privilege::kSelect || name.privilege == Privilege::kInsert ||
                         name.privilege == Privilege::kUpdate || name.privilege == Privilege::kReferences;
  if (!written.columns.empty() && !at_column)
    throw SqlError(ErrorCode::kWrongUsage, "COLUMN GRANT", "NON-COLUMN PRIVILEGES");
  if (!name.at_table) throw SqlError(ErrorCode::kIllegalGrantForTable);
}

/// Names that are no static privileges. Throws 3619 if they are named at another level than *.*.
std::vector<std::string> dynamic_privileges(sql::List<sql::Privilege> list, sql::PrivilegeLevel level) {
  std::vector<std::string> names;
  std::string shown;
  for (const sql::Privilege& privilege : list) {
    if (privilege.name == "USAGE" || privilege.name == "ALL" || find_privilege(privilege.name)) continue;
    names.emplace_back(privilege.name);
    shown += (shown.empty() ? "" : ",") + names.back();
  }
  if (!names.empty() && level != sql::PrivilegeLevel::kGlobal) throw SqlError(ErrorCode::kIllegalPrivilegeLevel, shown);
  return names;
}

/// The static privileges that a list names at a level.
PrivilegeSet privilege_set(sql::List<sql::Privilege> list, sql::PrivilegeLevel level) {
  PrivilegeSet set = 0;
  for (const sql::Privilege& privilege : list) {
    if (privilege.name == "USAGE") continue;
    if (privilege.name == "ALL") {
      for (const PrivilegeName& name : privilege_names()) {
        const bool fits = level == sql::PrivilegeLevel::kGlobal ||
                          (level == sql::PrivilegeLevel::kDatabase ? name.at_database : name.at_table);
        if (fits && name.privilege != Privilege::kGrant) set |= bit(name.privilege);
      }
      continue;
    }
    const std::optional<Privilege> found = find_privilege(privilege.name);
    if (!found) continue;
    for (const PrivilegeName& name : privilege_names()) {
      if (name.privilege == *found) check_level(name, privilege, level);
    }
    set |= bit(*found);
  }
  return set;
}

/// Sets or clears the Y/N columns of `set`; returns whether any is still Y.
bool change_columns(std::int64_t table_id, PrivilegeSet set, Change change, RowValues& row) {
  bool has_any = false;
  for (const PrivilegeName& name : privilege_names()) {
    const catalog::ColumnInfo* const column =
        catalog::system_table(table_id).find_column(catalog::to_lower(name.column));
    if (column == nullptr) continue;
    Value& value = row[static_cast<std::size_t>(column->offset)];
    if ((set & bit(name.privilege)) != 0) value = Value(change == Change::kGrant ? kYes : kNo);
    has_any |= value.as_uint64() == kYes;
  }
  return has_any;
}

/// Bits of tables_priv.Table_priv for `set`.
std::uint64_t table_labels(PrivilegeSet set) {
  const auto& labels = *catalog::system_table(system_id::kTablesPriv).find_column("table_priv")->type.elements;
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const PrivilegeName& name : privilege_names()) {
      const bool is_grant = labels[i] == "Grant" && name.privilege == Privilege::kGrant;
      if ((set & bit(name.privilege)) != 0 &&
          (is_grant || catalog::to_lower(name.name) == catalog::to_lower(labels[i])))
        mask |= std::uint64_t{1} << i;
    }
  }
  return mask;
}

/// Rows of mysql.global_grants: each dynamic privilege has a GRANT OPTION of its own.
void change_dynamic(const AccountKey& key, const std::vector<std::string>& names, Change change, bool grant_option,
                    GrantTables& tables) {
  const std::size_t option = column_of(system_id::kGlobalGrants, "WITH_GRANT_OPTION");
  for (const std::string& name : names) {
    if (change == Change::kRevoke) {
      tables.erase(system_id::kGlobalGrants, {text(key.user), text(key.host), text(name)});
      continue;
    }
    const std::optional<RowValues> before =
        tables.find(system_id::kGlobalGrants, {text(key.user), text(key.host), text(name)});
    const bool had_option = before && (*before)[option].as_uint64() == kYes;
    tables.put(system_id::kGlobalGrants,
               {text(key.user), text(key.host), text(name), Value(grant_option || had_option ? kYes : kNo)});
  }
}

void change_privileges(const AccountKey& key, const sql::PrivilegeTarget& target, PrivilegeSet set, Change change,
                       StatementContext& context, GrantTables& tables) {
  const std::string database =
      catalog::to_lower(target.schema.empty() ? std::string_view(context.session.database) : target.schema);
  switch (target.level) {
    case sql::PrivilegeLevel::kGlobal: {
      RowValues row = *tables.find_user(key);
      change_columns(system_id::kUser, set, change, row);
      tables.put(system_id::kUser, row);
      return;
    }
    case sql::PrivilegeLevel::kDatabase: {
      if (database.empty()) throw SqlError(ErrorCode::kNoDbError);
      std::optional<RowValues> row = tables.find(system_id::kDb, {text(key.host), text(database), text(key.user)});
      if (!row) {
        if (change == Change::kRevoke && set == 0) return;
        if (change == Change::kRevoke) throw SqlError(ErrorCode::kNonexistingGrant, key.user, key.host);
        row = empty_row(system_id::kDb);
        (*row)[0] = text(key.host);
        (*row)[1] = text(database);
        (*row)[2] = text(key.user);
      }
      if (change_columns(system_id::kDb, set, change, *row)) {
        tables.put(system_id::kDb, *row);
      } else {
        tables.erase(system_id::kDb, {text(key.host), text(database), text(key.user)});
      }
      return;
    }
    case sql::PrivilegeLevel::kTable: {
      if (database.empty()) throw SqlError(ErrorCode::kNoDbError);
      const std::string table = catalog::to_lower(target.table);
      const std::size_t labels = column_of(system_id::kTablesPriv, "Table_priv");
      std::optional<RowValues> row =
          tables.find(system_id::kTablesPriv, {text(key.host), text(database), text(key.user), text(table)});
      if (!row) {
        if (change == Change::kRevoke && set == 0) return;
        if (change == Change::kRevoke) throw SqlError(ErrorCode::kNonexistingTableGrant, key.user, key.host, table);
        row = empty_row(system_id::kTablesPriv);
        (*row)[0] = text(key.host);
        (*row)[1] = text(database);
        (*row)[2] = text(key.user);
        (*row)[3] = text(table);
        (*row)[column_of(system_id::kTablesPriv, "Grantor")] =
            text(context.session.account.user + "@" + context.session.account.host_pattern);
        (*row)[column_of(system_id::kTablesPriv, "Timestamp")] = now_value(context);
      }
      const std::uint64_t before = (*row)[labels].is_null() ? 0 : (*row)[labels].as_uint64();
      const std::uint64_t after = change == Change::kGrant ? before | table_labels(set) : before & ~table_labels(set);
      (*row)[labels] = Value(after);
      if (after != 0) {
        tables.put(system_id::kTablesPriv, *row);
      } else {
        tables.erase(system_id::kTablesPriv, {text(key.host), text(database), text(key.user), text(table)});
      }
      return;
    }
  }
}

/// Who grants needs GRANT OPTION at the level, and each privilege itself.
void check_may_grant(const sql::PrivilegeTarget& target, PrivilegeSet set, const StatementContext& context) {
  const SessionState& session = context.session;
  const AccountRegistry& accounts = session.environment.accounts;
  const std::string database = target.level == sql::PrivilegeLevel::kGlobal ? std::string()
                               : target.schema.empty()                      ? session.database
                                                                            : std::string(target.schema);
  const std::string table(target.table);
  if (!accounts.has(session, database, table, Privilege::kGrant)) accounts.check_global(session, Privilege::kSuper);
  for (const PrivilegeName& name : privilege_names()) {
    if ((set & bit(name.privilege)) == 0 || accounts.has(session, database, table, name.privilege)) continue;
    accounts.check_global(session, Privilege::kSuper);
  }
}

/// Databases of the server itself cannot be changed, so nothing but reading is granted there. Throws 1044.
/// A table must exist unless the grant is to create it. Throws 1046, 1146.
void check_target(const sql::PrivilegeTarget& target, PrivilegeSet set, const SessionState& session) {
  if (target.level == sql::PrivilegeLevel::kGlobal) return;
  const std::string_view database = target.schema.empty() ? std::string_view(session.database) : target.schema;
  const std::string lower = catalog::to_lower(database);
  const bool only_reads = lower == "performance_schema" && (set & ~bit(Privilege::kSelect)) == 0;
  if (catalog::is_system_database(lower) && lower != "mysql" && !only_reads)
    throw SqlError(ErrorCode::kDbaccessDeniedError, session.account.user, session.account.host_pattern, database);
  if (target.level != sql::PrivilegeLevel::kTable) return;
  if (database.empty()) throw SqlError(ErrorCode::kNoDbError);
  if ((set & bit(Privilege::kCreate)) != 0 || (catalog::is_system_database(lower) && lower != "mysql")) return;
  if (session.environment.schemas.current()->find_public_table(database, target.table) == nullptr)
    throw SqlError(ErrorCode::kNoSuchTable, database, target.table);
}

}  // namespace

void grant_privileges(const sql::GrantStatement& statement, StatementContext& context, GrantTables& tables) {
  PrivilegeSet set = privilege_set(statement.privileges, statement.target.level);
  const std::vector<std::string> dynamic = dynamic_privileges(statement.privileges, statement.target.level);
  for (const std::string& name : dynamic) {
    if (!is_dynamic_privilege(name)) throw SqlError(ErrorCode::kDynamicPrivilegeNotRegistered, name);
  }
  const bool is_only_dynamic = dynamic.size() == statement.privileges.size();
  check_may_grant(statement.target, set | (statement.with_grant_option ? bit(Privilege::kGrant) : 0), context);
  check_target(statement.target, set, context.session);
  if (statement.with_grant_option && !is_only_dynamic) set |= bit(Privilege::kGrant);
  for (const sql::AccountSpecification& specification : statement.accounts) {
    const AccountKey key = key_of(specification.account, context.session);
    if (!tables.has_user(key)) {
      // Without NO_AUTO_CREATE_USER, GRANT makes the account, as before MySQL 8.
      if (context.session.variables.settings().sql_mode.has(types::SqlMode::kNoAutoCreateUser))
        throw SqlError(ErrorCode::kCantCreateUserWithGrant);
      tables.put(system_id::kUser, new_user_row(key, specification.authentication, context));
    }
    apply_tls(key, statement.options, tables);
    change_privileges(key, statement.target, set, Change::kGrant, context, tables);
    change_dynamic(key, dynamic, Change::kGrant, statement.with_grant_option, tables);
  }
}

void revoke_privileges(const sql::RevokeStatement& statement, StatementContext& context, GrantTables& tables) {
  const PrivilegeSet set = privilege_set(statement.privileges, statement.target.level);
  const std::vector<std::string> dynamic = dynamic_privileges(statement.privileges, statement.target.level);
  for (const std::string& name : dynamic) {
    if (!is_dynamic_privilege(name))
      context.run.warnings().append(SqlError(ErrorCode::kDynamicPrivilegeNotRegistered, name));
  }
  check_may_grant(statement.target, set, context);
  for (const sql::AccountSpecification& specification : statement.accounts) {
    const AccountKey key = key_of(specification.account, context.session);
    if (!tables.has_user(key))
      throw SqlError::with_message(ErrorCode::kUnknownError, "Unknown user: " + key.user + "@" + key.host);
    change_privileges(key, statement.target, set, Change::kRevoke, context, tables);
    change_dynamic(key, dynamic, Change::kRevoke, false, tables);
  }
}

}  // namespace sluice::session
