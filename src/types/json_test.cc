#include "types/json.h"

#include <random>

#include <gtest/gtest.h>

#include "base/sql_error.h"
#include "types/json_edit.h"
#include "types/json_path.h"
#include "types/json_search.h"
#include "types/json_text_reader.h"
#include "types/time.h"

namespace sluice::types {
namespace {

Json parse(std::string_view text) { return Json::parse(text); }

std::uint16_t error_of(const auto& body) {
  try {
    body();
  } catch (const SqlError& error) {
    return error.number();
  }
  return 0;
}

TEST(JsonBinary, IsTheStoredFormat) {
  // Objects, TIDB format: type, count, size, key entry, value entry, key, value.
  const std::string expected(
      "\x01"
      "\x01\x00\x00\x00"
      "\x1c\x00\x00\x00"
      "\x13\x00\x00\x00"
      "\x01\x00"
      "\x09\x14\x00\x00\x00"
      "a"
      "\x01\x00\x00\x00\x00\x00\x00\x00",
      29);
  EXPECT_EQ(parse("{\"a\":1}").binary(), expected);
  EXPECT_TRUE(is_valid_json_binary(expected));
}

struct TextCase {
  const char* input;
  const char* printed;
};

TEST(JsonText, PrintsAsMySQL) {
  const TextCase cases[] = {
      {"null", "null"},
      {" [ ] ", "[]"},
      {"{}", "{}"},
      {"{\"b\":[1,2.5,-3],\"a\":{\"x\":null}}", "{\"a\": {\"x\": null}, \"b\": [1, 2.5, -3]}"},
      {"{\"a\":1,\"a\":2}", "{\"a\": 2}"},
      {"1.0", "1.0"},
      {"18446744073709551615", "18446744073709551615"},
      {"18446744073709551616", "1.8446744073709552e19"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"1e100", "1e100"},
      {"\"a\\u00e9\\n\\\"\\u0001\"", "\"aé\\n\\\"\\u0001\""},
      {"\"\\ud83d\\ude00\"", "\"😀\""},
      {"[true,false]", "[true, false]"},
  };
  for (const TextCase& test_case : cases)
    EXPECT_EQ(parse(test_case.input).to_string(), test_case.printed) << test_case.input;
}

TEST(JsonText, BothReadersAgree) {
  for (const std::string_view text :
       {"{\"b\":[1,2.5,-3,1e5],\"a\":{\"x\":null},\"a\":\"\\u4e2d\"}", "[[],{},\"\",0,-0.0,1.5e-7]", "\"\"", "true"}) {
    EXPECT_EQ(JsonTextReader(text).read_document().to_json().binary(), parse(text).binary()) << text;
  }
}

TEST(JsonText, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"", " ", "{", "[1,]", "{\"a\"}", "{a:1}", "tru", "01", "1.", "1e", "\"abc",
                                      "\"\\x\"", "\"\\ud800\"", "\"\xFF\"", "[1] 2", "-", "'a'", "\"\n\""}) {
    EXPECT_EQ(error_of([&] { parse(text); }), 3140) << text;
    EXPECT_FALSE(is_valid_json_text(text)) << text;
  }
  try {
    parse("[1, 2");
    FAIL();
  } catch (const SqlError& error) {
    EXPECT_STREQ(error.what(), "Invalid JSON text: \"Missing a comma or ] after an array element.\" at position 5.");
  }
}

TEST(JsonText, LimitsDepth) {
  EXPECT_EQ(error_of([] { parse(std::string(100, '[') + std::string(100, ']')); }), 0);
  EXPECT_EQ(error_of([] { parse(std::string(101, '[') + std::string(101, ']')); }), 3157);
  EXPECT_EQ(error_of([] { parse(std::string(100000, '[')); }), 3157);
  EXPECT_EQ(error_of([] { parse("{\"" + std::string(65536, 'k') + "\":1}"); }), 3151);
}

TEST(JsonText, PrettyAndQuoting) {
  std::string pretty;
  append_json_pretty(parse("{\"a\":[1,{}],\"b\":2}").view(), pretty);
  EXPECT_EQ(pretty, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": 2\n}");
  EXPECT_EQ(unquote_json_text("\"a\\tb\""), "a\tb");
  EXPECT_EQ(unquote_json_text("a\"b"), "a\"b");
  EXPECT_EQ(unquote_json(parse("\"x\"").view()), "x");
  EXPECT_EQ(unquote_json(parse("[1]").view()), "[1]");
}

TEST(JsonScalars, TimesKeepTheirParts) {
  const Time time = Time::from_parts({2024, 10, 30, 10, 14, 27, 500000});
  const Json datetime = Json::from_packed_time(JsonType::kDatetime, time.packed, 3);
  EXPECT_EQ(datetime.view().packed_time(), time.packed);
  EXPECT_EQ(datetime.view().fractional_digits(), 3U);
  EXPECT_EQ(datetime.to_string(), "\"2024-10-30 10:14:27.500000\"");
  EXPECT_EQ(Json::from_packed_time(JsonType::kDate, Time::from_date(2024, 1, 2).packed, 0).to_string(),
            "\"2024-01-02\"");
  EXPECT_EQ(Json::from_duration(-3723 * kNanosecondsPerSecond, 0).to_string(), "\"-01:02:03.000000\"");
  EXPECT_EQ(Json::from_opaque(253, "abc").to_string(), "\"base64:type253:YWJj\"");
  EXPECT_EQ(json_type_name(Json::from_opaque(253, "abc").view()), "BLOB");
}

TEST(JsonCompare, OrdersTypesThenValues) {
  const char* const ascending[] = {"null",
                                   "-1",
                                   "0",
                                   "0.5",
                                   "1",
                                   "9007199254740993",
                                   "9007199254740994.0",
                                   "18446744073709551615",
                                   "1e30",
                                   "\"\"",
                                   "\"a\"",
                                   "{}",
                                   "{\"a\":1}",
                                   "{\"a\":2}",
                                   "[]",
                                   "[1]",
                                   "[1,2]",
                                   "[2]",
                                   "false",
                                   "true"};
  for (std::size_t left = 0; left < std::size(ascending); ++left) {
    for (std::size_t right = 0; right < std::size(ascending); ++right) {
      const int order = compare_json(parse(ascending[left]).view(), parse(ascending[right]).view());
      EXPECT_EQ((order > 0) - (order < 0), (left > right) - (left < right))
          << ascending[left] << " and " << ascending[right];
    }
  }
  EXPECT_EQ(hash_json(parse("[1,{\"a\":2.0}]").view(), 5), hash_json(parse("[1.0,{\"a\":2}]").view(), 5));
}

struct PathCase {
  const char* document;
  const char* path;
  const char* extracted;  // nullptr: nothing
};

TEST(JsonPath, Extracts) {
  const char* const document = "{\"a\":[1,{\"b\":2,\"x\":[3,4]},5],\"c d\":{\"b\":6},\"é\":7}";
  const PathCase cases[] = {
      {document, "$.a[0]", "1"},
      {document, "$.a[1].b", "2"},
      {document, "$ . a [ 1 ] . b", "2"},
      {document, "$.\"c d\".b", "6"},
      {document, "$.a[last]", "5"},
      {document, "$.a[last-2]", "1"},
      {document, "$.a[last-3]", nullptr},
      {document, "$.a[9]", nullptr},
      {document, "$**.b", "[2, 6]"},
      {document, "$.a[*]", "[1, {\"b\": 2, \"x\": [3, 4]}, 5]"},
      {document, "$.a[1 to last]", "[{\"b\": 2, \"x\": [3, 4]}, 5]"},
      {document, "$.*.b", "[6]"},
      {document, "$.é", "7"},
      {document, "$.é[0][last]", "7"},
      {document, "$.é[1]", nullptr},
      {document, "$.nope", nullptr},
      {"[1,2]", "$**[0]", "[1, 2]"},
      {"[[1,2],[3]]", "$[*][0]", "[1, 3]"},
      {"{\"a\":1}", "$", "{\"a\": 1}"},
  };
  for (const PathCase& test_case : cases) {
    const Json json = parse(test_case.document);
    const JsonPath paths[] = {JsonPath::parse(test_case.path)};
    const std::optional<Json> found = extract_json(json.view(), paths);
    EXPECT_EQ(found ? found->to_string() : "nothing", test_case.extracted == nullptr ? "nothing" : test_case.extracted)
        << test_case.path;
  }
}

TEST(JsonPath, RefusesBadSyntax) {
  for (const char* text : {"", "a", "$.", "$[", "$[a]", "$[1", "$**", "$.a**", "$***.a", "$.1a", "$[-1]", "$[3 to 1]",
                           "$[last-1 to last-2]", "$.\"a", "$a", "$[99999999999]"}) {
    EXPECT_EQ(error_of([&] { JsonPath::parse(text); }), 3143) << text;
  }
  EXPECT_EQ(JsonPath::parse("$ .a[ last - 1 ]**.\"b c\"").to_string(), "$.a[last-1]**.\"b c\"");
}

struct EditCase {
  const char* document;
  const char* path;
  const char* value;
  const char* set;
  const char* inserted;
  const char* replaced;
};

TEST(JsonEdit, SetsInsertsReplaces) {
  const EditCase cases[] = {
      {"{\"a\":1}", "$.a", "9", "{\"a\": 9}", "{\"a\": 1}", "{\"a\": 9}"},
      {"{\"a\":1}", "$.b", "9", "{\"a\": 1, \"b\": 9}", "{\"a\": 1, \"b\": 9}", "{\"a\": 1}"},
      {"[1,2]", "$[0]", "9", "[9, 2]", "[1, 2]", "[9, 2]"},
      {"[1,2]", "$[7]", "9", "[1, 2, 9]", "[1, 2, 9]", "[1, 2]"},
      {"[1,2]", "$[last-7]", "9", "[9, 1, 2]", "[9, 1, 2]", "[1, 2]"},
      {"1", "$[1]", "9", "[1, 9]", "[1, 9]", "1"},
      {"1", "$[0]", "9", "9", "1", "9"},
      {"{\"a\":1}", "$", "[]", "[]", "{\"a\": 1}", "[]"},
      {"{\"a\":1}", "$.b.c", "9", "{\"a\": 1}", "{\"a\": 1}", "{\"a\": 1}"},
  };
  for (const EditCase& test_case : cases) {
    const Json document = parse(test_case.document);
    const Json value = parse(test_case.value);
    const JsonPath path = JsonPath::parse(test_case.path);
    const JsonChange changes[] = {{&path, value.view()}};
    EXPECT_EQ(write_json(document.view(), changes, JsonWriteMode::kSet).to_string(), test_case.set) << test_case.path;
    EXPECT_EQ(write_json(document.view(), changes, JsonWriteMode::kInsert).to_string(), test_case.inserted)
        << test_case.path;
    EXPECT_EQ(write_json(document.view(), changes, JsonWriteMode::kReplace).to_string(), test_case.replaced)
        << test_case.path;
  }
}

TEST(JsonEdit, RemovesAppendsInsertsIntoArrays) {
  const Json document = parse("{\"a\":[1,2,3],\"b\":4}");
  const JsonPath removed[] = {JsonPath::parse("$.a[1]"), JsonPath::parse("$.b"), JsonPath::parse("$.nope")};
  EXPECT_EQ(remove_json(document.view(), removed).to_string(), "{\"a\": [1, 3]}");
  const Json nine = parse("9");
  const JsonPath array = JsonPath::parse("$.a"), scalar = JsonPath::parse("$.b"), cell = JsonPath::parse("$.a[1]"),
                 root = JsonPath::parse("$"), wild = JsonPath::parse("$.*");
  const JsonChange appended[] = {{&array, nine.view()}, {&scalar, nine.view()}};
  EXPECT_EQ(append_to_json_array(document.view(), appended).to_string(), "{\"a\": [1, 2, 3, 9], \"b\": [4, 9]}");
  const JsonChange inserted[] = {{&cell, nine.view()}};
  EXPECT_EQ(insert_into_json_array(document.view(), inserted).to_string(), "{\"a\": [1, 9, 2, 3], \"b\": 4}");
  EXPECT_EQ(error_of([&] {
              const JsonChange changes[] = {{&array, nine.view()}};
              insert_into_json_array(document.view(), changes);
            }),
            3165);
  EXPECT_EQ(error_of([&] {
              const JsonPath paths[] = {root};
              remove_json(document.view(), paths);
            }),
            3153);
  EXPECT_EQ(error_of([&] {
              const JsonPath paths[] = {wild};
              remove_json(document.view(), paths);
            }),
            3149);
}

TEST(JsonEdit, Merges) {
  const auto preserve = [](const char* left, const char* right) {
    const Json a = parse(left), b = parse(right);
    const JsonView views[] = {a.view(), b.view()};
    return merge_json_preserve(views).to_string();
  };
  EXPECT_EQ(preserve("[1, 2]", "[true, false]"), "[1, 2, true, false]");
  EXPECT_EQ(preserve("{\"name\": \"x\"}", "{\"id\": 47}"), "{\"id\": 47, \"name\": \"x\"}");
  EXPECT_EQ(preserve("1", "true"), "[1, true]");
  EXPECT_EQ(preserve("[1, 2]", "{\"id\": 47}"), "[1, 2, {\"id\": 47}]");
  EXPECT_EQ(preserve("{\"a\": 1, \"b\": 2}", "{\"a\": 3, \"c\": 4}"), "{\"a\": [1, 3], \"b\": 2, \"c\": 4}");
  const auto patch = [](const char* left, const char* right) {
    return merge_json_patch(parse(left).view(), parse(right).view()).to_string();
  };
  EXPECT_EQ(patch("{\"a\": 1, \"b\": 2}", "{\"a\": 3, \"c\": 4}"), "{\"a\": 3, \"b\": 2, \"c\": 4}");
  EXPECT_EQ(patch("{\"a\": {\"x\": 1}}", "{\"a\": {\"y\": 2}}"), "{\"a\": {\"x\": 1, \"y\": 2}}");
  EXPECT_EQ(patch("{\"a\": 1, \"b\": 2}", "{\"b\": null}"), "{\"a\": 1}");
  EXPECT_EQ(patch("[1]", "{\"a\": {\"b\": null}}"), "{\"a\": {}}");
}

TEST(JsonSearch, ContainsOverlapsMemberOf) {
  const auto contains = [](const char* target, const char* candidate) {
    return json_contains(parse(target).view(), parse(candidate).view());
  };
  EXPECT_TRUE(contains("{\"a\": 1, \"b\": [2, 3]}", "{\"b\": [3]}"));
  EXPECT_TRUE(contains("[1, [2, 3]]", "[2]"));
  EXPECT_FALSE(contains("[1, 2]", "[1, 4]"));
  EXPECT_FALSE(contains("{\"a\": 1}", "1"));
  const auto overlaps = [](const char* left, const char* right) {
    return json_overlaps(parse(left).view(), parse(right).view());
  };
  EXPECT_TRUE(overlaps("[1,3,5,7]", "[2,5,7]"));
  EXPECT_FALSE(overlaps("[1,3,5,7]", "[2,6]"));
  EXPECT_TRUE(overlaps("{\"a\":1,\"b\":10}", "{\"c\":1,\"b\":10}"));
  EXPECT_TRUE(overlaps("[4,5,6]", "6"));
  EXPECT_FALSE(overlaps("[4,5,\"6\"]", "6"));
  EXPECT_TRUE(json_member_of(parse("17").view(), parse("[23, \"abc\", 17, \"ab\"]").view()));
}

TEST(JsonSearch, FindsPathsOfStrings) {
  const Json document = parse("[\"abc\", [{\"k\": \"10\"}, \"def\"], {\"x\":\"abc\"}, {\"y z\":\"bcd\"}]");
  const auto search = [&](JsonSearchScope scope, const char* pattern) {
    const std::optional<Json> found =
        search_json(document.view(), scope, LikePattern(pattern, U'\\', utf8mb4_bin()), {});
    return found ? found->to_string() : "nothing";
  };
  EXPECT_EQ(search(JsonSearchScope::kOne, "abc"), "\"$[0]\"");
  EXPECT_EQ(search(JsonSearchScope::kAll, "abc"), "[\"$[0]\", \"$[2].x\"]");
  EXPECT_EQ(search(JsonSearchScope::kAll, "10"), "\"$[1][0].k\"");
  EXPECT_EQ(search(JsonSearchScope::kAll, "b%"), "\"$[3].\\\"y z\\\"\"");
  EXPECT_EQ(search(JsonSearchScope::kAll, "nope"), "nothing");
}

/// Walks everything that can be asked of a document.
void touch(JsonView view, std::size_t& budget) {
  if (budget == 0) return;
  --budget;
  if (view.is_string() || view.type() == JsonType::kOpaque) static_cast<void>(view.string());
  if (view.is_scalar()) return;
  for (std::size_t index = 0; index < view.size(); ++index) {
    if (view.is_object()) static_cast<void>(view.key(index));
    touch(view.is_object() ? view.member(index) : view.element(index), budget);
  }
}

TEST(JsonBinary, HostileBytesAreRefusedAndNeverReadPastTheEnd) {
  const std::string good = parse("{\"a\":[1,\"xyz\",{\"b\":null}],\"cc\":2.5,\"d\":\"longer string value\"}").binary();
  std::mt19937 random(42);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = good;
    for (unsigned count = 1 + random() % 4; count != 0; --count)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    // A heap copy of the exact size lets the address sanitizer see any overrun.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    const std::string_view view(exact.data(), exact.size());
    std::size_t budget = 10000;
    const bool is_valid = is_valid_json_binary(view);
    try {
      touch(JsonView::from_binary(view), budget);
    } catch (const SqlError& error) {
      EXPECT_FALSE(is_valid);
      EXPECT_EQ(error.number(), 3142);
    }
    if (is_valid) {
      std::string text;
      append_json_text(JsonView::from_binary(view), text);
    }
  }
}

TEST(JsonBinary, LoopsAndSharingAreRefused) {
  // An array whose element lies at offset 0: itself.
  EXPECT_FALSE(is_valid_json_binary(std::string("\x03\x01\x00\x00\x00\x0d\x00\x00\x00\x03\x00\x00\x00\x00", 14)));
  EXPECT_EQ(error_of([] { Json::from_binary("\x03"); }), 3142);
  EXPECT_EQ(error_of([] { Json::from_binary(""); }), 3142);
  EXPECT_EQ(error_of([] { Json::from_binary(std::string("\x04\x07", 2)); }), 3142);
}

}  // namespace
}  // namespace sluice::types
