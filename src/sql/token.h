#pragma once
// Tokens of SQL text.

#include <cstdint>
#include <string_view>

#include "sql/keyword.h"

namespace sluice::sql {

enum class TokenKind : std::uint8_t {
  kEnd,
  kInvalid,           // a byte that starts no token, an unterminated string or quoted name, an odd x'..'
  kIdentifier,        // a bare word; `keyword` says if it is one
  kQuotedIdentifier,  // `name`, or "name" under ANSI_QUOTES
  kString,            // 'text' or "text"
  kNationalString,    // N'text'
  kInteger,
  kDecimal,
  kDouble,
  kHex,
  kBit,             // `text` holds the bytes
  kParameter,       // ?
  kUserVariable,    // @name, `text` without the @
  kSystemVariable,  // @@..., `text` without the @@
  kLeftParen,
  kRightParen,
  kComma,
  kDot,
  kSemicolon,
  kEqual,
  kNullSafeEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kAmpersand,
  kAndAnd,
  kPipe,
  kPipePipe,
  kCaret,
  kTilde,
  kExclamation,
  kShiftLeft,
  kShiftRight,
  kAssign,
  kArrow,
  kDoubleArrow,
  kColon,
  kLeftBrace,
  kRightBrace,
  kAt,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Keyword keyword = Keyword::kNone;  // of kIdentifier only
  std::uint32_t begin = 0;           // byte range in the text
  std::uint32_t end = 0;
  std::uint32_t hint_begin = 0;  // the `/*+ .. */` comment right before this token: the text between its marks;
  std::uint32_t hint_end = 0;    // empty range: none
  std::string_view text;         // value: name without quotes, string with escapes resolved, digits
};

}  // namespace sluice::sql
