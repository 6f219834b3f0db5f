#include "expression/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/sql_error.h"
#include "expression/eval_context.h"
#include "expression/function_registry.h"
#include "expression/type_inference.h"
#include "types/charset.h"
#include "types/collation.h"
#include "types/utf8.h"

namespace sluice::expression {

using types::FieldType;
using types::Value;

namespace {

void poll_every(std::size_t index, const BuildContext& context) {
  constexpr std::size_t kPartsPerPoll = 256;
  if (index % kPartsPerPoll == 0 && context.evaluation != nullptr) context.evaluation->stop.poll();
}

}  // namespace

ExpressionPtr make_function(std::string_view name, std::vector<ExpressionPtr> arguments, const BuildContext& context) {
  const FunctionDefinition* definition = FunctionRegistry::instance().find(name);
  if (definition == nullptr) throw SqlError(ErrorCode::kSpDoesNotExist, "FUNCTION", name);
  const int count = static_cast<int>(arguments.size());
  if (count < definition->min_arguments || (definition->max_arguments >= 0 && count > definition->max_arguments)) {
    throw SqlError(ErrorCode::kWrongParamcountToNativeFct, name);
  }
  FunctionBinder binder(*definition, std::move(arguments), context);
  definition->bind(binder);
  return binder.finish();
}

bool is_known_function(std::string_view name) { return FunctionRegistry::instance().find(name) != nullptr; }

ExpressionPtr make_row_comparison(std::string_view operation, std::vector<ExpressionPtr> left,
                                  std::vector<ExpressionPtr> right, const BuildContext& context) {
  if (left.size() != right.size()) throw SqlError(ErrorCode::kOperandColumns, left.size());
  const auto compare = [&](std::string_view name, std::size_t index) {
    return make_function(name, {left[index], right[index]}, context);
  };
  const std::size_t count = left.size();
  if (count == 1) return compare(operation, 0);
  if (operation == "eq" || operation == "nulleq" || operation == "ne") {
    std::vector<ExpressionPtr> comparisons;
    comparisons.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
      poll_every(index, context);
      comparisons.push_back(compare(operation, index));
    }
    return make_balanced(operation == "ne" ? "or" : "and", std::move(comparisons), context);
  }
  // (a, b) < (c, d)  is  a < c or (a = c and b < d); only the last pair compares with the operator as given.
  const std::string_view strict = operation == "le" ? "lt" : operation == "ge" ? "gt" : operation;
  // Each pair is a level of the tree, which is walked by recursion.
  constexpr std::size_t kMostLevels = 4096;
  if (count > kMostLevels) throw SqlError(ErrorCode::kStackOverrun, count, kMostLevels);
  ExpressionPtr result = compare(operation, count - 1);
  for (std::size_t index = count - 1; index-- > 0;) {
    result = make_function("and", {compare("eq", index), result}, context);
    result = make_function("or", {compare(strict, index), result}, context);
  }
  return result;
}

ExpressionPtr make_and(std::vector<ExpressionPtr> conjuncts, const BuildContext& context) {
  if (conjuncts.empty()) return make_bool(true);
  return make_balanced("and", std::move(conjuncts), context);
}

ExpressionPtr make_balanced(std::string_view name, std::vector<ExpressionPtr> operands, const BuildContext& context) {
  SLUICE_CHECK(!operands.empty(), "{} of no operands", name);
  while (operands.size() > 1) {
    std::size_t made = 0;
    for (std::size_t index = 0; index < operands.size(); index += 2) {
      poll_every(index, context);
      if (index + 1 < operands.size()) {
        operands[made++] = make_function(name, {std::move(operands[index]), std::move(operands[index + 1])}, context);
      } else {
        operands[made++] = std::move(operands[index]);
      }
    }
    operands.resize(made);
  }
  return std::move(operands.front());
}

void split_conjuncts(const ExpressionPtr& condition, std::vector<ExpressionPtr>& out) {
  if (condition->kind() == ExpressionKind::kFunction && static_cast<const FunctionCall&>(*condition).name() == "and") {
    for (const ExpressionPtr& child : condition->children()) split_conjuncts(child, out);
    return;
  }
  out.push_back(condition);
}

types::CollationClaim resolve_claims(std::span<const ExpressionPtr> expressions, std::string_view operation) {
  std::vector<types::CollationClaim> claims;
  for (const ExpressionPtr& expression : expressions) {
    if (expression->type().collation == nullptr || expression->coercibility() == types::Coercibility::kIgnorable)
      continue;
    claims.push_back(expression->claim());
  }
  if (claims.empty()) {
    return {types::default_collation(), types::Coercibility::kIgnorable, types::Repertoire::kAscii};
  }
  return types::resolve_collation(claims, operation, types::MustAgree::kYes);
}

namespace {

// "?\xFF\xFF": what is printable as it is, at most six bytes.
std::string shown_bytes(std::string_view bytes) {
  constexpr std::size_t kMost = 6;
  std::string shown;
  for (const char c : bytes.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      shown.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(shown), "\\x{:02X}", byte);
    }
  }
  return bytes.size() > kMost ? shown + "..." : shown;
}

// Bytes of a literal as text of `collation`. Throws 3854 if they are none.
ExpressionPtr decoded_literal(const ExpressionPtr& literal, const types::Collation* collation) {
  const Value& value = static_cast<const Constant&>(*literal).value();
  std::string text;
  if (value.kind() == Value::Kind::kString && !collation->charset->decode(value.as_string(), text))
    throw SqlError(ErrorCode::kCannotConvertString, shown_bytes(value.as_string()), "binary", collation->charset->name);
  const auto characters = static_cast<std::int64_t>(collation->charset->length(text));
  Value decoded = value.kind() == Value::Kind::kString ? Value(std::move(text)) : Value::null();
  return std::make_shared<Constant>(std::move(decoded), varchar_type(characters, collation), literal->coercibility());
}

}  // namespace

ExpressionPtr represented_in(ExpressionPtr value, const types::Collation* collation, const BuildContext& context) {
  const FieldType& from = value->type();
  if (!from.is_string() || from.collation == nullptr || collation == nullptr) return value;
  const types::Charset& source = *from.collation->charset;
  const types::Charset& target = *collation->charset;
  const bool is_literal = value->kind() == ExpressionKind::kConstant && source.is_binary() && !target.is_binary();
  if (is_literal) return decoded_literal(value, collation);
  if (source.is_binary() == target.is_binary() || (source.is_identity_encoded() && target.is_identity_encoded()))
    return value;
  const std::int64_t characters = text_length(from);
  const std::int64_t length = characters < 0 || !target.is_binary() ? characters : characters * source.max_bytes;
  return make_cast(std::move(value), varchar_type(length, collation), context, CastKind::kImplicit);
}

ExpressionPtr make_null() { return std::make_shared<Constant>(Value::null(), null_type()); }

ExpressionPtr make_int(std::int64_t value) {
  const std::string text = std::to_string(value);
  return std::make_shared<Constant>(Value(value), int_type(static_cast<int>(text.size())));
}

ExpressionPtr make_uint(std::uint64_t value) {
  const std::string text = std::to_string(value);
  return std::make_shared<Constant>(Value(value), uint_type(static_cast<int>(text.size())));
}

ExpressionPtr make_double(double value) { return std::make_shared<Constant>(Value(value), double_type()); }

ExpressionPtr make_decimal(const types::Decimal& value) {
  return std::make_shared<Constant>(Value(value), decimal_type(value.precision(), value.scale()));
}

ExpressionPtr make_string(std::string_view value, const types::Collation* collation) {
  const std::size_t characters = collation->charset->length(value);
  return std::make_shared<Constant>(Value(value), varchar_type(static_cast<std::int64_t>(characters), collation));
}

ExpressionPtr make_bool(bool value) { return std::make_shared<Constant>(Value::boolean(value), bool_type()); }

ExpressionPtr fold_constants(const ExpressionPtr& expression, EvalContext& context) {
  if (expression->kind() != ExpressionKind::kFunction) return expression;
  const auto& call = static_cast<const FunctionCall&>(*expression);
  const bool foldable = call.is_deterministic() && !call.needs_session() && call.is_constant_per_execution() &&
                        !call.has_parameters() && (call.definition().flags & kNotFolded) == 0;
  if (foldable) {
    try {
      return std::make_shared<Constant>(call.evaluate_constant(context), call.type(), call.coercibility());
    } catch (const SqlError&) {
      // The error belongs to execution, if the expression is executed at all.
      return expression;
    }
  }
  std::vector<ExpressionPtr> children;
  children.reserve(call.children().size());
  bool changed = false;
  for (const ExpressionPtr& child : call.children()) {
    constexpr std::size_t kChildrenPerPoll = 64;
    if (children.size() % kChildrenPerPoll == 0) context.stop.poll();
    children.push_back(fold_constants(child, context));
    changed |= children.back() != child;
  }
  return changed ? call.with_children(std::move(children)) : expression;
}

}  // namespace sluice::expression
