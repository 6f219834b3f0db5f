#include "catalog/stored_json.h"

#include <gtest/gtest.h>

#include <set>

#include "base/check.h"
#include "catalog/schema.h"
#include "catalog/system_tables.h"
#include "types/collation.h"

namespace sluice::catalog {
namespace {

TEST(StoredJson, EverySystemTableSurvivesTheRoundTrip) {
  for (const TableInfo& table : system_tables()) {
    const TableInfo again = parse_table(to_stored(table));
    EXPECT_EQ(to_stored(again), to_stored(table)) << table.name.original;
    ASSERT_EQ(again.columns.size(), table.columns.size());
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      EXPECT_EQ(again.columns[i].type, table.columns[i].type) << table.columns[i].name.original;
  }
}

TEST(StoredJson, SystemTableIdsAreUnique) {
  std::set<std::int64_t> ids;
  for (const TableInfo& table : system_tables()) EXPECT_TRUE(ids.insert(table.id).second) << table.name.original;
}

TEST(StoredJson, ColumnNamesAndDefaultsAreKept) {
  TableInfo table;
  table.id = 104;
  table.name = Name("Orders");
  ColumnInfo column;
  column.id = 3;
  column.name = Name("Flags");
  column.type = types::FieldType::of(types::TypeCode::kBit);
  column.default_value = std::string("\x05\xff", 2);
  column.origin_default = std::string("\x00", 1);
  column.dependencies = {"a", "b"};
  table.columns.push_back(column);
  const TableInfo again = parse_table(to_stored(table));
  EXPECT_EQ(again.name.original, "Orders");
  EXPECT_EQ(again.name.lower, "orders");
  EXPECT_EQ(again.columns[0].default_value, column.default_value);
  EXPECT_EQ(again.columns[0].origin_default, column.origin_default);
  EXPECT_EQ(again.columns[0].dependencies, column.dependencies);
}

TEST(StoredJson, DocumentsOfTheOtherImplementationAreRead) {
  const DatabaseInfo database = parse_database(
      R"({"id":56,"db_name":{"O":"Shop","L":"shop"},"charset":"utf8mb4","collate":"utf8mb4_bin","state":5,"policy_ref_info":null})");
  EXPECT_EQ(database.id, 56);
  EXPECT_EQ(database.name.lower, "shop");
  EXPECT_EQ(database.state, SchemaState::kPublic);
}

TEST(Schema, LookUpsIgnoreCaseAndSeeRenamedTablesOnce) {
  SchemaBuilder builder;
  DatabaseInfo database;
  database.id = 2;
  database.name = Name("Test");
  builder.put_database(database);
  TableInfo table;
  table.id = 10;
  table.name = Name("T1");
  table.state = SchemaState::kPublic;
  builder.put_table(2, table);
  SchemaPtr first = builder.build(1);
  EXPECT_EQ(first->find_public_table("TEST", "t1")->id, 10);

  SchemaBuilder next(*first);
  table.name = Name("T2");
  next.put_table(2, table);
  SchemaPtr second = next.build(2);
  EXPECT_EQ(second->find_table("test", "t1"), nullptr);
  EXPECT_EQ(second->find_table("test", "T2")->id, 10);
  EXPECT_EQ(second->tables_of("test").size(), 1u);
  EXPECT_NE(first->find_table("test", "t1"), nullptr) << "an older version never changes";

  SchemaBuilder last(*second);
  last.remove_database(2);
  SchemaPtr third = last.build(3);
  EXPECT_EQ(third->find_table(10), nullptr);
  EXPECT_TRUE(third->databases().empty());
}

TEST(Schema, ATableThatIsBeingDroppedIsNotPublic) {
  SchemaBuilder builder;
  DatabaseInfo database;
  database.id = 2;
  database.name = Name("test");
  builder.put_database(database);
  TableInfo table;
  table.id = 10;
  table.name = Name("t");
  table.state = SchemaState::kWriteOnly;
  builder.put_table(2, table);
  SchemaPtr schema = builder.build(1);
  EXPECT_NE(schema->find_table("test", "t"), nullptr);
  EXPECT_EQ(schema->find_public_table("test", "t"), nullptr);
}

}  // namespace
}  // namespace sluice::catalog
