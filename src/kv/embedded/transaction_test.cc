#include <atomic>
#include <chrono>

#include "base/census.h"
#include "base/clock.h"
#include "base/memory_tracker.h"
#include "base/random.h"
#include "base/task_scope.h"
#include "kv/embedded/store_fixture_test.h"
#include "kv/transaction_activity.h"

namespace sluice::kv {
namespace {

using namespace std::chrono_literals;

class TransactionTest : public StoreTest {
 protected:
  LockOutcome lock(Transaction& transaction, const std::string& key, LockOptions options = {},
                   LockReport* report = nullptr) {
    const std::vector<std::string> keys{key};
    return transaction.lock_keys(keys, options, report, StopToken());
  }
  void await_waiters(std::size_t count) {
    while (store().lock_waits().size() != count) clock().sleep(100us, StopToken());
  }
};

TEST_F(TransactionTest, ReadsItsOwnWritesAndTheSnapshotOtherwise) {
  put("a", "old");
  put("b", "old");
  const auto transaction = begin();
  transaction->put("a", "mine");
  put("b", "later");
  EXPECT_EQ(transaction->get("a", StopToken()), "mine");
  EXPECT_EQ(transaction->get("b", StopToken()), "old");
  EXPECT_EQ(transaction->get_current("b", StopToken()), "later");
  transaction->erase("a");
  EXPECT_EQ(transaction->get("a", StopToken()), std::nullopt);
}

TEST_F(TransactionTest, OthersSeeWhatATransactionDoesUntilItEnds) {
  TransactionActivity activity;
  TransactionOptions options;
  options.activity = &activity;
  for (const bool commits : {true, false}) {
    std::unique_ptr<Transaction> transaction = store().begin(options, StopToken());
    EXPECT_EQ(activity.id.load(), transaction->id());
    EXPECT_EQ(activity.start_ts.load(), transaction->start_ts());
    lock(*transaction, "a");
    lock(*transaction, "b");
    const Savepoint before = transaction->savepoint();
    transaction->put("a", "1");
    transaction->erase("c");
    EXPECT_EQ(activity.locked_keys.load(), 2u);
    EXPECT_EQ(activity.written_keys.load(), 2u);
    EXPECT_EQ(activity.memory_bytes.load(), transaction->memory_bytes());
    transaction->rollback_to(before);
    EXPECT_EQ(activity.written_keys.load(), 0u);
    EXPECT_EQ(activity.locked_keys.load(), 2u);
    if (commits) transaction->commit(StopToken());
    transaction.reset();
    EXPECT_EQ(activity.id.load(), 0u);
    EXPECT_EQ(activity.locked_keys.load(), 0u);
    EXPECT_EQ(activity.memory_bytes.load(), 0);
  }
}

TEST_F(TransactionTest, ForUpdateTimestampMovesOnRequestOnly) {
  put("a", "1");
  const auto transaction = begin();
  put("a", "2");
  EXPECT_EQ(read_all(*transaction->cursor_current({}, {})), (Rows{{"a", "1"}}));
  transaction->refresh_for_update_ts(StopToken());
  EXPECT_EQ(read_all(*transaction->cursor_current({}, {})), (Rows{{"a", "2"}}));
  EXPECT_EQ(read_all(*transaction->cursor({}, {})), (Rows{{"a", "1"}}));
}

TEST_F(TransactionTest, RollbackLeavesNothing) {
  store();
  const CensusSnapshot before = take_census();
  {
    const auto transaction = begin();
    transaction->put("a", "1");
    lock(*transaction, "a");
    transaction->rollback();
    transaction->rollback();
  }
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(store().engine().locks.size(), 0u);
  EXPECT_EQ(before.growth_to(take_census()), "");
}

TEST_F(TransactionTest, SavepointUndoesWritesAndKeepsLocks) {
  const auto transaction = begin();
  transaction->put("a", "1");
  const Savepoint savepoint = transaction->savepoint();
  transaction->put("a", "2");
  transaction->put("b", "2");
  lock(*transaction, "b");
  transaction->rollback_to(savepoint);
  EXPECT_EQ(transaction->get("a", StopToken()), "1");
  EXPECT_EQ(transaction->get("b", StopToken()), std::nullopt);
  EXPECT_TRUE(transaction->holds_lock("b"));
  EXPECT_EQ(transaction->write_count(), 1u);
  transaction->commit(StopToken());
  EXPECT_EQ(scan(), (Rows{{"a", "1"}}));
}

TEST_F(TransactionTest, LimitsThrow8025And8004AndLeaveTheBufferAsItWas) {
  TransactionOptions options;
  options.entry_limit_bytes = 100;
  options.size_limit_bytes = 250;
  const auto transaction = store().begin(options, StopToken());
  EXPECT_EQ(error_number([&] { transaction->put("a", std::string(100, 'x')); }), 8025);
  transaction->put("a", std::string(99, 'x'));
  transaction->put("b", std::string(99, 'x'));
  EXPECT_EQ(error_number([&] { transaction->put("c", std::string(99, 'x')); }), 8004);
  EXPECT_EQ(transaction->write_count(), 2u);
}

TEST_F(TransactionTest, MemoryIsChargedAndGivenBack) {
  MemoryTracker tracker("statement");
  TransactionOptions options;
  options.memory = &tracker;
  {
    const auto transaction = store().begin(options, StopToken());
    transaction->put("a", std::string(100'000, 'x'));
    lock(*transaction, "a");
    EXPECT_GE(tracker.bytes(), 100'000);
  }
  EXPECT_EQ(tracker.bytes(), 0);
}

TEST_F(TransactionTest, OptimisticCommitOfAChangedKeyIs9007) {
  put("a", "1");
  const auto transaction = begin(TransactionMode::kOptimistic);
  transaction->put("a", "mine");
  put("a", "2");
  EXPECT_EQ(error_number([&] { transaction->commit(StopToken()); }), 9007);
  EXPECT_EQ(get("a"), "2");
  EXPECT_EQ(store().engine().locks.size(), 0u);
}

TEST_F(TransactionTest, OptimisticCommitChecksLockedKeysToo) {
  const auto transaction = begin(TransactionMode::kOptimistic);
  put("read", "changed");
  lock(*transaction, "read");
  transaction->put("a", "1");
  EXPECT_EQ(error_number([&] { transaction->commit(StopToken()); }), 9007);
}

TEST_F(TransactionTest, OptimisticCommitWaitsForAPessimisticLock) {
  const auto pessimistic = begin();
  lock(*pessimistic, "a");
  int number = 0;
  TaskScope scope("optimistic", StopToken());
  scope.spawn("commit", [&](StopToken stop) {
    const auto optimistic = begin(TransactionMode::kOptimistic);
    optimistic->put("a", "optimistic");
    number = error_number([&] { optimistic->commit(stop); });
  });
  await_waiters(1);
  pessimistic->put("a", "pessimistic");
  pessimistic->commit(StopToken());
  scope.join();
  EXPECT_EQ(number, 9007);
  EXPECT_EQ(get("a"), "pessimistic");
}

TEST_F(TransactionTest, LockPoliciesTellABusyKey) {
  const auto holder = begin();
  lock(*holder, "b");
  const auto other = begin();
  const std::vector<std::string> keys{"a", "b", "c"};
  LockOptions options;
  options.wait = WaitPolicy::kNoWait;
  EXPECT_EQ(other->lock_keys(keys, options, StopToken()), LockOutcome::kNoWait);
  EXPECT_EQ(other->lock_count(), 0u);
  options.wait = WaitPolicy::kSkipLocked;
  LockReport report;
  EXPECT_EQ(other->lock_keys(keys, options, &report, StopToken()), LockOutcome::kSkipped);
  EXPECT_EQ(report.skipped, (std::vector<bool>{false, true, false}));
  EXPECT_EQ(other->lock_count(), 2u);
  options.wait = WaitPolicy::kWait;
  options.timeout_ms = 1;
  EXPECT_EQ(error_number([&] { other->lock_keys(keys, options, StopToken()); }), 1205);
  EXPECT_EQ(other->lock_count(), 2u);
}

TEST_F(TransactionTest, LockReportsTheNewestCommittedVersion) {
  put("a", "1");
  const Timestamp newest = put("a", "2");
  const Timestamp erased = (put("gone", "x"), erase("gone"));
  const auto transaction = begin();
  put("late", "3");
  const std::vector<std::string> keys{"a", "gone", "never", "late"};
  LockOptions options;
  options.return_values = true;
  LockReport report;
  EXPECT_EQ(transaction->lock_keys(keys, options, &report, StopToken()), LockOutcome::kLocked);
  EXPECT_EQ(report.values, (std::vector<std::optional<std::string>>{"2", std::nullopt, std::nullopt, "3"}));
  EXPECT_EQ(report.commit_ts[0], newest);
  EXPECT_EQ(report.commit_ts[1], erased);
  EXPECT_EQ(report.commit_ts[2], 0u);
  EXPECT_GT(report.commit_ts[3], transaction->start_ts());
}

TEST_F(TransactionTest, StopBeforeTheCommitPointRollsBack) {
  StopSource source;
  const auto transaction = begin();
  transaction->put("a", "1");
  lock(*transaction, "a");
  source.request_stop(StopReason::kQueryKilled);
  EXPECT_THROW(transaction->commit(source.token()), Stopped);
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(store().engine().locks.size(), 0u);
}

TEST_F(TransactionTest, StopWakesALockWait) {
  const auto holder = begin();
  lock(*holder, "a");
  StopSource source;
  std::atomic<bool> stopped{false};
  TaskScope scope("waiter", StopToken());
  scope.spawn("wait", [&](StopToken) {
    const auto transaction = begin();
    const std::vector<std::string> keys{"free", "a"};
    try {
      transaction->lock_keys(keys, {}, source.token());
    } catch (const Stopped&) {
      stopped = transaction->lock_count() == 0;
    }
  });
  await_waiters(1);
  source.request_stop(StopReason::kTimeLimit);
  scope.join();
  EXPECT_TRUE(stopped);
}

// Money moves between accounts under pessimistic locks or optimistically, while readers add up every snapshot they take.
TEST_F(TransactionTest, ConcurrentTransfersKeepTheSumInEverySnapshot) {
  constexpr int kAccounts = 20;
  constexpr int kInitial = 1000;
  const auto account = [](std::uint64_t index) { return "account" + std::to_string(100 + index); };
  for (int index = 0; index < kAccounts; ++index)
    put(account(static_cast<std::uint64_t>(index)), std::to_string(kInitial));

  std::atomic<int> committed{0};
  std::atomic<bool> done{false};
  const auto sum_of = [&](const Rows& rows) {
    int sum = 0;
    for (const auto& [key, value] : rows) sum += std::stoi(value);
    return sum;
  };
  const auto transfer = [&](Random& random, StopToken stop) {
    const bool pessimistic = random.one_in(2);
    const auto transaction = begin(pessimistic ? TransactionMode::kPessimistic : TransactionMode::kOptimistic);
    const std::uint64_t from = random.below(kAccounts);
    const std::uint64_t to = (from + 1 + random.below(kAccounts - 1)) % kAccounts;
    const std::vector<std::string> keys{account(from), account(to)};
    if (pessimistic) transaction->lock_keys(keys, {}, stop);
    const auto read = [&](const std::string& key) {
      return std::stoi(*(pessimistic ? transaction->get_current(key, stop) : transaction->get(key, stop)));
    };
    const int amount = static_cast<int>(random.below(10));
    const int from_balance = read(keys[0]);
    const int to_balance = read(keys[1]);
    transaction->put(keys[0], std::to_string(from_balance - amount));
    transaction->put(keys[1], std::to_string(to_balance + amount));
    transaction->commit(stop);
    ++committed;
    // An acknowledged commit is in every snapshot taken later.
    ASSERT_EQ(sum_of(scan()), kAccounts * kInitial);
  };
  TaskScope scope("bank", StopToken());
  std::atomic<int> writers{6};
  for (int thread = 0; thread < 6; ++thread) {
    scope.spawn("writer", [&, thread](StopToken stop) {
      Random random(static_cast<std::uint64_t>(thread) + 7);
      for (int round = 0; round < 200; ++round) {
        const int number = error_number([&] { transfer(random, stop); });
        ASSERT_TRUE(number == 0 || number == 1213 || number == 9007) << number;
      }
      if (writers.fetch_sub(1) == 1) done = true;
    });
  }
  for (int thread = 0; thread < 2; ++thread) {
    scope.spawn("reader", [&](StopToken) {
      Timestamp last = 0;
      while (!done) {
        const Timestamp ts = store().current_timestamp();
        ASSERT_GE(ts, last);
        last = ts;
        const Rows first = scan({}, ts);
        ASSERT_EQ(sum_of(first), kAccounts * kInitial);
        ASSERT_EQ(scan({}, ts), first);
      }
    });
  }
  scope.join();
  EXPECT_GT(committed, 100);
}

TEST_F(TransactionTest, OwnCommitIsVisibleToTheNextSnapshotUnderLoad) {
  store();
  TaskScope scope("sessions", StopToken());
  for (int thread = 0; thread < 8; ++thread) {
    scope.spawn("session", [&, thread](StopToken) {
      const std::string key = "session" + std::to_string(thread);
      Timestamp last = 0;
      for (int round = 0; round < 300; ++round) {
        const Timestamp commit_ts = put(key, std::to_string(round));
        ASSERT_GT(commit_ts, last);
        last = commit_ts;
        ASSERT_GE(store().current_timestamp(), commit_ts);
        ASSERT_EQ(get(key), std::to_string(round));
      }
    });
  }
  scope.join();
}

}  // namespace
}  // namespace sluice::kv
