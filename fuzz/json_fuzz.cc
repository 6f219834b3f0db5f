// JSON: text, binary documents, paths, edits and comparison from arbitrary bytes.
//
// The first byte chooses what the rest is. Text that parses must print to text that parses to an equal document; binary that is valid
// must be walked, printed, compared, merged and changed without a fault; the two parsers of text must agree.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/sql_error.h"
#include "types/json.h"
#include "types/json_edit.h"
#include "types/json_path.h"
#include "types/json_search.h"
#include "types/json_text_reader.h"

namespace sluice::types {
namespace {

void expect(bool condition) {
  if (!condition) std::abort();
}

void fuzz_text(std::string_view text) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const SqlError&) {
    return;
  }
  expect(is_valid_json_binary(json.binary()));
  expect(JsonTextReader(text).read_document().to_json().binary() == json.binary());
  const Json again = Json::parse(json.to_string());
  expect(compare_json(again.view(), json.view()) == 0 && hash_json(again.view(), 1) == hash_json(json.view(), 1));
}

void exercise(const Json& json) {
  const JsonView view = json.view();
  std::string text;
  append_json_text(view, text);
  append_json_pretty(view, text);
  static_cast<void>(json_depth(view));
  static_cast<void>(json_contains(view, view));
  static_cast<void>(json_overlaps(view, view));
  expect(compare_json(view, view) == 0);
  static const JsonPath kPath = JsonPath::parse("$.a[last]");
  static const JsonPath kWild = JsonPath::parse("$**.a");
  static const JsonPath kPaths[] = {kPath, kWild};
  static_cast<void>(extract_json(view, kPaths));
  const JsonChange changes[] = {{&kPath, view}};
  try {
    expect(is_valid_json_binary(write_json(view, changes, JsonWriteMode::kSet).binary()));
    const JsonView both[] = {view, view};
    expect(is_valid_json_binary(merge_json_preserve(both).binary()));
    expect(is_valid_json_binary(merge_json_patch(view, view).binary()));
  } catch (const SqlError& error) {
    expect(error.number() == 3157);
  }
}

/// Accessors of unchecked bytes may throw, but never read beyond them.
void walk(JsonView view, std::size_t& budget) {
  if (budget == 0) return;
  --budget;
  if (view.is_string() || view.type() == JsonType::kOpaque) static_cast<void>(view.string());
  if (view.is_scalar()) return;
  for (std::size_t index = 0; index < view.size() && budget != 0; ++index) {
    if (view.is_object()) static_cast<void>(view.key(index));
    walk(view.is_object() ? view.member(index) : view.element(index), budget);
  }
}

void fuzz_binary(const std::string& bytes) {
  if (is_valid_json_binary(bytes)) exercise(Json::from_binary(bytes));
  try {
    std::size_t budget = 1000;
    walk(JsonView::from_binary(bytes), budget);
  } catch (const SqlError&) {
  }
}

void fuzz_path(std::string_view text) {
  try {
    const JsonPath path = JsonPath::parse(text);
    expect(JsonPath::parse(path.to_string()).to_string() == path.to_string());
    static const Json kDocument = Json::parse("{\"a\":[1,{\"b\":2,\"a\":[3]}],\"b\":{\"a\":null}}");
    std::vector<JsonView> found;
    find_json(kDocument.view(), path, found);
  } catch (const SqlError&) {
  }
}

}  // namespace
}  // namespace sluice::types

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  switch (bytes[0] % 3) {
    case 0:
      sluice::types::fuzz_text(input);
      break;
    case 1:
      sluice::types::fuzz_binary(input);
      break;
    default:
      sluice::types::fuzz_path(input);
      break;
  }
  return 0;
}
