#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace sluice {

/// A piece of work for the pool. Runs once on a pool thread; must not throw.
class WorkItem {
 public:
  virtual ~WorkItem() = default;
  virtual void run() noexcept = 0;
};

/// The process's threads. A cached pool: it starts a thread whenever none is idle, so a task that blocks never starves
/// another; idle threads retire after a while.
///
/// Only TaskScope submits work: nothing may run that no scope owns. Thread-safety: all members from any thread.
class WorkerPool {
 public:
  WorkerPool();
  /// All submitted work must have ended: scopes join before. Joins the idle threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs `item` on an idle thread or a new one, which is named after it meanwhile (cut to 15 characters).
  /// Throws SqlError 1135 if no thread can be started; then `item` was not run.
  void submit(std::string_view name, std::unique_ptr<WorkItem> item);

  std::size_t thread_count() const noexcept;
  std::size_t idle_thread_count() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The pool of the process, made on first use, joined at exit.
WorkerPool& worker_pool();

}  // namespace sluice
