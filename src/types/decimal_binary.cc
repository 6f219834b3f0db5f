// The storage form of decimals: groups of nine digits in big-endian words.
//
//   DECIMAL(14,4), 1234567890.1234:   integer part 10 digits = 1 + 9, fraction 4
//   81 | 0d fb 38 d2 | 04 d2          1 | 234567890 | 1234, top bit of the first byte flipped; a negative number inverts all bytes first
#include <array>
#include <cstring>

#include "types/decimal.h"
#include "types/wide_integer.h"

namespace sluice::types {

namespace {

using wide::Uint256;

constexpr int kGroupDigits = 9;
constexpr int kGroupBytes = 4;
constexpr std::array<int, kGroupDigits> kPartialBytes = {0, 1, 1, 2, 2, 3, 3, 4, 4};
constexpr std::size_t kMaxBinaryBytes = 64;

/// How many digits and bytes the groups of DECIMAL(precision, scale) have.
struct Layout {
  int leading_digits;  // partial group of the integer part
  int integer_groups;
  int fraction_groups;
  int trailing_digits;  // partial group of the fraction

  constexpr Layout(int precision, int scale)
      : leading_digits((precision - scale) % kGroupDigits),
        integer_groups((precision - scale) / kGroupDigits),
        fraction_groups(scale / kGroupDigits),
        trailing_digits(scale % kGroupDigits) {}

  constexpr std::size_t bytes() const {
    return static_cast<std::size_t>(kPartialBytes[leading_digits] + (integer_groups + fraction_groups) * kGroupBytes +
                                    kPartialBytes[trailing_digits]);
  }
};

/// Writes the low `size` bytes of `value`, big endian, so that they end at `end`.
char* put_backwards(std::uint32_t value, int size, char* end) {
  for (int i = 0; i < size; ++i) {
    *--end = static_cast<char>(value);
    value >>= 8;
  }
  return end;
}

std::uint32_t read_group(const char*& cursor, int size, unsigned char mask) {
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(*cursor++ ^ mask);
  return value;
}

}  // namespace

std::size_t Decimal::binary_bytes(int precision, int scale) noexcept { return Layout(precision, scale).bytes(); }

void Decimal::append_binary(int precision, int scale, std::string& out) const {
  Uint256 coefficient = limbs_;
  if (scale_ > scale) {
    if (wide::divide_power(coefficient, scale_ - scale).at_least_half) wide::add(coefficient, wide::from64(1));
  } else if (scale_ < scale && !wide::multiply_power(coefficient, scale - scale_)) {
    coefficient = wide::kPowers256[wide::kMaxPower256];
  }
  if (precision < wide::kMaxPower256 && wide::compare(coefficient, wide::kPowers256[precision]) >= 0) {
    coefficient = max_value(precision, scale).limbs_;
  }
  const bool negative = negative_ && !wide::is_zero(coefficient);

  const Layout layout(precision, scale);
  const std::size_t size = layout.bytes();
  char buffer[kMaxBinaryBytes];
  char* cursor = buffer + size;
  const auto put_group = [&](int digits, int bytes) {
    cursor =
        put_backwards(static_cast<std::uint32_t>(wide::divide(coefficient, wide::kPowers64[digits])), bytes, cursor);
  };
  if (layout.trailing_digits != 0) put_group(layout.trailing_digits, kPartialBytes[layout.trailing_digits]);
  for (int i = 0; i < layout.fraction_groups + layout.integer_groups; ++i) put_group(kGroupDigits, kGroupBytes);
  if (layout.leading_digits != 0) put_group(layout.leading_digits, kPartialBytes[layout.leading_digits]);
  if (negative) {
    for (std::size_t i = 0; i < size; ++i) buffer[i] = static_cast<char>(~buffer[i]);
  }
  if (size != 0) buffer[0] = static_cast<char>(buffer[0] ^ 0x80);
  out.append(buffer, size);
}

bool Decimal::from_binary(std::string_view bytes, int precision, int scale, Decimal& out) {
  if (precision < scale || scale < 0 || scale > kMaxScale || precision > kMaxPrecision + kMaxScale) return false;
  const Layout layout(precision, scale);
  if (bytes.size() != layout.bytes() || bytes.empty()) return false;
  const bool negative = (static_cast<unsigned char>(bytes[0]) & 0x80) == 0;
  const unsigned char mask = negative ? 0xff : 0;
  char buffer[kMaxBinaryBytes];
  std::memcpy(buffer, bytes.data(), bytes.size());
  buffer[0] = static_cast<char>(buffer[0] ^ 0x80);

  const char* cursor = buffer;
  Uint256 coefficient{};
  const auto take_group = [&](int digits, int size) {
    const std::uint32_t group = read_group(cursor, size, mask);
    const std::uint64_t power = wide::kPowers64[digits];
    if (group >= power) return false;
    if (wide::fits64(coefficient)) {  // the common, narrow case
      coefficient = wide::from128(static_cast<wide::Uint128>(coefficient[0]) * power + group);
      return true;
    }
    return wide::multiply_add(coefficient, power, group);
  };
  if (layout.leading_digits != 0 && !take_group(layout.leading_digits, kPartialBytes[layout.leading_digits]))
    return false;
  for (int i = 0; i < layout.integer_groups + layout.fraction_groups; ++i) {
    if (!take_group(kGroupDigits, kGroupBytes)) return false;
  }
  if (layout.trailing_digits != 0 && !take_group(layout.trailing_digits, kPartialBytes[layout.trailing_digits]))
    return false;
  if (wide::digit_count(coefficient) > 76) return false;
  out = from_representation(coefficient, scale, scale, negative);
  return true;
}

}  // namespace sluice::types
