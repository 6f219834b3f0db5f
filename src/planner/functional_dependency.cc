#include "planner/functional_dependency.h"

#include "catalog/table_info.h"
#include "planner/expression_tools.h"

namespace sluice::planner {

namespace {

/// Adds what one equality determines; returns whether something was added.
bool apply_equality(const Expression& condition, const ColumnSet& produced, ColumnSet& known) {
  const FunctionCall* equal = as_call(condition, "eq");
  if (equal == nullptr) return false;
  bool changed = false;
  for (int side = 0; side < 2; ++side) {
    const ColumnRef* column = as_column(equal->children()[static_cast<std::size_t>(side)]);
    if (column == nullptr || known.contains(column->column_id())) continue;
    const Expression& other = *equal->children()[static_cast<std::size_t>(1 - side)];
    ColumnSet needed = columns_of(other);
    // Columns of an outer query are constants here.
    bool all = other.is_deterministic();
    for (std::int64_t id : needed) all = all && (known.contains(id) || !produced.contains(id));
    if (!all) continue;
    known.insert(column->column_id());
    changed = true;
  }
  return changed;
}

/// Whether some key of the table lies within `known`.
/// `not_null`: columns that conditions keep from being NULL.
bool covers_a_key(const DataSource& source, const ColumnSet& known, const ColumnSet& not_null) {
  const catalog::TableInfo& table = *source.source.table;
  const auto all_known = [&](const std::vector<std::int64_t>& ids) {
    for (std::int64_t id : ids) {
      if (!known.contains(id)) return false;
    }
    return !ids.empty();
  };
  if (all_known(source.handle_ids)) return true;
  for (const catalog::IndexInfo& index : table.indexes) {
    if (!index.unique || !index.is_public()) continue;
    bool covered = true;
    for (const catalog::IndexColumn& part : index.columns) {
      const auto offset = static_cast<std::size_t>(part.offset);
      covered = covered && !part.is_prefix() && known.contains(source.all_column_ids[offset]) &&
                (table.columns[offset].type.not_null() || not_null.contains(source.all_column_ids[offset]));
    }
    if (covered) return true;
  }
  return false;
}

/// Whether `known` holds all that the rows are grouped by: what the aggregate still returns of it may be less.
bool fixes_group(const LogicalAggregate& aggregate, const ColumnSet& known) {
  if (aggregate.group_outputs.size() != aggregate.group_by.size()) return false;
  for (std::size_t i = 0; i < aggregate.group_outputs.size(); ++i) {
    if (!known.contains(aggregate.schema[aggregate.aggregates.size() + i].column_id)) return false;
  }
  return true;
}

/// Columns that equalities above them keep from being NULL: those of selections and inner joins.
void collect_not_null(const LogicalNode& node, ColumnSet& out) {
  const auto collect = [&](const std::vector<ExpressionPtr>& conditions) {
    for (const ExpressionPtr& condition : conditions) {
      const FunctionCall* const equal = as_call(*condition, "eq");
      if (equal == nullptr) continue;
      for (const ExpressionPtr& side : equal->children()) {
        if (const ColumnRef* column = as_column(side)) out.insert(column->column_id());
      }
    }
  };
  if (node.kind == LogicalKind::kSelection) collect(node.as<LogicalSelection>().conditions);
  if (node.kind == LogicalKind::kDataSource) collect(node.as<DataSource>().conditions);
  if (const auto* join = node.try_as<LogicalJoin>()) {
    if (join->type == JoinType::kInner || join->type == JoinType::kSemi) collect(join->conditions);
  }
  for (const LogicalPtr& child : node.children) collect_not_null(*child, out);
}

/// What determined_columns() knows of the whole tree.
struct Facts {
  ColumnSet produced;
  ColumnSet not_null;
};

bool grow(const LogicalNode& node, const Facts& facts, ColumnSet& known);

/// An outer join: each row of `preserved` stays; its partner is determined when the condition picks one by a key.
bool grow_outer_join(const LogicalJoin& join, const LogicalNode& preserved, const LogicalNode& optional,
                     const Facts& facts, ColumnSet& known) {
  bool changed = grow(preserved, facts, known);
  ColumnSet inner = known;
  bool more = true;
  while (more) {
    more = false;
    for (const ExpressionPtr& condition : join.conditions) more |= apply_equality(*condition, facts.produced, inner);
    more |= grow(optional, facts, inner);
  }
  if (inner.contains_all(optional.output_ids()) && !known.contains_all(inner)) {
    known.insert(inner);
    changed = true;
  }
  return changed;
}

bool grow(const LogicalNode& node, const Facts& facts, ColumnSet& known) {
  const ColumnSet& produced = facts.produced;
  bool changed = false;
  const auto equalities = [&](const std::vector<ExpressionPtr>& conditions) {
    for (const ExpressionPtr& condition : conditions) changed |= apply_equality(*condition, produced, known);
  };
  switch (node.kind) {
    case LogicalKind::kDataSource: {
      const auto& source = node.as<DataSource>();
      equalities(source.conditions);
      ColumnSet all = node.output_ids();
      if (!known.contains_all(all) && covers_a_key(source, known, facts.not_null)) {
        known.insert(all);
        changed = true;
      }
      return changed;
    }
    case LogicalKind::kSelection:
      equalities(node.as<LogicalSelection>().conditions);
      break;
    case LogicalKind::kJoin: {
      const auto& join = node.as<LogicalJoin>();
      if (join.type == JoinType::kInner || join.type == JoinType::kSemi) equalities(join.conditions);
      const LogicalNode& left = *node.children[0];
      const LogicalNode& right = *node.children[1];
      if (join.type == JoinType::kRightOuter) return grow_outer_join(join, right, left, facts, known) || changed;
      if (join.type == JoinType::kLeftOuter) return grow_outer_join(join, left, right, facts, known) || changed;
      changed |= grow(left, facts, known);
      if (join.type == JoinType::kInner) changed |= grow(right, facts, known);
      return changed;
    }
    case LogicalKind::kProjection: {
      const auto& projection = node.as<LogicalProjection>();
      changed |= grow(*node.children[0], facts, known);
      for (std::size_t i = 0; i < projection.expressions.size(); ++i) {
        const std::int64_t id = projection.schema[i].column_id;
        if (known.contains(id) || !projection.expressions[i]->is_deterministic()) continue;
        bool all = true;
        for (std::int64_t used : columns_of(*projection.expressions[i]))
          all = all && (known.contains(used) || !produced.contains(used));
        if (!all) continue;
        known.insert(id);
        changed = true;
      }
      return changed;
    }
    case LogicalKind::kAggregate: {
      if (fixes_group(node.as<LogicalAggregate>(), known) && !known.contains_all(node.output_ids())) {
        known.insert(node.output_ids());
        changed = true;
      }
      return changed;
    }
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
    case LogicalKind::kLock:
    case LogicalKind::kMaxOneRow:
      break;
    default:
      return false;
  }
  return changed | grow(*node.children[0], facts, known);
}

void collect_produced(const LogicalNode& node, ColumnSet& out) {
  out.insert(node.output_ids());
  for (const LogicalPtr& child : node.children) collect_produced(*child, out);
}

}  // namespace

ColumnSet determined_columns(const LogicalNode& node, const ColumnSet& given) {
  Facts facts;
  collect_produced(node, facts.produced);
  collect_not_null(node, facts.not_null);
  ColumnSet known = given;
  while (grow(node, facts, known)) {
  }
  return known;
}

bool returns_one_row(const LogicalNode& node) {
  switch (node.kind) {
    case LogicalKind::kAggregate:
      return node.as<LogicalAggregate>().is_scalar();
    case LogicalKind::kMaxOneRow:
      return true;
    case LogicalKind::kDual:
      return node.as<LogicalDual>().row_count == 1;
    case LogicalKind::kProjection:
    case LogicalKind::kSort:
      return returns_one_row(*node.children[0]);
    case LogicalKind::kJoin: {
      const auto& join = node.as<LogicalJoin>();
      if (join.has_mark()) return returns_one_row(*node.children[0]);
      return join.type == JoinType::kInner && join.conditions.empty() && returns_one_row(*node.children[0]) &&
             returns_one_row(*node.children[1]);
    }
    default:
      return false;
  }
}

bool is_unique_for(const LogicalNode& node, const ColumnSet& given) {
  switch (node.kind) {
    case LogicalKind::kDual:
      return node.as<LogicalDual>().row_count <= 1;
    case LogicalKind::kMaxOneRow:
      return true;
    case LogicalKind::kAggregate:
      return node.as<LogicalAggregate>().is_scalar() ||
             fixes_group(node.as<LogicalAggregate>(), determined_columns(node, given));
    case LogicalKind::kLimit: {
      const LimitBounds& bounds = node.as<LogicalLimit>().bounds;
      return (bounds.count <= 1 && bounds.count_expression == nullptr) || is_unique_for(*node.children[0], given);
    }
    case LogicalKind::kProjection:
    case LogicalKind::kSelection:
    case LogicalKind::kSort:
    case LogicalKind::kLock: {
      if (node.kind != LogicalKind::kSelection) return is_unique_for(*node.children[0], given);
      // The selection's equalities count as well: look at the source below through the whole subtree.
      const ColumnSet determined = determined_columns(node, given);
      return is_unique_for(*node.children[0], determined);
    }
    case LogicalKind::kDataSource: {
      const auto& source = node.as<DataSource>();
      return covers_a_key(source, determined_columns(node, given), {});
    }
    case LogicalKind::kJoin: {
      const auto& join = node.as<LogicalJoin>();
      if (join.is_semi_kind()) return is_unique_for(*node.children[0], given);
      if (join.type != JoinType::kInner) return false;
      const ColumnSet determined = determined_columns(node, given);
      return is_unique_for(*node.children[0], determined) && is_unique_for(*node.children[1], determined);
    }
    default:
      return false;
  }
}

}  // namespace sluice::planner
