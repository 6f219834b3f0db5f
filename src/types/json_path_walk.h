#pragma once

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "types/json_path.h"

namespace sluice::types {

/// A value that a path has led to, without the way there.
struct UnlocatedJson {
  JsonView view;

  UnlocatedJson element(std::size_t index) const { return {view.element(index)}; }
  UnlocatedJson member(std::size_t index) const { return {view.member(index)}; }
};

/// A value and its path from the root of the document.
struct LocatedJson {
  JsonView view;
  std::string path;

  LocatedJson element(std::size_t index) const {
    return {view.element(index), path + "[" + std::to_string(index) + "]"};
  }
  LocatedJson member(std::size_t index) const {
    std::string longer = path;
    append_json_path_key(view.key(index), longer);
    return {view.member(index), std::move(longer)};
  }
};

/// Appends `start` and everything below it, parents first. Depth is that of the document, at most kJsonDepthMax.
template <class Place>
void append_descendants(const Place& start, std::vector<Place>& out) {
  out.push_back(start);
  if (start.view.is_scalar()) return;
  for (std::size_t index = 0; index < start.view.size(); ++index) {
    append_descendants(start.view.is_object() ? start.member(index) : start.element(index), out);
  }
}

/// Appends where `leg` leads from `place`.
template <class Place>
void append_leg(const Place& place, const JsonPathLeg& leg, std::vector<Place>& out) {
  const JsonView view = place.view;
  switch (leg.kind) {
    case JsonPathLeg::Kind::kMember:
      if (view.is_object()) {
        for (std::size_t low = 0, high = view.size(); low < high;) {
          const std::size_t middle = low + (high - low) / 2;
          const int order = view.key(middle).compare(leg.name);
          if (order == 0) {
            out.push_back(place.member(middle));
            break;
          }
          (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
        }
      }
      return;
    case JsonPathLeg::Kind::kAnyMember:
      for (std::size_t index = 0; view.is_object() && index < view.size(); ++index) out.push_back(place.member(index));
      return;
    case JsonPathLeg::Kind::kAnyElement:
      for (std::size_t index = 0; view.is_array() && index < view.size(); ++index) out.push_back(place.element(index));
      return;
    case JsonPathLeg::Kind::kAnyDescendant:
      append_descendants(place, out);
      return;
    case JsonPathLeg::Kind::kElement:
    case JsonPathLeg::Kind::kElementRange:
      break;
  }
  // What is no array counts as an array of one.
  const auto length = static_cast<std::int64_t>(view.is_array() ? view.size() : 1);
  const std::int64_t first = leg.first.resolve(static_cast<std::size_t>(length));
  const std::int64_t last =
      leg.kind == JsonPathLeg::Kind::kElement ? first : leg.last.resolve(static_cast<std::size_t>(length));
  const std::int64_t low = leg.kind == JsonPathLeg::Kind::kElement ? first : std::max<std::int64_t>(first, 0);
  for (std::int64_t index = low; index >= 0 && index <= last && index < length; ++index) {
    out.push_back(view.is_array() ? place.element(static_cast<std::size_t>(index)) : place);
  }
}

/// The places that `path` leads to from `start`, in document order, each once.
template <class Place>
std::vector<Place> walk_json_path(Place start, const JsonPath& path) {
  std::vector<Place> places;
  places.push_back(std::move(start));
  bool may_repeat = false;
  for (const JsonPathLeg& leg : path.legs()) {
    std::vector<Place> next;
    for (const Place& place : places) append_leg(place, leg, next);
    // After an ellipsis a value can be reached in several ways. Values of one document have bodies at different places.
    may_repeat = may_repeat || leg.kind == JsonPathLeg::Kind::kAnyDescendant;
    if (may_repeat) {
      std::unordered_set<const char*> seen;
      std::erase_if(next, [&](const Place& place) { return !seen.insert(place.view.body().data()).second; });
    }
    places = std::move(next);
  }
  return places;
}

}  // namespace sluice::types
