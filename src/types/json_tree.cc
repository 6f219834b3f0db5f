#include "types/json_tree.h"

#include <algorithm>

#include "base/sql_error.h"
#include "types/json_layout.h"
#include "types/json_writer.h"

namespace sluice::types {

JsonTree::JsonTree() : JsonTree(JsonView()) {}

JsonTree::JsonTree(JsonView view) : type_(view.type()) {
  switch (type_) {
    case JsonType::kArray:
      elements_.reserve(view.size());
      for (std::size_t index = 0; index < view.size(); ++index) elements_.emplace_back(view.element(index));
      return;
    case JsonType::kObject:
      members_.reserve(view.size());
      for (std::size_t index = 0; index < view.size(); ++index) {
        members_.push_back({std::string(view.key(index)), JsonTree(view.member(index))});
      }
      return;
    default:
      scalar_ = Json(view).binary();
      return;
  }
}

JsonTree JsonTree::array() {
  JsonTree tree;
  tree.type_ = JsonType::kArray;
  tree.scalar_.clear();
  return tree;
}

JsonTree JsonTree::object() {
  JsonTree tree = array();
  tree.type_ = JsonType::kObject;
  return tree;
}

bool JsonTree::is_null() const { return type_ == JsonType::kLiteral && scalar().is_null(); }

JsonView JsonTree::scalar() const { return JsonView::from_binary(scalar_); }

namespace {

auto find_position(std::vector<JsonTree::Member>& members, std::string_view key) {
  return std::lower_bound(members.begin(), members.end(), key,
                          [](const JsonTree::Member& member, std::string_view wanted) { return member.key < wanted; });
}

}  // namespace

JsonTree* JsonTree::find(std::string_view key) noexcept {
  const auto position = find_position(members_, key);
  return position != members_.end() && position->key == key ? &position->value : nullptr;
}

void JsonTree::put(std::string_view key, JsonTree value) {
  if (key.size() > json_layout::kKeyLengthMax) throw SqlError(ErrorCode::kJsonKeyTooBig);
  const auto position = find_position(members_, key);
  if (position != members_.end() && position->key == key) {
    position->value = std::move(value);
  } else {
    members_.insert(position, Member{std::string(key), std::move(value)});
  }
}

bool JsonTree::erase(std::string_view key) noexcept {
  const auto position = find_position(members_, key);
  if (position == members_.end() || position->key != key) return false;
  members_.erase(position);
  return true;
}

void JsonTree::set_members(std::vector<Member> members) {
  const auto by_key = [](const Member& left, const Member& right) { return left.key < right.key; };
  if (!std::is_sorted(members.begin(), members.end(), by_key)) std::stable_sort(members.begin(), members.end(), by_key);
  members_.clear();
  members_.reserve(members.size());
  for (Member& member : members) {
    if (member.key.size() > json_layout::kKeyLengthMax) throw SqlError(ErrorCode::kJsonKeyTooBig);
    if (!members_.empty() && members_.back().key == member.key) {
      members_.back() = std::move(member);
    } else {
      members_.push_back(std::move(member));
    }
  }
}

void JsonTree::wrap_in_array() {
  JsonTree wrapped = array();
  wrapped.elements_.push_back(std::move(*this));
  *this = std::move(wrapped);
}

std::size_t JsonTree::depth() const {
  std::size_t deepest = 0;
  for (const JsonTree& element : elements_) deepest = std::max(deepest, element.depth());
  for (const Member& member : members_) deepest = std::max(deepest, member.value.depth());
  return is_array() || is_object() ? deepest + 1 : 0;
}

void JsonTree::append_body(std::string& out) const {
  if (!is_array() && !is_object()) {
    out.append(scalar_, 1, std::string::npos);
    return;
  }
  JsonBodyWriter body(out, type_, is_array() ? elements_.size() : members_.size());
  const auto add = [&](const JsonTree& value) {
    if (value.type_ == JsonType::kLiteral) {
      body.add_literal(value.scalar().literal());
    } else {
      body.add(value.type_, [&] { value.append_body(out); });
    }
  };
  for (const Member& member : members_) body.add_key(member.key);
  for (const Member& member : members_) add(member.value);
  for (const JsonTree& element : elements_) add(element);
  body.finish();
}

Json JsonTree::to_json() const {
  if (depth() > kJsonDepthMax) throw SqlError(ErrorCode::kJsonDocumentTooDeep);
  std::string binary(1, static_cast<char>(type_));
  append_body(binary);
  return Json::from_trusted_binary(std::move(binary));
}

}  // namespace sluice::types
