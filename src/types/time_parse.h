// Dates and times from text and numbers, in every form that MySQL reads.
// Source: MySQL 8.0 manual, section 9.1.3 "Date and Time Literals".
#pragma once

#include <cstdint>
#include <string_view>

#include "types/time.h"

namespace sluice::types {

class TimeZone;

struct TimeParseOptions {
  int fsp = kMaxFractionDigits;      // the value is rounded (or cut) to this many fractional digits
  bool truncate_fraction = false;    // TIME_TRUNCATE_FRACTIONAL
  bool allow_invalid_dates = false;  // ALLOW_INVALID_DATES: day up to 31 in every month
  const TimeZone* zone = nullptr;    // where "...+08:00" is converted to; null: UTC
};

struct TimeParse {
  Time value;
  bool has_clock = false;   // a time of day was given
  int fraction_digits = 0;  // as written, at most 6
  bool truncated = false;   // other text follows
};

/// Reads "2024-10-30 10:14:27.5", "24-1-2", "2024/10/30T10.14.27", "20241030101427", "241030", "2024-10-30 10:14:27+08:00", ...
/// Year, month and day may be zero ("0000-00-00", "2024-00-10"): the caller judges by sql_mode. False if it is no date and time.
[[nodiscard]] bool parse_time(std::string_view text, const TimeParseOptions& options, TimeParse& out);

/// 20241030101427, 241030, 101 (2000-01-01), ...; 0 is the zero date. `microsecond`: the number's fraction.
[[nodiscard]] bool time_from_number(std::int64_t number, int microsecond, const TimeParseOptions& options,
                                    TimeParse& out);

struct DurationParse {
  Duration value;
  int fraction_digits = 0;
  bool truncated = false;  // other text follows
  bool overflow = false;   // clipped to 838:59:59
};

/// Reads "[-][D ]HH[:MM[:SS[.f]]]", "HHMMSS[.f]", "SS", or the time of day of a whole date and time. False if it is no time.
[[nodiscard]] bool parse_duration(std::string_view text, int fsp, DurationParse& out);

/// HHMMSS; numbers from 10000000000 are dates and times. `microsecond`: the number's fraction.
[[nodiscard]] bool duration_from_number(std::int64_t number, int microsecond, int fsp, DurationParse& out);

/// 1..69 -> 2001..2069, 70..99 -> 1970..1999.
constexpr int expand_two_digit_year(int year) noexcept {
  return year < 70 ? year + 2000 : year < 100 ? year + 1900 : year;
}

}  // namespace sluice::types
