#include "ddl/reclaimer.h"

#include <memory>
#include <utility>

#include "coordination/metadata_locks.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

bool can_go(const DdlEnvironment& environment, const DeleteRange& range) {
  const std::int64_t tables[] = {range.table_id};
  return environment.locks.blockers(tables, range.schema_version).empty();
}

}  // namespace

std::vector<DeleteRange> reclaim_job(DdlEnvironment& environment, std::int64_t job_id, StopToken stop) {
  std::vector<DeleteRange> gone;
  for (DeleteRange& range : delete_ranges(environment.store, stop)) {
    if (range.job_id != job_id || !can_go(environment, range)) continue;
    environment.store.delete_range(range.range, stop);
    gone.push_back(std::move(range));
  }
  return gone;
}

std::size_t reclaim_all(DdlEnvironment& environment, StopToken stop) {
  std::size_t waiting = 0;
  for (const DeleteRange& range : delete_ranges(environment.store, stop)) {
    if (!can_go(environment, range)) {
      ++waiting;
      continue;
    }
    // The row goes after the data: a crash between the two repeats a deletion that is harmless.
    environment.store.delete_range(range.range, stop);
    std::unique_ptr<kv::Transaction> transaction = environment.store.begin({}, stop);
    erase_delete_range(*transaction, range, stop);
    transaction->commit(stop);
  }
  return waiting;
}

}  // namespace sluice::ddl
