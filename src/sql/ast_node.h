#pragma once
// What all parts of the syntax tree share: lists, positions, names.
//
// The tree is immutable and lives in the arena of its `ParseResult`. Every node is a plain struct without a destructor:
// lists are spans and texts are views, both into the arena or into the parsed text. Nothing in a tree may outlive the
// `ParseResult` (or whoever took over its arena).

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sluice::sql {

template <class T>
using List = std::span<const T>;

/// A name as written, without its quotes. Empty: absent (a quoted empty name reads as
/// absent, too). Case is kept; comparing is the
/// reader's matter.
using Name = std::string_view;

/// Half-open byte range of the parsed text (of the whole text given to the parser, not of one statement).
struct SourceRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// `[schema.]name`; `schema` is empty when not written.
struct ObjectName {
  Name schema;
  Name name;
};

/// `'user'@'host'`; host defaults to '%'. Also used for roles. `is_current_user`: CURRENT_USER[()].
struct AccountName {
  std::string_view user;
  std::string_view host = "%";
  bool is_current_user = false;
  bool is_host_written = false;
};

/// `name` or `name(length)` or `(expression)` of an index; used by DDL and by index-like lists.
struct Expression;
struct IndexColumn {
  Name column;                             // empty for an expression part
  std::int64_t prefix_length = -1;         // -1: whole column
  const Expression* expression = nullptr;  // expression part
  bool descending = false;
};

/// Word of an IF [NOT] EXISTS clause.
enum class IfExists : std::uint8_t { kNotWritten, kWritten };

}  // namespace sluice::sql
