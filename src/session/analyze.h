/// What ANALYZE TABLE measures.
#pragma once

#include "base/stop_token.h"
#include "catalog/statistics.h"
#include "catalog/table_info.h"

namespace sluice::kv {
class Snapshot;
}

namespace sluice::session {

struct AnalyzeOptions {
  std::size_t bucket_count = 256;
  std::size_t top_count = 100;
  std::size_t sample_rows = 40'000;
};

/// Reads all rows of `table` at the snapshot. Row and NULL counts are exact; distinct counts, histograms and frequent values come from a random
/// sample of the rows and are exact for tables that are not larger than it.
///
/// Polls per batch of rows. Throws Stopped and storage errors.
/// Algorithms: sampling without replacement of Vitter (ACM TOMS 11/1, 1985, algorithm R); distinct values by the smoothed jackknife of Haas
/// and Stokes (JASA 93, 1998, estimator Duj1).
catalog::TableStatistics analyze_table(const catalog::TableInfo& table, kv::Snapshot& snapshot,
                                       const AnalyzeOptions& options, StopToken stop);

}  // namespace sluice::session
