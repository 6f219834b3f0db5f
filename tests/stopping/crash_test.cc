// S48: the server dies at each step of an index build under writes, starts again, and the job is finished or cancelled.
#include "base/task_tree.h"
#include "crash_child.h"
#include "schema_change.h"

namespace sluice::stopping {
namespace {

namespace fs = std::filesystem;

struct Crash {
  const char* failpoint;
  int pass;
  Fate fate = Fate::kBuild;
};

/// Each test works on a copy of one data directory, so that none sees what another has left.
class CrashAt : public SchemaChange, public testing::WithParamInterface<std::tuple<Crash, Fate>> {
 protected:
  static void SetUpTestSuite() {
    prepared_ = std::make_unique<TempDir>();
    const std::unique_ptr<TestServer> server = harness::open_test_server(prepared_->path() + "/data");
    const std::unique_ptr<Client> client = server->connect("");
    must(*client, "CREATE DATABASE crash");
    must(*client, "USE crash");
    must(*client, "CREATE TABLE built (id INT PRIMARY KEY, k INT, c VARCHAR(40))");
    must(*client, "CREATE TABLE digits (d INT)");
    must(*client, "INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)");
    must(*client,
         "INSERT INTO built SELECT 4000 + a.d + 10*b.d + 100*c.d + 1000*e.d, 1, MD5(a.d + 10*b.d + 100*c.d + 1000*e.d) "
         "FROM digits a, digits b, digits c, digits e");
  }
  static void TearDownTestSuite() { prepared_.reset(); }

  static std::vector<std::string> job(Client& client) { return must(client, "ADMIN SHOW DDL JOBS 1").rows.at(0); }

  static bool has_added(Client& client) {
    return must(client, "SHOW CREATE TABLE built").rows.at(0).at(1).find("`added`") != std::string::npos;
  }

  static inline std::unique_ptr<TempDir> prepared_;
};

TEST_P(CrashAt, S48TheJobIsFinishedOrCancelled) {
  const auto& [crash, after] = GetParam();
  const TempDir used;
  fs::copy(prepared_->path(), used.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const std::string data = used.path() + "/data";
  ASSERT_TRUE(run_crash_child(data, crash.failpoint, crash.pass, crash.fate)) << "the place was not reached";

  std::size_t runs = 0;  // that a checkpoint may name
  if (fs::exists(data + "/temp")) {
    for (const auto& entry : fs::recursive_directory_iterator(data + "/temp")) {
      runs += entry.path().filename().string().starts_with("run-") ? 1 : 0;
    }
  }
  const std::uint64_t spills = failpoint_passes("ddl.index_build.spill");
  {
    // Held until the cancel is stored, wherever the job goes on.
    SyncPointPause pause("ddl.job.attempt");
    const std::unique_ptr<TestServer> server = harness::open_test_server(data);
    const std::unique_ptr<Client> client = server->connect("crash");
    const std::string id = job(*client).at(0);
    if (after == Fate::kCancel) must(*client, "ADMIN CANCEL DDL JOBS " + id);
    pause.release();
    eventually([&] { return is_over(job(*client).at(kState)); }, "the job does not end");
    const std::string state = job(*client).at(kState);
    EXPECT_EQ(has_added(*client), state == "synced") << state;
    if (crash.fate == Fate::kCancel) {
      EXPECT_NE(state, "synced") << "a cancel that was stored is not forgotten";
    } else if (after == Fate::kBuild) {
      EXPECT_EQ(state, "synced") << must(*client, "SELECT * FROM mysql.tidb_ddl_history").rows.back().at(1);
    }
    if (std::string_view(crash.failpoint) == "ddl.index_build.ingest" && state == "synced") {
      EXPECT_GT(runs, 0u);
      EXPECT_EQ(failpoint_passes("ddl.index_build.spill"), spills) << "what the checkpoint names is not read again";
    }
    must(*client, "ADMIN CHECK TABLE built");
    eventually([&] { return scalar(*client, "SELECT COUNT(*) FROM mysql.gc_delete_range") == "0"; },
               "data of a dropped index is left");
    eventually([&] { return fs::is_empty(data + "/temp"); }, "files of a job are left");
    EXPECT_EQ(scalar(*client, "SELECT COUNT(*) FROM mysql.tidb_ddl_reorg"), "0");

    // The same again is not held up by what the crash has left.
    if (has_added(*client)) must(*client, "ALTER TABLE built DROP INDEX added");
    must(*client, kCrashAddIndex);
    must(*client, "ADMIN CHECK TABLE built");
  }
}

std::string name_of(const testing::TestParamInfo<std::tuple<Crash, Fate>>& info) {
  const auto& [crash, after] = info.param;
  std::string name = std::string(crash.fate == Fate::kCancel ? "cancelled_" : "") + crash.failpoint + "_" +
                     std::to_string(crash.pass) + (after == Fate::kBuild ? "_resumed" : "_cancelled");
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

// Each step of the schema, before and after it is durable, and each stage of the build.
INSTANTIATE_TEST_SUITE_P(
    Builds, CrashAt,
    testing::Combine(testing::Values(Crash{"ddl.step.before_commit", 1}, Crash{"ddl.step.after_commit", 1},
                                     Crash{"ddl.step.after_commit", 2}, Crash{"ddl.step.after_commit", 3},
                                     Crash{"ddl.index_build.spill", 2}, Crash{"ddl.index_build.merge", 1},
                                     Crash{"ddl.index_build.ingest", 1}, Crash{"ddl.step.after_commit", 4},
                                     Crash{"ddl.step.before_commit", 5}, Crash{"ddl.step.after_commit", 5}),
                     testing::Values(Fate::kBuild, Fate::kCancel)),
    name_of);

// A cancel, and what it leaves to others.
INSTANTIATE_TEST_SUITE_P(Undos, CrashAt,
                         testing::Combine(testing::Values(Crash{"ddl.undo.begin", 1, Fate::kCancel},
                                                          Crash{"ddl.undo.before_commit", 1, Fate::kCancel},
                                                          Crash{"ddl.undo.after_commit", 1, Fate::kCancel},
                                                          Crash{"ddl.end.before_commit", 1, Fate::kCancel},
                                                          Crash{"kv.delete_range.files", 1, Fate::kCancel},
                                                          Crash{"kv.delete_range.rest", 1, Fate::kCancel}),
                                          testing::Values(Fate::kBuild)),
                         name_of);

}  // namespace
}  // namespace sluice::stopping
