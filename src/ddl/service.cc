#include "ddl/service.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/format.h"
#include "base/logging.h"
#include "catalog/meta.h"
#include "coordination/metadata_locks.h"
#include "ddl/job_store.h"
#include "ddl/reclaimer.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

constexpr std::chrono::seconds kSchedulerTick{1};

// Gives the objects that the job creates their ids, which come from the same counter as the job's own.
void assign_ids(catalog::MetaWriter& meta, Job& job) {
  const bool creates = job.type == JobType::kCreateSchema || job.type == JobType::kCreateTable ||
                       job.type == JobType::kCreateView || job.type == JobType::kTruncateTable;
  std::int64_t next = meta.allocate_global_ids(creates ? 2 : 1);
  if (auto* schema = std::get_if<CreateSchemaArguments>(&job.object)) {
    schema->database.id = next++;
    job.schema_id = schema->database.id;
  } else if (auto* table = std::get_if<CreateTableArguments>(&job.object)) {
    table->table.id = next++;
    job.table_id = table->table.id;
  } else if (auto* view = std::get_if<CreateViewArguments>(&job.object)) {
    view->view.id = next++;
    job.table_id = view->view.id;
  } else if (auto* truncate = std::get_if<TruncateTableArguments>(&job.object)) {
    truncate->new_table_id = next++;
  }
  job.id = next;
}

// What a job has to itself: names and ids as text, so that one set holds them all.
struct Claims {
  std::set<std::string> databases;  // whole databases
  std::set<std::string> members;    // databases of which it uses single objects
  std::set<std::string> objects;
};

Claims claims_of(const Job& job) {
  Claims claims;
  const std::string database = std::to_string(job.schema_id);
  if (job.type == JobType::kCreateSchema || job.type == JobType::kDropSchema ||
      job.type == JobType::kModifySchemaCharset) {
    claims.databases.insert(database);
    claims.databases.insert("name " + catalog::to_lower(job.schema_name));
    return claims;
  }
  claims.members.insert(database);
  claims.members.insert("name " + catalog::to_lower(job.schema_name));
  claims.objects.insert(std::to_string(job.table_id));
  claims.objects.insert(database + "." + catalog::to_lower(job.table_name));
  if (const auto* rename = std::get_if<RenameTablesArguments>(&job.object)) {
    for (const RenamedTable& table : rename->tables) {
      claims.members.insert(std::to_string(table.old_schema_id));
      claims.members.insert(std::to_string(table.new_schema_id));
      claims.objects.insert(std::to_string(table.table_id));
      claims.objects.insert(std::to_string(table.old_schema_id) + "." + table.old_name.lower);
      claims.objects.insert(std::to_string(table.new_schema_id) + "." + table.new_name.lower);
    }
  }
  return claims;
}

bool intersects(const std::set<std::string>& a, const std::set<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& item) { return b.contains(item); });
}

bool conflicts(const Claims& a, const Claims& b) {
  return intersects(a.databases, b.databases) || intersects(a.databases, b.members) ||
         intersects(a.members, b.databases) || intersects(a.objects, b.objects);
}

// A job that needed attention gets as many attempts as before.
void try_again(Job& job) {
  job.needs_attention = false;
  job.end_error_count = 0;
}

void add(Claims& all, const Claims& more) {
  all.databases.insert(more.databases.begin(), more.databases.end());
  all.members.insert(more.members.begin(), more.members.end());
  all.objects.insert(more.objects.begin(), more.objects.end());
}

}  // namespace

DdlService::DdlService(DdlEnvironment environment, StopToken stop)
    : environment_(std::move(environment)), scope_("ddl", stop) {
  const JobQueue queue = queued_jobs(environment_.store, 0, stop);
  first_queued_id_.store(queue.first_id);
  std::vector<std::int64_t> live;
  for (const Job& job : queue.jobs) live.push_back(job.id);
  remove_stale_files(environment_, live);
  forget_attention(queue.jobs, stop);
  scope_.spawn("ddl scheduler", [this](StopToken task_stop) { schedule(task_stop); });
  scope_.spawn("ddl reclaimer", [this](StopToken task_stop) { reclaim(task_stop); });
}

DdlService::~DdlService() = default;

void DdlService::forget_attention(const std::vector<Job>& jobs, StopToken stop) {
  for (const Job& job : jobs) {
    if (job.needs_attention) change_job(job.id, try_again, stop);
  }
}

// ---- scheduling ----

void DdlService::wake_scheduler() {
  MutexLock lock(mutex_);
  has_work_ = true;
  work_arrived_.notify_all();
}

void DdlService::schedule(StopToken stop) {
  for (;;) {
    try {
      start_runnable_jobs(stop);
    } catch (const std::exception& error) {
      // A row that cannot be read must not end all schema changes.
      log_error("the scheduler of schema changes failed; it tries again", {{"error", error.what()}});
    }
    MutexLock lock(mutex_);
    work_arrived_.wait_for(lock, stop, kSchedulerTick, [this]() SLUICE_REQUIRES(mutex_) { return has_work_; });
    has_work_ = false;
  }
}

// What jobs leave behind goes in a task of its own, so that neither the end of a job nor the start of another waits for the removal of
// files. A job with a row in the queue has its files; the rows of mysql.gc_delete_range say which data may go.
void DdlService::reclaim(StopToken stop) {
  std::vector<std::int64_t> jobs_with_files;
  std::int64_t first_job_id = 0;  // no range of an older job is left
  std::size_t waiting = 1;        // ranges that wait for transactions; at the start nobody knows
  for (;;) {
    try {
      remove_left_files(jobs_with_files, stop);
      if (waiting > 0) {
        // Before the look at the ranges: a job that is in the queue now may list ranges later.
        const std::int64_t first_queued_id = first_queued_id_.load();
        const WaitingRanges ranges = reclaim_all(environment_, first_job_id, stop);
        waiting = ranges.count;
        first_job_id = ranges.count == 0 ? first_queued_id : std::min(first_queued_id, ranges.first_job_id);
      }
    } catch (const std::exception& error) {
      log_error("the data of dropped objects could not be removed; it is tried again", {{"error", error.what()}});
      waiting = 1;
    }
    MutexLock lock(mutex_);
    job_left_.wait_for(lock, stop, kSchedulerTick, [this]() SLUICE_REQUIRES(mutex_) { return !left_jobs_.empty(); });
    if (!left_jobs_.empty()) waiting = std::max<std::size_t>(waiting, 1);
  }
}

void DdlService::remove_left_files(std::vector<std::int64_t>& jobs, StopToken stop) {
  {
    MutexLock lock(mutex_);
    jobs.insert(jobs.end(), left_jobs_.begin(), left_jobs_.end());
    left_jobs_.clear();
  }
  std::erase_if(jobs, [&](std::int64_t job_id) {
    return !stop.stop_requested() && remove_temporary_files(environment_, job_id);
  });
}

void DdlService::start_runnable_jobs(StopToken stop) {
  Claims earlier;
  const JobQueue queue = queued_jobs(environment_.store, first_queued_id_.load(), stop);
  first_queued_id_.store(queue.first_id);
  for (const Job& job : queue.jobs) {
    const Claims claims = claims_of(job);
    const bool is_free = !conflicts(earlier, claims);
    add(earlier, claims);
    // A cancel of a job that has changed nothing needs none of its objects.
    const bool can_end_at_once = job.state == JobState::kCancelling && job.phase == Phase::kNone;
    std::shared_ptr<JobRun> run_of_job;
    {
      MutexLock lock(mutex_);
      auto found = running_.find(job.id);
      if (found != running_.end()) {
        run_of_job = found->second;
      } else if (job.state != JobState::kPaused && !job.needs_attention &&
                 (is_free || can_end_at_once || job.state == JobState::kPausing)) {
        run_of_job = std::make_shared<JobRun>(job.id, scope_.token());
        // In the table before it runs: a job that is not in it would be started again.
        const auto place = running_.emplace(job.id, run_of_job).first;
        try {
          // The end of a job must not fail for want of memory.
          left_jobs_.reserve(left_jobs_.size() + running_.size());
          scope_.spawn("ddl job " + std::to_string(job.id),
                       [this, run_of_job](StopToken task_stop) { run(run_of_job, task_stop); });
        } catch (...) {
          running_.erase(place);
          throw;
        }
        continue;
      }
    }
    if (run_of_job == nullptr) continue;
    // An intent whose notification was lost, or that another node stored, is acted on here.
    if (job.state == JobState::kCancelling) run_of_job->interrupt(StopReason::kJobCancelled);
    if (job.state == JobState::kPausing) run_of_job->interrupt(StopReason::kJobPaused);
    run_of_job->settings.worker_count.store(job.settings.worker_count);
    run_of_job->settings.batch_size.store(job.settings.batch_size);
    run_of_job->settings.max_write_speed.store(job.settings.max_write_speed);
  }
}

void DdlService::run(std::shared_ptr<JobRun> job_run, StopToken stop) {
  std::optional<Job> finished;
  enum class Next : std::uint8_t { kAtOnce, kNextTick };
  auto leave = [&](Next next) {
    MutexLock lock(mutex_);
    running_.erase(job_run->job_id);
    if (next == Next::kAtOnce) {
      has_work_ = true;
      work_arrived_.notify_all();
    }
    if (!finished.has_value()) return;
    if (is_terminal(finished->state)) {
      left_jobs_.push_back(job_run->job_id);
      job_left_.notify_one();
    }
    auto waiter = waiters_.find(job_run->job_id);
    if (waiter == waiters_.end()) return;
    waiter->second->is_over = true;
    waiter->second->job = std::move(finished);
    job_ended_.notify_all();
  };
  try {
    finished = run_job(environment_, *job_run, stop);
  } catch (const std::exception& error) {
    // The job row could not even be read or written; the scheduler starts it again.
    log_error("a schema change could not go on; it is tried again",
              {{"job", job_run->job_id}, {"error", error.what()}});
    leave(Next::kNextTick);
    return;
  } catch (...) {
    leave(Next::kNextTick);
    throw;
  }
  leave(Next::kAtOnce);
}

std::shared_ptr<JobRun> DdlService::find_run(std::int64_t job_id) const {
  MutexLock lock(mutex_);
  auto found = running_.find(job_id);
  return found == running_.end() ? nullptr : found->second;
}

void DdlService::interrupt(std::int64_t job_id, StopReason reason) {
  if (std::shared_ptr<JobRun> job_run = find_run(job_id)) job_run->interrupt(reason);
  wake_scheduler();
}

std::size_t DdlService::running_count() const {
  MutexLock lock(mutex_);
  return running_.size();
}

// ---- submitting and waiting ----

std::int64_t DdlService::submit(Job job, StopToken stop) {
  std::unique_ptr<kv::Transaction> transaction = environment_.store.begin({}, stop);
  catalog::MetaWriter meta(*transaction, stop);
  assign_ids(meta, job);
  job.state = JobState::kQueueing;
  job.create_ts = transaction->start_ts();
  put_job(*transaction, job, stop);
  transaction->commit(stop);
  wake_scheduler();
  return job.id;
}

void DdlService::execute(Job job, StopToken stop) {
  auto waiter = std::make_shared<Waiter>();
  std::int64_t job_id = 0;
  {
    std::unique_ptr<kv::Transaction> transaction = environment_.store.begin({}, stop);
    catalog::MetaWriter meta(*transaction, stop);
    assign_ids(meta, job);
    job_id = job.id;
    job.state = JobState::kQueueing;
    job.create_ts = transaction->start_ts();
    put_job(*transaction, job, stop);
    // The statement is answered when the job is over, and then all of it is durable.
    transaction->set_durability(kv::CommitDurability::kDeferred);
    {
      MutexLock lock(mutex_);
      waiters_.emplace(job_id, waiter);
    }
    try {
      transaction->commit(stop);
    } catch (...) {
      MutexLock lock(mutex_);
      waiters_.erase(job_id);
      throw;
    }
  }
  wake_scheduler();
  struct Leave {
    DdlService& service;
    std::int64_t id;
    ~Leave() {
      MutexLock lock(service.mutex_);
      service.waiters_.erase(id);
    }
  } leave{*this, job_id};

  std::optional<Job> finished;
  try {
    finished = wait_for_end(job_id, stop);
  } catch (const Stopped& stopped) {
    const StopReason reason = stopped.reason();
    const bool takes_back = reason == StopReason::kQueryKilled || reason == StopReason::kConnectionKilled ||
                            reason == StopReason::kTimeLimit || reason == StopReason::kMemoryLimit;
    if (!takes_back) throw;
    try {
      cancel(job_id, scope_.token());
    } catch (const SqlError& error) {
      // It has taken effect: the statement reports that.
      if (error.code() == ErrorCode::kCancelFinishedDdlJob || error.code() == ErrorCode::kCannotCancelDdlJob) return;
      throw;
    }
    finished = wait_for_end(job_id, scope_.token());
    if (finished.has_value() && is_terminal(finished->state) && finished->state != JobState::kSynced)
      throw Stopped(reason);
  }
  SLUICE_CHECK(finished.has_value(), "job {} has ended without a record", job_id);
  if (finished->state == JobState::kSynced) return;
  if (finished->needs_attention) {
    throw SqlError::with_message(ErrorCode::kUnknownError,
                                 "DDL job " + std::to_string(job_id) + " needs attention after " +
                                     std::to_string(finished->end_error_count) + " errors: " + finished->warning);
  }
  SLUICE_CHECK(finished->error.has_value(), "job {} failed without an error", job_id);
  throw SqlError::with_message(static_cast<ErrorCode>(finished->error->code), finished->error->message);
}

std::optional<Job> DdlService::wait_for_end(std::int64_t job_id, StopToken stop) {
  std::shared_ptr<Waiter> waiter;
  MutexLock lock(mutex_);
  waiter = waiters_.at(job_id);
  job_ended_.wait(lock, stop, [&] { return waiter->is_over; });
  return std::move(waiter->job);  // a copy could fail when the change has taken effect
}

// ---- intents ----

template <class Change>
void DdlService::change_job(std::int64_t job_id, Change change, StopToken stop) {
  std::unique_ptr<kv::Transaction> transaction = environment_.store.begin({}, stop);
  std::optional<Job> job = lock_job(*transaction, job_id, stop);
  if (!job.has_value()) {
    transaction->rollback();
    std::optional<Job> old = history_job(environment_.store, job_id, stop);
    if (!old.has_value()) throw SqlError(ErrorCode::kDdlJobNotFound, job_id);
    change(*old);
    return;
  }
  const JobState before = job->state;
  change(*job);
  if (job->state != before) job->stop_requested_us = clock().system_now_us();
  put_job(*transaction, *job, stop);
  transaction->commit(stop);
}

void DdlService::cancel(std::int64_t job_id, StopToken stop) {
  change_job(
      job_id,
      [&](Job& job) {
        if (job.state == JobState::kSynced || job.state == JobState::kDone)
          throw SqlError(ErrorCode::kCancelFinishedDdlJob, job_id);
        if (job.needs_attention && !is_committed(job.phase)) return try_again(job);
        if (job.state == JobState::kCancelled || job.state == JobState::kRollbackDone ||
            job.state == JobState::kRollingBack)
          return;
        if (is_committed(job.phase)) throw SqlError(ErrorCode::kCannotCancelDdlJob, job_id);
        job.state = successor(job, JobEvent::kCancel);
      },
      stop);
  interrupt(job_id, StopReason::kJobCancelled);
}

void DdlService::pause(std::int64_t job_id, AdminOperator by, StopToken stop) {
  change_job(
      job_id,
      [&](Job& job) {
        if (job.state == JobState::kPaused || job.state == JobState::kPausing)
          throw SqlError(ErrorCode::kPausedDdlJob, job_id);
        if (is_committed(job.phase) || !next_state(job.state, JobEvent::kPause).has_value()) {
          throw SqlError(ErrorCode::kCannotPauseDdlJob, job_id,
                         "state [" + std::string(job_state_name(job.state)) + "] or schema state [" +
                             std::string(catalog::schema_state_name(shown_state(job.phase))) + "]");
        }
        job.state = successor(job, JobEvent::kPause);
        job.paused_by = by;
      },
      stop);
  interrupt(job_id, StopReason::kJobPaused);
}

void DdlService::resume(std::int64_t job_id, AdminOperator by, StopToken stop) {
  change_job(
      job_id,
      [&](Job& job) {
        if (job.needs_attention) return try_again(job);
        if (job.state != JobState::kPaused) {
          throw SqlError(ErrorCode::kCannotResumeDdlJob, job_id,
                         "job state is " + std::string(job_state_name(job.state)) + ", not paused");
        }
        if (job.paused_by != by)
          throw SqlError(ErrorCode::kCannotResumeDdlJob, job_id, "it was paused by another kind of operator");
        job.state = successor(job, JobEvent::kResume);
        job.paused_by = AdminOperator::kNone;
      },
      stop);
  wake_scheduler();
}

void DdlService::alter(std::int64_t job_id, const SettingsChange& change, StopToken stop) {
  ReorganizationSettings settings;
  change_job(
      job_id,
      [&](Job& job) {
        if (is_terminal(job.state)) throw SqlError(ErrorCode::kDdlJobNotFound, job_id);
        if (!job.reads_rows())
          throw SqlError(ErrorCode::kUnsupportedDdlOperation,
                         "DDL operation: ADMIN ALTER DDL JOBS of " + std::string(job_type_name(job.type)));
        if (change.worker_count.has_value()) job.settings.worker_count = *change.worker_count;
        if (change.batch_size.has_value()) job.settings.batch_size = *change.batch_size;
        if (change.max_write_speed.has_value()) job.settings.max_write_speed = *change.max_write_speed;
        settings = job.settings;
      },
      stop);
  if (std::shared_ptr<JobRun> job_run = find_run(job_id)) {
    job_run->settings.worker_count.store(settings.worker_count);
    job_run->settings.batch_size.store(settings.batch_size);
    job_run->settings.max_write_speed.store(settings.max_write_speed);
  }
}

// ---- listings ----

namespace {

// Why a job ended without its change, or does not get on; "" if nothing has failed.
std::string errors_of(const Job& job) {
  if (is_terminal(job.state))
    return job.error.has_value() ? "error " + std::to_string(job.error->code) + ": " + job.error->message : "";
  if (job.error_count == 0) return "";
  const std::string& last = job.warning.empty() && job.error.has_value() ? job.error->message : job.warning;
  return (job.needs_attention ? "needs attention after " : "") + std::to_string(job.error_count) +
         (job.error_count == 1 ? " error: " : " errors, the last: ") + last;
}

// Finds the job in front that a job of the queue waits for. Jobs are added in the order of the queue.
class Waits {
 public:
  /// "" if the job waits for none. One that needs attention is named first: nothing behind it runs until somebody acts.
  std::string add(const Job& job, bool is_running) {
    const bool rests = job.state == JobState::kPaused || job.needs_attention;
    Claims claims = claims_of(job);
    const Earlier* blocker = nullptr;
    for (const Earlier& earlier : earlier_) {
      if (!conflicts(earlier.claims, claims)) continue;
      if (blocker == nullptr || (earlier.needs_attention && !blocker->needs_attention)) blocker = &earlier;
    }
    std::string text;
    if (blocker != nullptr && !is_running && !rests) {
      text = "waits for job " + std::to_string(blocker->id);
      if (blocker->needs_attention) text += ", which needs attention";
    }
    earlier_.push_back({job.id, job.needs_attention, std::move(claims)});
    return text;
  }

 private:
  struct Earlier {
    std::int64_t id;
    bool needs_attention;
    Claims claims;
  };
  std::vector<Earlier> earlier_;
};

bool adds_index(const Job& job) {
  return std::any_of(job.clauses.begin(), job.clauses.end(),
                     [](const Clause& clause) { return std::holds_alternative<AddIndexClause>(clause); });
}

// How a job that reads rows does it, and how far it is; parts are joined by commas.
std::string reorganization_text(const JobStatus& status) {
  std::string text;
  if (adds_index(status.job)) {
    text = "ingest, thread=" + std::to_string(status.job.settings.worker_count) +
           ", batch_size=" + std::to_string(status.job.settings.batch_size);
    if (status.job.settings.max_write_speed > 0)
      text += ", max_write_speed=" + std::to_string(status.job.settings.max_write_speed);
  }
  if (!status.is_running) return text;
  char figures[128];
  std::snprintf(figures, sizeof(figures), "phase=%.*s, %.1f%%, %.0f rows/s",
                static_cast<int>(job_stage_name(status.stage).size()), job_stage_name(status.stage).data(),
                status.figures.percent, status.figures.rows_per_second);
  text += (text.empty() ? "" : ", ") + std::string(figures);
  if (status.figures.seconds_left >= 0) text += ", " + std::to_string(status.figures.seconds_left) + "s left";
  return text;
}

// The connections whose transactions the job waits for; "" if there are none.
std::string blockers_of(const coordination::MetadataLocks& locks, std::int64_t job_id) {
  std::set<std::uint64_t> connections;
  for (const coordination::MetadataLockWait& wait : locks.waits()) {
    if (wait.job_id != job_id) continue;
    for (const coordination::MetadataLockBlocker& blocker : wait.blockers) connections.insert(blocker.connection_id);
  }
  std::string text;
  for (const std::uint64_t connection : connections) {
    text += (text.empty() ? "waits for transactions of connections " : " ") + std::to_string(connection);
  }
  return text;
}

void append_comment(JobStatus& status, const std::string& text) {
  if (text.empty()) return;
  status.comments += (status.comments.empty() ? "" : ", ") + text;
}

}  // namespace

JobStatus DdlService::status_of(Job job) const {
  JobStatus status;
  status.job = std::move(job);
  // The run of a job outlives its last commit for a moment: how far a job is that has ended is what the job says.
  const bool has_ended = is_terminal(status.job.state);
  const std::shared_ptr<JobRun> job_run = has_ended ? nullptr : find_run(status.job.id);
  if (job_run != nullptr) {
    const JobProgress& progress = job_run->progress;
    status.is_running = true;
    status.stage = progress.stage.load();
    status.figures = progress_figures(progress, clock().now_ns());
    status.rows_scanned = progress.rows_scanned.load();
    status.rows_expected = progress.rows_expected.load();
    status.bytes_spilled = progress.bytes_spilled.load();
    status.files_ingested = progress.files_ingested.load();
    if (status.rows_scanned > status.job.row_count) status.job.row_count = status.rows_scanned;
  } else if (has_ended) {
    status.figures.percent = 100;
  }
  if (status.job.reads_rows()) status.comments = reorganization_text(status);
  append_comment(status, errors_of(status.job));
  if (status.is_running && status.stage == JobStage::kWaitingForTransactions)
    append_comment(status, blockers_of(environment_.locks, status.job.id));
  return status;
}

std::vector<JobStatus> DdlService::jobs(std::size_t finished, StopToken stop) {
  std::vector<JobStatus> result;
  Waits waits;
  for (Job& job : queued_jobs(environment_.store, first_queued_id_.load(), stop).jobs) {
    stop.poll();
    result.push_back(status_of(std::move(job)));
    append_comment(result.back(), waits.add(result.back().job, result.back().is_running));
  }
  std::reverse(result.begin(), result.end());
  if (finished == 0) return result;
  for (Job& job : finished_jobs(environment_.store, finished, stop)) result.push_back(status_of(std::move(job)));
  return result;
}

std::optional<JobStatus> DdlService::find(std::int64_t job_id, StopToken stop) {
  std::optional<Job> job = read_job(environment_.store, job_id, stop);
  if (!job.has_value()) job = history_job(environment_.store, job_id, stop);
  if (!job.has_value()) return std::nullopt;
  return status_of(*std::move(job));
}

}  // namespace sluice::ddl
