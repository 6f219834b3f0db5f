#include <gtest/gtest.h>

#include "codec/datum.h"
#include "codec/hex_testing.h"
#include "codec/index_key.h"
#include "codec/index_value.h"
#include "codec/row.h"
#include "types/collation.h"

namespace sluice::codec {
namespace {

using types::FieldType;
using types::TypeCode;
using types::Value;

FieldType varchar(const char* collation) { return FieldType::varchar(20, types::find_collation(collation)); }

IndexKeyLayout layout_of(FieldType type, bool unique, int prefix = -1) {
  return {10, 1, unique, {{std::move(type), prefix}}};
}

std::string index_key(const IndexKeyLayout& layout, const Value& value, const Handle& handle) {
  std::string key;
  append_index_key(layout, std::span(&value, 1), handle, nullptr, key);
  return hex(key);
}

TEST(IndexKey, DistinctEntriesEndWithTheirColumns) {
  EXPECT_EQ(index_key(layout_of(FieldType::bigint(), true), Value(7), Handle(5)),
            "74800000000000000a5f698000000000000001038000000000000007");
}

TEST(IndexKey, OtherEntriesEndWithTheHandle) {
  EXPECT_EQ(index_key(layout_of(FieldType::bigint(), false), Value(7), Handle(5)),
            "74800000000000000a5f698000000000000001038000000000000007038000000000000005");
}

TEST(IndexKey, NullMakesAUniqueEntryNotDistinct) {
  EXPECT_EQ(index_key(layout_of(FieldType::bigint(), true), Value(), Handle(5)),
            "74800000000000000a5f69800000000000000100038000000000000005");
}

TEST(IndexKey, PrefixColumnsHoldTheirPrefix) {
  const IndexKeyLayout prefix = layout_of(varchar("utf8mb4_bin"), true, 2);
  const IndexKeyLayout whole = layout_of(varchar("utf8mb4_bin"), true);
  EXPECT_EQ(index_key(prefix, Value("abcdef"), Handle(5)), index_key(whole, Value("ab"), Handle(5)));
}

TEST(IndexKey, IsTakenApart) {
  const Value value("abc");
  std::string key;
  EXPECT_FALSE(
      append_index_key(layout_of(varchar("utf8mb4_bin"), false), std::span(&value, 1), Handle(-3), nullptr, key));
  std::vector<std::string_view> datums;
  std::string_view rest;
  ASSERT_TRUE(split_index_key(key, 1, datums, rest));
  EXPECT_EQ(hex(datums[0]), "016162630000000000fa");
  Handle handle;
  ASSERT_TRUE(decode_index_key_handle(rest, HandleKind::kInt, handle));
  EXPECT_EQ(handle, Handle(-3));
  EXPECT_FALSE(split_index_key(key, 4, datums, rest));
}

/// What a row holds for `value`; `row` keeps the bytes.
std::string_view row_bytes(const Value& value, const FieldType& type, std::string& row) {
  RowWriter writer;
  writer.add_value(1, value, type, nullptr);
  writer.finish(row);
  std::string_view raw;
  EXPECT_EQ(RowReader(row).find(1, raw), RowReader::Found::kValue);
  return raw;
}

TEST(IndexKey, RowBytesGiveTheSameKeyAsValues) {
  FieldType timestamp = FieldType::timestamp(0);
  const std::pair<Value, FieldType> cases[] = {
      {Value(-5), FieldType::bigint()},
      {Value(std::uint64_t{5}), FieldType::bigint_unsigned()},
      {Value(1.5), FieldType::double_precision()},
      {Value(types::Decimal::parse("1.50")), FieldType::decimal(10, 2)},
      {Value("Abc  "), varchar("utf8mb4_general_ci")},
      {Value("abc "), FieldType::varbinary(20)},
      {Value(types::Time::from_date(2024, 10, 30)), FieldType::date()},
      {Value(types::Duration{-5}), FieldType::time(6)},
  };
  for (const auto& [value, type] : cases) {
    std::string row;
    const std::string_view raw = row_bytes(value, type, row);
    std::string from_row;
    std::string from_value;
    const IndexColumn column{type, -1};
    ASSERT_TRUE(append_index_column_from_row(column, raw, from_row)) << type.to_string();
    append_index_column(column, value, nullptr, from_value);
    EXPECT_EQ(hex(from_row), hex(from_value)) << type.to_string();
  }
}

TEST(IndexKey, DamagedRowBytesGiveNoKey) {
  const std::pair<Value, FieldType> cases[] = {
      {Value(1.5), FieldType::double_precision()},
      {Value(types::Decimal::parse("123456.50")), FieldType::decimal(20, 6)},
  };
  for (const auto& [value, type] : cases) {
    std::string row;
    const std::string_view raw = row_bytes(value, type, row);
    std::string key;
    for (std::size_t cut = 0; cut < raw.size(); ++cut) {
      EXPECT_FALSE(append_index_column_from_row({type, -1}, raw.substr(0, cut), key)) << type.to_string() << cut;
    }
    EXPECT_FALSE(append_index_column_from_row({type, -1}, std::string(raw) + "x", key)) << type.to_string();
  }
}

// --- values ---

Handle abc_handle() {
  std::string columns;
  append_key_bytes("abc", columns);
  return Handle::common(columns);
}

struct IndexValueFixture {
  FieldType type = FieldType::bigint();
  Value value = Value(7);

  std::string encode(bool distinct, const Handle& handle, std::optional<std::int64_t> partition = std::nullopt) const {
    const RestoredColumn column{3, &type, &value};
    std::string out;
    append_index_value({distinct, &handle, partition, std::span(&column, 1)}, out);
    return hex(out);
  }
};

TEST(IndexValue, LayoutsHaveTheirBytes) {
  const IndexValueFixture plain;
  EXPECT_EQ(plain.encode(true, Handle(5)), "0000000000000005");
  EXPECT_EQ(plain.encode(false, Handle(5)), "30");
  EXPECT_EQ(plain.encode(true, abc_handle()), "007d017f000a016162630000000000fa");
  EXPECT_EQ(plain.encode(false, abc_handle()), "007d01");
  EXPECT_EQ(plain.encode(true, Handle(5), 120), "087e80000000000000780000000000000005");
  EXPECT_EQ(plain.encode(false, Handle(5), 120), "007e8000000000000078");
  const IndexValueFixture ci{varchar("utf8mb4_general_ci"), Value("Ab")};
  EXPECT_EQ(ci.encode(false, abc_handle()), "007d018000010000000302004162");
  EXPECT_EQ(ci.encode(true, Handle(5)), "0880000100000003020041620000000000000005");
  const IndexValueFixture bin{varchar("utf8mb4_bin"), Value("Ab  ")};
  EXPECT_EQ(bin.encode(false, abc_handle()), "007d0180000100000003010002");
}

TEST(IndexValue, LayoutsAreReadBack) {
  const IndexValueFixture plain;
  const IndexValueFixture ci{varchar("utf8mb4_general_ci"), Value("Ab")};
  for (const IndexValueFixture* fixture : {&plain, &ci}) {
    for (const Handle& handle : {Handle(5), Handle(-1), abc_handle()}) {
      for (const bool distinct : {false, true}) {
        const std::string bytes = unhex(fixture->encode(distinct, handle));
        const std::optional<IndexValueView> view = decode_index_value(bytes);
        ASSERT_TRUE(view.has_value()) << hex(bytes);
        EXPECT_EQ(view->is_distinct(), distinct) << hex(bytes);
        if (distinct) {
          EXPECT_EQ(*view->handle, handle) << hex(bytes);
        }
        if (fixture == &ci) {
          std::string text;
          ASSERT_TRUE(restore_string(3, ci.type, "\0A\0B", *view, text));
          EXPECT_EQ(text, "Ab");
        }
      }
    }
  }
  const std::string global_bytes = unhex("087e80000000000000780000000000000005");
  const std::optional<IndexValueView> global = decode_index_value(global_bytes);
  ASSERT_TRUE(global.has_value());
  EXPECT_EQ(global->partition_id, 120);
  EXPECT_EQ(*global->handle, Handle(5));
}

TEST(IndexValue, StrippedSpacesAreRestored) {
  const IndexValueFixture bin{varchar("utf8mb4_bin"), Value("Ab  ")};
  std::string text;
  for (const Handle& handle : {Handle(5), abc_handle()}) {
    const std::string bytes = unhex(bin.encode(false, handle));
    const std::optional<IndexValueView> view = decode_index_value(bytes);
    ASSERT_TRUE(view.has_value());
    ASSERT_TRUE(restore_string(3, bin.type, "Ab", *view, text));
    EXPECT_EQ(text, "Ab  ");
  }
}

TEST(IndexValue, MalformedValuesAreRefused) {
  for (const char* text : {"", "007d02aabbccddeeff0011", "ff00000000000000000000", "007d017fffff00000000000000"}) {
    EXPECT_FALSE(decode_index_value(unhex(text)).has_value()) << text;
  }
}

}  // namespace
}  // namespace sluice::codec
