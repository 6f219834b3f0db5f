#pragma once

#include <span>

#include "types/json.h"
#include "types/json_path.h"

namespace sluice::types {

/// Which places JSON_SET, JSON_INSERT and JSON_REPLACE write to.
enum class JsonWriteMode : std::uint8_t { kSet, kInsert, kReplace };

/// One path and the value for it.
struct JsonChange {
  const JsonPath* path;
  JsonView value;
};

/// JSON_SET, JSON_INSERT, JSON_REPLACE: applies `changes` from left to right; a path that leads nowhere changes nothing.
/// Throws: SqlError 3149 if a path has wildcards, 3157 if the result is too deep (all functions below as well).
Json write_json(JsonView document, std::span<const JsonChange> changes, JsonWriteMode mode);

/// JSON_REMOVE. Throws also: SqlError 3153 for the path $.
Json remove_json(JsonView document, std::span<const JsonPath> paths);

/// JSON_ARRAY_APPEND: a scalar or object at the path becomes an array first.
Json append_to_json_array(JsonView document, std::span<const JsonChange> changes);

/// JSON_ARRAY_INSERT. Throws also: SqlError 3165 if a path does not end in an array cell.
Json insert_into_json_array(JsonView document, std::span<const JsonChange> changes);

/// JSON_MERGE_PRESERVE: arrays are joined, objects merged member by member, scalars become arrays. `documents`: at least one.
Json merge_json_preserve(std::span<const JsonView> documents);

/// JSON_MERGE_PATCH of two documents. Source: RFC 7396.
Json merge_json_patch(JsonView target, JsonView patch);

}  // namespace sluice::types
