// Types of columns and of CAST.
#include "sql/expression_parser.h"

namespace sluice::sql {
namespace {

enum class Attributes : std::uint8_t { kNone, kNumeric, kString };

struct TypeWord {
  Keyword keyword;
  DataTypeKind kind;
  Attributes attributes;
};

/// Types of one word. `accept_length` follows for all of them; FLOAT, DOUBLE and DECIMAL take a second number.
constexpr TypeWord kTypeWords[] = {
    {Keyword::kTinyint, DataTypeKind::kTinyInt, Attributes::kNumeric},
    {Keyword::kInt1, DataTypeKind::kTinyInt, Attributes::kNumeric},
    {Keyword::kSmallint, DataTypeKind::kSmallInt, Attributes::kNumeric},
    {Keyword::kInt2, DataTypeKind::kSmallInt, Attributes::kNumeric},
    {Keyword::kMediumint, DataTypeKind::kMediumInt, Attributes::kNumeric},
    {Keyword::kMiddleint, DataTypeKind::kMediumInt, Attributes::kNumeric},
    {Keyword::kInt3, DataTypeKind::kMediumInt, Attributes::kNumeric},
    {Keyword::kInt, DataTypeKind::kInt, Attributes::kNumeric},
    {Keyword::kInteger, DataTypeKind::kInt, Attributes::kNumeric},
    {Keyword::kInt4, DataTypeKind::kInt, Attributes::kNumeric},
    {Keyword::kBigint, DataTypeKind::kBigInt, Attributes::kNumeric},
    {Keyword::kInt8, DataTypeKind::kBigInt, Attributes::kNumeric},
    {Keyword::kBool, DataTypeKind::kBool, Attributes::kNone},
    {Keyword::kBoolean, DataTypeKind::kBool, Attributes::kNone},
    {Keyword::kSerial, DataTypeKind::kSerial, Attributes::kNone},
    {Keyword::kFloat, DataTypeKind::kFloat, Attributes::kNumeric},
    {Keyword::kFloat4, DataTypeKind::kFloat, Attributes::kNumeric},
    {Keyword::kFloat8, DataTypeKind::kDouble, Attributes::kNumeric},
    {Keyword::kReal, DataTypeKind::kDouble, Attributes::kNumeric},
    {Keyword::kDouble, DataTypeKind::kDouble, Attributes::kNumeric},
    {Keyword::kDecimal, DataTypeKind::kDecimal, Attributes::kNumeric},
    {Keyword::kDec, DataTypeKind::kDecimal, Attributes::kNumeric},
    {Keyword::kNumeric, DataTypeKind::kDecimal, Attributes::kNumeric},
    {Keyword::kFixed, DataTypeKind::kDecimal, Attributes::kNumeric},
    {Keyword::kBit, DataTypeKind::kBit, Attributes::kNone},
    {Keyword::kYear, DataTypeKind::kYear, Attributes::kNumeric},
    {Keyword::kDate, DataTypeKind::kDate, Attributes::kNone},
    {Keyword::kTime, DataTypeKind::kTime, Attributes::kNone},
    {Keyword::kDatetime, DataTypeKind::kDatetime, Attributes::kNone},
    {Keyword::kTimestamp, DataTypeKind::kTimestamp, Attributes::kNone},
    {Keyword::kBinary, DataTypeKind::kBinary, Attributes::kNone},
    {Keyword::kVarbinary, DataTypeKind::kVarbinary, Attributes::kNone},
    {Keyword::kTinytext, DataTypeKind::kTinyText, Attributes::kString},
    {Keyword::kText, DataTypeKind::kText, Attributes::kString},
    {Keyword::kMediumtext, DataTypeKind::kMediumText, Attributes::kString},
    {Keyword::kLongtext, DataTypeKind::kLongText, Attributes::kString},
    {Keyword::kTinyblob, DataTypeKind::kTinyBlob, Attributes::kNone},
    {Keyword::kBlob, DataTypeKind::kBlob, Attributes::kNone},
    {Keyword::kMediumblob, DataTypeKind::kMediumBlob, Attributes::kNone},
    {Keyword::kLongblob, DataTypeKind::kLongBlob, Attributes::kNone},
    {Keyword::kEnum, DataTypeKind::kEnum, Attributes::kString},
    {Keyword::kSet, DataTypeKind::kSet, Attributes::kString},
    {Keyword::kJson, DataTypeKind::kJson, Attributes::kNone},
};

bool takes_decimals(DataTypeKind kind) {
  return kind == DataTypeKind::kFloat || kind == DataTypeKind::kDouble || kind == DataTypeKind::kDecimal;
}

}  // namespace

std::int64_t ExpressionParser::accept_length() {
  if (!accept(TokenKind::kLeftParen)) return -1;
  constexpr std::uint64_t kMaxLength = 0xFFFFFFFF;
  const std::uint64_t length = std::min(parse_unsigned(), kMaxLength);
  expect(TokenKind::kRightParen);
  return static_cast<std::int64_t>(length);
}

bool ExpressionParser::is_charset_keyword() {
  return is(Keyword::kCharset) || (is_any(Keyword::kCharacter, Keyword::kChar) && peek().keyword == Keyword::kSet);
}

bool ExpressionParser::accept_charset_keyword() {
  return accept(Keyword::kCharset) || accept(Keyword::kCharacter, Keyword::kSet) ||
         accept(Keyword::kChar, Keyword::kSet);
}

std::string_view ExpressionParser::parse_charset_name() {
  if (accept(Keyword::kBinary)) return "binary";
  return lower(parse_name_or_string());
}

std::string_view ExpressionParser::parse_collation_name() {
  if (accept(Keyword::kBinary)) return "binary";
  return lower(parse_name_or_string());
}

const DataType* ExpressionParser::parse_data_type() {
  DataType* type = make<DataType>();
  const Keyword word = token().keyword;
  // CHAR, VARCHAR and their many spellings.
  const bool is_national = accept(Keyword::kNational);
  if (is_national || is_any(Keyword::kChar, Keyword::kCharacter, Keyword::kVarchar, Keyword::kVarcharacter,
                            Keyword::kNchar, Keyword::kNvarchar)) {
    type->is_national = is_national || word == Keyword::kNchar || word == Keyword::kNvarchar;
    if (accept_any(Keyword::kVarchar, Keyword::kVarcharacter, Keyword::kNvarchar)) {
      type->kind = DataTypeKind::kVarchar;
    } else {
      if (!accept_any(Keyword::kChar, Keyword::kCharacter, Keyword::kNchar)) fail();
      type->kind = accept_any(Keyword::kVarying, Keyword::kVarchar) ? DataTypeKind::kVarchar : DataTypeKind::kChar;
    }
    if (type->kind == DataTypeKind::kVarchar && !is(TokenKind::kLeftParen)) fail();
    type->length = accept_length();
    parse_string_type_attributes(*type);
    return type;
  }
  if (accept(Keyword::kLong)) {
    if (accept(Keyword::kVarbinary)) {
      type->kind = DataTypeKind::kMediumBlob;
      return type;
    }
    type->kind = DataTypeKind::kMediumText;
    if (accept_any(Keyword::kChar, Keyword::kCharacter)) {
      if (!accept(Keyword::kVarying)) fail();
    } else {
      accept_any(Keyword::kVarchar, Keyword::kVarcharacter);
    }
    parse_string_type_attributes(*type);
    return type;
  }
  for (const TypeWord& candidate : kTypeWords) {
    if (word != candidate.keyword) continue;
    advance();
    type->kind = candidate.kind;
    if (word == Keyword::kDouble) accept(Keyword::kPrecision);
    if (candidate.kind == DataTypeKind::kEnum || candidate.kind == DataTypeKind::kSet) {
      type->elements = parse_parenthesised_list([this] {
        if (is(TokenKind::kHex) || is(TokenKind::kBit)) return advance().text;
        return parse_string();
      });
    } else if (takes_decimals(candidate.kind) && accept(TokenKind::kLeftParen)) {
      type->length = static_cast<std::int64_t>(std::min<std::uint64_t>(parse_unsigned(), 0xFFFFFFFF));
      if (accept(TokenKind::kComma))
        type->decimals = static_cast<std::int32_t>(std::min<std::uint64_t>(parse_unsigned(), 0x7FFFFFFF));
      expect(TokenKind::kRightParen);
    } else if (candidate.kind == DataTypeKind::kVarbinary && !is(TokenKind::kLeftParen)) {
      fail();
    } else if (candidate.kind != DataTypeKind::kJson && candidate.kind != DataTypeKind::kDate &&
               candidate.kind != DataTypeKind::kSerial && candidate.kind != DataTypeKind::kBool) {
      type->length = accept_length();
    }
    if (candidate.attributes == Attributes::kNumeric) parse_numeric_type_attributes(*type);
    if (candidate.attributes == Attributes::kString) parse_string_type_attributes(*type);
    return type;
  }
  fail();
}

void ExpressionParser::parse_numeric_type_attributes(DataType& type) {
  for (;;) {
    if (accept(Keyword::kUnsigned)) {
      type.is_unsigned = true;
    } else if (accept(Keyword::kZerofill)) {
      type.is_zerofill = true;
      type.is_unsigned = true;
    } else if (!accept(Keyword::kSigned)) {
      return;
    }
  }
}

/// CHARACTER SET c, CHARSET c, ASCII, UNICODE, BYTE, BINARY, in any order. COLLATE is a column option but in CAST.
void ExpressionParser::parse_string_type_attributes(DataType& type) {
  for (;;) {
    if (is_charset_keyword()) {
      accept_charset_keyword();
      type.charset = parse_charset_name();
    } else if (accept(Keyword::kAscii)) {
      type.charset = "latin1";
    } else if (accept(Keyword::kUnicode)) {
      type.charset = "ucs2";
    } else if (accept(Keyword::kByte)) {
      type.charset = "binary";
    } else if (accept(Keyword::kBinary)) {
      type.is_binary_attribute = true;
    } else {
      break;
    }
  }
  if (accept(Keyword::kCollate)) type.collation = parse_collation_name();
}

const DataType* ExpressionParser::parse_cast_type() {
  DataType* type = make<DataType>();
  if (accept(Keyword::kSigned)) {
    type->kind = DataTypeKind::kSigned;
    accept_any(Keyword::kInteger, Keyword::kInt);
    return type;
  }
  if (accept(Keyword::kUnsigned)) {
    type->kind = DataTypeKind::kUnsigned;
    type->is_unsigned = true;
    accept_any(Keyword::kInteger, Keyword::kInt);
    return type;
  }
  if (is_any(Keyword::kChar, Keyword::kCharacter, Keyword::kNchar, Keyword::kNational, Keyword::kBinary, Keyword::kDate,
             Keyword::kDatetime, Keyword::kTime, Keyword::kYear, Keyword::kDecimal, Keyword::kJson, Keyword::kDouble,
             Keyword::kFloat, Keyword::kReal)) {
    type = const_cast<DataType*>(parse_data_type());
    if (type->kind == DataTypeKind::kVarchar || type->is_unsigned) fail();
    return type;
  }
  fail();
}

}  // namespace sluice::sql
