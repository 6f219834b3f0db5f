#include <gtest/gtest.h>

#include "types/decimal.h"
#include "types/value.h"
#include "vector/chunk.h"

namespace sluice::vector {
namespace {

using types::PhysicalType;
using types::Value;

TEST(StringSlot, KeepsShortStringsInlineAndComparesBytes) {
  EXPECT_TRUE(StringSlot("123456789012").is_inline());
  const std::string long_text = "1234567890123";
  EXPECT_FALSE(StringSlot(long_text).is_inline());
  const std::string same = "1234567890123";
  EXPECT_TRUE(StringSlot(long_text) == StringSlot(same));
  EXPECT_FALSE(StringSlot("a") == StringSlot("b"));
  EXPECT_FALSE(StringSlot(long_text) == StringSlot("1234567890124"));
  EXPECT_EQ(StringSlot("").view(), "");
}

TEST(ColumnVector, StoresEveryTypeAndNull) {
  const std::vector<std::pair<PhysicalType, Value>> values = {
      {PhysicalType::kInt64, Value(std::int64_t{-7})},
      {PhysicalType::kUInt64, Value(UINT64_MAX)},
      {PhysicalType::kDouble, Value(2.5)},
      {PhysicalType::kDecimal, Value(types::Decimal::parse("12.34"))},
      {PhysicalType::kTime, Value(types::Time::from_date(2020, 2, 3))},
      {PhysicalType::kDuration, Value(types::Duration{5})},
      {PhysicalType::kString, Value("a string longer than twelve bytes")},
      {PhysicalType::kJson, Value(types::Json::parse("{\"a\": 1}"))}};
  for (const auto& [type, value] : values) {
    ColumnVector column(type);
    column.append_value(value);
    column.append_null();
    column.append_value(value);
    EXPECT_EQ(column.value_at(0), value);
    EXPECT_TRUE(column.value_at(1).is_null());
    EXPECT_EQ(column.value_at(2), value);
    EXPECT_TRUE(column.has_nulls());
  }
}

TEST(ColumnVector, ResizedRowsAreNotNull) {
  ColumnVector column(PhysicalType::kInt64);
  column.resize(130);
  for (std::size_t row = 0; row < 130; ++row) column.set_null(row);
  column.resize(3);
  column.resize(130);
  EXPECT_TRUE(column.is_null(2));
  for (std::size_t row = 3; row < 130; ++row) EXPECT_FALSE(column.is_null(row)) << row;
}

TEST(ColumnVector, ConstantStandsForAllRows) {
  ColumnVector column(PhysicalType::kString);
  column.append_string("a string longer than twelve bytes");
  column.make_constant(5);
  EXPECT_EQ(column.size(), 5U);
  EXPECT_EQ(column.string_at(4), "a string longer than twelve bytes");
  column.flatten();
  EXPECT_FALSE(column.is_constant());
  EXPECT_EQ(column.string_at(4), "a string longer than twelve bytes");
}

TEST(ColumnVector, SharedStorageIsNotWrittenByClear) {
  ColumnVector source(PhysicalType::kString);
  source.append_string("a string longer than twelve bytes");
  ColumnVector view(PhysicalType::kInt64);
  view.reference(source);
  source.clear();
  source.append_string("another string of more than twelve");
  EXPECT_EQ(view.string_at(0), "a string longer than twelve bytes");
}

TEST(ColumnVector, GatheredStringsOutliveTheirSource) {
  ColumnVector gathered(PhysicalType::kString);
  {
    ColumnVector source(PhysicalType::kString);
    source.append_string("first string, longer than twelve");
    source.append_null();
    source.append_string("third string, longer than twelve");
    const std::uint16_t rows[] = {2, 1, 0, 2};
    gathered.gather(source, rows);
  }
  EXPECT_EQ(gathered.string_at(0), "third string, longer than twelve");
  EXPECT_TRUE(gathered.is_null(1));
  EXPECT_EQ(gathered.string_at(2), "first string, longer than twelve");
}

TEST(ColumnVector, OwnStringsCopiesBorrowedOnes) {
  ColumnVector column(PhysicalType::kString);
  std::string text = "borrowed string, longer than twelve";
  column.resize(2);
  column.set_string_borrowed(0, text);
  column.set_null(1);
  column.own_strings();
  text.assign(text.size(), 'x');
  EXPECT_EQ(column.string_at(0), "borrowed string, longer than twelve");
  EXPECT_TRUE(column.is_null(1));
}

TEST(ColumnVector, MergesNullsOfFlatAndConstantVectors) {
  ColumnVector column(PhysicalType::kInt64);
  column.resize(70);
  ColumnVector other(PhysicalType::kDouble);
  other.resize(70);
  other.set_null(69);
  column.merge_nulls(other);
  EXPECT_FALSE(column.is_null(0));
  EXPECT_TRUE(column.is_null(69));
  ColumnVector null(PhysicalType::kDouble);
  null.append_null();
  null.make_constant(1);
  column.merge_nulls(null);
  for (std::size_t row = 0; row < 70; ++row) EXPECT_TRUE(column.is_null(row));
}

TEST(Chunk, CompactRemovesDeadRows) {
  Chunk chunk(std::vector<PhysicalType>{PhysicalType::kInt64, PhysicalType::kString});
  for (std::int64_t row = 0; row < 10; ++row) {
    chunk.columns[0].append(row);
    chunk.columns[1].append_string("row number " + std::to_string(row) + " of a chunk");
  }
  chunk.row_count = 10;
  const std::uint16_t rows[] = {1, 7};
  chunk.set_selection(rows);
  EXPECT_EQ(chunk.active_count(), 2U);
  chunk.compact();
  EXPECT_EQ(chunk.row_count, 2U);
  EXPECT_FALSE(chunk.has_selection());
  EXPECT_EQ(chunk.columns[0].at<std::int64_t>(1), 7);
  EXPECT_EQ(chunk.columns[1].string_at(1), "row number 7 of a chunk");
}

}  // namespace
}  // namespace sluice::vector
