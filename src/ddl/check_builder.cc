#include "ddl/check_builder.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "ddl/column_builder.h"
#include "sql/ast_visitor.h"
#include "sql/restore.h"
#include "types/charset.h"

namespace sluice::ddl {
namespace {

using catalog::ColumnInfo;
using catalog::Name;
using catalog::TableInfo;

constexpr std::size_t kLongestName = 64;

/// Functions whose value depends on more than their arguments. Source: MySQL manual, "CHECK Constraints". Sorted.
constexpr std::array<std::string_view, 43> kDisallowedFunctions = {"benchmark",
                                                                   "connection_id",
                                                                   "curdate",
                                                                   "current_date",
                                                                   "current_role",
                                                                   "current_time",
                                                                   "current_timestamp",
                                                                   "current_user",
                                                                   "curtime",
                                                                   "database",
                                                                   "found_rows",
                                                                   "get_lock",
                                                                   "is_free_lock",
                                                                   "is_used_lock",
                                                                   "last_insert_id",
                                                                   "load_file",
                                                                   "localtime",
                                                                   "localtimestamp",
                                                                   "master_pos_wait",
                                                                   "name_const",
                                                                   "now",
                                                                   "rand",
                                                                   "random_bytes",
                                                                   "release_all_locks",
                                                                   "release_lock",
                                                                   "row_count",
                                                                   "schema",
                                                                   "session_user",
                                                                   "sleep",
                                                                   "sysdate",
                                                                   "system_user",
                                                                   "tidb_version",
                                                                   "unix_timestamp",
                                                                   "user",
                                                                   "utc_date",
                                                                   "utc_time",
                                                                   "utc_timestamp",
                                                                   "uuid",
                                                                   "uuid_short",
                                                                   "values",
                                                                   "version",
                                                                   "wait_for_executed_gtid_set",
                                                                   "wait_until_sql_thread_after_gtids"};

/// Functions that say yes or no; those of other functions are numbers or text.
constexpr std::array<std::string_view, 13> kConditionFunctions = {
    "is_ipv4",    "is_ipv4_compat", "is_ipv4_mapped",     "is_ipv6",       "is_uuid",
    "isnull",     "json_contains",  "json_contains_path", "json_overlaps", "json_schema_valid",
    "json_valid", "like",           "regexp_like"};

/// Whether an expression is a condition by its form: a number or text is none.
bool is_condition(const sql::Expression& expression) {
  using Kind = sql::ExpressionKind;
  switch (expression.kind) {
    case Kind::kIsTest:
    case Kind::kBetween:
    case Kind::kInList:
    case Kind::kInSubquery:
    case Kind::kLike:
    case Kind::kRegexp:
    case Kind::kQuantifiedComparison:
    case Kind::kExists:
    case Kind::kCase:
      return true;
    case Kind::kFunction:
      return std::find(kConditionFunctions.begin(), kConditionFunctions.end(),
                       expression.as<sql::FunctionCall>().name) != kConditionFunctions.end();
    case Kind::kLiteral: {
      const auto kind = expression.as<sql::Literal>().literal_kind;
      return kind == sql::LiteralKind::kBoolean || kind == sql::LiteralKind::kNull;
    }
    case Kind::kUnary: {
      const sql::UnaryOperator op = expression.as<sql::Unary>().op;
      return op == sql::UnaryOperator::kNot || op == sql::UnaryOperator::kExclamation;
    }
    case Kind::kBinary: {
      using Op = sql::BinaryOperator;
      switch (expression.as<sql::Binary>().op) {
        case Op::kAnd:
        case Op::kOr:
        case Op::kXor:
        case Op::kEqual:
        case Op::kNullSafeEqual:
        case Op::kNotEqual:
        case Op::kLess:
        case Op::kLessOrEqual:
        case Op::kGreater:
        case Op::kGreaterOrEqual:
          return true;
        default:
          return false;
      }
    }
    default:
      return false;
  }
}

void check_parts(const sql::Expression& expression, std::string_view name) {
  using Kind = sql::ExpressionKind;
  switch (expression.kind) {
    case Kind::kSubquery:
    case Kind::kExists:
    case Kind::kInSubquery:
    case Kind::kQuantifiedComparison:
      throw SqlError(ErrorCode::kCheckConstraintFunctionIsNotAllowed, name);
    case Kind::kUserVariable:
    case Kind::kSystemVariable:
    case Kind::kVariableAssignment:
      throw SqlError(ErrorCode::kCheckConstraintVariables, name);
    case Kind::kRow:
      throw SqlError(ErrorCode::kCheckConstraintRowValue, name);
    case Kind::kDefault:
      throw SqlError(ErrorCode::kCheckConstraintNamedFunctionIsNotAllowed, name, "default");
    case Kind::kValuesReference:
      throw SqlError(ErrorCode::kCheckConstraintNamedFunctionIsNotAllowed, name, "values");
    case Kind::kAggregate:
      throw SqlError(ErrorCode::kInvalidGroupFuncUse);
    case Kind::kWindowFunction:
    case Kind::kMatchAgainst:
      throw SqlError(ErrorCode::kCheckConstraintFunctionIsNotAllowed, name);
    case Kind::kFunction: {
      const std::string_view function = expression.as<sql::FunctionCall>().name;
      if (std::find(kDisallowedFunctions.begin(), kDisallowedFunctions.end(), function) != kDisallowedFunctions.end()) {
        throw SqlError(ErrorCode::kCheckConstraintNamedFunctionIsNotAllowed, name, function);
      }
      break;
    }
    default:
      break;
  }
  sql::for_each_child(expression, [&](const sql::Expression& part) { check_parts(part, name); });
}

bool is_name_taken(const TableInfo& table, const Name& name) {
  return std::any_of(table.constraints.begin(), table.constraints.end(),
                     [&](const catalog::ConstraintInfo& other) { return other.name == name; });
}

void check_length(std::string_view name) {
  if (types::utf8mb4_charset()->length(name) > kLongestName) throw SqlError(ErrorCode::kTooLongIdent, name);
}

Name name_of(const CheckDefinition& definition, const TableInfo& table) {
  if (!definition.name.empty()) {
    const Name name(definition.name);
    check_length(definition.name);
    if (is_name_taken(table, name)) throw SqlError(ErrorCode::kCheckConstraintDupName, name.lower);
    return name;
  }
  for (int number = 1;; ++number) {
    Name name(table.name.original + "_chk_" + std::to_string(number));
    if (is_name_taken(table, name)) continue;
    check_length(name.original);
    return name;
  }
}

}  // namespace

void warn_of_check_switch(const StatementContext& context) {
  if (context.warnings == nullptr) return;
  context.warnings->append(Warning::Level::kWarning, ErrorCode::kUnknownError, "tidb_enable_check_constraint is off");
}

bool is_changed_by_foreign_key(const TableInfo& table, const Name& column) {
  using Action = catalog::ReferenceAction;
  const auto changes = [](Action action) {
    return action == Action::kCascade || action == Action::kSetNull || action == Action::kSetDefault;
  };
  for (const catalog::ForeignKeyInfo& key : table.foreign_keys) {
    const bool sets_null = key.on_delete == Action::kSetNull || key.on_delete == Action::kSetDefault;
    if (!changes(key.on_update) && !sets_null) continue;
    if (std::find(key.columns.begin(), key.columns.end(), column) != key.columns.end()) return true;
  }
  return false;
}

catalog::ConstraintInfo build_check(const CheckDefinition& definition, TableInfo& table) {
  catalog::ConstraintInfo check;
  check.name = name_of(definition, table);
  const std::string& name = check.name.original;
  check_parts(*definition.expression, name);
  if (!is_condition(*definition.expression)) throw SqlError(ErrorCode::kCheckConstraintBoolean, name);
  for (const std::string& used : columns_of(*definition.expression)) {
    const ColumnInfo* const column = table.find_column(used);
    if (definition.own_column != nullptr && used != definition.own_column->name.lower) {
      throw SqlError(ErrorCode::kCheckConstraintRefersOtherColumn, name);
    }
    if (column == nullptr) throw SqlError(ErrorCode::kCheckConstraintRefersUnknownColumn, name, used);
    if (column->type.has_flag(types::field_flag::kAutoIncrement))
      throw SqlError(ErrorCode::kCheckConstraintRefersAutoIncrementColumn, name);
    if (is_changed_by_foreign_key(table, column->name)) {
      throw SqlError(ErrorCode::kCheckConstraintClauseUsingFkReferActionColumn, column->name.original, name);
    }
    check.columns.push_back(column->name);
  }
  check.id = ++table.max_constraint_id;
  check.table_name = table.name;
  check.enforced = definition.is_enforced;
  check.in_column = definition.own_column != nullptr;
  check.expression = restore_expression(*definition.expression);
  return check;
}

}  // namespace sluice::ddl
