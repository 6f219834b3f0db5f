#pragma once

#include <string>
#include <string_view>

namespace sluice::catalog {

/// `text` in lower case: ASCII letters only; other bytes stay as they are.
std::string to_lower(std::string_view text);

/// The name of a schema object: as written, and folded for look-ups. Stored as {"O": original, "L": lower}.
struct Name {
  std::string original;
  std::string lower;

  Name() = default;
  explicit Name(std::string_view text) : original(text), lower(to_lower(text)) {}

  bool empty() const noexcept { return original.empty(); }
  friend bool operator==(const Name& left, const Name& right) noexcept { return left.lower == right.lower; }
};

}  // namespace sluice::catalog
