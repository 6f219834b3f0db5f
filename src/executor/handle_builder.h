/// Builds record keys from the handle columns of chunks.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "codec/table_key.h"
#include "planner/physical_plan.h"

namespace sluice::types {
class TimeZone;
}
namespace sluice::vector {
class Chunk;
}

namespace sluice::executor {

/// Reads the handle of a table's rows from `positions` of a chunk: one integer, or the clustered key's columns in key order.
/// Thread-safety: const members from any thread.
class HandleBuilder {
 public:
  /// `table` outlives the builder.
  HandleBuilder(const catalog::TableInfo& table, std::vector<int> positions);

  /// Whether a handle column is NULL (the row comes from the empty side of an outer join).
  bool is_null(const vector::Chunk& chunk, std::size_t row) const;
  codec::Handle handle(const vector::Chunk& chunk, std::size_t row, const types::TimeZone* zone) const;
  /// The record's key.
  std::string key(const vector::Chunk& chunk, std::size_t row, const types::TimeZone* zone) const;

 private:
  const catalog::TableInfo& table_;
  std::vector<int> positions_;
};

}  // namespace sluice::executor
