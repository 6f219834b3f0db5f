/// The physical plan: what the planner hands to the executor.
///
/// A plan is a tree of operators in TiDB's shape (TiDB's EXPLAIN names). It is immutable after optimize() has returned it, holds no
/// reference to the statement's syntax tree, and may be executed any number of times; whatever depends on parameters or on an outer
/// row of an Apply is resolved at execution by the functions of planner/ranges.h. Several sessions may execute one plan at once unless it
/// holds an Apply, whose slots for outer values are part of the plan (such plans are not `cacheable`).
///
/// Columns: every column of a plan has a `column_id` that is unique in the plan. A node's `schema` lists its output in order. Each
/// expression in a node refers to columns by `position`, counted in the concatenated outputs of the node's children (left, then
/// right); nodes that say otherwise say so below.
///
/// NULL rule of conditions: a list of conditions is a conjunction, and a row passes when every condition is true (neither false nor NULL).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "expression/aggregate.h"
#include "expression/expression.h"
#include "planner/access_ranges.h"
#include "types/field_type.h"

namespace sluice::catalog {
struct TableInfo;
struct IndexInfo;
}  // namespace sluice::catalog

namespace sluice::planner {

using expression::ExpressionPtr;

enum class PlanKind : std::uint8_t {
  kTableReader,
  kIndexReader,
  kIndexLookUp,
  kTableScan,
  kIndexScan,
  kPointGet,
  kBatchPointGet,
  kMemTableScan,
  kTableDual,
  kSelection,
  kProjection,
  kLimit,
  kSort,
  kTopN,
  kHashAggregate,
  kStreamAggregate,
  kMaxOneRow,
  kUnionAll,
  kSelectLock,
  kHashJoin,
  kMergeJoin,
  kIndexJoin,
  kApply,
  kCteScan,
  kCteTable,
  kWindow,
  kInsert,
  kUpdate,
  kDelete,
  kLoadData,
};

/// Where EXPLAIN says that a node runs. On the embedded store both run in this process; a cop subtree hangs below exactly one reader.
enum class TaskKind : std::uint8_t { kRoot, kCop };

/// One output column. The name parts are what a client sees in a result set (MySQL's db, table, org_table, name, org_name).
struct OutputColumn {
  std::int64_t column_id = 0;
  types::FieldType type;
  std::string database;
  std::string table;  // alias
  std::string original_table;
  std::string name;
  std::string original_name;
};

struct PhysicalPlan;
using PlanPtr = std::unique_ptr<PhysicalPlan>;

struct PhysicalPlan {
  explicit PhysicalPlan(PlanKind plan_kind) : kind(plan_kind) {}
  virtual ~PhysicalPlan() = default;
  PhysicalPlan(const PhysicalPlan&) = delete;
  PhysicalPlan& operator=(const PhysicalPlan&) = delete;

  const PlanKind kind;
  TaskKind task = TaskKind::kRoot;
  int id = 0;  // EXPLAIN's suffix; unique in the plan; the key of run-time statistics
  double estimated_rows = 0;
  double cost = 0;  // of the subtree; planner-internal unit
  std::vector<OutputColumn> schema;
  std::vector<PlanPtr> children;
};

/// A table as a plan uses it. `table` keeps the index pointers of the plan valid.
struct TableReference {
  std::string database;
  std::string alias;  // as EXPLAIN prints it
  std::shared_ptr<const catalog::TableInfo> table;
};

/// Column offset that stands for the hidden integer row id (column id -1).
inline constexpr int kRowIdOffset = -1;

/// A virtual generated column of a scan: computed after a row is decoded. `expression` refers to positions in the scan's own output.
/// Listed so that a column comes after those that it depends on.
struct VirtualColumn {
  int position;
  ExpressionPtr expression;
};

// ---------------------------------------------------------------------------------------------------------------- sources

/// Runs its cop subtree (children[0]: TableScan below Selection, Limit, TopN, aggregates) and returns its rows.
struct TableReaderPlan final : PhysicalPlan {
  TableReaderPlan() : PhysicalPlan(PlanKind::kTableReader) {}
};

/// As TableReaderPlan, over an IndexScan that covers all columns.
struct IndexReaderPlan final : PhysicalPlan {
  IndexReaderPlan() : PhysicalPlan(PlanKind::kIndexReader) {}
};

/// children[0]: index side (IndexScan below Selection, Limit, TopN); its last outputs are the handle columns.
/// children[1]: table side (a TableScan with `is_row_id_scan` below Selection...), whose output is the node's output.
/// `keep_order`: rows come in the order of the index side.
struct IndexLookUpPlan final : PhysicalPlan {
  IndexLookUpPlan() : PhysicalPlan(PlanKind::kIndexLookUp) {}
  std::vector<int>
      handle_positions;  // in the index side's output: one int64 row id / integer key, or the clustered key's columns
  bool keep_order = false;
  std::optional<std::uint64_t> pushed_limit_offset;  // LIMIT embedded in the lookup: skip, then take, index entries
  std::uint64_t pushed_limit_count = 0;
};

/// Scans records. `column_offsets[i]` is the offset in TableInfo::columns of output i, or kRowIdOffset.
struct TableScanPlan final : PhysicalPlan {
  TableScanPlan() : PhysicalPlan(PlanKind::kTableScan) {}
  TableReference source;
  std::vector<int> column_offsets;
  std::vector<VirtualColumn> virtual_columns;
  AccessRanges ranges;          // over the handle; resolve with resolve_key_ranges()
  bool is_row_id_scan = false;  // probe side of a lookup: handles come from the index side, `ranges` is unused
  bool keep_order = false;
  bool descending = false;
  bool pseudo_statistics = false;    // for EXPLAIN, as are
  bool takes_lookup_ranges = false;  // the scan is an index join's inner_scan
  std::string lookup_text;
};

/// Scans index entries. Output i is column `column_offsets[i]` of the table: an index column (full length) or a handle column.
struct IndexScanPlan final : PhysicalPlan {
  IndexScanPlan() : PhysicalPlan(PlanKind::kIndexScan) {}
  TableReference source;
  const catalog::IndexInfo* index = nullptr;  // owned by source.table
  std::vector<int> column_offsets;
  std::vector<VirtualColumn> virtual_columns;  // those that the entry does not hold
  AccessRanges ranges;                         // over the index columns; resolve with resolve_key_ranges()
  bool keep_order = false;
  bool descending = false;
  bool pseudo_statistics = false;  // for EXPLAIN, as are
  bool takes_lookup_ranges = false;
  std::string lookup_text;
};

enum class LockStrength : std::uint8_t { kShare, kUpdate };
enum class LockWait : std::uint8_t { kWait, kNoWait, kSkipLocked, kSeconds };

/// How a statement waits for row locks that others hold.
struct LockRequest {
  LockWait wait = LockWait::kWait;
  std::uint64_t wait_seconds = 0;  // kSeconds
};

/// The one row whose handle or unique index key equals `key` (resolve with resolve_point_key()), or none.
struct PointGetPlan final : PhysicalPlan {
  PointGetPlan() : PhysicalPlan(PlanKind::kPointGet) {}
  TableReference source;
  const catalog::IndexInfo* index = nullptr;  // nullptr, or the clustered primary key: by handle
  std::vector<ExpressionPtr> key;  // a Constant, Parameter or Correlated (or a function of them) per key column
  std::vector<int> column_offsets;
  std::vector<VirtualColumn> virtual_columns;
  std::optional<LockRequest> lock;  // SELECT ... FOR UPDATE, UPDATE, DELETE: lock the key even if there is no row
  bool index_covers = false;        // the index entry holds every output: no record read is needed
};

/// Rows for a list of keys; duplicates of a key are read once; no order unless `keep_order` (then key order, or its reverse).
struct BatchPointGetPlan final : PhysicalPlan {
  BatchPointGetPlan() : PhysicalPlan(PlanKind::kBatchPointGet) {}
  TableReference source;
  const catalog::IndexInfo* index = nullptr;
  std::vector<std::vector<ExpressionPtr>> keys;
  std::vector<int> column_offsets;
  std::vector<VirtualColumn> virtual_columns;
  std::optional<LockRequest> lock;
  bool index_covers = false;
  bool keep_order = false;
  bool descending = false;
};

/// A table that session/ computes (information_schema...). `conditions` (positions in the output) are hints for the provider, which
/// may use them to produce fewer rows; the plan applies them above all the same.
struct MemTableScanPlan final : PhysicalPlan {
  MemTableScanPlan() : PhysicalPlan(PlanKind::kMemTableScan) {}
  TableReference source;
  std::vector<int> column_offsets;
  std::vector<ExpressionPtr> conditions;
};

/// `row_count` rows (0 or 1) of no columns, or of NULL constants if the schema has columns (only with row_count 0).
struct TableDualPlan final : PhysicalPlan {
  TableDualPlan() : PhysicalPlan(PlanKind::kTableDual) {}
  std::uint64_t row_count = 1;
};

// --------------------------------------------------------------------------------------------------------- unary operators

struct SelectionPlan final : PhysicalPlan {
  SelectionPlan() : PhysicalPlan(PlanKind::kSelection) {}
  std::vector<ExpressionPtr> conditions;
};

/// One expression per output column, evaluated left to right per row when `sequential` (user variables are assigned), else in any order.
struct ProjectionPlan final : PhysicalPlan {
  ProjectionPlan() : PhysicalPlan(PlanKind::kProjection) {}
  std::vector<ExpressionPtr> expressions;
  bool sequential = false;
};

struct SortKey {
  ExpressionPtr expression;
  bool descending = false;
};

/// LIMIT's numbers; expressions when they are parameters (resolve with resolve_limit()).
struct LimitBounds {
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  ExpressionPtr offset_expression;  // nullptr: `offset` holds
  ExpressionPtr count_expression;
};

struct LimitPlan final : PhysicalPlan {
  LimitPlan() : PhysicalPlan(PlanKind::kLimit) {}
  LimitBounds bounds;
};

/// Sorts by `keys`, NULL first when ascending, strings by their collation. Not stable.
struct SortPlan final : PhysicalPlan {
  SortPlan() : PhysicalPlan(PlanKind::kSort) {}
  std::vector<SortKey> keys;
};

struct TopNPlan final : PhysicalPlan {
  TopNPlan() : PhysicalPlan(PlanKind::kTopN) {}
  std::vector<SortKey> keys;
  LimitBounds bounds;
};

/// Output: one column per aggregate, then one column per entry of `group_outputs` (an index in `group_by`: the value of the first row of
/// the group). Without group_by there is always one group, also over no rows. Equality of groups: collation's, NULLs equal.
struct AggregatePlan : PhysicalPlan {
  using PhysicalPlan::PhysicalPlan;
  std::vector<ExpressionPtr> group_by;
  std::vector<expression::AggregateDescriptor> aggregates;
  std::vector<int> group_outputs;
};

struct HashAggregatePlan final : AggregatePlan {
  HashAggregatePlan() : AggregatePlan(PlanKind::kHashAggregate) {}
};

/// The child's rows come with equal groups side by side.
struct StreamAggregatePlan final : AggregatePlan {
  StreamAggregatePlan() : AggregatePlan(PlanKind::kStreamAggregate) {}
};

/// Throws 1242 on a second row. Returns the row, or one row of NULLs if there is none.
struct MaxOneRowPlan final : PhysicalPlan {
  MaxOneRowPlan() : PhysicalPlan(PlanKind::kMaxOneRow) {}
};

/// All rows of all children, whose output types equal the node's (casts are planned below). No order.
struct UnionAllPlan final : PhysicalPlan {
  UnionAllPlan() : PhysicalPlan(PlanKind::kUnionAll) {}
};

/// Where a table's handle stands in an operator's input: one position (int64 row id or integer key), or those of the clustered key.
struct HandlePositions {
  TableReference source;
  std::vector<int> positions;
};

/// Locks the records of the rows that pass through; the child reads the newest committed versions (current read). SKIP LOCKED drops rows.
/// A handle that is NULL (outer join) is not locked.
struct SelectLockPlan final : PhysicalPlan {
  SelectLockPlan() : PhysicalPlan(PlanKind::kSelectLock) {}
  LockStrength strength = LockStrength::kUpdate;
  LockRequest request;
  std::vector<HandlePositions> handles;
};

// ------------------------------------------------------------------------------------------------------------------- joins

/// What a join returns. `kSemi`/`kAntiSemi`: left rows. `kLeftOuterSemi`/`kAntiLeftOuterSemi`: left rows and, as last column, an int64
/// mark: 1 / 0 / NULL as `x IN (right)` (or its negation) would be.
enum class JoinType : std::uint8_t {
  kInner,
  kLeftOuter,
  kRightOuter,
  kSemi,
  kAntiSemi,
  kLeftOuterSemi,
  kAntiLeftOuterSemi
};

/// One equality left = right between plain columns of equal physical type and collation. `null_safe`: <=>, NULL equals NULL.
struct JoinKey {
  int left_position;   // in the left child's output
  int right_position;  // in the right child's output (not concatenated)
  bool null_safe = false;
};

/// Common part of all joins. children[0] is the left input, children[1] the right one.
///
/// A pair of rows *matches* when all keys are equal and `left_conditions` (over the left output), `right_conditions` (over the right output;
/// positions count in the right child alone) and `other_conditions` (over the concatenation) are true.
/// Outer joins: a preserved row without a match is returned once, with NULLs for the other side.
/// Semi kinds with `null_aware_conditions` (over the concatenation; from [NOT] IN with operands that may be NULL): over the right rows that match
/// as above, the mark is 1 if the conjunction of null_aware_conditions is true for one of them, else NULL if it is NULL for one of them,
/// else 0 (also when no right row matches). kSemi keeps a left row when the mark is 1, kAntiSemi when it is 0.
/// `null_aware_key`: if set, null_aware_conditions is the one equality of these two columns, so that the join can hash on it as well.
struct JoinPlan : PhysicalPlan {
  using PhysicalPlan::PhysicalPlan;
  JoinType type = JoinType::kInner;
  std::vector<JoinKey> keys;
  std::vector<ExpressionPtr> left_conditions;
  std::vector<ExpressionPtr> right_conditions;
  std::vector<ExpressionPtr> other_conditions;
  std::vector<ExpressionPtr> null_aware_conditions;
  std::optional<JoinKey> null_aware_key;
  bool is_null_aware() const { return !null_aware_conditions.empty(); }
};

struct HashJoinPlan final : JoinPlan {
  HashJoinPlan() : JoinPlan(PlanKind::kHashJoin) {}
  int build_child = 1;  // 0 or 1: whose rows fill the hash table; with no keys: whose rows are held in memory
};

/// Both inputs come sorted by their keys ascending (or both descending when `descending`).
struct MergeJoinPlan final : JoinPlan {
  MergeJoinPlan() : JoinPlan(PlanKind::kMergeJoin) {}
  bool descending = false;
};

/// The three index joins (TIDB-FACTS section 7).
enum class IndexJoinForm : std::uint8_t { kLookUp /*IndexJoin*/, kHash /*IndexHashJoin*/, kMerge /*IndexMergeJoin*/ };

/// For a batch of outer rows, reads the matching inner rows by ranges on the inner scan.
///
/// The inner child is a TableReader / IndexReader / IndexLookUp subtree whose scan (the only TableScan without is_row_id_scan, or IndexScan, in it)
/// is run with ranges made by LookupRangeBuilder (planner/ranges.h) from `lookup` in place of its own `ranges`.
/// `kLookUp` keeps the outer order; `keep_outer_order` says whether the parent relies on it.
struct IndexJoinPlan final : JoinPlan {
  IndexJoinPlan() : JoinPlan(PlanKind::kIndexJoin) {}
  IndexJoinForm form = IndexJoinForm::kLookUp;
  int inner_child = 1;
  bool keep_outer_order = false;
  LookupTemplate lookup;
  const PhysicalPlan* inner_scan = nullptr;  // the scan inside children[inner_child] that takes the ranges
};

/// Runs the right child once per left row (results may be cached by the values of `correlated`), the left row's values bound to Correlated expressions.
/// Otherwise as a join without keys; `type` is kInner, kLeftOuter or a semi kind.
struct ApplyPlan final : JoinPlan {
  ApplyPlan() : JoinPlan(PlanKind::kApply) {}
  struct Binding {
    int left_position;                   // in the left child's output
    std::int64_t column_id;              // of the Correlated expressions below
    std::shared_ptr<types::Value> slot;  // theirs; set before each run of the right child
  };
  std::vector<Binding> correlated;
};

// -------------------------------------------------------------------------------------------------------------------- CTEs

/// A materialised common table expression; shared by all its readers in one execution, filled by the first that asks.
///
/// Not recursive: the rows of `seed` (distinct if `distinct`). Recursive: rows of `seed`, then repeatedly `recursive`, whose CteTable reads
/// the rows that the last round added, until a round adds none; `distinct` (UNION without ALL) drops rows that are in the result already.
/// More than cte_max_recursion_depth rounds throw 3636. With `limit`, iteration ends when offset+count rows are there.
struct CteDefinition {
  int id = 0;
  std::string name;
  std::vector<OutputColumn> schema;
  PlanPtr seed;       // its output corresponds to `schema` by place, as does that of
  PlanPtr recursive;  // nullptr: not recursive
  bool distinct = false;
  std::optional<LimitBounds> limit;
  std::vector<std::int64_t> outer_columns;  // of the rows of Applies, to which it refers: filled anew for each such row
};

struct CteScanPlan final : PhysicalPlan {
  CteScanPlan() : PhysicalPlan(PlanKind::kCteScan) {}
  std::shared_ptr<const CteDefinition> definition;
  std::vector<int> columns;  // output i is column columns[i] of the definition
  std::string alias;
};

/// Inside CteDefinition::recursive: the rows added by the last round.
struct CteTablePlan final : PhysicalPlan {
  CteTablePlan() : PhysicalPlan(PlanKind::kCteTable) {}
  int cte_id = 0;
};

// --------------------------------------------------------------------------------------------------------------------- DML

/// How a column gets its value when a statement gives none.
struct ColumnDefault {
  enum class Kind : std::uint8_t {
    kConstant,  // `expression` is a Constant already of the column's type (NULL for a nullable column without DEFAULT)
    kExpression,     // DEFAULT (expr), CURRENT_TIMESTAMP, NEXTVAL: evaluate per row
    kAutoIncrement,  // AUTO_INCREMENT or AUTO_RANDOM: next id
    kGenerated,      // see WriteTarget::generated
    kNone,  // NOT NULL without DEFAULT: 1364 in strict mode, else a warning and `expression`, the type's implicit value (ENUM: that alone)
  };
  Kind kind = Kind::kConstant;
  ExpressionPtr expression;
};

struct CheckConstraintExpression {
  std::string name;
  ExpressionPtr expression;  // over the row's columns by offset
};

struct GeneratedColumnExpression {
  int offset;
  bool stored;
  ExpressionPtr expression;  // over the row's columns by offset
};

/// All that a statement needs to build rows of a table. "Row" means one value per entry of TableInfo::columns, by offset, whatever the
/// column's schema state; positions in the expressions below are those offsets.
struct CascadeTargets;

struct WriteTarget {
  TableReference source;
  std::vector<ColumnDefault> defaults;               // by offset
  std::vector<GeneratedColumnExpression> generated;  // in order of evaluation
  std::vector<CheckConstraintExpression> checks;     // enforced ones
  std::vector<int> on_update_now;                    // offsets of ON UPDATE CURRENT_TIMESTAMP columns
  std::shared_ptr<const CascadeTargets> cascades;    // nullptr: no row of another table follows one of this
};

/// Tables whose rows follow rows of a table that a statement writes, by foreign keys with CASCADE or SET NULL, over any number of tables.
struct CascadeTargets {
  std::map<std::int64_t, WriteTarget> tables;  // by table id; their own `cascades` are empty
};

/// `column = expression`. expression nullptr: DEFAULT (also for a generated column, where it changes nothing).
struct Assignment {
  int target = 0;  // index in UpdatePlan::targets; 0 for INSERT
  int offset = 0;  // of the column in its table
  ExpressionPtr expression;
};

enum class InsertMode : std::uint8_t { kInsert, kReplace };

/// INSERT and REPLACE. No output columns.
///
/// Rows come from `rows` (each: one expression per entry of `columns`, nullptr = DEFAULT; an expression may refer to columns of the row
/// that are already set: positions are offsets) or, when there is a child, from its output, column i of which goes to columns[i].
/// On-duplicate expressions see: positions [0, n) the existing row, [n, 2n) the row that was to be inserted (VALUES(c), row alias), then
/// the child's output; n = number of TableInfo::columns. They are evaluated left to right, each seeing the earlier ones' results.
struct InsertPlan final : PhysicalPlan {
  InsertPlan() : PhysicalPlan(PlanKind::kInsert) {}
  WriteTarget target;
  InsertMode mode = InsertMode::kInsert;
  bool ignore = false;
  std::vector<int> columns;  // offsets, in the statement's order
  std::vector<std::vector<ExpressionPtr>> rows;
  bool rows_refer_to_columns = false;  // some expression in `rows` reads a column of the row
  std::vector<Assignment> on_duplicate;
};

/// One table that UPDATE or DELETE writes; the child's output holds its handle and, for UPDATE and DELETE alike, its row.
struct ModifyTarget {
  WriteTarget target;
  std::vector<int> column_positions;  // by offset: position in the child's output; -1 for columns that are not public
  std::vector<int> handle_positions;  // one int64 position, or those of the clustered key's columns
};

/// UPDATE. Assignments are evaluated over the child's output; when `sequential`, left to right with each one seeing the columns already assigned
/// (MySQL's single-table rule). A row of a target whose handle is NULL (outer join) is skipped; a record met twice is updated once.
struct UpdatePlan final : PhysicalPlan {
  UpdatePlan() : PhysicalPlan(PlanKind::kUpdate) {}
  std::vector<ModifyTarget> targets;
  std::vector<Assignment> assignments;
  bool ignore = false;
  bool sequential = false;
};

struct DeletePlan final : PhysicalPlan {
  DeletePlan() : PhysicalPlan(PlanKind::kDelete) {}
  std::vector<ModifyTarget> targets;
  bool ignore = false;
};

/// LOAD DATA: field i of a line goes to fields[i]; then `assignments` (SET) are evaluated over the row, user variables by name.
struct LoadDataPlan final : PhysicalPlan {
  LoadDataPlan() : PhysicalPlan(PlanKind::kLoadData) {}
  struct Field {
    int offset = -1;            // column offset, or -1
    std::string user_variable;  // when offset is -1
  };
  WriteTarget target;
  InsertMode mode = InsertMode::kInsert;
  bool ignore = false;
  std::vector<Field> fields;
  std::vector<Assignment> assignments;
};

}  // namespace sluice::planner
