#include "base/utf8.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::string_literals;

TEST(Utf8, EndsThePrefixBeforeTheFirstByteOfNoCharacter) {
  EXPECT_EQ(utf8_prefix(""), 0u);
  EXPECT_EQ(utf8_prefix("a\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80"), 10u);
  EXPECT_EQ(utf8_prefix("ab\xFFz"), 2u);
  EXPECT_EQ(utf8_prefix("twelve ASCII\xC3\xA9 and more\xC3("), 23u);
  EXPECT_EQ(utf8_prefix("a\xC3"), 1u);             // cut off
  EXPECT_EQ(utf8_prefix("\xC0\x80"), 0u);          // overlong
  EXPECT_EQ(utf8_prefix("\xE0\x9F\xBF"), 0u);      // overlong
  EXPECT_EQ(utf8_prefix("\xED\xA0\x80"), 0u);      // a surrogate
  EXPECT_EQ(utf8_prefix("\xF4\x90\x80\x80"), 0u);  // beyond U+10FFFF
  EXPECT_EQ(utf8_prefix("\xF4\x8F\xBF\xBF"), 4u);
}

TEST(Utf8, EscapesOnlyBytesOfNoCharacter) {
  EXPECT_EQ(escape_invalid_utf8("na\xC3\xAFve"), "na\xC3\xAFve");
  EXPECT_EQ(escape_invalid_utf8("value: '\xFF\xC3' at"), "value: '\\xFF\\xC3' at");
  EXPECT_EQ(escape_invalid_utf8("a\0b"s), "a\0b"s);
}

}  // namespace
}  // namespace sluice
