#include "session/set_variables.h"

#include <cmath>

#include "base/sql_error.h"
#include "catalog/name.h"
#include "session/accounts.h"
#include "types/charset.h"
#include "types/collation.h"
#include "types/time_zone.h"
#include "types/value_text.h"

namespace sluice::session {
namespace {

/// Checks that the generic rules of a kind do not cover.
std::string checked_value(const SystemVariable& variable, std::string value, StatementContext& context) {
  if (variable.name == "sql_mode") return types::SqlMode::parse(value).to_string();
  if (variable.name == "time_zone") {
    if (types::find_time_zone(value) == nullptr) throw SqlError(ErrorCode::kUnknownTimeZone, value);
    return value;
  }
  if (variable.name == "transaction_isolation" || variable.name == "tx_isolation") {
    if (value == "READ-UNCOMMITTED" || value == "SERIALIZABLE") {
      const SqlError error(ErrorCode::kUnsupportedIsolationLevel, value);
      if (context.session.variables.get("tidb_skip_isolation_level_check") != "ON") throw error;
      context.run.warnings().append(error);
    }
  }
  return value;
}

/// The text of what was assigned; DEFAULT and unquoted words are handled by the caller.
std::string text_of(const expression::VariableValue& assigned) {
  return types::format_value(assigned.value, assigned.type);
}

std::string assigned_text(const sql::VariableSetting& setting, const SystemVariable& variable,
                          StatementContext& context) {
  // SET x = ON, SET x = utf8mb4: an unquoted word is its own value.
  if (const auto* word = setting.value->try_as<sql::ColumnReference>(); word != nullptr && word->table.empty())
    return std::string(word->column);
  const expression::VariableValue value = context.query.evaluate(*setting.value, context.parameters);
  if (value.value.is_null()) {
    if (variable.name == "character_set_results") return {};
    throw SqlError(ErrorCode::kWrongValueForVar, std::string(variable.name), "NULL");
  }
  const bool is_number = value.value.kind() != types::Value::Kind::kString;
  if (is_number && (variable.kind == VariableKind::kString && variable.name != "sql_mode") &&
      value.value.kind() == types::Value::Kind::kDouble) {
    throw SqlError(ErrorCode::kWrongTypeForVar, std::string(variable.name));
  }
  // TiDB's own variables take numbers as text, too.
  const bool takes_text = variable.name.starts_with("tidb_");
  if (!is_number && !takes_text &&
      (variable.kind == VariableKind::kInteger || variable.kind == VariableKind::kUnsigned)) {
    throw SqlError(ErrorCode::kWrongTypeForVar, std::string(variable.name));
  }
  if (is_number && (variable.kind == VariableKind::kInteger || variable.kind == VariableKind::kUnsigned) &&
      (value.value.kind() == types::Value::Kind::kDouble || value.value.kind() == types::Value::Kind::kDecimal)) {
    throw SqlError(ErrorCode::kWrongTypeForVar, std::string(variable.name));
  }
  return text_of(value);
}

void set_both(std::string_view charset, std::string_view collation, StatementContext& context, bool names) {
  SessionVariables& variables = context.session.variables;
  const types::Charset* found = types::find_charset(charset);
  if (found == nullptr) throw SqlError(ErrorCode::kUnknownCharacterSet, std::string(charset));
  const types::Collation* chosen = collation.empty() ? found->default_collation() : types::find_collation(collation);
  if (chosen == nullptr) types::throw_unknown_collation(collation);
  if (chosen->charset != found)
    throw SqlError(ErrorCode::kCollationCharsetMismatch, std::string(collation), std::string(charset));
  variables.set(*find_system_variable("character_set_client"), std::string(found->name));
  variables.set(*find_system_variable("character_set_results"), std::string(found->name));
  if (names) {
    variables.set(*find_system_variable("character_set_connection"), std::string(found->name));
    variables.set(*find_system_variable("collation_connection"), std::string(chosen->name));
  } else {
    variables.set(*find_system_variable("character_set_connection"),
                  std::string(variables.get("character_set_database")));
    variables.set(*find_system_variable("collation_connection"), std::string(variables.get("collation_database")));
  }
}

bool is_global_scope(sql::VariableScope scope) {
  return scope == sql::VariableScope::kGlobal || scope == sql::VariableScope::kPersist ||
         scope == sql::VariableScope::kPersistOnly || scope == sql::VariableScope::kInstance;
}

void set_global(const SystemVariable& variable, const sql::VariableSetting& setting, StatementContext& context) {
  SessionState& session = context.session;
  if (!variable.has(variable_scope::kGlobal | variable_scope::kInstance)) {
    throw SqlError(ErrorCode::kLocalVariable, std::string(variable.name));
  }
  session.environment.accounts.check_global(session, Privilege::kSuper);
  std::string text =
      setting.value == nullptr ? std::string(variable.default_value) : assigned_text(setting, variable, context);
  text = value_of_variable(variable, text, context);
  session.environment.variables.set(variable, std::move(text), context.run.stop());
}

/// Pairs that follow each other: a character set brings its default collation, a collation its character set, a limit of the size of joins
/// the end of sql_big_selects.
void set_companion(const SystemVariable& variable, const std::string& text, SessionVariables& variables) {
  if (variable.name == "max_join_size") {
    variables.set(*find_system_variable("sql_big_selects"), text == variable.default_value ? "ON" : "OFF");
  }
  constexpr std::string_view kSuffixes[] = {"connection", "database", "server"};
  for (const std::string_view suffix : kSuffixes) {
    if (variable.name == "character_set_" + std::string(suffix)) {
      const types::Charset* charset = types::find_charset(text);
      variables.set(*find_system_variable("collation_" + std::string(suffix)),
                    std::string(charset->default_collation()->name));
    } else if (variable.name == "collation_" + std::string(suffix)) {
      variables.set(*find_system_variable("character_set_" + std::string(suffix)),
                    std::string(types::find_collation(text)->charset->name));
    }
  }
}

void set_session(const SystemVariable& variable, const sql::VariableSetting& setting, StatementContext& context) {
  SessionState& session = context.session;
  if (!variable.has(variable_scope::kSession)) throw SqlError(ErrorCode::kGlobalVariable, std::string(variable.name));
  std::string text = setting.value == nullptr ? session.environment.variables.get(variable)
                                              : assigned_text(setting, variable, context);
  text = checked_value(variable, normalized_value(variable, text, context.run.warnings()), context);
  if (variable.name == "last_insert_id" || variable.name == "identity") {
    session.last_insert_id = std::stoull(text);
    return;
  }
  if (variable.name == "autocommit" && text == "ON" && session.transaction.is_explicit())
    session.transaction.commit(context.run.stop());
  session.variables.set(variable, text);
  set_companion(variable, text, session.variables);
  context.run.eval().sql_mode = session.variables.settings().sql_mode;
  context.run.eval().time_zone = session.variables.settings().time_zone;
}

void set_system(const sql::VariableSetting& setting, StatementContext& context) {
  const SystemVariable* variable = find_system_variable(setting.name);
  if (variable == nullptr) throw SqlError(ErrorCode::kUnknownSystemVariable, std::string(setting.name));
  if (variable->has(variable_scope::kReadOnly)) {
    throw SqlError(ErrorCode::kIncorrectGlobalLocalVar, std::string(variable->name), "read only");
  }
  if (is_global_scope(setting.scope)) {
    set_global(*variable, setting, context);
  } else if (setting.scope == sql::VariableScope::kNotWritten && variable->has(variable_scope::kInstance) &&
             !variable->has(variable_scope::kSession)) {
    // A variable of this server needs no GLOBAL.
    set_global(*variable, setting, context);
  } else {
    set_session(*variable, setting, context);
  }
}

}  // namespace

std::string value_of_variable(const SystemVariable& variable, std::string_view text, StatementContext& context) {
  return checked_value(variable, normalized_value(variable, text, context.run.warnings()), context);
}

void set_variables(const sql::SetVariablesStatement& statement, StatementContext& context) {
  for (const sql::VariableSetting& setting : statement.settings) {
    switch (setting.target) {
      case sql::SetTargetKind::kUserVariable:
        context.session.user_variables[catalog::to_lower(setting.name)] =
            context.query.evaluate(*setting.value, context.parameters);
        break;
      case sql::SetTargetKind::kNames:
      case sql::SetTargetKind::kCharacterSet:
        set_both(setting.charset.empty() ? "utf8mb4" : setting.charset, setting.collation, context,
                 setting.target == sql::SetTargetKind::kNames);
        break;
      case sql::SetTargetKind::kSystemVariable:
        set_system(setting, context);
        break;
    }
  }
}

void set_transaction(const sql::SetTransactionStatement& statement, StatementContext& context) {
  SessionState& session = context.session;
  if (statement.as_of_timestamp != nullptr) throw SqlError(ErrorCode::kNotSupportedYet, "AS OF TIMESTAMP");
  if (statement.scope == sql::VariableScope::kNotWritten && session.transaction.is_explicit()) {
    throw SqlError(ErrorCode::kCantChangeTxCharacteristics);
  }
  std::string level;
  switch (statement.isolation) {
    case sql::IsolationLevel::kNotWritten:
      break;
    case sql::IsolationLevel::kReadUncommitted:
      level = "READ-UNCOMMITTED";
      break;
    case sql::IsolationLevel::kReadCommitted:
      level = "READ-COMMITTED";
      break;
    case sql::IsolationLevel::kRepeatableRead:
      level = "REPEATABLE-READ";
      break;
    case sql::IsolationLevel::kSerializable:
      level = "SERIALIZABLE";
      break;
  }
  const SystemVariable& isolation = *find_system_variable("transaction_isolation");
  const SystemVariable& read_only = *find_system_variable("transaction_read_only");
  if (!level.empty()) {
    checked_value(isolation, level, context);
    if (statement.scope == sql::VariableScope::kNotWritten) {
      session.next_isolation = level == "READ-COMMITTED" ? Isolation::kReadCommitted : Isolation::kRepeatableRead;
    } else if (is_global_scope(statement.scope)) {
      session.environment.accounts.check_global(session, Privilege::kSuper);
      session.environment.variables.set(isolation, level, context.run.stop());
    } else {
      session.variables.set(isolation, level);
    }
  }
  if (statement.access == sql::AccessMode::kNotWritten) return;
  const bool only_reads = statement.access == sql::AccessMode::kReadOnly;
  if (statement.scope == sql::VariableScope::kNotWritten) {
    session.next_read_only = only_reads;
  } else if (is_global_scope(statement.scope)) {
    session.environment.accounts.check_global(session, Privilege::kSuper);
    session.environment.variables.set(read_only, only_reads ? "ON" : "OFF", context.run.stop());
  } else {
    session.variables.set(read_only, only_reads ? "ON" : "OFF");
  }
}

}  // namespace sluice::session
