// value IN (list): constants by hash, the rest one by one.
#include <cstring>

#include "expression/builder.h"
#include "expression/comparison_type.h"
#include "expression/function_families.h"
#include "expression/in_list.h"
#include "expression/kernel.h"
#include "expression/truth.h"
#include "types/collation.h"
#include "types/compare.h"

namespace sluice::expression {

using types::PhysicalType;
using types::Value;
using vector::ActiveRows;
using vector::ColumnVector;

namespace {

// What binding prepares: the constants, and an equality test per other item.
struct InState {
  explicit InState(const types::Collation* collation) : strings(collation) {}
  WordSet words;
  StringSet strings;
  std::vector<Value> others;  // decimals and documents
  bool has_null = false;
  std::vector<std::size_t> computed;  // children that are no constants
};

// The 64-bit pattern of an integer, double, time or duration; false for an integer that `type` cannot hold.
bool word_of(const Value& value, PhysicalType type, std::uint64_t& word) {
  switch (value.kind()) {
    case Value::Kind::kInt64:
      if (type == PhysicalType::kUInt64 && value.as_int64() < 0) return false;
      word = static_cast<std::uint64_t>(value.as_int64());
      return true;
    case Value::Kind::kUInt64:
      word = value.as_uint64();
      return type == PhysicalType::kUInt64 || static_cast<std::int64_t>(word) >= 0;
    case Value::Kind::kDouble: {
      const double number = value.as_double() == 0 ? 0.0 : value.as_double();
      std::memcpy(&word, &number, sizeof(word));
      return true;
    }
    case Value::Kind::kTime:
      word = value.as_time().packed;
      return true;
    case Value::Kind::kDuration:
      word = static_cast<std::uint64_t>(value.as_duration().nanoseconds);
      return true;
    default:
      return false;
  }
}

bool contains_constant(const InState& state, const ColumnVector& value, std::size_t row) {
  switch (value.type()) {
    case PhysicalType::kString:
      return state.strings.contains(value.string_at(row));
    case PhysicalType::kDecimal:
    case PhysicalType::kJson: {
      if (state.others.empty()) return false;
      const Value boxed = value.value_at(row);
      for (const Value& other : state.others) {
        if (types::compare(boxed, other, nullptr) == 0) return true;
      }
      return false;
    }
    case PhysicalType::kDouble: {
      // Both zeros are one number.
      const double number = value.at<double>(row) == 0 ? 0.0 : value.at<double>(row);
      std::uint64_t word;
      std::memcpy(&word, &number, sizeof(word));
      return state.words.contains(word);
    }
    default:
      return state.words.contains(value.at<std::uint64_t>(row));
  }
}

bool equal_values(const ColumnVector& left, const ColumnVector& right, std::size_t row,
                  const types::Collation* collation) {
  return types::compare(left.value_at(row), right.value_at(row), collation) == 0;
}

void run_in(const KernelCall& call) {
  const InState& state = *call.call.state<InState>();
  ScratchVector scratch(call.context, call.call.children()[0]->physical_type());
  const ColumnVector& value = evaluate_child(call, 0, call.rows, *scratch);
  std::int64_t* out = call.results<std::int64_t>().data();
  std::vector<std::uint16_t> open_rows;
  vector::for_each_row(call.rows, [&](std::size_t row) {
    if (value.is_null(row)) {
      out[row] = 0;
      call.out.set_null(row);
      return;
    }
    out[row] = contains_constant(state, value, row);
    if (out[row] != 0) return;
    if (state.has_null) call.out.set_null(row);
    if (!state.computed.empty()) open_rows.push_back(static_cast<std::uint16_t>(row));
  });
  for (std::size_t index : state.computed) {
    if (open_rows.empty()) return;
    ScratchVector item_scratch(call.context, call.call.children()[index]->physical_type());
    const ColumnVector& item = evaluate_child(call, index, ActiveRows::of(open_rows), *item_scratch);
    std::vector<std::uint16_t> still_open;
    for (std::uint16_t row : open_rows) {
      if (item.is_null(row)) {
        call.out.set_null(row);
        still_open.push_back(row);
      } else if (equal_values(value, item, row, call.call.collation())) {
        out[row] = 1;
        call.out.set_not_null(row);
      } else {
        still_open.push_back(row);
      }
    }
    open_rows = std::move(still_open);
  }
}

// Items that compare with the value under different types: equalities.
ExpressionPtr as_equalities(FunctionBinder& binder) {
  const BuildContext& context = binder.context();
  std::vector<ExpressionPtr> equalities;
  equalities.reserve(binder.argument_count() - 1);
  for (std::size_t index = 1; index < binder.argument_count(); ++index) {
    equalities.push_back(make_function("eq", {binder.argument(0), binder.argument(index)}, context));
  }
  return make_balanced("or", std::move(equalities), context);
}

bool same_integer_family(PhysicalType left, PhysicalType right) {
  const auto is_integer = [](PhysicalType type) {
    return type == PhysicalType::kInt64 || type == PhysicalType::kUInt64;
  };
  return left == right || (is_integer(left) && is_integer(right));
}

void bind_in(FunctionBinder& binder) {
  const BuildContext& context = binder.context();
  std::vector<ExpressionPtr> items{binder.argument(0)};
  items.reserve(binder.argument_count());
  ExpressionPtr value;
  for (std::size_t index = 1; index < binder.argument_count(); ++index) {
    ExpressionPtr left = binder.argument(0);
    ExpressionPtr right = binder.argument(index);
    const bool null_literal = right->type().code == types::TypeCode::kNull;
    cast_for_comparison(left, right, "eq", context);
    items.push_back(right);
    if (null_literal) continue;
    if (value == nullptr) {
      value = left;
    } else if (value != left && !value->equals(*left)) {
      binder.replace_call(as_equalities(binder));
      return;
    }
    if (!same_integer_family(left->physical_type(), right->physical_type())) {
      binder.replace_call(as_equalities(binder));
      return;
    }
  }
  if (value == nullptr) value = binder.argument(0);
  items[0] = value;
  const PhysicalType type = value->physical_type();
  types::CollationClaim claim{nullptr, types::Coercibility::kNumeric, types::Repertoire::kAscii};
  if (type == PhysicalType::kString) {
    claim.collation = resolve_claims(items, "IN").collation;
    for (ExpressionPtr& item : items) {
      binder.poll();
      item = represented_in(std::move(item), claim.collation, context);
    }
  }
  auto state = std::make_shared<InState>(claim.collation);
  for (std::size_t index = 1; index < items.size(); ++index) {
    binder.poll();
    if (items[index]->kind() != ExpressionKind::kConstant) {
      // Signed and unsigned values are compared exactly one by one.
      state->computed.push_back(index);
      continue;
    }
    const Value& constant = static_cast<const Constant&>(*items[index]).value();
    std::uint64_t word = 0;
    if (constant.is_null()) {
      state->has_null = true;
    } else if (type == PhysicalType::kString) {
      state->strings.insert(constant.as_string());
    } else if (type == PhysicalType::kDecimal || type == PhysicalType::kJson) {
      state->others.push_back(constant);
    } else if (word_of(constant, type, word)) {
      state->words.insert(word);
    }
  }
  binder.arguments() = std::move(items);
  binder.set_result(bool_type());
  binder.set_claim(claim);
  binder.set_state(std::move(state));
  binder.set_kernel(run_in);
}

constexpr FunctionDefinition kInFunctions[] = {
    {"in", 2, -1, kLazyArguments, bind_in},
};

}  // namespace

std::span<const FunctionDefinition> in_functions() { return kInFunctions; }

}  // namespace sluice::expression
