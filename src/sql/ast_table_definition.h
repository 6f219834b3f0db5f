#pragma once
// Columns, constraints, options and partitions of CREATE and ALTER TABLE.

#include "sql/ast_expression.h"

namespace sluice::sql {

// ---- columns ---------------------------------------------------------------------------------------------------------

enum class ReferentialAction : std::uint8_t { kNotWritten, kRestrict, kCascade, kSetNull, kNoAction, kSetDefault };
enum class ReferenceMatch : std::uint8_t { kNotWritten, kFull, kPartial, kSimple };
enum class Clustering : std::uint8_t { kNotWritten, kClustered, kNonClustered };
enum class IndexVisibility : std::uint8_t { kNotWritten, kVisible, kInvisible };

/// REFERENCES t (columns) [MATCH ..] [ON DELETE ..] [ON UPDATE ..].
struct ReferenceDefinition {
  ObjectName table;
  List<IndexColumn> columns;
  ReferenceMatch match = ReferenceMatch::kNotWritten;
  ReferentialAction on_delete = ReferentialAction::kNotWritten;
  ReferentialAction on_update = ReferentialAction::kNotWritten;
};

enum class ColumnOptionKind : std::uint8_t {
  kPrimaryKey,  // clustering, is_global
  kUniqueKey,   // is_global
  kNotNull,
  kNull,
  kAutoIncrement,
  kDefault,       // expression
  kOnUpdate,      // expression
  kComment,       // text
  kGenerated,     // expression, is_stored; expression_text
  kReference,     // reference
  kCollate,       // text
  kCheck,         // expression, name, is_enforced
  kColumnFormat,  // text: FIXED, DYNAMIC, DEFAULT
  kStorage,       // text: DISK, MEMORY, DEFAULT
  kAutoRandom,    // shard_bits, range_bits (-1: not written)
  kSecondaryEngineAttribute,
  kEngineAttribute,  // text
  kVisible,
  kInvisible,
  kSrid,
};

struct ColumnOption {
  ColumnOptionKind kind = ColumnOptionKind::kNull;
  const Expression* expression = nullptr;
  std::string_view expression_text;  // source of a generated column's or check's expression
  std::string_view text;
  Name name;  // CONSTRAINT name of a check
  const ReferenceDefinition* reference = nullptr;
  Clustering clustering = Clustering::kNotWritten;
  bool is_stored = false;
  bool is_enforced = true;
  bool is_global = false;
  bool is_parenthesised_default = false;  // DEFAULT (expr)
  std::int64_t shard_bits = -1;
  std::int64_t range_bits = -1;
};

struct ColumnDefinition {
  const ColumnReference* column = nullptr;  // schema and table empty but in ALTER .. CHANGE db.t.c
  const DataType* type = nullptr;
  List<ColumnOption> options;  // in the order written
};

// ---- indexes and constraints -----------------------------------------------------------------------------------------

enum class IndexKind : std::uint8_t {
  kIndex,
  kPrimaryKey,
  kUnique,
  kFullText,
  kSpatial,
  kForeignKey,
  kCheck,
  kVector,
  kColumnar,
};
enum class IndexMethod : std::uint8_t { kNotWritten, kBtree, kHash, kRtree, kHypo, kHnsw, kInverted };

struct IndexOptions {
  IndexMethod method = IndexMethod::kNotWritten;
  IndexVisibility visibility = IndexVisibility::kNotWritten;
  Clustering clustering = Clustering::kNotWritten;
  bool is_global = false;
  bool is_local = false;
  std::optional<std::string_view> comment;
  std::optional<std::uint64_t> key_block_size;
  std::string_view parser_name;  // WITH PARSER
  std::string_view engine_attribute;
  std::string_view secondary_engine_attribute;
  const Expression* pre_split_regions = nullptr;  // PRE_SPLIT_REGIONS = n or (list)
  bool add_columnar_replica_on_demand = false;
  const Expression* where = nullptr;  // partial index
};

/// An index, key, foreign key or check of a table.
struct Constraint {
  IndexKind kind = IndexKind::kIndex;
  Name name;                                // index or constraint name; empty: to be made up
  Name constraint_name;                     // CONSTRAINT symbol as written (may differ from the index name)
  bool is_empty_constraint_symbol = false;  // CONSTRAINT without a symbol
  bool if_not_exists = false;
  List<IndexColumn> columns;
  IndexOptions options;
  const ReferenceDefinition* reference = nullptr;  // kForeignKey
  const Expression* check = nullptr;               // kCheck
  std::string_view check_text;
  bool is_enforced = true;
};

// ---- table options ---------------------------------------------------------------------------------------------------

enum class TableOptionKind : std::uint8_t {
  kEngine,
  kCharset,
  kCollate,
  kAutoIncrement,
  kAutoIdCache,
  kAutoRandomBase,
  kComment,
  kAverageRowLength,
  kCheckSum,
  kCompression,
  kConnection,
  kPassword,
  kKeyBlockSize,
  kMaxRows,
  kMinRows,
  kDelayKeyWrite,
  kRowFormat,
  kStatsPersistent,
  kStatsAutoRecalc,
  kStatsSamplePages,
  kPackKeys,
  kTablespace,
  kNodegroup,
  kDataDirectory,
  kIndexDirectory,
  kStorageMedia,
  kStatsBuckets,
  kStatsTopN,
  kStatsSampleRate,
  kStatsColsChoice,
  kStatsColList,
  kSecondaryEngine,
  kSecondaryEngineNull,
  kInsertMethod,
  kTableCheckSum,
  kUnion,
  kEncryption,
  kShardRowId,
  kPreSplitRegion,
  kPlacementPolicy,
  kTtl,
  kTtlEnable,
  kTtlJobInterval,
  kAutoextendSize,
  kEngineAttribute,
  kSecondaryEngineAttribute,
  kPageChecksum,
  kPageCompressed,
  kPageCompressionLevel,
  kTransactional,
  kIetfQuotes,
  kSequence,
  kAffinity,
};

struct TableOption {
  TableOptionKind kind = TableOptionKind::kEngine;
  std::string_view text;  // names, strings, words (ROW_FORMAT's in upper case); charset and collation in lower case
  std::uint64_t number = 0;
  bool is_default = false;                 // = DEFAULT
  bool is_forced = false;                  // FORCE AUTO_INCREMENT
  const Expression* expression = nullptr;  // kTtl: the interval; `ttl_column` + INTERVAL expression unit
  Name ttl_column;
  TimeUnit unit = TimeUnit::kNone;
  List<ObjectName> tables;  // kUnion
};

// ---- partitions ------------------------------------------------------------------------------------------------------

enum class PartitionMethodKind : std::uint8_t { kNone, kHash, kKey, kRange, kList, kSystemTime };

struct PartitionInterval {  // INTERVAL (n [unit]) [FIRST PARTITION LESS THAN (e) LAST PARTITION LESS THAN (e)] ...
  const Expression* interval = nullptr;
  TimeUnit unit = TimeUnit::kNone;
  const Expression* first = nullptr;
  const Expression* last = nullptr;
  bool has_null_partition = false;
  bool has_max_value_partition = false;
};

struct PartitionMethod {
  PartitionMethodKind kind = PartitionMethodKind::kNone;
  bool is_linear = false;
  bool is_columns = false;                 // RANGE COLUMNS, LIST COLUMNS; KEY always has columns
  const Expression* expression = nullptr;  // HASH, RANGE, LIST
  std::string_view expression_text;
  List<Name> columns;                  // KEY, COLUMNS
  std::optional<std::uint64_t> count;  // PARTITIONS n
  std::optional<std::uint64_t> key_algorithm;
  const PartitionInterval* interval = nullptr;
  TimeUnit unit = TimeUnit::kNone;  // SYSTEM_TIME INTERVAL
  std::uint64_t limit = 0;          // SYSTEM_TIME LIMIT
};

enum class PartitionBoundKind : std::uint8_t {
  kNone,
  kLessThan,
  kIn,
  kDefault /* PARTITION p DEFAULT */,
  kHistory,
  kCurrent
};

struct PartitionDefinition {
  Name name;
  PartitionBoundKind bound = PartitionBoundKind::kNone;
  ExpressionList less_than;  // MaxValue nodes for MAXVALUE
  List<ExpressionList>
      in_values;  // one list per value (more than one element for LIST COLUMNS of several); DEFAULT as DefaultValue
  List<TableOption> options;  // ENGINE, COMMENT, DATA DIRECTORY, PLACEMENT POLICY ...
  List<PartitionDefinition> subpartitions;
};

struct UpdateIndexOption {
  Name index;
  bool is_global = false;
};

struct PartitionOptions {
  PartitionMethod method;
  PartitionMethod subpartition_method;
  List<PartitionDefinition> definitions;
  List<UpdateIndexOption> update_indexes;
};

}  // namespace sluice::sql
