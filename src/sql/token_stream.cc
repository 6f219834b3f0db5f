#include "sql/token_stream.h"

#include <charconv>
#include <string>

#include "base/sql_error.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kMaxNesting = 1000;
// Well below the smallest stack that statements run on, and enough for kMaxNesting in an optimised build.
constexpr std::uintptr_t kMaxStackBytes = 1536 * 1024;
constexpr std::size_t kMaxNearBytes = 2048;

char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

TokenStream::TokenStream(std::string_view text, const ParseOptions& options, Arena& arena)
    : options_(options), arena_(arena), lexer_(text, options, arena) {
  stack_base_ = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  tokens_[0] = lexer_.next();
  buffered_ = 1;
}

const Token& TokenStream::peek(std::size_t n) {
  while (buffered_ <= n) {
    tokens_[(head_ + buffered_) % kLookahead] = lexer_.next();
    ++buffered_;
  }
  return tokens_[(head_ + n) % kLookahead];
}

bool TokenStream::is_name(const Token& token) noexcept {
  if (token.kind == TokenKind::kQuotedIdentifier) return true;
  return token.kind == TokenKind::kIdentifier && (token.keyword == Keyword::kNone || !is_reserved(token.keyword));
}

bool TokenStream::is_word(std::string_view upper) const noexcept {
  const Token& current = token();
  if (current.kind != TokenKind::kIdentifier || current.text.size() != upper.size()) return false;
  for (std::size_t i = 0; i < upper.size(); ++i) {
    if (to_upper(current.text[i]) != upper[i]) return false;
  }
  return true;
}

bool TokenStream::query_follows_parentheses() const {
  std::size_t n = 0;
  Token next = token();
  Lexer ahead = lexer_;
  while (next.kind == TokenKind::kLeftParen) {
    // Deeper nesting fails anyway; without the bound a run of n parentheses would cost n scans of n tokens.
    if (++n > kMaxNesting) return false;
    next = n < buffered_ ? tokens_[(head_ + n) % kLookahead] : ahead.next();
  }
  return next.keyword == Keyword::kSelect || next.keyword == Keyword::kWith || next.keyword == Keyword::kTable ||
         next.keyword == Keyword::kValues;
}

Token TokenStream::advance() {
  const Token consumed = tokens_[head_];
  last_end_ = consumed.end;
  if (buffered_ == 1) {
    tokens_[head_] = lexer_.next();
  } else {
    head_ = (head_ + 1) % kLookahead;
    --buffered_;
  }
  return consumed;
}

bool TokenStream::accept(TokenKind kind) {
  if (!is(kind)) return false;
  advance();
  return true;
}

bool TokenStream::accept(Keyword keyword) {
  if (!is(keyword)) return false;
  advance();
  return true;
}

bool TokenStream::accept(Keyword first, Keyword second) {
  if (!is(first, second)) return false;
  advance();
  advance();
  return true;
}

bool TokenStream::accept(Keyword first, Keyword second, Keyword third) {
  if (!is(first, second) || peek(2).keyword != third) return false;
  advance();
  advance();
  advance();
  return true;
}

bool TokenStream::accept_word(std::string_view upper) {
  if (!is_word(upper)) return false;
  advance();
  return true;
}

void TokenStream::expect(TokenKind kind) {
  if (!accept(kind)) fail();
}

void TokenStream::expect(Keyword keyword) {
  if (!accept(keyword)) fail();
}

Name TokenStream::parse_name() {
  if (!is_name()) fail();
  return advance().text;
}

Name TokenStream::accept_name() { return is_name() ? advance().text : Name(); }

Name TokenStream::parse_name_or_string() {
  if (is_string()) return advance().text;
  return parse_name();
}

std::string_view TokenStream::parse_string() {
  if (!is_string()) fail();
  return advance().text;
}

std::uint64_t TokenStream::parse_unsigned() {
  if (!is(TokenKind::kInteger)) fail();
  std::uint64_t value = 0;
  const std::string_view digits = token().text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) fail();
  advance();
  return value;
}

std::int64_t TokenStream::parse_signed() {
  const bool is_negative = accept(TokenKind::kMinus);
  if (!is_negative) accept(TokenKind::kPlus);
  const Token number = token();
  const std::uint64_t magnitude = parse_unsigned();
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 63;
  if (magnitude > kLimit || (magnitude == kLimit && !is_negative)) fail_at(number);
  return is_negative ? static_cast<std::int64_t>(-magnitude) : static_cast<std::int64_t>(magnitude);
}

void TokenStream::fail() const { fail_at(token()); }

/// TiDB's wording: the line and column where its scanner stands after the offending token, and the text from that token on.
/// Columns count bytes: from 0 on the first line, from 1 on the others.
void TokenStream::fail_at(const Token& token) const {
  const std::string_view text = lexer_.text();
  std::size_t line = 1;
  std::size_t column = 0;
  for (std::size_t i = 0; i < token.end && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 0;
    }
    ++column;
  }
  std::string_view near = text.substr(std::min<std::size_t>(token.begin, text.size()));
  std::string total;
  if (near.size() > kMaxNearBytes) {
    total = "(total length " + std::to_string(near.size()) + ")";
    near = near.substr(0, kMaxNearBytes);
  }
  std::string message =
      "You have an error in your SQL syntax; check the manual that corresponds to your TiDB version for the right "
      "syntax to use line ";
  message += std::to_string(line) + " column " + std::to_string(column) + " near \"";
  message += near;
  message += "\" ";
  message += total;
  throw SqlError::with_message(ErrorCode::kParseError, std::move(message));
}

std::string_view TokenStream::lower(std::string_view word) {
  bool is_lower = true;
  for (char c : word) is_lower &= to_lower(c) == c;
  if (is_lower) return word;
  char* copy = static_cast<char*>(arena_.allocate(word.size(), 1));
  for (std::size_t i = 0; i < word.size(); ++i) copy[i] = to_lower(word[i]);
  return {copy, word.size()};
}

std::string_view TokenStream::upper(std::string_view word) {
  bool is_upper = true;
  for (char c : word) is_upper &= to_upper(c) == c;
  if (is_upper) return word;
  char* copy = static_cast<char*>(arena_.allocate(word.size(), 1));
  for (std::size_t i = 0; i < word.size(); ++i) copy[i] = to_upper(word[i]);
  return {copy, word.size()};
}

List<Name> TokenStream::parse_name_list() {
  return parse_list([this] { return parse_name(); });
}

List<Name> TokenStream::parse_parenthesised_names() {
  return parse_parenthesised_list([this] { return parse_name(); });
}

List<std::string_view> TokenStream::parse_string_list() {
  return parse_list([this] { return parse_string(); });
}

void TokenStream::enter_nesting() {
  const std::uintptr_t here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const std::uintptr_t used = here < stack_base_ ? stack_base_ - here : here - stack_base_;
  if (nesting_ >= kMaxNesting || used > kMaxStackBytes) fail_too_deep();
  ++nesting_;
}

void TokenStream::fail_too_deep() const { throw SqlError(ErrorCode::kStackOverrun, nesting_, kMaxNesting); }

}  // namespace sluice::sql
