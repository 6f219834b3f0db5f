#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "types/collation.h"

namespace sluice::types {

/// How strongly an expression insists on its collation; the lowest wins.
/// Source: MySQL manual, "Collation Coercibility in Expressions".
enum class Coercibility : std::uint8_t {
  kExplicit = 0,   ///< a COLLATE clause
  kNone = 1,       ///< operands of different collations, none of which wins
  kImplicit = 2,   ///< a column
  kSystem = 3,     ///< USER(), VERSION(), user variables
  kCoercible = 4,  ///< a literal
  kNumeric = 5,    ///< a number or a time
  kIgnorable = 6,  ///< NULL
};

/// The characters that an expression's values can hold.
enum class Repertoire : std::uint8_t { kAscii, kUnicode };

/// What an operand brings to the choice.
struct CollationClaim {
  const Collation* collation = nullptr;
  Coercibility coercibility = Coercibility::kCoercible;
  Repertoire repertoire = Repertoire::kUnicode;
};

/// The collation under which `operation` (its name goes into the message: "=", "concat") works on `claims`, by MySQL's rules:
/// the lowest coercibility wins; among equals a Unicode character set wins over others, an ASCII-only operand yields,
/// binary wins over all, and the *_bin collation of one character set wins over its others.
///
/// `claims`: at least one. Returns the winner; coercibility kNone if columns disagree and `must_agree` is kNo.
/// Throws: SqlError 1267, 1270 or 1271 ("Illegal mix of collations ...") if nothing wins and `must_agree` is kYes,
/// or if two COLLATE clauses disagree.
enum class MustAgree : std::uint8_t { kNo, kYes };
CollationClaim resolve_collation(std::span<const CollationClaim> claims, std::string_view operation,
                                 MustAgree must_agree);

}  // namespace sluice::types
