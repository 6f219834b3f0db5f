#include "types/base64.h"

#include <array>
#include <cstdint>

namespace sluice::types {

namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int8_t kSpace = -2;
constexpr std::int8_t kInvalid = -1;

constexpr std::array<std::int8_t, 256> kValues = [] {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = kInvalid;
  for (std::size_t index = 0; index < kDigits.size(); ++index) {
    values[static_cast<unsigned char>(kDigits[index])] = static_cast<std::int8_t>(index);
  }
  for (const char space : {' ', '\t', '\n', '\v', '\f', '\r'}) values[static_cast<unsigned char>(space)] = kSpace;
  return values;
}();

}  // namespace

void append_base64(std::string_view bytes, std::size_t line_length, std::string& out) {
  const std::size_t digit_count = (bytes.size() + 2) / 3 * 4;
  out.reserve(out.size() + digit_count + (line_length == 0 ? 0 : digit_count / line_length));
  std::size_t in_line = 0;
  const auto put = [&](char digit) {
    if (line_length != 0 && in_line == line_length) {
      out.push_back('\n');
      in_line = 0;
    }
    out.push_back(digit);
    ++in_line;
  };
  for (std::size_t index = 0; index < bytes.size(); index += 3) {
    const std::size_t left = bytes.size() - index;
    const auto byte = [&](std::size_t offset) -> std::uint32_t {
      return offset < left ? static_cast<unsigned char>(bytes[index + offset]) : 0;
    };
    const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    put(kDigits[group >> 18]);
    put(kDigits[group >> 12 & 63]);
    put(left > 1 ? kDigits[group >> 6 & 63] : '=');
    put(left > 2 ? kDigits[group & 63] : '=');
  }
}

bool append_from_base64(std::string_view text, std::string& out) {
  std::uint32_t group = 0;
  std::size_t digit_count = 0;
  std::size_t padding_count = 0;
  for (const char character : text) {
    const std::int8_t value = kValues[static_cast<unsigned char>(character)];
    if (value == kSpace) continue;
    if (character == '=') {
      // Padding stands only in the third and fourth place of the last group.
      if (digit_count + padding_count < 2 || digit_count + padding_count > 3 || digit_count < 2) return false;
      ++padding_count;
      if (digit_count + padding_count == 4) {
        group <<= 6 * padding_count;
        out.push_back(static_cast<char>(group >> 16));
        if (padding_count == 1) out.push_back(static_cast<char>(group >> 8 & 0xFF));
        digit_count = 4;
      }
      continue;
    }
    if (value == kInvalid || padding_count != 0) return false;
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (++digit_count == 4) {
      out.push_back(static_cast<char>(group >> 16 & 0xFF));
      out.push_back(static_cast<char>(group >> 8 & 0xFF));
      out.push_back(static_cast<char>(group & 0xFF));
      group = 0;
      digit_count = 0;
    }
  }
  return digit_count == 0 || (padding_count != 0 && digit_count == 4);
}

}  // namespace sluice::types
