/// Proofs of passwords.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::server {

/// Twenty random bytes without zero, the challenge of a login.
std::string make_challenge();

/// Whether `proof` shows knowledge of the password whose stored form is `stored` ("*" and 40 hexadecimal digits of SHA1(SHA1(password)); empty: no
/// password). The proof is SHA1(password) XOR SHA1(challenge ‖ SHA1(SHA1(password))). Source: MySQL manual, "Native Authentication".
bool check_native_proof(std::string_view stored, std::string_view challenge, std::string_view proof);

inline constexpr std::size_t kSha2ProofBytes = 32;
using Sha2Digest = std::array<unsigned char, kSha2ProofBytes>;

/// SHA256(SHA256(password)): what the fast path of caching_sha2_password keeps.
Sha2Digest sha2_password_digest(std::string_view password);

/// Whether `proof` shows knowledge of the password of `digest`. The proof is SHA256(password) XOR SHA256(SHA256(SHA256(password)) ‖ challenge).
/// Source: MySQL source documentation, "Caching_sha2_password information".
bool check_sha2_proof(const Sha2Digest& digest, std::string_view challenge, std::string_view proof);

/// `text` XOR `challenge`, repeated: how a password is hidden inside of what RSA encrypts. Its own inverse.
std::string mask_password(std::string_view text, std::string_view challenge);

}  // namespace sluice::server
