#pragma once

#include "base/mutex.h"
#include "base/thread_annotations.h"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::catalog {

/// One bucket of an equal-depth histogram. Bounds are memcomparable key datums (codec/datum.h), so that buckets of
/// columns and of indexes with several columns compare alike, by memcmp.
struct HistogramBucket {
  std::string lower;          // smallest value, inclusive
  std::string upper;          // largest value, inclusive
  std::int64_t count = 0;     // rows in this and all earlier buckets
  std::int64_t repeats = 0;   // rows equal to `upper`
  std::int64_t distinct = 0;  // distinct values in this bucket
};

/// A value too frequent to be described by a bucket; rows of these are not in the histogram.
struct FrequentValue {
  std::string value;  // as HistogramBucket bounds
  std::int64_t count = 0;
};

/// What ANALYZE knows about the values of a column, or of the key columns of an index together.
struct ColumnStatistics {
  std::int64_t id = 0;  // column or index id
  std::int64_t distinct_count = 0;
  std::int64_t null_count = 0;
  double average_size = 0;  // bytes of a value as stored
  double correlation = 0;   // between value order and handle order, -1 to 1
  std::vector<HistogramBucket> buckets;
  std::vector<FrequentValue> top_values;  // sorted by value
};

/// The statistics of one table. Immutable once published.
struct TableStatistics {
  std::int64_t table_id = 0;
  std::uint64_t version = 0;  // timestamp of the ANALYZE or of the last count update
  std::int64_t row_count = 0;
  std::int64_t modify_count = 0;  // rows changed since ANALYZE
  bool analyzed = false;          // false: only row_count is meaningful
  std::unordered_map<std::int64_t, ColumnStatistics> columns;
  std::unordered_map<std::int64_t, ColumnStatistics> indexes;
};

using StatisticsPtr = std::shared_ptr<const TableStatistics>;

/// The statistics that this node uses for planning. Thread-safe.
class StatisticsCache {
 public:
  /// Null if nothing is known about the table.
  StatisticsPtr find(std::int64_t table_id) const;
  void publish(TableStatistics statistics);
  void remove(std::int64_t table_id);
  std::vector<StatisticsPtr> all() const;

 private:
  mutable Mutex mutex_;
  std::unordered_map<std::int64_t, StatisticsPtr> tables_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::catalog
