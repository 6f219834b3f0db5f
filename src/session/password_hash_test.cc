#include "session/password_hash.h"

#include <gtest/gtest.h>

#include "base/sql_error.h"

namespace sluice::session {
namespace {

std::string from_hex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  return out;
}

TEST(PasswordHash, Sha256CryptGivesThePublishedDigests) {
  // As `openssl passwd -5` gives them.
  EXPECT_EQ(sha256_crypt("Hello world!", "saltstring", 5000, {}), "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5");
  EXPECT_EQ(sha256_crypt("Hello world!", "saltstringsaltst", 10000, {}), "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA");
}

TEST(PasswordHash, WhatMysqlStoredMatches) {
  // Stored by MySQL 8.0 for "foobar".
  const std::string stored = from_hex(
      "24412430303524031A69251C34295C4B35167C7F1E5A7B63091349503974624D34504B5A424679354856336868686F52485A736E4A733368"
      "786E427575516C73446469496537");
  EXPECT_TRUE(matches_caching_sha2(stored, "foobar", {}));
  EXPECT_FALSE(matches_caching_sha2(stored, "not_foobar", {}));
  EXPECT_FALSE(matches_caching_sha2(stored, "", {}));
  EXPECT_TRUE(is_password_hash(kCachingSha2Plugin, stored));
}

TEST(PasswordHash, NativeIsTheDoubleSha1) {
  EXPECT_EQ(password_hash(kNativePasswordPlugin, "password", {}), "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
  EXPECT_EQ(password_hash(kNativePasswordPlugin, "", {}), "");
}

TEST(PasswordHash, Sha2RoundTripsWithFreshSalts) {
  for (const std::string& password :
       {std::string("x"), std::string("päßword"), std::string(31, 'a'), std::string(32, 'a'), std::string(33, 'a'),
        std::string(kMaxSha2PasswordBytes, 'z')}) {
    const std::string first = password_hash(kCachingSha2Plugin, password, {});
    const std::string second = password_hash(kCachingSha2Plugin, password, {});
    EXPECT_NE(first, second);
    EXPECT_EQ(first.substr(0, 7), "$A$005$");
    EXPECT_EQ(first.size(), 70u);
    EXPECT_TRUE(is_password_hash(kCachingSha2Plugin, first));
    EXPECT_TRUE(matches_caching_sha2(first, password, {}));
    EXPECT_TRUE(matches_caching_sha2(second, password, {}));
    EXPECT_FALSE(matches_caching_sha2(first, password + "x", {}));
  }
}

TEST(PasswordHash, Sha2RefusesWhatItCannotTake) {
  EXPECT_THROW(password_hash(kCachingSha2Plugin, std::string(kMaxSha2PasswordBytes + 1, 'a'), {}), SqlError);
  EXPECT_THROW(password_hash(kCachingSha2Plugin, std::string_view("a\0b", 3), {}), SqlError);
}

TEST(PasswordHash, MalformedHashesMatchNothing) {
  const std::string good = password_hash(kCachingSha2Plugin, "secret", {});
  std::string no_rounds = good;
  no_rounds.replace(3, 3, "000");
  std::string other_letter = good;
  other_letter[1] = 'B';
  std::string bad_digit = good;
  bad_digit[4] = 'x';
  std::string bad_character = good;
  bad_character.back() = ' ';
  for (const std::string& stored : {std::string(), std::string("$A$005$"), good.substr(0, good.size() - 1), good + "x",
                                    no_rounds, other_letter, bad_digit, bad_character}) {
    EXPECT_FALSE(matches_caching_sha2(stored, "secret", {})) << stored;
    EXPECT_EQ(is_password_hash(kCachingSha2Plugin, stored), stored.empty()) << stored;
  }
  EXPECT_TRUE(is_password_hash(kNativePasswordPlugin, "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"));
  EXPECT_FALSE(is_password_hash(kNativePasswordPlugin, "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E1G"));
  EXPECT_FALSE(is_password_hash(kNativePasswordPlugin, "2470C0C06DEE42FD1618BB99005ADCA2EC9D1E191"));
}

TEST(PasswordHash, AStopEndsTheHashing) {
  StopSource source;
  source.request_stop(StopReason::kShutdown);
  EXPECT_THROW(password_hash(kCachingSha2Plugin, "secret", source.token()), Stopped);
}

}  // namespace
}  // namespace sluice::session
