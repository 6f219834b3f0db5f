#include "types/collation_resolution.h"

#include <string>

#include "base/sql_error.h"

namespace sluice::types {

namespace {

std::string_view coercibility_name(Coercibility coercibility) {
  switch (coercibility) {
    case Coercibility::kExplicit:
      return "EXPLICIT";
    case Coercibility::kNone:
      return "NONE";
    case Coercibility::kImplicit:
      return "IMPLICIT";
    case Coercibility::kSystem:
      return "SYSCONST";
    case Coercibility::kCoercible:
      return "COERCIBLE";
    case Coercibility::kNumeric:
      return "NUMERIC";
    case Coercibility::kIgnorable:
      return "IGNORABLE";
  }
  return "";
}

[[noreturn]] void throw_illegal_mix(std::span<const CollationClaim> claims, std::string_view operation) {
  const auto name = [&](std::size_t index) { return claims[index].collation->name; };
  const auto strength = [&](std::size_t index) { return coercibility_name(claims[index].coercibility); };
  if (claims.size() == 2) {
    throw SqlError(ErrorCode::kCantAggregate2collations, name(0), strength(0), name(1), strength(1), operation);
  }
  if (claims.size() == 3) {
    throw SqlError(ErrorCode::kCantAggregate3collations, name(0), strength(0), name(1), strength(1), name(2),
                   strength(2), operation);
  }
  throw SqlError(ErrorCode::kCantAggregateNcollations, operation);
}

enum class Merge { kDone, kDisagree };

bool is_unicode(const CollationClaim& claim) {
  return claim.collation->charset->id == CharsetId::kUtf8mb4 || claim.collation->charset->id == CharsetId::kUtf8;
}

const Collation* bin_collation_of(const Charset& charset) { return find_collation(std::string(charset.name) + "_bin"); }

Merge merge_same_charset(CollationClaim& winner, const CollationClaim& next) {
  if (winner.collation == next.collation || winner.coercibility != next.coercibility) {
    if (next.coercibility < winner.coercibility) winner = next;
    return Merge::kDone;
  }
  if (winner.coercibility == Coercibility::kExplicit) return Merge::kDisagree;
  if (winner.collation->is_binary) return Merge::kDone;
  if (next.collation->is_binary) {
    winner = next;
    return Merge::kDone;
  }
  winner.collation = bin_collation_of(*winner.collation->charset);
  winner.coercibility = Coercibility::kNone;
  return Merge::kDone;
}

Merge merge_different_charsets(CollationClaim& winner, const CollationClaim& next) {
  if (winner.collation->charset->is_binary() || next.collation->charset->is_binary()) {
    const bool winner_is_binary = winner.collation->charset->is_binary();
    const bool keeps =
        winner_is_binary ? winner.coercibility <= next.coercibility : winner.coercibility < next.coercibility;
    if (!keeps) winner = next;
    return Merge::kDone;
  }
  // A string of the lower strength converts if its characters exist on the other side or if it is a constant.
  const auto absorbs = [](const CollationClaim& strong, const CollationClaim& weak) {
    if (strong.coercibility > weak.coercibility) return false;
    if (weak.repertoire == Repertoire::kAscii || weak.collation->charset->id == CharsetId::kAscii) return true;
    if (strong.collation->charset->id == CharsetId::kUtf8mb4) return true;
    if (is_unicode(strong) && !is_unicode(weak)) return true;
    return strong.coercibility < weak.coercibility && weak.coercibility >= Coercibility::kCoercible;
  };
  if (absorbs(winner, next)) return Merge::kDone;
  if (absorbs(next, winner)) {
    winner = next;
    return Merge::kDone;
  }
  return Merge::kDisagree;
}

}  // namespace

CollationClaim resolve_collation(std::span<const CollationClaim> claims, std::string_view operation,
                                 MustAgree must_agree) {
  CollationClaim winner = claims[0];
  Repertoire repertoire = winner.repertoire;
  for (const CollationClaim& next : claims.subspan(1)) {
    const bool same_charset = winner.collation->charset == next.collation->charset;
    const Merge merge = same_charset ? merge_same_charset(winner, next) : merge_different_charsets(winner, next);
    if (merge == Merge::kDisagree) throw_illegal_mix(claims, operation);
    if (next.repertoire == Repertoire::kUnicode) repertoire = Repertoire::kUnicode;
  }
  if (winner.coercibility == Coercibility::kNone && must_agree == MustAgree::kYes) throw_illegal_mix(claims, operation);
  winner.repertoire = repertoire;
  return winner;
}

}  // namespace sluice::types
