#pragma once
// The words that the grammar knows. `keyword_table.inc` lists them.

#include <cstdint>
#include <string_view>

namespace sluice::sql {

enum class Keyword : std::uint16_t {
  kNone,
#define SLUICE_KEYWORD(name, text, is_reserved) name,
#include "sql/keyword_table.inc"
#undef SLUICE_KEYWORD
};

/// The keyword that `word` spells in any case, or kNone. Constant time.
Keyword find_keyword(std::string_view word) noexcept;

/// Reserved words cannot be names unless quoted or after a point.
bool is_reserved(Keyword keyword) noexcept;

/// Upper-case spelling; empty for kNone.
std::string_view keyword_text(Keyword keyword) noexcept;

/// How many keywords there are: their values are 1 to this.
int keyword_count() noexcept;

}  // namespace sluice::sql
