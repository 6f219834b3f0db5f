#pragma once
// Column and CAST types as written. `field_type.h` turns them into `types::FieldType`.

#include "sql/ast_node.h"

namespace sluice::sql {

enum class DataTypeKind : std::uint8_t {
  kTinyInt,
  kSmallInt,
  kMediumInt,
  kInt,
  kBigInt,
  kBool,    // BOOL, BOOLEAN: tinyint(1)
  kSerial,  // SERIAL: bigint unsigned NOT NULL AUTO_INCREMENT UNIQUE
  kFloat,
  kDouble,
  kDecimal,
  kBit,
  kYear,
  kDate,
  kTime,
  kDatetime,
  kTimestamp,
  kChar,
  kVarchar,
  kBinary,
  kVarbinary,
  kTinyText,
  kText,
  kMediumText,
  kLongText,
  kTinyBlob,
  kBlob,
  kMediumBlob,
  kLongBlob,
  kEnum,
  kSet,
  kJson,
  kSigned,
  kUnsigned,  // CAST only
};

struct DataType {
  DataTypeKind kind = DataTypeKind::kInt;
  std::int64_t length = -1;    // display width, characters, digits, or fraction digits of a time type; -1: not written
  std::int32_t decimals = -1;  // digits after the point of DECIMAL, FLOAT, DOUBLE; -1: not written
  bool is_unsigned = false;
  bool is_zerofill = false;
  bool is_binary_attribute = false;  // CHAR(10) BINARY: the charset's _bin collation
  bool is_national = false;          // NCHAR, NATIONAL VARCHAR: utf8
  bool is_array = false;             // CAST(... AS UNSIGNED ARRAY)
  std::string_view charset;          // lower case; empty: not written. ASCII -> latin1, UNICODE -> ucs2, BYTE -> binary
  std::string_view collation;        // lower case; empty: not written
  List<std::string_view> elements;   // ENUM, SET
};

}  // namespace sluice::sql
