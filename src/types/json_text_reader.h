#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "types/json_tree.h"

namespace sluice::types {

/// A recursive-descent reader of JSON text (RFC 8259) that reports the position of faults, for texts that the fast
/// parser refuses. Numbers too large for 64 bits become doubles.
///
/// Ownership: borrows the text.
class JsonTextReader {
 public:
  explicit JsonTextReader(std::string_view text) noexcept : text_(text) {}

  /// Reads the one document of the text. Throws: SqlError 3140 with cause and position, 3157, 3151.
  JsonTree read_document();

 private:
  JsonTree read_value(std::size_t depth);
  JsonTree read_object(std::size_t depth);
  JsonTree read_array(std::size_t depth);
  JsonTree read_number();
  JsonTree read_word(std::string_view word, const Json& value);
  std::string read_string();
  void read_escape(std::string& out);
  char32_t read_hex4();

  void skip_spaces() noexcept;
  bool at_end() const noexcept { return position_ == text_.size(); }
  char peek() const noexcept { return at_end() ? '\0' : text_[position_]; }
  bool take(char expected) noexcept;
  [[noreturn]] void fail(std::string_view cause) const;
  [[noreturn]] void fail_after_root() const;

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace sluice::types
