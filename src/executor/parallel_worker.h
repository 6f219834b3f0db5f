/// What a task of a parallel operator works with.
#pragma once

#include <memory>
#include <utility>

#include "base/warnings.h"
#include "executor/execution_context.h"
#include "executor/read_view.h"
#include "expression/eval_context.h"

namespace sluice::executor {

/// A fork of the statement's reading position, evaluation context and warnings for one task. Made and destroyed by the statement's thread,
/// used by one task in between; does not move, since the worker context refers to its members.
class ParallelWorker {
 public:
  /// `context.reads.can_fork()` must be true. `stop`: of the scope that the task runs in.
  ParallelWorker(const ExecutionContext& context, StopToken stop)
      : reads_(*context.reads.fork()), eval_(context.worker.eval.fork(stop, &warnings_)), worker_{eval_, stop} {}
  ParallelWorker(const ParallelWorker&) = delete;
  ParallelWorker& operator=(const ParallelWorker&) = delete;

  ReadView& reads() noexcept { return reads_; }
  WorkerContext& worker() noexcept { return worker_; }

  /// After the join: adds the task's warnings to the statement's.
  void merge_warnings(const ExecutionContext& context) {
    if (context.worker.eval.warnings != nullptr) context.worker.eval.warnings->merge(std::move(warnings_));
  }

 private:
  WarningList warnings_;
  ReadView reads_;
  expression::EvalContext eval_;
  WorkerContext worker_;
};

}  // namespace sluice::executor
