// Values as text: what the text protocol sends and what CAST(... AS CHAR) gives.
#pragma once

#include <string>
#include <string_view>

#include "types/field_type.h"
#include "types/value.h"

namespace sluice::types {

/// Appends the text of a value that is not NULL. Integers honour ZEROFILL, FLOAT and DOUBLE(m,d) their precision, times their
/// fractional digits, ENUM and SET print their labels, BIT its bytes, YEAR four digits.
/// `value` must have the kind of physical_type(type).
void append_value_text(const Value& value, const FieldType& type, std::string& out);
/// The same; "NULL" for NULL.
std::string format_value(const Value& value, const FieldType& type);
/// The same as messages about duplicate keys show it: bytes of binary strings and BIT that are not printable as \xHH.
std::string format_key_value(const Value& value, const FieldType& type);

// The pieces, for code that holds unboxed values.
void append_int64_text(std::int64_t value, const FieldType& type, std::string& out);  // integers, YEAR
void append_uint64_text(std::uint64_t value, const FieldType& type,
                        std::string& out);  // unsigned integers, ENUM, SET, BIT
void append_double_text(double value, const FieldType& type, std::string& out);
void append_time_text(Time value, const FieldType& type, std::string& out);

/// Label of ordinal `ordinal` (1-based); "" for 0 or beyond the labels.
std::string_view enum_label(const FieldType& type, std::uint64_t ordinal) noexcept;
/// Labels of the bits of `mask`, comma separated.
void append_set_labels(const FieldType& type, std::uint64_t mask, std::string& out);
/// The last `(bits + 7) / 8` bytes of `value`, most significant first.
void append_bit_bytes(std::uint64_t value, int bits, std::string& out);

/// A value as SQL literal for error messages and SHOW: numbers plain, the rest quoted; NULL.
std::string to_sql_literal(const Value& value, const FieldType& type);

}  // namespace sluice::types
