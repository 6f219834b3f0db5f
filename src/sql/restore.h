#pragma once
// A syntax tree back to SQL text.

#include <string>

#include "sql/ast_select.h"
#include "sql/statement.h"

namespace sluice::sql {

struct RestoreOptions {
  bool uppercase_keywords = true;
  bool backquote_names = true;
  bool lowercase_names = false;
  bool without_schema = false;           // names lose their schema qualifier
  bool special_comments = false;         // /*T![clustered_index] CLUSTERED */ as SHOW CREATE prints
  bool string_introducers = true;        // _UTF8MB4'..' as TiDB's restore writes in view definitions; false: plain '..'
};

/// Text that parses to the same tree: keywords in upper case, names in backquotes, one space between tokens.
std::string restore(const Statement& statement, const RestoreOptions& options = {});
std::string restore(const Query& query, const RestoreOptions& options = {});
std::string restore(const Expression& expression, const RestoreOptions& options = {});

}  // namespace sluice::sql
