#pragma once
// Queries: SELECT, set operations, TABLE, VALUES; table references; common table expressions.

#include "sql/ast_expression.h"
#include "sql/ast_hint.h"

namespace sluice::sql {

// ---- table references ------------------------------------------------------------------------------------------------

enum class TableReferenceKind : std::uint8_t { kTable, kDerived, kJoin };

struct TableReference {
  TableReferenceKind kind;
  explicit TableReference(TableReferenceKind kind) : kind(kind) {}
  template <class T>
  const T& as() const {
    return static_cast<const T&>(*this);
  }
  template <class T>
  const T* try_as() const {
    return kind == T::kKind ? static_cast<const T*>(this) : nullptr;
  }
};

enum class IndexHintKind : std::uint8_t { kUse, kIgnore, kForce };
enum class IndexHintScope : std::uint8_t { kAll, kJoin, kOrderBy, kGroupBy };

/// USE|IGNORE|FORCE INDEX [FOR ..] (names); the primary key's name is "PRIMARY" in any case.
struct IndexHint {
  IndexHintKind kind = IndexHintKind::kUse;
  IndexHintScope scope = IndexHintScope::kAll;
  List<Name> indexes;
};

struct TableSample {
  std::string_view method;             // lower case: "regions", "system", "bernoulli"; empty: none
  const Expression* amount = nullptr;  // may be null: TABLESAMPLE REGIONS()
  bool is_rows = false;                // n ROWS; else n [PERCENT]
  const Expression* repeatable_seed = nullptr;
};

/// `[schema.]table [PARTITION (..)] [AS OF TIMESTAMP ..] [AS alias] [index hints] [TABLESAMPLE ..]`.
struct NamedTable : TableReference {
  static constexpr TableReferenceKind kKind = TableReferenceKind::kTable;
  NamedTable() : TableReference(kKind) {}
  ObjectName name;
  Name alias;
  List<Name> partitions;
  List<IndexHint> index_hints;
  const Expression* as_of_timestamp = nullptr;
  const TableSample* sample = nullptr;
  SourceRange source;
};

/// `[LATERAL] (query) [AS] alias [(columns)]`.
struct DerivedTable : TableReference {
  static constexpr TableReferenceKind kKind = TableReferenceKind::kDerived;
  DerivedTable() : TableReference(kKind) {}
  const Query* query = nullptr;
  Name alias;  // empty: none was given (1248 is the planner's to raise)
  List<Name> columns;
  bool is_lateral = false;
};

enum class JoinKind : std::uint8_t { kCross /* comma, JOIN, INNER JOIN, CROSS JOIN */, kLeft, kRight };

/// A join. Comma lists are left-deep joins with `is_comma`. STRAIGHT_JOIN is kCross with `is_straight`.
struct Join : TableReference {
  static constexpr TableReferenceKind kKind = TableReferenceKind::kJoin;
  Join() : TableReference(kKind) {}
  JoinKind join_kind = JoinKind::kCross;
  const TableReference* left = nullptr;
  const TableReference* right = nullptr;
  const Expression* on = nullptr;
  List<Name> using_columns;
  bool is_natural = false;
  bool is_straight = false;
  bool is_comma = false;
  bool is_parenthesised = false;
};

// ---- queries ---------------------------------------------------------------------------------------------------------

enum class QueryKind : std::uint8_t { kSelect, kSetOperation, kTable, kValues };

struct CommonTableExpression {
  Name name;
  List<Name> columns;
  const Query* query = nullptr;
};

struct WithClause {
  bool is_recursive = false;
  List<CommonTableExpression> expressions;
};

/// `LIMIT count [OFFSET offset]`; both are integer literals or parameters.
struct LimitClause {
  const Expression* count = nullptr;
  const Expression* offset = nullptr;  // may be null
};

enum class LockStrength : std::uint8_t { kNone, kUpdate, kShare };
enum class LockWait : std::uint8_t { kWait, kNoWait, kSkipLocked, kWaitSeconds };

/// FOR UPDATE | FOR SHARE | LOCK IN SHARE MODE.
struct LockingClause {
  LockStrength strength = LockStrength::kNone;
  LockWait wait = LockWait::kWait;
  std::uint64_t wait_seconds = 0;
  List<ObjectName> of_tables;
};

/// FIELDS ... LINES ... of LOAD DATA and INTO OUTFILE. Defaults as in MySQL.
struct FieldsAndLines {
  std::string_view fields_terminated_by = "\t";
  std::string_view fields_enclosed_by;
  bool is_optionally_enclosed = false;
  std::string_view fields_escaped_by = "\\";
  std::string_view lines_starting_by;
  std::string_view lines_terminated_by = "\n";
  bool is_fields_written = false;
  bool is_lines_written = false;
  std::string_view fields_defined_null_by;  // TiDB: DEFINED NULL BY 'x' [OPTIONALLY ENCLOSED]
  bool is_defined_null_written = false;
  bool is_defined_null_enclosed = false;
};

enum class IntoKind : std::uint8_t { kOutfile, kDumpfile, kVariables };

/// INTO OUTFILE 'f' .. | INTO DUMPFILE 'f' | INTO @a, @b.
struct IntoClause {
  IntoKind kind = IntoKind::kOutfile;
  std::string_view file_name;
  std::string_view charset;
  FieldsAndLines format;
  List<std::string_view> variables;  // without the @
};

/// A query expression: what may stand in parentheses as a subquery. WITH, ORDER BY, LIMIT, locking and INTO belong to the
/// whole of it.
struct Query {
  QueryKind kind;
  explicit Query(QueryKind kind) : kind(kind) {}
  template <class T>
  const T& as() const {
    return static_cast<const T&>(*this);
  }
  template <class T>
  const T* try_as() const {
    return kind == T::kKind ? static_cast<const T*>(this) : nullptr;
  }

  const WithClause* with = nullptr;
  List<OrderItem> order_by;
  const LimitClause* limit = nullptr;
  const LockingClause* locking = nullptr;
  const IntoClause* into = nullptr;
  bool is_parenthesised = false;  // as an operand of a set operation, or a whole statement in parentheses
  SourceRange source;
};

/// One item of a select list: `*`, `t.*`, `db.t.*` or an expression.
struct SelectItem {
  const Expression* expression = nullptr;  // null: a wildcard
  Name wildcard_schema;                    // of db.t.*
  Name wildcard_table;                     // of t.*
  Name alias;                              // empty: none; a string alias ('x') is here as well
  bool is_alias_written = false;           // an alias '' is possible
  /// The item's exact text without its alias: MySQL's column name of an expression.
  std::string_view text;
};

enum class Distinctness : std::uint8_t { kNotWritten, kAll, kDistinct };
enum class PriorityModifier : std::uint8_t { kNone, kLow, kHigh, kDelayed };

/// SELECT [hints] [options] items [FROM ..] [WHERE ..] [GROUP BY ..] [HAVING ..] [WINDOW ..].
struct SelectQuery : Query {
  static constexpr QueryKind kKind = QueryKind::kSelect;
  SelectQuery() : Query(kKind) {}
  List<Hint> hints;
  Distinctness distinct = Distinctness::kNotWritten;
  PriorityModifier priority = PriorityModifier::kNone;
  bool is_straight_join = false;
  bool sql_small_result = false;
  bool sql_big_result = false;
  bool sql_buffer_result = false;
  bool sql_no_cache = false;
  bool sql_calc_found_rows = false;
  List<SelectItem> items;
  const TableReference* from = nullptr;  // null: none, or DUAL
  bool is_from_dual = false;
  const Expression* where = nullptr;
  List<OrderItem> group_by;
  bool is_rollup = false;  // WITH ROLLUP
  const Expression* having = nullptr;
  List<WindowSpecification> windows;
};

enum class SetOperator : std::uint8_t { kUnion, kExcept, kIntersect };

/// One operand of a set operation and the operator that stands before it (ignored for the first).
struct SetOperand {
  SetOperator op = SetOperator::kUnion;
  bool is_all = false;
  const Query* query = nullptr;
};

/// `a UNION b EXCEPT ALL c`: left-associative over `operands` (two or more). INTERSECT binds tighter: its runs are
/// operands of their own, nested.
struct SetOperationQuery : Query {
  static constexpr QueryKind kKind = QueryKind::kSetOperation;
  SetOperationQuery() : Query(kKind) {}
  List<SetOperand> operands;
};

/// TABLE t.
struct TableQuery : Query {
  static constexpr QueryKind kKind = QueryKind::kTable;
  TableQuery() : Query(kKind) {}
  const NamedTable* table = nullptr;
};

/// VALUES ROW(..), ROW(..).
struct ValuesQuery : Query {
  static constexpr QueryKind kKind = QueryKind::kValues;
  ValuesQuery() : Query(kKind) {}
  List<ExpressionList> rows;
};

}  // namespace sluice::sql
