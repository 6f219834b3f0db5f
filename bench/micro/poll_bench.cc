// What a poll of a stop token costs, alone and in a loop that polls as often as operators do (scenario S17: at most 1
// %).
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "base/stop_token.h"
#include "base/task_tree.h"

namespace sluice {
namespace {

void poll_alone(benchmark::State& state) {
  StopSource source;
  TaskRecord record(TaskKind::kStatement, "bench", source.token());
  const TaskAttachment attachment(record);
  const StopToken stop = source.token();
  for (auto _ : state) stop.poll();
}
BENCHMARK(poll_alone);

// Sums a column of 1,024 values per chunk, the smallest piece of work between two polls; the argument says whether to
// poll.
void sum_of_chunks(benchmark::State& state) {
  constexpr std::size_t kRowsPerChunk = 1024;
  StopSource source;
  TaskRecord record(TaskKind::kStatement, "bench", source.token());
  const TaskAttachment attachment(record);
  const StopToken stop = source.token();
  const bool polls = state.range(0) != 0;
  std::vector<std::int64_t> values(64 * kRowsPerChunk);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i * 7919 % 1009);
  for (auto _ : state) {
    std::int64_t sum = 0;
    for (std::size_t chunk = 0; chunk < values.size(); chunk += kRowsPerChunk) {
      if (polls) stop.poll();
      for (std::size_t row = 0; row < kRowsPerChunk; ++row) {
        if (values[chunk + row] > 500) sum += values[chunk + row];
      }
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(values.size()));
}
BENCHMARK(sum_of_chunks)->Arg(0)->Arg(1);

}  // namespace
}  // namespace sluice

BENCHMARK_MAIN();
