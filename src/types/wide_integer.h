// Unsigned 256-bit integers for decimal coefficients: the few operations that Decimal needs.
#pragma once

#include <array>
#include <cstdint>

namespace sluice::types::wide {

using Uint128 = unsigned __int128;
using Uint256 = std::array<std::uint64_t, 4>;  // little endian limbs

inline constexpr int kMaxPower64 = 19;   // 10^19 < 2^64
inline constexpr int kMaxPower128 = 38;  // 10^38 < 2^128
inline constexpr int kMaxPower256 = 77;  // 10^77 < 2^256

inline constexpr std::array<std::uint64_t, kMaxPower64 + 1> kPowers64 = [] {
  std::array<std::uint64_t, kMaxPower64 + 1> powers{};
  std::uint64_t power = 1;
  for (auto& entry : powers) {
    entry = power;
    power *= 10;
  }
  return powers;
}();

inline constexpr std::array<Uint128, kMaxPower128 + 1> kPowers128 = [] {
  std::array<Uint128, kMaxPower128 + 1> powers{};
  Uint128 power = 1;
  for (auto& entry : powers) {
    entry = power;
    power *= 10;
  }
  return powers;
}();

constexpr bool fits64(const Uint256& a) noexcept { return (a[1] | a[2] | a[3]) == 0; }
constexpr bool fits128(const Uint256& a) noexcept { return (a[2] | a[3]) == 0; }
constexpr bool is_zero(const Uint256& a) noexcept { return (a[0] | a[1] | a[2] | a[3]) == 0; }
constexpr Uint128 low128(const Uint256& a) noexcept { return static_cast<Uint128>(a[1]) << 64 | a[0]; }
constexpr Uint256 from128(Uint128 value) noexcept {
  return {static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(value >> 64), 0, 0};
}
constexpr Uint256 from64(std::uint64_t value) noexcept { return {value, 0, 0, 0}; }

/// a = a * factor + addend; false if it does not fit 256 bits (`a` is then unspecified).
constexpr bool multiply_add(Uint256& a, std::uint64_t factor, std::uint64_t addend) noexcept {
  Uint128 carry = addend;
  for (auto& limb : a) {
    carry += static_cast<Uint128>(limb) * factor;
    limb = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  return carry == 0;
}

inline constexpr std::array<Uint256, kMaxPower256 + 1> kPowers256 = [] {
  std::array<Uint256, kMaxPower256 + 1> powers{};
  Uint256 power{1, 0, 0, 0};
  for (auto& entry : powers) {
    entry = power;
    multiply_add(power, 10, 0);
  }
  return powers;
}();

/// a = a / divisor; returns the remainder.
constexpr std::uint64_t divide(Uint256& a, std::uint64_t divisor) noexcept {
  if (fits64(a)) {
    const std::uint64_t remainder = a[0] % divisor;
    a[0] /= divisor;
    return remainder;
  }
  std::uint64_t remainder = 0;
  for (int i = 3; i >= 0; --i) {
    if (a[i] == 0 && remainder == 0) continue;
    const Uint128 part = static_cast<Uint128>(remainder) << 64 | a[i];
    a[i] = static_cast<std::uint64_t>(part / divisor);
    remainder = static_cast<std::uint64_t>(part % divisor);
  }
  return remainder;
}

constexpr int compare(const Uint256& a, const Uint256& b) noexcept {
  for (int i = 3; i >= 0; --i) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

/// a = a + b; false on overflow.
constexpr bool add(Uint256& a, const Uint256& b) noexcept {
  Uint128 carry = 0;
  for (int i = 0; i < 4; ++i) {
    carry += static_cast<Uint128>(a[i]) + b[i];
    a[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  return carry == 0;
}

/// a = a - b; needs a >= b.
constexpr void subtract(Uint256& a, const Uint256& b) noexcept {
  std::uint64_t borrow = 0;
  for (int i = 0; i < 4; ++i) {
    const Uint128 difference = static_cast<Uint128>(a[i]) - b[i] - borrow;
    a[i] = static_cast<std::uint64_t>(difference);
    borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
  }
}

/// a = a * 10^power; false if it does not fit.
constexpr bool multiply_power(Uint256& a, int power) noexcept {
  while (power > 0) {
    const int step = power < kMaxPower64 ? power : kMaxPower64;
    if (!multiply_add(a, kPowers64[step], 0)) return false;
    power -= step;
  }
  return true;
}

/// What was cut off by a division by a power of ten.
struct Cut {
  bool at_least_half = false;  // the first digit cut was 5 or more
  bool any = false;            // some digit cut was not 0
};

/// a = a / 10^power, truncated.
constexpr Cut divide_power(Uint256& a, int power) noexcept {
  Cut cut;
  while (power > 1 && !is_zero(a)) {
    const int step = power - 1 < kMaxPower64 ? power - 1 : kMaxPower64;
    cut.any |= divide(a, kPowers64[step]) != 0;
    power -= step;
  }
  if (power > 1) return cut;  // nothing is left to cut
  if (power == 1) {
    const std::uint64_t digit = divide(a, 10);
    cut.at_least_half = digit >= 5;
    cut.any |= digit != 0;
  }
  return cut;
}

/// Number of decimal digits; 0 for 0.
constexpr int digit_count(const Uint256& a) noexcept {
  int bits = 0;
  for (int i = 3; i >= 0; --i) {
    if (a[i] != 0) {
      bits = 64 * i + 64 - __builtin_clzll(a[i]);
      break;
    }
  }
  if (bits == 0) return 0;
  const int estimate = bits * 1233 >> 12;  // bits * log10(2), exact or one too small
  return compare(a, kPowers256[estimate]) >= 0 ? estimate + 1 : estimate;
}

}  // namespace sluice::types::wide
