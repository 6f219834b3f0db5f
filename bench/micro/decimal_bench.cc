// Decimal arithmetic by the width of the coefficient: 18 digits (64 bits), 36 (128 bits), 60 (multi-precision).
#include <benchmark/benchmark.h>

#include <string>

#include "types/decimal.h"

namespace sluice::types {
namespace {

Decimal of_digits(std::int64_t digits, char digit) {
  return Decimal::parse(std::string(static_cast<std::size_t>(digits) - 2, digit) + "." + std::string(2, digit));
}

template <class Operation>
void binary(benchmark::State& state, Operation operation) {
  const Decimal a = of_digits(state.range(0), '7');
  const Decimal b = of_digits(state.range(0) / 2 + 2, '3');
  DecimalStatus status;
  for (auto _ : state) benchmark::DoNotOptimize(operation(a, b, status));
}

void BM_DecimalAdd(benchmark::State& state) { binary(state, Decimal::add); }
BENCHMARK(BM_DecimalAdd)->Arg(9)->Arg(18)->Arg(36)->Arg(60);

void BM_DecimalMul(benchmark::State& state) { binary(state, Decimal::mul); }
BENCHMARK(BM_DecimalMul)->Arg(9)->Arg(18)->Arg(36);

void BM_DecimalDiv(benchmark::State& state) {
  binary(state,
         [](const Decimal& a, const Decimal& b, DecimalStatus& status) { return Decimal::div(a, b, 4, status); });
}
BENCHMARK(BM_DecimalDiv)->Arg(9)->Arg(18)->Arg(36)->Arg(60);

void BM_DecimalCompare(benchmark::State& state) {
  const Decimal a = of_digits(state.range(0), '7');
  const Decimal b = of_digits(state.range(0), '7').round(1);
  for (auto _ : state) benchmark::DoNotOptimize(Decimal::compare(a, b));
}
BENCHMARK(BM_DecimalCompare)->Arg(18)->Arg(36);

void BM_DecimalFormat(benchmark::State& state) {
  const Decimal a = of_digits(state.range(0), '7');
  char buffer[Decimal::kMaxTextBytes];
  for (auto _ : state) benchmark::DoNotOptimize(a.format(buffer));
}
BENCHMARK(BM_DecimalFormat)->Arg(18)->Arg(36);

void BM_DecimalParse(benchmark::State& state) {
  const std::string text = of_digits(state.range(0), '7').to_string();
  for (auto _ : state) benchmark::DoNotOptimize(Decimal::parse_prefix(text));
}
BENCHMARK(BM_DecimalParse)->Arg(18)->Arg(36);

void BM_DecimalFromBinary(benchmark::State& state) {
  const Decimal a = of_digits(state.range(0), '7');
  std::string bytes;
  a.append_binary(static_cast<int>(state.range(0)), 2, bytes);
  Decimal out;
  for (auto _ : state) benchmark::DoNotOptimize(Decimal::from_binary(bytes, static_cast<int>(state.range(0)), 2, out));
}
BENCHMARK(BM_DecimalFromBinary)->Arg(15)->Arg(36);

}  // namespace
}  // namespace sluice::types

BENCHMARK_MAIN();
