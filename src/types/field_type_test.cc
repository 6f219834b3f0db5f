#include "types/field_type.h"

#include <gtest/gtest.h>

#include "base/sql_error.h"
#include "types/collation.h"
#include "types/compare.h"
#include "types/sql_mode.h"
#include "types/value.h"
#include "types/value_text.h"

namespace sluice::types {
namespace {

FieldType with(FieldType type, std::uint32_t flags) {
  type.flags |= flags;
  return type;
}

FieldType labels(TypeCode code, std::vector<std::string> elements) {
  FieldType type = FieldType::of(code);
  type.elements = std::make_shared<const std::vector<std::string>>(std::move(elements));
  type.collation = default_collation();
  return type;
}

FieldType text(TypeCode code, int flen = -1, const Collation* collation = default_collation()) {
  FieldType type = FieldType::of(code);
  if (flen >= 0) type.flen = flen;
  type.collation = collation;
  return type;
}

TEST(FieldType, PrintsAsShowCreateTable) {
  EXPECT_EQ(FieldType::of(TypeCode::kLong).to_string(), "int");
  EXPECT_EQ(FieldType::of(TypeCode::kLong, field_flag::kUnsigned).to_string(), "int unsigned");
  EXPECT_EQ(FieldType::bigint().to_string(), "bigint");
  EXPECT_EQ(FieldType::bigint_unsigned().to_string(), "bigint unsigned");
  EXPECT_EQ(with(FieldType::of(TypeCode::kTiny), field_flag::kUnsigned | field_flag::kZerofill).to_string(),
            "tinyint(4) unsigned zerofill");
  EXPECT_EQ(FieldType::decimal(10, 0).to_string(), "decimal(10,0)");
  EXPECT_EQ(FieldType::of(TypeCode::kDouble).to_string(), "double");
  EXPECT_EQ(FieldType::of(TypeCode::kFloat, field_flag::kUnsigned).to_string(), "float unsigned");
  EXPECT_EQ(FieldType::datetime(3).to_string(), "datetime(3)");
  EXPECT_EQ(FieldType::timestamp(0).to_string(), "timestamp");
  EXPECT_EQ(FieldType::date().to_string(), "date");
  EXPECT_EQ(FieldType::year().to_string(), "year(4)");
  EXPECT_EQ(FieldType::json().to_string(), "json");
  EXPECT_EQ(FieldType::of(TypeCode::kBit).to_string(), "bit(1)");
  EXPECT_EQ(text(TypeCode::kVarchar, 10).to_string(), "varchar(10)");
  EXPECT_EQ(text(TypeCode::kString, 10, binary_collation()).to_string(), "binary(10)");
  EXPECT_EQ(text(TypeCode::kVarchar, 10, binary_collation()).to_string(), "varbinary(10)");
  EXPECT_EQ(text(TypeCode::kBlob).to_string(), "text");
  EXPECT_EQ(text(TypeCode::kLongBlob, -1, binary_collation()).to_string(), "longblob");
  EXPECT_EQ(labels(TypeCode::kEnum, {"a", "b'c"}).to_string(), "enum('a','b''c')");
  EXPECT_EQ(labels(TypeCode::kSet, {"a", "b"}).to_string(), "set('a','b')");
}

TEST(FieldType, IntegerRanges) {
  EXPECT_EQ(integer_min(TypeCode::kTiny), -128);
  EXPECT_EQ(integer_max(TypeCode::kInt24), 8'388'607);
  EXPECT_EQ(integer_max_unsigned(TypeCode::kLong), 4'294'967'295u);
  EXPECT_EQ(integer_min(TypeCode::kLongLong), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(integer_max_unsigned(TypeCode::kLongLong), std::numeric_limits<std::uint64_t>::max());
}

TEST(FieldType, EqualityComparesLabels) {
  EXPECT_EQ(labels(TypeCode::kEnum, {"a"}), labels(TypeCode::kEnum, {"a"}));
  EXPECT_FALSE(labels(TypeCode::kEnum, {"a"}) == labels(TypeCode::kEnum, {"b"}));
}

TEST(ValueText, EveryTypePrints) {
  EXPECT_EQ(format_value(Value(5), with(text(TypeCode::kLong, 4), field_flag::kZerofill)), "0005");
  EXPECT_EQ(format_value(Value(std::uint64_t{2}), labels(TypeCode::kEnum, {"a", "b"})), "b");
  EXPECT_EQ(format_value(Value(std::uint64_t{5}), labels(TypeCode::kSet, {"a", "b", "c"})), "a,c");
  EXPECT_EQ(format_value(Value(std::uint64_t{0}), labels(TypeCode::kEnum, {"a"})), "");
  EXPECT_EQ(format_value(Value(std::uint64_t{0x4142}), text(TypeCode::kBit, 16)), "AB");
  EXPECT_EQ(format_value(Value(0), FieldType::year()), "0000");
  EXPECT_EQ(format_value(Value(1.5), FieldType::double_precision()), "1.5");
  EXPECT_EQ(format_value(Value(Decimal::parse("1.50")), FieldType::decimal(10, 2)), "1.50");
  EXPECT_EQ(format_value(Value(Time::from_date(2024, 1, 2)), FieldType::date()), "2024-01-02");
  EXPECT_EQ(format_value(Value(Time::from_date(2024, 1, 2)), FieldType::datetime(2)), "2024-01-02 00:00:00.00");
  EXPECT_EQ(format_value(Value(Duration::from_parts(true, 1, 2, 3, 0)), FieldType::time(0)), "-01:02:03");
  EXPECT_EQ(format_value(Value(Json::parse("{\"a\":1}")), FieldType::json()), "{\"a\": 1}");
  EXPECT_EQ(format_value(Value(), FieldType::bigint()), "NULL");
  EXPECT_EQ(to_sql_literal(Value("it's"), text(TypeCode::kVarchar)), "'it\\'s'");
}

TEST(Compare, NumbersOfDifferentKindsCompareByValue) {
  const Value numbers[] = {Value(-1),
                           Value(0),
                           Value(Decimal::parse("0.5")),
                           Value(1),
                           Value(std::uint64_t{2}),
                           Value(2.5),
                           Value(std::uint64_t{1} << 63)};
  for (std::size_t i = 0; i < std::size(numbers); ++i) {
    for (std::size_t j = 0; j < std::size(numbers); ++j) {
      const int order = compare(numbers[i], numbers[j], nullptr);
      EXPECT_EQ(order < 0, i < j) << i << " " << j;
      EXPECT_EQ(order == 0, i == j) << i << " " << j;
    }
  }
}

TEST(Compare, NullSortsFirstAndEqualsNull) {
  EXPECT_LT(compare(Value(), Value(0), nullptr), 0);
  EXPECT_GT(compare(Value(""), Value(), nullptr), 0);
  EXPECT_EQ(compare(Value(), Value(), nullptr), 0);
}

TEST(Compare, StringsFollowTheCollation) {
  const Collation* general = find_collation("utf8mb4_general_ci");
  EXPECT_EQ(compare(Value("a "), Value("A"), general), 0);
  EXPECT_EQ(hash(Value("a "), general, 1), hash(Value("A"), general, 1));
  EXPECT_NE(compare(Value("a"), Value("A"), nullptr), 0);
}

TEST(Compare, EqualValuesHaveEqualHashes) {
  EXPECT_EQ(hash(Value(5), nullptr, 1), hash(Value(std::uint64_t{5}), nullptr, 1));
  EXPECT_EQ(hash(Value(0.0), nullptr, 1), hash(Value(-0.0), nullptr, 1));
  EXPECT_EQ(hash(Value(Decimal::parse("1.0")), nullptr, 1), hash(Value(Decimal::parse("1.000")), nullptr, 1));
}

TEST(SqlMode, IsReadAndPrinted) {
  EXPECT_EQ(SqlMode::standard().to_string(),
            "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_"
            "CREATE_USER,"
            "NO_ENGINE_SUBSTITUTION");
  EXPECT_EQ(SqlMode::parse(SqlMode::standard().to_string()), SqlMode::standard());
  EXPECT_EQ(SqlMode::parse("").bits(), 0u);
  EXPECT_TRUE(SqlMode::parse("ansi").has(SqlMode::kAnsiQuotes));
  EXPECT_TRUE(SqlMode::parse(" traditional ").is_strict());
  EXPECT_THROW(SqlMode::parse("nonsense"), SqlError);
}

}  // namespace
}  // namespace sluice::types
