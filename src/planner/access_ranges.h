/// Ranges over the columns of a key: the planner's readable form, from which planner/ranges.h makes encoded key ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "types/value.h"

namespace sluice::expression {
class Expression;
}

namespace sluice::planner {

/// One end of a range in one column.
struct RangeBound {
  enum class Kind : std::uint8_t {
    kValue,
    kMinNotNull /* above NULL, below every value */,
    kMaximum /* above every value */
  };
  Kind kind = Kind::kValue;
  types::Value
      value;  // kValue: of the key column's type, strings not yet cut to a prefix; may be NULL, which sorts first

  static RangeBound of(types::Value bound_value) { return {Kind::kValue, std::move(bound_value)}; }
  static RangeBound null() { return {Kind::kValue, types::Value::null()}; }
  static RangeBound min_not_null() { return {Kind::kMinNotNull, types::Value::null()}; }
  static RangeBound maximum() { return {Kind::kMaximum, types::Value::null()}; }
};

/// Tuples between `low` and `high`, compared column by column over the first columns of a key. Both have the same length, at least 1.
struct ValueRange {
  std::vector<RangeBound> low;
  std::vector<RangeBound> high;
  bool low_exclusive = false;  // of the last column
  bool high_exclusive = false;
};

/// Many ranges, never changed: copies share them. Thread-safety: as a shared pointer to const.
class ValueRanges {
 public:
  ValueRanges() = default;
  ValueRanges(std::vector<ValueRange> ranges)  // NOLINT: a list is its ranges
      : ranges_(std::make_shared<const std::vector<ValueRange>>(std::move(ranges))) {}

  bool empty() const noexcept { return size() == 0; }
  std::size_t size() const noexcept { return ranges_ == nullptr ? 0 : ranges_->size(); }
  const ValueRange& operator[](std::size_t index) const { return (*ranges_)[index]; }
  const ValueRange* begin() const noexcept { return ranges_ == nullptr ? nullptr : ranges_->data(); }
  const ValueRange* end() const noexcept { return begin() + size(); }

 private:
  std::shared_ptr<const std::vector<ValueRange>> ranges_;
};

/// The ranges of one scan. Disjoint and ascending.
struct AccessRanges {
  bool full = true;      // the whole table or index; `values` is empty
  ValueRanges values;    // at plan time; empty and not full: no row can match
  bool dynamic = false;  // depend on parameters or correlated columns: built anew from `conditions` at execution
  std::vector<std::shared_ptr<const expression::Expression>>
      conditions;                            // what the ranges were made from; ColumnRefs count by column_id
  std::vector<std::int64_t> key_column_ids;  // column ids of the key columns, in key order
};

/// How an index join makes the lookup key of an outer row: one source per leading key column of the inner scan.
struct LookupTemplate {
  struct Source {
    int outer_position = -1;                                 // in the outer child's output, or
    std::shared_ptr<const expression::Expression> constant;  // a Constant or Parameter of the key column's type
  };
  std::vector<Source> sources;
};

}  // namespace sluice::planner
