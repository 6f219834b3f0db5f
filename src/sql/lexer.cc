#include "sql/lexer.h"

#include <array>
#include <cstring>
#include <string>

namespace sluice::sql {
namespace {

enum CharacterClass : std::uint8_t { kOther = 0, kBlank = 1, kDigit = 2, kWordStart = 4, kHexDigit = 8 };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    std::uint8_t mask = kOther;
    if (c == ' ' || (c >= '\t' && c <= '\r')) mask |= kBlank;
    if (c >= '0' && c <= '9') mask |= kDigit | kHexDigit;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c >= 0x80) mask |= kWordStart;
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) mask |= kHexDigit;
    classes[static_cast<std::size_t>(c)] = mask;
  }
  return classes;
}
constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

bool is_blank(unsigned char c) { return (kClasses[c] & kBlank) != 0; }
bool is_digit(unsigned char c) { return (kClasses[c] & kDigit) != 0; }
bool is_word_start(unsigned char c) { return (kClasses[c] & kWordStart) != 0; }
bool is_word(unsigned char c) { return (kClasses[c] & (kWordStart | kDigit)) != 0; }
bool is_hex_digit(unsigned char c) { return (kClasses[c] & kHexDigit) != 0; }

/// Features that TiDB guards with /*T![feature] ... */ and whose contents are read here.
bool is_known_feature(std::string_view feature) {
  static constexpr std::array<std::string_view, 9> kFeatures = {
      "auto_rand", "auto_id_cache", "auto_rand_base", "clustered_index", "force_inc",
      "placement", "ttl",           "resource_group", "global_index"};
  for (std::string_view known : kFeatures) {
    if (feature == known) return true;
  }
  return false;
}

constexpr std::uint32_t kTokensPerPoll = 512;

bool takes_hints(Keyword keyword) {
  return keyword == Keyword::kSelect || keyword == Keyword::kInsert || keyword == Keyword::kReplace ||
         keyword == Keyword::kUpdate || keyword == Keyword::kDelete;
}

}  // namespace

Token Lexer::next() {
  if (++token_count_ % kTokensPerPoll == 0) options_.stop.poll();
  Token token;
  skip_blanks(token);
  token.begin = static_cast<std::uint32_t>(position_);
  const unsigned char c = at(position_);
  if (position_ >= text_.size()) {
    token.kind = TokenKind::kEnd;
  } else if (is_word_start(c)) {
    read_word(token);
  } else if (is_digit(c)) {
    read_number(token);
  } else {
    switch (c) {
      case '\'':
        read_string(token, TokenKind::kString, '\'');
        break;
      case '"':
        if (options_.ansi_quotes) {
          read_quoted_name(token, '"');
        } else {
          read_string(token, TokenKind::kString, '"');
        }
        break;
      case '`':
        read_quoted_name(token, '`');
        break;
      case '@':
        read_at(token);
        break;
      case '.': {
        const bool follows_name = previous_end_ == position_ &&
                                  (previous_ == TokenKind::kIdentifier || previous_ == TokenKind::kQuotedIdentifier);
        if (is_digit(at(position_ + 1)) && !follows_name) {
          read_number(token);
        } else {
          read_operator(token);
        }
        break;
      }
      default:
        read_operator(token);
    }
  }
  token.end = static_cast<std::uint32_t>(position_);
  previous_ = token.kind;
  previous_keyword_ = token.keyword;
  previous_end_ = position_;
  return token;
}

void Lexer::skip_blanks(Token& token) {
  for (;;) {
    while (position_ < text_.size() && is_blank(static_cast<unsigned char>(text_[position_]))) ++position_;
    const unsigned char c = at(position_);
    if (c == '/' || c == '-' || c == '#' || c == '*') {
      if (skip_comment(token)) continue;
    }
    return;
  }
}

/// Skips one comment, or the opening or closing mark of a special one. False: no comment starts here.
bool Lexer::skip_comment(Token& token) {
  const unsigned char first = at(position_);
  const unsigned char second = at(position_ + 1);
  if (first == '#' || (first == '-' && second == '-' && (position_ + 2 >= text_.size() || at(position_ + 2) <= ' '))) {
    const std::size_t line_end = text_.find('\n', position_);
    position_ = line_end == std::string_view::npos ? text_.size() : line_end + 1;
    return true;
  }
  if (first == '*') {
    if (!in_special_comment_ || second != '/') return false;
    in_special_comment_ = false;
    position_ += 2;
    return true;
  }
  if (first != '/' || second != '*') return false;
  if (enter_special_comment()) return true;
  const std::size_t close = text_.find("*/", position_ + 2);
  if (close == std::string_view::npos) {
    // An unterminated comment runs to the end of the text.
    position_ = text_.size();
    return true;
  }
  if (at(position_ + 2) == '+') {
    has_misplaced_hint_ |= !takes_hints(previous_keyword_);
    token.hint_begin = static_cast<std::uint32_t>(position_ + 3);
    token.hint_end = static_cast<std::uint32_t>(close);
  }
  position_ = close + 2;
  return true;
}

/// `/*!`, `/*!80013`, `/*T!`, `/*T![a,b]` with known features: steps over the mark.
bool Lexer::enter_special_comment() {
  std::size_t offset = position_ + 2;
  if (at(offset) == '!') {
    ++offset;
    int digits = 0;
    while (digits < 6 && is_digit(at(offset))) {
      ++offset;
      ++digits;
    }
  } else if (at(offset) == 'T' && at(offset + 1) == '!') {
    offset += 2;
    if (at(offset) == '[') {
      const std::size_t close = text_.find(']', offset);
      if (close == std::string_view::npos) return false;
      std::string_view features = text_.substr(offset + 1, close - offset - 1);
      while (!features.empty()) {
        const std::size_t comma = features.find(',');
        if (!is_known_feature(features.substr(0, comma))) return false;
        features = comma == std::string_view::npos ? std::string_view() : features.substr(comma + 1);
      }
      offset = close + 1;
    }
  } else {
    return false;
  }
  in_special_comment_ = true;
  position_ = offset;
  return true;
}

void Lexer::read_word(Token& token) {
  const unsigned char first = at(position_);
  const unsigned char second = at(position_ + 1);
  const bool follows_dot = previous_ == TokenKind::kDot && previous_end_ == position_;
  if (second == '\'' && !follows_dot) {
    if (first == 'x' || first == 'X') return read_quoted_digits(token, true);
    if (first == 'b' || first == 'B') return read_quoted_digits(token, false);
    if (first == 'n' || first == 'N') {
      ++position_;
      return read_string(token, TokenKind::kNationalString, '\'');
    }
  }
  const std::size_t begin = position_;
  while (position_ < text_.size() && is_word(static_cast<unsigned char>(text_[position_]))) ++position_;
  token.kind = TokenKind::kIdentifier;
  token.text = text_.substr(begin, position_ - begin);
  if (previous_ != TokenKind::kDot) token.keyword = find_keyword(token.text);
}

/// Numbers; words that start with digits (`1a`) are identifiers.
void Lexer::read_number(Token& token) {
  const std::size_t begin = position_;
  const bool follows_dot = previous_ == TokenKind::kDot && previous_end_ == position_;
  if (!follows_dot && at(position_) == '0' && read_prefixed_digits(token)) return;
  while (is_digit(at(position_))) ++position_;
  token.kind = TokenKind::kInteger;
  if (follows_dot ||
      (position_ > begin && is_word_start(at(position_)) && at(position_) != 'e' && at(position_) != 'E')) {
    while (is_word(at(position_))) ++position_;
    token.kind = TokenKind::kIdentifier;
    token.text = text_.substr(begin, position_ - begin);
    return;
  }
  if (at(position_) == '.') {
    ++position_;
    token.kind = TokenKind::kDecimal;
    while (is_digit(at(position_))) ++position_;
  }
  if (at(position_) == 'e' || at(position_) == 'E') {
    std::size_t exponent = position_ + 1;
    if (at(exponent) == '+' || at(exponent) == '-') ++exponent;
    if (is_digit(at(exponent))) {
      while (is_digit(at(exponent))) ++exponent;
      position_ = exponent;
      token.kind = TokenKind::kDouble;
    } else if (token.kind == TokenKind::kInteger) {
      while (is_word(at(position_))) ++position_;
      token.kind = TokenKind::kIdentifier;
    }
  }
  token.text = text_.substr(begin, position_ - begin);
}

/// 0x.. and 0b..; false if it is another number or a word such as 0xyz.
bool Lexer::read_prefixed_digits(Token& token) {
  const unsigned char mark = at(position_ + 1);
  if (mark != 'x' && mark != 'b') return false;
  const bool is_hex = mark == 'x';
  std::size_t end = position_ + 2;
  while (is_hex ? is_hex_digit(at(end)) : (at(end) == '0' || at(end) == '1')) ++end;
  if (end == position_ + 2 || is_word(at(end))) return false;
  token.kind = is_hex ? TokenKind::kHex : TokenKind::kBit;
  token.text = decode_digits(text_.substr(position_ + 2, end - position_ - 2), is_hex);
  position_ = end;
  return true;
}

/// x'..' and b'..'.
void Lexer::read_quoted_digits(Token& token, bool is_hex) {
  std::size_t end = position_ + 2;
  while (is_hex ? is_hex_digit(at(end)) : (at(end) == '0' || at(end) == '1')) ++end;
  const std::string_view digits = text_.substr(position_ + 2, end - position_ - 2);
  token.kind = is_hex ? TokenKind::kHex : TokenKind::kBit;
  if (at(end) != '\'' || (is_hex && digits.size() % 2 != 0)) {
    token.kind = TokenKind::kInvalid;
    position_ = at(end) == '\'' ? end + 1 : end;
    return;
  }
  token.text = decode_digits(digits, is_hex);
  position_ = end + 1;
}

std::string_view Lexer::decode_digits(std::string_view digits, bool is_hex) {
  const std::size_t per_byte = is_hex ? 2 : 8;
  const std::size_t byte_count = (digits.size() + per_byte - 1) / per_byte;
  if (byte_count == 0) return {};
  char* bytes = static_cast<char*>(arena_.allocate(byte_count, 1));
  std::size_t digit = 0;
  for (std::size_t i = 0; i < byte_count; ++i) {
    const std::size_t take = i == 0 && digits.size() % per_byte != 0 ? digits.size() % per_byte : per_byte;
    unsigned value = 0;
    for (std::size_t k = 0; k < take; ++k, ++digit) {
      const char c = digits[digit];
      const unsigned nibble = c <= '9' ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a' + 10);
      value = is_hex ? value * 16 + nibble : value * 2 + nibble;
    }
    bytes[i] = static_cast<char>(value);
  }
  return {bytes, byte_count};
}

void Lexer::read_string(Token& token, TokenKind kind, char quote) {
  const std::size_t begin = position_ + 1;
  std::size_t offset = begin;
  bool has_escape = false;
  for (; offset < text_.size(); ++offset) {
    const char c = text_[offset];
    if (c == quote) {
      if (at(offset + 1) != static_cast<unsigned char>(quote)) break;
      has_escape = true;
      ++offset;
    } else if (c == '\\' && !options_.no_backslash_escapes) {
      has_escape = true;
      ++offset;
    }
  }
  if (offset >= text_.size()) {
    token.kind = TokenKind::kInvalid;
    position_ = text_.size();
    return;
  }
  const std::string_view raw = text_.substr(begin, offset - begin);
  token.kind = kind;
  token.text = has_escape ? unescape(raw, quote) : raw;
  position_ = offset + 1;
}

std::string_view Lexer::unescape(std::string_view raw, char quote) {
  char* out = static_cast<char*>(arena_.allocate(raw.size(), 1));
  std::size_t length = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == quote) {
      ++i;  // doubled
      out[length++] = quote;
      continue;
    }
    if (c != '\\' || options_.no_backslash_escapes) {
      out[length++] = c;
      continue;
    }
    const char escaped = raw[++i];
    switch (escaped) {
      case '0':
        out[length++] = '\0';
        break;
      case 'b':
        out[length++] = '\b';
        break;
      case 'n':
        out[length++] = '\n';
        break;
      case 'r':
        out[length++] = '\r';
        break;
      case 't':
        out[length++] = '\t';
        break;
      case 'Z':
        out[length++] = '\x1A';
        break;
      case '%':
      case '_':  // left for LIKE
        out[length++] = '\\';
        out[length++] = escaped;
        break;
      default:
        out[length++] = escaped;
    }
  }
  return {out, length};
}

void Lexer::read_quoted_name(Token& token, char quote) {
  const std::size_t begin = position_ + 1;
  std::size_t offset = begin;
  bool has_doubled = false;
  for (; offset < text_.size(); ++offset) {
    if (text_[offset] != quote) continue;
    if (at(offset + 1) != static_cast<unsigned char>(quote)) break;
    has_doubled = true;
    ++offset;
  }
  if (offset >= text_.size()) {
    token.kind = TokenKind::kInvalid;
    position_ = text_.size();
    return;
  }
  std::string_view name = text_.substr(begin, offset - begin);
  if (has_doubled) {
    char* out = static_cast<char*>(arena_.allocate(name.size(), 1));
    std::size_t length = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
      out[length++] = name[i];
      if (name[i] == quote) ++i;
    }
    name = {out, length};
  }
  token.kind = TokenKind::kQuotedIdentifier;
  token.text = name;
  position_ = offset + 1;
}

/// `@name`, `@'name'`, `@@scope.name`, or a lone `@`.
void Lexer::read_at(Token& token) {
  const std::size_t begin = position_;
  if (at(begin + 1) == '@') {
    position_ += 2;
    const std::size_t name_begin = position_;
    for (;;) {
      const unsigned char c = at(position_);
      if (c == '`') {
        const std::size_t close = text_.find('`', position_ + 1);
        if (close == std::string_view::npos) break;
        position_ = close + 1;
      } else if (is_word(c) || (c == '.' && position_ > name_begin)) {
        ++position_;
      } else {
        break;
      }
    }
    token.kind = position_ > name_begin ? TokenKind::kSystemVariable : TokenKind::kInvalid;
    token.text = text_.substr(name_begin, position_ - name_begin);
    return;
  }
  ++position_;
  const unsigned char c = at(position_);
  if (c == '\'' || c == '"') {
    read_string(token, TokenKind::kUserVariable, static_cast<char>(c));
    return;
  }
  if (c == '`') {
    read_quoted_name(token, '`');
    if (token.kind == TokenKind::kQuotedIdentifier) token.kind = TokenKind::kUserVariable;
    return;
  }
  const std::size_t name_begin = position_;
  while (is_word(at(position_)) || (at(position_) == '.' && position_ < text_.size())) ++position_;
  token.kind = position_ > name_begin ? TokenKind::kUserVariable : TokenKind::kAt;
  token.text = text_.substr(name_begin, position_ - name_begin);
}

void Lexer::read_operator(Token& token) {
  const unsigned char second = at(position_ + 1);
  const unsigned char third = at(position_ + 2);
  const auto take = [&](TokenKind kind, std::size_t length) {
    token.kind = kind;
    token.text = text_.substr(position_, length);
    position_ += length;
  };
  switch (at(position_)) {
    case '\\':
      if (second != 'N') return take(TokenKind::kInvalid, 1);
      token.keyword = Keyword::kNull;
      return take(TokenKind::kIdentifier, 2);
    case '(':
      return take(TokenKind::kLeftParen, 1);
    case ')':
      return take(TokenKind::kRightParen, 1);
    case ',':
      return take(TokenKind::kComma, 1);
    case '.':
      return take(TokenKind::kDot, 1);
    case ';':
      return take(TokenKind::kSemicolon, 1);
    case '=':
      return take(TokenKind::kEqual, 1);
    case '<':
      if (second == '=') return third == '>' ? take(TokenKind::kNullSafeEqual, 3) : take(TokenKind::kLessOrEqual, 2);
      if (second == '>') return take(TokenKind::kNotEqual, 2);
      if (second == '<') return take(TokenKind::kShiftLeft, 2);
      return take(TokenKind::kLess, 1);
    case '>':
      if (second == '=') return take(TokenKind::kGreaterOrEqual, 2);
      if (second == '>') return take(TokenKind::kShiftRight, 2);
      return take(TokenKind::kGreater, 1);
    case '!':
      return second == '=' ? take(TokenKind::kNotEqual, 2) : take(TokenKind::kExclamation, 1);
    case '+':
      return take(TokenKind::kPlus, 1);
    case '-':
      if (second == '>') return third == '>' ? take(TokenKind::kDoubleArrow, 3) : take(TokenKind::kArrow, 2);
      return take(TokenKind::kMinus, 1);
    case '*':
      return take(TokenKind::kStar, 1);
    case '/':
      return take(TokenKind::kSlash, 1);
    case '%':
      return take(TokenKind::kPercent, 1);
    case '&':
      return second == '&' ? take(TokenKind::kAndAnd, 2) : take(TokenKind::kAmpersand, 1);
    case '|':
      return second == '|' ? take(TokenKind::kPipePipe, 2) : take(TokenKind::kPipe, 1);
    case '^':
      return take(TokenKind::kCaret, 1);
    case '~':
      return take(TokenKind::kTilde, 1);
    case ':':
      return second == '=' ? take(TokenKind::kAssign, 2) : take(TokenKind::kColon, 1);
    case '?':
      return take(TokenKind::kParameter, 1);
    case '{':
      return take(TokenKind::kLeftBrace, 1);
    case '}':
      return take(TokenKind::kRightBrace, 1);
    default:
      return take(TokenKind::kInvalid, 1);
  }
}

}  // namespace sluice::sql
