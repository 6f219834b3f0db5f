// Regular expressions by ICU: REGEXP, REGEXP_LIKE, REGEXP_INSTR, REGEXP_SUBSTR, REGEXP_REPLACE.
#include <unicode/regex.h>
#include <unicode/unistr.h>
#include <unicode/uversion.h>

#include <algorithm>
#include <memory>

#include "expression/function_families.h"
#include "expression/text_kernel.h"

namespace sluice::expression {

namespace {

/// Throws the error that stands for an ICU failure; nothing if `status` is a success.
void check_status(UErrorCode status, const UParseError* place, StopToken stop) {
  if (U_SUCCESS(status)) return;
  switch (status) {
    case U_REGEX_STOPPED_BY_CALLER:
      stop.poll();
      throw SqlError(ErrorCode::kRegexpTimeOut);
    case U_REGEX_RULE_SYNTAX:
      throw SqlError(ErrorCode::kRegexpRuleSyntax, place == nullptr ? 0 : place->line,
                     place == nullptr ? 0 : place->offset);
    case U_REGEX_BAD_ESCAPE_SEQUENCE:
      throw SqlError(ErrorCode::kRegexpBadEscapeSequence);
    case U_REGEX_UNIMPLEMENTED:
      throw SqlError(ErrorCode::kRegexpUnimplemented);
    case U_REGEX_MISMATCHED_PAREN:
      throw SqlError(ErrorCode::kRegexpMismatchedParen);
    case U_REGEX_BAD_INTERVAL:
      throw SqlError(ErrorCode::kRegexpBadInterval);
    case U_REGEX_MAX_LT_MIN:
      throw SqlError(ErrorCode::kRegexpMaxLtMin);
    case U_REGEX_INVALID_BACK_REF:
      throw SqlError(ErrorCode::kRegexpInvalidBackRef);
    case U_REGEX_LOOK_BEHIND_LIMIT:
      throw SqlError(ErrorCode::kRegexpLookBehindLimit);
    case U_REGEX_MISSING_CLOSE_BRACKET:
      throw SqlError(ErrorCode::kRegexpMissingCloseBracket);
    case U_REGEX_INVALID_RANGE:
      throw SqlError(ErrorCode::kRegexpInvalidRange);
    case U_REGEX_STACK_OVERFLOW:
      throw SqlError(ErrorCode::kRegexpStackOverflow);
    case U_REGEX_PATTERN_TOO_BIG:
      throw SqlError(ErrorCode::kRegexpPatternTooBig);
    case U_INDEX_OUTOFBOUNDS_ERROR:
      throw SqlError(ErrorCode::kRegexpIndexOutofboundsError);
    default:
      throw SqlError(ErrorCode::kRegexpInternalError);
  }
}

/// ICU calls this every few thousand steps; false ends the match.
UBool U_CALLCONV may_continue(const void* stop, int32_t) {
  return static_cast<const StopToken*>(stop)->stop_requested() ? 0 : 1;
}

/// ICU's flags of a match type such as "im". Throws: SqlError 1210.
std::uint32_t flags_of(std::string_view match_type, const types::Collation& collation, std::string_view function) {
  std::uint32_t flags = collation.is_binary ? 0 : UREGEX_CASE_INSENSITIVE;
  for (const char option : match_type) {
    switch (option) {
      case 'c':
        flags &= ~std::uint32_t{UREGEX_CASE_INSENSITIVE};
        break;
      case 'i':
        if (!collation.charset->is_binary()) flags |= UREGEX_CASE_INSENSITIVE;
        break;
      case 'm':
        flags |= UREGEX_MULTILINE;
        break;
      case 'n':
      case 's':
        flags |= UREGEX_DOTALL;
        break;
      case 'u':
        flags |= UREGEX_UNIX_LINES;
        break;
      default:
        throw SqlError(ErrorCode::kWrongArguments, function);
    }
  }
  return flags;
}

/// One call's matcher, kept for the statement: a constant pattern is compiled once.
class Regex {
 public:
  /// Makes `pattern` with `match_type` the current one and `text` what it is matched against.
  void set(const KernelCall& call, std::string_view text, std::string_view pattern, std::string_view match_type) {
    const types::Collation& collation = comparison_collation(call.call);
    stop_ = call.context.stop;
    stop_.poll();
    is_binary_ = collation.charset->is_binary();
    if (matcher_ == nullptr || pattern_ != pattern || match_type_ != match_type) {
      matcher_.reset();
      if (pattern.empty()) throw SqlError(ErrorCode::kRegexpIllegalArgument);
      compile(pattern, flags_of(match_type, collation, call.call.name()));
      pattern_ = pattern;
      match_type_ = match_type;
    }
    text_ = to_unicode(text);
    matcher_->reset(text_);
  }

  /// Finds occurrence number `occurrence` at or after character `position`, both from 1. Throws: SqlError 3686 if the text has no such position.
  bool find(std::int64_t position, std::int64_t occurrence) {
    std::int32_t start = start_of(position);
    UErrorCode status = U_ZERO_ERROR;
    bool is_found = matcher_->find(start, status) != 0;
    check_status(status, nullptr, stop_);
    for (; is_found && occurrence > 1; --occurrence) {
      stop_.poll();
      is_found = matcher_->find(status) != 0;
      check_status(status, nullptr, stop_);
    }
    return is_found;
  }

  /// 1-based character position of the last match's beginning or end.
  std::int64_t match_begin() { return text_.countChar32(0, index_of(&icu::RegexMatcher::start)) + 1; }
  std::int64_t match_end() { return text_.countChar32(0, index_of(&icu::RegexMatcher::end)) + 1; }

  void append_match(std::string& out) {
    const std::int32_t begin = index_of(&icu::RegexMatcher::start);
    append_text(text_.tempSubStringBetween(begin, index_of(&icu::RegexMatcher::end)), out);
  }

  /// Replaces one occurrence (or all, if `occurrence` is 0) from `position` on. $n and \n in `replacement` name groups.
  void append_replaced(std::string_view replacement, std::int64_t position, std::int64_t occurrence, std::string& out) {
    const icu::UnicodeString target = group_references(to_unicode(replacement));
    icu::UnicodeString result;
    UErrorCode status = U_ZERO_ERROR;
    bool is_found = find(position, std::max<std::int64_t>(occurrence, 1));
    while (is_found) {
      stop_.poll();
      matcher_->appendReplacement(result, target, status);
      check_status(status, nullptr, stop_);
      if (occurrence > 0) break;
      is_found = matcher_->find(status) != 0;
      check_status(status, nullptr, stop_);
    }
    matcher_->appendTail(result);
    append_text(result, out);
  }

 private:
  void compile(std::string_view pattern, std::uint32_t flags) {
    UErrorCode status = U_ZERO_ERROR;
    UParseError place{};
    pattern_object_.reset(icu::RegexPattern::compile(to_unicode(pattern), flags, place, status));
    check_status(status, &place, stop_);
    matcher_.reset(pattern_object_->matcher(status));
    check_status(status, &place, stop_);
    matcher_->setMatchCallback(&may_continue, &stop_, status);
    // MySQL's regexp_stack_limit.
    constexpr std::int32_t kStackLimitBytes = 8'000'000;
    matcher_->setStackLimit(kStackLimitBytes, status);
    check_status(status, &place, stop_);
  }

  // Bytes of binary strings count as the characters U+0000 to U+00FF.
  icu::UnicodeString to_unicode(std::string_view text) const {
    if (!is_binary_)
      return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    icu::UnicodeString result;
    for (const char byte : text) result.append(static_cast<UChar>(static_cast<unsigned char>(byte)));
    return result;
  }

  void append_text(const icu::UnicodeString& text, std::string& out) const {
    if (!is_binary_) {
      text.toUTF8String(out);
      return;
    }
    for (std::int32_t index = 0; index < text.length(); ++index) out.push_back(static_cast<char>(text.charAt(index)));
  }

  /// "\1" is written "$1" for ICU; other escapes stay.
  static icu::UnicodeString group_references(const icu::UnicodeString& replacement) {
    icu::UnicodeString result;
    for (std::int32_t index = 0; index < replacement.length(); ++index) {
      const UChar unit = replacement.charAt(index);
      const bool is_escape = unit == u'\\' && index + 1 < replacement.length();
      if (is_escape && replacement.charAt(index + 1) >= u'0' && replacement.charAt(index + 1) <= u'9') {
        result.append(u'$');
      } else {
        result.append(unit);
        if (is_escape) result.append(replacement.charAt(++index));
      }
    }
    return result;
  }

  std::int32_t start_of(std::int64_t position) const {
    const std::int32_t length = text_.countChar32();
    if (position < 1 || position > std::int64_t{length} + 1) throw SqlError(ErrorCode::kRegexpIndexOutofboundsError);
    return text_.moveIndex32(0, static_cast<std::int32_t>(position - 1));
  }

  std::int32_t index_of(std::int32_t (icu::RegexMatcher::*bound)(UErrorCode&) const) const {
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t index = (matcher_.get()->*bound)(status);
    check_status(status, nullptr, stop_);
    return index;
  }

  StopToken stop_;
  bool is_binary_ = false;
  std::string pattern_;
  std::string match_type_;
  icu::UnicodeString text_;  // the matcher refers to it
  std::unique_ptr<icu::RegexPattern> pattern_object_;
  std::unique_ptr<icu::RegexMatcher> matcher_;
};

Regex& regex_of(const KernelCall& call) {
  return *call.context.function_state<std::unique_ptr<Regex>>(&call.call, [] { return std::make_unique<Regex>(); });
}

std::string_view text_argument(const KernelCall& call, std::size_t index, std::size_t row) {
  return index < call.args.size() ? call.args[index]->string_at(row) : std::string_view();
}
std::int64_t integer_argument(const KernelCall& call, std::size_t index, std::size_t row, std::int64_t otherwise) {
  return index < call.args.size() ? call.args[index]->at<std::int64_t>(row) : otherwise;
}

/// REGEXP_LIKE(text, pattern [, match_type])
void run_like(const KernelCall& call) {
  Regex& regex = regex_of(call);
  std::int64_t* out = call.results<std::int64_t>().data();
  map_rows(call, [&](std::size_t row) {
    regex.set(call, text_argument(call, 0, row), text_argument(call, 1, row), text_argument(call, 2, row));
    out[row] = regex.find(1, 1) ? 1 : 0;
  });
}

/// REGEXP_INSTR(text, pattern [, position [, occurrence [, return_end [, match_type]]]])
void run_instr(const KernelCall& call) {
  Regex& regex = regex_of(call);
  std::int64_t* out = call.results<std::int64_t>().data();
  map_rows(call, [&](std::size_t row) {
    const std::int64_t return_end = integer_argument(call, 4, row, 0);
    if (return_end != 0 && return_end != 1)
      throw SqlError(ErrorCode::kWrongArguments, "regexp_instr: return_option must be 1 or 0.");
    regex.set(call, text_argument(call, 0, row), text_argument(call, 1, row), text_argument(call, 5, row));
    const bool is_found = regex.find(integer_argument(call, 2, row, 1), integer_argument(call, 3, row, 1));
    out[row] = !is_found ? 0 : return_end == 1 ? regex.match_end() : regex.match_begin();
  });
}

/// REGEXP_SUBSTR(text, pattern [, position [, occurrence [, match_type]]])
void run_substr(const KernelCall& call) {
  Regex& regex = regex_of(call);
  std::string buffer;
  map_rows(call, [&](std::size_t row) {
    regex.set(call, text_argument(call, 0, row), text_argument(call, 1, row), text_argument(call, 4, row));
    if (!regex.find(integer_argument(call, 2, row, 1), integer_argument(call, 3, row, 1))) {
      call.out.set_null(row);
      return;
    }
    buffer.clear();
    regex.append_match(buffer);
    call.out.set_string(row, buffer);
  });
}

/// REGEXP_REPLACE(text, pattern, replacement [, position [, occurrence [, match_type]]])
void run_replace(const KernelCall& call) {
  Regex& regex = regex_of(call);
  std::string buffer;
  map_rows(call, [&](std::size_t row) {
    regex.set(call, text_argument(call, 0, row), text_argument(call, 1, row), text_argument(call, 5, row));
    buffer.clear();
    regex.append_replaced(text_argument(call, 2, row), integer_argument(call, 3, row, 1),
                          integer_argument(call, 4, row, 0), buffer);
    if (exceeds_packet(call.call, call.context, buffer.size())) {
      call.out.set_null(row);
    } else {
      call.out.set_string(row, buffer);
    }
  });
}

/// Strings are the first `kStrings` arguments and the last one when all `kMost` are given; what lies between are integers.
template <std::size_t kStrings, std::size_t kMost>
types::CollationClaim bind_arguments(FunctionBinder& binder) {
  for (std::size_t index = 0; index < binder.argument_count(); ++index) {
    if (index < kStrings || index + 1 == kMost) {
      binder.cast_to_string(index);
    } else {
      binder.cast_to_int(index);
    }
  }
  const types::CollationClaim claim = binder.derive_collation(0, kStrings);
  set_comparison_collation(binder, claim.collation);
  return claim;
}

void bind_like(FunctionBinder& binder) {
  bind_arguments<2, 3>(binder);
  binder.set_result(bool_type());
  binder.set_kernel(run_like);
}

void bind_instr(FunctionBinder& binder) {
  bind_arguments<2, 6>(binder);
  binder.set_result(int_type());
  binder.set_kernel(run_instr);
}

void bind_substr(FunctionBinder& binder) {
  const types::CollationClaim claim = bind_arguments<2, 5>(binder);
  binder.set_string_result(character_bound(binder, 0), claim);
  binder.set_kernel(run_substr);
}

void bind_replace(FunctionBinder& binder) {
  const types::CollationClaim claim = bind_arguments<3, 6>(binder);
  binder.set_string_result(-1, claim);
  binder.set_kernel(run_replace);
}

void run_icu_version(const KernelCall& call) {
  UVersionInfo version;
  char text[U_MAX_VERSION_STRING_LENGTH];
  u_getVersion(version);
  u_versionToString(version, text);
  vector::for_each_row(call.rows, [&](std::size_t row) { call.out.set_string(row, text); });
}

void bind_icu_version(FunctionBinder& binder) {
  binder.set_connection_string_result(U_MAX_VERSION_STRING_LENGTH);
  binder.set_kernel(run_icu_version);
}

constexpr FunctionDefinition kRegexpFunctions[] = {
    {"icu_version", 0, 0, kPlainFunction, bind_icu_version},
    {"regexp", 2, 2, kPlainFunction, bind_like},
    {"rlike", 2, 2, kPlainFunction, bind_like},
    {"regexp_like", 2, 3, kPlainFunction, bind_like},
    {"regexp_instr", 2, 6, kPlainFunction, bind_instr},
    {"regexp_substr", 2, 5, kPlainFunction, bind_substr},
    {"regexp_replace", 3, 6, kPlainFunction, bind_replace},
};

}  // namespace

std::span<const FunctionDefinition> regexp_functions() { return kRegexpFunctions; }

}  // namespace sluice::expression
