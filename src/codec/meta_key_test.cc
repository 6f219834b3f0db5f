#include "codec/meta_key.h"

#include <gtest/gtest.h>

#include "codec/hex_testing.h"

namespace sluice::codec {
namespace {

TEST(MetaKey, StructuresHaveTheirLayout) {
  EXPECT_EQ(hex(meta_string_key("SchemaVersionKey")),
            "6d536368656d615665ff7273696f6e4b6579ff0000000000000000f70000000000000073");
  EXPECT_EQ(hex(meta_string_key("Diff:7")), "6d446966663a370000fd0000000000000073");
  EXPECT_EQ(hex(meta_hash_field_key("DBs", "DB:56")), "6d4442730000000000fa000000000000006844423a3536000000fc");
  EXPECT_EQ(hex(meta_hash_field_key("DB:56", "TID:108")), "6d44423a3536000000fc00000000000000685449443a31303800fe");
  EXPECT_EQ(hex(meta_hash_field_key("DB:2", "Table:104")),
            "6d44423a3200000000fb00000000000000685461626c653a3130ff3400000000000000f8");
  EXPECT_EQ(hex(meta_hash_field_key("DDLJobHistory", unhex("000000000000005a"))),
            "6d44444c4a6f624869ff73746f7279000000fc0000000000000068000000000000005aff0000000000000000f7");
  EXPECT_EQ(hex(meta_list_key("DDLJobList")), "6d44444c4a6f624c69ff7374000000000000f9000000000000004c");
  EXPECT_EQ(hex(meta_list_item_key("DDLJobList", 0)),
            "6d44444c4a6f624c69ff7374000000000000f9000000000000006c8000000000000000");
}

TEST(MetaKey, HashFieldsAreReadBack) {
  std::string key;
  std::string field;
  ASSERT_TRUE(decode_meta_hash_field_key(meta_hash_field_key("DB:56", "Table:108"), key, field));
  EXPECT_EQ(key, "DB:56");
  EXPECT_EQ(field, "Table:108");
  EXPECT_FALSE(decode_meta_hash_field_key(meta_string_key("x"), key, field));
  EXPECT_FALSE(decode_meta_hash_field_key("", key, field));
}

TEST(MetaKey, FieldsOfAHashShareItsPrefix) {
  EXPECT_TRUE(meta_hash_field_key("DBs", "DB:1").starts_with(meta_hash_prefix("DBs")));
}

}  // namespace
}  // namespace sluice::codec
