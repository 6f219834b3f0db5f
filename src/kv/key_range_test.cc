#include "kv/key_range.h"

#include <gtest/gtest.h>

#include "kv/timestamp.h"

namespace sluice::kv {
namespace {

using std::string_literals::operator""s;

struct PrefixEndCase {
  const char* name;
  std::string prefix;
  std::string end;
};
class PrefixEnd : public testing::TestWithParam<PrefixEndCase> {};

TEST_P(PrefixEnd, IsTheLeastKeyAboveThePrefix) { EXPECT_EQ(prefix_end(GetParam().prefix), GetParam().end); }

INSTANTIATE_TEST_SUITE_P(Cases, PrefixEnd,
                         testing::Values(PrefixEndCase{"plain", "abc", "abd"},
                                         PrefixEndCase{"carries_over_ff", "a\xff\xff"s, "b"},
                                         PrefixEndCase{"all_ff_is_unbounded", "\xff\xff"s, ""},
                                         PrefixEndCase{"empty_is_unbounded", "", ""},
                                         PrefixEndCase{"high_bytes_are_unsigned", "\x7f"s, "\x80"s}),
                         [](const auto& info) { return info.param.name; });

TEST(KeyRange, IsHalfOpen) {
  const KeyRange range{"b", "d"};
  EXPECT_FALSE(range.contains("a"));
  EXPECT_TRUE(range.contains("b"));
  EXPECT_TRUE(range.contains("c\xff"));
  EXPECT_FALSE(range.contains("d"));
}

TEST(KeyRange, EmptyEndIsUnbounded) { EXPECT_TRUE((KeyRange{"b", ""}).contains("\xfe")); }

TEST(Timestamp, SplitsIntoMillisecondsAndLogicalPart) {
  const Timestamp ts = compose_timestamp(1'700'000'000'123, 77);
  EXPECT_EQ(physical_ms(ts), 1'700'000'000'123u);
  EXPECT_EQ(logical_part(ts), 77u);
}

}  // namespace
}  // namespace sluice::kv
