#include "catalog/json_mapping.h"

#include <array>

#include "base/check.h"
#include "catalog/stored_json.h"
#include "types/charset.h"
#include "types/collation.h"

namespace sluice::catalog {
namespace {

// FieldType lives in another namespace, so its mapping is a pair of named functions instead of to_json/from_json.
JsonValue field_type_to_json(const types::FieldType& type) {
  const types::Collation* collation = type.collation == nullptr ? types::binary_collation() : type.collation;
  JsonValue json = {
      {"Tp", static_cast<int>(type.code)},
      {"Flag", type.flags},
      {"Flen", type.flen},
      {"Decimal", type.decimals},
      {"Charset", std::string(collation->charset->name)},
      {"Collate", std::string(collation->name)},
      {"Elems", nullptr},
      {"ElemsIsBinaryLit", nullptr},
      {"Array", false},
  };
  if (type.elements != nullptr) json["Elems"] = *type.elements;
  return json;
}

bool carries_collation(types::TypeCode code) {
  return types::is_string_code(code) || code == types::TypeCode::kEnum || code == types::TypeCode::kSet;
}

types::FieldType field_type_from_json(const JsonValue& json) {
  types::FieldType type;
  read_enum(json, "Tp", type.code);
  read_member(json, "Flag", type.flags);
  read_member(json, "Flen", type.flen);
  read_member(json, "Decimal", type.decimals);
  if (carries_collation(type.code)) {
    const std::string name = json.value("Collate", std::string("binary"));
    type.collation = types::find_collation(name);
    SLUICE_CHECK(type.collation != nullptr, "stored column has the unknown collation {}", name);
  }
  auto elements = json.find("Elems");
  if (elements != json.end() && elements->is_array()) {
    type.elements = std::make_shared<const std::vector<std::string>>(elements->get<std::vector<std::string>>());
  }
  return type;
}

// Text that is not UTF-8 (defaults of binary columns) is kept beside the document's text as base64.
bool is_valid_json_text(const std::string& text) {
  for (unsigned char c : text) {
    if (c >= 0x80) return false;
  }
  return true;
}

void write_default(JsonValue& json, const char* key, const char* bytes_key, const ColumnInfo& column,
                   const std::optional<std::string>& value) {
  json[key] = nullptr;
  json[bytes_key] = nullptr;
  if (!value.has_value()) return;
  const bool is_bytes =
      column.type.code == types::TypeCode::kBit || (column.type.is_binary_string() && !is_valid_json_text(*value));
  json[is_bytes ? bytes_key : key] = is_bytes ? to_base64(*value) : *value;
}

std::optional<std::string> read_default(const JsonValue& json, const char* key, const char* bytes_key) {
  auto bytes = json.find(bytes_key);
  if (bytes != json.end() && bytes->is_string()) return from_base64(bytes->get<std::string>());
  auto text = json.find(key);
  if (text != json.end() && text->is_string()) return text->get<std::string>();
  return std::nullopt;
}

template <class T>
JsonValue array_or_null(const std::vector<T>& items) {
  return items.empty() ? JsonValue(nullptr) : JsonValue(items);
}

template <class T>
T parse_as(std::string_view document, std::string_view what) {
  const JsonValue json = parse_document(document, what);
  try {
    return json.get<T>();
  } catch (const nlohmann::json::exception& error) {
    SLUICE_CHECK(false, "stored {} has an unexpected form: {}", what, error.what());
    throw;
  }
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t take = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < take ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) text += k <= take ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::string from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (char c : text) {
    if (c == '=') break;
    std::uint32_t digit = 0;
    if (c >= 'A' && c <= 'Z')
      digit = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      digit = static_cast<std::uint32_t>(c - 'a') + 26;
    else if (c >= '0' && c <= '9')
      digit = static_cast<std::uint32_t>(c - '0') + 52;
    else if (c == '+')
      digit = 62;
    else if (c == '/')
      digit = 63;
    else
      SLUICE_CHECK(false, "not a base64 digit: {}", static_cast<int>(c));
    group = group << 6 | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits & 0xff);
    }
  }
  return bytes;
}

JsonValue parse_document(std::string_view document, std::string_view what) {
  JsonValue json = JsonValue::parse(document, nullptr, /*allow_exceptions=*/false);
  SLUICE_CHECK(!json.is_discarded(), "stored {} is not JSON", what);
  return json;
}

JsonValue names_to_json(const std::vector<Name>& names) { return array_or_null(names); }

void to_json(JsonValue& json, const Name& name) { json = {{"O", name.original}, {"L", name.lower}}; }

void from_json(const JsonValue& json, Name& name) {
  name.original = json.at("O").get<std::string>();
  name.lower = json.at("L").get<std::string>();
}

void to_json(JsonValue& json, const ColumnInfo& column) {
  json = {
      {"id", column.id},
      {"name", column.name},
      {"offset", column.offset},
      {"default_is_expr", column.default_is_expression},
      {"generated_expr_string", column.generated_expression},
      {"generated_stored", column.generated_stored},
      {"dependences", nullptr},
      {"type", field_type_to_json(column.type)},
      {"state", static_cast<int>(column.state)},
      {"comment", column.comment},
      {"hidden", column.hidden},
      {"change_state_info", nullptr},
      {"version", column.version},
  };
  write_default(json, "origin_default", "origin_default_bit", column, column.origin_default);
  write_default(json, "default", "default_bit", column, column.default_value);
  if (!column.dependencies.empty()) {
    JsonValue dependencies = JsonValue::object();
    for (const std::string& name : column.dependencies) dependencies[name] = JsonValue::object();
    json["dependences"] = std::move(dependencies);
  }
}

void from_json(const JsonValue& json, ColumnInfo& column) {
  read_member(json, "id", column.id);
  read_member(json, "name", column.name);
  read_member(json, "offset", column.offset);
  column.origin_default = read_default(json, "origin_default", "origin_default_bit");
  column.default_value = read_default(json, "default", "default_bit");
  read_member(json, "default_is_expr", column.default_is_expression);
  read_member(json, "generated_expr_string", column.generated_expression);
  read_member(json, "generated_stored", column.generated_stored);
  auto dependencies = json.find("dependences");
  if (dependencies != json.end() && dependencies->is_object()) {
    for (const auto& [name, unused] : dependencies->items()) column.dependencies.push_back(name);
  }
  column.type = field_type_from_json(json.at("type"));
  read_enum(json, "state", column.state);
  read_member(json, "comment", column.comment);
  read_member(json, "hidden", column.hidden);
  read_member(json, "version", column.version);
}

void to_json(JsonValue& json, const IndexColumn& column) {
  json = {{"name", column.name}, {"offset", column.offset}, {"length", column.length}};
}

void from_json(const JsonValue& json, IndexColumn& column) {
  read_member(json, "name", column.name);
  read_member(json, "offset", column.offset);
  read_member(json, "length", column.length);
}

void to_json(JsonValue& json, const IndexInfo& index) {
  json = {
      {"id", index.id},
      {"idx_name", index.name},
      {"tbl_name", index.table_name},
      {"idx_cols", index.columns},
      {"state", static_cast<int>(index.state)},
      {"backfill_state", static_cast<int>(index.backfill_state)},
      {"comment", index.comment},
      {"index_type", static_cast<int>(index.type)},
      {"is_unique", index.unique},
      {"is_primary", index.primary},
      {"is_invisible", index.invisible},
      {"is_global", index.global},
      {"mv_index", index.multi_valued},
      {"vector_index", nullptr},
      {"usable_from", index.usable_from},
  };
}

void from_json(const JsonValue& json, IndexInfo& index) {
  read_member(json, "id", index.id);
  read_member(json, "idx_name", index.name);
  read_member(json, "tbl_name", index.table_name);
  read_member(json, "idx_cols", index.columns);
  read_enum(json, "state", index.state);
  read_enum(json, "backfill_state", index.backfill_state);
  read_member(json, "comment", index.comment);
  read_enum(json, "index_type", index.type);
  read_member(json, "is_unique", index.unique);
  read_member(json, "is_primary", index.primary);
  read_member(json, "is_invisible", index.invisible);
  read_member(json, "is_global", index.global);
  read_member(json, "mv_index", index.multi_valued);
  read_member(json, "usable_from", index.usable_from);
}

void to_json(JsonValue& json, const ConstraintInfo& constraint) {
  json = {
      {"id", constraint.id},
      {"constraint_name", constraint.name},
      {"tbl_name", constraint.table_name},
      {"constraint_cols", names_to_json(constraint.columns)},
      {"enforced", constraint.enforced},
      {"in_column", constraint.in_column},
      {"expr_string", constraint.expression},
      {"state", static_cast<int>(constraint.state)},
  };
}

void from_json(const JsonValue& json, ConstraintInfo& constraint) {
  read_member(json, "id", constraint.id);
  read_member(json, "constraint_name", constraint.name);
  read_member(json, "tbl_name", constraint.table_name);
  read_member(json, "constraint_cols", constraint.columns);
  read_member(json, "enforced", constraint.enforced);
  read_member(json, "in_column", constraint.in_column);
  read_member(json, "expr_string", constraint.expression);
  read_enum(json, "state", constraint.state);
}

void to_json(JsonValue& json, const ForeignKeyInfo& key) {
  json = {
      {"id", key.id},
      {"fk_name", key.name},
      {"ref_schema", key.referenced_schema},
      {"ref_table", key.referenced_table},
      {"ref_cols", names_to_json(key.referenced_columns)},
      {"cols", names_to_json(key.columns)},
      {"on_delete", static_cast<int>(key.on_delete)},
      {"on_update", static_cast<int>(key.on_update)},
      {"state", static_cast<int>(key.state)},
      {"version", key.version},
  };
}

void from_json(const JsonValue& json, ForeignKeyInfo& key) {
  read_member(json, "id", key.id);
  read_member(json, "fk_name", key.name);
  read_member(json, "ref_schema", key.referenced_schema);
  read_member(json, "ref_table", key.referenced_table);
  read_member(json, "ref_cols", key.referenced_columns);
  read_member(json, "cols", key.columns);
  read_enum(json, "on_delete", key.on_delete);
  read_enum(json, "on_update", key.on_update);
  read_enum(json, "state", key.state);
  read_member(json, "version", key.version);
}

void to_json(JsonValue& json, const ViewInfo& view) {
  json = {
      {"view_algorithm", static_cast<int>(view.algorithm)},
      {"view_definer", {{"Username", view.definer_user}, {"Hostname", view.definer_host}}},
      {"view_security", static_cast<int>(view.security)},
      {"view_select", view.select},
      {"view_checkoption", static_cast<int>(view.check_option)},
      {"view_cols", names_to_json(view.columns)},
  };
}

void from_json(const JsonValue& json, ViewInfo& view) {
  read_enum(json, "view_algorithm", view.algorithm);
  auto definer = json.find("view_definer");
  if (definer != json.end() && definer->is_object()) {
    read_member(*definer, "Username", view.definer_user);
    read_member(*definer, "Hostname", view.definer_host);
  }
  read_enum(json, "view_security", view.security);
  read_member(json, "view_select", view.select);
  read_enum(json, "view_checkoption", view.check_option);
  read_member(json, "view_cols", view.columns);
}

void to_json(JsonValue& json, const TableInfo& table) {
  json = {
      {"id", table.id},
      {"name", table.name},
      {"charset", table.charset},
      {"collate", table.collation},
      {"cols", array_or_null(table.columns)},
      {"index_info", array_or_null(table.indexes)},
      {"constraint_info", array_or_null(table.constraints)},
      {"fk_info", array_or_null(table.foreign_keys)},
      {"state", static_cast<int>(table.state)},
      {"pk_is_handle", table.pk_is_handle},
      {"is_common_handle", table.is_common_handle},
      {"common_handle_version", table.common_handle_version},
      {"comment", table.comment},
      {"auto_inc_id", table.auto_increment_base},
      {"auto_id_cache", table.auto_id_cache},
      {"auto_rand_id", 0},
      {"max_col_id", table.max_column_id},
      {"max_idx_id", table.max_index_id},
      {"max_fk_id", table.max_foreign_key_id},
      {"max_cst_id", table.max_constraint_id},
      {"update_timestamp", table.update_timestamp},
      {"ShardRowIDBits", 0},
      {"max_shard_row_id_bits", 0},
      {"auto_random_bits", 0},
      {"auto_random_range_bits", 0},
      {"pre_split_regions", 0},
      {"partition", nullptr},
      {"compression", ""},
      {"view", nullptr},
      {"sequence", nullptr},
      {"Lock", nullptr},
      {"version", table.version},
      {"tiflash_replica", nullptr},
      {"is_columnar", false},
      {"temp_table_type", 0},
      {"cache_table_status", 0},
      {"policy_ref_info", nullptr},
      {"stats_options", nullptr},
      {"exchange_partition_info", nullptr},
      {"ttl_info", nullptr},
      {"revision", table.revision},
  };
  if (table.old_schema_id != 0) json["old_schema_id"] = table.old_schema_id;
  if (table.view.has_value()) json["view"] = *table.view;
}

void from_json(const JsonValue& json, TableInfo& table) {
  read_member(json, "id", table.id);
  read_member(json, "name", table.name);
  read_member(json, "charset", table.charset);
  read_member(json, "collate", table.collation);
  read_member(json, "cols", table.columns);
  read_member(json, "index_info", table.indexes);
  read_member(json, "constraint_info", table.constraints);
  read_member(json, "fk_info", table.foreign_keys);
  read_enum(json, "state", table.state);
  read_member(json, "pk_is_handle", table.pk_is_handle);
  read_member(json, "is_common_handle", table.is_common_handle);
  read_member(json, "common_handle_version", table.common_handle_version);
  read_member(json, "comment", table.comment);
  read_member(json, "auto_inc_id", table.auto_increment_base);
  read_member(json, "auto_id_cache", table.auto_id_cache);
  read_member(json, "max_col_id", table.max_column_id);
  read_member(json, "max_idx_id", table.max_index_id);
  read_member(json, "max_fk_id", table.max_foreign_key_id);
  read_member(json, "max_cst_id", table.max_constraint_id);
  read_member(json, "update_timestamp", table.update_timestamp);
  read_member(json, "old_schema_id", table.old_schema_id);
  read_member(json, "version", table.version);
  read_member(json, "revision", table.revision);
  auto view = json.find("view");
  if (view != json.end() && view->is_object()) table.view = view->get<ViewInfo>();
}

void to_json(JsonValue& json, const DatabaseInfo& database) {
  json = {
      {"id", database.id},
      {"db_name", database.name},
      {"charset", database.charset},
      {"collate", database.collation},
      {"state", static_cast<int>(database.state)},
      {"policy_ref_info", nullptr},
  };
}

void from_json(const JsonValue& json, DatabaseInfo& database) {
  read_member(json, "id", database.id);
  read_member(json, "db_name", database.name);
  read_member(json, "charset", database.charset);
  read_member(json, "collate", database.collation);
  read_enum(json, "state", database.state);
}

void to_json(JsonValue& json, const SchemaDiff::Affected& affected) {
  json = {
      {"schema_id", affected.schema_id},
      {"table_id", affected.table_id},
      {"old_table_id", affected.old_table_id},
      {"old_schema_id", affected.old_schema_id},
  };
}

void from_json(const JsonValue& json, SchemaDiff::Affected& affected) {
  read_member(json, "schema_id", affected.schema_id);
  read_member(json, "table_id", affected.table_id);
  read_member(json, "old_table_id", affected.old_table_id);
  read_member(json, "old_schema_id", affected.old_schema_id);
}

void to_json(JsonValue& json, const SchemaDiff& diff) {
  to_json(json, diff.object);
  json["version"] = diff.version;
  json["type"] = diff.type;
  json["affected_options"] = array_or_null(diff.others);
}

void from_json(const JsonValue& json, SchemaDiff& diff) {
  from_json(json, diff.object);
  read_member(json, "version", diff.version);
  read_member(json, "type", diff.type);
  read_member(json, "affected_options", diff.others);
}

std::string to_stored(const DatabaseInfo& database) { return JsonValue(database).dump(); }
std::string to_stored(const TableInfo& table) { return JsonValue(table).dump(); }
std::string to_stored(const SchemaDiff& diff) { return JsonValue(diff).dump(); }

DatabaseInfo parse_database(std::string_view document) { return parse_as<DatabaseInfo>(document, "database"); }
TableInfo parse_table(std::string_view document) { return parse_as<TableInfo>(document, "table"); }
SchemaDiff parse_diff(std::string_view document) { return parse_as<SchemaDiff>(document, "schema diff"); }

}  // namespace sluice::catalog
