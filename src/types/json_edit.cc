#include "types/json_edit.h"

#include <algorithm>
#include <iterator>

#include "base/sql_error.h"
#include "types/json_tree.h"

namespace sluice::types {

namespace {

using Kind = JsonPathLeg::Kind;
using Legs = std::span<const JsonPathLeg>;

void refuse_wildcards(const JsonPath& path) {
  if (path.has_wildcard()) throw SqlError(ErrorCode::kInvalidJsonPathWildcard);
}

/// The node that `legs` lead to, or nullptr. What is no array counts as an array of one.
JsonTree* resolve(JsonTree& root, Legs legs) {
  JsonTree* node = &root;
  for (const JsonPathLeg& leg : legs) {
    if (leg.kind == Kind::kMember) {
      node = node->is_object() ? node->find(leg.name) : nullptr;
    } else {
      const std::size_t length = node->is_array() ? node->elements().size() : 1;
      const std::int64_t index = leg.first.resolve(length);
      if (index < 0 || static_cast<std::size_t>(index) >= length) return nullptr;
      if (node->is_array()) node = &node->elements()[static_cast<std::size_t>(index)];
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

/// Inserts before element `index`; before the first or after the last if there is no such element.
void insert_element(JsonTree& array, std::int64_t index, JsonTree value) {
  const auto length = static_cast<std::int64_t>(array.elements().size());
  array.elements().insert(array.elements().begin() + std::clamp<std::int64_t>(index, 0, length), std::move(value));
}

void write_member(JsonTree& parent, const JsonPathLeg& leg, const JsonChange& change, JsonWriteMode mode) {
  if (!parent.is_object()) return;
  const bool exists = parent.find(leg.name) != nullptr;
  if (mode == JsonWriteMode::kSet || exists == (mode == JsonWriteMode::kReplace))
    parent.put(leg.name, JsonTree(change.value));
}

void write_element(JsonTree& parent, const JsonPathLeg& leg, const JsonChange& change, JsonWriteMode mode) {
  const std::size_t length = parent.is_array() ? parent.elements().size() : 1;
  const std::int64_t index = leg.first.resolve(length);
  const bool exists = index >= 0 && static_cast<std::size_t>(index) < length;
  if (mode != JsonWriteMode::kSet && exists != (mode == JsonWriteMode::kReplace)) return;
  if (exists) {
    (parent.is_array() ? parent.elements()[static_cast<std::size_t>(index)] : parent) = JsonTree(change.value);
    return;
  }
  if (!parent.is_array()) parent.wrap_in_array();
  insert_element(parent, index, JsonTree(change.value));
}

JsonTree merge_two(JsonTree left, JsonTree right);

/// One walk over the members of both, which are sorted by key.
JsonTree merge_objects(JsonTree left, JsonTree right) {
  std::vector<JsonTree::Member> merged;
  merged.reserve(left.members().size() + right.members().size());
  auto from = left.members().begin();
  for (JsonTree::Member& member : right.members()) {
    while (from != left.members().end() && from->key < member.key) merged.push_back(std::move(*from++));
    if (from != left.members().end() && from->key == member.key) {
      member.value = merge_two(std::move(from->value), std::move(member.value));
      ++from;
    }
    merged.push_back(std::move(member));
  }
  std::move(from, left.members().end(), std::back_inserter(merged));
  left.members() = std::move(merged);
  return left;
}

JsonTree merge_two(JsonTree left, JsonTree right) {
  if (left.is_object() && right.is_object()) return merge_objects(std::move(left), std::move(right));
  if (!left.is_array()) left.wrap_in_array();
  if (!right.is_array()) right.wrap_in_array();
  for (JsonTree& element : right.elements()) left.elements().push_back(std::move(element));
  return left;
}

JsonTree patch_tree(JsonTree target, JsonView patch) {
  if (!patch.is_object()) return JsonTree(patch);
  if (!target.is_object()) target = JsonTree::object();
  // One walk over the members of both, which are sorted by key.
  std::vector<JsonTree::Member> patched;
  auto from = target.members().begin();
  for (std::size_t index = 0; index < patch.size(); ++index) {
    const std::string_view key = patch.key(index);
    const JsonView value = patch.member(index);
    while (from != target.members().end() && from->key < key) patched.push_back(std::move(*from++));
    const bool exists = from != target.members().end() && from->key == key;
    if (!value.is_null())
      patched.push_back({std::string(key), patch_tree(exists ? std::move(from->value) : JsonTree(), value)});
    if (exists) ++from;
  }
  std::move(from, target.members().end(), std::back_inserter(patched));
  target.members() = std::move(patched);
  return target;
}

}  // namespace

Json write_json(JsonView document, std::span<const JsonChange> changes, JsonWriteMode mode) {
  JsonTree root(document);
  for (const JsonChange& change : changes) {
    refuse_wildcards(*change.path);
    const Legs legs = change.path->legs();
    if (legs.empty()) {
      if (mode != JsonWriteMode::kInsert) root = JsonTree(change.value);
      continue;
    }
    JsonTree* parent = resolve(root, legs.first(legs.size() - 1));
    if (parent == nullptr) continue;
    if (legs.back().kind == Kind::kMember) {
      write_member(*parent, legs.back(), change, mode);
    } else {
      write_element(*parent, legs.back(), change, mode);
    }
  }
  return root.to_json();
}

Json remove_json(JsonView document, std::span<const JsonPath> paths) {
  JsonTree root(document);
  for (const JsonPath& path : paths) {
    refuse_wildcards(path);
    const Legs legs = path.legs();
    if (legs.empty()) throw SqlError(ErrorCode::kJsonVacuousPath);
    JsonTree* parent = resolve(root, legs.first(legs.size() - 1));
    if (parent == nullptr) continue;
    const JsonPathLeg& last = legs.back();
    if (last.kind == Kind::kMember) {
      if (parent->is_object()) parent->erase(last.name);
    } else if (parent->is_array()) {
      const std::int64_t index = last.first.resolve(parent->elements().size());
      const bool exists = index >= 0 && static_cast<std::size_t>(index) < parent->elements().size();
      if (exists) parent->elements().erase(parent->elements().begin() + index);
    }
  }
  return root.to_json();
}

Json append_to_json_array(JsonView document, std::span<const JsonChange> changes) {
  JsonTree root(document);
  for (const JsonChange& change : changes) {
    refuse_wildcards(*change.path);
    JsonTree* node = resolve(root, change.path->legs());
    if (node == nullptr) continue;
    if (!node->is_array()) node->wrap_in_array();
    node->elements().push_back(JsonTree(change.value));
  }
  return root.to_json();
}

Json insert_into_json_array(JsonView document, std::span<const JsonChange> changes) {
  JsonTree root(document);
  for (const JsonChange& change : changes) {
    refuse_wildcards(*change.path);
    const Legs legs = change.path->legs();
    if (legs.empty() || legs.back().kind != Kind::kElement) throw SqlError(ErrorCode::kInvalidJsonPathArrayCell);
    JsonTree* parent = resolve(root, legs.first(legs.size() - 1));
    if (parent == nullptr || !parent->is_array()) continue;
    insert_element(*parent, legs.back().first.resolve(parent->elements().size()), JsonTree(change.value));
  }
  return root.to_json();
}

Json merge_json_preserve(std::span<const JsonView> documents) {
  JsonTree merged(documents[0]);
  for (const JsonView next : documents.subspan(1)) merged = merge_two(std::move(merged), JsonTree(next));
  return merged.to_json();
}

Json merge_json_patch(JsonView target, JsonView patch) { return patch_tree(JsonTree(target), patch).to_json(); }

}  // namespace sluice::types
