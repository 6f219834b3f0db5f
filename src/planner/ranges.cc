#include "planner/ranges.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/table_info.h"
#include "codec/bytes.h"
#include "codec/datum.h"
#include "codec/index_key.h"
#include "codec/table_key.h"
#include "expression/eval_context.h"
#include "planner/range_builder.h"
#include "planner/table_keys.h"
#include "types/compare.h"
#include "types/convert.h"
#include "types/stored_dates.h"
#include "vector/chunk.h"

namespace sluice::planner {

namespace {

using types::Value;

constexpr std::size_t kRangesPerPoll = 1'000;

void append_bound(const RangeBound& bound, const RangeColumn& column, const types::TimeZone* zone, std::string& out) {
  switch (bound.kind) {
    case RangeBound::Kind::kMinNotNull:
      out.push_back(codec::kDatumBytes);
      return;  // 01 lies above NULL and is no datum by itself
    case RangeBound::Kind::kMaximum:
      codec::append_key_max(out);
      return;
    case RangeBound::Kind::kValue:
      codec::append_index_column({column.type, column.prefix_length}, bound.value, zone, out);
      return;
  }
}

/// [begin, end) for a range of encoded datums behind `prefix`.
kv::KeyRange encode_range(const ValueRange& range, const std::vector<RangeColumn>& key, const std::string& prefix,
                          const types::TimeZone* zone) {
  kv::KeyRange encoded{prefix, prefix};
  for (std::size_t i = 0; i < range.low.size(); ++i) append_bound(range.low[i], key[i], zone, encoded.begin);
  for (std::size_t i = 0; i < range.high.size(); ++i) append_bound(range.high[i], key[i], zone, encoded.end);
  // A prefix column's entry may stand for values on both sides of the bound.
  const bool is_prefix = key[range.low.size() - 1].prefix_length >= 0;
  if (range.low_exclusive && !is_prefix) encoded.begin = kv::prefix_end(encoded.begin);
  if (!range.high_exclusive || is_prefix) encoded.end = kv::prefix_end(encoded.end);
  return encoded;
}

/// Sorts and merges what overlaps.
std::vector<kv::KeyRange> merge(std::vector<kv::KeyRange> ranges, StopToken stop) {
  stop.poll();
  std::erase_if(ranges, [](const kv::KeyRange& range) { return !range.end.empty() && range.begin >= range.end; });
  if (!std::is_sorted(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; })) {
    std::size_t comparisons = 0;
    std::sort(ranges.begin(), ranges.end(), [&](const auto& a, const auto& b) {
      if (++comparisons % (16 * kRangesPerPoll) == 0) stop.poll();
      return a.begin < b.begin;
    });
  }
  std::vector<kv::KeyRange> merged;
  merged.reserve(ranges.size());
  for (kv::KeyRange& range : ranges) {
    if (merged.size() % kRangesPerPoll == 0) stop.poll();
    if (!merged.empty() && (merged.back().end.empty() || range.begin <= merged.back().end)) {
      if (!merged.back().end.empty() && (range.end.empty() || range.end > merged.back().end))
        merged.back().end = std::move(range.end);
      continue;
    }
    merged.push_back(std::move(range));
  }
  return merged;
}

/// The integers between two bounds of an integer handle, as [first, last]; nullopt if there are none. Bounds are of type T.
template <class T>
std::optional<std::pair<T, T>> handle_interval(const ValueRange& range) {
  constexpr T kLeast = std::numeric_limits<T>::min();
  constexpr T kMost = std::numeric_limits<T>::max();
  const auto value = [](const RangeBound& bound) {
    if constexpr (std::is_signed_v<T>)
      return bound.value.as_int64();
    else
      return bound.value.as_uint64();
  };
  T first = kLeast;
  T last = kMost;
  const RangeBound& low = range.low[0];
  const RangeBound& high = range.high[0];
  if (low.kind == RangeBound::Kind::kMaximum || high.kind == RangeBound::Kind::kMinNotNull) return std::nullopt;
  if (low.kind == RangeBound::Kind::kValue && !low.value.is_null()) {
    first = value(low);
    if (range.low_exclusive) {
      if (first == kMost) return std::nullopt;
      ++first;
    }
  }
  if (high.kind == RangeBound::Kind::kValue) {
    if (high.value.is_null()) return std::nullopt;  // a handle is never NULL
    last = value(high);
    if (range.high_exclusive) {
      if (last == kLeast) return std::nullopt;
      --last;
    }
  }
  if (first > last) return std::nullopt;
  return std::pair{first, last};
}

kv::KeyRange handle_key_range(std::int64_t table_id, std::int64_t first, std::int64_t last) {
  kv::KeyRange range;
  codec::append_record_key(table_id, first, range.begin);
  codec::append_record_key(table_id, last, range.end);
  range.end.push_back('\0');  // just above the last one
  return range;
}

/// Integer handles: in the order of the values, which for unsigned ones is not the order of the keys.
std::vector<kv::KeyRange> handle_ranges(const ValueRanges& values, bool full, std::int64_t table_id, bool is_unsigned,
                                        StopToken stop) {
  std::vector<kv::KeyRange> small;
  std::vector<kv::KeyRange> large;  // unsigned values from 2^63 on lie below the others
  if (full && !is_unsigned) return {kv::prefix_range(codec::record_prefix(table_id))};
  if (full) {
    return {handle_key_range(table_id, 0, INT64_MAX), handle_key_range(table_id, INT64_MIN, -1)};
  }
  for (const ValueRange& range : values) {
    if (small.size() % kRangesPerPoll == 0) stop.poll();
    if (!is_unsigned) {
      if (const auto interval = handle_interval<std::int64_t>(range))
        small.push_back(handle_key_range(table_id, interval->first, interval->second));
      continue;
    }
    const auto interval = handle_interval<std::uint64_t>(range);
    if (!interval.has_value()) continue;
    constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;
    if (interval->first < kHalf) {
      small.push_back(handle_key_range(table_id, static_cast<std::int64_t>(interval->first),
                                       static_cast<std::int64_t>(std::min(interval->second, kHalf - 1))));
    }
    if (interval->second >= kHalf) {
      large.push_back(handle_key_range(table_id, static_cast<std::int64_t>(std::max(interval->first, kHalf)),
                                       static_cast<std::int64_t>(interval->second)));
    }
  }
  std::vector<kv::KeyRange> result = merge(std::move(small), stop);
  for (kv::KeyRange& range : merge(std::move(large), stop)) result.push_back(std::move(range));
  return result;
}

std::vector<kv::KeyRange> datum_ranges(const AccessRanges& ranges, const ValueRanges& values,
                                       const std::vector<RangeColumn>& key, const std::string& prefix,
                                       const types::TimeZone* zone, StopToken stop) {
  if (ranges.full) return {kv::prefix_range(prefix)};
  std::vector<kv::KeyRange> encoded;
  encoded.reserve(values.size());
  for (const ValueRange& range : values) {
    if (encoded.size() % kRangesPerPoll == 0) stop.poll();
    encoded.push_back(encode_range(range, key, prefix, zone));
  }
  return merge(std::move(encoded), stop);
}

/// The plan's values, or for dynamic ranges those of this execution.
ValueRanges current_values(const AccessRanges& ranges, std::vector<RangeColumn> key, expression::EvalContext& context,
                           StopToken stop) {
  if (ranges.full || !ranges.dynamic) return ranges.values;
  for (std::size_t i = 0; i < key.size() && i < ranges.key_column_ids.size(); ++i)
    key[i].column_id = ranges.key_column_ids[i];
  key.resize(std::min(key.size(), ranges.key_column_ids.size()));
  const BuiltRanges built = build_ranges(key, ranges.conditions, &context, CorrelatedValues::kKnown, stop);
  if (built.ranges.full) return std::vector{ValueRange{{RangeBound::null()}, {RangeBound::maximum()}, false, false}};
  return built.ranges.values;
}

/// The value that equals `value` in the key column, or nullopt if there is none.
std::optional<Value> exact_key_value(const Value& value, const types::FieldType& from, const types::FieldType& to,
                                     expression::EvalContext& context) {
  if (value.is_null()) return std::nullopt;
  if (physical_type(to) == types::PhysicalType::kString) {
    if (value.kind() != Value::Kind::kString) return std::nullopt;
    return value;
  }
  types::ConversionContext conversion;
  conversion.ignore_truncate = true;
  conversion.purpose = types::ConversionPurpose::kAssign;
  conversion.sql_mode = types::kStoredDatesMode;
  conversion.time_zone = context.time_zone;
  conversion.statement_time_us = context.statement_time_us;
  Value converted = types::convert(value, from, to, conversion);
  if (converted.is_null()) return std::nullopt;
  const bool comparable =
      converted.kind() == value.kind() || (value.kind() != Value::Kind::kString && !to.is_temporal());
  if (!comparable || types::compare(converted, value, nullptr) != 0) return std::nullopt;
  return converted;
}

std::optional<std::string> point_key(const TableReference& source, const catalog::IndexInfo* index,
                                     const std::vector<ExpressionPtr>& key, expression::EvalContext& context) {
  const catalog::TableInfo& table = *source.table;
  const std::vector<RangeColumn> columns = key_columns(table, index, {});
  SLUICE_CHECK(columns.size() == key.size(), "a point read of {} gives {} of {} key columns", source.alias, key.size(),
               columns.size());
  std::string encoded;
  const bool int_handle = index == nullptr && !table.is_common_handle;
  if (!int_handle) {
    if (index != nullptr && table.is_stored(*index))
      codec::append_index_prefix(table.id, index->id, encoded);
    else
      codec::append_record_prefix(table.id, encoded);
  }
  const std::size_t prefix_bytes = encoded.size();
  for (std::size_t i = 0; i < key.size(); ++i) {
    const Value given = key[i]->evaluate_constant(context);
    const std::optional<Value> value = exact_key_value(given, key[i]->type(), columns[i].type, context);
    if (!value.has_value()) return std::nullopt;
    if (int_handle) {
      const std::int64_t handle =
          value->kind() == Value::Kind::kUInt64 ? static_cast<std::int64_t>(value->as_uint64()) : value->as_int64();
      codec::append_record_key(table.id, handle, encoded);
    } else {
      codec::append_key_datum(*value, columns[i].type, context.time_zone, encoded);
    }
  }
  const bool common_handle_record = !int_handle && (index == nullptr || !table.is_stored(*index));
  if (common_handle_record && encoded.size() - prefix_bytes < codec::kMinCommonHandleBytes) {
    encoded.resize(prefix_bytes + codec::kMinCommonHandleBytes, '\0');
  }
  return encoded;
}

}  // namespace

std::vector<kv::KeyRange> resolve_key_ranges(const TableScanPlan& scan, expression::EvalContext& context,
                                             StopToken stop) {
  const catalog::TableInfo& table = *scan.source.table;
  const std::vector<RangeColumn> key = key_columns(table, nullptr, {});
  if (table.is_common_handle) {
    return datum_ranges(scan.ranges, current_values(scan.ranges, key, context, stop), key,
                        codec::record_prefix(table.id), context.time_zone, stop);
  }
  const bool is_unsigned = table.pk_is_handle && table.handle_column()->type.is_unsigned();
  return handle_ranges(current_values(scan.ranges, key, context, stop), scan.ranges.full, table.id, is_unsigned, stop);
}

std::vector<kv::KeyRange> resolve_key_ranges(const IndexScanPlan& scan, expression::EvalContext& context,
                                             StopToken stop) {
  const catalog::TableInfo& table = *scan.source.table;
  const std::vector<RangeColumn> key = key_columns(table, scan.index, {});
  return datum_ranges(scan.ranges, current_values(scan.ranges, key, context, stop), key,
                      codec::index_prefix(table.id, scan.index->id), context.time_zone, stop);
}

std::optional<std::string> resolve_point_key(const PointGetPlan& plan, expression::EvalContext& context) {
  return point_key(plan.source, plan.index, plan.key, context);
}

std::vector<std::string> resolve_point_keys(const BatchPointGetPlan& plan, expression::EvalContext& context,
                                            StopToken stop) {
  std::vector<std::string> keys;
  keys.reserve(plan.keys.size());
  for (const std::vector<ExpressionPtr>& key : plan.keys) {
    if (keys.size() % kRangesPerPoll == 0) stop.poll();
    if (auto encoded = point_key(plan.source, plan.index, key, context)) keys.push_back(std::move(*encoded));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::optional<std::uint64_t> limit_number(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kUInt64:
      return value.as_uint64();
    case Value::Kind::kInt64:
      if (value.as_int64() < 0) return std::nullopt;
      return static_cast<std::uint64_t>(value.as_int64());
    case Value::Kind::kDouble: {
      constexpr double kBeyond = 18446744073709551616.0;
      const double number = value.as_double();
      if (!(number >= 0 && number < kBeyond) || number != std::floor(number)) return std::nullopt;
      return static_cast<std::uint64_t>(number);
    }
    case Value::Kind::kString: {
      const std::string& text = value.as_string();
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
      return number;
    }
    default:
      return std::nullopt;
  }
}

ResolvedLimit resolve_limit(const LimitBounds& bounds, expression::EvalContext& context) {
  const auto number = [&](std::uint64_t fixed, const ExpressionPtr& expression) -> std::uint64_t {
    if (expression == nullptr) return fixed;
    const std::optional<std::uint64_t> value = limit_number(expression->evaluate_constant(context));
    if (!value) throw SqlError(ErrorCode::kWrongArguments, "LIMIT");
    return *value;
  };
  return {number(bounds.offset, bounds.offset_expression), number(bounds.count, bounds.count_expression)};
}

struct LookupRangeBuilder::KeyColumn {
  RangeColumn column;
  int outer_position = -1;
  types::FieldType outer_type;
  bool null_safe = false;
  std::optional<Value> constant;  // nullopt with outer_position -1: can never match
};

LookupRangeBuilder::LookupRangeBuilder(const IndexJoinPlan& join, expression::EvalContext& context)
    : join_(join), context_(context) {
  const PhysicalPlan& scan = *join.inner_scan;
  const catalog::TableInfo* table = nullptr;
  const catalog::IndexInfo* index = nullptr;
  if (scan.kind == PlanKind::kIndexScan) {
    const auto& index_scan = static_cast<const IndexScanPlan&>(scan);
    table = index_scan.source.table.get();
    index = index_scan.index;
    key_prefix_ = codec::index_prefix(table->id, index->id);
  } else {
    table = static_cast<const TableScanPlan&>(scan).source.table.get();
    key_prefix_ = codec::record_prefix(table->id);
  }
  int_handle_ = index == nullptr && !table->is_common_handle;
  table_id_ = table->id;
  const std::vector<RangeColumn> key = key_columns(*table, index, {});
  const PhysicalPlan& outer = *join.children[static_cast<std::size_t>(1 - join.inner_child)];
  for (std::size_t i = 0; i < join.lookup.sources.size(); ++i) {
    const LookupTemplate::Source& source = join.lookup.sources[i];
    KeyColumn column;
    column.column = key[i];
    column.outer_position = source.outer_position;
    if (source.outer_position >= 0) {
      column.outer_type = outer.schema[static_cast<std::size_t>(source.outer_position)].type;
      for (const JoinKey& join_key : join.keys) {
        const int outer_position = join.inner_child == 1 ? join_key.left_position : join_key.right_position;
        column.null_safe |= outer_position == source.outer_position && join_key.null_safe;
      }
    } else {
      column.constant = exact_key_value(source.constant->evaluate_constant(context), source.constant->type(),
                                        column.column.type, context);
    }
    columns_.push_back(std::move(column));
  }
}

LookupRangeBuilder::~LookupRangeBuilder() = default;

bool LookupRangeBuilder::encode_key(const vector::Chunk& outer, std::size_t row, std::string& prefix) const {
  prefix.assign(key_prefix_);
  for (const KeyColumn& column : columns_) {
    std::optional<Value> value = column.constant;
    if (column.outer_position >= 0) {
      const Value given = outer.columns[static_cast<std::size_t>(column.outer_position)].value_at(row);
      if (given.is_null() && column.null_safe)
        value = Value::null();
      else
        value = exact_key_value(given, column.outer_type, column.column.type, context_);
    }
    if (!value.has_value()) return false;
    if (int_handle_) {
      if (value->is_null()) return false;
      const std::int64_t handle =
          value->kind() == Value::Kind::kUInt64 ? static_cast<std::int64_t>(value->as_uint64()) : value->as_int64();
      prefix.clear();
      codec::append_record_key(table_id_, handle, prefix);
    } else {
      codec::append_index_column({column.column.type, column.column.prefix_length}, *value, context_.time_zone, prefix);
    }
  }
  return true;
}

std::vector<kv::KeyRange> LookupRangeBuilder::ranges(std::vector<std::string>&& prefixes, StopToken stop) const {
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  std::vector<kv::KeyRange> ranges;
  ranges.reserve(prefixes.size());
  for (std::string& prefix : prefixes) {
    if (ranges.size() % kRangesPerPoll == 0) stop.poll();
    std::string end = int_handle_ ? prefix + '\0' : kv::prefix_end(prefix);
    ranges.push_back({std::move(prefix), std::move(end)});
  }
  prefixes.clear();
  return ranges;
}

}  // namespace sluice::planner
