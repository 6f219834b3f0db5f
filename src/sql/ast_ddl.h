#pragma once
// Statements on tables and indexes.

#include "sql/ast_dml.h"
#include "sql/ast_table_definition.h"

namespace sluice::sql {

enum class TemporaryTable : std::uint8_t { kNone, kLocal, kGlobal };

/// CREATE TABLE: definitions, LIKE, or AS query.
struct CreateTableStatement : StatementOf<StatementKind::kCreateTable> {
  bool if_not_exists = false;
  TemporaryTable temporary = TemporaryTable::kNone;
  bool is_on_commit_delete = false;  // GLOBAL TEMPORARY .. ON COMMIT DELETE ROWS
  bool is_on_commit_written = false;
  ObjectName table;
  std::optional<ObjectName> like;
  List<ColumnDefinition> columns;
  List<Constraint> constraints;
  List<TableOption> options;
  const PartitionOptions* partition = nullptr;
  DuplicateHandling on_duplicate = DuplicateHandling::kError;  // CREATE TABLE .. REPLACE|IGNORE SELECT
  const Query* query = nullptr;
  List<Constraint> split_index_options;  // TiDB: SPLIT .. clauses are not kept
};

enum class ColumnPositionKind : std::uint8_t { kNotWritten, kFirst, kAfter };
struct ColumnPosition {
  ColumnPositionKind kind = ColumnPositionKind::kNotWritten;
  const ColumnReference* after = nullptr;
};

enum class AlterKind : std::uint8_t {
  kTableOptions,  // options
  kAddColumns,    // columns (one or a parenthesised list), constraints, position, if_not_exists
  kDropColumn,    // column_name, if_exists
  kModifyColumn,  // columns[0], position, if_exists
  kChangeColumn,  // old_column, columns[0], position, if_exists
  kRenameColumn,  // column_name -> new_name
  kAlterColumnSetDefault,
  kAlterColumnDropDefault,  // column_name, expression
  kAddConstraint,           // constraint
  kDropPrimaryKey,
  kDropIndex,
  kDropForeignKey,
  kDropCheck,        // name, if_exists, names_any_constraint
  kAlterCheck,       // name, is_enforced, names_any_constraint
  kRenameIndex,      // name -> new_name
  kIndexVisibility,  // name, visibility
  kRenameTable,      // new_table
  kOrderBy,          // order_by
  kConvertCharset,   // charset (empty: DEFAULT), collation
  kAlgorithm,
  kLock,  // word: DEFAULT, INSTANT, INPLACE, COPY; NONE, DEFAULT, SHARED, EXCLUSIVE
  kEnableKeys,
  kDisableKeys,
  kForce,
  kWithValidation,
  kWithoutValidation,
  kImportTablespace,
  kDiscardTablespace,
  kSecondaryLoad,
  kSecondaryUnload,
  kCache,
  kNoCache,
  kAttributes /* text; DEFAULT: is_default */,
  kStatsOptions,
  kTiFlashReplica,  // number, labels
  kHypoTiFlashReplica,
  kRemoveTtl,
  // partitions; `partition_names`, or is_all_partitions
  kPartitionBy,
  kRemovePartitioning,  // partition
  kAddPartitions,
  kAddLastPartition,  // partition->definitions, or number of HASH/KEY partitions
  kDropPartition,
  kDropFirstPartition,
  kTruncatePartition,
  kCoalescePartitions,
  kReorganizePartition,
  kReorganizeFirstPartition,
  kReorganizeLastPartition,
  kSplitMaxValuePartition,
  kMergeFirstPartition,
  kExchangePartition /* new_table, with_validation */,
  kCheckPartitions,
  kRebuildPartition,
  kOptimizePartition,
  kRepairPartition,
  kImportPartitionTablespace,
  kDiscardPartitionTablespace,
  kPartitionAttributes,
  kPartitionOptions,
  kAddStatistics,
  kDropStatistics,
  kSplitIndex,
  kCompact,  // partition_names, word: "TIFLASH REPLICA" or empty
};

/// One comma-separated part of ALTER TABLE; which members are set follows from `kind`.
struct AlterSpecification {
  AlterKind kind = AlterKind::kForce;
  bool if_exists = false;
  bool if_not_exists = false;
  bool is_parenthesised = false;  // ADD COLUMN (..)
  bool is_all_partitions = false;
  bool is_default = false;
  bool is_enforced = true;
  bool names_any_constraint = false;  // CONSTRAINT was written, not CHECK
  bool with_validation = true;
  bool is_validation_written = false;
  bool no_write_to_binlog = false;
  List<ColumnDefinition> columns;
  List<Constraint> constraints;  // of ADD (a int, index (a))
  const Constraint* constraint = nullptr;
  ColumnPosition position;
  const ColumnReference* old_column = nullptr;
  Name column_name;
  Name name;
  Name new_name;
  ObjectName new_table;
  const Expression* expression = nullptr;
  List<OrderItem> order_by;
  List<TableOption> options;
  std::string_view charset;
  std::string_view collation;
  std::string_view text;
  std::string_view word;
  std::uint64_t number = 0;
  List<std::string_view> labels;
  IndexVisibility visibility = IndexVisibility::kNotWritten;
  List<Name> partition_names;
  const PartitionOptions* partition = nullptr;
};

struct AlterTableStatement : StatementOf<StatementKind::kAlterTable> {
  bool is_ignore = false;
  ObjectName table;
  List<AlterSpecification> specifications;  // in the order written; may be empty
};

enum class DropBehaviour : std::uint8_t { kNotWritten, kRestrict, kCascade };

struct DropTableStatement : StatementOf<StatementKind::kDropTable> {
  bool if_exists = false;
  TemporaryTable temporary = TemporaryTable::kNone;
  List<ObjectName> tables;
  DropBehaviour behaviour = DropBehaviour::kNotWritten;
};

struct TruncateTableStatement : StatementOf<StatementKind::kTruncateTable> {
  ObjectName table;
};

struct RenamePair {
  ObjectName from;
  ObjectName to;
};

struct RenameTableStatement : StatementOf<StatementKind::kRenameTable> {
  List<RenamePair> tables;
};

/// CREATE [UNIQUE|FULLTEXT|SPATIAL] INDEX. `index.name` is never empty.
struct CreateIndexStatement : StatementOf<StatementKind::kCreateIndex> {
  ObjectName table;
  Constraint index;
  std::string_view algorithm;  // upper case; empty: not written
  std::string_view lock;
};

struct DropIndexStatement : StatementOf<StatementKind::kDropIndex> {
  bool if_exists = false;
  bool is_hypo = false;
  Name name;
  ObjectName table;
  std::string_view algorithm;
  std::string_view lock;
};

/// RECOVER TABLE t [n] | BY JOB n.
struct RecoverTableStatement : StatementOf<StatementKind::kRecoverTable> {
  ObjectName table;
  std::int64_t job_id = 0;   // 0: by name
  std::int64_t job_num = 0;  // 0: not written
};

/// FLASHBACK TABLE t [TO name].
struct FlashbackTableStatement : StatementOf<StatementKind::kFlashbackTable> {
  ObjectName table;
  Name new_name;
};

/// FLASHBACK DATABASE d [TO name].
struct FlashbackDatabaseStatement : StatementOf<StatementKind::kFlashbackDatabase> {
  Name database;
  Name new_name;
};

/// FLASHBACK {CLUSTER | TABLE t, .. | DATABASE d} TO {TIMESTAMP 's' | TSO n}.
struct FlashbackClusterStatement : StatementOf<StatementKind::kFlashbackCluster> {
  List<ObjectName> tables;
  Name database;
  const Expression* timestamp = nullptr;
  std::uint64_t tso = 0;
};

/// ADMIN REPAIR TABLE t CREATE TABLE ...
struct RepairTableStatement : StatementOf<StatementKind::kRepairTable> {
  ObjectName table;
  const CreateTableStatement* create = nullptr;
};

enum class MaintenanceOperation : std::uint8_t { kCheck, kChecksum, kOptimize, kRepair };

/// CHECK | CHECKSUM | OPTIMIZE | REPAIR TABLE t, ... Options that choose how thorough another engine is are read and not kept.
struct MaintainTablesStatement : StatementOf<StatementKind::kMaintainTables> {
  MaintenanceOperation operation = MaintenanceOperation::kCheck;
  List<ObjectName> tables;
  bool is_quick = false;  // QUICK written
};

}  // namespace sluice::sql
