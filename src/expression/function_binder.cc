#include <utility>

#include "base/check.h"
#include "expression/builder.h"
#include "expression/eval_context.h"
#include "expression/function_registry.h"
#include "expression/type_inference.h"
#include "types/collation.h"

namespace sluice::expression {

using types::FieldType;
using types::PhysicalType;
using types::TypeCode;

FunctionBinder::FunctionBinder(const FunctionDefinition& definition, std::vector<ExpressionPtr> arguments,
                               const BuildContext& context)
    : definition_(definition), arguments_(std::move(arguments)), context_(context), result_(null_type()) {}

void FunctionBinder::poll_now() const {
  if (context_.evaluation != nullptr) context_.evaluation->stop.poll();
}

const types::Value* FunctionBinder::constant_argument(std::size_t index) const {
  if (index >= arguments_.size() || argument(index)->kind() != ExpressionKind::kConstant) return nullptr;
  return &static_cast<const Constant&>(*arguments_[index]).value();
}

void FunctionBinder::cast_to(std::size_t index, const FieldType& type) {
  arguments_[index] = make_cast(argument(index), type, context_, CastKind::kImplicit);
}

void FunctionBinder::cast_to_int(std::size_t index) {
  if (argument(index)->physical_type() != PhysicalType::kInt64) cast_to(index, int_type());
}

void FunctionBinder::cast_to_uint(std::size_t index) {
  if (argument(index)->physical_type() != PhysicalType::kUInt64) cast_to(index, uint_type());
}

void FunctionBinder::cast_to_integer(std::size_t index) {
  const PhysicalType type = argument(index)->physical_type();
  if (type == PhysicalType::kInt64 || type == PhysicalType::kUInt64) return;
  cast_to(index, argument_type(index).is_binary_literal() && argument_type(index).flen > 0 ? uint_type() : int_type());
}

void FunctionBinder::cast_to_double(std::size_t index) {
  if (argument(index)->physical_type() != PhysicalType::kDouble) cast_to(index, double_type());
}

void FunctionBinder::cast_to_decimal(std::size_t index) {
  if (argument(index)->physical_type() == PhysicalType::kDecimal) return;
  const DecimalShape shape = decimal_shape(argument_type(index));
  cast_to(index, decimal_type(shape.precision, shape.scale));
}

void FunctionBinder::cast_to_string(std::size_t index) {
  const FieldType& from = argument_type(index);
  if (from.is_string()) return;
  const types::Collation* collation = context_.connection_collation;
  if (from.code == TypeCode::kEnum || from.code == TypeCode::kSet || from.code == TypeCode::kNull) {
    if (from.collation != nullptr && from.code != TypeCode::kNull) collation = from.collation;
  } else if (from.code == TypeCode::kBit) {
    collation = types::binary_collation();
  } else if (from.code == TypeCode::kJson) {
    collation = types::utf8mb4_bin();
  }
  cast_to(index, varchar_type(text_length(from), collation));
}

void FunctionBinder::cast_to_datetime(std::size_t index, int decimals) {
  const FieldType& from = argument_type(index);
  if (from.is_time()) return;
  if (from.code == TypeCode::kDuration) decimals = from.fsp();
  cast_to(index, datetime_type(decimals));
}

void FunctionBinder::cast_to_duration(std::size_t index, int decimals) {
  const FieldType& from = argument_type(index);
  if (from.code == TypeCode::kDuration) return;
  if (from.is_time()) decimals = from.fsp();
  cast_to(index, duration_type(decimals));
}

void FunctionBinder::cast_to_json(std::size_t index) { arguments_[index] = make_json_value(argument(index), context_); }

void FunctionBinder::parse_as_json(std::size_t index) {
  if (argument_type(index).code == TypeCode::kJson) return;
  FieldType type = json_type();
  type.set_flag(types::field_flag::kParseToJson);
  cast_to(index, type);
}

ExpressionPtr make_json_value(ExpressionPtr value, const BuildContext& context) {
  const FieldType& type = value->type();
  if (type.code == TypeCode::kJson) return value;
  const bool is_text = type.is_string() && !type.is_binary_string();
  if (is_text || type.code == TypeCode::kEnum || type.code == TypeCode::kSet) {
    return make_function("json_string", {std::move(value)}, context);
  }
  return make_cast(std::move(value), json_type(), context, CastKind::kImplicit);
}

void FunctionBinder::represent_in(std::size_t index, const types::Collation* collation) {
  poll();
  arguments_[index] = represented_in(std::move(arguments_[index]), collation, context_);
}

types::CollationClaim FunctionBinder::derive_collation(std::size_t first, std::size_t last) {
  std::vector<types::CollationClaim> claims;
  for (std::size_t index = first; index < last; ++index) {
    const ExpressionPtr& argument = this->argument(index);
    if (argument->type().collation == nullptr || argument->coercibility() == types::Coercibility::kIgnorable) continue;
    claims.push_back(argument->claim());
  }
  if (claims.empty()) return {types::default_collation(), types::Coercibility::kIgnorable, types::Repertoire::kAscii};
  const std::string_view name = definition_.display_name.empty() ? definition_.name : definition_.display_name;
  const types::CollationClaim claim = types::resolve_collation(claims, name, types::MustAgree::kNo);
  for (std::size_t index = first; index < last; ++index) represent_in(index, claim.collation);
  return claim;
}

void FunctionBinder::set_string_result(std::int64_t characters, types::CollationClaim claim) {
  set_result(varchar_type(characters, claim.collation));
  set_claim(claim);
  claim_set_ = true;
}

void FunctionBinder::set_connection_string_result(std::int64_t characters) {
  set_string_result(characters,
                    {context_.connection_collation, types::Coercibility::kCoercible, types::Repertoire::kAscii});
}

ExpressionPtr FunctionBinder::finish() {
  if (replacement_ != nullptr) return std::move(replacement_);
  SLUICE_CHECK(kernel_ != nullptr, "function {} was bound without a kernel", definition_.name);
  if (!claim_set_) {
    // A string result of a function that did not derive a claim keeps its type's collation as a literal would.
    claim_.coercibility =
        result_.collation != nullptr ? types::Coercibility::kCoercible : types::Coercibility::kNumeric;
    if (result_.collation == nullptr) claim_.repertoire = types::Repertoire::kAscii;
    if (claim_.collation == nullptr) claim_.collation = result_.collation;
  }
  return std::make_shared<FunctionCall>(definition_, std::move(arguments_), std::move(result_), claim_, kernel_,
                                        std::move(state_));
}

}  // namespace sluice::expression
