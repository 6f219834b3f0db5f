#include "base/failpoint.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/sql_error.h"
#include "base/sync_point.h"
#include "base/task_scope.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(Failpoint, RefusesWhatDoesNotParse) {
  for (const char* text : {"explode", "error", "error(x)", "error(1", "x:error(1)", "sleep"}) {
    EXPECT_THROW(set_failpoint("failpoint_test.any", text), SqlError) << text;
  }
  EXPECT_THROW(set_failpoints("no equals sign"), SqlError);
}

#ifdef SLUICE_TEST_BUILD
void plain() { SLUICE_FAILPOINT("failpoint_test.plain"); }
bool taken() { return SLUICE_FAILPOINT_TAKEN("failpoint_test.taken"); }
void storage_call() { SLUICE_STORAGE_CALL("failpoint_test.storage"); }
void waits(StopToken stop) { SLUICE_SYNC_POINT("failpoint_test.sync", stop); }

TEST(Failpoint, DoesNothingUnlessConfigured) {
  EXPECT_NO_THROW(plain());
  EXPECT_FALSE(taken());
}

TEST(Failpoint, ThrowsTheConfiguredError) {
  const FailpointGuard guard("failpoint_test.plain", "error(1030,disk is on fire)");
  try {
    plain();
    FAIL() << "the failpoint did not throw";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.number(), 1030);
    EXPECT_STREQ(error.what(), "disk is on fire");
  }
}

TEST(Failpoint, FailsTheNthPassOnly) {
  const FailpointGuard guard("failpoint_test.plain", "3:error(1105)");
  EXPECT_NO_THROW(plain());
  EXPECT_NO_THROW(plain());
  EXPECT_THROW(plain(), SqlError);
  EXPECT_NO_THROW(plain());
}

TEST(Failpoint, IsOffAfterItsGuard) {
  {
    const FailpointGuard guard("failpoint_test.taken", "take");
    EXPECT_TRUE(taken());
  }
  EXPECT_FALSE(taken());
}

TEST(Failpoint, ListsConfigureMany) {
  set_failpoints("failpoint_test.plain=stop;failpoint_test.taken=take;");
  EXPECT_THROW(plain(), Stopped);
  EXPECT_TRUE(taken());
  clear_failpoints();
  EXPECT_NO_THROW(plain());
}

TEST(Failpoint, AreListedWithTheirPasses) {
  const std::uint64_t before = failpoint_passes("failpoint_test.plain");
  plain();
  EXPECT_EQ(failpoint_passes("failpoint_test.plain"), before + 1);
  const FailpointGuard guard("failpoint_test.plain", "take");
  bool found = false;
  for (const FailpointStatus& status : failpoints()) {
    if (status.name != "failpoint_test.plain") continue;
    found = true;
    EXPECT_EQ(status.configuration, "take");
    EXPECT_EQ(status.kind, FailpointKind::kPlain);
  }
  EXPECT_TRUE(found);
}

TEST(FaultPlan, FailsTheKthCallOfItsKind) {
  arm_faults(FailpointKind::kStorageCall, {0, "off"});
  for (int i = 0; i < 4; ++i) storage_call();
  plain();
  EXPECT_EQ(fault_passes(FailpointKind::kStorageCall), 4u);
  arm_faults(FailpointKind::kStorageCall, {2, "error(1030)"});
  EXPECT_NO_THROW(storage_call());
  EXPECT_THROW(storage_call(), SqlError);
  EXPECT_NO_THROW(storage_call());
  disarm_faults();
}

TEST(FaultPlan, CanLeaveOutBackgroundWork) {
  arm_faults(FailpointKind::kStorageCall, {0, "off", FaultScope::kStatementsAndJobs});
  storage_call();
  TaskRecord statement(TaskKind::kStatement, "test");
  const TaskAttachment attachment(statement);
  TaskScope scope("test", StopToken());
  scope.spawn("task", [](StopToken) { storage_call(); });
  scope.join();
  EXPECT_EQ(fault_passes(FailpointKind::kStorageCall), 2u) << "the start of the task, and the call in it";
  disarm_faults();
}

TEST(FailpointDeathTest, CrashEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        set_failpoint("failpoint_test.plain", "crash");
        plain();
      },
      testing::KilledBySignal(SIGKILL), "");
}

TEST(SyncPoint, HoldsAThreadUntilReleased) {
  std::atomic<bool> passed{false};
  SyncPointPause pause("failpoint_test.sync");
  TaskScope scope("test", StopToken());
  scope.spawn("comes", [&](StopToken stop) {
    waits(stop);
    passed = true;
  });
  ASSERT_TRUE(pause.wait_until_reached(10s));
  EXPECT_FALSE(passed);
  pause.release();
  scope.join();
  EXPECT_TRUE(passed);
}

TEST(SyncPoint, AStopEndsTheHold) {
  SyncPointPause pause("failpoint_test.sync");
  StopSource source;
  TaskScope scope("test", source.token());
  scope.spawn("comes", waits);
  ASSERT_TRUE(pause.wait_until_reached(10s));
  source.request_stop(StopReason::kQueryKilled);
  EXPECT_THROW(scope.join(), Stopped);
}
#endif

}  // namespace
}  // namespace sluice
