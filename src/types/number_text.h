// Numbers to text and text to numbers, as MySQL prints and reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::types {

/// Bytes that the format_ functions below need at most.
inline constexpr std::size_t kMaxIntegerTextBytes = 20;
inline constexpr std::size_t kMaxDoubleTextBytes = 40;  // "-0." and 14 zeros and 17 digits

/// Each writes to `out` and returns the length.
std::size_t format_int64(std::int64_t value, char* out) noexcept;
std::size_t format_uint64(std::uint64_t value, char* out) noexcept;
/// The shortest text that reads back as the same double, with an exponent when it is 15 or more or below -15 ("1e15", "0.001", "1e-16").
std::size_t format_double(double value, char* out) noexcept;
/// FLOAT: the shortest text for the single-precision value.
std::size_t format_float(float value, char* out) noexcept;

void append_int64(std::int64_t value, std::string& out);
void append_uint64(std::uint64_t value, std::string& out);
void append_double(double value, std::string& out);
void append_float(float value, std::string& out);
/// With exactly `decimals` digits after the point and no exponent: DOUBLE(10,2).
void append_double_fixed(double value, int decimals, std::string& out);

/// The number at the start of a text, after spaces.
template <class T>
struct NumberParse {
  T value{};
  bool overflow = false;      // clipped to the nearest value
  bool has_digits = false;    // false: no number at all; value is 0
  bool all_consumed = false;  // only spaces follow the number
  std::size_t consumed = 0;
};

/// Optional sign and digits; stops at a point or exponent ("12.9" gives 12, not all consumed).
NumberParse<std::int64_t> parse_int64_prefix(std::string_view text) noexcept;
NumberParse<std::uint64_t> parse_uint64_prefix(std::string_view text) noexcept;
/// Sign, digits, point, exponent ("-1.5e3abc" gives -1500).
NumberParse<double> parse_double_prefix(std::string_view text) noexcept;

}  // namespace sluice::types
