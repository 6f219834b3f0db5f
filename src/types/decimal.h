// DECIMAL values: exact decimal arithmetic with MySQL's rules.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::types {

/// What a decimal operation had to do to its result. The value is always usable: the nearest representable one.
enum class DecimalStatus : std::uint8_t {
  kOk,
  kTruncated,       // fractional digits were lost where the operation promises to keep them
  kOverflow,        // clipped to the largest value
  kDivisionByZero,  // result is 0; SQL gives NULL
  kBadNumber,       // text without a number; result is 0
};

/// How digits are dropped.
enum class RoundMode : std::uint8_t { kHalfAwayFromZero, kTruncate, kCeiling, kFloor };

struct DecimalParse;

/// A signed decimal number: coefficient · 10^-storage_scale, with up to 65 integer and 30 shown fractional digits.
///
/// As in MySQL a quotient carries more digits than it shows: 1/3 shows 0.3333, but (1/3)*3 shows 1.0000. `scale()` is the number of
/// digits shown, `storage_scale()` the number held; they differ only for results of `div` and what is computed from them.
/// Trivially copyable; a coefficient below 2^64 (19 digits) or 2^128 takes fast paths in all operations.
class Decimal {
 public:
  static constexpr int kMaxPrecision = 65;
  static constexpr int kMaxScale = 30;
  static constexpr int kMaxStorageScale = 36;
  /// Bytes that `format` needs at most: sign, 77 digits, point, leading zero.
  static constexpr std::size_t kMaxTextBytes = 84;

  constexpr Decimal() = default;
  explicit constexpr Decimal(std::int64_t value) : negative_(value < 0) {
    limbs_[0] = value < 0 ? 0 - static_cast<std::uint64_t>(value) : value;
  }
  static constexpr Decimal from_int64(std::int64_t value) { return Decimal(value); }
  static constexpr Decimal from_uint64(std::uint64_t value) {
    Decimal result;
    result.limbs_[0] = value;
    return result;
  }
  /// `unscaled`·10^-`scale`; `scale` from 0 to 30.
  static constexpr Decimal from_scaled(std::int64_t unscaled, int scale) {
    Decimal result(unscaled);
    result.scale_ = result.shown_scale_ = static_cast<std::uint8_t>(scale);
    return result;
  }
  /// The same for wider numbers, at most 38 digits.
  static Decimal from_scaled_int128(__int128 unscaled, int scale);
  /// From its representation: |coefficient| below 10^76, `storage_scale` up to kMaxStorageScale, `shown_scale` up to 30.
  static Decimal from_representation(const std::array<std::uint64_t, 4>& limbs, int storage_scale, int shown_scale,
                                     bool negative) {
    Decimal result;
    result.limbs_ = limbs;
    result.scale_ = static_cast<std::uint8_t>(storage_scale);
    result.shown_scale_ = static_cast<std::uint8_t>(shown_scale);
    result.negative_ = negative && !result.is_zero();
    return result;
  }
  /// The shortest decimal text that reads back as `value`, as a number. NaN and infinities: kBadNumber / kOverflow.
  static Decimal from_double(double value, DecimalStatus& status);
  /// The largest value of DECIMAL(precision, scale), e.g. 999.99.
  static Decimal max_value(int precision, int scale);

  /// Reads the longest prefix of `text` that is a number: spaces, sign, digits, point, exponent. See DecimalParse.
  static DecimalParse parse_prefix(std::string_view text);
  /// Reads all of `text`. Throws: SqlError 1366 if it is not a number or does not fit.
  static Decimal parse(std::string_view text);

  /// Plain digits with exactly scale() decimals, rounded half away from zero; never an exponent, never "-0".
  std::string to_string() const;
  void append_to(std::string& out) const;
  /// Writes the text to `out` (kMaxTextBytes long), returns its length.
  std::size_t format(char* out) const;
  double to_double() const;
  /// Rounds to an integer first. Clips and sets `status` to kOverflow if that does not fit.
  std::int64_t to_int64(RoundMode mode, DecimalStatus& status) const;
  std::uint64_t to_uint64(RoundMode mode, DecimalStatus& status) const;

  bool is_zero() const noexcept { return (limbs_[0] | limbs_[1] | limbs_[2] | limbs_[3]) == 0; }
  bool is_negative() const noexcept { return negative_; }
  /// Integer digits (none for |value| < 1) plus scale(); at least 1.
  int precision() const;
  int scale() const noexcept { return shown_scale_; }
  int storage_scale() const noexcept { return scale_; }
  /// Significant digits before the point; 0 for |value| < 1.
  int integer_digits() const;

  /// |coefficient| of storage_scale() digits fits 64 bits; its value.
  bool fits_uint64() const noexcept { return (limbs_[1] | limbs_[2] | limbs_[3]) == 0; }
  std::uint64_t coefficient_uint64() const noexcept { return limbs_[0]; }

  // Arithmetic. Results show: add, sub max(scales); mul the sum, up to 30; div the left scale + increment, up to 30; mod max(scales).
  static Decimal add(const Decimal& a, const Decimal& b, DecimalStatus& status);
  static Decimal sub(const Decimal& a, const Decimal& b, DecimalStatus& status);
  static Decimal mul(const Decimal& a, const Decimal& b, DecimalStatus& status);
  /// `increment`: div_precision_increment. Digits beyond the held ones are cut, as in MySQL.
  static Decimal div(const Decimal& a, const Decimal& b, int increment, DecimalStatus& status);
  /// The integer part of a/b (operator DIV), scale 0.
  static Decimal integer_div(const Decimal& a, const Decimal& b, DecimalStatus& status);
  /// Remainder with the sign of `a`.
  static Decimal mod(const Decimal& a, const Decimal& b, DecimalStatus& status);
  Decimal negated() const noexcept;
  Decimal abs() const noexcept;

  /// To `scale` digits after the point; negative scales round to tens, hundreds, ... The result shows max(scale, 0) digits.
  Decimal round(int scale, RoundMode mode = RoundMode::kHalfAwayFromZero) const;
  /// To the type DECIMAL(precision, scale): rounds, clips to max_value with kOverflow; kTruncated if non-zero digits were rounded away.
  Decimal fit(int precision, int scale, DecimalStatus& status) const;

  /// By value: 1.0 equals 1.00. Negative, 0 or positive.
  static int compare(const Decimal& a, const Decimal& b) noexcept;
  friend bool operator==(const Decimal& a, const Decimal& b) noexcept { return compare(a, b) == 0; }
  friend bool operator<(const Decimal& a, const Decimal& b) noexcept { return compare(a, b) < 0; }
  /// Equal for equal values of any scale.
  std::uint64_t hash(std::uint64_t seed) const noexcept;

  /// Appends MySQL's binary form of DECIMAL(precision, scale): 9 digits per big-endian 4-byte word, sign bit flipped; orders as bytes.
  /// Rounds to `scale` first; a value that does not fit is clipped. Source: TiDB's and MySQL's storage format.
  void append_binary(int precision, int scale, std::string& out) const;
  static std::size_t binary_bytes(int precision, int scale) noexcept;
  /// Reads such bytes (exactly binary_bytes long); false if they are malformed.
  static bool from_binary(std::string_view bytes, int precision, int scale, Decimal& out);

  const std::array<std::uint64_t, 4>& limbs() const noexcept { return limbs_; }

 private:
  std::array<std::uint64_t, 4> limbs_{};  // |coefficient|, little endian
  std::uint8_t scale_ = 0;                // digits held after the point
  std::uint8_t shown_scale_ = 0;          // digits shown, <= 30
  bool negative_ = false;                 // never set for zero
};

static_assert(sizeof(Decimal) == 40);

/// The number at the start of a text.
struct DecimalParse {
  Decimal value;
  DecimalStatus status =
      DecimalStatus::kOk;    // kBadNumber: no digits; kTruncated: more than 30 decimals; kOverflow: clipped
  std::size_t consumed = 0;  // bytes read, leading spaces included; the caller judges the rest
};

}  // namespace sluice::types
