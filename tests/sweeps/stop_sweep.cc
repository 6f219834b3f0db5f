#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "base/clock.h"
#include "base/stop_probe.h"
#include "base/task_scope.h"
#include "sweep.h"

namespace sluice::sweeps {
namespace {

using namespace std::chrono_literals;

// The bound on one answer after a stop: T_ack at worst. Generous, as test builds under load are slow; the usual is
// below a millisecond.
constexpr std::chrono::nanoseconds kAnswerWithin = 1s;

/// Cancels the job that a session waits for, from a session of its own: a poll cannot run SQL itself, as it may hold
/// locks.
void cancel_jobs(TestServer& server) {
  const std::unique_ptr<Client> admin = server.connect("");
  for (const std::vector<std::string>& job : admin->run("ADMIN SHOW DDL JOBS 1").rows) {
    admin->run("ADMIN CANCEL DDL JOBS " + job.at(0));
  }
}

/// What a user can do to what runs.
enum class StopWay { kKill, kCancelJob };

struct StopResult {
  Reply reply;
  bool fired = false;
  std::int64_t answer_ns = 0;  // from the stop to the answer
};

/// Waits, in a task of its own, until it is told to cancel, then does it.
class Canceller {
 public:
  explicit Canceller(TestServer& server) : scope_("canceller", StopToken()) {
    scope_.spawn("canceller", [this, &server](StopToken stop) {
      {
        MutexLock lock(mutex_);
        told_.wait(lock, stop, [this] { return is_told_; });
      }
      cancel_jobs(server);
    });
  }
  void tell() {
    MutexLock lock(mutex_);
    is_told_ = true;
    told_.notify_one();
  }
  /// Waits for the end of a cancel that was told of; without one, ends the task.
  void finish(bool was_told) {
    if (!was_told) scope_.request_stop(StopReason::kScopeEnded);
    scope_.join();
  }

 private:
  Mutex mutex_;
  Condition told_;
  bool is_told_ = false;
  TaskScope scope_;  // last: its task uses the rest
};

/// Runs the case once and stops it at poll `point`; 0 only counts the polls into `poll_count`.
StopResult run_stopped(TestServer& server, const CaseRun& run, StopWay way, std::uint64_t point,
                       std::uint64_t* poll_count) {
  const std::unique_ptr<Client> client = run.connect();
  StopProbe& probe = way == StopWay::kKill ? server.session_polls() : server.job_polls();
  Canceller canceller(server);
  std::atomic<std::int64_t> stopped_ns{0};
  probe.arm(point, [&] {
    stopped_ns = clock().now_ns();
    if (way == StopWay::kKill) {
      client->stop(StopReason::kQueryKilled);
    } else {
      canceller.tell();
    }
  });
  StopResult result;
  result.reply = client->run(run.sweep_case().statement);
  const std::int64_t end_ns = clock().now_ns();
  if (poll_count != nullptr) *poll_count = probe.count();
  result.fired = probe.fired();
  probe.arm(0, [] {});
  canceller.finish(result.fired && way == StopWay::kCancelJob);
  if (result.fired) result.answer_ns = end_ns - stopped_ns;
  return result;
}

std::string check(const StopResult& result, StopWay way) {
  if (!result.reply.ok()) {
    const std::uint16_t expected = way == StopWay::kKill ? 1317 : 8214;
    const std::string got = std::to_string(result.reply.error) + " " + result.reply.message;
    if (!result.fired) return "failed unstopped: " + got;
    if (result.reply.error != expected) return "answered " + got + " instead of " + std::to_string(expected);
  }
  if (result.fired && result.answer_ns > kAnswerWithin.count()) {
    return "answered " + std::to_string(result.answer_ns / 1'000'000) + " ms after the stop";
  }
  return "";
}

/// All points of one case. Returns whether it passed.
bool sweep_one(TestServer& server, const SweepCase& sweep_case, StopWay way, const SweepOptions& options) {
  const std::string name = (way == StopWay::kKill ? "kill " : "cancel ") + sweep_case.name;
  std::size_t stops = 0;
  std::int64_t slowest_ns = 0;
  std::uint64_t polls = 0;
  std::uint64_t at = 0;
  std::string problem;
  try {
    CaseRun run(server, sweep_case);
    run.take_baseline();
    run_stopped(server, run, way, 0, &polls);
    run_all(*run.connect(), sweep_case.undo);
    for (const std::uint64_t point : choose_points(polls, options)) {
      at = point;
      const StopResult result = run_stopped(server, run, way, point, nullptr);
      stops += result.fired && !result.reply.ok() ? 1 : 0;
      slowest_ns = std::max(slowest_ns, result.answer_ns);
      problem = check(result, way);
      if (problem.empty()) problem = run.verify_after(result.reply);
      if (!problem.empty()) break;
    }
  } catch (const std::runtime_error& error) {
    problem = error.what();
  }
  if (problem.empty()) {
    std::printf("%s: %llu polls, %zu stops, slowest answer %lld us\n", name.c_str(),
                static_cast<unsigned long long>(polls), stops, static_cast<long long>(slowest_ns / 1000));
  } else {
    std::printf("%s: FAILED at poll %llu of %llu: %s\n", name.c_str(), static_cast<unsigned long long>(at),
                static_cast<unsigned long long>(polls), problem.c_str());
  }
  std::fflush(stdout);
  return problem.empty();
}

}  // namespace

SweepOutcome stop_sweep(TestServer& server, const std::vector<SweepCase>& cases, const SweepOptions& options) {
  SweepOutcome outcome;
  const auto count = [&outcome](bool passed) { ++(passed ? outcome.passed : outcome.failed); };
  for (const SweepCase& sweep_case : cases) {
    count(sweep_one(server, sweep_case, StopWay::kKill, options));
    if (sweep_case.kind == CaseKind::kJob) count(sweep_one(server, sweep_case, StopWay::kCancelJob, options));
  }
  return outcome;
}

}  // namespace sluice::sweeps
