#pragma once

#include <cstdint>
#include <vector>

#include "base/stop_token.h"
#include "ddl/environment.h"
#include "ddl/job_store.h"

namespace sluice::ddl {

/// Removes data that dropped or undone objects left (mysql.gc_delete_range): each range as soon as its job is over and no transaction
/// uses its table at a version in which the data could be written or read. May be repeated after a crash.

/// The ranges that must wait.
struct WaitingRanges {
  std::size_t count = 0;
  std::int64_t first_job_id = 0;  // of the oldest of them; 0 if there are none
};

/// Removes what can go now of the ranges of all jobs from `from_job_id` on.
WaitingRanges reclaim_all(DdlEnvironment& environment, std::int64_t from_job_id, StopToken stop);

}  // namespace sluice::ddl
