#include "types/time_format.h"

#include <gtest/gtest.h>

#include "types/time_parse.h"

namespace sluice::types {
namespace {

std::string formatted(std::string_view text, std::string_view format) {
  TimeParse parse;
  EXPECT_TRUE(parse_time(text, {}, parse)) << text;
  std::string out;
  return format_time(parse.value, format, out) ? out : "NULL";
}

TEST(TimeFormat, EverySpecifierPrints) {
  EXPECT_EQ(formatted("2009-10-04 22:23:00", "%W %M %Y"), "Sunday October 2009");
  EXPECT_EQ(formatted("2007-10-04 22:23:00", "%H:%i:%s"), "22:23:00");
  EXPECT_EQ(formatted("1900-10-04 22:23:00", "%D %y %a %d %m %b %j"), "4th 00 Thu 04 10 Oct 277");
  EXPECT_EQ(formatted("1997-10-04 22:23:00", "%H %k %I %r %T %S %w"), "22 22 10 10:23:00 PM 22:23:00 00 6");
  EXPECT_EQ(formatted("1999-01-01", "%X %V"), "1998 52");
  EXPECT_EQ(formatted("2006-06-00", "%d"), "00");
  EXPECT_EQ(formatted("2024-03-21 00:05:09.000123", "%c %e %f %h %l %p %% %q %U %u %v %x"),
            "3 21 000123 12 12 AM % q 11 12 12 2024");
  EXPECT_EQ(formatted("2006-06-00", "%W"), "NULL");
  EXPECT_EQ(formatted("2006-00-00", "%M"), "NULL");
}

TEST(TimeFormat, DurationsMayExceedADay) {
  std::string out;
  ASSERT_TRUE(format_duration(Duration::from_parts(false, 100, 0, 0, 0), "%H %k %h %I %l", out));
  EXPECT_EQ(out, "100 100 04 04 4");
  out.clear();
  EXPECT_FALSE(format_duration(Duration{}, "%M", out));
}

std::string read(std::string_view text, std::string_view format) {
  StrToDate result;
  if (!parse_with_format(text, format, result)) return "NULL";
  return Time::from_parts(result.parts).to_datetime_string(6) + (result.truncated ? " truncated" : "");
}

TEST(StrToDate, ReadsByFormat) {
  EXPECT_EQ(read("01,5,2013", "%d,%m,%Y"), "2013-05-01 00:00:00.000000");
  EXPECT_EQ(read("May 1, 2013", "%M %d,%Y"), "2013-05-01 00:00:00.000000");
  EXPECT_EQ(read("a09:30:17", "a%h:%i:%s"), "0000-00-00 09:30:17.000000");
  EXPECT_EQ(read("a09:30:17", "%h:%i:%s"), "NULL");
  EXPECT_EQ(read("09:30:17a", "%h:%i:%s"), "0000-00-00 09:30:17.000000 truncated");
  EXPECT_EQ(read("9", "%m"), "0000-09-00 00:00:00.000000");
  EXPECT_EQ(read("9", "%s"), "0000-00-00 00:00:09.000000");
  EXPECT_EQ(read("10:11:12 PM", "%r"), "0000-00-00 22:11:12.000000");
  EXPECT_EQ(read("12:30 AM", "%h:%i %p"), "0000-00-00 00:30:00.000000");
  EXPECT_EQ(read("22:11 PM", "%H:%i %p"), "NULL");
  EXPECT_EQ(read("2024-10-30 10:14:27.5", "%Y-%m-%d %T.%f"), "2024-10-30 10:14:27.500000");
  EXPECT_EQ(read("2024 60", "%Y %j"), "2024-02-29 00:00:00.000000");
  EXPECT_EQ(read("200442 Monday", "%X%V %W"), "2004-10-18 00:00:00.000000");
  EXPECT_EQ(read("04/31/2004", "%m/%d/%Y"), "NULL");
  EXPECT_EQ(read("70 1 1", "%y %c %e"), "1970-01-01 00:00:00.000000");
}

TEST(StrToDate, KindOfFormatDecidesTheType) {
  EXPECT_TRUE(kind_of_format("%Y-%m").has_date);
  EXPECT_FALSE(kind_of_format("%Y-%m").has_clock);
  EXPECT_TRUE(kind_of_format("%H").has_clock);
  EXPECT_TRUE(kind_of_format("%s.%f").has_fraction);
}

}  // namespace
}  // namespace sluice::types
