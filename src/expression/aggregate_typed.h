#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

#include "expression/aggregate.h"
#include "expression/eval_context.h"

namespace sluice::expression {

using AggregateArguments = std::span<const vector::ColumnVector* const>;

/// Appends / takes back plain words of a serialised state.
template <class T>
void append_plain(const T& value, std::string& out) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}
template <class T>
T take_plain(std::string_view& bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return value;
}
inline void append_text(std::string_view text, std::string& out) {
  append_plain(static_cast<std::uint64_t>(text.size()), out);
  out += text;
}
inline std::string_view take_text(std::string_view& bytes) {
  const auto size = static_cast<std::size_t>(take_plain<std::uint64_t>(bytes));
  const std::string_view text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return text;
}

/// An aggregate whose state is a C++ object State. Derived gives
///   a Reader, made once per chunk from the arguments;
///   void add(EvalContext&, State&, const Reader&, std::size_t row) const;
///   void merge_states(EvalContext&, State& into, const State& from) const;
///   void append_result(EvalContext&, const State&, vector::ColumnVector& out) const;
///   void save(const State&, std::string&) const and State load(std::string_view&) const, unless State is trivially copyable;
///   std::int64_t bytes_of(const State&) const, if the state owns memory.
/// No call per row is virtual.
template <class Derived, class State>
class TypedAggregate : public AggregateFunction {
 public:
  static_assert(alignof(State) <= 16);

  TypedAggregate() : AggregateFunction(sizeof(State), !std::is_trivially_destructible_v<State>) {}

  void initialize(std::byte* state) const override { std::construct_at(reinterpret_cast<State*>(state)); }

  void update(EvalContext& context, AggregateArguments args, vector::ActiveRows rows,
              std::byte* const* states) const override {
    const typename Derived::Reader reader(args);
    for (std::size_t position = 0; position < rows.count; ++position) {
      derived().add(context, at(states[position]), reader, rows[position]);
    }
  }

  void update_single(EvalContext& context, AggregateArguments args, vector::ActiveRows rows,
                     std::byte* state) const override {
    const typename Derived::Reader reader(args);
    State& target = at(state);
    vector::for_each_row(rows, [&](std::size_t row) { derived().add(context, target, reader, row); });
  }

  void merge(EvalContext& context, std::byte* into, const std::byte* from) const override {
    derived().merge_states(context, at(into), at(from));
  }

  void finalize(EvalContext& context, const std::byte* state, vector::ColumnVector& out) const override {
    derived().append_result(context, at(state), out);
  }

  void serialize(const std::byte* state, std::string& out) const override {
    if constexpr (std::is_trivially_copyable_v<State>) {
      append_plain(at(state), out);
    } else {
      derived().save(at(state), out);
    }
  }

  void merge_serialized(EvalContext& context, std::byte* into, std::string_view& bytes) const override {
    if constexpr (std::is_trivially_copyable_v<State>) {
      derived().merge_states(context, at(into), take_plain<State>(bytes));
    } else {
      derived().merge_states(context, at(into), derived().load(bytes));
    }
  }

  void destroy(std::byte* state) const noexcept override { std::destroy_at(&at(state)); }

  std::int64_t owned_bytes(const std::byte* state) const noexcept override {
    if constexpr (std::is_trivially_destructible_v<State>) {
      return 0;
    } else {
      return derived().bytes_of(at(state));
    }
  }

 protected:
  static State& at(std::byte* state) noexcept { return *reinterpret_cast<State*>(state); }
  static const State& at(const std::byte* state) noexcept { return *reinterpret_cast<const State*>(state); }

 private:
  const Derived& derived() const noexcept { return static_cast<const Derived&>(*this); }
};

/// The Reader of aggregates of one argument.
template <class T>
struct SingleReader {
  const vector::ColumnVector* column;
  const T* values;
  std::size_t mask;
  explicit SingleReader(AggregateArguments args)
      : column(args[0]), values(column->values<T>().data()), mask(column->index_mask()) {}
  bool is_null(std::size_t row) const { return column->is_null(row); }
  const T& operator[](std::size_t row) const { return values[row & mask]; }
};

using AggregatePtr = std::unique_ptr<const AggregateFunction>;

// Makers, one per file aggregate_*.cc; `descriptor` has its arguments cast. They ignore `distinct`.
AggregatePtr make_count(const AggregateDescriptor& descriptor);
AggregatePtr make_sum(const AggregateDescriptor& descriptor);
AggregatePtr make_average(const AggregateDescriptor& descriptor, int div_precision_increment);
AggregatePtr make_extreme(const AggregateDescriptor& descriptor);  // min, max, any_value, firstrow
AggregatePtr make_bits(const AggregateDescriptor& descriptor);     // bit_and, bit_or, bit_xor
AggregatePtr make_variance(const AggregateDescriptor& descriptor);
AggregatePtr make_group_concat(const AggregateDescriptor& descriptor);
AggregatePtr make_json_aggregate(const AggregateDescriptor& descriptor);
AggregatePtr make_approximate_count(const AggregateDescriptor& descriptor);
/// Feeds `inner` with the distinct rows of the arguments only.
AggregatePtr make_distinct(const AggregateDescriptor& descriptor, AggregatePtr inner);
/// Reads serialised states of `inner` instead of rows (AggregateMode::kFinal) ...
AggregatePtr make_final(AggregatePtr inner);
/// ... and writes them instead of results (AggregateMode::kPartial).
AggregatePtr make_partial(AggregatePtr inner);

}  // namespace sluice::expression
