#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"
#include "types/collation.h"

namespace sluice::types {

/// A compiled LIKE pattern: '%' any characters, '_' one character, the escape makes the next one plain.
///
/// Characters are compared one by one under the collation, as MySQL does: no trailing spaces are ignored.
/// Ownership: owns its pieces; `collation` is a constant of the process. Thread-safety: const members from any threads.
/// Cost: patterns of literals and '%' alone are searched piece by piece under binary collations; else O(text * pattern) at
/// worst (greedy matching with one backtrack point, never exponential).
class LikePattern {
 public:
  /// `escape`: the code point of the ESCAPE character, usually '\\'; 0 for none.
  LikePattern(std::string_view pattern, char32_t escape, const Collation* collation);

  /// For texts of bounded length.
  bool matches(std::string_view text) const { return matches_text(text, nullptr); }
  /// For values of any length. Throws: Stopped (polled every few thousand characters).
  bool matches(std::string_view text, StopToken stop) const { return matches_text(text, &stop); }

  /// The pattern's literal beginning, up to its first wildcard: a range scan on a binary collation can start there.
  std::string_view literal_prefix() const noexcept { return literal_prefix_; }

  /// Whether the pattern has no wildcard at all / is `prefix%` alone.
  bool is_literal() const noexcept { return shape_ == Shape::kLiteral; }
  bool is_prefix() const noexcept { return shape_ == Shape::kPrefix; }

 private:
  enum class Shape : std::uint8_t { kLiteral, kPrefix, kPieces, kGeneral };
  enum class ElementKind : std::uint8_t { kCharacter, kOne, kAny };
  struct Element {
    ElementKind kind;
    std::uint64_t weight;
  };

  bool matches_text(std::string_view text, const StopToken* stop) const;
  bool matches_pieces(std::string_view text) const;
  bool matches_elements(std::string_view text, const StopToken* stop) const;
  std::uint64_t weight_at(std::string_view text, std::uint32_t& byte_count) const;

  const Collation* collation_;
  const std::uint16_t* ascii_weights_;  ///< of a static table; null for binary collations
  std::vector<Element> elements_;
  std::vector<std::string> pieces_{1};  ///< the plain characters between the '%'; one more than there are '%'
  std::string literal_prefix_;
  Shape shape_ = Shape::kGeneral;
};

}  // namespace sluice::types
