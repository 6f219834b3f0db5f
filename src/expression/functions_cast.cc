// CAST, CONVERT and the implicit casts.
#include <cmath>

#include "base/sql_error.h"
#include "expression/builder.h"
#include "expression/conversion.h"
#include "expression/function_families.h"
#include "expression/kernel.h"
#include "types/collation.h"
#include "types/number_text.h"
#include "types/value_text.h"

namespace sluice::expression {

using types::Decimal;
using types::FieldType;
using types::PhysicalType;
using types::TypeCode;
using types::Value;

namespace {

// Any conversion, one boxed value at a time: the rare pairs.
void cast_boxed(const KernelCall& call) {
  const FieldType& from = call.call.children()[0]->type();
  const FieldType& to = call.call.type();
  types::ConversionContext conversion = make_conversion_context(call.context);
  map_rows(call, [&](std::size_t row) {
    const Value value = types::convert(call.args[0]->value_at(row), from, to, conversion);
    if (value.is_null()) {
      call.out.set_null(row);
      return;
    }
    switch (call.out.type()) {
      case PhysicalType::kInt64:
        call.results<std::int64_t>()[row] = value.as_int64();
        return;
      case PhysicalType::kUInt64:
        call.results<std::uint64_t>()[row] = value.as_uint64();
        return;
      case PhysicalType::kDouble:
        call.results<double>()[row] = value.as_double();
        return;
      case PhysicalType::kDecimal:
        call.results<Decimal>()[row] = value.as_decimal();
        return;
      case PhysicalType::kTime:
        call.results<types::Time>()[row] = value.as_time();
        return;
      case PhysicalType::kDuration:
        call.results<types::Duration>()[row] = value.as_duration();
        return;
      case PhysicalType::kString:
        call.out.set_string(row, value.as_string());
        return;
      case PhysicalType::kJson:
        call.out.set_string(row, value.as_json().binary());
        return;
    }
  });
}

template <class From, class To>
void cast_number(const KernelCall& call) {
  ValueReader<From> in(*call.args[0]);
  std::span<To> out = call.results<To>();
  map_rows(call, [&](std::size_t row) { out[row] = static_cast<To>(in[row]); });
}

template <class From>
void cast_integer_to_decimal(const KernelCall& call) {
  ValueReader<From> in(*call.args[0]);
  std::span<Decimal> out = call.results<Decimal>();
  map_rows(call, [&](std::size_t row) {
    if constexpr (std::is_same_v<From, std::int64_t>) {
      out[row] = Decimal::from_int64(in[row]);
    } else {
      out[row] = Decimal::from_uint64(in[row]);
    }
  });
}

double decimal_to_double(const Decimal& value) { return value.to_double(); }

template <auto Convert, class To>
void cast_string_to_number(const KernelCall& call) {
  types::ConversionContext conversion = make_conversion_context(call.context);
  ValueReader<vector::StringSlot> in(*call.args[0]);
  std::span<To> out = call.results<To>();
  map_rows(call, [&](std::size_t row) { out[row] = Convert(in[row].view(), conversion); });
}

void cast_int_to_string(const KernelCall& call) {
  ValueReader<std::int64_t> in(*call.args[0]);
  char text[types::kMaxIntegerTextBytes];
  map_rows(call, [&](std::size_t row) { call.out.set_string(row, {text, types::format_int64(in[row], text)}); });
}

// The same values under another type.
void cast_relabel(const KernelCall& call) {
  call.out.reference(*call.args[0]);
  if (call.out.is_constant()) call.out.make_constant(call.row_count);
}

// Character strings of the same bytes, no limit on the length.
bool is_relabel_of_strings(const FieldType& from, const FieldType& to) {
  if (!from.is_string() || !to.is_string() || to.code == TypeCode::kString) return false;
  if (from.collation == nullptr || to.collation == nullptr || from.collation->charset != to.collation->charset) {
    return false;
  }
  return to.flen < 0 || (from.flen >= 0 && from.flen <= to.flen);
}

Kernel choose_kernel(const FieldType& from, const FieldType& to) {
  const PhysicalType source = types::physical_type(from);
  const PhysicalType target = types::physical_type(to);
  const bool plain_integer = from.is_integer() || from.code == TypeCode::kYear;
  const bool to_bigint = to.code == TypeCode::kLongLong;
  if (source == PhysicalType::kInt64 || (source == PhysicalType::kUInt64 && from.is_integer())) {
    const bool is_signed = source == PhysicalType::kInt64;
    if (to_bigint && source == target) return cast_relabel;
    if (to_bigint)
      return is_signed ? cast_number<std::int64_t, std::uint64_t> : cast_number<std::uint64_t, std::int64_t>;
    if (to.code == TypeCode::kDouble && to.decimals < 0) {
      return is_signed ? cast_number<std::int64_t, double> : cast_number<std::uint64_t, double>;
    }
    if (target == PhysicalType::kDecimal && to.flen >= 20 + to.decimals && to.decimals <= 0) {
      return is_signed ? cast_integer_to_decimal<std::int64_t> : cast_integer_to_decimal<std::uint64_t>;
    }
    if (is_signed && plain_integer && from.code != TypeCode::kYear && !from.is_zerofill() && to.is_string() &&
        to.flen < 0 && to.code != TypeCode::kString) {
      return cast_int_to_string;
    }
  }
  if (source == PhysicalType::kDecimal && to.code == TypeCode::kDouble && to.decimals < 0) {
    return row_kernel<&decimal_to_double>;
  }
  if (source == PhysicalType::kDouble && to.code == TypeCode::kDouble && to.decimals < 0) return cast_relabel;
  if (from.is_string()) {
    if (to.code == TypeCode::kDouble && to.decimals < 0) {
      return cast_string_to_number<types::string_to_double, double>;
    }
    if (is_relabel_of_strings(from, to)) return cast_relabel;
  }
  return cast_boxed;
}

void bind_cast(FunctionBinder& binder) {
  // make_cast() builds calls of "cast" itself; by name alone the target would be missing.
  throw SqlError(ErrorCode::kSpDoesNotExist, "FUNCTION", binder.definition().name);
}

constexpr FunctionDefinition kCastFunctions[] = {
    {"cast", 1, 1, kPlainFunction, bind_cast},
};

types::CollationClaim claim_of_cast(const Expression& value, const FieldType& type, CastKind kind) {
  if (type.collation == nullptr) return {nullptr, types::Coercibility::kNumeric, types::Repertoire::kAscii};
  types::Coercibility coercibility =
      value.type().collation != nullptr && value.coercibility() != types::Coercibility::kIgnorable
          ? value.coercibility()
          : types::Coercibility::kCoercible;
  if (kind == CastKind::kExplicit) coercibility = types::Coercibility::kImplicit;
  const bool ascii = value.type().collation == nullptr || value.repertoire() == types::Repertoire::kAscii;
  return {type.collation, coercibility, ascii ? types::Repertoire::kAscii : types::Repertoire::kUnicode};
}

bool is_same_cast(const FieldType& from, const FieldType& to) {
  return from.code == to.code && from.is_unsigned() == to.is_unsigned() && from.flen == to.flen &&
         std::max(from.decimals, 0) == std::max(to.decimals, 0) && from.collation == to.collation &&
         from.elements == to.elements;
}

}  // namespace

ExpressionPtr make_cast(ExpressionPtr value, const FieldType& type, const BuildContext& context, CastKind kind) {
  FieldType target = type;
  if (is_same_cast(value->type(), target) && (kind == CastKind::kImplicit || target.collation == nullptr)) return value;
  // In numeric contexts the name of a day is its number, as in MySQL and TiDB.
  const bool is_day_name =
      value->kind() == ExpressionKind::kFunction && static_cast<const FunctionCall&>(*value).name() == "dayname";
  if (is_day_name && target.is_numeric()) {
    return make_cast(make_function("weekday", {value->children()[0]}, context), type, context);
  }
  if (value->kind() == ExpressionKind::kConstant) {
    const auto& constant = static_cast<const Constant&>(*value);
    const types::CollationClaim claim = claim_of_cast(*value, target, kind);
    if (constant.is_null()) return std::make_shared<Constant>(Value::null(), target, types::Coercibility::kIgnorable);
    if (context.evaluation != nullptr) {
      types::ConversionContext conversion = make_conversion_context(*context.evaluation);
      Value converted = types::convert(constant.value(), value->type(), target, conversion);
      return std::make_shared<Constant>(std::move(converted), target, claim.coercibility);
    }
  }
  if (value->type().not_null() && !target.is_temporal() && target.code != TypeCode::kJson) {
    target.set_flag(types::field_flag::kNotNull);
  }
  const types::CollationClaim claim = claim_of_cast(*value, target, kind);
  const Kernel kernel = choose_kernel(value->type(), target);
  return std::make_shared<FunctionCall>(kCastFunctions[0], std::vector<ExpressionPtr>{std::move(value)},
                                        std::move(target), claim, kernel, nullptr);
}

ExpressionPtr make_collate(ExpressionPtr value, const types::Collation* collation, const BuildContext& context) {
  FieldType type = value->type();
  if (type.collation == nullptr || !type.is_string()) {
    type = varchar_type(-1, context.connection_collation);
    if (value->kind() == ExpressionKind::kConstant && value->type().code == TypeCode::kNull) type.collation = collation;
    value = make_cast(std::move(value), type, context);
  }
  if (type.collation->charset != collation->charset) {
    throw SqlError(ErrorCode::kCollationCharsetMismatch, collation->name, type.collation->charset->name);
  }
  type = value->type();
  type.collation = collation;
  if (value->kind() == ExpressionKind::kConstant) {
    return std::make_shared<Constant>(static_cast<const Constant&>(*value).value(), type,
                                      types::Coercibility::kExplicit);
  }
  const types::CollationClaim claim{collation, types::Coercibility::kExplicit, value->repertoire()};
  return std::make_shared<FunctionCall>(kCastFunctions[0], std::vector<ExpressionPtr>{std::move(value)}, type, claim,
                                        cast_relabel, nullptr);
}

std::span<const FunctionDefinition> cast_functions() { return kCastFunctions; }

}  // namespace sluice::expression
