#include "base/task_tree.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_set>

#include "base/check.h"
#include "base/clock.h"
#include "base/format.h"
#include "base/memory_tracker.h"

namespace sluice {
namespace {

// Records are spread over shards by id, so that many connections do not meet on one latch.
struct alignas(64) Shard {
  sched::SpinLatch latch;
  TaskRecord* first = nullptr;  // guarded by latch
};
constexpr std::size_t kShardCount = 16;
constinit Shard shards[kShardCount];
constinit std::atomic<std::uint64_t> next_id{1};
constinit thread_local TaskRecord* current_record = nullptr;

void raise_to(std::atomic<std::uint64_t>& maximum, std::uint64_t value) noexcept {
  std::uint64_t seen = maximum.load(std::memory_order_relaxed);
  while (value > seen && !maximum.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

}  // namespace

std::string_view to_string(TaskKind kind) noexcept {
  switch (kind) {
    case TaskKind::kService:
      return "service";
    case TaskKind::kConnection:
      return "connection";
    case TaskKind::kStatement:
      return "statement";
    case TaskKind::kJob:
      return "job";
    case TaskKind::kSubtask:
      return "subtask";
    case TaskKind::kScope:
      return "scope";
    case TaskKind::kTask:
      return "task";
  }
  return "unknown";
}

TaskRecord::TaskRecord(TaskKind kind, std::string_view name, StopToken stop, const TaskRecord* parent)
    : id_(next_id.fetch_add(1, std::memory_order_relaxed)),
      parent_(parent != nullptr ? parent : current_record),
      kind_(kind),
      stop_(stop),
      start_ns_(sched::steady_now_ns()),
      start_us_(clock().system_now_us()) {
  parent_id_ = parent_ != nullptr ? parent_->id_ : 0;
  const std::size_t length = std::min(name.size(), kNameBytes - 1);
  std::memcpy(name_, name.data(), length);
  name_[length] = '\0';
  Shard& shard = shards[id_ % kShardCount];
  const sched::SpinGuard guard(shard.latch);
  next_ = shard.first;
  if (next_ != nullptr) next_->previous_ = this;
  shard.first = this;
}

TaskRecord::~TaskRecord() {
  SLUICE_FATAL_CHECK(current_record != this, "task record '{}' dies while a thread is attached to it", name_);
  if (parent_ != nullptr) {
    raise_to(parent_->children_longest_gap_cycles_,
             std::max(poll_gap_.longest_gap_cycles.load(std::memory_order_relaxed),
                      children_longest_gap_cycles_.load(std::memory_order_relaxed)));
  }
  Shard& shard = shards[id_ % kShardCount];
  const sched::SpinGuard guard(shard.latch);
  (previous_ != nullptr ? previous_->next_ : shard.first) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

std::int64_t TaskRecord::longest_poll_gap_ns() const noexcept {
  return cycles_to_ns(std::max(poll_gap_.longest_gap_cycles.load(std::memory_order_relaxed),
                               children_longest_gap_cycles_.load(std::memory_order_relaxed)));
}

bool TaskRecord::is_below(TaskKind kind) const noexcept {
  for (const TaskRecord* record = this; record != nullptr; record = record->parent_) {
    if (record->kind_ == kind) return true;
  }
  return false;
}

TaskRecord* TaskRecord::current() noexcept { return current_record; }

TaskSnapshot TaskRecord::snapshot() const {
  TaskSnapshot out;
  out.id = id_;
  out.parent_id = parent_id_;
  out.kind = kind_;
  out.name = name_;
  out.state = state_.load(std::memory_order_relaxed);
  out.start_us = start_us_;
  const std::int64_t now_ns = sched::steady_now_ns();
  out.age_ns = now_ns - start_ns_;
  if (const MemoryTracker* memory = memory_.load(std::memory_order_acquire)) out.bytes = memory->bytes();
  out.stop_reason = stop_.reason();
  if (const std::int64_t requested_ns = stop_.stop_requested_ns()) out.since_stop_ns = now_ns - requested_ns;
  if (const std::uint64_t last = poll_gap_.last_poll_cycles.load(std::memory_order_relaxed)) {
    const std::uint64_t now = cycles_now();
    out.since_last_poll_ns = now > last ? cycles_to_ns(now - last) : 0;
  }
  out.is_waiting = poll_gap_.is_waiting.load(std::memory_order_relaxed);
  out.longest_poll_gap_ns = longest_poll_gap_ns();
  return out;
}

TaskAttachment::TaskAttachment(TaskRecord& record) noexcept : previous_(current_record), poll_gap_(record.poll_gap_) {
  current_record = &record;
}

TaskAttachment::~TaskAttachment() { current_record = previous_; }

std::vector<TaskSnapshot> task_snapshots() {
  cycles_to_ns(0);  // calibrates outside the latches
  std::vector<TaskSnapshot> all;
  for (Shard& shard : shards) {
    const sched::SpinGuard guard(shard.latch);
    for (const TaskRecord* record = shard.first; record != nullptr; record = record->next_) {
      all.push_back(record->snapshot());
    }
  }
  std::sort(all.begin(), all.end(), [](const TaskSnapshot& a, const TaskSnapshot& b) { return a.id < b.id; });
  return all;
}

std::size_t live_task_count(std::uint64_t root_id) {
  // Ids grow from parent to child, so one pass in the order of ids finds all descendants.
  std::unordered_set<std::uint64_t> family{root_id};
  std::size_t count = 0;
  for (const TaskSnapshot& task : task_snapshots()) {
    if (task.id != root_id && family.contains(task.parent_id)) {
      family.insert(task.id);
      ++count;
    }
  }
  return count;
}

namespace {

void append_subtree(const std::multimap<std::uint64_t, const TaskSnapshot*>& children, std::uint64_t parent_id,
                    std::size_t depth, std::string& out) {
  const auto [begin, end] = children.equal_range(parent_id);
  for (auto child = begin; child != end; ++child) {
    const TaskSnapshot& task = *child->second;
    out.append(2 * depth, ' ');
    out += format_message(
        "{} {} [{}] {} age={}ms bytes={} poll={}ms gap={}us",
        {to_string(task.kind), task.id, task.name, task.is_waiting ? "waiting" : task.state, task.age_ns / 1'000'000,
         task.bytes, task.since_last_poll_ns < 0 ? -1 : task.since_last_poll_ns / 1'000'000,
         task.longest_poll_gap_ns / 1000});
    if (task.stop_reason != StopReason::kNone) {
      out += format_message(" stop={} for {}ms", {to_string(task.stop_reason), task.since_stop_ns / 1'000'000});
    }
    out.push_back('\n');
    append_subtree(children, task.id, depth + 1, out);
  }
}

}  // namespace

std::string task_tree_text() {
  const std::vector<TaskSnapshot> tasks = task_snapshots();
  std::unordered_set<std::uint64_t> ids;
  for (const TaskSnapshot& task : tasks) ids.insert(task.id);
  std::multimap<std::uint64_t, const TaskSnapshot*> children;
  for (const TaskSnapshot& task : tasks) children.emplace(ids.contains(task.parent_id) ? task.parent_id : 0, &task);
  std::string out;
  append_subtree(children, 0, 0, out);
  return out;
}

}  // namespace sluice
