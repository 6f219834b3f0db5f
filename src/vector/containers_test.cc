// Packed rows, join and group tables, sorting and spilling, against simple models.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "base/sql_error.h"
#include "base/stop_token.h"
#include "types/collation.h"
#include "types/compare.h"
#include "types/value.h"
#include "vector/group_table.h"
#include "vector/join_table.h"
#include "vector/sorter.h"

namespace sluice::vector {
namespace {

using types::PhysicalType;
using types::Value;

const types::Collation* general_ci() { return types::find_collation("utf8mb4_general_ci"); }

// Rows of (int64, string) with NULLs and repeats.
Chunk random_chunk(std::mt19937_64& random, std::size_t row_count, std::uint64_t distinct) {
  Chunk chunk(std::vector<PhysicalType>{PhysicalType::kInt64, PhysicalType::kString});
  for (std::size_t row = 0; row < row_count; ++row) {
    if (random() % 10 == 0) {
      chunk.columns[0].append_null();
    } else {
      chunk.columns[0].append(static_cast<std::int64_t>(random() % distinct) - static_cast<std::int64_t>(distinct / 2));
    }
    if (random() % 10 == 0) {
      chunk.columns[1].append_null();
    } else {
      const std::uint64_t number = random() % distinct;
      chunk.columns[1].append_string((number % 2 == 0 ? "Key number " : "KEY NUMBER ") + std::to_string(number / 2));
    }
  }
  chunk.row_count = row_count;
  return chunk;
}

std::vector<const ColumnVector*> pointers(const Chunk& chunk) {
  std::vector<const ColumnVector*> result;
  for (const ColumnVector& column : chunk.columns) result.push_back(&column);
  return result;
}

std::string row_text(const Chunk& chunk, std::size_t row) {
  std::string text;
  for (const ColumnVector& column : chunk.columns) {
    const Value value = column.value_at(row);
    text += value.is_null()                       ? "NULL"
            : value.kind() == Value::Kind::kInt64 ? std::to_string(value.as_int64())
                                                  : value.as_string();
    text += '|';
  }
  return text;
}

TEST(RowContainer, ReturnsRowsInOrderAndReleasesMemory) {
  MemoryTracker tracker("test");
  std::mt19937_64 random(1);
  {
    RowContainer rows(RowLayout({PhysicalType::kInt64, PhysicalType::kString}, 0), &tracker);
    std::vector<std::string> expected;
    for (int round = 0; round < 20; ++round) {
      const Chunk chunk = random_chunk(random, 1000, 100);
      rows.append(chunk);
      for (std::size_t row = 0; row < chunk.row_count; ++row) expected.push_back(row_text(chunk, row));
    }
    EXPECT_GT(tracker.bytes(), 0);
    Chunk out(std::vector<PhysicalType>{PhysicalType::kInt64, PhysicalType::kString});
    std::vector<const std::byte*> addresses;
    std::size_t position = 0;
    for (;;) {
      rows.collect_rows(position, 777, addresses);
      if (addresses.empty()) break;
      rows.gather(addresses, out);
      for (std::size_t row = 0; row < out.row_count; ++row) ASSERT_EQ(row_text(out, row), expected[position + row]);
      position += out.row_count;
    }
    EXPECT_EQ(position, expected.size());
  }
  EXPECT_EQ(tracker.bytes(), 0);
}

TEST(JoinTable, FindsEveryMatchOnce) {
  MemoryTracker tracker("test");
  StopSource source;
  std::mt19937_64 random(2);
  for (std::uint64_t distinct : {1U, 7U, 1000U}) {
    const std::vector<KeyColumn> keys{{PhysicalType::kInt64, nullptr, false},
                                      {PhysicalType::kString, general_ci(), true}};
    JoinTable table({PhysicalType::kInt64, PhysicalType::kString}, {0, 1}, keys, UnfindableRows::kKept, &tracker);
    JoinTable part({PhysicalType::kInt64, PhysicalType::kString}, {0, 1}, keys, UnfindableRows::kKept, &tracker);
    const Chunk build_one = random_chunk(random, 150, distinct);
    const Chunk build_two = random_chunk(random, 100, distinct);
    table.append(build_one);
    part.append(build_two);
    table.absorb(std::move(part));
    table.finish(source.token());
    EXPECT_EQ(table.row_count(), 250U);
    const Chunk probe_chunk = random_chunk(random, 200, distinct);
    std::map<std::size_t, std::size_t> expected;
    for (std::size_t row = 0; row < 200; ++row) {
      for (const Chunk* build : {&build_one, &build_two}) {
        for (std::size_t other = 0; other < build->row_count; ++other) {
          const Value a = probe_chunk.columns[0].value_at(row);
          const Value b = build->columns[0].value_at(other);
          if (a.is_null() || b.is_null() || types::compare(a, b, nullptr) != 0) continue;
          const Value c = probe_chunk.columns[1].value_at(row);
          const Value d = build->columns[1].value_at(other);
          if (types::compare(c, d, general_ci()) == 0) ++expected[row];
        }
      }
    }
    JoinProbe probe;
    probe.begin(table, pointers(probe_chunk), ActiveRows::all(200));
    std::vector<std::uint16_t> probe_rows;
    std::vector<const std::byte*> stored;
    std::map<std::size_t, std::size_t> found;
    std::size_t last = 0;
    while (probe.next(64, probe_rows, stored)) {
      EXPECT_EQ(probe_rows.size(), stored.size());
      for (std::uint16_t row : probe_rows) {
        EXPECT_GE(row, last);
        last = row;
        ++found[row];
      }
      table.mark_matched(stored.front());
      EXPECT_TRUE(table.is_matched(stored.front()));
    }
    EXPECT_EQ(found, expected) << distinct;
  }
  EXPECT_EQ(tracker.bytes(), 0);
}

TEST(JoinTable, SignedAndUnsignedKeysMatchByValue) {
  StopSource source;
  JoinTable table({PhysicalType::kUInt64}, {0}, {{PhysicalType::kUInt64, nullptr, false}}, UnfindableRows::kKept,
                  nullptr);
  Chunk build(std::vector<PhysicalType>{PhysicalType::kUInt64});
  build.columns[0].append(UINT64_MAX);
  build.columns[0].append(std::uint64_t{5});
  build.row_count = 2;
  table.append(build);
  table.finish(source.token());
  Chunk probe_chunk(std::vector<PhysicalType>{PhysicalType::kInt64});
  probe_chunk.columns[0].append(std::int64_t{-1});
  probe_chunk.columns[0].append(std::int64_t{5});
  probe_chunk.row_count = 2;
  JoinProbe probe;
  probe.begin(table, pointers(probe_chunk), ActiveRows::all(2));
  std::vector<std::uint16_t> rows;
  std::vector<const std::byte*> stored;
  ASSERT_TRUE(probe.next(10, rows, stored));
  EXPECT_EQ(rows, std::vector<std::uint16_t>{1});
}

TEST(GroupTable, GroupsByCollationAndCountsRows) {
  MemoryTracker tracker("test");
  StopSource source;
  std::mt19937_64 random(3);
  {
    GroupTable table({{PhysicalType::kInt64, nullptr, true}, {PhysicalType::kString, general_ci(), true}}, 16,
                     &tracker);
    std::map<std::string, std::int64_t> expected;
    std::vector<std::byte*> states(1000);
    std::vector<std::byte*> fresh;
    for (int round = 0; round < 10; ++round) {
      const Chunk chunk = random_chunk(random, 1000, 60);
      table.find_or_insert(pointers(chunk), ActiveRows::all(1000), states, fresh, source.token());
      for (std::size_t row = 0; row < 1000; ++row) {
        ++*reinterpret_cast<std::int64_t*>(states[row]);
        std::string text = row_text(chunk, row);
        std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
        ++expected[text];
      }
    }
    EXPECT_EQ(table.group_count(), expected.size());
    Chunk keys(std::vector<PhysicalType>{PhysicalType::kInt64, PhysicalType::kString});
    std::vector<std::byte*> group_states;
    std::size_t position = 0;
    while (table.read(position, 100, keys, group_states) != 0) {
      for (std::size_t row = 0; row < keys.row_count; ++row) {
        std::string text = row_text(keys, row);
        std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
        EXPECT_EQ(*reinterpret_cast<std::int64_t*>(group_states[row]), expected[text]) << text;
      }
      position += keys.row_count;
    }
    EXPECT_EQ(position, expected.size());
  }
  EXPECT_EQ(tracker.bytes(), 0);
}

TEST(GroupTable, WithoutKeysAllRowsAreOneGroup) {
  StopSource source;
  GroupTable table({}, 16, nullptr);
  std::vector<std::byte*> states(3);
  std::vector<std::byte*> fresh;
  table.find_or_insert({}, ActiveRows::all(3), states, fresh, source.token());
  EXPECT_EQ(table.group_count(), 1U);
  EXPECT_EQ(fresh.size(), 1U);
  EXPECT_EQ(states[0], states[2]);
}

class SortedRows : public testing::TestWithParam<bool> {};

TEST_P(SortedRows, ComeInOrderWithAndWithoutSpilling) {
  const bool spills = GetParam();
  MemoryTracker tracker("test");
  TempDir directory;
  DiskQuota quota;
  StopSource source;
  std::mt19937_64 random(4);
  const std::vector<SortColumn> order{{PhysicalType::kString, general_ci(), true},
                                      {PhysicalType::kInt64, nullptr, false}};
  {
    Sorter sorter({PhysicalType::kInt64, PhysicalType::kString}, order, &tracker, {&directory, &quota});
    std::vector<std::pair<Value, Value>> expected;
    for (int round = 0; round < 16; ++round) {
      const Chunk chunk = random_chunk(random, 1000, 500);
      const ColumnVector* keys[] = {&chunk.columns[1], &chunk.columns[0]};
      sorter.append(chunk, keys, source.token());
      for (std::size_t row = 0; row < 1000; ++row) {
        expected.emplace_back(chunk.columns[0].value_at(row), chunk.columns[1].value_at(row));
      }
      if (spills && round % 4 == 3) sorter.spill(source.token());
    }
    EXPECT_EQ(sorter.row_count(), expected.size());
    EXPECT_EQ(sorter.spilled_run_count(), spills ? 4U : 0U);
    std::stable_sort(expected.begin(), expected.end(), [](const auto& left, const auto& right) {
      const int by_text = types::compare(left.second, right.second, general_ci());
      if (by_text != 0) return by_text > 0;
      return types::compare(left.first, right.first, nullptr) < 0;
    });
    sorter.finish(source.token());
    Chunk out;
    std::size_t position = 0;
    while (sorter.next(out, source.token())) {
      for (std::size_t row = 0; row < out.row_count; ++row, ++position) {
        ASSERT_EQ(out.columns[0].value_at(row), expected[position].first) << position;
        ASSERT_EQ(out.columns[1].value_at(row), expected[position].second) << position;
      }
    }
    EXPECT_EQ(position, expected.size());
  }
  EXPECT_EQ(tracker.bytes(), 0);
  EXPECT_EQ(quota.bytes(), 0);
}
INSTANTIATE_TEST_SUITE_P(All, SortedRows, testing::Bool());

TEST(Sorter, SpillsByItselfWhenMemoryIsShort) {
  MemoryTracker tracker("test", nullptr, 1 << 20);
  TempDir directory;
  StopSource source;
  std::mt19937_64 random(8);
  {
    Sorter sorter({PhysicalType::kInt64, PhysicalType::kString}, {{PhysicalType::kInt64, nullptr, false}}, &tracker,
                  {&directory, nullptr});
    for (int round = 0; round < 50; ++round) {
      const Chunk chunk = random_chunk(random, 1000, 500);
      const ColumnVector* keys[] = {&chunk.columns[0]};
      sorter.append(chunk, keys, source.token());
      EXPECT_FALSE(tracker.over_limit());
    }
    EXPECT_GT(sorter.spilled_run_count(), 0U);
    sorter.finish(source.token());
    Chunk out;
    std::size_t count = 0;
    while (sorter.next(out, source.token())) count += out.row_count;
    EXPECT_EQ(count, 50'000U);
  }
  EXPECT_EQ(tracker.bytes(), 0);
}

TEST(Sorter, StopLeavesNothing) {
  MemoryTracker tracker("test");
  TempDir directory;
  DiskQuota quota;
  StopSource source;
  std::mt19937_64 random(5);
  {
    Sorter sorter({PhysicalType::kInt64, PhysicalType::kString}, {{PhysicalType::kInt64, nullptr, false}}, &tracker,
                  {&directory, &quota});
    const Chunk chunk = random_chunk(random, 1000, 500);
    const ColumnVector* keys[] = {&chunk.columns[0]};
    sorter.append(chunk, keys, source.token());
    sorter.spill(source.token());
    source.request_stop(StopReason::kQueryKilled);
    EXPECT_THROW(sorter.append(chunk, keys, source.token()), Stopped);
  }
  EXPECT_EQ(tracker.bytes(), 0);
  EXPECT_EQ(quota.bytes(), 0);
}

TEST(Sorter, FullDiskIsAnSqlError) {
  TempDir directory;
  DiskQuota quota(100);
  StopSource source;
  std::mt19937_64 random(6);
  Sorter sorter({PhysicalType::kInt64, PhysicalType::kString}, {{PhysicalType::kInt64, nullptr, false}}, nullptr,
                {&directory, &quota});
  const Chunk chunk = random_chunk(random, 1000, 500);
  const ColumnVector* keys[] = {&chunk.columns[0]};
  sorter.append(chunk, keys, source.token());
  try {
    sorter.spill(source.token());
    FAIL() << "the quota of 100 bytes was passed";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.number(), 1021);
  }
}

TEST(TopRows, AreTheFirstOfTheOrder) {
  MemoryTracker tracker("test");
  StopSource source;
  std::mt19937_64 random(7);
  for (std::size_t limit : {0U, 1U, 10U, 5000U}) {
    TopRows top({PhysicalType::kInt64, PhysicalType::kString}, {{PhysicalType::kInt64, nullptr, true}}, limit,
                &tracker);
    std::vector<Value> expected;
    for (int round = 0; round < 10; ++round) {
      const Chunk chunk = random_chunk(random, 1000, 100000);
      const ColumnVector* keys[] = {&chunk.columns[0]};
      top.append(chunk, keys, source.token());
      for (std::size_t row = 0; row < 1000; ++row) expected.push_back(chunk.columns[0].value_at(row));
    }
    top.finish(source.token());
    std::stable_sort(expected.begin(), expected.end(),
                     [](const Value& left, const Value& right) { return types::compare(left, right, nullptr) > 0; });
    Chunk out(std::vector<PhysicalType>{PhysicalType::kInt64, PhysicalType::kString});
    std::size_t position = 0;
    while (top.next(out, source.token())) {
      for (std::size_t row = 0; row < out.row_count; ++row, ++position) {
        ASSERT_EQ(out.columns[0].value_at(row), expected[position]) << position;
      }
    }
    EXPECT_EQ(position, limit);
  }
  EXPECT_EQ(tracker.bytes(), 0);
}

TEST(SortKey, OrdersAsValuesDo) {
  const std::vector<std::pair<PhysicalType, std::vector<Value>>> ascending = {
      {PhysicalType::kInt64,
       {Value::null(), Value(INT64_MIN), Value(std::int64_t{-1}), Value(std::int64_t{0}), Value(INT64_MAX)}},
      {PhysicalType::kUInt64, {Value(std::uint64_t{0}), Value(UINT64_MAX)}},
      {PhysicalType::kDouble, {Value(-1e300), Value(-1.5), Value(0.0), Value(1e-300), Value(2.0)}},
      {PhysicalType::kDecimal,
       {Value(types::Decimal::parse("-100.5")), Value(types::Decimal::parse("-99")),
        Value(types::Decimal::parse("-0.02")), Value(types::Decimal::parse("-0.01")), Value(types::Decimal::parse("0")),
        Value(types::Decimal::parse("0.001")), Value(types::Decimal::parse("0.01")),
        Value(types::Decimal::parse("1.5")), Value(types::Decimal::parse("1.50001")),
        Value(types::Decimal::parse("10"))}},
      {PhysicalType::kString, {Value(""), Value("a"), Value(std::string("a\0b", 3)), Value("ab"), Value("b")}},
  };
  for (bool descending : {false, true}) {
    for (const auto& [type, values] : ascending) {
      ColumnVector column(type);
      for (const Value& value : values) column.append_value(value);
      const ColumnVector* columns[] = {&column};
      const SortColumn order[] = {{type, types::binary_collation(), descending}};
      for (std::size_t row = 0; row + 1 < values.size(); ++row) {
        std::string left;
        std::string right;
        append_sort_key(order, columns, row, left);
        append_sort_key(order, columns, row + 1, right);
        EXPECT_EQ(left < right, !descending) << "type " << static_cast<int>(type) << " row " << row;
      }
    }
  }
  // Equal numbers of different scales have one key.
  ColumnVector column(PhysicalType::kDecimal);
  column.append_value(Value(types::Decimal::parse("1.5")));
  column.append_value(Value(types::Decimal::parse("1.500")));
  const ColumnVector* columns[] = {&column};
  const SortColumn order[] = {{PhysicalType::kDecimal, nullptr, false}};
  std::string left;
  std::string right;
  append_sort_key(order, columns, 0, left);
  append_sort_key(order, columns, 1, right);
  EXPECT_EQ(left, right);
}

}  // namespace
}  // namespace sluice::vector
