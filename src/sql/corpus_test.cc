// Parses the statements of third-party SQL suites: those recorded as syntax errors must fail, with the recorded text, and
// all others must parse. Set SLUICE_COMPAT_DIR to the folder that holds `tidb/` and `sqllogictest/`; skipped without it.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/sql_error.h"
#include "sql/parser.h"
#include "sql/restore.h"

namespace sluice::sql {
namespace {

namespace fs = std::filesystem;

std::string read_whole_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string strip(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::vector<fs::path> files_below(const fs::path& folder, const char* extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct Counts {
  int statements = 0;
  int wrongly_refused = 0;
  int wrongly_accepted = 0;
  int other_words = 0;
  int unstable = 0;  // restored texts that do not read back as themselves
};

struct Case {
  std::string text;
  std::string expected_error;  // the recorded message, or empty
  bool is_error_expected = false;
};

/// What a restored statement reads back as must restore to the same text.
void check_round_trip(const std::string& where, const ParseResult& parsed, Counts& counts) {
  for (const Statement* statement : parsed.statements()) {
    if (statement->kind == StatementKind::kUnsupported) continue;
    const std::string once = restore(*statement);
    std::string twice;
    try {
      const ParseResult again = parse(once);
      if (again.statements().size() == 1) twice = restore(*again.statements()[0]);
    } catch (const SqlError& error) {
      twice = error.what();
    }
    if (once == twice || once == statement->text) continue;
    ++counts.unstable;
    std::cout << "unstable " << where << ": " << statement->text.substr(0, 300) << "\n    " << once.substr(0, 600)
              << "\n    " << twice.substr(0, 600) << "\n";
  }
}

void check_case(const std::string& where, const Case& test_case, const ParseOptions& options, Counts& counts) {
  ++counts.statements;
  std::string error;
  try {
    check_round_trip(where, parse(test_case.text, options), counts);
  } catch (const SqlError& e) {
    // Other codes (1221, 1119) are about meaning: the text itself was read.
    if (e.number() == 1064) error = e.what();
  }
  if (!test_case.is_error_expected && !error.empty()) {
    ++counts.wrongly_refused;
    std::cout << "refused  " << where << ": " << test_case.text.substr(0, 600) << "\n    " << error.substr(0, 400)
              << "\n";
  } else if (test_case.is_error_expected && error.empty()) {
    ++counts.wrongly_accepted;
    std::cout << "accepted " << where << ": " << test_case.text.substr(0, 300) << "\n";
  } else if (test_case.is_error_expected && !test_case.expected_error.empty() && error != test_case.expected_error) {
    ++counts.other_words;
    std::cout << "other    " << where << ": " << test_case.text.substr(0, 300) << "\n    " << error << "\n    "
              << test_case.expected_error << "\n";
  }
}

/// Lines joined into statements as mysql-tester does: only a ';' at a line's end ends one.
std::vector<std::string> split_script(const std::string& data) {
  std::vector<std::string> items;
  std::istringstream in(data);
  std::string line;
  bool is_fresh = true;
  while (std::getline(in, line)) {
    line = strip(line);
    if (line.starts_with("#")) {
      is_fresh = true;
    } else if (line.starts_with("--")) {
      items.push_back(line);
      is_fresh = true;
    } else if (!line.empty()) {
      if (is_fresh) {
        items.push_back(line);
      } else {
        items.back() += "\n" + line;
      }
      is_fresh = line.ends_with(";");
    }
  }
  return items;
}

bool is_tester_command(const std::string& word) {
  static const std::array<const char*, 41> kCommands = {"connect",
                                                        "connection",
                                                        "disconnect",
                                                        "sleep",
                                                        "let",
                                                        "echo",
                                                        "eval",
                                                        "error",
                                                        "sorted_result",
                                                        "replace_column",
                                                        "replace_regex",
                                                        "enable_query_log",
                                                        "disable_query_log",
                                                        "enable_result_log",
                                                        "disable_result_log",
                                                        "enable_warnings",
                                                        "disable_warnings",
                                                        "enable_info",
                                                        "disable_info",
                                                        "begin_concurrent",
                                                        "end_concurrent",
                                                        "remove_file",
                                                        "delimiter",
                                                        "query",
                                                        "single_query",
                                                        "exit",
                                                        "disable_abort_on_error",
                                                        "enable_abort_on_error",
                                                        "character_set",
                                                        "lowercase_result",
                                                        "vertical_results",
                                                        "horizontal_results",
                                                        "skip",
                                                        "die",
                                                        "reap",
                                                        "send",
                                                        "exec",
                                                        "source",
                                                        "inc",
                                                        "dec",
                                                        "ping"};
  for (const char* command : kCommands) {
    if (word == command) return true;
  }
  return false;
}

std::string lower_word(const std::string& text) {
  std::string word = text.substr(0, text.find_first_of(" (\n;"));
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

/// The scripts set sql_mode; what it means for the grammar is followed by looking at the text.
void follow_sql_mode(const std::string& text, ParseOptions& options) {
  std::string upper = text;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!upper.starts_with("SET") || upper.find("SQL_MODE") == std::string::npos ||
      upper.find("GLOBAL") != std::string::npos)
    return;
  const bool is_ansi = upper.find("'ANSI'") != std::string::npos;
  options.ansi_quotes = is_ansi || upper.find("ANSI_QUOTES") != std::string::npos;
  options.pipes_as_concat = is_ansi || upper.find("PIPES_AS_CONCAT") != std::string::npos;
  options.no_backslash_escapes = upper.find("NO_BACKSLASH_ESCAPES") != std::string::npos;
  options.high_not_precedence = upper.find("HIGH_NOT_PRECEDENCE") != std::string::npos;
}

void check_tidb_script(const fs::path& script, const fs::path& root, Counts& counts) {
  const fs::path relative = fs::relative(script, root / "t");
  fs::path result_path = root / "r" / relative;
  result_path.replace_extension(".result");
  const std::string result = read_whole_file(result_path);
  ParseOptions options;
  bool is_error_expected = false;
  for (const std::string& item : split_script(read_whole_file(script))) {
    const bool is_dashed = item.starts_with("--");
    const std::string rest = is_dashed ? strip(item.substr(2)) : item;
    const std::string word = lower_word(rest);
    if (word == "error") {
      is_error_expected = rest.find("1064") != std::string::npos;
      continue;
    }
    if (word == "connect" || word == "connection") options = {};
    if (is_dashed || is_tester_command(word)) continue;
    Case test_case{.text = rest, .is_error_expected = is_error_expected};
    is_error_expected = false;
    const std::string error_mark = rest + "\nError 1064 (42000): ";
    const std::size_t recorded = result.find(error_mark);
    if (recorded != std::string::npos) {
      test_case.is_error_expected = true;
      // A message ends with `" ` at a line's end; it may hold line breaks.
      const std::size_t begin = recorded + error_mark.size();
      const std::size_t end = result.find("\" \n", begin);
      test_case.expected_error = result.substr(begin, end + 2 - begin);
    }
    follow_sql_mode(rest, options);
    check_case(relative.string(), test_case, options, counts);
  }
}

void check_sqllogictest(const fs::path& script, Counts& counts) {
  std::ifstream in(script);
  std::string line;
  bool is_skipped = false;
  while (std::getline(in, line)) {
    line = strip(line);
    std::istringstream words(line);
    std::string head, second;
    words >> head >> second;
    if (head == "skipif" || head == "onlyif") {
      if ((second == "mysql") == (head == "skipif")) is_skipped = true;
    } else if (head == "halt") {
      if (!is_skipped) return;
      is_skipped = false;
    } else if (head == "statement" || head == "query") {
      std::string text;
      std::string body;
      while (std::getline(in, body) && !strip(body).empty() && strip(body) != "----") text += body + "\n";
      if (strip(body) == "----") {
        while (std::getline(in, body) && !strip(body).empty()) {
        }
      }
      if (!is_skipped && second != "error") check_case(script.filename().string(), {.text = strip(text)}, {}, counts);
      is_skipped = false;
    } else if (!head.empty() && head[0] != '#') {
      is_skipped = false;
    }
  }
}

void report(const char* suite, const Counts& counts) {
  std::cout << suite << ": " << counts.statements << " statements, " << counts.wrongly_refused << " wrongly refused, "
            << counts.wrongly_accepted << " wrongly accepted, " << counts.other_words << " errors in other words, "
            << counts.unstable << " unstable when restored\n";
}

TEST(Corpus, TidbScriptsParseOrFailAsRecorded) {
  const char* folder = std::getenv("SLUICE_COMPAT_DIR");
  if (folder == nullptr) GTEST_SKIP() << "SLUICE_COMPAT_DIR is not set";
  const fs::path root = fs::path(folder) / "tidb";
  Counts counts;
  for (const fs::path& script : files_below(root / "t", ".test")) check_tidb_script(script, root, counts);
  report("tidb", counts);
  EXPECT_GT(counts.statements, 10000);
  EXPECT_EQ(counts.wrongly_refused, 0);
  EXPECT_EQ(counts.wrongly_accepted, 0);
  EXPECT_EQ(counts.other_words, 0);
  EXPECT_EQ(counts.unstable, 0);
}

TEST(Corpus, SqllogictestScriptsParse) {
  const char* folder = std::getenv("SLUICE_COMPAT_DIR");
  if (folder == nullptr) GTEST_SKIP() << "SLUICE_COMPAT_DIR is not set";
  Counts counts;
  for (const fs::path& script : files_below(fs::path(folder) / "sqllogictest", ".test"))
    check_sqllogictest(script, counts);
  report("sqllogictest", counts);
  EXPECT_GT(counts.statements, 1000);
  EXPECT_EQ(counts.wrongly_refused, 0);
  EXPECT_EQ(counts.unstable, 0);
}

}  // namespace
}  // namespace sluice::sql
