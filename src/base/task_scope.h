#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "base/stop_token.h"
#include "base/task_tree.h"
#include "base/worker_pool.h"

namespace sluice {

/// A nursery: owns the tasks spawned in it. The first failure stops the siblings and is what join() rethrows.
///
/// Everything that tasks touch is declared before the scope. After the first spawn() the parent only joins.
/// Destroying a scope is always safe: it stops its tasks with kScopeEnded and waits for them.
/// Thread-safety: spawn() and request_stop() from any thread, tasks of the scope included; join() by the owner.
class TaskScope {
 public:
  /// `name` is for the task tree; it is copied. Tasks stop when `parent` stops.
  TaskScope(std::string_view name, StopToken parent);
  /// Stops what still runs, waits for it, and logs a failure that no join() reported. Never throws.
  ~TaskScope();
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  /// Runs `function(StopToken)` on a thread of the worker pool. The token is the scope's own.
  ///
  /// Throws SqlError 1135 if no thread can be started; then the task does not exist.
  template <class Function>
  void spawn(std::string_view name, Function function) {
    start(name, std::make_unique<Task<Function>>(*this, name, std::move(function)));
  }

  /// Waits until all tasks have ended, also those that tasks spawned meanwhile. Then, in this order:
  ///  - a task failed before anybody else stopped the scope: rethrows its exception (a SqlError, InternalError, …);
  ///  - the parent or the owner stopped the scope and a task ended by that: throws Stopped with that reason.
  ///    What tasks threw after such a stop is taken for its consequence;
  ///  - returns. That is also the end after request_stop(kScopeEnded), by which an owner says that it wants no result.
  /// A task's Stopped because of its own sibling's failure is never reported. After a throw the scope takes no more
  /// tasks.
  void join();

  /// Stops all tasks, present and future.
  void request_stop(StopReason reason) noexcept;
  StopToken token() const noexcept { return source_.token(); }

 private:
  class TaskBase : public WorkItem {
   public:
    TaskBase(TaskScope& scope, std::string_view name);
    void run() noexcept final;

   protected:
    virtual void call(StopToken stop) = 0;
    /// Destroys the task's function, and so what it captured, before the scope learns of the task's end.
    virtual void drop() noexcept = 0;

   private:
    TaskScope& scope_;
    std::optional<TaskRecord> record_;  // leaves the tree before the scope's own record can
  };

  template <class Function>
  class Task final : public TaskBase {
   public:
    Task(TaskScope& scope, std::string_view name, Function&& function)
        : TaskBase(scope, name), function_(std::in_place, std::move(function)) {}

   private:
    void call(StopToken stop) override { (*function_)(stop); }
    void drop() noexcept override { function_.reset(); }
    std::optional<Function> function_;
  };

  void start(std::string_view name, std::unique_ptr<TaskBase> task);
  void fail(std::exception_ptr failure, bool is_stop) noexcept;
  void end_task() noexcept;
  void wait_for_tasks();

  StopSource source_;
  TaskRecord record_;
  Mutex mutex_;
  Condition all_ended_;
  std::size_t running_ SLUICE_GUARDED_BY(mutex_) = 0;
  std::exception_ptr failure_ SLUICE_GUARDED_BY(mutex_);  // the one that join() reports
  bool stopped_task_ SLUICE_GUARDED_BY(mutex_) = false;   // a task ended by a stop from outside
  bool ended_by_owner_ SLUICE_GUARDED_BY(mutex_) = false;
};

}  // namespace sluice
