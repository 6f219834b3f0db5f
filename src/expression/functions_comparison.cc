// = <=> <> < <= > >=
#include <functional>

#include "base/check.h"
#include "expression/builder.h"
#include "expression/comparison_type.h"
#include "expression/function_families.h"
#include "expression/kernel.h"
#include "types/collation.h"
#include "types/compare.h"
#include "types/decimal.h"
#include "types/json.h"

namespace sluice::expression {

using types::Decimal;
using types::PhysicalType;
using vector::ColumnVector;
using vector::StringSlot;

namespace {

enum class Operation : std::uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual };

// a > b runs as b < a, and a >= b as b <= a.
enum class Order : std::uint8_t { kAsGiven, kSwapped };

template <Operation kOperation>
constexpr bool holds(int order) {
  if constexpr (kOperation == Operation::kEqual) return order == 0;
  if constexpr (kOperation == Operation::kNotEqual) return order != 0;
  if constexpr (kOperation == Operation::kLess) return order < 0;
  return order <= 0;
}

// Integers of one or of two kinds, and doubles.
template <Operation kOperation, class A, class B>
constexpr bool compare_scalars(A a, B b) {
  if constexpr (!std::is_same_v<A, B>) {
    if constexpr (std::is_signed_v<A>) return holds<kOperation>(types::compare_integers(a, b));
    return holds<kOperation>(-types::compare_integers(b, a));
  } else {
    if constexpr (kOperation == Operation::kEqual) return a == b;
    if constexpr (kOperation == Operation::kNotEqual) return a != b;
    if constexpr (kOperation == Operation::kLess) return a < b;
    return a <= b;
  }
}

// Values of NULL rows are compared as well: that is cheaper than asking, and their results are not read.
template <Operation kOperation, Order kOrder, class A, class B>
void compare_fixed(const KernelCall& call) {
  const ColumnVector& left = *call.args[kOrder == Order::kAsGiven ? 0 : 1];
  const ColumnVector& right = *call.args[kOrder == Order::kAsGiven ? 1 : 0];
  call.out.merge_nulls(left);
  call.out.merge_nulls(right);
  const A* a = left.values<A>().data();
  const B* b = right.values<B>().data();
  std::int64_t* out = call.results<std::int64_t>().data();
  if (call.rows.is_dense() && !left.is_constant() && right.is_constant()) {
    const B constant = b[0];
    for (std::size_t row = 0; row < call.rows.count; ++row) out[row] = compare_scalars<kOperation>(a[row], constant);
    return;
  }
  const std::size_t a_mask = left.index_mask();
  const std::size_t b_mask = right.index_mask();
  vector::for_each_row(
      call.rows, [&](std::size_t row) { out[row] = compare_scalars<kOperation>(a[row & a_mask], b[row & b_mask]); });
}

template <Operation kOperation, Order kOrder>
void compare_decimals(const KernelCall& call) {
  ValueReader<Decimal> left(*call.args[kOrder == Order::kAsGiven ? 0 : 1]);
  ValueReader<Decimal> right(*call.args[kOrder == Order::kAsGiven ? 1 : 0]);
  std::int64_t* out = call.results<std::int64_t>().data();
  map_rows(call, [&](std::size_t row) { out[row] = holds<kOperation>(Decimal::compare(left[row], right[row])); });
}

template <Operation kOperation, Order kOrder>
void compare_strings(const KernelCall& call) {
  ValueReader<StringSlot> left(*call.args[kOrder == Order::kAsGiven ? 0 : 1]);
  ValueReader<StringSlot> right(*call.args[kOrder == Order::kAsGiven ? 1 : 0]);
  const types::Collation* collation = call.call.collation();
  std::int64_t* out = call.results<std::int64_t>().data();
  map_rows(call, [&](std::size_t row) {
    if constexpr (kOperation == Operation::kEqual || kOperation == Operation::kNotEqual) {
      const bool equal = left[row] == right[row] || collation->equal(left[row].view(), right[row].view());
      out[row] = equal == (kOperation == Operation::kEqual);
    } else {
      out[row] = holds<kOperation>(collation->compare(left[row].view(), right[row].view()));
    }
  });
}

int compare_json_bytes(std::string_view left, std::string_view right) {
  return types::compare_json(types::JsonView::from_binary(left), types::JsonView::from_binary(right));
}

template <Operation kOperation, Order kOrder>
void compare_documents(const KernelCall& call) {
  ValueReader<StringSlot> left(*call.args[kOrder == Order::kAsGiven ? 0 : 1]);
  ValueReader<StringSlot> right(*call.args[kOrder == Order::kAsGiven ? 1 : 0]);
  std::int64_t* out = call.results<std::int64_t>().data();
  map_rows(call, [&](std::size_t row) {
    out[row] = holds<kOperation>(compare_json_bytes(left[row].view(), right[row].view()));
  });
}

template <Operation kOperation, Order kOrder>
Kernel choose_kernel(PhysicalType left, PhysicalType right) {
  if constexpr (kOrder == Order::kSwapped) std::swap(left, right);
  using Signed = std::int64_t;
  using Unsigned = std::uint64_t;
  switch (left) {
    case PhysicalType::kInt64:
      return right == PhysicalType::kInt64 ? compare_fixed<kOperation, kOrder, Signed, Signed>
                                           : compare_fixed<kOperation, kOrder, Signed, Unsigned>;
    case PhysicalType::kUInt64:
      return right == PhysicalType::kInt64 ? compare_fixed<kOperation, kOrder, Unsigned, Signed>
                                           : compare_fixed<kOperation, kOrder, Unsigned, Unsigned>;
    case PhysicalType::kDouble:
      return compare_fixed<kOperation, kOrder, double, double>;
    case PhysicalType::kTime:  // packed times order as unsigned integers
      return compare_fixed<kOperation, kOrder, Unsigned, Unsigned>;
    case PhysicalType::kDuration:
      return compare_fixed<kOperation, kOrder, Signed, Signed>;
    case PhysicalType::kDecimal:
      return compare_decimals<kOperation, kOrder>;
    case PhysicalType::kString:
      return compare_strings<kOperation, kOrder>;
    case PhysicalType::kJson:
      return compare_documents<kOperation, kOrder>;
  }
  return nullptr;
}

// a <=> b: never NULL.
template <class Equal>
void map_null_safe(const KernelCall& call, Equal equal) {
  std::int64_t* out = call.results<std::int64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) {
    const bool left_null = call.args[0]->is_null(row);
    const bool right_null = call.args[1]->is_null(row);
    out[row] = left_null || right_null ? left_null && right_null : equal(row);
  });
}

template <class A, class B>
void null_safe_fixed(const KernelCall& call) {
  ValueReader<A> left(*call.args[0]);
  ValueReader<B> right(*call.args[1]);
  map_null_safe(call, [&](std::size_t row) { return compare_scalars<Operation::kEqual>(left[row], right[row]); });
}

void null_safe_decimal(const KernelCall& call) {
  ValueReader<Decimal> left(*call.args[0]);
  ValueReader<Decimal> right(*call.args[1]);
  map_null_safe(call, [&](std::size_t row) { return left[row] == right[row]; });
}

void null_safe_string(const KernelCall& call) {
  ValueReader<StringSlot> left(*call.args[0]);
  ValueReader<StringSlot> right(*call.args[1]);
  map_null_safe(call,
                [&](std::size_t row) { return call.call.collation()->equal(left[row].view(), right[row].view()); });
}

void null_safe_json(const KernelCall& call) {
  ValueReader<StringSlot> left(*call.args[0]);
  ValueReader<StringSlot> right(*call.args[1]);
  map_null_safe(call, [&](std::size_t row) { return compare_json_bytes(left[row].view(), right[row].view()) == 0; });
}

Kernel choose_null_safe_kernel(PhysicalType left, PhysicalType right) {
  using Signed = std::int64_t;
  using Unsigned = std::uint64_t;
  switch (left) {
    case PhysicalType::kInt64:
      return right == PhysicalType::kInt64 ? null_safe_fixed<Signed, Signed> : null_safe_fixed<Signed, Unsigned>;
    case PhysicalType::kUInt64:
      return right == PhysicalType::kInt64 ? null_safe_fixed<Unsigned, Signed> : null_safe_fixed<Unsigned, Unsigned>;
    case PhysicalType::kDouble:
      return null_safe_fixed<double, double>;
    case PhysicalType::kTime:
      return null_safe_fixed<Unsigned, Unsigned>;
    case PhysicalType::kDuration:
      return null_safe_fixed<Signed, Signed>;
    case PhysicalType::kDecimal:
      return null_safe_decimal;
    case PhysicalType::kString:
      return null_safe_string;
    case PhysicalType::kJson:
      return null_safe_json;
  }
  return nullptr;
}

// Casts both sides; returns their physical types and sets result and collation.
void prepare(FunctionBinder& binder) {
  std::vector<ExpressionPtr>& arguments = binder.arguments();
  const std::string_view operation = binder.definition().name;
  cast_for_comparison(arguments[0], arguments[1], operation, binder.context());
  types::FieldType result = bool_type();
  const bool null_safe = operation == "nulleq";
  if (null_safe || (arguments[0]->type().not_null() && arguments[1]->type().not_null())) {
    result.set_flag(types::field_flag::kNotNull);
  }
  binder.set_result(std::move(result));
  if (arguments[0]->physical_type() == PhysicalType::kString) {
    types::CollationClaim claim = resolve_claims(arguments, comparison_sign(operation));
    for (std::size_t side = 0; side < 2; ++side) binder.represent_in(side, claim.collation);
    claim.coercibility = types::Coercibility::kNumeric;
    binder.set_claim(claim);
  }
}

template <Operation kOperation, Order kOrder>
void bind_comparison(FunctionBinder& binder) {
  prepare(binder);
  binder.set_kernel(
      choose_kernel<kOperation, kOrder>(binder.argument(0)->physical_type(), binder.argument(1)->physical_type()));
}

void bind_null_safe(FunctionBinder& binder) {
  prepare(binder);
  binder.set_kernel(choose_null_safe_kernel(binder.argument(0)->physical_type(), binder.argument(1)->physical_type()));
}

constexpr FunctionDefinition kComparisonFunctions[] = {
    {"eq", 2, 2, kPlainFunction, bind_comparison<Operation::kEqual, Order::kAsGiven>},
    {"ne", 2, 2, kPlainFunction, bind_comparison<Operation::kNotEqual, Order::kAsGiven>},
    {"lt", 2, 2, kPlainFunction, bind_comparison<Operation::kLess, Order::kAsGiven>},
    {"le", 2, 2, kPlainFunction, bind_comparison<Operation::kLessOrEqual, Order::kAsGiven>},
    {"gt", 2, 2, kPlainFunction, bind_comparison<Operation::kLess, Order::kSwapped>},
    {"ge", 2, 2, kPlainFunction, bind_comparison<Operation::kLessOrEqual, Order::kSwapped>},
    {"nulleq", 2, 2, kPlainFunction, bind_null_safe},
};

}  // namespace

std::span<const FunctionDefinition> comparison_functions() { return kComparisonFunctions; }

}  // namespace sluice::expression
