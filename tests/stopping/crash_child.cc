#include "crash_child.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/logging.h"
#include "base/random.h"
#include "schema_change.h"

namespace sluice::stopping {
namespace {

constexpr int kNotReached = 3;

/// Writes single rows until the process dies; what of it was acknowledged does not matter here.
void write_rows(Client& client, StopToken stop) {
  Random random(new_seed());
  while (!stop.stop_requested()) {
    const std::string id = std::to_string(random.below(4000));
    switch (random.below(3)) {
      case 0:
        client.run("INSERT IGNORE INTO built VALUES (" + id + ", 1, MD5(" + id + "))");
        break;
      case 1:
        client.run("UPDATE built SET c = MD5(RAND()), k = k + 1 WHERE id = " + id);
        break;
      default:
        client.run("DELETE FROM built WHERE id = " + id);
    }
  }
}

}  // namespace

int crash_child(const std::vector<std::string>& arguments) {
  set_log_level(LogLevel::kFatal);
  const std::string& failpoint = arguments.at(1);
  const std::string configuration = arguments.at(2) + ":crash";
  const bool cancels = arguments.at(3) == "cancel";
  const std::unique_ptr<TestServer> server = harness::open_test_server(arguments.at(0));
  server->ddl_limits().sort_memory_bytes = kLittleSortMemory;
  const std::unique_ptr<Client> writer = server->connect("crash");
  const std::unique_ptr<Client> client = server->connect("crash");
  const std::unique_ptr<Client> admin = server->connect("crash");
  TaskScope load("load", StopToken());
  load.spawn("load", [&](StopToken stop) { write_rows(*writer, stop); });
  if (!cancels) {
    set_failpoint(failpoint, configuration);
    client->run(kCrashAddIndex);
  } else {
    SyncPointPause pause("ddl.index_build.scan");
    Running alter(*client, kCrashAddIndex);
    if (!pause.wait_until_reached(kPatience)) return kNotReached;
    set_failpoint(failpoint, configuration);
    admin->run("ADMIN CANCEL DDL JOBS " + admin->run("ADMIN SHOW DDL JOBS 1").rows.at(0).at(0));
    alter.reply();
    // What is left behind is removed afterwards.
    const std::int64_t deadline_ns = clock().now_ns() + kPatience.count();
    while (clock().now_ns() < deadline_ns) clock().sleep(5ms, StopToken());
  }
  load.request_stop(StopReason::kScopeEnded);
  return kNotReached;
}

bool run_crash_child(const std::string& data_path, const std::string& failpoint, int pass, Fate fate) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  std::vector<std::string> words = {
      program, "--crash", data_path, failpoint, std::to_string(pass), fate == Fate::kBuild ? "build" : "cancel"};
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, pointers.data(), environ) != 0) {
    ADD_FAILURE() << "cannot start " << program;
    return false;
  }
  const std::int64_t deadline_ns = clock().now_ns() + 3 * kPatience.count();
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (clock().now_ns() > deadline_ns) {
      ADD_FAILURE() << "the process hangs";
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return false;
    }
    clock().sleep(2ms, StopToken());
  }
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace sluice::stopping
