#include "types/case_mapping.h"

#include <unicode/uchar.h>

#include "types/utf8.h"

namespace sluice::types {

namespace {

enum class Direction { kUpper, kLower };

template <Direction direction>
void append_mapped(std::string_view text, const Charset& charset, std::string& out) {
  if (charset.is_binary()) {
    out.append(text);
    return;
  }
  constexpr unsigned char kFirst = direction == Direction::kUpper ? 'a' : 'A';
  const std::size_t start = out.size();
  out.append(text);
  // Letters of ASCII differ from their other case in bit 5 alone; the loop has no branches and vectorises.
  unsigned char high_bits = 0;
  for (std::size_t index = start; index < out.size(); ++index) {
    const auto byte = static_cast<unsigned char>(out[index]);
    high_bits |= byte;
    const bool is_letter = static_cast<unsigned char>(byte - kFirst) < 26;
    out[index] = static_cast<char>(byte ^ (is_letter ? 0x20 : 0));
  }
  if (high_bits < 0x80) return;
  out.resize(start);
  while (!text.empty()) {
    const DecodedCharacter decoded = decode_utf8(text);
    const bool is_invalid = decoded.byte_count == 1 && decoded.code_point == kReplacementCharacter;
    if (is_invalid) {
      out.push_back(text[0]);
    } else {
      const auto code_point = static_cast<UChar32>(decoded.code_point);
      append_utf8(static_cast<char32_t>(direction == Direction::kUpper ? u_toupper(code_point) : u_tolower(code_point)),
                  out);
    }
    text.remove_prefix(decoded.byte_count);
  }
}

}  // namespace

void append_upper(std::string_view text, const Charset& charset, std::string& out) {
  append_mapped<Direction::kUpper>(text, charset, out);
}

void append_lower(std::string_view text, const Charset& charset, std::string& out) {
  append_mapped<Direction::kLower>(text, charset, out);
}

}  // namespace sluice::types
