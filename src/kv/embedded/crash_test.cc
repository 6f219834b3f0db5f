#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/clock.h"
#include "base/random.h"
#include "base/task_scope.h"
#include "kv/embedded/fault_file_system_test.h"
#include "kv/embedded/store_fixture_test.h"

namespace sluice::kv {
namespace {

using namespace std::chrono_literals;

constexpr int kWriters = 4;
constexpr int kKeysPerCommit = 3;

std::string key_of(int writer, int index) { return "writer" + std::to_string(writer) + "key" + std::to_string(index); }

/// Writer `writer` commits `round` under each of its keys.
void commit_round(Store& store, int writer, int round, StopToken stop) {
  const auto transaction = store.begin({}, stop);
  const std::string value = std::to_string(round) + std::string(static_cast<std::size_t>(round % 50) * 20, '.');
  for (int index = 0; index < kKeysPerCommit; ++index) transaction->put(key_of(writer, index), value);
  transaction->commit(stop);
}

/// The round that `writer` left behind, -1 if none. Fails the test if its keys disagree: half a commit.
int recovered_round(Store& store, int writer) {
  const auto snapshot = store.snapshot(store.current_timestamp());
  int round = -2;
  for (int index = 0; index < kKeysPerCommit; ++index) {
    const auto value = snapshot->get(key_of(writer, index), StopToken());
    int found = -1;
    if (value.has_value()) std::from_chars(value->data(), value->data() + value->size(), found);
    if (round == -2) round = found;
    EXPECT_EQ(found, round) << "half a commit of writer " << writer;
  }
  return round;
}

/// A store on a FaultFileSystem.
class CrashTest : public StoreTest {
 protected:
  CrashTest() {
    files_ = std::make_shared<FaultFileSystem>();
    env_ = FaultFileSystem::make_env(files_);
    options_.env = env_.get();
    options_.durability = Durability::kSync;
    options_.write_buffer_bytes = 256 << 10;  // flushes and compactions happen within a test
  }
  ~CrashTest() override { close(); }

  /// Commits from all writers until the file system is dead; returns each writer's last acknowledged round.
  std::vector<int> write_until_crash(int first_round) {
    std::vector<int> acknowledged(kWriters, -1);
    store();
    TaskScope scope("writers", StopToken());
    for (int writer = 0; writer < kWriters; ++writer) {
      scope.spawn("writer", [&, writer](StopToken stop) {
        for (int round = first_round;; ++round) {
          if (error_number([&] { commit_round(*store_, writer, round, stop); }) != 0) return;
          acknowledged[static_cast<std::size_t>(writer)] = round;
        }
      });
    }
    scope.join();
    return acknowledged;
  }

  std::shared_ptr<FaultFileSystem> files_;
  std::unique_ptr<rocksdb::Env> env_;
};

class CrashByCommitSize : public CrashTest, public testing::WithParamInterface<std::int64_t> {};

// Of all sizes; none by files, some, all.
INSTANTIATE_TEST_SUITE_P(LeastBytesOfLargeOnes, CrashByCommitSize,
                         testing::Values(EmbeddedOptions().bulk_commit_bytes, 1500, 0));

TEST_P(CrashByCommitSize, AcknowledgedCommitsSurviveTheLossOfUnsyncedData) {
  options_.bulk_commit_bytes = GetParam();
  const std::uint64_t seed = new_seed();
  SCOPED_TRACE(seed);
  Random random(seed);
  int first_round = 0;
  for (int crash = 0; crash < 12; ++crash) {
    store();
    files_->freeze_at_sync(1 + static_cast<std::int64_t>(random.below(400)));
    const std::vector<int> acknowledged = write_until_crash(first_round);
    close();
    files_->drop_unsynced(random);
    for (int writer = 0; writer < kWriters; ++writer) {
      const int round = recovered_round(store(), writer);
      EXPECT_GE(round, acknowledged[static_cast<std::size_t>(writer)]);
      first_round = std::max(first_round, round + 1);
    }
  }
}

// The process dies with written but unsynced data in its log, is started again, and only then the machine fails.
TEST_F(CrashTest, LossOfDataThatAKilledProcessLeftUnsyncedMakesNoGapBeforeLaterCommits) {
  Random random(new_seed());
  int first_round = 0;
  for (int crash = 0; crash < 8; ++crash) {
    options_.durability = Durability::kWriteOnly;
    store();
    for (int round = 0; round < 20; ++round) commit_round(store(), 0, first_round + round, StopToken());
    files_->freeze();
    close();
    files_->thaw();
    options_.durability = Durability::kSync;
    store();
    for (int round = 20; round < 40; ++round) commit_round(store(), 0, first_round + round, StopToken());
    files_->freeze();
    close();
    files_->drop_unsynced(random);
    EXPECT_EQ(recovered_round(store(), 0), first_round + 39);
    first_round += 40;
  }
}

TEST_F(CrashTest, TimeNeverGoesBackOverACrash) {
  Random random(1);
  Timestamp last = 0;
  for (int crash = 0; crash < 5; ++crash) {
    const Timestamp commit_ts = put("k", "v");
    EXPECT_GT(commit_ts, last);
    last = commit_ts;
    files_->freeze();
    close();
    files_->drop_unsynced(random);
  }
}

TEST_F(CrashTest, WithDurability2OnlyATailOfCommitsIsLost) {
  options_.durability = Durability::kWriteOnly;
  Random random(new_seed());
  for (int round = 0; round < 200; ++round) commit_round(store(), 0, round, StopToken());
  store().sync(StopToken());
  for (int round = 200; round < 400; ++round) commit_round(store(), 0, round, StopToken());
  files_->freeze();
  close();
  files_->drop_unsynced(random);
  EXPECT_GE(recovered_round(store(), 0), 199);
}

TEST_F(CrashTest, ADeferredCommitIsDurableWithTheNextOneThatIsAwaited) {
  Random random(new_seed());
  for (int crash = 0; crash < 8; ++crash) {
    const std::string round = std::to_string(crash);
    {
      const auto deferred = store().begin({}, StopToken());
      deferred->put("deferred", round);
      deferred->set_durability(CommitDurability::kDeferred);
      deferred->commit(StopToken());
    }
    put("awaited", round);
    files_->freeze();
    close();
    files_->drop_unsynced(random);
    EXPECT_EQ(get("awaited"), round);
    EXPECT_EQ(get("deferred"), round);
  }
}

// An ingested file, and the removal of files, are durable by themselves: they must not outlive the commits that they follow from.
TEST_F(CrashTest, IngestAndRangeDeletionAreNotDurableBeforeEarlierCommits) {
  options_.durability = Durability::kWriteOnly;
  Random random(new_seed());
  for (int crash = 0; crash < 8; ++crash) {
    const std::string round = std::to_string(crash);
    put("row", round);
    if (crash % 2 == 0) {
      const std::string path = dir_.path() + "/entries" + round;
      {
        const auto writer = store().new_sst_writer(path, store().current_timestamp());
        writer->add("entry" + round, round, StopToken());
        writer->finish(StopToken());
      }
      store().ingest(std::span(&path, 1), StopToken());
    } else {
      store().delete_range({"entry", "entrz"}, StopToken());
    }
    files_->freeze();
    close();
    files_->drop_unsynced(random);
    EXPECT_EQ(get("row"), round);
  }
}

// Each change in turn fails once. Whatever was acknowledged before and after must be there, whether RocksDB recovers by itself or by reopening.
TEST_F(CrashTest, AnyFailingChangeLosesNothingAcknowledged) {
  options_.write_buffer_bytes = 64 << 10;
  for (std::int64_t k = 1; k < 200; k += 1 + k / 5) {
    SCOPED_TRACE(k);
    files_->fail_change(k);
    int acknowledged = -1;
    const auto attempt = [&](int round) {
      return error_number([&] {
        commit_round(store(), 0, round, StopToken());
        acknowledged = round;
      });
    };
    for (int round = 0; round < 60; ++round) attempt(static_cast<int>(k) * 1000 + round);
    files_->fail_change(0);
    close();
    const int recovered = recovered_round(store(), 0);
    EXPECT_GE(recovered, acknowledged);
    if (HasFailure()) return;
  }
}

TEST_F(CrashTest, FullDiskFailsCommitsWith1021KeepsReadsAndIsOverWhenThereIsSpace) {
  options_.background_services = true;
  put("before", "1");
  files_->set_full(true);
  EXPECT_EQ(error_number([&] { put("during", "1"); }), 1021);
  EXPECT_EQ(get("before"), "1");
  EXPECT_EQ(get("during"), std::nullopt);
  EXPECT_EQ(error_number([&] { put("during", "2"); }), 1021);
  // Long enough for attempts to resume that fail, too.
  clock().sleep(1500ms, StopToken());
  files_->set_full(false);
  const std::int64_t deadline_ns = clock().now_ns() + 20'000'000'000;
  while (error_number([&] { put("after", "1"); }) != 0 && clock().now_ns() < deadline_ns)
    clock().sleep(50ms, StopToken());
  EXPECT_EQ(get("after"), "1");
  EXPECT_EQ(get("during"), std::nullopt);
  close();
  EXPECT_EQ(get("during"), std::nullopt);
  EXPECT_EQ(get("after"), "1");
}

// The child of KillTest: commits and reports each acknowledged round on standard output until it is killed.
TEST(CrashChild, DISABLED_CommitsUntilKilled) {
  const char* path = std::getenv("SLUICE_CRASH_PATH");
  ASSERT_NE(path, nullptr);
  EmbeddedOptions options;
  options.path = path;
  options.write_buffer_bytes = 256 << 10;
  const auto store = open_embedded_store(options);
  TaskScope scope("writers", StopToken());
  for (int writer = 0; writer < kWriters; ++writer) {
    scope.spawn("writer", [&, writer](StopToken stop) {
      for (int round = recovered_round(*store, writer) + 1;; ++round) {
        commit_round(*store, writer, round, stop);
        char line[32];
        const int size = std::snprintf(line, sizeof(line), "ack %d %d\n", writer, round);
        if (::write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) ::_exit(1);
      }
    });
  }
  scope.join();
}

/// A child process that runs the test above.
class Child {
 public:
  explicit Child(const std::string& path) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::setenv("SLUICE_CRASH_PATH", path.c_str(), 1);
      ::execl("/proc/self/exe", "crash child", "--gtest_also_run_disabled_tests", "--gtest_filter=CrashChild.*",
              nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ::fdopen(ends[0], "r");
  }
  ~Child() { std::fclose(output_); }

  /// Reads `count` acknowledgements, kills the child and reads the rest. Returns each writer's last acknowledged round.
  std::map<int, int> kill_after(int count) {
    std::map<int, int> acknowledged;
    char line[256];
    while (std::fgets(line, sizeof(line), output_) != nullptr) {
      int writer = 0;
      int round = 0;
      if (std::sscanf(line, "ack %d %d\n", &writer, &round) != 2 || std::string_view(line).back() != '\n') continue;
      acknowledged[writer] = round;
      if (--count == 0) ::kill(process_, SIGKILL);
    }
    int status = 0;
    ::waitpid(process_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << status;
    return acknowledged;
  }

 private:
  pid_t process_ = 0;
  FILE* output_ = nullptr;
};

class KillTest : public StoreTest {};

// What a crash may leave of a log that is extended with zeros ahead: from any byte on, zeros. Each prefix of the log is a prefix of the commits.
TEST_F(KillTest, LogThatEndsInZerosAnywhereRecoversAPrefixOfTheCommits) {
  options_.durability = Durability::kSync;
  for (int round = 0; round < 60; ++round) commit_round(store(), 0, round, StopToken());
  const std::string copy = dir_.path() + "/copy";
  std::filesystem::copy(options_.path, copy, std::filesystem::copy_options::recursive);
  std::filesystem::path log;
  for (const auto& entry : std::filesystem::directory_iterator(copy)) {
    if (entry.path().extension() == ".log") log = entry.path();
  }
  ASSERT_FALSE(log.empty());
  const auto file_bytes = std::filesystem::file_size(log);
  EXPECT_EQ(file_bytes % (1 << 20), 0u) << "the log is extended ahead";

  Random random(new_seed());
  EmbeddedOptions copy_options = options_;
  copy_options.path = dir_.path() + "/cut";
  int last_round = 60;
  // From the whole log down to nothing of it; the data lies in the first part of the file.
  for (std::uint64_t kept = 64 << 10; kept > 0; kept -= std::min<std::uint64_t>(kept, 1 + random.below(6'000))) {
    std::filesystem::remove_all(copy_options.path);
    std::filesystem::copy(copy, copy_options.path);
    const std::filesystem::path cut_log = std::filesystem::path(copy_options.path) / log.filename();
    std::filesystem::resize_file(cut_log, kept);
    std::filesystem::resize_file(cut_log, file_bytes);  // zeros behind it
    {
      EmbeddedStore cut(copy_options);
      const int round = recovered_round(cut, 0);
      EXPECT_LE(round, last_round);
      last_round = round;
      commit_round(cut, 1, 1000, StopToken());
    }
    // Life went on, and is recovered behind the damaged end.
    EmbeddedStore again(copy_options);
    EXPECT_EQ(recovered_round(again, 0), last_round);
    EXPECT_EQ(recovered_round(again, 1), 1000);
  }
  // The shortest log has at most 6,000 bytes, and 20 rounds take twice as many.
  EXPECT_LT(last_round, 20);
}

TEST_F(KillTest, EveryAcknowledgedCommitSurvivesKillMinusNine) {
  Random random(new_seed());
  for (int round = 0; round < 6; ++round) {
    std::map<int, int> acknowledged;
    {
      Child child(options_.path);
      acknowledged = child.kill_after(1 + static_cast<int>(random.below(2'000)));
    }
    for (const auto& [writer, last] : acknowledged) EXPECT_GE(recovered_round(store(), writer), last);
    EXPECT_FALSE(acknowledged.empty());
    close();
  }
}

}  // namespace
}  // namespace sluice::kv
