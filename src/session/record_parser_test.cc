#include "session/record_parser.h"

#include <gtest/gtest.h>

namespace sluice::session {
namespace {

/// The records of `text`, which arrives `chunk_bytes` bytes at a time: fields joined by '|', NULL as "NULL", records by '/'.
std::string records(RecordFormat format, std::string_view text, std::size_t chunk_bytes) {
  RecordParser parser(std::move(format), [&](StopToken) {
    const std::string_view chunk = text.substr(0, chunk_bytes);
    text.remove_prefix(chunk.size());
    return chunk;
  });
  std::string shown;
  std::vector<std::optional<std::string>> fields;
  while (parser.next(fields, {})) {
    for (std::size_t i = 0; i < fields.size(); ++i) shown += (i == 0 ? "" : "|") + fields[i].value_or("NULL");
    shown += "/";
  }
  return shown;
}

struct Case {
  const char* name;
  RecordFormat format;
  const char* text;
  const char* expected;
};

class Records : public testing::TestWithParam<Case> {};

TEST_P(Records, AreTheSameHoweverTheBytesArrive) {
  for (const std::size_t chunk_bytes : {1u, 2u, 3u, 1000u})
    EXPECT_EQ(records(GetParam().format, GetParam().text, chunk_bytes), GetParam().expected) << chunk_bytes;
}

RecordFormat format(std::string field_terminator, std::string enclosure, std::string line_terminator,
                    std::string line_start = "", std::string escape = "\\") {
  RecordFormat made;
  made.field_terminator = std::move(field_terminator);
  made.enclosure = std::move(enclosure);
  made.line_terminator = std::move(line_terminator);
  made.line_start = std::move(line_start);
  made.escape = std::move(escape);
  return made;
}

INSTANTIATE_TEST_SUITE_P(
    Formats, Records,
    testing::Values(Case{"plain", format("\t", "", "\n"), "a\tb\n\n\\N\tN\nlast", "a|b//NULL|N/last/"},
                    Case{"lineEndsLikeAField", format(";", "", ";;"), "a;b;;c;;;d", "a|b/c/|d/"},
                    Case{"lineEndsWithAField", format(",", "", ",\n"), "a,b,\nc,,\n", "a|b/c|/"},
                    Case{"enclosedLineEndsLikeAField", format(";", "\"", ";;"), "\"a;;b\";\"c\";;\"d\"", "a;;b|c/d/"},
                    Case{"enclosed", format(",", "\"", "\n"), "\"a\"\"b\",NULL,\"NULL\"\n\"x\ny\",z\n",
                         "a\"b|NULL|NULL/x\ny|z/"},
                    Case{"quoteInside", format(",", "'", "\n"), "'it's',b\n", "it's|b/"},
                    Case{"escapes", format(",", "", "\n"), "a\\,b,\\t\\n\\\\\n", "a,b|\t\n\\/"},
                    Case{"noEscape", format(",", "", "\n", "", ""), "a\\,b\n", "a\\|b/"},
                    Case{"lineStart", format(",", "", "\n", ">>"), "junk>>a,b\nskipped\n>>c\n", "a|b/c/"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(RecordParser, SkipsLinesWithoutLookingIntoThem) {
  std::string_view text = "\"a\nb\"\nc\n";
  RecordParser parser(format(",", "\"", "\n"), [&](StopToken) { return std::exchange(text, {}); });
  parser.skip_lines(2, {});
  std::vector<std::optional<std::string>> fields;
  ASSERT_TRUE(parser.next(fields, {}));
  EXPECT_EQ(fields.front(), "c");
  EXPECT_FALSE(parser.next(fields, {}));
}

}  // namespace
}  // namespace sluice::session
