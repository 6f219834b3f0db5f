#include "sql/expression_parser.h"

#include "base/sql_error.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kMaxChain = 1000;   // operators of one left-deep chain: bounds the height of the tree
constexpr std::size_t kBalanceFrom = 64;  // longer chains of AND and OR become balanced trees

struct ArithmeticOperator {
  BinaryOperator op;
  int precedence;
};

std::optional<BinaryOperator> comparison_operator(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
      return BinaryOperator::kEqual;
    case TokenKind::kNullSafeEqual:
      return BinaryOperator::kNullSafeEqual;
    case TokenKind::kNotEqual:
      return BinaryOperator::kNotEqual;
    case TokenKind::kLess:
      return BinaryOperator::kLess;
    case TokenKind::kLessOrEqual:
      return BinaryOperator::kLessOrEqual;
    case TokenKind::kGreater:
      return BinaryOperator::kGreater;
    case TokenKind::kGreaterOrEqual:
      return BinaryOperator::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

/// precedence 0: not an arithmetic operator.
ArithmeticOperator arithmetic_operator(const Token& token) {
  switch (token.kind) {
    case TokenKind::kPipe:
      return {BinaryOperator::kBitOr, 1};
    case TokenKind::kAmpersand:
      return {BinaryOperator::kBitAnd, 2};
    case TokenKind::kShiftLeft:
      return {BinaryOperator::kShiftLeft, 3};
    case TokenKind::kShiftRight:
      return {BinaryOperator::kShiftRight, 3};
    case TokenKind::kPlus:
      return {BinaryOperator::kAdd, 4};
    case TokenKind::kMinus:
      return {BinaryOperator::kSubtract, 4};
    case TokenKind::kStar:
      return {BinaryOperator::kMultiply, 5};
    case TokenKind::kSlash:
      return {BinaryOperator::kDivide, 5};
    case TokenKind::kPercent:
      return {BinaryOperator::kModulo, 5};
    case TokenKind::kCaret:
      return {BinaryOperator::kBitXor, 6};
    case TokenKind::kIdentifier:
      if (token.keyword == Keyword::kDiv) return {BinaryOperator::kIntegerDivide, 5};
      if (token.keyword == Keyword::kMod) return {BinaryOperator::kModulo, 5};
      return {BinaryOperator::kOr, 0};
    default:
      return {BinaryOperator::kOr, 0};
  }
}
constexpr int kAdditivePrecedence = 4;
constexpr int kLowestArithmeticPrecedence = 1;

}  // namespace

const Expression* ExpressionParser::parse_only_expression() {
  const Expression* expression = parse_expression();
  if (!is(TokenKind::kEnd)) fail();
  return expression;
}

const Expression* ExpressionParser::parse_expression() {
  const NestingGuard guard(*this);
  return parse_or(nullptr);
}

// Each level takes its first operand if the caller has parsed it already (behind a subquery in parentheses).

const Expression* ExpressionParser::parse_or(const Expression* first) {
  first = parse_xor(first);
  const auto accept_or = [this] {
    return accept(Keyword::kOr) || (!options_.pipes_as_concat && accept(TokenKind::kPipePipe));
  };
  if (!accept_or()) return first;
  std::vector<const Expression*> operands{first};
  do {
    operands.push_back(parse_xor(nullptr));
  } while (accept_or());
  return chain(BinaryOperator::kOr, operands);
}

const Expression* ExpressionParser::parse_xor(const Expression* first) {
  first = parse_and(first);
  for (std::size_t length = 0; accept(Keyword::kXor); ++length) {
    check_chain(length);
    first = make_binary(BinaryOperator::kXor, first, parse_and(nullptr));
  }
  return first;
}

const Expression* ExpressionParser::parse_and(const Expression* first) {
  first = parse_not(first);
  const auto accept_and = [this] { return accept(Keyword::kAnd) || accept(TokenKind::kAndAnd); };
  if (!accept_and()) return first;
  std::vector<const Expression*> operands{first};
  do {
    operands.push_back(parse_not(nullptr));
  } while (accept_and());
  return chain(BinaryOperator::kAnd, operands);
}

const Expression* ExpressionParser::parse_not(const Expression* first) {
  if (first == nullptr && is(Keyword::kNot) && !options_.high_not_precedence) {
    const NestingGuard guard(*this);
    const std::uint32_t begin = advance().begin;
    Unary* unary = make<Unary>();
    unary->op = UnaryOperator::kNot;
    unary->operand = parse_not(nullptr);
    return finish(unary, begin);
  }
  first = parse_comparison(first);
  for (std::size_t length = 0; is(Keyword::kIs); ++length) {  // IS [NOT] TRUE | FALSE | UNKNOWN
    check_chain(length);
    const std::uint32_t begin = first->source.begin;
    advance();
    IsTest* test = make<IsTest>();
    test->operand = first;
    test->is_negated = accept(Keyword::kNot);
    if (accept(Keyword::kTrue)) {
      test->truth = TruthValue::kTrue;
    } else if (accept(Keyword::kFalse)) {
      test->truth = TruthValue::kFalse;
    } else if (accept(Keyword::kUnknown)) {
      test->truth = TruthValue::kUnknown;
    } else {
      expect(Keyword::kNull);
    }
    first = finish(test, begin);
  }
  return first;
}

const Expression* ExpressionParser::parse_comparison(const Expression* first) {
  first = parse_predicate(first);
  for (std::size_t length = 0;; ++length) {
    check_chain(length);
    if (is(Keyword::kIs) &&
        (peek().keyword == Keyword::kNull || (peek().keyword == Keyword::kNot && peek(2).keyword == Keyword::kNull))) {
      const std::uint32_t begin = first->source.begin;
      advance();
      IsTest* test = make<IsTest>();
      test->operand = first;
      test->is_negated = accept(Keyword::kNot);
      expect(Keyword::kNull);
      first = finish(test, begin);
      continue;
    }
    const std::optional<BinaryOperator> op = comparison_operator(token().kind);
    if (!op) return first;
    advance();
    if (is_any(Keyword::kAny, Keyword::kSome, Keyword::kAll) && peek().kind == TokenKind::kLeftParen) {
      QuantifiedComparison* comparison = make<QuantifiedComparison>();
      comparison->op = *op;
      comparison->quantifier = is(Keyword::kAll) ? Quantifier::kAll : Quantifier::kAny;
      comparison->left = first;
      advance();
      comparison->query = parse_parenthesised_query();
      first = finish(comparison, first->source.begin);
    } else {
      first = make_binary(*op, first, parse_predicate(nullptr));
    }
  }
}

const Expression* ExpressionParser::parse_predicate(const Expression* first) {
  const Expression* operand = parse_arithmetic(kLowestArithmeticPrecedence, first);
  for (std::size_t length = 0;; ++length) {
    check_chain(length);
    const Keyword keyword = token().keyword;
    const bool is_negated = keyword == Keyword::kNot;
    switch (is_negated ? peek().keyword : keyword) {
      case Keyword::kIn:
        if (is_negated) advance();
        advance();
        operand = parse_in(operand, is_negated);
        continue;
      case Keyword::kBetween:
        if (is_negated) advance();
        advance();
        operand = parse_between(operand, is_negated);
        continue;
      case Keyword::kLike:
      case Keyword::kIlike:
        if (is_negated) advance();
        operand = parse_like(operand, is_negated);
        continue;
      case Keyword::kRegexp:
      case Keyword::kRlike: {
        if (is_negated) advance();
        advance();
        Regexp* regexp = make<Regexp>();
        regexp->operand = operand;
        regexp->is_negated = is_negated;
        regexp->pattern = parse_arithmetic(kLowestArithmeticPrecedence);
        operand = finish(regexp, operand->source.begin);
        continue;
      }
      case Keyword::kMember: {
        if (is_negated || peek().keyword != Keyword::kOf) return operand;
        advance();
        advance();
        expect(TokenKind::kLeftParen);
        FunctionCall* call = make_call("json_memberof", {operand, parse_expression()});
        call->form = FunctionForm::kOperator;
        expect(TokenKind::kRightParen);
        operand = finish(call, operand->source.begin);
        continue;
      }
      case Keyword::kSounds: {
        if (is_negated || peek().keyword != Keyword::kLike) return operand;
        advance();
        advance();
        const std::uint32_t begin = operand->source.begin;
        const Expression* right = parse_arithmetic(kLowestArithmeticPrecedence);
        const Expression* left_sound = finish(make_call("soundex", {operand}), begin);
        const Expression* right_sound = finish(make_call("soundex", {right}), right->source.begin);
        operand = make_binary(BinaryOperator::kEqual, left_sound, right_sound);
        continue;
      }
      default:
        return operand;
    }
  }
}

const Expression* ExpressionParser::parse_in(const Expression* operand, bool is_negated) {
  const std::uint32_t begin = operand->source.begin;
  if (!is(TokenKind::kLeftParen)) fail();
  if (query_follows_parentheses()) {
    const std::uint32_t paren = this->begin();
    const Parenthesised inner = parse_parenthesis();
    if (inner.query != nullptr) {
      InSubquery* in = make<InSubquery>();
      in->operand = operand;
      in->query = inner.query;
      in->is_negated = is_negated;
      return finish(in, begin);
    }
    // `((SELECT 1), 2)`: a list whose first value is a subquery came back as a row, or as its only value.
    InList* in = make<InList>();
    in->operand = operand;
    in->is_negated = is_negated;
    const Row* row = inner.expression->try_as<Row>();
    if (row != nullptr && !row->is_parenthesised && row->source.begin == paren) {
      in->values = row->values;
    } else {
      in->values = list(std::vector<const Expression*>{inner.expression});
    }
    return finish(in, begin);
  }
  InList* in = make<InList>();
  in->operand = operand;
  in->is_negated = is_negated;
  advance();
  in->values = parse_expression_list();
  expect(TokenKind::kRightParen);
  return finish(in, begin);
}

const Expression* ExpressionParser::parse_between(const Expression* operand, bool is_negated) {
  Between* between = make<Between>();
  between->operand = operand;
  between->is_negated = is_negated;
  between->low = parse_arithmetic(kLowestArithmeticPrecedence);
  expect(Keyword::kAnd);
  const NestingGuard guard(*this);
  between->high = parse_predicate(nullptr);
  return finish(between, operand->source.begin);
}

const Expression* ExpressionParser::parse_like(const Expression* operand, bool is_negated) {
  Like* like = make<Like>();
  like->operand = operand;
  like->is_negated = is_negated;
  like->is_ilike = is(Keyword::kIlike);
  advance();
  like->pattern = parse_concatenation(nullptr);
  if (accept(Keyword::kEscape)) {
    const std::string_view text = parse_string();
    if (text.size() > 1) throw SqlError(ErrorCode::kWrongArguments, "ESCAPE");
    like->escape = text.empty() ? '\0' : text[0];
    like->is_escape_written = true;
  } else if (options_.no_backslash_escapes) {
    like->escape = '\0';
  }
  return finish(like, operand == nullptr ? like->pattern->source.begin : operand->source.begin);
}

/// Precedence climbing over the operators from | up to ^.
const Expression* ExpressionParser::parse_arithmetic(int minimum_precedence, const Expression* first) {
  const Expression* left = parse_concatenation(first);
  for (std::size_t length = 0;; ++length) {
    const ArithmeticOperator next = arithmetic_operator(token());
    if (next.precedence < minimum_precedence || next.precedence == 0) return left;
    check_chain(length);
    advance();
    if (next.precedence == kAdditivePrecedence && is(Keyword::kInterval)) {
      // Either an interval or the function INTERVAL(a, b): only the former has a unit behind its expression.
      const Expression* interval = parse_interval();
      if (const FunctionCall* call = interval->try_as<FunctionCall>();
          call != nullptr && call->form == FunctionForm::kOperator) {
        FunctionCall* shift =
            make_call(next.op == BinaryOperator::kAdd ? "date_add" : "date_sub", {left, call->arguments[0]});
        shift->form = FunctionForm::kOperator;
        shift->unit = call->unit;
        shift->is_interval_written = true;
        left = finish(shift, left->source.begin);
        continue;
      }
      left = make_binary(next.op, left, parse_arithmetic(next.precedence + 1, interval));
      continue;
    }
    left = make_binary(next.op, left, parse_arithmetic(next.precedence + 1));
  }
}

const Expression* ExpressionParser::parse_concatenation(const Expression* first) {
  const Expression* left = first != nullptr ? parse_postfix(first) : parse_unary();
  for (std::size_t length = 0; options_.pipes_as_concat && accept(TokenKind::kPipePipe); ++length) {
    check_chain(length);
    FunctionCall* call = make_call("concat", {left, parse_unary()});
    call->form = FunctionForm::kOperator;
    left = finish(call, left->source.begin);
  }
  return left;
}

const Expression* ExpressionParser::parse_unary() {
  const std::uint32_t begin = this->begin();
  UnaryOperator op;
  switch (token().kind) {
    case TokenKind::kMinus:
      op = UnaryOperator::kMinus;
      break;
    case TokenKind::kPlus:
      op = UnaryOperator::kPlus;
      break;
    case TokenKind::kTilde:
      op = UnaryOperator::kBitNot;
      break;
    case TokenKind::kExclamation:
      op = UnaryOperator::kExclamation;
      break;
    case TokenKind::kIdentifier:
      if (is(Keyword::kNot) && options_.high_not_precedence) {
        op = UnaryOperator::kExclamation;
        break;
      }
      if (is(Keyword::kBinary)) {
        const NestingGuard guard(*this);
        advance();
        Cast* cast = make<Cast>();
        DataType* type = make<DataType>();
        type->kind = DataTypeKind::kBinary;
        type->charset = "binary";
        cast->form = CastForm::kBinaryOperator;
        cast->type = type;
        cast->operand = parse_unary();
        return finish(cast, begin);
      }
      return parse_simple();
    default:
      return parse_simple();
  }
  const NestingGuard guard(*this);
  advance();
  Unary* unary = make<Unary>();
  unary->op = op;
  unary->operand = parse_unary();
  return finish(unary, begin);
}

const Expression* ExpressionParser::parse_simple() { return parse_postfix(parse_primary()); }

/// COLLATE and the JSON arrows.
const Expression* ExpressionParser::parse_postfix(const Expression* operand) {
  for (std::size_t length = 0;; ++length) {
    check_chain(length);
    const std::uint32_t begin = operand->source.begin;
    if (accept(Keyword::kCollate)) {
      Collate* collate = make<Collate>();
      collate->operand = operand;
      collate->collation = parse_collation_name();
      operand = finish(collate, begin);
    } else if (is(TokenKind::kArrow) || is(TokenKind::kDoubleArrow)) {
      if (operand->kind != ExpressionKind::kColumn) fail();
      const bool is_unquoting = advance().kind == TokenKind::kDoubleArrow;
      if (!is_string()) fail();
      const std::uint32_t path_begin = this->begin();
      const Token path = advance();
      Literal* literal = make_string_literal(path);
      literal->source = {path_begin, last_end()};
      FunctionCall* extract = make_call("json_extract", {operand, literal});
      extract->form = FunctionForm::kOperator;
      operand = finish(extract, begin);
      if (is_unquoting) {
        FunctionCall* unquote = make_call("json_unquote", {operand});
        unquote->form = FunctionForm::kOperator;
        operand = finish(unquote, begin);
      }
    } else {
      return operand;
    }
  }
}

/// Left-deep for short chains. Long ones become balanced trees, so that walks over the tree stay shallow: AND and OR are
/// associative, and the order of evaluation stays.
const Expression* ExpressionParser::chain(BinaryOperator op, const std::vector<const Expression*>& operands) {
  if (operands.size() <= kBalanceFrom) {
    const Expression* left = operands[0];
    for (std::size_t i = 1; i < operands.size(); ++i) left = make_binary(op, left, operands[i]);
    return left;
  }
  std::vector<const Expression*> level = operands;
  while (level.size() > 1) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < level.size(); i += 2) {
      level[out++] = i + 1 < level.size() ? make_binary(op, level[i], level[i + 1]) : level[i];
    }
    level.resize(out);
  }
  return level[0];
}

const Expression* ExpressionParser::finish(Expression* expression, std::uint32_t begin) {
  expression->source = {begin, last_end()};
  return expression;
}

const Binary* ExpressionParser::make_binary(BinaryOperator op, const Expression* left, const Expression* right) {
  Binary* binary = make<Binary>();
  binary->op = op;
  binary->left = left;
  binary->right = right;
  binary->source = {left->source.begin, right->source.end};
  return binary;
}

void ExpressionParser::check_chain(std::size_t length) const {
  if (length >= kMaxChain) fail_too_deep();
}

const Query* ExpressionParser::parse_parenthesised_query() {
  if (!is(TokenKind::kLeftParen)) fail();
  const Token paren = token();
  const Parenthesised inner = parse_parenthesis();
  if (inner.query == nullptr) fail_at(paren);
  return inner.query;
}

}  // namespace sluice::sql
