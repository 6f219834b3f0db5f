#include "expression/comparison_type.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/sql_error.h"
#include "expression/builder.h"
#include "expression/conversion.h"
#include "expression/eval_context.h"
#include "expression/function_registry.h"
#include "expression/type_inference.h"
#include "types/collation.h"
#include "types/number_text.h"

namespace sluice::expression {

using types::Decimal;
using types::FieldType;
using types::PhysicalType;
using types::TypeCode;
using types::Value;

namespace {

bool is_temporal(Domain domain) { return domain == Domain::kTime || domain == Domain::kDuration; }
bool is_exact(Domain domain) { return domain == Domain::kInt || domain == Domain::kDecimal; }

bool is_value(const Expression& expression) {
  return expression.kind() == ExpressionKind::kConstant || expression.kind() == ExpressionKind::kParameter;
}

/// A parameter, or a text that is a number and nothing else.
bool is_numeric_text(const Expression& expression) {
  if (expression.kind() == ExpressionKind::kParameter) return true;
  if (expression.kind() != ExpressionKind::kConstant) return false;
  const Value& value = static_cast<const Constant&>(expression).value();
  if (value.kind() != Value::Kind::kString) return false;
  const types::DecimalParse parse = Decimal::parse_prefix(value.as_string());
  return parse.status == types::DecimalStatus::kOk && parse.consumed == value.as_string().size();
}

FieldType string_comparison_type(const FieldType& left, const FieldType& right) {
  const types::Collation* collation = left.collation != nullptr ? left.collation : right.collation;
  return varchar_type(-1, collation != nullptr ? collation : types::default_collation());
}

}  // namespace

FieldType comparison_type(const Expression& left, const Expression& right) {
  const FieldType& a = left.type();
  const FieldType& b = right.type();
  if (a.code == TypeCode::kNull) return b;
  if (b.code == TypeCode::kNull) return a;
  const Domain x = domain_of(a);
  const Domain y = domain_of(b);
  if (x == Domain::kJson || y == Domain::kJson) return json_type();
  if (x == Domain::kInt && y == Domain::kInt) return a.is_unsigned() == b.is_unsigned() ? a : int_type();
  if (is_exact(x) && is_exact(y)) {
    const DecimalShape p = decimal_shape(a);
    const DecimalShape q = decimal_shape(b);
    const int scale = std::max(p.scale, q.scale);
    return decimal_type(std::max(p.integer_digits(), q.integer_digits()) + scale, scale);
  }
  if (x == Domain::kString && y == Domain::kString) return string_comparison_type(a, b);
  if (is_temporal(x) && is_temporal(y)) {
    if (x == Domain::kDuration && y == Domain::kDuration) return duration_type(std::max(a.fsp(), b.fsp()));
    return datetime_type(std::max(a.fsp(), b.fsp()));
  }
  // A time beside a string compares as times; beside a number, as numbers unless the number is a literal.
  if (is_temporal(x) && (y == Domain::kString || (is_value(right) && !is_value(left)))) {
    return x == Domain::kTime ? datetime_type(6) : duration_type(6);
  }
  if (is_temporal(y) && (x == Domain::kString || (is_value(left) && !is_value(right)))) {
    return y == Domain::kTime ? datetime_type(6) : duration_type(6);
  }
  // A column of integers beside a parameter: as doubles, large integers would equal their neighbours.
  const auto is_integer_column = [](const Expression& side) {
    return side.kind() == ExpressionKind::kColumn && side.type().is_integer();
  };
  if (is_integer_column(left) && y == Domain::kString && is_numeric_text(right)) return decimal_type(65, 30);
  if (is_integer_column(right) && x == Domain::kString && is_numeric_text(left)) return decimal_type(65, 30);
  if (x == Domain::kDecimal && y == Domain::kString && is_value(right)) return decimal_type(65, 30);
  if (y == Domain::kDecimal && x == Domain::kString && is_value(left)) return decimal_type(65, 30);
  return double_type();
}

std::string_view comparison_sign(std::string_view operation) {
  if (operation == "eq") return "=";
  if (operation == "nulleq") return "<=>";
  if (operation == "ne") return "!=";
  if (operation == "lt") return "<";
  if (operation == "le") return "<=";
  if (operation == "gt") return ">";
  if (operation == "ge") return ">=";
  return operation;
}

namespace {

constexpr double kExactDoubles = 9007199254740992.0;  // 2^53: up to here every integer is a double of its own

/// Whether the integers of the other side are compared as such: those of a column are, of other expressions only where doubles are exact.
enum class Exactness : std::uint8_t { kColumn, kExpression };

// The integer that a literal stands for exactly, if it stands for one.
std::optional<Value> exact_integer(const Value& value, Exactness exactness) {
  switch (value.kind()) {
    case Value::Kind::kDouble: {
      const double number = value.as_double();
      const double limit = exactness == Exactness::kColumn ? 9223372036854774784.0 : kExactDoubles;
      if (std::nearbyint(number) != number || std::fabs(number) > limit) return std::nullopt;
      return Value(static_cast<std::int64_t>(number));
    }
    case Value::Kind::kDecimal: {
      const Decimal& number = value.as_decimal();
      if (!(number.round(0) == number)) return std::nullopt;
      types::DecimalStatus status = types::DecimalStatus::kOk;
      const std::int64_t integer = number.to_int64(types::RoundMode::kTruncate, status);
      if (status != types::DecimalStatus::kOk) return std::nullopt;
      return Value(integer);
    }
    case Value::Kind::kString: {
      const auto parsed = types::parse_int64_prefix(value.as_string());
      if (!parsed.has_digits || !parsed.all_consumed || parsed.overflow) return std::nullopt;
      if (exactness == Exactness::kExpression && std::fabs(static_cast<double>(parsed.value)) > kExactDoubles)
        return std::nullopt;
      return Value(parsed.value);
    }
    default:
      return std::nullopt;
  }
}

// The integer beside which `column operation literal` means the same for integers: 2 in a < 1.5, 1 in a > 1.5.
std::optional<Value> bounding_integer(const Value& value, std::string_view operation) {
  const bool up = operation == "lt" || operation == "ge";
  if (!up && operation != "gt" && operation != "le") return std::nullopt;
  Decimal number;
  if (value.kind() == Value::Kind::kDecimal) {
    number = value.as_decimal();
  } else if (value.kind() == Value::Kind::kDouble && std::fabs(value.as_double()) < 9007199254740992.0) {
    const double whole = up ? std::ceil(value.as_double()) : std::floor(value.as_double());
    return Value(static_cast<std::int64_t>(whole));
  } else {
    return std::nullopt;
  }
  types::DecimalStatus status = types::DecimalStatus::kOk;
  const std::int64_t whole = number.to_int64(up ? types::RoundMode::kCeiling : types::RoundMode::kFloor, status);
  if (status == types::DecimalStatus::kOverflow) return std::nullopt;
  return Value(whole);
}

std::string_view mirrored(std::string_view operation) {
  if (operation == "lt") return "gt";
  if (operation == "le") return "ge";
  if (operation == "gt") return "lt";
  if (operation == "ge") return "le";
  return operation;
}

// A number in a parameter beside a date, a time or a YEAR means what its literal would, and that depends on its value: the parameter becomes a
// constant, and what is built holds for this value only.
void fix_parameter(ExpressionPtr& side, const Expression& other, const BuildContext& context) {
  if (side->kind() != ExpressionKind::kParameter || context.evaluation == nullptr) return;
  if (context.holds_for_any_parameters == nullptr || side->type().code == TypeCode::kNull) return;
  const Domain domain = domain_of(side->type());
  const bool is_number = is_exact(domain) || domain == Domain::kReal;
  const bool is_year = other.type().code == TypeCode::kYear && (is_number || domain == Domain::kString);
  if (!is_year && !(other.type().is_temporal() && is_number)) return;
  const std::size_t index = static_cast<const Parameter&>(*side).index();
  if (index >= context.evaluation->parameters.size()) return;
  types::ConversionContext conversion = make_conversion_context(*context.evaluation);
  const Value& value = context.evaluation->parameters[index];
  side = std::make_shared<Constant>(types::convert(value, natural_type(value), side->type(), conversion), side->type());
  *context.holds_for_any_parameters = false;
}

// A hexadecimal or bit literal beside a number is a number.
bool refine_binary_literal(const ExpressionPtr& other, ExpressionPtr& literal, const BuildContext& context) {
  if (literal->kind() != ExpressionKind::kConstant || !literal->type().is_binary_literal()) return false;
  const Domain domain = domain_of(other->type());
  if (other->type().code == TypeCode::kNull || (!is_exact(domain) && domain != Domain::kReal)) return false;
  if (context.evaluation == nullptr) return false;
  const Value& value = static_cast<const Constant&>(*literal).value();
  if (value.is_null() || value.as_string().size() > sizeof(std::uint64_t)) return false;
  types::ConversionContext conversion = make_conversion_context(*context.evaluation);
  const Value number = types::convert(value, literal->type(), uint_type(), conversion);
  const bool is_small = number.as_uint64() <= static_cast<std::uint64_t>(INT64_MAX);
  literal = is_small ? make_int(static_cast<std::int64_t>(number.as_uint64()))
                     : std::make_shared<Constant>(number, uint_type());
  return true;
}

// An integer column beside a literal of another kind: the literal becomes an integer if that changes nothing.
// `operation` is as seen with the column on the left.
bool refine_integer(const ExpressionPtr& column, ExpressionPtr& literal, std::string_view operation) {
  if (domain_of(column->type()) != Domain::kInt || column->type().code == TypeCode::kBit) return false;
  if (column->kind() == ExpressionKind::kConstant || literal->kind() != ExpressionKind::kConstant) return false;
  if (domain_of(literal->type()) == Domain::kInt) return false;
  const Value& value = static_cast<const Constant&>(*literal).value();
  const bool is_column = column->kind() == ExpressionKind::kColumn;
  std::optional<Value> integer = exact_integer(value, is_column ? Exactness::kColumn : Exactness::kExpression);
  if (!integer.has_value()) integer = bounding_integer(value, operation);
  if (!integer.has_value()) return false;
  literal = make_int(integer->as_int64());
  return true;
}

// An ENUM column beside one of its labels: the ordinal decides equality.
bool refine_enum(const ExpressionPtr& column, ExpressionPtr& literal, std::string_view operation) {
  if (operation != "eq" && operation != "ne" && operation != "nulleq") return false;
  if (column->type().code != TypeCode::kEnum || column->kind() != ExpressionKind::kColumn) return false;
  if (literal->kind() != ExpressionKind::kConstant || !literal->type().is_string()) return false;
  if (literal->coercibility() == types::Coercibility::kExplicit) return false;
  const Value& value = static_cast<const Constant&>(*literal).value();
  if (value.is_null()) return false;
  const std::uint64_t ordinal = types::find_enum_ordinal(column->type(), value.as_string());
  if (ordinal == 0) return false;
  FieldType type = column->type();
  literal = std::make_shared<Constant>(Value(ordinal), type);
  return true;
}

// A literal date or time of the kind of `column`; false if the text is none, which compares as before.
bool refine_temporal(const ExpressionPtr& column, ExpressionPtr& literal, const BuildContext& context) {
  if (!column->type().is_temporal() || literal->kind() != ExpressionKind::kConstant || context.evaluation == nullptr) {
    return false;
  }
  const Value& value = static_cast<const Constant&>(*literal).value();
  if (value.is_null() || literal->type().is_temporal() || literal->type().code == TypeCode::kJson) return false;
  // A number is a date beside a column only; beside a computed date both are numbers.
  if (column->kind() != ExpressionKind::kColumn && domain_of(literal->type()) != Domain::kString) {
    literal = make_cast(literal, double_type(), context, CastKind::kImplicit);
    return true;
  }
  const FieldType target = column->type().is_time() ? datetime_type(6) : duration_type(6);
  types::ConversionContext conversion = make_conversion_context(*context.evaluation);
  conversion.truncate_as_error = false;
  Value converted = types::convert(value, literal->type(), target, conversion);
  if (converted.is_null() && domain_of(literal->type()) != Domain::kString) {
    literal = make_cast(literal, double_type(), context, CastKind::kImplicit);
    return true;
  }
  literal = std::make_shared<Constant>(std::move(converted), target);
  return true;
}

// A YEAR column beside a literal: one of two digits means what an assignment would make of it.
bool refine_year(const ExpressionPtr& column, ExpressionPtr& literal) {
  if (column->type().code != TypeCode::kYear || literal->kind() != ExpressionKind::kConstant) return false;
  if (column->kind() == ExpressionKind::kConstant) return false;
  const Domain domain = domain_of(literal->type());
  if (domain != Domain::kInt && domain != Domain::kString) return false;
  const Value& value = static_cast<const Constant&>(*literal).value();
  const std::optional<Value> integer =
      value.kind() == Value::Kind::kInt64 ? value : exact_integer(value, Exactness::kColumn);
  if (!integer.has_value() || integer->kind() != Value::Kind::kInt64) return false;
  std::int64_t year = integer->as_int64();
  const bool is_text = value.kind() == Value::Kind::kString;
  if (is_text && value.as_string().size() > 2) return false;
  if (year < 0 || year > 99 || (year == 0 && !is_text)) return false;
  year += year < 70 ? 2000 : 1900;
  literal = make_int(year);
  return true;
}

// A YEAR beside a date or datetime counts as the date YYYY-00-00.
bool compare_year_with_time(ExpressionPtr& left, ExpressionPtr& right, const BuildContext& context) {
  if (!left->type().is_time() && !right->type().is_time()) return false;
  ExpressionPtr& year = left->type().code == TypeCode::kYear ? left : right;
  ExpressionPtr& time = left->type().code == TypeCode::kYear ? right : left;
  if (year->type().code != TypeCode::kYear || !time->type().is_time()) return false;
  const std::int64_t digits_below = time->type().code == TypeCode::kDate ? 10'000 : 10'000'000'000;
  year = make_function("mul", {year, make_int(digits_below)}, context);
  year = make_cast(year, double_type(), context, CastKind::kImplicit);
  time = make_cast(time, double_type(), context, CastKind::kImplicit);
  return true;
}

bool is_number_literal(const Expression& expression) {
  const Domain domain = domain_of(expression.type());
  return domain == Domain::kInt || domain == Domain::kDecimal || domain == Domain::kReal;
}

void cast_side(ExpressionPtr& side, const FieldType& type, const BuildContext& context) {
  if (side->physical_type() == types::physical_type(type) && side->type().code != TypeCode::kNull) {
    if (type.code != TypeCode::kLongLong || side->type().code != TypeCode::kEnum) return;
  }
  if (type.code == TypeCode::kJson) {
    side = make_json_value(std::move(side), context);
    return;
  }
  FieldType target = type;
  if (target.code == TypeCode::kNewDecimal) {
    const DecimalShape shape = decimal_shape(side->type());
    target = decimal_type(shape.precision, shape.scale);
  }
  if (target.is_string() && side->type().collation != nullptr) target.collation = side->type().collation;
  side = make_cast(side, target, context, CastKind::kImplicit);
}

}  // namespace

void cast_for_comparison(ExpressionPtr& left, ExpressionPtr& right, std::string_view operation,
                         const BuildContext& context) {
  fix_parameter(left, *right, context);
  fix_parameter(right, *left, context);
  if (!refine_binary_literal(left, right, context)) refine_binary_literal(right, left, context);
  if (refine_year(left, right) || refine_year(right, left) || compare_year_with_time(left, right, context)) return;
  if (refine_enum(left, right, operation) || refine_enum(right, left, operation)) return;
  if (refine_integer(left, right, operation) || refine_integer(right, left, mirrored(operation))) return;
  const bool left_temporal = left->type().is_temporal();
  const bool right_temporal = right->type().is_temporal();
  if (left_temporal && !right_temporal) refine_temporal(left, right, context);
  if (right_temporal && !left_temporal) refine_temporal(right, left, context);
  if (left_temporal != right_temporal && domain_of((left_temporal ? right : left)->type()) == Domain::kReal) {
    cast_side(left, double_type(), context);
    cast_side(right, double_type(), context);
    return;
  }
  // ENUM and SET beside a number count as their numbers.
  const auto is_label = [](const ExpressionPtr& side) {
    return side->type().code == TypeCode::kEnum || side->type().code == TypeCode::kSet;
  };
  if ((is_label(left) && is_number_literal(*right)) || (is_label(right) && is_number_literal(*left))) {
    ExpressionPtr& other = is_label(left) ? right : left;
    if (domain_of(other->type()) == Domain::kInt) return;
    cast_side(left, double_type(), context);
    cast_side(right, double_type(), context);
    return;
  }
  const FieldType type = comparison_type(*left, *right);
  const Domain domain = domain_of(type);
  if (domain == Domain::kInt && left->type().code != TypeCode::kNull && right->type().code != TypeCode::kNull) {
    return;  // signed and unsigned compare exactly as they are
  }
  // A NULL literal takes the other side's type, whatever that is.
  if (left->type().code == TypeCode::kNull || right->type().code == TypeCode::kNull) {
    ExpressionPtr& null_side = left->type().code == TypeCode::kNull ? left : right;
    null_side = make_cast(null_side, type, context, CastKind::kImplicit);
    if (left->physical_type() == right->physical_type()) return;
  }
  cast_side(left, type, context);
  cast_side(right, type, context);
}

namespace {

// `side` as a string of `collation`, which insists on it.
ExpressionPtr under_collation(const ExpressionPtr& side, const types::Collation* collation,
                              const BuildContext& context) {
  ExpressionPtr text = side;
  if (side->type().collation->charset != collation->charset)
    text = make_cast(text, varchar_type(side->type().flen, collation), context, CastKind::kImplicit);
  return make_collate(std::move(text), collation, context);
}

// Both comparisons of BETWEEN use the one collation that the three operands agree on.
void unify_collations(ExpressionPtr& operand, ExpressionPtr& low, ExpressionPtr& high, const BuildContext& context) {
  const ExpressionPtr all[] = {operand, low, high};
  const types::Collation* const agreed = resolve_claims(all, "BETWEEN").collation;
  const auto compares_otherwise = [&](const ExpressionPtr& bound) {
    if (operand->type().collation == nullptr || bound->type().collation == nullptr) return false;
    const ExpressionPtr pair[] = {operand, bound};
    return resolve_claims(pair, "BETWEEN").collation != agreed;
  };
  if (compares_otherwise(low) || compares_otherwise(high)) operand = under_collation(operand, agreed, context);
}

// Brings the three operands of BETWEEN to where both comparisons see them alike.
void unify_between(ExpressionPtr& operand, ExpressionPtr& low, ExpressionPtr& high, const BuildContext& context) {
  bool any_text = false;
  bool any_number = false;
  bool any_label = false;
  bool any_other = false;
  for (const ExpressionPtr* side : {&operand, &low, &high}) {
    if ((*side)->type().code == TypeCode::kNull) continue;
    const Domain domain = domain_of((*side)->type());
    if ((*side)->type().is_string()) {
      any_text = true;
    } else if ((*side)->type().code == TypeCode::kEnum || (*side)->type().code == TypeCode::kSet) {
      any_label = true;
    } else if (is_exact(domain) || domain == Domain::kReal) {
      any_number = true;
    } else {
      any_other = true;
    }
  }
  if (any_other || !any_text) return;
  if (!any_number) {
    if (!any_label) unify_collations(operand, low, high, context);
    return;
  }
  // A column beside two literals is compared with each as usual, which may use an index.
  if (operand->kind() != ExpressionKind::kConstant && !operand->type().is_string()) return;
  for (ExpressionPtr* side : {&operand, &low, &high})
    *side = make_cast(*side, double_type(), context, CastKind::kImplicit);
}

}  // namespace

ExpressionPtr make_between(ExpressionPtr operand, ExpressionPtr low, ExpressionPtr high, const BuildContext& context) {
  unify_between(operand, low, high, context);
  ExpressionPtr above = make_function("ge", {operand, std::move(low)}, context);
  return make_function("and", {std::move(above), make_function("le", {operand, std::move(high)}, context)}, context);
}

ExpressionPtr make_not_between(ExpressionPtr operand, ExpressionPtr low, ExpressionPtr high,
                               const BuildContext& context) {
  unify_between(operand, low, high, context);
  ExpressionPtr below = make_function("lt", {operand, std::move(low)}, context);
  return make_function("or", {std::move(below), make_function("gt", {operand, std::move(high)}, context)}, context);
}

}  // namespace sluice::expression
