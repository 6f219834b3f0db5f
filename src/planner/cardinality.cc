#include "planner/cardinality.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "catalog/statistics.h"
#include "catalog/table_info.h"
#include "codec/datum.h"
#include "codec/index_key.h"
#include "expression/eval_context.h"
#include "planner/expression_tools.h"
#include "planner/table_keys.h"

namespace sluice::planner {

namespace {

constexpr std::size_t kRangesPerPoll = 256;

/// Where `key` stands between two keys, by the eight bytes after their common beginning.
double fraction_below(const std::string& lower, const std::string& upper, const std::string& key) {
  std::size_t common = 0;
  while (common < lower.size() && common < upper.size() && lower[common] == upper[common]) ++common;
  const auto scalar = [&](const std::string& text) {
    double value = 0;
    double weight = 1;
    for (std::size_t i = 0; i < 8; ++i) {
      weight /= 256;
      const std::size_t at = common + i;
      value += weight * (at < text.size() ? static_cast<unsigned char>(text[at]) : 0);
    }
    return value;
  };
  if (key.compare(0, common, lower, 0, common) != 0) return key < lower ? 0 : 1;
  const double low = scalar(lower);
  const double high = scalar(upper);
  if (high <= low) return 0.5;
  return std::clamp((scalar(key) - low) / (high - low), 0.0, 1.0);
}

/// Rows of the histogram and the frequent values strictly below `key`.
double rows_below(const catalog::ColumnStatistics& statistics, const std::string& key) {
  double rows = 0;
  for (const catalog::FrequentValue& frequent : statistics.top_values) {
    if (frequent.value >= key) break;
    rows += static_cast<double>(frequent.count);
  }
  const auto bucket = std::lower_bound(
      statistics.buckets.begin(), statistics.buckets.end(), key,
      [](const catalog::HistogramBucket& candidate, const std::string& wanted) { return candidate.upper < wanted; });
  const double before = bucket == statistics.buckets.begin() ? 0 : static_cast<double>(std::prev(bucket)->count);
  if (bucket == statistics.buckets.end()) return rows + before;
  const double inside = static_cast<double>(bucket->count) - before;
  if (key <= bucket->lower) return rows + before;
  const double movable = std::max(0.0, inside - static_cast<double>(bucket->repeats));
  return rows + before + movable * fraction_below(bucket->lower, bucket->upper, key);
}

double rows_equal(const catalog::ColumnStatistics& statistics, const std::string& key) {
  const auto frequent = std::lower_bound(
      statistics.top_values.begin(), statistics.top_values.end(), key,
      [](const catalog::FrequentValue& candidate, const std::string& wanted) { return candidate.value < wanted; });
  if (frequent != statistics.top_values.end() && frequent->value == key) return static_cast<double>(frequent->count);
  const auto bucket = std::lower_bound(
      statistics.buckets.begin(), statistics.buckets.end(), key,
      [](const catalog::HistogramBucket& candidate, const std::string& wanted) { return candidate.upper < wanted; });
  if (bucket == statistics.buckets.end() || key < bucket->lower) return 0;
  if (bucket->upper == key) return static_cast<double>(bucket->repeats);
  const double total = statistics.buckets.empty() ? 0 : static_cast<double>(statistics.buckets.back().count);
  const double distinct =
      static_cast<double>(statistics.distinct_count) - static_cast<double>(statistics.top_values.size());
  return distinct > 0 ? total / distinct : 0;
}

/// A bound's key datums; `successor`: the first key above all that begin with them.
std::string encode(const std::vector<RangeBound>& bounds, const std::vector<RangeColumn>& key,
                   const types::TimeZone* zone, bool successor) {
  std::string text;
  for (std::size_t i = 0; i < bounds.size() && i < key.size(); ++i) {
    switch (bounds[i].kind) {
      case RangeBound::Kind::kMinNotNull:
        text.push_back(codec::kDatumBytes);
        break;
      case RangeBound::Kind::kMaximum:
        codec::append_key_max(text);
        break;
      case RangeBound::Kind::kValue:
        codec::append_index_column({key[i].type, key[i].prefix_length}, bounds[i].value, zone, text);
        break;
    }
  }
  return successor ? codec::next_after_prefix(text) : text;
}

double histogram_rows(const catalog::ColumnStatistics& statistics, const ValueRange& range,
                      const std::vector<RangeColumn>& key, const types::TimeZone* zone) {
  const std::string low = encode(range.low, key, zone, range.low_exclusive);
  std::string high = encode(range.high, key, zone, !range.high_exclusive);
  if (range.low.size() == range.high.size() && !range.low_exclusive && !range.high_exclusive) {
    const std::string value = encode(range.high, key, zone, false);
    if (value == low && range.low.size() == key.size()) {
      if (range.low.size() == 1 && range.low[0].kind == RangeBound::Kind::kValue && range.low[0].value.is_null()) {
        return static_cast<double>(statistics.null_count);
      }
      return rows_equal(statistics, value);
    }
  }
  if (high.empty()) high.assign(1, '\xff');
  double rows = std::max(0.0, rows_below(statistics, high) - rows_below(statistics, low));
  if (range.low[0].kind == RangeBound::Kind::kValue && range.low[0].value.is_null() && !range.low_exclusive)
    rows += static_cast<double>(statistics.null_count);
  return rows;
}

double pseudo_fraction(const ValueRange& range) {
  double fraction = 1;
  for (std::size_t i = 0; i < range.low.size(); ++i) {
    const RangeBound& low = range.low[i];
    const RangeBound& high = range.high[i];
    const bool open_low =
        low.kind == RangeBound::Kind::kMinNotNull ||
        (low.kind == RangeBound::Kind::kValue && low.value.is_null() && high.kind == RangeBound::Kind::kMaximum);
    const bool open_high = high.kind == RangeBound::Kind::kMaximum;
    if (open_low && open_high) {
      if (low.kind == RangeBound::Kind::kMinNotNull) fraction *= 1 - kPseudoEqual;
      continue;
    }
    if (low.kind == RangeBound::Kind::kValue && high.kind == RangeBound::Kind::kValue && low.value == high.value)
      fraction *= kPseudoEqual;
    else if (open_low || open_high)
      fraction *= kPseudoLess;
    else
      fraction *= kPseudoBetween;
  }
  return fraction;
}

const catalog::ColumnStatistics* column_statistics(const DataSource& source, int offset) {
  if (Cardinality::is_pseudo(source)) return nullptr;
  const auto found = source.statistics->columns.find(source.source.table->columns[static_cast<std::size_t>(offset)].id);
  return found == source.statistics->columns.end() ? nullptr : &found->second;
}

int offset_of(const DataSource& source, std::int64_t column_id) {
  for (std::size_t i = 0; i < source.all_column_ids.size(); ++i) {
    if (source.all_column_ids[i] == column_id) return static_cast<int>(i);
  }
  return -1;
}

bool is_single_unique_column(const DataSource& source, int offset) {
  const catalog::TableInfo& table = *source.source.table;
  if (table.pk_is_handle && table.handle_column()->offset == offset) return true;
  for (const catalog::IndexInfo& index : table.indexes) {
    if (index.unique && index.is_public() && index.columns.size() == 1 && index.columns[0].offset == offset &&
        !index.columns[0].is_prefix())
      return true;
  }
  return false;
}

}  // namespace

bool Cardinality::is_pseudo(const DataSource& source) {
  return source.statistics == nullptr || !source.statistics->analyzed;
}

double Cardinality::table_rows(const DataSource& source) {
  if (source.statistics == nullptr) return kPseudoRows;
  const auto known = static_cast<double>(source.statistics->row_count);
  return source.statistics->analyzed ? known : std::max(known, kPseudoRows);
}

double Cardinality::range_rows(const DataSource& source, const catalog::IndexInfo* index, const BuiltRanges& built) {
  const double total = table_rows(source);
  if (built.ranges.full) return total;
  const catalog::TableInfo& table = *source.source.table;
  const std::vector<RangeColumn> key = key_columns(table, index, source.all_column_ids, source.row_id_column);
  const bool unique = index == nullptr || index->unique;
  const types::TimeZone* zone = context_ == nullptr ? nullptr : context_->time_zone;
  const catalog::ColumnStatistics* statistics = nullptr;
  if (!is_pseudo(source)) {
    if (index != nullptr) {
      if (const auto found = source.statistics->indexes.find(index->id); found != source.statistics->indexes.end())
        statistics = &found->second;
    }
    if (statistics == nullptr && key.size() == 1) {
      if (const int offset = offset_of(source, key[0].column_id); offset >= 0)
        statistics = column_statistics(source, offset);
    }
  }
  double rows = 0;
  std::size_t number = 0;
  for (const ValueRange& range : built.ranges.values) {
    if (++number % kRangesPerPoll == 0) stop_.poll();
    double part = 0;
    if (unique && is_point(range, key.size()))
      part = 1;
    else if (built.ranges.dynamic && built.equal_columns > 0)
      part = lookup_rows(source, index, static_cast<std::size_t>(built.equal_columns));
    else if (statistics != nullptr)
      part = histogram_rows(*statistics, range, key, zone);
    else
      part = total * pseudo_fraction(range);
    if (index == nullptr && statistics == nullptr && key.size() == 1 && range.low[0].kind == RangeBound::Kind::kValue &&
        range.high[0].kind == RangeBound::Kind::kValue && range.low[0].value.kind() == types::Value::Kind::kInt64 &&
        range.high[0].value.kind() == types::Value::Kind::kInt64) {
      // Integer keys are distinct: an interval holds at most as many rows as integers.
      const double width =
          static_cast<double>(range.high[0].value.as_int64()) - static_cast<double>(range.low[0].value.as_int64()) + 1;
      part = std::min(part, std::max(width, 0.0));
    }
    rows += part;
  }
  return std::min(rows, total);
}

double Cardinality::lookup_rows(const DataSource& source, const catalog::IndexInfo* index, std::size_t column_count) {
  const catalog::TableInfo& table = *source.source.table;
  const std::vector<RangeColumn> key = key_columns(table, index, source.all_column_ids, source.row_id_column);
  const double total = table_rows(source);
  if ((index == nullptr || index->unique) && column_count >= key.size()) return std::min(1.0, total);
  if (!is_pseudo(source)) {
    if (index != nullptr && column_count == key.size()) {
      if (const auto found = source.statistics->indexes.find(index->id);
          found != source.statistics->indexes.end() && found->second.distinct_count > 0) {
        return total / static_cast<double>(found->second.distinct_count);
      }
    }
    double distinct = 1;
    for (std::size_t i = 0; i < column_count; ++i) {
      const int offset = offset_of(source, key[i].column_id);
      const catalog::ColumnStatistics* statistics = offset < 0 ? nullptr : column_statistics(source, offset);
      if (statistics != nullptr && statistics->distinct_count > 0)
        distinct *= static_cast<double>(statistics->distinct_count);
    }
    return std::max(total / std::max(distinct, 1.0), total > 0 ? 1e-3 : 0);
  }
  double rows = total;
  for (std::size_t i = 0; i < column_count; ++i) rows *= i == 0 ? kPseudoEqual : 1.0 / 10;
  return rows;
}

double Cardinality::condition_selectivity(const ExpressionPtr& condition) {
  poll();
  if (is_always_true(*condition)) return 1;
  if (is_never_true(*condition)) return 0;
  const FunctionCall* call = as_call(condition);
  if (call == nullptr) return kDefaultSelectivity;
  if (call->name() == "or") {
    double none = 1;
    for (const ExpressionPtr& child : call->children()) none *= 1 - condition_selectivity(child);
    return 1 - none;
  }
  if (call->name() == "and") {
    double all = 1;
    for (const ExpressionPtr& child : call->children()) all *= condition_selectivity(child);
    return all;
  }
  return kDefaultSelectivity;
}

double Cardinality::column_selectivity(const DataSource& source, const RangeColumn& column, const BuiltRanges& built) {
  const double total = table_rows(source);
  const int offset = offset_of(source, column.column_id);
  const catalog::ColumnStatistics* statistics = offset < 0 ? nullptr : column_statistics(source, offset);
  const types::TimeZone* zone = context_ == nullptr ? nullptr : context_->time_zone;
  double rows = 0;
  std::size_t number = 0;
  for (const ValueRange& range : built.ranges.values) {
    if (++number % kRangesPerPoll == 0) stop_.poll();
    if (built.ranges.dynamic && built.equal_columns > 0) {
      rows += statistics != nullptr && statistics->distinct_count > 0
                  ? total / static_cast<double>(statistics->distinct_count)
                  : total * kPseudoEqual;
    } else if (statistics != nullptr) {
      rows += histogram_rows(*statistics, range, {column}, zone);
    } else {
      rows += offset >= 0 && is_single_unique_column(source, offset) && is_point(range, 1)
                  ? 1
                  : total * pseudo_fraction(range);
    }
  }
  return total <= 0 ? 1 : std::clamp(rows / total, 0.0, 1.0);
}

double Cardinality::selectivity(const DataSource& source, const std::vector<ExpressionPtr>& conditions) {
  // Conditions on one column are judged together, the rest by itself; columns count as independent.
  std::vector<ExpressionPtr> rest;
  std::vector<std::int64_t> columns;
  std::unordered_map<std::int64_t, std::vector<ExpressionPtr>> by_column;
  for (const ExpressionPtr& condition : conditions) {
    poll();
    const ColumnSet used = columns_of(*condition);
    if (used.size() == 1) {
      auto& list = by_column[*used.begin()];
      if (list.empty()) columns.push_back(*used.begin());
      list.push_back(condition);
    } else {
      rest.push_back(condition);
    }
  }
  double result = 1;
  for (std::int64_t id : columns) {
    stop_.poll();
    const int offset = offset_of(source, id);
    RangeColumn column{
        id,
        offset >= 0 ? source.source.table->columns[static_cast<std::size_t>(offset)].type : types::FieldType::bigint(),
        -1};
    const std::vector<ExpressionPtr>& own = by_column[id];
    const bool are_all = &conditions == &source.conditions && own.size() == conditions.size();
    const std::shared_ptr<const BuiltRanges> built = column_ranges(source, column, own, are_all);
    if (!built->ranges.full) result *= column_selectivity(source, column, *built);
    const std::unordered_set<ExpressionPtr> access(built->access.begin(), built->access.end());
    for (const ExpressionPtr& condition : built->remaining) {
      poll();
      if (!access.contains(condition)) result *= condition_selectivity(condition);
    }
  }
  for (const ExpressionPtr& condition : rest) result *= condition_selectivity(condition);
  return result;
}

std::shared_ptr<const BuiltRanges> Cardinality::ranges(const DataSource& source, const catalog::IndexInfo* index) {
  std::shared_ptr<const BuiltRanges>& known = ranges_[{&source, index}];
  if (known == nullptr) {
    known = std::make_shared<const BuiltRanges>(
        build_ranges(key_columns(*source.source.table, index, source.all_column_ids, source.row_id_column),
                     source.conditions, context_, CorrelatedValues::kUnknown, stop_));
  }
  return known;
}

std::shared_ptr<const BuiltRanges> Cardinality::column_ranges(const DataSource& source, const RangeColumn& column,
                                                              const std::vector<ExpressionPtr>& conditions,
                                                              bool are_all) {
  // The ranges over a key of this column alone are wanted anyway where it has one.
  const auto is_key_of_column = [&](const catalog::IndexInfo* index) {
    const std::vector<RangeColumn> key =
        key_columns(*source.source.table, index, source.all_column_ids, source.row_id_column);
    return key.size() == 1 && key[0].column_id == column.column_id && key[0].prefix_length < 0;
  };
  if (are_all && is_key_of_column(nullptr)) return ranges(source, nullptr);
  return std::make_shared<const BuiltRanges>(
      build_ranges({column}, conditions, context_, CorrelatedValues::kUnknown, stop_));
}

double Cardinality::rows(const LogicalNode& node) {
  if (const auto found = rows_.find(&node); found != rows_.end()) return found->second;
  stop_.poll();
  const double rows = compute_rows(node);
  rows_[&node] = rows;
  return rows;
}

double Cardinality::compute_rows(const LogicalNode& node) {
  switch (node.kind) {
    case LogicalKind::kDataSource: {
      const auto& source = node.as<DataSource>();
      double result = table_rows(source) * selectivity(source, source.conditions);
      // A key that is fixed completely gives one row at most.
      const std::shared_ptr<const BuiltRanges> by_handle = ranges(source, nullptr);
      if (!by_handle->ranges.full) result = std::min(result, range_rows(source, nullptr, *by_handle));
      for (const catalog::IndexInfo& index : source.source.table->indexes) {
        if (!index.is_public() || !index.unique || source.conditions.empty()) continue;
        const std::shared_ptr<const BuiltRanges> built = ranges(source, &index);
        if (!built->ranges.full && built->equal_columns == static_cast<int>(index.columns.size()))
          result = std::min(result, range_rows(source, &index, *built));
      }
      return result;
    }
    case LogicalKind::kDual:
      return static_cast<double>(node.as<LogicalDual>().row_count);
    case LogicalKind::kSelection: {
      double result = rows(*node.children[0]);
      for (const ExpressionPtr& condition : node.as<LogicalSelection>().conditions)
        result *= condition_selectivity(condition);
      return result;
    }
    case LogicalKind::kAggregate: {
      const auto& aggregate = node.as<LogicalAggregate>();
      if (aggregate.is_scalar()) return 1;
      std::vector<std::int64_t> ids;
      for (const ExpressionPtr& group : aggregate.group_by) {
        for (std::int64_t id : columns_of(*group)) ids.push_back(id);
      }
      if (ids.empty()) return std::min(1.0, rows(*node.children[0]));
      return distinct(*node.children[0], ids);
    }
    case LogicalKind::kJoin:
      return join_rows(node.as<LogicalJoin>());
    case LogicalKind::kLimit: {
      const LimitBounds& bounds = node.as<LogicalLimit>().bounds;
      return std::min(rows(*node.children[0]), static_cast<double>(bounds.count));
    }
    case LogicalKind::kUnionAll: {
      double result = 0;
      for (const LogicalPtr& child : node.children) result += rows(*child);
      return result;
    }
    case LogicalKind::kMaxOneRow:
      return 1;
    case LogicalKind::kCteScan:
      return node.as<LogicalCteScan>().definition->estimated_rows;
    case LogicalKind::kCteTable:
      return 1'000;
    case LogicalKind::kProjection:
    case LogicalKind::kSort:
    case LogicalKind::kLock:
      return rows(*node.children[0]);
  }
  return 1;
}

double Cardinality::join_rows(const LogicalJoin& join) {
  const LogicalNode& left = *join.children[0];
  const LogicalNode& right = *join.children[1];
  const double left_rows = rows(left);
  const double right_rows = rows(right);
  if (join.has_mark()) return left_rows;
  if (join.is_semi_kind()) return left_rows * kDefaultSelectivity;
  const ColumnSet left_ids = left.output_ids();
  const ColumnSet right_ids = right.output_ids();
  double result = left_rows * right_rows;
  for (const ExpressionPtr& condition : join.conditions) {
    const FunctionCall* equal = as_call(*condition, "eq");
    const ColumnRef* a = equal == nullptr ? nullptr : as_column(equal->children()[0]);
    const ColumnRef* b = equal == nullptr ? nullptr : as_column(equal->children()[1]);
    if (a != nullptr && b != nullptr) {
      if (right_ids.contains(a->column_id())) std::swap(a, b);
      if (left_ids.contains(a->column_id()) && right_ids.contains(b->column_id())) {
        result /= std::max({distinct(left, a->column_id()), distinct(right, b->column_id()), 1.0});
        continue;
      }
    }
    result *= equal != nullptr ? std::min(kDefaultSelectivity,
                                          1.0 / std::max(1.0, kDistinctFactor * std::max(left_rows, right_rows)))
                               : condition_selectivity(condition);
  }
  if (join.dependent && join.conditions.empty()) result = left_rows * std::max(1.0, right_rows);
  if (join.type == JoinType::kLeftOuter) result = std::max(result, left_rows);
  if (join.type == JoinType::kRightOuter) result = std::max(result, right_rows);
  return result;
}

double Cardinality::distinct(const LogicalNode& node, std::int64_t column_id) {
  const double limit = rows(node);
  double result = limit;
  switch (node.kind) {
    case LogicalKind::kDataSource: {
      const auto& source = node.as<DataSource>();
      const int offset = offset_of(source, column_id);
      if (offset < 0 || is_single_unique_column(source, offset)) break;
      const catalog::ColumnStatistics* statistics = column_statistics(source, offset);
      result = statistics != nullptr && statistics->distinct_count > 0 ? static_cast<double>(statistics->distinct_count)
                                                                       : kDistinctFactor * limit;
      break;
    }
    case LogicalKind::kJoin:
    case LogicalKind::kSelection:
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
    case LogicalKind::kLock:
    case LogicalKind::kProjection:
    case LogicalKind::kAggregate: {
      bool below = false;
      for (const LogicalPtr& child : node.children) {
        if (find_position(child->schema, column_id) < 0) continue;
        result = distinct(*child, column_id);
        below = true;
      }
      if (!below) result = node.kind == LogicalKind::kAggregate ? limit : kDistinctFactor * limit;
      break;
    }
    default:
      result = kDistinctFactor * limit;
  }
  return std::max(std::min(result, limit), std::min(limit, 1.0));
}

double Cardinality::distinct(const LogicalNode& node, const std::vector<std::int64_t>& column_ids) {
  const double limit = rows(node);
  double result = 1;
  for (std::int64_t id : column_ids)
    result = std::max(result, distinct(node, id));  // columns are taken as correlated, as TiDB does
  return std::min(result, std::max(limit, 1.0));
}

}  // namespace sluice::planner
