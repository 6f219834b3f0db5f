#include "ddl/reclaimer.h"

#include <memory>
#include <utility>

#include "coordination/metadata_locks.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

// A job that is over has announced the version at which its objects are gone: no transaction begins to use an older one.
bool is_over(const DdlEnvironment& environment, std::int64_t job_id, StopToken stop) {
  return !read_job(environment.store, job_id, stop).has_value();
}

bool is_unused(const DdlEnvironment& environment, const DeleteRange& range) {
  const std::int64_t tables[] = {range.table_id};
  return environment.locks.blockers(tables, range.schema_version).empty();
}

}  // namespace

WaitingRanges reclaim_all(DdlEnvironment& environment, std::int64_t from_job_id, StopToken stop) {
  WaitingRanges waiting;
  std::vector<DeleteRange> gone;
  for (DeleteRange& range : delete_ranges_from(environment.store, from_job_id, stop)) {
    if (!is_over(environment, range.job_id, stop) || !is_unused(environment, range)) {
      if (waiting.count++ == 0) waiting.first_job_id = range.job_id;
      continue;
    }
    environment.store.delete_range(range.range, stop);
    gone.push_back(std::move(range));
  }
  if (gone.empty()) return waiting;
  // The rows go after the data: a crash between the two repeats a deletion that is harmless.
  std::unique_ptr<kv::Transaction> transaction = environment.store.begin({}, stop);
  for (const DeleteRange& range : gone) erase_delete_range(*transaction, range, stop);
  transaction->set_durability(kv::CommitDurability::kDeferred);
  transaction->commit(stop);
  return waiting;
}

}  // namespace sluice::ddl
