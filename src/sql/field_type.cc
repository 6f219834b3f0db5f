#include "sql/field_type.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/sql_error.h"
#include "types/charset.h"
#include "types/collation.h"
#include "types/utf8.h"

namespace sluice::sql {
namespace {

using types::Collation;
using types::FieldType;
using types::TypeCode;
namespace field_flag = types::field_flag;

constexpr std::int64_t kMaxFieldBytes = 65535;
constexpr std::int64_t kMaxCharLength = 255;
constexpr std::int64_t kMaxIntegerWidth = 255;
constexpr std::int64_t kMaxBits = 64;
constexpr std::int64_t kMaxFloatPrecision = 24;
constexpr std::int64_t kMaxDoublePrecision = 53;
constexpr std::int64_t kDefaultDecimalPrecision = 10;

std::string_view shown_name(std::string_view column) { return column.empty() ? std::string_view("CAST") : column; }

/// The one collation that the charset and collation clauses of a type and its column ask for.
const Collation* written_collation(const DataType& type, const Collation* default_collation,
                                   std::string_view column_collation) {
  const types::Charset* charset = nullptr;
  const std::string_view charset_name = !type.charset.empty() ? type.charset
                                        : type.is_national    ? std::string_view("utf8")
                                                              : std::string_view();
  if (!charset_name.empty()) {
    charset = types::find_charset(charset_name);
    if (charset == nullptr) throw SqlError(ErrorCode::kUnknownCharacterSet, charset_name);
  }
  const std::string_view collation_name = !column_collation.empty() ? column_collation : type.collation;
  if (!collation_name.empty()) {
    const Collation* collation = types::find_collation(collation_name);
    if (collation == nullptr) types::throw_unknown_collation(collation_name);
    if (charset != nullptr && collation->charset != charset) {
      throw SqlError(ErrorCode::kCollationCharsetMismatch, collation_name, charset->name);
    }
    return collation;
  }
  return charset != nullptr ? charset->default_collation() : default_collation;
}

/// The same; the attribute BINARY asks for the *_bin collation of whatever character set that is.
const Collation* choose_collation(const DataType& type, const Collation* default_collation,
                                  std::string_view column_collation) {
  const Collation* const written = written_collation(type, default_collation, column_collation);
  if (!type.is_binary_attribute) return written;
  const Collation* const binary = types::find_collation(std::string(written->charset->name) + "_bin");
  return binary == nullptr ? written : binary;
}

void set_numeric_flags(const DataType& type, FieldType& field) {
  if (type.is_unsigned) field.set_flag(field_flag::kUnsigned);
  if (type.is_zerofill) field.set_flag(field_flag::kZerofill);
}

FieldType integer_type(const DataType& type, TypeCode code, std::string_view column) {
  FieldType field = FieldType::of(code, type.is_unsigned ? field_flag::kUnsigned : 0);
  set_numeric_flags(type, field);
  if (type.length > kMaxIntegerWidth)
    throw SqlError(ErrorCode::kTooBigDisplaywidth, shown_name(column), kMaxIntegerWidth);
  if (type.length >= 0) field.flen = static_cast<std::int32_t>(type.length);
  return field;
}

FieldType float_type(const DataType& type, std::string_view column) {
  const bool is_precision = type.kind == DataTypeKind::kFloat && type.decimals < 0 && type.length >= 0;
  if (is_precision && type.length > kMaxDoublePrecision) throw SqlError(ErrorCode::kWrongFieldSpec, shown_name(column));
  const bool is_double = type.kind == DataTypeKind::kDouble || (is_precision && type.length > kMaxFloatPrecision);
  FieldType field = FieldType::of(is_double ? TypeCode::kDouble : TypeCode::kFloat);
  set_numeric_flags(type, field);
  if (type.length < 0 || is_precision) return field;
  if (type.decimals > types::kMaxDecimalScale)
    throw SqlError(ErrorCode::kTooBigScale, type.decimals, shown_name(column), types::kMaxDecimalScale);
  if (type.length > kMaxIntegerWidth)
    throw SqlError(ErrorCode::kTooBigDisplaywidth, shown_name(column), kMaxIntegerWidth);
  if (type.decimals > type.length) throw SqlError(ErrorCode::kMBiggerThanD, shown_name(column));
  field.flen = static_cast<std::int32_t>(type.length);
  if (type.decimals >= 0) field.decimals = type.decimals;
  return field;
}

FieldType decimal_type(const DataType& type, std::string_view column) {
  std::int64_t precision = type.length >= 0 ? type.length : kDefaultDecimalPrecision;
  const std::int32_t scale = std::max(type.decimals, 0);
  if (precision == 0 && scale == 0) precision = kDefaultDecimalPrecision;
  if (scale > types::kMaxDecimalScale)
    throw SqlError(ErrorCode::kTooBigScale, scale, shown_name(column), types::kMaxDecimalScale);
  if (precision > types::kMaxDecimalPrecision)
    throw SqlError(ErrorCode::kTooBigPrecision, precision, shown_name(column), types::kMaxDecimalPrecision);
  if (scale > precision) throw SqlError(ErrorCode::kMBiggerThanD, shown_name(column));
  FieldType field = FieldType::decimal(static_cast<int>(precision), scale);
  set_numeric_flags(type, field);
  return field;
}

FieldType temporal_type(const DataType& type, std::string_view column) {
  const std::int64_t fsp = std::max<std::int64_t>(type.length, 0);
  if (fsp > types::kMaxFsp) throw SqlError(ErrorCode::kTooBigPrecision, fsp, shown_name(column), types::kMaxFsp);
  switch (type.kind) {
    case DataTypeKind::kTime:
      return FieldType::time(static_cast<int>(fsp));
    case DataTypeKind::kTimestamp:
      return FieldType::timestamp(static_cast<int>(fsp));
    default:
      return FieldType::datetime(static_cast<int>(fsp));
  }
}

/// CHAR, VARCHAR, BINARY, VARBINARY.
FieldType sized_string_type(const DataType& type, const Collation* collation, std::string_view column) {
  const bool is_variable = type.kind == DataTypeKind::kVarchar || type.kind == DataTypeKind::kVarbinary;
  FieldType field = FieldType::of(is_variable ? TypeCode::kVarchar : TypeCode::kString);
  field.collation = collation;
  if (collation->charset->is_binary()) field.set_flag(field_flag::kBinary);
  const bool is_cast = column.empty();
  if (is_cast) {
    field.flen = type.length >= 0 ? static_cast<std::int32_t>(std::min<std::int64_t>(type.length, INT32_MAX))
                                  : types::kUnspecifiedLength;
    // A CAST without a length takes as many characters as there are: VARCHAR-like.
    field.code = type.length >= 0 ? field.code : TypeCode::kVarchar;
    return field;
  }
  const std::int64_t limit = is_variable ? kMaxFieldBytes / collation->charset->max_bytes : kMaxCharLength;
  const std::int64_t length = type.length >= 0 ? type.length : 1;
  if (length > limit) throw SqlError(ErrorCode::kTooBigFieldlength, column, limit);
  field.flen = static_cast<std::int32_t>(length);
  return field;
}

FieldType blob_type(const DataType& type, const Collation* collation) {
  TypeCode code = TypeCode::kBlob;
  switch (type.kind) {
    case DataTypeKind::kTinyText:
    case DataTypeKind::kTinyBlob:
      code = TypeCode::kTinyBlob;
      break;
    case DataTypeKind::kMediumText:
    case DataTypeKind::kMediumBlob:
      code = TypeCode::kMediumBlob;
      break;
    case DataTypeKind::kLongText:
    case DataTypeKind::kLongBlob:
      code = TypeCode::kLongBlob;
      break;
    default:
      // TEXT(n) and BLOB(n) take the smallest type that holds n characters.
      if (type.length >= 0) {
        const std::int64_t bytes = type.length * collation->charset->max_bytes;
        code = bytes < 256        ? TypeCode::kTinyBlob
               : bytes < 65536    ? TypeCode::kBlob
               : bytes < 16777216 ? TypeCode::kMediumBlob
                                  : TypeCode::kLongBlob;
      }
  }
  FieldType field = FieldType::of(code, field_flag::kBlob);
  field.collation = collation;
  if (collation->charset->is_binary()) field.set_flag(field_flag::kBinary);
  return field;
}

FieldType label_type(const DataType& type, const Collation* collation, std::string_view column) {
  const bool is_set = type.kind == DataTypeKind::kSet;
  FieldType field =
      FieldType::of(is_set ? TypeCode::kSet : TypeCode::kEnum, is_set ? field_flag::kSet : field_flag::kEnum);
  field.collation = collation;
  auto elements = std::make_shared<std::vector<std::string>>();
  std::unordered_set<std::string> sort_keys;
  std::size_t longest = 0;
  std::size_t total = 0;
  for (std::string_view element : type.elements) {
    while (!element.empty() && element.back() == ' ') element.remove_suffix(1);
    std::string sort_key;
    collation->append_sort_key(element, sort_key);
    if (!sort_keys.insert(std::move(sort_key)).second) {
      throw SqlError(ErrorCode::kDuplicatedValueInType, column, std::string(element), is_set ? "SET" : "ENUM");
    }
    const std::size_t characters = types::utf8_length(element);
    longest = std::max(longest, characters);
    total += characters + (elements->empty() ? 0 : 1);
    elements->emplace_back(element);
  }
  field.flen = static_cast<std::int32_t>(is_set ? total : longest);
  field.elements = std::move(elements);
  return field;
}

}  // namespace

types::FieldType field_type_of(const DataType& type, const types::Collation* default_collation, std::string_view column,
                               std::string_view column_collation) {
  switch (type.kind) {
    case DataTypeKind::kTinyInt:
      return integer_type(type, TypeCode::kTiny, column);
    case DataTypeKind::kSmallInt:
      return integer_type(type, TypeCode::kShort, column);
    case DataTypeKind::kMediumInt:
      return integer_type(type, TypeCode::kInt24, column);
    case DataTypeKind::kInt:
      return integer_type(type, TypeCode::kLong, column);
    case DataTypeKind::kBigInt:
      return integer_type(type, TypeCode::kLongLong, column);
    case DataTypeKind::kSigned:
      return FieldType::bigint();
    case DataTypeKind::kUnsigned:
      return FieldType::bigint_unsigned();
    case DataTypeKind::kBool: {
      FieldType field = FieldType::of(TypeCode::kTiny);
      field.flen = 1;
      return field;
    }
    case DataTypeKind::kSerial:
      return FieldType::of(TypeCode::kLongLong, field_flag::kUnsigned | field_flag::kNotNull |
                                                    field_flag::kAutoIncrement | field_flag::kUniqueKey);
    case DataTypeKind::kFloat:
    case DataTypeKind::kDouble:
      return float_type(type, column);
    case DataTypeKind::kDecimal:
      return decimal_type(type, column);
    case DataTypeKind::kBit: {
      FieldType field = FieldType::of(TypeCode::kBit, field_flag::kUnsigned);
      const std::int64_t bits = type.length < 0 ? 1 : type.length;
      if (bits == 0) throw SqlError(ErrorCode::kInvalidFieldSize, column);
      if (bits > kMaxBits) throw SqlError(ErrorCode::kTooBigDisplaywidth, shown_name(column), kMaxBits);
      field.flen = static_cast<std::int32_t>(bits);
      return field;
    }
    case DataTypeKind::kYear: {
      FieldType field = FieldType::year();
      field.set_flag(field_flag::kUnsigned | field_flag::kZerofill);
      if (type.length >= 0 && type.length != 4) throw SqlError(ErrorCode::kInvalidYearColumnLength);
      return field;
    }
    case DataTypeKind::kDate:
      return FieldType::date();
    case DataTypeKind::kTime:
    case DataTypeKind::kDatetime:
    case DataTypeKind::kTimestamp:
      return temporal_type(type, column);
    case DataTypeKind::kChar:
    case DataTypeKind::kVarchar:
      return sized_string_type(type, choose_collation(type, default_collation, column_collation), column);
    case DataTypeKind::kBinary:
    case DataTypeKind::kVarbinary:
      return sized_string_type(type, types::binary_collation(), column);
    case DataTypeKind::kTinyText:
    case DataTypeKind::kText:
    case DataTypeKind::kMediumText:
    case DataTypeKind::kLongText:
      return blob_type(type, choose_collation(type, default_collation, column_collation));
    case DataTypeKind::kTinyBlob:
    case DataTypeKind::kBlob:
    case DataTypeKind::kMediumBlob:
    case DataTypeKind::kLongBlob:
      return blob_type(type, types::binary_collation());
    case DataTypeKind::kEnum:
    case DataTypeKind::kSet:
      return label_type(type, choose_collation(type, default_collation, column_collation), column);
    case DataTypeKind::kJson:
      return FieldType::json();
  }
  return FieldType::null();
}

namespace {

const types::Charset& introduced_charset(const Literal& literal) {
  const types::Charset* charset = types::find_charset(literal.introducer);
  if (charset == nullptr) throw SqlError(ErrorCode::kUnknownCharacterSet, literal.introducer);
  return *charset;
}

/// The bytes of _latin1 x'E9' are in the introduced character set; in memory they are UTF-8.
types::Value introduced_bytes(const Literal& literal) {
  const types::Charset& charset = introduced_charset(literal);
  if (charset.is_binary()) return types::Value(literal.text);
  std::string text;
  if (charset.decode(literal.text, text)) return types::Value(std::move(text));
  static constexpr char kDigits[] = "0123456789ABCDEF";
  constexpr std::size_t kShownBytes = 6;
  std::string shown;
  for (const char byte : literal.text.substr(0, kShownBytes)) {
    shown.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    shown.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  throw SqlError(ErrorCode::kInvalidCharacterString, charset.name, shown);
}

}  // namespace

types::Value literal_value(const Literal& literal) {
  switch (literal.literal_kind) {
    case LiteralKind::kNull:
      return types::Value::null();
    case LiteralKind::kBoolean:
      return types::Value(static_cast<std::int64_t>(literal.integer));
    case LiteralKind::kInteger:
      if (literal.integer <= static_cast<std::uint64_t>(INT64_MAX))
        return types::Value(static_cast<std::int64_t>(literal.integer));
      return types::Value(literal.integer);
    case LiteralKind::kDecimal:
      return types::Value(types::Decimal::parse_prefix(literal.text).value);
    case LiteralKind::kDouble: {
      // Out of range: the text has a positive exponent if too large, a negative one if it vanishes.
      const std::size_t exponent = literal.text.find_first_of("eE");
      const bool is_small =
          exponent != std::string_view::npos && exponent + 1 < literal.text.size() && literal.text[exponent + 1] == '-';
      const bool has_digit = literal.text.substr(0, exponent).find_first_of("123456789") != std::string_view::npos;
      if (literal.real == 0 && has_digit && !is_small) {
        throw SqlError(ErrorCode::kIllegalValueForType, "double", literal.text);
      }
      return types::Value(literal.real);
    }
    case LiteralKind::kHex:
    case LiteralKind::kBit:
      if (!literal.introducer.empty()) return introduced_bytes(literal);
      return types::Value(literal.text);
    case LiteralKind::kString:
    case LiteralKind::kDate:
    case LiteralKind::kTime:
    case LiteralKind::kTimestamp:
      return types::Value(literal.text);
  }
  return types::Value::null();
}

types::FieldType literal_type(const Literal& literal, const types::Collation* connection_collation) {
  const Collation* collation = connection_collation;
  if (!literal.introducer.empty()) collation = introduced_charset(literal).default_collation();
  switch (literal.literal_kind) {
    case LiteralKind::kNull:
      return FieldType::null();
    case LiteralKind::kBoolean:
      return FieldType::boolean();
    case LiteralKind::kInteger: {
      FieldType type =
          literal.integer <= static_cast<std::uint64_t>(INT64_MAX) ? FieldType::bigint() : FieldType::bigint_unsigned();
      type.flen = static_cast<std::int32_t>(literal.text.size());
      type.set_flag(field_flag::kNotNull);
      return type;
    }
    case LiteralKind::kDecimal: {
      const types::Decimal value = types::Decimal::parse_prefix(literal.text).value;
      FieldType type = FieldType::decimal(value.precision(), value.scale());
      type.set_flag(field_flag::kNotNull);
      return type;
    }
    case LiteralKind::kDouble: {
      FieldType type = FieldType::double_precision();
      type.flen = static_cast<std::int32_t>(literal.text.size());
      type.set_flag(field_flag::kNotNull);
      return type;
    }
    case LiteralKind::kHex:
    case LiteralKind::kBit: {
      if (literal.introducer.empty()) collation = types::binary_collation();
      FieldType type = FieldType::varchar(static_cast<int>(literal.text.size()), collation);
      type.set_flag(field_flag::kUnsigned | field_flag::kNotNull);
      if (collation->charset->is_binary()) type.set_flag(field_flag::kBinary);
      return type;
    }
    case LiteralKind::kString:
    case LiteralKind::kDate:
    case LiteralKind::kTime:
    case LiteralKind::kTimestamp: {
      FieldType type = FieldType::varchar(static_cast<int>(types::utf8_length(literal.text)), collation);
      if (collation->charset->is_binary()) type.set_flag(field_flag::kBinary);
      type.set_flag(field_flag::kNotNull);
      return type;
    }
  }
  return FieldType::null();
}

}  // namespace sluice::sql
