#include "server/authentication.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include "session/password_hash.h"

namespace sluice::server {
namespace {

std::string sha1(const std::string& text) {
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string sha256(const std::string& text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string exclusive_or(std::string a, const std::string& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

/// What a client computes, from the manual.
std::string native_proof(const std::string& password, const std::string& challenge) {
  return exclusive_or(sha1(password), sha1(challenge + sha1(sha1(password))));
}
std::string sha2_proof(const std::string& password, const std::string& challenge) {
  return exclusive_or(sha256(password), sha256(sha256(sha256(password)) + challenge));
}

TEST(Challenge, HasTwentyBytesWithoutZeroAndChanges) {
  const std::string challenge = make_challenge();
  EXPECT_EQ(challenge.size(), 20u);
  EXPECT_EQ(challenge.find('\0'), std::string::npos);
  EXPECT_NE(challenge, make_challenge());
}

TEST(NativeProof, OnlyTheRightPasswordOverTheRightChallenge) {
  const std::string stored = session::password_hash(session::kNativePasswordPlugin, "secret", {});
  const std::string challenge = make_challenge();
  EXPECT_TRUE(check_native_proof(stored, challenge, native_proof("secret", challenge)));
  EXPECT_FALSE(check_native_proof(stored, challenge, native_proof("Secret", challenge)));
  EXPECT_FALSE(check_native_proof(stored, make_challenge(), native_proof("secret", challenge)));
  EXPECT_FALSE(check_native_proof(stored, challenge, ""));
  EXPECT_FALSE(check_native_proof(stored, challenge, native_proof("secret", challenge).substr(1)));
  EXPECT_TRUE(check_native_proof("", challenge, ""));
  EXPECT_FALSE(check_native_proof("", challenge, native_proof("secret", challenge)));
  EXPECT_FALSE(check_native_proof("*notahash", challenge, native_proof("secret", challenge)));
  EXPECT_FALSE(check_native_proof("*" + std::string(40, 'x'), challenge, std::string(20, 'x')));
}

TEST(Sha2Proof, OnlyTheRightPasswordOverTheRightChallenge) {
  const Sha2Digest digest = sha2_password_digest("secret");
  const std::string challenge = make_challenge();
  EXPECT_TRUE(check_sha2_proof(digest, challenge, sha2_proof("secret", challenge)));
  EXPECT_FALSE(check_sha2_proof(digest, challenge, sha2_proof("Secret", challenge)));
  EXPECT_FALSE(check_sha2_proof(digest, make_challenge(), sha2_proof("secret", challenge)));
  EXPECT_FALSE(check_sha2_proof(digest, challenge, ""));
  EXPECT_FALSE(check_sha2_proof(digest, challenge, sha2_proof("secret", challenge) + "x"));
}

TEST(Mask, IsItsOwnInverse) {
  const std::string challenge = make_challenge();
  const std::string password = "a password that is longer than its challenge";
  EXPECT_NE(mask_password(password, challenge), password);
  EXPECT_EQ(mask_password(mask_password(password, challenge), challenge), password);
}

}  // namespace
}  // namespace sluice::server
