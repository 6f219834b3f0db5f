#include <gtest/gtest.h>

#include "base/clock.h"
#include "expression/function_test_support.h"
#include "expression/time_literal.h"

namespace sluice::expression {
namespace {

using namespace testing_support;

ExpressionPtr typed(std::string_view value, const types::FieldType& type) {
  FunctionTester tester;
  return make_cast(text(value), type, tester.build);
}
ExpressionPtr date(std::string_view value) { return typed(value, types::FieldType::date()); }
ExpressionPtr datetime(std::string_view value, int fsp = 0) { return typed(value, types::FieldType::datetime(fsp)); }
ExpressionPtr duration(std::string_view value, int fsp = 0) { return typed(value, types::FieldType::time(fsp)); }

void check(const std::vector<FunctionCase>& cases) {
  for (const FunctionCase& test_case : cases) {
    FunctionTester tester;
    std::string shown;
    for (const ExpressionPtr& argument : test_case.arguments)
      shown += (shown.empty() ? "" : ", ") + argument->to_string();
    EXPECT_EQ(tester.call(test_case.name, test_case.arguments), test_case.expected)
        << test_case.name << "(" << shown << ")";
  }
}

TEST(TimeFunctions, NowIsTheStatementsTimeInTheSessionsZone) {
  FunctionTester tester;
  EXPECT_EQ(tester.call("now", {}), "2024-10-30 10:14:27");
  EXPECT_EQ(tester.call("current_timestamp", {number(3)}), "2024-10-30 10:14:27.123");
  EXPECT_EQ(tester.call("now", {number(7)}), "error 1426");
  EXPECT_EQ(tester.call("curdate", {}), "2024-10-30");
  EXPECT_EQ(tester.call("curtime", {number(6)}), "10:14:27.123456");
  EXPECT_EQ(tester.call("unix_timestamp", {}), "1730283267");
  tester.context.time_zone = types::find_time_zone("+08:00");
  EXPECT_EQ(tester.call("now", {}), "2024-10-30 18:14:27");
  EXPECT_EQ(tester.call("utc_timestamp", {}), "2024-10-30 10:14:27");
  EXPECT_EQ(tester.call("utc_time", {}), "10:14:27");
  EXPECT_EQ(tester.call("from_unixtime", {number(0)}), "1970-01-01 08:00:00");
  EXPECT_EQ(tester.call("unix_timestamp", {text("1970-01-01 08:00:01")}), "1");
}

TEST(TimeFunctions, SysdateIsTheActualTime) {
  ManualClock manual(1'700'000'000'000'000);
  ClockOverride guard(manual);
  FunctionTester tester;
  EXPECT_EQ(tester.call("sysdate", {}), "2023-11-14 22:13:20");
}

TEST(TimeFunctions, UnixTime) {
  check({
      {"unix_timestamp", {text("2015-11-13 10:20:19")}, "1447410019"},
      {"unix_timestamp", {text("2015-11-13 10:20:19.012")}, "1447410019.012"},
      {"unix_timestamp", {text("1969-01-01")}, "0"},
      {"unix_timestamp", {number(20151113102019)}, "1447410019"},
      {"from_unixtime", {number(1447430881)}, "2015-11-13 16:08:01"},
      {"from_unixtime", {decimal("1447430881.5")}, "2015-11-13 16:08:01.5"},
      {"from_unixtime", {number(1447430881), text("%Y %D %M %h:%i:%s %x")}, "2015 13th November 04:08:01 2015"},
      {"from_unixtime", {number(-1)}, "NULL"},
      {"from_unixtime", {number(32536771200)}, "NULL"},
  });
}

TEST(TimeFunctions, PartsOfDates) {
  check({
      {"year", {text("1987-01-01")}, "1987"},
      {"month", {text("2008-02-03")}, "2"},
      {"day", {text("2007-02-03")}, "3"},
      {"dayofmonth", {number(20070203)}, "3"},
      {"quarter", {text("2008-04-01")}, "2"},
      {"dayofweek", {text("2007-02-03")}, "7"},
      {"weekday", {text("2008-02-03 22:23:00")}, "6"},
      {"dayofyear", {text("2007-02-03")}, "34"},
      {"week", {text("2008-02-20")}, "7"},
      {"week", {text("2008-02-20"), number(1)}, "8"},
      {"week", {text("2008-12-31"), number(1)}, "53"},
      {"weekofyear", {text("2008-02-20")}, "8"},
      {"yearweek", {text("1987-01-01")}, "198652"},
      {"to_days", {number(950501)}, "728779"},
      {"to_days", {text("2007-10-07")}, "733321"},
      {"to_seconds", {text("2009-11-29 13:43:32")}, "63426721412"},
      {"from_days", {number(730669)}, "2000-07-03"},
      {"from_days", {number(0)}, "0000-00-00"},
      {"dayname", {text("2007-02-03")}, "Saturday"},
      {"monthname", {text("2008-02-03")}, "February"},
      {"last_day", {text("2004-02-05")}, "2004-02-29"},
      {"last_day", {text("2003-03-32")}, "NULL"},
      {"date", {text("2003-12-31 01:02:03")}, "2003-12-31"},
      {"date", {text("x")}, "NULL"},
      {"time", {text("2003-12-31 01:02:03")}, "01:02:03"},
      {"time", {text("2003-12-31 01:02:03.000123")}, "01:02:03.000123"},
      {"hour", {text("10:05:03")}, "10"},
      {"hour", {text("272:59:59")}, "272"},
      {"minute", {text("2008-02-03 10:05:03")}, "5"},
      {"second", {text("10:05:03")}, "3"},
      {"microsecond", {text("2019-12-31 23:59:59.000010")}, "10"},
      {"time_to_sec", {text("22:23:00")}, "80580"},
      {"extract", {text("2019-07-02"), text("YEAR")}, "2019"},
      {"extract", {text("2019-07-02 01:02:03"), text("YEAR_MONTH")}, "201907"},
      {"extract", {text("2019-07-02 01:02:03"), text("DAY_MINUTE")}, "20102"},
      {"extract", {text("2003-01-02 10:30:00.000123"), text("MICROSECOND")}, "123"},
      {"extract", {text("10:11:12"), text("HOUR")}, "10"},
      {"extract", {datetime("2019-07-02 01:02:03"), text("HOUR_SECOND")}, "10203"},
      {"year", {null()}, "NULL"},
  });
}

TEST(TimeFunctions, AddingIntervals) {
  check({
      {"date_add", {text("2018-05-01"), number(1), text("DAY")}, "2018-05-02"},
      {"date_sub", {text("2018-05-01"), number(1), text("YEAR")}, "2017-05-01"},
      {"date_add", {text("2020-12-31 23:59:59"), number(1), text("SECOND")}, "2021-01-01 00:00:00"},
      {"date_add", {text("2018-12-31 23:59:59"), number(1), text("DAY")}, "2019-01-01 23:59:59"},
      {"date_add", {text("2100-12-31 23:59:59"), text("1:1"), text("MINUTE_SECOND")}, "2101-01-01 00:01:00"},
      {"date_sub", {text("2025-01-01 00:00:00"), text("1 1:1:1"), text("DAY_SECOND")}, "2024-12-30 22:58:59"},
      {"date_add", {text("1900-01-01 00:00:00"), text("-1 10"), text("DAY_HOUR")}, "1899-12-30 14:00:00"},
      {"date_sub", {text("1998-01-02"), number(31), text("DAY")}, "1997-12-02"},
      {"date_add",
       {text("1992-12-31 23:59:59.000002"), text("1.999999"), text("SECOND_MICROSECOND")},
       "1993-01-01 00:00:01.000001"},
      {"date_add", {text("2024-03-30"), number(-1), text("MONTH")}, "2024-02-29"},
      {"date_add", {text("2009-01-30"), number(1), text("MONTH")}, "2009-02-28"},
      {"adddate", {text("2008-01-02"), number(31), text("DAY")}, "2008-02-02"},
      {"subdate", {text("2008-01-02 12:00:00"), number(31), text("DAY")}, "2007-12-02 12:00:00"},
      {"date_add", {date("2018-05-01"), number(1), text("DAY")}, "2018-05-02"},
      {"date_add", {date("2018-05-01"), number(1), text("HOUR")}, "2018-05-01 01:00:00"},
      {"date_add", {date("1900-01-01"), real(1.123456789e3), text("SECOND")}, "1900-01-01 00:18:43.456789"},
      {"date_add", {datetime("2018-05-01 10:00:00", 2), decimal("1.5"), text("SECOND")}, "2018-05-01 10:00:01.50"},
      {"date_add", {duration("10:00:00"), number(90), text("MINUTE")}, "11:30:00"},
      {"date_add", {number(19000101000000), real(1.123456789e3), text("SECOND")}, "1900-01-01 00:18:43.456789"},
      {"date_add", {decimal("19000101000000.0005"), decimal("0.0005"), text("SECOND")}, "1900-01-01 00:00:00.001000"},
      {"date_add", {text("1900-01-01 00:00:00"), text("1e+3"), text("HOUR")}, "1900-01-01 01:00:00"},
      {"date_add", {text("1900-01-01 00:00:00"), text("1e2"), text("SECOND")}, "1900-01-01 00:01:40"},
      {"date_add", {text("1900-01-01 00:00:00"), text("2.9"), text("MINUTE")}, "1900-01-01 00:02:00"},
      {"date_add", {text("1900-01-01 00:00:00"), decimal("1.9"), text("MINUTE")}, "1900-01-01 00:02:00"},
      {"date_add", {text("1900-01-01 00:00:00"), text("9223372036854775808"), text("DAY")}, "NULL"},
      {"date_add", {text("2007-03-28 22:08:28"), decimal("-2.2"), text("HOUR_MINUTE")}, "2007-03-28 20:06:28"},
      {"date_add", {text("2007-03-28 22:08:28"), number(-2), text("DAY_MICROSECOND")}, "2007-03-28 22:08:27.800000"},
      {"date_add", {text("2007-03-28 22:08:28"), text("-2.-2"), text("SECOND")}, "2007-03-28 22:08:26"},
      {"date_add", {text("9999-12-31"), number(1), text("DAY")}, "NULL"},
      {"date_add", {text("abc"), number(1), text("DAY")}, "NULL"},
      {"date_add", {text("2018-05-01"), number(1), text("FORTNIGHT")}, "error 1210"},
      {"timestampadd", {number(1), text("2003-01-02"), text("MINUTE")}, "2003-01-02 00:01:00"},
      {"timestampadd", {number(1), text("2003-01-02"), text("WEEK")}, "2003-01-09"},
      {"timestampadd", {number(1), date("2021-08-20"), text("MICROSECOND")}, "2021-08-20 00:00:00.000001"},
      {"timestampadd", {decimal("1.5"), text("2021-08-20 00:00:00"), text("MINUTE")}, "2021-08-20 00:02:00"},
      {"timestampadd", {real(1.2e308), text("1995-01-05 06:32:20.859724"), text("YEAR")}, "NULL"},
      {"addtime", {text("2007-12-31 23:59:59.999999"), text("1 1:1:1.000002")}, "2008-01-02 01:01:01.000001"},
      {"addtime", {text("01:00:00.999999"), text("02:00:00.999998")}, "03:00:01.999997"},
      {"subtime", {text("2007-12-31 23:59:59.999999"), text("1 1:1:1.000002")}, "2007-12-30 22:58:58.999997"},
      {"subtime", {text("01:00:00.999999"), text("02:00:00.999998")}, "-00:59:59.999999"},
      {"addtime", {datetime("2007-12-31 23:59:59"), text("2007-01-01 00:00:00")}, "NULL"},
      {"timestamp", {text("2003-12-31")}, "2003-12-31 00:00:00"},
      {"timestamp", {text("2003-12-31 12:00:00"), text("12:00:00")}, "2004-01-01 00:00:00"},
  });
}

TEST(TimeFunctions, OverflowWarns) {
  FunctionTester tester;
  EXPECT_EQ(tester.call("date_add", {text("9999-12-31"), number(1), text("DAY")}), "NULL");
  ASSERT_GE(tester.warnings.count(), 1U);
  EXPECT_EQ(tester.warnings.items()[0].code, 1441);
  EXPECT_EQ(tester.warnings.items()[0].message, "Datetime function: datetime field overflow");
}

TEST(TimeFunctions, Differences) {
  check({
      {"datediff", {text("2007-12-31 23:59:59"), text("2007-12-30")}, "1"},
      {"datediff", {text("2010-11-30 23:59:59"), text("2010-12-31")}, "-31"},
      {"timediff", {text("2000-01-01 00:00:00"), text("2000-01-01 00:00:00.000001")}, "-00:00:00.000001"},
      {"timediff", {text("2008-12-31 23:59:59.000001"), text("2008-12-30 01:01:01.000002")}, "46:58:57.999999"},
      {"timediff", {text("10:00:00"), text("2000-01-01 00:00:00")}, "NULL"},
      {"timediff", {text("2024-12-31 00:00:00"), text("2000-01-01 00:00:00")}, "838:59:59"},
      {"timestampdiff", {text("2003-02-01"), text("2003-05-01"), text("MONTH")}, "3"},
      {"timestampdiff", {text("2002-05-01"), text("2001-01-01"), text("YEAR")}, "-1"},
      {"timestampdiff", {text("2003-02-01"), text("2003-05-01 12:05:55"), text("MINUTE")}, "128885"},
      {"makedate", {number(2011), number(31)}, "2011-01-31"},
      {"makedate", {number(2014), number(365)}, "2014-12-31"},
      {"makedate", {number(2011), number(0)}, "NULL"},
      {"makedate", {number(70), number(1)}, "1970-01-01"},
      {"maketime", {number(12), number(15), number(30)}, "12:15:30"},
      {"maketime", {number(-1), number(0), decimal("0.5")}, "-01:00:00.5"},
      {"maketime", {number(1), number(60), number(0)}, "NULL"},
      {"maketime", {number(1000), number(0), number(0)}, "838:59:59"},
      {"sec_to_time", {number(2378)}, "00:39:38"},
      {"sec_to_time", {decimal("-1.25")}, "-00:00:01.25"},
      {"sec_to_time", {number(99999999)}, "838:59:59"},
      {"period_add", {number(200801), number(2)}, "200803"},
      {"period_diff", {number(200802), number(200703)}, "11"},
      {"period_add", {number(0), number(2)}, "error 1210"},
      {"convert_tz", {text("2004-01-01 12:00:00"), text("+00:00"), text("+10:00")}, "2004-01-01 22:00:00"},
      {"convert_tz", {text("2004-01-01 12:00:00"), text("GMT"), text("MET")}, "2004-01-01 13:00:00"},
      {"convert_tz", {text("2004-01-01 12:00:00"), text("Nowhere/City"), text("MET")}, "NULL"},
  });
}

TEST(TimeFunctions, NameOfADayIsItsNumberInArithmetic) {
  FunctionTester tester;
  EXPECT_EQ(tester.call("plus", {tester.make("dayname", {date("1962-03-01")}), number(0)}), "3");
  EXPECT_EQ(tester.call("bitand", {tester.make("dayname", {date("1962-03-01")}), number(1)}), "1");
  EXPECT_EQ(tester.call("eq", {tester.make("dayname", {date("1962-03-01")}), number(3)}), "1");
}

TEST(TimeLiterals, HaveTheTypeAndTheDigitsThatAreWritten) {
  FunctionTester tester;
  const auto shown = [&](ExpressionPtr (*make)(std::string_view, const BuildContext&), const char* value) {
    try {
      const ExpressionPtr literal = make(value, tester.build);
      return types::format_value(literal->evaluate_constant(tester.context), literal->type());
    } catch (const SqlError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(shown(make_date_literal, "891001"), "1989-10-01");
  EXPECT_EQ(shown(make_date_literal, "2020-01-01 10:00:00"), "Incorrect date value: '2020-01-01 10:00:00'");
  EXPECT_EQ(shown(make_date_literal, "0000-00-00"), "Incorrect date value: '0000-00-00'");
  EXPECT_EQ(shown(make_timestamp_literal, "2017@01@01 00~00~00.333"), "2017-01-01 00:00:00.333");
  EXPECT_EQ(shown(make_timestamp_literal, "1992-01-03"), "Incorrect datetime value: '1992-01-03'");
  EXPECT_EQ(shown(make_timestamp_literal, "20171231235959.999999"),
            "Incorrect datetime value: '20171231235959.999999'");
  EXPECT_EQ(shown(make_time_literal, "1 01:00:00"), "25:00:00");
  EXPECT_EQ(shown(make_time_literal, "33:33"), "33:33:00");
  EXPECT_EQ(shown(make_time_literal, "1.1"), "00:00:01.1");
  EXPECT_EQ(shown(make_time_literal, "-1:1:1.123454656"), "-01:01:01.123455");
  EXPECT_EQ(shown(make_time_literal, "2017-01-01 00:00:00"), "Incorrect time value: '2017-01-01 00:00:00'");
}

TEST(TimeFunctions, Formats) {
  check({
      {"date_format", {text("2009-10-04 22:23:00"), text("%W %M %Y")}, "Sunday October 2009"},
      {"date_format", {text("2007-10-04 22:23:00"), text("%H:%i:%s")}, "22:23:00"},
      {"date_format", {text("1900-10-04 22:23:00"), text("%D %y %a %d %m %b %j")}, "4th 00 Thu 04 10 Oct 277"},
      {"date_format",
       {text("1997-10-04 22:23:00"), text("%H %k %I %r %T %S %w")},
       "22 22 10 10:23:00 PM 22:23:00 00 6"},
      {"date_format", {text("1999-01-01"), text("%X %V")}, "1998 52"},
      {"date_format", {text("x"), text("%Y")}, "NULL"},
      {"time_format", {text("100:00:00"), text("%H %k %h %I %l")}, "100 100 04 04 4"},
      {"str_to_date", {text("01,5,2013"), text("%d,%m,%Y")}, "2013-05-01"},
      {"str_to_date", {text("May 1, 2013"), text("%M %d,%Y")}, "2013-05-01"},
      {"str_to_date", {text("a09:30:17"), text("a%h:%i:%s")}, "09:30:17"},
      {"str_to_date", {text("09:30:17a"), text("%h:%i:%s")}, "09:30:17"},
      {"str_to_date", {text("2013-05-01 10:11:12.5"), text("%Y-%m-%d %H:%i:%s.%f")}, "2013-05-01 10:11:12.500000"},
      {"str_to_date", {text("abc"), text("abc")}, "NULL"},
      {"str_to_date", {text("9"), text("%m")}, "NULL"},
      {"get_format", {text("DATE"), text("EUR")}, "%d.%m.%Y"},
      {"get_format", {text("TIMESTAMP"), text("usa")}, "%Y-%m-%d %H.%i.%s"},
  });
}

}  // namespace
}  // namespace sluice::expression
