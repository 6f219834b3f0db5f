#pragma once

#include <optional>
#include <span>
#include <string>

#include "types/json.h"
#include "types/json_path.h"
#include "types/like.h"

namespace sluice::types {

/// JSON_EXTRACT: what the paths name; one path without wildcards gives the value itself, else an array of all of them.
/// Empty if nothing is named.
std::optional<Json> extract_json(JsonView document, std::span<const JsonPath> paths);

/// JSON_KEYS of an object: an array of strings. Precondition: document.is_object().
Json json_keys(JsonView document);

/// JSON_CONTAINS(target, candidate). Source: MySQL manual, "Functions That Search JSON Values".
bool json_contains(JsonView target, JsonView candidate);

/// JSON_OVERLAPS.
bool json_overlaps(JsonView left, JsonView right);

/// value MEMBER OF (array); a target that is no array is compared as a whole.
bool json_member_of(JsonView value, JsonView array);

/// JSON_SEARCH: paths of all (or the first) strings below `starts` that match `pattern`. An empty `starts` means the whole document.
/// Returns a string (one path), an array of strings, or nothing.
enum class JsonSearchScope : std::uint8_t { kOne, kAll };
std::optional<Json> search_json(JsonView document, JsonSearchScope scope, const LikePattern& pattern,
                                std::span<const JsonPath> starts);

}  // namespace sluice::types
