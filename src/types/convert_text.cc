// Conversion to CHAR, VARCHAR, TEXT, BINARY, VARBINARY, BLOB.
#include <algorithm>

#include "base/sql_error.h"
#include "types/charset.h"
#include "types/collation.h"
#include "types/convert.h"
#include "types/convert_report.h"
#include "types/utf8.h"
#include "types/value_text.h"

namespace sluice::types::conversion {

namespace {

/// "\xE6\x88" of the first bytes that are not valid.
std::string escape_bytes(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  constexpr std::size_t kShownBytes = 6;
  std::string text;
  for (std::size_t i = 0; i < std::min(bytes.size(), kShownBytes); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += "\\x";
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  if (bytes.size() > kShownBytes) text += "...";
  return text;
}

/// `text` with '?' for each character that `charset` lacks and each byte that is no character.
std::string replace_invalid(std::string_view text, const Charset& charset) {
  std::string valid;
  while (!text.empty()) {
    const std::size_t good = charset.valid_prefix(text);
    valid.append(text.substr(0, good));
    text.remove_prefix(good);
    if (text.empty()) break;
    valid.push_back('?');
    // One character if it is one in UTF-8, else one byte.
    std::size_t skip = 1;
    while (skip < text.size() && skip < 4 && (static_cast<unsigned char>(text[skip]) & 0xc0) == 0x80) ++skip;
    text.remove_prefix(skip);
  }
  return valid;
}

/// Makes `text` valid in the target's character set. False: a cast of binary bytes that are no text, which gives NULL.
bool check_charset(std::string& text, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  const Charset* charset = to.collation == nullptr ? nullptr : to.collation->charset;
  if (charset == nullptr || charset->is_binary()) return true;
  // Bytes are taken as they are: as those of the target's character set.
  const bool needs_decoding = from.is_binary_string() && !charset->is_identity_encoded();
  std::string decoded;
  if (needs_decoding && charset->decode(text, decoded)) {
    text = std::move(decoded);
    return true;
  }
  const std::size_t good = needs_decoding ? 0 : charset->valid_prefix(text);
  if (!needs_decoding && good == text.size()) return true;
  const std::string_view rest = std::string_view(text).substr(good);
  if (is_assignment(ctx)) {
    ctx.report(SqlError::with_message(
        ErrorCode::kTruncatedWrongValueForField,
        "Incorrect string value '" + escape_bytes(rest) + "' for column '" + std::string(ctx.column_name) + "'"));
    text = needs_decoding ? std::move(decoded) : replace_invalid(text, *charset);
    return true;
  }
  if (from.is_binary_string()) {
    std::string hex;
    static constexpr char kDigits[] = "0123456789ABCDEF";
    for (const char byte : rest.substr(0, 6)) {
      hex.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
      hex.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
    }
    ctx.warn(SqlError(ErrorCode::kInvalidCharacterString, charset->name, hex));
    return false;
  }
  text = replace_invalid(text, *charset);
  return true;
}

/// Text as a binary string: the bytes are those of its character set, while here it is held as UTF-8.
void encode_for_binary(std::string& text, const FieldType& from, const FieldType& to) {
  if (from.collation == nullptr || to.collation == nullptr || from.code == TypeCode::kJson) return;
  const Charset& source = *from.collation->charset;
  const Charset& target = *to.collation->charset;
  if (!target.is_binary() || source.is_binary() || source.is_identity_encoded()) return;
  std::string encoded;
  source.encode(text, encoded);
  text = std::move(encoded);
}

bool is_all_space(std::string_view text) { return text.find_first_not_of(" \t\n\r") == std::string_view::npos; }

/// Bytes of `text` that the target's length allows.
std::size_t allowed_bytes(std::string_view text, const FieldType& to) {
  const std::size_t length = static_cast<std::size_t>(to.flen);
  if (text.size() <= length) return text.size();
  const bool counts_bytes = to.is_binary_string() || is_blob_code(to.code);
  if (!counts_bytes) return to.collation->charset->offset(text, length);
  if (to.is_binary_string()) return length;
  std::size_t cut = length;  // not within a character
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return cut;
}

void cut_to_length(std::string& text, const FieldType& to, ConversionContext& ctx) {
  if (to.flen < 0) return;
  const std::size_t allowed = allowed_bytes(text, to);
  if (allowed >= text.size()) return;
  const std::string_view rest = std::string_view(text).substr(allowed);
  if (!is_assignment(ctx)) {
    report_truncated(
        to.is_binary_string() ? "BINARY(" + std::to_string(to.flen) + ")" : "CHAR(" + std::to_string(to.flen) + ")",
        text, ctx);
  } else if (!is_all_space(rest) || to.is_binary_string()) {
    report_too_long(ctx);
  } else if (to.code != TypeCode::kString) {
    ctx.warn(SqlError(ErrorCode::kWarnDataTruncated, ctx.column_name, ctx.row_number));
  }
  text.resize(allowed);
}

}  // namespace

Value to_text(const Value& value, const FieldType& from, const FieldType& to, ConversionContext& ctx) {
  const bool is_padded = to.code == TypeCode::kString && to.is_binary_string() && to.flen > 0;
  if (is_padded && !is_assignment(ctx) && static_cast<std::uint64_t>(to.flen) > ctx.max_allowed_packet) {
    ctx.report(SqlError(ErrorCode::kWarnAllowedPacketOverflowed, "cast_as_binary", ctx.max_allowed_packet));
    return {};
  }
  std::string text;
  if (value.kind() == Value::Kind::kString) {
    text = value.as_string();
    encode_for_binary(text, from, to);
  } else {
    append_value_text(value, from, text);
  }
  const bool plain_ascii = value.kind() != Value::Kind::kString && value.kind() != Value::Kind::kJson &&
                           value.kind() != Value::Kind::kUInt64;
  if (!plain_ascii && !check_charset(text, from, to, ctx)) return {};
  cut_to_length(text, to, ctx);
  if (to.code == TypeCode::kString) {
    if (to.is_binary_string()) {
      if (to.flen > 0 && text.size() < static_cast<std::size_t>(to.flen))
        text.resize(static_cast<std::size_t>(to.flen));
    } else if (is_assignment(ctx)) {
      text.resize(trim_trailing_spaces(text).size());
    }
  }
  return Value(std::move(text));
}

}  // namespace sluice::types::conversion
