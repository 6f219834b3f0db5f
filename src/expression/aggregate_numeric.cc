// COUNT, SUM, AVG, BIT_AND / OR / XOR, STD and VARIANCE.
#include <cmath>

#include "base/sql_error.h"
#include "expression/aggregate_typed.h"
#include "types/decimal.h"

namespace sluice::expression {

using types::Decimal;
using types::DecimalStatus;
using types::PhysicalType;
using vector::ColumnVector;

namespace {

// COUNT: rows whose arguments are all not NULL.

class Count final : public TypedAggregate<Count, std::int64_t> {
 public:
  struct Reader {
    AggregateArguments args;
    bool any_nulls = false;
    explicit Reader(AggregateArguments arguments) : args(arguments) {
      for (const ColumnVector* argument : args) any_nulls |= argument->has_nulls();
    }
    bool counts(std::size_t row) const {
      if (!any_nulls) return true;
      for (const ColumnVector* argument : args) {
        if (argument->is_null(row)) return false;
      }
      return true;
    }
  };

  void add(EvalContext&, std::int64_t& state, const Reader& reader, std::size_t row) const {
    state += reader.counts(row);
  }
  void merge_states(EvalContext&, std::int64_t& into, const std::int64_t& from) const { into += from; }
  void append_result(EvalContext&, const std::int64_t& state, ColumnVector& out) const { out.append(state); }
};

// SUM and AVG of integers (exact in 128 bits), decimals and doubles.

struct IntegerSum {
  __int128 sum = 0;
  std::int64_t count = 0;
};
struct DecimalSum {
  Decimal sum;
  std::int64_t count = 0;
};
struct DoubleSum {
  double sum = 0;
  std::int64_t count = 0;
};

[[noreturn]] void throw_sum_out_of_range(std::string_view type) {
  throw SqlError(ErrorCode::kDataOutOfRange, type, "sum");
}

Decimal checked_add(const Decimal& left, const Decimal& right) {
  DecimalStatus status = DecimalStatus::kOk;
  Decimal result = Decimal::add(left, right, status);
  if (status == DecimalStatus::kOverflow) throw_sum_out_of_range("DECIMAL");
  return result;
}

// What SUM and AVG share: the running sum. kIncrement < 0 stands for SUM.
template <class State, class Input>
class SumBase : public TypedAggregate<SumBase<State, Input>, State> {
 public:
  using Reader = SingleReader<Input>;

  /// `average`: append_result() divides, with `increment` more digits.
  SumBase(bool average, int increment) : average_(average), increment_(increment) {}

  void add(EvalContext&, State& state, const Reader& reader, std::size_t row) const {
    if (reader.is_null(row)) return;
    if constexpr (std::is_same_v<State, DecimalSum>) {
      state.sum = state.count == 0 ? reader[row] : checked_add(state.sum, reader[row]);
    } else {
      state.sum += reader[row];
    }
    ++state.count;
  }

  void merge_states(EvalContext&, State& into, const State& from) const {
    if (from.count == 0) return;
    if constexpr (std::is_same_v<State, DecimalSum>) {
      into.sum = into.count == 0 ? from.sum : checked_add(into.sum, from.sum);
    } else {
      into.sum += from.sum;
    }
    into.count += from.count;
  }

  void append_result(EvalContext&, const State& state, ColumnVector& out) const {
    if (state.count == 0) {
      out.append_null();
      return;
    }
    if constexpr (std::is_same_v<State, DoubleSum>) {
      if (!std::isfinite(state.sum)) throw_sum_out_of_range("DOUBLE");
      out.append(average_ ? state.sum / static_cast<double>(state.count) : state.sum);
    } else {
      Decimal sum;
      if constexpr (std::is_same_v<State, DecimalSum>) {
        sum = state.sum;
      } else {
        sum = Decimal::from_scaled_int128(state.sum, 0);
      }
      if (average_) {
        DecimalStatus status = DecimalStatus::kOk;
        sum = Decimal::div(sum, Decimal::from_int64(state.count), increment_, status);
        sum = sum.round(sum.scale());
      }
      out.append(sum);
    }
  }

 private:
  bool average_;
  int increment_;
};

AggregatePtr make_sum_or_average(const AggregateDescriptor& descriptor, bool average, int increment) {
  switch (descriptor.args[0]->physical_type()) {
    case PhysicalType::kInt64:
      return std::make_unique<SumBase<IntegerSum, std::int64_t>>(average, increment);
    case PhysicalType::kUInt64:
      return std::make_unique<SumBase<IntegerSum, std::uint64_t>>(average, increment);
    case PhysicalType::kDecimal:
      return std::make_unique<SumBase<DecimalSum, Decimal>>(average, increment);
    default:
      return std::make_unique<SumBase<DoubleSum, double>>(average, increment);
  }
}

// BIT_AND, BIT_OR, BIT_XOR.

enum class BitOperation : std::uint8_t { kAnd, kOr, kXor };

template <BitOperation kOperation>
struct BitState {
  std::uint64_t bits = kOperation == BitOperation::kAnd ? ~std::uint64_t{0} : 0;
};

template <BitOperation kOperation>
class Bits final : public TypedAggregate<Bits<kOperation>, BitState<kOperation>> {
 public:
  using Reader = SingleReader<std::uint64_t>;
  using State = BitState<kOperation>;

  void add(EvalContext& context, State& state, const Reader& reader, std::size_t row) const {
    if (!reader.is_null(row)) merge_states(context, state, State{reader[row]});
  }
  void merge_states(EvalContext&, State& into, const State& from) const {
    if constexpr (kOperation == BitOperation::kAnd) into.bits &= from.bits;
    if constexpr (kOperation == BitOperation::kOr) into.bits |= from.bits;
    if constexpr (kOperation == BitOperation::kXor) into.bits ^= from.bits;
  }
  void append_result(EvalContext&, const State& state, ColumnVector& out) const { out.append(state.bits); }
};

// Variances, by Welford's method; states merge by Chan's formula. Source: Chan, Golub, LeVeque, "Updating Formulae and a Pairwise
// Algorithm for Computing Sample Variances", 1979.

struct Moments {
  std::int64_t count = 0;
  double mean = 0;
  double squares = 0;  // sum of squared distances from the mean
};

class Variance final : public TypedAggregate<Variance, Moments> {
 public:
  using Reader = SingleReader<double>;

  Variance(bool sample, bool root) : sample_(sample), root_(root) {}

  void add(EvalContext&, Moments& state, const Reader& reader, std::size_t row) const {
    if (reader.is_null(row)) return;
    ++state.count;
    const double distance = reader[row] - state.mean;
    state.mean += distance / static_cast<double>(state.count);
    state.squares += distance * (reader[row] - state.mean);
  }

  void merge_states(EvalContext&, Moments& into, const Moments& from) const {
    if (from.count == 0) return;
    const auto total = static_cast<double>(into.count + from.count);
    const double distance = from.mean - into.mean;
    into.squares +=
        from.squares + distance * distance * static_cast<double>(into.count) * static_cast<double>(from.count) / total;
    into.mean += distance * static_cast<double>(from.count) / total;
    into.count += from.count;
  }

  void append_result(EvalContext&, const Moments& state, ColumnVector& out) const {
    const std::int64_t degrees = state.count - (sample_ ? 1 : 0);
    if (degrees <= 0) {
      out.append_null();
      return;
    }
    const double variance = state.squares / static_cast<double>(degrees);
    out.append(root_ ? std::sqrt(variance) : variance);
  }

 private:
  bool sample_;
  bool root_;
};

}  // namespace

AggregatePtr make_count(const AggregateDescriptor&) { return std::make_unique<Count>(); }

AggregatePtr make_sum(const AggregateDescriptor& descriptor) { return make_sum_or_average(descriptor, false, 0); }

AggregatePtr make_average(const AggregateDescriptor& descriptor, int div_precision_increment) {
  return make_sum_or_average(descriptor, true, div_precision_increment);
}

AggregatePtr make_bits(const AggregateDescriptor& descriptor) {
  if (descriptor.name == "bit_and") return std::make_unique<Bits<BitOperation::kAnd>>();
  if (descriptor.name == "bit_or") return std::make_unique<Bits<BitOperation::kOr>>();
  return std::make_unique<Bits<BitOperation::kXor>>();
}

AggregatePtr make_variance(const AggregateDescriptor& descriptor) {
  const std::string& name = descriptor.name;
  const bool sample = name == "var_samp" || name == "stddev_samp";
  const bool root = name == "std" || name == "stddev" || name == "stddev_pop" || name == "stddev_samp";
  return std::make_unique<Variance>(sample, root);
}

}  // namespace sluice::expression
