#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "expression/eval_context.h"
#include "expression/function_registry.h"
#include "types/decimal.h"
#include "types/time.h"
#include "vector/chunk.h"

// Building blocks for kernels: vectorised evaluators of functions.
//
// Three ways to write one, from convenient to fast:
//   row_kernel<&function>     a plain function of one row's values, strict in NULL (most string, time and JSON functions);
//   map_rows(call, visit)     a loop over the rows whose arguments are not NULL;
//   KernelCall by hand        lazy functions and whole-column tricks.

namespace sluice::expression {

/// Reads values of T from a flat or constant vector.
template <class T>
class ValueReader {
 public:
  explicit ValueReader(const vector::ColumnVector& column) noexcept
      : values_(column.values<T>().data()), mask_(column.index_mask()) {}
  const T& operator[](std::size_t row) const noexcept { return values_[row & mask_]; }
  bool is_constant() const noexcept { return mask_ == 0; }
  const T* data() const noexcept { return values_; }

 private:
  const T* values_;
  std::size_t mask_;
};

/// Marks NULL in `call.out` the rows where some argument is NULL, and calls visit(row) for the other active rows.
template <class Visit>
void map_rows(const KernelCall& call, Visit&& visit) {
  vector::ColumnVector& out = call.out;
  for (const vector::ColumnVector* argument : call.args) out.merge_nulls(*argument);
  if (!out.has_nulls()) {
    vector::for_each_row(call.rows, visit);
    return;
  }
  vector::for_each_row(call.rows, [&](std::size_t row) {
    if (!out.is_null(row)) visit(row);
  });
}

/// What a row function may ask for besides its values, as its first parameter.
struct RowContext {
  const FunctionCall& call;
  EvalContext& context;
};

namespace detail {

// How a parameter of a row function is read from a vector.
template <class T>
struct ArgumentReader {
  ValueReader<T> values;
  explicit ArgumentReader(const vector::ColumnVector& column) : values(column) {}
  const T& get(std::size_t row) const { return values[row]; }
};
template <>
struct ArgumentReader<std::string_view> {
  ValueReader<vector::StringSlot> values;
  explicit ArgumentReader(const vector::ColumnVector& column) : values(column) {}
  std::string_view get(std::size_t row) const { return values[row].view(); }
};

// How a result of a row function is stored. Strings are copied into the result's heap.
template <class T>
struct ResultWriter {
  static void set(vector::ColumnVector& out, std::size_t row, const T& value) {
    reinterpret_cast<T*>(out.values<T>().data())[row] = value;
  }
};
template <>
struct ResultWriter<bool> {
  static void set(vector::ColumnVector& out, std::size_t row, bool value) {
    out.values<std::int64_t>().data()[row] = value ? 1 : 0;
  }
};
template <>
struct ResultWriter<std::string> {
  static void set(vector::ColumnVector& out, std::size_t row, const std::string& value) { out.set_string(row, value); }
};
template <>
struct ResultWriter<std::string_view> {
  static void set(vector::ColumnVector& out, std::size_t row, std::string_view value) { out.set_string(row, value); }
};
template <class T>
struct ResultWriter<std::optional<T>> {
  static void set(vector::ColumnVector& out, std::size_t row, const std::optional<T>& value) {
    if (value.has_value()) {
      ResultWriter<T>::set(out, row, *value);
    } else {
      out.set_null(row);
    }
  }
};

template <auto Function, class Result, bool kWithContext, class... Args>
struct RowKernel {
  static void run(const KernelCall& call) { run_with(call, std::index_sequence_for<Args...>{}); }

 private:
  template <std::size_t... kIndex>
  static void run_with(const KernelCall& call, std::index_sequence<kIndex...>) {
    std::tuple<ArgumentReader<std::decay_t<Args>>...> readers{
        ArgumentReader<std::decay_t<Args>>(*call.args[kIndex])...};
    map_rows(call, [&](std::size_t row) {
      if constexpr (kWithContext) {
        RowContext context{call.call, call.context};
        ResultWriter<Result>::set(call.out, row, Function(context, std::get<kIndex>(readers).get(row)...));
      } else {
        ResultWriter<Result>::set(call.out, row, Function(std::get<kIndex>(readers).get(row)...));
      }
    });
  }
};

template <auto Function, class Signature>
struct RowKernelOf;
template <auto Function, class Result, class... Args>
struct RowKernelOf<Function, Result (*)(Args...)> : RowKernel<Function, Result, false, Args...> {};
template <auto Function, class Result, class... Args>
struct RowKernelOf<Function, Result (*)(RowContext&, Args...)> : RowKernel<Function, Result, true, Args...> {};

}  // namespace detail

/// A kernel from a function of one row: Result f([RowContext&,] Args...).
///
/// Args: std::int64_t, std::uint64_t, double, const types::Decimal&, types::Time, types::Duration, std::string_view (strings, and JSON
/// in binary form), in the order of the arguments and of their physical types. Result: one of these, bool, std::string, or an optional
/// of them (nothing: NULL). A NULL argument makes the result NULL without a call. Example:
///   std::int64_t ascii(std::string_view text);      ... binder.set_kernel(row_kernel<&ascii>);
template <auto Function>
inline constexpr Kernel row_kernel = &detail::RowKernelOf<Function, decltype(Function)>::run;

/// Evaluates child `index` of a lazy call for `rows`; the result is `scratch` or a column of the chunk.
inline const vector::ColumnVector& evaluate_child(const KernelCall& call, std::size_t index, vector::ActiveRows rows,
                                                  vector::ColumnVector& scratch) {
  return call.call.children()[index]->evaluate_rows(call.context, call.chunk, rows, scratch);
}

}  // namespace sluice::expression
