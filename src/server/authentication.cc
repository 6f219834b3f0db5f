#include "server/authentication.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>

#include "base/random.h"

namespace sluice::server {
namespace {

using Sha1Digest = std::array<unsigned char, SHA_DIGEST_LENGTH>;

Sha1Digest sha1(std::string_view a, std::string_view b = {}) {
  const std::string text = std::string(a) + std::string(b);
  Sha1Digest digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

std::string_view view(const Sha1Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool parse_stored(std::string_view stored, Sha1Digest& out) {
  if (stored.size() != 41 || stored.front() != '*') return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(stored[1 + 2 * i]);
    const int low = hex_value(stored[2 + 2 * i]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return true;
}

Sha2Digest sha256(std::string_view text) {
  Sha2Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

std::string_view view(const Sha2Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string make_challenge() {
  std::string challenge(20, '\0');
  secure_random_bytes(challenge.data(), challenge.size());
  // The protocol ends the challenge with a zero byte.
  for (char& c : challenge) c = static_cast<char>((static_cast<unsigned char>(c) & 0x7f) | 1);
  return challenge;
}

bool check_native_proof(std::string_view stored, std::string_view challenge, std::string_view proof) {
  if (stored.empty()) return proof.empty();
  Sha1Digest stored_digest;
  if (proof.size() != SHA_DIGEST_LENGTH || !parse_stored(stored, stored_digest)) return false;
  const Sha1Digest mask = sha1(challenge, view(stored_digest));
  Sha1Digest password_digest;
  for (std::size_t i = 0; i < mask.size(); ++i) password_digest[i] = static_cast<unsigned char>(proof[i]) ^ mask[i];
  const Sha1Digest twice = sha1(view(password_digest));
  return CRYPTO_memcmp(twice.data(), stored_digest.data(), twice.size()) == 0;
}

Sha2Digest sha2_password_digest(std::string_view password) { return sha256(view(sha256(password))); }

bool check_sha2_proof(const Sha2Digest& digest, std::string_view challenge, std::string_view proof) {
  if (proof.size() != kSha2ProofBytes) return false;
  const Sha2Digest mask = sha256(std::string(view(digest)).append(challenge));
  Sha2Digest once;
  for (std::size_t i = 0; i < mask.size(); ++i) once[i] = static_cast<unsigned char>(proof[i]) ^ mask[i];
  const Sha2Digest twice = sha256(view(once));
  return CRYPTO_memcmp(twice.data(), digest.data(), digest.size()) == 0;
}

std::string mask_password(std::string_view text, std::string_view challenge) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ challenge[i % challenge.size()]);
  return out;
}

}  // namespace sluice::server
