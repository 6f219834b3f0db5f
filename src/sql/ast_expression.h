#pragma once
// Expressions of the syntax tree.
//
// Switch on `kind` and cast with `as<T>()`, or use `visit_expression` / `for_each_child` (ast_visitor.h).

#include "sql/ast_data_type.h"

namespace sluice::sql {

struct Query;

enum class ExpressionKind : std::uint8_t {
  kLiteral,
  kColumn,
  kParameter,
  kUserVariable,
  kSystemVariable,
  kVariableAssignment,
  kDefault,
  kValuesReference,
  kUnary,
  kBinary,
  kIsTest,
  kBetween,
  kInList,
  kInSubquery,
  kLike,
  kRegexp,
  kQuantifiedComparison,
  kExists,
  kSubquery,
  kRow,
  kCase,
  kFunction,
  kAggregate,
  kWindowFunction,
  kCast,
  kConvertUsing,
  kCollate,
  kMatchAgainst,
  kMaxValue,
};

struct Expression {
  ExpressionKind kind;
  bool is_parenthesised = false;  // written in parentheses of its own: `(a + b)`
  SourceRange source;             // exact text, its own parentheses included

  explicit Expression(ExpressionKind kind) : kind(kind) {}

  /// The node as `T`. The caller has checked `kind == T::kKind`.
  template <class T>
  const T& as() const {
    return static_cast<const T&>(*this);
  }
  /// The node as `T`, or nullptr if it is of another kind.
  template <class T>
  const T* try_as() const {
    return kind == T::kKind ? static_cast<const T*>(this) : nullptr;
  }
};

using ExpressionList = List<const Expression*>;

/// Binds a node struct to its kind.
template <ExpressionKind K>
struct ExpressionOf : Expression {
  static constexpr ExpressionKind kKind = K;
  ExpressionOf() : Expression(K) {}
};

enum class LiteralKind : std::uint8_t {
  kNull,
  kBoolean,    // TRUE, FALSE: `integer` is 1 or 0
  kInteger,    // fits 64 bits: `integer` (unsigned; a minus sign is an operator of its own)
  kDecimal,    // `text` holds the digits: 1.50, or an integer beyond 64 bits
  kDouble,     // with an exponent: `real`, spelling in `text`
  kString,     // `text` holds the value, escapes resolved
  kHex,        // x'4D', 0x4D: `text` holds the bytes
  kBit,        // b'101', 0b101: `text` holds the bytes
  kDate,       // DATE '2020-01-01': `text` between the quotes
  kTime,       // TIME '10:11:12'
  kTimestamp,  // TIMESTAMP '2020-01-01 10:11:12'
};

/// A constant. `literal_value()` and `literal_type()` in field_type.h give the types:: form.
struct Literal : ExpressionOf<ExpressionKind::kLiteral> {
  LiteralKind literal_kind = LiteralKind::kNull;
  std::uint64_t integer = 0;
  double real = 0;
  std::string_view text;
  std::string_view introducer;  // charset name of _utf8'..' and N'..' (utf8), lower case; empty: none
};

/// `[[schema.]table.]column`. In select lists `t.*` is a SelectItem, not an expression.
struct ColumnReference : ExpressionOf<ExpressionKind::kColumn> {
  Name schema;
  Name table;
  Name column;
};

/// `?`. `index` counts from 0 in order of appearance within the statement.
struct ParameterMarker : ExpressionOf<ExpressionKind::kParameter> {
  std::uint32_t index = 0;
};

/// `@name`; `name` without the @.
struct UserVariable : ExpressionOf<ExpressionKind::kUserVariable> {
  std::string_view name;
};

enum class VariableScope : std::uint8_t { kNotWritten, kSession, kGlobal, kPersist, kPersistOnly, kInstance };

/// `@@[scope.]name`; a structured name keeps its point ("a.b").
struct SystemVariable : ExpressionOf<ExpressionKind::kSystemVariable> {
  VariableScope scope = VariableScope::kNotWritten;
  std::string_view name;
};

/// `@name := value` inside an expression.
struct VariableAssignment : ExpressionOf<ExpressionKind::kVariableAssignment> {
  std::string_view name;
  const Expression* value = nullptr;
};

/// `DEFAULT` (column null) or `DEFAULT(column)`.
struct DefaultValue : ExpressionOf<ExpressionKind::kDefault> {
  const ColumnReference* column = nullptr;
};

/// `VALUES(column)` of ON DUPLICATE KEY UPDATE.
struct ValuesReference : ExpressionOf<ExpressionKind::kValuesReference> {
  const ColumnReference* column = nullptr;
};

/// `MAXVALUE` in partition bounds.
struct MaxValue : ExpressionOf<ExpressionKind::kMaxValue> {};

enum class UnaryOperator : std::uint8_t { kNot, kExclamation, kMinus, kPlus, kBitNot };

struct Unary : ExpressionOf<ExpressionKind::kUnary> {
  UnaryOperator op = UnaryOperator::kNot;
  const Expression* operand = nullptr;
};

enum class BinaryOperator : std::uint8_t {
  kOr,
  kXor,
  kAnd,
  kEqual,
  kNullSafeEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBitOr,
  kBitAnd,
  kShiftLeft,
  kShiftRight,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kIntegerDivide,
  kModulo,
  kBitXor,
};

/// A chain `a OR b OR c` is left-deep; chains of AND and OR may be long, so walk their left side in a loop.
struct Binary : ExpressionOf<ExpressionKind::kBinary> {
  BinaryOperator op = BinaryOperator::kEqual;
  const Expression* left = nullptr;
  const Expression* right = nullptr;
};

enum class TruthValue : std::uint8_t { kNull, kTrue, kFalse, kUnknown };

/// `operand IS [NOT] NULL | TRUE | FALSE | UNKNOWN`.
struct IsTest : ExpressionOf<ExpressionKind::kIsTest> {
  const Expression* operand = nullptr;
  TruthValue truth = TruthValue::kNull;
  bool is_negated = false;
};

struct Between : ExpressionOf<ExpressionKind::kBetween> {
  const Expression* operand = nullptr;
  const Expression* low = nullptr;
  const Expression* high = nullptr;
  bool is_negated = false;
};

struct InList : ExpressionOf<ExpressionKind::kInList> {
  const Expression* operand = nullptr;
  ExpressionList values;
  bool is_negated = false;
};

struct InSubquery : ExpressionOf<ExpressionKind::kInSubquery> {
  const Expression* operand = nullptr;
  const Query* query = nullptr;
  bool is_negated = false;
};

struct Like : ExpressionOf<ExpressionKind::kLike> {
  const Expression* operand = nullptr;
  const Expression* pattern = nullptr;
  char escape = '\\';  // one byte, as in TiDB; 0: ESCAPE ''
  bool is_escape_written = false;
  bool is_negated = false;
  bool is_ilike = false;
};

struct Regexp : ExpressionOf<ExpressionKind::kRegexp> {
  const Expression* operand = nullptr;
  const Expression* pattern = nullptr;
  bool is_negated = false;
};

enum class Quantifier : std::uint8_t { kAny, kAll };

/// `left op ANY|ALL (query)`; SOME is ANY.
struct QuantifiedComparison : ExpressionOf<ExpressionKind::kQuantifiedComparison> {
  BinaryOperator op = BinaryOperator::kEqual;  // a comparison
  Quantifier quantifier = Quantifier::kAny;
  const Expression* left = nullptr;
  const Query* query = nullptr;
};

/// `EXISTS (query)`. NOT EXISTS is a Unary kNot around it.
struct Exists : ExpressionOf<ExpressionKind::kExists> {
  const Query* query = nullptr;
};

/// A scalar or row subquery.
struct Subquery : ExpressionOf<ExpressionKind::kSubquery> {
  const Query* query = nullptr;
};

/// `(a, b)` or `ROW(a, b)`: at least two values.
struct Row : ExpressionOf<ExpressionKind::kRow> {
  ExpressionList values;
  bool is_row_keyword = false;
};

struct WhenClause {
  const Expression* condition = nullptr;
  const Expression* result = nullptr;
};

struct Case : ExpressionOf<ExpressionKind::kCase> {
  const Expression* operand = nullptr;  // may be null
  List<WhenClause> when_clauses;
  const Expression* else_result = nullptr;  // may be null
};

enum class TimeUnit : std::uint8_t {
  kNone,
  kMicrosecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
  kSecondMicrosecond,
  kMinuteMicrosecond,
  kMinuteSecond,
  kHourMicrosecond,
  kHourSecond,
  kHourMinute,
  kDayMicrosecond,
  kDaySecond,
  kDayMinute,
  kDayHour,
  kYearMonth,
};
/// "DAY_HOUR" ...; static.
std::string_view time_unit_name(TimeUnit unit);

enum class TrimDirection : std::uint8_t { kNotWritten, kBoth, kLeading, kTrailing };

/// How a function with special syntax was written; arguments are in the same order for all forms of one name.
enum class FunctionForm : std::uint8_t {
  kCall,           // name(args)
  kNoParentheses,  // CURRENT_TIMESTAMP, CURRENT_USER ...
  kOperator,  // a -> b, a ->> b, a MEMBER OF (b), a || b (concat), a + INTERVAL b unit, a SOUNDS LIKE b, a MOD b is a Binary
};

/// A call of a scalar function (whether the name exists is not the parser's matter).
///
/// `name` is in lower case. Special syntax becomes plain arguments plus the extra members:
///   EXTRACT(unit FROM e)              extract(e), unit
///   TIMESTAMPADD/TIMESTAMPDIFF(u,a,b) timestampadd(a, b), unit
///   DATE_ADD/DATE_SUB/ADDDATE/SUBDATE(e, INTERVAL v unit)    date_add(e, v), unit (the name as written);
///                                     ADDDATE(e, n): unit kDay and `is_interval_written` false
///   e + INTERVAL v unit, e - INTERVAL v unit    date_add(e, v) / date_sub(e, v), unit, form kOperator
///   TRIM(BOTH r FROM s)               trim(s, r), trim_direction; TRIM(LEADING FROM s): trim(s)
///   SUBSTRING(s FROM p FOR n), SUBSTR, MID   substring(s, p, n)   (name as written)
///   POSITION(a IN b)                  position(a, b)
///   CHAR(a, b USING cs)               char(a, b), charset
///   WEIGHT_STRING(s AS CHAR(n))       weight_string(s), cast_type
///   GET_FORMAT(DATE, 'USA')           get_format('DATE', 'USA'), the first a string Literal
///   a -> '$.x', a ->> '$.x'           json_extract(a, '$.x'), json_unquote(json_extract(...)), form kOperator
///   a MEMBER OF (b)                   json_memberof(a, b), form kOperator
///   a || b under PIPES_AS_CONCAT      concat(a, b), form kOperator
///   INTERVAL(a, b, c)                 interval(a, b, c)
///   NEXT VALUE FOR s                  nextval(s) with `sequence`; NEXTVAL(s), LASTVAL(s), SETVAL(s, n) likewise
///   CURRENT_TIMESTAMP(3), LOCALTIME   as written, lower case
struct FunctionCall : ExpressionOf<ExpressionKind::kFunction> {
  Name schema;
  std::string_view name;  // lower case
  ExpressionList arguments;
  FunctionForm form = FunctionForm::kCall;
  TimeUnit unit = TimeUnit::kNone;
  bool is_interval_written = false;
  TrimDirection trim_direction = TrimDirection::kNotWritten;
  std::string_view charset;              // CHAR ... USING, lower case
  const DataType* cast_type = nullptr;   // WEIGHT_STRING ... AS
  const ObjectName* sequence = nullptr;  // NEXTVAL, LASTVAL, SETVAL
};

struct OrderItem {
  const Expression* expression = nullptr;  // an integer Literal that is not in parentheses is an output position
  bool descending = false;
};

/// COUNT, SUM, AVG, MIN, MAX, GROUP_CONCAT, BIT_AND, BIT_OR, BIT_XOR, STD, STDDEV, STDDEV_POP, STDDEV_SAMP, VARIANCE,
/// VAR_POP, VAR_SAMP, JSON_ARRAYAGG, JSON_OBJECTAGG, APPROX_COUNT_DISTINCT, APPROX_PERCENTILE, ANY_VALUE is a function.
/// `name` is lower case and canonical: std, stddev -> stddev_pop; variance -> var_pop. COUNT(*) has `is_star` and no arguments.
struct Aggregate : ExpressionOf<ExpressionKind::kAggregate> {
  std::string_view name;
  ExpressionList arguments;
  bool is_star = false;
  bool is_distinct = false;
  List<OrderItem> order_by;          // GROUP_CONCAT
  std::string_view separator = ",";  // GROUP_CONCAT
};

enum class FrameUnit : std::uint8_t { kRows, kRange, kGroups };
enum class FrameBoundKind : std::uint8_t {
  kUnboundedPreceding,
  kPreceding,
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing
};

struct FrameBound {
  FrameBoundKind kind = FrameBoundKind::kCurrentRow;
  const Expression* offset = nullptr;  // kPreceding, kFollowing
  TimeUnit unit = TimeUnit::kNone;     // of INTERVAL offset unit
};

struct WindowFrame {
  FrameUnit unit = FrameUnit::kRange;
  FrameBound begin;
  FrameBound end;  // CURRENT ROW if not written
};

/// `(base PARTITION BY .. ORDER BY .. frame)`, or OVER name (`is_reference`, the name in `base`).
struct WindowSpecification {
  Name name;  // of a WINDOW clause definition; else empty
  Name base;
  bool is_reference = false;
  ExpressionList partition_by;
  List<OrderItem> order_by;
  const WindowFrame* frame = nullptr;
};

enum class NullTreatment : std::uint8_t { kNotWritten, kRespectNulls, kIgnoreNulls };

/// A function with OVER: ROW_NUMBER, RANK, ... and aggregates.
struct WindowFunction : ExpressionOf<ExpressionKind::kWindowFunction> {
  std::string_view name;  // lower case, canonical as in Aggregate
  ExpressionList arguments;
  bool is_star = false;
  bool is_distinct = false;
  bool is_from_last = false;  // NTH_VALUE .. FROM LAST
  NullTreatment null_treatment = NullTreatment::kNotWritten;
  const WindowSpecification* window = nullptr;
};

enum class CastForm : std::uint8_t { kCast, kConvert, kBinaryOperator };

/// CAST(e AS type), CONVERT(e, type), BINARY e.
struct Cast : ExpressionOf<ExpressionKind::kCast> {
  const Expression* operand = nullptr;
  const DataType* type = nullptr;
  CastForm form = CastForm::kCast;
};

/// CONVERT(e USING charset).
struct ConvertUsing : ExpressionOf<ExpressionKind::kConvertUsing> {
  const Expression* operand = nullptr;
  std::string_view charset;  // lower case
};

struct Collate : ExpressionOf<ExpressionKind::kCollate> {
  const Expression* operand = nullptr;
  std::string_view collation;  // lower case
};

enum class MatchModifier : std::uint8_t { kNaturalLanguage, kNaturalLanguageWithExpansion, kBoolean, kQueryExpansion };

struct MatchAgainst : ExpressionOf<ExpressionKind::kMatchAgainst> {
  List<const ColumnReference*> columns;
  const Expression* against = nullptr;
  MatchModifier modifier = MatchModifier::kNaturalLanguage;
};

}  // namespace sluice::sql
