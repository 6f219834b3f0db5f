/// From a logical plan to the cheapest physical one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "planner/cardinality.h"
#include "planner/logical_plan.h"
#include "planner/plan_context.h"

namespace sluice::planner {

/// The order of rows that a parent asks for; empty: any.
struct RequiredOrder {
  struct Key {
    std::int64_t column_id = 0;
    bool descending = false;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::vector<Key> keys;
  friend auto operator<=>(const RequiredOrder&, const RequiredOrder&) = default;
  bool empty() const { return keys.empty(); }
};

/// What a parent asks of a child: an order, and how many rows it expects to take (LIMIT).
struct RequiredProperty {
  RequiredOrder order;
  double row_goal = 1e300;
  friend auto operator<=>(const RequiredProperty&, const RequiredProperty&) = default;
};

/// Chooses operators bottom up with memory: for each node and property the cheapest way is found once, and built at the end.
///
/// Costs are in units of one row read by a sequential scan; what they say is the order of alternatives, nothing more.
/// One plan, one thread. The logical plan must live until build() has returned, and is changed: correlated columns are bound.
class PhysicalOptimizer {
 public:
  PhysicalOptimizer(PlanContext& context, const expression::BuildContext& build,
                    std::function<std::int64_t()> next_column_id,
                    std::function<ExpressionPtr(const DataSource&, int)> generated_expression);
  ~PhysicalOptimizer();

  /// The physical plan of `root` with at least `columns` in its output; kExact: exactly them, in order.
  enum class Layout : std::uint8_t { kAny, kExact };
  PlanPtr optimize(LogicalNode& root, const std::vector<OutputColumn>& columns, Layout layout);

  bool used_apply() const { return used_apply_; }

 private:
  struct Candidate;
  using CandidatePtr = std::shared_ptr<const Candidate>;
  struct ScanChoice;

  CandidatePtr best(LogicalNode& node, const RequiredProperty& property);
  CandidatePtr compute(LogicalNode& node, const RequiredProperty& property);
  /// `node`'s best without order, sorted.
  CandidatePtr sorted(LogicalNode& node, const RequiredProperty& property);

  // physical_source.cc
  CandidatePtr best_source(DataSource& source, const RequiredProperty& property);
  std::vector<ScanChoice> scan_choices(DataSource& source);
  /// sql_safe_updates: a table that is written is not read as a whole where one of the choices has ranges.
  bool must_use_ranges(const DataSource& source, const std::vector<ScanChoice>& choices) const;
  CandidatePtr scan_candidate(DataSource& source, const std::shared_ptr<const ScanChoice>& shared_choice,
                              const RequiredProperty& property);
  CandidatePtr point_candidate(DataSource& source, const std::shared_ptr<const ScanChoice>& shared_choice);
  CandidatePtr memory_table_candidate(DataSource& source);
  PlanPtr build_scan(DataSource& source, const ScanChoice& choice, bool keep_order, bool descending, double rows);
  bool is_index_usable(const DataSource& source, const catalog::IndexInfo& index) const;
  bool covers(const DataSource& source, const catalog::IndexInfo& index, const ColumnSet& columns) const;
  /// Matches a required order with a scan's key; the leading `fixed` key columns have one value.
  bool provides_order(const std::vector<RangeColumn>& key, std::size_t fixed, const RequiredOrder& order,
                      bool& descending) const;
  void add_scan_columns(const DataSource& source, const ColumnSet& ids, bool only_index,
                        const catalog::IndexInfo* index, PhysicalPlan& scan, std::vector<int>& offsets,
                        std::vector<VirtualColumn>& virtual_columns);

  // physical_operators.cc
  CandidatePtr best_selection(LogicalSelection& node, const RequiredProperty& property);
  CandidatePtr best_projection(LogicalProjection& node, const RequiredProperty& property);
  CandidatePtr best_aggregate(LogicalAggregate& node, const RequiredProperty& property);
  CandidatePtr best_sort(LogicalSort& node, const RequiredProperty& property);
  CandidatePtr best_limit(LogicalLimit& node, const RequiredProperty& property);
  CandidatePtr best_union(LogicalUnionAll& node, const RequiredProperty& property);
  CandidatePtr best_lock(LogicalLock& node, const RequiredProperty& property);
  CandidatePtr best_cte_scan(LogicalCteScan& node);
  CandidatePtr best_dual(LogicalDual& node);
  void push_limit_to_reader(PhysicalPlan& reader, const LimitBounds& bounds);
  void push_top_n_to_reader(PhysicalPlan& reader, const LogicalSort& sort, const LimitBounds& bounds);
  CandidatePtr aggregate_candidate(LogicalAggregate& node, const CandidatePtr& child, bool stream);

  // physical_join.cc
  struct JoinParts;
  CandidatePtr best_join(LogicalJoin& node, const RequiredProperty& property);
  using JoinPartsPtr = std::shared_ptr<const JoinParts>;
  JoinPartsPtr split_join(LogicalJoin& node);
  CandidatePtr hash_join(LogicalJoin& node, const JoinPartsPtr& parts, int build_child);
  CandidatePtr merge_join(LogicalJoin& node, const JoinPartsPtr& parts, const RequiredProperty& property);
  CandidatePtr index_join(LogicalJoin& node, const JoinPartsPtr& parts, int inner_child, IndexJoinForm form,
                          const RequiredProperty& property);
  CandidatePtr apply(LogicalJoin& node, const RequiredProperty& property);
  void fill_join(JoinPlan& plan, const LogicalJoin& node, const JoinParts& parts, PlanPtr left, PlanPtr right);
  /// Makes the left side's columns Correlated in the right side.
  void bind_correlated(LogicalJoin& node);

  /// Numbers a new node and gives it its estimate. Polls.
  template <class T>
  std::unique_ptr<T> make(double rows) {
    poll();
    auto plan = std::make_unique<T>();
    plan->id = ++last_id_;
    plan->estimated_rows = rows;
    return plan;
  }
  PlanPtr with_exact_layout(PlanPtr plan, const std::vector<OutputColumn>& columns);
  /// Adds a projection that computes `expressions` (over `child`) as the columns `added`, beside all of child's.
  PlanPtr with_computed(PlanPtr child, const std::vector<ExpressionPtr>& expressions,
                        const std::vector<OutputColumn>& added);
  PlanPtr select(PlanPtr child, const std::vector<ExpressionPtr>& conditions, double rows);
  std::shared_ptr<const CteDefinition> plan_cte(LogicalCte& cte);
  void poll() { context_.stop.poll(); }

  PlanContext& context_;
  const expression::BuildContext& build_;
  std::function<std::int64_t()> next_column_id_;
  std::function<ExpressionPtr(const DataSource&, int)> generated_expression_;
  Cardinality cardinality_;
  std::map<std::pair<const LogicalNode*, RequiredProperty>, CandidatePtr> memory_;
  int last_id_ = 0;
  bool used_apply_ = false;
  bool has_ctes_ = false;
  struct Bound {
    std::int64_t column_id;
    std::shared_ptr<types::Value> slot;
  };
  std::map<const LogicalJoin*, std::vector<Bound>> bound_;
};

/// One way to get a node's rows.
struct PhysicalOptimizer::Candidate {
  double cost = 1e300;
  double rows = 0;
  std::function<PlanPtr()> build;
  bool is_possible() const { return build != nullptr; }
};

}  // namespace sluice::planner
