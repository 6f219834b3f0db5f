// Statements that are stopped at a given place; README.md lists the scenarios by number.
#include "base/random.h"
#include "scenario.h"

namespace sluice::stopping {
namespace {

constexpr char kIndexHashJoin[] = "SELECT /*+ INL_HASH_JOIN(l) */ s.a, l.a FROM s JOIN l ON s.a = l.a";

class Statement : public Scenario {};

TEST_F(Statement, S02JoinWithoutAnyRowIsKilled) {
  const std::unique_ptr<Client> client = connect();
  Running query(
      *client,
      "SELECT /*+ HASH_JOIN(a, b) */ COUNT(*) FROM big a JOIN big b ON a.v = b.v AND a.c <> b.c AND a.id + b.id < 0");
  clock().sleep(100ms, StopToken());
  client->stop(StopReason::kQueryKilled);
  EXPECT_EQ(query.reply().error, 1317);
  EXPECT_EQ(scalar(*client, "SELECT 1"), "1");
}

TEST_F(Statement, S04IndexHashJoinIsKilledWhileItsWorkersHoldBatches) {
  for (const char* point : {"join.inner.before_read", "join.inner.after_send"}) {
    SCOPED_TRACE(point);
    SyncPointPause pause(point);
    const std::unique_ptr<Client> client = connect();
    must(*client, "SET tidb_index_lookup_join_concurrency = 1");
    Running query(*client, kIndexHashJoin);
    ASSERT_TRUE(pause.wait_until_reached(kPatience));
    client->stop(StopReason::kQueryKilled);
    EXPECT_EQ(query.reply().error, 1317);  // without the sync point being released
  }
}

TEST_F(Statement, S04IndexHashJoinIsKilledAtRandomPoints) {
  const std::uint64_t seed = new_seed();
  SCOPED_TRACE(seed);
  Random random(seed);
  StopProbe& probe = server().session_polls();
  const std::unique_ptr<Client> counting = connect();
  probe.arm(0, [] {});
  const std::size_t row_count = must(*counting, kIndexHashJoin).rows.size();
  const std::uint64_t polls = probe.count();
  ASSERT_EQ(row_count, 1000u);
  for (int round = 0; round < 200; ++round) {
    const std::unique_ptr<Client> client = connect();
    probe.arm(1 + random.below(polls + 2), [&] { client->stop(StopReason::kQueryKilled); });
    const Reply reply = client->run(kIndexHashJoin);
    probe.arm(0, [] {});
    if (reply.ok()) {
      EXPECT_EQ(reply.rows.size(), row_count);
    } else {
      EXPECT_EQ(reply.error, 1317);
    }
  }
}

TEST_F(Statement, S04IndexHashJoinUnderATinyMemoryQuotaEnds) {
  for (const int quota : {128, 4096, 65536}) {
    const std::unique_ptr<Client> client = connect();
    must(*client, "SET tidb_mem_quota_query = " + std::to_string(quota));
    const Reply reply = client->run(kIndexHashJoin);
    EXPECT_TRUE(reply.error == 8175 || (reply.ok() && reply.rows.size() == 1000))
        << reply.error << " " << reply.message;
  }
}

TEST_F(Statement, S06SpillingSortIsKilledAndLeavesNoFile) {
  StopProbe& probe = server().session_polls();
  const std::string query = "SELECT * FROM big ORDER BY c, id";
  const std::unique_ptr<Client> client = connect();
  must(*client, "SET tidb_mem_quota_query = 3000000");
  probe.arm(0, [] {});
  const Reply whole = must(*client, query);
  const std::uint64_t polls = probe.count();
  EXPECT_EQ(whole.rows.size(), 10'000u);
  for (std::uint64_t point = 1; point <= polls; point += 1 + polls / 40) {
    probe.arm(point, [&] { client->stop(StopReason::kQueryKilled); });
    EXPECT_EQ(client->run(query).error, 1317) << "at poll " << point << " of " << polls;
    probe.arm(0, [] {});
    EXPECT_EQ(live_count(CensusKind::kFile), 0) << "at poll " << point;
  }
}

TEST_F(Statement, S15SleepAloneReturnsOneWhenKilled) {
  const std::unique_ptr<Client> client = connect();
  Running query(*client, "SELECT SLEEP(300) AS slept");
  clock().sleep(50ms, StopToken());
  client->stop(StopReason::kQueryKilled);
  const Reply reply = query.reply();
  ASSERT_TRUE(reply.ok()) << reply.error << " " << reply.message;
  EXPECT_EQ(reply.rows.at(0).at(0), "1");
  EXPECT_EQ(scalar(*client, "SELECT SLEEP(0)"), "0");
}

TEST_F(Statement, S15SleepAloneReturnsOneAtItsTimeLimit) {
  const std::unique_ptr<Client> client = connect();
  must(*client, "SET max_execution_time = 50");
  EXPECT_EQ(scalar(*client, "SELECT SLEEP(300)"), "1");
  must(*client, "PREPARE sleeping FROM 'SELECT SLEEP(300)'");
  EXPECT_EQ(scalar(*client, "EXECUTE sleeping"), "1");
}

TEST_F(Statement, S15SleepAloneIsAnErrorWhenTheConnectionEnds) {
  const std::unique_ptr<Client> client = connect();
  Running query(*client, "SELECT SLEEP(300)");
  clock().sleep(50ms, StopToken());
  client->stop(StopReason::kConnectionKilled);
  EXPECT_FALSE(query.reply().ok());
}

TEST_F(Statement, S15SleepWithinAStatementIsAnError) {
  const std::unique_ptr<Client> client = connect();
  must(*client, "CREATE TABLE slept (a INT)");
  for (const char* statement :
       {"SELECT SLEEP(300) FROM big", "INSERT INTO slept VALUES (SLEEP(300))", "SELECT 1, SLEEP(300)",
        "SELECT SLEEP(300) + 1", "SELECT SLEEP(300) UNION SELECT 1", "DO SLEEP(300)"}) {
    Running query(*client, statement);
    clock().sleep(50ms, StopToken());
    client->stop(StopReason::kQueryKilled);
    EXPECT_EQ(query.reply().error, 1317) << statement;
  }
  EXPECT_EQ(scalar(*client, "SELECT COUNT(*) FROM slept"), "0");
  must(*client, "DROP TABLE slept");
}

TEST_F(Statement, S15TimeLimitEndsASelect) {
  const std::unique_ptr<Client> client = connect();
  must(*client, "SET max_execution_time = 100");
  EXPECT_EQ(client->run("SELECT COUNT(*) FROM big a JOIN big b ON a.v = b.v AND a.c <> b.c AND a.id + b.id < 0").error,
            3024);
}

TEST_F(Statement, S18KilledLockWaitLeavesTheTransactionOpen) {
  const std::unique_ptr<Client> holder = connect();
  const std::unique_ptr<Client> waiter = connect();
  must(*holder, "BEGIN");
  must(*holder, "UPDATE big SET v = 1 WHERE id = 1");
  must(*waiter, "BEGIN");
  must(*waiter, "UPDATE big SET v = 7 WHERE id = 2");
  {
    Running update(*waiter, "UPDATE big SET v = 2 WHERE id = 1");
    eventually([] { return live_count(CensusKind::kLockWait) > 0; }, "nobody waits for the lock");
    waiter->stop(StopReason::kQueryKilled);
    EXPECT_EQ(update.reply().error, 1317);
  }
  EXPECT_EQ(scalar(*waiter, "SELECT v FROM big WHERE id = 2"), "7");
  {
    Running update(*waiter, "UPDATE big SET v = 2 WHERE id = 1");
    eventually([] { return live_count(CensusKind::kLockWait) > 0; }, "nobody waits for the lock");
    must(*holder, "COMMIT");
    EXPECT_TRUE(update.reply().ok());
  }
  must(*waiter, "COMMIT");
  EXPECT_EQ(scalar(*holder, "SELECT CONCAT(MIN(v), '-', MAX(v)) FROM big WHERE id IN (1, 2)"), "2-7");
  must(*holder, "UPDATE big SET v = 0 WHERE id IN (1, 2)");
}

TEST_F(Statement, S18LockWaitTimesOut) {
  const std::unique_ptr<Client> holder = connect();
  const std::unique_ptr<Client> waiter = connect();
  must(*holder, "BEGIN");
  must(*holder, "UPDATE big SET v = 1 WHERE id = 1");
  must(*waiter, "SET innodb_lock_wait_timeout = 1");
  EXPECT_EQ(waiter->run("UPDATE big SET v = 2 WHERE id = 1").error, 1205);
  must(*holder, "ROLLBACK");
}

TEST_F(Statement, S22KilledStatementIsUndoneAndTheTransactionGoesOn) {
  StopProbe& probe = server().session_polls();
  const std::unique_ptr<Client> client = connect();
  must(*client, "BEGIN");
  must(*client, "INSERT INTO big VALUES (1000001, 1, 'first', 0)");
  probe.arm(10, [&] { client->stop(StopReason::kQueryKilled); });
  EXPECT_EQ(client->run("UPDATE big SET c = 'y'").error, 1317);
  probe.arm(0, [] {});
  must(*client, "COMMIT");
  EXPECT_EQ(scalar(*client, "SELECT COUNT(*) FROM big WHERE c = 'y'"), "0");
  EXPECT_EQ(scalar(*client, "SELECT COUNT(*) FROM big WHERE id = 1000001"), "1");
  must(*client, "DELETE FROM big WHERE id = 1000001");
}

TEST_F(Statement, S22KilledConnectionCommitsNothing) {
  {
    StopProbe& probe = server().session_polls();
    const std::unique_ptr<Client> client = connect();
    must(*client, "BEGIN");
    must(*client, "INSERT INTO big VALUES (1000001, 1, 'first', 0)");
    probe.arm(10, [&] { client->stop(StopReason::kConnectionKilled); });
    EXPECT_FALSE(client->run("UPDATE big SET c = 'y'").ok());
    probe.arm(0, [] {});
  }
  const std::unique_ptr<Client> client = connect();
  EXPECT_EQ(scalar(*client, "SELECT COUNT(*) FROM big WHERE c = 'y' OR id = 1000001"), "0");
}

TEST_F(Statement, S27KillOfAnIdleConnectionsQueryTouchesNoLaterStatement) {
  const std::unique_ptr<Client> client = connect();
  client->stop(StopReason::kQueryKilled);
  EXPECT_EQ(scalar(*client, "SELECT 1"), "1");
  client->stop(StopReason::kQueryKilled);
  EXPECT_EQ(scalar(*client, "SELECT COUNT(*) FROM big"), "10000");
}

}  // namespace
}  // namespace sluice::stopping
