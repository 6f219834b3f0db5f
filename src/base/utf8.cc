#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace sluice {
namespace {

/// Bytes of the character that `text` begins with; 0 if it begins with none. The ranges are those of RFC 3629, section 4.
std::size_t character_bytes(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < length) return 0;
  // The second byte alone decides over overlong forms, surrogates and what lies beyond U+10FFFF.
  const std::uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < lowest || byte(1) > highest) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

std::size_t utf8_prefix(std::string_view text) noexcept {
  std::size_t length = 0;
  while (length < text.size()) {
    if (text.size() - length >= sizeof(std::uint64_t)) {  // ASCII goes eight bytes at a time
      std::uint64_t word;
      std::memcpy(&word, text.data() + length, sizeof word);
      if ((word & 0x8080808080808080ULL) == 0) {
        length += sizeof word;
        continue;
      }
    }
    const std::size_t bytes = character_bytes(text.substr(length));
    if (bytes == 0) break;
    length += bytes;
  }
  return length;
}

std::string escape_invalid_utf8(std::string text) {
  std::size_t good = utf8_prefix(text);
  if (good == text.size()) return text;
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string readable;
  std::string_view rest = text;
  while (true) {
    readable.append(rest.substr(0, good));
    rest.remove_prefix(good);
    if (rest.empty()) return readable;
    const auto byte = static_cast<std::uint8_t>(rest.front());
    readable += "\\x";
    readable.push_back(kDigits[byte >> 4]);
    readable.push_back(kDigits[byte & 15]);
    rest.remove_prefix(1);
    good = utf8_prefix(rest);
  }
}

}  // namespace sluice
