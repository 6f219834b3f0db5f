#include "types/json_search.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "types/json_path_walk.h"
#include "types/json_writer.h"

namespace sluice::types {

namespace {

Json array_of(std::span<const JsonView> views) {
  std::string binary(1, static_cast<char>(JsonType::kArray));
  JsonBodyWriter body(binary, JsonType::kArray, views.size());
  for (const JsonView view : views) body.add(view);
  body.finish();
  return Json::from_trusted_binary(std::move(binary));
}

Json array_of_strings(std::span<const std::string> strings) {
  std::string binary(1, static_cast<char>(JsonType::kArray));
  JsonBodyWriter body(binary, JsonType::kArray, strings.size());
  for (const std::string& text : strings) {
    body.add(JsonType::kString, [&] {
      json_layout::append_uvarint(text.size(), binary);
      binary.append(text);
    });
  }
  body.finish();
  return Json::from_trusted_binary(std::move(binary));
}

std::vector<JsonView> sorted_elements(JsonView array) {
  std::vector<JsonView> elements;
  elements.reserve(array.size());
  for (std::size_t index = 0; index < array.size(); ++index) elements.push_back(array.element(index));
  std::sort(elements.begin(), elements.end(),
            [](JsonView left, JsonView right) { return compare_json(left, right) < 0; });
  return elements;
}

bool arrays_overlap(JsonView left, JsonView right) {
  const std::vector<JsonView> candidates = sorted_elements(left);
  for (std::size_t index = 0; index < right.size(); ++index) {
    if (std::binary_search(candidates.begin(), candidates.end(), right.element(index),
                           [](JsonView a, JsonView b) { return compare_json(a, b) < 0; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<Json> extract_json(JsonView document, std::span<const JsonPath> paths) {
  std::vector<JsonView> found;
  for (const JsonPath& path : paths) find_json(document, path, found);
  if (found.empty()) return std::nullopt;
  if (paths.size() == 1 && !paths[0].has_wildcard()) return Json(found[0]);
  return array_of(found);
}

Json json_keys(JsonView document) {
  std::vector<std::string> keys;
  for (std::size_t index = 0; index < document.size(); ++index) keys.emplace_back(document.key(index));
  return array_of_strings(keys);
}

bool json_contains(JsonView target, JsonView candidate) {
  if (target.is_object()) {
    if (!candidate.is_object()) return false;
    for (std::size_t index = 0; index < candidate.size(); ++index) {
      const std::optional<JsonView> value = target.find(candidate.key(index));
      if (!value || !json_contains(*value, candidate.member(index))) return false;
    }
    return true;
  }
  if (target.is_array()) {
    if (candidate.is_array()) {
      for (std::size_t index = 0; index < candidate.size(); ++index) {
        if (!json_contains(target, candidate.element(index))) return false;
      }
      return true;
    }
    for (std::size_t index = 0; index < target.size(); ++index) {
      if (json_contains(target.element(index), candidate)) return true;
    }
    return false;
  }
  return compare_json(target, candidate) == 0;
}

bool json_overlaps(JsonView left, JsonView right) {
  if (left.is_array() && right.is_array()) return arrays_overlap(left, right);
  if (left.is_array()) return json_member_of(right, left);
  if (right.is_array()) return json_member_of(left, right);
  if (left.is_object() && right.is_object()) {
    for (std::size_t index = 0; index < left.size(); ++index) {
      const std::optional<JsonView> other = right.find(left.key(index));
      if (other && compare_json(left.member(index), *other) == 0) return true;
    }
    return false;
  }
  return compare_json(left, right) == 0;
}

bool json_member_of(JsonView value, JsonView array) {
  if (!array.is_array()) return compare_json(value, array) == 0;
  for (std::size_t index = 0; index < array.size(); ++index) {
    if (compare_json(value, array.element(index)) == 0) return true;
  }
  return false;
}

std::optional<Json> search_json(JsonView document, JsonSearchScope scope, const LikePattern& pattern,
                                std::span<const JsonPath> starts) {
  std::vector<LocatedJson> roots;
  const LocatedJson whole{document, "$"};
  if (starts.empty()) roots.push_back(whole);
  for (const JsonPath& start : starts) {
    for (LocatedJson& place : walk_json_path(whole, start)) roots.push_back(std::move(place));
  }
  std::vector<std::string> paths;
  std::unordered_set<std::string> seen;
  for (const LocatedJson& root : roots) {
    std::vector<LocatedJson> places;
    append_descendants(root, places);
    for (const LocatedJson& place : places) {
      if (!place.view.is_string() || !pattern.matches(place.view.string()) || !seen.insert(place.path).second) continue;
      if (scope == JsonSearchScope::kOne) return Json::from_string(place.path);
      paths.push_back(place.path);
    }
  }
  if (paths.empty()) return std::nullopt;
  if (paths.size() == 1) return Json::from_string(paths[0]);
  return array_of_strings(paths);
}

}  // namespace sluice::types
