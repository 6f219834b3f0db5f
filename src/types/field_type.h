// The type of a column or an expression.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "types/type_code.h"

namespace sluice::types {

struct Collation;  // types/collation.h

/// Length or scale that the user or the type has not fixed.
inline constexpr std::int32_t kUnspecifiedLength = -1;
/// The number of fractional digits that stands for "floating" in FLOAT and DOUBLE.
inline constexpr std::int32_t kMaxFsp = 6;
inline constexpr std::int32_t kMaxDecimalPrecision = 65;
inline constexpr std::int32_t kMaxDecimalScale = 30;

/// The SQL type of a column, an expression or a parameter: a value, cheap to copy.
///
/// `flen`: display width of integers, precision of DECIMAL, characters of CHAR/VARCHAR, bytes of BINARY/BLOB, bits of BIT;
/// `decimals`: scale of DECIMAL and of FLOAT(m,d), fractional seconds digits of temporal types. -1: not given.
/// `collation`: set for strings, ENUM and SET; null means "none" for all other types (they print as binary).
/// `elements`: the labels of ENUM and SET, shared, never changed.
struct FieldType {
  TypeCode code = TypeCode::kUnspecified;
  std::uint32_t flags = 0;
  std::int32_t flen = kUnspecifiedLength;
  std::int32_t decimals = kUnspecifiedLength;
  const Collation* collation = nullptr;
  std::shared_ptr<const std::vector<std::string>> elements;

  bool is_unsigned() const noexcept { return (flags & field_flag::kUnsigned) != 0; }
  bool not_null() const noexcept { return (flags & field_flag::kNotNull) != 0; }
  bool is_zerofill() const noexcept { return (flags & field_flag::kZerofill) != 0; }
  bool is_boolean() const noexcept { return (flags & field_flag::kIsBoolean) != 0; }
  bool is_integer() const noexcept { return is_integer_code(code); }
  bool is_float() const noexcept { return is_float_code(code); }
  /// Integers, YEAR, BIT, FLOAT, DOUBLE, DECIMAL.
  bool is_numeric() const noexcept;
  bool is_string() const noexcept { return is_string_code(code); }
  bool is_time() const noexcept { return is_time_code(code); }
  bool is_temporal() const noexcept { return is_temporal_code(code); }
  /// A string whose bytes have no character set: BINARY, VARBINARY, BLOB.
  bool is_binary_string() const noexcept;
  /// The type of a literal x'4D', 0x4D or b'101': a binary string marked UNSIGNED, which is a number in numeric contexts.
  bool is_binary_literal() const noexcept { return is_string() && is_unsigned(); }
  /// Fractional seconds digits, 0 when not given.
  int fsp() const noexcept { return decimals > 0 && decimals <= kMaxFsp ? decimals : 0; }
  bool has_flag(std::uint32_t flag) const noexcept { return (flags & flag) != 0; }
  void set_flag(std::uint32_t flag) noexcept { flags |= flag; }
  void clear_flag(std::uint32_t flag) noexcept { flags &= ~flag; }

  /// The type as SHOW CREATE TABLE prints it, without charset: `int unsigned`, `varchar(10)`, `enum('a','b')`.
  std::string to_string() const;
  /// The type's bare name as error messages use it: `int`, `bigint`, `varchar`, `datetime`.
  std::string_view name() const;

  /// Equal in all members; `elements` by content.
  friend bool operator==(const FieldType& a, const FieldType& b);

  // Types as expressions produce them.
  static FieldType bigint();
  static FieldType bigint_unsigned();
  static FieldType boolean();  // bigint(1) with the boolean flag
  static FieldType double_precision();
  static FieldType decimal(int precision, int scale);
  static FieldType varchar(int characters, const Collation* collation);
  static FieldType varbinary(int bytes);  // needs the binary collation: see types/collation.h
  static FieldType date();
  static FieldType datetime(int fsp);
  static FieldType timestamp(int fsp);
  static FieldType time(int fsp);
  static FieldType year();
  static FieldType json();
  static FieldType null();
  static FieldType of(TypeCode code, std::uint32_t flags = 0);  // with default_length() filled in
};

/// How values of `type` lie in vectors. NULL and unspecified types lie as strings.
PhysicalType physical_type(const FieldType& type) noexcept;

/// Display width that MySQL gives a type without an explicit one: int 11, bigint unsigned 20, year 4, decimal 10, bit 1, char 1, ...; -1: none.
std::int32_t default_length(TypeCode code, bool is_unsigned) noexcept;

/// Largest and smallest values of an integer type.
std::int64_t integer_min(TypeCode code) noexcept;
std::int64_t integer_max(TypeCode code) noexcept;
std::uint64_t integer_max_unsigned(TypeCode code) noexcept;

}  // namespace sluice::types
