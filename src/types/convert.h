// Conversion between SQL types: CAST and assignment to columns.
#pragma once

#include <cstdint>
#include <string_view>

#include "types/field_type.h"
#include "types/sql_mode.h"
#include "types/value.h"

namespace sluice {
class SqlError;
class WarningList;
}  // namespace sluice

namespace sluice::types {

class TimeZone;

/// Why a value is converted: the messages and some rules differ.
enum class ConversionPurpose : std::uint8_t {
  kCast,    // CAST and implicit casts of expressions: what does not fit gives NULL or the nearest value, and a warning
  kAssign,  // storing into a column: 1264, 1265, 1366, 1406 ... that name column and row
};

/// How conversions of one statement behave. A plain struct; borrows what it points to.
/// Thread-safety: one thread at a time.
struct ConversionContext {
  SqlMode sql_mode = SqlMode::standard();
  const TimeZone* time_zone = nullptr;  // null: UTC
  std::int64_t statement_time_us = 0;   // the statement's "now" in UTC; gives TIME values their date
  WarningList* warnings = nullptr;      // null: warnings are dropped
  bool truncate_as_error = false;       // strict DML: bad data throws; else it warns and the nearest value is used
  std::uint64_t max_allowed_packet = 64 << 20;  // most bytes that a cast may make; more is NULL and a 1301
  bool ignore_truncate = false;                 // no warnings either: ranges and comparisons
  ConversionPurpose purpose = ConversionPurpose::kCast;
  std::string_view column_name;  // kAssign: for messages
  std::uint64_t row_number = 1;  // kAssign: for messages

  /// Throws `error` if truncate_as_error, else appends it as a warning (unless ignore_truncate).
  void report(const SqlError& error);
  /// Appends a warning whatever truncate_as_error says.
  void warn(const SqlError& error);
};

/// `value` of type `from` as a value of type `to`, by MySQL's rules of rounding, range, truncation and strictness. NULL stays NULL.
///
/// The result has the kind physical_type(to), or is NULL (kCast: a date or time that cannot be read).
/// kCast follows CAST: integers wrap between signed and unsigned, strings are cut to flen. kAssign follows column assignment:
/// integers out of range are clipped with 1264, strings that are too long are cut with 1406 (only spaces cut: a note 1265).
/// A hexadecimal or bit literal (FieldType::is_binary_literal) is a number for numeric targets and bytes for the others.
/// ENUM and SET take labels or numbers; BIT takes bytes or numbers; YEAR takes 1- to 4-digit years.
/// Throws: SqlError as `ctx.report` says; always 3140 for text that is no JSON; 1292/1411 as MySQL does.
/// NOT NULL is not checked here.
Value convert(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx);

// Conversions without a boxed source, for vectorised casts. They behave as `convert` with purpose kCast.

/// Text to integer: prefix, then 1292 "Truncated incorrect INTEGER value".
std::int64_t string_to_int64(std::string_view text, ConversionContext& ctx);
std::uint64_t string_to_uint64(std::string_view text, ConversionContext& ctx);
/// Text to double: prefix, then 1292 "Truncated incorrect DOUBLE value".
double string_to_double(std::string_view text, ConversionContext& ctx);
/// Text to decimal: prefix, then 1292 "Truncated incorrect DECIMAL value".
Decimal string_to_decimal(std::string_view text, ConversionContext& ctx);
/// Text or number to DATETIME/DATE/TIMESTAMP with `type`'s fsp; false (after a 1292 report) if it is no date.
bool string_to_time(std::string_view text, const FieldType& type, ConversionContext& ctx, Time& out);
bool number_to_time(std::int64_t number, const FieldType& type, ConversionContext& ctx, Time& out);
/// Text or number to TIME; false (after a 1292 report) if it is no time.
bool string_to_duration(std::string_view text, int fsp, ConversionContext& ctx, Duration& out);
bool number_to_duration(std::int64_t number, int fsp, ConversionContext& ctx, Duration& out);

/// Any value as a number, double or boolean, as operators coerce their operands (ENUM: ordinal, BIT: integer, JSON: its number,
/// times: YYYYMMDDhhmmss). NULL gives 0.
double value_to_double(const Value& value, const FieldType& type, ConversionContext& ctx);
std::int64_t value_to_int64(const Value& value, const FieldType& type, ConversionContext& ctx);
Decimal value_to_decimal(const Value& value, const FieldType& type, ConversionContext& ctx);
bool value_to_bool(const Value& value, const FieldType& type, ConversionContext& ctx);

/// 20241030101427.5 for a time with fsp 1; 20241030 for a DATE.
Decimal time_to_decimal(Time time, TypeCode code, int fsp);
Decimal duration_to_decimal(Duration duration, int fsp);
/// Rounds away fractional digits first.
std::int64_t time_to_int64(Time time, TypeCode code);
std::int64_t duration_to_int64(Duration duration);

/// Round half to even as the FPU does, as casts of DOUBLE to integers do; clips with `overflow` set.
std::int64_t double_to_int64(double value, bool& overflow) noexcept;
std::uint64_t double_to_uint64(double value, bool& overflow) noexcept;

/// TIMESTAMP values: from UTC as stored to the session's zone and back. `exists` false: the local time is skipped by summer time.
Time timestamp_from_utc(Time utc, const TimeZone* zone);
Time timestamp_to_utc(Time local, const TimeZone* zone, bool& exists);

/// Where a label stands: ENUM ordinal from 1 (0: not found), SET mask. Labels compare by the type's collation.
std::uint64_t find_enum_ordinal(const FieldType& type, std::string_view label);
bool find_set_mask(const FieldType& type, std::string_view labels, std::uint64_t& mask);

}  // namespace sluice::types
