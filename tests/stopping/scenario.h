#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/census.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/sync_point.h"
#include "base/task_scope.h"
#include "base/temp_dir.h"
#include "harness/test_server.h"

namespace sluice::stopping {

using namespace std::chrono_literals;
using harness::Client;
using harness::Reply;
using harness::TestServer;

/// A test's patience with something that must happen; never a way to wait for a race to go right.
constexpr std::chrono::nanoseconds kPatience = 20s;

/// How many stops a test makes: `usual`, or `most` with ./test --long.
inline std::uint64_t stops(std::uint64_t usual, std::uint64_t most) {
  return std::getenv("SLUICE_LONG") == nullptr ? usual : most;
}

/// A place in the code of a statement or schema change.
struct Place {
  const char* name;
  const char* failpoint;
};

/// A statement, or another command of a client, that runs in a task of its own.
class Running {
 public:
  Running(Client& client, std::string statement)
      : Running(client, [statement = std::move(statement)](Client& own) { return own.run(statement); }) {}
  Running(Client& client, std::function<Reply(Client&)> command) : client_(client), scope_("client", StopToken()) {
    scope_.spawn("client", [this, command = std::move(command)](StopToken) {
      Reply reply = command(client_);
      MutexLock lock(mutex_);
      reply_ = std::move(reply);
      ended_.notify_all();
    });
  }

  /// A statement that still runs, as its test has failed, ends with its connection: what holds it may be released behind this.
  ~Running() {
    if (!has_ended()) client_.stop(StopReason::kConnectionKilled);
  }

  bool has_ended() {
    MutexLock lock(mutex_);
    return reply_.has_value();
  }

  /// The answer. Fails the test if none comes in time; then the statement is killed.
  Reply reply() {
    MutexLock lock(mutex_);
    if (!ended_.wait_for(lock, StopToken(), kPatience, [this] { return reply_.has_value(); })) {
      ADD_FAILURE() << "the statement hangs:\n" << task_tree_text();
      client_.stop(StopReason::kQueryKilled);
      ended_.wait_certain(lock, [this] { return reply_.has_value(); });
    }
    return *reply_;
  }

 private:
  Client& client_;
  Mutex mutex_;
  Condition ended_;
  std::optional<Reply> reply_;
  TaskScope scope_;
};

/// One server for all scenarios of a program, with tables that they share and leave as they were; each ends with an empty census.
class Scenario : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  static TestServer& server();
  /// Where the server has its data; jobs have their files in `temp/<job id>` below it.
  static std::string data_path();
  static std::unique_ptr<Client> connect();
  /// Runs a statement that must succeed.
  static Reply must(Client& client, const std::string& statement);
  /// Removes the directory with all that is in it, though somebody may be writing there.
  static void remove_files(const std::string& directory);
  static std::string scalar(Client& client, const std::string& query);
  /// Threads that are paused at the failpoint.
  static std::uint64_t paused_at(std::string_view name) {
    for (const FailpointStatus& status : failpoints()) {
      if (status.name == name) return status.waiting;
    }
    return 0;
  }

  /// Waits until `condition()` holds; fails the test if it does not in time.
  template <class Predicate>
  static void eventually(Predicate condition, const char* what) {
    const std::int64_t deadline_ns = clock().now_ns() + kPatience.count();
    while (!condition()) {
      ASSERT_LT(clock().now_ns(), deadline_ns) << what << "\n" << task_tree_text();
      clock().sleep(1ms, StopToken());
    }
  }

 private:
  CensusSnapshot before_;
};

}  // namespace sluice::stopping
