// Users, roles, privileges.
#include "sql/ddl_parser.h"

namespace sluice::sql {

/// 'user'@'host', user@host, user, CURRENT_USER[()].
AccountName DdlParser::parse_account() {
  AccountName account;
  if (accept(Keyword::kCurrentUser)) {
    if (accept(TokenKind::kLeftParen)) expect(TokenKind::kRightParen);
    account.is_current_user = true;
    return account;
  }
  account.user = parse_name_or_string();
  if (is(TokenKind::kUserVariable)) {
    account.host = lower(advance().text);
    account.is_host_written = true;
  } else if (accept(TokenKind::kAt)) {
    account.host = lower(parse_name_or_string());
    account.is_host_written = true;
  }
  return account;
}

AccountSpecification DdlParser::parse_account_specification() {
  AccountSpecification specification;
  specification.account = parse_account();
  if (is(Keyword::kIdentified)) specification.authentication = parse_authentication();
  return specification;
}

Authentication DdlParser::parse_authentication() {
  expect(Keyword::kIdentified);
  Authentication authentication;
  if (accept(Keyword::kBy)) {
    if (accept(Keyword::kPassword)) {
      authentication.form = AuthenticationForm::kHash;
    } else {
      authentication.form = AuthenticationForm::kPassword;
      if (accept_word("RANDOM")) {
        expect(Keyword::kPassword);
        return authentication;
      }
    }
    authentication.text = parse_string();
  } else {
    expect(Keyword::kWith);
    authentication.form = AuthenticationForm::kPluginOnly;
    authentication.plugin = parse_name_or_string();
    if (accept(Keyword::kBy)) {
      authentication.form = AuthenticationForm::kPassword;
      authentication.text = parse_string();
    } else if (accept(Keyword::kAs)) {
      authentication.form = AuthenticationForm::kHash;
      if (is(TokenKind::kHex)) {
        authentication.text = advance().text;
      } else {
        authentication.text = parse_string();
      }
    }
  }
  if (accept_word("REPLACE")) parse_string();
  if (accept_word("RETAIN")) {
    expect(Keyword::kCurrent, Keyword::kPassword);
    authentication.retain_current_password = true;
  } else if (is(Keyword::kDiscard)) {
    advance();
    if (!accept_word("OLD")) fail();
    expect(Keyword::kPassword);
    authentication.discard_old_password = true;
  }
  return authentication;
}

AccountOptions DdlParser::parse_account_options(bool is_grant) {
  AccountOptions options;
  if (accept(Keyword::kRequire)) {
    if (accept_word("NONE")) {
      options.tls = TlsRequirement::kNone;
    } else if (accept_word("SSL")) {
      options.tls = TlsRequirement::kSsl;
    } else if (accept_word("X509")) {
      options.tls = TlsRequirement::kX509;
    } else {
      options.tls = TlsRequirement::kSpecified;
      std::vector<TlsOption> tls_options;
      do {
        TlsOption option;
        if (!is_word("ISSUER") && !is_word("SUBJECT") && !is_word("CIPHER") && !is_word("SAN") &&
            !is_word("TOKEN_ISSUER"))
          fail();
        option.name = upper(advance().text);
        option.text = parse_string();
        tls_options.push_back(option);
        accept(Keyword::kAnd);
      } while (is_word("ISSUER") || is_word("SUBJECT") || is_word("CIPHER") || is_word("SAN") ||
               is_word("TOKEN_ISSUER"));
      options.tls_options = list(tls_options);
    }
  }
  if (is(Keyword::kWith) && (!is_grant || lower(peek().text).starts_with("max_"))) {
    advance();
    std::vector<ResourceLimit> limits;
    while (lower(token().text).starts_with("max_")) {
      ResourceLimit limit;
      limit.name = upper(advance().text);
      limit.count = parse_signed();
      limits.push_back(limit);
    }
    if (limits.empty()) fail();
    options.resource_limits = list(limits);
  }
  if (is_grant) return options;
  std::vector<PasswordOption> password_options;
  for (;;) {
    PasswordOption option;
    if (!parse_password_option(option)) break;
    password_options.push_back(option);
  }
  options.password_options = list(password_options);
  if (accept(Keyword::kComment)) {
    options.comment = parse_string();
  } else if (accept(Keyword::kAttribute)) {
    options.attribute = parse_string();
  }
  if (accept(Keyword::kResource)) {
    expect(Keyword::kGroup);
    options.resource_group = accept(Keyword::kDefault) ? Name("default") : parse_name_or_string();
  }
  return options;
}

bool DdlParser::parse_password_option(PasswordOption& option) {
  if (accept(Keyword::kAccount)) {
    option.kind = accept(Keyword::kLock) ? PasswordOptionKind::kLock : PasswordOptionKind::kUnlock;
    if (option.kind == PasswordOptionKind::kUnlock) expect(Keyword::kUnlock);
    return true;
  }
  if (accept_word("FAILED_LOGIN_ATTEMPTS")) {
    option.kind = PasswordOptionKind::kFailedLoginAttempts;
    option.number = parse_signed();
    return true;
  }
  if (accept_word("PASSWORD_LOCK_TIME")) {
    option.kind = PasswordOptionKind::kPasswordLockTime;
    if (accept(Keyword::kUnbounded)) {
      option.kind = PasswordOptionKind::kPasswordLockTimeUnbounded;
    } else {
      option.number = parse_signed();
    }
    return true;
  }
  if (!accept(Keyword::kPassword)) return false;
  if (accept_word("EXPIRE")) {
    option.kind = PasswordOptionKind::kExpire;
    if (accept(Keyword::kDefault)) {
      option.kind = PasswordOptionKind::kExpireDefault;
    } else if (accept_word("NEVER")) {
      option.kind = PasswordOptionKind::kExpireNever;
    } else if (accept(Keyword::kInterval)) {
      option.kind = PasswordOptionKind::kExpireInterval;
      option.number = static_cast<std::int64_t>(std::min<std::uint64_t>(parse_unsigned(), INT64_MAX));
      if (!accept_word("DAY")) fail();
    }
    return true;
  }
  if (accept(Keyword::kHistory)) {
    option.kind = PasswordOptionKind::kHistory;
    if (accept(Keyword::kDefault)) {
      option.kind = PasswordOptionKind::kHistoryDefault;
    } else {
      option.number = static_cast<std::int64_t>(std::min<std::uint64_t>(parse_unsigned(), INT64_MAX));
    }
    return true;
  }
  if (accept_word("REUSE")) {
    expect(Keyword::kInterval);
    option.kind = PasswordOptionKind::kReuseInterval;
    if (accept(Keyword::kDefault)) {
      option.kind = PasswordOptionKind::kReuseIntervalDefault;
    } else {
      option.number = static_cast<std::int64_t>(std::min<std::uint64_t>(parse_unsigned(), INT64_MAX));
      if (!accept_word("DAY")) fail();
    }
    return true;
  }
  expect(Keyword::kRequire);
  expect(Keyword::kCurrent);
  option.kind = PasswordOptionKind::kRequireCurrent;
  if (accept(Keyword::kDefault)) {
    option.kind = PasswordOptionKind::kRequireCurrentDefault;
  } else if (accept_word("OPTIONAL")) {
    option.kind = PasswordOptionKind::kRequireCurrentOptional;
  }
  return true;
}

// ---- users and roles -------------------------------------------------------------------------------------------------

const Statement* DdlParser::parse_create_user() {
  expect(Keyword::kUser);
  CreateUserStatement* create = make<CreateUserStatement>();
  create->if_not_exists = accept_if_not_exists();
  create->accounts = parse_account_specifications();
  if (is(Keyword::kDefault) && peek().keyword == Keyword::kRole) {
    advance();
    advance();
    create->default_roles = parse_accounts();
  }
  create->options = parse_account_options(false);
  return create;
}

const Statement* DdlParser::parse_alter_user() {
  expect(Keyword::kUser);
  AlterUserStatement* alter = make<AlterUserStatement>();
  alter->if_exists = accept_if_exists();
  if (is(Keyword::kUser) && peek().kind == TokenKind::kLeftParen) {
    advance();
    advance();
    expect(TokenKind::kRightParen);
    alter->is_current_user = true;
    AccountSpecification self;
    self.account.is_current_user = true;
    if (!is(Keyword::kIdentified)) fail();
    self.authentication = parse_authentication();
    alter->accounts = list(std::vector<AccountSpecification>{self});
    return alter;
  }
  const List<AccountSpecification> accounts = parse_account_specifications();
  alter->accounts = accounts;
  if (is(Keyword::kDefault) && peek().keyword == Keyword::kRole) {
    // ALTER USER .. DEFAULT ROLE is SET DEFAULT ROLE .. TO ..
    advance();
    advance();
    SetDefaultRoleStatement* set = make<SetDefaultRoleStatement>();
    if (accept_word("NONE")) {
      set->selection = RoleSelection::kNone;
    } else if (accept(Keyword::kAll)) {
      set->selection = RoleSelection::kAll;
    } else {
      set->roles = parse_accounts();
    }
    std::vector<AccountName> names;
    for (const AccountSpecification& specification : accounts) names.push_back(specification.account);
    set->accounts = list(names);
    return set;
  }
  alter->options = parse_account_options(false);
  return alter;
}

const Statement* DdlParser::parse_create_role() {
  expect(Keyword::kRole);
  CreateRoleStatement* create = make<CreateRoleStatement>();
  create->if_not_exists = accept_if_not_exists();
  create->roles = parse_accounts();
  return create;
}

/// DROP USER | DROP ROLE.
const Statement* DdlParser::parse_drop_accounts() {
  const bool is_role = advance().keyword == Keyword::kRole;
  const bool if_exists = accept_if_exists();
  const List<AccountName> accounts = parse_accounts();
  if (is_role) {
    DropRoleStatement* drop = make<DropRoleStatement>();
    drop->if_exists = if_exists;
    drop->roles = accounts;
    return drop;
  }
  DropUserStatement* drop = make<DropUserStatement>();
  drop->if_exists = if_exists;
  drop->accounts = accounts;
  return drop;
}

const Statement* DdlParser::parse_rename_user() {
  expect(Keyword::kUser);
  RenameUserStatement* rename = make<RenameUserStatement>();
  rename->renames = parse_list([this] {
    AccountRename pair;
    pair.from = parse_account();
    expect(Keyword::kTo);
    pair.to = parse_account();
    return pair;
  });
  return rename;
}

// ---- GRANT, REVOKE ---------------------------------------------------------------------------------------------------

/// Words up to ON, TO, FROM, a comma or a column list. The set of static privileges tells dynamic ones apart.
Privilege DdlParser::parse_privilege() {
  static constexpr std::string_view kStatic[] = {"ALL",
                                                 "ALTER",
                                                 "CREATE",
                                                 "CREATE USER",
                                                 "CREATE TABLESPACE",
                                                 "TRIGGER",
                                                 "DELETE",
                                                 "DROP",
                                                 "PROCESS",
                                                 "EXECUTE",
                                                 "INDEX",
                                                 "INSERT",
                                                 "SELECT",
                                                 "SUPER",
                                                 "SHOW DATABASES",
                                                 "UPDATE",
                                                 "GRANT OPTION",
                                                 "REFERENCES",
                                                 "REPLICATION SLAVE",
                                                 "REPLICATION CLIENT",
                                                 "USAGE",
                                                 "RELOAD",
                                                 "FILE",
                                                 "CONFIG",
                                                 "CREATE TEMPORARY TABLES",
                                                 "LOCK TABLES",
                                                 "CREATE VIEW",
                                                 "SHOW VIEW",
                                                 "CREATE ROLE",
                                                 "DROP ROLE",
                                                 "CREATE ROUTINE",
                                                 "ALTER ROUTINE",
                                                 "EVENT",
                                                 "SHUTDOWN",
                                                 "PROXY"};
  Privilege privilege;
  char buffer[64];
  std::size_t length = 0;
  const Token first = token();
  std::size_t words = 0;
  while (is(TokenKind::kIdentifier) && !is_any(Keyword::kOn, Keyword::kTo, Keyword::kFrom)) {
    const Token word = advance();
    if (length + word.text.size() + 1 > sizeof(buffer)) fail_at(first);
    if (words++ > 0) buffer[length++] = ' ';
    for (char c : word.text) buffer[length++] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  if (words == 0) fail();
  std::string_view name(buffer, length);
  if (name == "ALL PRIVILEGES") name = "ALL";
  if (name == "SHOW SCHEMAS") name = "SHOW DATABASES";
  bool is_static = false;
  for (std::string_view known : kStatic) is_static |= known == name;
  if (!is_static && words > 1) fail_at(first);
  privilege.name = arena_.copy(name);
  privilege.is_dynamic = !is_static;
  if (is(TokenKind::kLeftParen)) privilege.columns = parse_parenthesised_names();
  return privilege;
}

/// ON [TABLE] *.* | db.* | * | db.t | t.
PrivilegeTarget DdlParser::parse_privilege_target() {
  PrivilegeTarget target;
  if (is(Keyword::kTable)) {
    advance();
    target.object = PrivilegeObject::kTable;
  } else if (is(Keyword::kFunction) && is_name(peek())) {
    advance();
    target.object = PrivilegeObject::kFunction;
  } else if (is(Keyword::kProcedure)) {
    advance();
    target.object = PrivilegeObject::kProcedure;
  }
  if (accept(TokenKind::kStar)) {
    target.level = PrivilegeLevel::kDatabase;
    if (accept(TokenKind::kDot)) {
      expect(TokenKind::kStar);
      target.level = PrivilegeLevel::kGlobal;
    }
    return target;
  }
  const Name first = parse_name();
  if (!accept(TokenKind::kDot)) {
    target.level = PrivilegeLevel::kTable;
    target.table = first;
    return target;
  }
  target.schema = first;
  target.level = PrivilegeLevel::kDatabase;
  if (!accept(TokenKind::kStar)) {
    target.level = PrivilegeLevel::kTable;
    target.table = parse_name();
  }
  return target;
}

/// The privilege and role forms begin alike: what was read as privileges becomes roles if TO follows instead of ON.
const Statement* DdlParser::parse_grant() {
  expect(Keyword::kGrant);
  if (is(Keyword::kProxy) && peek().keyword == Keyword::kOn) {
    advance();
    advance();
    GrantProxyStatement* grant = make<GrantProxyStatement>();
    grant->proxied = parse_account();
    expect(Keyword::kTo);
    grant->accounts = parse_accounts();
    if (accept(Keyword::kWith)) {
      expect(Keyword::kGrant, Keyword::kOption);
      grant->with_grant_option = true;
    }
    return grant;
  }
  const bool is_role_form = is_string() || is(TokenKind::kQuotedIdentifier) ||
                            peek().kind == TokenKind::kUserVariable || peek().kind == TokenKind::kAt ||
                            (is_name() && (peek().keyword == Keyword::kTo || peek().kind == TokenKind::kComma));
  std::vector<Privilege> privileges;
  std::vector<AccountName> roles;
  bool has_role_only = false;  // a quoted or @host name: no privilege
  if (is_role_form) {
    // `GRANT a, b TO u` is roles, `GRANT BACKUP_ADMIN, RESTORE_ADMIN ON *.* TO u` dynamic privileges.
    do {
      if (is(TokenKind::kIdentifier) && peek().kind != TokenKind::kUserVariable && peek().kind != TokenKind::kAt) {
        const Token word = token();
        const Privilege privilege = parse_privilege();
        privileges.push_back(privilege);
        roles.push_back({.user = word.text});
      } else {
        roles.push_back(parse_account());
        has_role_only = true;
      }
    } while (accept(TokenKind::kComma));
  } else {
    do {
      privileges.push_back(parse_privilege());
    } while (accept(TokenKind::kComma));
  }
  if (is_role_form && (has_role_only || is(Keyword::kTo))) {
    expect(Keyword::kTo);
    GrantRoleStatement* grant = make<GrantRoleStatement>();
    grant->roles = list(roles);
    grant->accounts = parse_accounts();
    if (accept(Keyword::kWith)) {
      expect(Keyword::kAdmin, Keyword::kOption);
      grant->with_admin_option = true;
    }
    return grant;
  }
  expect(Keyword::kOn);
  GrantStatement* grant = make<GrantStatement>();
  grant->privileges = list(privileges);
  grant->target = parse_privilege_target();
  expect(Keyword::kTo);
  grant->accounts = parse_account_specifications();
  grant->options = parse_account_options(true);
  while (is(Keyword::kWith) || is(Keyword::kGrant)) {
    accept(Keyword::kWith);
    expect(Keyword::kGrant, Keyword::kOption);
    grant->with_grant_option = true;
  }
  return grant;
}

const Statement* DdlParser::parse_revoke() {
  expect(Keyword::kRevoke);
  const bool is_account = is_string() || is(TokenKind::kQuotedIdentifier) || peek().kind == TokenKind::kUserVariable ||
                          peek().kind == TokenKind::kAt;
  std::vector<Privilege> privileges;
  std::vector<AccountName> roles;
  bool has_role_only = false;
  do {
    if (is_account || is_string() || is(TokenKind::kQuotedIdentifier) || peek().kind == TokenKind::kUserVariable) {
      roles.push_back(parse_account());
      has_role_only = true;
    } else {
      const Token word = token();
      privileges.push_back(parse_privilege());
      roles.push_back({.user = word.text});
    }
  } while (accept(TokenKind::kComma));
  if (!has_role_only && is(Keyword::kOn)) {
    advance();
    RevokeStatement* revoke = make<RevokeStatement>();
    revoke->privileges = list(privileges);
    revoke->target = parse_privilege_target();
    expect(Keyword::kFrom);
    revoke->accounts = parse_account_specifications();
    return revoke;
  }
  expect(Keyword::kFrom);
  if (!has_role_only && privileges[0].name == "ALL") {
    // REVOKE ALL [PRIVILEGES], GRANT OPTION FROM ..
    RevokeStatement* revoke = make<RevokeStatement>();
    revoke->privileges = list(privileges);
    revoke->target.level = PrivilegeLevel::kGlobal;
    revoke->accounts = parse_account_specifications();
    return revoke;
  }
  RevokeRoleStatement* revoke = make<RevokeRoleStatement>();
  revoke->roles = list(roles);
  revoke->accounts = parse_accounts();
  return revoke;
}

}  // namespace sluice::sql
