#include "codec/table_key.h"

#include <gtest/gtest.h>

#include "codec/datum.h"
#include "codec/hex_testing.h"

namespace sluice::codec {
namespace {

Handle common_handle() {
  std::string columns;
  append_key_bytes("abc", columns);
  append_key_int64(7, columns);
  return Handle::common(columns);
}

TEST(TableKey, RecordKeysHaveTheirLayout) {
  EXPECT_EQ(hex(record_key(10, Handle(5))), "74800000000000000a5f728000000000000005");
  EXPECT_EQ(hex(record_key(10, common_handle())), "74800000000000000a5f72016162630000000000fa038000000000000007");
  std::string fast;
  append_record_key(10, 5, fast);
  EXPECT_EQ(fast, record_key(10, Handle(5)));
}

TEST(TableKey, PrefixesHaveTheirLayout) {
  EXPECT_EQ(hex(table_prefix(10)), "74800000000000000a");
  EXPECT_EQ(hex(record_prefix(10)), "74800000000000000a5f72");
  EXPECT_EQ(hex(index_prefix(10, 1)), "74800000000000000a5f698000000000000001");
  EXPECT_LT(all_indexes_prefix(10), record_prefix(10));
}

TEST(TableKey, RecordKeysAreReadBack) {
  for (const Handle& handle : {Handle(5), Handle(-5), common_handle(), Handle::common("ab")}) {
    std::int64_t table_id;
    Handle back;
    ASSERT_TRUE(decode_record_key(record_key(10, handle), table_id, back));
    EXPECT_EQ(table_id, 10);
    EXPECT_EQ(back, handle);
  }
  std::int64_t handle;
  ASSERT_TRUE(decode_int_handle(record_key(10, Handle(-77)), handle));
  EXPECT_EQ(handle, -77);
}

TEST(TableKey, ShortCommonHandlesArePadded) {
  std::string null_column;
  append_key_null(null_column);
  const Handle handle = Handle::common(null_column);
  EXPECT_EQ(handle.common_bytes().size(), kMinCommonHandleBytes);
  EXPECT_NE(record_key(1, handle).size(), kIntHandleRecordKeyBytes);
}

TEST(TableKey, KeysTellWhatTheyAre) {
  const std::string key = index_prefix(10, 3) + "rest";
  const std::optional<TableKey> index = decode_table_key(key);
  ASSERT_TRUE(index.has_value());
  EXPECT_TRUE(index->is_index);
  EXPECT_EQ(index->index_id, 3);
  EXPECT_EQ(index->rest, "rest");
  EXPECT_FALSE(decode_table_key("m").has_value());
  EXPECT_FALSE(decode_table_key(table_prefix(10) + "_x").has_value());
  EXPECT_EQ(decode_table_id(table_prefix(10)).value_or(0), 10);
}

TEST(TableKey, HandlesOrderAsTheirRecordKeys) {
  EXPECT_LT(Handle(-1), Handle(1));
  EXPECT_LT(record_key(1, Handle(-1)), record_key(1, Handle(1)));
  EXPECT_EQ(Handle(5).to_string(), "5");
}

}  // namespace
}  // namespace sluice::codec
