#include "types/charset.h"

#include <algorithm>
#include <array>

#include "types/collation.h"
#include "types/gbk_tables.h"
#include "types/latin1.h"
#include "types/utf8.h"

namespace sluice::types {

namespace {

constexpr Charset kAscii{CharsetId::kAscii, "ascii", "US ASCII", 1};
constexpr Charset kBinary{CharsetId::kBinary, "binary", "binary", 1};
constexpr Charset kGbk{CharsetId::kGbk, "gbk", "Chinese Internal Code Specification", 2};
constexpr Charset kLatin1{CharsetId::kLatin1, "latin1", "Latin1", 1};
constexpr Charset kUtf8{CharsetId::kUtf8, "utf8", "UTF-8 Unicode", 3};
constexpr Charset kUtf8mb4{CharsetId::kUtf8mb4, "utf8mb4", "UTF-8 Unicode", 4};

constexpr std::array<const Charset*, 6> kCharsets = {&kAscii, &kBinary, &kGbk, &kLatin1, &kUtf8, &kUtf8mb4};

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  const auto lower = [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
  };
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(), [&](char a, char b) { return lower(a) == lower(b); });
}

int unicode_to_gbk(char32_t code_point) {
  if (code_point < 0x80) return static_cast<int>(code_point);
  const std::uint16_t code = code_point > 0xFFFF ? 0 : gbk_tables().from_unicode[code_point];
  return code == 0 ? -1 : code;
}

bool allows(CharsetId id, char32_t code_point) {
  switch (id) {
    case CharsetId::kBinary:
    case CharsetId::kUtf8mb4:
      return true;
    case CharsetId::kUtf8:
      return code_point <= 0xFFFF;
    case CharsetId::kLatin1:
      return unicode_to_latin1(code_point) >= 0;
    case CharsetId::kAscii:
      return code_point < 0x80;
    case CharsetId::kGbk:
      return unicode_to_gbk(code_point) >= 0;
  }
  return false;
}

/// Copies the valid part of UTF-8 `bytes` and puts '?' for each byte that `charset` does not allow.
bool copy_valid(const Charset& charset, std::string_view bytes, std::string& out) {
  bool valid = true;
  while (!bytes.empty()) {
    const std::size_t good = charset.valid_prefix(bytes);
    out.append(bytes.substr(0, good));
    bytes.remove_prefix(good);
    if (bytes.empty()) break;
    valid = false;
    out.push_back('?');
    bytes.remove_prefix(1);
  }
  return valid;
}

bool decode_latin1(std::string_view bytes, std::string& out) {
  for (const char byte : bytes) append_utf8(latin1_to_unicode(static_cast<unsigned char>(byte)), out);
  return true;
}

bool decode_gbk(std::string_view bytes, std::string& out) {
  bool valid = true;
  for (std::size_t index = 0; index < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[index]);
    if (lead < 0x80) {
      out.push_back(bytes[index++]);
      continue;
    }
    const std::uint16_t code_point =
        index + 1 < bytes.size() ? gbk_tables().decode(lead, static_cast<unsigned char>(bytes[index + 1])) : 0;
    if (code_point == 0) {
      valid = false;
      out.push_back('?');
      ++index;
      continue;
    }
    append_utf8(code_point, out);
    index += 2;
  }
  return valid;
}

}  // namespace

std::size_t Charset::valid_prefix(std::string_view text) const {
  switch (id) {
    case CharsetId::kBinary:
      return text.size();
    case CharsetId::kUtf8mb4:
      return valid_utf8_prefix(text);
    default:
      break;
  }
  if (is_ascii(text)) return text.size();
  std::size_t position = 0;
  while (position < text.size()) {
    const DecodedCharacter decoded = decode_utf8(text.substr(position));
    const bool is_invalid = decoded.byte_count == 1 && decoded.code_point == kReplacementCharacter;
    if (is_invalid || !allows(id, decoded.code_point)) break;
    position += decoded.byte_count;
  }
  return position;
}

std::size_t Charset::length(std::string_view text) const noexcept {
  return is_binary() ? text.size() : utf8_length(text);
}

std::size_t Charset::offset(std::string_view text, std::size_t character_index) const noexcept {
  return is_binary() ? std::min(character_index, text.size()) : utf8_offset(text, character_index);
}

std::size_t Charset::encoded_length(std::string_view text) const {
  switch (id) {
    case CharsetId::kLatin1:
      return utf8_length(text);
    case CharsetId::kGbk: {
      if (is_ascii(text)) return text.size();
      std::string encoded;
      encode(text, encoded);
      return encoded.size();
    }
    default:
      return text.size();
  }
}

void Charset::encode(std::string_view text, std::string& out) const {
  if (is_identity_encoded() || is_ascii(text)) {
    out.append(text);
    return;
  }
  while (!text.empty()) {
    const DecodedCharacter decoded = decode_utf8(text);
    text.remove_prefix(decoded.byte_count);
    const int code =
        id == CharsetId::kLatin1 ? unicode_to_latin1(decoded.code_point) : unicode_to_gbk(decoded.code_point);
    if (code < 0) {
      out.push_back('?');
    } else {
      if (code > 0xFF) out.push_back(static_cast<char>(code >> 8));
      out.push_back(static_cast<char>(code & 0xFF));
    }
  }
}

bool Charset::decode(std::string_view bytes, std::string& out) const {
  if (is_binary() || is_ascii(bytes)) {
    out.append(bytes);
    return true;
  }
  switch (id) {
    case CharsetId::kLatin1:
      return decode_latin1(bytes, out);
    case CharsetId::kGbk:
      return decode_gbk(bytes, out);
    default:
      return copy_valid(*this, bytes, out);
  }
}

const Collation* Charset::default_collation() const noexcept {
  switch (id) {
    case CharsetId::kBinary:
      return binary_collation();
    case CharsetId::kUtf8mb4:
      return utf8mb4_bin();
    case CharsetId::kUtf8:
      return find_collation("utf8_bin");
    case CharsetId::kLatin1:
      return find_collation("latin1_bin");
    case CharsetId::kAscii:
      return find_collation("ascii_bin");
    case CharsetId::kGbk:
      return find_collation("gbk_chinese_ci");
  }
  return nullptr;
}

const Charset* find_charset(std::string_view name) noexcept {
  if (equal_ignoring_case(name, "utf8mb3")) name = "utf8";
  for (const Charset* charset : kCharsets) {
    if (equal_ignoring_case(charset->name, name)) return charset;
  }
  return nullptr;
}

std::span<const Charset* const> all_charsets() noexcept { return kCharsets; }
const Charset* binary_charset() noexcept { return &kBinary; }
const Charset* utf8mb4_charset() noexcept { return &kUtf8mb4; }

}  // namespace sluice::types
