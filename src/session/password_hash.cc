#include "session/password_hash.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/random.h"
#include "base/sql_error.h"

namespace sluice::session {
namespace {

constexpr std::size_t kNativeHashLength = 41;
constexpr std::string_view kSha2Prefix = "$A$";
constexpr std::size_t kRoundDigits = 3;  // thousands of rounds, hexadecimal
constexpr std::size_t kSaltLength = 20;
constexpr std::size_t kDigestLength = 43;
constexpr std::size_t kSha2HashLength = kSha2Prefix.size() + kRoundDigits + 1 + kSaltLength + kDigestLength;
constexpr std::size_t kRoundsPerUnit = 1000;
constexpr std::size_t kRoundUnits = 5;
constexpr std::size_t kRoundsPerPoll = 256;
constexpr std::string_view kCryptAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

std::string_view view(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

Digest sha256(std::string_view text) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

/// `digest` repeated to `length` bytes.
std::string stretched(const Digest& digest, std::size_t length) {
  std::string out;
  while (out.size() < length) out.append(view(digest).substr(0, length - out.size()));
  return out;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out.append(text);
  return out;
}

/// The digest's bytes in the order of the paper, six bits per character, low bits first.
std::string crypt_text(const Digest& digest) {
  std::string out;
  const auto append = [&](unsigned high, unsigned middle, unsigned low, int characters) {
    unsigned bits = high << 16 | middle << 8 | low;
    for (; characters > 0; --characters, bits >>= 6) out.push_back(kCryptAlphabet[bits & 63]);
  };
  std::size_t a = 0;
  std::size_t b = 10;
  std::size_t c = 20;
  for (int group = 0; group < 10; ++group) {
    append(digest[a], digest[b], digest[c], 4);
    const std::size_t first = a;
    a = c + 1;
    c = b + 1;
    b = first + 1;
  }
  append(0, digest[31], digest[30], 3);
  return out;
}

std::string native_hash(std::string_view password) {
  unsigned char first[SHA_DIGEST_LENGTH];
  unsigned char second[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(password.data()), password.size(), first);
  SHA1(first, sizeof(first), second);
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string hash = "*";
  for (const unsigned char byte : second) {
    hash += kDigits[byte >> 4];
    hash += kDigits[byte & 15];
  }
  return hash;
}

/// Characters of the crypt alphabet: 120 bits of chance that SHOW CREATE USER can print.
std::string random_salt() {
  std::string salt(kSaltLength, '\0');
  secure_random_bytes(salt.data(), salt.size());
  for (char& c : salt) c = kCryptAlphabet[static_cast<unsigned char>(c) & 63];
  return salt;
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

struct StoredSha2 {
  std::size_t rounds = 0;
  std::string_view salt;
  std::string_view digest;
};

std::optional<StoredSha2> parse_stored(std::string_view stored) noexcept {
  if (stored.size() != kSha2HashLength || !stored.starts_with(kSha2Prefix)) return std::nullopt;
  std::string_view rest = stored.substr(kSha2Prefix.size());
  std::size_t units = 0;
  for (const char c : rest.substr(0, kRoundDigits)) {
    const int digit = hex_value(c);
    if (digit < 0) return std::nullopt;
    units = units * 16 + static_cast<std::size_t>(digit);
  }
  rest.remove_prefix(kRoundDigits);
  if (units == 0 || rest.front() != '$') return std::nullopt;
  const std::string_view digest = rest.substr(1 + kSaltLength);
  if (digest.find_first_not_of(kCryptAlphabet) != std::string_view::npos) return std::nullopt;
  return StoredSha2{units * kRoundsPerUnit, rest.substr(1, kSaltLength), digest};
}

}  // namespace

bool is_known_plugin(std::string_view plugin) noexcept {
  return plugin == kNativePasswordPlugin || plugin == kCachingSha2Plugin;
}

std::string sha256_crypt(std::string_view password, std::string_view salt, std::size_t rounds, StopToken stop) {
  const std::string key(password);
  const Digest both = sha256(key + std::string(salt) + key);
  std::string text = key + std::string(salt) + stretched(both, key.size());
  for (std::size_t bits = key.size(); bits > 0; bits >>= 1) text += (bits & 1) != 0 ? std::string(view(both)) : key;
  Digest digest = sha256(text);
  const std::string key_bytes = stretched(sha256(repeated(key, key.size())), key.size());
  const std::string salt_bytes = stretched(sha256(repeated(salt, 16u + digest[0])), salt.size());
  for (std::size_t round = 0; round < rounds; ++round) {
    if (round % kRoundsPerPoll == 0) stop.poll();
    const bool is_odd = (round & 1) != 0;
    text = is_odd ? key_bytes : std::string(view(digest));
    if (round % 3 != 0) text += salt_bytes;
    if (round % 7 != 0) text += key_bytes;
    text += is_odd ? view(digest) : std::string_view(key_bytes);
    digest = sha256(text);
  }
  OPENSSL_cleanse(text.data(), text.size());
  return crypt_text(digest);
}

std::string password_hash(std::string_view plugin, std::string_view password, StopToken stop) {
  if (!is_known_plugin(plugin)) throw SqlError(ErrorCode::kPluginIsNotLoaded, plugin);
  if (password.empty()) return {};
  if (plugin == kNativePasswordPlugin) return native_hash(password);
  if (password.size() > kMaxSha2PasswordBytes || password.find('\0') != std::string_view::npos) {
    throw SqlError(ErrorCode::kNotValidPassword, "the password is too long or holds a zero byte");
  }
  const std::string salt = random_salt();
  static constexpr std::string_view kUnits = "005$";
  static_assert(kRoundUnits == 5 && kUnits.size() == kRoundDigits + 1);
  return std::string(kSha2Prefix).append(kUnits) + salt +
         sha256_crypt(password, salt, kRoundUnits * kRoundsPerUnit, stop);
}

bool is_password_hash(std::string_view plugin, std::string_view text) noexcept {
  if (text.empty()) return true;
  if (plugin == kCachingSha2Plugin) return parse_stored(text).has_value();
  return text.size() == kNativeHashLength && text.front() == '*' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return hex_value(c) >= 0; });
}

bool matches_caching_sha2(std::string_view stored, std::string_view password, StopToken stop) {
  std::optional<StoredSha2> parts = parse_stored(stored);
  const bool is_real = parts.has_value() && password.size() <= kMaxSha2PasswordBytes;
  if (!parts)
    parts = StoredSha2{kRoundUnits * kRoundsPerUnit, "decoy.decoy.decoy.de", kCryptAlphabet.substr(0, kDigestLength)};
  const std::string digest = sha256_crypt(password.substr(0, kMaxSha2PasswordBytes), parts->salt, parts->rounds, stop);
  return CRYPTO_memcmp(digest.data(), parts->digest.data(), kDigestLength) == 0 && is_real;
}

}  // namespace sluice::session
