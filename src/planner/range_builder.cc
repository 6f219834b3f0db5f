#include "planner/range_builder.h"

#include <algorithm>

#include "base/check.h"
#include "expression/builder.h"
#include "expression/eval_context.h"
#include "planner/expression_tools.h"
#include "types/collation.h"
#include "types/compare.h"
#include "types/convert.h"
#include "types/stored_dates.h"
#include "types/utf8.h"
#include "types/value_text.h"

namespace sluice::planner {

namespace {

using types::Value;

constexpr std::size_t kMostRanges = 20'000;  // beyond, further columns do not extend the ranges
constexpr std::size_t kValuesPerPoll = 256;

/// An interval of one column.
struct Interval {
  RangeBound low;
  RangeBound high;
  bool low_exclusive = false;
  bool high_exclusive = false;
};
using IntervalSet = std::vector<Interval>;  // ascending, disjoint

struct ColumnIntervals {
  IntervalSet intervals;
  bool exact = true;  // the intervals say all that the condition says
  bool dynamic = false;
  bool unknown = false;  // placeholders
};

int rank(const RangeBound& bound) {
  switch (bound.kind) {
    case RangeBound::Kind::kValue:
      return bound.value.is_null() ? 0 : 2;
    case RangeBound::Kind::kMinNotNull:
      return 1;
    case RangeBound::Kind::kMaximum:
      return 3;
  }
  return 3;
}

int compare_bounds(const RangeBound& a, const RangeBound& b, const types::Collation* collation) {
  const int difference = rank(a) - rank(b);
  if (difference != 0 || rank(a) != 2) return difference;
  return types::compare(a.value, b.value, collation);
}

bool is_empty(const Interval& interval, const types::Collation* collation) {
  const int order = compare_bounds(interval.low, interval.high, collation);
  return order > 0 || (order == 0 && (interval.low_exclusive || interval.high_exclusive));
}

class Builder {
 public:
  Builder(const std::vector<RangeColumn>& key, expression::EvalContext* context, CorrelatedValues correlated,
          StopToken stop)
      : key_(key), context_(context), correlated_(correlated), stop_(stop) {}

  BuiltRanges build(const std::vector<ExpressionPtr>& conditions);

 private:
  std::optional<ColumnIntervals> intervals_of(const Expression& condition, const RangeColumn& column);
  std::optional<ColumnIntervals> comparison(std::string_view name, const FunctionCall& call, const RangeColumn& column);
  std::optional<ColumnIntervals> in_list(const FunctionCall& call, const RangeColumn& column);
  std::optional<ColumnIntervals> like_prefix(const FunctionCall& call, const RangeColumn& column);
  std::optional<ColumnIntervals> disjunction(const FunctionCall& call, const RangeColumn& column);
  /// The intervals of `column op value`.
  std::optional<IntervalSet> compare_with(std::string_view op, const Value& value, const types::FieldType& value_type,
                                          const RangeColumn& column);
  /// The value of an expression without columns; nullopt if it is not known now.
  std::optional<Value> value_of(const Expression& expression, ColumnIntervals& facts);

  static bool is_column(const Expression& expression, const RangeColumn& column) {
    const ColumnRef* ref = as_column(expression);
    return ref != nullptr && ref->column_id() == column.column_id;
  }
  /// The column itself, or an implicit cast of an integer column to another number.
  static bool is_column_or_widening(const Expression& expression, const RangeColumn& column) {
    if (is_column(expression, column)) return true;
    const FunctionCall* call = as_call(expression);
    return call != nullptr && call->name().starts_with("cast") && call->children().size() == 1 &&
           is_column(*call->children()[0], column) && column.type.is_integer() && call->type().is_numeric();
  }
  bool same_collation(const FunctionCall& call, const RangeColumn& column) const;

  IntervalSet intersect(const IntervalSet& a, const IntervalSet& b, const types::Collation* collation) const;
  /// What all of `sets` have in common, at least one; in time n log n of all their intervals, as long as they do not grow.
  IntervalSet intersect_all(std::vector<IntervalSet> sets, const types::Collation* collation) const;
  IntervalSet unite(IntervalSet all, const types::Collation* collation) const;

  bool try_disjunctions(const std::vector<ExpressionPtr>& conditions, BuiltRanges& result);
  /// Called once per value, condition or interval looked at, in every loop over them.
  void poll() const {
    if (++looked_at_ % kValuesPerPoll == 0) stop_.poll();
  }

  const std::vector<RangeColumn>& key_;
  expression::EvalContext* context_;
  CorrelatedValues correlated_;
  StopToken stop_;
  mutable std::size_t looked_at_ = 0;
};

std::optional<Value> Builder::value_of(const Expression& expression, ColumnIntervals& facts) {
  if (const Constant* constant = as_constant(expression)) return constant->value();
  facts.dynamic |= expression.has_parameters() || expression.has_correlated();
  if (context_ == nullptr || (expression.has_correlated() && correlated_ == CorrelatedValues::kUnknown)) {
    facts.unknown = true;
    return std::nullopt;
  }
  return expression.evaluate_constant(*context_);
}

bool Builder::same_collation(const FunctionCall& call, const RangeColumn& column) const {
  if (physical_type(column.type) != types::PhysicalType::kString) return true;
  const auto children = call.children();
  std::vector<ExpressionPtr> operands(
      children.begin(), children.begin() + std::min<std::ptrdiff_t>(2, static_cast<std::ptrdiff_t>(children.size())));
  return expression::resolve_claims(operands, "=").collation == column.type.collation;
}

bool is_bit_value(const Value& value) {
  return value.kind() == Value::Kind::kUInt64 || (value.kind() == Value::Kind::kInt64 && value.as_int64() >= 0);
}

/// Whether `value` is later than every TIMESTAMP; `converted` is what a conversion made of it, zero outside of their range on both sides.
bool lies_behind_timestamps(const Value& value, const Value& converted) {
  return converted.as_time().is_zero() && !value.as_time().is_zero() && value.as_time().year() >= 2000;
}

std::optional<IntervalSet> Builder::compare_with(std::string_view op, const Value& value,
                                                 const types::FieldType& value_type, const RangeColumn& column) {
  const RangeBound least = RangeBound::min_not_null();
  const RangeBound most = RangeBound::maximum();
  if (value.is_null()) {
    if (op == "nulleq") return IntervalSet{{RangeBound::null(), RangeBound::null(), false, false}};
    return IntervalSet{};
  }
  const bool is_text = physical_type(column.type) == types::PhysicalType::kString;
  if (is_text != (value.kind() == Value::Kind::kString) || value.kind() == Value::Kind::kJson ||
      column.type.code == types::TypeCode::kJson) {
    return std::nullopt;
  }
  Value bound = value;
  int order = 0;  // of the bound against the value
  if (!is_text) {
    const bool temporal = column.type.is_temporal();
    const bool value_temporal = value.kind() == Value::Kind::kTime || value.kind() == Value::Kind::kDuration;
    if (temporal != value_temporal || column.type.code == types::TypeCode::kEnum ||
        column.type.code == types::TypeCode::kSet || column.type.code == types::TypeCode::kYear) {
      const bool plain_number =
          !value_temporal && !temporal && (value.kind() == Value::Kind::kInt64 || value.kind() == Value::Kind::kUInt64);
      if (!plain_number || column.type.code == types::TypeCode::kEnum || column.type.code == types::TypeCode::kSet)
        return std::nullopt;
    }
    if (column.type.code == types::TypeCode::kYear) {
      // Two-digit years mean something else to an assignment than to a comparison.
      const std::int64_t year = value.kind() == Value::Kind::kInt64
                                    ? value.as_int64()
                                    : static_cast<std::int64_t>(std::min<std::uint64_t>(value.as_uint64(), 9999));
      if (year < 100) return std::nullopt;
      bound = Value(year);
    } else {
      types::ConversionContext conversion;
      conversion.ignore_truncate = true;
      conversion.purpose = types::ConversionPurpose::kAssign;
      conversion.sql_mode = types::kStoredDatesMode;
      conversion.time_zone = context_ == nullptr ? nullptr : context_->time_zone;
      conversion.statement_time_us = context_ == nullptr ? 0 : context_->statement_time_us;
      bound = types::convert(value, value_type, column.type, conversion);
      if (bound.is_null()) return std::nullopt;
      // What is not a BIT value becomes its largest one, below as well as above.
      if (column.type.code == types::TypeCode::kBit && !is_bit_value(value)) return std::nullopt;
      if (column.type.code == types::TypeCode::kTimestamp && lies_behind_timestamps(value, bound)) {
        const bool is_below = op == "ne" || op == "lt" || op == "le";
        return is_below ? IntervalSet{{least, most, false, false}} : IntervalSet{};
      }
      const bool comparable = bound.kind() == value.kind() || (!temporal && value.kind() != Value::Kind::kString);
      if (!comparable) return std::nullopt;
      order = types::compare(bound, value, nullptr);
    }
  }
  const RangeBound at = RangeBound::of(std::move(bound));
  if (op == "eq" || op == "nulleq") {
    if (order != 0) return IntervalSet{};
    IntervalSet point;  // an initializer list would copy both bounds once more
    point.push_back({at, at, false, false});
    return point;
  }
  if (op == "ne") {
    if (order != 0) return IntervalSet{{least, most, false, false}};
    return IntervalSet{{least, at, false, true}, {at, most, true, false}};
  }
  // The bound may lie beside the value: then it counts when it lies on the wanted side.
  if (op == "lt") return IntervalSet{{least, at, false, order >= 0}};
  if (op == "le") return IntervalSet{{least, at, false, order > 0}};
  if (op == "gt") return IntervalSet{{at, most, order <= 0, false}};
  if (op == "ge") return IntervalSet{{at, most, order < 0, false}};
  return std::nullopt;
}

std::optional<ColumnIntervals> Builder::comparison(std::string_view name, const FunctionCall& call,
                                                   const RangeColumn& column) {
  const auto children = call.children();
  if (children.size() != 2) return std::nullopt;
  std::string_view op = name;
  const Expression* other = nullptr;
  if (is_column_or_widening(*children[0], column)) {
    other = children[1].get();
  } else if (is_column_or_widening(*children[1], column)) {
    other = children[0].get();
    op = mirrored_comparison(name);
  }
  if (other == nullptr || other->has_columns() || !other->is_deterministic() || !same_collation(call, column))
    return std::nullopt;
  ColumnIntervals result;
  const std::optional<Value> value = value_of(*other, result);
  if (!value.has_value()) {
    if (op == "ne") return std::nullopt;
    const RangeBound placeholder = RangeBound::null();
    Interval interval{placeholder, placeholder, false, false};
    if (op == "lt" || op == "le") interval.low = RangeBound::min_not_null();
    if (op == "gt" || op == "ge") interval.high = RangeBound::maximum();
    result.intervals = {interval};
    return result;
  }
  auto intervals = compare_with(op, *value, other->type(), column);
  if (!intervals.has_value()) return std::nullopt;
  result.intervals = std::move(*intervals);
  return result;
}

std::optional<ColumnIntervals> Builder::in_list(const FunctionCall& call, const RangeColumn& column) {
  const auto children = call.children();
  if (!is_column_or_widening(*children[0], column)) return std::nullopt;
  ColumnIntervals result;
  IntervalSet all;
  all.reserve(children.size() - 1);
  for (std::size_t i = 1; i < children.size(); ++i) {
    poll();
    if (children[i]->has_columns() || !children[i]->is_deterministic()) return std::nullopt;
    const std::optional<Value> value = value_of(*children[i], result);
    if (!value.has_value()) {
      all.push_back({RangeBound::null(), RangeBound::null(), false, false});
      continue;
    }
    if (value->is_null()) continue;
    auto point = compare_with("eq", *value, children[i]->type(), column);
    if (!point.has_value()) return std::nullopt;
    for (Interval& interval : *point) all.push_back(std::move(interval));
  }
  // The list as a whole says how it compares: one binary string among the items makes all of them so.
  if (physical_type(column.type) == types::PhysicalType::kString && call.claim().collation != column.type.collation)
    return std::nullopt;
  result.intervals = unite(std::move(all), column.type.collation);
  return result;
}

/// The least text above all that begin with `prefix`, which is valid in the character set as keys must be; empty if there is none.
std::string after_prefix(std::string prefix, const types::Collation* collation) {
  const bool is_bytes = collation == nullptr || collation->charset->is_binary();
  while (!prefix.empty()) {
    if (is_bytes) {
      const auto last = static_cast<unsigned char>(prefix.back());
      prefix.pop_back();
      if (last == 0xff) continue;
      prefix.push_back(static_cast<char>(last + 1));
      return prefix;
    }
    constexpr char32_t kLastBeforeSurrogates = 0xD7FF;
    constexpr char32_t kFirstAfterSurrogates = 0xE000;
    constexpr char32_t kLast = 0x10FFFF;
    const types::DecodedCharacter last = types::decode_last_utf8(prefix);
    prefix.resize(prefix.size() - last.byte_count);
    if (last.code_point == kLast) continue;
    types::append_utf8(last.code_point == kLastBeforeSurrogates ? kFirstAfterSurrogates : last.code_point + 1, prefix);
    return prefix;
  }
  return prefix;
}

std::optional<ColumnIntervals> Builder::like_prefix(const FunctionCall& call, const RangeColumn& column) {
  const auto children = call.children();
  if (!is_column(*children[0], column) || physical_type(column.type) != types::PhysicalType::kString ||
      !same_collation(call, column))
    return std::nullopt;
  // Only where equal prefixes of strings mean equal prefixes of sort keys.
  if (column.type.collation != nullptr && !column.type.collation->is_bytewise()) return std::nullopt;
  if (children[1]->has_columns() || !children[1]->is_deterministic()) return std::nullopt;
  ColumnIntervals result;
  const std::optional<Value> pattern = value_of(*children[1], result);
  if (!pattern.has_value()) return std::nullopt;
  if (pattern->is_null()) return result;
  if (pattern->kind() != Value::Kind::kString) return std::nullopt;
  char escape = '\\';
  if (children.size() > 2) {
    if (const Constant* constant = as_constant(children[2]);
        constant != nullptr && constant->value().kind() == Value::Kind::kInt64) {
      escape = static_cast<char>(constant->value().as_int64());
    }
  }
  std::string fixed;
  bool whole = true;
  const std::string& text = pattern->as_string();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == escape && i + 1 < text.size()) {
      fixed.push_back(text[++i]);
      continue;
    }
    if (text[i] == '%' || text[i] == '_') {
      whole = false;
      // A lone trailing % leaves nothing to test, but pad spaces make even that inexact.
      break;
    }
    fixed.push_back(text[i]);
  }
  result.exact = false;
  if (whole) {
    result.intervals = {{RangeBound::of(Value(fixed)), RangeBound::of(Value(fixed)), false, false}};
    return result;
  }
  if (column.type.collation != nullptr && column.type.collation->pad_space) {
    while (!fixed.empty() && fixed.back() == ' ') fixed.pop_back();
  }
  if (fixed.empty()) return std::nullopt;
  // Keys of a prefix index are cut, and so is what the pattern asks of them: cutting the end below would move it before the keys.
  if (column.prefix_length >= 0 && column.type.collation != nullptr) {
    fixed.resize(std::min(
        fixed.size(), column.type.collation->charset->offset(fixed, static_cast<std::size_t>(column.prefix_length))));
  }
  const std::string end = after_prefix(fixed, column.type.collation);
  const RangeBound high = end.empty() ? RangeBound::maximum() : RangeBound::of(Value(end));
  result.intervals = {{RangeBound::of(Value(fixed)), high, false, high.kind == RangeBound::Kind::kValue}};
  return result;
}

std::optional<ColumnIntervals> Builder::disjunction(const FunctionCall& call, const RangeColumn& column) {
  ColumnIntervals result;
  IntervalSet all;
  // A chain of ORs is walked in a loop; it may be long.
  std::vector<const Expression*> pending;
  for (const ExpressionPtr& child : call.children()) pending.push_back(child.get());
  while (!pending.empty()) {
    poll();
    const Expression* term = pending.back();
    pending.pop_back();
    if (const FunctionCall* inner = as_call(*term, "or")) {
      for (const ExpressionPtr& child : inner->children()) pending.push_back(child.get());
      continue;
    }
    auto part = intervals_of(*term, column);
    if (!part.has_value()) return std::nullopt;
    result.exact &= part->exact;
    result.dynamic |= part->dynamic;
    result.unknown |= part->unknown;
    for (Interval& interval : part->intervals) all.push_back(std::move(interval));
  }
  result.intervals = result.unknown ? std::move(all) : unite(std::move(all), column.type.collation);
  return result;
}

std::optional<ColumnIntervals> Builder::intervals_of(const Expression& condition, const RangeColumn& column) {
  if (is_never_true(condition)) return ColumnIntervals{};
  if (const ColumnRef* ref = as_column(condition)) {
    if (ref->column_id() != column.column_id || !column.type.is_integer()) return std::nullopt;
    // A bare number is true when it is not 0.
    ColumnIntervals result;
    auto intervals = compare_with("ne", Value(std::int64_t{0}), types::FieldType::bigint(), column);
    if (!intervals.has_value()) return std::nullopt;
    result.intervals = std::move(*intervals);
    return result;
  }
  const FunctionCall* call = as_call(condition);
  if (call == nullptr) return std::nullopt;
  const std::string_view name = call->name();
  const auto children = call->children();
  if (!mirrored_comparison(name).empty()) return comparison(name, *call, column);
  if (name == "in") return in_list(*call, column);
  if (name == "like") return like_prefix(*call, column);
  if (name == "or") return disjunction(*call, column);
  if (name == "isnull" && is_column(*children[0], column)) {
    ColumnIntervals result;
    result.intervals = {{RangeBound::null(), RangeBound::null(), false, false}};
    return result;
  }
  if (name == "not") {
    const FunctionCall* inner = as_call(children[0]);
    if (inner == nullptr || inner->name() != "isnull" || !is_column(*inner->children()[0], column)) return std::nullopt;
    ColumnIntervals result;
    result.intervals = {{RangeBound::min_not_null(), RangeBound::maximum(), false, false}};
    return result;
  }
  if (name == "and") {
    ColumnIntervals result;
    result.intervals = {{RangeBound::null(), RangeBound::maximum(), false, false}};
    bool any = false;
    for (const ExpressionPtr& child : children) {
      poll();
      auto part = intervals_of(*child, column);
      if (!part.has_value()) {
        result.exact = false;
        continue;
      }
      any = true;
      result.exact &= part->exact;
      result.dynamic |= part->dynamic;
      result.unknown |= part->unknown;
      result.intervals =
          part->unknown ? part->intervals : intersect(result.intervals, part->intervals, column.type.collation);
    }
    if (!any) return std::nullopt;
    return result;
  }
  return std::nullopt;
}

IntervalSet Builder::intersect(const IntervalSet& a, const IntervalSet& b, const types::Collation* collation) const {
  IntervalSet result;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    poll();
    Interval both;
    const int low = compare_bounds(a[i].low, b[j].low, collation);
    both.low = low >= 0 ? a[i].low : b[j].low;
    both.low_exclusive = low == 0  ? a[i].low_exclusive || b[j].low_exclusive
                         : low > 0 ? a[i].low_exclusive
                                   : b[j].low_exclusive;
    const int high = compare_bounds(a[i].high, b[j].high, collation);
    both.high = high <= 0 ? a[i].high : b[j].high;
    both.high_exclusive = high == 0  ? a[i].high_exclusive || b[j].high_exclusive
                          : high < 0 ? a[i].high_exclusive
                                     : b[j].high_exclusive;
    if (!is_empty(both, collation)) result.push_back(std::move(both));
    if (high < 0 || (high == 0 && a[i].high_exclusive))
      ++i;
    else
      ++j;
  }
  return result;
}

IntervalSet Builder::intersect_all(std::vector<IntervalSet> sets, const types::Collation* collation) const {
  // Neighbours are merged, then the results: a set of `<>` grows with each condition, and is copied only as often as there are rounds.
  while (sets.size() > 1) {
    std::vector<IntervalSet> next;
    next.reserve(sets.size() / 2 + 1);
    for (std::size_t i = 0; i + 1 < sets.size(); i += 2) {
      poll();
      next.push_back(intersect(sets[i], sets[i + 1], collation));
    }
    if (sets.size() % 2 != 0) next.push_back(std::move(sets.back()));
    sets = std::move(next);
  }
  return std::move(sets.front());
}

IntervalSet Builder::unite(IntervalSet all, const types::Collation* collation) const {
  std::erase_if(all, [&](const Interval& interval) {
    poll();
    return is_empty(interval, collation);
  });
  std::sort(all.begin(), all.end(), [&](const Interval& a, const Interval& b) {
    poll();
    const int order = compare_bounds(a.low, b.low, collation);
    return order != 0 ? order < 0 : !a.low_exclusive && b.low_exclusive;
  });
  IntervalSet result;
  result.reserve(all.size());
  for (Interval& interval : all) {
    poll();
    if (!result.empty()) {
      Interval& last = result.back();
      const int gap = compare_bounds(last.high, interval.low, collation);
      if (gap > 0 || (gap == 0 && !(last.high_exclusive && interval.low_exclusive))) {
        const int high = compare_bounds(last.high, interval.high, collation);
        if (high < 0) {
          last.high = interval.high;
          last.high_exclusive = interval.high_exclusive;
        } else if (high == 0) {
          last.high_exclusive = last.high_exclusive && interval.high_exclusive;
        }
        continue;
      }
    }
    result.push_back(std::move(interval));
  }
  return result;
}

bool is_point_interval(const Interval& interval, const types::Collation* collation) {
  return !interval.low_exclusive && !interval.high_exclusive && interval.low.kind == RangeBound::Kind::kValue &&
         interval.high.kind == RangeBound::Kind::kValue && compare_bounds(interval.low, interval.high, collation) == 0;
}

BuiltRanges Builder::build(const std::vector<ExpressionPtr>& conditions) {
  BuiltRanges result;
  for (const RangeColumn& column : key_) result.ranges.key_column_ids.push_back(column.column_id);
  std::vector<bool> used(conditions.size(), false);
  std::vector<bool> inexact(conditions.size(), false);
  std::vector<ValueRange> ranges = {ValueRange{}};
  bool single_points = true;
  bool any_unknown = false;
  for (const RangeColumn& column : key_) {
    std::vector<IntervalSet> found;
    bool unknown = false;
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      poll();
      if (used[i]) continue;
      auto part = intervals_of(*conditions[i], column);
      if (!part.has_value()) continue;
      used[i] = true;
      inexact[i] = !part->exact || column.prefix_length >= 0;
      result.ranges.dynamic |= part->dynamic;
      if (part->unknown) found.clear();  // a placeholder cannot be intersected: it stands alone
      if (part->unknown || !unknown) found.push_back(std::move(part->intervals));
      unknown |= part->unknown;
    }
    if (found.empty()) break;
    IntervalSet intervals = intersect_all(std::move(found), column.type.collation);
    any_unknown |= unknown;
    if (ranges.size() * intervals.size() > kMostRanges && result.used_columns > 0) {
      // Too many combinations: the column's conditions are tested on the rows.
      for (std::size_t i = 0; i < conditions.size(); ++i) inexact[i] = inexact[i] || used[i];
      break;
    }
    ++result.used_columns;
    bool all_points = true;
    std::vector<ValueRange> extended;
    extended.reserve(ranges.size() * intervals.size());
    const bool is_only_use = ranges.size() == 1;
    for (const ValueRange& prefix : ranges) {
      for (Interval& interval : intervals) {
        poll();
        all_points = all_points && is_point_interval(interval, column.type.collation);
        ValueRange range;
        range.low.reserve(prefix.low.size() + 1);
        range.high.reserve(prefix.high.size() + 1);
        range.low = prefix.low;
        range.high = prefix.high;
        range.low.push_back(is_only_use ? std::move(interval.low) : interval.low);
        range.high.push_back(is_only_use ? std::move(interval.high) : interval.high);
        range.low_exclusive = interval.low_exclusive;
        range.high_exclusive = interval.high_exclusive;
        extended.push_back(std::move(range));
      }
    }
    ranges = std::move(extended);
    single_points = single_points && intervals.size() <= 1;
    if (ranges.empty() || !all_points) break;
    ++result.equal_columns;
    if (column.prefix_length >= 0) break;  // equal prefixes do not fix the value
  }
  result.single_point_columns = single_points && result.equal_columns > 0;
  if (result.used_columns == 0) {
    if (try_disjunctions(conditions, result)) return result;
    result.remaining = conditions;
    return result;
  }
  result.ranges.full = false;
  result.ranges.values = std::move(ranges);
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    poll();
    if (used[i]) result.access.push_back(conditions[i]);
    if (!used[i] || inexact[i]) result.remaining.push_back(conditions[i]);
  }
  result.ranges.conditions = result.access;
  if (any_unknown) result.ranges.dynamic = true;
  return result;
}

/// An OR whose terms restrict the key together, such as (a = 1 AND b = 2) OR (a = 3 AND b > 4).
bool Builder::try_disjunctions(const std::vector<ExpressionPtr>& conditions, BuiltRanges& result) {
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const FunctionCall* call = as_call(conditions[i]);
    if (call == nullptr || call->name() != "or") continue;
    std::vector<ExpressionPtr> terms;
    std::vector<ExpressionPtr> pending(call->children().begin(), call->children().end());
    while (!pending.empty()) {
      poll();
      ExpressionPtr term = std::move(pending.back());
      pending.pop_back();
      if (const FunctionCall* inner = as_call(*term, "or"))
        pending.insert(pending.end(), inner->children().begin(), inner->children().end());
      else
        terms.push_back(std::move(term));
    }
    if (terms.size() > kMostRanges) continue;
    std::vector<ValueRange> all;
    bool usable = true;
    bool dynamic = false;
    for (const ExpressionPtr& term : terms) {
      stop_.poll();
      std::vector<ExpressionPtr> parts;
      expression::split_conjuncts(term, parts);
      BuiltRanges part = Builder(key_, context_, correlated_, stop_).build(parts);
      if (part.ranges.full) {
        usable = false;
        break;
      }
      dynamic |= part.ranges.dynamic;
      all.insert(all.end(), part.ranges.values.begin(), part.ranges.values.end());
    }
    if (!usable) continue;
    result.ranges.full = false;
    result.ranges.dynamic = dynamic;
    result.ranges.values = std::move(all);
    result.ranges.conditions = {conditions[i]};
    result.access = {conditions[i]};
    result.remaining = conditions;  // overlaps and unused parts are tested on the rows
    result.used_columns = 1;
    return true;
  }
  return false;
}

std::string bound_text(const RangeBound& bound, const types::FieldType& type) {
  switch (bound.kind) {
    case RangeBound::Kind::kMinNotNull:
      return "-inf";
    case RangeBound::Kind::kMaximum:
      return "+inf";
    case RangeBound::Kind::kValue:
      break;
  }
  if (bound.value.is_null()) return "NULL";
  if (bound.value.kind() == Value::Kind::kString || type.code == types::TypeCode::kEnum)
    return "\"" + types::format_value(bound.value, type) + "\"";
  return types::format_value(bound.value, type);
}

}  // namespace

BuiltRanges build_ranges(const std::vector<RangeColumn>& key, const std::vector<ExpressionPtr>& conditions,
                         expression::EvalContext* context, CorrelatedValues correlated, StopToken stop) {
  return Builder(key, context, correlated, stop).build(conditions);
}

bool is_point(const ValueRange& range, std::size_t column_count) {
  if (range.low.size() != column_count || range.low_exclusive || range.high_exclusive) return false;
  for (std::size_t i = 0; i < column_count; ++i) {
    const RangeBound& low = range.low[i];
    const RangeBound& high = range.high[i];
    if (low.kind != RangeBound::Kind::kValue || high.kind != RangeBound::Kind::kValue) return false;
    if (low.value.is_null() || !(low.value == high.value)) return false;
  }
  return true;
}

std::string to_string(const ValueRange& range, const std::vector<types::FieldType>& types) {
  const auto side = [&](const std::vector<RangeBound>& bounds) {
    std::string text;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      if (i > 0) text += ' ';
      text += bound_text(bounds[i], i < types.size() ? types[i] : types::FieldType::bigint());
    }
    return text;
  };
  std::string text(1, range.low_exclusive || range.low.back().kind == RangeBound::Kind::kMinNotNull ? '(' : '[');
  // TiDB prints the open beginning as [-inf and the beginning above NULL likewise.
  if (range.low.back().kind == RangeBound::Kind::kMinNotNull) text = "[";
  text += side(range.low) + "," + side(range.high);
  return text + (range.high_exclusive ? ')' : ']');
}

}  // namespace sluice::planner
