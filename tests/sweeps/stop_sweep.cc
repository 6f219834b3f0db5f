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

struct StopResult {
  Reply reply;
  bool fired = false;
  std::int64_t answer_ns = 0;  // from the stop to the answer
};

/// Runs the case once and stops it at poll `point`; 0 only counts.
StopResult run_stopped(TestServer& server, const CaseRun& run, StopProbe& probe, std::uint64_t point,
                       std::uint64_t* poll_count) {
  const std::unique_ptr<Client> client = run.connect();
  StopResult result;
  std::atomic<std::int64_t> stopped_ns{0};
  const bool is_job = run.sweep_case().kind == CaseKind::kJob;
  Mutex mutex;
  Condition changed;
  bool wanted = false;
  TaskScope scope("canceller", StopToken());
  if (is_job) {
    scope.spawn("canceller", [&](StopToken stop) {
      {
        MutexLock lock(mutex);
        changed.wait(lock, stop, [&] { return wanted; });
      }
      cancel_jobs(server);
    });
  }
  probe.arm(point, [&] {
    stopped_ns = clock().now_ns();
    if (!is_job) {
      client->stop(StopReason::kQueryKilled);
      return;
    }
    MutexLock lock(mutex);
    wanted = true;
    changed.notify_one();
  });
  result.reply = client->run(run.sweep_case().statement);
  const std::int64_t end_ns = clock().now_ns();
  if (poll_count != nullptr) *poll_count = probe.count();
  result.fired = probe.fired();
  probe.arm(0, [] {});
  if (result.fired) {
    result.answer_ns = end_ns - stopped_ns;
    if (is_job) scope.join();
  }
  scope.request_stop(StopReason::kScopeEnded);
  scope.join();
  return result;
}

std::string check(const CaseRun& run, const StopResult& result) {
  if (!result.reply.ok()) {
    const std::uint16_t expected = run.sweep_case().kind == CaseKind::kJob ? 8214 : 1317;
    if (!result.fired) return "failed unstopped: " + std::to_string(result.reply.error) + " " + result.reply.message;
    if (result.reply.error != expected) {
      return "answered " + std::to_string(result.reply.error) + " " + result.reply.message + " instead of " +
             std::to_string(expected);
    }
  }
  if (result.fired && result.answer_ns > kAnswerWithin.count()) {
    return "answered " + std::to_string(result.answer_ns / 1'000'000) + " ms after the stop";
  }
  return "";
}

}  // namespace

SweepOutcome stop_sweep(TestServer& server, const std::vector<SweepCase>& cases, const SweepOptions& options) {
  SweepOutcome outcome;
  StopProbe probe(server.sessions_source());
  for (const SweepCase& sweep_case : cases) {
    std::size_t stops = 0;
    std::int64_t slowest_ns = 0;
    std::string problem;
    std::uint64_t polls = 0;
    std::uint64_t at = 0;
    try {
      CaseRun run(server, sweep_case);
      run.take_baseline();
      run_stopped(server, run, probe, 0, &polls);
      if (!sweep_case.undo.empty()) run_all(*run.connect(), sweep_case.undo);
      for (const std::uint64_t point : choose_points(polls, options)) {
        at = point;
        const StopResult result = run_stopped(server, run, probe, point, nullptr);
        stops += result.fired && !result.reply.ok() ? 1 : 0;
        slowest_ns = std::max(slowest_ns, result.answer_ns);
        problem = check(run, result);
        if (problem.empty()) problem = run.verify_after(result.reply);
        if (!problem.empty()) break;
      }
    } catch (const std::runtime_error& error) {
      problem = error.what();
    }
    if (problem.empty()) {
      ++outcome.passed;
      std::printf("stop %s: %llu polls, %zu stops, slowest answer %lld us\n", sweep_case.name.c_str(),
                  static_cast<unsigned long long>(polls), stops, static_cast<long long>(slowest_ns / 1000));
    } else {
      ++outcome.failed;
      std::printf("stop %s: FAILED at poll %llu of %llu: %s\n", sweep_case.name.c_str(),
                  static_cast<unsigned long long>(at), static_cast<unsigned long long>(polls), problem.c_str());
    }
    std::fflush(stdout);
  }
  return outcome;
}

}  // namespace sluice::sweeps
