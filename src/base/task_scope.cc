#include "base/task_scope.h"

#include <new>

#include "base/failpoint.h"
#include "base/logging.h"
#include "base/sql_error.h"

namespace sluice {
namespace {

std::string describe(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Stopped& stopped) {
    return "stopped: " + std::string(to_string(stopped.reason()));
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

}  // namespace

TaskScope::TaskScope(std::string_view name, StopToken parent)
    : source_(parent), record_(TaskKind::kScope, name, source_.token()) {}

TaskScope::~TaskScope() {
  source_.request_stop(StopReason::kScopeEnded);
  wait_for_tasks();
  MutexLock lock(mutex_);
  if (failure_ == nullptr) return;
  try {
    log_error("a task failed and nobody joined its scope", {{"error", describe(failure_)}});
  } catch (const std::bad_alloc&) {
    log_error("a task failed and nobody joined its scope");
  }
}

TaskScope::TaskBase::TaskBase(TaskScope& scope, std::string_view name) : scope_(scope) {
  record_.emplace(TaskKind::kTask, name, scope.token(), &scope.record_);
}

void TaskScope::TaskBase::run() noexcept {
  {
    const TaskAttachment attachment(*record_);
    try {
      call(scope_.token());
    } catch (const Stopped&) {
      scope_.fail(std::current_exception(), true);
    } catch (...) {
      scope_.fail(std::current_exception(), false);
    }
    drop();
  }
  record_.reset();
  scope_.end_task();
}

void TaskScope::start(std::string_view name, std::unique_ptr<TaskBase> task) {
  {
    MutexLock lock(mutex_);
    ++running_;
  }
  try {
    SLUICE_STORAGE_CALL("task.spawn");
    worker_pool().submit(name, std::move(task));
  } catch (...) {
    end_task();
    throw;
  }
}

void TaskScope::request_stop(StopReason reason) noexcept {
  if (reason == StopReason::kScopeEnded) {
    MutexLock lock(mutex_);
    if (!source_.stop_requested()) ended_by_owner_ = true;
  }
  source_.request_stop(reason);
}

void TaskScope::fail(std::exception_ptr failure, bool is_stop) noexcept {
  {
    MutexLock lock(mutex_);
    if (failure_ != nullptr) return;  // the siblings' failure is the first one's consequence
    if (source_.stop_requested()) {
      if (ended_by_owner_ && !is_stop) failure_ = std::move(failure);
      stopped_task_ = true;
      return;
    }
    failure_ = std::move(failure);
  }
  source_.request_stop(StopReason::kSiblingFailed);
}

void TaskScope::end_task() noexcept {
  MutexLock lock(mutex_);
  // Under the mutex: the owner may destroy the scope as soon as it can see that no task is left.
  if (--running_ == 0) all_ended_.notify_all();
}

void TaskScope::wait_for_tasks() {
  MutexLock lock(mutex_);
  all_ended_.wait_certain(lock, [this]() SLUICE_REQUIRES(mutex_) { return running_ == 0; });
}

void TaskScope::join() {
  wait_for_tasks();
  MutexLock lock(mutex_);
  if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (stopped_task_ && !ended_by_owner_) throw Stopped(source_.reason());
}

}  // namespace sluice
