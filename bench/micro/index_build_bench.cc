// ADD INDEX on a table like sysbench's, without SQL: rows per second by index, and the time that a cancel takes in each phase.
// Rows: SLUICE_BENCH_ROWS (default 1,000,000). The store lies in the directory SLUICE_BENCH_PATH (default: the system's temporary one).
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/memory_tracker.h"
#include "base/sql_error.h"
#include "base/temp_dir.h"
#include "catalog/auto_id.h"
#include "catalog/bootstrap.h"
#include "catalog/schema_cache.h"
#include "catalog/schema_loader.h"
#include "catalog/system_tables.h"
#include "codec/row.h"
#include "codec/table_key.h"
#include "coordination/metadata_locks.h"
#include "ddl/service.h"
#include "kv/embedded/embedded_store.h"
#include "types/collation.h"

namespace sluice::ddl {
namespace {

using types::FieldType;
using types::TypeCode;

std::int64_t row_count() {
  const char* given = std::getenv("SLUICE_BENCH_ROWS");
  return given != nullptr ? std::atoll(given) : 1'000'000;
}

/// A server without SQL and one filled table: id bigint primary key, k int, c char(120), pad char(60).
class Bench {
 public:
  Bench() : directory_(std::getenv("SLUICE_BENCH_PATH") != nullptr ? std::getenv("SLUICE_BENCH_PATH") : "") {
    kv::EmbeddedOptions options;
    options.path = directory_.path() + "/data";
    store = kv::open_embedded_store(options);
    catalog::bootstrap(*store, StopToken());
    schemas.publish(catalog::load_schema(*store->snapshot(store->current_timestamp()), StopToken()));
    ids = std::make_unique<catalog::AutoIdAllocator>(*store);
    DdlEnvironment environment{*store, schemas, locks, *ids};
    environment.memory = &memory;
    environment.temp_path = directory_.path() + "/ddl";
    service = std::make_unique<DdlService>(environment, stop.token());
    create();
    fill();
  }
  ~Bench() {
    stop.request_stop(StopReason::kShutdown);
    service.reset();
  }

  catalog::TablePtr table() { return schemas.current()->find_table("test", "sbtest1"); }

  Job alter(Clause clause) {
    Job job;
    job.type = type_of(clause);
    job.schema_id = catalog::system_id::kTestDatabase;
    job.table_id = table()->id;
    job.schema_name = "test";
    job.table_name = "sbtest1";
    job.clauses.push_back(std::move(clause));
    job.settings.worker_count = 2;
    return job;
  }

  static AddIndexClause index_on(std::vector<std::string> columns, bool unique) {
    AddIndexClause clause;
    clause.index.name = catalog::Name("i");
    clause.index.unique = unique;
    for (const std::string& column : columns)
      clause.index.columns.push_back({catalog::Name(column), 0, catalog::kFullLength});
    return clause;
  }

  StopSource stop;
  MemoryTracker memory{"bench"};
  std::unique_ptr<kv::Store> store;
  catalog::SchemaCache schemas;
  coordination::MetadataLocks locks;
  std::unique_ptr<catalog::AutoIdAllocator> ids;
  std::unique_ptr<DdlService> service;

 private:
  void create() {
    catalog::TableInfo info;
    info.name = catalog::Name("sbtest1");
    info.pk_is_handle = true;
    info.charset = "utf8mb4";
    info.collation = "utf8mb4_bin";
    auto add = [&](const char* name, FieldType type) {
      catalog::ColumnInfo column;
      column.id = ++info.max_column_id;
      column.offset = static_cast<int>(info.columns.size());
      column.name = catalog::Name(name);
      column.type = std::move(type);
      info.columns.push_back(std::move(column));
    };
    add("id", FieldType::of(TypeCode::kLongLong, types::field_flag::kPrimaryKey | types::field_flag::kNotNull));
    add("k", FieldType::of(TypeCode::kLong));
    FieldType fixed = FieldType::varchar(120, types::utf8mb4_bin());
    fixed.code = TypeCode::kString;
    add("c", fixed);
    fixed.flen = 60;
    add("pad", fixed);
    Job job;
    job.type = JobType::kCreateTable;
    job.schema_id = catalog::system_id::kTestDatabase;
    job.schema_name = "test";
    job.table_name = "sbtest1";
    job.object = CreateTableArguments{std::move(info)};
    service->execute(std::move(job), StopToken());
  }

  void fill() {
    const std::int64_t table_id = table()->id;
    codec::RowWriter writer;
    std::string row;
    std::string key;
    std::string c(120, '0');
    const std::string pad(60, '7');
    std::uint64_t random = 88172645463325252ull;
    constexpr std::int64_t kRowsPerTransaction = 20'000;
    for (std::int64_t id = 1; id <= row_count();) {
      std::unique_ptr<kv::Transaction> transaction = store->begin({}, StopToken());
      for (std::int64_t i = 0; i < kRowsPerTransaction && id <= row_count(); ++i, ++id) {
        for (std::size_t at = 0; at < c.size(); ++at) {
          random ^= random << 13;
          random ^= random >> 7;
          random ^= random << 17;
          c[at] = static_cast<char>('0' + random % 10);
        }
        writer.add_int64(2, static_cast<std::int64_t>(random % static_cast<std::uint64_t>(row_count())));
        writer.add_bytes(3, c);
        writer.add_bytes(4, pad);
        row.clear();
        writer.finish(row);
        key.clear();
        codec::append_record_key(table_id, id, key);
        transaction->put(key, row);
      }
      transaction->commit(StopToken());
    }
  }

  TempDir directory_;
};

Bench& bench() {
  static Bench instance;
  return instance;
}

void add_and_drop(benchmark::State& state, const std::vector<std::string>& columns, bool unique) {
  Bench& server = bench();
  for (auto _ : state) {
    server.service->execute(server.alter(Bench::index_on(columns, unique)), StopToken());
    state.PauseTiming();
    server.service->execute(server.alter(DropIndexClause{catalog::Name("i")}), StopToken());
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * row_count());
}

void BM_AddIndexInt(benchmark::State& state) { add_and_drop(state, {"k"}, false); }
void BM_AddIndexChar(benchmark::State& state) { add_and_drop(state, {"c"}, false); }
void BM_AddUnique(benchmark::State& state) { add_and_drop(state, {"k", "id"}, true); }
BENCHMARK(BM_AddIndexInt)->Iterations(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_AddIndexChar)->Iterations(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_AddUnique)->Iterations(2)->Unit(benchmark::kMillisecond)->UseRealTime();

// From the cancel to the job's end, begun when the build says that it is range(0) percent done.
void BM_Cancel(benchmark::State& state) {
  Bench& server = bench();
  double longest = 0;
  double rolled_back = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const std::int64_t job_id = server.service->submit(server.alter(Bench::index_on({"c"}, false)), StopToken());
    auto status = [&] { return *server.service->find(job_id, StopToken()); };
    while (!is_terminal(status().job.state) && status().figures.percent < static_cast<double>(state.range(0)))
      clock().sleep(std::chrono::milliseconds(1), StopToken());
    state.ResumeTiming();
    const std::int64_t begin = clock().now_ns();
    bool has_finished = false;
    try {
      server.service->cancel(job_id, StopToken());
    } catch (const SqlError&) {
      has_finished = true;
    }
    while (!is_terminal(status().job.state)) clock().sleep(std::chrono::milliseconds(1), StopToken());
    if (status().job.state == JobState::kRollbackDone) ++rolled_back;
    longest = std::max(longest, static_cast<double>(clock().now_ns() - begin) / 1e6);
    state.PauseTiming();
    if (has_finished || !server.table()->indexes.empty())
      server.service->execute(server.alter(DropIndexClause{catalog::Name("i")}), StopToken());
    state.ResumeTiming();
  }
  state.counters["longest_ms"] = longest;
  state.counters["rolled_back"] = rolled_back;
}
BENCHMARK(BM_Cancel)
    ->Arg(1)
    ->Arg(30)
    ->Arg(60)
    ->Arg(70)
    ->Arg(80)
    ->Arg(90)
    ->Arg(95)
    ->Arg(98)
    ->Iterations(6)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace sluice::ddl

BENCHMARK_MAIN();
