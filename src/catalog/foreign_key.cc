#include "catalog/foreign_key.h"

#include "base/check.h"
#include "codec/datum.h"
#include "codec/table_key.h"

namespace sluice::catalog {
namespace {

bool begins_with(const IndexInfo& index, std::span<const Name> columns) {
  if (index.columns.size() < columns.size()) return false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!(index.columns[i].name == columns[i]) || index.columns[i].is_prefix()) return false;
  }
  return true;
}

std::string names_text(const std::vector<Name>& names) {
  std::string text;
  for (const Name& name : names) {
    if (!text.empty()) text += ", ";
    text += backquoted(name.original);
  }
  return text;
}

}  // namespace

std::optional<KeyPath> find_key_path(const TableInfo& table, std::span<const Name> columns, const IndexInfo* except) {
  if (columns.empty()) return std::nullopt;
  if (table.pk_is_handle && columns.size() == 1 && columns[0] == table.handle_column()->name)
    return KeyPath{KeyPath::Kind::kHandle, nullptr, true};
  std::optional<KeyPath> best;
  for (const IndexInfo& index : table.indexes) {
    if (&index == except || !index.is_public() || !begins_with(index, columns)) continue;
    const KeyPath path{table.is_stored(index) ? KeyPath::Kind::kIndex : KeyPath::Kind::kCommonHandle, &index,
                       index.columns.size() == columns.size()};
    if (!best || (path.is_unique() && !best->is_unique())) best = path;
  }
  return best;
}

std::string search_key(const TableInfo& table, const KeyPath& path, std::string datums) {
  switch (path.kind) {
    case KeyPath::Kind::kIndex:
      return codec::index_prefix(table.id, path.index->id) + datums;
    case KeyPath::Kind::kCommonHandle:
      if (!path.is_whole) return codec::record_prefix(table.id) + datums;
      return codec::record_key(table.id, codec::Handle::common(std::move(datums)));
    case KeyPath::Kind::kHandle:
      break;
  }
  types::Value value;
  std::string_view rest = datums;
  const bool is_datum = codec::decode_key_datum(rest, table.handle_column()->type, nullptr, value);
  SLUICE_CHECK(is_datum, "a key of {} is malformed", table.name.original);
  const bool is_unsigned = value.kind() == types::Value::Kind::kUInt64;
  return codec::record_key(
      table.id, codec::Handle(is_unsigned ? static_cast<std::int64_t>(value.as_uint64()) : value.as_int64()));
}

IndexInfo columns_as_index(const TableInfo& table, std::span<const Name> columns) {
  IndexInfo index;
  index.table_name = table.name;
  for (const Name& name : columns) {
    const ColumnInfo* column = table.find_column(name.lower);
    SLUICE_CHECK(column != nullptr, "table {} has lost column {}", table.name.original, name.original);
    IndexColumn part;
    part.name = column->name;
    part.offset = column->offset;
    index.columns.push_back(part);
  }
  return index;
}

std::string_view reference_action_text(ReferenceAction action) noexcept {
  switch (action) {
    case ReferenceAction::kRestrict:
      return "RESTRICT";
    case ReferenceAction::kCascade:
      return "CASCADE";
    case ReferenceAction::kSetNull:
      return "SET NULL";
    case ReferenceAction::kNoAction:
      return "NO ACTION";
    case ReferenceAction::kSetDefault:
      return "SET DEFAULT";
    case ReferenceAction::kNone:
      break;
  }
  return {};
}

std::string backquoted(std::string_view name) {
  std::string result = "`";
  for (const char c : name) {
    if (c == '`') result += '`';
    result += c;
  }
  return result + "`";
}

std::string foreign_key_text(const ForeignKeyInfo& key, std::string_view database) {
  std::string text =
      "CONSTRAINT " + backquoted(key.name.original) + " FOREIGN KEY (" + names_text(key.columns) + ") REFERENCES ";
  if (!key.referenced_schema.empty() && key.referenced_schema.lower != to_lower(database))
    text += backquoted(key.referenced_schema.original) + ".";
  text += backquoted(key.referenced_table.original) + " (" + names_text(key.referenced_columns) + ")";
  if (key.on_delete != ReferenceAction::kNone)
    text += " ON DELETE " + std::string(reference_action_text(key.on_delete));
  if (key.on_update != ReferenceAction::kNone)
    text += " ON UPDATE " + std::string(reference_action_text(key.on_update));
  return text;
}

}  // namespace sluice::catalog
