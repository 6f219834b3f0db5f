#pragma once
// SQL text to tokens.

#include "base/arena.h"
#include "sql/parser.h"
#include "sql/token.h"

namespace sluice::sql {

/// Reads one token after the other. Comments are skipped; the insides of `/*! .. */` and of `/*T! .. */` are read as SQL.
///
/// Borrows the text and the arena (which takes strings whose escapes had to be resolved): both must outlive the tokens.
/// Never throws for bad text: it gives kInvalid. One thread.
class Lexer {
 public:
  Lexer(std::string_view text, const ParseOptions& options, Arena& arena)
      : text_(text), options_(options), arena_(arena) {}

  Token next();

  std::string_view text() const noexcept { return text_; }
  /// A hint comment stood behind another word than SELECT, INSERT, REPLACE, UPDATE or DELETE.
  bool has_misplaced_hint() const noexcept { return has_misplaced_hint_; }

 private:
  unsigned char at(std::size_t offset) const noexcept {
    return offset < text_.size() ? static_cast<unsigned char>(text_[offset]) : 0;
  }
  void skip_blanks(Token& token);
  bool skip_comment(Token& token);
  bool enter_special_comment();
  void read_word(Token& token);
  void read_number(Token& token);
  bool read_prefixed_digits(Token& token);
  void read_quoted_digits(Token& token, bool is_hex);
  void read_string(Token& token, TokenKind kind, char quote);
  void read_quoted_name(Token& token, char quote);
  void read_at(Token& token);
  void read_operator(Token& token);
  std::string_view unescape(std::string_view raw, char quote);
  std::string_view decode_digits(std::string_view digits, bool is_hex);

  std::string_view text_;
  const ParseOptions& options_;
  Arena& arena_;
  std::size_t position_ = 0;
  bool in_special_comment_ = false;
  bool has_misplaced_hint_ = false;
  Keyword previous_keyword_ = Keyword::kNone;
  TokenKind previous_ = TokenKind::kEnd;
  std::size_t previous_end_ = 0;
  std::uint32_t token_count_ = 0;
};

}  // namespace sluice::sql
