#include "types/number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace sluice::types {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Outside these bounds a number is printed with an exponent.
constexpr double kExponentAbove = 1e15;
constexpr double kExponentBelow = 1e-15;

/// "1.5e+07" and "1e-07" as MySQL prints them: "1.5e7", "1e-7". Returns the new length.
std::size_t tidy_exponent(char* text, std::size_t length) noexcept {
  char* const end = text + length;
  char* e = static_cast<char*>(std::memchr(text, 'e', length));
  if (e == nullptr) return length;
  char* write = e + 1;
  const char* read = e + 1;
  if (*read == '+') {
    ++read;
  } else if (*read == '-') {
    ++read;
    ++write;
  }
  while (read + 1 < end && *read == '0') ++read;
  while (read < end) *write++ = *read++;
  return static_cast<std::size_t>(write - text);
}

template <class Float>
std::size_t format_shortest(Float value, char* out) noexcept {
  const double magnitude = std::abs(static_cast<double>(value));
  if (std::isnan(value) || std::isinf(value)) {
    std::memcpy(out, "0", 1);
    return 1;
  }
  const bool exponent = magnitude >= kExponentAbove || (magnitude != 0 && magnitude < kExponentBelow);
  const std::to_chars_result result = std::to_chars(
      out, out + kMaxDoubleTextBytes, value, exponent ? std::chars_format::scientific : std::chars_format::fixed);
  const std::size_t length = static_cast<std::size_t>(result.ptr - out);
  return exponent ? tidy_exponent(out, length) : length;
}

std::size_t skip_spaces(std::string_view text, std::size_t position) noexcept {
  while (position < text.size() && is_space(text[position])) ++position;
  return position;
}

/// Sign and magnitude of the digits at the front.
struct DigitRun {
  bool negative = false;
  bool has_digits = false;
  bool overflow = false;  // of 64 bits
  std::uint64_t magnitude = 0;
  std::size_t consumed = 0;
};

DigitRun read_digits(std::string_view text) noexcept {
  DigitRun run;
  std::size_t i = skip_spaces(text, 0);
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) run.negative = text[i++] == '-';
  for (; i < text.size() && is_digit(text[i]); ++i) {
    run.has_digits = true;
    const std::uint64_t digit = static_cast<std::uint64_t>(text[i] - '0');
    if (__builtin_mul_overflow(run.magnitude, std::uint64_t{10}, &run.magnitude) ||
        __builtin_add_overflow(run.magnitude, digit, &run.magnitude)) {
      run.overflow = true;
      run.magnitude = std::numeric_limits<std::uint64_t>::max();
      while (i < text.size() && is_digit(text[i])) ++i;
      break;
    }
  }
  run.consumed = run.has_digits ? i : 0;
  return run;
}

}  // namespace

std::size_t format_int64(std::int64_t value, char* out) noexcept {
  return static_cast<std::size_t>(std::to_chars(out, out + kMaxIntegerTextBytes, value).ptr - out);
}

std::size_t format_uint64(std::uint64_t value, char* out) noexcept {
  return static_cast<std::size_t>(std::to_chars(out, out + kMaxIntegerTextBytes, value).ptr - out);
}

std::size_t format_double(double value, char* out) noexcept { return format_shortest(value, out); }
std::size_t format_float(float value, char* out) noexcept { return format_shortest(value, out); }

void append_int64(std::int64_t value, std::string& out) {
  char buffer[kMaxIntegerTextBytes];
  out.append(buffer, format_int64(value, buffer));
}

void append_uint64(std::uint64_t value, std::string& out) {
  char buffer[kMaxIntegerTextBytes];
  out.append(buffer, format_uint64(value, buffer));
}

void append_double(double value, std::string& out) {
  char buffer[kMaxDoubleTextBytes];
  out.append(buffer, format_double(value, buffer));
}

void append_float(float value, std::string& out) {
  char buffer[kMaxDoubleTextBytes];
  out.append(buffer, format_float(value, buffer));
}

void append_double_fixed(double value, int decimals, std::string& out) {
  constexpr std::size_t kFixedBytes = 400;  // 309 digits before the point, 30 after
  char buffer[kFixedBytes];
  if (std::isnan(value) || std::isinf(value)) value = 0;
  const std::to_chars_result result =
      std::to_chars(buffer, buffer + kFixedBytes, value, std::chars_format::fixed, decimals);
  out.append(buffer, static_cast<std::size_t>(result.ptr - buffer));
}

NumberParse<std::int64_t> parse_int64_prefix(std::string_view text) noexcept {
  const DigitRun run = read_digits(text);
  NumberParse<std::int64_t> parse;
  parse.has_digits = run.has_digits;
  parse.consumed = run.consumed;
  parse.all_consumed = run.has_digits && skip_spaces(text, run.consumed) == text.size();
  constexpr std::uint64_t kMinMagnitude = 1ull << 63;
  const std::uint64_t limit = run.negative ? kMinMagnitude : kMinMagnitude - 1;
  parse.overflow = run.overflow || run.magnitude > limit;
  const std::uint64_t magnitude = parse.overflow ? limit : run.magnitude;
  parse.value = static_cast<std::int64_t>(run.negative ? 0 - magnitude : magnitude);
  return parse;
}

NumberParse<std::uint64_t> parse_uint64_prefix(std::string_view text) noexcept {
  const DigitRun run = read_digits(text);
  NumberParse<std::uint64_t> parse;
  parse.has_digits = run.has_digits;
  parse.consumed = run.consumed;
  parse.all_consumed = run.has_digits && skip_spaces(text, run.consumed) == text.size();
  parse.overflow = run.overflow || (run.negative && run.magnitude != 0);
  parse.value = run.negative ? 0 : run.magnitude;
  return parse;
}

NumberParse<double> parse_double_prefix(std::string_view text) noexcept {
  NumberParse<double> parse;
  std::size_t i = skip_spaces(text, 0);
  bool negative = false;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';
  // from_chars would also take "inf", "nan" and a second sign.
  if (i == text.size() || !(is_digit(text[i]) || (text[i] == '.' && i + 1 < text.size() && is_digit(text[i + 1]))))
    return parse;
  const std::from_chars_result result = std::from_chars(text.data() + i, text.data() + text.size(), parse.value);
  parse.has_digits = true;
  parse.consumed = static_cast<std::size_t>(result.ptr - text.data());
  parse.all_consumed = skip_spaces(text, parse.consumed) == text.size();
  if (result.ec == std::errc::result_out_of_range) {
    // A negative exponent means underflow to zero.
    const std::string_view number = text.substr(i, parse.consumed - i);
    const std::size_t e = number.find_first_of("eE");
    const bool tiny =
        (e != std::string_view::npos && e + 1 < number.size() && number[e + 1] == '-') || number.substr(0, 2) == "0.";
    parse.value = tiny ? 0 : std::numeric_limits<double>::max();
    parse.overflow = !tiny;
  }
  if (negative) parse.value = -parse.value;
  return parse;
}

}  // namespace sluice::types
