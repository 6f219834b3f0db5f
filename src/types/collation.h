#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "types/charset.h"

namespace sluice::types {

/// How a collation weighs characters.
enum class CollationAlgorithm : std::uint8_t {
  kBytes,          ///< the bytes themselves
  kGeneral,        ///< one weight per code point: the base letter in upper case (MySQL's *_general_ci)
  kUnicode,        ///< UCA primary weights, supplementary characters all equal (MySQL's *_unicode_ci)
  kUca0900,        ///< UCA primary weights of all characters, ignorable ones skipped (MySQL's *_0900_ai_ci)
  kLatin1Swedish,  ///< latin1_swedish_ci: one weight per latin1 character
  kGbkBytes,       ///< the bytes of the GBK encoding
  kGbkChinese,     ///< GBK bytes with letters in upper case and characters in pinyin order
};

/// A collation: the order and the equality of the strings of one character set.
///
/// For any a, b: compare(a, b) has the sign of memcmp of their sort keys, compare(a, b) == 0 exactly when the sort keys
/// are equal, and then their hashes are equal. Strings are UTF-8 (see Charset); invalid sequences weigh like U+FFFD.
///
/// Instances are constants of the process: compare by pointer. Thread-safety: const members from any number of threads.
/// Weight tables are built page by page when first needed, lock-free.
struct Collation {
  std::uint16_t id;       ///< MySQL's id, e.g. 46 for utf8mb4_bin
  std::string_view name;  ///< lower case
  const Charset* charset;
  bool pad_space;   ///< trailing spaces do not count
  bool is_binary;   ///< compares bytes: `binary`, every *_bin
  bool is_default;  ///< the default of its character set
  CollationAlgorithm algorithm;

  /// Whether equality is equality of bytes (after removal of trailing spaces if pad_space).
  bool is_bytewise() const noexcept { return algorithm == CollationAlgorithm::kBytes; }

  /// Negative, zero, positive as `left` sorts before, with, after `right`.
  int compare(std::string_view left, std::string_view right) const;

  /// compare(left, right) == 0, but faster.
  bool equal(std::string_view left, std::string_view right) const;

  /// Appends the key bytes of TIDB-compatible index entries, before the memcomparable escaping:
  /// u16 big-endian weights for *_ci, the bytes for *_bin; trailing spaces are removed if pad_space.
  void append_sort_key(std::string_view text, std::string& out) const;

  /// Equal strings have equal hashes.
  std::uint64_t hash(std::string_view text, std::uint64_t seed) const;

  /// Weight of one code point as LIKE, LOCATE and REPLACE compare single characters: equal weights mean equal
  /// characters. Not ordered across algorithms.
  std::uint64_t character_weight(char32_t code_point) const;

  /// The character weights of the 128 ASCII characters, 0 where only character_weight() knows; null if bytewise.
  const std::uint16_t* ascii_weights() const;
};

/// `text` without its trailing spaces (0x20).
inline std::string_view trim_trailing_spaces(std::string_view text) noexcept {
  std::size_t size = text.size();
  while (size != 0 && text[size - 1] == ' ') --size;
  return text.substr(0, size);
}

/// The collation named `name` in any case (utf8mb3_* is an alias of utf8_*), or nullptr.
const Collation* find_collation(std::string_view name) noexcept;
/// Throws SqlError 1273 for a name that find_collation() does not know; TiDB's text for those that MySQL has.
[[noreturn]] void throw_unknown_collation(std::string_view name);

/// The collation with MySQL's `id`, or nullptr. An id of a known character set whose order is not implemented is not found.
const Collation* find_collation(std::uint16_t id) noexcept;

/// All collations, ordered by name as SHOW COLLATION lists them.
std::span<const Collation* const> all_collations() noexcept;

/// The collations that code names itself.
const Collation* binary_collation() noexcept;
const Collation* utf8mb4_bin() noexcept;

/// utf8mb4_bin: what literals and results get when nothing else is said.
inline const Collation* default_collation() noexcept { return utf8mb4_bin(); }

}  // namespace sluice::types
