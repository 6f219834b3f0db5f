#pragma once
// Users, roles and privileges.

#include "sql/ast_ddl.h"

namespace sluice::sql {

enum class AuthenticationForm : std::uint8_t {
  kNone,        // no IDENTIFIED clause
  kPassword,    // IDENTIFIED BY 'text' (or IDENTIFIED WITH plugin BY 'text')
  kHash,        // IDENTIFIED WITH plugin AS 'hash', IDENTIFIED BY PASSWORD 'hash'
  kPluginOnly,  // IDENTIFIED WITH plugin
};

struct Authentication {
  AuthenticationForm form = AuthenticationForm::kNone;
  std::string_view plugin;  // empty: the default
  std::string_view text;
  bool discard_old_password = false;
  bool retain_current_password = false;
};

struct AccountSpecification {
  AccountName account;
  Authentication authentication;
};

enum class TlsRequirement : std::uint8_t { kNotWritten, kNone, kSsl, kX509, kSpecified };

struct TlsOption {        // one of REQUIRE ISSUER 'x' AND SUBJECT 'y' ...
  std::string_view name;  // ISSUER, SUBJECT, CIPHER, SAN, TOKEN_ISSUER
  std::string_view text;
};

struct ResourceLimit {    // WITH MAX_QUERIES_PER_HOUR n ...
  std::string_view name;  // upper case
  std::int64_t count = 0;
};

enum class PasswordOptionKind : std::uint8_t {
  kExpire,
  kExpireDefault,
  kExpireNever,
  kExpireInterval,
  kHistory,
  kHistoryDefault,
  kReuseInterval,
  kReuseIntervalDefault,
  kRequireCurrent,
  kRequireCurrentDefault,
  kRequireCurrentOptional,
  kLock,
  kUnlock,
  kFailedLoginAttempts,
  kPasswordLockTime,
  kPasswordLockTimeUnbounded,
};
struct PasswordOption {
  PasswordOptionKind kind = PasswordOptionKind::kExpire;
  std::int64_t number = 0;
};

struct AccountOptions {
  TlsRequirement tls = TlsRequirement::kNotWritten;
  List<TlsOption> tls_options;
  List<ResourceLimit> resource_limits;
  List<PasswordOption> password_options;
  std::optional<std::string_view> comment;
  std::optional<std::string_view> attribute;  // JSON text
  Name resource_group;
};

struct CreateUserStatement : StatementOf<StatementKind::kCreateUser> {
  bool if_not_exists = false;
  List<AccountSpecification> accounts;
  AccountOptions options;
  List<AccountName> default_roles;
};

struct AlterUserStatement : StatementOf<StatementKind::kAlterUser> {
  bool if_exists = false;
  bool is_current_user = false;  // ALTER USER USER() IDENTIFIED ...
  List<AccountSpecification> accounts;
  AccountOptions options;
};

struct DropUserStatement : StatementOf<StatementKind::kDropUser> {
  bool if_exists = false;
  List<AccountName> accounts;
};

struct AccountRename {
  AccountName from;
  AccountName to;
};

struct RenameUserStatement : StatementOf<StatementKind::kRenameUser> {
  List<AccountRename> renames;
};

struct CreateRoleStatement : StatementOf<StatementKind::kCreateRole> {
  bool if_not_exists = false;
  List<AccountName> roles;
};

struct DropRoleStatement : StatementOf<StatementKind::kDropRole> {
  bool if_exists = false;
  List<AccountName> roles;
};

enum class PrivilegeObject : std::uint8_t { kNotWritten, kTable, kFunction, kProcedure };
enum class PrivilegeLevel : std::uint8_t { kGlobal /* *.* */, kDatabase /* db.* or * (current) */, kTable };

/// One privilege: its name in upper case with single spaces ("SELECT", "CREATE VIEW", "ALL"; dynamic ones "BACKUP_ADMIN").
struct Privilege {
  std::string_view name;
  List<Name> columns;
  bool is_dynamic = false;
};

struct PrivilegeTarget {
  PrivilegeObject object = PrivilegeObject::kNotWritten;
  PrivilegeLevel level = PrivilegeLevel::kGlobal;
  Name schema;  // empty with kDatabase or kTable: the current one
  Name table;
};

struct GrantStatement : StatementOf<StatementKind::kGrant> {
  List<Privilege> privileges;
  PrivilegeTarget target;
  List<AccountSpecification> accounts;
  AccountOptions options;
  bool with_grant_option = false;
};

struct RevokeStatement : StatementOf<StatementKind::kRevoke> {
  List<Privilege> privileges;  // REVOKE ALL, GRANT OPTION: "ALL" and "GRANT OPTION" at kGlobal
  PrivilegeTarget target;
  List<AccountSpecification> accounts;
};

struct GrantRoleStatement : StatementOf<StatementKind::kGrantRole> {
  List<AccountName> roles;
  List<AccountName> accounts;
  bool with_admin_option = false;
};

struct RevokeRoleStatement : StatementOf<StatementKind::kRevokeRole> {
  List<AccountName> roles;
  List<AccountName> accounts;
};

struct GrantProxyStatement : StatementOf<StatementKind::kGrantProxy> {
  AccountName proxied;
  List<AccountName> accounts;
  bool with_grant_option = false;
};

/// SET PASSWORD [FOR account] = 'text' | PASSWORD('text').
struct SetPasswordStatement : StatementOf<StatementKind::kSetPassword> {
  std::optional<AccountName> account;
  std::string_view password;
};

enum class RoleSelection : std::uint8_t { kDefault, kNone, kAll, kAllExcept, kListed };

struct SetRoleStatement : StatementOf<StatementKind::kSetRole> {
  RoleSelection selection = RoleSelection::kListed;
  List<AccountName> roles;
};

struct SetDefaultRoleStatement : StatementOf<StatementKind::kSetDefaultRole> {
  RoleSelection selection = RoleSelection::kListed;  // kNone, kAll, kListed
  List<AccountName> roles;
  List<AccountName> accounts;
};

}  // namespace sluice::sql
