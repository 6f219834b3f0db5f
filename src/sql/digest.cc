#include "sql/digest.h"

#include <openssl/sha.h>

#include <vector>

#include "base/arena.h"
#include "sql/lexer.h"

namespace sluice::sql {
namespace {

enum class Kind : std::uint8_t { kOther, kName, kKeyword, kLiteral /* ? */, kList /* ... */, kInteger };

struct Piece {
  Kind kind = Kind::kOther;
  std::string text;
};

/// Builds the normal form token by token: each new token may fold the ones before it.
class Normalizer {
 public:
  void add(const Token& token) {
    switch (token.kind) {
      case TokenKind::kInteger:
      case TokenKind::kDecimal:
      case TokenKind::kDouble:
      case TokenKind::kString:
      case TokenKind::kNationalString:
      case TokenKind::kHex:
      case TokenKind::kBit:
      case TokenKind::kParameter:
        add_literal(token);
        return;
      case TokenKind::kQuotedIdentifier:
        push(Kind::kName, "`" + lower(token.text) + "`");
        return;
      case TokenKind::kUserVariable:
        push(Kind::kOther, "@" + lower(token.text));
        return;
      case TokenKind::kSystemVariable:
        push(Kind::kOther, "@@" + lower(token.text));
        return;
      case TokenKind::kIdentifier:
        add_word(token);
        return;
      case TokenKind::kStar:
        if (text_before(1) == "(" && text_before(2) == "count") {
          push(Kind::kLiteral, "?");
        } else {
          push(Kind::kOther, "*");
        }
        return;
      case TokenKind::kRightParen:
        add_right_parenthesis();
        return;
      default:
        push(Kind::kOther, std::string(token.text));
    }
  }

  std::string finish() {
    while (!pieces_.empty() && pieces_.back().text == ";") pieces_.pop_back();
    std::string text;
    for (const Piece& piece : pieces_) {
      if (!text.empty()) text += ' ';
      text += piece.text;
    }
    return text;
  }

 private:
  static std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return result;
  }
  void push(Kind kind, std::string text) { pieces_.push_back({kind, std::move(text)}); }
  const Piece* before(std::size_t n) const { return pieces_.size() >= n ? &pieces_[pieces_.size() - n] : nullptr; }
  std::string_view text_before(std::size_t n) const {
    return pieces_.size() >= n ? std::string_view(pieces_[pieces_.size() - n].text) : std::string_view();
  }
  bool is_value(std::size_t n) const {
    const Piece* piece = before(n);
    return piece != nullptr && (piece->kind == Kind::kLiteral || piece->kind == Kind::kList);
  }
  void pop(std::size_t count) { pieces_.resize(pieces_.size() - count); }

  void add_word(const Token& token) {
    if (token.keyword == Keyword::kNone) {
      push(Kind::kName, "`" + lower(token.text) + "`");
      return;
    }
    std::string word = lower(token.text);
    if (token.keyword == Keyword::kStraightJoin && before(1) != nullptr && before(1)->text != "select") word = "join";
    push(Kind::kKeyword, std::move(word));
  }

  void add_literal(const Token& token) {
    const bool is_number =
        token.kind == TokenKind::kInteger || token.kind == TokenKind::kDecimal || token.kind == TokenKind::kDouble;
    if (is_number && (text_before(1) == "-" || text_before(1) == "+") && is_sign(2)) pop(1);
    if (before(1) != nullptr && before(1)->kind == Kind::kName && before(1)->text.starts_with("`_") &&
        is_charset(before(1)->text))
      pop(1);
    if (text_before(1) == "," && is_value(2)) {
      pop(2);
      push(Kind::kList, "...");
      return;
    }
    if (token.kind == TokenKind::kInteger && is_order_or_group_by()) {
      push(Kind::kInteger, std::string(token.text));
      return;
    }
    push(Kind::kLiteral, "?");
  }

  static bool is_charset(std::string_view quoted) {
    return quoted == "`_utf8mb4`" || quoted == "`_utf8`" || quoted == "`_binary`" || quoted == "`_latin1`" ||
           quoted == "`_ascii`" || quoted == "`_gbk`";
  }

  /// The n-th piece from the end cannot be the left operand of the + or - behind it.
  bool is_sign(std::size_t n) const {
    const Piece* piece = before(n);
    if (piece == nullptr) return true;
    return piece->kind != Kind::kName && piece->kind != Kind::kLiteral && piece->kind != Kind::kList &&
           piece->text != ")";
  }

  /// Only numbers and commas (and one parenthesis) stand between here and ORDER BY or GROUP BY: positions stay.
  bool is_order_or_group_by() const {
    std::size_t n = 1;
    while (before(n) != nullptr && (before(n)->kind == Kind::kInteger || before(n)->text == ",")) ++n;
    if (text_before(n) == "(") ++n;
    return text_before(n) == "by" && (text_before(n + 1) == "order" || text_before(n + 1) == "group");
  }

  /// `( ? ) , ( ?` and `( ... ) , ( ...` become one row of a list.
  void add_right_parenthesis() {
    if (is_value(1) && text_before(2) == "(" && text_before(3) == "," && text_before(4) == ")" && is_value(5) &&
        text_before(6) == "(") {
      pop(4);
      pieces_.back() = {Kind::kList, "..."};
      push(Kind::kOther, ")");
      return;
    }
    push(Kind::kOther, ")");
  }

  std::vector<Piece> pieces_;
};

bool is_index_hint(Keyword keyword) {
  return keyword == Keyword::kForce || keyword == Keyword::kUse || keyword == Keyword::kIgnore;
}

}  // namespace

std::string normalize(std::string_view text) {
  Arena arena;
  const ParseOptions options;
  Lexer lexer(text, options, arena);
  Normalizer normalizer;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd && token.kind != TokenKind::kInvalid;) {
    if (is_index_hint(token.keyword)) {
      const Token next = lexer.next();
      if (next.keyword == Keyword::kIndex || next.keyword == Keyword::kKey) {
        do {
          token = lexer.next();
        } while (token.kind != TokenKind::kRightParen && token.kind != TokenKind::kEnd &&
                 token.kind != TokenKind::kInvalid);
        if (token.kind == TokenKind::kRightParen) token = lexer.next();
        continue;
      }
      normalizer.add(token);
      token = next;
      continue;
    }
    normalizer.add(token);
    token = lexer.next();
  }
  return normalizer.finish();
}

std::string digest(std::string_view normalized) {
  if (normalized.empty()) return {};
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(normalized.data()), normalized.size(), hash);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * sizeof(hash));
  for (unsigned char byte : hash) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace sluice::sql
