// Table options, partitions and ALTER TABLE.
#include "sql/restore_writer.h"

namespace sluice::sql {
namespace {

enum class OptionValue : std::uint8_t { kNumber, kString, kWord };

struct OptionText {
  TableOptionKind kind;
  std::string_view name;
  OptionValue value;
};

constexpr OptionText kOptionTexts[] = {
    {TableOptionKind::kEngine, "ENGINE", OptionValue::kWord},
    {TableOptionKind::kCharset, "DEFAULT CHARACTER SET", OptionValue::kWord},
    {TableOptionKind::kCollate, "DEFAULT COLLATE", OptionValue::kWord},
    {TableOptionKind::kAutoIncrement, "AUTO_INCREMENT", OptionValue::kNumber},
    {TableOptionKind::kAutoIdCache, "AUTO_ID_CACHE", OptionValue::kNumber},
    {TableOptionKind::kAutoRandomBase, "AUTO_RANDOM_BASE", OptionValue::kNumber},
    {TableOptionKind::kComment, "COMMENT", OptionValue::kString},
    {TableOptionKind::kAverageRowLength, "AVG_ROW_LENGTH", OptionValue::kNumber},
    {TableOptionKind::kCheckSum, "CHECKSUM", OptionValue::kNumber},
    {TableOptionKind::kTableCheckSum, "TABLE_CHECKSUM", OptionValue::kNumber},
    {TableOptionKind::kCompression, "COMPRESSION", OptionValue::kString},
    {TableOptionKind::kConnection, "CONNECTION", OptionValue::kString},
    {TableOptionKind::kPassword, "PASSWORD", OptionValue::kString},
    {TableOptionKind::kKeyBlockSize, "KEY_BLOCK_SIZE", OptionValue::kNumber},
    {TableOptionKind::kMaxRows, "MAX_ROWS", OptionValue::kNumber},
    {TableOptionKind::kMinRows, "MIN_ROWS", OptionValue::kNumber},
    {TableOptionKind::kDelayKeyWrite, "DELAY_KEY_WRITE", OptionValue::kNumber},
    {TableOptionKind::kRowFormat, "ROW_FORMAT", OptionValue::kWord},
    {TableOptionKind::kStatsPersistent, "STATS_PERSISTENT", OptionValue::kNumber},
    {TableOptionKind::kStatsAutoRecalc, "STATS_AUTO_RECALC", OptionValue::kNumber},
    {TableOptionKind::kStatsSamplePages, "STATS_SAMPLE_PAGES", OptionValue::kNumber},
    {TableOptionKind::kStatsBuckets, "STATS_BUCKETS", OptionValue::kNumber},
    {TableOptionKind::kStatsTopN, "STATS_TOPN", OptionValue::kNumber},
    {TableOptionKind::kStatsSampleRate, "STATS_SAMPLE_RATE", OptionValue::kWord},
    {TableOptionKind::kStatsColsChoice, "STATS_COL_CHOICE", OptionValue::kString},
    {TableOptionKind::kStatsColList, "STATS_COL_LIST", OptionValue::kString},
    {TableOptionKind::kPackKeys, "PACK_KEYS", OptionValue::kNumber},
    {TableOptionKind::kTablespace, "TABLESPACE", OptionValue::kString},
    {TableOptionKind::kNodegroup, "NODEGROUP", OptionValue::kNumber},
    {TableOptionKind::kDataDirectory, "DATA DIRECTORY", OptionValue::kString},
    {TableOptionKind::kIndexDirectory, "INDEX DIRECTORY", OptionValue::kString},
    {TableOptionKind::kSecondaryEngine, "SECONDARY_ENGINE", OptionValue::kString},
    {TableOptionKind::kInsertMethod, "INSERT_METHOD", OptionValue::kWord},
    {TableOptionKind::kEncryption, "ENCRYPTION", OptionValue::kString},
    {TableOptionKind::kShardRowId, "SHARD_ROW_ID_BITS", OptionValue::kNumber},
    {TableOptionKind::kPreSplitRegion, "PRE_SPLIT_REGIONS", OptionValue::kNumber},
    {TableOptionKind::kTtlEnable, "TTL_ENABLE", OptionValue::kString},
    {TableOptionKind::kTtlJobInterval, "TTL_JOB_INTERVAL", OptionValue::kString},
    {TableOptionKind::kAutoextendSize, "AUTOEXTEND_SIZE", OptionValue::kString},
    {TableOptionKind::kEngineAttribute, "ENGINE_ATTRIBUTE", OptionValue::kString},
    {TableOptionKind::kSecondaryEngineAttribute, "SECONDARY_ENGINE_ATTRIBUTE", OptionValue::kString},
    {TableOptionKind::kPageChecksum, "PAGE_CHECKSUM", OptionValue::kNumber},
    {TableOptionKind::kPageCompressed, "PAGE_COMPRESSED", OptionValue::kNumber},
    {TableOptionKind::kPageCompressionLevel, "PAGE_COMPRESSION_LEVEL", OptionValue::kNumber},
    {TableOptionKind::kTransactional, "TRANSACTIONAL", OptionValue::kNumber},
    {TableOptionKind::kSequence, "SEQUENCE", OptionValue::kNumber},
    {TableOptionKind::kAffinity, "AFFINITY", OptionValue::kString},
};

}  // namespace

void RestoreWriter::table_option(const TableOption& option) {
  switch (option.kind) {
    case TableOptionKind::kStorageMedia:
      keyword("STORAGE ");
      keyword(option.text);
      return;
    case TableOptionKind::kSecondaryEngineNull:
      keyword("SECONDARY_ENGINE = NULL");
      return;
    case TableOptionKind::kUnion:
      keyword("UNION = ");
      plain("(");
      separated(option.tables, ",", [this](const ObjectName& table) { table_name(table); });
      plain(")");
      return;
    case TableOptionKind::kPlacementPolicy:
      keyword("PLACEMENT POLICY = ");
      name(option.text);
      return;
    case TableOptionKind::kTtl:
      keyword("TTL = ");
      name(option.ttl_column);
      keyword(" + INTERVAL ");
      expression(*option.expression);
      plain(" ");
      keyword(time_unit_name(option.unit));
      return;
    default:
      break;
  }
  for (const OptionText& text : kOptionTexts) {
    if (text.kind != option.kind) continue;
    if (option.is_forced) keyword("FORCE ");
    keyword(text.name);
    plain(" = ");
    if (option.is_default) {
      keyword("DEFAULT");
    } else if (text.value == OptionValue::kNumber) {
      number(option.number);
    } else if (text.value == OptionValue::kString) {
      quoted(option.text);
    } else {
      plain(option.text);
    }
    return;
  }
}

// ---- partitions ------------------------------------------------------------------------------------------------------

void RestoreWriter::partition_method(const PartitionMethod& method) {
  if (method.is_linear) keyword("LINEAR ");
  switch (method.kind) {
    case PartitionMethodKind::kNone:
      return;
    case PartitionMethodKind::kHash:
      keyword("HASH");
      break;
    case PartitionMethodKind::kKey:
      keyword("KEY");
      if (method.key_algorithm) {
        keyword(" ALGORITHM = ");
        number(*method.key_algorithm);
        plain(" ");
      }
      break;
    case PartitionMethodKind::kRange:
      keyword(method.is_columns ? "RANGE COLUMNS" : "RANGE");
      break;
    case PartitionMethodKind::kList:
      keyword(method.is_columns ? "LIST COLUMNS" : "LIST");
      break;
    case PartitionMethodKind::kSystemTime:
      keyword("SYSTEM_TIME");
      if (method.expression != nullptr) {
        keyword(" INTERVAL ");
        expression(*method.expression);
        plain(" ");
        keyword(time_unit_name(method.unit));
      } else if (method.limit > 0) {
        keyword(" LIMIT ");
        number(method.limit);
      }
      return;
  }
  if (method.expression != nullptr) {
    plain(" (");
    expression(*method.expression);
    plain(")");
  } else {
    plain(" (");
    separated(method.columns, ",", [this](Name column) { name(column); });
    plain(")");
  }
  if (method.interval == nullptr) return;
  const PartitionInterval& interval = *method.interval;
  keyword(" INTERVAL ");
  plain("(");
  expression(*interval.interval);
  if (interval.unit != TimeUnit::kNone) {
    plain(" ");
    keyword(time_unit_name(interval.unit));
  }
  plain(")");
  if (interval.first != nullptr) {
    keyword(" FIRST PARTITION LESS THAN ");
    plain("(");
    expression(*interval.first);
    plain(")");
    keyword(" LAST PARTITION LESS THAN ");
    plain("(");
    expression(*interval.last);
    plain(")");
  }
  if (interval.has_null_partition) keyword(" NULL PARTITION");
  if (interval.has_max_value_partition) keyword(" MAXVALUE PARTITION");
}

void RestoreWriter::partition_options(const PartitionOptions& options) {
  keyword(" PARTITION BY ");
  partition_method(options.method);
  if (options.method.count) {
    keyword(" PARTITIONS ");
    number(*options.method.count);
  }
  if (options.subpartition_method.kind != PartitionMethodKind::kNone) {
    keyword(" SUBPARTITION BY ");
    partition_method(options.subpartition_method);
    if (options.subpartition_method.count) {
      keyword(" SUBPARTITIONS ");
      number(*options.subpartition_method.count);
    }
  }
  if (!options.definitions.empty()) {
    plain(" ");
    partition_definitions(options.definitions, false);
  }
  if (!options.update_indexes.empty()) {
    keyword(" UPDATE INDEXES ");
    plain("(");
    separated(options.update_indexes, ",", [this](const UpdateIndexOption& option) {
      name(option.index);
      keyword(option.is_global ? " GLOBAL" : " LOCAL");
    });
    plain(")");
  }
}

void RestoreWriter::partition_definitions(List<PartitionDefinition> definitions, bool is_subpartition) {
  plain("(");
  separated(definitions, ",", [&](const PartitionDefinition& definition) {
    keyword(is_subpartition ? "SUBPARTITION " : "PARTITION ");
    name(definition.name);
    switch (definition.bound) {
      case PartitionBoundKind::kNone:
        break;
      case PartitionBoundKind::kLessThan:
        keyword(" VALUES LESS THAN ");
        plain("(");
        expressions(definition.less_than, ", ");
        plain(")");
        break;
      case PartitionBoundKind::kIn:
        keyword(" VALUES IN ");
        plain("(");
        separated(definition.in_values, ", ", [this](ExpressionList values) {
          const bool is_row = values.size() > 1;
          if (is_row) plain("(");
          expressions(values, ", ");
          if (is_row) plain(")");
        });
        plain(")");
        break;
      case PartitionBoundKind::kDefault:
        keyword(" DEFAULT");
        break;
      case PartitionBoundKind::kHistory:
        keyword(" HISTORY");
        break;
      case PartitionBoundKind::kCurrent:
        keyword(" CURRENT");
        break;
    }
    for (const TableOption& option : definition.options) {
      plain(" ");
      table_option(option);
    }
    if (!definition.subpartitions.empty()) {
      plain(" ");
      partition_definitions(definition.subpartitions, true);
    }
  });
  plain(")");
}

// ---- ALTER TABLE -----------------------------------------------------------------------------------------------------

/// Specifications that have no form here make the whole statement fall back to its own text.
void RestoreWriter::alter_table(const AlterTableStatement& statement) {
  const std::size_t begin = out_.size();
  keyword(statement.is_ignore ? "ALTER IGNORE TABLE " : "ALTER TABLE ");
  table_name(statement.table);
  bool is_first = true;
  for (const AlterSpecification& specification : statement.specifications) {
    plain(is_first ? " " : ", ");
    is_first = false;
    if (!alter_specification(specification)) {
      out_.resize(begin);
      plain(statement.text);
      return;
    }
  }
}

/// False: this kind is not written.
bool RestoreWriter::alter_specification(const AlterSpecification& specification) {
  const auto if_exists = [&] {
    if (specification.if_exists) keyword("IF EXISTS ");
  };
  switch (specification.kind) {
    case AlterKind::kTableOptions:
      separated(specification.options, " ", [this](const TableOption& option) { table_option(option); });
      return true;
    case AlterKind::kAddColumns: {
      keyword("ADD COLUMN ");
      if (specification.if_not_exists) keyword("IF NOT EXISTS ");
      if (specification.is_parenthesised) plain("(");
      bool needs_comma = false;
      for (const ColumnDefinition& column : specification.columns) {
        if (needs_comma) plain(", ");
        needs_comma = true;
        column_definition(column);
      }
      for (const Constraint& element : specification.constraints) {
        if (needs_comma) plain(", ");
        needs_comma = true;
        constraint(element);
      }
      if (specification.is_parenthesised) plain(")");
      column_position(specification.position);
      return true;
    }
    case AlterKind::kDropColumn:
      keyword("DROP COLUMN ");
      if_exists();
      name(specification.column_name);
      return true;
    case AlterKind::kModifyColumn:
      keyword("MODIFY COLUMN ");
      if_exists();
      column_definition(specification.columns[0]);
      column_position(specification.position);
      return true;
    case AlterKind::kChangeColumn:
      keyword("CHANGE COLUMN ");
      if_exists();
      (*this)(*specification.old_column);
      plain(" ");
      column_definition(specification.columns[0]);
      column_position(specification.position);
      return true;
    case AlterKind::kRenameColumn:
      keyword("RENAME COLUMN ");
      name(specification.column_name);
      keyword(" TO ");
      name(specification.new_name);
      return true;
    case AlterKind::kAlterColumnSetDefault:
      keyword("ALTER COLUMN ");
      name(specification.column_name);
      keyword(" SET DEFAULT ");
      expression(*specification.expression);
      return true;
    case AlterKind::kAlterColumnDropDefault:
      keyword("ALTER COLUMN ");
      name(specification.column_name);
      keyword(" DROP DEFAULT");
      return true;
    case AlterKind::kAddConstraint:
      keyword("ADD ");
      constraint(*specification.constraint);
      return true;
    case AlterKind::kDropPrimaryKey:
      keyword("DROP PRIMARY KEY");
      return true;
    case AlterKind::kDropIndex:
      keyword("DROP INDEX ");
      if_exists();
      name(specification.name);
      return true;
    case AlterKind::kDropForeignKey:
      keyword("DROP FOREIGN KEY ");
      if_exists();
      name(specification.name);
      return true;
    case AlterKind::kDropCheck:
      keyword(specification.names_any_constraint ? "DROP CONSTRAINT " : "DROP CHECK ");
      if_exists();
      name(specification.name);
      return true;
    case AlterKind::kAlterCheck:
      keyword(specification.names_any_constraint ? "ALTER CONSTRAINT " : "ALTER CHECK ");
      name(specification.name);
      keyword(specification.is_enforced ? " ENFORCED" : " NOT ENFORCED");
      return true;
    case AlterKind::kRenameIndex:
      keyword("RENAME INDEX ");
      name(specification.name);
      keyword(" TO ");
      name(specification.new_name);
      return true;
    case AlterKind::kIndexVisibility:
      keyword("ALTER INDEX ");
      name(specification.name);
      keyword(specification.visibility == IndexVisibility::kVisible ? " VISIBLE" : " INVISIBLE");
      return true;
    case AlterKind::kRenameTable:
      keyword("RENAME AS ");
      table_name(specification.new_table);
      return true;
    case AlterKind::kForce:
      keyword("FORCE");
      return true;
    case AlterKind::kPartitionBy:
      partition_options(*specification.partition);
      return true;
    case AlterKind::kRemovePartitioning:
      keyword("REMOVE PARTITIONING");
      return true;
    case AlterKind::kAddPartitions:
      if (specification.partition == nullptr) return false;
      keyword("ADD PARTITION ");
      if (specification.if_not_exists) keyword("IF NOT EXISTS ");
      partition_definitions(specification.partition->definitions, false);
      return true;
    case AlterKind::kDropPartition:
      keyword("DROP PARTITION ");
      if_exists();
      names(specification.partition_names);
      return true;
    case AlterKind::kTruncatePartition:
      keyword("TRUNCATE PARTITION ");
      if (specification.is_all_partitions) {
        keyword("ALL");
      } else {
        names(specification.partition_names);
      }
      return true;
    default:
      return false;
  }
}

}  // namespace sluice::sql
