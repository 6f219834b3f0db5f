#include "sql/query_parser.h"

#include <string>
#include <utility>

#include "base/sql_error.h"

namespace sluice::sql {

/// [WITH ..] operand [set operators ..] [ORDER BY ..] [LIMIT ..] [locking] [INTO ..].
const Query* QueryParser::parse_query_expression() {
  const NestingGuard guard(*this);
  const std::uint32_t begin = this->begin();
  const WithClause* with = is(Keyword::kWith) ? parse_with() : nullptr;
  const Query* query = continue_query_expression(parse_query_operand(), begin);
  return with == nullptr ? query : attach_with(with, query, begin);
}

const Query* QueryParser::attach_with(const WithClause* with, const Query* query, std::uint32_t begin) {
  if (query->with != nullptr) {
    // WITH a AS (..) (WITH b AS (..) SELECT ..): the inner clause keeps its own query.
    SetOperationQuery* outer = make<SetOperationQuery>();
    outer->operands = list(std::vector<SetOperand>{{.query = query}});
    query = outer;
  }
  Query* result = const_cast<Query*>(query);
  result->with = with;
  result->is_parenthesised = false;
  result->source = {begin, last_end()};
  return result;
}

namespace {

/// The INTO that a last operand without FROM took for its own: it belongs to the whole set operation.
const IntoClause* take_into(Query& query) {
  if (query.is_parenthesised) return nullptr;
  if (const auto* operation = query.try_as<SetOperationQuery>())
    return take_into(const_cast<Query&>(*operation->operands[operation->operands.size() - 1].query));
  return std::exchange(query.into, nullptr);
}

}  // namespace

const Query* QueryParser::continue_query_expression(const Query* left, std::uint32_t begin) {
  const Query* query = left;
  if (is_any(Keyword::kUnion, Keyword::kExcept, Keyword::kIntersect)) {
    query = parse_set_operation(left, begin);
    Query* const whole = const_cast<Query*>(query);
    whole->into = take_into(*whole);
  }
  if (!continues_query()) return query;
  Query* result = const_cast<Query*>(query);
  const bool has_tail =
      result->is_parenthesised && (!result->order_by.empty() || result->limit != nullptr ||
                                   result->locking != nullptr || result->into != nullptr || result->with != nullptr);
  if (has_tail) {
    // `(SELECT .. LIMIT 5) LIMIT 2`: the inner query keeps its clauses as the only operand of an outer one.
    SetOperationQuery* outer = make<SetOperationQuery>();
    outer->operands = list(std::vector<SetOperand>{{.query = query}});
    result = outer;
  }
  result->is_parenthesised = false;
  parse_query_tail(*result);
  result->source = {begin, last_end()};
  if (is_any(Keyword::kUnion, Keyword::kExcept, Keyword::kIntersect) &&
      (result->limit != nullptr || !result->order_by.empty())) {
    // Such an operand needs parentheses.
    throw SqlError(ErrorCode::kWrongUsage, keyword_text(token().keyword),
                   result->limit != nullptr ? "LIMIT" : "ORDER BY");
  }
  return result;
}

void QueryParser::parse_query_tail(Query& query) {
  if (is(Keyword::kOrder)) query.order_by = parse_order_items();
  if (is_any(Keyword::kLimit, Keyword::kFetch)) query.limit = parse_limit();
  if (is(Keyword::kInto) && query.into == nullptr) query.into = parse_into();
  if (is_any(Keyword::kFor, Keyword::kLock)) query.locking = parse_locking();
  if (is(Keyword::kInto) && query.into == nullptr) query.into = parse_into();
}

const WithClause* QueryParser::parse_with() {
  expect(Keyword::kWith);
  WithClause* with = make<WithClause>();
  with->is_recursive = accept(Keyword::kRecursive);
  with->expressions = parse_list([this] { return parse_common_table_expression(); });
  return with;
}

CommonTableExpression QueryParser::parse_common_table_expression() {
  CommonTableExpression cte;
  cte.name = parse_name();
  if (is(TokenKind::kLeftParen)) cte.columns = parse_parenthesised_names();
  expect(Keyword::kAs);
  cte.query = parse_parenthesised_query();
  return cte;
}

// ---- set operations --------------------------------------------------------------------------------------------------

bool QueryParser::accept_set_operator(SetOperator op, bool& is_all) {
  const Keyword keyword = op == SetOperator::kUnion    ? Keyword::kUnion
                          : op == SetOperator::kExcept ? Keyword::kExcept
                                                       : Keyword::kIntersect;
  if (!accept(keyword)) return false;
  is_all = accept(Keyword::kAll);
  if (!is_all) accept_any(Keyword::kDistinct, Keyword::kDistinctrow);
  return true;
}

/// UNION and EXCEPT from left to right over runs of INTERSECT.
const Query* QueryParser::parse_set_operation(const Query* first, std::uint32_t begin) {
  std::vector<SetOperand> operands{{.query = parse_intersection(first)}};
  for (;;) {
    SetOperand operand;
    if (accept_set_operator(SetOperator::kUnion, operand.is_all)) {
      operand.op = SetOperator::kUnion;
    } else if (accept_set_operator(SetOperator::kExcept, operand.is_all)) {
      operand.op = SetOperator::kExcept;
    } else {
      break;
    }
    operand.query = parse_intersection(parse_query_operand());
    operands.push_back(operand);
  }
  if (operands.size() == 1) return operands[0].query;
  SetOperationQuery* query = make<SetOperationQuery>();
  query->operands = list(operands);
  query->source = {begin, last_end()};
  return query;
}

const Query* QueryParser::parse_intersection(const Query* first) {
  if (!is(Keyword::kIntersect)) return first;
  std::vector<SetOperand> operands{{.query = first}};
  SetOperand operand{.op = SetOperator::kIntersect};
  while (accept_set_operator(SetOperator::kIntersect, operand.is_all)) {
    operand.query = parse_query_operand();
    operands.push_back(operand);
  }
  SetOperationQuery* query = make<SetOperationQuery>();
  query->operands = list(operands);
  query->source = {first->source.begin, last_end()};
  return query;
}

/// SELECT, VALUES, TABLE without the clauses that belong to a whole query expression, or one in parentheses.
const Query* QueryParser::parse_query_operand() {
  switch (token().keyword) {
    case Keyword::kSelect:
      return parse_select();
    case Keyword::kValues:
      return parse_values_query();
    case Keyword::kTable:
      return parse_table_query();
    default:
      break;
  }
  if (!is(TokenKind::kLeftParen)) fail();
  const Query* query = parse_parenthesised_query();
  const_cast<Query*>(query)->is_parenthesised = true;
  return query;
}

const Query* QueryParser::parse_values_query() {
  const std::uint32_t begin = this->begin();
  expect(Keyword::kValues);
  ValuesQuery* values = make<ValuesQuery>();
  values->rows = parse_list([this] {
    expect(Keyword::kRow);
    expect(TokenKind::kLeftParen);
    ExpressionList row;
    if (!is(TokenKind::kRightParen)) {
      row = parse_list([this]() -> const Expression* {
        if (is(Keyword::kDefault) && peek().kind != TokenKind::kLeftParen) {
          const std::uint32_t begin = advance().begin;
          return finish(make<DefaultValue>(), begin);
        }
        return parse_expression();
      });
    }
    expect(TokenKind::kRightParen);
    return row;
  });
  values->source = {begin, last_end()};
  return values;
}

const Query* QueryParser::parse_table_query() {
  const std::uint32_t begin = this->begin();
  expect(Keyword::kTable);
  TableQuery* query = make<TableQuery>();
  NamedTable* table = make<NamedTable>();
  table->name = parse_object_name();
  table->source = {begin, last_end()};
  query->table = table;
  query->source = {begin, last_end()};
  return query;
}

// ---- SELECT ----------------------------------------------------------------------------------------------------------

const Query* QueryParser::parse_select() {
  const std::uint32_t begin = this->begin();
  expect(Keyword::kSelect);
  SelectQuery* select = make<SelectQuery>();
  select->hints = take_hints();
  parse_select_options(*select);
  select->items = parse_list([this] { return parse_select_item(); });
  if (is(Keyword::kInto)) select->into = parse_into();
  if (accept(Keyword::kFrom)) {
    if (is(Keyword::kDual)) {
      advance();
      select->is_from_dual = true;
    } else {
      select->from = parse_table_references();
    }
  }
  select->where = parse_where();
  if (is(Keyword::kGroup)) parse_group_by(*select);
  if (accept(Keyword::kHaving)) select->having = parse_expression();
  if (accept(Keyword::kWindow)) parse_windows(*select);
  select->source = {begin, last_end()};
  return select;
}

void QueryParser::parse_select_options(SelectQuery& select) {
  for (;;) {
    switch (token().keyword) {
      case Keyword::kAll:
        if (select.distinct == Distinctness::kDistinct) fail();
        select.distinct = Distinctness::kAll;
        break;
      case Keyword::kDistinct:
      case Keyword::kDistinctrow:
        if (select.distinct == Distinctness::kAll) fail();
        select.distinct = Distinctness::kDistinct;
        break;
      case Keyword::kHighPriority:
        select.priority = PriorityModifier::kHigh;
        break;
      case Keyword::kLowPriority:
        select.priority = PriorityModifier::kLow;
        break;
      case Keyword::kDelayed:
        select.priority = PriorityModifier::kDelayed;
        break;
      case Keyword::kStraightJoin:
        select.is_straight_join = true;
        break;
      case Keyword::kSqlSmallResult:
        select.sql_small_result = true;
        break;
      case Keyword::kSqlBigResult:
        select.sql_big_result = true;
        break;
      case Keyword::kSqlBufferResult:
        select.sql_buffer_result = true;
        break;
      case Keyword::kSqlNoCache:
        select.sql_no_cache = true;
        break;
      case Keyword::kSqlCache:
        break;
      case Keyword::kSqlCalcFoundRows:
        select.sql_calc_found_rows = true;
        break;
      default:
        return;
    }
    advance();
  }
}

SelectItem QueryParser::parse_select_item() {
  SelectItem item;
  const std::uint32_t begin = this->begin();
  if (accept(TokenKind::kStar)) {
    item.text = text_between(begin, last_end());
    return item;
  }
  if (is_name() && peek().kind == TokenKind::kDot) {
    if (peek(2).kind == TokenKind::kStar) {
      item.wildcard_table = advance().text;
      advance();
      advance();
      item.text = text_between(begin, last_end());
      return item;
    }
    // db.t.*: five tokens, one more than the lookahead, so the star is looked for behind the second point.
    if (is_name(peek(2)) && peek(3).kind == TokenKind::kDot) {
      const Token first = advance();
      advance();
      const Token second = advance();
      advance();
      if (accept(TokenKind::kStar)) {
        item.wildcard_schema = first.text;
        item.wildcard_table = second.text;
        item.text = text_between(begin, last_end());
        return item;
      }
      const Token third = token();
      if (!is_name()) fail();
      advance();
      ColumnReference* column = make<ColumnReference>();
      column->schema = first.text;
      column->table = second.text;
      column->column = third.text;
      const NestingGuard guard(*this);
      item.expression = parse_or(finish(column, begin));
      item.text = text_between(begin, last_end());
      parse_alias(item);
      return item;
    }
  }
  item.expression = parse_expression();
  item.text = text_between(begin, last_end());
  parse_alias(item);
  return item;
}

/// [AS] name or 'string'.
void QueryParser::parse_alias(SelectItem& item) {
  if (accept(Keyword::kAs)) {
    item.alias = parse_name_or_string();
    item.is_alias_written = true;
  } else if (is_string() || is_name()) {
    item.alias = advance().text;
    item.is_alias_written = true;
  }
}

void QueryParser::parse_group_by(SelectQuery& select) {
  expect(Keyword::kGroup, Keyword::kBy);
  select.group_by = parse_list([this] { return parse_order_item(); });
  if (accept(Keyword::kWith)) {
    expect(Keyword::kRollup);
    select.is_rollup = true;
  }
}

void QueryParser::parse_windows(SelectQuery& select) {
  select.windows = parse_list([this] {
    const Name name = parse_name();
    expect(Keyword::kAs);
    WindowSpecification window;
    parse_window_body(window);
    window.name = name;
    return window;
  });
}

// ---- clauses of whole queries ----------------------------------------------------------------------------------------

const Expression* QueryParser::parse_limit_value() {
  if (is(TokenKind::kParameter)) return parse_parameter();
  if (!is(TokenKind::kInteger)) fail();
  const Token number = token();
  const Expression* value = parse_number();
  if (value->as<Literal>().literal_kind != LiteralKind::kInteger) fail_at(number);
  return value;
}

const LimitClause* QueryParser::parse_limit() {
  LimitClause* limit = make<LimitClause>();
  if (accept(Keyword::kFetch)) {  // FETCH FIRST [n] ROW ONLY
    if (!accept_any(Keyword::kFirst, Keyword::kNext)) fail();
    if (is_any(Keyword::kRow, Keyword::kRows)) {
      Literal* one = make_literal(LiteralKind::kInteger, begin());
      one->integer = 1;
      one->text = "1";
      limit->count = one;
    } else {
      limit->count = parse_limit_value();
    }
    if (!accept_any(Keyword::kRow, Keyword::kRows)) fail();
    if (!accept_word("ONLY")) fail();
    return limit;
  }
  expect(Keyword::kLimit);
  limit->count = parse_limit_value();
  if (accept(TokenKind::kComma)) {
    limit->offset = limit->count;
    limit->count = parse_limit_value();
  } else if (accept(Keyword::kOffset)) {
    limit->offset = parse_limit_value();
  }
  return limit;
}

const LockingClause* QueryParser::parse_locking() {
  LockingClause* locking = make<LockingClause>();
  if (accept(Keyword::kLock)) {
    expect(Keyword::kIn, Keyword::kShare, Keyword::kMode);
    locking->strength = LockStrength::kShare;
    return locking;
  }
  expect(Keyword::kFor);
  if (accept(Keyword::kUpdate)) {
    locking->strength = LockStrength::kUpdate;
  } else {
    expect(Keyword::kShare);
    locking->strength = LockStrength::kShare;
  }
  if (accept(Keyword::kOf)) locking->of_tables = parse_list([this] { return parse_object_name(); });
  if (accept(Keyword::kNowait)) {
    locking->wait = LockWait::kNoWait;
  } else if (accept(Keyword::kSkip, Keyword::kLocked)) {
    locking->wait = LockWait::kSkipLocked;
  } else if (accept(Keyword::kWait)) {
    locking->wait = LockWait::kWaitSeconds;
    locking->wait_seconds = parse_unsigned();
  }
  return locking;
}

const IntoClause* QueryParser::parse_into() {
  expect(Keyword::kInto);
  IntoClause* into = make<IntoClause>();
  if (accept(Keyword::kOutfile)) {
    into->file_name = parse_string();
    if (accept_charset_keyword()) into->charset = parse_charset_name();
    parse_fields_and_lines(into->format);
  } else if (accept(Keyword::kDumpfile)) {
    into->kind = IntoKind::kDumpfile;
    into->file_name = parse_string();
  } else {
    into->kind = IntoKind::kVariables;
    into->variables = parse_list([this] {
      if (!is(TokenKind::kUserVariable)) fail();
      return advance().text;
    });
  }
  return into;
}

/// A string, x'..' or b'..'.
std::string_view QueryParser::parse_separator_text() {
  if (is(TokenKind::kHex) || is(TokenKind::kBit)) return advance().text;
  return parse_string();
}

void QueryParser::parse_fields_and_lines(FieldsAndLines& format) {
  if (accept_any(Keyword::kFields, Keyword::kColumns)) {
    format.is_fields_written = true;
    for (;;) {
      if (accept(Keyword::kTerminated)) {
        expect(Keyword::kBy);
        format.fields_terminated_by = parse_separator_text();
      } else if (is_any(Keyword::kEnclosed, Keyword::kOptionally)) {
        format.is_optionally_enclosed = accept(Keyword::kOptionally);
        expect(Keyword::kEnclosed, Keyword::kBy);
        format.fields_enclosed_by = parse_separator_text();
      } else if (accept(Keyword::kEscaped)) {
        expect(Keyword::kBy);
        format.fields_escaped_by = parse_separator_text();
      } else if (accept(Keyword::kDefined)) {
        expect(Keyword::kNull, Keyword::kBy);
        format.is_defined_null_written = true;
        format.fields_defined_null_by = parse_separator_text();
        if (accept(Keyword::kOptionally)) {
          expect(Keyword::kEnclosed);
          format.is_defined_null_enclosed = true;
        }
      } else {
        break;
      }
    }
  }
  if (accept(Keyword::kLines)) {
    format.is_lines_written = true;
    for (;;) {
      if (accept(Keyword::kStarting)) {
        expect(Keyword::kBy);
        format.lines_starting_by = parse_separator_text();
      } else if (accept(Keyword::kTerminated)) {
        expect(Keyword::kBy);
        format.lines_terminated_by = parse_separator_text();
      } else {
        break;
      }
    }
  }
}

}  // namespace sluice::sql
