/// What one running statement owns.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/memory_tracker.h"
#include "base/stop_latency.h"
#include "base/stop_token.h"
#include "base/task_scope.h"
#include "base/task_tree.h"
#include "base/warnings.h"
#include "executor/pipeline.h"
#include "expression/eval_context.h"
#include "session/process_list.h"
#include "session/variables.h"

namespace sluice::session {

/// The stop source, task record, memory tracker, clock reading and evaluation context of one statement, for its life. KILL and time limits
/// reach the statement through it; from its destructor on nothing of the statement lives.
///
/// Ownership: borrows the process entry, the tracker and the session's functions. Thread-safety: the session's thread, but for the stop.
class StatementRun {
 public:
  /// `connection`: the connection's token. `command`: "Query" or "Execute", for the process list.
  StatementRun(StopToken connection, Process& process, MemoryTracker& session_memory, const SessionSettings& settings,
               expression::SessionFunctions& functions, WarningList& warnings, std::string_view command,
               std::string_view text);
  ~StatementRun();
  StatementRun(const StatementRun&) = delete;
  StatementRun& operator=(const StatementRun&) = delete;

  StopToken stop() const noexcept { return source_.token(); }
  /// For what is sent to the client although the statement has stopped.
  StopToken connection() const noexcept { return connection_; }
  StopSource& source() noexcept { return source_; }
  expression::EvalContext& eval() noexcept { return eval_; }
  executor::WorkerContext& worker() noexcept { return worker_; }
  MemoryTracker& memory() noexcept { return memory_; }
  WarningList& warnings() noexcept { return warnings_; }
  TaskRecord& task() noexcept { return task_; }

  /// In place of the session's quota, for the statement and the write buffer of its transaction.
  void limit_memory(std::int64_t bytes) noexcept;
  /// Stops the statement with kTimeLimit that many milliseconds after its begin, unless it has ended. 0: no limit.
  void limit_time(std::uint64_t milliseconds);
  /// Call it when the client has its answer.
  void answered() noexcept { latency_.answered(); }

 private:
  const StopToken connection_;
  StopSource source_;
  StopLatencyRecorder latency_;
  TaskRecord task_;
  TaskAttachment attachment_;
  MemoryTracker memory_;
  MemoryTracker& session_memory_;
  WarningList& warnings_;
  expression::EvalContext eval_;
  executor::WorkerContext worker_;
  Process& process_;
  std::int64_t begin_ns_;
  std::unique_ptr<TaskScope> timer_;  // holds the one task that waits for the time limit
};

}  // namespace sluice::session
