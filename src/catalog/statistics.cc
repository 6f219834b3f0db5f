#include "catalog/statistics.h"

namespace sluice::catalog {

StatisticsPtr StatisticsCache::find(std::int64_t table_id) const {
  MutexLock lock(mutex_);
  auto found = tables_.find(table_id);
  return found == tables_.end() ? nullptr : found->second;
}

void StatisticsCache::publish(TableStatistics statistics) {
  auto shared = std::make_shared<const TableStatistics>(std::move(statistics));
  MutexLock lock(mutex_);
  tables_[shared->table_id] = shared;
}

void StatisticsCache::remove(std::int64_t table_id) {
  MutexLock lock(mutex_);
  tables_.erase(table_id);
}

std::vector<StatisticsPtr> StatisticsCache::all() const {
  MutexLock lock(mutex_);
  std::vector<StatisticsPtr> result;
  result.reserve(tables_.size());
  for (const auto& [id, statistics] : tables_) result.push_back(statistics);
  return result;
}

}  // namespace sluice::catalog
