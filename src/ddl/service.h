#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/sql_error.h"
#include "base/stop_token.h"
#include "base/task_scope.h"
#include "base/thread_annotations.h"
#include "ddl/environment.h"
#include "ddl/job.h"
#include "ddl/job_progress.h"
#include "ddl/worker.h"

namespace sluice::ddl {

/// A job as ADMIN SHOW DDL JOBS shows it.
struct JobStatus {
  Job job;
  bool is_running = false;             // a worker has it
  JobStage stage = JobStage::kQueued;  // of a running job
  ProgressFigures figures;
  std::int64_t rows_scanned = 0;
  std::int64_t rows_expected = 0;
  std::int64_t bytes_spilled = 0;
  std::int64_t files_ingested = 0;
  std::string
      comments;  // "ingest, phase=scan, 45.2%, 1200000 rows/s, 12s left", errors, the job or the connections that it waits for
};

/// Which settings of a running job change; absent ones stay.
struct SettingsChange {
  std::optional<int> worker_count;
  std::optional<int> batch_size;
  std::optional<std::int64_t> max_write_speed;
};

/// Schema changes: takes jobs, runs them, stops them. One per process; it owns the jobs of an embedded store.
///
/// Any number of jobs on different objects run side by side; jobs with a common object run in the order of their ids.
/// All jobs are rows of the store: what was queued or running when the process ended goes on at the next start.
/// Thread-safety: all members from any thread. Its workers live in its own TaskScope; the destructor stops and joins them.
class DdlService {
 public:
  /// Starts to run what is queued. `environment` is copied, what it refers to outlives the service.
  /// `stop`: the token of the server; it ends the service, not the jobs.
  DdlService(DdlEnvironment environment, StopToken stop);
  ~DdlService();
  DdlService(const DdlService&) = delete;
  DdlService& operator=(const DdlService&) = delete;

  /// Makes the job durable and returns its id. Gives new objects their ids.
  /// Commit point: the transaction that inserts the job.
  std::int64_t submit(Job job, StopToken stop);

  /// submit(), and waits until the job is over. The schema that `environment.schemas` then holds has the change.
  ///
  /// Throws the job's own error (1062, 1146 ...), 8214 if somebody cancelled it; the last error of a job that needs attention.
  /// If `stop` stops because of KILL or a time limit, the job is cancelled and its end awaited: returns normally if it could not be
  /// stopped any more, else throws Stopped; throws the error of the store if the cancel could not be stored, and the job goes on.
  /// If the client is gone or the server ends, throws Stopped at once and the job goes on.
  void execute(Job job, StopToken stop);

  /// ADMIN CANCEL / PAUSE / RESUME DDL JOBS of one job: stores the intent and stops or wakes its worker at once.
  /// A cancel or resume of a job that needs attention has it try again.
  /// Throws 8224 unknown, 8225 finished, 8226 past its commit point; 8260, 8262 for a pause; 8261 for a resume.
  void cancel(std::int64_t job_id, StopToken stop);
  void pause(std::int64_t job_id, AdminOperator by, StopToken stop);
  void resume(std::int64_t job_id, AdminOperator by, StopToken stop);

  /// ADMIN ALTER DDL JOBS. Throws 8200 if the job reads no rows, 8224 if it is not in the queue.
  void alter(std::int64_t job_id, const SettingsChange& change, StopToken stop);

  /// Jobs in the queue, newest first, then the newest `finished` of the history.
  std::vector<JobStatus> jobs(std::size_t finished, StopToken stop);
  std::optional<JobStatus> find(std::int64_t job_id, StopToken stop);

  /// Jobs that a worker has now.
  std::size_t running_count() const;

 private:
  struct Waiter {
    bool is_over = false;
    std::optional<Job> job;
  };

  /// Jobs that needed attention when the process ended try again.
  void forget_attention(const std::vector<Job>& jobs, StopToken stop);
  void schedule(StopToken stop);
  void start_runnable_jobs(StopToken stop);
  void reclaim(StopToken stop);
  /// Takes jobs that are over to `jobs`, and those out of it whose temporary files are gone.
  void remove_left_files(std::vector<std::int64_t>& jobs, StopToken stop);
  void run(std::shared_ptr<JobRun> job_run, StopToken stop);
  void wake_scheduler();
  std::shared_ptr<JobRun> find_run(std::int64_t job_id) const;
  void interrupt(std::int64_t job_id, StopReason reason);
  std::optional<Job> wait_for_end(std::int64_t job_id, StopToken stop);
  JobStatus status_of(Job job) const;
  /// Changes the job's row by `change`, which returns the SqlError that refuses it.
  template <class Change>
  void change_job(std::int64_t job_id, Change change, StopToken stop);

  DdlEnvironment environment_;
  mutable Mutex mutex_;
  Condition work_arrived_;
  Condition job_ended_;
  Condition job_left_;
  bool has_work_ SLUICE_GUARDED_BY(mutex_) = true;
  // Jobs that are over and whose temporary files and data ranges the reclaimer has not looked at yet.
  std::vector<std::int64_t> left_jobs_ SLUICE_GUARDED_BY(mutex_);
  std::unordered_map<std::int64_t, std::shared_ptr<JobRun>> running_ SLUICE_GUARDED_BY(mutex_);
  std::unordered_map<std::int64_t, std::shared_ptr<Waiter>> waiters_ SLUICE_GUARDED_BY(mutex_);
  std::atomic<std::int64_t> first_queued_id_{0};  // no job with a smaller id is in the queue
  TaskScope scope_;                               // last: its tasks use all of the above
};

}  // namespace sluice::ddl
