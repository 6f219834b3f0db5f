#include "codec/bytes.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/hex_testing.h"

namespace sluice::codec {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out;
  append_bytes(bytes, out);
  return out;
}

TEST(Bytes, GroupsOfEightWithMarkers) {
  EXPECT_EQ(hex(encoded("")), "0000000000000000f7");
  EXPECT_EQ(hex(encoded(unhex("010203"))), "0102030000000000fa");
  EXPECT_EQ(hex(encoded(unhex("01020300"))), "0102030000000000fb");
  EXPECT_EQ(hex(encoded(unhex("0102030405060708"))), "0102030405060708ff0000000000000000f7");
  EXPECT_EQ(hex(encoded(unhex("010203040506070809"))), "0102030405060708ff0900000000000000f8");
}

TEST(Bytes, RandomStringsAreReadBackAndOrderAsTheirBytes) {
  std::mt19937_64 random(2);
  const auto random_string = [&] {
    std::string text(random() % 20, '\0');
    for (char& c : text) c = static_cast<char>(random() % 3 == 0 ? 0 : random());
    return text;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string a = random_string();
    const std::string b = random() % 4 == 0 ? a + random_string() : random_string();
    const std::string bytes = encoded(a);
    EXPECT_EQ(bytes.size(), encoded_bytes_size(a.size()));
    EXPECT_EQ(a < b, bytes < encoded(b));
    const std::string followed = bytes + "tail";
    std::string_view in = followed;
    std::string back;
    ASSERT_TRUE(decode_bytes(in, back));
    EXPECT_EQ(back, a);
    EXPECT_EQ(in, "tail");
    in = followed;
    ASSERT_TRUE(skip_bytes(in));
    EXPECT_EQ(in, "tail");
  }
}

TEST(Bytes, MalformedGroupsAreRefused) {
  std::string out;
  for (const char* text :
       {"", "0102", "0102030405060708ff", "01020300000000ff00", "0102030000000001fa", "010203000000000010"}) {
    const std::string bytes = unhex(text);
    std::string_view in = bytes;
    EXPECT_FALSE(decode_bytes(in, out)) << text;
  }
}

TEST(Bytes, CompactBytesCarryTheirLength) {
  std::string out;
  append_compact_bytes("ab", out);
  EXPECT_EQ(hex(out), "046162");
  std::string_view in = out;
  std::string_view back;
  ASSERT_TRUE(decode_compact_bytes(in, back));
  EXPECT_EQ(back, "ab");
  in = "\x06"
       "ab";
  EXPECT_FALSE(decode_compact_bytes(in, back));
}

TEST(Bytes, NextAfterPrefixIsTheSmallestKeyAbove) {
  EXPECT_EQ(next_after_prefix("ab"), "ac");
  EXPECT_EQ(next_after_prefix("a\xff"), "b");
  EXPECT_EQ(next_after_prefix("\xff\xff"), "");
}

}  // namespace
}  // namespace sluice::codec
