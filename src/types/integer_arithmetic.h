// Integer arithmetic that reports overflow, for every mixture of signed and unsigned operands.
//
// Each function returns false if the exact result does not fit `out`; `out` is then unspecified. Callers raise 1690.
#pragma once

#include <cstdint>
#include <limits>

namespace sluice::types {

inline bool add_int64(std::int64_t a, std::int64_t b, std::int64_t& out) noexcept {
  return !__builtin_add_overflow(a, b, &out);
}
inline bool sub_int64(std::int64_t a, std::int64_t b, std::int64_t& out) noexcept {
  return !__builtin_sub_overflow(a, b, &out);
}
inline bool mul_int64(std::int64_t a, std::int64_t b, std::int64_t& out) noexcept {
  return !__builtin_mul_overflow(a, b, &out);
}
inline bool add_uint64(std::uint64_t a, std::uint64_t b, std::uint64_t& out) noexcept {
  return !__builtin_add_overflow(a, b, &out);
}
inline bool sub_uint64(std::uint64_t a, std::uint64_t b, std::uint64_t& out) noexcept {
  return !__builtin_sub_overflow(a, b, &out);
}
inline bool mul_uint64(std::uint64_t a, std::uint64_t b, std::uint64_t& out) noexcept {
  return !__builtin_mul_overflow(a, b, &out);
}

// Unsigned result of one signed and one unsigned operand (MySQL: a mixture is unsigned).
inline bool add_mixed(std::uint64_t a, std::int64_t b, std::uint64_t& out) noexcept {
  return !__builtin_add_overflow(a, b, &out);
}
inline bool sub_mixed(std::uint64_t a, std::int64_t b, std::uint64_t& out) noexcept {
  return !__builtin_sub_overflow(a, b, &out);
}
inline bool sub_mixed(std::int64_t a, std::uint64_t b, std::uint64_t& out) noexcept {
  return !__builtin_sub_overflow(a, b, &out);
}
inline bool mul_mixed(std::uint64_t a, std::int64_t b, std::uint64_t& out) noexcept {
  return !__builtin_mul_overflow(a, b, &out);
}

// Signed difference of unsigned operands, for NO_UNSIGNED_SUBTRACTION.
inline bool sub_uint64_signed(std::uint64_t a, std::uint64_t b, std::int64_t& out) noexcept {
  return !__builtin_sub_overflow(a, b, &out);
}

/// Operator DIV of signed numbers; false for INT64_MIN DIV -1. `b` is not 0.
inline bool div_int64(std::int64_t a, std::int64_t b, std::int64_t& out) noexcept {
  if (a == std::numeric_limits<std::int64_t>::min() && b == -1) return false;
  out = a / b;
  return true;
}
/// Remainder with the sign of `a`; `b` is not 0.
inline std::int64_t mod_int64(std::int64_t a, std::int64_t b) noexcept { return b == -1 ? 0 : a % b; }
inline bool negate_int64(std::int64_t a, std::int64_t& out) noexcept {
  return !__builtin_sub_overflow(std::int64_t{0}, a, &out);
}

}  // namespace sluice::types
