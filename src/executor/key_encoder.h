/// Encodes columns of chunk rows as byte strings: equal values have equal bytes, and byte order is value order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "types/field_type.h"
#include "vector/chunk.h"

namespace sluice::executor {

/// How one key column is encoded. NULL comes first, or last when descending.
struct KeyColumn {
  types::FieldType type;
  bool descending = false;
};

/// Thread-safety: const members from any thread.
class KeyEncoder {
 public:
  explicit KeyEncoder(std::vector<KeyColumn> columns) : columns_(std::move(columns)) {}

  /// Appends the key of `row`: `values[i]` is the vector of column i. Strings go in by their collation's sort key.
  void append(std::span<const vector::ColumnVector* const> values, std::size_t row, std::string& out) const;

  std::size_t column_count() const noexcept { return columns_.size(); }

 private:
  std::vector<KeyColumn> columns_;
};

}  // namespace sluice::executor
