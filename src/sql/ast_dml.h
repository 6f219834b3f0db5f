#pragma once
// Statements that read and write rows.

#include "sql/ast_select.h"
#include "sql/statement.h"

namespace sluice::sql {

/// A query as a statement: SELECT, set operations, TABLE, VALUES; WITH and parentheses included.
struct QueryStatement : StatementOf<StatementKind::kQuery> {
  const Query* query = nullptr;
};

/// `column = value`.
struct Assignment {
  const ColumnReference* column = nullptr;
  const Expression* value = nullptr;
};

/// INSERT and REPLACE. Exactly one of `rows`, `query` is the source; INSERT .. SET is one row with `columns`.
struct InsertStatement : StatementOf<StatementKind::kInsert> {
  bool is_replace = false;
  bool is_ignore = false;
  bool is_set_form = false;
  PriorityModifier priority = PriorityModifier::kNone;
  List<Hint> hints;
  ObjectName table;
  List<Name> partitions;
  List<const ColumnReference*> columns;
  bool is_column_list_written = false;  // INSERT INTO t () VALUES () has an empty one
  List<ExpressionList> rows;            // VALUES lists; `DEFAULT` is a DefaultValue; a list may be empty
  const Query* query = nullptr;
  Name row_alias;  // INSERT .. VALUES (..) AS new(a, b)
  List<Name> row_alias_columns;
  List<Assignment> on_duplicate_update;
};

/// UPDATE of one or more tables.
struct UpdateStatement : StatementOf<StatementKind::kUpdate> {
  const WithClause* with = nullptr;
  List<Hint> hints;
  PriorityModifier priority = PriorityModifier::kNone;
  bool is_ignore = false;
  const TableReference* tables = nullptr;
  List<Assignment> assignments;
  const Expression* where = nullptr;
  List<OrderItem> order_by;            // single table only
  const LimitClause* limit = nullptr;  // single table only
  bool is_multi_table = false;         // a join was written
};

/// DELETE FROM t .., DELETE t1, t2 FROM .., DELETE FROM t1, t2 USING ...
struct DeleteStatement : StatementOf<StatementKind::kDelete> {
  const WithClause* with = nullptr;
  List<Hint> hints;
  PriorityModifier priority = PriorityModifier::kNone;
  bool is_quick = false;
  bool is_ignore = false;
  bool is_multi_table = false;
  bool is_using_form = false;
  List<ObjectName> targets;  // multi-table: the tables (or aliases) to delete from
  const TableReference* tables = nullptr;
  const Expression* where = nullptr;
  List<OrderItem> order_by;            // single table only
  const LimitClause* limit = nullptr;  // single table only
};

/// A column or user variable that takes a field of LOAD DATA, in the order of the list.
struct LoadTarget {
  const ColumnReference* column = nullptr;  // null: the variable
  std::string_view variable;                // without the @
};

/// `name [= value]` of WITH-lists: LOAD DATA, IMPORT INTO, BACKUP and so on. Names in lower case.
struct NamedOption {
  std::string_view name;
  const Expression* value = nullptr;  // may be null
};

enum class DuplicateHandling : std::uint8_t { kError, kIgnore, kReplace };

/// LOAD DATA [LOW_PRIORITY|CONCURRENT] [LOCAL] INFILE 'f' [REPLACE|IGNORE] INTO TABLE t ...
struct LoadDataStatement : StatementOf<StatementKind::kLoadData> {
  PriorityModifier priority = PriorityModifier::kNone;
  bool is_local = false;
  std::string_view file_name;
  std::string_view file_format;  // TiDB: FORMAT 'csv'
  DuplicateHandling on_duplicate = DuplicateHandling::kError;
  ObjectName table;
  List<Name> partitions;
  std::string_view charset;
  FieldsAndLines format;
  std::uint64_t ignore_lines = 0;
  List<LoadTarget> targets;  // empty: all columns
  List<Assignment> assignments;
  List<NamedOption> options;
};

/// IMPORT INTO t [(targets)] [SET ..] FROM 'f' [FORMAT 'x'] [WITH ..] | FROM query [WITH ..].
struct ImportIntoStatement : StatementOf<StatementKind::kImportInto> {
  ObjectName table;
  List<LoadTarget> targets;
  List<Assignment> assignments;
  std::string_view file_name;
  std::string_view file_format;
  const Query* query = nullptr;
  List<NamedOption> options;
};

enum class BatchDryRun : std::uint8_t { kNone, kSplit, kQuery };

/// BATCH [ON column] LIMIT n [DRY RUN [QUERY]] INSERT|UPDATE|DELETE ...
struct BatchStatement : StatementOf<StatementKind::kBatch> {
  const ColumnReference* shard_column = nullptr;
  std::uint64_t limit = 0;
  BatchDryRun dry_run = BatchDryRun::kNone;
  const Statement* statement = nullptr;
};

/// DO expr, ...
struct DoStatement : StatementOf<StatementKind::kDo> {
  ExpressionList expressions;
};

/// CALL name(args).
struct CallStatement : StatementOf<StatementKind::kCall> {
  ObjectName procedure;
  ExpressionList arguments;
};

}  // namespace sluice::sql
