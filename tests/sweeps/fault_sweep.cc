#include <cstdio>
#include <stdexcept>

#include "base/failpoint.h"
#include "sweep.h"

namespace sluice::sweeps {
namespace {

constexpr char kInjected[] = "error(1105,injected fault)";

/// Runs the case once while the store's call number `point` fails; 0 only counts.
Reply run_faulty(const CaseRun& run, std::uint64_t point, std::uint64_t* call_count) {
  const std::unique_ptr<Client> client = run.connect();
  arm_faults(FailpointKind::kStorageCall, {point, kInjected, scope_of(run.sweep_case())});
  Reply reply = client->run(run.sweep_case().statement);
  if (call_count != nullptr) *call_count = fault_passes(FailpointKind::kStorageCall);
  disarm_faults();
  return reply;
}

}  // namespace

SweepOutcome fault_sweep(TestServer& server, const std::vector<SweepCase>& cases, const SweepOptions& options) {
  SweepOutcome outcome;
  for (const SweepCase& sweep_case : cases) {
    std::uint64_t calls = 0;
    std::uint64_t at = 0;
    std::size_t failures = 0;
    std::string problem;
    try {
      CaseRun run(server, sweep_case);
      run.take_baseline();
      run_faulty(run, 0, &calls);
      run_all(*run.connect(), sweep_case.undo);
      for (const std::uint64_t point : choose_points(calls, options)) {
        at = point;
        const Reply reply = run_faulty(run, point, nullptr);
        failures += reply.ok() ? 0 : 1;
        problem = run.verify_after(reply);
        if (!problem.empty()) break;
      }
    } catch (const std::runtime_error& error) {
      disarm_faults();
      problem = error.what();
    }
    if (problem.empty()) {
      ++outcome.passed;
      std::printf("fault %s: %llu calls, %zu errors\n", sweep_case.name.c_str(), static_cast<unsigned long long>(calls),
                  failures);
    } else {
      ++outcome.failed;
      std::printf("fault %s: FAILED at call %llu of %llu: %s\n", sweep_case.name.c_str(),
                  static_cast<unsigned long long>(at), static_cast<unsigned long long>(calls), problem.c_str());
    }
    std::fflush(stdout);
  }
  return outcome;
}

}  // namespace sluice::sweeps
