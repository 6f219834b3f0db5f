#pragma once
// Statement digests as TiDB computes them: literals become `?`, lists of them `...`, names lower case.

#include <string>
#include <string_view>

namespace sluice::sql {

/// The normalised text: `select * from `t` where `a` = ?`. Never throws for SQL errors: what does not lex ends the text.
std::string normalize(std::string_view text);

/// SHA-256 of `normalize(text)`, 64 hex digits in lower case. Empty for an empty normal form.
std::string digest(std::string_view normalized);

}  // namespace sluice::sql
