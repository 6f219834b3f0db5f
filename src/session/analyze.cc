#include "session/analyze.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"
#include "catalog/table_rows.h"
#include "codec/datum.h"
#include "kv/snapshot.h"

namespace sluice::session {
namespace {

/// A row of the sample: its place in the scan and the key datum of each column (empty: NULL).
struct SampledRow {
  std::uint64_t position = 0;
  std::vector<std::string> datums;
};

/// Fixed, so that the same table gives the same plans.
constexpr std::uint64_t kSeed = 0x5EED;

/// A uniform sample of a stream of rows.
class Reservoir {
 public:
  explicit Reservoir(std::size_t capacity) : capacity_(capacity) {}

  /// The slot that the next row of the stream takes, or nullptr if it is not sampled.
  SampledRow* next_slot() {
    const std::uint64_t position = seen_++;
    SampledRow* slot = nullptr;
    if (rows_.size() < capacity_) {
      slot = &rows_.emplace_back();
    } else if (const std::uint64_t place = random_.below(seen_); place < capacity_) {
      slot = &rows_[place];
    }
    if (slot != nullptr) slot->position = position;
    return slot;
  }
  std::uint64_t seen() const noexcept { return seen_; }
  std::vector<SampledRow>& rows() noexcept { return rows_; }

 private:
  std::size_t capacity_;
  std::uint64_t seen_ = 0;
  Random random_{kSeed};
  std::vector<SampledRow> rows_;
};

/// Equal values of the sample.
struct Run {
  const std::string* value = nullptr;
  std::int64_t count = 0;
};

/// Describes the values of one column or index from its sampled values and the exact number of rows that have one.
class Describer {
 public:
  Describer(const AnalyzeOptions& options, std::int64_t value_rows) : options_(options), value_rows_(value_rows) {}

  /// `values`: sorted, no NULLs; borrowed while this runs.
  void describe(const std::vector<const std::string*>& values, catalog::ColumnStatistics& statistics) const {
    if (values.empty()) return;
    std::vector<Run> runs;
    std::size_t bytes = 0;
    for (const std::string* value : values) {
      if (runs.empty() || *runs.back().value != *value) runs.push_back({value, 0});
      ++runs.back().count;
      bytes += value->size();
    }
    statistics.average_size = static_cast<double>(bytes) / static_cast<double>(values.size());
    statistics.distinct_count = estimate_distinct(runs, values.size());
    const double scale = static_cast<double>(value_rows_) / static_cast<double>(values.size());
    const std::int64_t top_threshold = take_top_values(runs, values.size(), scale, statistics);
    fill_buckets(runs, top_threshold, scale, statistics);
  }

 private:
  std::int64_t estimate_distinct(const std::vector<Run>& runs, std::size_t sample_size) const {
    const double found = static_cast<double>(runs.size());
    const double sampled = static_cast<double>(sample_size);
    const double rows = static_cast<double>(value_rows_);
    if (sampled >= rows) return static_cast<std::int64_t>(runs.size());
    const double once =
        static_cast<double>(std::count_if(runs.begin(), runs.end(), [](const Run& run) { return run.count == 1; }));
    const double divisor = 1.0 - (1.0 - sampled / rows) * once / sampled;
    const double estimate = divisor <= 0 ? rows : found / divisor;
    return static_cast<std::int64_t>(std::clamp(estimate, found, rows));
  }

  /// Moves the values that stand out to the list of frequent ones; returns the least count of a moved run.
  std::int64_t take_top_values(const std::vector<Run>& runs, std::size_t sample_size, double scale,
                               catalog::ColumnStatistics& statistics) const {
    constexpr double kOutstanding = 1.25;
    const double average = static_cast<double>(sample_size) / static_cast<double>(runs.size());
    std::vector<std::int64_t> counts;
    for (const Run& run : runs) {
      if (run.count > 1 && static_cast<double>(run.count) > average * kOutstanding) counts.push_back(run.count);
    }
    if (counts.empty() || options_.top_count == 0) return INT64_MAX;
    std::int64_t threshold = *std::min_element(counts.begin(), counts.end());
    if (counts.size() > options_.top_count) {
      std::nth_element(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(options_.top_count), counts.end(),
                       std::greater<>());
      threshold = counts[options_.top_count] + 1;
    }
    for (const Run& run : runs) {
      if (run.count >= threshold) statistics.top_values.push_back({*run.value, scaled(run.count, scale)});
    }
    return threshold;
  }

  void fill_buckets(const std::vector<Run>& runs, std::int64_t top_threshold, double scale,
                    catalog::ColumnStatistics& statistics) const {
    std::int64_t rest = 0;
    for (const Run& run : runs) rest += run.count < top_threshold ? run.count : 0;
    if (rest == 0 || options_.bucket_count == 0) return;
    const std::int64_t depth = std::max<std::int64_t>(1, (rest + static_cast<std::int64_t>(options_.bucket_count) - 1) /
                                                             static_cast<std::int64_t>(options_.bucket_count));
    std::int64_t total = 0;
    std::int64_t in_bucket = 0;
    for (const Run& run : runs) {
      if (run.count >= top_threshold) continue;
      if (statistics.buckets.empty() || in_bucket >= depth) {
        statistics.buckets.push_back({.lower = *run.value});
        in_bucket = 0;
      }
      catalog::HistogramBucket& bucket = statistics.buckets.back();
      in_bucket += run.count;
      total += run.count;
      bucket.upper = *run.value;
      bucket.count = scaled(total, scale);
      bucket.repeats = scaled(run.count, scale);
      ++bucket.distinct;
    }
  }

  static std::int64_t scaled(std::int64_t count, double scale) {
    return std::max<std::int64_t>(1, std::llround(static_cast<double>(count) * scale));
  }

  const AnalyzeOptions& options_;
  std::int64_t value_rows_;
};

/// Pearson's correlation of the ranks of value and position; `order`: rows sorted by value.
double rank_correlation(const std::vector<const SampledRow*>& order) {
  const std::size_t size = order.size();
  if (size < 2) return 1;
  std::vector<std::size_t> by_position(size);
  std::iota(by_position.begin(), by_position.end(), std::size_t{0});
  std::sort(by_position.begin(), by_position.end(),
            [&](std::size_t a, std::size_t b) { return order[a]->position < order[b]->position; });
  double squares = 0;
  for (std::size_t rank = 0; rank < size; ++rank) {
    const double difference = static_cast<double>(by_position[rank]) - static_cast<double>(rank);
    squares += difference * difference;
  }
  const double n = static_cast<double>(size);
  return 1.0 - 6.0 * squares / (n * (n * n - 1.0));
}

}  // namespace

catalog::TableStatistics analyze_table(const catalog::TableInfo& table, kv::Snapshot& snapshot,
                                       const AnalyzeOptions& options, StopToken stop) {
  Reservoir reservoir(options.sample_rows);
  std::vector<std::int64_t> null_counts(table.columns.size());
  std::vector<bool> is_measured(table.columns.size());
  for (const catalog::ColumnInfo& column : table.columns) {
    is_measured[static_cast<std::size_t>(column.offset)] =
        column.is_public() && !column.is_virtual() && column.type.code != types::TypeCode::kJson;
  }
  catalog::scan_rows(
      snapshot, table, {},
      [&](const catalog::RowValues& row) {
        SampledRow* const slot = reservoir.next_slot();
        if (slot != nullptr) slot->datums.assign(row.size(), {});
        for (std::size_t c = 0; c < row.size() && c < is_measured.size(); ++c) {
          if (!is_measured[c]) continue;
          if (row[c].is_null()) {
            ++null_counts[c];
          } else if (slot != nullptr) {
            codec::append_key_datum(row[c], table.columns[c].type, nullptr, slot->datums[c]);
          }
        }
      },
      stop);

  catalog::TableStatistics statistics;
  statistics.table_id = table.id;
  statistics.version = snapshot.timestamp();
  statistics.row_count = static_cast<std::int64_t>(reservoir.seen());
  statistics.analyzed = true;
  const std::vector<SampledRow>& rows = reservoir.rows();
  const auto describe = [&](std::int64_t id, std::int64_t null_count, const std::vector<const SampledRow*>& order_rows,
                            const std::vector<const std::string*>& unsorted) {
    stop.poll();
    std::vector<std::size_t> order(unsorted.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return *unsorted[a] < *unsorted[b]; });
    std::vector<const std::string*> values;
    std::vector<const SampledRow*> sorted_rows;
    for (const std::size_t i : order) {
      values.push_back(unsorted[i]);
      sorted_rows.push_back(order_rows[i]);
    }
    catalog::ColumnStatistics column;
    column.id = id;
    column.null_count = null_count;
    Describer(options, statistics.row_count - null_count).describe(values, column);
    column.correlation = rank_correlation(sorted_rows);
    return column;
  };

  for (const catalog::ColumnInfo& column : table.columns) {
    const std::size_t c = static_cast<std::size_t>(column.offset);
    if (!is_measured[c]) continue;
    std::vector<const std::string*> values;
    std::vector<const SampledRow*> sampled;
    for (const SampledRow& row : rows) {
      if (row.datums[c].empty()) continue;
      values.push_back(&row.datums[c]);
      sampled.push_back(&row);
    }
    statistics.columns[column.id] = describe(column.id, null_counts[c], sampled, values);
  }
  for (const catalog::IndexInfo& index : table.indexes) {
    const bool is_whole =
        std::all_of(index.columns.begin(), index.columns.end(), [&](const catalog::IndexColumn& part) {
          return !part.is_prefix() && is_measured[static_cast<std::size_t>(part.offset)];
        });
    if (!index.is_public() || !is_whole) continue;
    std::string null_datum;
    codec::append_key_datum(types::Value(), table.columns[0].type, nullptr, null_datum);
    std::vector<std::string> keys;
    keys.reserve(rows.size());
    std::vector<const SampledRow*> sampled;
    std::int64_t null_rows = 0;
    for (const SampledRow& row : rows) {
      std::string key;
      bool is_null = true;
      for (const catalog::IndexColumn& part : index.columns) {
        const std::string& datum = row.datums[static_cast<std::size_t>(part.offset)];
        is_null &= datum.empty();
        key += datum.empty() ? null_datum : datum;
      }
      if (is_null) {
        ++null_rows;
        continue;
      }
      keys.push_back(std::move(key));
      sampled.push_back(&row);
    }
    std::vector<const std::string*> values;
    for (const std::string& key : keys) values.push_back(&key);
    const std::int64_t null_count =
        rows.empty() ? 0
                     : std::llround(static_cast<double>(null_rows) * static_cast<double>(statistics.row_count) /
                                    static_cast<double>(rows.size()));
    statistics.indexes[index.id] = describe(index.id, null_count, sampled, values);
  }
  return statistics;
}

}  // namespace sluice::session
