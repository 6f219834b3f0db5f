#include "codec/row.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/sql_error.h"
#include "codec/hex_testing.h"
#include "codec/table_key.h"
#include "types/collation.h"

namespace sluice::codec {
namespace {

using types::Decimal;
using types::Duration;
using types::FieldType;
using types::Time;
using types::Value;
using Found = RowReader::Found;

std::string example_row() {
  RowWriter writer;
  writer.add_int64(2, 1);
  writer.add_bytes(3, "ab");
  writer.add_null(4);
  std::string row;
  writer.finish(row);
  return row;
}

TEST(Row, SmallRowsHaveTheirLayout) { EXPECT_EQ(hex(example_row()), "80000200010002030401000300016162"); }

TEST(Row, LargeIdsMakeALargeRow) {
  RowWriter writer;
  writer.add_int64(300, 7);
  std::string row;
  writer.finish(row);
  EXPECT_EQ(hex(row), "8001010000002c0100000100000007");
}

TEST(Row, ChecksumCoversRowAndKey) {
  RowWriter writer;
  writer.add_int64(2, 1);
  writer.add_bytes(3, "ab");
  writer.add_null(4);
  std::string row;
  const std::string key = record_key(10, Handle(5));
  writer.finish_with_checksum(key, row);
  EXPECT_EQ(hex(row), "80020200010002030401000300016162012cfbec35");
  EXPECT_TRUE(RowReader(row).verify_checksum(key));
  EXPECT_FALSE(RowReader(row).verify_checksum(record_key(10, Handle(6))));
  std::string_view raw;
  EXPECT_EQ(RowReader(row).find(3, raw), Found::kValue);
  EXPECT_EQ(raw, "ab");
}

TEST(Row, EmptyRowIsAHeader) {
  RowWriter writer;
  std::string row;
  writer.finish(row);
  EXPECT_EQ(hex(row), "800000000000");
  std::string_view raw;
  EXPECT_EQ(RowReader(row).find(1, raw), Found::kAbsent);
}

TEST(Row, IntegersTakeTheSmallestWidth) {
  struct Case {
    std::int64_t value;
    const char* bytes;
  };
  for (const Case& test_case : {Case{1, "01"}, Case{-1, "ff"}, Case{200, "c800"}, Case{300, "2c01"}, Case{-129, "7fff"},
                                Case{40'000, "409c0000"}, Case{1ll << 40, "0000000000010000"}}) {
    RowWriter writer;
    writer.add_int64(1, test_case.value);
    std::string row;
    writer.finish(row);
    std::string_view raw;
    ASSERT_EQ(RowReader(row).find(1, raw), Found::kValue);
    EXPECT_EQ(hex(raw), test_case.bytes);
    std::int64_t back;
    ASSERT_TRUE(decode_row_int64(raw, back));
    EXPECT_EQ(back, test_case.value);
  }
  RowWriter writer;
  writer.add_uint64(1, 200);
  std::string row;
  writer.finish(row);
  std::string_view raw;
  ASSERT_EQ(RowReader(row).find(1, raw), Found::kValue);
  EXPECT_EQ(hex(raw), "c8");
}

TEST(Row, TimesHaveTheirBytes) {
  RowWriter writer;
  writer.add_time(1, Time::from_parts({2024, 10, 30, 10, 14, 27, 0}));
  writer.add_duration(2, Duration::from_parts(true, 1, 2, 3, 0));
  std::string row;
  writer.finish(row);
  std::string_view raw;
  ASSERT_EQ(RowReader(row).find(1, raw), Found::kValue);
  EXPECT_EQ(hex(raw), "0000009ba3bcb419");
  ASSERT_EQ(RowReader(row).find(2, raw), Found::kValue);
  EXPECT_EQ(hex(raw), "0052e82b9dfcffff");
}

TEST(Row, NullAndAbsentAreTold) {
  const std::string row = example_row();
  const RowReader reader(row);
  std::string_view raw;
  EXPECT_EQ(reader.find(4, raw), Found::kNull);
  EXPECT_EQ(reader.find(5, raw), Found::kAbsent);
  EXPECT_EQ(reader.find(-1, raw), Found::kAbsent);
  EXPECT_EQ(reader.find(256 + 2, raw), Found::kAbsent);
}

TEST(Row, WriterIsReusedAfterFinish) {
  RowWriter writer;
  std::string first;
  std::string second;
  writer.add_int64(1, 1);
  writer.finish(first);
  writer.add_null(2);
  writer.finish(second);
  EXPECT_EQ(hex(second), "80000000010002");
}

TEST(Row, EveryTypeIsReadBack) {
  const FieldType text = FieldType::varchar(10, types::utf8mb4_bin());
  const std::pair<Value, FieldType> cases[] = {
      {Value(-300), FieldType::bigint()},
      {Value(std::uint64_t{1} << 63), FieldType::bigint_unsigned()},
      {Value(2.5), FieldType::double_precision()},
      {Value(Decimal::parse("-12.34")), FieldType::decimal(10, 2)},
      {Value("text  "), text},
      {Value(Time::from_parts({2024, 1, 2, 3, 4, 5, 600'000})), FieldType::datetime(6)},
      {Value(Time{}), FieldType::datetime(0)},
      {Value(Duration{-1}), FieldType::time(6)},
      {Value(types::Json::parse("{\"a\": [1, 2]}")), FieldType::json()},
  };
  RowWriter writer;
  std::int64_t id = 1;
  for (const auto& [value, type] : cases) writer.add_value(id++, value, type, nullptr);
  std::string row;
  writer.finish(row);
  id = 1;
  for (const auto& [value, type] : cases) {
    std::string_view raw;
    ASSERT_EQ(RowReader(row).find(id++, raw), Found::kValue);
    EXPECT_EQ(decode_row_value(raw, type, nullptr), value) << type.to_string();
  }
}

TEST(Row, BytesOfAnotherTypeAreAnError) {
  EXPECT_THROW(decode_row_value("abc", FieldType::bigint(), nullptr), SqlError);
  EXPECT_THROW(decode_row_value("", FieldType::decimal(10, 2), nullptr), SqlError);
}

TEST(Row, RandomRowsInAnyOrderAreReadBack) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    std::map<std::int64_t, std::optional<std::string>> columns;
    const std::int64_t id_limit = round % 3 == 0 ? 1'000 : 200;
    const std::size_t count = random() % 40;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t id = 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(id_limit));
      if (random() % 5 == 0) {
        columns[id] = std::nullopt;
      } else {
        columns[id] = std::string(random() % (round % 50 == 0 ? 9'000 : 30), static_cast<char>('a' + random() % 26));
      }
    }
    std::vector<std::int64_t> order;
    for (const auto& [id, value] : columns) order.push_back(id);
    std::shuffle(order.begin(), order.end(), random);
    RowWriter writer;
    for (const std::int64_t id : order) {
      if (columns[id]) {
        writer.add_bytes(id, *columns[id]);
      } else {
        writer.add_null(id);
      }
    }
    std::string row;
    writer.finish(row);
    const RowReader reader(row);
    for (std::int64_t id = 0; id <= id_limit; ++id) {
      std::string_view raw;
      const auto found = columns.find(id);
      const Found expected = found == columns.end() ? Found::kAbsent : found->second ? Found::kValue : Found::kNull;
      ASSERT_EQ(reader.find(id, raw), expected) << "round " << round << " id " << id;
      if (expected == Found::kValue) {
        ASSERT_EQ(raw, *found->second);
      }
    }
  }
}

TEST(Row, DamagedRowsNeverReadOutOfBounds) {
  std::mt19937_64 random(4);
  const std::string row = example_row();
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = row.substr(0, random() % (row.size() + 1));
    for (std::size_t k = 0; k < 1 + random() % 3 && !damaged.empty(); ++k)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    const std::vector<char> exact(damaged.begin(), damaged.end());  // its own allocation: a sanitizer sees any overrun
    const RowReader reader(std::string_view(exact.data(), exact.size()));
    for (std::int64_t id = 0; id < 6; ++id) {
      std::string_view raw;
      if (reader.find(id, raw) == Found::kValue && !raw.empty()) {
        ASSERT_GE(raw.data(), exact.data());
        ASSERT_LE(raw.data() + raw.size(), exact.data() + exact.size());
      }
    }
    reader.verify_checksum("key");
  }
}

}  // namespace
}  // namespace sluice::codec
