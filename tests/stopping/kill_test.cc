// S26: a KILL that comes before anything of the statement could take notice; README.md lists the scenarios by number.
#include "scenario.h"

namespace sluice::stopping {
namespace {

// Rows of a look-up are read by tasks side by side.
constexpr char kQuery[] = "SELECT /*+ INL_JOIN(b) */ COUNT(*), MAX(b.c) FROM big a JOIN big b ON a.v + a.id = b.id";

class KillAt : public Scenario, public testing::WithParamInterface<Place> {};
class KillOfWriteAt : public KillAt {};

TEST_P(KillAt, S26KillOfTheQueryIsNotLost) {
  const std::unique_ptr<Client> client = connect();
  must(*client, kQuery);
  {
    SyncPointPause pause(GetParam().failpoint);
    Running query(*client, kQuery);
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    client->stop(StopReason::kQueryKilled);
    pause.release();
    EXPECT_EQ(query.reply().error, 1317);
  }
  must(*client, kQuery);
}

TEST_P(KillAt, S26KillOfTheConnectionIsNotLost) {
  const std::unique_ptr<Client> client = connect();
  SyncPointPause pause(GetParam().failpoint);
  Running query(*client, kQuery);
  ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
  client->stop(StopReason::kConnectionKilled);
  pause.release();
  EXPECT_FALSE(query.reply().ok());
  EXPECT_FALSE(client->run("SELECT 1").ok());
}

// Between a command's statements nothing runs that could be stopped, yet the command is.
TEST_P(KillOfWriteAt, S26KillStopsAWriteBeforeItsFirstRow) {
  const std::unique_ptr<Client> client = connect();
  {
    SyncPointPause pause(GetParam().failpoint);
    Running update(*client, "UPDATE big SET v = 1");
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    client->stop(StopReason::kQueryKilled);
    pause.release();
    EXPECT_EQ(update.reply().error, 1317);
  }
  EXPECT_EQ(scalar(*client, "SELECT SUM(v) FROM big"), "0");
}

std::string name_of(const testing::TestParamInfo<Place>& info) { return info.param.name; }

// Where every command passes.
const auto kPlaces = testing::Values(Place{"command", "session.command.begin"}, Place{"parse", "session.parse"},
                                     Place{"parsed", "session.parsed"}, Place{"statement", "session.statement.begin"},
                                     Place{"open", "executor.open"});

INSTANTIATE_TEST_SUITE_P(Places, KillAt, kPlaces, name_of);
INSTANTIATE_TEST_SUITE_P(Places, KillOfWriteAt, kPlaces, name_of);
INSTANTIATE_TEST_SUITE_P(Tasks, KillAt, testing::Values(Place{"task", "join.inner.task"}), name_of);

class Kill : public Scenario {};

TEST_F(Kill, S26PrepareIsKilled) {
  const std::unique_ptr<Client> client = connect();
  {
    SyncPointPause pause("session.prepare");
    Running prepare(*client, [](Client& own) { return own.prepare("SELECT * FROM big WHERE id = ?"); });
    ASSERT_TRUE(pause.wait_until_reached(kPatience)) << task_tree_text();
    client->stop(StopReason::kQueryKilled);
    EXPECT_EQ(prepare.reply().error, 1317);
  }
  EXPECT_TRUE(client->prepare("SELECT * FROM big WHERE id = ?").ok());
}

TEST_F(Kill, S26ConnectionIsKilledBeforeItsFirstCommand) {
  const std::unique_ptr<Client> client = connect();
  client->stop(StopReason::kConnectionKilled);
  EXPECT_FALSE(client->run("SELECT 1").ok());
  EXPECT_FALSE(client->prepare("SELECT 1").ok());
}

// A KILL that is too late for one statement of a command stops those behind it, and none of the next command.
TEST_F(Kill, S26KillBetweenTwoStatementsOfACommandStopsTheSecond) {
  const std::unique_ptr<Client> client = connect();
  {
    const FailpointGuard second("session.statement.begin", "3:pause");  // the parse, the first, the second
    Running command(*client, "UPDATE big SET v = 1 WHERE id = 1; UPDATE big SET v = 1 WHERE id = 2");
    eventually([] { return paused_at("session.statement.begin") == 1; }, "the second statement does not begin");
    client->stop(StopReason::kQueryKilled);
    EXPECT_EQ(command.reply().error, 1317);
  }
  EXPECT_EQ(scalar(*client, "SELECT GROUP_CONCAT(v ORDER BY id) FROM big WHERE id IN (1, 2)"), "1,0");
  must(*client, "UPDATE big SET v = 0 WHERE id = 1");
}

}  // namespace
}  // namespace sluice::stopping
