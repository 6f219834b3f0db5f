/// Accounts and what they may do.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"
#include "planner/plan_context.h"
#include "session/connection_session.h"

namespace sluice::kv {
class Store;
}

namespace sluice::session {

struct SessionState;

/// Privileges as bits; names are those of GRANT.
enum class Privilege : std::uint64_t {
  kSelect = 1u << 0,
  kInsert = 1u << 1,
  kUpdate = 1u << 2,
  kDelete = 1u << 3,
  kCreate = 1u << 4,
  kDrop = 1u << 5,
  kProcess = 1u << 6,
  kGrant = 1u << 7,
  kReferences = 1u << 8,
  kAlter = 1u << 9,
  kShowDatabases = 1u << 10,
  kSuper = 1u << 11,
  kCreateTemporary = 1u << 12,
  kLockTables = 1u << 13,
  kExecute = 1u << 14,
  kCreateView = 1u << 15,
  kShowView = 1u << 16,
  kCreateRoutine = 1u << 17,
  kAlterRoutine = 1u << 18,
  kIndex = 1u << 19,
  kCreateUser = 1u << 20,
  kEvent = 1u << 21,
  kReplicationSlave = 1u << 22,
  kReplicationClient = 1u << 23,
  kTrigger = 1u << 24,
  kCreateRole = 1u << 25,
  kDropRole = 1u << 26,
  kShutdown = 1u << 27,
  kReload = 1u << 28,
  kFile = 1u << 29,
  kConfig = 1u << 30,
  kCreateTablespace = std::uint64_t{1} << 31,
};
using PrivilegeSet = std::uint64_t;
constexpr PrivilegeSet bit(Privilege privilege) noexcept { return static_cast<PrivilegeSet>(privilege); }

/// One privilege: its bit, its name in GRANT, its column in mysql.user (and in mysql.db where it exists).
struct PrivilegeName {
  Privilege privilege;
  std::string_view name;
  std::string_view column;
  bool at_database;  // may be granted on a database
  bool at_table;     // may be granted on a table
};
std::span<const PrivilegeName> privilege_names();
std::optional<Privilege> find_privilege(std::string_view upper_name);
/// Whether `upper_name` is a dynamic privilege of MySQL 8.0 or TiDB.
bool is_dynamic_privilege(std::string_view upper_name);

/// An account with its grants, as loaded from the grant tables. Immutable.
struct Account {
  AccountRecord record;
  bool is_role = false;
  PrivilegeSet global = 0;
  std::set<std::string> dynamic;                                       // upper case
  std::map<std::string, PrivilegeSet> databases;                       // by lower-case name (may hold _ and % patterns)
  std::map<std::pair<std::string, std::string>, PrivilegeSet> tables;  // by lower-case database and table
  std::vector<std::pair<std::string, std::string>> roles;              // granted: (user, host)
  std::vector<std::pair<std::string, std::string>> default_roles;
};

/// All accounts: the rows of mysql.user, db, tables_priv, global_grants, role_edges and default_roles, kept in memory; reload() after a change.
/// Thread-safe.
class AccountRegistry {
 public:
  /// `store` outlives the registry. Throws storage errors.
  AccountRegistry(kv::Store& store, StopToken stop);

  /// Reads the grant tables anew: after GRANT, CREATE USER ..., FLUSH PRIVILEGES.
  void reload(StopToken stop);

  /// The account that a login as `user` from `host` uses: an account of that name before an anonymous one, then the most specific host pattern.
  /// Roles cannot log in.
  std::optional<AccountRecord> find(std::string_view user, std::string_view host) const;
  /// The account of exactly that name.
  std::shared_ptr<const Account> get(std::string_view user, std::string_view host) const;
  std::vector<std::shared_ptr<const Account>> all() const;
  bool root_has_password() const;
  /// The plugin of an account that `user` picks, for logins of unknown users.
  std::string decoy_plugin(std::string_view user) const;

  /// Throws: SqlError 1142 (table), 1044 (database) if the session lacks a privilege.
  void check(const SessionState& session, std::span<const planner::PrivilegeRequirement> requirements) const;
  /// Throws: SqlError 1142 for an empty `table` 1044.
  void check_table(const SessionState& session, std::string_view database, std::string_view table,
                   Privilege privilege) const;
  /// Throws: SqlError 1227 naming the privilege.
  void check_global(const SessionState& session, Privilege privilege) const;
  /// USE and connecting: any privilege on the database or something in it. Throws: SqlError 1044.
  void check_database_access(const SessionState& session, std::string_view database) const;
  bool has(const SessionState& session, std::string_view database, std::string_view table, Privilege privilege) const;
  bool has_any(const SessionState& session, std::string_view database, std::string_view table) const;

  /// Makes the account's default roles the session's active ones.
  void activate_default_roles(SessionState& session) const;

 private:
  struct Accounts;
  std::shared_ptr<const Accounts> current() const;
  template <class Visit>
  void for_each_grant(const SessionState& session, Visit visit) const;

  kv::Store& store_;
  const std::uint64_t decoy_secret_;  // so that nobody can tell which account a name picks
  mutable Mutex mutex_;
  std::shared_ptr<const Accounts> accounts_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::session
