/// Proofs of passwords.
#pragma once

#include <string>
#include <string_view>

namespace sluice::server {

/// Twenty random bytes without zero, the challenge of a login.
std::string make_challenge();

/// Whether `proof` shows knowledge of the password whose stored form is `stored` ("*" and 40 hexadecimal digits of SHA1(SHA1(password)); empty: no
/// password). The proof is SHA1(password) XOR SHA1(challenge ‖ SHA1(SHA1(password))). Source: MySQL manual, "Native Authentication".
bool check_native_proof(std::string_view stored, std::string_view challenge, std::string_view proof);

}  // namespace sluice::server
