// Rows, keys and index entries: the inner loops of scans and of ADD INDEX.
#include <benchmark/benchmark.h>

#include <string>

#include "codec/index_key.h"
#include "codec/row.h"
#include "codec/table_key.h"
#include "types/collation.h"

namespace sluice::codec {
namespace {

using types::FieldType;
using types::Value;

/// A row like sysbench's: id is the handle, k INT, c CHAR(120), pad CHAR(60).
std::string sysbench_row() {
  RowWriter writer;
  writer.add_int64(2, 499'284);
  writer.add_bytes(3, std::string(119, '7'));
  writer.add_bytes(4, std::string(59, '3'));
  std::string row;
  writer.finish(row);
  return row;
}

void BM_RowWriter(benchmark::State& state) {
  RowWriter writer;
  const std::string c(119, '7');
  const std::string pad(59, '3');
  std::string row;
  for (auto _ : state) {
    row.clear();
    writer.add_int64(2, 499'284);
    writer.add_bytes(3, c);
    writer.add_bytes(4, pad);
    writer.finish(row);
    benchmark::DoNotOptimize(row.data());
  }
}
BENCHMARK(BM_RowWriter);

void BM_RowReaderFindInt(benchmark::State& state) {
  const std::string row = sysbench_row();
  RowReader reader;
  for (auto _ : state) {
    reader.reset(row);
    std::string_view raw;
    std::int64_t value = 0;
    benchmark::DoNotOptimize(reader.find(2, raw) == RowReader::Found::kValue && decode_row_int64(raw, value));
    benchmark::DoNotOptimize(value);
  }
}
BENCHMARK(BM_RowReaderFindInt);

void BM_RecordKey(benchmark::State& state) {
  std::string key;
  std::int64_t handle = 0;
  for (auto _ : state) {
    key.clear();
    append_record_key(104, ++handle, key);
    benchmark::DoNotOptimize(key.data());
  }
}
BENCHMARK(BM_RecordKey);

/// One row to one index entry, as a backfill does it: column 2 (INT), column 3 (CHAR(120)) by collation.
void index_entry(benchmark::State& state, std::int64_t column_id, const FieldType& type) {
  const std::string row = sysbench_row();
  const IndexColumn column{type, -1};
  std::string key;
  std::int64_t handle = 0;
  for (auto _ : state) {
    key.clear();
    const RowReader reader(row);
    std::string_view raw;
    if (reader.find(column_id, raw) != RowReader::Found::kValue) state.SkipWithError("no value");
    append_index_prefix(104, 1, key);
    if (!append_index_column_from_row(column, raw, key)) state.SkipWithError("bad value");
    Handle(++handle).append_index_suffix(key);
    benchmark::DoNotOptimize(key.data());
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_IndexEntryInt(benchmark::State& state) { index_entry(state, 2, FieldType::of(types::TypeCode::kLong)); }
BENCHMARK(BM_IndexEntryInt);

void BM_IndexEntryCharBin(benchmark::State& state) {
  index_entry(state, 3, FieldType::varchar(120, types::utf8mb4_bin()));
}
BENCHMARK(BM_IndexEntryCharBin);

void BM_IndexEntryCharGeneralCi(benchmark::State& state) {
  index_entry(state, 3, FieldType::varchar(120, types::find_collation("utf8mb4_general_ci")));
}
BENCHMARK(BM_IndexEntryCharGeneralCi);

}  // namespace
}  // namespace sluice::codec

BENCHMARK_MAIN();
