#include "types/collation.h"

#include <random>

#include <gtest/gtest.h>

#include "base/sql_error.h"
#include "types/collation_resolution.h"
#include "types/like.h"
#include "types/utf8.h"

namespace sluice::types {
namespace {

std::string key_of(std::string_view collation, std::string_view text) {
  std::string key;
  find_collation(collation)->append_sort_key(text, key);
  return key;
}

TEST(Collation, AreFoundByNameAndId) {
  EXPECT_EQ(find_collation("UTF8MB4_BIN"), utf8mb4_bin());
  EXPECT_EQ(find_collation("utf8mb3_general_ci"), find_collation("utf8_general_ci"));
  EXPECT_EQ(find_collation(std::uint16_t{46}), utf8mb4_bin());
  EXPECT_EQ(find_collation(std::uint16_t{63}), binary_collation());
  EXPECT_EQ(find_collation("latin1_german1_ci"), nullptr);
  for (const Collation* collation : all_collations()) EXPECT_EQ(find_collation(collation->id), collation);
}

TEST(Collation, SortKeysAreThoseOfStoredIndexes) {
  EXPECT_EQ(key_of("utf8mb4_bin", "abc  "), "abc");
  EXPECT_EQ(key_of("binary", "abc  "), "abc  ");
  EXPECT_EQ(key_of("utf8mb4_0900_bin", "abc "), "abc ");
  EXPECT_EQ(key_of("utf8mb4_general_ci", "ab "), std::string("\x00\x41\x00\x42", 4));
  EXPECT_EQ(key_of("utf8mb4_general_ci", "😀"), "\xFF\xFD");
  EXPECT_EQ(key_of("utf8mb4_unicode_ci", "😀"), "\xFF\xFD");
  EXPECT_EQ(key_of("gbk_bin", "一"), "\xD2\xBB");
  EXPECT_EQ(key_of("gbk_chinese_ci", "aB"), "AB");
}

struct EqualCase {
  const char* collation;
  const char* left;
  const char* right;
  bool equal;
};

TEST(Collation, EqualityFollowsMySQL) {
  const EqualCase cases[] = {
      {"utf8mb4_bin", "a", "A", false},
      {"utf8mb4_bin", "a", "a ", true},
      {"utf8mb4_0900_bin", "a", "a ", false},
      {"binary", "a", "a ", false},
      {"utf8mb4_general_ci", "a", "A", true},
      {"utf8mb4_general_ci", "a", "á", true},
      {"utf8mb4_general_ci", "ß", "s", true},
      {"utf8mb4_general_ci", "ß", "ss", false},
      {"utf8mb4_general_ci", "И", "й", false},
      {"utf8mb4_general_ci", "е", "Ё", true},
      {"utf8mb4_general_ci", "か", "が", false},
      {"utf8mb4_general_ci", "😀", "😁", true},
      {"utf8mb4_unicode_ci", "ß", "SS", true},
      {"utf8mb4_unicode_ci", "a", "á ", true},
      {"utf8mb4_unicode_ci", "😀", "😁", true},
      {"utf8mb4_0900_ai_ci", "😀", "😁", false},
      {"utf8mb4_0900_ai_ci", "résumé", "RESUME", true},
      {"utf8mb4_0900_ai_ci", "a", "a ", false},
      {"utf8mb4_0900_ai_ci", "中", "国", false},
      {"latin1_swedish_ci", "ü", "Y", true},
      {"latin1_swedish_ci", "é", "E", true},
      {"latin1_swedish_ci", "å", "a", false},
      {"gbk_chinese_ci", "a", "A", true},
      {"gbk_chinese_ci", "一", "二", false},
  };
  for (const EqualCase& test_case : cases) {
    const Collation* collation = find_collation(test_case.collation);
    ASSERT_NE(collation, nullptr) << test_case.collation;
    EXPECT_EQ(collation->equal(test_case.left, test_case.right), test_case.equal)
        << test_case.collation << ": " << test_case.left << " and " << test_case.right;
  }
}

TEST(Collation, OrdersChineseByPinyin) {
  const Collation* collation = find_collation("gbk_chinese_ci");
  EXPECT_LT(collation->compare("啊", "吧"), 0);
  EXPECT_LT(collation->compare("吧", "中"), 0);
  EXPECT_LT(collation->compare("Z", "啊"), 0);
}

TEST(Collation, CompareSortKeyAndHashAgree) {
  std::mt19937 random(7);
  constexpr std::string_view kPieces[] = {"a", "A",    "b", "é", "e", "ß",    "ss", "中", "国",
                                          " ", "\x01", "😀", "Ω", "ω", "\xFF", "~",  "0",  "\xCC\x81"};
  for (const Collation* collation : all_collations()) {
    for (int round = 0; round < 1000; ++round) {
      std::string left, left_key, right_key;
      for (unsigned count = random() % 7; count != 0; --count) left += kPieces[random() % std::size(kPieces)];
      std::string right = left;
      for (unsigned count = random() % 5; count != 0; --count) left += kPieces[random() % std::size(kPieces)];
      for (unsigned count = random() % 5; count != 0; --count) right += kPieces[random() % std::size(kPieces)];
      collation->append_sort_key(left, left_key);
      collation->append_sort_key(right, right_key);
      const auto sign = [](int order) { return (order > 0) - (order < 0); };
      const int order = sign(collation->compare(left, right));
      ASSERT_EQ(order, sign(left_key.compare(right_key))) << collation->name << " [" << left << "] [" << right << "]";
      ASSERT_EQ(order == 0, collation->equal(left, right));
      if (order == 0) {
        ASSERT_EQ(collation->hash(left, 1), collation->hash(right, 1)) << collation->name;
      }
    }
  }
}

TEST(Collation, LongEqualStringsHashEqually) {
  const Collation* collation = find_collation("utf8mb4_general_ci");
  EXPECT_EQ(collation->hash(std::string(1000, 'a'), 3), collation->hash(std::string(1000, 'A') + "  ", 3));
}

struct LikeCase {
  const char* text;
  const char* pattern;
  const char* collation;
  bool matches;
};

TEST(Like, FollowsMySQL) {
  const LikeCase cases[] = {
      {"abc", "abc", "utf8mb4_bin", true},
      {"abc", "ABC", "utf8mb4_bin", false},
      {"abc", "ABC", "utf8mb4_general_ci", true},
      {"abc", "a%", "utf8mb4_bin", true},
      {"abc", "%c", "utf8mb4_bin", true},
      {"abc", "%b%", "utf8mb4_bin", true},
      {"abc", "a_c", "utf8mb4_bin", true},
      {"aéc", "a_c", "utf8mb4_bin", true},
      {"aéc", "a_c", "binary", false},
      {"abc", "a__c", "utf8mb4_bin", false},
      {"", "%", "utf8mb4_bin", true},
      {"", "", "utf8mb4_bin", true},
      {"", "_", "utf8mb4_bin", false},
      {"a ", "a", "utf8mb4_bin", false},
      {"a%", "a\\%", "utf8mb4_bin", true},
      {"ab", "a\\%", "utf8mb4_bin", false},
      {"a_", "a\\_", "utf8mb4_general_ci", true},
      {"a\\", "a\\\\", "utf8mb4_bin", true},
      {"aXbXc", "a%b%c", "utf8mb4_bin", true},
      {"mississippi", "%iss%ip%", "utf8mb4_general_ci", true},
      {"mississippi", "m%iss_ppi", "utf8mb4_bin", true},
      {"á", "A", "utf8mb4_0900_ai_ci", true},
      {"\xFF", "_", "utf8mb4_bin", true},
      {"\xFE", "\xFF", "utf8mb4_general_ci", false},
      {"a\\", "a\\", "utf8mb4_bin", true},
  };
  for (const LikeCase& test_case : cases) {
    const LikePattern pattern(test_case.pattern, U'\\', find_collation(test_case.collation));
    EXPECT_EQ(pattern.matches(test_case.text), test_case.matches)
        << test_case.text << " LIKE " << test_case.pattern << " under " << test_case.collation;
  }
}

TEST(Like, ManyWildcardsStayFast) {
  const LikePattern pattern("%a%a%a%a%a%a%a%a%a%a%b", U'\\', find_collation("utf8mb4_general_ci"));
  EXPECT_FALSE(pattern.matches(std::string(10000, 'a')));
}

TEST(Like, ALongMatchStops) {
  StopSource source;
  source.request_stop(StopReason::kQueryKilled);
  const LikePattern pattern("%a_b", U'\\', utf8mb4_bin());
  EXPECT_THROW(pattern.matches(std::string(100000, 'a'), source.token()), Stopped);
}

TEST(Like, KnowsItsLiteralPrefix) {
  const LikePattern pattern("ab\\%c%d_", U'\\', utf8mb4_bin());
  EXPECT_EQ(pattern.literal_prefix(), "ab%c");
  EXPECT_FALSE(pattern.is_prefix());
  EXPECT_TRUE(LikePattern("ab%", U'\\', utf8mb4_bin()).is_prefix());
}

CollationClaim claim(std::string_view name, Coercibility coercibility, Repertoire repertoire = Repertoire::kUnicode) {
  return {find_collation(name), coercibility, repertoire};
}

TEST(CollationResolution, PicksTheWinner) {
  const auto winner = [](const CollationClaim& left, const CollationClaim& right) {
    const CollationClaim claims[] = {left, right};
    return resolve_collation(claims, "=", MustAgree::kYes).collation->name;
  };
  EXPECT_EQ(
      winner(claim("utf8mb4_general_ci", Coercibility::kImplicit), claim("utf8mb4_bin", Coercibility::kCoercible)),
      "utf8mb4_general_ci");
  EXPECT_EQ(winner(claim("utf8mb4_general_ci", Coercibility::kImplicit), claim("utf8mb4_bin", Coercibility::kImplicit)),
            "utf8mb4_bin");
  EXPECT_EQ(winner(claim("latin1_bin", Coercibility::kImplicit), claim("utf8mb4_general_ci", Coercibility::kImplicit)),
            "utf8mb4_general_ci");
  EXPECT_EQ(winner(claim("binary", Coercibility::kImplicit), claim("utf8mb4_bin", Coercibility::kImplicit)), "binary");
  EXPECT_EQ(winner(claim("binary", Coercibility::kNumeric), claim("utf8mb4_bin", Coercibility::kCoercible)),
            "utf8mb4_bin");
  EXPECT_EQ(winner(claim("latin1_bin", Coercibility::kImplicit),
                   claim("utf8mb4_bin", Coercibility::kCoercible, Repertoire::kAscii)),
            "latin1_bin");
}

TEST(CollationResolution, AsciiColumnsYield) {
  const CollationClaim claims[] = {claim("ascii_bin", Coercibility::kImplicit),
                                   claim("latin1_bin", Coercibility::kImplicit)};
  EXPECT_EQ(resolve_collation(claims, "concat", MustAgree::kYes).collation->name, "latin1_bin");
}

TEST(CollationResolution, RefusesIllegalMixes) {
  const CollationClaim explicit_mix[] = {claim("utf8mb4_general_ci", Coercibility::kExplicit),
                                         claim("utf8mb4_unicode_ci", Coercibility::kExplicit)};
  try {
    resolve_collation(explicit_mix, "=", MustAgree::kYes);
    FAIL();
  } catch (const SqlError& error) {
    EXPECT_EQ(error.number(), 1267);
    EXPECT_STREQ(
        error.what(),
        "Illegal mix of collations (utf8mb4_general_ci,EXPLICIT) and (utf8mb4_unicode_ci,EXPLICIT) for operation '='");
  }
  const CollationClaim columns[] = {claim("utf8mb4_general_ci", Coercibility::kImplicit),
                                    claim("utf8mb4_unicode_ci", Coercibility::kImplicit)};
  EXPECT_THROW(resolve_collation(columns, "=", MustAgree::kYes), SqlError);
  EXPECT_EQ(resolve_collation(columns, "concat", MustAgree::kNo).coercibility, Coercibility::kNone);
}

}  // namespace
}  // namespace sluice::types
