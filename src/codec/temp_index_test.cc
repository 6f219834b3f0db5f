#include "codec/temp_index.h"

#include <gtest/gtest.h>

#include "codec/datum.h"
#include "codec/hex_testing.h"

namespace sluice::codec {
namespace {

std::string encoded(const TempIndexElement& element) {
  std::string out;
  append_temp_index_element(element, out);
  return hex(out);
}

TEST(TempIndex, KeyMarksTheIndexId) {
  std::string key = index_prefix(10, temp_index_id(1));
  append_key_int64(7, key);
  EXPECT_EQ(hex(key), "74800000000000000a5f69ffff000000000001038000000000000007");
  EXPECT_EQ(original_index_id(temp_index_id(1)), 1);
  EXPECT_TRUE(is_temp_index_id(temp_index_id(1)));
  EXPECT_FALSE(is_temp_index_id(1));
}

TEST(TempIndex, ElementsHaveTheirBytes) {
  const std::string value = unhex("0000000000000005");
  EXPECT_EQ(encoded({false, true, value, {}, TempIndexVersion::kBackfill}), "000008000000000000000562");
  EXPECT_EQ(encoded({false, false, "0", {}, TempIndexVersion::kBackfill}), "013062");
  EXPECT_EQ(encoded({true, true, {}, Handle(5), TempIndexVersion::kBackfill}), "020008000000000000000562");
  EXPECT_EQ(encoded({true, false, {}, {}, TempIndexVersion::kBackfill}), "0362");
}

TEST(TempIndex, ListsAreReadOldestFirst) {
  const std::string value = unhex(
      "000008000000000000000562"
      "020008000000000000000564"
      "00000800000000000000066d");
  const auto elements = decode_temp_index_value(value);
  ASSERT_TRUE(elements.has_value());
  ASSERT_EQ(elements->size(), 3u);
  EXPECT_EQ(hex((*elements)[0].index_value), "0000000000000005");
  EXPECT_TRUE((*elements)[1].is_delete);
  EXPECT_EQ((*elements)[1].handle, Handle(5));
  EXPECT_EQ((*elements)[1].version, TempIndexVersion::kDeleteOnly);
  EXPECT_EQ((*elements)[2].version, TempIndexVersion::kMerge);
}

TEST(TempIndex, MalformedValuesAreRefused) {
  for (const char* text : {"", "00", "0000080000", "0478", "0378", "01", "02000062"}) {
    EXPECT_FALSE(decode_temp_index_value(unhex(text)).has_value()) << text;
  }
}

}  // namespace
}  // namespace sluice::codec
