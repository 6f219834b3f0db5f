// Index builds that use files: stopped in the midst of their work, and without a place to write; README.md lists the scenarios by number.
#include <algorithm>
#include <set>

#include "base/failpoint.h"
#include "base/task_tree.h"
#include "schema_change.h"

namespace sluice::stopping {
namespace {

class Build : public SchemaChange {
 protected:
  static std::string files_of(const std::string& job) { return data_path() + "/temp/" + job; }

  /// A job's task and all below it, parents first; empty once the last of its threads has left its work.
  static std::vector<TaskSnapshot> tasks_of(const std::string& job) {
    std::vector<TaskSnapshot> found;
    std::set<std::uint64_t> ids;
    for (TaskSnapshot& task : task_snapshots()) {
      if (task.name != "ddl job " + job && !ids.contains(task.parent_id)) continue;
      ids.insert(task.id);
      found.push_back(std::move(task));
    }
    return found;
  }

  /// Whether each task of the job waits: for the others, or at the place at which the test holds them.
  static bool is_at_rest(const std::string& job) {
    const std::vector<TaskSnapshot> tasks = tasks_of(job);
    return !tasks.empty() && std::all_of(tasks.begin(), tasks.end(), [](const TaskSnapshot& task) {
      return task.is_waiting || task.kind == TaskKind::kScope;
    });
  }

  const BuildsWithFiles files_;
};

struct PlaceWithin {
  const char* name;
  const char* failpoint;
  const char* phase;  // that ADMIN SHOW DDL JOBS shows
};
class CancelWithin : public Build, public testing::WithParamInterface<PlaceWithin> {};

// Both builds are held in the midst of a sort, a write or an import while rows are written. The cancel ends all threads of the one, without the
// release of a single one, and touches none of the other.
TEST_P(CancelWithin, S37LeavesNoThreadOfTheBuild) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> other = connect();
  const std::unique_ptr<Client> writer = connect();
  const std::unique_ptr<Client> admin = connect();
  must(*writer, "CREATE TABLE written (id INT PRIMARY KEY, c VARCHAR(40), KEY (c))");
  {
    SyncPointPause pause(GetParam().failpoint);
    Running alter_other(*other, "ALTER TABLE wide ADD INDEX added (pad, c)");
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    const std::string other_job = newest_job(*admin);
    // From here on no thread of the other build comes to the place or leaves it.
    eventually([&] { return is_at_rest(other_job); }, "the other build does not come to rest");
    const std::uint64_t held_of_other = paused_at(GetParam().failpoint);
    Running alter(*client, kAddIndex);
    eventually([&] { return std::filesystem::exists(files_of(newest_job(*admin))) && newest_job(*admin) != other_job; },
               "the build does not begin");
    const std::string job = newest_job(*admin);
    must(*writer, "INSERT INTO written SELECT id, c FROM big WHERE id < 2000");
    eventually(
        [&] {
          return paused_at(GetParam().failpoint) > held_of_other && is_at_rest(job) &&
                 job_column(*admin, kComments).find(GetParam().phase) != std::string::npos;
        },
        "the build does not get to the place");
    const std::int64_t cancelled_ns = clock().now_ns();
    must(*admin, "ADMIN CANCEL DDL JOBS " + job);
    EXPECT_EQ(alter.reply().error, 8214);
    eventually([&] { return tasks_of(job).empty(); }, "a thread of the build is left");
    // S37 says one second; the machine may be busy.
    EXPECT_LT(clock().now_ns() - cancelled_ns, std::chrono::nanoseconds(5s).count());
    EXPECT_EQ(paused_at(GetParam().failpoint), held_of_other);
    eventually([&] { return !std::filesystem::exists(files_of(job)); }, "files of the build are left");
    EXPECT_TRUE(is_at_rest(other_job));
    EXPECT_FALSE(alter_other.has_ended());
    pause.release();
    EXPECT_TRUE(alter_other.reply().ok());
  }
  must(*writer, "ADMIN CHECK TABLE written, wide");
  must(*writer, "DROP TABLE written");
  must(*other, "ALTER TABLE wide DROP INDEX added");
  expect_rolled_back(*client);
  expect_reclaimed(*client);
}

INSTANTIATE_TEST_SUITE_P(Places, CancelWithin,
                         testing::Values(PlaceWithin{"sort", "ingest.sort", "phase=sort"},
                                         PlaceWithin{"spill", "ingest.run_file.append", "phase=spill"},
                                         PlaceWithin{"sync_of_a_run", "ingest.run_file.sync", "phase=spill"},
                                         PlaceWithin{"merge", "kv.sst.add", "phase=merge"},
                                         PlaceWithin{"end_of_a_file", "kv.sst.finish", "phase=merge"},
                                         PlaceWithin{"ingest", "kv.ingest", "phase=ingest"}),
                         [](const auto& info) { return info.param.name; });

// ---- S62: no place to write ----

TEST_F(Build, S62DiskQuotaEndsTheBuildWithAnErrorThatNamesIt) {
  const std::unique_ptr<Client> client = connect();
  const std::int64_t usual = server().ddl_limits().disk_quota_bytes.exchange(1000);
  const Reply reply = client->run(kAddIndex);
  EXPECT_EQ(reply.error, 1021);
  EXPECT_NE(reply.message.find("tidb_ddl_disk_quota"), std::string::npos) << reply.message;
  server().ddl_limits().disk_quota_bytes = usual;
  expect_rolled_back(*client);
  expect_reclaimed(*client);
}

// Every run that the build creates from here on lies on a full disk.
TEST_F(Build, S62AFullDiskEndsTheSort) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  {
    SyncPointPause pause("ddl.index_build.spill");
    Running alter(*client, kAddIndex);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    const std::string directory = files_of(newest_job(*admin));
    for (int number = 0; number < 100; ++number) {
      std::filesystem::create_symlink("/dev/full", directory + "/run-" + std::to_string(number));
    }
    pause.release();
    const Reply reply = alter.reply();
    EXPECT_EQ(reply.error, 1021) << reply.message;
  }
  expect_rolled_back(*client);
  expect_reclaimed(*client);
}

TEST_F(Build, S62AFullStoreEndsTheImport) {
  const std::unique_ptr<Client> client = connect();
  for (const char* call : {"kv.sst.add", "kv.sst.finish", "kv.ingest"}) {
    SCOPED_TRACE(call);
    {
      const FailpointGuard full(call, "error(1021,injected)");
      const Reply reply = client->run(kAddIndex);
      EXPECT_EQ(reply.error, 1021) << reply.message;
    }
    expect_rolled_back(*client);
    expect_reclaimed(*client);
  }
}

class WithoutFiles : public Build, public testing::WithParamInterface<Place> {};

TEST_P(WithoutFiles, S62TheDirectoryOfItsFilesVanishes) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  {
    SyncPointPause pause(GetParam().failpoint);
    Running alter(*client, kAddIndex);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    remove_files(data_path() + "/temp");
    pause.release();
    const Reply reply = alter.reply();
    EXPECT_FALSE(reply.ok());
    EXPECT_NE(reply.message.find("/temp/"), std::string::npos) << "names the file: " << reply.message;
  }
  expect_rolled_back(*client);  // makes the directory anew
  expect_reclaimed(*client);
}

INSTANTIATE_TEST_SUITE_P(Places, WithoutFiles,
                         testing::Values(Place{"spill", "ddl.index_build.spill"},
                                         Place{"merge", "ddl.index_build.merge"}),
                         [](const auto& info) { return info.param.name; });

// The store takes no commit any more: nothing can be recorded, not even a cancel. Everybody is told, and the job ends when there is space again.
TEST_F(Build, S62AFullStoreRefusesTheCancelAndTheJobEndsWithTheSpace) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  const std::unique_ptr<Client> writer = connect();
  {
    SyncPointPause pause("ddl.index_build.scan");
    Running alter(*client, kAddIndex);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    const std::string job = newest_job(*admin);
    {
      const FailpointGuard full("kv.transaction.commit", "error(1021,injected)");
      EXPECT_EQ(writer->run("UPDATE big SET v = 1 WHERE id = 1").error, 1021);
      EXPECT_NE(must(*admin, "ADMIN CANCEL DDL JOBS " + job).rows.at(0).at(1).find("1021"), std::string::npos);
      client->stop(StopReason::kQueryKilled);
      EXPECT_EQ(alter.reply().error, 1021) << "neither interrupted, for the job goes on, nor done";
      pause.release();
      // The job tries again and again, with pauses.
      const std::uint64_t passes = failpoint_passes("kv.transaction.commit");
      eventually([&] { return failpoint_passes("kv.transaction.commit") > passes; }, "the job does not try");
    }
    eventually([&] { return is_over(job_column(*admin, kState)); }, "the job does not end");
  }
  // It goes on, unless the first thing that could be recorded again was that it had failed.
  EXPECT_EQ(has_index(*admin), job_column(*admin, kState) == "synced");
  if (has_index(*admin)) must(*admin, "ALTER TABLE big DROP INDEX added");
  expect_rolled_back(*client);
}

}  // namespace
}  // namespace sluice::stopping
