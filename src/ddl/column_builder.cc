#include "ddl/column_builder.h"

#include <algorithm>
#include <set>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "catalog/default_value.h"
#include "catalog/foreign_key.h"
#include "sql/ast_visitor.h"
#include "sql/field_type.h"
#include "sql/restore.h"
#include "types/charset.h"
#include "types/collation.h"
#include "types/convert.h"
#include "types/time.h"
#include "types/value_text.h"

namespace sluice::ddl {
namespace {

using catalog::ColumnInfo;
using types::TypeCode;
namespace field_flag = types::field_flag;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestColumnComment = 1024;
constexpr int kMostCharacters = 255;  // of CHAR
constexpr int kMostVarcharBytes = 65'535;

const sql::Expression& without_sign(const sql::Expression& expression, bool& is_negative) {
  const auto* unary = expression.try_as<sql::Unary>();
  if (unary == nullptr || (unary->op != sql::UnaryOperator::kMinus && unary->op != sql::UnaryOperator::kPlus))
    return expression;
  if (unary->op == sql::UnaryOperator::kMinus) is_negative = !is_negative;
  return without_sign(*unary->operand, is_negative);
}

// CURRENT_TIMESTAMP, NOW(n), LOCALTIME ...: the fractional digits; nullopt: another expression.
std::optional<int> current_timestamp_digits(const sql::Expression& expression) {
  const auto* call = expression.try_as<sql::FunctionCall>();
  if (call == nullptr) return std::nullopt;
  if (call->name != "current_timestamp" && call->name != "now" && call->name != "localtime" &&
      call->name != "localtimestamp")
    return std::nullopt;
  if (call->arguments.empty()) return 0;
  const auto* digits = call->arguments[0]->try_as<sql::Literal>();
  if (digits == nullptr || digits->literal_kind != sql::LiteralKind::kInteger) return std::nullopt;
  return static_cast<int>(digits->integer);
}

bool takes_current_timestamp(const types::FieldType& type) {
  return type.code == TypeCode::kTimestamp || type.code == TypeCode::kDatetime;
}

[[noreturn]] void invalid_default(const ColumnInfo& column) {
  throw SqlError(ErrorCode::kInvalidDefault, column.name.original);
}

// The stored text of a default: what the column would hold, as text; TIMESTAMP in UTC, BIT as bytes. Throws what the
// assignment of the value throws in strict mode; nullopt for NULL.
std::optional<std::string> stored_default(const ColumnInfo& column, const types::Value& value,
                                          const types::FieldType& type, const StatementContext& context) {
  types::ConversionContext conversion;
  conversion.sql_mode = context.sql_mode;
  if (!context.sql_mode.is_strict())
    conversion.sql_mode = context.sql_mode.without(types::SqlMode::kNoZeroDate).without(types::SqlMode::kNoZeroInDate);
  conversion.time_zone = context.time_zone;
  conversion.statement_time_us = context.statement_time_us;
  conversion.truncate_as_error = true;
  conversion.purpose = types::ConversionPurpose::kAssign;
  conversion.column_name = column.name.original;
  types::Value stored = types::convert(value, type, column.type, conversion);
  if (stored.is_null()) return std::nullopt;
  if (column.type.code == TypeCode::kTimestamp && !stored.as_time().is_zero()) {
    bool exists = true;
    stored = types::Value(types::timestamp_to_utc(stored.as_time(), context.time_zone, exists));
    if (!exists) invalid_default(column);
  }
  if (column.type.code == TypeCode::kBit) {
    std::string bytes;
    types::append_bit_bytes(stored.as_uint64(), column.type.flen, bytes);
    return bytes;
  }
  return types::format_value(stored, column.type);
}

std::string literal_default(const ColumnInfo& column, const sql::Literal& literal, bool is_negative,
                            const StatementContext& context) {
  types::Value value = sql::literal_value(literal);
  types::FieldType type = sql::literal_type(literal, types::default_collation());
  try {
    if (is_negative) {
      const types::FieldType text_type = types::FieldType::varchar(64, types::default_collation());
      value = types::Value("-" + types::format_value(value, type));
      type = text_type;
    }
    std::optional<std::string> stored = stored_default(column, value, type, context);
    if (!stored.has_value()) invalid_default(column);
    return *std::move(stored);
  } catch (const SqlError& error) {
    invalid_default(column);
  }
}

// Functions whose value differs from row to row or from server to server. Source: MySQL 8.0 manual, section 17.2.1.3
// "Determination of Safe and Unsafe Statements in Binary Logging".
bool is_unsafe(const sql::Expression& expression) {
  static constexpr std::string_view kNames[] = {
      "connection_id", "current_role", "current_user",   "database",     "found_rows", "get_lock",
      "is_free_lock",  "is_used_lock", "last_insert_id", "load_file",    "rand",       "release_all_locks",
      "release_lock",  "row_count",    "schema",         "session_user", "sleep",      "sysdate",
      "system_user",   "user",         "uuid",           "uuid_short",   "version"};
  bool found = false;
  sql::walk_expression(expression, [&](const sql::Expression& part) {
    const auto* call = part.try_as<sql::FunctionCall>();
    found =
        found || (call != nullptr && std::find(std::begin(kNames), std::end(kNames), call->name) != std::end(kNames));
    return !found;
  });
  return found;
}

sql::DataType with_length(const sql::DataType& type, std::int64_t length) {
  sql::DataType copy = type;
  copy.length = length;
  return copy;
}

void check_type(ColumnInfo& column) {
  types::FieldType& type = column.type;
  if (type.code == TypeCode::kString && type.flen > kMostCharacters) {
    throw SqlError(ErrorCode::kTooBigFieldlength, column.name.original, kMostCharacters);
  }
  if (type.code == TypeCode::kVarchar || type.code == TypeCode::kVarString) {
    const int most = kMostVarcharBytes / std::max<int>(1, type.collation->charset->max_bytes);
    if (type.flen > most) throw SqlError(ErrorCode::kTooBigFieldlength, column.name.original, most);
  }
  if (type.code == TypeCode::kEnum || type.code == TypeCode::kSet) {
    std::set<std::string> seen;
    for (const std::string& label : *type.elements) {
      std::string key;
      type.collation->append_sort_key(label, key);
      if (!seen.insert(key).second) {
        throw SqlError(ErrorCode::kDuplicatedValueInType, column.name.original, label,
                       type.code == TypeCode::kEnum ? "ENUM" : "SET");
      }
      if (type.code == TypeCode::kSet && label.find(',') != std::string::npos) {
        throw SqlError(ErrorCode::kIllegalValueForType, "set", label);
      }
    }
  }
}

// The column's type. Outside strict mode a VARCHAR or VARBINARY that is too long becomes TEXT or BLOB, with a warning.
types::FieldType column_type(const sql::DataType& written, std::string_view name,
                             const types::Collation* default_collation, const StatementContext& context) {
  const bool is_text = written.kind == sql::DataTypeKind::kVarchar;
  if (!context.sql_mode.is_strict() && (is_text || written.kind == sql::DataTypeKind::kVarbinary)) {
    const std::int64_t bytes_per_character =
        is_text ? sql::field_type_of(with_length(written, 1), default_collation, name).collation->charset->max_bytes
                : 1;
    if (written.length > kMostVarcharBytes / bytes_per_character) {
      sql::DataType converted = with_length(written, written.length);
      converted.kind = is_text ? sql::DataTypeKind::kText : sql::DataTypeKind::kBlob;
      if (context.warnings != nullptr) {
        context.warnings->append(
            SqlError(ErrorCode::kAutoConvert, name, is_text ? "VARCHAR" : "VARBINARY", is_text ? "TEXT" : "BLOB"));
      }
      return sql::field_type_of(converted, default_collation, name);
    }
  }
  return sql::field_type_of(written, default_collation, name);
}

void set_on_update(ColumnInfo& column, const sql::Expression& expression) {
  const std::optional<int> digits = current_timestamp_digits(expression);
  if (!digits.has_value() || !takes_current_timestamp(column.type) || *digits != column.type.fsp()) {
    throw SqlError(ErrorCode::kInvalidOnUpdate, column.name.original);
  }
  column.type.set_flag(field_flag::kOnUpdateNow);
}

/// Columns in stored expressions are the table's own: without its name, which may change.
std::string own_column_text(const sql::ColumnReference& column) { return catalog::backquoted(column.column); }

void set_generated(ColumnInfo& column, const sql::ColumnOption& option) {
  column.generated_expression = sql::restore(*option.expression, {.keyword_case = sql::KeywordCase::kLower,
                                                                  .without_schema = true,
                                                                  .spaces_around_operators = true,
                                                                  .column_text = own_column_text});
  column.generated_stored = option.is_stored;
  column.dependencies = columns_of(*option.expression);
  column.type.set_flag(field_flag::kGenerated);
}

}  // namespace

void check_column_qualifiers(const sql::ColumnReference& column, std::string_view database, std::string_view table) {
  if (!column.schema.empty() && catalog::to_lower(column.schema) != catalog::to_lower(database))
    throw SqlError(ErrorCode::kWrongDbName, column.schema);
  if (!column.table.empty() && catalog::to_lower(column.table) != catalog::to_lower(table))
    throw SqlError(ErrorCode::kWrongTableName, column.table);
}

std::string checked_comment(std::string_view comment, std::size_t most, const SqlError& too_long,
                            const StatementContext& context) {
  const types::Charset& charset = *types::utf8mb4_charset();
  if (charset.length(comment) <= most) return std::string(comment);
  if (context.sql_mode.is_strict()) throw too_long;
  if (context.warnings != nullptr) context.warnings->append(too_long);
  return std::string(comment.substr(0, charset.offset(comment, most)));
}

void check_column_name(std::string_view name) {
  if (name.empty() || name.back() == ' ' || catalog::to_lower(name) == "_tidb_rowid") {
    throw SqlError(ErrorCode::kWrongColumnName, name);
  }
  if (types::utf8mb4_charset()->length(name) > kLongestName) throw SqlError(ErrorCode::kTooLongIdent, name);
}

std::string restore_expression(const sql::Expression& expression) {
  std::string text = sql::restore(expression, {.keyword_case = sql::KeywordCase::kLower,
                                               .without_schema = true,
                                               .spaces_around_operators = true,
                                               .string_introducers = true,
                                               .column_text = own_column_text});
  // Whoever shows the expression writes its parentheses.
  if (expression.is_parenthesised && text.size() > 2 && text.front() == '(' && text.back() == ')')
    text = text.substr(1, text.size() - 2);
  return text;
}

std::vector<std::string> columns_of(const sql::Expression& expression) {
  std::vector<std::string> names;
  sql::walk_expression(expression, [&](const sql::Expression& part) {
    if (const auto* column = part.try_as<sql::ColumnReference>()) {
      std::string name = catalog::to_lower(column->column);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
    return true;
  });
  return names;
}

void set_default(ColumnInfo& column, const sql::Expression& expression, bool is_parenthesised,
                 const StatementContext& context) {
  column.default_is_expression = false;
  column.default_value.reset();
  if (const std::optional<int> digits = current_timestamp_digits(expression)) {
    if (!takes_current_timestamp(column.type) || *digits != column.type.fsp()) invalid_default(column);
    column.default_value = std::string(catalog::kCurrentTimestampDefault);
    return;
  }
  bool is_negative = false;
  const sql::Expression& inner = without_sign(expression, is_negative);
  const auto* literal = inner.try_as<sql::Literal>();
  if (literal != nullptr && literal->literal_kind == sql::LiteralKind::kNull) return;
  const bool is_long = types::is_blob_code(column.type.code) || column.type.code == TypeCode::kJson;
  if (literal == nullptr) {
    // As TiDB does, a function may stand without parentheses.
    if (!is_parenthesised && expression.try_as<sql::FunctionCall>() == nullptr) invalid_default(column);
    column.default_value = restore_expression(expression);
    column.default_is_expression = true;
    return;
  }
  if (is_long && !is_parenthesised) {
    // Outside strict mode MySQL lets an empty default pass with a warning.
    if (context.sql_mode.is_strict() || literal->literal_kind != sql::LiteralKind::kString || !literal->text.empty()) {
      throw SqlError(ErrorCode::kBlobCantHaveDefault, column.name.original);
    }
    if (context.warnings != nullptr)
      context.warnings->append(SqlError(ErrorCode::kBlobCantHaveDefault, column.name.original));
    return;
  }
  if (is_long) {
    column.default_value = restore_expression(expression);
    column.default_is_expression = true;
    return;
  }
  column.default_value = literal_default(column, *literal, is_negative, context);
}

void settle_missing_default(ColumnInfo& column) {
  const bool needs_none = !column.type.not_null() || column.default_value.has_value() || column.is_generated() ||
                          column.type.has_flag(field_flag::kAutoIncrement);
  if (needs_none) {
    column.type.clear_flag(field_flag::kNoDefault);
  } else {
    column.type.set_flag(field_flag::kNoDefault);
  }
}

std::optional<std::string> origin_default_of(const BuiltColumn& built, const StatementContext& context) {
  const ColumnInfo& column = built.column;
  if (column.is_generated()) return std::nullopt;
  if (column.defaults_to_current_timestamp()) {
    types::Time now =
        types::truncate_time(types::time_from_wall_microseconds(context.statement_time_us), column.type.fsp());
    if (column.type.code == TypeCode::kDatetime) now = types::timestamp_from_utc(now, context.time_zone);
    return types::format_value(types::Value(now), column.type);
  }
  if (column.default_is_expression) {
    if (is_unsafe(*built.default_expression)) throw SqlError(ErrorCode::kBinlogUnsafeSystemFunction);
    const StatementContext::Evaluated evaluated = context.evaluate(*built.default_expression);
    if (evaluated.value.is_null()) {
      if (column.type.not_null()) throw SqlError(ErrorCode::kBadNullError, column.name.original);
      return std::nullopt;
    }
    return stored_default(column, evaluated.value, evaluated.type, context);
  }
  if (column.default_value.has_value() || !column.type.not_null()) return column.default_value;
  switch (types::physical_type(column.type)) {
    case types::PhysicalType::kInt64:
      return column.type.code == TypeCode::kYear ? "0000" : "0";  // the text "0" is the year 2000
    case types::PhysicalType::kDouble:
    case types::PhysicalType::kDecimal:
      return "0";
    case types::PhysicalType::kUInt64:
      if (column.type.code == TypeCode::kEnum) return column.type.elements->front();
      if (column.type.code == TypeCode::kSet) return "";
      if (column.type.code == TypeCode::kBit) return std::string(1, '\0');
      return "0";
    case types::PhysicalType::kTime:
      return column.type.code == TypeCode::kDate ? "0000-00-00" : "0000-00-00 00:00:00";
    case types::PhysicalType::kDuration:
      return "00:00:00";
    case types::PhysicalType::kJson:
      return "null";
    case types::PhysicalType::kString:
      return "";
  }
  return std::nullopt;
}

BuiltColumn build_column(const sql::ColumnDefinition& definition, const types::Collation* default_collation,
                         const StatementContext& context) {
  BuiltColumn built;
  ColumnInfo& column = built.column;
  check_column_name(definition.column->column);
  column.name = catalog::Name(definition.column->column);
  column.type = column_type(*definition.type, column.name.original, default_collation, context);
  const bool is_serial = definition.type->kind == sql::DataTypeKind::kSerial;
  if (is_serial) {
    column.type.set_flag(field_flag::kNotNull | field_flag::kAutoIncrement);
    built.is_unique = true;
  }
  check_type(column);
  const sql::ColumnOption* default_option = nullptr;
  bool says_not_null = is_serial;
  bool is_auto_increment = false;
  for (const sql::ColumnOption& option : definition.options) {
    switch (option.kind) {
      case sql::ColumnOptionKind::kPrimaryKey:
        built.is_primary_key = true;
        built.clustering = option.clustering;
        break;
      case sql::ColumnOptionKind::kUniqueKey:
        built.is_unique = true;
        break;
      case sql::ColumnOptionKind::kNotNull:
        says_not_null = true;
        built.says_null = false;
        break;
      case sql::ColumnOptionKind::kNull:
        says_not_null = false;
        built.says_null = true;
        break;
      case sql::ColumnOptionKind::kAutoIncrement:
        if (!column.type.is_integer() && !column.type.is_float())
          throw SqlError(ErrorCode::kWrongFieldSpec, column.name.original);
        column.type.set_flag(field_flag::kAutoIncrement);
        is_auto_increment = true;
        break;
      case sql::ColumnOptionKind::kDefault:
        default_option = &option;
        break;
      case sql::ColumnOptionKind::kOnUpdate:
        set_on_update(column, *option.expression);
        break;
      case sql::ColumnOptionKind::kComment:
        column.comment = checked_comment(
            option.text, kLongestColumnComment,
            SqlError(ErrorCode::kTooLongFieldComment, column.name.original, kLongestColumnComment), context);
        break;
      case sql::ColumnOptionKind::kGenerated:
        set_generated(column, option);
        break;
      case sql::ColumnOptionKind::kReference:
        built.reference = option.reference;
        break;
      case sql::ColumnOptionKind::kCollate: {
        if (column.type.collation == nullptr) break;
        const types::Collation* collation = types::find_collation(option.text);
        if (collation == nullptr) types::throw_unknown_collation(option.text);
        const bool names_charset = !definition.type->charset.empty();
        if (names_charset && collation->charset != column.type.collation->charset) {
          throw SqlError(ErrorCode::kCollationCharsetMismatch, collation->name, column.type.collation->charset->name);
        }
        if (!column.type.is_binary_string()) column.type.collation = collation;
        break;
      }
      case sql::ColumnOptionKind::kCheck:
        built.checks.push_back(&option);
        break;
      case sql::ColumnOptionKind::kAutoRandom:
        throw SqlError(ErrorCode::kNotSupportedYet, "AUTO_RANDOM");
      case sql::ColumnOptionKind::kColumnFormat:
      case sql::ColumnOptionKind::kStorage:
      case sql::ColumnOptionKind::kSecondaryEngineAttribute:
      case sql::ColumnOptionKind::kEngineAttribute:
      case sql::ColumnOptionKind::kVisible:
        break;
      case sql::ColumnOptionKind::kInvisible:
        throw SqlError(ErrorCode::kNotSupportedYet, "INVISIBLE columns");
      case sql::ColumnOptionKind::kSrid:
        throw SqlError(ErrorCode::kNotSupportedYet, "SRID");
    }
  }
  if (says_not_null || is_auto_increment || built.is_primary_key) column.type.set_flag(field_flag::kNotNull);
  if (built.is_primary_key && built.says_null) throw SqlError(ErrorCode::kPrimaryCantHaveNull);
  if (default_option != nullptr) {
    if (column.is_generated()) throw SqlError(ErrorCode::kWrongUsage, "DEFAULT", "generated column");
    if (column.type.has_flag(field_flag::kAutoIncrement)) invalid_default(column);
    set_default(column, *default_option->expression, default_option->is_parenthesised_default, context);
    const bool is_null_default = !column.default_value.has_value();
    built.defaults_to_null = is_null_default;
    built.default_expression = default_option->expression;
    const bool is_long = types::is_blob_code(column.type.code) || column.type.code == TypeCode::kJson;
    if (is_null_default && column.type.not_null() && !is_long) invalid_default(column);
  }
  settle_missing_default(column);
  return built;
}

}  // namespace sluice::ddl
