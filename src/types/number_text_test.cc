#include "types/number_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace sluice::types {
namespace {

std::string text_of(double value) {
  std::string out;
  append_double(value, out);
  return out;
}

std::string text_of_float(float value) {
  std::string out;
  append_float(value, out);
  return out;
}

TEST(NumberText, DoublesPrintShortest) {
  const std::pair<double, const char*> cases[] = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {0.1, "0.1"},
      {1.5, "1.5"},
      {-2.25, "-2.25"},
      {100, "100"},
      {1e14, "100000000000000"},
      {1e15, "1e15"},
      {1.5e15, "1.5e15"},
      {123456789012345680.0, "1.2345678901234568e17"},
      {1e-5, "0.00001"},
      {1e-15, "0.000000000000001"},
      {1e-16, "1e-16"},
      {1.7976931348623157e308, "1.7976931348623157e308"},
      {5e-324, "5e-324"},
      {0.30000000000000004, "0.30000000000000004"},
  };
  for (const auto& [value, expected] : cases) EXPECT_EQ(text_of(value), expected);
}

TEST(NumberText, FloatsPrintTheirOwnPrecision) {
  EXPECT_EQ(text_of_float(0.1f), "0.1");
  EXPECT_EQ(text_of_float(16777216.0f), "16777216");
  EXPECT_EQ(text_of_float(3.4028235e38f), "3.4028235e38");
}

TEST(NumberText, FixedDecimals) {
  std::string out;
  append_double_fixed(1.005, 2, out);
  EXPECT_EQ(out, "1.00");
  out.clear();
  append_double_fixed(-1e20, 1, out);
  EXPECT_EQ(out, "-100000000000000000000.0");
}

TEST(NumberText, DoublesAreReadBack) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 150);
    const NumberParse<double> parse = parse_double_prefix(text_of(value));
    ASSERT_EQ(parse.value, value);
    ASSERT_TRUE(parse.all_consumed);
  }
}

TEST(NumberText, IntegersReadTheirPrefix) {
  const NumberParse<std::int64_t> prefix = parse_int64_prefix(" -12.9x");
  EXPECT_EQ(prefix.value, -12);
  EXPECT_TRUE(prefix.has_digits);
  EXPECT_FALSE(prefix.all_consumed);
  EXPECT_TRUE(parse_int64_prefix("12  ").all_consumed);
  EXPECT_EQ(parse_int64_prefix("-9223372036854775808").value, std::numeric_limits<std::int64_t>::min());
  EXPECT_FALSE(parse_int64_prefix("-9223372036854775808").overflow);
  EXPECT_TRUE(parse_int64_prefix("9223372036854775808").overflow);
  EXPECT_TRUE(parse_int64_prefix("99999999999999999999999").overflow);
  EXPECT_FALSE(parse_int64_prefix("abc").has_digits);
  EXPECT_EQ(parse_uint64_prefix("18446744073709551615").value, std::numeric_limits<std::uint64_t>::max());
  EXPECT_TRUE(parse_uint64_prefix("18446744073709551616").overflow);
  EXPECT_TRUE(parse_uint64_prefix("-1").overflow);
}

TEST(NumberText, DoublesReadTheirPrefix) {
  EXPECT_EQ(parse_double_prefix("-1.5e3abc").value, -1500);
  EXPECT_EQ(parse_double_prefix("1e").value, 1);
  EXPECT_EQ(parse_double_prefix(".5").value, 0.5);
  EXPECT_EQ(parse_double_prefix("+7").value, 7);
  EXPECT_FALSE(parse_double_prefix("nan").has_digits);
  EXPECT_FALSE(parse_double_prefix("inf").has_digits);
  EXPECT_FALSE(parse_double_prefix("--1").has_digits);
  EXPECT_TRUE(parse_double_prefix("1e400").overflow);
  EXPECT_EQ(parse_double_prefix("-1e400").value, -std::numeric_limits<double>::max());
  EXPECT_EQ(parse_double_prefix("1e-400").value, 0);
  EXPECT_FALSE(parse_double_prefix("1e-400").overflow);
}

}  // namespace
}  // namespace sluice::types
