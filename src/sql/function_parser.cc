// Function calls: plain ones, those with syntax of their own, aggregates and window functions.
#include <array>
#include <charconv>
#include <string>

#include "sql/expression_parser.h"

namespace sluice::sql {
namespace {

struct TimeUnitName {
  std::string_view name;
  TimeUnit unit;
};
// In the order of the enum, then the ODBC spellings.
constexpr std::array<TimeUnitName, 28> kTimeUnits = {{
    {"MICROSECOND", TimeUnit::kMicrosecond},
    {"SECOND", TimeUnit::kSecond},
    {"MINUTE", TimeUnit::kMinute},
    {"HOUR", TimeUnit::kHour},
    {"DAY", TimeUnit::kDay},
    {"WEEK", TimeUnit::kWeek},
    {"MONTH", TimeUnit::kMonth},
    {"QUARTER", TimeUnit::kQuarter},
    {"YEAR", TimeUnit::kYear},
    {"SECOND_MICROSECOND", TimeUnit::kSecondMicrosecond},
    {"MINUTE_MICROSECOND", TimeUnit::kMinuteMicrosecond},
    {"MINUTE_SECOND", TimeUnit::kMinuteSecond},
    {"HOUR_MICROSECOND", TimeUnit::kHourMicrosecond},
    {"HOUR_SECOND", TimeUnit::kHourSecond},
    {"HOUR_MINUTE", TimeUnit::kHourMinute},
    {"DAY_MICROSECOND", TimeUnit::kDayMicrosecond},
    {"DAY_SECOND", TimeUnit::kDaySecond},
    {"DAY_MINUTE", TimeUnit::kDayMinute},
    {"DAY_HOUR", TimeUnit::kDayHour},
    {"YEAR_MONTH", TimeUnit::kYearMonth},
    {"SQL_TSI_SECOND", TimeUnit::kSecond},
    {"SQL_TSI_MINUTE", TimeUnit::kMinute},
    {"SQL_TSI_HOUR", TimeUnit::kHour},
    {"SQL_TSI_DAY", TimeUnit::kDay},
    {"SQL_TSI_WEEK", TimeUnit::kWeek},
    {"SQL_TSI_MONTH", TimeUnit::kMonth},
    {"SQL_TSI_QUARTER", TimeUnit::kQuarter},
    {"SQL_TSI_YEAR", TimeUnit::kYear},
}};

/// Canonical name of an aggregate, empty for other functions.
std::string_view aggregate_name(Keyword keyword) {
  switch (keyword) {
    case Keyword::kCount:
      return "count";
    case Keyword::kSum:
      return "sum";
    case Keyword::kAvg:
      return "avg";
    case Keyword::kMin:
      return "min";
    case Keyword::kMax:
      return "max";
    case Keyword::kBitAnd:
      return "bit_and";
    case Keyword::kBitOr:
      return "bit_or";
    case Keyword::kBitXor:
      return "bit_xor";
    case Keyword::kStd:
    case Keyword::kStddev:
    case Keyword::kStddevPop:
      return "stddev_pop";
    case Keyword::kStddevSamp:
      return "stddev_samp";
    case Keyword::kVariance:
    case Keyword::kVarPop:
      return "var_pop";
    case Keyword::kVarSamp:
      return "var_samp";
    case Keyword::kJsonArrayagg:
      return "json_arrayagg";
    case Keyword::kJsonObjectagg:
      return "json_objectagg";
    case Keyword::kApproxCountDistinct:
      return "approx_count_distinct";
    case Keyword::kApproxPercentile:
      return "approx_percentile";
    default:
      return {};
  }
}

}  // namespace

std::string_view time_unit_name(TimeUnit unit) {
  return unit == TimeUnit::kNone ? std::string_view() : kTimeUnits[static_cast<std::size_t>(unit) - 1].name;
}

bool ExpressionParser::is_time_unit() const noexcept {
  for (const TimeUnitName& candidate : kTimeUnits) {
    if (is_word(candidate.name)) return true;
  }
  return false;
}

TimeUnit ExpressionParser::parse_time_unit() {
  for (const TimeUnitName& candidate : kTimeUnits) {
    if (accept_word(candidate.name)) return candidate.unit;
  }
  fail();
}

FunctionCall* ExpressionParser::make_call(std::string_view name, const std::vector<const Expression*>& arguments) {
  FunctionCall* call = make<FunctionCall>();
  call->name = name;
  call->arguments = list(arguments);
  return call;
}

/// The '(' stands right behind the name that was consumed last (or IGNORE_SPACE is on): only then are some names functions
/// with special syntax.
bool ExpressionParser::is_call_adjacent() { return options_.ignore_space || begin() == last_end(); }

/// Behind the name; the current token is '('.
const Expression* ExpressionParser::parse_function(const Token& name, std::uint32_t begin) {
  const NestingGuard guard(*this);
  if (name.keyword == Keyword::kNone) return parse_plain_call({}, name, begin);
  return parse_special_function(name, begin);
}

const Expression* ExpressionParser::parse_special_function(const Token& name, std::uint32_t begin) {
  const bool is_adjacent = is_call_adjacent();
  switch (name.keyword) {
    case Keyword::kCount:
    case Keyword::kSum:
    case Keyword::kMin:
    case Keyword::kMax:
    case Keyword::kBitAnd:
    case Keyword::kBitOr:
    case Keyword::kBitXor:
    case Keyword::kStd:
    case Keyword::kStddev:
    case Keyword::kStddevPop:
    case Keyword::kStddevSamp:
    case Keyword::kVariance:
    case Keyword::kVarPop:
    case Keyword::kVarSamp:
    case Keyword::kApproxCountDistinct:
    case Keyword::kApproxPercentile:
      return is_adjacent ? parse_aggregate(aggregate_name(name.keyword), name, begin)
                         : parse_plain_call({}, name, begin);
    case Keyword::kAvg:
    case Keyword::kJsonArrayagg:
    case Keyword::kJsonObjectagg:
      return parse_aggregate(aggregate_name(name.keyword), name, begin);
    case Keyword::kGroupConcat:
      return is_adjacent ? parse_group_concat(begin) : parse_plain_call({}, name, begin);
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
      return parse_window_only_function(name, begin);
    case Keyword::kCast:
      return is_adjacent ? parse_cast(begin) : parse_plain_call({}, name, begin);
    case Keyword::kConvert:
      return parse_convert(begin);
    case Keyword::kExtract:
      return is_adjacent ? parse_extract(begin) : parse_plain_call({}, name, begin);
    case Keyword::kDateAdd:
    case Keyword::kDateSub:
    case Keyword::kAdddate:
    case Keyword::kSubdate:
      return is_adjacent ? parse_date_arithmetic(name, begin) : parse_plain_call({}, name, begin);
    case Keyword::kTimestampadd:
    case Keyword::kTimestampdiff:
      return parse_timestamp_arithmetic(name, begin);
    case Keyword::kTrim:
      return is_adjacent ? parse_trim(begin) : parse_plain_call({}, name, begin);
    case Keyword::kSubstring:
    case Keyword::kSubstr:
    case Keyword::kMid:
      return is_adjacent ? parse_substring(name, begin) : parse_plain_call({}, name, begin);
    case Keyword::kPosition:
      return is_adjacent ? parse_position(begin) : parse_plain_call({}, name, begin);
    case Keyword::kChar:
      return parse_char(begin);
    case Keyword::kWeightString:
      return parse_weight_string(begin);
    case Keyword::kGetFormat:
      return parse_get_format(begin);
    case Keyword::kNextval:
    case Keyword::kLastval:
    case Keyword::kSetval:
      return parse_sequence_call(name, begin);
    case Keyword::kValues:
      return parse_values_reference(begin);
    default:
      return parse_plain_call({}, name, begin);
  }
}

const Expression* ExpressionParser::parse_plain_call(Name schema, const Token& name, std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  FunctionCall* call = make<FunctionCall>();
  call->schema = schema;
  call->name = lower(name.text);
  if (!is(TokenKind::kRightParen)) call->arguments = parse_expression_list();
  expect(TokenKind::kRightParen);
  return finish(call, begin);
}

// ---- aggregates and window functions ---------------------------------------------------------------------------------

const Expression* ExpressionParser::parse_aggregate(std::string_view canonical_name, const Token& name,
                                                    std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  Aggregate* aggregate = make<Aggregate>();
  aggregate->name = canonical_name;
  if (name.keyword == Keyword::kCount && accept(TokenKind::kStar)) {
    aggregate->is_star = true;
  } else {
    const bool is_all = accept(Keyword::kAll);
    aggregate->is_distinct = !is_all && accept_any(Keyword::kDistinct, Keyword::kDistinctrow);
    if (aggregate->is_distinct) accept(Keyword::kAll);
    std::vector<const Expression*> arguments{parse_expression()};
    const bool is_pair = name.keyword == Keyword::kJsonObjectagg || name.keyword == Keyword::kApproxPercentile;
    const bool is_list =
        (name.keyword == Keyword::kCount && aggregate->is_distinct) || name.keyword == Keyword::kApproxCountDistinct;
    if (is_pair) {
      expect(TokenKind::kComma);
      accept(Keyword::kAll);
      arguments.push_back(parse_expression());
    }
    while (is_list && accept(TokenKind::kComma)) arguments.push_back(parse_expression());
    aggregate->arguments = list(arguments);
  }
  expect(TokenKind::kRightParen);
  if (is(Keyword::kOver))
    return parse_over(canonical_name, aggregate->arguments, aggregate->is_star, aggregate->is_distinct, begin);
  return finish(aggregate, begin);
}

const Expression* ExpressionParser::parse_group_concat(std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  Aggregate* aggregate = make<Aggregate>();
  aggregate->name = "group_concat";
  aggregate->is_distinct = accept_any(Keyword::kDistinct, Keyword::kDistinctrow);
  if (!aggregate->is_distinct) accept(Keyword::kAll);
  aggregate->arguments = parse_expression_list();
  if (is(Keyword::kOrder)) aggregate->order_by = parse_order_items();
  if (accept(Keyword::kSeparator)) aggregate->separator = parse_string();
  expect(TokenKind::kRightParen);
  if (is(Keyword::kOver)) return parse_over("group_concat", aggregate->arguments, false, aggregate->is_distinct, begin);
  return finish(aggregate, begin);
}

const Expression* ExpressionParser::parse_window_only_function(const Token& name, std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  ExpressionList arguments;
  const bool takes_arguments = name.keyword == Keyword::kNtile || name.keyword == Keyword::kLag ||
                               name.keyword == Keyword::kLead || name.keyword == Keyword::kFirstValue ||
                               name.keyword == Keyword::kLastValue || name.keyword == Keyword::kNthValue;
  if (takes_arguments) arguments = parse_expression_list();
  expect(TokenKind::kRightParen);
  bool is_from_last = false;
  if (name.keyword == Keyword::kNthValue && accept(Keyword::kFrom)) {
    is_from_last = accept(Keyword::kLast);
    if (!is_from_last) expect(Keyword::kFirst);
  }
  NullTreatment nulls = NullTreatment::kNotWritten;
  if (is_any(Keyword::kRespect, Keyword::kIgnore) && peek().keyword == Keyword::kNulls) {
    nulls = advance().keyword == Keyword::kRespect ? NullTreatment::kRespectNulls : NullTreatment::kIgnoreNulls;
    advance();
  }
  if (!is(Keyword::kOver)) fail();
  const Expression* function = parse_over(lower(name.text), arguments, false, false, begin);
  WindowFunction* window_function = const_cast<WindowFunction*>(&function->as<WindowFunction>());
  window_function->is_from_last = is_from_last;
  window_function->null_treatment = nulls;
  return function;
}

const Expression* ExpressionParser::parse_over(std::string_view name, ExpressionList arguments, bool is_star,
                                               bool is_distinct, std::uint32_t begin) {
  expect(Keyword::kOver);
  WindowFunction* function = make<WindowFunction>();
  function->name = name;
  function->arguments = arguments;
  function->is_star = is_star;
  function->is_distinct = is_distinct;
  function->window = parse_window_specification();
  return finish(function, begin);
}

/// Behind OVER: a name or a specification in parentheses.
const WindowSpecification* ExpressionParser::parse_window_specification() {
  WindowSpecification* window = make<WindowSpecification>();
  if (!is(TokenKind::kLeftParen)) {
    window->base = parse_name();
    window->is_reference = true;
    return window;
  }
  parse_window_body(*window);
  return window;
}

void ExpressionParser::parse_window_body(WindowSpecification& window) {
  expect(TokenKind::kLeftParen);
  window.base = accept_name();
  if (accept(Keyword::kPartition)) {
    expect(Keyword::kBy);
    window.partition_by = parse_expression_list();
  }
  if (is(Keyword::kOrder)) window.order_by = parse_order_items();
  window.frame = parse_window_frame();
  expect(TokenKind::kRightParen);
}

const WindowFrame* ExpressionParser::parse_window_frame() {
  FrameUnit unit;
  if (is(Keyword::kRows)) {
    unit = FrameUnit::kRows;
  } else if (is(Keyword::kRange)) {
    unit = FrameUnit::kRange;
  } else if (is(Keyword::kGroups)) {
    unit = FrameUnit::kGroups;
  } else {
    return nullptr;
  }
  advance();
  WindowFrame* frame = make<WindowFrame>();
  frame->unit = unit;
  if (accept(Keyword::kBetween)) {
    frame->begin = parse_frame_bound();
    expect(Keyword::kAnd);
    frame->end = parse_frame_bound();
  } else {
    frame->begin = parse_frame_bound();
  }
  return frame;
}

FrameBound ExpressionParser::parse_frame_bound() {
  FrameBound bound;
  if (accept(Keyword::kCurrent)) {
    expect(Keyword::kRow);
    return bound;
  }
  const bool is_unbounded = accept(Keyword::kUnbounded);
  if (!is_unbounded) {
    const bool is_interval = accept(Keyword::kInterval);
    bound.offset = parse_arithmetic(1);
    if (is_interval) bound.unit = parse_time_unit();
  }
  if (accept(Keyword::kPreceding)) {
    bound.kind = is_unbounded ? FrameBoundKind::kUnboundedPreceding : FrameBoundKind::kPreceding;
  } else {
    expect(Keyword::kFollowing);
    bound.kind = is_unbounded ? FrameBoundKind::kUnboundedFollowing : FrameBoundKind::kFollowing;
  }
  return bound;
}

// ---- functions with syntax of their own ------------------------------------------------------------------------------

/// CURRENT_TIMESTAMP and its kin, with or without parentheses.
const Expression* ExpressionParser::parse_current_time(const Token& name, std::uint32_t begin) {
  FunctionCall* call = make_call(lower(name.text), {});
  call->form = FunctionForm::kNoParentheses;
  if (accept(TokenKind::kLeftParen)) {
    call->form = FunctionForm::kCall;
    if (is(TokenKind::kInteger)) call->arguments = list(std::vector<const Expression*>{parse_number()});
    expect(TokenKind::kRightParen);
  }
  return finish(call, begin);
}

const Expression* ExpressionParser::parse_cast(std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  Cast* cast = make<Cast>();
  cast->operand = parse_expression();
  expect(Keyword::kAs);
  DataType* type = const_cast<DataType*>(parse_cast_type());
  type->is_array = accept(Keyword::kArray);
  cast->type = type;
  expect(TokenKind::kRightParen);
  return finish(cast, begin);
}

const Expression* ExpressionParser::parse_convert(std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  const Expression* operand = parse_expression();
  if (accept(Keyword::kUsing)) {
    ConvertUsing* convert = make<ConvertUsing>();
    convert->operand = operand;
    convert->charset = parse_charset_name();
    expect(TokenKind::kRightParen);
    return finish(convert, begin);
  }
  expect(TokenKind::kComma);
  Cast* cast = make<Cast>();
  cast->form = CastForm::kConvert;
  cast->operand = operand;
  cast->type = parse_cast_type();
  expect(TokenKind::kRightParen);
  return finish(cast, begin);
}

const Expression* ExpressionParser::parse_extract(std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  const TimeUnit unit = parse_time_unit();
  expect(Keyword::kFrom);
  FunctionCall* call = make_call("extract", {parse_expression()});
  call->unit = unit;
  expect(TokenKind::kRightParen);
  return finish(call, begin);
}

/// DATE_ADD, DATE_SUB, ADDDATE, SUBDATE.
const Expression* ExpressionParser::parse_date_arithmetic(const Token& name, std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  const Expression* date = parse_expression();
  expect(TokenKind::kComma);
  FunctionCall* call;
  if (is(Keyword::kInterval)) {
    const Expression* parsed = parse_interval();
    const FunctionCall& interval = parsed->as<FunctionCall>();
    const bool is_interval = interval.form == FunctionForm::kOperator;
    if (!is_interval && (name.keyword == Keyword::kDateAdd || name.keyword == Keyword::kDateSub)) fail();
    call = make_call(lower(name.text), {date, is_interval ? interval.arguments[0] : parsed});
    call->unit = is_interval ? interval.unit : TimeUnit::kDay;
    call->is_interval_written = is_interval;
  } else {
    if (name.keyword == Keyword::kDateAdd || name.keyword == Keyword::kDateSub) fail();
    call = make_call(lower(name.text), {date, parse_expression()});
    call->unit = TimeUnit::kDay;
  }
  expect(TokenKind::kRightParen);
  return finish(call, begin);
}

const Expression* ExpressionParser::parse_timestamp_arithmetic(const Token& name, std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  const TimeUnit unit = parse_time_unit();
  expect(TokenKind::kComma);
  const Expression* first = parse_expression();
  expect(TokenKind::kComma);
  FunctionCall* call = make_call(lower(name.text), {first, parse_expression()});
  call->unit = unit;
  expect(TokenKind::kRightParen);
  return finish(call, begin);
}

const Expression* ExpressionParser::parse_trim(std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  TrimDirection direction = TrimDirection::kNotWritten;
  if (accept(Keyword::kBoth)) {
    direction = TrimDirection::kBoth;
  } else if (accept(Keyword::kLeading)) {
    direction = TrimDirection::kLeading;
  } else if (accept(Keyword::kTrailing)) {
    direction = TrimDirection::kTrailing;
  }
  FunctionCall* call;
  if (direction != TrimDirection::kNotWritten && accept(Keyword::kFrom)) {
    call = make_call("trim", {parse_expression()});
  } else {
    const Expression* first = parse_expression();
    if (direction != TrimDirection::kNotWritten || is(Keyword::kFrom)) {
      expect(Keyword::kFrom);
      call = make_call("trim", {parse_expression(), first});
    } else {
      call = make_call("trim", {first});
    }
  }
  call->trim_direction = direction;
  expect(TokenKind::kRightParen);
  return finish(call, begin);
}

const Expression* ExpressionParser::parse_substring(const Token& name, std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  std::vector<const Expression*> arguments{parse_expression()};
  if (accept(Keyword::kFrom)) {
    arguments.push_back(parse_expression());
    if (accept(Keyword::kFor)) arguments.push_back(parse_expression());
  } else {
    expect(TokenKind::kComma);
    arguments.push_back(parse_expression());
    if (accept(TokenKind::kComma)) arguments.push_back(parse_expression());
  }
  expect(TokenKind::kRightParen);
  return finish(make_call(lower(name.text), arguments), begin);
}

const Expression* ExpressionParser::parse_position(std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  const Expression* needle = parse_arithmetic(1);
  expect(Keyword::kIn);
  FunctionCall* call = make_call("position", {needle, parse_expression()});
  expect(TokenKind::kRightParen);
  return finish(call, begin);
}

const Expression* ExpressionParser::parse_char(std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  FunctionCall* call = make_call("char", {});
  call->arguments = parse_expression_list();
  if (accept(Keyword::kUsing)) call->charset = parse_charset_name();
  expect(TokenKind::kRightParen);
  return finish(call, begin);
}

const Expression* ExpressionParser::parse_weight_string(std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  FunctionCall* call = make_call("weight_string", {parse_expression()});
  if (accept(Keyword::kAs)) {
    DataType* type = make<DataType>();
    type->kind = accept(Keyword::kBinary) ? DataTypeKind::kBinary : DataTypeKind::kChar;
    if (type->kind == DataTypeKind::kChar && !accept_any(Keyword::kChar, Keyword::kCharacter)) fail();
    type->length = accept_length();
    if (type->length < 0) fail();
    call->cast_type = type;
  }
  expect(TokenKind::kRightParen);
  return finish(call, begin);
}

const Expression* ExpressionParser::parse_get_format(std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  if (!is_any(Keyword::kDate, Keyword::kTime, Keyword::kDatetime, Keyword::kTimestamp)) fail();
  Token selector = token();
  const std::uint32_t selector_begin = this->begin();
  advance();
  selector.text = upper(selector.text);
  Literal* literal = make_string_literal(selector);
  literal->source = {selector_begin, last_end()};
  expect(TokenKind::kComma);
  FunctionCall* call = make_call("get_format", {literal, parse_expression()});
  expect(TokenKind::kRightParen);
  return finish(call, begin);
}

const Expression* ExpressionParser::parse_sequence_call(const Token& name, std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  FunctionCall* call = make_call(lower(name.text), {});
  ObjectName* sequence = make<ObjectName>();
  *sequence = parse_object_name();
  call->sequence = sequence;
  if (name.keyword == Keyword::kSetval) {
    expect(TokenKind::kComma);
    call->arguments = list(std::vector<const Expression*>{parse_expression()});
  }
  expect(TokenKind::kRightParen);
  return finish(call, begin);
}

const Expression* ExpressionParser::parse_values_reference(std::uint32_t begin) {
  expect(TokenKind::kLeftParen);
  ValuesReference* values = make<ValuesReference>();
  values->column = parse_column_reference();
  expect(TokenKind::kRightParen);
  return finish(values, begin);
}

// ---- ORDER BY --------------------------------------------------------------------------------------------------------

List<OrderItem> ExpressionParser::parse_order_items() {
  expect(Keyword::kOrder, Keyword::kBy);
  return parse_list([this] { return parse_order_item(); });
}

OrderItem ExpressionParser::parse_order_item() {
  OrderItem item;
  item.expression = parse_expression();
  item.descending = accept(Keyword::kDesc);
  if (!item.descending) accept(Keyword::kAsc);
  return item;
}

}  // namespace sluice::sql
