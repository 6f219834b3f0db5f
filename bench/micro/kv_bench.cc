// Micro-benchmarks of the embedded engine: cached point reads, scans, small commits, index builds by ingest.
// Run: build/release/bench/kv_bench [--benchmark_filter=...]. The budgets to compare with are in docs/decisions/embedded-mvcc.md.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/stop_token.h"
#include "base/temp_dir.h"
#include "kv/embedded/embedded_store.h"

namespace sluice::kv {
namespace {

constexpr std::uint64_t kRows = 1'000'000;
constexpr std::size_t kRowBytes = 200;

/// As a record key: a prefix and an ordered 64-bit handle.
std::string row_key(std::uint64_t handle) {
  std::string key("t\x80\0\0\0\0\0\0\x64_r", 11);
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(handle >> shift));
  return key;
}

EmbeddedOptions options_at(const std::string& path) {
  EmbeddedOptions options;
  options.path = path;
  options.durability = Durability::kWriteOnly;
  return options;
}

/// A store with kRows rows, compacted into files by ingest as a loaded table is. Shared by the read benchmarks.
class LoadedStore {
 public:
  LoadedStore() : store_(open_embedded_store(options_at(dir_.path() + "/store"))) {
    const std::string path = dir_.new_path("load");
    const auto writer = store_->new_sst_writer(path, store_->current_timestamp());
    const std::string value(kRowBytes, 'v');
    for (std::uint64_t row = 0; row < kRows; ++row) writer->add(row_key(row), value, StopToken());
    const std::vector<std::string> paths{writer->finish(StopToken()).path};
    store_->ingest(paths, StopToken());
  }
  Store& store() { return *store_; }

 private:
  TempDir dir_;
  std::unique_ptr<Store> store_;
};

Store& loaded_store() {
  static LoadedStore loaded;
  return loaded.store();
}

void point_get(benchmark::State& state) {
  Store& store = loaded_store();
  Random random(static_cast<std::uint64_t>(state.thread_index()) + 1);
  std::string value;
  for (auto _ : state) {
    const auto snapshot = store.snapshot(store.current_timestamp());
    if (!snapshot->get(row_key(random.below(kRows)), value, StopToken())) state.SkipWithError("row is missing");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(point_get)->Threads(1)->Threads(2)->UseRealTime();

void point_get_absent(benchmark::State& state) {
  Store& store = loaded_store();
  Random random(1);
  std::string value;
  for (auto _ : state) {
    const auto snapshot = store.snapshot(store.current_timestamp());
    if (snapshot->get(row_key(random.below(kRows)) + "x", value, StopToken())) state.SkipWithError("row is there");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(point_get_absent);

void scan(benchmark::State& state) {
  Store& store = loaded_store();
  for (auto _ : state) {
    const auto snapshot = store.snapshot(store.current_timestamp());
    const auto cursor = snapshot->cursor({}, {});
    std::uint64_t rows = 0;
    for (auto batch = cursor->next_batch(StopToken()); !batch.empty(); batch = cursor->next_batch(StopToken()))
      rows += batch.size();
    if (rows != kRows) state.SkipWithError("rows are missing");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
}
BENCHMARK(scan)->Unit(benchmark::kMillisecond);

void scan_backward(benchmark::State& state) {
  Store& store = loaded_store();
  CursorOptions options;
  options.direction = Direction::kBackward;
  for (auto _ : state) {
    const auto snapshot = store.snapshot(store.current_timestamp());
    const auto cursor = snapshot->cursor({}, options);
    while (!cursor->next_batch(StopToken()).empty()) {
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
}
BENCHMARK(scan_backward)->Unit(benchmark::kMillisecond);

void range_of_100(benchmark::State& state) {
  Store& store = loaded_store();
  Random random(1);
  for (auto _ : state) {
    const std::uint64_t first = random.below(kRows - 100);
    const auto snapshot = store.snapshot(store.current_timestamp());
    const auto cursor = snapshot->cursor({row_key(first), row_key(first + 100)}, {});
    std::size_t rows = 0;
    for (auto batch = cursor->next_batch(StopToken()); !batch.empty(); batch = cursor->next_batch(StopToken()))
      rows += batch.size();
    if (rows != 100) state.SkipWithError("rows are missing");
  }
}
BENCHMARK(range_of_100);

/// Commits of two rows each, of 200 bytes, under pessimistic locks. Argument: durability.
void small_commit(benchmark::State& state) {
  static std::unique_ptr<TempDir> dir;
  static std::unique_ptr<Store> store;
  if (state.thread_index() == 0) {
    dir = std::make_unique<TempDir>();
    EmbeddedOptions options = options_at(dir->path() + "/store");
    options.durability = static_cast<Durability>(state.range(0));
    store = open_embedded_store(options);
  }
  Random random(static_cast<std::uint64_t>(state.thread_index()) + 1);
  const std::string value(kRowBytes, 'v');
  for (auto _ : state) {
    const auto transaction = store->begin({}, StopToken());
    const std::string row = row_key(random.below(kRows));
    const std::vector<std::string> keys{row};
    transaction->lock_keys(keys, {}, StopToken());
    transaction->put(row, value);
    transaction->put(row_key(kRows + random.below(kRows)), "");
    transaction->commit(StopToken());
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    store.reset();
    dir.reset();
  }
}
BENCHMARK(small_commit)->Arg(0)->Arg(1)->Arg(2)->Threads(1)->Threads(8)->Threads(32)->UseRealTime();

/// The storage side of UPDATE … WHERE id = ?: lock the row, read its newest version, write it, commit.
void update_row(benchmark::State& state) {
  Store& store = loaded_store();
  Random random(static_cast<std::uint64_t>(state.thread_index()) + 1);
  const std::string value(kRowBytes, 'w');
  LockReport report;
  LockOptions options;
  options.return_values = true;
  for (auto _ : state) {
    const auto transaction = store.begin({}, StopToken());
    const std::vector<std::string> keys{row_key(random.below(kRows))};
    transaction->lock_keys(keys, options, &report, StopToken());
    if (!report.values[0].has_value()) state.SkipWithError("row is missing");
    transaction->put(keys[0], value);
    transaction->commit(StopToken());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(update_row)->Threads(1)->Threads(8)->UseRealTime();

/// One pass: scan a column out of every row, as sorted index entries into an SST file, ingest.
void ingest_build(benchmark::State& state) {
  const std::string value(1, '0');
  for (auto _ : state) {
    state.PauseTiming();
    auto dir = std::make_unique<TempDir>();
    auto store = open_embedded_store(options_at(dir->path() + "/store"));
    state.ResumeTiming();
    const std::string path = dir->new_path("index");
    const auto writer = store->new_sst_writer(path, store->current_timestamp());
    for (std::uint64_t row = 0; row < kRows; ++row) writer->add(row_key(row), value, StopToken());
    const std::vector<std::string> paths{writer->finish(StopToken()).path};
    store->ingest(paths, StopToken());
    state.PauseTiming();
    store.reset();
    dir.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
}
BENCHMARK(ingest_build)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::kv

BENCHMARK_MAIN();
