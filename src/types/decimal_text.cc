// Decimal to and from text, doubles and integers.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/sql_error.h"
#include "types/decimal.h"
#include "types/wide_integer.h"

namespace sluice::types {

namespace {

using wide::Uint256;

/// Writes the digits of `value` so that they end before `end`; returns where they begin. 0 gives no digits.
char* write_digits_backwards(std::uint64_t value, char* end) {
  while (value != 0) {
    *--end = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return end;
}

char* write_digits_backwards(Uint256 value, char* end) {
  while (!wide::fits64(value)) {
    std::uint64_t chunk = wide::divide(value, wide::kPowers64[wide::kMaxPower64 - 1]);
    for (int i = 0; i < wide::kMaxPower64 - 1; ++i) {
      *--end = static_cast<char>('0' + chunk % 10);
      chunk /= 10;
    }
  }
  return write_digits_backwards(value[0], end);
}

constexpr int kDigitBufferBytes = 80;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::size_t Decimal::format(char* out) const {
  if (scale_ > shown_scale_) return round(shown_scale_).format(out);
  char buffer[kDigitBufferBytes];
  char* const end = buffer + kDigitBufferBytes;
  const char* digits = write_digits_backwards(limbs_, end);
  const std::size_t digit_count = static_cast<std::size_t>(end - digits);
  char* cursor = out;
  if (negative_) *cursor++ = '-';
  const std::size_t scale = scale_;
  if (digit_count > scale) {
    std::memcpy(cursor, digits, digit_count - scale);
    cursor += digit_count - scale;
    digits += digit_count - scale;
  } else {
    *cursor++ = '0';
  }
  if (shown_scale_ == 0) return static_cast<std::size_t>(cursor - out);
  *cursor++ = '.';
  const std::size_t fraction = std::min(digit_count, scale);
  std::memset(cursor, '0', scale - fraction);
  cursor += scale - fraction;
  std::memcpy(cursor, digits, fraction);
  cursor += fraction;
  std::memset(cursor, '0', shown_scale_ - scale);
  cursor += shown_scale_ - scale;
  return static_cast<std::size_t>(cursor - out);
}

std::string Decimal::to_string() const {
  char buffer[kMaxTextBytes + kMaxScale];
  return std::string(buffer, format(buffer));
}

void Decimal::append_to(std::string& out) const {
  char buffer[kMaxTextBytes + kMaxScale];
  out.append(buffer, format(buffer));
}

double Decimal::to_double() const {
  // Both operands are exact, so that the quotient is the nearest double (Clinger's fast path).
  constexpr std::uint64_t kExactInteger = 1ull << 53;
  constexpr int kExactPower = 22;
  static constexpr double kPowers[kExactPower + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (fits_uint64() && limbs_[0] <= kExactInteger && scale_ <= kExactPower) {
    const double magnitude = static_cast<double>(limbs_[0]) / kPowers[scale_];
    return negative_ ? -magnitude : magnitude;
  }
  char buffer[kDigitBufferBytes + 8];
  char* const end = buffer + kDigitBufferBytes;
  const char* begin = write_digits_backwards(limbs_, end);
  char* tail = end;
  *tail++ = 'e';
  *tail++ = '-';
  tail = std::to_chars(tail, buffer + sizeof(buffer), static_cast<int>(scale_)).ptr;
  double magnitude = 0;
  std::from_chars(begin, tail, magnitude);
  return negative_ ? -magnitude : magnitude;
}

std::uint64_t Decimal::to_uint64(RoundMode mode, DecimalStatus& status) const {
  status = DecimalStatus::kOk;
  const Decimal whole = round(0, mode);
  if (whole.is_negative()) {
    status = DecimalStatus::kOverflow;
    return 0;
  }
  if (!whole.fits_uint64()) {
    status = DecimalStatus::kOverflow;
    return std::numeric_limits<std::uint64_t>::max();
  }
  return whole.limbs_[0];
}

std::int64_t Decimal::to_int64(RoundMode mode, DecimalStatus& status) const {
  status = DecimalStatus::kOk;
  constexpr std::uint64_t kMinMagnitude = 1ull << 63;
  const Decimal whole = round(0, mode);
  const std::uint64_t limit = whole.negative_ ? kMinMagnitude : kMinMagnitude - 1;
  std::uint64_t magnitude = whole.limbs_[0];
  if (!whole.fits_uint64() || magnitude > limit) {
    status = DecimalStatus::kOverflow;
    magnitude = limit;
  }
  return static_cast<std::int64_t>(whole.negative_ ? 0 - magnitude : magnitude);
}

Decimal Decimal::from_double(double value, DecimalStatus& status) {
  status = DecimalStatus::kOk;
  if (std::isnan(value)) {
    status = DecimalStatus::kBadNumber;
    return {};
  }
  if (std::isinf(value)) {
    status = DecimalStatus::kOverflow;
    const Decimal limit = max_value(kMaxPrecision, 0);
    return value < 0 ? limit.negated() : limit;
  }
  char buffer[32];
  const char* end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  const DecimalParse parse = parse_prefix(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
  status = parse.status == DecimalStatus::kTruncated ? DecimalStatus::kOk : parse.status;
  return parse.value;
}

namespace {

/// The digits of a number as they are read: at most kMaxSignificant of them are kept.
struct DigitCollector {
  static constexpr int kMaxSignificant = 76;

  Uint256 coefficient{};
  std::uint64_t pending = 0;  // digits not yet merged into the coefficient
  int pending_count = 0;
  int kept = 0;             // significant digits kept
  int dropped_integer = 0;  // digits before the point that were not kept
  int scale = 0;            // digits after the point that were kept
  bool truncated = false;   // a digit other than 0 was not kept

  void flush() {
    wide::multiply_add(coefficient, wide::kPowers64[pending_count], pending);
    pending = 0;
    pending_count = 0;
  }
  void add(char digit, bool after_point) {
    if (kept == kMaxSignificant) {
      truncated |= digit != '0';
      if (!after_point) ++dropped_integer;
      return;
    }
    if (kept > 0 || digit != '0') ++kept;
    pending = pending * 10 + static_cast<std::uint64_t>(digit - '0');
    if (++pending_count == wide::kMaxPower64 - 1) flush();
    if (after_point) ++scale;
  }
};

/// Reads "e[+-]digits" at the front of `text`; returns its length, 0 if there is none.
std::size_t read_exponent(std::string_view text, int& exponent) {
  constexpr int kClip = 100'000;
  if (text.empty() || (text[0] | 0x20) != 'e') return 0;
  std::size_t i = 1;
  const bool negative = i < text.size() && text[i] == '-';
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  const std::size_t first = i;
  int value = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) value = std::min(kClip, value * 10 + (text[i] - '0'));
  if (i == first) return 0;
  exponent = negative ? -value : value;
  return i;
}

}  // namespace

DecimalParse Decimal::parse_prefix(std::string_view text) {
  DecimalParse result;
  std::size_t i = 0;
  while (i < text.size() && is_space(text[i])) ++i;
  const bool negative = i < text.size() && text[i] == '-';
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;

  DigitCollector digits;
  const std::size_t first = i;
  for (; i < text.size() && is_digit(text[i]); ++i) digits.add(text[i], false);
  bool any_digit = i > first;
  if (i < text.size() && text[i] == '.') {
    std::size_t j = i + 1;
    for (; j < text.size() && is_digit(text[j]); ++j) digits.add(text[j], true);
    any_digit |= j > i + 1;
    if (any_digit) i = j;
  }
  if (!any_digit) {
    result.status = DecimalStatus::kBadNumber;
    return result;
  }
  digits.flush();
  int exponent = 0;
  i += read_exponent(text.substr(i), exponent);
  result.consumed = i;

  // value = coefficient * 10^(shift - scale), with |shift| small unless an exponent says else.
  const int shift = exponent + digits.dropped_integer - digits.scale;
  Uint256 coefficient = digits.coefficient;
  if (wide::is_zero(coefficient)) {
    const int scale = std::clamp(-shift, 0, kMaxScale);
    result.value = from_representation(coefficient, 0, scale, false);
    return result;
  }
  if (wide::digit_count(coefficient) + shift > kMaxPrecision) {
    result.status = DecimalStatus::kOverflow;
    result.value = negative ? max_value(kMaxPrecision, 0).negated() : max_value(kMaxPrecision, 0);
    return result;
  }
  int scale = 0;
  bool truncated = digits.truncated;
  if (shift >= 0) {
    wide::multiply_power(coefficient, shift);
  } else {
    scale = -shift;
    if (scale > kMaxStorageScale) {
      const int drop = std::min(scale - kMaxStorageScale, wide::kMaxPower256 + 1);
      truncated |= wide::divide_power(coefficient, drop).any;
      scale = kMaxStorageScale;
    }
  }
  if (truncated || scale > kMaxScale) result.status = DecimalStatus::kTruncated;
  result.value = from_representation(coefficient, scale, std::min(scale, kMaxScale), negative);
  return result;
}

Decimal Decimal::parse(std::string_view text) {
  const DecimalParse result = parse_prefix(text);
  std::size_t end = result.consumed;
  while (end < text.size() && is_space(text[end])) ++end;
  if (result.status == DecimalStatus::kBadNumber || result.status == DecimalStatus::kOverflow || end != text.size()) {
    throw SqlError::with_message(ErrorCode::kTruncatedWrongValueForField,
                                 "Incorrect decimal value: '" + std::string(text) + "'");
  }
  return result.value;
}

}  // namespace sluice::types
