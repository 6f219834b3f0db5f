#include "server/row_encoder.h"

#include <gtest/gtest.h>

#include "types/collation.h"

namespace sluice::server {
namespace {

types::FieldType text_of(std::string_view collation) {
  return types::FieldType::varchar(10, types::find_collation(collation));
}

struct EncodingCase {
  const char* name;
  const char* column;    // its collation
  const char* results;   // character_set_results; nullptr: NULL
  const char* encoding;  // nullptr: sent as it lies
};
class ColumnEncoding : public testing::TestWithParam<EncodingCase> {};

TEST_P(ColumnEncoding, IsThatOfTheResultNotOfTheColumn) {
  const EncodingCase& test_case = GetParam();
  const types::Charset* const results = test_case.results == nullptr ? nullptr : types::find_charset(test_case.results);
  const types::Charset* const expected =
      test_case.encoding == nullptr ? nullptr : types::find_charset(test_case.encoding);
  EXPECT_EQ(sent_column(text_of(test_case.column), results).encoding, expected);
}

INSTANTIATE_TEST_SUITE_P(Charsets, ColumnEncoding,
                         testing::Values(EncodingCase{"utf8mb4_as_it_lies", "utf8mb4_bin", "utf8mb4", nullptr},
                                         EncodingCase{"latin1_column_in_utf8mb4", "latin1_bin", "utf8mb4", nullptr},
                                         EncodingCase{"utf8mb4_column_in_latin1", "utf8mb4_bin", "latin1", "latin1"},
                                         EncodingCase{"no_result_charset_keeps_the_columns", "latin1_bin", nullptr,
                                                      "latin1"},
                                         EncodingCase{"bytes_are_never_converted", "binary", "latin1", nullptr},
                                         EncodingCase{"gbk", "utf8mb4_general_ci", "gbk", "gbk"}),
                         [](const auto& info) { return info.param.name; });

TEST(AppendText, ConvertsAndCountsTheConvertedBytes) {
  std::string out;
  append_text(out, "ä", nullptr);
  append_text(out, "ä", types::find_charset("latin1"));
  append_text(out, "漢", types::find_charset("latin1"));
  EXPECT_EQ(out, std::string("\x02\xC3\xA4\x01\xE4\x01?"));
}

}  // namespace
}  // namespace sluice::server
