// S01: a statement for each operator, stopped for each cause at several moments of its life.
#include <string>
#include <tuple>

#include "scenario.h"
#include "session/stop_error.h"

namespace sluice::stopping {
namespace {

/// `statement` changes nothing when it is stopped; a statement that writes is run within a transaction that is rolled back.
struct Operation {
  const char* name;
  const char* statement;
  bool writes = false;
};

const Operation kOperations[] = {
    {"table_scan", "SELECT COUNT(*), SUM(v) FROM big WHERE c > 'f'"},
    {"rows_to_the_client", "SELECT * FROM big"},
    {"index_scan", "SELECT COUNT(*) FROM big USE INDEX (ik) WHERE k > 5"},
    {"look_up", "SELECT SUM(v), MAX(c) FROM big USE INDEX (ik) WHERE k BETWEEN 5 AND 600"},
    {"index_merge", "SELECT /*+ USE_INDEX_MERGE(big) */ COUNT(*) FROM big WHERE k = 5 OR id < 5000"},
    {"batch_point_get", "SELECT COUNT(v) FROM big WHERE id IN (1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27)"},
    {"hash_join", "SELECT /*+ HASH_JOIN(a, b) */ COUNT(*), MAX(b.c) FROM big a JOIN big b ON a.id = b.id"},
    {"outer_hash_join", "SELECT /*+ HASH_JOIN(a, b) */ COUNT(b.id) FROM big a LEFT JOIN big b ON a.id = b.id + 7000"},
    {"nested_loop", "SELECT COUNT(*) FROM s a JOIN big b ON a.a > b.id"},
    {"merge_join", "SELECT /*+ MERGE_JOIN(a, b) */ COUNT(*), MAX(b.c) FROM big a JOIN big b ON a.id = b.id"},
    {"index_join", "SELECT /*+ INL_JOIN(b) */ COUNT(*), MAX(b.c) FROM big a JOIN big b ON a.v + a.id = b.id"},
    {"index_hash_join", "SELECT /*+ INL_HASH_JOIN(l) */ s.a, l.a FROM s JOIN l ON s.a = l.a"},
    {"semi_join", "SELECT COUNT(*) FROM big a WHERE EXISTS (SELECT 1 FROM big b WHERE b.id = a.id * 2 AND b.c > 'a')"},
    {"null_aware_anti_join", "SELECT COUNT(*) FROM big a WHERE a.c NOT IN (SELECT b.pad FROM wide b)"},
    {"sort", "SELECT * FROM big ORDER BY c, id"},
    {"top_n", "SELECT * FROM big ORDER BY c LIMIT 100"},
    {"hash_aggregate", "SELECT c, COUNT(*), SUM(id) FROM big GROUP BY c"},
    {"stream_aggregate", "SELECT /*+ STREAM_AGG() */ k, COUNT(*) FROM big USE INDEX (ik) GROUP BY k"},
    {"distinct", "SELECT DISTINCT c FROM big"},
    {"recursive_cte",
     "WITH RECURSIVE n AS (SELECT 1 x UNION ALL SELECT x + 1 FROM n WHERE x < 900) SELECT COUNT(*) FROM n"},
    {"cte_used_twice",
     "WITH t AS (SELECT k, COUNT(*) n FROM big GROUP BY k) SELECT COUNT(*) FROM t a JOIN t b ON a.n = b.n AND a.k < 9"},
    {"apply", "SELECT COUNT((SELECT l.a FROM l WHERE l.a >= big.id % 20 ORDER BY l.a LIMIT 1)) FROM big WHERE id < 60"},
    {"union", "SELECT id FROM big UNION ALL SELECT id FROM wide"},
    {"union_distinct", "SELECT c FROM big UNION SELECT c FROM wide"},
    {"scalar_subquery", "SELECT COUNT(*) FROM big WHERE id > (SELECT AVG(id) FROM wide)"},
    {"locking_read", "SELECT COUNT(*) FROM big WHERE id < 3000 FOR UPDATE", true},
    {"insert_select", "INSERT INTO copies SELECT id, c FROM big", true},
    {"replace_select", "REPLACE INTO copies SELECT id, c FROM big", true},
    {"insert_on_duplicate_key", "INSERT INTO big SELECT id, k, c, v FROM big ON DUPLICATE KEY UPDATE v = 1", true},
    {"update", "UPDATE big SET v = 2 WHERE c > '8'", true},
    {"delete", "DELETE FROM big WHERE c < '3'", true},
    {"update_of_a_join", "UPDATE big a JOIN wide b ON a.id = b.id SET a.v = 3", true},
};

constexpr StopReason kCauses[] = {StopReason::kQueryKilled, StopReason::kConnectionKilled, StopReason::kTimeLimit,
                                  StopReason::kMemoryLimit, StopReason::kClientGone,       StopReason::kShutdown};

class OperationTest : public Scenario, public testing::WithParamInterface<Operation> {
 protected:
  void SetUp() override {
    must(*connect(), "CREATE TABLE IF NOT EXISTS copies (id BIGINT PRIMARY KEY, c VARCHAR(40), KEY (c))");
    Scenario::SetUp();
  }
};

class StopOf : public OperationTest {
 protected:
  static std::string contents(Client& client) {
    return scalar(
        client,
        "SELECT CONCAT_WS('/', (SELECT COUNT(*) FROM big), (SELECT SUM(v) FROM big), (SELECT COUNT(*) FROM copies))");
  }
};

TEST_P(StopOf, EachCauseAtSeveralMomentsHasItsErrorAndLeavesNothing) {
  const Operation& operation = GetParam();
  StopProbe& probe = server().session_polls();
  const std::unique_ptr<Client> watcher = connect();
  const std::string before = contents(*watcher);
  const std::uint64_t moments = stops(2, 60);
  for (const StopReason cause : kCauses) {
    SCOPED_TRACE(to_string(cause));
    std::unique_ptr<Client> client = connect();
    if (operation.writes) must(*client, "BEGIN");
    probe.arm(0, [] {});
    must(*client, operation.statement);
    const std::uint64_t polls = probe.count();
    if (operation.writes) must(*client, "ROLLBACK");
    for (std::uint64_t moment = 0; moment <= moments; ++moment) {
      // The first poll and the last, and some between.
      const std::uint64_t point = std::max<std::uint64_t>(1, polls * moment / moments);
      if (operation.writes) must(*client, "BEGIN");
      probe.arm(point, [&] { client->stop(cause); });
      const Reply reply = client->run(operation.statement);
      const bool stopped = probe.fired();
      probe.arm(0, [] {});
      // Tasks side by side poll a little more or less often each time, and after its last poll a statement is through.
      if (!stopped || reply.ok()) {
        EXPECT_GE(moment + 1, moments) << "at poll " << point << " of " << polls;
      } else {
        EXPECT_EQ(reply.error, session::error_of_stop(cause, 0).number()) << "at poll " << point << " of " << polls;
      }
      if (session::ends_connection(cause)) {
        client.reset();
        client = connect();
      } else {
        if (operation.writes) must(*client, "ROLLBACK");
        EXPECT_EQ(scalar(*client, "SELECT 1"), "1");
      }
      EXPECT_EQ(live_count(CensusKind::kFile), 0);
      EXPECT_EQ(live_count(CensusKind::kLock), 0) << "at poll " << point << " of " << polls;
    }
  }
  EXPECT_EQ(contents(*watcher), before);
}

INSTANTIATE_TEST_SUITE_P(S01, StopOf, testing::ValuesIn(kOperations), [](const auto& info) { return info.param.name; });

class OperatorFault : public OperationTest {};

TEST_P(OperatorFault, S30FailureOfAnyCallEndsInItsErrorAndLeavesNothing) {
  const Operation& operation = GetParam();
  const std::unique_ptr<Client> client = connect();
  // Little enough that sorts, joins and aggregations use files, whose calls fail as well.
  must(*client, "SET tidb_mem_quota_query = 2000000");
  const auto run = [&](std::uint64_t fail_at) {
    if (operation.writes) must(*client, "BEGIN");
    arm_faults(FailpointKind::kStorageCall, {fail_at, "error(1105,injected)", FaultScope::kStatementsAndJobs});
    const Reply reply = client->run(operation.statement);
    const std::uint64_t passes = fault_passes(FailpointKind::kStorageCall);
    disarm_faults();
    if (operation.writes) must(*client, "ROLLBACK");
    return std::pair(reply.error, passes);
  };
  const auto [error, calls] = run(0);
  ASSERT_TRUE(error == 0 || error == 8175) << error;
  const std::uint64_t rounds = std::min(calls, stops(8, 1000));
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const std::uint64_t point = 1 + calls * round / rounds;
    const auto [failed, passes] = run(point);
    EXPECT_TRUE(failed == 1105 || passes < point || (error == 8175 && failed == 8175))
        << failed << " at call " << point << " of " << calls;
    EXPECT_EQ(live_count(CensusKind::kFile), 0) << "at call " << point;
  }
}

// What a limit ends: the n-th growth of the statement's memory is one too many.
TEST_P(OperatorFault, S30MemoryThatIsNotGrantedEndsInItsErrorAndLeavesNothing) {
  const Operation& operation = GetParam();
  const std::unique_ptr<Client> client = connect();
  const auto run = [&](std::uint64_t fail_at) {
    if (operation.writes) must(*client, "BEGIN");
    set_failpoint("memory.grow", fail_at == 0 ? "off" : std::to_string(fail_at) + ":take");
    const std::uint64_t before = failpoint_passes("memory.grow");
    const Reply reply = client->run(operation.statement);
    const std::uint64_t passes = failpoint_passes("memory.grow") - before;
    set_failpoint("memory.grow", "off");
    if (operation.writes) must(*client, "ROLLBACK");
    return std::pair(reply.error, passes);
  };
  const auto [error, growths] = run(0);
  ASSERT_EQ(error, 0);
  const std::uint64_t rounds = std::min(growths, stops(5, 300));
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const std::uint64_t point = 1 + growths * round / rounds;
    const auto [failed, passes] = run(point);
    // One that comes behind the statement's last poll is too late.
    EXPECT_TRUE(failed == 8175 || passes <= point || (failed == 0 && round + 1 == rounds))
        << failed << " at growth " << point << " of " << growths;
    EXPECT_EQ(live_count(CensusKind::kFile), 0) << "at growth " << point;
    EXPECT_EQ(live_count(CensusKind::kLock), 0) << "at growth " << point;
  }
}

// Tasks that cannot be started: each in turn.
TEST_P(OperatorFault, S30ATaskThatIsNotStartedEndsTheStatement) {
  const Operation& operation = GetParam();
  const std::unique_ptr<Client> client = connect();
  const std::uint64_t most = stops(6, 100);
  for (std::uint64_t task = 1; task <= most; ++task) {
    const FailpointGuard guard("task.spawn", std::to_string(task) + ":error(1105,injected)");
    const std::uint64_t before = failpoint_passes("task.spawn");
    if (operation.writes) must(*client, "BEGIN");
    const Reply reply = client->run(operation.statement);
    const bool reached = failpoint_passes("task.spawn") - before >= task;
    if (operation.writes) must(*client, "ROLLBACK");
    EXPECT_EQ(reply.error, reached ? 1105 : 0) << "task " << task;
    if (!reached) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, OperatorFault, testing::ValuesIn(kOperations),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace sluice::stopping
