#pragma once
// A syntax tree back to SQL text, in the form TiDB gives view definitions, bindings and generated columns.

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sql/ast_data_type.h"
#include "sql/ast_select.h"
#include "sql/statement.h"

namespace sluice::sql {

/// One item of a select list as it is written when wildcards are resolved and every item has a name.
struct ResolvedItem {
  const Expression* expression = nullptr;  // null: the column below
  std::string schema;                      // may be empty
  std::string table;                       // may be empty
  std::string column;
  std::string alias;
  bool is_named = false;  // the alias was written, or is a column's own name
};
using ResolvedLists = std::unordered_map<const SelectQuery*, std::vector<ResolvedItem>>;

enum class KeywordCase : std::uint8_t { kUpper, kLower };

/// The defaults are those of view definitions. Generated columns and expression indexes: lower case, spaces, no introducers.
struct RestoreOptions {
  KeywordCase keyword_case = KeywordCase::kUpper;
  bool lowercase_names = false;
  bool without_schema = false;           // names lose their schema
  bool spaces_around_operators = false;  // `a` = 1 instead of `a`=1
  bool string_introducers = true;        // _UTF8MB4'x' instead of 'x'
  std::string_view
      default_schema;  // put in front of table names that have no schema and are no CTE's; empty: nothing is added
  const ResolvedLists* resolved_lists = nullptr;  // written instead of the select lists of these queries
  /// Text to write instead of a column reference: substitutes values for columns. Not set: the column's name.
  std::function<std::string(const ColumnReference&)> column_text;
};

/// Text that parses to the same tree, names in backquotes. Statements other than queries, INSERT, UPDATE, DELETE,
/// CREATE TABLE, ALTER TABLE, CREATE INDEX, CREATE VIEW and the EXPLAIN of one of them give their own text.
std::string restore(const Statement& statement, const RestoreOptions& options = {});
std::string restore(const Query& query, const RestoreOptions& options = {});
std::string restore(const Expression& expression, const RestoreOptions& options = {});
std::string restore(const DataType& type, const RestoreOptions& options = {});

}  // namespace sluice::sql
