#include <gtest/gtest.h>

#include <memory>

#include "expression/aggregate.h"
#include "expression/function_registry.h"
#include "expression/function_test_support.h"
#include "types/collation.h"

namespace sluice::expression {
namespace {

using testing_support::FunctionTester;
using types::Decimal;
using types::Value;
using vector::ActiveRows;
using vector::ColumnVector;

// One state in aligned memory, destroyed at the end.
class State {
 public:
  explicit State(const AggregateFunction& function)
      : function_(function), bytes_(std::make_unique<std::byte[]>(function.state_bytes())) {
    function_.initialize(bytes_.get());
  }
  ~State() { function_.destroy(bytes_.get()); }
  std::byte* get() { return bytes_.get(); }

 private:
  const AggregateFunction& function_;
  std::unique_ptr<std::byte[]> bytes_;
};

struct Case {
  const char* name;
  const char* aggregate;
  bool distinct;
  types::FieldType type;
  std::vector<Value> values;
  const char* expected;
};

std::vector<Value> integers(std::initializer_list<std::int64_t> values) {
  std::vector<Value> result;
  for (std::int64_t value : values) result.emplace_back(value);
  return result;
}

std::vector<Value> with_null(std::vector<Value> values) {
  values.insert(values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), Value::null());
  return values;
}

std::vector<Value> strings(std::initializer_list<const char*> values) {
  std::vector<Value> result;
  for (const char* value : values) result.emplace_back(value);
  return result;
}

std::vector<Case> cases() {
  const types::FieldType text = varchar_type(10, types::default_collation());
  const types::FieldType ci = varchar_type(10, types::find_collation("utf8mb4_general_ci"));
  return {
      {"count", "count", false, int_type(), with_null(integers({1, 2, 2})), "3"},
      {"count_distinct", "count", true, int_type(), with_null(integers({1, 2, 2})), "2"},
      {"count_distinct_ci", "count", true, ci, strings({"a", "A", "b"}), "2"},
      {"count_nothing", "count", false, int_type(), {}, "0"},
      {"sum", "sum", false, int_type(), with_null(integers({1, 2, 2})), "5"},
      {"sum_distinct", "sum", true, int_type(), with_null(integers({1, 2, 2})), "3"},
      {"sum_nothing", "sum", false, int_type(), {}, "NULL"},
      {"sum_beyond_bigint", "sum", false, int_type(), integers({INT64_MAX, INT64_MAX}), "18446744073709551614"},
      {"sum_unsigned", "sum", false, uint_type(), {Value(UINT64_MAX), Value(std::uint64_t{1})}, "18446744073709551616"},
      {"sum_decimal",
       "sum",
       false,
       decimal_type(10, 2),
       {Value(Decimal::parse("1.10")), Value(Decimal::parse("2.25"))},
       "3.35"},
      {"sum_double", "sum", false, double_type(), {Value(1.5), Value(2.25)}, "3.75"},
      {"avg", "avg", false, int_type(), with_null(integers({1, 2, 2})), "1.6667"},
      {"avg_decimal",
       "avg",
       false,
       decimal_type(10, 2),
       {Value(Decimal::parse("1.00")), Value(Decimal::parse("2.00"))},
       "1.500000"},
      {"avg_double", "avg", false, double_type(), {Value(1.0), Value(2.0)}, "1.5"},
      {"min", "min", false, int_type(), with_null(integers({3, -1, 2})), "-1"},
      {"max", "max", false, int_type(), with_null(integers({3, -1, 2})), "3"},
      {"max_nothing", "max", false, int_type(), {}, "NULL"},
      {"min_text", "min", false, text, strings({"b", "a", "ab"}), "a"},
      {"max_ci", "max", false, ci, strings({"b", "A", "B"}), "b"},
      {"any_value", "any_value", false, int_type(), integers({7, 8}), "7"},
      {"bit_and", "bit_and", false, int_type(), integers({12, 10}), "8"},
      {"bit_and_nothing", "bit_and", false, int_type(), {}, "18446744073709551615"},
      {"bit_or", "bit_or", false, int_type(), integers({12, 10}), "14"},
      {"bit_xor", "bit_xor", false, int_type(), integers({12, 10}), "6"},
      {"var_pop", "var_pop", false, int_type(), integers({1, 2, 3, 4}), "1.25"},
      {"var_samp", "var_samp", false, int_type(), integers({1, 3}), "2"},
      {"var_samp_of_one", "var_samp", false, int_type(), integers({1}), "NULL"},
      {"std", "std", false, int_type(), integers({2, 6}), "2"},
      {"group_concat", "group_concat", false, text, with_null(strings({"a", "b"})), "a,b"},
      {"group_concat_distinct", "group_concat", true, text, strings({"a", "b", "a"}), "a,b"},
      {"group_concat_integers", "group_concat", false, int_type(), integers({1, 2}), "1,2"},
      {"json_arrayagg", "json_arrayagg", false, int_type(), with_null(integers({1, 2})), "[1, null, 2]"},
      {"json_arrayagg_text", "json_arrayagg", false, text, strings({"a", "1"}), "[\"a\", \"1\"]"},
      {"approx_count_distinct", "approx_count_distinct", false, int_type(), with_null(integers({1, 2, 2})), "2"},
  };
}

class Aggregates : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const Case& test_case = GetParam();
    column_ = std::make_shared<ColumnRef>(1, 0, test_case.type, "t.a");
    descriptor_ = make_aggregate(test_case.aggregate, {column_}, test_case.distinct, tester_.build);
    function_ = AggregateFunction::create(descriptor_, tester_.build);
    chunk_.columns.emplace_back(types::physical_type(test_case.type));
    for (const Value& value : test_case.values) chunk_.columns[0].append_value(value);
    chunk_.row_count = test_case.values.size();
    argument_ = std::make_unique<ColumnVector>(descriptor_.args[0]->physical_type());
    descriptor_.args[0]->evaluate(tester_.context, chunk_, *argument_);
  }

  std::string result(State& state) {
    ColumnVector out(types::physical_type(descriptor_.result_type));
    function_->finalize(tester_.context, state.get(), out);
    return types::format_value(out.value_at(0), descriptor_.result_type);
  }

  FunctionTester tester_;
  ExpressionPtr column_;
  AggregateDescriptor descriptor_;
  std::unique_ptr<const AggregateFunction> function_;
  vector::Chunk chunk_;
  std::unique_ptr<ColumnVector> argument_;
};

TEST_P(Aggregates, GiveMySqlsResult) {
  State state(*function_);
  const ColumnVector* args[1] = {argument_.get()};
  function_->update_single(tester_.context, args, ActiveRows::all(chunk_.row_count), state.get());
  EXPECT_EQ(result(state), GetParam().expected);
}

TEST_P(Aggregates, MergeOfPartsIsTheWhole) {
  const ColumnVector* args[1] = {argument_.get()};
  for (std::size_t split = 0; split <= chunk_.row_count; ++split) {
    std::vector<std::uint16_t> head;
    std::vector<std::uint16_t> tail;
    for (std::size_t row = 0; row < chunk_.row_count; ++row) {
      (row < split ? head : tail).push_back(static_cast<std::uint16_t>(row));
    }
    State first(*function_);
    State second(*function_);
    function_->update_single(tester_.context, args, ActiveRows::of(head), first.get());
    function_->update_single(tester_.context, args, ActiveRows::of(tail), second.get());
    function_->merge(tester_.context, first.get(), second.get());
    EXPECT_EQ(result(first), GetParam().expected) << "split at " << split;
  }
}

TEST_P(Aggregates, SurviveSerialisation) {
  const ColumnVector* args[1] = {argument_.get()};
  State state(*function_);
  std::vector<std::byte*> states(chunk_.row_count, state.get());
  function_->update(tester_.context, args, ActiveRows::all(chunk_.row_count), states.data());
  std::string bytes;
  function_->serialize(state.get(), bytes);
  bytes += "rest";
  State restored(*function_);
  std::string_view view = bytes;
  function_->merge_serialized(tester_.context, restored.get(), view);
  EXPECT_EQ(view, "rest");
  EXPECT_EQ(result(restored), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, Aggregates, testing::ValuesIn(cases()), [](const auto& info) { return info.param.name; });

TEST(GroupConcat, OrdersAndCuts) {
  FunctionTester tester;
  tester.context.group_concat_max_len = 5;
  const types::FieldType type = varchar_type(10, types::default_collation());
  const auto column = std::make_shared<ColumnRef>(1, 0, type, "t.a");
  AggregateDescriptor descriptor = make_aggregate("group_concat", {column}, false, tester.build);
  descriptor.order_by.push_back({column, true});
  descriptor.separator = "-";
  EXPECT_EQ(descriptor.to_string(), "group_concat(t.a order by t.a desc separator \"-\")");
  const auto function = AggregateFunction::create(descriptor, tester.build);
  ColumnVector values(types::PhysicalType::kString);
  for (const char* text : {"aa", "cc", "bb"}) values.append_string(text);
  State state(*function);
  const ColumnVector* args[2] = {&values, &values};
  function->update_single(tester.context, args, ActiveRows::all(3), state.get());
  ColumnVector out(types::PhysicalType::kString);
  function->finalize(tester.context, state.get(), out);
  EXPECT_EQ(out.string_at(0), "cc-bb");
  ASSERT_EQ(tester.warnings.count(), 1U);
  EXPECT_EQ(tester.warnings.items()[0].code, 1260);
}

TEST(GroupConcat, OrdersManyPieces) {
  FunctionTester tester;
  tester.context.group_concat_max_len = 1 << 20;
  const auto column = std::make_shared<ColumnRef>(1, 0, int_type(), "t.a");
  AggregateDescriptor descriptor = make_aggregate("group_concat", {column}, false, tester.build);
  descriptor.order_by.push_back({column, false});
  const auto function = AggregateFunction::create(descriptor, tester.build);
  State state(*function);
  std::string expected;
  constexpr std::int64_t kCount = 10000;
  for (std::int64_t number = 0; number < kCount; ++number) {
    expected += (number == 0 ? "" : ",") + std::to_string(number);
    const std::int64_t shuffled = number * 7919 % kCount;
    ColumnVector text(types::PhysicalType::kString);
    text.append_string(std::to_string(shuffled));
    ColumnVector key(types::PhysicalType::kInt64);
    key.append(shuffled);
    const ColumnVector* args[2] = {&text, &key};
    function->update_single(tester.context, args, ActiveRows::all(1), state.get());
  }
  ColumnVector out(types::PhysicalType::kString);
  function->finalize(tester.context, state.get(), out);
  EXPECT_EQ(out.string_at(0), expected);
}

TEST(AggregateTypes, FollowMySql) {
  FunctionTester tester;
  const auto column = std::make_shared<ColumnRef>(1, 0, decimal_type(10, 2), "t.a");
  EXPECT_EQ(make_aggregate("avg", {column}, false, tester.build).result_type.to_string(), "decimal(14,6)");
  EXPECT_EQ(make_aggregate("sum", {column}, false, tester.build).result_type.to_string(), "decimal(32,2)");
  EXPECT_THROW(make_aggregate("nope", {column}, false, tester.build), SqlError);
  EXPECT_THROW(make_aggregate("sum", {column, column}, false, tester.build), SqlError);
}

}  // namespace
}  // namespace sluice::expression
