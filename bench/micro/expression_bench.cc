// Filters, arithmetic, aggregation, join and sort on vectors: rows per second of one thread.
#include <benchmark/benchmark.h>

#include <random>

#include "base/stop_token.h"
#include "base/temp_dir.h"
#include "expression/aggregate.h"
#include "expression/builder.h"
#include "expression/eval_context.h"
#include "expression/expression_text.h"
#include "types/collation.h"
#include "vector/group_table.h"
#include "vector/join_table.h"
#include "vector/sorter.h"

namespace sluice {
namespace {

using expression::ExpressionPtr;
using types::PhysicalType;
using vector::ActiveRows;
using vector::Chunk;
using vector::ColumnVector;

constexpr std::size_t kRows = vector::kRowsPerChunk;

// Columns: i, j (bigint), d (double), m (decimal), s (varchar, 24 bytes).
class Data {
 public:
  explicit Data(std::uint64_t distinct, bool with_nulls = false) {
    std::mt19937_64 random(42);
    chunk = Chunk(std::vector<PhysicalType>{PhysicalType::kInt64, PhysicalType::kInt64, PhysicalType::kDouble,
                                            PhysicalType::kDecimal, PhysicalType::kString});
    for (std::size_t row = 0; row < kRows; ++row) {
      const auto number = static_cast<std::int64_t>(random() % distinct);
      if (with_nulls && row % 10 == 0) {
        chunk.columns[0].append_null();
      } else {
        chunk.columns[0].append(number);
      }
      chunk.columns[1].append(static_cast<std::int64_t>(random() % 1000));
      chunk.columns[2].append(static_cast<double>(number) / 3);
      chunk.columns[3].append(types::Decimal::from_scaled(number * 7, 2));
      chunk.columns[4].append_string("customer number " + std::to_string(10000000 + number));
    }
    chunk.row_count = kRows;
    const types::FieldType field_types[] = {expression::int_type(), expression::int_type(), expression::double_type(),
                                            expression::decimal_type(15, 2),
                                            expression::varchar_type(30, types::default_collation())};
    const char* names[] = {"i", "j", "d", "m", "s"};
    for (int position = 0; position < 5; ++position) {
      columns[names[position]] =
          std::make_shared<expression::ColumnRef>(position, position, field_types[position], names[position]);
    }
    build.evaluation = &context;
    context.stop = source.token();
  }

  ExpressionPtr parse(const char* text) {
    return expression::testing_support::ExpressionText(text, build, &columns).parse();
  }
  std::vector<const ColumnVector*> pointers(std::initializer_list<std::size_t> positions) const {
    std::vector<const ColumnVector*> result;
    for (std::size_t position : positions) result.push_back(&chunk.columns[position]);
    return result;
  }

  StopSource source;
  expression::EvalContext context;
  expression::BuildContext build;
  Chunk chunk;
  std::unordered_map<std::string, ExpressionPtr> columns;
};

void evaluate(benchmark::State& state, const char* text, bool with_nulls) {
  Data data(1000, with_nulls);
  const ExpressionPtr expression = data.parse(text);
  ColumnVector out(expression->physical_type());
  for (auto _ : state) {
    expression->evaluate(data.context, data.chunk, out);
    benchmark::DoNotOptimize(out.values<std::byte>().data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows));
}
BENCHMARK_CAPTURE(evaluate, add_int, "plus(i, j)", false);
BENCHMARK_CAPTURE(evaluate, add_int_nulls, "plus(i, j)", true);
BENCHMARK_CAPTURE(evaluate, add_int_constant, "plus(i, 1)", false);
BENCHMARK_CAPTURE(evaluate, mul_double, "mul(d, d)", false);
BENCHMARK_CAPTURE(evaluate, add_decimal, "plus(m, m)", false);
BENCHMARK_CAPTURE(evaluate, mul_decimal, "mul(m, m)", false);
BENCHMARK_CAPTURE(evaluate, less_int, "lt(i, 500)", false);
BENCHMARK_CAPTURE(evaluate, equal_string, "eq(s, 'customer number 10000500')", false);
BENCHMARK_CAPTURE(evaluate, like_prefix, "like(s, 'customer%')", false);
BENCHMARK_CAPTURE(evaluate, in_list, "in(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)", false);
BENCHMARK_CAPTURE(evaluate, case_when, "case(lt(i, 300), i, lt(i, 600), j, 0)", false);

void filter(benchmark::State& state, const char* first, const char* second) {
  Data data(1000);
  const std::vector<ExpressionPtr> conjuncts{data.parse(first), data.parse(second)};
  for (auto _ : state) {
    data.chunk.drop_selection();
    expression::filter(conjuncts, data.context, data.chunk);
    benchmark::DoNotOptimize(data.chunk.active_count());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows));
}
BENCHMARK_CAPTURE(filter, two_integers, "lt(i, 500)", "gt(j, 100)");
BENCHMARK_CAPTURE(filter, integer_then_string, "lt(i, 100)", "like(s, '%5')");

void group(benchmark::State& state, std::size_t key) {
  Data data(static_cast<std::uint64_t>(state.range(0)));
  const vector::KeyColumn key_column{data.chunk.columns[key].type(), types::default_collation(), true};
  vector::GroupTable table({key_column}, 16, nullptr);
  std::vector<std::byte*> states(kRows);
  std::vector<std::byte*> fresh;
  const auto keys = data.pointers({key});
  const auto count = data.parse("i");
  auto descriptor = expression::make_aggregate("count", {count}, false, data.build);
  const auto function = expression::AggregateFunction::create(descriptor, data.build);
  const auto args = data.pointers({0});
  for (auto _ : state) {
    table.find_or_insert(keys, ActiveRows::all(kRows), states, fresh, data.source.token());
    function->update(data.context, args, ActiveRows::all(kRows), states.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows));
}
BENCHMARK_CAPTURE(group, by_int, 0)->Arg(10)->Arg(100000);
BENCHMARK_CAPTURE(group, by_string, 4)->Arg(10)->Arg(100000);

void aggregate(benchmark::State& state, const char* name, const char* argument) {
  Data data(1000);
  auto descriptor = expression::make_aggregate(name, {data.parse(argument)}, false, data.build);
  const auto function = expression::AggregateFunction::create(descriptor, data.build);
  auto bytes = std::make_unique<std::byte[]>(function->state_bytes());
  function->initialize(bytes.get());
  const ColumnVector& column = data.chunk.columns[static_cast<std::size_t>(
      static_cast<const expression::ColumnRef&>(*data.columns[argument]).position())];
  const ColumnVector* args[] = {&column};
  for (auto _ : state) {
    function->update_single(data.context, args, ActiveRows::all(kRows), bytes.get());
    benchmark::DoNotOptimize(bytes.get());
  }
  function->destroy(bytes.get());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows));
}
BENCHMARK_CAPTURE(aggregate, count, "count", "i");
BENCHMARK_CAPTURE(aggregate, sum_int, "sum", "i");
BENCHMARK_CAPTURE(aggregate, sum_double, "sum", "d");
BENCHMARK_CAPTURE(aggregate, sum_decimal, "sum", "m");
BENCHMARK_CAPTURE(aggregate, min_int, "min", "i");
BENCHMARK_CAPTURE(aggregate, max_string, "max", "s");

void join_build(benchmark::State& state) {
  Data data(1u << 30);
  for (auto _ : state) {
    vector::JoinTable table({PhysicalType::kInt64, PhysicalType::kInt64, PhysicalType::kDouble, PhysicalType::kDecimal,
                             PhysicalType::kString},
                            {0}, {{PhysicalType::kInt64, nullptr, false}}, nullptr);
    for (int round = 0; round < 64; ++round) table.append(data.chunk);
    table.finish(data.source.token());
    benchmark::DoNotOptimize(table.row_count());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows * 64));
}
BENCHMARK(join_build);

void join_probe(benchmark::State& state) {
  Data data(static_cast<std::uint64_t>(state.range(0)));
  vector::JoinTable table({PhysicalType::kInt64}, {0}, {{PhysicalType::kInt64, nullptr, false}}, nullptr);
  for (std::int64_t begin = 0; begin < 100000; begin += 1000) {
    Chunk build(std::vector<PhysicalType>{PhysicalType::kInt64});
    for (std::int64_t row = begin; row < begin + 1000; ++row) build.columns[0].append(row);
    build.row_count = 1000;
    table.append(build);
  }
  table.finish(data.source.token());
  vector::JoinProbe probe(table);
  const auto keys = data.pointers({0});
  std::vector<std::uint16_t> rows;
  std::vector<const std::byte*> stored;
  for (auto _ : state) {
    probe.begin(keys, ActiveRows::all(kRows));
    while (probe.next(kRows, rows, stored)) benchmark::DoNotOptimize(rows.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows));
}
BENCHMARK(join_probe)->Arg(100000)->Arg(100000000);

void sort(benchmark::State& state, std::size_t key) {
  std::mt19937_64 random(7);
  StopSource source;
  std::vector<Chunk> chunks;
  for (int round = 0; round < 200; ++round) {
    Chunk chunk(std::vector<PhysicalType>{PhysicalType::kInt64, PhysicalType::kString});
    for (std::size_t row = 0; row < kRows; ++row) {
      const auto number = static_cast<std::int64_t>(random() % 1000000000);
      chunk.columns[0].append(number);
      chunk.columns[1].append_string("customer number " + std::to_string(number));
    }
    chunk.row_count = kRows;
    chunks.push_back(std::move(chunk));
  }
  for (auto _ : state) {
    vector::Sorter sorter({PhysicalType::kInt64, PhysicalType::kString},
                          {{chunks[0].columns[key].type(), types::default_collation(), false}}, nullptr, {});
    for (const Chunk& chunk : chunks) {
      const ColumnVector* keys[] = {&chunk.columns[key]};
      sorter.append(chunk, keys, source.token());
    }
    sorter.finish(source.token());
    Chunk out;
    while (sorter.next(out, source.token())) benchmark::DoNotOptimize(out.row_count);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows * 200));
}
BENCHMARK_CAPTURE(sort, by_int, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(sort, by_string, 1)->Unit(benchmark::kMillisecond);

void spill(benchmark::State& state) {
  Data data(1u << 30);
  TempDir directory;
  for (auto _ : state) {
    vector::SpillFile file({&directory, nullptr}, {PhysicalType::kInt64, PhysicalType::kInt64, PhysicalType::kDouble,
                                                   PhysicalType::kDecimal, PhysicalType::kString});
    for (int round = 0; round < 50; ++round) file.append(data.chunk, data.source.token());
    vector::SpillFile::Reader reader(file);
    Chunk out;
    while (reader.next(out, data.source.token())) benchmark::DoNotOptimize(out.row_count);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows * 50));
}
BENCHMARK(spill)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice

BENCHMARK_MAIN();
