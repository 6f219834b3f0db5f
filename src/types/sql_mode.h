// The sql_mode system variable. Source: MySQL 8.0 manual, section 5.1.11 "Server SQL Modes".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::types {

/// A set of SQL modes; a small value.
class SqlMode {
 public:
  enum Bit : std::uint64_t {
    kNone = 0,
    kRealAsFloat = 1ull << 0,
    kPipesAsConcat = 1ull << 1,
    kAnsiQuotes = 1ull << 2,
    kIgnoreSpace = 1ull << 3,
    kNotUsed = 1ull << 4,
    kOnlyFullGroupBy = 1ull << 5,
    kNoUnsignedSubtraction = 1ull << 6,
    kNoDirInCreate = 1ull << 7,
    kAnsi = 1ull << 8,
    kNoAutoValueOnZero = 1ull << 9,
    kNoBackslashEscapes = 1ull << 10,
    kStrictTransTables = 1ull << 11,
    kStrictAllTables = 1ull << 12,
    kNoZeroInDate = 1ull << 13,
    kNoZeroDate = 1ull << 14,
    kAllowInvalidDates = 1ull << 15,
    kErrorForDivisionByZero = 1ull << 16,
    kTraditional = 1ull << 17,
    kNoAutoCreateUser = 1ull << 18,
    kHighNotPrecedence = 1ull << 19,
    kNoEngineSubstitution = 1ull << 20,
    kPadCharToFullLength = 1ull << 21,
    kTimeTruncateFractional = 1ull << 22,
  };

  constexpr SqlMode() = default;
  constexpr explicit SqlMode(std::uint64_t bits) : bits_(bits) {}

  constexpr std::uint64_t bits() const noexcept { return bits_; }
  constexpr bool has(Bit bit) const noexcept { return (bits_ & bit) != 0; }
  constexpr SqlMode with(Bit bit) const noexcept { return SqlMode(bits_ | bit); }
  constexpr SqlMode without(Bit bit) const noexcept { return SqlMode(bits_ & ~static_cast<std::uint64_t>(bit)); }
  /// STRICT_TRANS_TABLES or STRICT_ALL_TABLES.
  constexpr bool is_strict() const noexcept { return (bits_ & (kStrictTransTables | kStrictAllTables)) != 0; }
  friend constexpr bool operator==(SqlMode a, SqlMode b) = default;

  /// The names in MySQL's order, comma separated: "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,...".
  std::string to_string() const;
  /// Reads such a list in any case and order; combinations (ANSI, TRADITIONAL) are expanded. Throws: SqlError 1231 naming the unknown mode.
  static SqlMode parse(std::string_view text);
  /// The default of a new server.
  static constexpr SqlMode standard() {
    return SqlMode(kOnlyFullGroupBy | kStrictTransTables | kNoZeroInDate | kNoZeroDate | kErrorForDivisionByZero |
                   kNoAutoCreateUser | kNoEngineSubstitution);
  }

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace sluice::types
