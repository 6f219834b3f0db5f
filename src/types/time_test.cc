#include "types/time.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace sluice::types {
namespace {

TEST(Time, PackedFormHasItsLayout) {
  EXPECT_EQ(Time::from_parts({2024, 10, 30, 10, 14, 27, 0}).packed, 0x19b4bca39b000000u);
  EXPECT_EQ(Time::from_date(2024, 10, 30).packed, 0x19b4bc0000000000u);
  EXPECT_EQ(Time{}.packed, 0u);
}

TEST(Time, PartsAreReadBack) {
  const Time time = Time::from_parts({9999, 12, 31, 23, 59, 59, 999'999});
  EXPECT_EQ(time.year(), 9999);
  EXPECT_EQ(time.month(), 12);
  EXPECT_EQ(time.day(), 31);
  EXPECT_EQ(time.hour(), 23);
  EXPECT_EQ(time.minute(), 59);
  EXPECT_EQ(time.second(), 59);
  EXPECT_EQ(time.microsecond(), 999'999);
}

TEST(Time, PrintsWithItsFraction) {
  const Time time = Time::from_parts({2024, 1, 2, 3, 4, 5, 67'890});
  EXPECT_EQ(time.to_datetime_string(0), "2024-01-02 03:04:05");
  EXPECT_EQ(time.to_datetime_string(3), "2024-01-02 03:04:05.067");
  EXPECT_EQ(time.to_datetime_string(6), "2024-01-02 03:04:05.067890");
  EXPECT_EQ(time.to_date_string(), "2024-01-02");
  EXPECT_EQ(Time{}.to_datetime_string(0), "0000-00-00 00:00:00");
}

TEST(Duration, PrintsWithSignAndLongHours) {
  EXPECT_EQ(Duration::from_parts(true, 1, 2, 3, 500'000).to_string(1), "-01:02:03.5");
  EXPECT_EQ(Duration::max().to_string(0), "838:59:59");
  EXPECT_EQ(Duration{}.to_string(6), "00:00:00.000000");
}

TEST(Time, DayNumbersAreMySqls) {
  EXPECT_EQ(day_number(1970, 1, 1), kDayNumberOfEpoch);
  EXPECT_EQ(day_number(2007, 10, 7), 733'321);
  EXPECT_EQ(day_number(0, 1, 1), 1);
  EXPECT_EQ(day_number(9999, 12, 31), kMaxDayNumber);
  EXPECT_EQ(date_from_day_number(733'321), Time::from_date(2007, 10, 7));
  EXPECT_TRUE(date_from_day_number(0).is_zero());
  EXPECT_TRUE(date_from_day_number(kMaxDayNumber + 1).is_zero());
}

TEST(Time, EveryDayHasOneNumber) {
  std::int64_t expected = day_number(1, 1, 1);
  for (int year = 1; year <= 9999; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= days_in_month(year, month); ++day) {
        ASSERT_EQ(day_number(year, month, day), expected);
        if (year % 50 == 0 || month == 2) {
          ASSERT_EQ(date_from_day_number(expected), Time::from_date(year, month, day));
        }
        ++expected;
      }
    }
  }
}

TEST(Time, WallMicrosecondsAreReadBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 5'000; ++i) {
    const std::int64_t moment =
        static_cast<std::int64_t>(random() % 300'000'000'000'000'000ull) - 60'000'000'000'000'000;
    ASSERT_EQ(wall_microseconds(time_from_wall_microseconds(moment)), moment);
  }
}

TEST(Time, RoundingCarriesIntoTheDate) {
  Time time = Time::from_parts({2023, 12, 31, 23, 59, 59, 999'500});
  ASSERT_TRUE(round_time(time, 3));
  EXPECT_EQ(time.to_datetime_string(3), "2024-01-01 00:00:00.000");
  time = Time::from_parts({2023, 12, 31, 23, 59, 59, 449'999});
  ASSERT_TRUE(round_time(time, 1));
  EXPECT_EQ(time.to_datetime_string(1), "2023-12-31 23:59:59.4");
  time = Time::from_parts({9999, 12, 31, 23, 59, 59, 999'999});
  EXPECT_FALSE(round_time(time, 0));
  EXPECT_EQ(truncate_time(Time::from_parts({2023, 1, 1, 0, 0, 0, 999'999}), 2).microsecond(), 990'000);
}

TEST(Duration, AnyWordCanBePrinted) {
  EXPECT_FALSE(Duration{std::numeric_limits<std::int64_t>::min()}.to_string(0).empty());
}

TEST(Duration, RoundsHalfAwayFromZero) {
  EXPECT_EQ(round_duration(Duration{1'500'000'000}, 0).nanoseconds, 2'000'000'000);
  EXPECT_EQ(round_duration(Duration{-1'500'000'000}, 0).nanoseconds, -2'000'000'000);
  EXPECT_EQ(round_duration(Duration{-1'499'999'999}, 0).nanoseconds, -1'000'000'000);
  EXPECT_EQ(truncate_duration(Duration{-1'999'999'999}, 0).nanoseconds, -1'000'000'000);
}

TEST(Time, ValidityOfParts) {
  EXPECT_TRUE(is_valid_time({2024, 2, 29, 0, 0, 0, 0}, false));
  EXPECT_FALSE(is_valid_time({2023, 2, 29, 0, 0, 0, 0}, false));
  EXPECT_TRUE(is_valid_time({2023, 2, 31, 0, 0, 0, 0}, true));
  EXPECT_TRUE(is_valid_time({2023, 0, 31, 0, 0, 0, 0}, false));
  EXPECT_FALSE(is_valid_time({2023, 13, 1, 0, 0, 0, 0}, true));
  EXPECT_FALSE(is_valid_time({2023, 1, 1, 24, 0, 0, 0}, false));
}

}  // namespace
}  // namespace sluice::types
