// Operators that are short of memory: what they return from files is what they return from memory, and a stop there leaves nothing.
#include <algorithm>

#include "base/failpoint.h"
#include "scenario.h"

namespace sluice::stopping {
namespace {

/// A query, a memory quota under which it needs files, and the places that it then passes.
struct SpillCase {
  const char* name;
  const char* query;
  int quota_bytes;
  std::vector<const char*> places;
  bool ordered = false;  // by the query itself, in full
};

const std::vector<const char*> kJoinPlaces{"join.spill.build", "join.spill.probe", "join.spill.read"};
const std::vector<const char*> kAggregatePlaces{"aggregate.spill.write", "aggregate.spill.read"};

const SpillCase kCases[] = {
    {"inner_join",
     "SELECT /*+ HASH_JOIN(a, b), HASH_JOIN_BUILD(b) */ a.id, b.id, b.c FROM wide a JOIN wide b ON a.k = b.k AND a.id "
     "< 2000",
     1'800'000, kJoinPlaces},
    {"inner_join_condition_on_pairs",
     "SELECT /*+ HASH_JOIN(a, b) */ a.id, b.id, a.pad, b.pad FROM wide a JOIN wide b ON a.k = b.k AND a.id + 3000 > "
     "b.id",
     1'600'000, kJoinPlaces},
    {"left_join",
     "SELECT /*+ HASH_JOIN(a, b), HASH_JOIN_BUILD(b) */ a.id, b.id, b.c FROM wide a LEFT JOIN wide b ON a.id = b.id + "
     "5000 AND "
     "b.id % 3 <> 0 AND a.id % 5 <> 0",
     1'800'000, kJoinPlaces},
    {"left_join_that_holds_the_left_side",
     "SELECT /*+ HASH_JOIN(a, b), HASH_JOIN_BUILD(a) */ a.id, a.c, b.id, b.c FROM wide a LEFT JOIN wide b ON a.id = "
     "b.id + 5000 AND "
     "b.id % 3 <> 0 AND a.id % 5 <> 0",
     1'800'000, kJoinPlaces},
    {"right_join",
     "SELECT /*+ HASH_JOIN(a, b), HASH_JOIN_BUILD(b) */ a.id, a.c, b.id, b.c FROM wide a RIGHT JOIN wide b ON a.id = "
     "b.id + 15000",
     1'800'000, kJoinPlaces},
    {"string_key", "SELECT /*+ HASH_JOIN(a, b) */ COUNT(*), MIN(a.id), MAX(b.v) FROM wide a JOIN wide b ON a.c = b.c",
     1'800'000, kJoinPlaces},
    {"semi_join",
     "SELECT /*+ HASH_JOIN(b) */ id, c FROM wide a WHERE EXISTS (SELECT 1 FROM wide b WHERE b.id = a.id * 2 AND b.c > "
     "'a')",
     800'000, kJoinPlaces},
    {"anti_join", "SELECT id FROM wide a WHERE NOT EXISTS (SELECT 1 FROM wide b WHERE b.c = a.c AND b.id <> a.id + 1)",
     1'800'000, kJoinPlaces},
    {"mark", "SELECT a.id, a.c IN (SELECT b.c FROM wide b WHERE b.id % 2 = 1) FROM wide a", 1'000'000, kJoinPlaces},
    {"not_in_with_nulls",
     "SELECT a.id FROM wide a WHERE a.id < 60 AND IF(a.id % 7 = 0, NULL, a.c) NOT IN (SELECT IF(b.id % 9 = 1, b.c, "
     "'x') FROM "
     "wide b)",
     1'000'000, kJoinPlaces},
    {"not_in_over_a_null",
     "SELECT COUNT(*) FROM wide a WHERE a.id < 60 AND a.c NOT IN (SELECT IF(b.id = 19999, NULL, b.c) FROM wide b)",
     1'000'000, kJoinPlaces},
    {"one_key",
     "SELECT /*+ HASH_JOIN(a, b), HASH_JOIN_BUILD(b) */ a.id, COUNT(*), SUM(b.id), MAX(b.c) FROM wide a JOIN wide b ON "
     "a.v = b.v "
     "WHERE a.id < 4 GROUP BY a.id",
     1'800'000, kJoinPlaces},
    {"left_join_on_one_key",
     "SELECT /*+ HASH_JOIN(a, b), HASH_JOIN_BUILD(b) */ a.id, COUNT(b.id), MAX(b.c) FROM wide a LEFT JOIN wide b ON "
     "a.v = b.v AND "
     "b.id > 19990 AND a.id + b.id > 19995 WHERE a.id < 20 GROUP BY a.id",
     1'800'000,
     {}},
    {"no_key",
     "SELECT a.id, COUNT(*), MAX(b.c) FROM wide a JOIN wide b ON a.id + b.id > 19000 WHERE a.id < 5 AND b.c > '' GROUP "
     "BY a.id",
     1'800'000,
     {}},
    {"merge_join",
     "SELECT /*+ MERGE_JOIN(a, b) */ a.id, b.id, b.c FROM wide a JOIN wide b ON a.id = b.id WHERE a.c > '2' ORDER BY "
     "a.id",
     1'800'000, kJoinPlaces, true},
    {"group_by", "SELECT c, COUNT(*), SUM(id), MAX(v) FROM wide GROUP BY c", 1'000'000, kAggregatePlaces},
    {"group_by_few_large_states", "SELECT k % 3, COUNT(DISTINCT c) FROM wide GROUP BY k % 3", 64'000'000, {}},
    {"distinct", "SELECT DISTINCT c, v FROM wide", 1'600'000, kAggregatePlaces},
    {"group_concat", "SELECT id DIV 4, GROUP_CONCAT(c ORDER BY id) FROM wide GROUP BY id DIV 4", 2'000'000,
     kAggregatePlaces},
    {"sort", "SELECT * FROM wide ORDER BY c, id", 2'000'000, {}, true},
    {"large_top_n", "SELECT * FROM wide ORDER BY c DESC, id LIMIT 5, 1000000", 2'000'000, {}, true},
};

class Spill : public Scenario, public testing::WithParamInterface<SpillCase> {
 protected:
  static std::vector<std::vector<std::string>> rows_of(Client& client, const SpillCase& test_case) {
    Reply reply = must(client, test_case.query);
    if (!test_case.ordered) std::sort(reply.rows.begin(), reply.rows.end());
    return std::move(reply.rows);
  }
  static void set_quota(Client& client, int bytes) {
    must(client, "SET tidb_mem_quota_query = " + std::to_string(bytes));
  }
};

TEST_P(Spill, ReturnsWhatMemoryReturns) {
  const SpillCase& test_case = GetParam();
  const std::unique_ptr<Client> client = connect();
  const auto expected = rows_of(*client, test_case);
  std::vector<std::uint64_t> passes;
  for (const char* place : test_case.places) passes.push_back(failpoint_passes(place));
  set_quota(*client, test_case.quota_bytes);
  const auto rows = rows_of(*client, test_case);
  ASSERT_EQ(rows.size(), expected.size());
  EXPECT_TRUE(rows == expected);
  for (std::size_t i = 0; i < passes.size(); ++i) {
    EXPECT_GT(failpoint_passes(test_case.places[i]), passes[i]) << test_case.places[i] << ": the query needed no files";
  }
}

TEST_P(Spill, StopAtAnyPollLeavesNothing) {
  const SpillCase& test_case = GetParam();
  const std::unique_ptr<Client> client = connect();
  set_quota(*client, test_case.quota_bytes);
  StopProbe& probe = server().session_polls();
  probe.arm(0, [] {});
  must(*client, test_case.query);
  const std::uint64_t polls = probe.count();
  const std::uint64_t rounds = stops(12, 400);
  const std::int64_t files = live_count(CensusKind::kFile);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    // Spread over the whole, a little off the grid so that the rounds of several runs differ in nothing.
    const std::uint64_t point = 1 + polls * (2 * round + 1) / (2 * rounds);
    probe.arm(point, [&] { client->stop(StopReason::kQueryKilled); });
    EXPECT_EQ(client->run(test_case.query).error, 1317) << "at poll " << point << " of " << polls;
    EXPECT_TRUE(probe.fired());
    probe.arm(0, [] {});
    EXPECT_EQ(live_count(CensusKind::kFile), files) << "at poll " << point;
  }
  EXPECT_EQ(scalar(*client, "SELECT 1"), "1");
}

TEST_P(Spill, IsKilledWhileItIsHeldAtEachPlace) {
  const SpillCase& test_case = GetParam();
  for (const char* place : test_case.places) {
    SCOPED_TRACE(place);
    SyncPointPause pause(place);
    const std::unique_ptr<Client> client = connect();
    set_quota(*client, test_case.quota_bytes);
    Running query(*client, test_case.query);
    ASSERT_TRUE(pause.wait_until_reached(kPatience));
    client->stop(StopReason::kQueryKilled);
    EXPECT_EQ(query.reply().error, 1317);
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, Spill, testing::ValuesIn(kCases), [](const auto& info) { return info.param.name; });

class SpillFailure : public Scenario {};

TEST_F(SpillFailure, TransactionThatOutgrowsTheQuotaIsAnErrorAndWritesNothing) {
  const std::unique_ptr<Client> client = connect();
  must(*client, "CREATE TABLE outgrown (id BIGINT PRIMARY KEY, c VARCHAR(40), pad VARCHAR(60), KEY (c))");
  must(*client, "SET tidb_mem_quota_query = 4000000");
  EXPECT_EQ(client->run("INSERT INTO outgrown SELECT id, c, pad FROM wide").error, 8175);
  EXPECT_EQ(scalar(*client, "SELECT COUNT(*) FROM outgrown"), "0");
  must(*client, "BEGIN");
  must(*client, "INSERT INTO outgrown SELECT id, c, pad FROM wide WHERE id < 5000");
  EXPECT_EQ(client->run("INSERT INTO outgrown SELECT id, c, pad FROM wide WHERE id >= 5000").error, 8175);
  must(*client, "ROLLBACK");
  must(*client, "INSERT INTO outgrown SELECT id, c, pad FROM wide WHERE id < 5000");
  EXPECT_EQ(scalar(*client, "SELECT COUNT(*) FROM outgrown"), "5000");
  must(*client, "ADMIN CHECK TABLE outgrown");
  must(*client, "DROP TABLE outgrown");
}

TEST_F(SpillFailure, S07AggregationThatIsReadBackFailsBetweenTakingABatchAndItsEnd) {
  const std::unique_ptr<Client> client = connect();
  must(*client, "SET tidb_mem_quota_query = 1000000");
  const std::string query = "SELECT c, COUNT(*) FROM wide GROUP BY c";
  const std::uint64_t before = failpoint_passes("aggregate.spill.merge");
  must(*client, query);
  const std::uint64_t passes = failpoint_passes("aggregate.spill.merge") - before;
  ASSERT_GT(passes, 4u);
  for (const std::uint64_t at : {std::uint64_t{1}, passes / 2, passes}) {
    FailpointGuard failure("aggregate.spill.merge", std::to_string(at) + ":error(1041)");  // out of memory
    EXPECT_EQ(client->run(query).error, 1041) << "at pass " << at;
    EXPECT_EQ(live_count(CensusKind::kFile), 0);
  }
  must(*client, query);
}

TEST_F(SpillFailure, S07OneGroupThatIsTooLargeForTheQuotaIsAnError) {
  const std::unique_ptr<Client> client = connect();
  must(*client, "SET tidb_mem_quota_query = 200000");
  EXPECT_EQ(client->run("SELECT COUNT(DISTINCT c) FROM wide").error, 8175);
}

}  // namespace
}  // namespace sluice::stopping
