#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/temp_dir.h"
#include "sweep.h"

// Each run is three processes on one directory: `prepare` fills it once (and is copied from then on), `crash` runs the
// case and dies at the k-th durable write, `verify` recovers and looks. They talk by exit codes and by the file "reply"
// that `crash` writes last.
namespace sluice::sweeps {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kFine = 0;
constexpr int kBroken = 1;

const SweepCase& find_case(const CaseFile& file, const std::string& name) {
  for (const SweepCase& sweep_case : file.cases) {
    if (sweep_case.name == name) return sweep_case;
  }
  throw std::runtime_error("no case is named " + name);
}

void write_file(const std::string& path, const std::string& text) {
  std::FILE* const file = std::fopen(path.c_str(), "we");
  if (file == nullptr) throw std::runtime_error("cannot write " + path);
  std::fwrite(text.data(), 1, text.size(), file);
  std::fclose(file);
}

std::string read_file(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return "";
  std::string text;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof(buffer), file)) text.append(buffer, count);
  std::fclose(file);
  return text;
}

void prepare(const CaseFile& file, const SweepCase& sweep_case, const std::string& directory) {
  const std::unique_ptr<TestServer> server = harness::open_test_server(directory + "/data", kBulkCommitBytes);
  load_fixture(*server, file);
  const std::unique_ptr<Client> client = server->connect(kDatabase);
  write_file(directory + "/before", digest(*client));
  for (const std::string& setting : sweep_case.before) run_all(*client, setting);
  arm_faults(FailpointKind::kDurableWrite, {0, "off", scope_of(sweep_case)});
  run_all(*client, sweep_case.statement);
  write_file(directory + "/count", std::to_string(fault_passes(FailpointKind::kDurableWrite)));
  disarm_faults();
  write_file(directory + "/after", digest(*client));
  run_all(*client, sweep_case.undo);
}

void crash(const SweepCase& sweep_case, const std::string& directory, std::uint64_t point) {
  const std::unique_ptr<TestServer> server = harness::open_test_server(directory + "/data", kBulkCommitBytes);
  const std::unique_ptr<Client> client = server->connect(kDatabase);
  for (const std::string& setting : sweep_case.before) run_all(*client, setting);
  arm_faults(FailpointKind::kDurableWrite, {point, "crash", scope_of(sweep_case)});
  const Reply reply = client->run(sweep_case.statement);
  write_file(directory + "/reply", reply.ok() ? "ok" : "error");
  // What follows the answer (clean-up of a job) may still reach the point; if not, the process dies here all the same.
  clock().sleep(20ms, StopToken());
  ::kill(::getpid(), SIGKILL);
}

void wait_for_jobs(Client& client) {
  const std::int64_t deadline_ns = clock().now_ns() + std::chrono::nanoseconds(20s).count();
  for (;;) {
    bool running = false;
    for (const std::vector<std::string>& row : client.run("ADMIN SHOW DDL JOBS 5").rows) {
      constexpr std::size_t kStateColumn = 11;  // JOB_ID … END_TIME, STATE, COMMENTS
      const std::string& state = row.at(kStateColumn);
      running |= state != "synced" && state != "cancelled" && state != "rollback done";
    }
    if (!running) return;
    if (clock().now_ns() > deadline_ns) throw std::runtime_error("a job does not end after the restart");
    clock().sleep(2ms, StopToken());
  }
}

std::string verify(const SweepCase& sweep_case, const std::string& directory) {
  const std::unique_ptr<TestServer> server = harness::open_test_server(directory + "/data", kBulkCommitBytes);
  const std::unique_ptr<Client> client = server->connect(kDatabase);
  if (sweep_case.kind == CaseKind::kJob) wait_for_jobs(*client);
  const std::string now = digest(*client);
  const bool is_before = now == read_file(directory + "/before");
  const bool is_after = now == read_file(directory + "/after");
  if (!is_before && !is_after) return "left half its effect";
  if (read_file(directory + "/reply") == "ok" && !is_after) return "lost what it had acknowledged";
  for (const std::vector<std::string>& row : client->run("SHOW TABLES").rows) {
    const Reply reply = client->run("ADMIN CHECK TABLE `" + row.at(0) + "`");
    if (!reply.ok()) return "ADMIN CHECK TABLE " + row.at(0) + ": " + reply.message;
  }
  for (const std::string& setting : sweep_case.before) run_all(*client, setting);
  if (is_after) run_all(*client, sweep_case.undo);
  run_all(*client, sweep_case.statement);
  if (digest(*client) != read_file(directory + "/after")) return "has another effect after the restart";
  return "";
}

/// Runs this program as a child. Returns its wait status, or throws after a minute.
int run_child(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<char*> pointers{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, pointers.data(), environ) != 0) {
    throw std::runtime_error("cannot start " + program);
  }
  const std::int64_t deadline_ns = clock().now_ns() + std::chrono::nanoseconds(60s).count();
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (clock().now_ns() > deadline_ns) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      throw std::runtime_error("a child process hung");
    }
    clock().sleep(2ms, StopToken());
  }
  return status;
}

bool ended_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

void copy_prepared(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::create_directories(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

}  // namespace

int crash_child(const std::vector<std::string>& arguments) {
  try {
    const std::string& role = arguments.at(0);
    const CaseFile file = read_case_file(arguments.at(1));
    const SweepCase& sweep_case = find_case(file, arguments.at(2));
    const std::string& directory = arguments.at(3);
    if (role == "prepare") prepare(file, sweep_case, directory);
    if (role == "crash") crash(sweep_case, directory, std::stoull(arguments.at(4)));
    if (role == "verify") {
      const std::string problem = verify(sweep_case, directory);
      if (!problem.empty()) throw std::runtime_error(problem);
    }
    return kFine;
  } catch (const std::exception& error) {
    std::printf("  %s\n", error.what());
    return kBroken;
  }
}

SweepOutcome crash_sweep(const std::string& program, const std::string& case_path, const std::vector<SweepCase>& cases,
                         const SweepOptions& options) {
  SweepOutcome outcome;
  for (const SweepCase& sweep_case : cases) {
    if (sweep_case.kind == CaseKind::kQuery) continue;  // writes nothing
    const TempDir directory;
    const std::string prepared = directory.path() + "/prepared";
    const std::string used = directory.path() + "/used";
    fs::create_directories(prepared);
    std::uint64_t writes = 0;
    std::uint64_t at = 0;
    std::string problem;
    try {
      if (!ended_with(run_child(program, {"--child", "prepare", case_path, sweep_case.name, prepared}), kFine)) {
        throw std::runtime_error("cannot be prepared");
      }
      writes = std::stoull(read_file(prepared + "/count"));
      for (const std::uint64_t point : choose_points(writes, options)) {
        at = point;
        copy_prepared(prepared, used);
        const int status =
            run_child(program, {"--child", "crash", case_path, sweep_case.name, used, std::to_string(point)});
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) throw std::runtime_error("did not die as it should");
        if (!ended_with(run_child(program, {"--child", "verify", case_path, sweep_case.name, used}), kFine)) {
          throw std::runtime_error("is not as it should be after the restart");
        }
      }
    } catch (const std::runtime_error& error) {
      problem = error.what();
    }
    if (problem.empty()) {
      ++outcome.passed;
      std::printf("crash %s: %llu durable writes\n", sweep_case.name.c_str(), static_cast<unsigned long long>(writes));
    } else {
      ++outcome.failed;
      std::printf("crash %s: FAILED at durable write %llu of %llu: %s\n", sweep_case.name.c_str(),
                  static_cast<unsigned long long>(at), static_cast<unsigned long long>(writes), problem.c_str());
    }
    std::fflush(stdout);
  }
  return outcome;
}

}  // namespace sluice::sweeps
