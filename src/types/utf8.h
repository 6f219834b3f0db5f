#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice::types {

/// What decoding of invalid UTF-8 yields; one per invalid byte.
inline constexpr char32_t kReplacementCharacter = 0xFFFD;

/// One code point and how many bytes it takes.
struct DecodedCharacter {
  char32_t code_point;
  std::uint32_t byte_count;
};

/// Decodes the code point that starts at `text[0]`; `text` must not be empty.
///
/// An invalid sequence (stray continuation, overlong form, surrogate, above U+10FFFF, cut short) gives
/// kReplacementCharacter with byte_count 1, so that every byte string can be walked. Source: RFC 3629, section 4.
DecodedCharacter decode_utf8(std::string_view text) noexcept;

/// Like decode_utf8() but for the code point that ends at the last byte of `text`; `text` must not be empty.
DecodedCharacter decode_last_utf8(std::string_view text) noexcept;

/// Appends `code_point` (at most U+10FFFF, surrogates allowed by nobody) in UTF-8.
void append_utf8(char32_t code_point, std::string& out);

/// Whether all bytes are below 0x80. Walks eight bytes at a time.
inline bool is_ascii(std::string_view text) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
  const char* position = text.data();
  std::size_t left = text.size();
  while (left >= 8) {
    std::uint64_t word;
    std::memcpy(&word, position, 8);
    if ((word & kHighBits) != 0) return false;
    position += 8;
    left -= 8;
  }
  for (; left != 0; --left, ++position) {
    if (static_cast<unsigned char>(*position) >= 0x80) return false;
  }
  return true;
}

/// Length in bytes of the longest prefix that is valid UTF-8; text.size() if all of it is.
std::size_t valid_utf8_prefix(std::string_view text) noexcept;

/// Number of code points of `text`: its bytes less the continuation bytes, so invalid input gives some number too.
std::size_t utf8_length(std::string_view text) noexcept;

/// Byte offset at which code point number `character_index` starts, or text.size() if there are not that many.
std::size_t utf8_offset(std::string_view text, std::size_t character_index) noexcept;

}  // namespace sluice::types
