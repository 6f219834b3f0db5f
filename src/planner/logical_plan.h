/// The logical algebra: what the binder builds and the rewrite rules transform.
///
/// Columns are named by `column_id` alone: expressions hold ColumnRefs whose position is unset. A node passes columns on under their ids, so the
/// same id below and above a Projection, Aggregate or Join is the same value (below and above an outer join: the same value or NULL).
/// A *free* column of a subtree is one that it uses and does not produce: it comes from the left side of an enclosing dependent join.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "planner/column_set.h"
#include "planner/physical_plan.h"

namespace sluice::catalog {
struct TableStatistics;
}

namespace sluice::planner {

enum class LogicalKind : std::uint8_t {
  kDataSource,
  kDual,
  kSelection,
  kProjection,
  kAggregate,
  kJoin,
  kSort,
  kLimit,
  kUnionAll,
  kMaxOneRow,
  kCteScan,
  kCteTable,
  kLock,
};

struct LogicalNode;
using LogicalPtr = std::unique_ptr<LogicalNode>;

struct LogicalNode {
  explicit LogicalNode(LogicalKind node_kind) : kind(node_kind) {}
  virtual ~LogicalNode() = default;
  LogicalNode(const LogicalNode&) = delete;
  LogicalNode& operator=(const LogicalNode&) = delete;

  template <class T>
  T& as() {
    return static_cast<T&>(*this);
  }
  template <class T>
  const T& as() const {
    return static_cast<const T&>(*this);
  }
  template <class T>
  T* try_as() {
    return kind == T::kKind ? static_cast<T*>(this) : nullptr;
  }
  template <class T>
  const T* try_as() const {
    return kind == T::kKind ? static_cast<const T*>(this) : nullptr;
  }

  const LogicalKind kind;
  std::vector<OutputColumn> schema;
  std::vector<LogicalPtr> children;

  ColumnSet output_ids() const;
};

template <LogicalKind K>
struct LogicalNodeOf : LogicalNode {
  static constexpr LogicalKind kKind = K;
  LogicalNodeOf() : LogicalNode(K) {}
};

/// What hints and index hints say about one table.
struct AccessHints {
  std::vector<std::string> use;  // lower case; "primary" is the primary key or the handle
  std::vector<std::string> ignore;
  bool force = false;                      // FORCE INDEX: a full table scan only if nothing else is possible
  bool use_none = false;                   // USE INDEX (): table scan
  std::vector<std::string> keep_order;     // ORDER_INDEX
  std::vector<std::string> no_keep_order;  // NO_ORDER_INDEX
};

/// One table. Output: `schema`, column i of which is `column_offsets[i]` of the table.
struct DataSource : LogicalNodeOf<LogicalKind::kDataSource> {
  TableReference source;
  std::vector<int> column_offsets;
  std::vector<std::int64_t> handle_ids;   // columns that identify a row; may be missing from schema after pruning
  std::vector<ExpressionPtr> conditions;  // pushed down to here
  AccessHints hints;
  std::shared_ptr<struct HintSet> block_hints;                 // of the query block; may be null
  std::shared_ptr<const catalog::TableStatistics> statistics;  // null: pseudo
  bool is_memory_table = false;
  std::optional<LockRequest> lock;           // rows are locked: point reads lock their keys
  std::vector<std::int64_t> all_column_ids;  // by table column offset: the id each column has when it is in the schema
  std::int64_t row_id_column = 0;            // id of _tidb_rowid, 0: the table has none
};

/// `row_count` rows without columns (or, with 0 rows, any schema).
struct LogicalDual : LogicalNodeOf<LogicalKind::kDual> {
  std::uint64_t row_count = 1;
};

struct LogicalSelection : LogicalNodeOf<LogicalKind::kSelection> {
  std::vector<ExpressionPtr> conditions;
};

/// expressions[i] gives schema[i]; a plain column keeps its id.
struct LogicalProjection : LogicalNodeOf<LogicalKind::kProjection> {
  std::vector<ExpressionPtr> expressions;
  bool sequential = false;
};

/// schema: one column per aggregate, then one per `group_outputs` (index in group_by).
struct LogicalAggregate : LogicalNodeOf<LogicalKind::kAggregate> {
  std::vector<ExpressionPtr> group_by;
  std::vector<expression::AggregateDescriptor> aggregates;
  std::vector<int> group_outputs;
  enum class Method : std::uint8_t { kAny, kHash, kStream } method = Method::kAny;  // by hint
  bool is_scalar() const { return group_by.empty(); }
};

/// What hints say about a join's method.
struct JoinHints {
  enum Method : std::uint16_t {
    kHash = 1,
    kMerge = 2,
    kIndexLookUp = 4,
    kIndexHash = 8,
    kIndexMerge = 16,
  };
  std::uint16_t prefer = 0;  // methods asked for, either side
  std::uint16_t forbid = 0;
  std::vector<std::string> inner_tables;  // aliases named by INL_* hints
  std::vector<std::string> build_tables;  // HASH_JOIN_BUILD
  std::vector<std::string> probe_tables;  // HASH_JOIN_PROBE
};

/// A join; *dependent* when the right side has free columns that the left side produces. Output: left columns, then for inner and outer joins
/// the right columns, for left outer semi kinds the mark.
struct LogicalJoin : LogicalNodeOf<LogicalKind::kJoin> {
  JoinType type = JoinType::kInner;
  std::vector<ExpressionPtr> conditions;             // a pair matches if all are true
  std::vector<ExpressionPtr> null_aware_conditions;  // see JoinPlan
  bool dependent = false;
  bool may_decorrelate = true;  // NO_DECORRELATE()
  bool straight = false;        // STRAIGHT_JOIN: keep the written order
  bool is_semi_kind() const { return type >= JoinType::kSemi; }
  bool has_mark() const { return type == JoinType::kLeftOuterSemi || type == JoinType::kAntiLeftOuterSemi; }
};

struct LogicalSort : LogicalNodeOf<LogicalKind::kSort> {
  std::vector<SortKey> keys;
};

struct LogicalLimit : LogicalNodeOf<LogicalKind::kLimit> {
  LimitBounds bounds;
};

/// schema ids are new; children's columns correspond by position.
struct LogicalUnionAll : LogicalNodeOf<LogicalKind::kUnionAll> {};

struct LogicalMaxOneRow : LogicalNodeOf<LogicalKind::kMaxOneRow> {};

/// A CTE that is materialised. `seed` and `recursive` are planned once per definition.
struct LogicalCte {
  int id = 0;
  std::string name;
  LogicalPtr seed;
  LogicalPtr recursive;
  bool distinct = false;
  std::vector<OutputColumn> schema;              // of the seed
  std::shared_ptr<const CteDefinition> planned;  // set by physical optimisation
  double estimated_rows = 0;
  int reference_count = 0;
  std::optional<LimitBounds> limit;
};

/// schema ids are new for each reader; columns correspond to the definition's by position.
struct LogicalCteScan : LogicalNodeOf<LogicalKind::kCteScan> {
  std::shared_ptr<LogicalCte> definition;
  std::vector<int> columns;  // schema[i] is column columns[i] of the definition
  std::string alias;
};

struct LogicalCteTable : LogicalNodeOf<LogicalKind::kCteTable> {
  int cte_id = 0;
  std::string name;
};

struct LogicalLock : LogicalNodeOf<LogicalKind::kLock> {
  LockStrength strength = LockStrength::kUpdate;
  LockRequest request;
  struct Table {
    TableReference source;
    std::vector<std::int64_t> handle_ids;
  };
  std::vector<Table> tables;
};

/// Columns that `node` alone uses in its expressions (not its children's).
ColumnSet used_columns(const LogicalNode& node);
/// Columns that the subtree uses and does not produce.
ColumnSet free_columns(const LogicalNode& node);
/// Sets a join's schema from its children and type; `mark` is its last column for left outer semi kinds.
void set_join_schema(LogicalJoin& join, const OutputColumn* mark = nullptr);
/// Replaces every expression of the subtree by `change` of it (CTE definitions included).
void transform_expressions(LogicalNode& node, const std::function<ExpressionPtr(const ExpressionPtr&)>& change);
/// Makes `node` the child of a Selection, or adds to it if it is one. No effect without conditions.
LogicalPtr with_selection(LogicalPtr node, std::vector<ExpressionPtr> conditions);

}  // namespace sluice::planner
