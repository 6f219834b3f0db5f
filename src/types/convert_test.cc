#include "types/convert.h"

#include <gtest/gtest.h>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "types/collation.h"
#include "types/time_parse.h"
#include "types/time_zone.h"
#include "types/value_text.h"

namespace sluice::types {
namespace {

FieldType text_type() { return FieldType::varchar(255, default_collation()); }

FieldType unsigned_type(TypeCode code) { return FieldType::of(code, field_flag::kUnsigned); }

FieldType labels(TypeCode code, std::vector<std::string> elements) {
  FieldType type = FieldType::of(code);
  type.elements = std::make_shared<const std::vector<std::string>>(std::move(elements));
  type.collation = find_collation("utf8mb4_general_ci");
  return type;
}

/// The text of the result, then the warnings or the error, "number: message", separated by " | ".
std::string outcome(const Value& value, const FieldType& from, const FieldType& to, ConversionContext ctx) {
  WarningList warnings;
  ctx.warnings = &warnings;
  std::string text;
  try {
    const Value result = convert(value, from, to, ctx);
    text = result.is_null() ? "NULL" : format_value(result, to);
  } catch (const SqlError& error) {
    text = "error " + std::to_string(error.number()) + ": " + error.what();
  }
  for (const Warning& warning : warnings.items()) text += " | " + std::to_string(warning.code) + ": " + warning.message;
  return text;
}

ConversionContext assignment(bool strict, std::string_view column = "a") {
  ConversionContext ctx;
  ctx.purpose = ConversionPurpose::kAssign;
  ctx.truncate_as_error = strict;
  ctx.column_name = column;
  if (!strict) ctx.sql_mode = SqlMode();
  return ctx;
}

std::string cast(const Value& value, const FieldType& from, const FieldType& to) {
  return outcome(value, from, to, {});
}
std::string cast(const char* text, const FieldType& to) { return cast(Value(text), text_type(), to); }
std::string strict(const Value& value, const FieldType& from, const FieldType& to) {
  return outcome(value, from, to, assignment(true));
}
std::string strict(const char* text, const FieldType& to) { return strict(Value(text), text_type(), to); }
std::string lax(const Value& value, const FieldType& from, const FieldType& to) {
  return outcome(value, from, to, assignment(false));
}
std::string lax(const char* text, const FieldType& to) { return lax(Value(text), text_type(), to); }

TEST(Convert, NullStaysNull) { EXPECT_EQ(strict(Value(), text_type(), FieldType::bigint()), "NULL"); }

TEST(Convert, CastToInteger) {
  const FieldType signed_type = FieldType::bigint();
  const FieldType unsigned_bigint = FieldType::bigint_unsigned();
  EXPECT_EQ(cast("12", signed_type), "12");
  EXPECT_EQ(cast("12abc", signed_type), "12 | 1292: Truncated incorrect INTEGER value: '12abc'");
  EXPECT_EQ(cast("", signed_type), "0 | 1292: Truncated incorrect INTEGER value: ''");
  EXPECT_EQ(cast("18446744073709551616", unsigned_bigint),
            "18446744073709551615 | 1292: Truncated incorrect INTEGER value: '18446744073709551616'");
  EXPECT_EQ(cast("18446744073709551616", signed_type),
            "-1 | 1292: Truncated incorrect INTEGER value: '18446744073709551616'");
  EXPECT_EQ(cast("-9223372036854775809", unsigned_bigint),
            "9223372036854775808 | 1292: Truncated incorrect INTEGER value: '-9223372036854775809'");
  EXPECT_EQ(cast("-1", unsigned_bigint),
            "18446744073709551615 | 1105: Cast to unsigned converted negative integer to its positive complement");
  EXPECT_EQ(cast(Value(-1), signed_type, unsigned_bigint), "18446744073709551615");
  EXPECT_EQ(cast(Value(std::uint64_t{18446744073709551615u}), unsigned_bigint, signed_type), "-1");
  EXPECT_EQ(cast(Value(1.5), FieldType::double_precision(), signed_type), "2");
  EXPECT_EQ(cast(Value(2.5), FieldType::double_precision(), signed_type), "2");
  EXPECT_EQ(cast(Value(1e30), FieldType::double_precision(), signed_type),
            "9223372036854775807 | 1292: Truncated incorrect INTEGER value: '1e30'");
  EXPECT_EQ(cast(Value(Decimal::parse("2.5")), FieldType::decimal(2, 1), signed_type), "3");
  EXPECT_EQ(cast(Value(Decimal::parse("-2.5")), FieldType::decimal(2, 1), signed_type), "-3");
  EXPECT_EQ(cast(Value(Time::from_parts({2024, 1, 2, 3, 4, 5, 600'000})), FieldType::datetime(1), signed_type),
            "20240102030406");
  EXPECT_EQ(cast(Value(Duration::from_parts(true, 1, 2, 3, 0)), FieldType::time(0), signed_type), "-10203");
  EXPECT_EQ(cast(Value(std::uint64_t{2}), labels(TypeCode::kEnum, {"x", "y"}), signed_type), "2");
  EXPECT_EQ(cast(Value(Json::parse("12")), FieldType::json(), signed_type), "12");
  EXPECT_EQ(cast(Value(Json::parse("\"7x\"")), FieldType::json(), signed_type),
            "7 | 1292: Truncated incorrect INTEGER value: '7x'");
  EXPECT_EQ(cast(Value(Json::parse("true")), FieldType::json(), signed_type), "1");
}

TEST(Convert, AssignmentToIntegerChecksTheRange) {
  const FieldType tiny = FieldType::of(TypeCode::kTiny);
  EXPECT_EQ(strict(Value(127), FieldType::bigint(), tiny), "127");
  EXPECT_EQ(strict(Value(128), FieldType::bigint(), tiny), "error 1264: Out of range value for column 'a' at row 1");
  EXPECT_EQ(lax(Value(-129), FieldType::bigint(), tiny), "-128 | 1264: Out of range value for column 'a' at row 1");
  EXPECT_EQ(lax(Value(-1), FieldType::bigint(), unsigned_type(TypeCode::kLong)),
            "0 | 1264: Out of range value for column 'a' at row 1");
  EXPECT_EQ(outcome(Value(128), FieldType::bigint(), tiny, assignment(true, "")),
            "error 1690: constant 128 overflows tinyint");
  EXPECT_EQ(strict(Value(std::uint64_t{1} << 63), FieldType::bigint_unsigned(), FieldType::bigint()),
            "error 1264: Out of range value for column 'a' at row 1");
}

TEST(Convert, AssignmentOfTextToIntegerReadsWholeNumbers) {
  const FieldType integer = FieldType::of(TypeCode::kLong);
  EXPECT_EQ(strict("1.5", integer), "2");
  EXPECT_EQ(strict("1e3", integer), "1000");
  EXPECT_EQ(strict(" 7 ", integer), "7");
  EXPECT_EQ(strict("", integer), "error 1366: Incorrect int value: '' for column 'a' at row 1");
  EXPECT_EQ(strict("1x", integer), "error 1366: Incorrect int value: '1x' for column 'a' at row 1");
  EXPECT_EQ(lax("1x", integer), "1 | 1366: Incorrect int value: '1x' for column 'a' at row 1");
  EXPECT_EQ(lax("1e100", integer), "2147483647 | 1264: Out of range value for column 'a' at row 1");
}

TEST(Convert, Doubles) {
  const FieldType real = FieldType::double_precision();
  EXPECT_EQ(cast("1.5e3xyz", real), "1500 | 1292: Truncated incorrect DOUBLE value: '1.5e3xyz'");
  EXPECT_EQ(cast("2a", real), "2 | 1292: Truncated incorrect DOUBLE value: '2a'");
  EXPECT_EQ(strict("", real), "error 1366: Incorrect double value: '' for column 'a' at row 1");
  EXPECT_EQ(lax(Value(Decimal::parse("-1.1")), FieldType::decimal(2, 1), unsigned_type(TypeCode::kDouble)),
            "0 | 1264: Out of range value for column 'a' at row 1");
  EXPECT_EQ(strict(Value(0.1), real, FieldType::of(TypeCode::kFloat)), "0.1");
  EXPECT_EQ(lax(Value(1e39), real, FieldType::of(TypeCode::kFloat)),
            "3.4028235e38 | 1264: Out of range value for column 'a' at row 1");
  FieldType declared = FieldType::of(TypeCode::kDouble);
  declared.flen = 5;
  declared.decimals = 2;
  EXPECT_EQ(strict(Value(1.005), real, declared), "1.00");
  EXPECT_EQ(strict(Value(1.256), real, declared), "1.26");
  EXPECT_EQ(lax(Value(1000.0), real, declared), "999.99 | 1264: Out of range value for column 'a' at row 1");
  EXPECT_EQ(lax(Value(12345.6), real, declared), "999.99 | 1264: Out of range value for column 'a' at row 1");
}

TEST(Convert, Decimals) {
  const FieldType target = FieldType::decimal(4, 2);
  EXPECT_EQ(strict("1.5", target), "1.50");
  EXPECT_EQ(strict("1.2.", target), "error 1366: Incorrect decimal value: '1.2.' for column 'a' at row 1");
  EXPECT_EQ(strict(Value(Decimal::parse("1.000001")), FieldType::decimal(7, 6), target),
            "1.00 | 1366: Incorrect decimal value: '1.000001' for column 'a' at row 1");
  EXPECT_EQ(outcome(Value(Decimal::parse("202.23")), FieldType::decimal(5, 2), FieldType::decimal(20, 0),
                    assignment(true, "")),
            "202 | 1292: Truncated incorrect DECIMAL value: '202.23'");
  EXPECT_EQ(
      lax("1e100", target),
      "99.99 | 1264: Out of range value for column 'a' at row 1 | 1264: Out of range value for column 'a' at row 1");
  EXPECT_EQ(cast(Value(1234), FieldType::bigint(), target), "99.99 | 1690: DECIMAL value is out of range in '(4, 2)'");
  EXPECT_EQ(cast(Value(0.125), FieldType::double_precision(), target), "0.13");
  EXPECT_EQ(cast("x", target), "0.00 | 1292: Truncated incorrect DECIMAL value: 'x'");
}

TEST(Convert, TextIsCutToItsLength) {
  const FieldType varchar3 = FieldType::varchar(3, default_collation());
  EXPECT_EQ(strict("abc", varchar3), "abc");
  EXPECT_EQ(strict("abcd", varchar3), "error 1406: Data too long for column 'a' at row 1");
  EXPECT_EQ(strict("abc  ", varchar3), "abc | 1265: Data truncated for column 'a' at row 1");
  EXPECT_EQ(lax("abcd", varchar3), "abc | 1406: Data too long for column 'a' at row 1");
  EXPECT_EQ(strict("h\xc3\xa9\xc3\xa9", varchar3), "h\xc3\xa9\xc3\xa9");
  FieldType char3 = varchar3;
  char3.code = TypeCode::kString;
  EXPECT_EQ(strict("a  ", char3), "a");
  EXPECT_EQ(strict("abc   ", char3), "abc");
  FieldType binary3 = FieldType::varbinary(3);
  binary3.code = TypeCode::kString;
  EXPECT_EQ(strict("a", binary3), std::string("a\0\0", 3));
  EXPECT_EQ(cast("abcd", varchar3), "abc | 1292: Truncated incorrect CHAR(3) value: 'abcd'");
  EXPECT_EQ(strict(Value(12345), FieldType::bigint(), varchar3), "error 1406: Data too long for column 'a' at row 1");
  EXPECT_EQ(cast(Value(1.5), FieldType::double_precision(), varchar3), "1.5");
}

TEST(Convert, TextMustBeValidInItsCharacterSet) {
  FieldType ascii = FieldType::varchar(10, find_collation("ascii_bin"));
  EXPECT_EQ(strict("\xe6\x88\x91", ascii), "error 1366: Incorrect string value '\\xE6\\x88\\x91' for column 'a'");
  EXPECT_EQ(lax("x\xe6\x88\x91y", ascii), "x?y | 1366: Incorrect string value '\\xE6\\x88\\x91\\x79' for column 'a'");
  EXPECT_EQ(strict(Value("\xff"), FieldType::varbinary(1), text_type()),
            "error 1366: Incorrect string value '\\xFF' for column 'a'");
}

TEST(Convert, DatesAndTimes) {
  EXPECT_EQ(cast("2024-10-30 10:14:27.55", FieldType::datetime(1)), "2024-10-30 10:14:27.6");
  EXPECT_EQ(cast("2024-10-30 23:59:59.9", FieldType::date()), "2024-10-30");
  EXPECT_EQ(cast("0.3503490908550797", FieldType::date()),
            "NULL | 1292: Incorrect datetime value: '0.3503490908550797'");
  EXPECT_EQ(strict("2004-04-31", FieldType::date()),
            "error 1292: Incorrect date value: '2004-04-31' for column 'a' at row 1");
  EXPECT_EQ(lax("2004-04-31", FieldType::date()),
            "0000-00-00 | 1292: Incorrect date value: '2004-04-31' for column 'a' at row 1");
  EXPECT_EQ(cast(Value(20241030), FieldType::bigint(), FieldType::date()), "2024-10-30");
  EXPECT_EQ(cast(Value(Decimal::parse("20241030101427.5")), FieldType::decimal(15, 1), FieldType::datetime(1)),
            "2024-10-30 10:14:27.5");
  EXPECT_EQ(cast("10:11:12", FieldType::time(0)), "10:11:12");
  EXPECT_EQ(cast("900:00:00", FieldType::time(0)), "838:59:59 | 1292: Truncated incorrect time value: '900:00:00'");
  EXPECT_EQ(cast("x", FieldType::time(0)), "NULL | 1292: Truncated incorrect time value: 'x'");
  EXPECT_EQ(strict(Value(Decimal::parse("-20070219173709.055870")), FieldType::decimal(20, 6), FieldType::time(0)),
            "error 1292: Incorrect time value: '-20070219173709.055870' for column 'a' at row 1");
  EXPECT_EQ(cast(Value(Time::from_parts({2024, 1, 2, 3, 4, 5, 0})), FieldType::datetime(0), FieldType::time(0)),
            "03:04:05");
}

TEST(Convert, ZeroDatesFollowTheMode) {
  EXPECT_EQ(strict("0000-00-00", FieldType::datetime(0)),
            "error 1292: Incorrect datetime value: '0000-00-00' for column 'a' at row 1");
  EXPECT_EQ(lax("0000-00-00", FieldType::datetime(0)), "0000-00-00 00:00:00");
  EXPECT_EQ(lax("2024-00-10", FieldType::date()), "2024-00-10");
  EXPECT_EQ(strict("2024-00-10", FieldType::date()),
            "error 1292: Incorrect date value: '2024-00-10' for column 'a' at row 1");
  EXPECT_EQ(cast("0000-00-00", FieldType::datetime(6)),
            "NULL | 1292: Incorrect datetime value: '0000-00-00 00:00:00.000000'");
  EXPECT_EQ(cast(Value(0), FieldType::bigint(), FieldType::date()), "0000-00-00");
  ConversionContext warn_only = assignment(false);
  warn_only.sql_mode = SqlMode(SqlMode::kNoZeroDate);
  EXPECT_EQ(outcome(Value("0000-00-00"), text_type(), FieldType::date(), warn_only),
            "0000-00-00 | 1292: Incorrect date value: '0000-00-00' for column 'a' at row 1");
}

TEST(Convert, TimestampsHaveARange) {
  EXPECT_EQ(strict("1018-12-24 00:00:00", FieldType::timestamp(0)),
            "error 1292: Incorrect timestamp value: '1018-12-24 00:00:00' for column 'a' at row 1");
  EXPECT_EQ(strict("2038-01-19 03:14:07", FieldType::timestamp(0)), "2038-01-19 03:14:07");
  EXPECT_EQ(strict("2038-01-19 03:14:08", FieldType::timestamp(0)),
            "error 1292: Incorrect timestamp value: '2038-01-19 03:14:08' for column 'a' at row 1");
  ConversionContext berlin = assignment(true);
  berlin.time_zone = find_time_zone("Europe/Berlin");
  EXPECT_EQ(outcome(Value("2024-03-31 02:30:00"), text_type(), FieldType::timestamp(0), berlin),
            "error 1292: Incorrect timestamp value: '2024-03-31 02:30:00' for column 'a' at row 1");
}

TEST(Convert, TimestampsAreConvertedBetweenZones) {
  const TimeZone* berlin = find_time_zone("Europe/Berlin");
  const Time local = Time::from_parts({2024, 7, 1, 12, 0, 0, 5});
  bool exists;
  const Time utc = timestamp_to_utc(local, berlin, exists);
  EXPECT_TRUE(exists);
  EXPECT_EQ(utc.to_datetime_string(6), "2024-07-01 10:00:00.000005");
  EXPECT_EQ(timestamp_from_utc(utc, berlin), local);
  EXPECT_EQ(timestamp_from_utc(Time{}, berlin), Time{});
}

TEST(Convert, Years) {
  EXPECT_EQ(strict("24", FieldType::year()), "2024");
  EXPECT_EQ(strict("0", FieldType::year()), "2000");
  EXPECT_EQ(strict(Value(0), FieldType::bigint(), FieldType::year()), "0000");
  EXPECT_EQ(strict(Value(70), FieldType::bigint(), FieldType::year()), "1970");
  EXPECT_EQ(strict(Value(2155), FieldType::bigint(), FieldType::year()), "2155");
  EXPECT_EQ(strict(Value(2156), FieldType::bigint(), FieldType::year()),
            "error 1264: Out of range value for column 'a' at row 1");
}

TEST(Convert, EnumsAndSets) {
  const FieldType colour = labels(TypeCode::kEnum, {"red", "green"});
  EXPECT_EQ(strict("GREEN", colour), "green");
  EXPECT_EQ(strict("2", colour), "green");
  EXPECT_EQ(strict(Value(1), FieldType::bigint(), colour), "red");
  EXPECT_EQ(strict(Value(0), FieldType::bigint(), colour), "error 1265: Data truncated for column 'a' at row 1");
  EXPECT_EQ(strict("blue", colour), "error 1265: Data truncated for column 'a' at row 1");
  EXPECT_EQ(lax("blue", colour), " | 1265: Data truncated for column 'a' at row 1");
  const FieldType set = labels(TypeCode::kSet, {"a", "b", "c"});
  EXPECT_EQ(strict("c,a,a", set), "a,c");
  EXPECT_EQ(strict("", set), "");
  EXPECT_EQ(strict(Value(6), FieldType::bigint(), set), "b,c");
  EXPECT_EQ(strict(Value(8), FieldType::bigint(), set), "error 1265: Data truncated for column 'a' at row 1");
  EXPECT_EQ(lax("a,x", set), "a | 1265: Data truncated for column 'a' at row 1");
}

TEST(Convert, Bits) {
  FieldType bit8 = FieldType::of(TypeCode::kBit);
  bit8.flen = 8;
  EXPECT_EQ(strict(Value(65), FieldType::bigint(), bit8), "A");
  EXPECT_EQ(strict(Value("A"), FieldType::varbinary(1), bit8), "A");
  EXPECT_EQ(strict(Value(256), FieldType::bigint(), bit8), "error 1406: Data too long for column 'a' at row 1");
  FieldType bit64 = bit8;
  bit64.flen = 64;
  EXPECT_EQ(strict("123456789", bit64), "error 1366: Incorrect bit value: '123456789' for column 'a' at row 1");
}

TEST(Convert, HexadecimalLiteralsAreNumbersInNumericContexts) {
  FieldType literal = FieldType::varbinary(2);
  literal.set_flag(field_flag::kUnsigned);
  EXPECT_EQ(cast(Value("\x01\x02"), literal, FieldType::bigint()), "258");
  EXPECT_EQ(cast(Value("\x01\x02"), literal, FieldType::double_precision()), "258");
  EXPECT_EQ(strict(Value("\x01\x02"), literal, FieldType::decimal(5, 1)), "258.0");
  EXPECT_EQ(strict(Value("AB"), literal, text_type()), "AB");
  EXPECT_EQ(strict(Value("AB"), literal, FieldType::of(TypeCode::kTiny)),
            "error 1264: Out of range value for column 'a' at row 1");
}

TEST(Convert, Json) {
  EXPECT_EQ(strict("{\"a\": [1, true]}", FieldType::json()), "{\"a\": [1, true]}");
  EXPECT_EQ(cast(Value(1), FieldType::boolean(), FieldType::json()), "true");
  EXPECT_EQ(cast(Value(1), FieldType::bigint(), FieldType::json()), "1");
  EXPECT_EQ(cast(Value(Time::from_date(2024, 1, 2)), FieldType::date(), FieldType::json()), "\"2024-01-02\"");
  EXPECT_EQ(strict(Value("{}"), FieldType::varbinary(2), FieldType::json()).substr(0, 11), "error 3144:");
  EXPECT_EQ(strict("{", FieldType::json()).substr(0, 11), "error 3140:");
  EXPECT_EQ(cast(Value(Json::parse("{\"a\":1}")), FieldType::json(), text_type()), "{\"a\": 1}");
}

TEST(Convert, OperandsCoerce) {
  ConversionContext ctx;
  EXPECT_EQ(value_to_double(Value("1.5x"), text_type(), ctx), 1.5);
  EXPECT_EQ(value_to_double(Value(Time::from_parts({2024, 1, 2, 3, 4, 5, 500'000})), FieldType::datetime(1), ctx),
            20240102030405.5);
  EXPECT_EQ(value_to_decimal(Value(1.25), FieldType::double_precision(), ctx).to_string(), "1.25");
  EXPECT_EQ(value_to_int64(Value("7"), text_type(), ctx), 7);
  EXPECT_TRUE(value_to_bool(Value("0.5"), text_type(), ctx));
  EXPECT_FALSE(value_to_bool(Value("abc"), text_type(), ctx));
}

}  // namespace
}  // namespace sluice::types
