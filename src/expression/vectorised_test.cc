// The same expressions over whole chunks, over selections, over constants and row by row give the same values.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "expression/expression_text.h"
#include "expression/function_test_support.h"
#include "types/compare.h"
#include "types/convert.h"

namespace sluice::expression {
namespace {

using testing_support::ExpressionText;
using testing_support::FunctionTester;
using types::PhysicalType;
using types::Value;
using vector::Chunk;

std::uint64_t seed_of_run() {
  const char* given = std::getenv("SLUICE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20241030;
}

struct ColumnSpec {
  const char* name;
  types::FieldType type;
};

// Columns of small values, so that equality and NULL are frequent.
class RandomChunks {
 public:
  explicit RandomChunks(std::uint64_t seed) : random_(seed) {
    specs_ = {{"i", int_type()},      {"j", int_type()},          {"u", uint_type()},
              {"d", double_type()},   {"m", decimal_type(10, 2)}, {"s", varchar_type(20, types::default_collation())},
              {"t", datetime_type(0)}};
    for (std::size_t position = 0; position < specs_.size(); ++position) {
      columns_[specs_[position].name] =
          std::make_shared<ColumnRef>(static_cast<std::int64_t>(position), static_cast<int>(position),
                                      specs_[position].type, specs_[position].name);
    }
  }

  const std::unordered_map<std::string, ExpressionPtr>& columns() const { return columns_; }

  Chunk make(std::size_t row_count) {
    Chunk chunk;
    for (const ColumnSpec& spec : specs_) {
      chunk.columns.emplace_back(types::physical_type(spec.type));
      for (std::size_t row = 0; row < row_count; ++row) chunk.columns.back().append_value(value(spec.type));
    }
    chunk.row_count = row_count;
    return chunk;
  }

  std::uint64_t next(std::uint64_t bound) { return random_() % bound; }

 private:
  Value value(const types::FieldType& type) {
    if (next(6) == 0) return Value::null();
    const auto small = static_cast<std::int64_t>(next(9)) - 4;
    switch (types::physical_type(type)) {
      case PhysicalType::kInt64:
        return Value(small);
      case PhysicalType::kUInt64:
        return Value(next(9));
      case PhysicalType::kDouble:
        return Value(static_cast<double>(small) / 2);
      case PhysicalType::kDecimal:
        return Value(types::Decimal::from_scaled(small * 25, 2));
      case PhysicalType::kTime:
        return Value(types::Time::from_date(2020, 1, 1 + static_cast<int>(next(5))));
      default:
        return Value(std::string(next(3) * 9, 'a') + std::to_string(small));
    }
  }

  std::mt19937_64 random_;
  std::vector<ColumnSpec> specs_;
  std::unordered_map<std::string, ExpressionPtr> columns_;
};

constexpr const char* kExpressions[] = {
    "plus(i, j)",
    "minus(i, d)",
    "mul(m, i)",
    "div(m, j)",
    "div(d, j)",
    "mod(i, j)",
    "intdiv(i, j)",
    "unaryminus(m)",
    "eq(i, j)",
    "eq(i, 1)",
    "eq(1, i)",
    "lt(u, i)",
    "ge(m, d)",
    "nulleq(i, j)",
    "nulleq(s, null)",
    "eq(s, 'aaaaaaaaa1')",
    "gt(s, '0')",
    "lt(t, '2020-01-03')",
    "in(i, 1, 2, null)",
    "in(s, '1', 'aaaaaaaaa1')",
    "in(i, j, 3)",
    "in(m, 0.5, d)",
    "and(eq(i, 1), gt(j, 0))",
    "or(isnull(i), gt(div(1, i), 0))",
    "xor(i, j)",
    "not(i)",
    "not(s)",
    "isnull(m)",
    "istrue(d)",
    "if(i, s, 'zzz')",
    "if(gt(i, j), m, d)",
    "ifnull(s, 'none')",
    "nullif(i, j)",
    "coalesce(i, j, 7)",
    "case(eq(i, 1), 'one', eq(i, 2), s, 'many')",
    "greatest(i, j, 0)",
    "least(m, d)",
    "greatest(s, 'b')",
    "like(s, 'a%1')",
    "like(s, s)",
    "bitand(i, j)",
    "bitor(u, i)",
    "leftshift(u, 2)",
    "abs(i)",
    "round(m, 1)",
    "floor(d)",
    "ceil(m)",
    "sqrt(i)",
    "log(2, i)",
    "char(i)",
    "double(s)",
    "signed(m)",
    "decimal(d)",
    "unsigned(i)",
    "as_json(i)",
    "length(s)",
    "char_length(s)",
    "upper(s)",
    "left(s, i)",
    "right(s, j)",
    "substring(s, i)",
    "substring(s, i, j)",
    "trim(s, 'a', 'LEADING')",
    "reverse(s)",
    "substring_index(s, 'a', i)",
    "concat_ws(s, i, null, s)",
    "repeat(s, i)",
    "lpad(s, u, 'xy')",
    "rpad(s, 9, s)",
    "replace(s, 'a', i)",
    "insert(s, i, j, 'new')",
    "elt(i, s, 'x', j)",
    "make_set(u, s, 'b', i)",
    "export_set(u, 'Y', s, ',', 5)",
    "quote(s)",
    "locate('a', s, u)",
    "instr(s, i)",
    "find_in_set(i, '1,2,-3')",
    "field(s, '1', '2', s)",
    "field(i, j, 2)",
    "hex(s)",
    "hex(i)",
    "unhex(s)",
    "bin(u)",
    "ord(s)",
    "to_base64(s)",
    "format(m, i)",
    "md5(s)",
    "sha2(s, 256)",
    "aes_encrypt(s, 'key')",
    "compress(s)",
    "json_array(i, s, null, d)",
    "json_object('a', i, 'b', s)",
    "json_extract('[1, 2, {\"a\": 3}]', concat('$[', u, ']'))",
    "json_set('{\"a\": 1}', '$.a', i, '$.b', s)",
    "json_contains('[1, 2, 3]', as_json(i))",
    "json_quote(s)",
    "json_unquote(s)",
    "json_length(json_array(i, j), '$[0]')",
    "regexp(s, '^a+1')",
    "regexp_replace(s, 'a', 'b', 1, u)",
    "regexp_substr(s, '[0-9]')",
    "inet_ntoa(i)",
    "date_add(t, i, 'DAY')",
    "date_sub(t, d, 'SECOND')",
    "date_add('2020-01-31', j, 'MONTH')",
    "dayname(t)",
    "yearweek(t, i)",
    "datediff(t, '2020-01-02')",
    "timestampdiff('2020-01-02', t, 'HOUR')",
    "makedate(2020, i)",
    "maketime(i, u, 1)",
    "sec_to_time(m)",
    "date_format(t, '%Y %M %d')",
    "str_to_date(s, '%d')",
    "addtime(t, '01:00:00')",
    "timediff(t, '2020-01-01')",
    "unix_timestamp(t)",
    "from_unixtime(u)",
    "extract(t, 'YEAR_MONTH')",
    "convert_tz(t, '+00:00', '+02:00')",
    "interval(i, 0, 2, 3)",
    "concat(s, i)",
    "sign(d)",
    "truncate(m, j)",
    "and(and(i, j), and(u, d))",
};

class VectorisedEvaluation : public testing::TestWithParam<const char*> {};

TEST_P(VectorisedEvaluation, AgreesWithRowByRow) {
  const std::uint64_t seed = seed_of_run();
  SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed));
  RandomChunks random(seed);
  FunctionTester tester;
  tester.build.sql_mode = tester.build.sql_mode.with(types::SqlMode::kNoUnsignedSubtraction);
  const ExpressionPtr expression = ExpressionText(GetParam(), tester.build, &random.columns()).parse();
  for (std::size_t row_count : {1U, 63U, 64U, 65U, 500U}) {
    Chunk chunk = random.make(row_count);
    // The oracle: each row alone in a chunk of its own.
    std::vector<Value> expected;
    for (std::size_t row = 0; row < row_count; ++row) {
      Chunk single;
      for (const vector::ColumnVector& column : chunk.columns) {
        single.columns.emplace_back(column.type());
        single.columns.back().append_from(column, row);
      }
      single.row_count = 1;
      expected.push_back(expression->evaluate_row(tester.context, single, 0));
    }
    vector::ColumnVector dense(expression->physical_type());
    expression->evaluate(tester.context, chunk, dense);
    for (std::size_t row = 0; row < row_count; ++row) EXPECT_EQ(dense.value_at(row), expected[row]) << "row " << row;

    std::vector<std::uint16_t> some;
    for (std::size_t row = 0; row < row_count; ++row) {
      if (random.next(3) == 0) some.push_back(static_cast<std::uint16_t>(row));
    }
    chunk.set_selection(some);
    vector::ColumnVector sparse(expression->physical_type());
    expression->evaluate(tester.context, chunk, sparse);
    for (std::uint16_t row : some) EXPECT_EQ(sparse.value_at(row), expected[row]) << "selected row " << row;

    // Constant columns stand for many equal rows.
    Chunk constant;
    for (const vector::ColumnVector& column : chunk.columns) {
      constant.columns.emplace_back(column.type());
      constant.columns.back().append_from(column, 0);
      constant.columns.back().make_constant(row_count);
    }
    constant.row_count = row_count;
    vector::ColumnVector repeated(expression->physical_type());
    expression->evaluate(tester.context, constant, repeated);
    EXPECT_EQ(repeated.value_at(row_count - 1), expected[0]);

    // A filter keeps the rows that are true.
    chunk.drop_selection();
    filter(std::vector<ExpressionPtr>{expression}, tester.context, chunk);
    types::ConversionContext conversion;
    std::size_t kept = 0;
    for (std::size_t row = 0; row < row_count; ++row) {
      kept += !expected[row].is_null() && types::value_to_bool(expected[row], expression->type(), conversion);
    }
    EXPECT_EQ(chunk.active_count(), kept);
  }
}
INSTANTIATE_TEST_SUITE_P(All, VectorisedEvaluation, testing::ValuesIn(kExpressions));

TEST(Filter, EvaluatesLaterConjunctsOnlyWhereEarlierOnesHold) {
  FunctionTester tester;
  RandomChunks random(1);
  Chunk chunk;
  chunk.columns.emplace_back(PhysicalType::kInt64);
  for (std::int64_t value : {0, 1, 2}) chunk.columns[0].append(value);
  chunk.row_count = 3;
  const auto& columns = random.columns();
  // Row 0 would overflow in the second conjunct.
  const std::vector<ExpressionPtr> conjuncts{
      ExpressionText("gt(i, 0)", tester.build, &columns).parse(),
      ExpressionText("gt(minus(i, if(i, 1, -9223372036854775808)), 0)", tester.build, &columns).parse()};
  filter(conjuncts, tester.context, chunk);
  ASSERT_EQ(chunk.active_count(), 1U);
  EXPECT_EQ(chunk.active_rows()[0], 2U);
}

TEST(Comparison, FractionsBesideIntegerColumnsBecomeIntegers) {
  FunctionTester tester;
  RandomChunks random(1);
  const auto text = [&](const char* expression) {
    return ExpressionText(expression, tester.build, &random.columns()).parse()->to_string();
  };
  EXPECT_EQ(text("lt(i, 1.5)"), "lt(i, 2)");
  EXPECT_EQ(text("ge(i, 1.5)"), "ge(i, 2)");
  EXPECT_EQ(text("gt(i, -1.5)"), "gt(i, -2)");
  EXPECT_EQ(text("gt(1.5, i)"), "gt(2, i)");
  EXPECT_EQ(text("le(i, 1.5e0)"), "le(i, 1)");
  EXPECT_EQ(text("eq(i, '5')"), "eq(i, 5)");
  EXPECT_EQ(text("eq(i, 2.0)"), "eq(i, 2)");
  EXPECT_EQ(text("eq(t, '2020-01-02')"), "eq(t, 2020-01-02 00:00:00.000000)");
}

TEST(Tree, KnowsItsSoleColumn) {
  FunctionTester tester;
  RandomChunks random(1);
  const auto sole = [&](std::string_view text) -> std::string {
    const auto expression = ExpressionText(text, tester.build, &random.columns()).parse();
    return expression->sole_column() == nullptr ? "" : expression->sole_column()->display_name();
  };
  const std::string i = sole("i");
  EXPECT_NE(i, "");
  EXPECT_EQ(sole("plus(plus(i, 1), abs(i))"), i);
  EXPECT_EQ(sole("plus(1, 2)"), "");
  EXPECT_EQ(sole("plus(i, plus(i, j))"), "");
  EXPECT_EQ(sole("plus(plus(i, j), i)"), "");
}

TEST(Tree, ListsOfAnyLengthMakeFlatTrees) {
  FunctionTester tester;
  const auto depth = [](const auto& self, const ExpressionPtr& node) -> int {
    int deepest = 0;
    for (const ExpressionPtr& child : node->children()) deepest = std::max(deepest, self(self, child));
    return deepest + 1;
  };
  constexpr std::int64_t kCount = 100'000;
  std::vector<ExpressionPtr> left;
  std::vector<ExpressionPtr> right;
  for (std::int64_t i = 0; i < kCount; ++i) {
    left.push_back(make_int(i));
    right.push_back(make_int(i));
  }
  EXPECT_LE(depth(depth, make_and(left, tester.build)), 18);
  const ExpressionPtr equal = make_row_comparison("eq", left, right, tester.build);
  EXPECT_LE(depth(depth, equal), 19);
  EXPECT_EQ(equal->evaluate_constant(tester.context).as_int64(), 1);
  try {
    make_row_comparison("lt", left, right, tester.build);
    ADD_FAILURE() << "a tree of as many levels as the rows have columns";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.number(), 1119);
  }
}

TEST(Transform, ReplacesColumnsByPositions) {
  FunctionTester tester;
  RandomChunks random(1);
  const auto expression = ExpressionText("plus(i, j)", tester.build, &random.columns()).parse();
  const auto moved = transform(expression, [](const ExpressionPtr& node) -> ExpressionPtr {
    if (node->kind() != ExpressionKind::kColumn) return nullptr;
    return static_cast<const ColumnRef&>(*node).at_position(1 - static_cast<const ColumnRef&>(*node).position());
  });
  std::vector<const ColumnRef*> columns;
  moved->collect_columns(columns);
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_EQ(columns[0]->position(), 1);
  EXPECT_EQ(columns[1]->position(), 0);
}

}  // namespace
}  // namespace sluice::expression
