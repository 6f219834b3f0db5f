#include "types/sql_mode.h"

#include <array>
#include <cctype>

#include "base/sql_error.h"

namespace sluice::types {

namespace {

struct NamedMode {
  std::string_view name;
  std::uint64_t bit;
};

constexpr std::array<NamedMode, 23> kModes = {{
    {"REAL_AS_FLOAT", SqlMode::kRealAsFloat},
    {"PIPES_AS_CONCAT", SqlMode::kPipesAsConcat},
    {"ANSI_QUOTES", SqlMode::kAnsiQuotes},
    {"IGNORE_SPACE", SqlMode::kIgnoreSpace},
    {"NOT_USED", SqlMode::kNotUsed},
    {"ONLY_FULL_GROUP_BY", SqlMode::kOnlyFullGroupBy},
    {"NO_UNSIGNED_SUBTRACTION", SqlMode::kNoUnsignedSubtraction},
    {"NO_DIR_IN_CREATE", SqlMode::kNoDirInCreate},
    {"ANSI", SqlMode::kAnsi},
    {"NO_AUTO_VALUE_ON_ZERO", SqlMode::kNoAutoValueOnZero},
    {"NO_BACKSLASH_ESCAPES", SqlMode::kNoBackslashEscapes},
    {"STRICT_TRANS_TABLES", SqlMode::kStrictTransTables},
    {"STRICT_ALL_TABLES", SqlMode::kStrictAllTables},
    {"NO_ZERO_IN_DATE", SqlMode::kNoZeroInDate},
    {"NO_ZERO_DATE", SqlMode::kNoZeroDate},
    {"ALLOW_INVALID_DATES", SqlMode::kAllowInvalidDates},
    {"ERROR_FOR_DIVISION_BY_ZERO", SqlMode::kErrorForDivisionByZero},
    {"TRADITIONAL", SqlMode::kTraditional},
    {"NO_AUTO_CREATE_USER", SqlMode::kNoAutoCreateUser},
    {"HIGH_NOT_PRECEDENCE", SqlMode::kHighNotPrecedence},
    {"NO_ENGINE_SUBSTITUTION", SqlMode::kNoEngineSubstitution},
    {"PAD_CHAR_TO_FULL_LENGTH", SqlMode::kPadCharToFullLength},
    {"TIME_TRUNCATE_FRACTIONAL", SqlMode::kTimeTruncateFractional},
}};

/// What the combination modes switch on besides themselves.
constexpr std::uint64_t kAnsiParts = SqlMode::kRealAsFloat | SqlMode::kPipesAsConcat | SqlMode::kAnsiQuotes |
                                     SqlMode::kIgnoreSpace | SqlMode::kOnlyFullGroupBy;
constexpr std::uint64_t kTraditionalParts =
    SqlMode::kStrictTransTables | SqlMode::kStrictAllTables | SqlMode::kNoZeroInDate | SqlMode::kNoZeroDate |
    SqlMode::kErrorForDivisionByZero | SqlMode::kNoAutoCreateUser | SqlMode::kNoEngineSubstitution;

std::uint64_t find_mode(std::string_view upper_name) {
  for (const NamedMode& mode : kModes) {
    if (mode.name == upper_name) return mode.bit;
  }
  return 0;
}

}  // namespace

std::string SqlMode::to_string() const {
  std::string text;
  for (const NamedMode& mode : kModes) {
    if ((bits_ & mode.bit) == 0) continue;
    if (!text.empty()) text.push_back(',');
    text += mode.name;
  }
  return text;
}

SqlMode SqlMode::parse(std::string_view text) {
  std::uint64_t bits = 0;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (item.empty()) continue;
    std::string name(item);
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const std::uint64_t bit = find_mode(name);
    if (bit == 0) throw SqlError(ErrorCode::kWrongValueForVar, "sql_mode", name);
    bits |= bit;
    if (bit == kAnsi) bits |= kAnsiParts;
    if (bit == kTraditional) bits |= kTraditionalParts;
  }
  return SqlMode(bits);
}

}  // namespace sluice::types
