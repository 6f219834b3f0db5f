#include "ddl/foreign_key_builder.h"

#include <algorithm>
#include <string>

#include "base/sql_error.h"
#include "ddl/index_builder.h"

namespace sluice::ddl {
namespace {

using catalog::ColumnInfo;
using catalog::IndexInfo;
using catalog::Name;
using catalog::TableInfo;

catalog::ReferenceAction action_of(sql::ReferentialAction action) {
  switch (action) {
    case sql::ReferentialAction::kNotWritten:
      return catalog::ReferenceAction::kNone;
    case sql::ReferentialAction::kRestrict:
      return catalog::ReferenceAction::kRestrict;
    case sql::ReferentialAction::kCascade:
      return catalog::ReferenceAction::kCascade;
    case sql::ReferentialAction::kSetNull:
      return catalog::ReferenceAction::kSetNull;
    case sql::ReferentialAction::kNoAction:
      return catalog::ReferenceAction::kNoAction;
    case sql::ReferentialAction::kSetDefault:
      return catalog::ReferenceAction::kSetDefault;
  }
  return catalog::ReferenceAction::kNone;
}

bool begins_with(const IndexInfo& index, const std::vector<Name>& columns) {
  if (index.columns.size() < columns.size()) return false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!(index.columns[i].name == columns[i]) || index.columns[i].is_prefix()) return false;
  }
  return true;
}

}  // namespace

catalog::ForeignKeyInfo build_foreign_key(const sql::Constraint& constraint, TableInfo& table,
                                          const catalog::DatabaseInfo& database, bool enforces) {
  catalog::ForeignKeyInfo key;
  key.id = ++table.max_foreign_key_id;
  const std::string_view name = constraint.constraint_name.empty() ? constraint.name : constraint.constraint_name;
  key.name = name.empty() ? Name("fk_" + std::to_string(key.id)) : Name(name);
  for (const catalog::ForeignKeyInfo& other : table.foreign_keys) {
    if (other.name == key.name) throw SqlError(ErrorCode::kFkDupName, key.name.original);
  }
  const sql::ReferenceDefinition& reference = *constraint.reference;
  key.referenced_schema =
      Name(reference.table.schema.empty() ? std::string_view(database.name.original) : reference.table.schema);
  key.referenced_table = Name(reference.table.name);
  for (const sql::IndexColumn& part : constraint.columns) {
    const ColumnInfo* column = table.find_column(catalog::to_lower(part.column));
    if (column == nullptr) throw SqlError(ErrorCode::kKeyColumnDoesNotExits, part.column);
    key.columns.push_back(column->name);
  }
  for (const sql::IndexColumn& part : reference.columns) key.referenced_columns.emplace_back(part.column);
  if (key.columns.size() != key.referenced_columns.size()) {
    throw SqlError(ErrorCode::kWrongFkDef, key.name.original, "Key reference and table reference don't match");
  }
  key.version = enforces ? 1 : 0;
  key.on_delete = action_of(reference.on_delete);
  key.on_update = action_of(reference.on_update);
  return key;
}

std::optional<IndexInfo> missing_index(const catalog::ForeignKeyInfo& key, const TableInfo& table,
                                       const StatementContext& context) {
  if (table.pk_is_handle && key.columns.size() == 1 && key.columns[0] == table.handle_column()->name)
    return std::nullopt;
  if (std::any_of(table.indexes.begin(), table.indexes.end(),
                  [&](const IndexInfo& index) { return begins_with(index, key.columns); })) {
    return std::nullopt;
  }
  IndexDefinition definition;
  definition.name = key.name;
  for (const Name& name : key.columns)
    definition.columns.push_back({name, table.find_column(name.lower)->offset, catalog::kFullLength});
  return build_index(definition, table, context);
}

}  // namespace sluice::ddl
