#include "types/decimal.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>

#include "base/sql_error.h"

namespace sluice::types {
namespace {

using boost::multiprecision::cpp_int;

Decimal dec(std::string_view text) { return Decimal::parse(text); }

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return text;
}

struct TextCase {
  const char* input;
  const char* expected;
  DecimalStatus status;
  std::size_t consumed;
};

TEST(Decimal, ReadsTheNumberAtTheStartOfAText) {
  const TextCase cases[] = {
      {"0", "0", DecimalStatus::kOk, 1},
      {"-0.00", "0.00", DecimalStatus::kOk, 5},
      {"  +12.340", "12.340", DecimalStatus::kOk, 9},
      {".5", "0.5", DecimalStatus::kOk, 2},
      {"5.", "5", DecimalStatus::kOk, 2},
      {"-.5x", "-0.5", DecimalStatus::kOk, 3},
      {"1.5e3", "1500", DecimalStatus::kOk, 5},
      {"1.5e-3", "0.0015", DecimalStatus::kOk, 6},
      {"1e", "1", DecimalStatus::kOk, 1},
      {"1e+", "1", DecimalStatus::kOk, 1},
      {"12abc", "12", DecimalStatus::kOk, 2},
      {"abc", "0", DecimalStatus::kBadNumber, 0},
      {".", "0", DecimalStatus::kBadNumber, 0},
      {"", "0", DecimalStatus::kBadNumber, 0},
      {"1e100", "99999999999999999999999999999999999999999999999999999999999999999", DecimalStatus::kOverflow, 5},
      {"-1e100", "-99999999999999999999999999999999999999999999999999999999999999999", DecimalStatus::kOverflow, 6},
      {"0.1234567890123456789012345678901", "0.123456789012345678901234567890", DecimalStatus::kTruncated, 33},
      {"1e-50", "0.000000000000000000000000000000", DecimalStatus::kTruncated, 5},
      {"99999999999999999999999999999999999999999999999999999999999999999",
       "99999999999999999999999999999999999999999999999999999999999999999", DecimalStatus::kOk, 65},
  };
  for (const TextCase& test_case : cases) {
    const DecimalParse parse = Decimal::parse_prefix(test_case.input);
    EXPECT_EQ(parse.value.to_string(), test_case.expected) << test_case.input;
    EXPECT_EQ(parse.status, test_case.status) << test_case.input;
    EXPECT_EQ(parse.consumed, test_case.consumed) << test_case.input;
  }
}

TEST(Decimal, ParseRefusesOtherText) {
  EXPECT_THROW(Decimal::parse("1x"), SqlError);
  EXPECT_THROW(Decimal::parse(""), SqlError);
  EXPECT_EQ(Decimal::parse("1 ").to_string(), "1");
}

TEST(Decimal, RoundsHalfAwayFromZero) {
  struct Case {
    const char* input;
    int scale;
    const char* expected;
  };
  const Case cases[] = {
      {"2.5", 0, "3"},      {"-2.5", 0, "-3"},         {"2.4", 0, "2"},
      {"15", -1, "20"},     {"14", -1, "10"},          {"5", -1, "10"},
      {"4", -1, "0"},       {"-0.5", 0, "-1"},         {"-0.4", 0, "0"},
      {"1.005", 2, "1.01"}, {"9.99", 1, "10.0"},       {"1.5", 3, "1.500"},
      {"123456", -10, "0"}, {"0.0000001", 3, "0.000"}, {"99999999999999999999.5", 0, "100000000000000000000"}};
  for (const Case& test_case : cases) {
    EXPECT_EQ(dec(test_case.input).round(test_case.scale).to_string(), test_case.expected)
        << test_case.input << " to " << test_case.scale;
  }
}

TEST(Decimal, RoundsByMode) {
  EXPECT_EQ(dec("1.1").round(0, RoundMode::kCeiling).to_string(), "2");
  EXPECT_EQ(dec("-1.1").round(0, RoundMode::kCeiling).to_string(), "-1");
  EXPECT_EQ(dec("1.9").round(0, RoundMode::kFloor).to_string(), "1");
  EXPECT_EQ(dec("-1.1").round(0, RoundMode::kFloor).to_string(), "-2");
  EXPECT_EQ(dec("-1.99").round(1, RoundMode::kTruncate).to_string(), "-1.9");
  EXPECT_EQ(dec("1.0").round(0, RoundMode::kCeiling).to_string(), "1");
}

struct ArithmeticCase {
  const char* left;
  char op;
  const char* right;
  const char* expected;
};

Decimal apply(const Decimal& a, char op, const Decimal& b, DecimalStatus& status) {
  switch (op) {
    case '+':
      return Decimal::add(a, b, status);
    case '-':
      return Decimal::sub(a, b, status);
    case '*':
      return Decimal::mul(a, b, status);
    case '/':
      return Decimal::div(a, b, 4, status);
    case '%':
      return Decimal::mod(a, b, status);
    default:
      return Decimal::integer_div(a, b, status);
  }
}

TEST(Decimal, ResultsHaveTheScaleThatMySqlGives) {
  const ArithmeticCase cases[] = {
      {"1.10", '+', "2.3", "3.40"},
      {"1", '-', "0.001", "0.999"},
      {"-1.5", '+', "1.5", "0.0"},
      {"1.5", '*', "1.50", "2.250"},
      {"-2", '*', "0.5", "-1.0"},
      {"1", '/', "3", "0.3333"},
      {"2", '/', "3", "0.6667"},
      {"1.00", '/', "3", "0.333333"},
      {"10", '/', "2.5", "4.0000"},
      {"-7.5", '%', "2", "-1.5"},
      {"7.5", '%', "-2", "1.5"},
      {"7.5", 'd', "2", "3"},
      {"-7.5", 'd', "2", "-3"},
      {"99999999999999999999", '+', "1", "100000000000000000000"},
      {"0.000000000000000000000000000001", '*', "0.1", "0.000000000000000000000000000000"},
  };
  for (const ArithmeticCase& test_case : cases) {
    DecimalStatus status;
    const Decimal result = apply(dec(test_case.left), test_case.op, dec(test_case.right), status);
    EXPECT_EQ(result.to_string(), test_case.expected) << test_case.left << test_case.op << test_case.right;
    EXPECT_EQ(status, DecimalStatus::kOk);
  }
}

TEST(Decimal, QuotientHoldsMoreDigitsThanItShows) {
  DecimalStatus status;
  const Decimal third = Decimal::div(dec("1"), dec("3"), 4, status);
  EXPECT_EQ(third.to_string(), "0.3333");
  EXPECT_EQ(Decimal::mul(third, dec("3"), status).to_string(), "1.0000");
}

TEST(Decimal, DivisionByZeroIsAStatus) {
  DecimalStatus status;
  EXPECT_TRUE(Decimal::div(dec("1"), dec("0.0"), 4, status).is_zero());
  EXPECT_EQ(status, DecimalStatus::kDivisionByZero);
  Decimal::mod(dec("1"), dec("0"), status);
  EXPECT_EQ(status, DecimalStatus::kDivisionByZero);
}

TEST(Decimal, OverflowClipsToTheLargestValue) {
  DecimalStatus status;
  const Decimal limit = Decimal::max_value(65, 0);
  EXPECT_EQ(Decimal::add(limit, dec("1"), status).to_string(), limit.to_string());
  EXPECT_EQ(status, DecimalStatus::kOverflow);
  EXPECT_EQ(Decimal::mul(limit, limit.negated(), status).to_string(), limit.negated().to_string());
  EXPECT_EQ(status, DecimalStatus::kOverflow);
  EXPECT_EQ(Decimal::sub(limit, dec("0.5"), status).to_string(),
            "99999999999999999999999999999999999999999999999999999999999999998.5");
  EXPECT_EQ(status, DecimalStatus::kOk);
}

TEST(Decimal, FitsDeclaredTypes) {
  DecimalStatus status;
  EXPECT_EQ(dec("123.456").fit(5, 2, status).to_string(), "123.46");
  EXPECT_EQ(status, DecimalStatus::kTruncated);
  EXPECT_EQ(dec("123.40").fit(5, 2, status).to_string(), "123.40");
  EXPECT_EQ(status, DecimalStatus::kOk);
  EXPECT_EQ(dec("999.995").fit(5, 2, status).to_string(), "999.99");
  EXPECT_EQ(status, DecimalStatus::kOverflow);
  EXPECT_EQ(dec("-1000").fit(5, 2, status).to_string(), "-999.99");
  EXPECT_EQ(dec("5").fit(5, 2, status).to_string(), "5.00");
}

TEST(Decimal, BinaryFormIsTheStorageFormat) {
  struct Case {
    const char* value;
    int precision;
    int scale;
    const char* expected;
  };
  const Case cases[] = {{"1234567890.1234", 14, 4, "810dfb38d204d2"},
                        {"-1234567890.1234", 14, 4, "7ef204c72dfb2d"},
                        {"1.50", 10, 2, "8000000132"},
                        {"-1.50", 10, 2, "7ffffffecd"},
                        {"0", 10, 2, "8000000000"},
                        {"0.5", 1, 1, "85"}};
  for (const Case& test_case : cases) {
    std::string bytes;
    dec(test_case.value).append_binary(test_case.precision, test_case.scale, bytes);
    EXPECT_EQ(hex(bytes), test_case.expected) << test_case.value;
    Decimal back;
    ASSERT_TRUE(Decimal::from_binary(bytes, test_case.precision, test_case.scale, back));
    EXPECT_EQ(back, dec(test_case.value));
    EXPECT_EQ(back.scale(), test_case.scale);
  }
}

TEST(Decimal, MalformedBinaryIsRefused) {
  Decimal out;
  EXPECT_FALSE(Decimal::from_binary("", 10, 2, out));
  EXPECT_FALSE(Decimal::from_binary("abc", 10, 2, out));
  EXPECT_FALSE(Decimal::from_binary(std::string("\xff\xff\xff\xff", 4), 9, 0, out));  // a group above 999999999
}

TEST(Decimal, ConvertsToIntegersAndDoubles) {
  DecimalStatus status;
  EXPECT_EQ(dec("-9223372036854775808").to_int64(RoundMode::kHalfAwayFromZero, status),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(status, DecimalStatus::kOk);
  EXPECT_EQ(dec("9223372036854775807.5").to_int64(RoundMode::kHalfAwayFromZero, status),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(status, DecimalStatus::kOverflow);
  EXPECT_EQ(dec("18446744073709551615").to_uint64(RoundMode::kTruncate, status),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(dec("-1").to_uint64(RoundMode::kTruncate, status), 0u);
  EXPECT_EQ(status, DecimalStatus::kOverflow);
  EXPECT_EQ(dec("0.1").to_double(), 0.1);
  EXPECT_EQ(dec("12345678901234567890.12345").to_double(), 12345678901234567890.12345);
  EXPECT_EQ(Decimal::from_double(0.1, status).to_string(), "0.1");
  EXPECT_EQ(Decimal::from_double(-1.5e10, status).to_string(), "-15000000000");
}

TEST(Decimal, PrecisionCountsDigitsShown) {
  EXPECT_EQ(dec("0").precision(), 1);
  EXPECT_EQ(dec("0.05").precision(), 2);
  EXPECT_EQ(dec("123.45").precision(), 5);
  EXPECT_EQ(dec("123.45").integer_digits(), 3);
}

// --- against exact rational arithmetic ---

struct Sample {
  Decimal value;
  cpp_int unscaled;
  int scale;
};

Sample random_sample(std::mt19937_64& random, int max_digits) {
  const int digits = 1 + static_cast<int>(random() % static_cast<unsigned>(max_digits));
  std::string text;
  for (int i = 0; i < digits; ++i) text.push_back(static_cast<char>('0' + random() % 10));
  const int scale = static_cast<int>(random() % static_cast<unsigned>(std::min(digits, 30) + 1));
  const bool negative = random() % 2 == 0;
  std::string literal = text.substr(0, text.size() - static_cast<std::size_t>(scale));
  if (scale > 0) literal += "." + text.substr(text.size() - static_cast<std::size_t>(scale));
  Sample sample{dec((negative ? "-" : "") + literal), 0, scale};
  for (const char c : text) sample.unscaled = sample.unscaled * 10 + (c - '0');
  if (negative) sample.unscaled = -sample.unscaled;
  return sample;
}

cpp_int power(int n) { return boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(n)); }

/// `unscaled`·10^-scale as text with exactly `scale` digits.
std::string reference_text(cpp_int unscaled, int scale) {
  const bool negative = unscaled < 0;
  if (negative) unscaled = -unscaled;
  std::string digits = unscaled.str();
  if (static_cast<int>(digits.size()) <= scale)
    digits.insert(0, static_cast<std::size_t>(scale) + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - static_cast<std::size_t>(scale), ".");
  return (negative ? "-" : "") + digits;
}

class DecimalRandom : public testing::TestWithParam<int> {};

TEST_P(DecimalRandom, AgreesWithExactArithmetic) {
  const std::uint64_t seed = 20241120 + static_cast<std::uint64_t>(GetParam());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const int max_digits = GetParam();
  for (int i = 0; i < 5'000; ++i) {
    const Sample a = random_sample(random, max_digits);
    const Sample b = random_sample(random, max_digits);
    const int scale = std::max(a.scale, b.scale);
    const cpp_int left = a.unscaled * power(scale - a.scale);
    const cpp_int right = b.unscaled * power(scale - b.scale);
    DecimalStatus status;
    ASSERT_EQ(a.value.to_string(), reference_text(a.unscaled, a.scale));
    ASSERT_EQ(Decimal::add(a.value, b.value, status).to_string(), reference_text(left + right, scale));
    ASSERT_EQ(Decimal::sub(a.value, b.value, status).to_string(), reference_text(left - right, scale));
    ASSERT_EQ(Decimal::compare(a.value, b.value), left.compare(right) < 0 ? -1 : left.compare(right) > 0 ? 1 : 0);
    if (left == right) {
      ASSERT_EQ(a.value.hash(7), b.value.hash(7));
    }
    if (a.scale + b.scale <= 30) {
      ASSERT_EQ(Decimal::mul(a.value, b.value, status).to_string(),
                reference_text(a.unscaled * b.unscaled, a.scale + b.scale));
    }
    if (b.unscaled != 0) {
      ASSERT_EQ(Decimal::mod(a.value, b.value, status).to_string(), reference_text(left % right, scale));
      ASSERT_EQ(Decimal::integer_div(a.value, b.value, status).to_string(), reference_text(left / right, 0));
      const Decimal quotient = Decimal::div(a.value, b.value, 4, status);
      const int held = quotient.storage_scale();
      ASSERT_EQ(quotient.scale(), std::min(30, a.scale + 4));
      ASSERT_GE(held, std::min(quotient.scale(), 30));
      // Truncated at the held digits: |q| <= |a/b| < |q| + 10^-held.
      const Decimal exact = Decimal::from_representation(quotient.limbs(), 0, 0, false);
      const cpp_int magnitude(exact.to_string());
      const cpp_int dividend = abs(left) * power(held);
      ASSERT_LE(magnitude * abs(right), dividend);
      ASSERT_GT((magnitude + 1) * abs(right), dividend);
    }
    const int precision = std::max(a.value.precision(), a.scale + 1);
    std::string bytes;
    a.value.append_binary(precision, a.scale, bytes);
    Decimal back;
    ASSERT_TRUE(Decimal::from_binary(bytes, precision, a.scale, back));
    ASSERT_EQ(back.to_string(), a.value.to_string());
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, DecimalRandom, testing::Values(4, 9, 18, 19, 20, 30, 36));

TEST(Decimal, BinaryFormsOrderAsTheValuesDo) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 5'000; ++i) {
    const Sample a = random_sample(random, 20);
    const Sample b = random_sample(random, 20);
    std::string left;
    std::string right;
    a.value.append_binary(55, 30, left);
    b.value.append_binary(55, 30, right);
    const int order = Decimal::compare(a.value, b.value);
    ASSERT_EQ(order < 0, left < right);
    ASSERT_EQ(order == 0, left == right);
  }
}

}  // namespace
}  // namespace sluice::types
