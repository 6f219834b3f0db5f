// Schema changes that are cancelled or killed at a given place; README.md lists the scenarios by number.
#include "base/failpoint.h"
#include "base/random.h"
#include "schema_change.h"

namespace sluice::stopping {
namespace {

class CancelAt : public SchemaChange, public testing::WithParamInterface<Place> {};

// The job is held at the place; the cancel must get through without its release.
TEST_P(CancelAt, S36CancelAnswersTheWaitingSessionAndLeavesNothing) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  {
    SyncPointPause pause(GetParam().failpoint);
    Running alter(*client, kAddIndex);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    must(*admin, "ADMIN CANCEL DDL JOBS " + newest_job(*admin));
    EXPECT_EQ(alter.reply().error, 8214);
  }
  expect_rolled_back(*client);
}

TEST_P(CancelAt, S55KillOfTheWaitingSessionCancelsTheJob) {
  const std::unique_ptr<Client> client = connect();
  {
    SyncPointPause pause(GetParam().failpoint);
    Running alter(*client, kAddIndex);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    client->stop(StopReason::kQueryKilled);
    EXPECT_EQ(alter.reply().error, 1317);
  }
  expect_rolled_back(*client);
}

INSTANTIATE_TEST_SUITE_P(Places, CancelAt,
                         testing::Values(Place{"scan", "ddl.index_build.scan"}, Place{"sort", "ddl.index_build.sort"},
                                         Place{"merge", "ddl.index_build.merge"},
                                         Place{"ingest", "ddl.index_build.ingest"}),
                         [](const auto& info) { return info.param.name; });

TEST_F(SchemaChange, S41JobThatIsStillQueuedIsCancelledAtOnce) {
  const std::unique_ptr<Client> first = connect();
  const std::unique_ptr<Client> second = connect();
  const std::unique_ptr<Client> admin = connect();
  SyncPointPause pause("ddl.index_build.scan");
  Running running(*first, kAddIndex);
  ASSERT_TRUE(pause.wait_until_reached(kPatience));
  const std::string running_job = newest_job(*admin);
  Running queued(*second, "ALTER TABLE big ADD INDEX second (v)");
  eventually([&] { return newest_job(*admin) != running_job; }, "the second job is not queued");
  must(*admin, "ADMIN CANCEL DDL JOBS " + newest_job(*admin));
  EXPECT_EQ(queued.reply().error, 8214);
  pause.release();
  EXPECT_TRUE(running.reply().ok());
  must(*admin, "ALTER TABLE big DROP INDEX added");
}

TEST_F(SchemaChange, S40ManyCancelsLeaveTheServerAsItWas) {
  const std::uint64_t seed = new_seed();
  SCOPED_TRACE(seed);
  Random random(seed);
  const std::unique_ptr<Client> admin = connect();
  for (int round = 0; round < 20; ++round) {
    const std::unique_ptr<Client> client = connect();
    Running alter(*client, kAddIndex);
    clock().sleep(std::chrono::milliseconds(random.below(60)), StopToken());
    const Reply jobs = must(*admin, "ADMIN SHOW DDL JOBS 1");
    admin->run("ADMIN CANCEL DDL JOBS " + jobs.rows.at(0).at(0));
    const Reply reply = alter.reply();
    if (reply.ok()) {
      must(*admin, "ALTER TABLE big DROP INDEX added");
    } else {
      EXPECT_EQ(reply.error, 8214) << reply.message;
    }
  }
  expect_rolled_back(*admin);
}

TEST_F(SchemaChange, S45DuplicateFailsAUniqueIndexWithItsValue) {
  const std::unique_ptr<Client> client = connect();
  must(*client, "UPDATE big SET c = (SELECT c FROM (SELECT c FROM big WHERE id = 1) x) WHERE id = 9999");
  const std::string value = scalar(*client, "SELECT c FROM big WHERE id = 1");
  for (int round = 0; round < 3; ++round) {
    const Reply reply = client->run("ALTER TABLE big ADD UNIQUE INDEX added (c)");
    EXPECT_EQ(reply.error, 1062);
    EXPECT_NE(reply.message.find(value), std::string::npos) << reply.message;
    EXPECT_NE(reply.message.find("big.added"), std::string::npos) << reply.message;
    EXPECT_FALSE(has_index(*client));
  }
  must(*client, "UPDATE big SET c = MD5(9999) WHERE id = 9999");
  must(*client, "ALTER TABLE big ADD UNIQUE INDEX added (c)");
  must(*client, "ALTER TABLE big DROP INDEX added");
}

// Either 8214 and no change, or success and a cancel that comes too late: never both, never neither.
TEST_F(SchemaChange, S52CancelAroundTheCommitPointHasOneOutcome) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  for (int pass = 1; pass <= 8; ++pass) {
    for (const char* place : {"ddl.step.before_commit", "ddl.step.after_commit"}) {
      SCOPED_TRACE(std::string(place) + " " + std::to_string(pass));
      const FailpointGuard guard(place, std::to_string(pass) + ":sleep(30)");
      Running alter(*client, kAddIndex);
      clock().sleep(std::chrono::milliseconds(5 * pass), StopToken());
      const std::string job = newest_job(*admin);
      const Reply cancel = admin->run("ADMIN CANCEL DDL JOBS " + job);
      const Reply reply = alter.reply();
      EXPECT_TRUE(reply.ok() || reply.error == 8214) << reply.error << " " << reply.message;
      EXPECT_EQ(has_index(*admin), reply.ok());
      if (reply.ok()) must(*admin, "ALTER TABLE big DROP INDEX added");
    }
  }
}

// 1 KB/s would take minutes: the cancel must not wait for the limiter's next slot.
TEST_F(SchemaChange, S42CancelUnderAWriteSpeedLimit) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  {
    SyncPointPause pause("ddl.index_build.scan");
    Running alter(*client, kAddIndex);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    const std::string job = newest_job(*admin);
    must(*admin, "ADMIN ALTER DDL JOBS " + job + " THREAD = 1, MAX_WRITE_SPEED = '1KiB'");
    pause.release();
    eventually([&] { return job_column(*admin, kComments).find("phase=merge") != std::string::npos; },
               "the build does not get to the limiter");
    EXPECT_FALSE(alter.has_ended());
    must(*admin, "ADMIN CANCEL DDL JOBS " + job);
    EXPECT_EQ(alter.reply().error, 8214);
  }
  expect_rolled_back(*client);
}

// Settings reach a job that runs, and it can still be paused, resumed and finished.
TEST_F(SchemaChange, S69SettingsOfARunningJobChange) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  {
    SyncPointPause pause("ddl.index_build.scan");
    Running alter(*client, kAddIndex);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    const std::string job = newest_job(*admin);
    for (const char* threads : {"1", "16"}) {
      must(*admin, "ADMIN ALTER DDL JOBS " + job + " THREAD = " + threads + ", MAX_WRITE_SPEED = '1MiB'");
      EXPECT_NE(job_column(*admin, kComments).find(std::string("thread=") + threads), std::string::npos);
    }
    must(*admin, "ADMIN PAUSE DDL JOBS " + job);
    eventually([&] { return job_column(*admin, kState) == "paused"; }, "the job does not pause");
    EXPECT_FALSE(alter.has_ended());
    pause.release();
    must(*admin, "ADMIN ALTER DDL JOBS " + job + " MAX_WRITE_SPEED = '0'");
    must(*admin, "ADMIN RESUME DDL JOBS " + job);
    EXPECT_TRUE(alter.reply().ok());
  }
  must(*client, "ALTER TABLE big DROP INDEX added");
}

TEST_F(SchemaChange, S53CancelPauseAndKillDuringAnUndoChangeNothing) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  {
    SyncPointPause scan("ddl.index_build.scan");
    SyncPointPause undo("ddl.undo.before_commit");
    Running alter(*client, kAddIndex);
    ASSERT_TRUE(scan.wait_until_reached(kPatience)) << task_tree_text();
    const std::string job = newest_job(*admin);
    must(*admin, "ADMIN CANCEL DDL JOBS " + job);
    ASSERT_TRUE(undo.wait_until_reached(kPatience)) << task_tree_text();
    const std::unique_ptr<Client> second = connect();
    Running again(*second, "ADMIN CANCEL DDL JOBS " + job);
    client->stop(StopReason::kQueryKilled);
    undo.release();
    const std::uint16_t error = alter.reply().error;
    EXPECT_TRUE(error == 8214 || error == 1317) << error;
    again.reply();
    admin->run("ADMIN PAUSE DDL JOBS " + job);
    EXPECT_EQ(job_column(*admin, kState), "rollback done");
  }
  expect_rolled_back(*client);
}

class CancelOfManyClauses : public SchemaChange, public testing::WithParamInterface<Place> {};

TEST_P(CancelOfManyClauses, S58AllClausesOrNone) {
  constexpr char kAlter[] =
      "ALTER TABLE big ADD INDEX added (c), ADD INDEX two (k, c), DROP COLUMN v, ADD COLUMN w INT DEFAULT 3";
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  const std::string before = definition(*admin);
  {
    SyncPointPause pause(GetParam().failpoint);
    Running alter(*client, kAlter);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    must(*admin, "ADMIN CANCEL DDL JOBS " + newest_job(*admin));
    EXPECT_EQ(alter.reply().error, 8214);
  }
  EXPECT_EQ(definition(*admin), before);
  expect_rolled_back(*client);
}

INSTANTIATE_TEST_SUITE_P(Places, CancelOfManyClauses,
                         testing::Values(Place{"scan", "ddl.index_build.scan"}, Place{"merge", "ddl.index_build.merge"},
                                         Place{"ingest", "ddl.index_build.ingest"}),
                         [](const auto& info) { return info.param.name; });

// An idle transaction holds up the change, but neither its cancel nor other sessions.
TEST_F(SchemaChange, S59CancelDoesNotNeedTheTransactionThatTheJobWaitsFor) {
  const std::unique_ptr<Client> idle = connect();
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  constexpr char kBlockers[] = "SELECT job_id, table_name, session_id, query FROM mysql.tidb_mdl_view";
  const std::string idle_id = scalar(*idle, "SELECT CONNECTION_ID()");
  must(*idle, "BEGIN");
  must(*idle, "SELECT * FROM big LIMIT 1");
  EXPECT_TRUE(must(*admin, kBlockers).rows.empty()) << "nobody waits yet";
  {
    Running alter(*client, kAddIndex);
    eventually([&] { return job_column(*admin, kSchemaState) == "delete only"; }, "the job does not begin");
    EXPECT_EQ(scalar(*admin, "SELECT COUNT(*) FROM big"), "10000") << "others do not queue up behind the change";
    EXPECT_FALSE(alter.has_ended());
    eventually([&] { return !must(*admin, kBlockers).rows.empty(); }, "the view does not name the transaction");
    const std::vector<std::vector<std::string>> expected = {{newest_job(*admin), "big", idle_id, kAddIndex}};
    EXPECT_EQ(must(*admin, kBlockers).rows, expected);
    const std::string comments = job_column(*admin, kComments);
    EXPECT_NE(comments.find("waits for transactions of connections " + idle_id), std::string::npos) << comments;
    must(*admin, "ADMIN CANCEL DDL JOBS " + newest_job(*admin));
    EXPECT_EQ(alter.reply().error, 8214);
    EXPECT_TRUE(must(*admin, kBlockers).rows.empty()) << "nobody waits any more";
  }
  EXPECT_EQ(scalar(*idle, "SELECT COUNT(*) FROM big"), "10000") << "the idle transaction goes on";
  must(*idle, "COMMIT");
  expect_rolled_back(*client);
}

// What fails once on the way back is tried again.
TEST_F(SchemaChange, S67AnErrorDuringTheUndoIsOvercome) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  {
    const FailpointGuard guard("ddl.undo.before_commit", "1:error(1105,injected)");
    SyncPointPause pause("ddl.index_build.scan");
    Running alter(*client, kAddIndex);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    must(*admin, "ADMIN CANCEL DDL JOBS " + newest_job(*admin));
    EXPECT_EQ(alter.reply().error, 8214);
  }
  expect_rolled_back(*client);
}

TEST_F(SchemaChange, S68TransientErrorsAreRetriedPermanentOnesEndTheJob) {
  const std::unique_ptr<Client> client = connect();
  const std::unique_ptr<Client> admin = connect();
  {
    const FailpointGuard guard("ddl.step.before_commit", "1:error(9007)");
    EXPECT_TRUE(client->run(kAddIndex).ok());
    must(*client, "ALTER TABLE big DROP INDEX added");
  }
  {
    const FailpointGuard guard("ddl.index_build.merge", "1:error(1030,injected)");
    const Reply reply = client->run(kAddIndex);
    EXPECT_EQ(reply.error, 1030);
    EXPECT_NE(reply.message.find("injected"), std::string::npos) << "the user sees the cause";
  }
  EXPECT_FALSE(has_index(*client));
  {
    // Never succeeds: the cancel ends the pause before the next attempt.
    const std::string last_job = newest_job(*admin);
    const FailpointGuard guard("ddl.step.before_commit", "error(9007)");
    const auto passes = failpoint_passes("ddl.step.before_commit");
    Running alter(*client, kAddIndex);
    eventually([&] { return newest_job(*admin) != last_job && failpoint_passes("ddl.step.before_commit") > passes; },
               "no attempt is made");
    must(*admin, "ADMIN CANCEL DDL JOBS " + newest_job(*admin));
    EXPECT_EQ(alter.reply().error, 8214);
  }
  expect_rolled_back(*client);
}

}  // namespace
}  // namespace sluice::stopping
