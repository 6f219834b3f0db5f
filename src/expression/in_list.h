#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "types/value.h"

namespace sluice::types {
struct Collation;
}

namespace sluice::expression {

/// The constants of an IN list, hashed: all of one physical type.
///
/// Open addressing over a power-of-two table that is at most half full; short lists of words are searched in order.
/// Thread-safety: immutable after the last insert.
class WordSet {
 public:
  void insert(std::uint64_t word);
  bool contains(std::uint64_t word) const noexcept;
  bool empty() const noexcept { return words_.empty(); }

 private:
  static constexpr std::size_t kShortList = 8;

  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> table_;  // index into words_ plus 1, or 0
  std::uint64_t mask_ = 0;
};

/// As WordSet, for strings under a collation.
class StringSet {
 public:
  explicit StringSet(const types::Collation* collation) : collation_(collation) {}
  void insert(std::string_view text);
  bool contains(std::string_view text) const;
  bool empty() const noexcept { return strings_.empty(); }

 private:
  std::size_t find_slot(std::string_view text) const;

  const types::Collation* collation_;
  std::vector<std::string> strings_;
  std::vector<std::uint32_t> table_;
  std::uint64_t mask_ = 0;
};

}  // namespace sluice::expression
