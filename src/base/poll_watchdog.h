#pragma once

#include <chrono>
#include <cstddef>

#include "base/stop_token.h"

namespace sluice {

/// Names tasks that compute without polling: looks at the task tree every `period` until stopped, and logs a warning for each task
/// that has neither polled nor waited for longer than `limit`, once per task. Run it as a service, in a scope of main.
/// Ends only by Stopped.
[[noreturn]] void run_poll_watchdog(std::chrono::nanoseconds period, std::chrono::nanoseconds limit, StopToken stop);

/// One look: how many tasks are over the limit now. They are logged.
std::size_t report_unpolled_tasks(std::chrono::nanoseconds limit);

}  // namespace sluice
