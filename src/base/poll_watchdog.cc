#include "base/poll_watchdog.h"

#include <set>

#include "base/clock.h"
#include "base/logging.h"
#include "base/task_tree.h"

namespace sluice {
namespace {

bool is_over(const TaskSnapshot& task, std::chrono::nanoseconds limit) {
  return !task.is_waiting && task.since_last_poll_ns > limit.count();
}

void report(const TaskSnapshot& task) {
  log_warn("a task does not poll its stop token", {{"task", task.id},
                                                   {"name", task.name},
                                                   {"state", task.state},
                                                   {"since_last_poll_ms", task.since_last_poll_ns / 1'000'000},
                                                   {"age_ms", task.age_ns / 1'000'000}});
}

}  // namespace

std::size_t report_unpolled_tasks(std::chrono::nanoseconds limit) {
  std::size_t count = 0;
  for (const TaskSnapshot& task : task_snapshots()) {
    if (!is_over(task, limit)) continue;
    report(task);
    ++count;
  }
  return count;
}

void run_poll_watchdog(std::chrono::nanoseconds period, std::chrono::nanoseconds limit, StopToken stop) {
  std::set<std::uint64_t> reported;
  for (;;) {
    clock().sleep(period, stop);
    std::set<std::uint64_t> still_over;
    for (const TaskSnapshot& task : task_snapshots()) {
      if (!is_over(task, limit)) continue;
      if (!reported.contains(task.id)) report(task);
      still_over.insert(task.id);
    }
    reported = std::move(still_over);
  }
}

}  // namespace sluice
