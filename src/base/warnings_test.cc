#include "base/warnings.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(WarningList, KeepsLevelCodeAndText) {
  WarningList warnings;
  warnings.append(SqlError(ErrorCode::kDivisionByZero));
  warnings.append(Warning::Level::kNote, ErrorCode::kDbCreateExists, "note");
  ASSERT_EQ(warnings.items().size(), 2u);
  EXPECT_EQ(warnings.items()[0].code, 1365);
  EXPECT_EQ(to_string(warnings.items()[0].level), "Warning");
  EXPECT_EQ(warnings.items()[0].message, "Division by 0");
  EXPECT_EQ(to_string(warnings.items()[1].level), "Note");
}

TEST(WarningList, CountsMoreThanItKeeps) {
  WarningList warnings;
  for (std::size_t i = 0; i < WarningList::kMaxKept + 10; ++i) {
    warnings.append(Warning::Level::kError, ErrorCode::kUnknownError, "");
  }
  EXPECT_EQ(warnings.count(), WarningList::kMaxKept + 10);
  EXPECT_EQ(warnings.error_count(), warnings.count());
  EXPECT_EQ(warnings.items().size(), WarningList::kMaxKept);
}

TEST(WarningList, MergeEmptiesTheOther) {
  WarningList all;
  WarningList of_task;
  of_task.append(SqlError(ErrorCode::kUnknownError));
  all.merge(std::move(of_task));
  all.merge(WarningList());
  EXPECT_EQ(all.count(), 1u);
  EXPECT_TRUE(of_task.empty());
}

}  // namespace
}  // namespace sluice
