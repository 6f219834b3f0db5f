#include "types/charset.h"

#include <random>

#include <gtest/gtest.h>

#include "types/case_mapping.h"
#include "types/collation.h"
#include "types/utf8.h"

namespace sluice::types {
namespace {

TEST(Utf8, DecodesEveryCodePointThatItEncodes) {
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    std::string text;
    append_utf8(code_point, text);
    const DecodedCharacter first = decode_utf8(text);
    ASSERT_EQ(first.code_point, code_point);
    ASSERT_EQ(first.byte_count, text.size());
    ASSERT_EQ(decode_last_utf8("x" + text).code_point, code_point);
  }
}

TEST(Utf8, RefusesBrokenSequences) {
  for (const std::string_view broken :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xE4\xB8", "\xF0\x9F\x98", "\xC3"}) {
    EXPECT_EQ(decode_utf8(broken).byte_count, 1U);
    EXPECT_EQ(valid_utf8_prefix(broken), 0U);
    EXPECT_EQ(valid_utf8_prefix("12345678ab" + std::string(broken)), 10U);
  }
}

TEST(Utf8, LengthAndOffsetAgreeWithAWalk) {
  std::mt19937 random(20240607);
  constexpr std::string_view kPieces[] = {"a", "bcdefgh", "é", "中", "😀", "12345678"};
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (unsigned count = random() % 12; count != 0; --count) text += kPieces[random() % std::size(kPieces)];
    std::vector<std::size_t> starts;
    for (std::size_t position = 0; position < text.size();
         position += decode_utf8(std::string_view(text).substr(position)).byte_count)
      starts.push_back(position);
    ASSERT_EQ(utf8_length(text), starts.size());
    for (std::size_t index = 0; index <= starts.size() + 2; ++index) {
      ASSERT_EQ(utf8_offset(text, index), index < starts.size() ? starts[index] : text.size())
          << text << " at " << index;
    }
  }
}

TEST(Charset, IsFoundByNameInAnyCase) {
  EXPECT_EQ(find_charset("UTF8MB4"), utf8mb4_charset());
  EXPECT_EQ(find_charset("utf8mb3"), find_charset("utf8"));
  EXPECT_EQ(find_charset("koi8r"), nullptr);
  EXPECT_EQ(find_charset("gbk")->default_collation()->name, "gbk_chinese_ci");
}

struct EncodingCase {
  const char* charset;
  const char* utf8;
  const char* encoded;
};

TEST(Charset, EncodesAndDecodes) {
  for (const EncodingCase& test_case : {EncodingCase{"latin1", "é€", "\xE9\x80"},
                                        EncodingCase{"gbk", "一a",
                                                     "\xD2\xBB"
                                                     "a"},
                                        EncodingCase{"utf8mb4", "中", "中"}}) {
    const Charset* charset = find_charset(test_case.charset);
    std::string encoded;
    charset->encode(test_case.utf8, encoded);
    EXPECT_EQ(encoded, test_case.encoded) << test_case.charset;
    EXPECT_EQ(charset->encoded_length(test_case.utf8), encoded.size());
    std::string decoded;
    EXPECT_TRUE(charset->decode(encoded, decoded));
    EXPECT_EQ(decoded, test_case.utf8);
  }
}

TEST(Charset, ReplacesWhatItCannotHold) {
  std::string out;
  find_charset("latin1")->encode("中x", out);
  EXPECT_EQ(out, "?x");
  out.clear();
  EXPECT_FALSE(find_charset("gbk")->decode("a\xFF\xFFz", out));
  EXPECT_EQ(out, "a??z");
  out.clear();
  EXPECT_FALSE(utf8mb4_charset()->decode("a\xC3z", out));
  EXPECT_EQ(out, "a?z");
}

TEST(Charset, KnowsItsRepertoire) {
  EXPECT_TRUE(find_charset("utf8")->is_valid("中"));
  EXPECT_EQ(find_charset("utf8")->valid_prefix("a😀"), 1U);
  EXPECT_EQ(find_charset("ascii")->valid_prefix("abé"), 2U);
  EXPECT_TRUE(find_charset("latin1")->is_valid("é"));
  EXPECT_FALSE(find_charset("latin1")->is_valid("中"));
  EXPECT_TRUE(binary_charset()->is_valid("\xFF"));
}

TEST(CaseMapping, FollowsUnicodeAndLeavesBinaryAlone) {
  std::string out;
  append_upper("aéß中z", *utf8mb4_charset(), out);
  EXPECT_EQ(out, "AÉß中Z");
  out.clear();
  append_lower("AÉΩ@[Z", *utf8mb4_charset(), out);
  EXPECT_EQ(out, "aéω@[z");
  out.clear();
  append_upper("abc", *binary_charset(), out);
  EXPECT_EQ(out, "abc");
}

}  // namespace
}  // namespace sluice::types
