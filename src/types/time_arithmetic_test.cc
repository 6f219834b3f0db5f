#include "types/time_arithmetic.h"

#include <gtest/gtest.h>

#include "types/time_parse.h"
#include "types/time_zone.h"

namespace sluice::types {
namespace {

Time at(std::string_view text) {
  TimeParse parse;
  EXPECT_TRUE(parse_time(text, {}, parse)) << text;
  return parse.value;
}

struct AddCase {
  const char* time;
  const char* amount;
  const char* unit;
  const char* expected;
};

TEST(TimeArithmetic, AddsIntervalsOfEveryUnit) {
  const AddCase cases[] = {
      {"2024-01-31", "1", "MONTH", "2024-02-29 00:00:00.000000"},
      {"2024-02-29", "1", "YEAR", "2025-02-28 00:00:00.000000"},
      {"2024-02-29", "-4", "QUARTER", "2023-02-28 00:00:00.000000"},
      {"2024-02-28 23:59:59", "1", "SECOND", "2024-02-29 00:00:00.000000"},
      {"2024-01-01", "1.5", "SECOND", "2024-01-01 00:00:01.500000"},
      {"2024-01-01", "1.5", "DAY", "2024-01-02 00:00:00.000000"},
      {"2024-01-01", "2", "WEEK", "2024-01-15 00:00:00.000000"},
      {"2024-01-01", "1:30", "HOUR_MINUTE", "2024-01-01 01:30:00.000000"},
      {"2024-01-01", "-1 1:1:1", "DAY_SECOND", "2023-12-30 22:58:59.000000"},
      {"2024-01-01", "1:1", "DAY_SECOND", "2024-01-01 00:01:01.000000"},
      {"2024-01-01", "1.5", "SECOND_MICROSECOND", "2024-01-01 00:00:01.500000"},
      {"2024-01-01", "1-2", "YEAR_MONTH", "2025-03-01 00:00:00.000000"},
      {"2024-01-01", "1 10", "DAY_HOUR", "2024-01-02 10:00:00.000000"},
      {"2024-01-01", "-1", "MICROSECOND", "2023-12-31 23:59:59.999999"},
      {"9999-12-31", "1", "DAY", "none"},
      {"0001-01-01", "-1", "DAY", "none"},
      {"2024-01-01", "8000", "YEAR", "none"},
      {"2024-01-01", "99999999999999999999", "DAY", "none"},
  };
  for (const AddCase& test_case : cases) {
    const IntervalUnit unit = find_interval_unit(test_case.unit).value();
    Interval interval;
    bool truncated;
    ASSERT_TRUE(parse_interval(unit, test_case.amount, interval, truncated));
    const std::optional<Time> result = add_interval(at(test_case.time), interval);
    EXPECT_EQ(result ? result->to_datetime_string(6) : "none", test_case.expected)
        << test_case.time << " + " << test_case.amount << test_case.unit;
  }
}

TEST(TimeArithmetic, TooManyFieldsAreRefused) {
  Interval interval;
  bool truncated;
  EXPECT_FALSE(parse_interval(IntervalUnit::kHourMinute, "1:2:3", interval, truncated));
}

TEST(TimeArithmetic, UnitNamesAreFoundInAnyCase) {
  EXPECT_EQ(find_interval_unit("day_second"), IntervalUnit::kDaySecond);
  EXPECT_EQ(find_interval_unit("SQL_TSI_WEEK"), IntervalUnit::kWeek);
  EXPECT_FALSE(find_interval_unit("fortnight").has_value());
  EXPECT_EQ(interval_unit_name(IntervalUnit::kYearMonth), "YEAR_MONTH");
  EXPECT_EQ(interval_unit_name(IntervalUnit::kSecondMicrosecond), "SECOND_MICROSECOND");
}

TEST(TimeArithmetic, Differences) {
  EXPECT_EQ(date_difference(at("2024-03-01 01:00:00"), at("2024-02-28 23:00:00")), 2);
  EXPECT_EQ(time_difference(at("2024-03-01 01:00:00"), at("2024-02-29 23:00:00")).to_string(0), "02:00:00");
  struct Case {
    IntervalUnit unit;
    const char* from;
    const char* to;
    std::int64_t expected;
  };
  const Case cases[] = {
      {IntervalUnit::kMonth, "2024-01-31", "2024-02-29", 0},
      {IntervalUnit::kMonth, "2024-01-31", "2024-03-31", 2},
      {IntervalUnit::kYear, "2024-05-02", "2023-05-01", -1},
      {IntervalUnit::kYear, "2024-05-01", "2023-05-02", 0},
      {IntervalUnit::kQuarter, "2023-01-01", "2024-01-01", 4},
      {IntervalUnit::kDay, "2024-01-01 12:00:00", "2024-01-02 11:00:00", 0},
      {IntervalUnit::kHour, "2024-01-01 12:00:00", "2024-01-02 11:00:00", 23},
      {IntervalUnit::kMicrosecond, "2024-01-01", "2024-01-01 00:00:00.000005", 5},
      {IntervalUnit::kMonth, "2024-01-15 10:00:00", "2024-02-15 09:00:00", 0},
  };
  for (const Case& test_case : cases) {
    EXPECT_EQ(timestamp_difference(test_case.unit, at(test_case.from), at(test_case.to)), test_case.expected)
        << test_case.from << " to " << test_case.to;
  }
}

TEST(TimeArithmetic, WeekdaysAndNames) {
  EXPECT_EQ(day_of_week(at("2024-10-30")), 3);  // a Wednesday
  EXPECT_EQ(weekday(at("2024-10-30")), 2);
  EXPECT_EQ(day_name(day_of_week(at("2024-10-30"))), "Wednesday");
  EXPECT_EQ(month_name(10), "October");
  EXPECT_EQ(day_of_year(at("2024-12-31")), 366);
  EXPECT_EQ(quarter(at("2024-10-30")), 4);
  EXPECT_EQ(last_day_of_month(at("2024-02-10")).to_date_string(), "2024-02-29");
}

TEST(TimeArithmetic, WeekNumbersOfEveryMode) {
  // From the manual's page of WEEK() and by hand with a calendar of January 2008 (the first is a Tuesday) and of 2000 (a Saturday).
  const int of_2008_02_20[8] = {7, 8, 7, 8, 8, 7, 8, 7};
  for (int mode = 0; mode < 8; ++mode)
    EXPECT_EQ(week_of(at("2008-02-20"), mode, WeekNumbering::kWithinYear).week, of_2008_02_20[mode]) << mode;
  EXPECT_EQ(week_of(at("2000-01-01"), 0, WeekNumbering::kWithinYear).week, 0);
  EXPECT_EQ(week_of(at("2000-01-01"), 2, WeekNumbering::kWithinYear).week, 52);
  const YearWeek week = week_of(at("1987-01-01"), 0, WeekNumbering::kWholeWeeks);
  EXPECT_EQ(week.year * 100 + week.week, 198652);
  EXPECT_EQ(week_of(at("2008-12-31"), 1, WeekNumbering::kWithinYear).week, 53);
  EXPECT_EQ(week_of(at("2008-12-31"), 3, WeekNumbering::kWithinYear).week, 1);
}

TEST(TimeArithmetic, Periods) {
  std::int64_t out;
  ASSERT_TRUE(period_add(200801, 2, out));
  EXPECT_EQ(out, 200803);
  ASSERT_TRUE(period_add(9912, 1, out));
  EXPECT_EQ(out, 200001);
  ASSERT_TRUE(period_difference(200802, 200703, out));
  EXPECT_EQ(out, 11);
  EXPECT_FALSE(period_add(200813, 1, out));
}

TEST(TimeArithmetic, ExtractsParts) {
  const Time time = at("2019-07-02 01:02:03.000123");
  EXPECT_EQ(extract(IntervalUnit::kYearMonth, time), 201907);
  EXPECT_EQ(extract(IntervalUnit::kDayMinute, time), 20102);
  EXPECT_EQ(extract(IntervalUnit::kMicrosecond, time), 123);
  EXPECT_EQ(extract(IntervalUnit::kDayMicrosecond, time), 2010203000123);
  EXPECT_EQ(extract(IntervalUnit::kHourSecond, Duration::from_parts(true, 100, 2, 3, 0)), -1000203);
}

TEST(TimeZone, NamedZonesKnowSummerTime) {
  const TimeZone* berlin = find_time_zone("europe/berlin");
  ASSERT_NE(berlin, nullptr);
  EXPECT_EQ(berlin, find_time_zone("Europe/Berlin"));
  EXPECT_EQ(berlin->name(), "Europe/Berlin");
  EXPECT_EQ(unix_microseconds(at("2024-07-01 12:00:00"), berlin), 1719828000000000);
  EXPECT_EQ(unix_microseconds(at("2024-01-01 12:00:00.5"), berlin), 1704106800500000);
  // 02:30 does not exist on the last Sunday of March; MySQL takes the moment of the change.
  EXPECT_FALSE(berlin->to_utc(wall_microseconds(at("2024-03-31 02:30:00")) / kMicrosecondsPerSecond).exists);
  EXPECT_EQ(unix_microseconds(at("2024-03-31 02:30:00"), berlin), unix_microseconds(at("2024-03-31 03:00:00"), berlin));
  EXPECT_EQ(time_from_unix_microseconds(1719828000000000, berlin)->to_datetime_string(0), "2024-07-01 12:00:00");
  EXPECT_EQ(convert_zone(at("2024-07-01 12:00:00"), berlin, find_time_zone("America/New_York"))->to_datetime_string(0),
            "2024-07-01 06:00:00");
}

TEST(TimeZone, EveryHourOfAYearIsReadBack) {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "SYSTEM"}) {
    const TimeZone* zone = find_time_zone(name);
    ASSERT_NE(zone, nullptr) << name;
    int ambiguous_hours = 0;
    for (std::int64_t utc = 1704067200; utc < 1704067200 + 366 * kSecondsPerDay; utc += 1800) {
      const std::int64_t local = utc + zone->offset_at_utc(utc);
      const TimeZone::LocalResult back = zone->to_utc(local);
      ASSERT_TRUE(back.exists) << name << " " << utc;
      if (back.utc_seconds == utc) continue;
      ++ambiguous_hours;  // an ambiguous time gives the earlier moment
      ASSERT_LT(back.utc_seconds, utc);
      ASSERT_EQ(back.utc_seconds + zone->offset_at_utc(back.utc_seconds), local);
    }
    EXPECT_LE(ambiguous_hours, 2) << name;
  }
}

TEST(TimeZone, OffsetsAndUnknownNames) {
  EXPECT_EQ(find_time_zone("+8:00")->name(), "+08:00");
  EXPECT_EQ(find_time_zone("-13:59")->offset_at_utc(0), -(13 * 3600 + 59 * 60));
  EXPECT_NE(find_time_zone("+14:00"), nullptr);
  EXPECT_EQ(find_time_zone("+14:01"), nullptr);
  EXPECT_EQ(find_time_zone("-14:00"), nullptr);
  EXPECT_EQ(find_time_zone("Mars/Olympus"), nullptr);
  EXPECT_EQ(find_time_zone("utc"), TimeZone::utc());
  EXPECT_NE(find_time_zone("SYSTEM"), nullptr);
}

}  // namespace
}  // namespace sluice::types
