// Weeks, weekdays and their names (time_arithmetic.h).
#include <algorithm>
#include <array>

#include "types/time_arithmetic.h"

namespace sluice::types {

int weekday(Time time) noexcept {
  // 1970-01-01, day 719528, was a Thursday (3): 719528 + 5 is 3 modulo 7.
  return static_cast<int>((day_number(time.year(), time.month(), time.day()) + 5) % 7);
}

int day_of_week(Time time) noexcept { return (weekday(time) + 1) % 7; }

int day_of_year(Time time) noexcept {
  return static_cast<int>(day_number(time.year(), time.month(), time.day()) - day_number(time.year(), 1, 1)) + 1;
}

int quarter(Time time) noexcept { return (time.month() + 2) / 3; }

Time last_day_of_month(Time time) noexcept {
  return Time::from_date(time.year(), time.month(), days_in_month(time.year(), time.month()));
}

YearWeek week_of(Time time, int mode, WeekNumbering numbering) noexcept {
  constexpr int kMondayFirst = 1;
  constexpr int kWholeYearWeeks = 2;
  constexpr int kFirstDayDecides = 4;
  mode &= 7;
  const bool monday_first = (mode & kMondayFirst) != 0;
  const bool whole_weeks = (mode & kWholeYearWeeks) != 0 || numbering == WeekNumbering::kWholeWeeks;
  // Week 1 begins with the year's first Monday (Sunday), or is the first week with four days in the year. With weeks that begin on
  // Sunday the bit's meaning is reversed (manual, table "WEEK modes").
  const bool first_day_decides = monday_first == ((mode & kFirstDayDecides) != 0);

  const int year = time.year();
  const auto start_of = [&](int of_year) {
    const Time first = Time::from_date(of_year, 1, 1);
    const int offset = monday_first ? weekday(first) : day_of_week(first);  // days of the first week before January 1
    const std::int64_t first_number = day_number(of_year, 1, 1);
    const bool in_week_one = first_day_decides ? offset == 0 : offset < 4;
    return in_week_one ? first_number - offset : first_number - offset + 7;
  };
  const std::int64_t today = day_number(year, time.month(), time.day());
  const std::int64_t start = start_of(year);
  if (today < start) {
    if (!whole_weeks) return {year, 0};
    return {year - 1, static_cast<int>((today - start_of(year - 1)) / 7) + 1};
  }
  if (whole_weeks && today >= start_of(year + 1)) return {year + 1, 1};
  return {year, static_cast<int>((today - start) / 7) + 1};
}

std::string_view month_name(int month) noexcept {
  constexpr std::array<std::string_view, 12> kNames = {"January",   "February", "March",    "April",
                                                       "May",       "June",     "July",     "August",
                                                       "September", "October",  "November", "December"};
  return kNames[static_cast<std::size_t>(std::clamp(month, 1, 12) - 1)];
}

std::string_view short_month_name(int month) noexcept { return month_name(month).substr(0, 3); }

std::string_view day_name(int day_of_week) noexcept {
  constexpr std::array<std::string_view, 7> kNames = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                      "Thursday", "Friday", "Saturday"};
  return kNames[static_cast<std::size_t>(std::clamp(day_of_week, 0, 6))];
}

std::string_view short_day_name(int day_of_week) noexcept { return day_name(day_of_week).substr(0, 3); }

}  // namespace sluice::types
