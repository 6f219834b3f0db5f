// information_schema and performance_schema: charsets, collations, engines, variables, privileges.

#include "session/accounts.h"
#include "session/memory_table.h"
#include "session/session_state.h"
#include "session/system_variable.h"
#include "sql/keyword.h"
#include "types/collation.h"

namespace sluice::session {
namespace {

using types::Value;

// ---- character sets --------------------------------------------------------------------------------------------------

constexpr std::string_view kCharacterSetsColumns =
    "CHARACTER_SET_NAME VARCHAR(32), DEFAULT_COLLATE_NAME VARCHAR(32), DESCRIPTION VARCHAR(60), MAXLEN BIGINT(3)";

void character_sets(const MemoryTableContext&, MemoryRows& rows) {
  for (const types::Charset* charset : types::all_charsets()) {
    rows.add({text_value(charset->name), text_value(charset->default_collation()->name),
              text_value(charset->description), integer_value(charset->max_bytes)});
  }
}

constexpr std::string_view kCollationsColumns =
    "COLLATION_NAME VARCHAR(32), CHARACTER_SET_NAME VARCHAR(32), ID BIGINT(11), IS_DEFAULT VARCHAR(3), IS_COMPILED "
    "VARCHAR(3), SORTLEN BIGINT(3), "
    "PAD_ATTRIBUTE VARCHAR(9)";

void collations(const MemoryTableContext&, MemoryRows& rows) {
  for (const types::Collation* collation : types::all_collations()) {
    rows.add({text_value(collation->name), text_value(collation->charset->name), integer_value(collation->id),
              text_value(collation->charset->default_collation() == collation ? "Yes" : ""), text_value("Yes"),
              sort_length_value(*collation), text_value(collation->pad_space ? "PAD SPACE" : "NO PAD")});
  }
}

constexpr std::string_view kApplicabilityColumns =
    "COLLATION_NAME VARCHAR(32) NOT NULL, CHARACTER_SET_NAME VARCHAR(32) NOT NULL";

void collation_applicability(const MemoryTableContext&, MemoryRows& rows) {
  for (const types::Collation* collation : types::all_collations())
    rows.add({text_value(collation->name), text_value(collation->charset->name)});
}

// ---- engines, plugins, keywords --------------------------------------------------------------------------------------

constexpr std::string_view kEnginesColumns =
    "ENGINE VARCHAR(64), SUPPORT VARCHAR(8), COMMENT VARCHAR(80), TRANSACTIONS VARCHAR(3), XA VARCHAR(3), SAVEPOINTS "
    "VARCHAR(3)";

void engines(const MemoryTableContext&, MemoryRows& rows) {
  rows.add({text_value("InnoDB"), text_value("DEFAULT"),
            text_value("Supports transactions, row-level locking, and foreign keys"), text_value("YES"),
            text_value("YES"), text_value("YES")});
}

constexpr std::string_view kPluginsColumns =
    "PLUGIN_NAME VARCHAR(64), PLUGIN_VERSION VARCHAR(20), PLUGIN_STATUS VARCHAR(10), PLUGIN_TYPE VARCHAR(80), "
    "PLUGIN_TYPE_VERSION VARCHAR(20), "
    "PLUGIN_LIBRARY VARCHAR(64), PLUGIN_LIBRARY_VERSION VARCHAR(20), PLUGIN_AUTHOR VARCHAR(64), PLUGIN_DESCRIPTION "
    "LONGTEXT, PLUGIN_LICENSE VARCHAR(80), "
    "LOAD_OPTION VARCHAR(64)";

constexpr std::string_view kKeywordsColumns = "WORD VARCHAR(128), RESERVED INT(11)";

void keywords(const MemoryTableContext&, MemoryRows& rows) {
  for (int i = 1;; ++i) {
    const sql::Keyword keyword = static_cast<sql::Keyword>(i);
    if (i > sql::keyword_count()) return;
    rows.add({text_value(sql::keyword_text(keyword)), integer_value(sql::is_reserved(keyword) ? 1 : 0)});
  }
}

// ---- variables -------------------------------------------------------------------------------------------------------

constexpr std::string_view kVariablesColumns = "VARIABLE_NAME VARCHAR(64), VARIABLE_VALUE VARCHAR(1024)";

void session_variables(const MemoryTableContext& context, MemoryRows& rows) {
  for (const SystemVariable& variable : all_system_variables()) {
    rows.add({text_value(variable.name), text_value(context.session.variables.get(variable))});
  }
}

void global_variables(const MemoryTableContext& context, MemoryRows& rows) {
  for (const SystemVariable& variable : all_system_variables()) {
    if (variable.scopes == variable_scope::kSession) continue;
    rows.add({text_value(variable.name), text_value(context.session.environment.variables.get(variable))});
  }
}

constexpr std::string_view kVariablesInfoColumns =
    "VARIABLE_NAME VARCHAR(64) NOT NULL, VARIABLE_SCOPE VARCHAR(64) NOT NULL, DEFAULT_VALUE VARCHAR(64) NOT NULL, "
    "CURRENT_VALUE VARCHAR(64) NOT NULL, "
    "MIN_VALUE BIGINT(64), MAX_VALUE BIGINT(64) UNSIGNED, POSSIBLE_VALUES VARCHAR(256), IS_NOOP VARCHAR(64) NOT NULL";

void variables_info(const MemoryTableContext& context, MemoryRows& rows) {
  for (const SystemVariable& variable : all_system_variables()) {
    std::string scope;
    const auto add = [&scope](std::string_view word) { scope += (scope.empty() ? "" : ",") + std::string(word); };
    if (variable.has(variable_scope::kSession)) add("SESSION");
    if (variable.has(variable_scope::kGlobal)) add("GLOBAL");
    if (variable.has(variable_scope::kInstance)) add("INSTANCE");
    if (scope.empty()) scope = "NONE";
    const bool has_bounds = variable.kind == VariableKind::kInteger || variable.kind == VariableKind::kUnsigned;
    rows.add({text_value(variable.name), text_value(scope), text_value(variable.default_value),
              text_value(context.session.variables.get(variable)),
              has_bounds ? integer_value(variable.minimum) : Value(),
              has_bounds ? unsigned_value(variable.maximum) : Value(), text_or_null(variable.choices),
              text_value(variable.ignored ? "YES" : "NO")});
  }
}

// ---- privileges ------------------------------------------------------------------------------------------------------

constexpr std::string_view kUserPrivilegesColumns =
    "GRANTEE VARCHAR(81), TABLE_CATALOG VARCHAR(512), PRIVILEGE_TYPE VARCHAR(64), IS_GRANTABLE VARCHAR(3)";
constexpr std::string_view kSchemaPrivilegesColumns =
    "GRANTEE VARCHAR(81) NOT NULL, TABLE_CATALOG VARCHAR(512) NOT NULL, TABLE_SCHEMA VARCHAR(64) NOT NULL, "
    "PRIVILEGE_TYPE VARCHAR(64) NOT NULL, IS_GRANTABLE VARCHAR(3) "
    "NOT NULL";
constexpr std::string_view kTablePrivilegesColumns =
    "GRANTEE VARCHAR(81) NOT NULL, TABLE_CATALOG VARCHAR(512) NOT NULL, TABLE_SCHEMA VARCHAR(64) NOT NULL, TABLE_NAME "
    "VARCHAR(64) NOT NULL, PRIVILEGE_TYPE VARCHAR(64) "
    "NOT NULL, IS_GRANTABLE VARCHAR(3) NOT NULL";
constexpr std::string_view kColumnPrivilegesColumns =
    "GRANTEE VARCHAR(81) NOT NULL, TABLE_CATALOG VARCHAR(512) NOT NULL, TABLE_SCHEMA VARCHAR(64) NOT NULL, TABLE_NAME "
    "VARCHAR(64) NOT NULL, COLUMN_NAME VARCHAR(64) "
    "NOT NULL, PRIVILEGE_TYPE VARCHAR(64) NOT NULL, IS_GRANTABLE VARCHAR(3) NOT NULL";

std::string grantee(const Account& account) {
  return "'" + account.record.user + "'@'" + account.record.host_pattern + "'";
}

/// The accounts whose grants the session may see: its own, or all with the SELECT privilege on mysql.
template <class Visit>
void for_each_visible_account(const MemoryTableContext& context, Visit visit) {
  const AccountRegistry& accounts = context.session.environment.accounts;
  const bool sees_all = accounts.has(context.session, "mysql", "user", Privilege::kSelect);
  for (const std::shared_ptr<const Account>& account : accounts.all()) {
    const bool is_own = account->record.user == context.session.account.user &&
                        account->record.host_pattern == context.session.account.host_pattern;
    if (sees_all || is_own) visit(*account);
  }
}

template <class Add>
void add_privileges(PrivilegeSet set, Add add) {
  const std::string_view grantable = (set & bit(Privilege::kGrant)) != 0 ? "YES" : "NO";
  bool has_any = false;
  for (const PrivilegeName& name : privilege_names()) {
    if ((set & bit(name.privilege)) == 0 || name.privilege == Privilege::kGrant) continue;
    has_any = true;
    add(name.name, grantable);
  }
  if (!has_any) add("USAGE", grantable);
}

void user_privileges(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_visible_account(context, [&](const Account& account) {
    add_privileges(account.global, [&](std::string_view privilege, std::string_view grantable) {
      rows.add({text_value(grantee(account)), text_value("def"), text_value(privilege), text_value(grantable)});
    });
    for (const std::string& privilege : account.dynamic) {
      rows.add({text_value(grantee(account)), text_value("def"), text_value(privilege), text_value("NO")});
    }
  });
}

void schema_privileges(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_visible_account(context, [&](const Account& account) {
    for (const auto& [database, set] : account.databases) {
      const std::string& name = database;
      add_privileges(set, [&](std::string_view privilege, std::string_view grantable) {
        rows.add({text_value(grantee(account)), text_value("def"), text_value(name), text_value(privilege),
                  text_value(grantable)});
      });
    }
  });
}

void table_privileges(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_visible_account(context, [&](const Account& account) {
    for (const auto& [table, set] : account.tables) {
      const auto& name = table;
      add_privileges(set, [&](std::string_view privilege, std::string_view grantable) {
        rows.add({text_value(grantee(account)), text_value("def"), text_value(name.first), text_value(name.second),
                  text_value(privilege), text_value(grantable)});
      });
    }
  });
}

constexpr std::string_view kUserAttributesColumns =
    "USER VARCHAR(32) NOT NULL, HOST VARCHAR(255) NOT NULL, ATTRIBUTE LONGTEXT";

void user_attributes(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_visible_account(context, [&](const Account& account) {
    rows.add({text_value(account.record.user), text_value(account.record.host_pattern), Value()});
  });
}

}  // namespace

std::vector<MemoryTable> server_tables() {
  constexpr std::string_view kSchema = "INFORMATION_SCHEMA";
  constexpr std::string_view kPerformance = "PERFORMANCE_SCHEMA";
  return {{kSchema, "CHARACTER_SETS", kCharacterSetsColumns, character_sets},
          {kSchema, "COLLATIONS", kCollationsColumns, collations},
          {kSchema, "COLLATION_CHARACTER_SET_APPLICABILITY", kApplicabilityColumns, collation_applicability},
          {kSchema, "ENGINES", kEnginesColumns, engines},
          {kSchema, "PLUGINS", kPluginsColumns, nullptr},
          {kSchema, "KEYWORDS", kKeywordsColumns, keywords},
          {kSchema, "SESSION_VARIABLES", kVariablesColumns, session_variables},
          {kSchema, "GLOBAL_VARIABLES", kVariablesColumns, global_variables},
          {kSchema, "VARIABLES_INFO", kVariablesInfoColumns, variables_info},
          {kSchema, "GLOBAL_STATUS", kVariablesColumns, nullptr},
          {kSchema, "SESSION_STATUS", kVariablesColumns, nullptr},
          {kSchema, "USER_PRIVILEGES", kUserPrivilegesColumns, user_privileges},
          {kSchema, "SCHEMA_PRIVILEGES", kSchemaPrivilegesColumns, schema_privileges},
          {kSchema, "TABLE_PRIVILEGES", kTablePrivilegesColumns, table_privileges},
          {kSchema, "COLUMN_PRIVILEGES", kColumnPrivilegesColumns, nullptr},
          {kSchema, "USER_ATTRIBUTES", kUserAttributesColumns, user_attributes},
          {kPerformance, "SESSION_VARIABLES", kVariablesColumns, session_variables},
          {kPerformance, "GLOBAL_VARIABLES", kVariablesColumns, global_variables},
          {kPerformance, "GLOBAL_STATUS", kVariablesColumns, nullptr},
          {kPerformance, "SESSION_STATUS", kVariablesColumns, nullptr}};
}

}  // namespace sluice::session
