#include "types/decimal.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>

#include "types/wide_integer.h"

namespace sluice::types {

namespace {

using wide::Uint128;
using wide::Uint256;

// Wide enough for every product and scaled dividend: 10^77 * 10^(36 + 36 + 36) and 10^154 stay below 2^640.
using Big = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<
    1024, 1024, boost::multiprecision::unsigned_magnitude, boost::multiprecision::unchecked, void>>;

/// Most digits that a coefficient may have.
constexpr int kMaxDigits = 76;
/// MySQL computes in groups of nine digits; how many digits a quotient holds depends on it.
constexpr int kGroupDigits = 9;

constexpr int round_up_to_group(int digits) { return (digits + kGroupDigits - 1) / kGroupDigits * kGroupDigits; }

Big to_big(const Uint256& value) {
  Big big = value[3];
  for (int i = 2; i >= 0; --i) big = (big << 64) | value[i];
  return big;
}

Uint256 to_uint256(Big value) {
  Uint256 result;
  for (auto& limb : result) {
    limb = static_cast<std::uint64_t>(value & 0xffffffffffffffffull);
    value >>= 64;
  }
  return result;
}

Big big_power(int power) { return boost::multiprecision::pow(Big(10), static_cast<unsigned>(power)); }

Decimal clipped(bool negative, DecimalStatus& status) {
  status = DecimalStatus::kOverflow;
  const Decimal limit = Decimal::max_value(Decimal::kMaxPrecision, 0);
  return negative ? limit.negated() : limit;
}

/// Brings a result of any size into range: cuts fractional digits that cannot be held, clips what is too large.
Decimal finish(Uint256 coefficient, int scale, int shown, bool negative, DecimalStatus& status) {
  const int digits = wide::digit_count(coefficient);
  if (digits - scale > Decimal::kMaxPrecision) return clipped(negative, status);
  const int excess = std::max({0, scale - Decimal::kMaxStorageScale, digits - kMaxDigits});
  if (excess > 0) {
    wide::divide_power(coefficient, excess);
    scale -= excess;
  }
  return Decimal::from_representation(coefficient, scale, std::min(shown, Decimal::kMaxScale), negative);
}

Decimal finish(Big coefficient, int scale, int shown, bool negative, DecimalStatus& status) {
  int excess = std::max(0, scale - Decimal::kMaxStorageScale);
  if (excess > 0) coefficient /= big_power(excess);
  static const Big kLimit = big_power(kMaxDigits);
  while (coefficient >= kLimit && excess < scale) {
    coefficient /= 10;
    ++excess;
  }
  if (coefficient >= kLimit) return clipped(negative, status);
  return finish(to_uint256(std::move(coefficient)), scale - excess, shown, negative, status);
}

/// |a| + |b| or ||a| - |b||, with the sign of the exact result.
Decimal add_signed(const Decimal& a, const Decimal& b, bool b_negative, DecimalStatus& status) {
  status = DecimalStatus::kOk;
  const int scale = std::max(a.storage_scale(), b.storage_scale());
  const int shown = std::max(a.scale(), b.scale());
  const int shift_a = scale - a.storage_scale();
  const int shift_b = scale - b.storage_scale();
  const bool same_sign = a.is_negative() == b_negative;

  if (a.fits_uint64() && b.fits_uint64() && shift_a <= wide::kMaxPower64 && shift_b <= wide::kMaxPower64) {
    const Uint128 left = static_cast<Uint128>(a.coefficient_uint64()) * wide::kPowers64[shift_a];
    const Uint128 right = static_cast<Uint128>(b.coefficient_uint64()) * wide::kPowers64[shift_b];
    const Uint128 magnitude = same_sign ? left + right : left >= right ? left - right : right - left;
    const bool negative = same_sign || left >= right ? a.is_negative() : b_negative;
    return Decimal::from_representation(wide::from128(magnitude), scale, shown, negative);
  }

  Uint256 left = a.limbs();
  Uint256 right = b.limbs();
  if (wide::multiply_power(left, shift_a) && wide::multiply_power(right, shift_b)) {
    const bool left_larger = wide::compare(left, right) >= 0;
    const bool negative = same_sign || left_larger ? a.is_negative() : b_negative;
    if (!same_sign) {
      Uint256& larger = left_larger ? left : right;
      wide::subtract(larger, left_larger ? right : left);
      return finish(larger, scale, shown, negative, status);
    }
    if (wide::add(left, right)) return finish(left, scale, shown, negative, status);
  }

  const Big big_left = to_big(a.limbs()) * big_power(shift_a);
  const Big big_right = to_big(b.limbs()) * big_power(shift_b);
  if (same_sign) return finish(Big(big_left + big_right), scale, shown, a.is_negative(), status);
  const bool left_larger = big_left >= big_right;
  return finish(left_larger ? Big(big_left - big_right) : Big(big_right - big_left), scale, shown,
                left_larger ? a.is_negative() : b_negative, status);
}

/// |a| / |b| with `scale` digits, truncated.
Decimal divide_to_scale(const Decimal& a, const Decimal& b, int scale, int shown, DecimalStatus& status) {
  const bool negative = a.is_negative() != b.is_negative();
  const int shift = scale + b.storage_scale() - a.storage_scale();
  if (a.fits_uint64() && b.fits_uint64() && shift >= 0 && shift <= wide::kMaxPower64) {
    const Uint128 dividend = static_cast<Uint128>(a.coefficient_uint64()) * wide::kPowers64[shift];
    const std::uint64_t divisor = b.coefficient_uint64();
    const bool narrow = static_cast<std::uint64_t>(dividend >> 64) == 0;
    const Uint128 quotient = narrow ? static_cast<std::uint64_t>(dividend) / divisor : dividend / divisor;
    return finish(wide::from128(quotient), scale, shown, negative, status);
  }
  Uint256 dividend = a.limbs();
  if (b.fits_uint64() && shift >= 0 && wide::multiply_power(dividend, shift)) {
    wide::divide(dividend, b.coefficient_uint64());
    return finish(dividend, scale, shown, negative, status);
  }
  Big big_dividend = to_big(a.limbs());
  Big big_divisor = to_big(b.limbs());
  if (shift >= 0) {
    big_dividend *= big_power(shift);
  } else {
    big_divisor *= big_power(-shift);
  }
  return finish(Big(big_dividend / big_divisor), scale, shown, negative, status);
}

}  // namespace

Decimal Decimal::from_scaled_int128(__int128 unscaled, int scale) {
  const bool negative = unscaled < 0;
  const Uint128 magnitude = negative ? 0 - static_cast<Uint128>(unscaled) : static_cast<Uint128>(unscaled);
  return from_representation(wide::from128(magnitude), scale, scale, negative);
}

Decimal Decimal::max_value(int precision, int scale) {
  Uint256 limit = wide::kPowers256[precision];
  wide::subtract(limit, wide::from64(1));
  return from_representation(limit, scale, scale, false);
}

int Decimal::integer_digits() const { return std::max(0, wide::digit_count(limbs_) - scale_); }

int Decimal::precision() const { return std::max(1, integer_digits() + shown_scale_); }

Decimal Decimal::add(const Decimal& a, const Decimal& b, DecimalStatus& status) {
  return add_signed(a, b, b.negative_, status);
}

Decimal Decimal::sub(const Decimal& a, const Decimal& b, DecimalStatus& status) {
  return add_signed(a, b, !b.negative_, status);
}

Decimal Decimal::mul(const Decimal& a, const Decimal& b, DecimalStatus& status) {
  status = DecimalStatus::kOk;
  const int scale = a.scale_ + b.scale_;
  const int shown = std::min(kMaxScale, a.shown_scale_ + b.shown_scale_);
  const bool negative = a.negative_ != b.negative_;
  if (a.fits_uint64() && b.fits_uint64()) {
    const Uint128 product = static_cast<Uint128>(a.limbs_[0]) * b.limbs_[0];
    if (scale <= kMaxStorageScale) return from_representation(wide::from128(product), scale, shown, negative);
    return finish(wide::from128(product), scale, shown, negative, status);
  }
  const bool a_narrow = a.fits_uint64();
  if (a_narrow || b.fits_uint64()) {
    Uint256 product = a_narrow ? b.limbs_ : a.limbs_;
    if (wide::multiply_add(product, a_narrow ? a.limbs_[0] : b.limbs_[0], 0))
      return finish(product, scale, shown, negative, status);
  }
  return finish(Big(to_big(a.limbs_) * to_big(b.limbs_)), scale, shown, negative, status);
}

Decimal Decimal::div(const Decimal& a, const Decimal& b, int increment, DecimalStatus& status) {
  if (b.is_zero()) {
    status = DecimalStatus::kDivisionByZero;
    return {};
  }
  status = DecimalStatus::kOk;
  // Zeros that a value shows beyond its stored digits count as digits, as CAST(1 AS DECIMAL(60,30)) has thirty.
  const int scale_a = std::max<int>(a.scale_, a.shown_scale_);
  const int scale_b = std::max<int>(b.scale_, b.shown_scale_);
  const int group_a = round_up_to_group(scale_a);
  const int group_b = round_up_to_group(scale_b);
  const int extra = std::max(0, increment - (group_a - scale_a) - (group_b - scale_b));
  const int shown = std::min(kMaxScale, a.shown_scale_ + increment);
  const int held = std::min(kMaxStorageScale, round_up_to_group(group_a + group_b + extra));
  return divide_to_scale(a, b, held, shown, status);
}

Decimal Decimal::integer_div(const Decimal& a, const Decimal& b, DecimalStatus& status) {
  if (b.is_zero()) {
    status = DecimalStatus::kDivisionByZero;
    return {};
  }
  status = DecimalStatus::kOk;
  return divide_to_scale(a, b, 0, 0, status);
}

Decimal Decimal::mod(const Decimal& a, const Decimal& b, DecimalStatus& status) {
  if (b.is_zero()) {
    status = DecimalStatus::kDivisionByZero;
    return {};
  }
  status = DecimalStatus::kOk;
  const int scale = std::max(a.scale_, b.scale_);
  const int shown = std::max(a.shown_scale_, b.shown_scale_);
  const int shift_a = scale - a.scale_;
  const int shift_b = scale - b.scale_;
  if (a.fits_uint64() && b.fits_uint64() && shift_a <= wide::kMaxPower64 && shift_b <= wide::kMaxPower64) {
    const Uint128 left = static_cast<Uint128>(a.limbs_[0]) * wide::kPowers64[shift_a];
    const Uint128 right = static_cast<Uint128>(b.limbs_[0]) * wide::kPowers64[shift_b];
    return from_representation(wide::from128(left % right), scale, shown, a.negative_);
  }
  const Big left = to_big(a.limbs_) * big_power(shift_a);
  const Big right = to_big(b.limbs_) * big_power(shift_b);
  return finish(Big(left % right), scale, shown, a.negative_, status);
}

Decimal Decimal::negated() const noexcept {
  Decimal result = *this;
  result.negative_ = !negative_ && !is_zero();
  return result;
}

Decimal Decimal::abs() const noexcept {
  Decimal result = *this;
  result.negative_ = false;
  return result;
}

Decimal Decimal::round(int scale, RoundMode mode) const {
  scale = std::min(scale, kMaxScale);
  const int shown = std::max(scale, 0);
  if (scale >= scale_) return from_representation(limbs_, scale_, shown, negative_);
  Uint256 coefficient = limbs_;
  const int drop = std::min(scale_ - scale, wide::kMaxPower256 + 1);
  const wide::Cut cut = wide::divide_power(coefficient, drop);
  const bool up = mode == RoundMode::kHalfAwayFromZero ? cut.at_least_half
                  : mode == RoundMode::kCeiling        ? cut.any && !negative_
                  : mode == RoundMode::kFloor          ? cut.any && negative_
                                                       : false;
  if (up) wide::add(coefficient, wide::from64(1));
  DecimalStatus status = DecimalStatus::kOk;
  if (scale < 0 && !wide::is_zero(coefficient) && !wide::multiply_power(coefficient, -scale))
    return clipped(negative_, status);
  return finish(coefficient, shown, shown, negative_, status);
}

Decimal Decimal::fit(int precision, int scale, DecimalStatus& status) const {
  status = DecimalStatus::kOk;
  const Decimal rounded = round(scale);
  if (rounded.integer_digits() > precision - scale) {
    status = DecimalStatus::kOverflow;
    const Decimal limit = max_value(precision, scale);
    return negative_ ? limit.negated() : limit;
  }
  if (scale < scale_ && compare(rounded, *this) != 0) status = DecimalStatus::kTruncated;
  return rounded;
}

int Decimal::compare(const Decimal& a, const Decimal& b) noexcept {
  if (a.negative_ != b.negative_) return a.negative_ ? -1 : 1;
  const int sign = a.negative_ ? -1 : 1;
  if (a.scale_ == b.scale_) return sign * wide::compare(a.limbs_, b.limbs_);
  const int scale = std::max(a.scale_, b.scale_);
  const int shift_a = scale - a.scale_;
  const int shift_b = scale - b.scale_;
  if (a.fits_uint64() && b.fits_uint64() && shift_a <= wide::kMaxPower64 && shift_b <= wide::kMaxPower64) {
    const Uint128 left = static_cast<Uint128>(a.limbs_[0]) * wide::kPowers64[shift_a];
    const Uint128 right = static_cast<Uint128>(b.limbs_[0]) * wide::kPowers64[shift_b];
    return left == right ? 0 : left < right ? -sign : sign;
  }
  Uint256 left = a.limbs_;
  Uint256 right = b.limbs_;
  // At most one side is scaled; if it does not fit, it is the larger one.
  if (!wide::multiply_power(left, shift_a)) return sign;
  if (!wide::multiply_power(right, shift_b)) return -sign;
  return sign * wide::compare(left, right);
}

std::uint64_t Decimal::hash(std::uint64_t seed) const noexcept {
  Uint256 coefficient = limbs_;
  int scale = scale_;
  // Equal values of different scales must agree: trailing zeros go, before and after the point.
  while (!wide::is_zero(coefficient)) {
    Uint256 shorter = coefficient;
    if (wide::divide(shorter, 10) != 0) break;
    coefficient = shorter;
    --scale;
  }
  if (wide::is_zero(coefficient)) scale = 0;
  std::uint64_t hash =
      seed ^ (static_cast<std::uint64_t>(static_cast<std::uint32_t>(scale)) << 1 | (negative_ ? 1 : 0));
  for (const std::uint64_t limb : coefficient) {
    hash = (hash ^ limb) * 0x9fb21c651e98df25ull;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace sluice::types
