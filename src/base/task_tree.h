#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/poll_gap.h"
#include "base/sched.h"
#include "base/stop_token.h"

namespace sluice {

class MemoryTracker;

enum class TaskKind : std::uint8_t { kService, kConnection, kStatement, kJob, kSubtask, kScope, kTask };
std::string_view to_string(TaskKind kind) noexcept;

/// What the task tree says of one live thing.
struct TaskSnapshot {
  std::uint64_t id = 0;
  std::uint64_t parent_id = 0;  // 0: none
  TaskKind kind = TaskKind::kTask;
  std::string name;
  std::string state;
  std::int64_t start_us = 0;  // since 1970-01-01 UTC
  std::int64_t age_ns = 0;
  std::int64_t bytes = 0;  // of its memory tracker; 0 without one
  StopReason stop_reason = StopReason::kNone;
  std::int64_t since_stop_ns = 0;        // since the stop was requested; 0 if it was not
  std::int64_t since_last_poll_ns = -1;  // -1: never polled
  bool is_waiting = false;               // blocked in a wait, which its stop would end
  std::int64_t longest_poll_gap_ns = 0;  // of the task and of its finished children
};

/// The entry of one statement, job, scope or task in the process's task tree, for its own life.
///
/// Thread-safety: made, attached and destroyed by its owner; set_state() and the figures from any thread.
/// Cheap enough for a point read: no allocation, one sharded latch at either end.
class TaskRecord {
 public:
  static constexpr std::size_t kNameBytes = 64;

  /// `name` is copied and cut to kNameBytes. The parent is `parent`, else the record the calling thread is attached to.
  TaskRecord(TaskKind kind, std::string_view name, StopToken stop = StopToken(), const TaskRecord* parent = nullptr);
  ~TaskRecord();
  TaskRecord(const TaskRecord&) = delete;
  TaskRecord& operator=(const TaskRecord&) = delete;

  std::uint64_t id() const noexcept { return id_; }
  /// `state` must have static lifetime: "running", "waiting for lock", …
  void set_state(const char* state) noexcept { state_.store(state, std::memory_order_relaxed); }
  /// `tracker` must outlive the record.
  void set_memory(const MemoryTracker* tracker) noexcept { memory_.store(tracker, std::memory_order_release); }
  std::int64_t longest_poll_gap_ns() const noexcept;
  /// True if this record or an ancestor is of `kind`.
  bool is_below(TaskKind kind) const noexcept;

  /// The record that the calling thread is attached to; null if none.
  static TaskRecord* current() noexcept;

 private:
  friend class TaskAttachment;
  friend std::vector<TaskSnapshot> task_snapshots();
  friend std::size_t live_task_count(std::uint64_t root_id);

  TaskSnapshot snapshot() const;

  const std::uint64_t id_;
  std::uint64_t parent_id_;
  const TaskRecord* parent_;  // outlives this record: scopes join their tasks
  const TaskKind kind_;
  const StopToken stop_;
  const std::int64_t start_ns_;
  const std::int64_t start_us_;
  std::atomic<const char*> state_{"running"};
  std::atomic<const MemoryTracker*> memory_{nullptr};
  mutable std::atomic<std::uint64_t> children_longest_gap_cycles_{0};
  PollGapRecord poll_gap_;
  TaskRecord* previous_ = nullptr;  // in the shard's list, guarded by its latch
  TaskRecord* next_ = nullptr;
  char name_[kNameBytes];
};

/// Makes `record` the calling thread's current one, and measures its poll gaps, for the guard's life.
class TaskAttachment {
 public:
  explicit TaskAttachment(TaskRecord& record) noexcept;
  ~TaskAttachment();
  TaskAttachment(const TaskAttachment&) = delete;
  TaskAttachment& operator=(const TaskAttachment&) = delete;

 private:
  TaskRecord* previous_;
  PollGapScope poll_gap_;
};

/// All live records, by id (parents before children).
std::vector<TaskSnapshot> task_snapshots();

/// How many live descendants the record `root_id` has: must be 0 when a statement or job ends.
std::size_t live_task_count(std::uint64_t root_id);

/// The tree as indented text, for /debug/tasks and for messages about a hang.
std::string task_tree_text();

}  // namespace sluice
