#include "base/sql_error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace sluice {
namespace {

TEST(SqlError, FillsTheTemplateOfItsCode) {
  const SqlError error(ErrorCode::kDupEntry, "1-a", std::string("t.PRIMARY"));
  EXPECT_EQ(error.number(), 1062);
  EXPECT_EQ(error.sqlstate(), "23000");
  EXPECT_STREQ(error.what(), "Duplicate entry '1-a' for key 't.PRIMARY'");
}

TEST(SqlError, TakesNumbers) { EXPECT_STREQ(SqlError(ErrorCode::kNoSuchThread, 42).what(), "Unknown thread id: 42"); }

TEST(SqlError, MayHaveATextOfItsOwn) {
  const SqlError error = SqlError::with_message(ErrorCode::kUnknownError, "free {} text");
  EXPECT_EQ(error.number(), 1105);
  EXPECT_EQ(error.sqlstate(), "HY000");
  EXPECT_STREQ(error.what(), "free {} text");
}

TEST(SqlError, MayHaveAnSqlstateOfItsOwn) {
  EXPECT_EQ(SqlError::with_sqlstate(ErrorCode::kSignalException, "45000", "text").sqlstate(), "45000");
}

TEST(SqlError, CopiesShareTheText) {
  const SqlError error(ErrorCode::kUnknownError);
  const SqlError copy = error;
  EXPECT_EQ(copy.what(), error.what());
}

TEST(InternalError, IsShownAs1815) {
  const SqlError error = InternalError("counter went below zero").to_sql_error();
  EXPECT_EQ(error.number(), 1815);
  EXPECT_STREQ(error.what(), "Internal : counter went below zero");
}

TEST(ErrorCatalogue, HoldsEveryNumberOnceInOrder) {
  std::uint16_t previous = 0;
  std::set<std::string_view> names;
  for (const ErrorCatalogueEntry& entry : error_catalogue()) {
    EXPECT_GT(static_cast<std::uint16_t>(entry.code), previous);
    previous = static_cast<std::uint16_t>(entry.code);
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_EQ(entry.sqlstate.size(), 5u) << entry.name;
    EXPECT_EQ(&error_catalogue_entry(entry.code), &entry);
  }
}

struct StateCase {
  ErrorCode code;
  std::uint16_t number;
  const char* sqlstate;
};
class ErrorStates : public testing::TestWithParam<StateCase> {};

TEST_P(ErrorStates, AreMysqls) {
  const SqlError error(GetParam().code, "a", "b", "c", "d");
  EXPECT_EQ(error.number(), GetParam().number);
  EXPECT_EQ(error.sqlstate(), GetParam().sqlstate);
}

INSTANTIATE_TEST_SUITE_P(Manual, ErrorStates,
                         testing::Values(StateCase{ErrorCode::kParseError, 1064, "42000"},
                                         StateCase{ErrorCode::kBadFieldError, 1054, "42S22"},
                                         StateCase{ErrorCode::kNoSuchTable, 1146, "42S02"},
                                         StateCase{ErrorCode::kQueryInterrupted, 1317, "70100"},
                                         StateCase{ErrorCode::kLockDeadlock, 1213, "40001"},
                                         StateCase{ErrorCode::kAccessDeniedError, 1045, "28000"},
                                         StateCase{ErrorCode::kServerShutdown, 1053, "08S01"},
                                         StateCase{ErrorCode::kQueryTimeout, 3024, "HY000"},
                                         StateCase{ErrorCode::kCancelledDdlJob, 8214, "HY000"}),
                         [](const auto& info) { return "E" + std::to_string(info.param.number); });

}  // namespace
}  // namespace sluice
