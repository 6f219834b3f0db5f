#include "session/session_functions.h"

#include <charconv>

#include "base/sql_error.h"
#include "catalog/name.h"
#include "session/session_state.h"
#include "session/user_locks.h"
#include "types/collation.h"

namespace sluice::session {
namespace {

types::FieldType integer_type(bool is_unsigned) {
  types::FieldType type;
  type.code = types::TypeCode::kLongLong;
  type.flags = types::field_flag::kBinary | (is_unsigned ? types::field_flag::kUnsigned : 0);
  type.flen = is_unsigned ? 20 : 21;
  type.decimals = 0;
  type.collation = types::binary_collation();
  return type;
}

types::FieldType double_type() {
  types::FieldType type;
  type.code = types::TypeCode::kDouble;
  type.collation = types::binary_collation();
  return type;
}

types::FieldType text_type() {
  types::FieldType type;
  type.code = types::TypeCode::kVarString;
  type.collation = types::default_collation();
  return type;
}

template <class Number>
Number parse(const std::string& text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The stored text of a variable as the value that @@name yields.
expression::VariableValue value_of(const SystemVariable& variable, const std::string& text) {
  switch (variable.kind) {
    case VariableKind::kBool:
      return {types::Value(std::int64_t{text == "ON"}), integer_type(false)};
    case VariableKind::kInteger:
      return {types::Value(parse<std::int64_t>(text)), integer_type(false)};
    case VariableKind::kUnsigned:
      return {types::Value(parse<std::uint64_t>(text)), integer_type(true)};
    case VariableKind::kDouble:
      return {types::Value(parse<double>(text)), double_type()};
    default:
      break;
  }
  return {types::Value(std::string_view(text)), text_type()};
}

}  // namespace

std::optional<std::string> SessionFunctionsOf::current_database() {
  if (state_.database.empty()) return std::nullopt;
  return state_.database;
}

std::string SessionFunctionsOf::user() { return state_.identity.user + "@" + state_.identity.host; }
std::string SessionFunctionsOf::current_user() { return state_.account.user + "@" + state_.account.host_pattern; }

std::string SessionFunctionsOf::current_role() {
  if (state_.active_roles.empty()) return "NONE";
  std::string out;
  for (const std::string& role : state_.active_roles) {
    if (!out.empty()) out += ",";
    out += role;
  }
  return out;
}

std::uint64_t SessionFunctionsOf::connection_id() { return state_.identity.connection_id; }
std::string SessionFunctionsOf::server_version() { return std::string(kServerVersion); }

std::string SessionFunctionsOf::tidb_version() {
  return "Release Version: v8.5.0\nEdition: Sluice\nGit Commit Hash: None\nGit Branch: None\nUTC Build Time: "
         "None\nGoVersion: None\n"
         "Race Enabled: false\nCheck Table Before Drop: false\nStore: embedded";
}

std::uint64_t SessionFunctionsOf::last_insert_id() { return state_.last_insert_id; }
void SessionFunctionsOf::set_last_insert_id(std::uint64_t id) {
  state_.last_insert_id = id;
  state_.gave_last_insert_id = true;
}
std::int64_t SessionFunctionsOf::row_count() { return state_.row_count; }
std::uint64_t SessionFunctionsOf::found_rows() { return state_.found_rows; }

std::optional<expression::VariableValue> SessionFunctionsOf::find_user_variable(std::string_view name) {
  const auto found = state_.user_variables.find(catalog::to_lower(name));
  if (found == state_.user_variables.end()) return std::nullopt;
  return found->second;
}

void SessionFunctionsOf::set_user_variable(std::string_view name, expression::VariableValue value) {
  state_.user_variables[catalog::to_lower(name)] = std::move(value);
}

expression::VariableValue SessionFunctionsOf::system_variable(std::string_view name, expression::VariableScope scope) {
  const SystemVariable* variable = find_system_variable(name);
  if (variable == nullptr) throw SqlError(ErrorCode::kUnknownSystemVariable, std::string(name));
  if (scope == expression::VariableScope::kGlobal) {
    if (!variable->has(variable_scope::kGlobal | variable_scope::kInstance | variable_scope::kReadOnly) ||
        (variable->has(variable_scope::kSession) && !variable->has(variable_scope::kGlobal))) {
      throw SqlError(ErrorCode::kIncorrectGlobalLocalVar, std::string(variable->name), "SESSION");
    }
    return value_of(*variable, state_.environment.variables.get(*variable));
  }
  if (scope == expression::VariableScope::kSession && !variable->has(variable_scope::kSession) &&
      variable->has(variable_scope::kGlobal)) {
    throw SqlError(ErrorCode::kIncorrectGlobalLocalVar, std::string(variable->name), "GLOBAL");
  }
  // Values that follow from the session's state.
  if (variable->name == "last_insert_id" || variable->name == "identity")
    return {types::Value(state_.last_insert_id), integer_type(true)};
  if (variable->name == "warning_count") return {types::Value(std::uint64_t{state_.warning_count}), integer_type(true)};
  if (variable->name == "error_count") return {types::Value(std::uint64_t{state_.error_count}), integer_type(true)};
  if (variable->name == "tidb_current_ts") return {types::Value(state_.transaction.start_ts()), integer_type(true)};
  if (variable->name == "last_plan_from_cache")
    return {types::Value(std::int64_t{state_.last_plan_from_cache}), integer_type(false)};
  if (variable->name == "pseudo_thread_id") return {types::Value(state_.identity.connection_id), integer_type(true)};
  return value_of(*variable, state_.variables.get(*variable));
}

std::int64_t SessionFunctionsOf::get_lock(std::string_view name, double timeout_seconds, StopToken stop) {
  return state_.environment.user_locks.take(catalog::to_lower(name), connection_id(), timeout_seconds, stop) ? 1 : 0;
}

std::optional<std::int64_t> SessionFunctionsOf::release_lock(std::string_view name) {
  const std::optional<bool> released = state_.environment.user_locks.release(catalog::to_lower(name), connection_id());
  if (!released) return std::nullopt;
  return *released ? 1 : 0;
}

std::int64_t SessionFunctionsOf::release_all_locks() {
  return state_.environment.user_locks.release_all(connection_id());
}

std::optional<std::uint64_t> SessionFunctionsOf::lock_holder(std::string_view name) {
  return state_.environment.user_locks.holder(catalog::to_lower(name));
}

std::int64_t SessionFunctionsOf::next_sequence_value(std::string_view, std::string_view, StopToken) {
  throw SqlError(ErrorCode::kNotSupportedYet, "SEQUENCE");
}
std::optional<std::int64_t> SessionFunctionsOf::last_sequence_value(std::string_view, std::string_view) {
  throw SqlError(ErrorCode::kNotSupportedYet, "SEQUENCE");
}
std::optional<std::int64_t> SessionFunctionsOf::set_sequence_value(std::string_view, std::string_view, std::int64_t,
                                                                   StopToken) {
  throw SqlError(ErrorCode::kNotSupportedYet, "SEQUENCE");
}

}  // namespace sluice::session
