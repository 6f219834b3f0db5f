#include "planner/explain_info.h"

#include "catalog/name.h"
#include "catalog/table_info.h"
#include "planner/expression_tools.h"
#include "planner/physical_plan.h"
#include "planner/range_builder.h"
#include "planner/table_keys.h"

namespace sluice::planner {

namespace {

bool is_full(const AccessRanges& ranges) { return ranges.full; }

std::string yes_no(bool value) { return value ? "true" : "false"; }

std::string list(const std::vector<ExpressionPtr>& expressions, std::string_view separator = ", ") {
  return join_texts(expressions, separator);
}

std::string index_text(const catalog::TableInfo& table, const catalog::IndexInfo& index) {
  std::string text = index.name.original + "(";
  for (std::size_t i = 0; i < index.columns.size(); ++i) {
    if (i > 0) text += ", ";
    const catalog::ColumnInfo& column = table.columns[static_cast<std::size_t>(index.columns[i].offset)];
    text += column.hidden && column.is_generated() ? column.generated_expression : index.columns[i].name.original;
  }
  return text + ")";
}

std::string ranges_text(const AccessRanges& ranges, const std::vector<RangeColumn>& key) {
  if (ranges.dynamic) return "range: decided by [" + list(ranges.conditions, " ") + "], ";
  if (ranges.full) return {};
  std::vector<types::FieldType> types;
  for (const RangeColumn& column : key) types.push_back(column.type);
  std::string text = "range:";
  constexpr std::size_t kMostPrinted = 1'000;
  for (std::size_t i = 0; i < ranges.values.size() && i < kMostPrinted; ++i) {
    if (i > 0) text += ", ";
    text += to_string(ranges.values[i], types);
  }
  return text + ", ";
}

std::string scan_tail(bool keep_order, bool descending, bool pseudo) {
  std::string text = "keep order:" + yes_no(keep_order);
  if (descending) text += ", desc";
  if (pseudo) text += ", stats:pseudo";
  return text;
}

std::string named(const PhysicalPlan& node, NameStyle style) {
  std::string text(operator_name(node));
  if (style == NameStyle::kNumbered) text += "_" + std::to_string(node.id);
  return text;
}

std::string column_name(const OutputColumn& column) { return display_name(column); }

std::string aggregate_info(const AggregatePlan& plan) {
  std::string text;
  if (!plan.group_by.empty()) text = "group by:" + list(plan.group_by) + ", ";
  std::size_t at = 0;
  const auto add = [&](const std::string& function) {
    text += (at > 0 ? ", funcs:" : "funcs:") + function + "->" + column_name(plan.schema[at]);
    ++at;
  };
  for (const auto& function : plan.aggregates) add(function.to_string());
  for (int group : plan.group_outputs)
    add("firstrow(" + plan.group_by[static_cast<std::size_t>(group)]->to_string() + ")");
  return text;
}

std::string keys_text(const std::vector<SortKey>& keys) {
  std::string text;
  for (const SortKey& key : keys) {
    if (!text.empty()) text += ", ";
    text += key.expression->to_string();
    if (key.descending) text += ":desc";
  }
  return text;
}

std::string_view join_type_name(JoinType type) {
  switch (type) {
    case JoinType::kInner:
      return "inner join";
    case JoinType::kLeftOuter:
      return "left outer join";
    case JoinType::kRightOuter:
      return "right outer join";
    case JoinType::kSemi:
      return "semi join";
    case JoinType::kAntiSemi:
      return "anti semi join";
    case JoinType::kLeftOuterSemi:
      return "left outer semi join";
    case JoinType::kAntiLeftOuterSemi:
      return "anti left outer semi join";
  }
  return "";
}

std::string key_name(const JoinPlan& plan, const JoinKey& key, int side) {
  const int position = side == 0 ? key.left_position : key.right_position;
  return column_name(plan.children[static_cast<std::size_t>(side)]->schema[static_cast<std::size_t>(position)]);
}

std::string equal_text(const JoinPlan& plan, const JoinKey& key) {
  return std::string(key.null_safe ? "nulleq(" : "eq(") + key_name(plan, key, 0) + ", " + key_name(plan, key, 1) + ")";
}

std::string join_conditions(const JoinPlan& plan, bool with_equal) {
  std::string text;
  if (with_equal && (!plan.keys.empty() || plan.null_aware_key.has_value())) {
    text += ", equal:[";
    bool first = true;
    for (const JoinKey& key : plan.keys) {
      if (!first) text += " ";
      text += equal_text(plan, key);
      first = false;
    }
    if (plan.null_aware_key.has_value()) text += (first ? "" : " ") + equal_text(plan, *plan.null_aware_key);
    text += "]";
  }
  if (!plan.left_conditions.empty()) text += ", left cond:[" + list(plan.left_conditions, " ") + "]";
  if (!plan.right_conditions.empty()) text += ", right cond:" + list(plan.right_conditions, " ");
  std::vector<ExpressionPtr> other = plan.other_conditions;
  if (!plan.null_aware_key.has_value())
    other.insert(other.end(), plan.null_aware_conditions.begin(), plan.null_aware_conditions.end());
  if (!other.empty()) text += ", other cond:" + list(other);
  return text;
}

std::string join_info(const JoinPlan& plan) {
  std::string text;
  if (plan.null_aware_key.has_value()) text += "Null-aware ";
  if (plan.keys.empty() && !plan.null_aware_key.has_value()) text += "CARTESIAN ";
  return text.append(join_type_name(plan.type)) + join_conditions(plan, true);
}

std::string merge_join_info(const MergeJoinPlan& plan) {
  std::string left;
  std::string right;
  for (const JoinKey& key : plan.keys) {
    left += (left.empty() ? "" : ", ") + key_name(plan, key, 0);
    right += (right.empty() ? "" : ", ") + key_name(plan, key, 1);
  }
  return std::string(join_type_name(plan.type)) + ", left key:" + left + ", right key:" + right +
         join_conditions(plan, false);
}

std::string index_join_info(const IndexJoinPlan& plan, NameStyle style) {
  const int inner = plan.inner_child;
  std::string outer_keys;
  std::string inner_keys;
  std::string equal;
  for (const JoinKey& key : plan.keys) {
    outer_keys += (outer_keys.empty() ? "" : ", ") + key_name(plan, key, 1 - inner);
    inner_keys += (inner_keys.empty() ? "" : ", ") + key_name(plan, key, inner);
    equal += (equal.empty() ? "" : ", ") + std::string(key.null_safe ? "nulleq(" : "eq(") +
             key_name(plan, key, 1 - inner) + ", " + key_name(plan, key, inner) + ")";
  }
  return std::string(join_type_name(plan.type)) +
         ", inner:" + named(*plan.children[static_cast<std::size_t>(inner)], style) + ", outer key:" + outer_keys +
         ", inner key:" + inner_keys + ", equal cond:" + equal + join_conditions(plan, false);
}

std::string point_info(const catalog::TableInfo& table, const catalog::IndexInfo* index,
                       const std::vector<ExpressionPtr>& key, bool lock) {
  std::string text;
  if (index == nullptr && !table.is_common_handle) text = "handle:" + key[0]->to_string();
  if (lock) text += text.empty() ? "lock" : ", lock";
  return text;
}

std::string limit_text(const LimitBounds& bounds) {
  const auto number = [](std::uint64_t fixed, const ExpressionPtr& expression) {
    return expression != nullptr ? expression->to_string() : std::to_string(fixed);
  };
  return "offset:" + number(bounds.offset, bounds.offset_expression) +
         ", count:" + number(bounds.count, bounds.count_expression);
}

std::string schema_text(const std::vector<ExpressionPtr>& expressions, const std::vector<OutputColumn>& schema) {
  std::string text;
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    if (i > 0) text += ", ";
    text += expressions[i]->to_string();
    if (as_column(expressions[i]) == nullptr) text += "->" + column_name(schema[i]);
  }
  return text;
}

}  // namespace

std::string_view operator_name(const PhysicalPlan& node) {
  switch (node.kind) {
    case PlanKind::kTableReader:
      return "TableReader";
    case PlanKind::kIndexReader:
      return "IndexReader";
    case PlanKind::kIndexLookUp:
      return "IndexLookUp";
    case PlanKind::kTableScan: {
      const auto& scan = static_cast<const TableScanPlan&>(node);
      if (scan.is_row_id_scan) return "TableRowIDScan";
      return is_full(scan.ranges) && !scan.takes_lookup_ranges ? "TableFullScan" : "TableRangeScan";
    }
    case PlanKind::kIndexScan: {
      const auto& scan = static_cast<const IndexScanPlan&>(node);
      return is_full(scan.ranges) && !scan.takes_lookup_ranges ? "IndexFullScan" : "IndexRangeScan";
    }
    case PlanKind::kPointGet:
      return "Point_Get";
    case PlanKind::kBatchPointGet:
      return "Batch_Point_Get";
    case PlanKind::kMemTableScan:
      return "MemTableScan";
    case PlanKind::kTableDual:
      return "TableDual";
    case PlanKind::kSelection:
      return "Selection";
    case PlanKind::kProjection:
      return "Projection";
    case PlanKind::kLimit:
      return "Limit";
    case PlanKind::kSort:
      return "Sort";
    case PlanKind::kTopN:
      return "TopN";
    case PlanKind::kHashAggregate:
      return "HashAgg";
    case PlanKind::kStreamAggregate:
      return "StreamAgg";
    case PlanKind::kMaxOneRow:
      return "MaxOneRow";
    case PlanKind::kUnionAll:
      return "Union";
    case PlanKind::kSelectLock:
      return "SelectLock";
    case PlanKind::kHashJoin:
      return "HashJoin";
    case PlanKind::kMergeJoin:
      return "MergeJoin";
    case PlanKind::kIndexJoin:
      switch (static_cast<const IndexJoinPlan&>(node).form) {
        case IndexJoinForm::kLookUp:
          return "IndexJoin";
        case IndexJoinForm::kHash:
          return "IndexHashJoin";
        case IndexJoinForm::kMerge:
          return "IndexMergeJoin";
      }
      return "IndexJoin";
    case PlanKind::kApply:
      return "Apply";
    case PlanKind::kCteScan:
      return "CTEFullScan";
    case PlanKind::kCteTable:
      return "CTETable";
    case PlanKind::kWindow:
      return "Window";
    case PlanKind::kInsert:
      return "Insert";
    case PlanKind::kUpdate:
      return "Update";
    case PlanKind::kDelete:
      return "Delete";
    case PlanKind::kLoadData:
      return "LoadData";
  }
  return "";
}

std::string access_object(const PhysicalPlan& node) {
  switch (node.kind) {
    case PlanKind::kTableScan:
      return "table:" + static_cast<const TableScanPlan&>(node).source.alias;
    case PlanKind::kIndexScan: {
      const auto& scan = static_cast<const IndexScanPlan&>(node);
      return "table:" + scan.source.alias + ", index:" + index_text(*scan.source.table, *scan.index);
    }
    case PlanKind::kPointGet:
    case PlanKind::kBatchPointGet: {
      const bool single = node.kind == PlanKind::kPointGet;
      const TableReference& source =
          single ? static_cast<const PointGetPlan&>(node).source : static_cast<const BatchPointGetPlan&>(node).source;
      const catalog::IndexInfo* index =
          single ? static_cast<const PointGetPlan&>(node).index : static_cast<const BatchPointGetPlan&>(node).index;
      std::string text = "table:" + source.alias;
      if (index == nullptr && source.table->is_common_handle) {
        return text + ", clustered index:" + index_text(*source.table, *source.table->primary_index());
      }
      if (index != nullptr) text += ", index:" + index_text(*source.table, *index);
      return text;
    }
    case PlanKind::kMemTableScan:
      return "table:" + static_cast<const MemTableScanPlan&>(node).source.table->name.original;
    case PlanKind::kCteScan: {
      const auto& scan = static_cast<const CteScanPlan&>(node);
      const std::string name = catalog::to_lower(scan.definition->name);
      const std::string alias = catalog::to_lower(scan.alias);
      return name == alias || alias.empty() ? "CTE:" + name : "CTE:" + name + " AS " + alias;
    }
    default:
      return "";
  }
}

std::string operator_info(const PhysicalPlan& node, NameStyle style) {
  switch (node.kind) {
    case PlanKind::kTableReader:
      return "data:" + named(*node.children[0], style);
    case PlanKind::kIndexReader:
      return "index:" + named(*node.children[0], style);
    case PlanKind::kIndexLookUp: {
      const auto& plan = static_cast<const IndexLookUpPlan&>(node);
      if (!plan.pushed_limit_offset.has_value()) return "";
      return "limit embedded(offset:" + std::to_string(*plan.pushed_limit_offset) +
             ", count:" + std::to_string(plan.pushed_limit_count) + ")";
    }
    case PlanKind::kTableScan: {
      const auto& scan = static_cast<const TableScanPlan&>(node);
      std::string text;
      if (scan.takes_lookup_ranges)
        text = "range: decided by [" + scan.lookup_text + "], ";
      else if (!scan.is_row_id_scan)
        text = ranges_text(scan.ranges, key_columns(*scan.source.table, nullptr, {}));
      return text + scan_tail(scan.keep_order, scan.descending, scan.pseudo_statistics);
    }
    case PlanKind::kIndexScan: {
      const auto& scan = static_cast<const IndexScanPlan&>(node);
      const std::string text = scan.takes_lookup_ranges
                                   ? "range: decided by [" + scan.lookup_text + "], "
                                   : ranges_text(scan.ranges, key_columns(*scan.source.table, scan.index, {}));
      return text + scan_tail(scan.keep_order, scan.descending, scan.pseudo_statistics);
    }
    case PlanKind::kPointGet: {
      const auto& plan = static_cast<const PointGetPlan&>(node);
      return point_info(*plan.source.table, plan.index, plan.key, plan.lock.has_value());
    }
    case PlanKind::kBatchPointGet: {
      const auto& plan = static_cast<const BatchPointGetPlan&>(node);
      std::string text;
      if (plan.index == nullptr && !plan.source.table->is_common_handle) {
        text = "handle:[";
        for (std::size_t i = 0; i < plan.keys.size(); ++i) text += (i > 0 ? " " : "") + plan.keys[i][0]->to_string();
        text += "], ";
      }
      return text + "keep order:" + yes_no(plan.keep_order) + ", desc:" + yes_no(plan.descending) +
             (plan.lock ? ", lock" : "");
    }
    case PlanKind::kMemTableScan:
      return "";
    case PlanKind::kTableDual:
      return "rows:" + std::to_string(static_cast<const TableDualPlan&>(node).row_count);
    case PlanKind::kSelection:
      return list(static_cast<const SelectionPlan&>(node).conditions);
    case PlanKind::kProjection: {
      const auto& plan = static_cast<const ProjectionPlan&>(node);
      return schema_text(plan.expressions, plan.schema);
    }
    case PlanKind::kLimit:
      return limit_text(static_cast<const LimitPlan&>(node).bounds);
    case PlanKind::kSort:
      return keys_text(static_cast<const SortPlan&>(node).keys);
    case PlanKind::kTopN: {
      const auto& plan = static_cast<const TopNPlan&>(node);
      return keys_text(plan.keys) + ", " + limit_text(plan.bounds);
    }
    case PlanKind::kHashAggregate:
    case PlanKind::kStreamAggregate:
      return aggregate_info(static_cast<const AggregatePlan&>(node));
    case PlanKind::kSelectLock: {
      const auto& plan = static_cast<const SelectLockPlan&>(node);
      if (plan.strength == LockStrength::kShare) return "for share 0";
      switch (plan.request.wait) {
        case LockWait::kWait:
          return "for update 0";
        case LockWait::kNoWait:
          return "for update nowait 0";
        case LockWait::kSkipLocked:
          return "for update skip locked 0";
        case LockWait::kSeconds:
          return "for update wait " + std::to_string(plan.request.wait_seconds);
      }
      return "";
    }
    case PlanKind::kHashJoin:
      return join_info(static_cast<const JoinPlan&>(node));
    case PlanKind::kApply:
      return join_info(static_cast<const JoinPlan&>(node));
    case PlanKind::kMergeJoin:
      return merge_join_info(static_cast<const MergeJoinPlan&>(node));
    case PlanKind::kIndexJoin:
      return index_join_info(static_cast<const IndexJoinPlan&>(node), style);
    case PlanKind::kCteScan:
      return "data:CTE_" + std::to_string(static_cast<const CteScanPlan&>(node).definition->id);
    case PlanKind::kCteTable:
      return "Scan on CTE_" + std::to_string(static_cast<const CteTablePlan&>(node).cte_id);
    case PlanKind::kInsert:
    case PlanKind::kUpdate:
    case PlanKind::kDelete:
    case PlanKind::kLoadData:
      return "N/A";
    case PlanKind::kMaxOneRow:
    case PlanKind::kUnionAll:
    case PlanKind::kWindow:
      return "";
  }
  return "";
}

}  // namespace sluice::planner
