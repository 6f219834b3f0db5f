#include "base/task_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "base/memory_tracker.h"
#include "base/task_scope.h"

namespace sluice {
namespace {

std::optional<TaskSnapshot> find_task(std::string_view name) {
  for (TaskSnapshot& task : task_snapshots()) {
    if (task.name == name) return task;
  }
  return std::nullopt;
}

TEST(TaskTree, ShowsARecordWhileItLives) {
  {
    StopSource source;
    MemoryTracker memory("test");
    const MemoryReservation reservation(memory, 4096);
    TaskRecord record(TaskKind::kStatement, "task_tree_test select", source.token());
    record.set_state("scanning");
    record.set_memory(&memory);
    source.request_stop(StopReason::kTimeLimit);
    const std::optional<TaskSnapshot> task = find_task("task_tree_test select");
    ASSERT_TRUE(task.has_value());
    EXPECT_EQ(task->kind, TaskKind::kStatement);
    EXPECT_EQ(task->state, "scanning");
    EXPECT_EQ(task->bytes, 4096);
    EXPECT_EQ(task->stop_reason, StopReason::kTimeLimit);
    EXPECT_GE(task->since_stop_ns, 0);
    EXPECT_EQ(task->since_last_poll_ns, -1);
  }
  EXPECT_FALSE(find_task("task_tree_test select").has_value());
}

TEST(TaskTree, ChildrenHangBelowTheAttachedRecord) {
  TaskRecord parent(TaskKind::kStatement, "task_tree_test parent");
  const TaskAttachment attachment(parent);
  const TaskRecord child(TaskKind::kScope, "task_tree_test child");
  EXPECT_EQ(find_task("task_tree_test child")->parent_id, parent.id());
  EXPECT_EQ(live_task_count(parent.id()), 1u);
}

TEST(TaskTree, TasksOfAScopeHangBelowIt) {
  TaskRecord statement(TaskKind::kStatement, "task_tree_test statement");
  const TaskAttachment attachment(statement);
  {
    TaskScope scope("task_tree_test scope", StopToken());
    std::uint64_t scope_id = find_task("task_tree_test scope")->id;
    scope.spawn("task_tree_test task", [&](StopToken) {
      EXPECT_EQ(find_task("task_tree_test task")->parent_id, scope_id);
      EXPECT_EQ(TaskRecord::current()->id(), find_task("task_tree_test task")->id);
    });
    scope.join();
    EXPECT_EQ(live_task_count(statement.id()), 1u);
  }
  EXPECT_EQ(live_task_count(statement.id()), 0u);
}

TEST(TaskTree, TextIndentsChildren) {
  TaskRecord parent(TaskKind::kJob, "task_tree_test job");
  const TaskRecord child(TaskKind::kSubtask, "task_tree_test subtask", StopToken(), &parent);
  const std::string text = task_tree_text();
  const std::size_t at_parent = text.find("job " + std::to_string(parent.id()) + " [task_tree_test job]");
  const std::size_t at_child = text.find("  subtask " + std::to_string(child.id()) + " [task_tree_test subtask]");
  EXPECT_NE(at_parent, std::string::npos) << text;
  EXPECT_NE(at_child, std::string::npos) << text;
  EXPECT_LT(at_parent, at_child);
}

TEST(TaskTree, CutsLongNames) {
  const TaskRecord record(TaskKind::kTask, std::string(500, 'x'));
  EXPECT_TRUE(find_task(std::string(TaskRecord::kNameBytes - 1, 'x')).has_value());
}

TEST(TaskTree, SnapshotsWhileTasksComeAndGo) {
  TaskScope scope("test", StopToken());
  for (int i = 0; i < 4; ++i) {
    scope.spawn("churn", [](StopToken stop) {
      for (int k = 0; k < 500; ++k) {
        TaskRecord record(TaskKind::kStatement, "short", stop);
        const TaskAttachment attachment(record);
        stop.poll();
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    const std::vector<TaskSnapshot> tasks = task_snapshots();
    EXPECT_TRUE(std::is_sorted(tasks.begin(), tasks.end(),
                               [](const TaskSnapshot& a, const TaskSnapshot& b) { return a.id < b.id; }));
  }
  scope.join();
}

}  // namespace
}  // namespace sluice
