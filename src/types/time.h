// DATE, DATETIME, TIMESTAMP and TIME values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::types {

inline constexpr std::int64_t kNanosecondsPerMicrosecond = 1'000;
inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
inline constexpr std::int64_t kSecondsPerDay = 86'400;
inline constexpr int kMaxFractionDigits = 6;
inline constexpr std::int64_t kMicrosecondsPerDay = kSecondsPerDay * kMicrosecondsPerSecond;

/// The parts of a date and time, unchecked.
struct TimeParts {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int microsecond = 0;
};

/// A calendar date with a time of day, in one word that orders as the time does.
///
///   packed = ((((year*13 + month) << 5 | day) << 17) | hour << 12 | minute << 6 | second) << 24 | microsecond
///
/// Whether it is a DATE, DATETIME or TIMESTAMP, and its fractional digits, say its FieldType. A TIMESTAMP in memory is in the
/// session's time zone; storage holds UTC. 0 is the zero date '0000-00-00 00:00:00'. Source: TIDB's key encoding of times.
struct Time {
  std::uint64_t packed = 0;

  static constexpr Time from_parts(const TimeParts& parts) noexcept {
    const std::uint64_t date =
        (static_cast<std::uint64_t>(parts.year * 13 + parts.month) << 5) | static_cast<std::uint64_t>(parts.day);
    const std::uint64_t clock = (static_cast<std::uint64_t>(parts.hour) << 12) |
                                (static_cast<std::uint64_t>(parts.minute) << 6) |
                                static_cast<std::uint64_t>(parts.second);
    return Time{(((date << 17) | clock) << 24) | static_cast<std::uint64_t>(parts.microsecond)};
  }
  static constexpr Time from_date(int year, int month, int day) noexcept {
    return from_parts({year, month, day, 0, 0, 0, 0});
  }

  constexpr int year() const noexcept { return static_cast<int>((packed >> 46) / 13); }
  constexpr int month() const noexcept { return static_cast<int>((packed >> 46) % 13); }
  constexpr int day() const noexcept { return static_cast<int>((packed >> 41) & 31); }
  constexpr int hour() const noexcept { return static_cast<int>((packed >> 36) & 31); }
  constexpr int minute() const noexcept { return static_cast<int>((packed >> 30) & 63); }
  constexpr int second() const noexcept { return static_cast<int>((packed >> 24) & 63); }
  constexpr int microsecond() const noexcept { return static_cast<int>(packed & 0xffffff); }
  constexpr TimeParts parts() const noexcept {
    return {year(), month(), day(), hour(), minute(), second(), microsecond()};
  }
  constexpr bool is_zero() const noexcept { return packed == 0; }
  /// Month or day is 0.
  constexpr bool is_zero_in_date() const noexcept { return month() == 0 || day() == 0; }
  constexpr Time date_only() const noexcept { return Time{packed >> 41 << 41}; }

  /// "2024-10-30 10:14:27.500", with `fsp` fractional digits (digits beyond it are cut).
  std::string to_datetime_string(int fsp) const;
  /// "2024-10-30".
  std::string to_date_string() const;
  void append_datetime(int fsp, std::string& out) const;
  void append_date(std::string& out) const;

  friend constexpr auto operator<=>(Time a, Time b) = default;
};

/// A TIME value: signed nanoseconds from -838:59:59 to 838:59:59.
struct Duration {
  std::int64_t nanoseconds = 0;

  static constexpr std::int64_t kMaxNanoseconds = ((838 * 60 + 59) * 60 + 59) * kNanosecondsPerSecond;
  static constexpr Duration max() noexcept { return Duration{kMaxNanoseconds}; }
  static constexpr Duration from_parts(bool negative, std::int64_t hours, int minutes, int seconds,
                                       int microseconds) noexcept {
    const std::int64_t value =
        ((hours * 60 + minutes) * 60 + seconds) * kNanosecondsPerSecond + microseconds * kNanosecondsPerMicrosecond;
    return Duration{negative ? -value : value};
  }

  constexpr bool is_negative() const noexcept { return nanoseconds < 0; }
  constexpr std::uint64_t absolute() const noexcept {
    return nanoseconds < 0 ? 0 - static_cast<std::uint64_t>(nanoseconds) : static_cast<std::uint64_t>(nanoseconds);
  }
  constexpr int hours() const noexcept { return static_cast<int>(absolute() / (3600 * kNanosecondsPerSecond)); }
  constexpr int minutes() const noexcept { return static_cast<int>(absolute() / (60 * kNanosecondsPerSecond) % 60); }
  constexpr int seconds() const noexcept { return static_cast<int>(absolute() / kNanosecondsPerSecond % 60); }
  constexpr int microseconds() const noexcept {
    return static_cast<int>(absolute() / kNanosecondsPerMicrosecond % kMicrosecondsPerSecond);
  }
  constexpr bool in_range() const noexcept { return nanoseconds >= -kMaxNanoseconds && nanoseconds <= kMaxNanoseconds; }
  /// The nearest value in range.
  constexpr Duration clipped() const noexcept {
    return nanoseconds > kMaxNanoseconds    ? Duration{kMaxNanoseconds}
           : nanoseconds < -kMaxNanoseconds ? Duration{-kMaxNanoseconds}
                                            : *this;
  }

  /// "-12:34:56.789" with `fsp` digits (digits beyond it are cut).
  std::string to_string(int fsp) const;
  void append_to(int fsp, std::string& out) const;

  friend constexpr auto operator<=>(Duration a, Duration b) = default;
};

// Calendar arithmetic on the proleptic Gregorian calendar.
constexpr bool is_leap_year(int year) noexcept { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
/// 28 to 31; 0 for a month outside 1..12.
int days_in_month(int year, int month) noexcept;
/// MySQL's TO_DAYS: 0000-01-01 is 1, 1970-01-01 is 719528. Parts may be zero-in-date.
std::int64_t day_number(int year, int month, int day) noexcept;
/// The inverse for 1..3652424 (FROM_DAYS); the zero date outside 366..3652424.
Time date_from_day_number(std::int64_t days) noexcept;
inline constexpr std::int64_t kDayNumberOfEpoch = 719'528;
inline constexpr std::int64_t kMaxDayNumber = 3'652'424;

/// Microseconds since 1970-01-01 00:00:00 of the wall clock shown, no zone applied. For valid non-zero dates.
std::int64_t wall_microseconds(Time time) noexcept;
/// The inverse. Microseconds outside years 0 to 9999 give the zero time.
Time time_from_wall_microseconds(std::int64_t microseconds) noexcept;

/// Month 1..12, day within the month (or anything up to 31 with `allow_invalid`), clock in range, year up to 9999.
bool is_valid_time(const TimeParts& parts, bool allow_invalid_day) noexcept;

/// Rounds half up (or cuts) to `fsp` digits. A result past year 9999 gives the zero time and false.
bool round_time(Time& time, int fsp) noexcept;
Time truncate_time(Time time, int fsp) noexcept;
Duration round_duration(Duration duration, int fsp) noexcept;
Duration truncate_duration(Duration duration, int fsp) noexcept;

}  // namespace sluice::types
