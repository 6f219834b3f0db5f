// The errors of conversions, worded for their purpose. Private to convert*.cc.
#pragma once

#include <string>
#include <string_view>

#include "types/convert.h"

namespace sluice::types::conversion {

/// A number outside the range of `to`: 1264 with column and row, or (without a column name) 1690 "constant 300 overflows tinyint".
void report_out_of_range(std::string_view text, const FieldType& to, ConversionContext& ctx);
/// Text that is not, or not wholly, a value of `to`: 1366 with column and row, or 1292 "Truncated incorrect INTEGER value: '1x'".
void report_wrong_value(std::string_view text, const FieldType& to, ConversionContext& ctx);
/// 1292 "Truncated incorrect {kind} value: '{text}'".
void report_truncated(std::string_view kind, std::string_view text, ConversionContext& ctx);
/// A date or time that cannot be read or is not allowed: 1292 "Incorrect date value: 'x' for column 'd' at row 1" or without column.
void report_wrong_time(std::string_view text, const FieldType& to, ConversionContext& ctx);
/// 1265.
void report_data_truncated(ConversionContext& ctx);
/// 1406.
void report_too_long(ConversionContext& ctx);

/// What casts call the type of a number in messages: "INTEGER", "DOUBLE", "DECIMAL".
std::string_view number_kind(const FieldType& to) noexcept;

inline bool is_assignment(const ConversionContext& ctx) noexcept { return ctx.purpose == ConversionPurpose::kAssign; }

// One function per kind of target; `value` is not NULL.
Value to_integer(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);
Value to_float(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);
Value to_decimal(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);
Value to_text(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);
Value to_time(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);
Value to_duration(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);
Value to_year(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);
Value to_bit(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);
Value to_enum(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);
Value to_set(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);
Value to_json(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);

}  // namespace sluice::types::conversion
