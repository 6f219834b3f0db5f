// sluice_sweeps [--mode stop|fault|allocation|crash|all] [--case NAME-PART] [--points N] [--seed N] [--every N] [--file cases.txt]
//
// Puts every statement and schema change of the case file through the sweeps. The last line is "N passed, N failed".
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/logging.h"
#include "base/temp_dir.h"
#include "sweep.h"

namespace sluice::sweeps {
namespace {

struct Arguments {
  std::string mode = "all";
  std::string case_part;
  std::string file = "tests/sweeps/cases.txt";
  SweepOptions options;
};

Arguments parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string& value = words[i + 1];
    if (words[i] == "--mode") {
      arguments.mode = value;
    } else if (words[i] == "--case") {
      arguments.case_part = value;
    } else if (words[i] == "--points") {
      arguments.options.points_per_case = std::stoul(value);
    } else if (words[i] == "--seed") {
      arguments.options.seed = std::stoull(value);
    } else if (words[i] == "--every") {
      arguments.options.every = std::max<std::size_t>(1, std::stoul(value));
    } else if (words[i] == "--file") {
      arguments.file = value;
    } else {
      throw std::runtime_error("unknown option " + words[i]);
    }
  }
  if (words.size() % 2 != 0) throw std::runtime_error("option without a value: " + words.back());
  return arguments;
}

void add(SweepOutcome& total, const SweepOutcome& part) {
  total.passed += part.passed;
  total.failed += part.failed;
}

/// A stop or fault sweep on a server of its own.
SweepOutcome sweep_in_process(const CaseFile& file, const std::vector<SweepCase>& cases, const SweepOptions& options,
                              SweepOutcome (*sweep)(TestServer&, const std::vector<SweepCase>&, const SweepOptions&)) {
  const TempDir directory;
  const std::unique_ptr<TestServer> server = harness::open_test_server(directory.path() + "/data", kBulkCommitBytes);
  load_fixture(*server, file);
  return sweep(*server, cases, options);
}

int run(const std::string& program, const Arguments& arguments) {
  const CaseFile file = read_case_file(arguments.file);
  std::vector<SweepCase> cases;
  for (const SweepCase& sweep_case : file.cases) {
    if (sweep_case.name.find(arguments.case_part) != std::string::npos) cases.push_back(sweep_case);
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(arguments.options.seed));
  SweepOutcome total;
  const auto wanted = [&](const char* mode) { return arguments.mode == mode || arguments.mode == "all"; };
  if (wanted("stop")) add(total, sweep_in_process(file, cases, arguments.options, stop_sweep));
  if (wanted("fault")) add(total, sweep_in_process(file, cases, arguments.options, fault_sweep));
  if (wanted("allocation")) add(total, sweep_in_process(file, cases, arguments.options, allocation_sweep));
  if (wanted("crash")) add(total, crash_sweep(program, arguments.file, cases, arguments.options));
  std::printf("%zu passed, %zu failed\n", total.passed, total.failed);
  return total.failed == 0 ? 0 : 1;
}

std::string own_path() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof(path));
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "";
}

}  // namespace
}  // namespace sluice::sweeps

int main(int count, char** words) {
  using namespace sluice;
  using namespace sluice::sweeps;
  set_log_level(LogLevel::kError);
  std::vector<std::string> arguments(words + 1, words + count);
  try {
    if (!arguments.empty() && arguments[0] == "--child") return crash_child({arguments.begin() + 1, arguments.end()});
    return run(own_path(), parse(arguments));
  } catch (const std::exception& error) {
    std::printf("%s\n0 passed, 1 failed\n", error.what());
    return 1;
  }
}
