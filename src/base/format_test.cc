#include "base/format.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

struct FormatCase {
  const char* name;
  const char* message_template;
  std::vector<FormatArgument> arguments;
  const char* expected;
};
class FormatMessage : public testing::TestWithParam<FormatCase> {};

TEST_P(FormatMessage, FillsPlaceholders) {
  const FormatCase& test_case = GetParam();
  EXPECT_EQ(format_message(test_case.message_template, test_case.arguments), test_case.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, FormatMessage,
    testing::Values(
        FormatCase{"text", "a {} c", {"b"}, "a b c"},
        FormatCase{"integers", "{} {}", {-1, std::uint64_t{18446744073709551615u}}, "-1 18446744073709551615"},
        FormatCase{"shortest_double", "{}", {0.1}, "0.1"}, FormatCase{"bool_and_char", "{} {}", {true, 'x'}, "true x"},
        FormatCase{"braces", "{{{}}}", {1}, "{1}"}, FormatCase{"missing_argument_stays", "{} {}", {1}, "1 {}"},
        FormatCase{"spare_argument_is_ignored", "{}", {1, 2}, "1"}, FormatCase{"lone_brace", "a { b", {}, "a { b"},
        FormatCase{"null_text", "{}", {static_cast<const char*>(nullptr)}, "(null)"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace sluice
