// ALTER TABLE and the dispatch of ALTER.
#include "sql/ddl_parser.h"

namespace sluice::sql {

const Statement* DdlParser::parse_alter() {
  expect(Keyword::kAlter);
  switch (token().keyword) {
    case Keyword::kTable:
      return parse_alter_table(false);
    case Keyword::kIgnore:
      advance();
      return parse_alter_table(true);
    case Keyword::kDatabase:
    case Keyword::kSchema:
      return parse_alter_database();
    case Keyword::kUser:
      return parse_alter_user();
    case Keyword::kView:
    case Keyword::kAlgorithm:
    case Keyword::kDefiner:
    case Keyword::kSql:
      return parse_create_view(false, true);
    case Keyword::kSequence:
      return parse_alter_sequence();
    case Keyword::kPlacement:
      return parse_placement_policy(Keyword::kAlter, false);
    case Keyword::kResource:
      return parse_resource_group(Keyword::kAlter);
    case Keyword::kRange: {
      advance();
      AlterRangeStatement* alter = make<AlterRangeStatement>();
      alter->range = parse_name();
      expect(Keyword::kPlacement, Keyword::kPolicy);
      accept_equal();
      alter->policy = accept(Keyword::kDefault) ? Name("default") : parse_name_or_string();
      return alter;
    }
    case Keyword::kProcedure:
      return unsupported("ALTER PROCEDURE");
    case Keyword::kFunction:
      return unsupported("ALTER FUNCTION");
    case Keyword::kEvent:
      return unsupported("ALTER EVENT");
    case Keyword::kServer:
      return unsupported("ALTER SERVER");
    case Keyword::kTablespace:
      return unsupported("ALTER TABLESPACE");
    case Keyword::kInstance:
      return unsupported("ALTER INSTANCE");
    default:
      fail();
  }
}

const Statement* DdlParser::parse_alter_table(bool is_ignore) {
  expect(Keyword::kTable);
  AlterTableStatement* alter = make<AlterTableStatement>();
  alter->is_ignore = is_ignore;
  alter->table = parse_object_name();
  if (is(TokenKind::kEnd) || is(TokenKind::kSemicolon)) return alter;
  std::vector<AlterSpecification> specifications;
  do {
    // PARTITION BY and REMOVE PARTITIONING may stand without a comma behind other specifications.
    specifications.push_back(parse_alter_specification());
  } while (accept(TokenKind::kComma) || is(Keyword::kPartition, Keyword::kBy) || is(Keyword::kRemove));
  alter->specifications = list(specifications);
  return alter;
}

AlterSpecification DdlParser::parse_alter_specification() {
  AlterSpecification specification;
  const auto kind_is = [&specification](AlterKind kind) {
    specification.kind = kind;
    return specification;
  };
  if (parse_alter_partition(specification)) return specification;
  switch (token().keyword) {
    case Keyword::kAdd:
      parse_alter_add(specification);
      return specification;
    case Keyword::kDrop:
      parse_alter_drop(specification);
      return specification;
    case Keyword::kAlter:
      parse_alter_alter(specification);
      return specification;
    case Keyword::kRename:
      parse_alter_rename(specification);
      return specification;
    case Keyword::kModify:
      advance();
      accept(Keyword::kColumn);
      specification.if_exists = accept_if_exists();
      specification.columns = list(std::vector<ColumnDefinition>{parse_column_definition()});
      specification.position = parse_column_position();
      return kind_is(AlterKind::kModifyColumn);
    case Keyword::kChange:
      advance();
      accept(Keyword::kColumn);
      specification.if_exists = accept_if_exists();
      specification.old_column = parse_column_reference();
      specification.columns = list(std::vector<ColumnDefinition>{parse_column_definition()});
      specification.position = parse_column_position();
      return kind_is(AlterKind::kChangeColumn);
    case Keyword::kOrder:
      specification.order_by = parse_order_items();
      return kind_is(AlterKind::kOrderBy);
    case Keyword::kConvert:
      advance();
      expect(Keyword::kTo);
      if (!accept_charset_keyword()) fail();
      if (!accept(Keyword::kDefault)) specification.charset = parse_charset_name();
      if (accept(Keyword::kCollate)) {
        accept_equal();
        specification.collation = parse_collation_name();
      }
      return kind_is(AlterKind::kConvertCharset);
    case Keyword::kAlgorithm: {
      std::string_view unused;
      parse_algorithm_and_lock(specification.word, unused);
      return kind_is(AlterKind::kAlgorithm);
    }
    case Keyword::kLock: {
      std::string_view unused;
      parse_algorithm_and_lock(unused, specification.word);
      return kind_is(AlterKind::kLock);
    }
    case Keyword::kEnable:
    case Keyword::kDisable: {
      const bool is_enable = advance().keyword == Keyword::kEnable;
      expect(Keyword::kKeys);
      return kind_is(is_enable ? AlterKind::kEnableKeys : AlterKind::kDisableKeys);
    }
    case Keyword::kForce:
      if (peek().keyword == Keyword::kAutoIncrement || peek().keyword == Keyword::kAutoRandomBase) break;
      advance();
      return kind_is(AlterKind::kForce);
    case Keyword::kWith:
    case Keyword::kWithout: {
      const bool is_with = advance().keyword == Keyword::kWith;
      expect(Keyword::kValidation);
      return kind_is(is_with ? AlterKind::kWithValidation : AlterKind::kWithoutValidation);
    }
    case Keyword::kImport:
      advance();
      expect(Keyword::kTablespace);
      return kind_is(AlterKind::kImportTablespace);
    case Keyword::kDiscard:
      advance();
      expect(Keyword::kTablespace);
      return kind_is(AlterKind::kDiscardTablespace);
    case Keyword::kCompact:
      advance();
      if (accept(Keyword::kPartition)) specification.partition_names = parse_name_list();
      if (accept(Keyword::kTiflash)) {
        expect(Keyword::kReplica);
        specification.word = "TIFLASH REPLICA";
      }
      return kind_is(AlterKind::kCompact);
    case Keyword::kSecondaryLoad:
      advance();
      return kind_is(AlterKind::kSecondaryLoad);
    case Keyword::kSecondaryUnload:
      advance();
      return kind_is(AlterKind::kSecondaryUnload);
    case Keyword::kCache:
      advance();
      return kind_is(AlterKind::kCache);
    case Keyword::kNocache:
      advance();
      return kind_is(AlterKind::kNoCache);
    case Keyword::kAttributes:
      advance();
      accept_equal();
      specification.is_default = accept(Keyword::kDefault);
      if (!specification.is_default) specification.text = parse_string();
      return kind_is(AlterKind::kAttributes);
    case Keyword::kStatsOptions:
      advance();
      accept_equal();
      specification.is_default = accept(Keyword::kDefault);
      if (!specification.is_default) specification.text = parse_string();
      return kind_is(AlterKind::kStatsOptions);
    case Keyword::kSet:
      advance();
      specification.kind = accept(Keyword::kHypo) ? AlterKind::kHypoTiFlashReplica : AlterKind::kTiFlashReplica;
      expect(Keyword::kTiflash, Keyword::kReplica);
      specification.number = parse_unsigned();
      if (accept(Keyword::kLocation)) {
        expect(Keyword::kLabels);
        specification.labels = parse_string_list();
      }
      return specification;
    case Keyword::kRemove:
      advance();
      if (accept(Keyword::kTtl)) return kind_is(AlterKind::kRemoveTtl);
      expect(Keyword::kPartitioning);
      return kind_is(AlterKind::kRemovePartitioning);
    case Keyword::kLast:
      break;
    default:
      break;
  }
  specification.options = parse_table_options();
  if (specification.options.empty()) fail();
  return kind_is(AlterKind::kTableOptions);
}

ColumnPosition DdlParser::parse_column_position() {
  ColumnPosition position;
  if (accept(Keyword::kFirst)) {
    position.kind = ColumnPositionKind::kFirst;
  } else if (accept(Keyword::kAfter)) {
    position.kind = ColumnPositionKind::kAfter;
    position.after = parse_column_reference();
  }
  return position;
}

void DdlParser::parse_alter_add(AlterSpecification& specification) {
  expect(Keyword::kAdd);
  if (accept(Keyword::kPartition)) {
    specification.if_not_exists = accept_if_not_exists();
    specification.no_write_to_binlog = accept_any(Keyword::kNoWriteToBinlog, Keyword::kLocal);
    specification.kind = AlterKind::kAddPartitions;
    if (accept(Keyword::kPartitions)) {
      specification.number = parse_unsigned();
    } else if (is(TokenKind::kLeftParen)) {
      PartitionOptions* options = make<PartitionOptions>();
      options->definitions = parse_partition_definitions();
      specification.partition = options;
    }
    return;
  }
  if (accept(Keyword::kStatsExtended)) {
    specification.kind = AlterKind::kAddStatistics;
    specification.if_not_exists = accept_if_not_exists();
    specification.name = parse_name();
    specification.word = upper(parse_name());
    specification.partition_names = parse_parenthesised_names();
    return;
  }
  if (starts_constraint()) {
    specification.kind = AlterKind::kAddConstraint;
    Constraint* constraint = make<Constraint>();
    *constraint = parse_constraint();
    specification.constraint = constraint;
    return;
  }
  accept(Keyword::kColumn);
  specification.kind = AlterKind::kAddColumns;
  specification.if_not_exists = accept_if_not_exists();
  if (!accept(TokenKind::kLeftParen)) {
    specification.columns = list(std::vector<ColumnDefinition>{parse_column_definition()});
    specification.position = parse_column_position();
    return;
  }
  specification.is_parenthesised = true;
  std::vector<ColumnDefinition> columns;
  std::vector<Constraint> constraints;
  do {
    if (starts_constraint()) {
      constraints.push_back(parse_constraint());
    } else {
      columns.push_back(parse_column_definition());
    }
  } while (accept(TokenKind::kComma));
  expect(TokenKind::kRightParen);
  specification.columns = list(columns);
  specification.constraints = list(constraints);
}

void DdlParser::parse_alter_drop(AlterSpecification& specification) {
  expect(Keyword::kDrop);
  switch (token().keyword) {
    case Keyword::kPrimary:
      advance();
      expect(Keyword::kKey);
      specification.kind = AlterKind::kDropPrimaryKey;
      return;
    case Keyword::kIndex:
    case Keyword::kKey:
      advance();
      specification.if_exists = accept_if_exists();
      specification.name = parse_name();
      specification.kind = AlterKind::kDropIndex;
      return;
    case Keyword::kForeign:
      advance();
      expect(Keyword::kKey);
      specification.if_exists = accept_if_exists();
      specification.name = parse_name();
      specification.kind = AlterKind::kDropForeignKey;
      return;
    case Keyword::kCheck:
    case Keyword::kConstraint:
      specification.names_any_constraint = is(Keyword::kConstraint);
      advance();
      specification.if_exists = accept_if_exists();
      specification.name = parse_name();
      specification.kind = AlterKind::kDropCheck;
      return;
    case Keyword::kPartition:
      advance();
      specification.if_exists = accept_if_exists();
      specification.partition_names = parse_name_list();
      specification.kind = AlterKind::kDropPartition;
      return;
    case Keyword::kStatsExtended:
      advance();
      specification.if_exists = accept_if_exists();
      specification.name = parse_name();
      specification.kind = AlterKind::kDropStatistics;
      return;
    case Keyword::kFirst:
      if (peek().keyword == Keyword::kPartition) {
        advance();
        advance();
        expect(Keyword::kLess, Keyword::kThan);
        expect(TokenKind::kLeftParen);
        specification.expression = parse_expression();
        expect(TokenKind::kRightParen);
        specification.kind = AlterKind::kDropFirstPartition;
        return;
      }
      break;
    default:
      break;
  }
  accept(Keyword::kColumn);
  specification.if_exists = accept_if_exists();
  specification.column_name = parse_column_reference()->column;
  if (!accept(Keyword::kRestrict)) accept(Keyword::kCascade);
  specification.kind = AlterKind::kDropColumn;
}

/// ALTER [COLUMN] c SET DEFAULT | DROP DEFAULT, ALTER INDEX i VISIBLE, ALTER CHECK c ENFORCED.
void DdlParser::parse_alter_alter(AlterSpecification& specification) {
  expect(Keyword::kAlter);
  if (accept(Keyword::kIndex)) {
    specification.name = parse_name();
    specification.kind = AlterKind::kIndexVisibility;
    specification.visibility = accept(Keyword::kVisible) ? IndexVisibility::kVisible : IndexVisibility::kInvisible;
    if (specification.visibility == IndexVisibility::kInvisible) expect(Keyword::kInvisible);
    return;
  }
  if (is(Keyword::kCheck) || is(Keyword::kConstraint)) {
    specification.names_any_constraint = is(Keyword::kConstraint);
    advance();
    specification.name = parse_name();
    specification.kind = AlterKind::kAlterCheck;
    if (!is(Keyword::kEnforced) && !is(Keyword::kNot)) fail();
    specification.is_enforced = parse_enforcement();
    return;
  }
  accept(Keyword::kColumn);
  specification.column_name = parse_column_reference()->column;
  if (accept(Keyword::kDrop)) {
    expect(Keyword::kDefault);
    specification.kind = AlterKind::kAlterColumnDropDefault;
    return;
  }
  expect(Keyword::kSet, Keyword::kDefault);
  specification.kind = AlterKind::kAlterColumnSetDefault;
  specification.expression = parse_default_value();
}

void DdlParser::parse_alter_rename(AlterSpecification& specification) {
  expect(Keyword::kRename);
  if (accept(Keyword::kColumn)) {
    specification.kind = AlterKind::kRenameColumn;
    specification.column_name = parse_name();
    expect(Keyword::kTo);
    specification.new_name = parse_name();
  } else if (accept_index_word()) {
    specification.kind = AlterKind::kRenameIndex;
    specification.name = parse_name();
    expect(Keyword::kTo);
    specification.new_name = parse_name();
  } else {
    if (!accept_any(Keyword::kTo, Keyword::kAs)) accept_equal();
    specification.kind = AlterKind::kRenameTable;
    specification.new_table = parse_object_name();
  }
}

// ---- partitions ------------------------------------------------------------------------------------------------------

void DdlParser::parse_partition_names_or_all(AlterSpecification& specification) {
  specification.is_all_partitions = accept(Keyword::kAll);
  if (!specification.is_all_partitions) specification.partition_names = parse_name_list();
}

/// The specifications about partitions that do not begin with ADD or DROP; false if none starts here.
bool DdlParser::parse_alter_partition(AlterSpecification& specification) {
  const bool names_partition = peek().keyword == Keyword::kPartition;
  const auto verb = [&](AlterKind kind) {
    advance();
    expect(Keyword::kPartition);
    specification.kind = kind;
    specification.no_write_to_binlog = accept_any(Keyword::kNoWriteToBinlog, Keyword::kLocal);
  };
  switch (token().keyword) {
    case Keyword::kPartition:
      if (peek().keyword == Keyword::kBy) {
        specification.kind = AlterKind::kPartitionBy;
        specification.partition = parse_partition_options();
        return true;
      }
      advance();
      specification.partition_names = list(std::vector<Name>{parse_name()});
      if (accept(Keyword::kAttributes)) {
        accept_equal();
        specification.is_default = accept(Keyword::kDefault);
        if (!specification.is_default) specification.text = parse_string();
        specification.kind = AlterKind::kPartitionAttributes;
      } else {
        specification.kind = AlterKind::kPartitionOptions;
        specification.options = parse_table_options();
        if (specification.options.empty()) fail();
      }
      return true;
    case Keyword::kTruncate:
      if (!names_partition) return false;
      verb(AlterKind::kTruncatePartition);
      parse_partition_names_or_all(specification);
      return true;
    case Keyword::kCheck:
      if (!names_partition) return false;
      verb(AlterKind::kCheckPartitions);
      parse_partition_names_or_all(specification);
      return true;
    case Keyword::kRebuild:
      if (!names_partition) return false;
      verb(AlterKind::kRebuildPartition);
      parse_partition_names_or_all(specification);
      return true;
    case Keyword::kOptimize:
      if (!names_partition) return false;
      verb(AlterKind::kOptimizePartition);
      parse_partition_names_or_all(specification);
      return true;
    case Keyword::kRepair:
      if (!names_partition) return false;
      verb(AlterKind::kRepairPartition);
      parse_partition_names_or_all(specification);
      return true;
    case Keyword::kImport:
    case Keyword::kDiscard:
      if (!names_partition) return false;
      verb(is(Keyword::kImport) ? AlterKind::kImportPartitionTablespace : AlterKind::kDiscardPartitionTablespace);
      parse_partition_names_or_all(specification);
      expect(Keyword::kTablespace);
      return true;
    case Keyword::kCoalesce:
      verb(AlterKind::kCoalescePartitions);
      specification.number = parse_unsigned();
      return true;
    case Keyword::kReorganize: {
      verb(AlterKind::kReorganizePartition);
      if (is(TokenKind::kEnd) || is(TokenKind::kSemicolon)) {
        specification.is_all_partitions = true;
        return true;
      }
      specification.partition_names = parse_name_list();
      expect(Keyword::kInto);
      PartitionOptions* options = make<PartitionOptions>();
      options->definitions = parse_partition_definitions();
      specification.partition = options;
      return true;
    }
    case Keyword::kExchange:
      verb(AlterKind::kExchangePartition);
      specification.partition_names = list(std::vector<Name>{parse_name()});
      expect(Keyword::kWith, Keyword::kTable);
      specification.new_table = parse_object_name();
      if (is_any(Keyword::kWith, Keyword::kWithout) && peek().keyword == Keyword::kValidation) {
        specification.with_validation = advance().keyword == Keyword::kWith;
        specification.is_validation_written = true;
        advance();
      }
      return true;
    case Keyword::kFirst:
    case Keyword::kLast: {
      if (!names_partition) return false;
      const bool is_first = advance().keyword == Keyword::kFirst;
      advance();
      expect(Keyword::kLess, Keyword::kThan);
      expect(TokenKind::kLeftParen);
      specification.expression = parse_expression();
      expect(TokenKind::kRightParen);
      specification.kind = is_first ? AlterKind::kMergeFirstPartition : AlterKind::kAddLastPartition;
      return true;
    }
    case Keyword::kMerge:
    case Keyword::kSplit: {
      // MERGE FIRST PARTITION LESS THAN (e), SPLIT MAXVALUE PARTITION LESS THAN (e)
      const bool is_merge = is(Keyword::kMerge);
      if (peek().keyword != (is_merge ? Keyword::kFirst : Keyword::kMaxvalue)) return false;
      advance();
      advance();
      expect(Keyword::kPartition);
      expect(Keyword::kLess, Keyword::kThan);
      expect(TokenKind::kLeftParen);
      specification.expression = parse_expression();
      expect(TokenKind::kRightParen);
      specification.kind = is_merge ? AlterKind::kMergeFirstPartition : AlterKind::kSplitMaxValuePartition;
      return true;
    }
    default:
      return false;
  }
}

}  // namespace sluice::sql
