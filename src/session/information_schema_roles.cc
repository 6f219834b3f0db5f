// information_schema: the roles that the current account may use, and uses.

#include <algorithm>
#include <set>

#include "session/accounts.h"
#include "session/memory_table.h"
#include "session/session_state.h"

namespace sluice::session {
namespace {

using AccountName = std::pair<std::string, std::string>;  // user, host

constexpr std::string_view kApplicableRolesColumns =
    "USER VARCHAR(97), HOST VARCHAR(256), GRANTEE VARCHAR(97), GRANTEE_HOST VARCHAR(256), ROLE_NAME VARCHAR(255), "
    "ROLE_HOST VARCHAR(256), IS_GRANTABLE VARCHAR(3) NOT NULL, IS_DEFAULT VARCHAR(3), IS_MANDATORY VARCHAR(3) NOT NULL";
constexpr std::string_view kEnabledRolesColumns =
    "ROLE_NAME VARCHAR(255), ROLE_HOST VARCHAR(255), IS_DEFAULT VARCHAR(3), IS_MANDATORY VARCHAR(3) NOT NULL";

std::string_view yes_or_no(bool value) { return value ? "YES" : "NO"; }

bool is_default(const Account& account, const AccountName& role) {
  return std::find(account.default_roles.begin(), account.default_roles.end(), role) != account.default_roles.end();
}

/// The roles that are granted to the current account, those granted to them, and so on, each with whom it is granted to.
void applicable_roles(const MemoryTableContext& context, MemoryRows& rows) {
  const AccountRegistry& accounts = context.session.environment.accounts;
  const AccountName self{context.session.account.user, context.session.account.host_pattern};
  const std::shared_ptr<const Account> account = accounts.get(self.first, self.second);
  if (account == nullptr) return;
  std::set<AccountName> seen{self};
  std::vector<AccountName> open{self};
  while (!open.empty()) {
    context.stop.poll();
    const AccountName grantee = std::move(open.back());
    open.pop_back();
    const std::shared_ptr<const Account> holder = accounts.get(grantee.first, grantee.second);
    if (holder == nullptr) continue;
    for (const AccountName& role : holder->roles) {
      rows.add({text_value(self.first), text_value(self.second), text_value(grantee.first), text_value(grantee.second),
                text_value(role.first), text_value(role.second), text_value("NO"),
                text_value(yes_or_no(is_default(*account, role))), text_value("NO")});
      if (seen.insert(role).second) open.push_back(role);
    }
  }
}

void enabled_roles(const MemoryTableContext& context, MemoryRows& rows) {
  const SessionState& session = context.session;
  const std::shared_ptr<const Account> account =
      session.environment.accounts.get(session.account.user, session.account.host_pattern);
  for (const std::string& active : session.active_roles) {
    const std::size_t at = active.rfind('@');
    const AccountName role{active.substr(0, at), active.substr(at + 1)};
    rows.add({text_value(role.first), text_value(role.second),
              text_value(yes_or_no(account != nullptr && is_default(*account, role))), text_value("NO")});
  }
}

}  // namespace

std::vector<MemoryTable> role_tables() {
  constexpr std::string_view kSchema = "INFORMATION_SCHEMA";
  // Roles are granted without WITH ADMIN OPTION only: nobody administers one by having it.
  return {{kSchema, "APPLICABLE_ROLES", kApplicableRolesColumns, applicable_roles},
          {kSchema, "ADMINISTRABLE_ROLE_AUTHORIZATIONS", kApplicableRolesColumns, nullptr},
          {kSchema, "ENABLED_ROLES", kEnabledRolesColumns, enabled_roles}};
}

}  // namespace sluice::session
