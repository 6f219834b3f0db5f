// Operators, control flow, casts and mathematics on literals: value, type and error, as a MySQL client sees them.
#include <gtest/gtest.h>

#include "expression/expression_text.h"
#include "expression/function_test_support.h"

namespace sluice::expression {
namespace {

using testing_support::ExpressionText;
using testing_support::FunctionTester;

struct Case {
  const char* expression;
  const char* expected;
};

std::string evaluate(FunctionTester& tester, std::string_view text) {
  try {
    const ExpressionPtr expression = ExpressionText(text, tester.build).parse();
    return types::format_value(expression->evaluate_constant(tester.context), expression->type());
  } catch (const SqlError& error) {
    return "error " + std::to_string(error.number()) + " " + error.what();
  }
}

class Operators : public testing::TestWithParam<Case> {};

TEST_P(Operators, GiveMySqlsResult) {
  FunctionTester tester;
  EXPECT_EQ(evaluate(tester, GetParam().expression), GetParam().expected) << GetParam().expression;
}

constexpr Case kArithmetic[] = {
    {"plus(1, 2)", "3"},
    {"plus(1, 2.50)", "3.50"},
    {"plus(1, 2.5e0)", "3.5"},
    {"plus('1', '2')", "3"},
    {"plus('1abc', 2)", "3"},
    {"plus(null, 2)", "NULL"},
    {"plus(9223372036854775807, 1)", "error 1690 BIGINT value is out of range in '(9223372036854775807 + 1)'"},
    {"plus(18446744073709551615u, 1)",
     "error 1690 BIGINT UNSIGNED value is out of range in '(18446744073709551615 + 1)'"},
    {"plus(18446744073709551615u, -1)", "18446744073709551614"},
    {"minus(1u, 2)", "error 1690 BIGINT UNSIGNED value is out of range in '(1 - 2)'"},
    {"minus(3, 5)", "-2"},
    {"mul(3000000000, 3000000000)", "9000000000000000000"},
    {"mul(3000000000, 4000000000)", "error 1690 BIGINT value is out of range in '(3000000000 * 4000000000)'"},
    {"mul(1.5, 1.5)", "2.25"},
    {"mul(1e308, 1e308)", "error 1690 DOUBLE value is out of range in '(1e308 * 1e308)'"},
    {"div(1, 3)", "0.3333"},
    {"div(10, 4)", "2.5000"},
    {"div(1.0, 3)", "0.33333"},
    {"div(1e0, 4)", "0.25"},
    {"div(1, 0)", "NULL"},
    {"div(1e0, 0)", "NULL"},
    {"mul(div(1, 3), 3)", "1.0000"},
    {"intdiv(7, 2)", "3"},
    {"intdiv(-7, 2)", "-3"},
    {"intdiv(7.5, 2)", "3"},
    {"intdiv(7, 0)", "NULL"},
    {"intdiv(-1, 2u)", "0"},
    {"intdiv(-5, 2u)", "error 1690 BIGINT UNSIGNED value is out of range in '(-5 DIV 2)'"},
    {"mod(7, 3)", "1"},
    {"mod(-7, 3)", "-1"},
    {"mod(7, -3)", "1"},
    {"mod(5.5, 2)", "1.5"},
    {"mod(5, 0)", "NULL"},
    {"unaryminus(5)", "-5"},
    {"unaryminus(9223372036854775808u)", "-9223372036854775808"},
    {"unaryminus(9223372036854775809u)", "-9223372036854775809"},
    {"unaryminus('3x')", "-3"},
};
INSTANTIATE_TEST_SUITE_P(Arithmetic, Operators, testing::ValuesIn(kArithmetic));

constexpr Case kComparison[] = {
    {"eq(1, 1)", "1"},
    {"eq(1, null)", "NULL"},
    {"nulleq(null, null)", "1"},
    {"nulleq(1, null)", "0"},
    {"ne(1, 2)", "1"},
    {"lt(-1, 18446744073709551615u)", "1"},
    {"gt(18446744073709551615u, -1)", "1"},
    {"eq(-1, 18446744073709551615u)", "0"},
    {"eq('a', 'A')", "0"},
    {"eq('a ', 'a')", "1"},
    {"eq('1.0', 1)", "1"},
    {"eq('abc', 0)", "1"},
    {"lt(1.5, 2)", "1"},
    {"ge(2, 1.5e0)", "1"},
    {"le('b', 'a')", "0"},
    {"gt('b', 'a')", "1"},
    {"eq(0.1, 0.1e0)", "1"},
    {"eq(datetime('2020-01-01'), '2020-1-1')", "1"},
    {"lt(datetime('2020-01-01 10:00:00'), '2020-01-01 10:00:01')", "1"},
    {"eq(as_date('2020-01-01'), datetime('2020-01-01 00:00:00'))", "1"},
    {"eq(as_json('1'), as_json('1'))", "1"},
    {"eq(as_json('\"abc\"'), 'abc')", "1"},
    {"in('abc', as_json('\"abc\"'), 'x')", "1"},
    {"in(2, 1, 2, 3)", "1"},
    {"in(4, 1, 2, 3)", "0"},
    {"in(4, 1, null)", "NULL"},
    {"in(1, 1, null)", "1"},
    {"in(null, 1)", "NULL"},
    {"in('b', 'a', 'b')", "1"},
    {"in(1, '1', 2)", "1"},
    {"in(-1, 18446744073709551615u, 5)", "0"},
    {"in(1.5, 1, 1.5)", "1"},
    {"in(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1)", "1"},
    {"like('abc', 'a%')", "1"},
    {"like('abc', 'a_c')", "1"},
    {"like('abc', 'ABC')", "0"},
    {"like('a%c', 'a\\%c')", "1"},
    {"like('a%c', 'a|%c', 124)", "1"},
    {"like('abc', 'a|%c', 124)", "0"},
    {"like(null, 'a')", "NULL"},
    {"greatest(1, 3, 2)", "3"},
    {"least(1, 3.5, 2)", "1.0"},
    {"greatest('b', 'a')", "b"},
    {"greatest(1, null)", "NULL"},
    {"greatest(as_time('21:00'), as_date('1989-10-01'), 120000)", "21:00:00"},
    {"greatest(as_time('20:00'), as_date('2010-10-01'), 120101)", "20:00:00"},
    {"greatest(as_date('2010-10-01'), '19990329', 120101)", "2012-01-01"},
    {"greatest(as_date('2012-03-01'), as_date('2069-12-31'))", "2069-12-31"},
    {"greatest(as_time('20:00:00'), 120000)", "20:00:00"},
    {"least(as_date('1995-05-05'), 19910101, 20050505)", "1991-01-01"},
    {"interval(23, 1, 15, 17, 30, 44, 200)", "3"},
    {"interval(0, 1)", "0"},
    {"interval(null, 1)", "-1"},
    {"strcmp('a', 'b')", "-1"},
    {"strcmp('b', 'a')", "1"},
};
INSTANTIATE_TEST_SUITE_P(Comparison, Operators, testing::ValuesIn(kComparison));

constexpr Case kLogic[] = {
    {"and(1, 1)", "1"},
    {"and(0, null)", "0"},
    {"and(null, 0)", "0"},
    {"and(1, null)", "NULL"},
    {"or(1, null)", "1"},
    {"or(null, 1)", "1"},
    {"or(0, null)", "NULL"},
    {"xor(1, 1)", "0"},
    {"xor(1, 0)", "1"},
    {"xor(1, null)", "NULL"},
    {"not(0)", "1"},
    {"not(5)", "0"},
    {"not(null)", "NULL"},
    {"not('abc')", "1"},
    {"isnull(null)", "1"},
    {"isnull(0)", "0"},
    {"istrue(null)", "0"},
    {"istrue(2)", "1"},
    {"isfalse(0.0)", "1"},
    {"if(1, 'a', 'b')", "a"},
    {"if(null, 'a', 'b')", "b"},
    {"if(0, 1, 2.5)", "2.5"},
    {"if(1, 1, 2.5)", "1.0"},
    {"ifnull(null, 3)", "3"},
    {"ifnull(1, 'a')", "1"},
    {"nullif(1, 1)", "NULL"},
    {"nullif(1, 2)", "1"},
    {"coalesce(null, null, 5)", "5"},
    {"case(0, 'a', 1, 'b')", "b"},
    {"case(0, 'a', 0, 'b')", "NULL"},
    {"case(0, 'a', 'z')", "z"},
    {"and(0, plus(9223372036854775807, 1))", "0"},
    {"if(1, 5, plus(9223372036854775807, 1))", "5"},
};
INSTANTIATE_TEST_SUITE_P(Logic, Operators, testing::ValuesIn(kLogic));

constexpr Case kBits[] = {
    {"bitand(12, 10)", "8"},
    {"bitor(12, 10)", "14"},
    {"bitxor(12, 10)", "6"},
    {"bitneg(0)", "18446744073709551615"},
    {"leftshift(1, 63)", "9223372036854775808"},
    {"leftshift(1, 64)", "0"},
    {"rightshift(-1, 63)", "1"},
    {"bit_count(255)", "8"},
    {"bitand(-1, 255)", "255"},
};
INSTANTIATE_TEST_SUITE_P(Bits, Operators, testing::ValuesIn(kBits));

constexpr Case kMathematics[] = {
    {"abs(-5)", "5"},
    {"abs(-1.50)", "1.50"},
    {"abs(-9223372036854775808)", "error 1690 BIGINT value is out of range in 'abs(-9223372036854775808)'"},
    {"ceil(1.2)", "2"},
    {"ceil(-1.2)", "-1"},
    {"floor(-1.2)", "-2"},
    {"floor(1.5e0)", "1"},
    {"round(2.5)", "3"},
    {"round(-2.5)", "-3"},
    {"round(2.5e0)", "2"},
    {"round(1.2345, 2)", "1.23"},
    {"round(1234.5, -2)", "1200"},
    {"round(15, -1)", "20"},
    {"round(14, -1)", "10"},
    {"round(1.25e0, 1)", "1.2"},
    {"truncate(1.999, 1)", "1.9"},
    {"truncate(-1.999, 0)", "-1"},
    {"truncate(199, -2)", "100"},
    {"sign(-3)", "-1"},
    {"sqrt(16)", "4"},
    {"sqrt(-1)", "NULL"},
    {"pow(2, 10)", "1024"},
    {"pow(10, 400)", "error 1690 DOUBLE value is out of range in 'pow(10, 400)'"},
    {"exp(0)", "1"},
    {"ln(1)", "0"},
    {"ln(0)", "NULL"},
    {"log(2, 8)", "3"},
    {"log2(8)", "3"},
    {"log10(100)", "2"},
    {"pi()", "3.141593"},
    {"sin(0)", "0"},
    {"atan2(0, 1)", "0"},
    {"degrees(0)", "0"},
    {"crc32('MySQL')", "3259397556"},
    {"conv('a', 16, 2)", "1010"},
    {"conv('6E', 18, 8)", "172"},
    {"conv(-17, 10, -18)", "-H"},
    {"conv('x', 37, 2)", "NULL"},
};
INSTANTIATE_TEST_SUITE_P(Mathematics, Operators, testing::ValuesIn(kMathematics));

constexpr Case kCasts[] = {
    {"signed('12abc')", "12"},
    {"signed(1.5)", "2"},
    {"signed(-1.5e0)", "-2"},
    {"unsigned(-1)", "18446744073709551615"},
    {"char(12)", "12"},
    {"char5('abcdefg')", "abcde"},
    {"char(1.50)", "1.50"},
    {"decimal('1.239')", "1.24"},
    {"double('1e3')", "1000"},
    {"as_date('2020-02-30')", "NULL"},
    {"as_date('2020-02-29')", "2020-02-29"},
    {"datetime('2020-01-01 10:11:12.6')", "2020-01-01 10:11:13"},
    {"as_time('10:11:12')", "10:11:12"},
    {"as_json(1)", "1"},
    {"signed(datetime('2020-01-01 10:11:12'))", "20200101101112"},
    {"plus(as_date('2020-01-01'), 0)", "20200101"},
};
INSTANTIATE_TEST_SUITE_P(Casts, Operators, testing::ValuesIn(kCasts));

TEST(Operators, DivisionByZeroWarns) {
  FunctionTester tester;
  EXPECT_EQ(evaluate(tester, "div(1, 0)"), "NULL");
  ASSERT_EQ(tester.warnings.count(), 1U);
  EXPECT_EQ(tester.warnings.items()[0].code, 1365);
}

TEST(Operators, DivisionByZeroIsAnErrorInStrictDml) {
  FunctionTester tester;
  tester.context.in_dml_strict = true;
  EXPECT_EQ(evaluate(tester, "mod(1, 0)").substr(0, 10), "error 1365");
}

TEST(Between, ComparesTextAndNumbersAsNumbers) {
  FunctionTester tester;
  const auto between = [&](const char* operand, const char* low, const char* high) {
    const auto parse = [&](const char* text) { return ExpressionText(text, tester.build).parse(); };
    return make_between(parse(operand), parse(low), parse(high), tester.build)->evaluate_constant(tester.context);
  };
  EXPECT_EQ(between("'lvuleck'", "'2008-09-16 22:23:50'", "0"), types::Value(0));
  EXPECT_EQ(between("'aa'", "'bb'", "0"), types::Value(1));
  EXPECT_EQ(between("'b'", "'a'", "'c'"), types::Value(1));
  EXPECT_EQ(between("2", "1", "3.5"), types::Value(1));
  EXPECT_TRUE(between("2", "1", "null").is_null());
  EXPECT_EQ(between("0", "1", "null"), types::Value(0));
}

TEST(Operators, CollationsThatDisagreeAreRefused) {
  FunctionTester tester;
  EXPECT_EQ(evaluate(tester, "eq(collate_utf8mb4_general_ci('a'), collate_utf8mb4_unicode_ci('A'))").substr(0, 10),
            "error 1267");
  EXPECT_EQ(evaluate(tester, "eq(collate_utf8mb4_general_ci('a'), 'A')"), "1");
}

TEST(Operators, UnknownFunctionsAndWrongCountsAreRefused) {
  FunctionTester tester;
  EXPECT_EQ(evaluate(tester, "no_such_function(1)"), "error 1305 FUNCTION no_such_function does not exist");
  EXPECT_EQ(evaluate(tester, "abs(1, 2)"), "error 1582 Incorrect parameter count in the call to native function 'abs'");
}

struct TypeCase {
  const char* expression;
  const char* type;
};
class ResultTypes : public testing::TestWithParam<TypeCase> {};

TEST_P(ResultTypes, FollowMySql) {
  FunctionTester tester;
  const ExpressionPtr expression = ExpressionText(GetParam().expression, tester.build).parse();
  EXPECT_EQ(expression->type().to_string(), GetParam().type) << GetParam().expression;
}

constexpr TypeCase kTypes[] = {
    {"plus(1, 2)", "bigint"},
    {"plus(1u, 2)", "bigint unsigned"},
    {"plus(1.25, 2.5)", "decimal(4,2)"},
    {"mul(1.25, 2.5)", "decimal(5,3)"},
    {"div(1, 2)", "decimal(5,4)"},
    {"eq(1, 2)", "bigint"},
    {"bitand(1, 2)", "bigint unsigned"},
};
INSTANTIATE_TEST_SUITE_P(Arithmetic, ResultTypes, testing::ValuesIn(kTypes));

TEST(ExpressionText, PrintsAsExplainDoes) {
  FunctionTester tester;
  tester.build.evaluation = nullptr;
  const auto column = std::make_shared<ColumnRef>(1, 0, int_type(11), "test.t.a");
  EXPECT_EQ(tester.make("eq", {column, make_int(1)})->to_string(), "eq(test.t.a, 1)");
  EXPECT_EQ(tester.make("in", {column, make_int(1), make_int(2)})->to_string(), "in(test.t.a, 1, 2)");
  EXPECT_EQ(tester.make("eq", {column, make_string("x", types::default_collation())})->to_string(),
            "eq(cast(test.t.a, double BINARY), cast(\"x\", double BINARY))");
}

TEST(ExpressionTree, EqualityIgnoresIdentityAndRespectsValues) {
  FunctionTester tester;
  const auto a = ExpressionText("plus(mul(2, 3), 4)", tester.build).parse();
  const auto b = ExpressionText("plus(mul(2, 3), 4)", tester.build).parse();
  const auto c = ExpressionText("plus(mul(2, 3), 5)", tester.build).parse();
  EXPECT_TRUE(a->equals(*b));
  EXPECT_EQ(a->hash(), b->hash());
  EXPECT_FALSE(a->equals(*c));
}

TEST(FoldConstants, KeepsWhatFailsForExecution) {
  FunctionTester tester;
  const auto good = fold_constants(ExpressionText("plus(1, 2)", tester.build).parse(), tester.context);
  EXPECT_EQ(good->kind(), ExpressionKind::kConstant);
  const auto bad = fold_constants(ExpressionText("plus(9223372036854775807, 1)", tester.build).parse(), tester.context);
  EXPECT_EQ(bad->kind(), ExpressionKind::kFunction);
  const auto random = fold_constants(ExpressionText("rand()", tester.build).parse(), tester.context);
  EXPECT_EQ(random->kind(), ExpressionKind::kFunction);
}

}  // namespace
}  // namespace sluice::expression
