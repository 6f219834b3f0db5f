// MySQL's type codes, column flags, and how values of a type lie in memory.
#pragma once

#include <cstdint>

namespace sluice::types {

/// The type codes of the MySQL protocol, which also stand in stored schema documents. Source: MySQL manual, `enum_field_types`.
enum class TypeCode : std::uint8_t {
  kUnspecified = 0,
  kTiny = 1,
  kShort = 2,
  kLong = 3,
  kFloat = 4,
  kDouble = 5,
  kNull = 6,
  kTimestamp = 7,
  kLongLong = 8,
  kInt24 = 9,
  kDate = 10,
  kDuration = 11,  // TIME
  kDatetime = 12,
  kYear = 13,
  kVarchar = 15,
  kBit = 16,
  kJson = 245,
  kNewDecimal = 246,
  kEnum = 247,
  kSet = 248,
  kTinyBlob = 249,
  kMediumBlob = 250,
  kLongBlob = 251,
  kBlob = 252,
  kVarString = 253,
  kString = 254,  // CHAR, BINARY
};

/// Bits of `FieldType::flags`, as in the protocol's column definition and in stored schema documents.
namespace field_flag {
inline constexpr std::uint32_t kNotNull = 1u << 0;
inline constexpr std::uint32_t kPrimaryKey = 1u << 1;
inline constexpr std::uint32_t kUniqueKey = 1u << 2;
inline constexpr std::uint32_t kMultipleKey = 1u << 3;
inline constexpr std::uint32_t kBlob = 1u << 4;
inline constexpr std::uint32_t kUnsigned = 1u << 5;
inline constexpr std::uint32_t kZerofill = 1u << 6;
inline constexpr std::uint32_t kBinary = 1u << 7;
inline constexpr std::uint32_t kEnum = 1u << 8;
inline constexpr std::uint32_t kAutoIncrement = 1u << 9;
inline constexpr std::uint32_t kTimestamp = 1u << 10;
inline constexpr std::uint32_t kSet = 1u << 11;
inline constexpr std::uint32_t kNoDefault = 1u << 12;
inline constexpr std::uint32_t kOnUpdateNow = 1u << 13;
inline constexpr std::uint32_t kPartOfKey = 1u << 14;
inline constexpr std::uint32_t kNumber = 1u << 15;
inline constexpr std::uint32_t kParseToJson = 1u << 18;
inline constexpr std::uint32_t kIsBoolean = 1u << 19;
inline constexpr std::uint32_t kPreventNullInsert = 1u << 20;
inline constexpr std::uint32_t kDropColumnIndex = 1u << 22;
inline constexpr std::uint32_t kGenerated = 1u << 23;
}  // namespace field_flag

/// How values of a type lie in vectors and in `Value`.
enum class PhysicalType : std::uint8_t {
  kInt64,   // signed integers, YEAR
  kUInt64,  // unsigned integers, BIT, ENUM (ordinal from 1), SET (mask)
  kDouble,  // FLOAT, DOUBLE
  kDecimal,
  kTime,      // DATE, DATETIME, TIMESTAMP
  kDuration,  // TIME
  kString,
  kJson,
};

constexpr bool is_integer_code(TypeCode code) {
  return code == TypeCode::kTiny || code == TypeCode::kShort || code == TypeCode::kInt24 || code == TypeCode::kLong ||
         code == TypeCode::kLongLong;
}
constexpr bool is_float_code(TypeCode code) { return code == TypeCode::kFloat || code == TypeCode::kDouble; }
constexpr bool is_blob_code(TypeCode code) { return code >= TypeCode::kTinyBlob && code <= TypeCode::kBlob; }
/// CHAR, VARCHAR, BINARY, VARBINARY, TEXT and BLOB of every size; not ENUM, SET, BIT or JSON.
constexpr bool is_string_code(TypeCode code) {
  return code == TypeCode::kVarchar || code == TypeCode::kVarString || code == TypeCode::kString || is_blob_code(code);
}
/// DATE, DATETIME, TIMESTAMP.
constexpr bool is_time_code(TypeCode code) {
  return code == TypeCode::kDate || code == TypeCode::kDatetime || code == TypeCode::kTimestamp;
}
/// DATE, DATETIME, TIMESTAMP, TIME.
constexpr bool is_temporal_code(TypeCode code) { return is_time_code(code) || code == TypeCode::kDuration; }

}  // namespace sluice::types
