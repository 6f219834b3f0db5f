#include "ddl/index_builder.h"

#include <algorithm>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "ddl/column_builder.h"
#include "types/charset.h"
#include "types/collation.h"

namespace sluice::ddl {
namespace {

using catalog::ColumnInfo;
using catalog::IndexInfo;
using catalog::Name;
using catalog::TableInfo;
using types::TypeCode;

constexpr std::size_t kMostParts = 16;
constexpr int kMostKeyBytes = 3072;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestComment = 1024;

// Bytes that a value of the column may take in a key, as MySQL counts them.
int key_bytes(const ColumnInfo& column, int prefix_length) {
  const types::FieldType& type = column.type;
  if (type.is_string()) {
    const int characters = prefix_length != catalog::kFullLength ? prefix_length : type.flen;
    const int per_character =
        type.is_binary_string() || type.collation == nullptr ? 1 : type.collation->charset->max_bytes;
    return characters < 0 ? kMostKeyBytes + 1 : characters * per_character;
  }
  switch (type.code) {
    case TypeCode::kTiny:
    case TypeCode::kYear:
      return 1;
    case TypeCode::kShort:
      return 2;
    case TypeCode::kInt24:
    case TypeCode::kDate:
    case TypeCode::kDuration:
      return 3;
    case TypeCode::kLong:
    case TypeCode::kFloat:
    case TypeCode::kTimestamp:
      return 4;
    case TypeCode::kNewDecimal:
      return (type.flen > 0 ? type.flen : 10) / 9 * 4 + 4;
    default:
      return 8;
  }
}

void check_part(const ColumnInfo& column, catalog::IndexColumn& part) {
  const types::FieldType& type = column.type;
  if (type.code == TypeCode::kJson) throw SqlError(ErrorCode::kJsonUsedAsKey, column.name.original);
  if (types::is_blob_code(type.code) && !part.is_prefix())
    throw SqlError(ErrorCode::kBlobKeyWithoutLength, column.name.original);
  if (type.is_string() && !types::is_blob_code(type.code) && type.flen == 0)
    throw SqlError(ErrorCode::kWrongKeyColumn, column.name.original);
  if (column.is_virtual()) throw SqlError(ErrorCode::kNotSupportedYet, "an index on a virtual generated column");
  if (!part.is_prefix()) return;
  if (!type.is_string()) throw SqlError(ErrorCode::kWrongSubKey);
  if (!types::is_blob_code(type.code)) {
    if (part.length > type.flen) throw SqlError(ErrorCode::kWrongSubKey);
    // A prefix of the whole length is no prefix.
    if (part.length == type.flen) part.length = catalog::kFullLength;
  }
}

Name made_up_name(const TableInfo& table, const Name& first_column) {
  // PRIMARY is no name for another index.
  Name name(first_column.lower == "primary" ? "primary_2" : std::string_view(first_column.original));
  for (int number = 2; table.find_index(name.lower) != nullptr; ++number)
    name = Name(first_column.original + "_" + std::to_string(number));
  return name;
}

}  // namespace

void check_key_lengths(const TableInfo& table, const Name& column) {
  for (const IndexInfo& index : table.indexes) {
    bool is_part = false;
    int bytes = 0;
    for (const catalog::IndexColumn& part : index.columns) {
      is_part = is_part || part.name == column;
      bytes += key_bytes(table.columns[static_cast<std::size_t>(part.offset)], part.length);
    }
    if (is_part && bytes > kMostKeyBytes) throw SqlError(ErrorCode::kTooLongKey, bytes, kMostKeyBytes);
  }
}

IndexDefinition index_definition(const sql::Constraint& constraint) {
  IndexDefinition definition;
  definition.kind = constraint.kind;
  definition.name = Name(constraint.name);
  if (definition.name.empty() && constraint.kind == sql::IndexKind::kUnique)
    definition.name = Name(constraint.constraint_name);
  switch (constraint.kind) {
    case sql::IndexKind::kFullText:
      throw SqlError(ErrorCode::kNotSupportedYet, "FULLTEXT index");
    case sql::IndexKind::kSpatial:
      throw SqlError(ErrorCode::kNotSupportedYet, "SPATIAL index");
    case sql::IndexKind::kVector:
    case sql::IndexKind::kColumnar:
      throw SqlError(ErrorCode::kNotSupportedYet, "VECTOR index");
    default:
      break;
  }
  if (constraint.kind != sql::IndexKind::kPrimaryKey && constraint.options.clustering != sql::Clustering::kNotWritten) {
    throw SqlError::with_message(ErrorCode::kUnsupportedDdlOperation,
                                 "CLUSTERED/NONCLUSTERED keyword is only supported for primary key");
  }
  if (constraint.options.where != nullptr) throw SqlError(ErrorCode::kNotSupportedYet, "partial index");
  for (const sql::IndexColumn& part : constraint.columns) {
    if (part.expression != nullptr) {
      if (constraint.kind == sql::IndexKind::kPrimaryKey) throw SqlError(ErrorCode::kFunctionalIndexPrimaryKey);
      throw SqlError(ErrorCode::kNotSupportedYet, "expression index");
    }
    if (part.prefix_length == 0) throw SqlError(ErrorCode::kKeyPart0, part.column);
    catalog::IndexColumn column;
    column.name = Name(part.column);
    column.length = part.prefix_length < 0 ? catalog::kFullLength
                                           : static_cast<int>(std::min<std::int64_t>(part.prefix_length, 1 << 30));
    definition.columns.push_back(std::move(column));
  }
  if (constraint.options.comment.has_value()) definition.comment = *constraint.options.comment;
  definition.invisible = constraint.options.visibility == sql::IndexVisibility::kInvisible;
  definition.clustering = constraint.options.clustering;
  return definition;
}

IndexInfo build_index(const IndexDefinition& definition, const TableInfo& table, const StatementContext& context) {
  IndexInfo index;
  index.primary = definition.kind == sql::IndexKind::kPrimaryKey;
  index.unique = index.primary || definition.kind == sql::IndexKind::kUnique;
  index.columns = definition.columns;
  index.invisible = definition.invisible;
  index.table_name = table.name;
  if (index.columns.size() > kMostParts) throw SqlError(ErrorCode::kTooManyKeyParts, kMostParts);
  int bytes = 0;
  for (std::size_t i = 0; i < index.columns.size(); ++i) {
    catalog::IndexColumn& part = index.columns[i];
    const ColumnInfo* column = table.find_column(part.name.lower);
    if (column == nullptr) throw SqlError(ErrorCode::kKeyColumnDoesNotExits, part.name.original);
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (index.columns[earlier].name == part.name) throw SqlError(ErrorCode::kDupFieldname, part.name.original);
    }
    check_part(*column, part);
    part.name = column->name;
    part.offset = column->offset;
    int part_bytes = key_bytes(*column, part.length);
    if (part_bytes > kMostKeyBytes) {
      // A plain index is cut to what fits, with a warning, outside strict mode.
      const bool may_cut = !index.unique && !context.sql_mode.is_strict() && column->type.is_string();
      if (!may_cut) throw SqlError(ErrorCode::kTooLongKey, part_bytes, kMostKeyBytes);
      const int per_character = column->type.is_binary_string() ? 1 : column->type.collation->charset->max_bytes;
      part.length = kMostKeyBytes / per_character;
      if (context.warnings != nullptr)
        context.warnings->append(SqlError(ErrorCode::kTooLongKey, part_bytes, kMostKeyBytes));
      part_bytes = kMostKeyBytes;
    }
    bytes += part_bytes;
  }
  if (bytes > kMostKeyBytes) throw SqlError(ErrorCode::kTooLongKey, bytes, kMostKeyBytes);
  const std::string_view shown_name =
      definition.name.empty() ? index.columns[0].name.original : std::string_view(definition.name.original);
  index.comment = checked_comment(definition.comment, kLongestComment,
                                  SqlError(ErrorCode::kTooLongIndexComment, shown_name, kLongestComment), context);
  if (index.primary) {
    if (index.invisible) throw SqlError(ErrorCode::kPkIndexCantBeInvisible);
    index.name = Name("PRIMARY");
    return index;
  }
  if (definition.name.empty()) {
    index.name = made_up_name(table, index.columns[0].name);
    return index;
  }
  if (definition.name.lower == "primary" || definition.name.original.back() == ' ')
    throw SqlError(ErrorCode::kWrongNameForIndex, definition.name.original);
  if (types::utf8mb4_charset()->length(definition.name.original) > kLongestName)
    throw SqlError(ErrorCode::kTooLongIdent, definition.name.original);
  if (table.find_index(definition.name.lower) != nullptr)
    throw SqlError(ErrorCode::kDupKeyname, definition.name.original);
  index.name = definition.name;
  return index;
}

}  // namespace sluice::ddl
