#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "types/json.h"

namespace sluice::types {

/// A JSON document as a tree that can be changed and written back in binary form. A node is a scalar (its binary form), an
/// array or an object whose members are kept sorted by key.
///
/// Regular value type. Nesting is bounded by kJsonDepthMax, so recursion is.
class JsonTree {
 public:
  struct Member;

  JsonTree();                        ///< the null literal
  explicit JsonTree(JsonView view);  ///< a deep copy. Throws: SqlError 3142 on broken bytes.
  static JsonTree array();
  static JsonTree object();

  JsonType type() const noexcept { return type_; }
  bool is_array() const noexcept { return type_ == JsonType::kArray; }
  bool is_object() const noexcept { return type_ == JsonType::kObject; }
  bool is_null() const;

  std::vector<JsonTree>& elements() noexcept { return elements_; }  ///< of an array
  const std::vector<JsonTree>& elements() const noexcept { return elements_; }
  std::vector<Member>& members() noexcept { return members_; }  ///< of an object, sorted by key
  const std::vector<Member>& members() const noexcept { return members_; }
  JsonView scalar() const;  ///< of a scalar

  JsonTree* find(std::string_view key) noexcept;   ///< nullptr if absent
  void put(std::string_view key, JsonTree value);  ///< adds or replaces. Throws: SqlError 3151 (key too long).
  bool erase(std::string_view key) noexcept;
  /// Replaces all members, given in any order; of equal keys the last one stays. O(n log n). Throws: SqlError 3151.
  void set_members(std::vector<Member> members);

  /// Turns a scalar or an object into an array with itself as the only element.
  void wrap_in_array();

  /// Throws: SqlError 3157 if deeper than kJsonDepthMax, 3150 if 4 GiB or more.
  Json to_json() const;

 private:
  void append_body(std::string& out) const;
  std::size_t depth() const;

  JsonType type_;
  std::string scalar_;  // type byte ‖ body
  std::vector<JsonTree> elements_;
  std::vector<Member> members_;
};

struct JsonTree::Member {
  std::string key;
  JsonTree value;
};

}  // namespace sluice::types
