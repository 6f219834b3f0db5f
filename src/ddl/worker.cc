#include "ddl/worker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/logging.h"
#include "base/out_of_memory.h"
#include "base/sql_error.h"
#include "catalog/auto_id.h"
#include "catalog/meta.h"
#include "catalog/schema_cache.h"
#include "catalog/schema_loader.h"
#include "catalog/statistics.h"
#include "catalog/statistics_storage.h"
#include "coordination/metadata_locks.h"
#include "ddl/job_store.h"
#include "ddl/reclaimer.h"
#include "ddl/schema_step.h"
#include "kv/store.h"

namespace sluice::ddl {
namespace {

constexpr std::chrono::milliseconds kShortestPause{10};
constexpr std::chrono::milliseconds kLongestPause{1000};

// Errors that may pass by themselves; all others end the job (TIDB-FACTS section 4.4).
bool is_transient(std::uint16_t code) {
  switch (code) {
    case 1205:
    case 1213:
    case 8005:
    case 8022:
    case 8027:
    case 8028:
    case 9001:
    case 9002:
    case 9003:
    case 9004:
    case 9005:
    case 9007:
    case 9008:
    case 9010:
    case 9011:
    case 9012:
    case 9013:
      return true;
    default:
      return false;
  }
}

class Worker {
 public:
  Worker(DdlEnvironment& environment, JobRun& run, StopToken stop)
      : environment_(environment), run_(run), stop_(stop) {}

  std::optional<Job> work() {
    for (;;) {
      stop_.poll();
      try {
        if (std::optional<Outcome> outcome = attempt()) return std::move(outcome->finished);
      } catch (const std::exception& error) {
        // The job's row could not be read or written. It may have been written all the same, and the job be over: only another look can tell.
        log_error("a schema change could not go on; it is tried again",
                  {{"job", run_.job_id}, {"error", error.what()}});
        pause_after_failure();
      }
    }
  }

 private:
  // The end of this run: the job that is over or needs attention, or nothing if it is parked.
  struct Outcome {
    std::optional<Job> finished;
  };

  // One look at the job's row and what follows from it. Nothing: look again.
  std::optional<Outcome> attempt() {
    // The attempt exists before the row is read: an intent is then either read here or interrupts the attempt.
    const StopToken attempt = run_.begin_attempt();
    SLUICE_SYNC_POINT("ddl.job.attempt", stop_);
    std::optional<Job> job = read_job(environment_.store, run_.job_id, stop_);
    if (!job.has_value()) {
      // Its last step may have been committed by an attempt that did not get to publish it.
      current_schema(stop_);
      return Outcome{history_job(environment_.store, run_.job_id, stop_)};
    }
    try {
      return advance(*std::move(job), attempt);
    } catch (const Stopped&) {
      stop_.poll();  // the service ends: the job row says where to go on
      return std::nullopt;
    } catch (const SqlError& error) {
      return fail({error.number(), error.what()}, is_transient(error.number()));
    } catch (const std::bad_alloc&) {
      return fail({out_of_memory_error().number(), out_of_memory_error().what()}, true);
    } catch (const std::exception& error) {
      log_error("schema change broke an assumption", {{"job", run_.job_id}, {"error", error.what()}});
      constexpr std::uint16_t kInternalError = 1815;
      return fail({kInternalError, error.what()}, false);
    }
  }

  // One move of the job. Nothing: look at the row again.
  std::optional<Outcome> advance(Job job, StopToken attempt) {
    if (job.needs_attention) return Outcome{};
    run_.settings.worker_count.store(job.settings.worker_count);
    run_.settings.batch_size.store(job.settings.batch_size);
    run_.settings.max_write_speed.store(job.settings.max_write_speed);
    switch (job.state) {
      case JobState::kQueueing:
      case JobState::kRunning:
        return go_forward(std::move(job), attempt);
      case JobState::kCancelling:
        return take_back(job.id);
      case JobState::kRollingBack:
        return finish_undo(std::move(job));
      case JobState::kPausing:
        return park(std::move(job));
      case JobState::kPaused:
        return Outcome{};
      case JobState::kDone:
        return finish(std::move(job), attempt);
      default:
        SLUICE_CHECK(false, "job {} is in the queue in state {}", job.id, job_state_name(job.state));
    }
    return Outcome{};
  }

  std::optional<Outcome> go_forward(Job job, StopToken attempt) {
    if (!job.synced) wait_for_transactions(job, attempt);
    std::uint64_t usable_from = 0;
    if (job.phase == Phase::kReorganization && job.reads_rows()) {
      usable_from = reorganize_rows(job, attempt);
    } else if (job.phase == Phase::kVerify) {
      verify(job, attempt);
      usable_from = job.snapshot_version;
    }
    return step(job.id, job.phase, usable_from, attempt);
  }

  // Runs the step that leaves `expected`. Does nothing if an intent arrived meanwhile.
  std::optional<Outcome> step(std::int64_t job_id, Phase expected, std::uint64_t usable_from, StopToken attempt) {
    run_.progress.stage.store(JobStage::kStepping);
    std::unique_ptr<kv::Transaction> transaction = environment_.store.begin({}, attempt);
    catalog::MetaWriter meta(*transaction, attempt);
    meta.lock_schema_version();
    std::optional<Job> locked = lock_job(*transaction, job_id, attempt);
    if (!locked.has_value() || locked->phase != expected) return std::nullopt;
    Job job = *std::move(locked);
    if (job.state != JobState::kQueueing && job.state != JobState::kRunning) return std::nullopt;
    const catalog::SchemaPtr schema = current_schema(attempt);
    if (job.start_ts == 0) job.start_ts = transaction->start_ts();
    job.state = successor(job, JobEvent::kStart);
    const StepEffect effect = run_step(meta, *schema, job, usable_from);
    publish(meta, job, effect, attempt);
    job.row_count = run_.progress.rows_scanned.load();
    bool is_over = false;
    if (job.phase == Phase::kFinished) {
      job.state = successor(job, JobEvent::kFinish);
      if (effect.waits_for.empty()) {
        // Nobody can use an older version of what did not exist before.
        job.synced = true;
        job.state = successor(job, JobEvent::kSync);
        job.finish_ts = transaction->start_ts();
        finish_job(*transaction, job, attempt);
        is_over = true;
      }
    }
    if (!is_over) {
      put_job(*transaction, job, attempt);
      transaction->set_durability(kv::CommitDurability::kDeferred);
    }
    SLUICE_FAILPOINT("ddl.step.before_commit", attempt);
    transaction->commit(attempt);
    SLUICE_FAILPOINT("ddl.step.after_commit", stop_);
    // From here on the step has happened: its publication must not be cut off by an intent.
    failures_in_a_row_ = 0;
    announce(job, effect);
    if (is_over) return Outcome{std::move(job)};
    return std::nullopt;
  }

  // Writes the new schema version, and the data ranges that wait for it, into the step's transaction.
  void publish(catalog::MetaWriter& meta, Job& job, const StepEffect& effect, StopToken stop) {
    job.schema_version = meta.publish(effect.diff);
    job.synced = effect.waits_for.empty();
    for (DeleteRange range : effect.ranges) {
      range.schema_version = job.schema_version;
      put_delete_range(meta.transaction(), range, stop);
    }
    for (std::int64_t id : effect.forgotten_ids) {
      if (id != job.table_id || !job.has_clauses()) catalog::erase_statistics(meta.transaction(), id, stop);
    }
  }

  // Sessions see the version, and none begins to use an older one of these tables. May be repeated: a step that was committed is not over before
  // this has succeeded.
  void publish_version(const std::vector<std::int64_t>& tables, std::int64_t schema_version) {
    current_schema(stop_);
    environment_.locks.announce(tables, schema_version);
  }

  void announce(const Job& job, const StepEffect& effect) {
    publish_version(effect.waits_for, job.schema_version);
    for (std::int64_t id : effect.forgotten_ids) {
      environment_.ids.forget(id);
      if (environment_.statistics != nullptr && !job.has_clauses()) environment_.statistics->remove(id);
    }
  }

  // The newest schema, which is also what sessions see from now on.
  catalog::SchemaPtr current_schema(StopToken stop) {
    std::unique_ptr<kv::Snapshot> snapshot = environment_.store.snapshot(environment_.store.current_timestamp());
    environment_.schemas.publish(catalog::refresh_schema(environment_.schemas.current(), *snapshot, stop));
    return environment_.schemas.current();
  }

  std::vector<std::int64_t> tables_of(const Job& job) const {
    std::vector<std::int64_t> ids;
    if (job.table_id != 0) ids.push_back(job.table_id);
    if (const auto* rename = std::get_if<RenameTablesArguments>(&job.object)) {
      for (const RenamedTable& table : rename->tables) ids.push_back(table.table_id);
    }
    if (job.type == JobType::kDropSchema) {
      for (const DeleteRange& range : delete_ranges_of(environment_.store, job.id, stop_))
        ids.push_back(range.table_id);
    }
    append_tables_of_foreign_keys(job, ids);
    return ids;
  }

  // Parents whose statements must know a new key, and children whose keys follow a new name.
  void append_tables_of_foreign_keys(const Job& job, std::vector<std::int64_t>& ids) const {
    const catalog::SchemaPtr schema = environment_.schemas.current();
    const auto append_children = [&](std::int64_t table_id) {
      const catalog::Schema::TableEntry entry = schema->find_entry(table_id);
      if (entry.table == nullptr) return;
      for (const catalog::TablePtr& child :
           schema->tables_referencing(entry.database->name.lower, entry.table->name.lower)) {
        ids.push_back(child->id);
      }
    };
    for (const Clause& clause : job.clauses) {
      if (const auto* add = std::get_if<AddForeignKeyClause>(&clause)) {
        const catalog::TablePtr parent =
            schema->find_table(add->key.referenced_schema.lower, add->key.referenced_table.lower);
        if (parent != nullptr) ids.push_back(parent->id);
      } else if (const auto* modify = std::get_if<ModifyColumnClause>(&clause);
                 modify != nullptr && !(modify->column.name == modify->old_name)) {
        append_children(job.table_id);
      }
    }
    if (const auto* rename = std::get_if<RenameTablesArguments>(&job.object)) {
      for (const RenamedTable& table : rename->tables) append_children(table.table_id);
    }
  }

  void wait_for_transactions(Job& job, StopToken stop) {
    run_.progress.stage.store(JobStage::kWaitingForTransactions);
    const std::vector<std::int64_t> tables = tables_of(job);
    publish_version(tables, job.schema_version);
    environment_.locks.wait_for_older(job.id, tables, job.schema_version, stop);
  }

  catalog::TableInfo stored_table(const Job& job, StopToken stop) {
    std::unique_ptr<kv::Snapshot> snapshot = environment_.store.snapshot(environment_.store.current_timestamp());
    std::optional<catalog::TableInfo> table = catalog::MetaReader(*snapshot, stop).table(job.schema_id, job.table_id);
    if (!table.has_value()) throw SqlError(ErrorCode::kNoSuchTable, job.schema_name, job.table_name);
    return *std::move(table);
  }

  ReorganizationContext context_for(const Job& job, const catalog::TableInfo& table, StopToken attempt) {
    return {environment_,
            job,
            table,
            run_.progress,
            run_.settings,
            [this, id = job.id, attempt](std::uint64_t version) {
              store_snapshot_version(id, version, attempt); },
            lease_};
  }

  std::uint64_t reorganize_rows(Job& job, StopToken attempt) {
    const catalog::TableInfo table = stored_table(job, attempt);
    return reorganize(context_for(job, table, attempt), attempt);
  }

  void verify(const Job& job, StopToken attempt) {
    run_.progress.stage.store(JobStage::kChecking);
    const catalog::TableInfo table = stored_table(job, attempt);
    verify_touched_keys(context_for(job, table, attempt), attempt);
  }

  void store_snapshot_version(std::int64_t job_id, std::uint64_t version, StopToken attempt) {
    std::unique_ptr<kv::Transaction> transaction = environment_.store.begin({}, attempt);
    std::optional<Job> job = lock_job(*transaction, job_id, attempt);
    if (!job.has_value() || job->state != JobState::kRunning) throw Stopped(StopReason::kJobCancelled);
    job->snapshot_version = version;
    put_job(*transaction, *job, attempt);
    transaction->set_durability(kv::CommitDurability::kDeferred);
    transaction->commit(attempt);
  }

  // ---- ends ----

  // The last version is in use everywhere: the data of what was dropped can go, and the job is over.
  std::optional<Outcome> finish(Job job, StopToken attempt) {
    // A done job cannot be cancelled; the attempt only ends with the service.
    if (!job.synced) wait_for_transactions(job, attempt);
    job.synced = true;
    job.state = successor(job, JobEvent::kSync);
    return leave_queue(std::move(job));
  }

  // Files and data ranges that the job leaves are the reclaimer's from here on.
  std::optional<Outcome> leave_queue(Job job) {
    std::unique_ptr<kv::Transaction> transaction = environment_.store.begin({}, stop_);
    job.finish_ts = transaction->start_ts();
    finish_job(*transaction, job, stop_);
    SLUICE_FAILPOINT("ddl.end.before_commit", stop_);
    transaction->commit(stop_);
    return Outcome{std::move(job)};
  }

  // A cancel, or an error that ends the job. One transaction takes the schema change back; no transaction is waited for:
  // docs/decisions/add-index-in-the-past.md, "Undo".
  std::optional<Outcome> take_back(std::int64_t job_id) {
    SLUICE_FAILPOINT("ddl.undo.begin", stop_);
    lease_.release();
    run_.progress.stage.store(JobStage::kUndoing);
    std::unique_ptr<kv::Transaction> transaction = environment_.store.begin({}, stop_);
    catalog::MetaWriter meta(*transaction, stop_);
    meta.lock_schema_version();
    std::optional<Job> locked = lock_job(*transaction, job_id, stop_);
    if (!locked.has_value() || locked->state != JobState::kCancelling) return std::nullopt;
    Job job = *std::move(locked);
    if (is_committed(job.phase)) {
      job.state = successor(job, JobEvent::kBeyondCommit);
      put_job(*transaction, job, stop_);
      transaction->commit(stop_);
      return std::nullopt;
    }
    if (!job.error.has_value())
      job.error = JobError{static_cast<std::uint16_t>(ErrorCode::kCancelledDdlJob), "Cancelled DDL job"};
    if (job.start_ts == 0) job.start_ts = transaction->start_ts();
    if (job.phase == Phase::kNone) {
      job.state = successor(job, JobEvent::kUntouched);
      job.finish_ts = transaction->start_ts();
      finish_job(*transaction, job, stop_);
      SLUICE_FAILPOINT("ddl.undo.before_commit", stop_);
      transaction->commit(stop_);
      return Outcome{std::move(job)};
    }
    job.state = successor(job, JobEvent::kUndo);
    const StepEffect effect = run_undo(meta, job);
    publish(meta, job, effect, stop_);
    put_job(*transaction, job, stop_);
    transaction->set_durability(kv::CommitDurability::kDeferred);
    SLUICE_FAILPOINT("ddl.undo.before_commit", stop_);
    transaction->commit(stop_);
    SLUICE_FAILPOINT("ddl.undo.after_commit", stop_);
    failures_in_a_row_ = 0;
    announce(job, effect);
    return finish_undo(std::move(job));
  }

  std::optional<Outcome> finish_undo(Job job) {
    publish_version(tables_of(job), job.schema_version);
    job.state = successor(job, JobEvent::kUndone);
    return leave_queue(std::move(job));
  }

  std::optional<Outcome> park(Job seen) {
    std::unique_ptr<kv::Transaction> transaction = environment_.store.begin({}, stop_);
    std::optional<Job> job = lock_job(*transaction, seen.id, stop_);
    if (!job.has_value() || job->state != JobState::kPausing) return std::nullopt;
    job->state = successor(*job, JobEvent::kParked);
    put_job(*transaction, *job, stop_);
    transaction->commit(stop_);
    return Outcome{};
  }

  // An attempt failed: it is repeated after a pause, or the job is undone, or it needs attention. The decision is durable before it is acted on.
  std::optional<Outcome> fail(JobError error, bool is_transient_error) {
    log_warn("schema change failed", {{"job", run_.job_id}, {"code", error.code}, {"error", error.message}});
    std::unique_ptr<kv::Transaction> transaction = environment_.store.begin({}, stop_);
    std::optional<Job> locked = lock_job(*transaction, run_.job_id, stop_);
    if (!locked.has_value()) return std::nullopt;
    Job job = *std::move(locked);
    const std::int64_t limit = environment_.limits.error_count.load();
    ++job.error_count;
    const bool can_end =
        !is_committed(job.phase) &&
        (job.state == JobState::kRunning || job.state == JobState::kQueueing || job.state == JobState::kPausing);
    const bool ends = can_end && (!is_transient_error || job.error_count > limit);
    if (ends) {
      job.state = successor(job, JobEvent::kCancel);
      job.error = std::move(error);
    } else {
      job.warning = std::move(error.message);
      if (!can_end) job.needs_attention = ++job.end_error_count > limit;
    }
    put_job(*transaction, job, stop_);
    transaction->set_durability(kv::CommitDurability::kDeferred);
    transaction->commit(stop_);
    if (job.needs_attention) {
      log_error("a schema change needs attention: it cannot go on",
                {{"job", job.id}, {"errors", job.end_error_count}, {"error", job.warning}});
      return Outcome{std::move(job)};
    }
    if (!ends) pause_after_failure();
    return std::nullopt;
  }

  // Grows with the failures since the last success; an intent ends it.
  void pause_after_failure() {
    const StopToken attempt = run_.begin_attempt();
    const int doublings = std::min(failures_in_a_row_++, 7);
    try {
      clock().sleep(std::min(kShortestPause * (1 << doublings), kLongestPause), attempt);
    } catch (const Stopped&) {
      stop_.poll();
    }
  }

  DdlEnvironment& environment_;
  JobRun& run_;
  const StopToken stop_;
  kv::SafepointLease lease_;  // of the entries being built
  int failures_in_a_row_ = 0;
};

}  // namespace

JobRun::JobRun(std::int64_t id, StopToken parent)
    : job_id(id), parent_(parent), source_(std::make_unique<StopSource>(parent)) {}

void JobRun::interrupt(StopReason reason) {
  MutexLock lock(mutex_);
  source_->request_stop(reason);
}

StopToken JobRun::begin_attempt() {
  auto fresh = std::make_unique<StopSource>(parent_);
  MutexLock lock(mutex_);
  source_.swap(fresh);
  return source_->token();
}

std::optional<Job> run_job(DdlEnvironment& environment, JobRun& run, StopToken stop) {
  return Worker(environment, run, stop).work();
}

}  // namespace sluice::ddl
