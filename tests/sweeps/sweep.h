#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/failpoint.h"
#include "base/random.h"
#include "harness/test_server.h"
#include "sweep_case.h"

namespace sluice::sweeps {

using harness::Client;
using harness::Reply;
using harness::TestServer;

/// The transactions of some cases are large ones here, which are committed as files.
inline constexpr std::int64_t kBulkCommitBytes = 50'000;

/// How much a sweep does.
struct SweepOptions {
  std::size_t points_per_case = 12;  // all points up to this, then as many spread over the rest
  std::uint64_t seed = 1;            // places the spread points
  std::size_t every = 1;             // the allocation sweep takes each n-th write and job, from one that the seed says
};

/// The points in [1, count] to visit: all if they fit the budget, else the first third of the budget one by one, the
/// last, and random ones from equal parts between (stratified).
std::vector<std::uint64_t> choose_points(std::uint64_t count, const SweepOptions& options);

/// Where the faults of a case are: a job's workers belong to the service that runs all jobs.
inline FaultScope scope_of(const SweepCase& sweep_case) {
  return sweep_case.kind == CaseKind::kJob ? FaultScope::kEverything : FaultScope::kStatementsAndJobs;
}

/// What a database holds, table by table: definitions and rows in no order. Equal text means equal contents.
std::string digest(Client& client);

/// Runs all statements of `text`, which are separated by "; ". Throws std::runtime_error with the error of one that
/// fails.
void run_all(Client& client, const std::string& text);

/// One database prepared for one case, with what its contents are before and after the statement.
class CaseRun {
 public:
  /// Runs the statement and its undo once and remembers both digests. Throws std::runtime_error if either fails.
  CaseRun(TestServer& server, const SweepCase& sweep_case);

  const SweepCase& sweep_case() const { return case_; }
  /// A session in the sweep's database with the case's settings.
  std::unique_ptr<Client> connect() const;

  /// Checks what every stop and every fault must leave behind: all-or-nothing contents that agree with `reply`, clean
  /// tables, an empty census; then that the same statement succeeds, and undoes it. Returns what is wrong, or "".
  std::string verify_after(const Reply& reply);

  /// Waits until background work has settled, then remembers the census that verify_after() compares with.
  void take_baseline();

 private:
  std::string check_tables(Client& client);
  std::string check_census();

  TestServer& server_;
  const SweepCase& case_;
  std::string before_;
  std::string after_;
  struct Baseline;
  std::shared_ptr<Baseline> baseline_;
};

/// Counts of one sweep; failures are printed as they come.
struct SweepOutcome {
  std::size_t passed = 0;
  std::size_t failed = 0;
};

inline const char kDatabase[] = "sweep";
/// Creates the sweep's database and fills it. Throws std::runtime_error.
void load_fixture(TestServer& server, const CaseFile& file);

/// Stops each case at its polls one after the other: the right error or the whole effect, and nothing left.
SweepOutcome stop_sweep(TestServer& server, const std::vector<SweepCase>& cases, const SweepOptions& options);
/// Fails each case's calls of the store one after the other.
SweepOutcome fault_sweep(TestServer& server, const std::vector<SweepCase>& cases, const SweepOptions& options);
/// Fails each case's allocations, place by place (call stacks), and finds those that would end the process.
SweepOutcome allocation_sweep(TestServer& server, const std::vector<SweepCase>& cases, const SweepOptions& options);
/// Ends a process at each case's durable writes one after the other, restarts and recovers. `program` is this program,
/// `case_path` the file that holds `cases`.
SweepOutcome crash_sweep(const std::string& program, const std::string& case_path, const std::vector<SweepCase>& cases,
                         const SweepOptions& options);
/// What the crash sweep's child processes do. Returns the process's exit code.
int crash_child(const std::vector<std::string>& arguments);

}  // namespace sluice::sweeps
