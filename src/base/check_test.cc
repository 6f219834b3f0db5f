#include "base/check.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/sql_error.h"

namespace sluice {
namespace {

TEST(Check, PassesWhenTheConditionHolds) {
  SLUICE_CHECK(1 + 1 == 2);
  SLUICE_CHECK(true, "never shown {}", 1);
  SLUICE_FATAL_CHECK(true);
  SLUICE_DCHECK(true, "never shown {}", 1);
}

#ifdef SLUICE_TEST_BUILD
TEST(CheckDeathTest, AbortsInTestBuildsWithTheValues) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const int rows = -1;
  EXPECT_DEATH(SLUICE_CHECK(rows >= 0, "{} rows in {}", rows, "t"),
               "check_test.cc:.*check failed: rows >= 0: -1 rows in t");
  EXPECT_DEATH(SLUICE_FATAL_CHECK(rows >= 0), "check failed: rows >= 0");
  EXPECT_DEATH(SLUICE_DCHECK(rows >= 0), "check failed: rows >= 0");
}

void pass_a_rare_branch(bool rare) {
  if (rare) SLUICE_REACHED("check_test rare branch");
}

TEST(Reached, CountsPassesAndListsMarksNeverReached) {
  const auto count = [] {
    for (const ReachedMark& mark : reached_marks()) {
      if (mark.name == "check_test rare branch") return static_cast<int>(mark.count);
    }
    return -1;
  };
  pass_a_rare_branch(false);
  EXPECT_EQ(count(), 0);
  pass_a_rare_branch(true);
  EXPECT_EQ(count(), 1);
}
#else
TEST(Check, ThrowsInternalErrorInRelease) { EXPECT_THROW(SLUICE_CHECK(false, "{}", 1), InternalError); }
#endif

}  // namespace
}  // namespace sluice
