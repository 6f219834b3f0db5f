#include "codec/old_row.h"

#include <gtest/gtest.h>

#include "codec/hex_testing.h"
#include "codec/value_datum.h"
#include "types/collation.h"

namespace sluice::codec {
namespace {

using types::FieldType;
using types::Value;

TEST(OldRow, ColumnsAreRead) {
  const std::string row = unhex("08040802080602046162080800");
  ASSERT_TRUE(is_old_row(row));
  std::vector<OldRowColumn> columns;
  ASSERT_TRUE(split_old_row(row, columns));
  ASSERT_EQ(columns.size(), 3u);
  const std::pair<std::int64_t, Value> expected[] = {{2, Value(1)}, {3, Value("ab")}, {4, Value()}};
  const FieldType column_types[] = {FieldType::bigint(), FieldType::varchar(10, types::utf8mb4_bin()),
                                    FieldType::bigint()};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(columns[i].id, expected[i].first);
    std::string_view in = columns[i].datum;
    Value value;
    ASSERT_TRUE(decode_value_datum(in, column_types[i], nullptr, value));
    EXPECT_EQ(value, expected[i].second);
  }
}

TEST(OldRow, EmptyRowIsANull) {
  std::vector<OldRowColumn> columns;
  EXPECT_TRUE(split_old_row(std::string_view("\0", 1), columns));
  EXPECT_TRUE(columns.empty());
}

TEST(OldRow, MalformedRowsAreRefused) {
  std::vector<OldRowColumn> columns;
  for (const char* text : {"0804", "040402", "0804020461", "08040a01"})
    EXPECT_FALSE(split_old_row(unhex(text), columns)) << text;
}

TEST(ValueDatum, EveryKindIsReadBack) {
  const std::pair<Value, FieldType> cases[] = {
      {Value(), FieldType::bigint()},
      {Value(-7), FieldType::bigint()},
      {Value(std::uint64_t{1} << 63), FieldType::bigint_unsigned()},
      {Value(-2.25), FieldType::double_precision()},
      {Value(types::Decimal::parse("-12.34")), FieldType::decimal(10, 2)},
      {Value("text"), FieldType::varbinary(10)},
      {Value(types::Time::from_date(2024, 2, 29)), FieldType::date()},
      {Value(types::Duration{-5}), FieldType::time(6)},
      {Value(types::Json::parse("{\"a\": [1, \"b\", null, 1.5]}")), FieldType::json()},
      {Value(types::Json::parse("\"text\"")), FieldType::json()},
      {Value(types::Json::parse("true")), FieldType::json()},
  };
  for (const auto& [value, type] : cases) {
    std::string bytes;
    append_value_datum(value, type, nullptr, bytes);
    bytes += "rest";
    std::string_view in = bytes;
    Value back;
    ASSERT_TRUE(decode_value_datum(in, type, nullptr, back)) << type.to_string();
    EXPECT_EQ(back, value) << type.to_string();
    EXPECT_EQ(in, "rest");
    in = bytes;
    ASSERT_TRUE(skip_value_datum(in));
    EXPECT_EQ(in, "rest");
  }
}

}  // namespace
}  // namespace sluice::codec
