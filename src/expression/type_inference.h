#pragma once

#include <cstdint>

#include "types/field_type.h"

namespace sluice::expression {

/// The domains in which functions compute. ENUM and SET count as strings, BIT and YEAR as integers.
enum class Domain : std::uint8_t { kInt, kReal, kDecimal, kString, kTime, kDuration, kJson };

Domain domain_of(const types::FieldType& type) noexcept;

/// What a value takes part as in arithmetic: integer, decimal or double (strings and JSON are doubles, times integers, or
/// decimals if they have fractional seconds). Source: MySQL manual, "Arithmetic Operators" and "Numeric Literals".
Domain numeric_domain_of(const types::FieldType& type) noexcept;

/// Digits of `type` as a DECIMAL: precision and scale. BIGINT has its display width's, others MySQL's estimate.
struct DecimalShape {
  int precision;
  int scale;
  int integer_digits() const noexcept { return precision - scale; }
};
DecimalShape decimal_shape(const types::FieldType& type) noexcept;

/// Characters that any value of `type` fits into as text; negative if unlimited. The display width of integers bounds nothing.
std::int64_t text_length(const types::FieldType& type) noexcept;

}  // namespace sluice::expression
