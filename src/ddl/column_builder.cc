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

// The stored text of a literal default: what the column would hold, as text; TIMESTAMP in UTC, BIT as bytes.
std::string literal_default(const ColumnInfo& column, const sql::Literal& literal, bool is_negative,
                            const StatementContext& context) {
  types::Value value = sql::literal_value(literal);
  types::FieldType type = sql::literal_type(literal, types::default_collation());
  types::ConversionContext conversion;
  conversion.sql_mode = context.sql_mode;
  conversion.time_zone = context.time_zone;
  conversion.statement_time_us = context.statement_time_us;
  conversion.truncate_as_error = true;
  conversion.purpose = types::ConversionPurpose::kAssign;
  conversion.column_name = column.name.original;
  try {
    if (is_negative) {
      const types::FieldType text_type = types::FieldType::varchar(64, types::default_collation());
      value = types::Value("-" + types::format_value(value, type));
      type = text_type;
    }
    types::Value stored = types::convert(value, type, column.type, conversion);
    if (stored.is_null()) invalid_default(column);
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
  } catch (const SqlError& error) {
    invalid_default(column);
  }
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
    if (!is_parenthesised) invalid_default(column);
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

std::optional<std::string> origin_default_of(const ColumnInfo& column, const StatementContext& context) {
  if (column.is_generated()) return std::nullopt;
  if (column.defaults_to_current_timestamp()) {
    types::Time now =
        types::truncate_time(types::time_from_wall_microseconds(context.statement_time_us), column.type.fsp());
    if (column.type.code == TypeCode::kDatetime) now = types::timestamp_from_utc(now, context.time_zone);
    return types::format_value(types::Value(now), column.type);
  }
  if (column.default_is_expression) {
    throw SqlError(ErrorCode::kNotSupportedYet, "ADD COLUMN with an expression as default");
  }
  if (column.default_value.has_value() || !column.type.not_null()) return column.default_value;
  switch (types::physical_type(column.type)) {
    case types::PhysicalType::kInt64:
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
  column.type = sql::field_type_of(*definition.type, default_collation);
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
        if (option.text.size() > kLongestColumnComment)
          throw SqlError(ErrorCode::kTooLongFieldComment, column.name.original, kLongestColumnComment);
        column.comment = option.text;
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
        if (collation == nullptr) throw SqlError(ErrorCode::kUnknownCollation, option.text);
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
    const bool is_long = types::is_blob_code(column.type.code) || column.type.code == TypeCode::kJson;
    if (is_null_default && column.type.not_null() && !is_long) invalid_default(column);
  }
  settle_missing_default(column);
  return built;
}

}  // namespace sluice::ddl
