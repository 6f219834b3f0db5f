#include "ddl/reclaimer.h"

#include <optional>

#include "coordination/metadata_locks.h"
#include "ddl/job_store.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

std::size_t reclaim(DdlEnvironment& environment, std::optional<std::int64_t> job_id, StopToken stop) {
  std::size_t waiting = 0;
  for (const DeleteRange& range : delete_ranges(environment.store, stop)) {
    if (job_id.has_value() && range.job_id != *job_id) continue;
    const std::int64_t tables[] = {range.table_id};
    if (!environment.locks.blockers(tables, range.schema_version).empty()) {
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

}  // namespace

std::size_t reclaim_job(DdlEnvironment& environment, std::int64_t job_id, StopToken stop) { return reclaim(environment, job_id, stop); }

std::size_t reclaim_all(DdlEnvironment& environment, StopToken stop) { return reclaim(environment, std::nullopt, stop); }

}  // namespace sluice::ddl
