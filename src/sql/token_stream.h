#pragma once
// Lookahead over the lexer, errors with positions, and building of nodes: what all parts of the parser stand on.

#include <array>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "sql/ast_node.h"
#include "sql/lexer.h"

namespace sluice::sql {

/// The current token, a few more behind it, and helpers to consume them. One thread, one text.
class TokenStream {
 public:
  TokenStream(std::string_view text, const ParseOptions& options, Arena& arena);
  TokenStream(const TokenStream&) = delete;
  TokenStream& operator=(const TokenStream&) = delete;

 protected:
  static constexpr std::size_t kLookahead = 4;

  // ---- looking
  const Token& token() const noexcept { return tokens_[head_]; }
  /// The n-th token after the current one, n < kLookahead.
  const Token& peek(std::size_t n = 1);
  bool is(TokenKind kind) const noexcept { return token().kind == kind; }
  bool is(Keyword keyword) const noexcept { return token().keyword == keyword; }
  bool is(Keyword first, Keyword second) { return is(first) && peek().keyword == second; }
  template <class... Rest>
  bool is_any(Keyword first, Rest... rest) const noexcept {
    return is(first) || (is(rest) || ...);
  }
  /// A name: quoted, or a word that is not reserved.
  static bool is_name(const Token& token) noexcept;
  bool is_name() const noexcept { return is_name(token()); }
  bool is_string() const noexcept { return is(TokenKind::kString); }
  /// The current word is `upper` (any case); for words outside the table of keywords.
  bool is_word(std::string_view upper) const noexcept;
  /// True if, behind the run of '(' that starts at the current token, a query begins.
  bool query_follows_parentheses() const;

  // ---- consuming
  Token advance();
  bool accept(TokenKind kind);
  bool accept(Keyword keyword);
  bool accept(Keyword first, Keyword second);
  bool accept(Keyword first, Keyword second, Keyword third);
  bool accept_word(std::string_view upper);
  template <class... Rest>
  bool accept_any(Keyword first, Rest... rest) {
    if (!is_any(first, rest...)) return false;
    advance();
    return true;
  }
  void expect(TokenKind kind);
  void expect(Keyword keyword);
  template <class... Rest>
  void expect(Keyword first, Keyword second, Rest... rest) {
    expect(first);
    expect(second, rest...);
  }

  Name parse_name();
  Name accept_name();           // empty if no name follows
  Name parse_name_or_string();  // a name or a string: charset names, aliases, words as values
  std::string_view parse_string();
  std::uint64_t parse_unsigned();  // an integer token below 2^64
  std::int64_t parse_signed();     // with an optional sign
  /// The `=` that many options may leave out.
  void accept_equal() { accept(TokenKind::kEqual); }

  bool has_misplaced_hint() const noexcept { return lexer_.has_misplaced_hint(); }

  /// Position bookkeeping: the offset of the current token, and the end of the one consumed last.
  std::uint32_t begin() const noexcept { return token().begin; }
  std::uint32_t last_end() const noexcept { return last_end_; }
  std::string_view text_between(std::uint32_t begin, std::uint32_t end) const {
    return lexer_.text().substr(begin, end - begin);
  }

  // ---- failing
  /// Throws SqlError 1064 at the current token.
  [[noreturn]] void fail() const;
  [[noreturn]] void fail_at(const Token& token) const;

  // ---- building
  template <class Node>
  Node* make() {
    static_assert(std::is_trivially_destructible_v<Node>, "the arena runs no destructors");
    return ::new (arena_.allocate(sizeof(Node), alignof(Node))) Node();
  }
  template <class Element>
  List<Element> list(const std::vector<Element>& elements) {
    static_assert(std::is_trivially_copyable_v<Element>, "the arena runs no destructors");
    if (elements.empty()) return {};
    Element* copy = static_cast<Element*>(arena_.allocate(sizeof(Element) * elements.size(), alignof(Element)));
    std::uninitialized_copy(elements.begin(), elements.end(), copy);
    return {copy, elements.size()};
  }
  std::string_view lower(std::string_view word);
  std::string_view upper(std::string_view word);

  /// `item()`, `item()`, ... into a list.
  template <class F>
  auto parse_list(F item) {
    using Element = std::decay_t<decltype(item())>;
    std::vector<Element> elements;
    do {
      elements.push_back(item());
    } while (accept(TokenKind::kComma));
    return list(elements);
  }
  /// `( item(), .. )`.
  template <class F>
  auto parse_parenthesised_list(F item) {
    expect(TokenKind::kLeftParen);
    auto elements = parse_list(item);
    expect(TokenKind::kRightParen);
    return elements;
  }
  List<Name> parse_name_list();
  List<Name> parse_parenthesised_names();
  List<std::string_view> parse_string_list();

  /// Counts one level of nesting for as long as it lives; throws SqlError 1119 beyond what the stack allows.
  class NestingGuard {
   public:
    explicit NestingGuard(TokenStream& stream) : stream_(stream) { stream_.enter_nesting(); }
    ~NestingGuard() { --stream_.nesting_; }
    NestingGuard(const NestingGuard&) = delete;
    NestingGuard& operator=(const NestingGuard&) = delete;

   private:
    TokenStream& stream_;
  };
  [[noreturn]] void fail_too_deep() const;

  const ParseOptions& options_;
  Arena& arena_;

 private:
  void enter_nesting();

  Lexer lexer_;
  std::array<Token, kLookahead> tokens_;
  std::size_t head_ = 0;
  std::size_t buffered_ = 0;  // tokens in the ring, the current one included
  std::uint32_t last_end_ = 0;
  std::size_t nesting_ = 0;
  std::uintptr_t stack_base_ = 0;
};

}  // namespace sluice::sql
