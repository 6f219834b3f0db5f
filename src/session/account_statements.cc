// Users and roles: rows of the grant tables, changed in one transaction per statement.

#include <algorithm>

#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/name.h"
#include "catalog/system_tables.h"
#include "catalog/table_rows.h"
#include "kv/store.h"
#include "kv/transaction.h"
#include "session/accounts.h"
#include "session/dispatch.h"
#include "session/grant_tables.h"
#include "session/password_hash.h"
#include "session/tls_requirement.h"
#include "session/variables.h"
#include "sql/ast_account.h"
#include "types/time_arithmetic.h"
#include "types/time_zone.h"

namespace sluice::session {
namespace {

namespace system_id = catalog::system_id;
using catalog::RowValues;
using catalog::TableInfo;
using types::Value;

Value text(std::string_view value) { return Value(value); }

/// The plugin that a clause names; `unnamed` if it names none.
std::string plugin_of(const sql::Authentication& authentication, std::string_view unnamed) {
  if (authentication.plugin.empty()) return std::string(unnamed);
  const std::string plugin = catalog::to_lower(authentication.plugin);
  if (!is_known_plugin(plugin)) throw SqlError(ErrorCode::kPluginIsNotLoaded, plugin);
  return plugin;
}

/// default_authentication_plugin.
std::string default_plugin(const SessionState& session) {
  return session.environment.variables.get(*find_system_variable("default_authentication_plugin"));
}

std::string stored_password(const std::string& plugin, const sql::Authentication& authentication, StopToken stop) {
  switch (authentication.form) {
    case sql::AuthenticationForm::kPassword:
      return password_hash(plugin, authentication.text, stop);
    case sql::AuthenticationForm::kHash:
      if (!is_password_hash(plugin, authentication.text)) throw SqlError(ErrorCode::kPasswordFormat);
      return std::string(authentication.text);
    default:
      return {};
  }
}

/// Sets plugin, hash and time of the password in a row of mysql.user.
void set_authentication(RowValues& row, const std::string& plugin, std::string_view hash,
                        const StatementContext& context) {
  row[column_of(system_id::kUser, "plugin")] = text(plugin);
  row[column_of(system_id::kUser, "authentication_string")] = text(hash);
  row[column_of(system_id::kUser, "Password_expired")] = Value(kNo);
  row[column_of(system_id::kUser, "Password_last_changed")] = now_value(context);
}

}  // namespace

void apply_tls(const AccountKey& key, const sql::AccountOptions& options, GrantTables& tables) {
  if (options.tls == sql::TlsRequirement::kNotWritten) return;
  TlsRequirement requirement;
  switch (options.tls) {
    case sql::TlsRequirement::kSsl:
      requirement.kind = TlsRequirement::Kind::kTls;
      break;
    case sql::TlsRequirement::kX509:
      requirement.kind = TlsRequirement::Kind::kCertificate;
      break;
    case sql::TlsRequirement::kSpecified:
      requirement.kind = TlsRequirement::Kind::kSpecified;
      break;
    default:
      break;
  }
  for (const sql::TlsOption& option : options.tls_options) {
    std::string* const demanded = option.name == "ISSUER"    ? &requirement.issuer
                                  : option.name == "SUBJECT" ? &requirement.subject
                                  : option.name == "CIPHER"  ? &requirement.cipher
                                                             : nullptr;
    if (demanded == nullptr) throw SqlError(ErrorCode::kNotSupportedYet, "REQUIRE " + std::string(option.name));
    if (!demanded->empty()) throw SqlError(ErrorCode::kDupArgument, std::string(option.name));
    *demanded = option.text;
  }
  tables.put(system_id::kGlobalPriv, {text(key.host), text(key.user), text(to_json(requirement))});
}

namespace {

/// Writes lock, expiry and reuse rules into a row of mysql.user.
/// Throws 3016 for an expiry at once of the anonymous user.
void apply_password_options(const sql::AccountOptions& options, const AccountKey& key, RowValues& row) {
  const auto column = [&](std::string_view name) -> Value& { return row[column_of(system_id::kUser, name)]; };
  using Kind = sql::PasswordOptionKind;
  for (const sql::PasswordOption& option : options.password_options) {
    const Value number(static_cast<std::uint64_t>(option.number));
    switch (option.kind) {
      case Kind::kLock:
        column("Account_locked") = Value(kYes);
        break;
      case Kind::kUnlock:
        column("Account_locked") = Value(kNo);
        break;
      case Kind::kExpire:
        if (key.user.empty()) throw SqlError(ErrorCode::kPasswordExpireAnonymousUser);
        column("Password_expired") = Value(kYes);
        break;
      case Kind::kExpireDefault:
        column("Password_lifetime") = Value::null();
        break;
      case Kind::kExpireNever:
        column("Password_lifetime") = Value(std::uint64_t{0});
        break;
      case Kind::kExpireInterval:
        column("Password_lifetime") = number;
        break;
      case Kind::kHistory:
        column("Password_reuse_history") = number;
        break;
      case Kind::kHistoryDefault:
        column("Password_reuse_history") = Value::null();
        break;
      case Kind::kReuseInterval:
        column("Password_reuse_time") = number;
        break;
      case Kind::kReuseIntervalDefault:
        column("Password_reuse_time") = Value::null();
        break;
      case Kind::kRequireCurrent:
      case Kind::kRequireCurrentDefault:
      case Kind::kRequireCurrentOptional:
      case Kind::kFailedLoginAttempts:
      case Kind::kPasswordLockTime:
      case Kind::kPasswordLockTimeUnbounded:
        break;
    }
  }
}

[[noreturn]] void fail(std::string_view operation, const std::vector<std::string>& accounts) {
  std::string list;
  for (const std::string& account : accounts) list += (list.empty() ? "" : ",") + account;
  throw SqlError(ErrorCode::kCannotUser, std::string(operation), list);
}

/// Throws 1396 for the accounts, or with IF [NOT] EXISTS leaves a note about each.
void fail_or_note(std::string_view operation, const std::vector<std::string>& accounts, bool only_notes, ErrorCode note,
                  StatementContext& context) {
  if (accounts.empty()) return;
  if (!only_notes) fail(operation, accounts);
  for (const std::string& account : accounts)
    context.run.warnings().append(SqlError(note, account), Warning::Level::kNote);
}

// ---- users and roles -------------------------------------------------------------------------------------------------

}  // namespace

RowValues new_user_row(const AccountKey& key, const sql::Authentication& authentication,
                       const StatementContext& context) {
  constexpr std::size_t kMaxUserLength = 32;
  constexpr std::size_t kShownLength = 70;
  if (key.user.size() > kMaxUserLength) {
    throw SqlError(ErrorCode::kWrongStringLength, key.user.substr(0, kShownLength), "user name", kMaxUserLength);
  }
  constexpr std::size_t kMaxHostLength = 255;
  if (key.host.size() > kMaxHostLength)
    throw SqlError(ErrorCode::kWrongStringLength, key.host.substr(0, kShownLength), "host name", kMaxHostLength);
  RowValues row = empty_row(system_id::kUser);
  row[column_of(system_id::kUser, "Host")] = text(key.host);
  row[column_of(system_id::kUser, "User")] = text(key.user);
  row[column_of(system_id::kUser, "Max_user_connections")] = Value(std::uint64_t{0});
  const std::string plugin = plugin_of(authentication, default_plugin(context.session));
  set_authentication(row, plugin, stored_password(plugin, authentication, context.run.stop()), context);
  return row;
}

namespace {

void create_users(const sql::CreateUserStatement& statement, StatementContext& context, GrantTables& tables) {
  context.session.environment.accounts.check_global(context.session, Privilege::kCreateUser);
  std::vector<std::string> existing;
  for (const sql::AccountSpecification& specification : statement.accounts) {
    const AccountKey key = key_of(specification.account, context.session);
    if (tables.has_user(key)) {
      existing.push_back(key.shown());
      continue;
    }
    RowValues row = new_user_row(key, specification.authentication, context);
    apply_password_options(statement.options, key, row);
    tables.put(system_id::kUser, row);
    apply_tls(key, statement.options, tables);
    for (const sql::AccountName& role : statement.default_roles) {
      tables.put(system_id::kDefaultRoles, {text(key.host), text(key.user), text(role.host), text(role.user)});
    }
  }
  fail_or_note("CREATE USER", existing, statement.if_not_exists, ErrorCode::kUserAlreadyExists, context);
}

void create_roles(const sql::CreateRoleStatement& statement, StatementContext& context, GrantTables& tables) {
  context.session.environment.accounts.check_global(context.session, Privilege::kCreateRole);
  std::vector<std::string> existing;
  for (const sql::AccountName& name : statement.roles) {
    const AccountKey key = key_of(name, context.session);
    if (tables.has_user(key)) {
      existing.push_back(key.shown());
      continue;
    }
    RowValues row = new_user_row(key, {}, context);
    row[column_of(system_id::kUser, "Account_locked")] = Value(kYes);
    row[column_of(system_id::kUser, "Password_expired")] = Value(kYes);
    tables.put(system_id::kUser, row);
  }
  fail_or_note("CREATE ROLE", existing, statement.if_not_exists, ErrorCode::kUserAlreadyExists, context);
}

/// A grant table with the columns that hold an account's name and host, and the length of its primary key.
struct AccountColumns {
  std::int64_t table_id;
  std::string_view user;
  std::string_view host;
  std::size_t key_columns;
};
constexpr AccountColumns kAccountColumns[] = {
    {system_id::kUser, "User", "Host", 2},
    {system_id::kDb, "User", "Host", 3},
    {system_id::kTablesPriv, "User", "Host", 4},
    {system_id::kGlobalPriv, "User", "Host", 2},
    {system_id::kGlobalGrants, "USER", "HOST", 3},
    {system_id::kRoleEdges, "FROM_USER", "FROM_HOST", 4},
    {system_id::kRoleEdges, "TO_USER", "TO_HOST", 4},
    {system_id::kDefaultRoles, "USER", "HOST", 4},
    {system_id::kDefaultRoles, "DEFAULT_ROLE_USER", "DEFAULT_ROLE_HOST", 4},
};

/// Calls `change(columns, row)` for each row of the grant tables that names the account.
template <class Change>
void for_each_row_of(const AccountKey& key, GrantTables& tables, Change change) {
  for (const AccountColumns& columns : kAccountColumns) {
    const std::size_t user = column_of(columns.table_id, columns.user);
    const std::size_t host = column_of(columns.table_id, columns.host);
    for (const RowValues& row : tables.all(columns.table_id)) {
      if (row[user].as_string() == key.user && row[host].as_string() == key.host) change(columns, row);
    }
  }
}

void drop_accounts(sql::List<sql::AccountName> names, bool if_exists, std::string_view operation,
                   StatementContext& context, GrantTables& tables) {
  std::vector<std::string> missing;
  for (const sql::AccountName& name : names) {
    const AccountKey key = key_of(name, context.session);
    if (!tables.has_user(key)) {
      missing.push_back(key.shown());
      continue;
    }
    for_each_row_of(key, tables, [&](const AccountColumns& columns, const RowValues& row) {
      tables.erase_key(columns.table_id, row, columns.key_columns);
    });
  }
  fail_or_note(operation, missing, if_exists, ErrorCode::kUserDoesNotExist, context);
}

void rename_users(const sql::RenameUserStatement& statement, StatementContext& context, GrantTables& tables) {
  context.session.environment.accounts.check_global(context.session, Privilege::kCreateUser);
  for (const sql::AccountRename& rename : statement.renames) {
    const AccountKey from = key_of(rename.from, context.session);
    const AccountKey to = key_of(rename.to, context.session);
    if (!tables.has_user(from) || tables.has_user(to)) fail("RENAME USER", {from.shown() + " TO " + to.shown()});
    for_each_row_of(from, tables, [&](const AccountColumns& columns, const RowValues& row) {
      tables.erase_key(columns.table_id, row, columns.key_columns);
      RowValues renamed = row;
      renamed[column_of(columns.table_id, columns.user)] = text(to.user);
      renamed[column_of(columns.table_id, columns.host)] = text(to.host);
      tables.put(columns.table_id, renamed);
    });
  }
}

bool is_own(const AccountKey& key, const SessionState& session) {
  return key.user == session.account.user && key.host == session.account.host_pattern;
}

void alter_users(const sql::AlterUserStatement& statement, StatementContext& context, GrantTables& tables) {
  std::vector<std::string> missing;
  for (const sql::AccountSpecification& specification : statement.accounts) {
    const AccountKey key = key_of(specification.account, context.session);
    if (!is_own(key, context.session))
      context.session.environment.accounts.check_global(context.session, Privilege::kCreateUser);
    std::optional<RowValues> row = tables.find_user(key);
    if (!row) {
      missing.push_back(key.shown());
      continue;
    }
    if (specification.authentication.form != sql::AuthenticationForm::kNone) {
      const std::string plugin =
          plugin_of(specification.authentication, (*row)[column_of(system_id::kUser, "plugin")].as_string());
      set_authentication(*row, plugin, stored_password(plugin, specification.authentication, context.run.stop()),
                         context);
    }
    apply_password_options(statement.options, key, *row);
    apply_tls(key, statement.options, tables);
    tables.put(system_id::kUser, *row);
  }
  fail_or_note("ALTER USER", missing, statement.if_exists, ErrorCode::kUserDoesNotExist, context);
}

void set_password(const sql::SetPasswordStatement& statement, StatementContext& context, GrantTables& tables) {
  const AccountKey key = statement.account
                             ? key_of(*statement.account, context.session)
                             : AccountKey{context.session.account.user, context.session.account.host_pattern};
  if (!is_own(key, context.session))
    context.session.environment.accounts.check_global(context.session, Privilege::kSuper);
  std::optional<RowValues> row = tables.find_user(key);
  if (!row) throw SqlError(ErrorCode::kPasswordNoMatch);
  const std::string plugin((*row)[column_of(system_id::kUser, "plugin")].as_string());
  set_authentication(*row, plugin, password_hash(plugin, statement.password, context.run.stop()), context);
  tables.put(system_id::kUser, *row);
}

enum class Change : std::uint8_t { kGrant, kRevoke };

// ---- roles -----------------------------------------------------------------------------------------------------------

void change_roles(sql::List<sql::AccountName> roles, sql::List<sql::AccountName> accounts, Change change,
                  std::string_view operation, StatementContext& context, GrantTables& tables) {
  context.session.environment.accounts.check_global(context.session, Privilege::kSuper);
  for (const sql::AccountName& account : accounts) {
    const AccountKey to = key_of(account, context.session);
    if (!tables.has_user(to)) fail(operation, {to.shown()});
    for (const sql::AccountName& role : roles) {
      const AccountKey from = key_of(role, context.session);
      if (!tables.has_user(from)) fail(operation, {from.shown()});
      if (change == Change::kGrant) {
        tables.put(system_id::kRoleEdges, {text(from.host), text(from.user), text(to.host), text(to.user), Value(kNo)});
      } else {
        tables.erase(system_id::kRoleEdges, {text(from.host), text(from.user), text(to.host), text(to.user)});
        tables.erase(system_id::kDefaultRoles, {text(to.host), text(to.user), text(from.host), text(from.user)});
      }
    }
  }
}

void set_default_roles(const sql::SetDefaultRoleStatement& statement, StatementContext& context, GrantTables& tables) {
  for (const sql::AccountName& name : statement.accounts) {
    const AccountKey key = key_of(name, context.session);
    if (!is_own(key, context.session))
      context.session.environment.accounts.check_global(context.session, Privilege::kCreateUser);
    const std::shared_ptr<const Account> account = context.session.environment.accounts.get(key.user, key.host);
    if (account == nullptr) fail("SET DEFAULT ROLE", {key.shown()});
    for (const RowValues& row : tables.all(system_id::kDefaultRoles)) {
      if (row[0].as_string() == key.host && row[1].as_string() == key.user)
        tables.erase_key(system_id::kDefaultRoles, row, 4);
    }
    std::vector<std::pair<std::string, std::string>> roles;
    if (statement.selection == sql::RoleSelection::kAll) roles = account->roles;
    for (const sql::AccountName& role : statement.roles) {
      const std::pair<std::string, std::string> wanted{std::string(role.user), std::string(role.host)};
      if (std::find(account->roles.begin(), account->roles.end(), wanted) == account->roles.end()) {
        throw SqlError(ErrorCode::kRoleNotGranted, "`" + wanted.first + "`@`" + wanted.second + "`",
                       "`" + key.user + "`@`" + key.host + "`");
      }
      roles.push_back(wanted);
    }
    for (const auto& [user, host] : roles)
      tables.put(system_id::kDefaultRoles, {text(key.host), text(key.user), text(host), text(user)});
  }
}

/// SET ROLE: the session's active roles.
void set_role(const sql::SetRoleStatement& statement, StatementContext& context) {
  SessionState& session = context.session;
  const AccountRegistry& accounts = session.environment.accounts;
  const std::shared_ptr<const Account> account = accounts.get(session.account.user, session.account.host_pattern);
  if (account == nullptr) return;
  const auto name_of = [](const std::pair<std::string, std::string>& role) { return role.first + "@" + role.second; };
  std::vector<std::string> active;
  switch (statement.selection) {
    case sql::RoleSelection::kNone:
      break;
    case sql::RoleSelection::kDefault:
      accounts.activate_default_roles(session);
      return;
    case sql::RoleSelection::kAll:
    case sql::RoleSelection::kAllExcept:
      for (const auto& role : account->roles) {
        const bool is_excluded = std::any_of(
            statement.roles.begin(), statement.roles.end(),
            [&](const sql::AccountName& name) { return name.user == role.first && name.host == role.second; });
        if (!is_excluded) active.push_back(name_of(role));
      }
      break;
    case sql::RoleSelection::kListed:
      for (const sql::AccountName& name : statement.roles) {
        const std::pair<std::string, std::string> wanted{std::string(name.user), std::string(name.host)};
        if (std::find(account->roles.begin(), account->roles.end(), wanted) == account->roles.end()) {
          throw SqlError(ErrorCode::kRoleNotGranted, "`" + wanted.first + "`@`" + wanted.second + "`",
                         "`" + session.account.user + "`@`" + session.account.host_pattern + "`");
        }
        active.push_back(name_of(wanted));
      }
  }
  session.active_roles = std::move(active);
}

void change_tables(const sql::Statement& statement, StatementContext& context, GrantTables& tables) {
  const AccountRegistry& accounts = context.session.environment.accounts;
  switch (statement.kind) {
    case sql::StatementKind::kCreateUser:
      return create_users(statement.as<sql::CreateUserStatement>(), context, tables);
    case sql::StatementKind::kAlterUser:
      return alter_users(statement.as<sql::AlterUserStatement>(), context, tables);
    case sql::StatementKind::kDropUser: {
      accounts.check_global(context.session, Privilege::kCreateUser);
      const auto& drop = statement.as<sql::DropUserStatement>();
      return drop_accounts(drop.accounts, drop.if_exists, "DROP USER", context, tables);
    }
    case sql::StatementKind::kDropRole: {
      accounts.check_global(context.session, Privilege::kDropRole);
      const auto& drop = statement.as<sql::DropRoleStatement>();
      return drop_accounts(drop.roles, drop.if_exists, "DROP ROLE", context, tables);
    }
    case sql::StatementKind::kRenameUser:
      return rename_users(statement.as<sql::RenameUserStatement>(), context, tables);
    case sql::StatementKind::kCreateRole:
      return create_roles(statement.as<sql::CreateRoleStatement>(), context, tables);
    case sql::StatementKind::kGrant:
      return grant_privileges(statement.as<sql::GrantStatement>(), context, tables);
    case sql::StatementKind::kRevoke:
      return revoke_privileges(statement.as<sql::RevokeStatement>(), context, tables);
    case sql::StatementKind::kGrantRole: {
      const auto& grant_role = statement.as<sql::GrantRoleStatement>();
      return change_roles(grant_role.roles, grant_role.accounts, Change::kGrant, "GRANT ROLE", context, tables);
    }
    case sql::StatementKind::kRevokeRole: {
      const auto& revoke_role = statement.as<sql::RevokeRoleStatement>();
      return change_roles(revoke_role.roles, revoke_role.accounts, Change::kRevoke, "REVOKE ROLE", context, tables);
    }
    case sql::StatementKind::kSetPassword:
      return set_password(statement.as<sql::SetPasswordStatement>(), context, tables);
    case sql::StatementKind::kSetDefaultRole:
      return set_default_roles(statement.as<sql::SetDefaultRoleStatement>(), context, tables);
    default:
      SLUICE_CHECK(false, "not a statement about accounts");
  }
}

}  // namespace

void run_account_statement(const sql::Statement& statement, StatementContext& context) {
  if (const auto* role = statement.try_as<sql::SetRoleStatement>()) {
    set_role(*role, context);
    return context.ok();
  }
  // As in MySQL a change of accounts commits what is open.
  context.session.transaction.commit(context.run.stop());
  GrantTables tables(context.session, context.run.stop());
  change_tables(statement, context, tables);
  tables.commit();
  context.session.environment.accounts.reload(context.run.stop());
  context.ok();
}

}  // namespace sluice::session
