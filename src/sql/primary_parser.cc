// Operands: literals, names, variables, parentheses, subqueries, CASE and the like.
#include <array>
#include <charconv>
#include <string>

#include "sql/expression_parser.h"

namespace sluice::sql {
namespace {

bool is_introducer_charset(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kCharsets = {
      "utf8mb4", "utf8", "utf8mb3", "binary", "latin1", "ascii", "gbk", "gb18030", "ucs2", "utf16", "utf32"};
  for (std::string_view charset : kCharsets) {
    if (name == charset) return true;
  }
  return false;
}

}  // namespace

const Expression* ExpressionParser::parse_primary() {
  switch (token().kind) {
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kDouble:
      return parse_number();
    case TokenKind::kString:
    case TokenKind::kNationalString:
      return parse_string_literal();
    case TokenKind::kHex:
    case TokenKind::kBit: {
      const std::uint32_t begin = this->begin();
      const Token bytes = advance();
      Literal* literal = make<Literal>();
      literal->literal_kind = bytes.kind == TokenKind::kHex ? LiteralKind::kHex : LiteralKind::kBit;
      literal->text = bytes.text;
      return finish(literal, begin);
    }
    case TokenKind::kParameter:
      return parse_parameter();
    case TokenKind::kUserVariable:
      return parse_user_variable();
    case TokenKind::kSystemVariable:
      return parse_system_variable();
    case TokenKind::kLeftParen:
      return parse_parenthesised_primary();
    case TokenKind::kLeftBrace:
      return parse_braced();
    case TokenKind::kQuotedIdentifier:
      return parse_column_or_call();
    case TokenKind::kIdentifier:
      if (token().keyword != Keyword::kNone) return parse_keyword_primary();
      if (token().text[0] == '_') {
        if (const Expression* literal = try_parse_introduced_literal()) return literal;
      }
      return parse_column_or_call();
    default:
      fail();
  }
}

/// A keyword: an operand with syntax of its own, or a name after all.
const Expression* ExpressionParser::parse_keyword_primary() {
  const std::uint32_t begin = this->begin();
  const bool is_call = peek().kind == TokenKind::kLeftParen;
  switch (token().keyword) {
    case Keyword::kNull:
      advance();
      return make_literal(LiteralKind::kNull, begin);
    case Keyword::kTrue:
    case Keyword::kFalse: {
      const bool value = advance().keyword == Keyword::kTrue;
      Literal* literal = make_literal(LiteralKind::kBoolean, begin);
      literal->integer = value ? 1 : 0;
      return literal;
    }
    case Keyword::kCase:
      return parse_case();
    case Keyword::kExists:
      return parse_exists();
    case Keyword::kInterval: {
      const Expression* interval = parse_interval();
      const FunctionCall* call = interval->try_as<FunctionCall>();
      if (call == nullptr || call->form != FunctionForm::kOperator) return interval;
      expect(TokenKind::kPlus);
      constexpr int kAbovePlus = 5;
      FunctionCall* sum = make_call("date_add", {parse_arithmetic(kAbovePlus), call->arguments[0]});
      sum->form = FunctionForm::kOperator;
      sum->unit = call->unit;
      sum->is_interval_written = true;
      return finish(sum, begin);
    }
    case Keyword::kDefault:
      return parse_default();
    case Keyword::kMatch:
      return parse_match();
    case Keyword::kMaxvalue:
      if (!is_maxvalue_allowed_) fail();
      advance();
      return finish(make<MaxValue>(), begin);
    case Keyword::kRow: {
      advance();
      const NestingGuard guard(*this);
      Row* row = make<Row>();
      row->values = parse_parenthesised_list([this] { return parse_expression(); });
      if (row->values.size() < 2) fail();
      row->is_row_keyword = true;
      return finish(row, begin);
    }
    case Keyword::kDate:
    case Keyword::kTime:
    case Keyword::kTimestamp:
      if (peek().kind == TokenKind::kString) {
        const Keyword keyword = advance().keyword;
        Literal* literal = make<Literal>();
        literal->literal_kind = keyword == Keyword::kDate   ? LiteralKind::kDate
                                : keyword == Keyword::kTime ? LiteralKind::kTime
                                                            : LiteralKind::kTimestamp;
        literal->text = advance().text;
        return finish(literal, begin);
      }
      return parse_column_or_call();
    case Keyword::kNext:
      if (peek().keyword == Keyword::kValue && peek(2).keyword == Keyword::kFor) {
        advance();
        advance();
        advance();
        FunctionCall* call = make_call("nextval", {});
        ObjectName* sequence = make<ObjectName>();
        *sequence = parse_object_name();
        call->sequence = sequence;
        call->form = FunctionForm::kOperator;
        return finish(call, begin);
      }
      return parse_column_or_call();
    case Keyword::kCurrentTimestamp:
    case Keyword::kCurrentDate:
    case Keyword::kCurrentTime:
    case Keyword::kLocaltime:
    case Keyword::kLocaltimestamp:
    case Keyword::kUtcDate:
    case Keyword::kUtcTime:
    case Keyword::kUtcTimestamp:
    case Keyword::kCurrentUser:
    case Keyword::kCurrentRole:
    case Keyword::kTidbCurrentTso:
      return parse_current_time(advance(), begin);
    case Keyword::kIf:
    case Keyword::kReplace:
    case Keyword::kLeft:
    case Keyword::kRight:
    case Keyword::kRepeat:
    case Keyword::kInsert:
    case Keyword::kChar:
    case Keyword::kDatabase:
    case Keyword::kSchema:
    case Keyword::kMod:
    case Keyword::kConvert:
    case Keyword::kValues:
    case Keyword::kRowNumber:
    case Keyword::kRank:
    case Keyword::kDenseRank:
    case Keyword::kPercentRank:
    case Keyword::kCumeDist:
    case Keyword::kNtile:
    case Keyword::kLag:
    case Keyword::kLead:
    case Keyword::kFirstValue:
    case Keyword::kLastValue:
    case Keyword::kNthValue:
      if (!is_call) {
        if (is_reserved(token().keyword)) {
          advance();
          fail();
        }
        return parse_column_or_call();
      }
      return parse_function(advance(), begin);
    default:
      return parse_column_or_call();
  }
}

Literal* ExpressionParser::make_literal(LiteralKind kind, std::uint32_t begin) {
  Literal* literal = make<Literal>();
  literal->literal_kind = kind;
  literal->source = {begin, last_end()};
  return literal;
}

const Expression* ExpressionParser::parse_number() {
  const std::uint32_t begin = this->begin();
  const Token number = advance();
  Literal* literal = make<Literal>();
  literal->text = number.text;
  const char* last = number.text.data() + number.text.size();
  if (number.kind == TokenKind::kInteger) {
    literal->literal_kind = LiteralKind::kInteger;
    const auto [end, error] = std::from_chars(number.text.data(), last, literal->integer);
    if (error != std::errc()) literal->literal_kind = LiteralKind::kDecimal;
  } else if (number.kind == TokenKind::kDecimal) {
    literal->literal_kind = LiteralKind::kDecimal;
  } else {
    literal->literal_kind = LiteralKind::kDouble;
    const auto [end, error] = std::from_chars(number.text.data(), last, literal->real);
    // Beyond the range of a double: the owner of the statement decides by `text` (1367 for 1e500, zero for 1e-500).
    if (error == std::errc::result_out_of_range) literal->real = 0;
  }
  return finish(literal, begin);
}

Literal* ExpressionParser::make_string_literal(const Token& token) {
  Literal* literal = make<Literal>();
  literal->literal_kind = LiteralKind::kString;
  literal->text = token.text;
  if (token.kind == TokenKind::kNationalString) literal->introducer = "utf8";
  return literal;
}

/// A string, or several side by side that make one.
const Expression* ExpressionParser::parse_string_literal() {
  const std::uint32_t begin = this->begin();
  const Token first = advance();
  Literal* literal = make_string_literal(first);
  if (is(TokenKind::kString)) {
    std::string joined(first.text);
    while (is(TokenKind::kString)) joined += advance().text;
    literal->text = arena_.copy(joined);
  }
  return finish(literal, begin);
}

/// `_utf8mb4'abc'`, `_binary 0x41`; null if the word is a name.
const Expression* ExpressionParser::try_parse_introduced_literal() {
  const TokenKind next = peek().kind;
  if (next != TokenKind::kString && next != TokenKind::kHex && next != TokenKind::kBit) return nullptr;
  const std::string_view charset = lower(token().text.substr(1));
  if (!is_introducer_charset(charset)) return nullptr;
  const std::uint32_t begin = this->begin();
  advance();
  Literal* literal;
  if (next == TokenKind::kString) {
    literal = const_cast<Literal*>(&parse_string_literal()->as<Literal>());
  } else {
    literal = make<Literal>();
    literal->literal_kind = next == TokenKind::kHex ? LiteralKind::kHex : LiteralKind::kBit;
    literal->text = advance().text;
  }
  literal->introducer = charset;
  return finish(literal, begin);
}

const Expression* ExpressionParser::parse_parameter() {
  if (!options_.allow_parameters) fail();
  const std::uint32_t begin = this->begin();
  advance();
  ParameterMarker* marker = make<ParameterMarker>();
  marker->index = parameter_count_++;
  return finish(marker, begin);
}

const Expression* ExpressionParser::parse_user_variable() {
  const std::uint32_t begin = this->begin();
  const Token name = advance();
  if (accept(TokenKind::kAssign)) {
    VariableAssignment* assignment = make<VariableAssignment>();
    assignment->name = name.text;
    assignment->value = parse_expression();
    return finish(assignment, begin);
  }
  UserVariable* variable = make<UserVariable>();
  variable->name = name.text;
  return finish(variable, begin);
}

const Expression* ExpressionParser::parse_system_variable() {
  struct Scope {
    std::string_view prefix;
    VariableScope scope;
  };
  static constexpr std::array<Scope, 6> kScopes = {{{"global.", VariableScope::kGlobal},
                                                    {"session.", VariableScope::kSession},
                                                    {"local.", VariableScope::kSession},
                                                    {"instance.", VariableScope::kInstance},
                                                    {"persist.", VariableScope::kPersist},
                                                    {"persist_only.", VariableScope::kPersistOnly}}};
  const std::uint32_t begin = this->begin();
  const Token written = advance();
  SystemVariable* variable = make<SystemVariable>();
  std::string name;
  for (char c : lower(written.text)) {
    if (c != '`') name += c;
  }
  for (const Scope& scope : kScopes) {
    if (name.starts_with(scope.prefix)) {
      variable->scope = scope.scope;
      name.erase(0, scope.prefix.size());
      break;
    }
  }
  variable->name = arena_.copy(name);
  return finish(variable, begin);
}

ObjectName ExpressionParser::parse_object_name() {
  ObjectName name;
  name.name = parse_name();
  if (accept(TokenKind::kDot)) {
    name.schema = name.name;
    name.name = parse_name();
  }
  return name;
}

const ColumnReference* ExpressionParser::parse_column_reference() {
  const std::uint32_t begin = this->begin();
  ColumnReference* column = make<ColumnReference>();
  column->column = parse_name();
  if (accept(TokenKind::kDot)) {
    column->table = column->column;
    column->column = parse_name();
    if (accept(TokenKind::kDot)) {
      column->schema = column->table;
      column->table = column->column;
      column->column = parse_name();
    }
  }
  finish(column, begin);
  return column;
}

const Expression* ExpressionParser::parse_column_or_call() {
  if (!is_name()) fail();
  const std::uint32_t begin = this->begin();
  if (peek().kind == TokenKind::kLeftParen) {
    return parse_function(advance(), begin);
  }
  if (peek().kind == TokenKind::kDot && peek(3).kind == TokenKind::kLeftParen && is_name(peek(2))) {
    const Name schema = advance().text;
    advance();
    return parse_plain_call(schema, advance(), begin);
  }
  return parse_column_reference();
}

// ---- parentheses and subqueries --------------------------------------------------------------------------------------

const Expression* ExpressionParser::parse_parenthesised_primary() {
  const std::uint32_t begin = this->begin();
  const Parenthesised inner = parse_parenthesis();
  return inner.query != nullptr ? make_subquery(inner.query, begin) : inner.expression;
}

const Expression* ExpressionParser::make_subquery(const Query* query, std::uint32_t begin) {
  Subquery* subquery = make<Subquery>();
  subquery->query = query;
  return finish(subquery, begin);
}

/// Reads from '(' through its ')'. `((SELECT 1))`, `((SELECT 1) UNION ..)` are queries, `((SELECT 1) + 1)` is not: what
/// an inner parenthesis was shows behind it.
ExpressionParser::Parenthesised ExpressionParser::parse_parenthesis() {
  const NestingGuard guard(*this);
  const std::uint32_t begin = this->begin();
  expect(TokenKind::kLeftParen);
  const std::uint32_t inner_begin = this->begin();
  const Expression* first = nullptr;
  if (starts_query() && !(is(Keyword::kValues) && peek().kind == TokenKind::kLeftParen)) {
    const Query* query = parse_query_expression();
    expect(TokenKind::kRightParen);
    return {.query = query};
  }
  if (is(TokenKind::kLeftParen) && query_follows_parentheses()) {
    const Parenthesised inner = parse_parenthesis();
    if (inner.query != nullptr) {
      if (is(TokenKind::kRightParen) || continues_query()) {
        const_cast<Query*>(inner.query)->is_parenthesised = true;
        const Query* query = continue_query_expression(inner.query, inner_begin);
        expect(TokenKind::kRightParen);
        return {.query = query};
      }
      first = make_subquery(inner.query, inner_begin);
    } else {
      first = inner.expression;
    }
  }
  first = parse_or(first);
  Expression* result;
  if (accept(TokenKind::kComma)) {
    std::vector<const Expression*> values{first};
    do {
      values.push_back(parse_expression());
    } while (accept(TokenKind::kComma));
    Row* row = make<Row>();
    row->values = list(values);
    result = row;
  } else {
    result = const_cast<Expression*>(first);
    result->is_parenthesised = true;
  }
  expect(TokenKind::kRightParen);
  return {.expression = finish(result, begin)};
}

// ---- operands with syntax of their own -------------------------------------------------------------------------------

const Expression* ExpressionParser::parse_case() {
  const NestingGuard guard(*this);
  const std::uint32_t begin = this->begin();
  expect(Keyword::kCase);
  Case* result = make<Case>();
  if (!is(Keyword::kWhen)) result->operand = parse_expression();
  std::vector<WhenClause> clauses;
  do {
    expect(Keyword::kWhen);
    WhenClause clause;
    clause.condition = parse_expression();
    expect(Keyword::kThen);
    clause.result = parse_expression();
    clauses.push_back(clause);
  } while (is(Keyword::kWhen));
  result->when_clauses = list(clauses);
  if (accept(Keyword::kElse)) result->else_result = parse_expression();
  expect(Keyword::kEnd);
  return finish(result, begin);
}

const Expression* ExpressionParser::parse_exists() {
  const std::uint32_t begin = this->begin();
  expect(Keyword::kExists);
  Exists* exists = make<Exists>();
  exists->query = parse_parenthesised_query();
  return finish(exists, begin);
}

/// `INTERVAL e unit`: a FunctionCall "interval" of form kOperator with the unit, for the caller to take apart; or the
/// function INTERVAL(a, b, ..).
const Expression* ExpressionParser::parse_interval() {
  const NestingGuard guard(*this);
  const std::uint32_t begin = this->begin();
  expect(Keyword::kInterval);
  const Expression* value = nullptr;
  if (is(TokenKind::kLeftParen)) {
    const std::uint32_t paren = this->begin();
    value = parse_parenthesised_primary();
    const Row* row = value->try_as<Row>();
    if (row != nullptr && !row->is_parenthesised && row->source.begin == paren) {
      FunctionCall* call = make_call("interval", {});
      call->arguments = row->values;
      return finish(call, begin);
    }
  }
  value = parse_or(value);
  FunctionCall* interval = make_call("interval", {value});
  interval->form = FunctionForm::kOperator;
  interval->unit = parse_time_unit();
  return finish(interval, begin);
}

const Expression* ExpressionParser::parse_default() {
  const std::uint32_t begin = this->begin();
  expect(Keyword::kDefault);
  expect(TokenKind::kLeftParen);
  DefaultValue* value = make<DefaultValue>();
  value->column = parse_column_reference();
  expect(TokenKind::kRightParen);
  return finish(value, begin);
}

const Expression* ExpressionParser::parse_match() {
  const std::uint32_t begin = this->begin();
  expect(Keyword::kMatch);
  const NestingGuard guard(*this);
  MatchAgainst* match = make<MatchAgainst>();
  if (accept(TokenKind::kLeftParen)) {
    match->columns = parse_list([this] { return parse_column_reference(); });
    expect(TokenKind::kRightParen);
  } else {
    match->columns = parse_list([this] { return parse_column_reference(); });
  }
  if (!is_word("AGAINST")) fail();
  advance();
  expect(TokenKind::kLeftParen);
  match->against = parse_arithmetic(1);
  if (accept(Keyword::kIn)) {
    if (accept(Keyword::kNatural)) {
      expect(Keyword::kLanguage, Keyword::kMode);
      if (accept(Keyword::kWith)) {
        expect(Keyword::kQuery, Keyword::kExpansion);
        match->modifier = MatchModifier::kNaturalLanguageWithExpansion;
      }
    } else {
      expect(Keyword::kBoolean, Keyword::kMode);
      match->modifier = MatchModifier::kBoolean;
    }
  } else if (accept(Keyword::kWith)) {
    expect(Keyword::kQuery, Keyword::kExpansion);
    match->modifier = MatchModifier::kQueryExpansion;
  }
  expect(TokenKind::kRightParen);
  return finish(match, begin);
}

/// ODBC's `{d '2020-01-01'}`, `{t '..'}`, `{ts '..'}`; with any other word the expression stands for itself.
const Expression* ExpressionParser::parse_braced() {
  const NestingGuard guard(*this);
  const std::uint32_t begin = this->begin();
  expect(TokenKind::kLeftBrace);
  const std::string_view word = lower(parse_name());
  const Expression* value = parse_expression();
  expect(TokenKind::kRightBrace);
  Literal* literal = value->kind == ExpressionKind::kLiteral ? const_cast<Literal*>(&value->as<Literal>()) : nullptr;
  if (literal != nullptr && literal->literal_kind == LiteralKind::kString) {
    if (word == "d") literal->literal_kind = LiteralKind::kDate;
    if (word == "t") literal->literal_kind = LiteralKind::kTime;
    if (word == "ts") literal->literal_kind = LiteralKind::kTimestamp;
    finish(literal, begin);
  }
  return value;
}

}  // namespace sluice::sql
