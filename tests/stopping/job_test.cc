// Schema changes that are cancelled or killed at a given place; README.md lists the scenarios by number.
#include "base/failpoint.h"
#include "base/random.h"
#include "scenario.h"

namespace sluice::stopping {
namespace {

constexpr char kAddIndex[] = "ALTER TABLE big ADD INDEX added (c)";

class SchemaChange : public Scenario {
 protected:
  static std::string newest_job(Client& client) { return must(client, "ADMIN SHOW DDL JOBS 1").rows.at(0).at(0); }

  static bool has_index(Client& client) {
    return must(client, "SHOW CREATE TABLE big").rows.at(0).at(1).find("`added`") != std::string::npos;
  }

  /// After a stopped job nothing of it is left, and the same job succeeds.
  static void expect_rolled_back(Client& client) {
    EXPECT_FALSE(has_index(client));
    must(client, "ADMIN CHECK TABLE big");
    must(client, kAddIndex);
    EXPECT_TRUE(has_index(client));
    must(client, "ADMIN CHECK TABLE big");
    must(client, "ALTER TABLE big DROP INDEX added");
  }
};

struct Place {
  const char* name;
  const char* failpoint;
};
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

}  // namespace
}  // namespace sluice::stopping
