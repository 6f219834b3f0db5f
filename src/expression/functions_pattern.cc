// LIKE, and the functions that compare several values: GREATEST, LEAST, INTERVAL, STRCMP.
#include <algorithm>
#include <optional>

#include "base/sql_error.h"
#include "expression/builder.h"
#include "expression/comparison_type.h"
#include "expression/function_families.h"
#include "expression/kernel.h"
#include "expression/type_inference.h"
#include "types/collation.h"
#include "types/compare.h"
#include "types/like.h"
#include "types/utf8.h"

namespace sluice::expression {

using types::FieldType;
using types::PhysicalType;
using vector::ColumnVector;
using vector::StringSlot;

namespace {

void run_like_constant(const KernelCall& call) {
  const types::LikePattern& pattern = *call.call.state<types::LikePattern>();
  ValueReader<StringSlot> text(*call.args[0]);
  std::int64_t* out = call.results<std::int64_t>().data();
  map_rows(call, [&](std::size_t row) { out[row] = pattern.matches(text[row].view(), call.context.stop); });
}

// The pattern comes from the rows; a run of equal patterns is compiled once.
void run_like(const KernelCall& call) {
  ValueReader<StringSlot> text(*call.args[0]);
  ValueReader<StringSlot> pattern(*call.args[1]);
  ValueReader<std::int64_t> escape(*call.args[2]);
  std::int64_t* out = call.results<std::int64_t>().data();
  std::optional<types::LikePattern> compiled;
  std::string_view compiled_text;
  std::int64_t compiled_escape = 0;
  map_rows(call, [&](std::size_t row) {
    const std::string_view pattern_text = pattern[row].view();
    if (!compiled.has_value() || pattern_text != compiled_text || escape[row] != compiled_escape) {
      compiled.emplace(pattern_text, static_cast<char32_t>(escape[row]), call.call.collation());
      compiled_text = pattern_text;
      compiled_escape = escape[row];
    }
    out[row] = compiled->matches(text[row].view(), call.context.stop);
  });
}

// like(text, pattern[, escape]); the escape is a code point, '\' unless given.
void bind_like(FunctionBinder& binder) {
  if (binder.argument_count() == 2) binder.arguments().push_back(make_int('\\'));
  binder.cast_to_string(0);
  binder.cast_to_string(1);
  binder.cast_to_int(2);
  types::CollationClaim claim = resolve_claims(std::span(binder.arguments()).first(2), "like");
  for (std::size_t side = 0; side < 2; ++side) binder.represent_in(side, claim.collation);
  claim.coercibility = types::Coercibility::kNumeric;
  binder.set_claim(claim);
  binder.set_result(bool_type());
  const types::Value* pattern = binder.constant_argument(1);
  const types::Value* escape = binder.constant_argument(2);
  if (pattern != nullptr && escape != nullptr && !pattern->is_null() && !escape->is_null()) {
    binder.set_state(std::make_shared<const types::LikePattern>(
        pattern->as_string(), static_cast<char32_t>(escape->as_int64()), claim.collation));
    binder.set_kernel(run_like_constant);
    return;
  }
  binder.set_kernel(run_like);
}

// GREATEST and LEAST.

enum class Extreme : std::uint8_t { kGreatest, kLeast };

int compare_rows(const ColumnVector& left, const ColumnVector& right, std::size_t row,
                 const types::Collation* collation) {
  switch (left.type()) {
    case PhysicalType::kInt64:
    case PhysicalType::kDuration:
      return types::compare_scalars(left.at<std::int64_t>(row), right.at<std::int64_t>(row));
    case PhysicalType::kUInt64:
    case PhysicalType::kTime:
      return types::compare_scalars(left.at<std::uint64_t>(row), right.at<std::uint64_t>(row));
    case PhysicalType::kDouble:
      return types::compare_scalars(left.at<double>(row), right.at<double>(row));
    case PhysicalType::kDecimal:
      return types::Decimal::compare(left.at<types::Decimal>(row), right.at<types::Decimal>(row));
    case PhysicalType::kString:
      return collation->compare(left.string_at(row), right.string_at(row));
    case PhysicalType::kJson:
      return types::compare(left.value_at(row), right.value_at(row), nullptr);
  }
  return 0;
}

template <class T>
void store(ColumnVector& out, const ColumnVector& from, std::size_t row) {
  out.values<T>()[row] = from.at<T>(row);
}

template <Extreme kExtreme>
void run_extreme(const KernelCall& call) {
  for (const ColumnVector* argument : call.args) {
    if (call.out.holds_strings()) call.out.retain_strings_of(*argument);
  }
  map_rows(call, [&](std::size_t row) {
    const ColumnVector* best = call.args[0];
    for (const ColumnVector* candidate : call.args.subspan(1)) {
      const int order = compare_rows(*candidate, *best, row, call.call.collation());
      if (kExtreme == Extreme::kGreatest ? order > 0 : order < 0) best = candidate;
    }
    switch (vector::value_width(call.out.type())) {
      case 8:
        return store<std::uint64_t>(call.out, *best, row);
      case sizeof(StringSlot):
        return store<StringSlot>(call.out, *best, row);
      default:
        return store<types::Decimal>(call.out, *best, row);
    }
  });
}

// Numbers or text beside dates: all are read as dates, and the result is a date's text. The first time among the arguments decides,
// but a DATETIME before others. Returns the type to compare under, or nothing if there is no date.
std::optional<FieldType> date_among(const FunctionBinder& binder) {
  const FieldType* found = nullptr;
  int decimals = 0;
  for (std::size_t index = 0; index < binder.argument_count(); ++index) {
    const FieldType& type = binder.argument_type(index);
    if (!type.is_temporal()) continue;
    decimals = std::max(decimals, type.fsp());
    if (found == nullptr || type.code == types::TypeCode::kDatetime) found = &type;
  }
  if (found == nullptr || !found->is_time()) return std::nullopt;
  return found->code == types::TypeCode::kDate ? date_type() : datetime_type(decimals);
}

template <Extreme kExtreme>
void bind_extreme(FunctionBinder& binder) {
  std::vector<FieldType> types;
  for (std::size_t index = 0; index < binder.argument_count(); ++index) types.push_back(binder.argument_type(index));
  FieldType type = merge_types(types);
  if (type.code == types::TypeCode::kEnum || type.code == types::TypeCode::kSet) {
    type = varchar_type(text_length(type), type.collation);
  }
  types::CollationClaim claim{nullptr, types::Coercibility::kNumeric, types::Repertoire::kAscii};
  if (type.is_string()) {
    if (const std::optional<FieldType> date = date_among(binder); date.has_value()) {
      for (std::size_t index = 0; index < binder.argument_count(); ++index) binder.cast_to(index, *date);
      const ExpressionPtr extreme = make_function(binder.definition().name, binder.arguments(), binder.context());
      const FieldType text = varchar_type(text_length(*date), binder.context().connection_collation);
      binder.replace_call(make_cast(extreme, text, binder.context(), CastKind::kImplicit));
      return;
    }
    claim = binder.derive_collation(0, binder.argument_count());
    type.collation = claim.collation;
  }
  for (std::size_t index = 0; index < binder.argument_count(); ++index) binder.cast_to(index, type);
  binder.set_claim(claim);
  binder.set_result(std::move(type));
  binder.set_kernel(run_extreme<kExtreme>);
}

// INTERVAL(n, n1, n2, ...): how many of the ascending bounds are at most n; -1 for NULL.
template <class T>
void run_interval(const KernelCall& call) {
  std::int64_t* out = call.results<std::int64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) {
    if (call.args[0]->is_null(row)) {
      out[row] = -1;
      return;
    }
    const T value = call.args[0]->at<T>(row);
    // From the left: a NULL bound, which no search could place, is passed over.
    std::size_t bound = 1;
    while (bound < call.args.size() && (call.args[bound]->is_null(row) || call.args[bound]->at<T>(row) <= value))
      ++bound;
    out[row] = static_cast<std::int64_t>(bound) - 1;
  });
}

void bind_interval(FunctionBinder& binder) {
  bool all_signed = true;
  for (std::size_t index = 0; index < binder.argument_count(); ++index) {
    all_signed &= binder.argument(index)->physical_type() == PhysicalType::kInt64;
  }
  for (std::size_t index = 0; index < binder.argument_count(); ++index) {
    if (!all_signed) binder.cast_to_double(index);
  }
  binder.set_result(int_type());
  binder.set_kernel(all_signed ? run_interval<std::int64_t> : run_interval<double>);
}

std::int64_t string_order(RowContext& context, std::string_view left, std::string_view right) {
  const int order = context.call.collation()->compare(left, right);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

void bind_strcmp(FunctionBinder& binder) {
  binder.cast_to_string(0);
  binder.cast_to_string(1);
  types::CollationClaim claim = binder.derive_collation(0, 2);
  claim.coercibility = types::Coercibility::kNumeric;
  binder.set_claim(claim);
  binder.set_result(int_type(2));
  binder.set_kernel(row_kernel<&string_order>);
}

constexpr FunctionDefinition kPatternFunctions[] = {
    {"like", 2, 3, kPlainFunction, bind_like},
    {"greatest", 2, -1, kPlainFunction, bind_extreme<Extreme::kGreatest>},
    {"least", 2, -1, kPlainFunction, bind_extreme<Extreme::kLeast>},
    {"interval", 2, -1, kPlainFunction, bind_interval},
    {"strcmp", 2, 2, kPlainFunction, bind_strcmp},
};

}  // namespace

std::span<const FunctionDefinition> pattern_functions() { return kPatternFunctions; }

}  // namespace sluice::expression
