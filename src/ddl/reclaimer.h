#pragma once

#include <cstdint>
#include <vector>

#include "base/stop_token.h"
#include "ddl/environment.h"
#include "ddl/job_store.h"

namespace sluice::ddl {

/// Removes data that dropped or undone objects left (mysql.gc_delete_range): each range as soon as no transaction uses its
/// table at a version in which the data could be written or read. Every function may be repeated after a crash.

/// Removes the data of those ranges of one job that can go now, and returns them. Their rows in mysql.gc_delete_range are
/// still there: the caller erases them in its own transaction.
std::vector<DeleteRange> reclaim_job(DdlEnvironment& environment, std::int64_t job_id, StopToken stop);

/// The ranges of all jobs that can go now. Returns how many must wait.
std::size_t reclaim_all(DdlEnvironment& environment, StopToken stop);

}  // namespace sluice::ddl
