// Queries that compute for long without a row, plan for long, or end early; README.md lists the scenarios by number.
#include <cstdio>

#include "base/poll_gap.h"
#include "base/random.h"
#include "scenario.h"

namespace sluice::stopping {
namespace {

/// Ten times what a stopped client may wait for, as the machine may be busy with other things.
constexpr std::chrono::nanoseconds kAnswerLimit = 10s;

class Query : public Scenario {
 protected:
  /// Runs `statement`, stops it after `delay`, and expects `error` in time.
  static void expect_prompt_stop(const std::string& statement, std::chrono::nanoseconds delay, int error) {
    SCOPED_TRACE(statement.substr(0, 120));
    const std::unique_ptr<Client> client = connect();
    Running query(*client, statement);
    clock().sleep(delay, StopToken());
    const std::int64_t begin_ns = clock().now_ns();
    client->stop(StopReason::kQueryKilled);
    EXPECT_EQ(query.reply().error, error);
    EXPECT_LT(clock().now_ns() - begin_ns, kAnswerLimit.count());
    EXPECT_EQ(scalar(*client, "SELECT 1"), "1");
  }
};

TEST_F(Query, S03JoinIsKilledWhileItsBuildSideIsHeld) {
  SyncPointPause pause("join.build.read");
  const std::unique_ptr<Client> client = connect();
  Running query(*client, "SELECT /*+ HASH_JOIN(a, b) */ COUNT(*) FROM big a JOIN big b ON a.v = b.v AND a.c <> b.c");
  ASSERT_TRUE(pause.wait_until_reached(kPatience));
  client->stop(StopReason::kQueryKilled);
  EXPECT_EQ(query.reply().error, 1317);  // without the sync point being released
  pause.release();
  EXPECT_EQ(scalar(*client, "SELECT 1"), "1");
}

TEST_F(Query, S04IndexHashJoinIsKilledAtRandomPointsInEitherOrder) {
  StopProbe& probe = server().session_polls();
  Random random(new_seed());
  for (const char* query :
       {"SELECT /*+ INL_HASH_JOIN(l) */ s.a, l.a FROM s JOIN l ON s.a = l.a",
        "SELECT /*+ INL_JOIN(l) */ s.a, l.a FROM s JOIN l ON s.a = l.a ORDER BY s.a",
        "SELECT /*+ INL_HASH_JOIN(l) */ s.a, l.a FROM s LEFT JOIN l ON s.a = l.a ORDER BY s.a LIMIT 990"}) {
    SCOPED_TRACE(query);
    const std::unique_ptr<Client> client = connect();
    must(*client, "SET tidb_index_lookup_join_concurrency = 1");
    probe.arm(0, [] {});
    const std::size_t rows = must(*client, query).rows.size();
    const std::uint64_t polls = probe.count();
    EXPECT_GE(rows, 990u);
    const std::uint64_t rounds = stops(60, 1000);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      probe.arm(1 + random.below(polls + 2), [&] { client->stop(StopReason::kQueryKilled); });
      const Reply reply = client->run(query);
      probe.arm(0, [] {});
      if (reply.ok()) {
        EXPECT_EQ(reply.rows.size(), rows);
      } else {
        EXPECT_EQ(reply.error, 1317);
      }
    }
    for (int quota = 128; quota <= 65536; quota *= 2) {
      must(*client, "SET tidb_mem_quota_query = " + std::to_string(quota));
      const Reply reply = client->run(query);
      EXPECT_TRUE(reply.error == 8175 || (reply.ok() && reply.rows.size() == rows)) << reply.error << " at " << quota;
    }
  }
}

TEST_F(Query, S05SortInMemoryIsKilled) {
  expect_prompt_stop("SELECT a.c, b.pad FROM big a JOIN wide b ON a.v = b.v AND b.id < 50 ORDER BY a.c, b.c", 300ms,
                     1317);
}

TEST_F(Query, S09CorrelatedSubqueryThatRunsManyTimesIsKilled) {
  expect_prompt_stop("SELECT a.id, (SELECT l.a FROM l WHERE l.a > a.id % 20 ORDER BY l.a LIMIT 1) FROM big a, digits",
                     100ms, 1317);
}

TEST_F(Query, S09LimitAboveOperatorsEndsThemEarlyAndLeavesNothing) {
  const std::unique_ptr<Client> client = connect();
  for (const char* query :
       {"SELECT id, (SELECT l.a FROM l WHERE l.a > big.id % 20 ORDER BY l.a LIMIT 1) FROM big LIMIT 3",
        "SELECT c, COUNT(*) FROM big GROUP BY c LIMIT 3", "SELECT a.id FROM big a JOIN big b ON a.v = b.v LIMIT 3",
        "SELECT /*+ INL_JOIN(b) */ a.id FROM big a JOIN big b ON a.id + a.v = b.id LIMIT 3",
        "SELECT id FROM big UNION ALL SELECT id FROM wide LIMIT 3", "SELECT * FROM big ORDER BY c LIMIT 3",
        "SELECT * FROM big USE INDEX (ik) WHERE k > 3 LIMIT 3",
        "WITH t AS (SELECT * FROM big) SELECT a.id FROM t a JOIN t b ON a.id = b.id LIMIT 3"}) {
    EXPECT_EQ(must(*client, query).rows.size(), 3u) << query;
  }
  // A reader of a common table expression names some of its columns, in an order of its own.
  EXPECT_EQ(scalar(*client,
                   "WITH t AS (SELECT * FROM big WHERE id = 7) SELECT a.c = MD5(7) AND b.k < 997 FROM t a JOIN t b ON "
                   "a.v = b.v"),
            "1");
}

std::string long_list(int count) {
  std::string list = "0";
  for (int i = 1; i < count; ++i) list += "," + std::to_string(i * 7);
  return list;
}

std::string wide_join(int tables) {
  std::string from = "digits t0";
  for (int i = 1; i < tables; ++i) {
    const std::string name = "t" + std::to_string(i);
    from += " JOIN digits " + name + " ON " + name + ".d = t" + std::to_string(i - 1) + ".d";
  }
  return "SELECT COUNT(*) FROM " + from;
}

TEST_F(Query, S12IsStoppedWhileItIsPlanned) {
  StopProbe& probe = server().session_polls();
  for (const std::string& query :
       {"SELECT COUNT(*) FROM big WHERE id IN (" + long_list(100'000) + ")", wide_join(25),
        std::string("SELECT COUNT(*) FROM big WHERE id > (SELECT COUNT(*) FROM wide a JOIN wide b ON a.v = b.v AND a.c "
                    "< b.c AND b.id < 40)"),
        "EXPLAIN SELECT COUNT(*) FROM big WHERE id IN (" + long_list(100'000) + ")", "EXPLAIN " + wide_join(25)}) {
    SCOPED_TRACE(query.substr(0, 80));
    const std::unique_ptr<Client> client = connect();
    probe.arm(0, [] {});
    must(*client, query);
    const std::uint64_t polls = probe.count();
    const std::uint64_t rounds = query.size() > 100'000 ? stops(2, 40) : stops(4, 200);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      probe.arm(1 + polls * round / rounds, [&] { client->stop(StopReason::kQueryKilled); });
      EXPECT_EQ(client->run(query).error, 1317) << "at poll " << 1 + polls * round / rounds << " of " << polls;
      probe.arm(0, [] {});
    }
  }
}

std::string repeated(int count, const std::string& separator, const std::function<std::string(int)>& part) {
  std::string text = part(0);
  for (int i = 1; i < count; ++i) text += separator + part(i);
  return text;
}

// Generated SQL has lists of any length. Whatever is done with one polls for every few of its parts, and does no more for each part of a longer one.
TEST_F(Query, S12LongListsArePolledInProportion) {
  const auto number = [](int i) { return std::to_string(i * 7); };
  const auto compare = [](const char* comparison) {
    return [comparison](int i) { return comparison + std::to_string(i * 7); };
  };
  struct Form {
    const char* name;
    std::function<std::string(int)> statement;
  };
  const std::string count = "SELECT COUNT(*) FROM listed WHERE ";
  const Form forms[] = {
      {"IN", [&](int n) { return count + "id IN (" + repeated(n, ",", number) + ")"; }},
      {"IN of an index", [&](int n) { return count + "k IN (" + repeated(n, ",", number) + ")"; }},
      {"IN of texts", [&](int n) { return count + "c IN ('" + repeated(n, "','", number) + "')"; }},
      {"IN of rows",
       [&](int n) {
         const auto row = [](int i) { return "(" + std::to_string(i) + "," + std::to_string(i) + ")"; };
         return count + "(id, k) IN (" + repeated(n, ",", row) + ")";
       }},
      {"IN of all kinds",
       [&](int n) {
         const auto value = [](int i) { return i % 3 == 0 ? std::to_string(i) : "'" + std::to_string(i) + ".5'"; };
         return count + "v IN (" + repeated(n, ",", value) + ", DATE '2020-01-01')";
       }},
      {"row comparison",
       [&](int n) { return "SELECT (" + repeated(n, ",", number) + ") = (" + repeated(n, ",", number) + ")"; }},
      {"OR", [&](int n) { return count + repeated(n, " OR ", compare("id = ")); }},
      {"OR without an index", [&](int n) { return count + repeated(n, " OR ", compare("v = ")); }},
      {"AND", [&](int n) { return count + repeated(n, " AND ", compare("id <> ")); }},
      {"AND of an index", [&](int n) { return count + repeated(n, " AND ", compare("k <> ")); }},
      {"AND over a join",
       [&](int n) {
         return "SELECT COUNT(*) FROM listed a JOIN listed b ON a.id = b.id WHERE " +
                repeated(n, " AND ", compare("a.id <> "));
       }},
      {"CASE", [&](int n) { return "SELECT MAX(CASE " + repeated(n, " ", compare("WHEN 1 THEN ")) + " END) FROM s"; }},
      {"CONCAT", [&](int n) { return "SELECT LENGTH(CONCAT(" + repeated(n, ",", number) + "))"; }},
      {"COALESCE",
       [&](int n) { return "SELECT MAX(COALESCE(" + repeated(n, ",", compare("v + ")) + ")) FROM listed"; }},
      {"items", [&](int n) { return "SELECT " + repeated(n, ",", compare("v + ")) + " FROM listed"; }},
      {"aggregates",
       [&](int n) {
         const auto sum = [](int i) { return "SUM(v + " + std::to_string(i) + ")"; };
         return "SELECT " + repeated(n, ",", sum) + " FROM listed";
       }},
      {"EXPLAIN", [&](int n) { return "EXPLAIN " + count + repeated(n, " OR ", compare("v = ")); }},
      {"VALUES",
       [&](int n) {
         const auto row = [](int i) { return "ROW(" + std::to_string(i) + ")"; };
         return "SELECT COUNT(*) FROM (VALUES " + repeated(n, ",", row) + ") AS d";
       }},
      {"INSERT", [&](int n) {
         const auto row = [](int i) { return "(" + std::to_string(i) + ")"; };
         return "INSERT INTO inserted VALUES " + repeated(n, ",", row);
       }}};
  const std::unique_ptr<Client> client = connect();
  must(*client, "CREATE TABLE inserted (a INT)");
  must(*client, "CREATE TABLE listed (id BIGINT PRIMARY KEY, k INT, c VARCHAR(40), v INT, KEY (k))");
  must(*client, "INSERT INTO listed SELECT id, k, c, v FROM big WHERE id < 20");
  StopProbe& probe = server().session_polls();
  constexpr int kFew = 1'000;
  constexpr int kMany = 4'000;
  for (const Form& form : forms) {
    SCOPED_TRACE(form.name);
    const auto polls_of = [&](int parts) {
      const std::string statement = form.statement(parts);
      probe.arm(0, [] {});
      must(*client, statement);
      const std::uint64_t polls = probe.count();
      probe.arm(0, [] {});
      return polls;
    };
    const std::uint64_t few = polls_of(kFew);
    const std::uint64_t many = polls_of(kMany);
    std::printf("%s: %llu polls for %d parts, %llu for %d\n", form.name, static_cast<unsigned long long>(few), kFew,
                static_cast<unsigned long long>(many), kMany);
    EXPECT_GE(many, static_cast<std::uint64_t>(kMany) / 64);
    EXPECT_LE(many, 2 * (kMany / kFew) * few);
  }
  must(*client, "DROP TABLE listed, inserted");
}

TEST_F(Query, S12TimeLimitEndsASubqueryThatRunsWhileItIsPlanned) {
  const std::unique_ptr<Client> client = connect();
  must(*client, "SET max_execution_time = 100");
  EXPECT_EQ(
      client->run("SELECT COUNT(*) FROM s WHERE a > (SELECT COUNT(*) FROM big a JOIN big b ON a.v = b.v AND a.c < b.c)")
          .error,
      3024);
  EXPECT_EQ(client->run("SELECT COUNT(*) FROM s WHERE a > (SELECT SLEEP(30))").error, 3024);
}

TEST_F(Query, S14TimeLimitHoldsForViewsOfTheSystemAndNotForWrites) {
  const std::unique_ptr<Client> client = connect();
  must(*client, "SET max_execution_time = 200");
  EXPECT_EQ(client->run("SELECT SLEEP(2) FROM information_schema.tables").error, 3024);
  EXPECT_EQ(client->run("SELECT /*+ MAX_EXECUTION_TIME(50) */ SLEEP(2) FROM big").error, 3024);
  must(*client, "CREATE TABLE limited (a INT)");
  must(*client, "INSERT INTO limited SELECT SLEEP(0.3)");  // as in MySQL, SELECT alone is limited
  must(*client, "UPDATE limited SET a = SLEEP(0.3)");
  must(*client, "DROP TABLE limited");
  must(*client, "SET max_execution_time = 0");
  EXPECT_EQ(scalar(*client, "SELECT SLEEP(0.3)"), "0");
}

TEST_F(Query, S14TimeLimitBeyondAMinute) {
  if (stops(0, 1) == 0) GTEST_SKIP() << "takes 61 seconds: ./test --long stopping";
  const std::unique_ptr<Client> client = connect();
  must(*client, "SET max_execution_time = 61000");
  const std::int64_t begin_ns = clock().now_ns();
  EXPECT_EQ(client->run("SELECT SLEEP(300), a.id FROM big a").error, 3024);
  EXPECT_GE(clock().now_ns() - begin_ns, 60'900'000'000);
}

TEST_F(Query, S16OneExpressionThatComputesForLongIsKilled) {
  expect_prompt_stop("SELECT BENCHMARK(1000000000, MD5('a'))", 100ms, 1317);
  expect_prompt_stop("SELECT COUNT(REGEXP_REPLACE(CONCAT(a.pad, b.pad), '(p+)+(p*)x', 'y')) FROM wide a, wide b", 100ms,
                     1317);
  expect_prompt_stop("SELECT SUM(LENGTH(REPEAT(a.pad, 5000))) FROM wide a, wide b", 100ms, 1317);
  expect_prompt_stop("SELECT LENGTH(GROUP_CONCAT(a.c, b.c ORDER BY a.c DESC)) FROM wide a, wide b", 100ms, 1317);
  expect_prompt_stop("SELECT COUNT(JSON_ARRAY(a.pad, b.pad, a.c, b.c)) FROM wide a, wide b", 100ms, 1317);
}

TEST_F(Query, S17PollsAreFewForTheWorkBetweenThem) {
  struct Work {
    const char* query;
    std::uint64_t rows;  // that are read; 1 for point gets
    std::uint64_t most_polls;
  };
  // A poll costs some nanoseconds (bench/micro/poll_bench.cc), a row of a scan about a hundred, a point get some ten thousand. With
  // these bounds, fifty polls for a thousand rows, polling is less than a hundredth of the work.
  const Work works[] = {{"SELECT COUNT(*), SUM(v) FROM wide", 20'000, 1000},
                        {"SELECT COUNT(*) FROM wide WHERE c > 'f'", 20'000, 1000},
                        {"SELECT k, COUNT(*) FROM wide GROUP BY k", 20'000, 1000},
                        {"SELECT /*+ HASH_JOIN(a, b) */ COUNT(*) FROM wide a JOIN wide b ON a.id = b.id", 40'000, 2000},
                        {"SELECT * FROM wide ORDER BY c LIMIT 10", 20'000, 1000},
                        {"SELECT v FROM wide WHERE id = 77", 1, 60}};
  const std::unique_ptr<Client> client = connect();
  StopProbe& probe = server().session_polls();
  for (const Work& work : works) {
    probe.arm(0, [] {});
    must(*client, work.query);
    std::printf("%llu polls for %llu rows: %s\n", static_cast<unsigned long long>(probe.count()),
                static_cast<unsigned long long>(work.rows), work.query);
    EXPECT_LE(probe.count(), work.most_polls) << work.query;
  }
}

TEST_F(Query, S17GapsBetweenPollsAreShort) {
  const std::unique_ptr<Client> client = connect();
  for (const char* query : {"SELECT * FROM wide ORDER BY c DESC", "SELECT c, COUNT(*) FROM wide GROUP BY c",
                            "SELECT /*+ HASH_JOIN(a, b) */ COUNT(*) FROM wide a JOIN wide b ON a.id = b.id",
                            "SELECT DISTINCT c, pad FROM wide"}) {
    must(*client, query);
  }
  // The bounds of 10 and 100 ms are those of an optimised build on a quiet machine; bench/stop_queries.py checks them there.
  const PollGapTotals totals = poll_gap_totals();
  std::printf("longest gap between polls so far: %.1f ms; %llu above 10 ms, %llu above 100 ms\n",
              static_cast<double>(totals.longest_gap_ns) / 1e6, static_cast<unsigned long long>(totals.gaps_over_10_ms),
              static_cast<unsigned long long>(totals.gaps_over_100_ms));
  EXPECT_LT(totals.longest_gap_ns, 5'000'000'000);
}

}  // namespace
}  // namespace sluice::stopping
