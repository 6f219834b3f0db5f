#include "catalog/statistics_storage.h"

#include <algorithm>

#include "base/check.h"
#include "catalog/system_tables.h"
#include "catalog/table_rows.h"
#include "kv/snapshot.h"
#include "kv/transaction.h"

namespace sluice::catalog {
namespace {

using types::Value;

constexpr std::int64_t kAnalyzed = 2;  // stats_ver of TiDB's statistics version 2

enum class Subject : std::int64_t { kColumn = 0, kIndex = 1 };

// Rows of one statistics table that begin with the table's id; removed by primary key.
void erase_rows_of(kv::Transaction& transaction, const TableInfo& table, std::size_t key_columns, std::int64_t table_id,
                   StopToken stop) {
  std::vector<RowValues> keys;
  const Value prefix[] = {Value(table_id)};
  scan_rows(
      transaction, table, prefix,
      [&](const RowValues& row) {
        keys.emplace_back(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(key_columns));
      },
      stop);
  for (const RowValues& key : keys) erase_row(transaction, table, key, stop);
}

void put_subject(kv::Transaction& transaction, const TableStatistics& table, const ColumnStatistics& subject,
                 Subject kind, StopToken stop) {
  const Value table_id(table.table_id);
  const Value is_index(static_cast<std::int64_t>(kind));
  const Value id(subject.id);
  put_row(transaction, system_table(system_id::kStatsHistograms),
          {table_id, is_index, id, Value(subject.distinct_count), Value(subject.null_count),
           Value(static_cast<std::int64_t>(subject.average_size * static_cast<double>(table.row_count))),
           Value(table.version), Value(kAnalyzed), Value(subject.correlation), Value(subject.average_size)},
          stop);
  std::int64_t ordinal = 0;
  for (const HistogramBucket& bucket : subject.buckets) {
    put_row(transaction, system_table(system_id::kStatsBuckets),
            {table_id, is_index, id, Value(ordinal++), Value(bucket.count), Value(bucket.repeats), Value(bucket.upper),
             Value(bucket.lower), Value(bucket.distinct)},
            stop);
  }
  ordinal = 0;
  for (const FrequentValue& frequent : subject.top_values) {
    put_row(transaction, system_table(system_id::kStatsTopN),
            {table_id, is_index, id, Value(ordinal++), Value(frequent.value),
             Value(static_cast<std::uint64_t>(frequent.count))},
            stop);
  }
}

void erase_details(kv::Transaction& transaction, std::int64_t table_id, StopToken stop) {
  erase_rows_of(transaction, system_table(system_id::kStatsHistograms), 3, table_id, stop);
  erase_rows_of(transaction, system_table(system_id::kStatsBuckets), 4, table_id, stop);
  erase_rows_of(transaction, system_table(system_id::kStatsTopN), 4, table_id, stop);
}

RowValues meta_row(std::int64_t table_id, std::uint64_t version, std::int64_t modifications, std::int64_t rows) {
  return {Value(table_id), Value(version), Value(modifications),
          Value(static_cast<std::uint64_t>(std::max<std::int64_t>(rows, 0))), Value(std::uint64_t{0})};
}

TableStatistics from_meta_row(const RowValues& row) {
  TableStatistics statistics;
  statistics.table_id = row[0].as_int64();
  statistics.version = row[1].as_uint64();
  statistics.modify_count = row[2].as_int64();
  statistics.row_count = static_cast<std::int64_t>(row[3].as_uint64());
  return statistics;
}

ColumnStatistics* subject_of(TableStatistics& statistics, const RowValues& row) {
  auto& subjects =
      row[1].as_int64() == static_cast<std::int64_t>(Subject::kIndex) ? statistics.indexes : statistics.columns;
  auto found = subjects.find(row[2].as_int64());
  return found == subjects.end() ? nullptr : &found->second;
}

void load_details(kv::Snapshot& snapshot, TableStatistics& statistics, StopToken stop) {
  const Value prefix[] = {Value(statistics.table_id)};
  scan_rows(
      snapshot, system_table(system_id::kStatsHistograms), prefix,
      [&](const RowValues& row) {
        ColumnStatistics subject;
        subject.id = row[2].as_int64();
        subject.distinct_count = row[3].as_int64();
        subject.null_count = row[4].as_int64();
        subject.correlation = row[8].as_double();
        subject.average_size = row[9].as_double();
        auto& subjects =
            row[1].as_int64() == static_cast<std::int64_t>(Subject::kIndex) ? statistics.indexes : statistics.columns;
        subjects[subject.id] = std::move(subject);
        statistics.analyzed = true;
      },
      stop);
  scan_rows(
      snapshot, system_table(system_id::kStatsBuckets), prefix,
      [&](const RowValues& row) {
        ColumnStatistics* subject = subject_of(statistics, row);
        if (subject == nullptr) return;
        subject->buckets.push_back({row[7].is_null() ? std::string() : row[7].as_string(), row[6].as_string(),
                                    row[4].as_int64(), row[5].as_int64(), row[8].as_int64()});
      },
      stop);
  scan_rows(
      snapshot, system_table(system_id::kStatsTopN), prefix,
      [&](const RowValues& row) {
        ColumnStatistics* subject = subject_of(statistics, row);
        if (subject == nullptr) return;
        subject->top_values.push_back(
            {row[4].is_null() ? std::string() : row[4].as_string(), static_cast<std::int64_t>(row[5].as_uint64())});
      },
      stop);
}

}  // namespace

void put_statistics(kv::Transaction& transaction, const TableStatistics& statistics, StopToken stop) {
  erase_details(transaction, statistics.table_id, stop);
  put_row(transaction, system_table(system_id::kStatsMeta),
          meta_row(statistics.table_id, statistics.version, statistics.modify_count, statistics.row_count), stop);
  for (const auto& [id, column] : statistics.columns)
    put_subject(transaction, statistics, column, Subject::kColumn, stop);
  for (const auto& [id, index] : statistics.indexes) put_subject(transaction, statistics, index, Subject::kIndex, stop);
}

void add_to_counts(kv::Transaction& transaction, std::int64_t table_id, std::int64_t rows, std::int64_t modifications,
                   StopToken stop) {
  const TableInfo& table = system_table(system_id::kStatsMeta);
  const Value key[] = {Value(table_id)};
  std::optional<RowValues> row = find_row(transaction, table, key, RowLock::kExclusive, stop);
  TableStatistics current;
  if (row.has_value()) current = from_meta_row(*row);
  put_row(transaction, table,
          meta_row(table_id, transaction.start_ts(), current.modify_count + modifications, current.row_count + rows),
          stop);
}

void erase_statistics(kv::Transaction& transaction, std::int64_t table_id, StopToken stop) {
  erase_details(transaction, table_id, stop);
  const Value key[] = {Value(table_id)};
  erase_row(transaction, system_table(system_id::kStatsMeta), key, stop);
}

std::optional<TableStatistics> load_statistics(kv::Snapshot& snapshot, std::int64_t table_id, StopToken stop) {
  std::optional<TableStatistics> statistics;
  const Value prefix[] = {Value(table_id)};
  scan_rows(
      snapshot, system_table(system_id::kStatsMeta), prefix,
      [&](const RowValues& row) { statistics = from_meta_row(row); }, stop);
  if (statistics.has_value()) load_details(snapshot, *statistics, stop);
  return statistics;
}

std::vector<TableStatistics> load_all_statistics(kv::Snapshot& snapshot, StopToken stop) {
  std::vector<TableStatistics> all;
  scan_rows(
      snapshot, system_table(system_id::kStatsMeta), {},
      [&](const RowValues& row) { all.push_back(from_meta_row(row)); }, stop);
  for (TableStatistics& statistics : all) load_details(snapshot, statistics, stop);
  return all;
}

}  // namespace sluice::catalog
