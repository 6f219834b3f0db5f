// Column definitions, indexes, CREATE TABLE, ALTER TABLE, CREATE INDEX, CREATE VIEW.
#include "sql/restore_writer.h"

namespace sluice::sql {
namespace {

std::string_view type_name(const DataType& type) {
  switch (type.kind) {
    case DataTypeKind::kTinyInt:
      return "TINYINT";
    case DataTypeKind::kSmallInt:
      return "SMALLINT";
    case DataTypeKind::kMediumInt:
      return "MEDIUMINT";
    case DataTypeKind::kInt:
      return "INT";
    case DataTypeKind::kBigInt:
      return "BIGINT";
    case DataTypeKind::kBool:
      return "BOOL";
    case DataTypeKind::kSerial:
      return "SERIAL";
    case DataTypeKind::kFloat:
      return "FLOAT";
    case DataTypeKind::kDouble:
      return "DOUBLE";
    case DataTypeKind::kDecimal:
      return "DECIMAL";
    case DataTypeKind::kBit:
      return "BIT";
    case DataTypeKind::kYear:
      return "YEAR";
    case DataTypeKind::kDate:
      return "DATE";
    case DataTypeKind::kTime:
      return "TIME";
    case DataTypeKind::kDatetime:
      return "DATETIME";
    case DataTypeKind::kTimestamp:
      return "TIMESTAMP";
    case DataTypeKind::kChar:
      return type.is_national ? "NCHAR" : "CHAR";
    case DataTypeKind::kVarchar:
      return type.is_national ? "NVARCHAR" : "VARCHAR";
    case DataTypeKind::kBinary:
      return "BINARY";
    case DataTypeKind::kVarbinary:
      return "VARBINARY";
    case DataTypeKind::kTinyText:
      return "TINYTEXT";
    case DataTypeKind::kText:
      return "TEXT";
    case DataTypeKind::kMediumText:
      return "MEDIUMTEXT";
    case DataTypeKind::kLongText:
      return "LONGTEXT";
    case DataTypeKind::kTinyBlob:
      return "TINYBLOB";
    case DataTypeKind::kBlob:
      return "BLOB";
    case DataTypeKind::kMediumBlob:
      return "MEDIUMBLOB";
    case DataTypeKind::kLongBlob:
      return "LONGBLOB";
    case DataTypeKind::kEnum:
      return "ENUM";
    case DataTypeKind::kSet:
      return "SET";
    case DataTypeKind::kJson:
      return "JSON";
    case DataTypeKind::kSigned:
      return "SIGNED";
    case DataTypeKind::kUnsigned:
      return "UNSIGNED";
  }
  return {};
}

std::string_view action_text(ReferentialAction action) {
  switch (action) {
    case ReferentialAction::kNotWritten:
      return {};
    case ReferentialAction::kRestrict:
      return "RESTRICT";
    case ReferentialAction::kCascade:
      return "CASCADE";
    case ReferentialAction::kSetNull:
      return "SET NULL";
    case ReferentialAction::kNoAction:
      return "NO ACTION";
    case ReferentialAction::kSetDefault:
      return "SET DEFAULT";
  }
  return {};
}

}  // namespace

std::string restore(const DataType& type, const RestoreOptions& options) {
  RestoreWriter writer(options);
  writer.data_type(type);
  return std::move(writer).take();
}

void RestoreWriter::data_type(const DataType& type) {
  keyword(type_name(type));
  if (!type.elements.empty()) {
    plain("(");
    separated(type.elements, ",", [this](std::string_view element) { quoted(element); });
    plain(")");
  } else if (type.length >= 0) {
    plain("(");
    signed_number(type.length);
    if (type.decimals >= 0) {
      plain(",");
      signed_number(type.decimals);
    }
    plain(")");
  }
  if (type.is_unsigned && type.kind != DataTypeKind::kUnsigned) keyword(" UNSIGNED");
  if (type.is_zerofill) keyword(" ZEROFILL");
  if (type.is_binary_attribute) keyword(" BINARY");
  if (!type.charset.empty() && type.kind != DataTypeKind::kBinary) {
    keyword(" CHARACTER SET ");
    plain(type.charset);
  }
  if (!type.collation.empty()) {
    keyword(" COLLATE ");
    plain(type.collation);
  }
}

void RestoreWriter::column_definition(const ColumnDefinition& definition) {
  (*this)(*definition.column);
  plain(" ");
  data_type(*definition.type);
  for (const ColumnOption& option : definition.options) {
    plain(" ");
    column_option(option);
  }
}

void RestoreWriter::column_option(const ColumnOption& option) {
  switch (option.kind) {
    case ColumnOptionKind::kPrimaryKey:
      keyword("PRIMARY KEY");
      if (option.clustering == Clustering::kClustered) keyword(" CLUSTERED");
      if (option.clustering == Clustering::kNonClustered) keyword(" NONCLUSTERED");
      if (option.is_global) keyword(" GLOBAL");
      return;
    case ColumnOptionKind::kUniqueKey:
      keyword("UNIQUE KEY");
      if (option.is_global) keyword(" GLOBAL");
      return;
    case ColumnOptionKind::kNotNull:
      keyword("NOT NULL");
      return;
    case ColumnOptionKind::kNull:
      keyword("NULL");
      return;
    case ColumnOptionKind::kAutoIncrement:
      keyword("AUTO_INCREMENT");
      return;
    case ColumnOptionKind::kDefault:
      keyword("DEFAULT ");
      expression(*option.expression);
      return;
    case ColumnOptionKind::kOnUpdate:
      keyword("ON UPDATE ");
      expression(*option.expression);
      return;
    case ColumnOptionKind::kComment:
      keyword("COMMENT ");
      quoted(option.text);
      return;
    case ColumnOptionKind::kGenerated:
      keyword("GENERATED ALWAYS AS ");
      plain("(");
      expression(*option.expression);
      plain(")");
      keyword(option.is_stored ? " STORED" : " VIRTUAL");
      return;
    case ColumnOptionKind::kReference:
      references(*option.reference);
      return;
    case ColumnOptionKind::kCollate:
      keyword("COLLATE ");
      plain(option.text);
      return;
    case ColumnOptionKind::kCheck:
      if (!option.name.empty()) {
        keyword("CONSTRAINT ");
        name(option.name);
        plain(" ");
      }
      keyword("CHECK ");
      plain("(");
      expression(*option.expression);
      plain(")");
      keyword(option.is_enforced ? " ENFORCED" : " NOT ENFORCED");
      return;
    case ColumnOptionKind::kColumnFormat:
      keyword("COLUMN_FORMAT ");
      keyword(option.text);
      return;
    case ColumnOptionKind::kStorage:
      keyword("STORAGE ");
      keyword(option.text);
      return;
    case ColumnOptionKind::kAutoRandom:
      keyword("AUTO_RANDOM");
      if (option.shard_bits < 0) return;
      plain("(");
      signed_number(option.shard_bits);
      if (option.range_bits >= 0) {
        plain(", ");
        signed_number(option.range_bits);
      }
      plain(")");
      return;
    case ColumnOptionKind::kSecondaryEngineAttribute:
      keyword("SECONDARY_ENGINE_ATTRIBUTE = ");
      quoted(option.text);
      return;
    case ColumnOptionKind::kEngineAttribute:
      keyword("ENGINE_ATTRIBUTE = ");
      quoted(option.text);
      return;
    case ColumnOptionKind::kVisible:
      keyword("VISIBLE");
      return;
    case ColumnOptionKind::kInvisible:
      keyword("INVISIBLE");
      return;
    case ColumnOptionKind::kSrid:
      return;
  }
}

void RestoreWriter::column_position(const ColumnPosition& position) {
  if (position.kind == ColumnPositionKind::kFirst) keyword(" FIRST");
  if (position.kind == ColumnPositionKind::kAfter) {
    keyword(" AFTER ");
    (*this)(*position.after);
  }
}

// ---- indexes and constraints -----------------------------------------------------------------------------------------

void RestoreWriter::index_columns(List<IndexColumn> columns) {
  plain("(");
  separated(columns, ", ", [this](const IndexColumn& column) {
    if (column.expression != nullptr) {
      plain("(");
      expression(*column.expression);
      plain(")");
    } else {
      name(column.column);
      if (column.prefix_length >= 0) {
        plain("(");
        signed_number(column.prefix_length);
        plain(")");
      }
    }
    if (column.descending) keyword(" DESC");
  });
  plain(")");
}

void RestoreWriter::index_options(const IndexOptions& options) {
  switch (options.method) {
    case IndexMethod::kNotWritten:
      break;
    case IndexMethod::kBtree:
      keyword(" USING BTREE");
      break;
    case IndexMethod::kHash:
      keyword(" USING HASH");
      break;
    case IndexMethod::kRtree:
      keyword(" USING RTREE");
      break;
    case IndexMethod::kHypo:
      keyword(" USING HYPO");
      break;
    case IndexMethod::kHnsw:
      keyword(" USING HNSW");
      break;
    case IndexMethod::kInverted:
      keyword(" USING INVERTED");
      break;
  }
  if (options.clustering == Clustering::kClustered) keyword(" CLUSTERED");
  if (options.clustering == Clustering::kNonClustered) keyword(" NONCLUSTERED");
  if (options.key_block_size) {
    keyword(" KEY_BLOCK_SIZE=");
    number(*options.key_block_size);
  }
  if (!options.parser_name.empty()) {
    keyword(" WITH PARSER ");
    name(options.parser_name);
  }
  if (options.comment) {
    keyword(" COMMENT ");
    quoted(*options.comment);
  }
  if (options.is_global) keyword(" GLOBAL");
  if (options.is_local) keyword(" LOCAL");
  if (options.visibility == IndexVisibility::kVisible) keyword(" VISIBLE");
  if (options.visibility == IndexVisibility::kInvisible) keyword(" INVISIBLE");
  if (options.pre_split_regions != nullptr) {
    keyword(" PRE_SPLIT_REGIONS = ");
    expression(*options.pre_split_regions);
  }
  if (options.where != nullptr) {
    keyword(" WHERE ");
    expression(*options.where);
  }
}

void RestoreWriter::references(const ReferenceDefinition& reference) {
  keyword("REFERENCES ");
  table_name(reference.table);
  if (!reference.columns.empty()) index_columns(reference.columns);
  if (reference.match == ReferenceMatch::kFull) keyword(" MATCH FULL");
  if (reference.match == ReferenceMatch::kPartial) keyword(" MATCH PARTIAL");
  if (reference.match == ReferenceMatch::kSimple) keyword(" MATCH SIMPLE");
  if (reference.on_delete != ReferentialAction::kNotWritten) {
    keyword(" ON DELETE ");
    keyword(action_text(reference.on_delete));
  }
  if (reference.on_update != ReferentialAction::kNotWritten) {
    keyword(" ON UPDATE ");
    keyword(action_text(reference.on_update));
  }
}

void RestoreWriter::constraint(const Constraint& constraint) {
  const bool is_symbolic = constraint.kind == IndexKind::kForeignKey || constraint.kind == IndexKind::kCheck;
  if (is_symbolic && !constraint.name.empty()) {
    keyword("CONSTRAINT ");
    name(constraint.name);
    plain(" ");
  }
  switch (constraint.kind) {
    case IndexKind::kIndex:
      keyword("INDEX");
      break;
    case IndexKind::kPrimaryKey:
      keyword("PRIMARY KEY");
      break;
    case IndexKind::kUnique:
      keyword("UNIQUE");
      break;
    case IndexKind::kFullText:
      keyword("FULLTEXT INDEX");
      break;
    case IndexKind::kSpatial:
      keyword("SPATIAL INDEX");
      break;
    case IndexKind::kVector:
      keyword("VECTOR INDEX");
      break;
    case IndexKind::kColumnar:
      keyword("COLUMNAR INDEX");
      break;
    case IndexKind::kForeignKey:
      keyword("FOREIGN KEY");
      break;
    case IndexKind::kCheck:
      keyword("CHECK");
      plain("(");
      expression(*constraint.check);
      plain(")");
      keyword(constraint.is_enforced ? " ENFORCED" : " NOT ENFORCED");
      return;
  }
  if (constraint.if_not_exists) keyword(" IF NOT EXISTS");
  if (!is_symbolic && !constraint.name.empty()) {
    plain(" ");
    name(constraint.name);
  }
  index_columns(constraint.columns);
  if (constraint.reference != nullptr) {
    plain(" ");
    references(*constraint.reference);
    return;
  }
  index_options(constraint.options);
}

void RestoreWriter::create_index(const CreateIndexStatement& statement) {
  keyword("CREATE ");
  switch (statement.index.kind) {
    case IndexKind::kUnique:
      keyword("UNIQUE ");
      break;
    case IndexKind::kFullText:
      keyword("FULLTEXT ");
      break;
    case IndexKind::kSpatial:
      keyword("SPATIAL ");
      break;
    case IndexKind::kVector:
      keyword("VECTOR ");
      break;
    case IndexKind::kColumnar:
      keyword("COLUMNAR ");
      break;
    default:
      break;
  }
  keyword("INDEX ");
  if (statement.index.if_not_exists) keyword("IF NOT EXISTS ");
  name(statement.index.name);
  keyword(" ON ");
  table_name(statement.table);
  plain(" ");
  index_columns(statement.index.columns);
  index_options(statement.index.options);
  if (!statement.algorithm.empty()) {
    keyword(" ALGORITHM = ");
    keyword(statement.algorithm);
  }
  if (!statement.lock.empty()) {
    keyword(" LOCK = ");
    keyword(statement.lock);
  }
}

// ---- views -----------------------------------------------------------------------------------------------------------

void RestoreWriter::account(const AccountName& account) {
  if (account.is_current_user) {
    keyword("CURRENT_USER");
    return;
  }
  name(account.user);
  plain("@");
  name(account.host);
}

void RestoreWriter::create_view(const CreateViewStatement& statement) {
  keyword(statement.is_alter ? "ALTER " : "CREATE ");
  if (statement.or_replace) keyword("OR REPLACE ");
  keyword("ALGORITHM = ");
  keyword(statement.algorithm == ViewAlgorithm::kMerge       ? "MERGE"
          : statement.algorithm == ViewAlgorithm::kTempTable ? "TEMPTABLE"
                                                             : "UNDEFINED");
  keyword(" DEFINER = ");
  account(statement.definer);
  keyword(statement.security == ViewSecurity::kInvoker ? " SQL SECURITY INVOKER" : " SQL SECURITY DEFINER");
  keyword(" VIEW ");
  table_name(statement.name);
  if (!statement.columns.empty()) {
    plain(" (");
    separated(statement.columns, ",", [this](Name column) { name(column); });
    plain(")");
  }
  keyword(" AS ");
  query(*statement.query);
  if (statement.check_option == ViewCheckOption::kLocal) keyword(" WITH LOCAL CHECK OPTION");
  if (statement.check_option == ViewCheckOption::kCascaded) keyword(" WITH CASCADED CHECK OPTION");
}

// ---- CREATE TABLE ----------------------------------------------------------------------------------------------------

void RestoreWriter::create_table(const CreateTableStatement& statement) {
  keyword(statement.temporary == TemporaryTable::kNone    ? "CREATE TABLE "
          : statement.temporary == TemporaryTable::kLocal ? "CREATE TEMPORARY TABLE "
                                                          : "CREATE GLOBAL TEMPORARY TABLE ");
  if (statement.if_not_exists) keyword("IF NOT EXISTS ");
  table_name(statement.table);
  if (statement.like) {
    keyword(" LIKE ");
    table_name(*statement.like);
  }
  if (!statement.columns.empty() || !statement.constraints.empty()) {
    plain(" (");
    bool needs_comma = false;
    for (const ColumnDefinition& column : statement.columns) {
      if (needs_comma) plain(",");
      needs_comma = true;
      column_definition(column);
    }
    for (const Constraint& element : statement.constraints) {
      if (needs_comma) plain(",");
      needs_comma = true;
      constraint(element);
    }
    plain(")");
  }
  for (const TableOption& option : statement.options) {
    plain(" ");
    table_option(option);
  }
  if (statement.partition != nullptr) partition_options(*statement.partition);
  if (statement.query != nullptr) {
    if (statement.on_duplicate == DuplicateHandling::kReplace) keyword(" REPLACE");
    if (statement.on_duplicate == DuplicateHandling::kIgnore) keyword(" IGNORE");
    keyword(" AS ");
    query(*statement.query);
  }
  if (statement.is_on_commit_written)
    keyword(statement.is_on_commit_delete ? " ON COMMIT DELETE ROWS" : " ON COMMIT PRESERVE ROWS");
}

}  // namespace sluice::sql
