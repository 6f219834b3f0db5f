#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/stop_token.h"
#include "ddl/job.h"
#include "kv/key_range.h"

namespace sluice::kv {
class Snapshot;
class Store;
class Transaction;
}  // namespace sluice::kv

namespace sluice::ddl {

/// The durable rows of jobs: mysql.tidb_ddl_job, tidb_ddl_history (and the history hash), tidb_ddl_reorg, gc_delete_range.
/// Functions on a Transaction take effect with its commit. All throw Stopped and storage errors.

/// Inserts or replaces the job's row in the queue.
void put_job(kv::Transaction& transaction, const Job& job, StopToken stop);
/// The job as of now with its row locked; nullopt if it has left the queue.
std::optional<Job> lock_job(kv::Transaction& transaction, std::int64_t job_id, StopToken stop);
/// Moves the job from the queue into the history, and removes its checkpoints.
void finish_job(kv::Transaction& transaction, const Job& job, StopToken stop);

/// The job as of now; nullopt if it is not in the queue.
std::optional<Job> read_job(kv::Store& store, std::int64_t job_id, StopToken stop);

/// The queue at one moment.
struct JobQueue {
  std::vector<Job> jobs;      // by id
  std::int64_t first_id = 0;  // no job with a smaller id is in the queue, then or later
};
/// All jobs in the queue. `from_id`: a JobQueue::first_id of before, or 0; the scan begins there, because the versions of all jobs that
/// have left the queue lie before it.
JobQueue queued_jobs(kv::Store& store, std::int64_t from_id, StopToken stop);
std::optional<Job> history_job(kv::Store& store, std::int64_t job_id, StopToken stop);
/// The newest `limit` finished jobs, newest first.
std::vector<Job> finished_jobs(kv::Store& store, std::size_t limit, StopToken stop);

/// A job's checkpoint: text that the reorganisation of element `element_id` reads back after a crash.
void put_checkpoint(kv::Transaction& transaction, std::int64_t job_id, std::int64_t element_id,
                    const std::string& checkpoint, StopToken stop);
/// Waits until no other transaction writes this checkpoint.
void lock_checkpoint(kv::Transaction& transaction, std::int64_t job_id, std::int64_t element_id, StopToken stop);
std::optional<std::string> read_checkpoint(kv::Store& store, std::int64_t job_id, std::int64_t element_id,
                                           StopToken stop);

/// A range whose keys nobody needs once no transaction uses `table_id` at a version below `schema_version`.
struct DeleteRange {
  std::int64_t job_id = 0;
  std::int64_t element_id = 0;
  kv::KeyRange range;
  std::int64_t table_id = 0;
  std::int64_t schema_version = 0;
};
void put_delete_range(kv::Transaction& transaction, const DeleteRange& range, StopToken stop);
void erase_delete_range(kv::Transaction& transaction, const DeleteRange& range, StopToken stop);
/// The ranges of all jobs from `from_job_id` on, by job.
std::vector<DeleteRange> delete_ranges_from(kv::Store& store, std::int64_t from_job_id, StopToken stop);
/// The ranges of one job.
std::vector<DeleteRange> delete_ranges_of(kv::Store& store, std::int64_t job_id, StopToken stop);

}  // namespace sluice::ddl
