#include "server/authentication.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>

#include "base/sql_error.h"

namespace sluice::server {
namespace {

using Digest = std::array<unsigned char, SHA_DIGEST_LENGTH>;

Digest sha1(std::string_view a, std::string_view b = {}) {
  const std::string text = std::string(a) + std::string(b);
  Digest digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

std::string_view view(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool parse_stored(std::string_view stored, Digest& out) {
  if (stored.size() != 41 || stored.front() != '*') return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(stored[1 + 2 * i]);
    const int low = hex_value(stored[2 + 2 * i]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return true;
}

}  // namespace

std::string make_challenge() {
  std::string challenge(20, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(challenge.data()), static_cast<int>(challenge.size())) != 1) {
    throw SqlError(ErrorCode::kHandshakeError);
  }
  // The protocol ends the challenge with a zero byte.
  for (char& c : challenge) c = static_cast<char>((static_cast<unsigned char>(c) & 0x7f) | 1);
  return challenge;
}

bool check_native_proof(std::string_view stored, std::string_view challenge, std::string_view proof) {
  if (stored.empty()) return proof.empty();
  Digest stored_digest;
  if (proof.size() != SHA_DIGEST_LENGTH || !parse_stored(stored, stored_digest)) return false;
  const Digest mask = sha1(challenge, view(stored_digest));
  Digest password_digest;
  for (std::size_t i = 0; i < mask.size(); ++i) password_digest[i] = static_cast<unsigned char>(proof[i]) ^ mask[i];
  const Digest twice = sha1(view(password_digest));
  return CRYPTO_memcmp(twice.data(), stored_digest.data(), twice.size()) == 0;
}

}  // namespace sluice::server
