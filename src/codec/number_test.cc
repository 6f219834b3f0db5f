#include "codec/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "codec/hex_testing.h"

namespace sluice::codec {
namespace {

template <class T, class Append>
std::string encoded(T value, Append append) {
  std::string out;
  append(value, out);
  return out;
}

TEST(Number, IntegersHaveTheirKeyBytes) {
  EXPECT_EQ(hex(encoded(std::int64_t{5}, append_int)), "8000000000000005");
  EXPECT_EQ(hex(encoded(std::int64_t{-1}, append_int)), "7fffffffffffffff");
  EXPECT_EQ(hex(encoded(std::uint64_t{258}, append_uint)), "0000000000000102");
}

TEST(Number, DoublesHaveTheirKeyBytes) {
  EXPECT_EQ(hex(encoded(1.5, append_float)), "bff8000000000000");
  EXPECT_EQ(hex(encoded(-1.5, append_float)), "4007ffffffffffff");
  EXPECT_EQ(hex(encoded(-0.0, append_float)), hex(encoded(0.0, append_float)));
}

TEST(Number, VarintsAreZigzagLeb128) {
  EXPECT_EQ(hex(encoded(std::int64_t{2}, append_varint)), "04");
  EXPECT_EQ(hex(encoded(std::int64_t{-1}, append_varint)), "01");
  EXPECT_EQ(hex(encoded(std::uint64_t{300}, append_uvarint)), "ac02");
}

TEST(Number, EveryValueIsReadBackAndOrdersAsItsBytes) {
  std::mt19937_64 random(1);
  const auto random_int = [&] { return static_cast<std::int64_t>(random()) >> (random() % 64); };
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t a = random_int();
    const std::int64_t b = random_int();
    EXPECT_EQ(a < b, encoded(a, append_int) < encoded(b, append_int));
    const double x = static_cast<double>(a) * 1e-3;
    const double y = static_cast<double>(b) * 1e-3;
    EXPECT_EQ(x < y, encoded(x, append_float) < encoded(y, append_float));
    const std::string bytes =
        encoded(a, append_varint) + encoded(static_cast<std::uint64_t>(b), append_uvarint) + encoded(x, append_float);
    std::string_view in = bytes;
    std::int64_t signed_back;
    std::uint64_t unsigned_back;
    double double_back;
    ASSERT_TRUE(decode_varint(in, signed_back) && decode_uvarint(in, unsigned_back) && decode_float(in, double_back));
    EXPECT_EQ(signed_back, a);
    EXPECT_EQ(unsigned_back, static_cast<std::uint64_t>(b));
    EXPECT_EQ(double_back, x);
    EXPECT_TRUE(in.empty());
  }
}

TEST(Number, ShortOrOverlongInputIsRefused) {
  std::int64_t number;
  std::uint64_t unsigned_number;
  std::string_view in = "1234567";
  EXPECT_FALSE(decode_int(in, number));
  in = "\x80\x80";
  EXPECT_FALSE(decode_uvarint(in, unsigned_number));
  const std::string overlong(11, '\xff');
  in = overlong;
  EXPECT_FALSE(decode_uvarint(in, unsigned_number));
}

}  // namespace
}  // namespace sluice::codec
