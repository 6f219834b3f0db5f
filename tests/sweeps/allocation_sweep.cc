#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "allocation_faults.h"
#include "base/sql_error.h"
#include "sweep.h"

namespace sluice::sweeps {
namespace {

/// A job's workers belong to the service that runs all jobs.
AllocationScope allocation_scope_of(const SweepCase& sweep_case) {
  return sweep_case.kind == CaseKind::kJob ? AllocationScope::kTasks : AllocationScope::kStatements;
}

struct FailedRun {
  Reply reply;
  AllocationReport report;
};

/// Runs the case once while its allocation number `point` fails; 0 only counts.
FailedRun run_failing(const CaseRun& run, std::uint64_t point) {
  const std::unique_ptr<Client> client = run.connect();
  FailedRun result;
  arm_allocations(allocation_scope_of(run.sweep_case()), point);
  try {
    result.reply = client->run(run.sweep_case().statement);
  } catch (...) {
    disarm_allocations();
    throw;
  }
  result.report = disarm_allocations();
  if (const Reply next = client->run("SELECT 1"); !next.ok()) {
    throw std::runtime_error("the session does not go on: " + next.message);
  }
  return result;
}

std::string check(const FailedRun& result) {
  const Reply& reply = result.reply;
  if (reply.ok() || reply.error == static_cast<std::uint16_t>(ErrorCode::kOutOfResources)) return "";
  return "answered " + std::to_string(reply.error) + " " + reply.message;
}

void learn_json_destructor() {
  nlohmann::json nested;
  nested["a"]["b"] = 1;
  expect_json_destructor();
  nested = nullptr;
  if (!has_found_json_destructor()) throw std::runtime_error("noexcept functions on the stack are not recognised");
}

}  // namespace

SweepOutcome allocation_sweep(TestServer& server, const std::vector<SweepCase>& cases, const SweepOptions& options) {
  SweepOutcome outcome;
  learn_json_destructor();
  std::uint64_t changing = options.seed;
  for (const SweepCase& sweep_case : cases) {
    if (sweep_case.kind != CaseKind::kQuery && changing++ % options.every != 0) continue;
    AllocationReport whole;
    AllocationReport last;
    std::uint64_t at = 0;
    std::size_t errors = 0;
    std::string problem;
    const std::size_t deadly_before = deadly_places().size();
    try {
      CaseRun run(server, sweep_case);
      run.take_baseline();
      whole = run_failing(run, 0).report;
      run_all(*run.connect(), sweep_case.undo);
      for (const std::uint64_t place : choose_points(whole.first_of_place.size(), options)) {
        at = whole.first_of_place[place - 1];
        FailedRun result = run_failing(run, at);
        last = std::move(result.report);
        errors += result.reply.ok() ? 0 : 1;
        problem = check(result);
        if (problem.empty()) problem = run.verify_after(result.reply);
        if (!problem.empty()) break;
      }
    } catch (const std::exception& error) {
      disarm_allocations();
      problem = error.what();
    }
    const std::vector<DeadlyPlace>& deadly = deadly_places();
    for (std::size_t i = deadly_before; i < deadly.size(); ++i) {
      std::printf("allocation %s: would end the process: %s\n", sweep_case.name.c_str(), deadly[i].description.c_str());
      problem += problem.empty() ? "an allocation that must not fail" : "";
    }
    ++(problem.empty() ? outcome.passed : outcome.failed);
    if (problem.empty()) {
      std::printf("allocation %s: %llu allocations, %zu places, %zu errors\n", sweep_case.name.c_str(),
                  static_cast<unsigned long long>(whole.count), whole.first_of_place.size(), errors);
    } else {
      std::printf("allocation %s: FAILED at allocation %llu of %llu: %s\n%s\n", sweep_case.name.c_str(),
                  static_cast<unsigned long long>(at), static_cast<unsigned long long>(whole.count), problem.c_str(),
                  last.failed_at.c_str());
    }
    std::fflush(stdout);
  }
  return outcome;
}

}  // namespace sluice::sweeps
