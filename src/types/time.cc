#include "types/time.h"

#include <array>

namespace sluice::types {

namespace {

constexpr std::array<std::int64_t, 10> kPowersOfTen = {1,       10,        100,        1'000,       10'000,
                                                       100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

void append_two_digits(int value, std::string& out) {
  out.push_back(static_cast<char>('0' + value / 10));
  out.push_back(static_cast<char>('0' + value % 10));
}

/// ".500": the first `fsp` of six digits.
void append_fraction(int microsecond, int fsp, std::string& out) {
  if (fsp <= 0) return;
  out.push_back('.');
  int divisor = 100'000;
  for (int i = 0; i < fsp; ++i) {
    out.push_back(static_cast<char>('0' + microsecond / divisor % 10));
    divisor /= 10;
  }
}

void append_clock(int hour, int minute, int second, std::string& out) {
  append_two_digits(hour, out);
  out.push_back(':');
  append_two_digits(minute, out);
  out.push_back(':');
  append_two_digits(second, out);
}

}  // namespace

void Time::append_date(std::string& out) const {
  const int full_year = year();
  append_two_digits(full_year / 100, out);
  append_two_digits(full_year % 100, out);
  out.push_back('-');
  append_two_digits(month(), out);
  out.push_back('-');
  append_two_digits(day(), out);
}

void Time::append_datetime(int fsp, std::string& out) const {
  append_date(out);
  out.push_back(' ');
  append_clock(hour(), minute(), second(), out);
  append_fraction(microsecond(), fsp, out);
}

std::string Time::to_datetime_string(int fsp) const {
  std::string out;
  append_datetime(fsp, out);
  return out;
}

std::string Time::to_date_string() const {
  std::string out;
  append_date(out);
  return out;
}

void Duration::append_to(int fsp, std::string& out) const {
  if (is_negative()) out.push_back('-');
  const int full_hours = hours();
  if (full_hours >= 100) out.push_back(static_cast<char>('0' + full_hours / 100));
  append_clock(full_hours % 100, minutes(), seconds(), out);
  append_fraction(microseconds(), fsp, out);
}

std::string Duration::to_string(int fsp) const {
  std::string out;
  append_to(fsp, out);
  return out;
}

int days_in_month(int year, int month) noexcept {
  constexpr std::array<int, 13> kDays = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return 0;
  return month == 2 && is_leap_year(year) ? 29 : kDays[static_cast<std::size_t>(month)];
}

std::int64_t day_number(int year, int month, int day) noexcept {
  if (year == 0 && month == 0) return 0;
  // Whole years of 365 days and months of 31, then the corrections for short months and leap years (Gauss).
  std::int64_t days = 365LL * year + 31LL * (month - 1) + day;
  int leap_year = year;
  if (month <= 2) {
    --leap_year;
  } else {
    days -= (month * 4 + 23) / 10;
  }
  return days + leap_year / 4 - (leap_year / 100 + 1) * 3 / 4;
}

Time date_from_day_number(std::int64_t days) noexcept {
  constexpr std::int64_t kFirstDay = 366;  // 0001-01-01; MySQL gives zero dates before it
  if (days < kFirstDay || days > kMaxDayNumber) return {};
  // The year estimate is exact or one too large.
  int year = static_cast<int>(days * 100 / 36525) + 1;
  while (day_number(year, 1, 1) > days) --year;
  int day_of_year = static_cast<int>(days - day_number(year, 1, 1));  // from 0
  int month = 1;
  while (day_of_year >= days_in_month(year, month)) {
    day_of_year -= days_in_month(year, month);
    ++month;
  }
  return Time::from_date(year, month, day_of_year + 1);
}

std::int64_t wall_microseconds(Time time) noexcept {
  const TimeParts parts = time.parts();
  const std::int64_t days = day_number(parts.year, parts.month, parts.day) - kDayNumberOfEpoch;
  const std::int64_t seconds = days * kSecondsPerDay + parts.hour * 3600LL + parts.minute * 60LL + parts.second;
  return seconds * kMicrosecondsPerSecond + parts.microsecond;
}

Time time_from_wall_microseconds(std::int64_t microseconds) noexcept {
  std::int64_t days = microseconds / kMicrosecondsPerDay;
  std::int64_t in_day = microseconds % kMicrosecondsPerDay;
  if (in_day < 0) {
    in_day += kMicrosecondsPerDay;
    --days;
  }
  const Time date = date_from_day_number(days + kDayNumberOfEpoch);
  if (date.is_zero()) return date;
  TimeParts parts = date.parts();
  parts.microsecond = static_cast<int>(in_day % kMicrosecondsPerSecond);
  const int seconds = static_cast<int>(in_day / kMicrosecondsPerSecond);
  parts.hour = seconds / 3600;
  parts.minute = seconds / 60 % 60;
  parts.second = seconds % 60;
  return Time::from_parts(parts);
}

bool is_valid_time(const TimeParts& parts, bool allow_invalid_day) noexcept {
  if (parts.year < 0 || parts.year > 9999 || parts.month < 0 || parts.month > 12 || parts.day < 0 || parts.day > 31)
    return false;
  if (parts.hour < 0 || parts.hour > 23 || parts.minute < 0 || parts.minute > 59 || parts.second < 0 ||
      parts.second > 59)
    return false;
  if (parts.microsecond < 0 || parts.microsecond >= kMicrosecondsPerSecond) return false;
  return allow_invalid_day || parts.month == 0 || parts.day <= days_in_month(parts.year, parts.month);
}

Time truncate_time(Time time, int fsp) noexcept {
  const int unit = static_cast<int>(kPowersOfTen[static_cast<std::size_t>(kMaxFractionDigits - fsp)]);
  return Time{time.packed - static_cast<std::uint64_t>(time.microsecond() % unit)};
}

bool round_time(Time& time, int fsp) noexcept {
  const int unit = static_cast<int>(kPowersOfTen[static_cast<std::size_t>(kMaxFractionDigits - fsp)]);
  const int rest = time.microsecond() % unit;
  time = Time{time.packed - static_cast<std::uint64_t>(rest)};
  if (rest * 2 < unit) return true;
  if (time.microsecond() + unit < kMicrosecondsPerSecond) {
    time.packed += static_cast<std::uint64_t>(unit);
    return true;
  }
  if (time.is_zero_in_date()) return true;  // nothing to carry into
  time = time_from_wall_microseconds(wall_microseconds(time) + unit);
  return !time.is_zero();
}

Duration truncate_duration(Duration duration, int fsp) noexcept {
  return Duration{duration.nanoseconds - duration.nanoseconds % kPowersOfTen[static_cast<std::size_t>(9 - fsp)]};
}

Duration round_duration(Duration duration, int fsp) noexcept {
  const std::int64_t unit = kPowersOfTen[static_cast<std::size_t>(9 - fsp)];
  const std::int64_t rest = duration.nanoseconds % unit;
  std::int64_t rounded = duration.nanoseconds - rest;
  if (rest * 2 >= unit) rounded += unit;
  if (rest * 2 <= -unit && rest != 0) rounded -= unit;
  return Duration{rounded};
}

}  // namespace sluice::types
