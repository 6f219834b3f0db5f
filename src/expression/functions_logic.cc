// AND, OR, XOR, NOT, IS [NOT] NULL / TRUE / FALSE.
#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/kernel.h"
#include "expression/truth.h"

namespace sluice::expression {

using vector::ActiveRows;
using vector::ColumnVector;

namespace {

void set_truth(const KernelCall& call, std::size_t row, Truth truth) {
  call.results<std::int64_t>()[row] = truth == Truth::kTrue;
  if (truth == Truth::kUnknown) call.out.set_null(row);
}

// AND with kDeciding = kFalse, OR with kDeciding = kTrue: an operand of that truth decides, and rows that the left operand
// decides never reach the right one.
template <Truth kDeciding>
void run_connective(const KernelCall& call) {
  ScratchVector left_scratch(call.context, call.call.children()[0]->physical_type());
  const ColumnVector& left = evaluate_child(call, 0, call.rows, *left_scratch);
  std::vector<std::uint16_t> open_rows;
  open_rows.reserve(call.rows.count);
  std::int64_t* out = call.results<std::int64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) {
    out[row] = kDeciding == Truth::kTrue;
    if (truth_at(left, row) != kDeciding) open_rows.push_back(static_cast<std::uint16_t>(row));
  });
  if (open_rows.empty()) return;
  const bool all_open = open_rows.size() == call.rows.count;
  const ActiveRows rest = all_open ? call.rows : ActiveRows::of(open_rows);
  ScratchVector right_scratch(call.context, call.call.children()[1]->physical_type());
  const ColumnVector& right = evaluate_child(call, 1, rest, *right_scratch);
  constexpr Truth kOther = kDeciding == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
  vector::for_each_row(rest, [&](std::size_t row) {
    const Truth right_truth = truth_at(right, row);
    if (right_truth == kDeciding) return;
    const bool unknown = right_truth == Truth::kUnknown || truth_at(left, row) == Truth::kUnknown;
    set_truth(call, row, unknown ? Truth::kUnknown : kOther);
  });
}

void run_xor(const KernelCall& call) {
  vector::for_each_row(call.rows, [&](std::size_t row) {
    const Truth left = truth_at(*call.args[0], row);
    const Truth right = truth_at(*call.args[1], row);
    const bool unknown = left == Truth::kUnknown || right == Truth::kUnknown;
    set_truth(call, row, unknown ? Truth::kUnknown : left != right ? Truth::kTrue : Truth::kFalse);
  });
}

void run_not(const KernelCall& call) {
  vector::for_each_row(call.rows, [&](std::size_t row) {
    const Truth value = truth_at(*call.args[0], row);
    set_truth(call, row, value == Truth::kUnknown ? value : value == Truth::kTrue ? Truth::kFalse : Truth::kTrue);
  });
}

void run_is_null(const KernelCall& call) {
  std::int64_t* out = call.results<std::int64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) { out[row] = call.args[0]->is_null(row); });
}

// IS TRUE, IS FALSE: never NULL. The form that keeps NULL is the truth of a value as 0, 1 or NULL.
template <Truth kWanted>
void run_is(const KernelCall& call) {
  std::int64_t* out = call.results<std::int64_t>().data();
  vector::for_each_row(call.rows, [&](std::size_t row) { out[row] = truth_at(*call.args[0], row) == kWanted; });
}

void run_truth(const KernelCall& call) {
  vector::for_each_row(call.rows, [&](std::size_t row) { set_truth(call, row, truth_at(*call.args[0], row)); });
}

template <Kernel kKernel, bool kNeverNull>
void bind_logic(FunctionBinder& binder) {
  bool not_null = true;
  for (std::size_t index = 0; index < binder.argument_count(); ++index) {
    not_null &= binder.argument_type(index).not_null();
    binder.replace_argument(index, cast_to_truth(binder.argument(index), binder.context()));
  }
  types::FieldType type = bool_type();
  if (kNeverNull || not_null) type.set_flag(types::field_flag::kNotNull);
  binder.set_result(std::move(type));
  binder.set_kernel(kKernel);
}

void bind_is_null(FunctionBinder& binder) {
  types::FieldType type = bool_type();
  type.set_flag(types::field_flag::kNotNull);
  binder.set_result(std::move(type));
  binder.set_kernel(run_is_null);
}

constexpr FunctionDefinition kLogicFunctions[] = {
    {"and", 2, 2, kLazyArguments, bind_logic<run_connective<Truth::kFalse>, false>},
    {"or", 2, 2, kLazyArguments, bind_logic<run_connective<Truth::kTrue>, false>},
    {"xor", 2, 2, kPlainFunction, bind_logic<run_xor, false>},
    {"not", 1, 1, kPlainFunction, bind_logic<run_not, false>},
    {"isnull", 1, 1, kPlainFunction, bind_is_null},
    {"istrue", 1, 1, kPlainFunction, bind_logic<run_is<Truth::kTrue>, true>},
    {"isfalse", 1, 1, kPlainFunction, bind_logic<run_is<Truth::kFalse>, true>},
    {"istrue_with_null", 1, 1, kPlainFunction, bind_logic<run_truth, false>},
};

}  // namespace

std::span<const FunctionDefinition> logic_functions() { return kLogicFunctions; }

}  // namespace sluice::expression
