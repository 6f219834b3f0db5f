#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/stop_token.h"
#include "catalog/table_info.h"
#include "ddl/environment.h"
#include "ddl/job.h"
#include "ddl/job_progress.h"
#include "kv/safepoint_lease.h"

namespace sluice::ddl {

/// Settings that ADMIN ALTER DDL JOBS changes while the job runs.
struct LiveSettings {
  std::atomic<int> worker_count{4};
  std::atomic<int> batch_size{256};
  std::atomic<std::int64_t> max_write_speed{0};
};

/// What the reorganisation of one job has at hand; all of it outlives the run.
struct ReorganizationContext {
  DdlEnvironment& environment;
  const Job& job;
  const catalog::TableInfo& table;  // with the job's columns and indexes in kWriteReorganization
  JobProgress& progress;
  LiveSettings& settings;
  /// Stores the job's snapshot_version durably; throws Stopped if a cancel or pause came first.
  std::function<void(std::uint64_t version)> store_version;
  /// Holds the safepoint at the version of the entries, from before the scan until the touched keys are verified. Owned by
  /// the job's run; lost with the process.
  kv::SafepointLease& lease;
};

/// Reads all rows for the clauses that need it: fills new indexes, checks for NULLs, parents, CHECK constraints. Resumes from its checkpoint.
/// Returns the version of the index entries; 0 if no index was built.
///
/// Commit point: none; entries of an index that is not public are invisible. Temporary files live below
/// environment.temp_path/<job id> and are removed by finish or undo.
/// Throws: Stopped; 1062 with value and key; 1138; 1452; 3819; 1021; storage errors.
std::uint64_t reorganize(const ReorganizationContext& context, StopToken stop);

/// Phase kVerify: checks each unique key that statements touched while the entries were built, and puts right what the
/// write in the past has hidden. docs/decisions/add-index-in-the-past.md. Throws as reorganize().
void verify_touched_keys(const ReorganizationContext& context, StopToken stop);

/// Removes the temporary files of the job; already gone is fine. False if some are left: it may be repeated.
[[nodiscard]] bool remove_temporary_files(const DdlEnvironment& environment, std::int64_t job_id);

/// Removes the temporary files of jobs that are not in `live_jobs`: what a crash left. Called at start.
void remove_stale_files(const DdlEnvironment& environment, const std::vector<std::int64_t>& live_jobs);

}  // namespace sluice::ddl
