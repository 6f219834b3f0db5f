#include "types/time_parse.h"

#include <gtest/gtest.h>

#include "types/time_zone.h"

namespace sluice::types {
namespace {

std::string parsed(std::string_view text, int fsp = 6) {
  TimeParse parse;
  TimeParseOptions options;
  options.fsp = fsp;
  if (!parse_time(text, options, parse)) return "invalid";
  return parse.value.to_datetime_string(fsp) + (parse.truncated ? " truncated" : "");
}

struct LiteralCase {
  const char* literal;
  const char* expected;
};

TEST(TimeParse, ReadsEveryFormOfLiteral) {
  const LiteralCase cases[] = {
      {"2024-10-30 10:14:27", "2024-10-30 10:14:27"},
      {" 2024-10-30T10:14:27 ", "2024-10-30 10:14:27"},
      {"2024-10-30", "2024-10-30 00:00:00"},
      {"2024-1-2 3:4:5", "2024-01-02 03:04:05"},
      {"24-10-30", "2024-10-30 00:00:00"},
      {"70-01-01", "1970-01-01 00:00:00"},
      {"69-12-31", "2069-12-31 00:00:00"},
      {"2024/10/30", "2024-10-30 00:00:00"},
      {"2024.10.30 10.14.27", "2024-10-30 10:14:27"},
      {"2024^10^30 10+14+27", "2024-10-30 10:14:27"},
      {"2020-10-22 16:31-15", "2020-10-22 16:31:15"},
      {"2020-10-22 16-31", "2020-10-22 16:31:00"},
      {"2024@10@30 10^14^27", "2024-10-30 10:14:27"},
      {"2024-10-30 10", "2024-10-30 10:00:00"},
      {"2024-10-30 10:14", "2024-10-30 10:14:00"},
      {"20241030101427", "2024-10-30 10:14:27"},
      {"241030101427", "2024-10-30 10:14:27"},
      {"20241030", "2024-10-30 00:00:00"},
      {"241030", "2024-10-30 00:00:00"},
      {"20241030T101427", "2024-10-30 10:14:27"},
      {"0000-00-00", "0000-00-00 00:00:00"},
      {"00-00-00", "0000-00-00 00:00:00"},
      {"2024-00-10", "2024-00-10 00:00:00"},
      {"2024-10-30 10:14:27abc", "2024-10-30 10:14:27 truncated"},
      {"2024-10-30 10:14:27.5", "2024-10-30 10:14:28"},
      {"2023-12-31 23:59:59.5", "2024-01-01 00:00:00"},
      {"2024-02-30", "invalid"},
      {"2024-13-01", "invalid"},
      {"2024-10-30 24:00:00", "invalid"},
      {"2024-10-30 10:60:00", "invalid"},
      {"2024-10", "invalid"},
      {"abc", "invalid"},
      {"", "invalid"},
      {"2024-100-1", "invalid"},
      {"9999-12-31 23:59:59.9", "invalid"},
  };
  for (const LiteralCase& test_case : cases)
    EXPECT_EQ(parsed(test_case.literal, 0), test_case.expected) << test_case.literal;
}

TEST(TimeParse, RoundsTheFraction) {
  EXPECT_EQ(parsed("2024-10-30 10:14:27.123456"), "2024-10-30 10:14:27.123456");
  EXPECT_EQ(parsed("2024-10-30 10:14:27.1234567"), "2024-10-30 10:14:27.123457");
  EXPECT_EQ(parsed("2024-10-30 10:14:27.9999995"), "2024-10-30 10:14:28.000000");
  EXPECT_EQ(parsed("20241030101427.5", 1), "2024-10-30 10:14:27.5");
  EXPECT_EQ(parsed("2024-10-30 10:14:27.45", 1), "2024-10-30 10:14:27.5");
}

TEST(TimeParse, OffsetsAreConvertedToTheZone) {
  TimeParse parse;
  TimeParseOptions options;
  options.fsp = 0;
  options.zone = find_time_zone("+02:00");
  ASSERT_TRUE(parse_time("2020-01-01 00:00:00+08:00", options, parse));
  EXPECT_EQ(parse.value.to_datetime_string(0), "2019-12-31 18:00:00");
  ASSERT_TRUE(parse_time("2020-01-01T00:00:00Z", options, parse));
  EXPECT_EQ(parse.value.to_datetime_string(0), "2020-01-01 02:00:00");
  ASSERT_TRUE(parse_time("2020-01-01 00:00:00.5-0130", options, parse));
  EXPECT_EQ(parse.value.to_datetime_string(0), "2020-01-01 03:30:01");
  ASSERT_TRUE(parse_time("2020-01-01 00:00:00+15:00", options, parse));
  EXPECT_TRUE(parse.truncated);
}

TEST(TimeParse, ReadsNumbers) {
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "0000-00-00 00:00:00"},
      {101, "2000-01-01 00:00:00"},
      {241030, "2024-10-30 00:00:00"},
      {700101, "1970-01-01 00:00:00"},
      {20241030, "2024-10-30 00:00:00"},
      {241030101427, "2024-10-30 10:14:27"},
      {20241030101427, "2024-10-30 10:14:27"},
      {99991231235959, "9999-12-31 23:59:59"},
      {1, "invalid"},
      {100, "invalid"},
      {20241301, "invalid"},
      {700100, "invalid"},
      {-1, "invalid"},
      {100000101000000, "invalid"},
      {9223372036854775807, "invalid"},
  };
  for (const auto& [number, expected] : cases) {
    TimeParse parse;
    TimeParseOptions options;
    const bool ok = time_from_number(number, 0, options, parse);
    EXPECT_EQ(ok ? parse.value.to_datetime_string(0) : "invalid", expected) << number;
  }
}

std::string duration(std::string_view text, int fsp = 0) {
  DurationParse parse;
  if (!parse_duration(text, fsp, parse)) return "invalid";
  return parse.value.to_string(fsp) + (parse.truncated ? " truncated" : "") + (parse.overflow ? " overflow" : "");
}

TEST(DurationParse, ReadsEveryFormOfLiteral) {
  const LiteralCase cases[] = {
      {"10:11:12", "10:11:12"},
      {"-10:11:12", "-10:11:12"},
      {"10:11", "10:11:00"},
      {"1 10:11:12", "34:11:12"},
      {"1 10", "34:00:00"},
      {"101112", "10:11:12"},
      {"1112", "00:11:12"},
      {"12", "00:00:12"},
      {"1:2:3", "01:02:03"},
      {"838:59:59", "838:59:59"},
      {"839:00:00", "838:59:59 overflow"},
      {"-839:00:00", "-838:59:59 overflow"},
      {"99999999", "invalid"},
      {"9995959", "838:59:59 overflow"},
      {"10:61:00", "invalid"},
      {"10:00:61", "invalid"},
      {"10:11:12abc", "10:11:12 truncated"},
      {"2024-10-30 10:11:12", "10:11:12"},
      {"2024-10-30", "00:00:00"},
      {"20241030101112", "10:11:12"},
      {"abc", "invalid"},
      {"", "invalid"},
      {"00:00:00.5", "00:00:01"},
  };
  for (const LiteralCase& test_case : cases)
    EXPECT_EQ(duration(test_case.literal), test_case.expected) << test_case.literal;
  EXPECT_EQ(duration("10:11:12.3456", 3), "10:11:12.346");
  EXPECT_EQ(duration("12.5", 1), "00:00:12.5");
  EXPECT_EQ(duration("20070219173709.055870", 6), "17:37:09.055870");
}

TEST(DurationParse, ReadsNumbers) {
  DurationParse parse;
  ASSERT_TRUE(duration_from_number(101112, 0, 0, parse));
  EXPECT_EQ(parse.value.to_string(0), "10:11:12");
  ASSERT_TRUE(duration_from_number(-8385959, 0, 0, parse));
  EXPECT_EQ(parse.value.to_string(0), "-838:59:59");
  ASSERT_TRUE(duration_from_number(8390000, 0, 0, parse));
  EXPECT_TRUE(parse.overflow);
  EXPECT_FALSE(duration_from_number(106100, 0, 0, parse));
  ASSERT_TRUE(duration_from_number(20241030101112, 0, 0, parse));
  EXPECT_EQ(parse.value.to_string(0), "10:11:12");
  EXPECT_FALSE(duration_from_number(-20241030101112, 0, 0, parse));
}

}  // namespace
}  // namespace sluice::types
