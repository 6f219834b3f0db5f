#include "types/utf8.h"

#include <algorithm>
#include <bit>

#include "base/utf8.h"

namespace sluice::types {

namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

constexpr DecodedCharacter kInvalid{kReplacementCharacter, 1};

}  // namespace

DecodedCharacter decode_utf8(std::string_view text) noexcept {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const std::size_t size = text.size();
  const unsigned char lead = bytes[0];
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xC2) return kInvalid;
  if (lead < 0xE0) {
    if (size < 2 || !is_continuation(bytes[1])) return kInvalid;
    return {static_cast<char32_t>((lead & 0x1F) << 6 | (bytes[1] & 0x3F)), 2};
  }
  if (lead < 0xF0) {
    if (size < 3 || !is_continuation(bytes[1]) || !is_continuation(bytes[2])) return kInvalid;
    const char32_t code_point = (lead & 0x0F) << 12 | (bytes[1] & 0x3F) << 6 | (bytes[2] & 0x3F);
    if (code_point < 0x800 || (code_point >= 0xD800 && code_point <= 0xDFFF)) return kInvalid;
    return {code_point, 3};
  }
  if (lead > 0xF4 || size < 4 || !is_continuation(bytes[1]) || !is_continuation(bytes[2]) || !is_continuation(bytes[3]))
    return kInvalid;
  const char32_t code_point =
      (lead & 0x07) << 18 | (bytes[1] & 0x3F) << 12 | (bytes[2] & 0x3F) << 6 | (bytes[3] & 0x3F);
  if (code_point < 0x10000 || code_point > 0x10FFFF) return kInvalid;
  return {code_point, 4};
}

DecodedCharacter decode_last_utf8(std::string_view text) noexcept {
  const std::size_t reach = std::min<std::size_t>(4, text.size());
  for (std::size_t count = 1; count <= reach; ++count) {
    if (is_continuation(static_cast<unsigned char>(text[text.size() - count]))) continue;
    const DecodedCharacter decoded = decode_utf8(text.substr(text.size() - count));
    if (decoded.byte_count == count) return decoded;
    break;
  }
  return kInvalid;
}

void append_utf8(char32_t code_point, std::string& out) {
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code_point >> 6));
    out.push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  } else if (code_point < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | code_point >> 12));
    out.push_back(static_cast<char>(0x80 | (code_point >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | code_point >> 18));
    out.push_back(static_cast<char>(0x80 | (code_point >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code_point >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
  }
}

std::size_t valid_utf8_prefix(std::string_view text) noexcept { return utf8_prefix(text); }

std::size_t utf8_length(std::string_view text) noexcept {
  std::size_t continuation_count = 0;
  std::size_t position = 0;
  for (; position + 8 <= text.size(); position += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + position, 8);
    // A continuation byte has bit 7 set and bit 6 clear.
    continuation_count += static_cast<std::size_t>(std::popcount(word & ~(word << 1) & 0x8080808080808080ULL));
  }
  for (; position < text.size(); ++position)
    continuation_count += is_continuation(static_cast<unsigned char>(text[position])) ? 1 : 0;
  return text.size() - continuation_count;
}

std::size_t utf8_offset(std::string_view text, std::size_t character_index) noexcept {
  std::size_t position = 0;
  // Whole words of ASCII are skipped eight characters at a time.
  while (character_index >= 8 && position + 8 <= text.size()) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + position, 8);
    const auto starts = 8 - static_cast<std::size_t>(std::popcount(word & ~(word << 1) & 0x8080808080808080ULL));
    position += 8;
    character_index -= starts;
  }
  // The word boundary may lie inside a character; its tail belongs to a character that is already counted.
  while (position != 0 && position < text.size() && is_continuation(static_cast<unsigned char>(text[position])))
    ++position;
  for (; character_index != 0 && position < text.size(); --character_index) {
    ++position;
    while (position < text.size() && is_continuation(static_cast<unsigned char>(text[position]))) ++position;
  }
  return position;
}

}  // namespace sluice::types
