#include "base/logging.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/temp_dir.h"

namespace sluice {
namespace {

std::string after_time(const std::string& line) { return line.substr(line.find("] ") + 2); }

TEST(Logging, LineHasTidbsForm) {
  const LogMessage message("server started");
  const std::string line =
      format_log_line(LogLevel::kInfo, message, {{"port", 4000}, {"path", "a b"}}, 1'730'283'267'123'000);
  EXPECT_EQ(line.size() - after_time(line).size(), std::string("[2024/10/30 10:14:27.123 +00:00] ").size());
  EXPECT_EQ(after_time(line), "[INFO] [logging_test.cc:" + std::to_string(message.line) +
                                  "] [\"server started\"] [port=4000] [path=\"a b\"]");
}

struct QuoteCase {
  const char* name;
  const char* value;
  const char* expected;
};
class LogQuoting : public testing::TestWithParam<QuoteCase> {};

TEST_P(LogQuoting, QuotesWhatCouldBeMisread) {
  const std::string line = format_log_line(LogLevel::kWarn, "m", {{"k", GetParam().value}}, 0);
  EXPECT_EQ(line.substr(line.find("[k=")), std::string("[k=") + GetParam().expected + "]");
}

INSTANTIATE_TEST_SUITE_P(Cases, LogQuoting,
                         testing::Values(QuoteCase{"plain", "abc", "abc"}, QuoteCase{"empty", "", "\"\""},
                                         QuoteCase{"quote", "a\"b", "\"a\\\"b\""},
                                         QuoteCase{"line_break", "a\nb", "\"a\\nb\""},
                                         QuoteCase{"bracket", "a]b", "\"a]b\""},
                                         QuoteCase{"control", "\x01", "\"\\u0001\""}, QuoteCase{"utf8", "ü", "ü"}),
                         [](const auto& info) { return info.param.name; });

TEST(Logging, LevelsAreReadInAnyCase) {
  const LogLevel before = log_level();
  EXPECT_TRUE(set_log_level("WARN"));
  EXPECT_EQ(log_level(), LogLevel::kWarn);
  EXPECT_FALSE(set_log_level("loud"));
  EXPECT_EQ(log_level(), LogLevel::kWarn);
  set_log_level(before);
}

TEST(Logging, DropsLinesBelowTheLevelAndAppendsOthersToTheFile) {
  TempDir dir;
  const std::string path = dir.new_path("log");
  set_log_file(path);
  log_debug("not shown");
  log_info("shown", {{"n", 1}});
  set_log_file("");
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str().find("not shown"), std::string::npos);
  EXPECT_NE(text.str().find("[shown] [n=1]\n"), std::string::npos);
}

}  // namespace
}  // namespace sluice
