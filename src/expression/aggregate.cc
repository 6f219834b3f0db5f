#include "expression/aggregate.h"

#include <functional>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/sql_error.h"
#include "expression/aggregate_typed.h"
#include "expression/builder.h"
#include "expression/function_registry.h"
#include "expression/type_inference.h"
#include "types/collation.h"

namespace sluice::expression {

using types::FieldType;
using types::PhysicalType;
using types::TypeCode;

namespace {

enum class Family : std::uint8_t { kCount, kSum, kAverage, kExtreme, kBits, kVariance, kConcat, kJson, kApproximate };

struct AggregateName {
  std::string_view name;
  Family family;
  int min_arguments;
  int max_arguments;  // -1: any number
};

constexpr std::array kAggregates{
    AggregateName{"any_value", Family::kExtreme, 1, 1},
    AggregateName{"approx_count_distinct", Family::kApproximate, 1, -1},
    AggregateName{"avg", Family::kAverage, 1, 1},
    AggregateName{"bit_and", Family::kBits, 1, 1},
    AggregateName{"bit_or", Family::kBits, 1, 1},
    AggregateName{"bit_xor", Family::kBits, 1, 1},
    AggregateName{"count", Family::kCount, 1, -1},
    AggregateName{"firstrow", Family::kExtreme, 1, 1},
    AggregateName{"group_concat", Family::kConcat, 1, -1},
    AggregateName{"json_arrayagg", Family::kJson, 1, 1},
    AggregateName{"json_objectagg", Family::kJson, 2, 2},
    AggregateName{"max", Family::kExtreme, 1, 1},
    AggregateName{"min", Family::kExtreme, 1, 1},
    AggregateName{"std", Family::kVariance, 1, 1},
    AggregateName{"stddev", Family::kVariance, 1, 1},
    AggregateName{"stddev_pop", Family::kVariance, 1, 1},
    AggregateName{"stddev_samp", Family::kVariance, 1, 1},
    AggregateName{"sum", Family::kSum, 1, 1},
    AggregateName{"var_pop", Family::kVariance, 1, 1},
    AggregateName{"var_samp", Family::kVariance, 1, 1},
    AggregateName{"variance", Family::kVariance, 1, 1},
};

const AggregateName* find_aggregate(std::string_view name) {
  const auto found = std::find_if(kAggregates.begin(), kAggregates.end(),
                                  [name](const AggregateName& entry) { return entry.name == name; });
  return found == kAggregates.end() ? nullptr : &*found;
}

// SUM and AVG: the argument in its numeric domain (integers of both signs, decimals, doubles), and the result's type.
FieldType prepare_sum(ExpressionPtr& argument, bool average, const BuildContext& context) {
  const FieldType from = argument->type();
  const Domain domain = numeric_domain_of(from);
  if (domain == Domain::kReal) {
    argument = make_cast(argument, double_type(), context, CastKind::kImplicit);
    FieldType type = double_type();
    return type;
  }
  const DecimalShape shape = decimal_shape(from);
  if (domain == Domain::kDecimal) {
    argument = make_cast(argument, decimal_type(shape.precision, shape.scale), context, CastKind::kImplicit);
  } else if (argument->physical_type() != PhysicalType::kInt64 && argument->physical_type() != PhysicalType::kUInt64) {
    argument = make_cast(argument, int_type(), context, CastKind::kImplicit);
  }
  if (average) {
    const int increment = context.div_precision_increment;
    return decimal_type(shape.precision + increment, std::min(shape.scale + increment, types::kMaxDecimalScale));
  }
  return decimal_type(shape.precision + 22, shape.scale);
}

FieldType prepare_extreme(ExpressionPtr& argument, const BuildContext& context) {
  FieldType type = argument->type();
  if (type.code == TypeCode::kNull) return type;
  const bool label = type.code == TypeCode::kEnum || type.code == TypeCode::kSet;
  if (label) {
    argument = make_cast(argument, varchar_type(text_length(type), type.collation), context, CastKind::kImplicit);
    type = argument->type();
  }
  type.clear_flag(types::field_flag::kNotNull | types::field_flag::kPrimaryKey | types::field_flag::kUniqueKey |
                  types::field_flag::kMultipleKey | types::field_flag::kAutoIncrement | types::field_flag::kNoDefault |
                  types::field_flag::kOnUpdateNow | types::field_flag::kPartOfKey);
  return type;
}

FieldType prepare_concat(std::vector<ExpressionPtr>& args, const BuildContext& context) {
  const types::CollationClaim claim = resolve_claims(args, "group_concat");
  const types::Collation* collation =
      claim.coercibility == types::Coercibility::kIgnorable ? context.connection_collation : claim.collation;
  for (ExpressionPtr& argument : args) {
    if (argument->type().is_string()) continue;
    argument = make_cast(argument, varchar_type(text_length(argument->type()), context.connection_collation), context);
  }
  const auto limit = static_cast<std::int64_t>(context.group_concat_max_len / collation->charset->max_bytes);
  return varchar_type(std::min<std::int64_t>(limit, 1 << 28), collation);
}

}  // namespace

bool is_aggregate_function(std::string_view name) { return find_aggregate(name) != nullptr; }

AggregateDescriptor make_aggregate(std::string_view name, std::vector<ExpressionPtr> args, bool distinct,
                                   const BuildContext& context) {
  const AggregateName* entry = find_aggregate(name);
  if (entry == nullptr) throw SqlError(ErrorCode::kSpDoesNotExist, "FUNCTION", name);
  const int count = static_cast<int>(args.size());
  if (count < entry->min_arguments || (entry->max_arguments >= 0 && count > entry->max_arguments)) {
    throw SqlError(ErrorCode::kWrongParamcountToNativeFct, name);
  }
  AggregateDescriptor result;
  result.name = name;
  result.distinct = distinct;
  switch (entry->family) {
    case Family::kCount:
    case Family::kApproximate:
      result.result_type = int_type(21);
      result.result_type.set_flag(types::field_flag::kNotNull);
      break;
    case Family::kSum:
    case Family::kAverage:
      result.result_type = prepare_sum(args[0], entry->family == Family::kAverage, context);
      break;
    case Family::kExtreme:
      result.result_type = prepare_extreme(args[0], context);
      break;
    case Family::kBits:
      if (args[0]->physical_type() != PhysicalType::kInt64 && args[0]->physical_type() != PhysicalType::kUInt64) {
        args[0] = make_cast(args[0], int_type(), context, CastKind::kImplicit);
      }
      result.result_type = uint_type(21);
      result.result_type.set_flag(types::field_flag::kNotNull);
      break;
    case Family::kVariance:
      args[0] = make_cast(args[0], double_type(), context, CastKind::kImplicit);
      result.result_type = double_type();
      break;
    case Family::kConcat:
      result.result_type = prepare_concat(args, context);
      break;
    case Family::kJson:
      if (args.size() == 2)
        args[0] = make_cast(args[0], varchar_type(-1, types::utf8mb4_bin()), context, CastKind::kImplicit);
      args.back() = make_json_value(args.back(), context);
      result.result_type = json_type();
      break;
  }
  result.args = std::move(args);
  return result;
}

std::string AggregateDescriptor::to_string() const {
  std::string text = name + "(";
  if (distinct) text += "distinct ";
  for (std::size_t index = 0; index < args.size(); ++index) {
    if (index != 0) text += ", ";
    text += args[index]->to_string();
  }
  if (!order_by.empty()) {
    text += " order by ";
    for (std::size_t index = 0; index < order_by.size(); ++index) {
      if (index != 0) text += ", ";
      text += order_by[index].expression->to_string();
      if (order_by[index].descending) text += " desc";
    }
  }
  if (name == "group_concat") text += " separator \"" + separator + "\"";
  return text + ")";
}

bool AggregateDescriptor::equals(const AggregateDescriptor& other) const {
  if (name != other.name || distinct != other.distinct || separator != other.separator || mode != other.mode ||
      args.size() != other.args.size() || order_by.size() != other.order_by.size()) {
    return false;
  }
  for (std::size_t index = 0; index < args.size(); ++index) {
    if (!args[index]->equals(*other.args[index])) return false;
  }
  for (std::size_t index = 0; index < order_by.size(); ++index) {
    if (order_by[index].descending != other.order_by[index].descending ||
        !order_by[index].expression->equals(*other.order_by[index].expression)) {
      return false;
    }
  }
  return true;
}

std::uint64_t AggregateDescriptor::hash() const {
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15ULL;
  std::uint64_t result = std::hash<std::string>{}(name);
  for (const ExpressionPtr& argument : args) result = (result ^ argument->hash()) * kFactor;
  for (const AggregateOrder& order : order_by) result = (result ^ order.expression->hash()) * kFactor;
  return result;
}

std::unique_ptr<const AggregateFunction> AggregateFunction::create(const AggregateDescriptor& descriptor,
                                                                   const BuildContext& context) {
  const AggregateName* entry = find_aggregate(descriptor.name);
  SLUICE_CHECK(entry != nullptr, "no aggregate function {}", descriptor.name);
  AggregatePtr function;
  switch (entry->family) {
    case Family::kCount:
      function = make_count(descriptor);
      break;
    case Family::kSum:
      function = make_sum(descriptor);
      break;
    case Family::kAverage:
      function = make_average(descriptor, context.div_precision_increment);
      break;
    case Family::kExtreme:
      function = make_extreme(descriptor);
      break;
    case Family::kBits:
      function = make_bits(descriptor);
      break;
    case Family::kVariance:
      function = make_variance(descriptor);
      break;
    case Family::kConcat:
      function = make_group_concat(descriptor);
      break;
    case Family::kJson:
      function = make_json_aggregate(descriptor);
      break;
    case Family::kApproximate:
      function = make_approximate_count(descriptor);
      break;
  }
  // MIN and MAX of distinct values are MIN and MAX.
  if (descriptor.distinct && entry->family != Family::kExtreme && entry->family != Family::kApproximate) {
    function = make_distinct(descriptor, std::move(function));
  }
  if (descriptor.mode == AggregateMode::kPartial) function = make_partial(std::move(function));
  if (descriptor.mode == AggregateMode::kFinal) function = make_final(std::move(function));
  return function;
}

}  // namespace sluice::expression
