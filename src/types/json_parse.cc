#include <algorithm>
#include <charconv>
#include <numeric>
#include <vector>

#include <simdjson.h>

#include "base/sql_error.h"
#include "types/json.h"
#include "types/json_layout.h"
#include "types/json_text_reader.h"
#include "types/json_tree.h"
#include "types/json_writer.h"

namespace sluice::types {

namespace {

namespace dom = simdjson::dom;

JsonType append_element(const dom::element& element, std::size_t depth, std::string& out);

/// The members in key order; of equal keys the last one in the text.
std::vector<dom::key_value_pair> sorted_members(const dom::object& object) {
  std::vector<dom::key_value_pair> members;
  for (const dom::key_value_pair member : object) members.push_back(member);
  const auto by_key = [](const dom::key_value_pair& left, const dom::key_value_pair& right) {
    return left.key < right.key;
  };
  if (!std::is_sorted(members.begin(), members.end(), by_key)) std::stable_sort(members.begin(), members.end(), by_key);
  std::size_t kept = 0;
  for (std::size_t index = 0; index < members.size(); ++index) {
    if (index + 1 < members.size() && members[index].key == members[index + 1].key) continue;
    members[kept++] = members[index];
  }
  members.erase(members.begin() + static_cast<std::ptrdiff_t>(kept), members.end());
  return members;
}

void add_element(const dom::element& element, std::size_t depth, JsonBodyWriter& body, std::string& out) {
  switch (element.type()) {
    case dom::element_type::NULL_VALUE:
      body.add_literal(JsonLiteral::kNull);
      return;
    case dom::element_type::BOOL:
      body.add_literal(bool(element) ? JsonLiteral::kTrue : JsonLiteral::kFalse);
      return;
    default:
      break;
  }
  // The type is written before the body, so it is named first and appended after.
  const auto type_of = [](dom::element_type type) {
    switch (type) {
      case dom::element_type::ARRAY:
        return JsonType::kArray;
      case dom::element_type::OBJECT:
        return JsonType::kObject;
      case dom::element_type::INT64:
        return JsonType::kInt64;
      case dom::element_type::UINT64:
        return JsonType::kUInt64;
      case dom::element_type::DOUBLE:
        return JsonType::kDouble;
      default:
        return JsonType::kString;
    }
  };
  body.add(type_of(element.type()), [&] { append_element(element, depth, out); });
}

void append_array(const dom::array& array, std::size_t depth, std::string& out) {
  // dom::array::size() saturates at 0xFFFFFF.
  const auto count = static_cast<std::size_t>(std::distance(array.begin(), array.end()));
  JsonBodyWriter body(out, JsonType::kArray, count);
  for (const dom::element element : array) add_element(element, depth, body, out);
  body.finish();
}

void append_object(const dom::object& object, std::size_t depth, std::string& out) {
  const std::vector<dom::key_value_pair> members = sorted_members(object);
  JsonBodyWriter body(out, JsonType::kObject, members.size());
  for (const dom::key_value_pair& member : members) body.add_key(member.key);
  for (const dom::key_value_pair& member : members) add_element(member.value, depth, body, out);
  body.finish();
}

/// Appends the body of `element` and returns its type. `depth`: levels above it.
JsonType append_element(const dom::element& element, std::size_t depth, std::string& out) {
  const bool is_container = element.is_array() || element.is_object();
  if (is_container && depth >= kJsonDepthMax) throw SqlError(ErrorCode::kJsonDocumentTooDeep);
  switch (element.type()) {
    case dom::element_type::ARRAY:
      append_array(dom::array(element), depth + 1, out);
      return JsonType::kArray;
    case dom::element_type::OBJECT:
      append_object(dom::object(element), depth + 1, out);
      return JsonType::kObject;
    case dom::element_type::INT64:
      json_layout::append(std::int64_t(element), out);
      return JsonType::kInt64;
    case dom::element_type::UINT64:
      json_layout::append(std::uint64_t(element), out);
      return JsonType::kUInt64;
    case dom::element_type::DOUBLE:
      json_layout::append(double(element), out);
      return JsonType::kDouble;
    case dom::element_type::STRING: {
      const std::string_view text(element);
      json_layout::append_uvarint(text.size(), out);
      out.append(text);
      return JsonType::kString;
    }
    case dom::element_type::BOOL:
      out.push_back(static_cast<char>(bool(element) ? JsonLiteral::kTrue : JsonLiteral::kFalse));
      return JsonType::kLiteral;
    case dom::element_type::NULL_VALUE:
      break;
  }
  out.push_back(static_cast<char>(JsonLiteral::kNull));
  return JsonType::kLiteral;
}

/// A parser of this thread, whose buffers serve one document after the other. Buffers of large documents are given back.
class ParserLease {
 public:
  ParserLease() : parser_(parser()) {}
  ~ParserLease() {
    constexpr std::size_t kKeptCapacity = 1 << 20;
    if (parser_.capacity() > kKeptCapacity) parser_ = dom::parser();
  }
  dom::parser& operator*() { return parser_; }

 private:
  static dom::parser& parser() {
    static thread_local dom::parser instance;
    return instance;
  }
  dom::parser& parser_;
};

}  // namespace

Json Json::parse(std::string_view text) {
  ParserLease parser;
  dom::element root;
  if ((*parser).parse(text.data(), text.size()).get(root) == simdjson::SUCCESS) {
    std::string binary(1, '\0');
    binary.reserve(text.size() + text.size() / 2 + 16);
    binary[0] = static_cast<char>(append_element(root, 0, binary));
    return from_trusted_binary(std::move(binary));
  }
  // The careful reader knows where the fault is, and takes numbers that have no 64-bit form.
  return JsonTextReader(text).read_document().to_json();
}

bool is_valid_json_text(std::string_view text) noexcept {
  try {
    static_cast<void>(Json::parse(text));
    return true;
  } catch (const SqlError&) {
    return false;
  }
}

std::string unquote_json_text(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  return std::string(Json::parse(text).view().string());
}

}  // namespace sluice::types
