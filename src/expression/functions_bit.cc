// & | ^ ~ << >> and BIT_COUNT, on unsigned 64-bit integers.
#include <bit>

#include "expression/builder.h"
#include "expression/function_families.h"
#include "expression/kernel.h"

namespace sluice::expression {

using types::PhysicalType;

namespace {

using Unsigned = std::uint64_t;

struct BitAnd {
  static Unsigned run(Unsigned a, Unsigned b) { return a & b; }
};
struct BitOr {
  static Unsigned run(Unsigned a, Unsigned b) { return a | b; }
};
struct BitXor {
  static Unsigned run(Unsigned a, Unsigned b) { return a ^ b; }
};
struct ShiftLeft {
  static Unsigned run(Unsigned a, Unsigned b) { return b < 64 ? a << b : 0; }
};
struct ShiftRight {
  static Unsigned run(Unsigned a, Unsigned b) { return b < 64 ? a >> b : 0; }
};

// Signed operands count by their bits, so both kinds are read as unsigned.
template <class Operator>
void run_binary(const KernelCall& call) {
  ValueReader<Unsigned> a(*call.args[0]);
  ValueReader<Unsigned> b(*call.args[1]);
  Unsigned* out = call.results<Unsigned>().data();
  map_rows(call, [&](std::size_t row) { out[row] = Operator::run(a[row], b[row]); });
}

void run_invert(const KernelCall& call) {
  ValueReader<Unsigned> in(*call.args[0]);
  Unsigned* out = call.results<Unsigned>().data();
  map_rows(call, [&](std::size_t row) { out[row] = ~in[row]; });
}

void run_bit_count(const KernelCall& call) {
  ValueReader<Unsigned> in(*call.args[0]);
  std::int64_t* out = call.results<std::int64_t>().data();
  map_rows(call, [&](std::size_t row) { out[row] = std::popcount(in[row]); });
}

template <Kernel kKernel>
void bind_bits(FunctionBinder& binder) {
  for (std::size_t index = 0; index < binder.argument_count(); ++index) binder.cast_to_integer(index);
  binder.set_result(uint_type());
  binder.set_kernel(kKernel);
}

void bind_bit_count(FunctionBinder& binder) {
  binder.cast_to_integer(0);
  binder.set_result(int_type(2));
  binder.set_kernel(run_bit_count);
}

constexpr FunctionDefinition kBitFunctions[] = {
    {"bitand", 2, 2, kPlainFunction, bind_bits<run_binary<BitAnd>>},
    {"bitor", 2, 2, kPlainFunction, bind_bits<run_binary<BitOr>>},
    {"bitxor", 2, 2, kPlainFunction, bind_bits<run_binary<BitXor>>},
    {"bitneg", 1, 1, kPlainFunction, bind_bits<run_invert>},
    {"leftshift", 2, 2, kPlainFunction, bind_bits<run_binary<ShiftLeft>>},
    {"rightshift", 2, 2, kPlainFunction, bind_bits<run_binary<ShiftRight>>},
    {"bit_count", 1, 1, kPlainFunction, bind_bit_count},
};

}  // namespace

std::span<const FunctionDefinition> bit_functions() { return kBitFunctions; }

}  // namespace sluice::expression
