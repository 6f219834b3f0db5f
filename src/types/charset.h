#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::types {

struct Collation;

enum class CharsetId : std::uint8_t { kBinary, kUtf8mb4, kUtf8, kLatin1, kAscii, kGbk };

/// A character set: which characters a string may hold and how clients and length functions see its bytes.
///
/// Character strings lie in memory and on disk in UTF-8 whatever their character set, as in TiDB; only `binary` strings
/// hold arbitrary bytes. So "a string of latin1" is UTF-8 text whose characters all exist in latin1; `encode` and
/// `decode` translate at the borders (client character set, LENGTH, HEX, CAST ... AS BINARY).
///
/// Instances are constants of the process: compare by pointer. Thread-safety: const members from any number of threads.
struct Charset {
  CharsetId id;
  std::string_view name;         ///< lower case, "utf8mb4"; utf8mb3 is named "utf8" as in TiDB
  std::string_view description;  ///< as in SHOW CHARACTER SET
  std::uint8_t max_bytes;        ///< Maxlen of SHOW CHARACTER SET

  bool is_binary() const noexcept { return id == CharsetId::kBinary; }

  /// Whether encode() is the identity: binary, ascii, utf8, utf8mb4.
  bool is_identity_encoded() const noexcept { return id != CharsetId::kLatin1 && id != CharsetId::kGbk; }

  /// TiDB's default: binary, utf8mb4_bin, utf8_bin, latin1_bin, ascii_bin, gbk_chinese_ci.
  const Collation* default_collation() const noexcept;

  /// Length in bytes of the longest prefix of `text` (UTF-8) that is valid in this character set: text.size() if all is.
  std::size_t valid_prefix(std::string_view text) const;

  /// Whether every character of `text` is allowed here.
  bool is_valid(std::string_view text) const { return valid_prefix(text) == text.size(); }

  /// Number of characters (bytes for binary).
  std::size_t length(std::string_view text) const noexcept;

  /// Byte offset of character `character_index`, text.size() if there are not that many.
  std::size_t offset(std::string_view text, std::size_t character_index) const noexcept;

  /// Size of encode(text) without building it when that is cheap.
  std::size_t encoded_length(std::string_view text) const;

  /// Appends `text` (UTF-8; raw bytes for binary) in this character set's own bytes. What cannot be represented becomes '?'.
  void encode(std::string_view text, std::string& out) const;

  /// Appends the UTF-8 form of `bytes`, which are in this character set. Returns false if some byte sequence was invalid;
  /// it is then replaced by '?'. For binary, ascii, utf8 and utf8mb4 valid bytes are appended unchanged.
  bool decode(std::string_view bytes, std::string& out) const;
};

/// The character set named `name` (any case; "utf8mb3" is an alias of utf8), or nullptr.
const Charset* find_charset(std::string_view name) noexcept;

/// All character sets, ordered by name as SHOW CHARACTER SET lists them.
std::span<const Charset* const> all_charsets() noexcept;

const Charset* binary_charset() noexcept;
const Charset* utf8mb4_charset() noexcept;

}  // namespace sluice::types
