#include <algorithm>
#include <bit>
#include <limits>

#include "catalog/name.h"
#include "planner/cardinality.h"
#include "planner/expression_tools.h"
#include "planner/functional_dependency.h"
#include "planner/hint_set.h"
#include "planner/rewrite.h"

namespace sluice::planner {

namespace {

/// Up to so many relations every order is considered; beyond, the next best one is taken step by step.
constexpr std::size_t kMostEnumerated = 10;

/// A group of inner joins: relations, and the conditions between them.
struct JoinGroup {
  std::vector<LogicalPtr> relations;
  std::vector<ExpressionPtr> conditions;
};

bool is_reorderable(const LogicalNode& node) {
  const auto* join = node.try_as<LogicalJoin>();
  return join != nullptr && join->type == JoinType::kInner && !join->straight && !join->dependent &&
         join->null_aware_conditions.empty();
}

class JoinOrdering {
 public:
  explicit JoinOrdering(RewriteContext& context) : context_(context), cardinality_(context.eval, context.stop) {}

  LogicalPtr run(LogicalPtr node) {
    context_.stop.poll();
    if (!is_reorderable(*node)) {
      for (LogicalPtr& child : node->children) {
        const std::vector<OutputColumn> columns = child->schema;
        child = run(std::move(child));
        if (node->kind == LogicalKind::kUnionAll) child = with_layout(std::move(child), columns);
      }
      if (node->kind == LogicalKind::kJoin)
        set_join_schema(node->as<LogicalJoin>());
      else if (node->children.size() == 1 && keeps_schema(*node))
        node->schema = node->children[0]->schema;
      return node;
    }
    JoinGroup group;
    flatten(std::move(node), group);
    for (LogicalPtr& relation : group.relations) relation = run(std::move(relation));
    return order(std::move(group));
  }

 private:
  struct Edge {
    std::uint64_t mask = 0;  // relations that the condition mentions (of the first 64)
    double selectivity = 1;
    bool is_equality = false;
    bool used = false;
  };

  static bool keeps_schema(const LogicalNode& node) {
    return node.kind == LogicalKind::kSelection || node.kind == LogicalKind::kSort ||
           node.kind == LogicalKind::kLimit || node.kind == LogicalKind::kLock;
  }

  void flatten(LogicalPtr node, JoinGroup& group) {
    if (!is_reorderable(*node) || group.relations.size() >= 60) {
      group.relations.push_back(std::move(node));
      return;
    }
    auto& join = node->as<LogicalJoin>();
    group.conditions.insert(group.conditions.end(), join.conditions.begin(), join.conditions.end());
    flatten(std::move(join.children[0]), group);
    flatten(std::move(join.children[1]), group);
  }

  void prepare(const JoinGroup& group) {
    edges_.clear();
    rows_.clear();
    for (const LogicalPtr& relation : group.relations) rows_.push_back(std::max(cardinality_.rows(*relation), 1e-3));
    for (const ExpressionPtr& condition : group.conditions) {
      Edge edge;
      const ColumnSet used = columns_of(*condition);
      for (std::size_t i = 0; i < group.relations.size(); ++i) {
        if (used.intersects(group.relations[i]->output_ids())) edge.mask |= std::uint64_t{1} << i;
      }
      edge.selectivity = kDefaultSelectivity;
      const FunctionCall* equal = as_call(*condition, "eq");
      if (equal != nullptr && std::popcount(edge.mask) == 2) {
        edge.is_equality = true;
        double distinct = 1;
        for (const ExpressionPtr& side : equal->children()) {
          for (std::size_t i = 0; i < group.relations.size(); ++i) {
            const ColumnSet columns = columns_of(*side);
            if (!columns.intersects(group.relations[i]->output_ids())) continue;
            const ColumnRef* column = as_column(side);
            distinct =
                std::max(distinct, column != nullptr ? cardinality_.distinct(*group.relations[i], column->column_id())
                                                     : rows_[i] * kDistinctFactor);
          }
        }
        edge.selectivity = 1 / distinct;
      }
      edges_.push_back(edge);
    }
  }

  /// Rows of the join of `mask`.
  double rows_of(std::uint64_t mask) const {
    double rows = 1;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if ((mask >> i & 1) != 0) rows *= rows_[i];
    }
    for (const Edge& edge : edges_) {
      if (edge.mask != 0 && (edge.mask & ~mask) == 0) rows *= edge.selectivity;
    }
    return rows;
  }

  bool are_connected(std::uint64_t a, std::uint64_t b) const {
    for (const Edge& edge : edges_) {
      if ((edge.mask & a) != 0 && (edge.mask & b) != 0 && (edge.mask & ~(a | b)) == 0) return true;
    }
    return false;
  }

  /// Joins two parts, with all conditions that have become testable.
  LogicalPtr join(LogicalPtr left, LogicalPtr right, std::uint64_t mask, const JoinGroup& group, bool is_top) {
    auto node = std::make_unique<LogicalJoin>();
    node->type = JoinType::kInner;
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      if (edges_[i].used || (edges_[i].mask & ~mask) != 0 || (std::popcount(edges_[i].mask) < 2 && !is_top)) continue;
      edges_[i].used = true;
      node->conditions.push_back(group.conditions[i]);
    }
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    set_join_schema(*node);
    return node;
  }

  LogicalPtr order(JoinGroup group) {
    prepare(group);
    const std::size_t count = group.relations.size();
    if (std::vector<std::size_t> leading = leading_order(group); !leading.empty())
      return left_deep(std::move(group), complete(leading, count));
    if (count <= 2) {
      return left_deep(std::move(group), count == 1 ? std::vector<std::size_t>{0} : std::vector<std::size_t>{0, 1});
    }
    return count <= kMostEnumerated ? enumerate(std::move(group)) : greedy(std::move(group));
  }

  /// Dynamic programming over sets of relations: the cheapest way to join each set is joined from two disjoint, connected parts. The cost is
  /// the sum of all intermediate results. (Moerkotte and Neumann, "Dynamic Programming Strikes Back", SIGMOD 2008; conditions on more than two
  /// relations count when all of them are there.)
  LogicalPtr enumerate(JoinGroup group) {
    const std::size_t count = group.relations.size();
    const std::uint64_t all = (std::uint64_t{1} << count) - 1;
    struct Best {
      double cost = std::numeric_limits<double>::infinity();
      std::uint64_t left = 0;
    };
    std::vector<Best> best(all + 1);
    std::vector<double> rows(all + 1);
    for (std::uint64_t set = 1; set <= all; ++set) {
      context_.stop.poll();
      rows[set] = rows_of(set);
      if (std::has_single_bit(set)) {
        best[set].cost = 0;
        continue;
      }
      for (int pass = 0; pass < 2 && best[set].left == 0;
           ++pass) {  // products of unconnected parts only where nothing else is possible
        for (std::uint64_t left = (set - 1) & set; left != 0; left = (left - 1) & set) {
          const std::uint64_t right = set & ~left;
          if (left < right) continue;  // each split once
          const bool connected = are_connected(left, right);
          if (!connected && pass == 0) continue;
          const double cost = best[left].cost + best[right].cost + rows[set] + std::min(rows[left], rows[right]) * 0.01;
          if (cost < best[set].cost) best[set] = {cost, left};
        }
      }
    }
    const auto build = [&](auto& self, std::uint64_t set) -> LogicalPtr {
      if (std::has_single_bit(set)) return std::move(group.relations[static_cast<std::size_t>(std::countr_zero(set))]);
      std::uint64_t left = best[set].left;
      std::uint64_t right = set & ~left;
      // The part written first stays on the left.
      if (std::countr_zero(right) < std::countr_zero(left)) std::swap(left, right);
      LogicalPtr left_plan = self(self, left);
      LogicalPtr right_plan = self(self, right);
      return join(std::move(left_plan), std::move(right_plan), set, group, set == all);
    };
    return build(build, all);
  }

  /// Starts with the smallest relation and adds the one that keeps the result smallest, connected ones first.
  LogicalPtr greedy(JoinGroup group) {
    const std::size_t count = group.relations.size();
    std::vector<std::size_t> order;
    std::size_t first = 0;
    for (std::size_t i = 1; i < count; ++i) {
      if (rows_[i] < rows_[first]) first = i;
    }
    order.push_back(first);
    std::uint64_t joined = std::uint64_t{1} << first;
    while (order.size() < count) {
      context_.stop.poll();
      std::size_t next = count;
      double next_rows = 0;
      bool next_connected = false;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        if ((joined & bit) != 0) continue;
        const bool connected = are_connected(joined, bit);
        const double rows = rows_of(joined | bit);
        if (next == count || (connected && !next_connected) || (connected == next_connected && rows < next_rows)) {
          next = i;
          next_rows = rows;
          next_connected = connected;
        }
      }
      order.push_back(next);
      joined |= std::uint64_t{1} << next;
    }
    return left_deep(std::move(group), order);
  }

  LogicalPtr left_deep(JoinGroup group, const std::vector<std::size_t>& order) {
    std::uint64_t mask = std::uint64_t{1} << order[0];
    LogicalPtr plan = std::move(group.relations[order[0]]);
    for (std::size_t i = 1; i < order.size(); ++i) {
      mask |= std::uint64_t{1} << order[i];
      plan = join(std::move(plan), std::move(group.relations[order[i]]), mask, group, i + 1 == order.size());
    }
    return plan;
  }

  static const DataSource* source_of(const LogicalNode& node) {
    if (const auto* source = node.try_as<DataSource>()) return source;
    return node.children.size() == 1 ? source_of(*node.children[0]) : nullptr;
  }

  /// The relations that LEADING() names, in its order; empty without the hint or if it names a table that is not here.
  std::vector<std::size_t> leading_order(const JoinGroup& group) const {
    std::vector<std::size_t> order;
    for (const LogicalPtr& relation : group.relations) {
      const DataSource* source = source_of(*relation);
      if (source == nullptr || source->block_hints == nullptr || source->block_hints->leading.empty()) continue;
      for (const std::string& name : source->block_hints->leading) {
        bool found = false;
        for (std::size_t i = 0; i < group.relations.size(); ++i) {
          const DataSource* candidate = source_of(*group.relations[i]);
          if (candidate == nullptr || catalog::to_lower(candidate->source.alias) != name) continue;
          order.push_back(i);
          found = true;
        }
        if (!found) return {};
      }
      return order;
    }
    return order;
  }

  std::vector<std::size_t> complete(std::vector<std::size_t> order, std::size_t count) const {
    std::uint64_t joined = 0;
    for (std::size_t i : order) joined |= std::uint64_t{1} << i;
    while (order.size() < count) {
      std::size_t next = count;
      for (std::size_t i = 0; i < count; ++i) {
        if ((joined >> i & 1) != 0) continue;
        if (next == count ||
            (are_connected(joined, std::uint64_t{1} << i) && !are_connected(joined, std::uint64_t{1} << next)))
          next = i;
      }
      order.push_back(next);
      joined |= std::uint64_t{1} << next;
    }
    return order;
  }

  RewriteContext& context_;
  Cardinality cardinality_;
  std::vector<double> rows_;
  std::vector<Edge> edges_;
};

LogicalPtr drop_unused(LogicalPtr node, const ColumnSet& needed, RewriteContext& context) {
  context.stop.poll();
  if (auto* join = node->try_as<LogicalJoin>();
      join != nullptr && (join->type == JoinType::kLeftOuter || join->type == JoinType::kRightOuter) &&
      !join->dependent) {
    const std::size_t kept = join->type == JoinType::kLeftOuter ? 0 : 1;
    const LogicalNode& optional = *join->children[1 - kept];
    if (!needed.intersects(optional.output_ids())) {
      // Each kept row meets at most one partner when the equalities fix a key of the other side.
      ColumnSet fixed;
      const ColumnSet own = optional.output_ids();
      for (const ExpressionPtr& condition : join->conditions) {
        const FunctionCall* equal = as_call(*condition, "eq");
        if (equal == nullptr) continue;
        for (int side = 0; side < 2; ++side) {
          const ColumnRef* column = as_column(equal->children()[static_cast<std::size_t>(side)]);
          const bool other_kept = !columns_of(*equal->children()[static_cast<std::size_t>(1 - side)]).intersects(own);
          if (column != nullptr && own.contains(column->column_id()) && other_kept) fixed.insert(column->column_id());
        }
      }
      if (is_unique_for(optional, fixed)) return drop_unused(std::move(join->children[kept]), needed, context);
    }
  }
  ColumnSet below = used_columns(*node);
  const bool passes = node->kind == LogicalKind::kSelection || node->kind == LogicalKind::kSort ||
                      node->kind == LogicalKind::kLimit || node->kind == LogicalKind::kLock ||
                      node->kind == LogicalKind::kMaxOneRow || node->kind == LogicalKind::kJoin;
  if (passes) below.insert(needed);
  if (node->kind == LogicalKind::kJoin) below.insert(free_columns(*node->children[1]));
  for (LogicalPtr& child : node->children) {
    const bool is_place_matched = node->kind == LogicalKind::kUnionAll;
    const std::vector<OutputColumn> columns = child->schema;
    const ColumnSet wanted = is_place_matched ? child->output_ids() : below;
    child = drop_unused(std::move(child), wanted, context);
    if (is_place_matched) child = with_layout(std::move(child), columns);
  }
  if (node->kind == LogicalKind::kJoin)
    set_join_schema(node->as<LogicalJoin>());
  else if (passes)
    node->schema = node->children[0]->schema;
  return node;
}

}  // namespace

LogicalPtr reorder_joins(LogicalPtr plan, RewriteContext& context) {
  return JoinOrdering(context).run(std::move(plan));
}

LogicalPtr eliminate_outer_joins(LogicalPtr plan, RewriteContext& context) {
  const ColumnSet needed = plan->output_ids();
  return drop_unused(std::move(plan), needed, context);
}

}  // namespace sluice::planner
