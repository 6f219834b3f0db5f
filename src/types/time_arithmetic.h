// Arithmetic on dates and times: intervals, differences, periods, weeks, Unix timestamps.
// Source: MySQL 8.0 manual, section 12.7 "Date and Time Functions".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "types/decimal.h"
#include "types/time.h"

namespace sluice::types {

class TimeZone;

enum class IntervalUnit : std::uint8_t {
  kMicrosecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
  kSecondMicrosecond,
  kMinuteMicrosecond,
  kMinuteSecond,
  kHourMicrosecond,
  kHourSecond,
  kHourMinute,
  kDayMicrosecond,
  kDaySecond,
  kDayMinute,
  kDayHour,
  kYearMonth,
};

/// "DAY_SECOND" in any case; also with the prefix SQL_TSI_.
std::optional<IntervalUnit> find_interval_unit(std::string_view name) noexcept;
/// "DAY_SECOND".
std::string_view interval_unit_name(IntervalUnit unit) noexcept;
/// Whether the unit joins two, so that its value is text such as '1:30'.
constexpr bool is_composite(IntervalUnit unit) noexcept { return unit >= IntervalUnit::kSecondMicrosecond; }
/// Whether adding the unit to a DATE gives a DATETIME (it has a part below a day).
bool has_clock_part(IntervalUnit unit) noexcept;

/// A signed span of time: months, and microseconds.
struct Interval {
  std::int64_t months = 0;
  std::int64_t microseconds = 0;
  bool overflow = false;  // too large for any date; adding it fails

  constexpr Interval negated() const noexcept { return {-months, -microseconds, overflow}; }
};

/// `count` of a unit that is not composite.
Interval make_interval(IntervalUnit unit, std::int64_t count) noexcept;
/// Seconds with a fraction; other units round to a whole count.
Interval make_interval(IntervalUnit unit, const Decimal& count) noexcept;
/// Text: composite units read their fields ("1 2:3:4" DAY_SECOND; missing leading fields are 0), SECOND a number with a fraction, the
/// others an integer prefix. `truncated` is set if text was ignored. False if a composite text has too many fields.
[[nodiscard]] bool parse_interval(IntervalUnit unit, std::string_view text, Interval& out, bool& truncated);

/// `time` moved by `interval`; days past the end of the month are cut to it. Nothing if the result leaves years 0 to 9999 or `time` has a
/// zero month or day (the caller warns with 1441).
std::optional<Time> add_interval(Time time, const Interval& interval) noexcept;
/// TIME plus an interval without months; nothing if it leaves the range of TIME.
std::optional<Duration> add_interval(Duration duration, const Interval& interval) noexcept;
/// ADDTIME and SUBTIME of a date and time.
std::optional<Time> add_duration(Time time, Duration duration) noexcept;

/// DATEDIFF: days from `b` to `a`.
std::int64_t date_difference(Time a, Time b) noexcept;
/// TIMEDIFF of two dates and times, unclipped.
Duration time_difference(Time a, Time b) noexcept;
/// TIMESTAMPDIFF: whole units from `from` to `to`. `unit` is not composite.
std::int64_t timestamp_difference(IntervalUnit unit, Time from, Time to) noexcept;

/// EXTRACT(unit FROM time). From a TIME: see extract_from_duration.
std::int64_t extract(IntervalUnit unit, Time time) noexcept;
std::int64_t extract(IntervalUnit unit, Duration duration) noexcept;

/// PERIOD_ADD, PERIOD_DIFF on YYMM or YYYYMM; false if a period is not valid.
[[nodiscard]] bool period_add(std::int64_t period, std::int64_t months, std::int64_t& out) noexcept;
[[nodiscard]] bool period_difference(std::int64_t a, std::int64_t b, std::int64_t& out) noexcept;

/// 0 Sunday to 6 Saturday. The date is valid and not zero.
int day_of_week(Time time) noexcept;
/// 0 Monday to 6 Sunday.
int weekday(Time time) noexcept;
/// 1 to 366.
int day_of_year(Time time) noexcept;
int quarter(Time time) noexcept;
Time last_day_of_month(Time time) noexcept;

struct YearWeek {
  int year;
  int week;
};
/// WEEK's and YEARWEEK's number in `mode` 0 to 7. `whole_year`: as YEARWEEK, weeks 1 to 53 with the year they belong to; else 0 to 53 in modes
/// that have a week 0.
enum class WeekNumbering : std::uint8_t { kWithinYear, kWholeWeeks };
YearWeek week_of(Time time, int mode, WeekNumbering numbering) noexcept;

/// "January", "Sunday" (month 1..12, day 0 Sunday..6).
std::string_view month_name(int month) noexcept;
std::string_view short_month_name(int month) noexcept;
std::string_view day_name(int day_of_week) noexcept;
std::string_view short_day_name(int day_of_week) noexcept;

/// Microseconds since the epoch in UTC of a local time in `zone` (null: UTC). In the gap of summer time: the moment of the change.
std::int64_t unix_microseconds(Time local, const TimeZone* zone);
/// The inverse; nothing outside years 1 to 9999.
std::optional<Time> time_from_unix_microseconds(std::int64_t microseconds, const TimeZone* zone);
/// CONVERT_TZ; nothing if the result leaves the range.
std::optional<Time> convert_zone(Time time, const TimeZone* from, const TimeZone* to);

/// Limits of TIMESTAMP: 1970-01-01 00:00:01 to 2038-01-19 03:14:07.999999 in UTC.
inline constexpr std::int64_t kMinTimestampSeconds = 1;
inline constexpr std::int64_t kMaxTimestampSeconds = 2'147'483'647;

}  // namespace sluice::types
