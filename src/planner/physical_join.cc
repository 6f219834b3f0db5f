#include <algorithm>

#include "base/check.h"
#include "catalog/name.h"
#include "catalog/table_info.h"
#include "expression/type_inference.h"
#include "planner/cost.h"
#include "planner/expression_tools.h"
#include "planner/hint_set.h"
#include "planner/physical_source.h"
#include "planner/table_keys.h"

namespace sluice::planner {

/// A join's conditions sorted by what they are.
struct PhysicalOptimizer::JoinParts {
  struct Key {
    OutputColumn left;
    OutputColumn right;
    bool null_safe = false;
  };
  std::vector<Key> keys;
  // Keys that are expressions become columns below the join.
  std::vector<ExpressionPtr> left_computed;
  std::vector<ExpressionPtr> right_computed;
  std::vector<OutputColumn> left_added;
  std::vector<OutputColumn> right_added;
  std::vector<ExpressionPtr> left_conditions;
  std::vector<ExpressionPtr> right_conditions;
  std::vector<ExpressionPtr> other_conditions;
  std::optional<Key> null_aware_key;
  JoinHints hints;
};

namespace {

void collect_sources(const LogicalNode& node, std::vector<const DataSource*>& out) {
  if (const auto* source = node.try_as<DataSource>()) out.push_back(source);
  for (const LogicalPtr& child : node.children) collect_sources(*child, out);
}

std::vector<std::string> aliases_of(const std::vector<const DataSource*>& sources) {
  std::vector<std::string> aliases;
  for (const DataSource* source : sources) aliases.push_back(catalog::to_lower(source->source.alias));
  return aliases;
}

bool names_any(const std::vector<std::string>& wanted, const std::vector<std::string>& aliases) {
  for (const std::string& alias : aliases) {
    if (std::find(wanted.begin(), wanted.end(), alias) != wanted.end()) return true;
  }
  return false;
}

bool is_string_like(const types::FieldType& type) { return physical_type(type) == types::PhysicalType::kString; }

/// Brings two sides of an equality to one physical type and collation; false if they do not compare by a key.
bool align_key(ExpressionPtr& left, ExpressionPtr& right, const expression::BuildContext& build) {
  const types::PhysicalType a = left->physical_type();
  const types::PhysicalType b = right->physical_type();
  if (a == types::PhysicalType::kJson || b == types::PhysicalType::kJson) return false;
  if (a == b && a == types::PhysicalType::kDecimal) {
    // Keys of decimals are bytes at one scale: a narrower one would round values of the other side into equality.
    const int scale = std::max(left->type().decimals, right->type().decimals);
    for (ExpressionPtr* side : {&left, &right}) {
      const expression::DecimalShape shape = expression::decimal_shape((*side)->type());
      if (shape.scale == scale) continue;
      if (shape.integer_digits() + scale > types::kMaxDecimalPrecision) return false;
      *side = expression::make_cast(*side, types::FieldType::decimal(shape.integer_digits() + scale, scale), build);
    }
    return true;
  }
  if (a == b) {
    if (!is_string_like(left->type())) return true;
    const types::CollationClaim claim = expression::resolve_claims(std::vector<ExpressionPtr>{left, right}, "=");
    if (claim.collation == nullptr) return left->type().collation == right->type().collation;
    for (ExpressionPtr* side : {&left, &right}) {
      if ((*side)->type().collation == claim.collation) continue;
      if ((*side)->type().collation == nullptr || (*side)->type().collation->charset != claim.collation->charset)
        return false;
      *side = expression::make_collate(*side, claim.collation, build);
    }
    return true;
  }
  const auto is_whole = [](types::PhysicalType type) {
    return type == types::PhysicalType::kInt64 || type == types::PhysicalType::kUInt64;
  };
  if (!is_whole(a) || !is_whole(b)) return false;
  // Signed beside unsigned: as decimals both keep their values.
  left = expression::make_cast(left, types::FieldType::decimal(20, 0), build);
  right = expression::make_cast(right, types::FieldType::decimal(20, 0), build);
  return true;
}

/// "eq(test.t.b, 1)" or "eq(test.t.d, test.s.a)" for a column of an index; the outer column alone for a record key.
std::string lookup_column_text(const catalog::IndexInfo* index, const RangeColumn& column, std::int64_t outer_column,
                               const ExpressionPtr& constant, const DataSource& inner,
                               const std::vector<OutputColumn>& outer) {
  std::string other;
  if (outer_column != 0)
    other = display_name(outer[static_cast<std::size_t>(find_position(outer, outer_column))]);
  else
    other = constant->to_string();
  if (index == nullptr) return other;
  std::string own;
  for (std::size_t i = 0; i < inner.all_column_ids.size(); ++i) {
    if (inner.all_column_ids[i] != column.column_id) continue;
    own = catalog::to_lower(inner.source.database + "." + inner.source.table->name.original + "." +
                            inner.source.table->columns[i].name.original);
  }
  return "eq(" + own + ", " + other + ")";
}

}  // namespace

PhysicalOptimizer::JoinPartsPtr PhysicalOptimizer::split_join(LogicalJoin& node) {
  auto parts = std::make_shared<JoinParts>();
  const ColumnSet left = node.children[0]->output_ids();
  const ColumnSet right = node.children[1]->output_ids();
  const auto as_key = [&](const ExpressionPtr& condition, JoinParts::Key& key) {
    const FunctionCall* equal = as_call(condition);
    if (equal == nullptr || (equal->name() != "eq" && equal->name() != "nulleq") || !condition->is_deterministic())
      return false;
    ExpressionPtr a = equal->children()[0];
    ExpressionPtr b = equal->children()[1];
    const auto is_side = [](const ExpressionPtr& side, const ColumnSet& own, const ColumnSet& other) {
      const ColumnSet used = columns_of(*side);
      return used.intersects(own) && !used.intersects(other);
    };
    if (is_side(a, right, left) && is_side(b, left, right)) std::swap(a, b);
    if (!is_side(a, left, right) || !is_side(b, right, left) || !align_key(a, b, build_)) return false;
    const auto place = [&](const ExpressionPtr& side, const LogicalNode& child, std::vector<ExpressionPtr>& computed,
                           std::vector<OutputColumn>& added) {
      if (const ColumnRef* column = as_column(side)) {
        return child.schema[static_cast<std::size_t>(find_position(child.schema, column->column_id()))];
      }
      for (std::size_t i = 0; i < computed.size(); ++i) {
        if (computed[i]->equals(*side)) return added[i];
      }
      OutputColumn column;
      column.column_id = next_column_id_();
      column.type = side->type();
      computed.push_back(side);
      added.push_back(column);
      return column;
    };
    key.left = place(a, *node.children[0], parts->left_computed, parts->left_added);
    key.right = place(b, *node.children[1], parts->right_computed, parts->right_added);
    key.null_safe = equal->name() == "nulleq";
    return true;
  };
  for (const ExpressionPtr& condition : node.conditions) {
    JoinParts::Key key;
    if (as_key(condition, key)) {
      parts->keys.push_back(std::move(key));
      continue;
    }
    const ColumnSet used = columns_of(*condition);
    if (used.intersects(left) && !used.intersects(right))
      parts->left_conditions.push_back(condition);
    else if (used.intersects(right) && !used.intersects(left))
      parts->right_conditions.push_back(condition);
    else
      parts->other_conditions.push_back(condition);
  }
  if (node.null_aware_conditions.size() == 1) {
    JoinParts::Key key;
    if (as_call(node.null_aware_conditions[0]) != nullptr && as_call(*node.null_aware_conditions[0], "eq") != nullptr &&
        as_key(node.null_aware_conditions[0], key)) {
      parts->null_aware_key = std::move(key);
    }
  }
  std::vector<const DataSource*> left_sources;
  std::vector<const DataSource*> right_sources;
  collect_sources(*node.children[0], left_sources);
  collect_sources(*node.children[1], right_sources);
  for (const auto* sources : {&left_sources, &right_sources}) {
    if (sources->empty() || sources->front()->block_hints == nullptr) continue;
    parts->hints = join_hints(*sources->front()->block_hints, aliases_of(left_sources), aliases_of(right_sources));
    break;
  }
  return parts;
}

void PhysicalOptimizer::fill_join(JoinPlan& plan, const LogicalJoin& node, const JoinParts& parts, PlanPtr left,
                                  PlanPtr right) {
  plan.type = node.type;
  left = with_computed(std::move(left), parts.left_computed, parts.left_added);
  right = with_computed(std::move(right), parts.right_computed, parts.right_added);
  const auto place = [&](const JoinParts::Key& key) {
    JoinKey placed{find_position(left->schema, key.left.column_id), find_position(right->schema, key.right.column_id),
                   key.null_safe};
    SLUICE_CHECK(placed.left_position >= 0 && placed.right_position >= 0, "a join key is not in the input");
    return placed;
  };
  for (const JoinParts::Key& key : parts.keys) plan.keys.push_back(place(key));
  if (parts.null_aware_key.has_value()) plan.null_aware_key = place(*parts.null_aware_key);
  std::vector<OutputColumn> both = left->schema;
  both.insert(both.end(), right->schema.begin(), right->schema.end());
  for (const ExpressionPtr& condition : parts.left_conditions)
    plan.left_conditions.push_back(resolve_positions(condition, left->schema, context_.stop));
  for (const ExpressionPtr& condition : parts.right_conditions)
    plan.right_conditions.push_back(resolve_positions(condition, right->schema, context_.stop));
  for (const ExpressionPtr& condition : parts.other_conditions)
    plan.other_conditions.push_back(resolve_positions(condition, both, context_.stop));
  for (const ExpressionPtr& condition : node.null_aware_conditions)
    plan.null_aware_conditions.push_back(resolve_positions(condition, both, context_.stop));
  if (node.has_mark()) {
    plan.schema = left->schema;
    plan.schema.push_back(node.schema.back());
  } else if (node.is_semi_kind()) {
    plan.schema = left->schema;
  } else {
    plan.schema = std::move(both);
    const std::size_t left_count = left->schema.size();
    for (std::size_t i = 0; i < plan.schema.size(); ++i) {
      const bool optional = (node.type == JoinType::kLeftOuter && i >= left_count) ||
                            (node.type == JoinType::kRightOuter && i < left_count);
      if (optional) plan.schema[i].type.clear_flag(types::field_flag::kNotNull);
    }
  }
  plan.children.push_back(std::move(left));
  plan.children.push_back(std::move(right));
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::hash_join(LogicalJoin& node, const JoinPartsPtr& parts,
                                                             int build_child) {
  const CandidatePtr left = best(*node.children[0], {});
  const CandidatePtr right = best(*node.children[1], {});
  const double build_rows = build_child == 0 ? left->rows : right->rows;
  const double probe_rows = build_child == 0 ? right->rows : left->rows;
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = cardinality_.rows(node);
  candidate->cost = left->cost + right->cost + build_rows * cost::kHashBuildRow + probe_rows * cost::kHashProbeRow +
                    candidate->rows * cost::kJoinOutputRow;
  const bool hashes = !parts->keys.empty() || parts->null_aware_key.has_value();
  if (!hashes)
    candidate->cost +=
        build_rows * probe_rows * cost::kFilter * static_cast<double>(1 + parts->other_conditions.size());
  candidate->build = [this, left, right, parts, &node, build_child, rows = candidate->rows] {
    auto plan = make<HashJoinPlan>(rows);
    plan->build_child = build_child;
    PlanPtr left_plan = left->build();
    PlanPtr right_plan = right->build();
    fill_join(*plan, node, *parts, std::move(left_plan), std::move(right_plan));
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::merge_join(LogicalJoin& node, const JoinPartsPtr& parts,
                                                              const RequiredProperty& property) {
  if (parts->keys.empty() || !parts->left_computed.empty() || !parts->right_computed.empty() ||
      !node.null_aware_conditions.empty())
    return nullptr;
  if (node.type == JoinType::kLeftOuterSemi || node.type == JoinType::kAntiLeftOuterSemi) return nullptr;
  const bool from_right = node.type == JoinType::kRightOuter;
  bool descending = false;
  RequiredProperty left_order;
  RequiredProperty right_order;
  for (std::size_t i = 0; i < parts->keys.size(); ++i) {
    const JoinParts::Key& key = parts->keys[i];
    if (key.null_safe) return nullptr;
    if (i < property.order.keys.size()) {
      const RequiredOrder::Key& wanted = property.order.keys[i];
      const bool is_left = !from_right && wanted.column_id == key.left.column_id;
      const bool is_right = (from_right || node.type == JoinType::kInner) && wanted.column_id == key.right.column_id;
      if (!is_left && !is_right) return nullptr;
      if (i == 0)
        descending = wanted.descending;
      else if (descending != wanted.descending)
        return nullptr;
    }
    left_order.order.keys.push_back({key.left.column_id, descending});
    right_order.order.keys.push_back({key.right.column_id, descending});
  }
  if (property.order.keys.size() > parts->keys.size()) return nullptr;
  for (std::size_t i = 0; i < parts->keys.size(); ++i) {
    left_order.order.keys[i].descending = descending;
    right_order.order.keys[i].descending = descending;
  }
  const CandidatePtr left = best(*node.children[0], left_order);
  const CandidatePtr right = best(*node.children[1], right_order);
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = cardinality_.rows(node);
  candidate->cost =
      left->cost + right->cost + (left->rows + right->rows) * cost::kMergeRow + candidate->rows * cost::kJoinOutputRow;
  candidate->build = [this, left, right, parts, &node, descending, rows = candidate->rows] {
    auto plan = make<MergeJoinPlan>(rows);
    plan->descending = descending;
    PlanPtr left_plan = left->build();
    PlanPtr right_plan = right->build();
    fill_join(*plan, node, *parts, std::move(left_plan), std::move(right_plan));
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::index_join(LogicalJoin& node, const JoinPartsPtr& parts,
                                                              int inner_child, IndexJoinForm form,
                                                              const RequiredProperty& property) {
  auto* inner = node.children[static_cast<std::size_t>(inner_child)]->try_as<DataSource>();
  if (inner == nullptr || inner->is_memory_table || parts->keys.empty()) return nullptr;
  if (!(inner_child == 1 ? parts->right_computed : parts->left_computed).empty()) return nullptr;
  LogicalNode& outer_node = *node.children[static_cast<std::size_t>(1 - inner_child)];
  const ColumnSet outer_ids = outer_node.output_ids();
  for (const RequiredOrder::Key& key : property.order.keys) {
    if (!outer_ids.contains(key.column_id)) return nullptr;
  }
  if (!property.order.empty() && form == IndexJoinForm::kMerge) return nullptr;
  const CandidatePtr outer = best(outer_node, RequiredProperty{property.order, property.row_goal});
  const double outer_rows = std::min(outer->rows, std::max(property.row_goal, 1.0));

  // Outer keys may be columns that are computed below the join.
  std::vector<OutputColumn> outer_schema = outer_node.schema;
  const std::vector<OutputColumn>& computed = inner_child == 1 ? parts->left_added : parts->right_added;
  outer_schema.insert(outer_schema.end(), computed.begin(), computed.end());

  struct Lookup {
    ScanChoice choice;
    std::vector<std::int64_t> outer_columns;  // 0: a constant
    std::vector<ExpressionPtr> constants;
    double cost = 1e300;
    double rows = 0;
  };
  std::optional<Lookup> chosen;
  for (ScanChoice& choice : scan_choices(*inner)) {
    poll();
    Lookup lookup;
    bool joins = false;
    for (const RangeColumn& column : choice.key) {
      std::int64_t outer_column = 0;
      ExpressionPtr constant;
      for (const JoinParts::Key& key : parts->keys) {
        const OutputColumn& own = inner_child == 1 ? key.right : key.left;
        const OutputColumn& other = inner_child == 1 ? key.left : key.right;
        if (own.column_id != column.column_id) continue;
        // A null-safe key would need entries for NULL; records have none.
        if (key.null_safe && choice.index == nullptr) continue;
        if (is_string_like(own.type) && own.type.collation != other.type.collation) continue;
        outer_column = other.column_id;
        joins = true;
        break;
      }
      if (outer_column == 0) {
        for (const ExpressionPtr& condition : inner->conditions) {
          const FunctionCall* equal = as_call(*condition, "eq");
          if (equal == nullptr) continue;
          for (int side = 0; side < 2; ++side) {
            const ColumnRef* ref = as_column(equal->children()[static_cast<std::size_t>(side)]);
            const ExpressionPtr& other = equal->children()[static_cast<std::size_t>(1 - side)];
            const bool constant_side = !other->has_columns() && !other->has_correlated() && other->is_deterministic();
            if (ref == nullptr || ref->column_id() != column.column_id || !constant_side) continue;
            if (is_string_like(column.type) &&
                expression::resolve_claims(std::vector<ExpressionPtr>{equal->children()[0], equal->children()[1]}, "=")
                        .collation != column.type.collation)
              continue;
            constant = other;
          }
        }
        if (constant == nullptr) break;
      }
      if (!choice.lookup_text.empty()) choice.lookup_text += " ";
      choice.lookup_text += lookup_column_text(choice.index, column, outer_column, constant, *inner, outer_schema);
      lookup.outer_columns.push_back(outer_column);
      lookup.constants.push_back(std::move(constant));
      if (column.prefix_length >= 0) break;
    }
    if (!joins) continue;
    const double fetched = cardinality_.lookup_rows(*inner, choice.index, lookup.outer_columns.size());
    auto unbounded = std::make_shared<BuiltRanges>();
    for (const RangeColumn& column : choice.key) unbounded->ranges.key_column_ids.push_back(column.column_id);
    choice.built = std::move(unbounded);
    choice.range_rows = std::max(fetched * outer_rows, outer_rows > 0 ? 1e-2 : 0);
    choice.index_conditions.clear();
    choice.table_conditions.clear();
    for (const ExpressionPtr& condition : inner->conditions) {
      bool on_index = choice.index != nullptr && choice.covering;
      if (choice.index != nullptr && !choice.covering) on_index = covers(*inner, *choice.index, columns_of(*condition));
      (on_index ? choice.index_conditions : choice.table_conditions).push_back(condition);
    }
    double per_row = choice.index == nullptr ? cost::kScanRow : cost::kIndexScanRow;
    if (choice.index != nullptr && !choice.covering)
      per_row += cost::kLookUpRow * cardinality_.selectivity(*inner, choice.index_conditions);
    per_row += cost::kScanColumn * static_cast<double>(choice.needed.size()) +
               cost::kFilter * static_cast<double>(inner->conditions.size());
    lookup.cost = outer_rows * (cost::kSeek + fetched * per_row);
    lookup.rows = choice.range_rows * cardinality_.selectivity(*inner, inner->conditions);
    lookup.choice = std::move(choice);
    if (!chosen.has_value() || lookup.cost < chosen->cost) chosen = std::move(lookup);
  }
  if (!chosen.has_value()) return nullptr;
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = cardinality_.rows(node);
  const double scaled = outer->rows > 0 ? outer_rows / outer->rows : 1;
  candidate->cost =
      outer->cost + outer_rows * cost::kIndexJoinRow + chosen->cost + candidate->rows * scaled * cost::kJoinOutputRow;
  if (form == IndexJoinForm::kHash) candidate->cost *= 1.001;
  if (form == IndexJoinForm::kMerge) candidate->cost *= 1.002;
  candidate->build = [this, outer, inner, parts, &node, inner_child, form, lookup = *chosen,
                      keep = !property.order.empty(), rows = candidate->rows] {
    auto plan = make<IndexJoinPlan>(rows);
    plan->form = form;
    plan->inner_child = inner_child;
    plan->keep_outer_order = keep;
    PlanPtr outer_plan = outer->build();
    PlanPtr inner_plan = build_scan(*inner, lookup.choice, false, false, lookup.rows);
    // The scan that takes the ranges: the lowest node of the reader, or of a look-up's index side.
    const PhysicalPlan* scan = inner_plan.get();
    while (!scan->children.empty()) scan = scan->children[0].get();
    plan->inner_scan = scan;
    PlanPtr left = inner_child == 1 ? std::move(outer_plan) : std::move(inner_plan);
    PlanPtr right = inner_child == 1 ? std::move(inner_plan) : std::move(outer_plan);
    fill_join(*plan, node, *parts, std::move(left), std::move(right));
    const PhysicalPlan& outer_child = *plan->children[static_cast<std::size_t>(1 - inner_child)];
    for (std::size_t i = 0; i < lookup.outer_columns.size(); ++i) {
      LookupTemplate::Source source;
      if (lookup.outer_columns[i] != 0)
        source.outer_position = find_position(outer_child.schema, lookup.outer_columns[i]);
      else
        source.constant = lookup.constants[i];
      plan->lookup.sources.push_back(std::move(source));
    }
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

void PhysicalOptimizer::bind_correlated(LogicalJoin& node) {
  if (bound_.contains(&node)) return;
  std::vector<Bound>& bound = bound_[&node];
  const LogicalNode& left = *node.children[0];
  std::map<std::int64_t, ExpressionPtr> replacements;
  for (std::int64_t id : free_columns(*node.children[1])) {
    const int position = find_position(left.schema, id);
    if (position < 0) continue;  // an outer query's; bound by its own Apply
    const OutputColumn& column = left.schema[static_cast<std::size_t>(position)];
    auto slot = std::make_shared<types::Value>();
    bound.push_back({id, slot});
    replacements[id] = std::make_shared<expression::Correlated>(id, column.type, display_name(column), std::move(slot));
  }
  transform_expressions(*node.children[1], [&](const ExpressionPtr& expression) {
    return replace_columns(expression, [&](const ColumnRef& column) -> ExpressionPtr {
      const auto found = replacements.find(column.column_id());
      return found == replacements.end() ? nullptr : found->second;
    });
  });
  cardinality_.forget_ranges();
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::apply(LogicalJoin& node, const RequiredProperty& property) {
  for (const RequiredOrder::Key& key : property.order.keys) {
    if (find_position(node.children[0]->schema, key.column_id) < 0) return sorted(node, property);
  }
  bind_correlated(node);
  const CandidatePtr left = best(*node.children[0], property);
  const CandidatePtr right = best(*node.children[1], {});
  auto candidate = std::make_shared<Candidate>();
  candidate->rows = cardinality_.rows(node);
  candidate->cost = left->cost + std::min(left->rows, property.row_goal) * (right->cost + cost::kApplyRow);
  candidate->build = [this, left, right, &node, rows = candidate->rows] {
    used_apply_ = true;
    auto plan = make<ApplyPlan>(rows);
    JoinParts parts;
    parts.other_conditions = node.conditions;
    PlanPtr left_plan = left->build();
    PlanPtr right_plan = right->build();
    fill_join(*plan, node, parts, std::move(left_plan), std::move(right_plan));
    for (const Bound& bound : bound_.at(&node)) {
      plan->correlated.push_back(
          {find_position(plan->children[0]->schema, bound.column_id), bound.column_id, bound.slot});
    }
    return PlanPtr(std::move(plan));
  };
  return candidate;
}

PhysicalOptimizer::CandidatePtr PhysicalOptimizer::best_join(LogicalJoin& node, const RequiredProperty& property) {
  const bool is_apply =
      bound_.contains(&node) || free_columns(*node.children[1]).intersects(node.children[0]->output_ids());
  if (is_apply) return apply(node, property);
  const JoinPartsPtr parts = split_join(node);
  const JoinHints& hints = parts->hints;
  std::vector<const DataSource*> sources[2];
  collect_sources(*node.children[0], sources[0]);
  collect_sources(*node.children[1], sources[1]);
  const std::vector<std::string> aliases[2] = {aliases_of(sources[0]), aliases_of(sources[1])};

  CandidatePtr winner;
  CandidatePtr hinted;
  CandidatePtr forbidden;  // taken only where every method is
  const auto cheaper = [](CandidatePtr& best, const CandidatePtr& candidate) {
    if (best == nullptr || candidate->cost < best->cost) best = candidate;
  };
  const auto offer = [&](const CandidatePtr& candidate, std::uint16_t method) {
    if (candidate == nullptr) return;
    if ((hints.prefer & method) != 0) cheaper(hinted, candidate);
    cheaper((hints.forbid & method) != 0 ? forbidden : winner, candidate);
  };
  // Index joins: the outer side is the preserved one.
  for (int inner = 0; inner < 2; ++inner) {
    const bool possible = inner == 1 ? node.type != JoinType::kRightOuter
                                     : node.type == JoinType::kInner || node.type == JoinType::kRightOuter;
    if (!possible || !node.null_aware_conditions.empty()) continue;
    // A hint that names the tables of one side makes that side the inner one.
    const bool named = hints.inner_tables.empty() || names_any(hints.inner_tables, aliases[inner]);
    offer(index_join(node, parts, inner, IndexJoinForm::kLookUp, property), named ? JoinHints::kIndexLookUp : 0);
    if (named && (hints.prefer & JoinHints::kIndexHash) != 0)
      offer(index_join(node, parts, inner, IndexJoinForm::kHash, property), JoinHints::kIndexHash);
    if (named && (hints.prefer & JoinHints::kIndexMerge) != 0)
      offer(index_join(node, parts, inner, IndexJoinForm::kMerge, property), JoinHints::kIndexMerge);
  }
  offer(merge_join(node, parts, property), JoinHints::kMerge);
  if (property.order.empty()) {
    const bool may_build_left = node.type == JoinType::kInner || node.type == JoinType::kRightOuter;
    const bool may_build_right = node.type != JoinType::kRightOuter;
    const bool left_named = names_any(hints.build_tables, aliases[0]) || names_any(hints.probe_tables, aliases[1]);
    const bool right_named = names_any(hints.build_tables, aliases[1]) || names_any(hints.probe_tables, aliases[0]);
    // Hints that name both sides contradict each other: they choose neither.
    const bool must_build_left = may_build_left && left_named && !right_named;
    const bool must_build_right = may_build_right && right_named && !left_named;
    if (may_build_right && !must_build_left) offer(hash_join(node, parts, 1), JoinHints::kHash);
    if (may_build_left && !must_build_right) offer(hash_join(node, parts, 0), JoinHints::kHash);
  } else {
    const CandidatePtr unordered = best(node, {});
    const double with_sort = unordered->cost + cost::sort(unordered->rows);
    if (hinted != nullptr) return hinted;
    if (winner == nullptr || with_sort < winner->cost || hints.prefer != 0) return sorted(node, property);
  }
  if (hinted != nullptr) return hinted;
  return winner != nullptr ? winner : forbidden;
}

}  // namespace sluice::planner
