#include "planner/range_builder.h"

#include <gtest/gtest.h>

#include <random>

#include "base/stop_probe.h"
#include "expression/builder.h"
#include "expression/eval_context.h"
#include "planner/expression_tools.h"
#include "types/collation.h"

namespace sluice::planner {
namespace {

using expression::make_function;
using expression::make_int;

struct Fixture {
  Fixture() {
    eval.stop = source.token();
    build.evaluation = &eval;
  }
  ExpressionPtr column(std::int64_t id) const {
    return std::make_shared<ColumnRef>(id, -1, key[static_cast<std::size_t>(id - 1)].type, "t.c" + std::to_string(id));
  }
  ExpressionPtr call(const char* name, std::vector<ExpressionPtr> arguments) const {
    return make_function(name, std::move(arguments), build);
  }
  BuiltRanges ranges(const std::vector<ExpressionPtr>& conditions) {
    return build_ranges(key, conditions, &eval, CorrelatedValues::kKnown, source.token());
  }
  std::string text(const BuiltRanges& built) const {
    if (built.ranges.full) return "full";
    std::vector<types::FieldType> types;
    for (const RangeColumn& part : key) types.push_back(part.type);
    std::string all;
    for (const ValueRange& range : built.ranges.values) all += (all.empty() ? "" : ", ") + to_string(range, types);
    return all.empty() ? "none" : all;
  }

  StopSource source;
  expression::EvalContext eval;
  expression::BuildContext build;
  std::vector<RangeColumn> key = {{1, types::FieldType::of(types::TypeCode::kLong), -1},
                                  {2, types::FieldType::of(types::TypeCode::kLong), -1},
                                  {3, types::FieldType::varchar(20, types::default_collation()), -1}};
};

TEST(RangeBuilder, EqualitiesExtendToTheNextColumnAndIntervalsEndTheRange) {
  Fixture f;
  const BuiltRanges built =
      f.ranges({f.call("eq", {f.column(1), make_int(1)}), f.call("gt", {f.column(2), make_int(5)}),
                f.call("eq", {f.column(3), expression::make_string("x", types::default_collation())})});
  EXPECT_EQ(f.text(built), "(1 5,1 +inf]");
  EXPECT_EQ(built.equal_columns, 1);
  EXPECT_EQ(built.remaining.size(), 1u);
}

TEST(RangeBuilder, ManyConditionsTakeWorkInProportionAndPollThroughout) {
  // Polls count the values that are looked at: they show the work without a clock.
  enum class Form { kIn, kNotEqual, kOr };
  const auto polls_for = [](Form form, int count) {
    Fixture f;
    StopProbe probe(f.source);
    std::vector<ExpressionPtr> conditions;
    std::vector<ExpressionPtr> level = {f.column(1)};
    if (form == Form::kOr) level.clear();
    for (int i = 0; i < count; ++i) {
      if (form == Form::kIn) level.push_back(make_int(7 * i));
      if (form == Form::kNotEqual) conditions.push_back(f.call("ne", {f.column(1), make_int(7 * i)}));
      if (form == Form::kOr) level.push_back(f.call("eq", {f.column(1), make_int(7 * i)}));
    }
    if (form == Form::kIn) conditions.push_back(f.call("in", level));
    while (form == Form::kOr && level.size() > 1) {
      std::vector<ExpressionPtr> next;
      for (std::size_t i = 0; i + 1 < level.size(); i += 2) next.push_back(f.call("or", {level[i], level[i + 1]}));
      level = std::move(next);
    }
    if (form == Form::kOr) conditions = level;
    probe.arm(0, [] {});
    const BuiltRanges built = f.ranges(conditions);
    EXPECT_EQ(built.ranges.values.size(), static_cast<std::size_t>(form == Form::kNotEqual ? count + 1 : count));
    return probe.count();
  };
  for (const Form form : {Form::kIn, Form::kNotEqual, Form::kOr}) {
    const std::uint64_t few = polls_for(form, 2'048);
    const std::uint64_t many = polls_for(form, 16'384);
    EXPECT_GT(few, 2'048u / 256 * 3) << static_cast<int>(form);
    EXPECT_LT(many, 8 * 2 * few) << "eight times the conditions: " << few << " polls, then " << many;
  }
}

TEST(RangeBuilder, ConditionsThatContradictEachOtherAmongManyLeaveNothing) {
  Fixture f;
  std::vector<ExpressionPtr> conditions;
  for (int i = 0; i < 9; ++i) conditions.push_back(f.call("ne", {f.column(1), make_int(i)}));
  conditions.push_back(f.call("ge", {f.column(1), make_int(3)}));
  EXPECT_EQ(f.text(f.ranges(conditions)), "(3,4), (4,5), (5,6), (6,7), (7,8), (8,+inf]");
  conditions.push_back(f.call("lt", {f.column(1), make_int(9)}));
  EXPECT_EQ(f.text(f.ranges(conditions)), "(3,4), (4,5), (5,6), (6,7), (7,8), (8,9)");
  conditions.push_back(f.call("eq", {f.column(1), make_int(5)}));
  EXPECT_EQ(f.text(f.ranges(conditions)), "none");
}

TEST(RangeBuilder, ContradictionGivesNoRange) {
  Fixture f;
  EXPECT_EQ(f.text(f.ranges({f.call("eq", {f.column(1), make_int(1)}), f.call("eq", {f.column(1), make_int(2)})})),
            "none");
}

TEST(RangeBuilder, ConstantsBesideTheColumnsValuesGiveTheNearestBound) {
  Fixture f;
  const ExpressionPtr half = expression::make_decimal(types::Decimal::from_scaled(55, 1));
  EXPECT_EQ(f.text(f.ranges({f.call("eq", {f.column(1), half})})), "none");
  EXPECT_EQ(f.text(f.ranges({f.call("lt", {f.column(1), half})})), "[-inf,6)");
}

TEST(RangeBuilder, UnionsOverlapIntoOne) {
  Fixture f;
  const ExpressionPtr condition =
      f.call("or", {f.call("lt", {f.column(1), make_int(10)}), f.call("lt", {f.column(1), make_int(20)})});
  EXPECT_EQ(f.text(f.ranges({condition})), "[-inf,20)");
}

TEST(RangeBuilder, PollsInLongLists) {
  Fixture f;
  std::vector<ExpressionPtr> arguments = {f.column(1)};
  for (int i = 0; i < 5'000; ++i) arguments.push_back(make_int(i * 2));
  const ExpressionPtr in = f.call("in", std::move(arguments));
  f.source.request_stop(StopReason::kQueryKilled);
  EXPECT_THROW(f.ranges({in}), Stopped);
}

/// Whether tuple (x, y) lies in one of the ranges.
bool contains(const BuiltRanges& built, std::int64_t x, std::int64_t y) {
  if (built.ranges.full) return true;
  const std::int64_t tuple[] = {x, y};
  for (const ValueRange& range : built.ranges.values) {
    const auto side = [&](const std::vector<RangeBound>& bounds) {  // sign of tuple - bound
      for (std::size_t i = 0; i < bounds.size(); ++i) {
        if (bounds[i].kind == RangeBound::Kind::kMinNotNull) return 1;
        if (bounds[i].kind == RangeBound::Kind::kMaximum) return -1;
        if (bounds[i].value.is_null()) return 1;
        const std::int64_t bound = bounds[i].value.as_int64();
        if (tuple[i] != bound) return tuple[i] < bound ? -1 : 1;
      }
      return 0;
    };
    const int low = side(range.low);
    const int high = side(range.high);
    if ((low > 0 || (low == 0 && !range.low_exclusive)) && (high < 0 || (high == 0 && !range.high_exclusive)))
      return true;
  }
  return false;
}

/// No row that satisfies the conditions may lie outside of the ranges, and rows inside satisfy what is not left to be tested.
TEST(RangeBuilder, RandomConditionsNeverLoseARow) {
  const unsigned seed = 20'240'601;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Fixture f;
  const char* comparisons[] = {"eq", "ne", "lt", "le", "gt", "ge"};
  for (int round = 0; round < 400; ++round) {
    const auto comparison = [&]() -> ExpressionPtr {
      const ExpressionPtr column = f.column(1 + static_cast<int>(random() % 2));
      const int kind = static_cast<int>(random() % 8);
      if (kind == 6)
        return f.call("in", {column, make_int(static_cast<int>(random() % 6)), make_int(static_cast<int>(random() % 6)),
                             make_int(static_cast<int>(random() % 6))});
      if (kind == 7) {
        return f.call("or", {f.call(comparisons[random() % 6], {column, make_int(static_cast<int>(random() % 6))}),
                             f.call(comparisons[random() % 6], {column, make_int(static_cast<int>(random() % 6))})});
      }
      return f.call(comparisons[kind], {column, make_int(static_cast<int>(random() % 6))});
    };
    std::vector<ExpressionPtr> conditions;
    for (unsigned i = 0; i <= random() % 4; ++i) conditions.push_back(comparison());
    if (random() % 4 == 0)
      conditions = {
          f.call("or", {f.call("and", {comparison(), comparison()}), f.call("and", {comparison(), comparison()})})};
    const BuiltRanges built = f.ranges(conditions);
    for (std::int64_t x = -1; x < 7; ++x) {
      for (std::int64_t y = -1; y < 7; ++y) {
        const auto holds = [&](const std::vector<ExpressionPtr>& list) {
          for (const ExpressionPtr& condition : list) {
            const ExpressionPtr bound = replace_columns(condition, [&](const ColumnRef& column) -> ExpressionPtr {
              return std::make_shared<Constant>(types::Value(column.column_id() == 1 ? x : y), column.type());
            });
            const types::Value value = bound->evaluate_constant(f.eval);
            if (value.is_null() || value.as_int64() == 0) return false;
          }
          return true;
        };
        EXPECT_EQ(contains(built, x, y) && holds(built.remaining), holds(conditions))
            << join_texts(conditions, " AND ") << " at " << x << ", " << y << ": " << f.text(built);
      }
    }
  }
}

}  // namespace
}  // namespace sluice::planner
