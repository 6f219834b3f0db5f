#pragma once

#include "base/stop_token.h"
#include "catalog/statistics.h"

#include <optional>
#include <vector>

namespace sluice::kv {
class Snapshot;
class Transaction;
}  // namespace sluice::kv

namespace sluice::catalog {

/// Statistics in mysql.stats_meta, stats_histograms, stats_buckets and stats_top_n.

/// Replaces what is stored for the table; takes effect with the caller's commit.
void put_statistics(kv::Transaction& transaction, const TableStatistics& statistics, StopToken stop);

/// Adds to the row and modification counts after statements changed the table; creates the row if there is none.
void add_to_counts(kv::Transaction& transaction, std::int64_t table_id, std::int64_t rows, std::int64_t modifications,
                   StopToken stop);

void erase_statistics(kv::Transaction& transaction, std::int64_t table_id, StopToken stop);

std::optional<TableStatistics> load_statistics(kv::Snapshot& snapshot, std::int64_t table_id, StopToken stop);
std::vector<TableStatistics> load_all_statistics(kv::Snapshot& snapshot, StopToken stop);

}  // namespace sluice::catalog
