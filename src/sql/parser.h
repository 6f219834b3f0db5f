#pragma once
// The parser: SQL text to a syntax tree.

#include <memory>
#include <string>
#include <vector>

#include "base/stop_token.h"
#include "sql/ast_hint.h"
#include "sql/statement.h"

namespace sluice {
class Arena;
}

namespace sluice::sql {

/// What changes the grammar or the meaning of the text.
struct ParseOptions {
  bool pipes_as_concat = false;       // sql_mode PIPES_AS_CONCAT
  bool ansi_quotes = false;           // sql_mode ANSI_QUOTES
  bool high_not_precedence = false;   // sql_mode HIGH_NOT_PRECEDENCE
  bool no_backslash_escapes = false;  // sql_mode NO_BACKSLASH_ESCAPES
  bool ignore_space = false;          // sql_mode IGNORE_SPACE
  bool allow_parameters = true;       // `?`; else a syntax error
  bool allow_multiple = true;         // several statements; else a syntax error after the first
  StopToken stop;                     // polled every few hundred tokens
};

/// The statements of one text and the memory they lie in.
///
/// Ownership: owns its arena and a copy of nothing else: the text given to `parse` must outlive it, unless `parse_copy`
/// was used. Move-only. Thread-safety: reading from any number of threads.
class ParseResult {
 public:
  ParseResult();
  ParseResult(ParseResult&&) noexcept;
  ParseResult& operator=(ParseResult&&) noexcept;
  ~ParseResult();

  /// Empty for a text of white space, comments and semicolons only.
  const std::vector<const Statement*>& statements() const noexcept { return statements_; }
  /// Warnings of hints that were not understood, in order of appearance.
  const std::vector<HintWarning>& hint_warnings() const noexcept { return hint_warnings_; }
  /// The text that was parsed.
  std::string_view text() const noexcept { return text_; }
  std::size_t memory_bytes() const noexcept;

 private:
  friend class Parser;
  friend ParseResult parse(std::string_view, const ParseOptions&);
  friend ParseResult parse_copy(std::string_view, const ParseOptions&);
  std::unique_ptr<Arena> arena_;
  std::string_view text_;
  std::vector<const Statement*> statements_;
  std::vector<HintWarning> hint_warnings_;
};

/// Parses `text`, UTF-8 (malformed bytes are let through inside strings). `text` must outlive the result.
///
/// Throws: Stopped; SqlError 1064 worded as TiDB words it ("... line L column C near "rest" "); 1235 for nothing (an unsupported
/// statement is an UnsupportedStatement); 1119 if the nesting is deeper than the parser's stack allows.
ParseResult parse(std::string_view text, const ParseOptions& options = {});

/// Like `parse`, and the result keeps a copy of `text`.
ParseResult parse_copy(std::string_view text, const ParseOptions& options = {});

/// Parses one expression (generated columns, defaults and checks kept as text in the catalogue).
/// The expression lives as long as the holder. Throws as `parse`.
struct ParsedExpression {
  std::shared_ptr<Arena> arena;
  const struct Expression* expression = nullptr;
};
ParsedExpression parse_expression(std::string_view text, const ParseOptions& options = {});

}  // namespace sluice::sql
