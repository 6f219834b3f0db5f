/// What mysql.user holds instead of passwords.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/stop_token.h"

namespace sluice::session {

inline constexpr std::string_view kNativePasswordPlugin = "mysql_native_password";
inline constexpr std::string_view kCachingSha2Plugin = "caching_sha2_password";

/// Longest password that caching_sha2_password takes, in bytes.
inline constexpr std::size_t kMaxSha2PasswordBytes = 256;

/// Whether accounts may use the plugin; `plugin` in lower case.
bool is_known_plugin(std::string_view plugin) noexcept;

/// What `plugin` stores for a password, empty for an empty one.
///   mysql_native_password: '*' and SHA1(SHA1(password)) in upper-case hexadecimal digits (MySQL manual, "Native Authentication").
///   caching_sha2_password: "$A$005$", 20 characters of random salt, 43 characters of digest: SHA-256 crypt with 5,000 rounds
///   (U. Drepper, "Unix crypt using SHA-256 and SHA-512", but for the length of the salt).
/// Throws: SqlError 1524 for an unknown plugin, 1819 for a password that the plugin cannot take; Stopped (some milliseconds of work).
std::string password_hash(std::string_view plugin, std::string_view password, StopToken stop);

/// Whether `text` has the form of what password_hash() makes for the plugin (IDENTIFIED WITH plugin AS 'text').
bool is_password_hash(std::string_view plugin, std::string_view text) noexcept;

/// Whether `stored`, made by caching_sha2_password, is of `password`. A text of another form takes as long and does not match.
/// Throws: Stopped.
bool matches_caching_sha2(std::string_view stored, std::string_view password, StopToken stop);

/// The 43 characters of SHA-256 crypt; exposed for its published test vectors. `rounds` at least 1.
/// Throws: Stopped.
std::string sha256_crypt(std::string_view password, std::string_view salt, std::size_t rounds, StopToken stop);

}  // namespace sluice::session
