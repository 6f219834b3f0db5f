// IF, IFNULL, NULLIF, CASE, COALESCE: each row evaluates only the branch that it takes.
#include <cstring>

#include "expression/builder.h"
#include "expression/comparison_type.h"
#include "expression/function_families.h"
#include "expression/kernel.h"
#include "expression/truth.h"
#include "expression/type_inference.h"
#include "types/collation.h"

namespace sluice::expression {

using types::FieldType;
using vector::ActiveRows;
using vector::ColumnVector;

namespace {

template <class T>
void copy_values(ColumnVector& out, const ColumnVector& from, ActiveRows rows) {
  ValueReader<T> in(from);
  T* target = out.values<T>().data();
  vector::for_each_row(rows, [&](std::size_t row) { target[row] = in[row]; });
}

// out[row] = from[row] for `rows`.
void copy_rows(ColumnVector& out, const ColumnVector& from, ActiveRows rows) {
  switch (vector::value_width(out.type())) {
    case 8:
      copy_values<std::uint64_t>(out, from, rows);
      break;
    case sizeof(vector::StringSlot):
      copy_values<vector::StringSlot>(out, from, rows);
      out.retain_strings_of(from);
      break;
    default:
      copy_values<types::Decimal>(out, from, rows);
  }
  if (!from.has_nulls()) return;
  vector::for_each_row(rows, [&](std::size_t row) {
    if (from.is_null(row)) out.set_null(row);
  });
}

// Evaluates branch `index` for `rows` into the result.
void take_branch(const KernelCall& call, std::size_t index, ActiveRows rows) {
  if (rows.count == 0) return;
  ScratchVector scratch(call.context, call.call.children()[index]->physical_type());
  copy_rows(call.out, evaluate_child(call, index, rows, *scratch), rows);
}

void set_all_null(const KernelCall& call, ActiveRows rows) {
  vector::for_each_row(rows, [&](std::size_t row) { call.out.set_null(row); });
}

using RowList = std::vector<std::uint16_t>;

// Splits `rows` by the truth of child `index`.
void split_rows(const KernelCall& call, std::size_t index, ActiveRows rows, RowList& true_rows, RowList& other_rows) {
  ScratchVector scratch(call.context, call.call.children()[index]->physical_type());
  const ColumnVector& condition = evaluate_child(call, index, rows, *scratch);
  true_rows.clear();
  other_rows.clear();
  vector::for_each_row(rows, [&](std::size_t row) {
    RowList& list = truth_at(condition, row) == Truth::kTrue ? true_rows : other_rows;
    list.push_back(static_cast<std::uint16_t>(row));
  });
}

// case(condition, result, condition, result, ..., [else]); if(condition, then, else) is one of one condition.
void run_case(const KernelCall& call) {
  const std::size_t count = call.call.children().size();
  ActiveRows open = call.rows;
  RowList true_rows;
  RowList other_rows;
  RowList open_rows;
  std::size_t index = 0;
  for (; index + 1 < count && open.count != 0; index += 2) {
    split_rows(call, index, open, true_rows, other_rows);
    take_branch(call, index + 1, ActiveRows::of(true_rows));
    std::swap(open_rows, other_rows);
    open = ActiveRows::of(open_rows);
  }
  if (open.count == 0) return;
  if (count % 2 == 1) {
    take_branch(call, count - 1, open);
  } else {
    set_all_null(call, open);
  }
}

void run_coalesce(const KernelCall& call) {
  ActiveRows open = call.rows;
  RowList open_rows;
  for (std::size_t index = 0; index < call.call.children().size() && open.count != 0; ++index) {
    ScratchVector scratch(call.context, call.call.children()[index]->physical_type());
    const ColumnVector& value = evaluate_child(call, index, open, *scratch);
    RowList null_rows;
    RowList value_rows;
    vector::for_each_row(open, [&](std::size_t row) {
      (value.is_null(row) ? null_rows : value_rows).push_back(static_cast<std::uint16_t>(row));
    });
    copy_rows(call.out, value, ActiveRows::of(value_rows));
    open_rows = std::move(null_rows);
    open = ActiveRows::of(open_rows);
  }
  if (open.count != 0) set_all_null(call, open);
}

// nullif(comparison, value): the binder puts `a = b` before `a`.
void run_nullif(const KernelCall& call) {
  RowList equal_rows;
  RowList other_rows;
  split_rows(call, 0, call.rows, equal_rows, other_rows);
  set_all_null(call, ActiveRows::of(equal_rows));
  take_branch(call, 1, ActiveRows::of(other_rows));
}

// Casts the arguments at `indexes` to their common type and makes it the result.
void unify(FunctionBinder& binder, const std::vector<std::size_t>& indexes, bool may_be_null) {
  std::vector<FieldType> types;
  std::vector<ExpressionPtr> strings;
  for (std::size_t index : indexes) {
    types.push_back(binder.argument_type(index));
    strings.push_back(binder.argument(index));
  }
  FieldType type = merge_types(types);
  type.clear_flag(types::field_flag::kNotNull);
  types::CollationClaim claim{nullptr, types::Coercibility::kNumeric, types::Repertoire::kAscii};
  if (type.is_string() || type.code == types::TypeCode::kEnum || type.code == types::TypeCode::kSet) {
    claim = resolve_claims(strings, binder.definition().name);
    if (claim.coercibility == types::Coercibility::kIgnorable) {
      claim = {binder.context().connection_collation, types::Coercibility::kCoercible, types::Repertoire::kAscii};
    }
    if (!type.is_binary_string()) type.collation = claim.collation;
    if (claim.collation->charset->is_binary()) type.collation = claim.collation;
  }
  for (std::size_t index : indexes) binder.cast_to(index, type);
  // A literal that was converted has the value's own width; what matters is the vector's form.
  if (!may_be_null) type.set_flag(types::field_flag::kNotNull);
  binder.set_result(std::move(type));
  binder.set_claim(claim);
}

void bind_case(FunctionBinder& binder) {
  const std::size_t count = binder.argument_count();
  std::vector<std::size_t> results;
  bool may_be_null = count % 2 == 0;
  for (std::size_t index = 0; index < count; ++index) {
    const bool is_condition = index % 2 == 0 && index + 1 < count;
    if (is_condition) {
      binder.replace_argument(index, cast_to_truth(binder.argument(index), binder.context()));
    } else {
      may_be_null |= !binder.argument_type(index).not_null();
      results.push_back(index);
    }
  }
  unify(binder, results, may_be_null);
  binder.set_kernel(run_case);
}

void bind_coalesce(FunctionBinder& binder) {
  std::vector<std::size_t> all;
  bool may_be_null = true;
  for (std::size_t index = 0; index < binder.argument_count(); ++index) {
    may_be_null &= !binder.argument_type(index).not_null();
    all.push_back(index);
  }
  unify(binder, all, may_be_null);
  binder.set_kernel(run_coalesce);
}

void bind_nullif(FunctionBinder& binder) {
  const ExpressionPtr value = binder.argument(0);
  const ExpressionPtr other = binder.argument(1);
  FieldType type = value->type();
  type.clear_flag(types::field_flag::kNotNull);
  binder.arguments() = {make_function("eq", {value, other}, binder.context()), value};
  binder.set_result(type);
  types::CollationClaim claim = value->claim();
  binder.set_claim(claim);
  binder.set_kernel(run_nullif);
}

constexpr FunctionDefinition kControlFunctions[] = {
    {"if", 3, 3, kLazyArguments, bind_case},         {"case", 2, -1, kLazyArguments, bind_case},
    {"ifnull", 2, 2, kLazyArguments, bind_coalesce}, {"coalesce", 1, -1, kLazyArguments, bind_coalesce},
    {"nullif", 2, 2, kLazyArguments, bind_nullif},
};

}  // namespace

std::span<const FunctionDefinition> control_functions() { return kControlFunctions; }

}  // namespace sluice::expression
