// Entries built from stored rows are those that the codec builds from values, for every type and shape of table.
#include "catalog/index_encoder.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/datum.h"
#include "codec/index_key.h"
#include "codec/index_value.h"
#include "codec/row.h"
#include "codec/table_key.h"
#include "types/collation.h"

namespace sluice::catalog {
namespace {

using types::FieldType;
using types::TypeCode;
using types::Value;

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (unsigned char byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

TableInfo make_table(const std::vector<FieldType>& types) {
  TableInfo table;
  table.id = 10;
  table.name = Name("t");
  for (const FieldType& type : types) {
    ColumnInfo column;
    column.id = ++table.max_column_id;
    column.offset = static_cast<int>(table.columns.size());
    column.name = Name("c" + std::to_string(column.id));
    column.type = type;
    table.columns.push_back(std::move(column));
  }
  return table;
}

IndexInfo index_on(const TableInfo& table, const std::vector<std::pair<int, int>>& parts, bool unique) {
  IndexInfo index;
  index.id = 1;
  index.name = Name("i");
  index.unique = unique;
  for (const auto& [offset, length] : parts)
    index.columns.push_back({table.columns[static_cast<std::size_t>(offset)].name, offset, length});
  return index;
}

std::string row_of(const TableInfo& table, const std::vector<Value>& values) {
  codec::RowWriter writer;
  for (const ColumnInfo& column : table.columns)
    writer.add_value(column.id, values[static_cast<std::size_t>(column.offset)], column.type, nullptr);
  std::string row;
  writer.finish(row);
  return row;
}

TEST(IndexEncoder, GivesTheKeysAndValuesOfTheFormatsExamples) {
  TableInfo table = make_table({FieldType::bigint()});
  const IndexInfo plain = index_on(table, {{0, kFullLength}}, false);
  const IndexInfo unique = index_on(table, {{0, kFullLength}}, true);
  const std::string row = row_of(table, {Value(7)});
  const codec::Handle handle(5);
  EXPECT_EQ(to_hex(IndexEncoder(table, plain).key(row, handle)),
            "74800000000000000a5f698000000000000001038000000000000007038000000000000005");
  EXPECT_EQ(to_hex(IndexEncoder(table, unique).key(row, handle)),
            "74800000000000000a5f698000000000000001038000000000000007");
  EXPECT_EQ(to_hex(IndexEncoder(table, unique).key(row_of(table, {Value::null()}), handle)),
            "74800000000000000a5f69800000000000000100038000000000000005");
  std::string key;
  std::string value;
  EXPECT_TRUE(IndexEncoder(table, unique).append_entry(row, handle, {}, key, value).distinct);
  EXPECT_EQ(to_hex(value), "0000000000000005");
  value.clear();
  EXPECT_FALSE(IndexEncoder(table, plain).append_entry(row, handle, {}, key, value).distinct);
  EXPECT_EQ(to_hex(value), "30");
}

TEST(IndexEncoder, AnAddedColumnCountsWithItsOriginDefault) {
  TableInfo table = make_table({FieldType::bigint(), FieldType::of(TypeCode::kLong)});
  table.columns[1].origin_default = "42";
  const IndexInfo index = index_on(table, {{1, kFullLength}}, false);
  codec::RowWriter writer;
  writer.add_int64(1, 1);
  std::string row;
  writer.finish(row);
  EXPECT_EQ(IndexEncoder(table, index).key(row, codec::Handle(5)),
            IndexEncoder(table, index).key(row_of(table, {Value(1), Value(42)}), codec::Handle(5)));
}

TEST(IndexEncoder, TouchedKeysLieOutsideTheIndexAndLeadBack) {
  TableInfo table = make_table({FieldType::bigint()});
  const IndexInfo index = index_on(table, {{0, kFullLength}}, true);
  const std::string key = IndexEncoder(table, index).key(row_of(table, {Value(7)}), codec::Handle(5));
  const std::string touched = touched_key(key);
  EXPECT_EQ(to_hex(touched), "74800000000000000a5f69ffff000000000001038000000000000007");
  EXPECT_EQ(index_key_of_touched(touched), key);
  const IndexKeyRange entries = index_entries_range(10, 1);
  const IndexKeyRange notes = touched_keys_range(10, 1);
  EXPECT_TRUE(entries.begin <= key && key < entries.end);
  EXPECT_FALSE(entries.begin <= touched && touched < entries.end);
  EXPECT_TRUE(notes.begin <= touched && touched < notes.end);
}

// One column type and how to make a random value of it.
struct TypeCase {
  FieldType type;
  Value (*make)(std::mt19937_64&);
};

std::vector<TypeCase> all_types() {
  auto text = [](TypeCode code, const char* collation, int length) {
    FieldType type = FieldType::varchar(length, types::find_collation(collation));
    type.code = code;
    return type;
  };
  auto word = [](std::mt19937_64& random) {
    std::string word;
    for (std::size_t i = random() % 12; i > 0; --i) word += "aAbB é "[random() % 5];
    return Value(word);
  };
  return {
      {FieldType::of(TypeCode::kLong),
       [](std::mt19937_64& random) { return Value(static_cast<std::int64_t>(static_cast<std::int32_t>(random()))); }},
      {FieldType::bigint_unsigned(),
       [](std::mt19937_64& random) { return Value(static_cast<std::uint64_t>(random())); }},
      {FieldType::double_precision(),
       [](std::mt19937_64& random) { return Value(static_cast<double>(static_cast<std::int64_t>(random())) / 1e6); }},
      {FieldType::decimal(12, 3),
       [](std::mt19937_64& random) {
         return Value(types::Decimal::parse(std::to_string(static_cast<std::int32_t>(random())) + ".125"));
       }},
      {FieldType::datetime(3),
       [](std::mt19937_64& random) {
         return Value(types::Time::from_parts({static_cast<int>(1000 + random() % 8000), 5, 6, 7, 8, 9, 123000}));
       }},
      {FieldType::time(0),
       [](std::mt19937_64& random) {
         return Value(types::Duration{static_cast<std::int64_t>(random() % 1000) * 1'000'000'000 - 500'000'000'000});
       }},
      {text(TypeCode::kVarchar, "utf8mb4_bin", 20), word},
      {text(TypeCode::kString, "utf8mb4_bin", 20), word},
      {text(TypeCode::kVarchar, "utf8mb4_general_ci", 20), word},
      {text(TypeCode::kVarchar, "utf8mb4_0900_ai_ci", 20), word},
      {text(TypeCode::kVarchar, "binary", 20), word},
  };
}

TEST(IndexEncoder, AgreesWithTheCodecForRandomRowsOfEveryType) {
  constexpr std::uint64_t kSeed = 20261121;
  std::mt19937_64 random(kSeed);
  const std::vector<TypeCase> types = all_types();
  for (int round = 0; round < 3000; ++round) {
    const TypeCase& first = types[random() % types.size()];
    const TypeCase& second = types[random() % types.size()];
    const TypeCase& third = types[random() % types.size()];
    TableInfo table = make_table({first.type, second.type, third.type});
    const bool has_common_handle = random() % 2 == 0;
    if (has_common_handle) {
      table.is_common_handle = true;
      IndexInfo primary = index_on(table, {{2, kFullLength}}, true);
      primary.id = 2;
      primary.primary = true;
      table.indexes.push_back(primary);
    }
    const bool is_prefix = first.type.is_string() && random() % 2 == 0;
    const IndexInfo index = index_on(table, {{0, is_prefix ? 3 : kFullLength}, {1, kFullLength}}, random() % 2 == 0);
    std::vector<Value> values = {first.make(random), random() % 10 == 0 ? Value::null() : second.make(random),
                                 third.make(random)};
    codec::Handle handle(static_cast<std::int64_t>(random()));
    if (has_common_handle) {
      std::string encoded;
      codec::append_key_datum(values[2], third.type, nullptr, encoded);
      handle = codec::Handle::common(encoded);
    }

    codec::IndexKeyLayout layout;
    layout.table_id = table.id;
    layout.index_id = index.id;
    layout.is_unique = index.unique;
    layout.columns = {{first.type, is_prefix ? 3 : -1}, {second.type, -1}};
    std::string expected_key;
    const std::vector<Value> key_values = {values[0], values[1]};
    const bool distinct = codec::append_index_key(layout, key_values, handle, nullptr, expected_key);

    const IndexEncoder encoder(table, index);
    std::string key = encoder.prefix();
    std::string value;
    const IndexEntryShape shape = encoder.append_entry(row_of(table, values), handle, {}, key, value);
    ASSERT_EQ(to_hex(key), to_hex(expected_key)) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(shape.distinct, distinct);
    ASSERT_EQ(shape.key_size + encoder.prefix().size(), key.size());
    ASSERT_EQ(entry_handle(table, index, key, value), handle) << "seed " << kSeed << " round " << round;
    std::optional<codec::IndexValueView> view = codec::decode_index_value(value);
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->is_distinct(), distinct);
  }
}

}  // namespace
}  // namespace sluice::catalog
