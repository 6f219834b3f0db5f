/// Key ranges at execution: turns what a plan says about keys into encoded ranges, for the parameters and outer rows at hand.
///
/// All functions are pure but for warnings and may be called from any thread that owns its EvalContext.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/stop_token.h"
#include "kv/key_range.h"
#include "planner/physical_plan.h"

namespace sluice::vector {
class Chunk;
}

namespace sluice::planner {

/// Encoded ranges of a scan, disjoint, in the order of the key's values (in reverse the caller reads them from the back); that is the order of the
/// keys but for an unsigned integer handle, whose values from 2^63 on lie below the others. Dynamic ranges are built from the plan's
/// conditions with context.parameters and the current values of Correlated expressions. Empty: nothing matches. Polls per 1,000 ranges.
std::vector<kv::KeyRange> resolve_key_ranges(const TableScanPlan& scan, expression::EvalContext& context,
                                             StopToken stop);
std::vector<kv::KeyRange> resolve_key_ranges(const IndexScanPlan& scan, expression::EvalContext& context,
                                             StopToken stop);

/// The storage key of a point read: a record key (PointGetPlan::index null or clustered), or the key of a unique index entry.
/// nullopt: no row can match (NULL, or a value that the column cannot hold).
std::optional<std::string> resolve_point_key(const PointGetPlan& plan, expression::EvalContext& context);

/// As above for each key of a batch; unmatched and repeated keys are left out; in key order.
std::vector<std::string> resolve_point_keys(const BatchPointGetPlan& plan, expression::EvalContext& context,
                                            StopToken stop);

/// The number that a parameter of LIMIT stands for; nullopt if it cannot be one (the statement then fails with 1210). Drivers without integer
/// types send numbers as doubles, and texts are a common way around the servers that refuse those: both are taken if they are whole.
std::optional<std::uint64_t> limit_number(const types::Value& value);

/// Offset and count of a LIMIT with its parameters filled in. Throws: SqlError 1210.
struct ResolvedLimit {
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
};
ResolvedLimit resolve_limit(const LimitBounds& bounds, expression::EvalContext& context);

/// Makes the inner scan's ranges of an index join. One per inner read; not thread-safe.
class LookupRangeBuilder {
 public:
  /// `join` and `context` outlive the builder.
  LookupRangeBuilder(const IndexJoinPlan& join, expression::EvalContext& context);
  ~LookupRangeBuilder();
  LookupRangeBuilder(const LookupRangeBuilder&) = delete;
  LookupRangeBuilder& operator=(const LookupRangeBuilder&) = delete;

  /// Encodes the lookup key of one outer row into `prefix` (a key prefix, cleared first): equal prefixes mean equal lookups.
  /// Returns false if the row cannot match: a NULL in a key that is not null-safe, or a value that the inner column cannot hold exactly.
  bool encode_key(const vector::Chunk& outer, std::size_t row, std::string& prefix) const;

  /// Sorted, disjoint ranges for prefixes of encode_key(); duplicates are merged. Consumes `prefixes`.
  std::vector<kv::KeyRange> ranges(std::vector<std::string>&& prefixes, StopToken stop) const;

 private:
  struct KeyColumn;
  const IndexJoinPlan& join_;
  expression::EvalContext& context_;
  std::vector<KeyColumn> columns_;
  std::string key_prefix_;
  std::int64_t table_id_ = 0;
  bool int_handle_ = false;
};

}  // namespace sluice::planner
