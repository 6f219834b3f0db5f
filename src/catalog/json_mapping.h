#pragma once

// The mapping between schema structs and nlohmann's JSON values. Only .cc files include this: the library is heavy.

#include <nlohmann/json.hpp>
#include <string>

#include "catalog/database_info.h"
#include "catalog/schema_diff.h"
#include "catalog/table_info.h"

namespace sluice::catalog {

using JsonValue = nlohmann::json;

// Found by nlohmann through argument-dependent look-up; each pair is a member-by-member mapping.
void to_json(JsonValue& json, const Name& name);
void from_json(const JsonValue& json, Name& name);
void to_json(JsonValue& json, const ColumnInfo& column);
void from_json(const JsonValue& json, ColumnInfo& column);
void to_json(JsonValue& json, const IndexColumn& column);
void from_json(const JsonValue& json, IndexColumn& column);
void to_json(JsonValue& json, const IndexInfo& index);
void from_json(const JsonValue& json, IndexInfo& index);
void to_json(JsonValue& json, const ConstraintInfo& constraint);
void from_json(const JsonValue& json, ConstraintInfo& constraint);
void to_json(JsonValue& json, const ForeignKeyInfo& key);
void from_json(const JsonValue& json, ForeignKeyInfo& key);
void to_json(JsonValue& json, const ViewInfo& view);
void from_json(const JsonValue& json, ViewInfo& view);
void to_json(JsonValue& json, const TableInfo& table);
void from_json(const JsonValue& json, TableInfo& table);
void to_json(JsonValue& json, const DatabaseInfo& database);
void from_json(const JsonValue& json, DatabaseInfo& database);
void to_json(JsonValue& json, const SchemaDiff::Affected& affected);
void from_json(const JsonValue& json, SchemaDiff::Affected& affected);
void to_json(JsonValue& json, const SchemaDiff& diff);
void from_json(const JsonValue& json, SchemaDiff& diff);

/// Sets `target` from `json[key]`; leaves it alone if the key is absent or null.
template <class T>
void read_member(const JsonValue& json, const char* key, T& target) {
  auto found = json.find(key);
  if (found != json.end() && !found->is_null()) found->get_to(target);
}

/// As read_member, for enumerations stored as numbers.
template <class Enum>
void read_enum(const JsonValue& json, const char* key, Enum& target) {
  auto found = json.find(key);
  if (found != json.end() && !found->is_null()) target = static_cast<Enum>(found->get<int>());
}

/// Names in their stored order as an array of {"O","L"}.
JsonValue names_to_json(const std::vector<Name>& names);

/// Base64 (RFC 4648) of raw bytes, which JSON text cannot hold.
std::string to_base64(std::string_view bytes);
/// Throws InternalError if `text` is not base64.
std::string from_base64(std::string_view text);

/// Parses a stored document; throws InternalError naming `what` if it is not JSON.
JsonValue parse_document(std::string_view document, std::string_view what);

}  // namespace sluice::catalog
