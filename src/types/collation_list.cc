#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "base/sql_error.h"
#include "types/charset.h"
#include "types/collation.h"

namespace sluice::types {

namespace {

enum class Padding : std::uint8_t { kPadSpace, kNoPad };

struct CollationRow {
  std::uint16_t id;
  std::string_view name;
  std::string_view charset;
  Padding padding;
  CollationAlgorithm algorithm;
};

// By name. Ids: SHOW COLLATION of MySQL 8.0.
constexpr CollationRow kRows[] = {
    {65, "ascii_bin", "ascii", Padding::kPadSpace, CollationAlgorithm::kBytes},
    {63, "binary", "binary", Padding::kNoPad, CollationAlgorithm::kBytes},
    {87, "gbk_bin", "gbk", Padding::kPadSpace, CollationAlgorithm::kGbkBytes},
    {28, "gbk_chinese_ci", "gbk", Padding::kPadSpace, CollationAlgorithm::kGbkChinese},
    {47, "latin1_bin", "latin1", Padding::kPadSpace, CollationAlgorithm::kBytes},
    {8, "latin1_swedish_ci", "latin1", Padding::kPadSpace, CollationAlgorithm::kLatin1Swedish},
    {83, "utf8_bin", "utf8", Padding::kPadSpace, CollationAlgorithm::kBytes},
    {33, "utf8_general_ci", "utf8", Padding::kPadSpace, CollationAlgorithm::kGeneral},
    {192, "utf8_unicode_ci", "utf8", Padding::kPadSpace, CollationAlgorithm::kUnicode},
    {255, "utf8mb4_0900_ai_ci", "utf8mb4", Padding::kNoPad, CollationAlgorithm::kUca0900},
    {309, "utf8mb4_0900_bin", "utf8mb4", Padding::kNoPad, CollationAlgorithm::kBytes},
    {46, "utf8mb4_bin", "utf8mb4", Padding::kPadSpace, CollationAlgorithm::kBytes},
    {45, "utf8mb4_general_ci", "utf8mb4", Padding::kPadSpace, CollationAlgorithm::kGeneral},
    {224, "utf8mb4_unicode_ci", "utf8mb4", Padding::kPadSpace, CollationAlgorithm::kUnicode},
};
constexpr std::size_t kCount = std::size(kRows);

constexpr std::string_view kDefaults[] = {"ascii_bin",  "binary",   "gbk_chinese_ci",
                                          "latin1_bin", "utf8_bin", "utf8mb4_bin"};

struct CollationList {
  std::array<Collation, kCount> collations;
  std::array<const Collation*, kCount> pointers;

  CollationList() {
    for (std::size_t index = 0; index < kCount; ++index) {
      const CollationRow& row = kRows[index];
      const bool is_binary =
          row.algorithm == CollationAlgorithm::kBytes || row.algorithm == CollationAlgorithm::kGbkBytes;
      const bool is_default = std::find(std::begin(kDefaults), std::end(kDefaults), row.name) != std::end(kDefaults);
      collations[index] =
          Collation{row.id,     row.name,     find_charset(row.charset), row.padding == Padding::kPadSpace, is_binary,
                    is_default, row.algorithm};
      pointers[index] = &collations[index];
    }
  }
};

const CollationList& list() {
  static const CollationList instance;
  return instance;
}

std::string lower_name(std::string_view name) {
  std::string lower(name);
  for (char& character : lower) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character + 32);
  }
  if (lower.starts_with("utf8mb3_")) lower.erase(4, 3);
  return lower;
}

/// Whether MySQL 8.0 has a collation of that name (SHOW COLLATION there).
bool is_mysql_collation(std::string_view lower) {
  static constexpr std::string_view kCharsets[] = {
      "armscii8", "ascii", "big5",    "binary", "cp1250",  "cp1251", "cp1256", "cp1257",  "cp850",    "cp852",  "cp866",
      "cp932",    "dec8",  "eucjpms", "euckr",  "gb18030", "gb2312", "gbk",    "geostd8", "greek",    "hebrew", "hp8",
      "keybcs2",  "koi8r", "koi8u",   "latin1", "latin2",  "latin5", "latin7", "macce",   "macroman", "sjis",   "swe7",
      "tis620",   "ucs2",  "ujis",    "utf16",  "utf16le", "utf32",  "utf8",   "utf8mb4"};
  static constexpr std::string_view kOrders[] = {
      "general",  "unicode",    "unicode_520", "icelandic", "latvian",   "romanian", "slovenian",  "polish",
      "estonian", "spanish",    "swedish",     "turkish",   "czech",     "danish",   "lithuanian", "slovak",
      "spanish2", "roman",      "persian",     "esperanto", "hungarian", "sinhala",  "german1",    "german2",
      "croatian", "vietnamese", "chinese",     "japanese",  "korean",    "thai",     "bulgarian",  "ukrainian",
      "english",  "greek",      "hebrew",      "nopad"};
  const std::size_t first = lower.find('_');
  const std::size_t last = lower.rfind('_');
  if (first == std::string_view::npos) return false;
  const auto contains = [](const auto& names, std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  if (!contains(kCharsets, lower.substr(0, first))) return false;
  const std::string_view end = lower.substr(last + 1);
  if (lower.starts_with("utf8mb4_") && lower.find("_0900_") != std::string_view::npos)
    return end == "ci" || end == "cs" || end == "bin";
  if (first == last) return end == "bin";
  return (end == "ci" || end == "cs") && contains(kOrders, lower.substr(first + 1, last - first - 1));
}

}  // namespace

void throw_unknown_collation(std::string_view name) {
  if (!is_mysql_collation(lower_name(name))) throw SqlError(ErrorCode::kUnknownCollation, name);
  throw SqlError::with_message(ErrorCode::kUnknownCollation,
                               "Unsupported collation when new collation is enabled: '" + std::string(name) + "'");
}

const Collation* find_collation(std::string_view name) noexcept {
  constexpr std::size_t kLongestName = 64;
  if (name.size() > kLongestName) return nullptr;
  const std::string lower = lower_name(name);
  for (const Collation& collation : list().collations) {
    if (collation.name == lower) return &collation;
  }
  return nullptr;
}

const Collation* find_collation(std::uint16_t id) noexcept {
  for (const Collation& collation : list().collations) {
    if (collation.id == id) return &collation;
  }
  return nullptr;
}

std::span<const Collation* const> all_collations() noexcept { return list().pointers; }

const Collation* binary_collation() noexcept {
  static const Collation* const collation = find_collation("binary");
  return collation;
}

const Collation* utf8mb4_bin() noexcept {
  static const Collation* const collation = find_collation("utf8mb4_bin");
  return collation;
}

}  // namespace sluice::types
