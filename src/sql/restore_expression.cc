#include <strings.h>

#include <algorithm>

#include "sql/ast_visitor.h"
#include "sql/restore_writer.h"

namespace sluice::sql {
namespace {

struct OperatorText {
  std::string_view text;
  bool is_word;
};

OperatorText operator_text(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kOr:
      return {"OR", true};
    case BinaryOperator::kXor:
      return {"XOR", true};
    case BinaryOperator::kAnd:
      return {"AND", true};
    case BinaryOperator::kEqual:
      return {"=", false};
    case BinaryOperator::kNullSafeEqual:
      return {"<=>", false};
    case BinaryOperator::kNotEqual:
      return {"!=", false};
    case BinaryOperator::kLess:
      return {"<", false};
    case BinaryOperator::kLessOrEqual:
      return {"<=", false};
    case BinaryOperator::kGreater:
      return {">", false};
    case BinaryOperator::kGreaterOrEqual:
      return {">=", false};
    case BinaryOperator::kBitOr:
      return {"|", false};
    case BinaryOperator::kBitAnd:
      return {"&", false};
    case BinaryOperator::kShiftLeft:
      return {"<<", false};
    case BinaryOperator::kShiftRight:
      return {">>", false};
    case BinaryOperator::kAdd:
      return {"+", false};
    case BinaryOperator::kSubtract:
      return {"-", false};
    case BinaryOperator::kMultiply:
      return {"*", false};
    case BinaryOperator::kDivide:
      return {"/", false};
    case BinaryOperator::kIntegerDivide:
      return {"DIV", true};
    case BinaryOperator::kModulo:
      return {"%", false};
    case BinaryOperator::kBitXor:
      return {"^", false};
  }
  return {};
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return result;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

}  // namespace

std::string restore(const Expression& expression, const RestoreOptions& options) {
  RestoreWriter writer(options);
  writer.expression(expression);
  return std::move(writer).take();
}

void RestoreWriter::keyword(std::string_view upper) {
  if (options_.keyword_case == KeywordCase::kUpper) {
    out_ += upper;
  } else {
    out_ += lower_case(upper);
  }
}

void RestoreWriter::name(Name name) {
  out_ += '`';
  for (char c : options_.lowercase_names ? lower_case(name) : std::string(name)) {
    if (c == '`') out_ += '`';
    out_ += c;
  }
  out_ += '`';
}

/// A string literal that reads back in any sql_mode but NO_BACKSLASH_ESCAPES.
void RestoreWriter::quoted(std::string_view text) {
  out_ += '\'';
  for (char c : text) {
    if (c == '\'') out_ += '\'';
    if (c == '\\') out_ += '\\';
    out_ += c;
  }
  out_ += '\'';
}

void RestoreWriter::object_name(const ObjectName& object) {
  if (!object.schema.empty() && !options_.without_schema) {
    name(object.schema);
    plain(".");
  }
  name(object.name);
}

void RestoreWriter::table_name(const ObjectName& object) {
  const bool is_cte =
      object.schema.empty() && std::any_of(cte_names_.begin(), cte_names_.end(), [&](std::string_view cte) {
        return cte.size() == object.name.size() && ::strncasecmp(cte.data(), object.name.data(), cte.size()) == 0;
      });
  if (object.schema.empty() && !is_cte && !options_.default_schema.empty() && !options_.without_schema) {
    name(options_.default_schema);
    plain(".");
  }
  object_name(object);
}

void RestoreWriter::names(List<Name> list) {
  separated(list, ", ", [this](Name element) { name(element); });
}

void RestoreWriter::expressions(ExpressionList list, std::string_view separator) {
  separated(list, separator, [this](const Expression* element) { expression(*element); });
}

void RestoreWriter::hex_bytes(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  plain("x'");
  for (char c : bytes) {
    const unsigned char byte = static_cast<unsigned char>(c);
    out_ += kDigits[byte >> 4];
    out_ += kDigits[byte & 15];
  }
  plain("'");
}

void RestoreWriter::spaced_operator(std::string_view op, bool is_word) {
  const bool has_spaces = is_word || options_.spaces_around_operators;
  if (has_spaces) plain(" ");
  keyword(op);
  if (has_spaces) plain(" ");
}

void RestoreWriter::expression(const Expression& expression) {
  if (expression.is_parenthesised) plain("(");
  visit_expression(expression, *this);
  if (expression.is_parenthesised) plain(")");
}

// ---- leaves ----------------------------------------------------------------------------------------------------------

void RestoreWriter::operator()(const Literal& node) {
  if (!node.introducer.empty()) {
    plain("_");
    keyword(upper_case(node.introducer));
  }
  switch (node.literal_kind) {
    case LiteralKind::kNull:
      keyword("NULL");
      return;
    case LiteralKind::kBoolean:
      keyword(node.integer != 0 ? "TRUE" : "FALSE");
      return;
    case LiteralKind::kInteger:
    case LiteralKind::kDecimal:
    case LiteralKind::kDouble:
      plain(node.text);
      return;
    case LiteralKind::kString:
      if (node.introducer.empty() && options_.string_introducers) keyword("_UTF8MB4");
      quoted(node.text);
      return;
    case LiteralKind::kHex:
      hex_bytes(node.text);
      return;
    case LiteralKind::kBit: {
      std::string bits;
      for (char c : node.text) {
        for (int bit = 7; bit >= 0; --bit) bits += ((static_cast<unsigned char>(c) >> bit) & 1) != 0 ? '1' : '0';
      }
      const std::size_t first_one = bits.find('1');
      plain("b'");
      // An empty b'' stays empty; leading zeros carry no meaning beyond whole bytes.
      plain(first_one == std::string::npos || node.text.size() > 1 ? std::string_view(bits)
                                                                   : std::string_view(bits).substr(first_one));
      plain("'");
      return;
    }
    case LiteralKind::kDate:
      keyword("DATE ");
      quoted(node.text);
      return;
    case LiteralKind::kTime:
      keyword("TIME ");
      quoted(node.text);
      return;
    case LiteralKind::kTimestamp:
      keyword("TIMESTAMP ");
      quoted(node.text);
      return;
  }
}

void RestoreWriter::operator()(const ColumnReference& node) {
  if (options_.column_text) return plain(options_.column_text(node));
  if (!node.schema.empty() && !options_.without_schema) {
    name(node.schema);
    plain(".");
  }
  if (!node.table.empty()) {
    name(node.table);
    plain(".");
  }
  name(node.column);
}

void RestoreWriter::operator()(const ParameterMarker&) { plain("?"); }

void RestoreWriter::operator()(const UserVariable& node) {
  plain("@");
  name(node.name);
}

void RestoreWriter::operator()(const SystemVariable& node) {
  plain("@@");
  switch (node.scope) {
    case VariableScope::kNotWritten:
      break;
    case VariableScope::kSession:
      keyword("SESSION.");
      break;
    case VariableScope::kGlobal:
      keyword("GLOBAL.");
      break;
    case VariableScope::kPersist:
      keyword("PERSIST.");
      break;
    case VariableScope::kPersistOnly:
      keyword("PERSIST_ONLY.");
      break;
    case VariableScope::kInstance:
      keyword("INSTANCE.");
      break;
  }
  name(node.name);
}

void RestoreWriter::operator()(const VariableAssignment& node) {
  plain("@");
  name(node.name);
  plain(":=");
  expression(*node.value);
}

void RestoreWriter::operator()(const DefaultValue& node) {
  keyword("DEFAULT");
  if (node.column == nullptr) return;
  plain("(");
  (*this)(*node.column);
  plain(")");
}

void RestoreWriter::operator()(const ValuesReference& node) {
  keyword("VALUES");
  plain("(");
  (*this)(*node.column);
  plain(")");
}

void RestoreWriter::operator()(const MaxValue&) { keyword("MAXVALUE"); }

// ---- operators -------------------------------------------------------------------------------------------------------

void RestoreWriter::operator()(const Unary& node) {
  switch (node.op) {
    case UnaryOperator::kNot:
      keyword("NOT ");
      break;
    case UnaryOperator::kExclamation:
      plain("!");
      break;
    case UnaryOperator::kMinus:
      plain("-");
      break;
    case UnaryOperator::kPlus:
      plain("+");
      break;
    case UnaryOperator::kBitNot:
      plain("~");
      break;
  }
  expression(*node.operand);
}

void RestoreWriter::operator()(const Binary& node) {
  const OperatorText op = operator_text(node.op);
  expression(*node.left);
  spaced_operator(op.text, op.is_word);
  expression(*node.right);
}

void RestoreWriter::operator()(const IsTest& node) {
  expression(*node.operand);
  keyword(node.is_negated ? " IS NOT " : " IS ");
  switch (node.truth) {
    case TruthValue::kNull:
      keyword("NULL");
      return;
    case TruthValue::kTrue:
      keyword("TRUE");
      return;
    case TruthValue::kFalse:
      keyword("FALSE");
      return;
    case TruthValue::kUnknown:
      keyword("UNKNOWN");
      return;
  }
}

void RestoreWriter::operator()(const Between& node) {
  expression(*node.operand);
  keyword(node.is_negated ? " NOT BETWEEN " : " BETWEEN ");
  expression(*node.low);
  keyword(" AND ");
  expression(*node.high);
}

void RestoreWriter::operator()(const InList& node) {
  expression(*node.operand);
  keyword(node.is_negated ? " NOT IN " : " IN ");
  plain("(");
  expressions(node.values, ",");
  plain(")");
}

void RestoreWriter::operator()(const InSubquery& node) {
  expression(*node.operand);
  keyword(node.is_negated ? " NOT IN " : " IN ");
  plain("(");
  query(*node.query);
  plain(")");
}

void RestoreWriter::operator()(const Like& node) {
  expression(*node.operand);
  keyword(node.is_negated ? " NOT" : "");
  keyword(node.is_ilike ? " ILIKE " : " LIKE ");
  expression(*node.pattern);
  if (!node.is_escape_written || node.escape == '\\') return;
  keyword(" ESCAPE ");
  quoted(node.escape == '\0' ? std::string_view() : std::string_view(&node.escape, 1));
}

void RestoreWriter::operator()(const Regexp& node) {
  expression(*node.operand);
  keyword(node.is_negated ? " NOT REGEXP " : " REGEXP ");
  expression(*node.pattern);
}

void RestoreWriter::operator()(const QuantifiedComparison& node) {
  expression(*node.left);
  spaced_operator(operator_text(node.op).text, true);
  keyword(node.quantifier == Quantifier::kAll ? "ALL " : "ANY ");
  plain("(");
  query(*node.query);
  plain(")");
}

void RestoreWriter::operator()(const Exists& node) {
  keyword("EXISTS ");
  plain("(");
  query(*node.query);
  plain(")");
}

void RestoreWriter::operator()(const Subquery& node) {
  plain("(");
  query(*node.query);
  plain(")");
}

void RestoreWriter::operator()(const Row& node) {
  keyword("ROW");
  plain("(");
  expressions(node.values, ",");
  plain(")");
}

void RestoreWriter::operator()(const Case& node) {
  keyword("CASE");
  if (node.operand != nullptr) {
    plain(" ");
    expression(*node.operand);
  }
  for (const WhenClause& clause : node.when_clauses) {
    keyword(" WHEN ");
    expression(*clause.condition);
    keyword(" THEN ");
    expression(*clause.result);
  }
  if (node.else_result != nullptr) {
    keyword(" ELSE ");
    expression(*node.else_result);
  }
  keyword(" END");
}

// ---- functions -------------------------------------------------------------------------------------------------------

void RestoreWriter::interval_call(const FunctionCall& node) {
  keyword(upper_case(node.name));
  plain("(");
  expression(*node.arguments[0]);
  plain(", ");
  if (node.is_interval_written) {
    keyword("INTERVAL ");
    expression(*node.arguments[1]);
    plain(" ");
    keyword(time_unit_name(node.unit));
  } else {
    expression(*node.arguments[1]);
  }
  plain(")");
}

void RestoreWriter::operator()(const FunctionCall& node) {
  if (!node.schema.empty()) {
    name(node.schema);
    plain(".");
  }
  if (node.name == "date_add" || node.name == "date_sub" || node.name == "adddate" || node.name == "subdate") {
    if (node.arguments.size() == 2) return interval_call(node);
  }
  if (node.name == "json_memberof" && node.form == FunctionForm::kOperator) {
    expression(*node.arguments[0]);
    keyword(" MEMBER OF ");
    plain("(");
    expression(*node.arguments[1]);
    plain(")");
    return;
  }
  // A name that no keyword rule protects is quoted when it would not read back as a bare word.
  bool is_bare = !node.name.empty() && !(node.name[0] >= '0' && node.name[0] <= '9');
  for (char c : node.name) is_bare &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  if (is_bare) {
    keyword(upper_case(node.name));
  } else {
    name(node.name);
  }
  if (node.form == FunctionForm::kNoParentheses && node.name == "tidb_current_tso") return;
  plain("(");
  if (node.sequence != nullptr) {
    object_name(*node.sequence);
    if (!node.arguments.empty()) plain(", ");
  }
  if (node.name == "extract" && node.unit != TimeUnit::kNone) {
    keyword(time_unit_name(node.unit));
    keyword(" FROM ");
    expression(*node.arguments[0]);
  } else if (node.name == "get_format" && node.arguments.size() == 2) {
    keyword(node.arguments[0]->as<Literal>().text);
    plain(", ");
    expression(*node.arguments[1]);
  } else if (node.name == "position" && node.arguments.size() == 2) {
    expression(*node.arguments[0]);
    keyword(" IN ");
    expression(*node.arguments[1]);
  } else if (node.name == "trim" && (node.trim_direction != TrimDirection::kNotWritten || node.arguments.size() == 2)) {
    switch (node.trim_direction) {
      case TrimDirection::kLeading:
        keyword("LEADING ");
        break;
      case TrimDirection::kTrailing:
        keyword("TRAILING ");
        break;
      case TrimDirection::kBoth:
        keyword("BOTH ");
        break;
      case TrimDirection::kNotWritten:
        break;
    }
    if (node.arguments.size() == 2) {
      expression(*node.arguments[1]);
      plain(" ");
    }
    keyword("FROM ");
    expression(*node.arguments[0]);
  } else {
    if (node.unit != TimeUnit::kNone) {
      keyword(time_unit_name(node.unit));
      plain(", ");
    }
    expressions(node.arguments, ", ");
  }
  if (!node.charset.empty()) {
    keyword(" USING ");
    plain(node.charset);
  }
  if (node.cast_type != nullptr) {
    keyword(" AS ");
    data_type(*node.cast_type);
  }
  plain(")");
}

void RestoreWriter::operator()(const Aggregate& node) {
  keyword(upper_case(node.name));
  plain("(");
  if (node.is_distinct) keyword("DISTINCT ");
  if (node.is_star) plain("1");
  expressions(node.arguments, ", ");
  if (node.name == "group_concat") {
    if (!node.order_by.empty()) order_items(node.order_by);
    keyword(" SEPARATOR ");
    quoted(node.separator);
  }
  plain(")");
}

void RestoreWriter::operator()(const WindowFunction& node) {
  keyword(upper_case(node.name));
  plain("(");
  if (node.is_distinct) keyword("DISTINCT ");
  if (node.is_star) plain("1");
  expressions(node.arguments, ", ");
  plain(")");
  if (node.is_from_last) keyword(" FROM LAST");
  if (node.null_treatment == NullTreatment::kIgnoreNulls) keyword(" IGNORE NULLS");
  if (node.null_treatment == NullTreatment::kRespectNulls) keyword(" RESPECT NULLS");
  keyword(" OVER ");
  if (node.window->is_reference) {
    name(node.window->base);
  } else {
    window(*node.window);
  }
}

void RestoreWriter::window(const WindowSpecification& window) {
  plain("(");
  bool needs_space = false;
  if (!window.base.empty()) {
    name(window.base);
    needs_space = true;
  }
  if (!window.partition_by.empty()) {
    keyword(needs_space ? " PARTITION BY " : "PARTITION BY ");
    expressions(window.partition_by, ", ");
    needs_space = true;
  }
  if (!window.order_by.empty()) {
    order_items(window.order_by);
    needs_space = true;
  }
  if (window.frame != nullptr) {
    if (needs_space) plain(" ");
    frame(*window.frame);
  }
  plain(")");
}

void RestoreWriter::frame(const WindowFrame& frame) {
  keyword(frame.unit == FrameUnit::kRows    ? "ROWS BETWEEN "
          : frame.unit == FrameUnit::kRange ? "RANGE BETWEEN "
                                            : "GROUPS BETWEEN ");
  frame_bound(frame.begin);
  keyword(" AND ");
  frame_bound(frame.end);
}

void RestoreWriter::frame_bound(const FrameBound& bound) {
  if (bound.offset != nullptr) {
    if (bound.unit != TimeUnit::kNone) keyword("INTERVAL ");
    expression(*bound.offset);
    if (bound.unit != TimeUnit::kNone) {
      plain(" ");
      keyword(time_unit_name(bound.unit));
    }
  }
  switch (bound.kind) {
    case FrameBoundKind::kUnboundedPreceding:
      keyword("UNBOUNDED PRECEDING");
      return;
    case FrameBoundKind::kPreceding:
      keyword(" PRECEDING");
      return;
    case FrameBoundKind::kCurrentRow:
      keyword("CURRENT ROW");
      return;
    case FrameBoundKind::kFollowing:
      keyword(" FOLLOWING");
      return;
    case FrameBoundKind::kUnboundedFollowing:
      keyword("UNBOUNDED FOLLOWING");
      return;
  }
}

void RestoreWriter::order_items(List<OrderItem> items) {
  keyword(" ORDER BY ");
  separated(items, ",", [this](const OrderItem& item) {
    expression(*item.expression);
    if (item.descending) keyword(" DESC");
  });
}

void RestoreWriter::operator()(const Cast& node) {
  if (node.form == CastForm::kBinaryOperator) {
    keyword("BINARY ");
    expression(*node.operand);
    return;
  }
  keyword(node.form == CastForm::kCast ? "CAST" : "CONVERT");
  plain("(");
  expression(*node.operand);
  if (node.form == CastForm::kCast) {
    keyword(" AS ");
  } else {
    plain(", ");
  }
  data_type(*node.type);
  if (node.type->is_array) keyword(" ARRAY");
  plain(")");
}

void RestoreWriter::operator()(const ConvertUsing& node) {
  keyword("CONVERT");
  plain("(");
  expression(*node.operand);
  keyword(" USING ");
  quoted(node.charset);
  plain(")");
}

void RestoreWriter::operator()(const Collate& node) {
  expression(*node.operand);
  keyword(" COLLATE ");
  plain(node.collation);
}

void RestoreWriter::operator()(const MatchAgainst& node) {
  keyword("MATCH ");
  plain("(");
  separated(node.columns, ",", [this](const ColumnReference* column) { (*this)(*column); });
  plain(") ");
  keyword("AGAINST ");
  plain("(");
  expression(*node.against);
  switch (node.modifier) {
    case MatchModifier::kNaturalLanguage:
      break;
    case MatchModifier::kNaturalLanguageWithExpansion:
      keyword(" IN NATURAL LANGUAGE MODE WITH QUERY EXPANSION");
      break;
    case MatchModifier::kBoolean:
      keyword(" IN BOOLEAN MODE");
      break;
    case MatchModifier::kQueryExpansion:
      keyword(" WITH QUERY EXPANSION");
      break;
  }
  plain(")");
}

}  // namespace sluice::sql
