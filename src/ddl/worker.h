#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/thread_annotations.h"
#include "ddl/environment.h"
#include "ddl/job.h"
#include "ddl/job_progress.h"
#include "ddl/reorganization.h"

namespace sluice::ddl {

/// What a running job shares with those who watch and stop it. Lives as long as anybody holds it; a job's next run has a
/// new one, so that a late request cannot stop the wrong run.
class JobRun {
 public:
  JobRun(std::int64_t job_id, StopToken parent);

  const std::int64_t job_id;
  JobProgress progress;
  LiveSettings settings;

  /// Stops the current attempt with the reason of an intent (cancel or pause). The worker then reads the job row anew.
  void interrupt(StopReason reason);

  /// Begins a new attempt, which no earlier interrupt() affects. The returned token dies with the next call.
  StopToken begin_attempt();

 private:
  const StopToken parent_;
  Mutex mutex_;
  std::unique_ptr<StopSource> source_ SLUICE_GUARDED_BY(mutex_);
};

/// Runs one job until it is over, parked, needs attention, or `stop` stops (the service ends; the job goes on at the next start).
///
/// Each step is one transaction of job row and schema change; only the last one waits until it, and so all before it, is durable. Intents (cancel, pause) reach the worker as a change of the job
/// row and, to be prompt, as an interrupt() of `run`. Undo and the end of a job do not listen to intents.
/// Errors: a step is tried again after a pause that grows from 10 ms to a second and ends at once on an intent. Before the commit point the job
/// is undone at its first permanent error, or once it has had more transient ones than the limit. The undo, and what follows the commit point, can
/// only go on: after more errors than the limit the job needs attention (Job::needs_attention).
/// Returns the job that is over or needs attention; nullopt if it was parked. Throws Stopped only for `stop`.
std::optional<Job> run_job(DdlEnvironment& environment, JobRun& run, StopToken stop);

}  // namespace sluice::ddl
