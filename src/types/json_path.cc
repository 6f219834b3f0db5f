#include "types/json_path.h"

#include <charconv>

#include "base/check.h"
#include "base/sql_error.h"
#include "types/json_path_walk.h"
#include "types/utf8.h"

namespace sluice::types {

namespace {

/// Letters, digits, '_', '$' and everything beyond ASCII; not first a digit.
bool is_name_byte(char byte, bool is_first) {
  const auto value = static_cast<unsigned char>(byte);
  const bool is_letter = (value | 32) >= 'a' && (value | 32) <= 'z';
  const bool is_digit = value >= '0' && value <= '9';
  return is_letter || value == '_' || value == '$' || value >= 0x80 || (is_digit && !is_first);
}

bool is_plain_name(std::string_view name) {
  for (std::size_t index = 0; index < name.size(); ++index) {
    if (!is_name_byte(name[index], index == 0)) return false;
  }
  return !name.empty();
}

class PathReader {
 public:
  explicit PathReader(std::string_view text) : text_(text) {}

  std::vector<JsonPathLeg> read() {
    skip_spaces();
    if (!take("$")) fail();
    std::vector<JsonPathLeg> legs;
    for (skip_spaces(); position_ < text_.size(); skip_spaces()) legs.push_back(read_leg());
    // An ellipsis stands for what lies between two legs.
    if (!legs.empty() && legs.back().kind == JsonPathLeg::Kind::kAnyDescendant) fail();
    return legs;
  }

 private:
  [[noreturn]] void fail() const {
    throw SqlError(ErrorCode::kInvalidJsonPath,
                   utf8_length(text_.substr(0, position_)) + (position_ < text_.size() ? 1 : 0));
  }

  void skip_spaces() {
    while (position_ < text_.size() &&
           (text_[position_] == ' ' || (text_[position_] >= '\t' && text_[position_] <= '\r')))
      ++position_;
  }

  bool take(std::string_view token) {
    if (text_.substr(position_, token.size()) != token) return false;
    position_ += token.size();
    return true;
  }

  JsonPathLeg read_leg() {
    if (take("**")) {
      // "***" is no path.
      if (position_ < text_.size() && text_[position_] == '*') fail();
      return {JsonPathLeg::Kind::kAnyDescendant, {}, {}, {}};
    }
    if (take("[")) return read_cells();
    if (!take(".")) fail();
    skip_spaces();
    if (take("*")) return {JsonPathLeg::Kind::kAnyMember, {}, {}, {}};
    if (position_ < text_.size() && text_[position_] == '"')
      return {JsonPathLeg::Kind::kMember, read_quoted_name(), {}, {}};
    const std::size_t start = position_;
    while (position_ < text_.size() && is_name_byte(text_[position_], position_ == start)) ++position_;
    if (position_ == start) fail();
    return {JsonPathLeg::Kind::kMember, std::string(text_.substr(start, position_ - start)), {}, {}};
  }

  std::string read_quoted_name() {
    const std::size_t start = position_;
    for (std::size_t end = start + 1; end < text_.size(); ++end) {
      if (text_[end] == '\\') {
        ++end;
        continue;
      }
      if (text_[end] != '"') continue;
      try {
        std::string name = unquote_json_text(text_.substr(start, end + 1 - start));
        position_ = end + 1;
        return name;
      } catch (const SqlError&) {
        fail();
      }
    }
    position_ = text_.size();
    fail();
  }

  JsonPathLeg read_cells() {
    skip_spaces();
    JsonPathLeg leg{JsonPathLeg::Kind::kAnyElement, {}, {}, {}};
    if (!take("*")) {
      leg.kind = JsonPathLeg::Kind::kElement;
      leg.first = read_index();
      skip_spaces();
      if (take("to")) {
        skip_spaces();
        leg.kind = JsonPathLeg::Kind::kElementRange;
        leg.last = read_index();
        // A range that is empty for every array is a mistake.
        if (leg.first.from_end == leg.last.from_end &&
            (leg.first.from_end ? leg.first.offset < leg.last.offset : leg.first.offset > leg.last.offset)) {
          fail();
        }
      }
    }
    skip_spaces();
    if (!take("]")) fail();
    return leg;
  }

  JsonArrayIndex read_index() {
    if (!take("last")) return {read_number(), false};
    skip_spaces();
    if (!take("-")) return {0, true};
    skip_spaces();
    return {read_number(), true};
  }

  std::uint32_t read_number() {
    std::uint32_t number = 0;
    const char* begin = text_.data() + position_;
    const std::from_chars_result result = std::from_chars(begin, text_.data() + text_.size(), number);
    if (result.ec != std::errc() || begin == text_.data() + text_.size() || *begin == '-') fail();
    position_ += static_cast<std::size_t>(result.ptr - begin);
    return number;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

void append_index(JsonArrayIndex index, std::string& out) {
  if (!index.from_end) {
    out += std::to_string(index.offset);
    return;
  }
  out += "last";
  if (index.offset != 0) out += "-" + std::to_string(index.offset);
}

}  // namespace

JsonPath JsonPath::parse(std::string_view text) {
  JsonPath path;
  path.legs_ = PathReader(text).read();
  for (const JsonPathLeg& leg : path.legs_) {
    if (leg.kind != JsonPathLeg::Kind::kMember && leg.kind != JsonPathLeg::Kind::kElement) path.has_wildcard_ = true;
  }
  return path;
}

std::string JsonPath::to_string() const {
  std::string out = "$";
  for (const JsonPathLeg& leg : legs_) {
    switch (leg.kind) {
      case JsonPathLeg::Kind::kMember:
        append_json_path_key(leg.name, out);
        break;
      case JsonPathLeg::Kind::kAnyMember:
        out += ".*";
        break;
      case JsonPathLeg::Kind::kAnyDescendant:
        out += "**";
        break;
      case JsonPathLeg::Kind::kAnyElement:
        out += "[*]";
        break;
      case JsonPathLeg::Kind::kElement:
      case JsonPathLeg::Kind::kElementRange:
        out.push_back('[');
        append_index(leg.first, out);
        if (leg.kind == JsonPathLeg::Kind::kElementRange) {
          out += " to ";
          append_index(leg.last, out);
        }
        out.push_back(']');
        break;
    }
  }
  return out;
}

void append_json_path_key(std::string_view key, std::string& out) {
  out.push_back('.');
  if (is_plain_name(key)) {
    out.append(key);
  } else {
    append_json_quoted(key, out);
  }
}

std::optional<JsonView> find_single_json(JsonView document, const JsonPath& path) {
  for (const JsonPathLeg& leg : path.legs()) {
    if (leg.kind == JsonPathLeg::Kind::kMember) {
      const std::optional<JsonView> member = document.is_object() ? document.find(leg.name) : std::nullopt;
      if (!member) return std::nullopt;
      document = *member;
      continue;
    }
    SLUICE_DCHECK(leg.kind == JsonPathLeg::Kind::kElement);
    const std::size_t length = document.is_array() ? document.size() : 1;
    const std::int64_t index = leg.first.resolve(length);
    if (index < 0 || static_cast<std::size_t>(index) >= length) return std::nullopt;
    if (document.is_array()) document = document.element(static_cast<std::size_t>(index));
  }
  return document;
}

void find_json(JsonView document, const JsonPath& path, std::vector<JsonView>& out) {
  if (!path.has_wildcard()) {
    if (const std::optional<JsonView> found = find_single_json(document, path)) out.push_back(*found);
    return;
  }
  for (const UnlocatedJson& found : walk_json_path<UnlocatedJson>(UnlocatedJson{document}, path))
    out.push_back(found.view);
}

bool json_path_exists(JsonView document, const JsonPath& path) {
  if (!path.has_wildcard()) return find_single_json(document, path).has_value();
  return !walk_json_path<UnlocatedJson>(UnlocatedJson{document}, path).empty();
}

}  // namespace sluice::types
