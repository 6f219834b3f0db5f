#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types/json.h"

namespace sluice::types {

/// Position in an array, counted from the front ("2") or from the back ("last-1").
struct JsonArrayIndex {
  std::uint32_t offset = 0;
  bool from_end = false;

  /// The index for an array of `length`; -1 if before its beginning, possibly >= length if after its end.
  std::int64_t resolve(std::size_t length) const noexcept {
    return from_end ? static_cast<std::int64_t>(length) - 1 - static_cast<std::int64_t>(offset)
                    : static_cast<std::int64_t>(offset);
  }
};

/// One step of a path.
struct JsonPathLeg {
  enum class Kind : std::uint8_t {
    kMember,         ///< .name
    kAnyMember,      ///< .*
    kElement,        ///< [3], [last]
    kAnyElement,     ///< [*]
    kElementRange,   ///< [1 to last]
    kAnyDescendant,  ///< **
  };
  Kind kind;
  std::string name;            ///< of kMember
  JsonArrayIndex first, last;  ///< of kElement (first) and kElementRange
};

/// A parsed JSON path. Regular value type, immutable.
/// Source: MySQL manual, "JSON Path Syntax".
class JsonPath {
 public:
  /// Throws: SqlError 3143 with the 1-based character position of the fault.
  static JsonPath parse(std::string_view text);

  const std::vector<JsonPathLeg>& legs() const noexcept { return legs_; }

  /// Whether it may name more than one value: it has *, ** or a range.
  bool has_wildcard() const noexcept { return has_wildcard_; }

  std::string to_string() const;

 private:
  std::vector<JsonPathLeg> legs_;
  bool has_wildcard_ = false;
};

/// Appends all values that `path` names, in document order, each once. A scalar or object stands for an array of itself
/// where the path has [0] or [last]. The views borrow from `document`.
void find_json(JsonView document, const JsonPath& path, std::vector<JsonView>& out);

/// The one value that a path without wildcards names, or nothing.
std::optional<JsonView> find_single_json(JsonView document, const JsonPath& path);

/// Whether `path` names anything.
bool json_path_exists(JsonView document, const JsonPath& path);

/// Appends `key` as a path leg: .key, quoted where needed.
void append_json_path_key(std::string_view key, std::string& out);

}  // namespace sluice::types
