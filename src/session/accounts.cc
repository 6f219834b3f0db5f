#include "session/accounts.h"

#include <xxhash.h>

#include <algorithm>

#include "base/random.h"
#include "base/sql_error.h"
#include "catalog/name.h"
#include "catalog/system_tables.h"
#include "catalog/table_rows.h"
#include "kv/store.h"
#include "session/password_hash.h"
#include "session/session_state.h"
#include "types/collation.h"
#include "types/like.h"

namespace sluice::session {
namespace {

using catalog::RowValues;
using catalog::TableInfo;

constexpr PrivilegeName kNames[] = {
    {Privilege::kSelect, "SELECT", "Select_priv", true, true},
    {Privilege::kInsert, "INSERT", "Insert_priv", true, true},
    {Privilege::kUpdate, "UPDATE", "Update_priv", true, true},
    {Privilege::kDelete, "DELETE", "Delete_priv", true, true},
    {Privilege::kCreate, "CREATE", "Create_priv", true, true},
    {Privilege::kDrop, "DROP", "Drop_priv", true, true},
    {Privilege::kProcess, "PROCESS", "Process_priv", false, false},
    {Privilege::kReferences, "REFERENCES", "References_priv", true, true},
    {Privilege::kAlter, "ALTER", "Alter_priv", true, true},
    {Privilege::kShowDatabases, "SHOW DATABASES", "Show_db_priv", false, false},
    {Privilege::kSuper, "SUPER", "Super_priv", false, false},
    {Privilege::kExecute, "EXECUTE", "Execute_priv", true, false},
    {Privilege::kIndex, "INDEX", "Index_priv", true, true},
    {Privilege::kCreateUser, "CREATE USER", "Create_user_priv", false, false},
    {Privilege::kCreateTablespace, "CREATE TABLESPACE", "Create_Tablespace_Priv", false, false},
    {Privilege::kTrigger, "TRIGGER", "Trigger_priv", true, true},
    {Privilege::kCreateView, "CREATE VIEW", "Create_view_priv", true, true},
    {Privilege::kShowView, "SHOW VIEW", "Show_view_priv", true, true},
    {Privilege::kCreateRole, "CREATE ROLE", "Create_role_priv", false, false},
    {Privilege::kDropRole, "DROP ROLE", "Drop_role_priv", false, false},
    {Privilege::kCreateTemporary, "CREATE TEMPORARY TABLES", "Create_tmp_table_priv", true, false},
    {Privilege::kLockTables, "LOCK TABLES", "Lock_tables_priv", true, false},
    {Privilege::kCreateRoutine, "CREATE ROUTINE", "Create_routine_priv", true, false},
    {Privilege::kAlterRoutine, "ALTER ROUTINE", "Alter_routine_priv", true, false},
    {Privilege::kEvent, "EVENT", "Event_priv", true, false},
    {Privilege::kShutdown, "SHUTDOWN", "Shutdown_priv", false, false},
    {Privilege::kReload, "RELOAD", "Reload_priv", false, false},
    {Privilege::kFile, "FILE", "FILE_priv", false, false},
    {Privilege::kConfig, "CONFIG", "Config_priv", false, false},
    {Privilege::kReplicationClient, "REPLICATION CLIENT", "Repl_client_priv", false, false},
    {Privilege::kReplicationSlave, "REPLICATION SLAVE", "Repl_slave_priv", false, false},
    {Privilege::kGrant, "GRANT OPTION", "Grant_priv", true, true},
};

// Sources: MySQL 8.0 manual, "Dynamic Privilege Descriptions"; TiDB documentation, "Privilege Management".
constexpr std::string_view kDynamicNames[] = {
    "APPLICATION_PASSWORD_ADMIN",
    "AUDIT_ABORT_EXEMPT",
    "AUDIT_ADMIN",
    "AUTHENTICATION_POLICY_ADMIN",
    "BACKUP_ADMIN",
    "BINLOG_ADMIN",
    "BINLOG_ENCRYPTION_ADMIN",
    "CLONE_ADMIN",
    "CONNECTION_ADMIN",
    "DASHBOARD_CLIENT",
    "ENCRYPTION_KEY_ADMIN",
    "FIREWALL_ADMIN",
    "FIREWALL_EXEMPT",
    "FIREWALL_USER",
    "FLUSH_OPTIMIZER_COSTS",
    "FLUSH_STATUS",
    "FLUSH_TABLES",
    "FLUSH_USER_RESOURCES",
    "GROUP_REPLICATION_ADMIN",
    "GROUP_REPLICATION_STREAM",
    "INNODB_REDO_LOG_ARCHIVE",
    "INNODB_REDO_LOG_ENABLE",
    "NDB_STORED_USER",
    "PASSWORDLESS_USER_ADMIN",
    "PERSIST_RO_VARIABLES_ADMIN",
    "PLACEMENT_ADMIN",
    "REPLICATION_APPLIER",
    "REPLICATION_SLAVE_ADMIN",
    "RESOURCE_GROUP_ADMIN",
    "RESOURCE_GROUP_USER",
    "RESTORE_ADMIN",
    "RESTRICTED_CONNECTION_ADMIN",
    "RESTRICTED_REPLICA_WRITER_ADMIN",
    "RESTRICTED_STATUS_ADMIN",
    "RESTRICTED_TABLES_ADMIN",
    "RESTRICTED_USER_ADMIN",
    "RESTRICTED_VARIABLES_ADMIN",
    "ROLE_ADMIN",
    "SENSITIVE_VARIABLES_OBSERVER",
    "SERVICE_CONNECTION_ADMIN",
    "SESSION_VARIABLES_ADMIN",
    "SET_USER_ID",
    "SHOW_ROUTINE",
    "SKIP_QUERY_REWRITE",
    "SYSTEM_USER",
    "SYSTEM_VARIABLES_ADMIN",
    "TABLE_ENCRYPTION_ADMIN",
    "TELEMETRY_LOG_ADMIN",
    "TP_CONNECTION_ADMIN",
    "TRAFFIC_CAPTURE_ADMIN",
    "TRAFFIC_REPLAY_ADMIN",
    "VERSION_TOKEN_ADMIN",
    "XA_RECOVER_ADMIN",
};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return out;
}

/// A row with its columns by name.
class NamedRow {
 public:
  NamedRow(const TableInfo& table, const RowValues& row) : table_(table), row_(row) {}

  const types::Value& at(std::string_view column) const {
    const catalog::ColumnInfo* info = table_.find_column(catalog::to_lower(column));
    static const types::Value null;
    return info == nullptr ? null : row_[static_cast<std::size_t>(info->offset)];
  }
  std::string text(std::string_view column) const {
    const types::Value& value = at(column);
    return value.kind() == types::Value::Kind::kString ? value.as_string() : std::string();
  }
  /// ENUM('N','Y').
  bool yes(std::string_view column) const {
    const types::Value& value = at(column);
    return value.kind() == types::Value::Kind::kUInt64 && value.as_uint64() == 2;
  }

 private:
  const TableInfo& table_;
  const RowValues& row_;
};

PrivilegeSet privileges_of(const NamedRow& row) {
  PrivilegeSet set = 0;
  for (const PrivilegeName& name : kNames) {
    if (row.yes(name.column)) set |= bit(name.privilege);
  }
  return set;
}

/// Table_priv holds a SET of the labels of its column.
PrivilegeSet privileges_of_set(const TableInfo& table, const types::Value& value) {
  PrivilegeSet set = 0;
  if (value.kind() != types::Value::Kind::kUInt64) return set;
  const auto& labels = *table.find_column("table_priv")->type.elements;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if ((value.as_uint64() >> i & 1) == 0) continue;
    const std::string label = upper(labels[i]);
    for (const PrivilegeName& name : kNames) {
      if (name.name == label || (label == "GRANT" && name.privilege == Privilege::kGrant)) set |= bit(name.privilege);
    }
  }
  return set;
}

bool matches(std::string_view pattern, std::string_view text) {
  return types::LikePattern(pattern, '\\', types::utf8mb4_bin()).matches(text);
}

/// Patterns without wildcards first, then the longer ones.
int specificity(std::string_view pattern) {
  const std::size_t wildcard = pattern.find_first_of("%_");
  return wildcard == std::string_view::npos ? 1 << 20 : static_cast<int>(wildcard);
}

}  // namespace

std::span<const PrivilegeName> privilege_names() { return kNames; }

bool is_dynamic_privilege(std::string_view upper_name) {
  return std::binary_search(std::begin(kDynamicNames), std::end(kDynamicNames), upper_name);
}

std::optional<Privilege> find_privilege(std::string_view upper_name) {
  for (const PrivilegeName& name : kNames) {
    if (name.name == upper_name) return name.privilege;
  }
  return std::nullopt;
}

struct AccountRegistry::Accounts {
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Account>> by_name;  // (user, host)
};

AccountRegistry::AccountRegistry(kv::Store& store, StopToken stop) : store_(store), decoy_secret_(new_seed()) {
  reload(stop);
}

void AccountRegistry::reload(StopToken stop) {
  auto accounts = std::make_shared<Accounts>();
  const std::unique_ptr<kv::Snapshot> snapshot = store_.present_snapshot();
  const auto scan = [&](std::int64_t table_id, const std::function<void(const NamedRow&, const TableInfo&)>& visit) {
    const TableInfo& table = catalog::system_table(table_id);
    catalog::scan_rows(
        *snapshot, table, {}, [&](const RowValues& row) { visit(NamedRow(table, row), table); }, stop);
  };
  const auto account_of = [&](const std::string& user, const std::string& host) -> Account* {
    const auto found = accounts->by_name.find({user, host});
    return found == accounts->by_name.end() ? nullptr : found->second.get();
  };
  scan(catalog::system_id::kUser, [&](const NamedRow& row, const TableInfo&) {
    auto account = std::make_shared<Account>();
    account->record.user = row.text("User");
    account->record.host_pattern = row.text("Host");
    account->record.plugin = row.text("plugin");
    account->record.authentication_string = row.text("authentication_string");
    account->record.is_locked = row.yes("Account_locked");
    account->is_role = account->record.is_locked && account->record.authentication_string.empty();
    account->global = privileges_of(row);
    accounts->by_name[{account->record.user, account->record.host_pattern}] = account;
  });
  scan(catalog::system_id::kGlobalPriv, [&](const NamedRow& row, const TableInfo&) {
    if (Account* account = account_of(row.text("User"), row.text("Host")))
      account->record.tls = tls_requirement_from_json(row.text("PRIV"));
  });
  scan(catalog::system_id::kDb, [&](const NamedRow& row, const TableInfo&) {
    if (Account* account = account_of(row.text("User"), row.text("Host"))) {
      account->databases[catalog::to_lower(row.text("DB"))] |= privileges_of(row);
    }
  });
  scan(catalog::system_id::kTablesPriv, [&](const NamedRow& row, const TableInfo& table) {
    if (Account* account = account_of(row.text("User"), row.text("Host"))) {
      account->tables[{catalog::to_lower(row.text("DB")), catalog::to_lower(row.text("Table_name"))}] |=
          privileges_of_set(table, row.at("Table_priv"));
    }
  });
  scan(catalog::system_id::kGlobalGrants, [&](const NamedRow& row, const TableInfo&) {
    if (Account* account = account_of(row.text("USER"), row.text("HOST"))) account->dynamic.insert(row.text("PRIV"));
  });
  scan(catalog::system_id::kRoleEdges, [&](const NamedRow& row, const TableInfo&) {
    if (Account* account = account_of(row.text("TO_USER"), row.text("TO_HOST"))) {
      account->roles.emplace_back(row.text("FROM_USER"), row.text("FROM_HOST"));
    }
  });
  scan(catalog::system_id::kDefaultRoles, [&](const NamedRow& row, const TableInfo&) {
    if (Account* account = account_of(row.text("USER"), row.text("HOST"))) {
      account->default_roles.emplace_back(row.text("DEFAULT_ROLE_USER"), row.text("DEFAULT_ROLE_HOST"));
    }
  });
  MutexLock lock(mutex_);
  accounts_ = std::move(accounts);
}

std::shared_ptr<const AccountRegistry::Accounts> AccountRegistry::current() const {
  MutexLock lock(mutex_);
  return accounts_;
}

std::optional<AccountRecord> AccountRegistry::find(std::string_view user, std::string_view host) const {
  const std::shared_ptr<const Accounts> accounts = current();
  const Account* best = nullptr;
  for (const auto& [name, account] : accounts->by_name) {
    if (!account->record.user.empty() && account->record.user != user) continue;
    const std::string pattern = catalog::to_lower(account->record.host_pattern);
    const bool is_loopback = host == "127.0.0.1" || host == "::1" || host == "localhost";
    if (!matches(pattern, catalog::to_lower(host)) && !(is_loopback && pattern == "localhost")) continue;
    // An account of that name always goes before an anonymous one, whatever their hosts, so that CREATE USER ''@localhost shuts nobody out.
    const auto rank = [](const Account& a) {
      return std::pair(!a.record.user.empty(), specificity(a.record.host_pattern));
    };
    if (best == nullptr || rank(*account) > rank(*best)) best = account.get();
  }
  if (best == nullptr) return std::nullopt;
  return best->record;
}

std::shared_ptr<const Account> AccountRegistry::get(std::string_view user, std::string_view host) const {
  const std::shared_ptr<const Accounts> accounts = current();
  const auto found = accounts->by_name.find({std::string(user), std::string(host)});
  return found == accounts->by_name.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const Account>> AccountRegistry::all() const {
  std::vector<std::shared_ptr<const Account>> out;
  for (const auto& [name, account] : current()->by_name) out.push_back(account);
  return out;
}

bool AccountRegistry::root_has_password() const {
  const std::shared_ptr<const Accounts> accounts = current();
  return std::none_of(accounts->by_name.begin(), accounts->by_name.end(), [](const auto& entry) {
    return entry.second->record.user == "root" && entry.second->record.authentication_string.empty() &&
           !entry.second->record.is_locked;
  });
}

std::string AccountRegistry::decoy_plugin(std::string_view user) const {
  const std::shared_ptr<const Accounts> accounts = current();
  if (accounts->by_name.empty()) return std::string(kNativePasswordPlugin);
  const std::uint64_t chosen = XXH3_64bits_withSeed(user.data(), user.size(), decoy_secret_) % accounts->by_name.size();
  const std::string& plugin =
      std::next(accounts->by_name.begin(), static_cast<std::ptrdiff_t>(chosen))->second->record.plugin;
  return is_known_plugin(plugin) ? plugin : std::string(kNativePasswordPlugin);
}

/// Visits the session's account and its active roles, with what those inherit; stops when `visit` returns true.
template <class Visit>
void AccountRegistry::for_each_grant(const SessionState& session, Visit visit) const {
  const std::shared_ptr<const Accounts> accounts = current();
  std::vector<std::pair<std::string, std::string>> open{{session.account.user, session.account.host_pattern}};
  for (const std::string& role : session.active_roles) {
    const std::size_t at = role.rfind('@');
    open.emplace_back(role.substr(0, at), role.substr(at + 1));
  }
  std::set<std::pair<std::string, std::string>> seen;
  bool is_account = true;
  while (!open.empty()) {
    const std::pair<std::string, std::string> name = open.front();
    open.erase(open.begin());
    const auto found = accounts->by_name.find(name);
    if (found != accounts->by_name.end() && seen.insert(name).second) {
      if (visit(*found->second)) return;
      // A role brings the roles granted to it; an account's own roles count only when they are active.
      if (!is_account) open.insert(open.end(), found->second->roles.begin(), found->second->roles.end());
    }
    is_account = false;
  }
}

bool AccountRegistry::has(const SessionState& session, std::string_view database, std::string_view table,
                          Privilege privilege) const {
  const std::string lower_database = catalog::to_lower(database);
  const std::string lower_table = catalog::to_lower(table);
  if (lower_database == "information_schema" && privilege == Privilege::kSelect) return true;
  bool allowed = false;
  for_each_grant(session, [&](const Account& account) {
    if ((account.global & bit(privilege)) != 0) return allowed = true;
    for (const auto& [pattern, set] : account.databases) {
      if ((set & bit(privilege)) != 0 && matches(pattern, lower_database)) return allowed = true;
    }
    const auto found = account.tables.find({lower_database, lower_table});
    if (!lower_table.empty() && found != account.tables.end() && (found->second & bit(privilege)) != 0)
      return allowed = true;
    return false;
  });
  return allowed;
}

bool AccountRegistry::has_any(const SessionState& session, std::string_view database, std::string_view table) const {
  const std::string lower_database = catalog::to_lower(database);
  const std::string lower_table = catalog::to_lower(table);
  if (lower_database == "information_schema" || lower_database == "performance_schema") return true;
  bool allowed = false;
  for_each_grant(session, [&](const Account& account) {
    if (account.global != 0) return allowed = true;
    for (const auto& [pattern, set] : account.databases) {
      if (set != 0 && matches(pattern, lower_database)) return allowed = true;
    }
    for (const auto& [name, set] : account.tables) {
      if (set != 0 && name.first == lower_database && (lower_table.empty() || name.second == lower_table))
        return allowed = true;
    }
    return false;
  });
  return allowed;
}

void AccountRegistry::check_table(const SessionState& session, std::string_view database, std::string_view table,
                                  Privilege privilege) const {
  if (has(session, database, table, privilege)) return;
  if (table.empty()) {
    throw SqlError(ErrorCode::kDbaccessDeniedError, session.account.user, session.account.host_pattern,
                   std::string(database));
  }
  const auto* name = std::find_if(std::begin(kNames), std::end(kNames),
                                  [&](const PrivilegeName& n) { return n.privilege == privilege; });
  throw SqlError(ErrorCode::kTableaccessDeniedError, std::string(name->name), session.account.user,
                 session.account.host_pattern, std::string(table));
}

void AccountRegistry::check(const SessionState& session,
                            std::span<const planner::PrivilegeRequirement> requirements) const {
  for (const planner::PrivilegeRequirement& requirement : requirements) {
    const std::optional<Privilege> privilege = find_privilege(requirement.privilege);
    if (privilege) check_table(session, requirement.database, requirement.table, *privilege);
  }
}

void AccountRegistry::check_global(const SessionState& session, Privilege privilege) const {
  bool allowed = false;
  for_each_grant(session, [&](const Account& account) { return allowed = (account.global & bit(privilege)) != 0; });
  if (allowed) return;
  const auto* name = std::find_if(std::begin(kNames), std::end(kNames),
                                  [&](const PrivilegeName& n) { return n.privilege == privilege; });
  throw SqlError(ErrorCode::kSpecificAccessDeniedError, std::string(name->name));
}

void AccountRegistry::check_database_access(const SessionState& session, std::string_view database) const {
  if (has_any(session, database, {})) return;
  throw SqlError(ErrorCode::kDbaccessDeniedError, session.account.user, session.account.host_pattern,
                 std::string(database));
}

void AccountRegistry::activate_default_roles(SessionState& session) const {
  session.active_roles.clear();
  const std::shared_ptr<const Account> account = get(session.account.user, session.account.host_pattern);
  if (account == nullptr) return;
  for (const auto& [user, host] : account->default_roles) session.active_roles.push_back(user + "@" + host);
}

}  // namespace sluice::session
