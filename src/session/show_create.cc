#include "session/show_create.h"

#include "catalog/default_value.h"
#include "catalog/foreign_key.h"
#include "session/session_state.h"
#include "types/collation.h"
#include "types/convert.h"
#include "types/utf8.h"
#include "types/value_text.h"

namespace sluice::session {
namespace {

using types::TypeCode;
namespace field_flag = types::field_flag;

std::string quoted_text(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    switch (c) {
      case '\'':
        result += "''";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\r':
        result += "\\r";
        break;
      case '\0':
        result += "\\0";
        break;
      default:
        result += c;
    }
  }
  return result + "'";
}

bool has_charset(const types::FieldType& type) {
  return (type.is_string() && !type.is_binary_string()) || type.code == TypeCode::kEnum || type.code == TypeCode::kSet;
}

std::string fraction_suffix(const types::FieldType& type) {
  return type.fsp() > 0 ? "(" + std::to_string(type.fsp()) + ")" : std::string();
}

std::string bit_text(std::string_view bytes) {
  std::string bits;
  for (const char c : bytes) {
    for (int bit = 7; bit >= 0; --bit) bits += ((static_cast<unsigned char>(c) >> bit) & 1) != 0 ? '1' : '0';
  }
  const std::size_t first = bits.find('1');
  return "b'" + (first == std::string::npos ? std::string("0") : bits.substr(first)) + "'";
}

/// Bytes that are no text and so could not be sent back as such.
bool is_shown_as_bytes(std::string_view stored) { return types::valid_utf8_prefix(stored) != stored.size(); }

std::string hexadecimal_literal(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text = "0x";
  for (const char c : bytes) {
    text.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return text;
}

void append_default(const catalog::ColumnInfo& column, const SessionState& session, std::string& out) {
  if (column.type.has_flag(field_flag::kAutoIncrement) || column.is_generated() || column.has_no_default()) return;
  const std::optional<std::string> value = shown_default(column, session);
  if (!value) {
    if (!column.type.not_null())
      out += column.type.code == TypeCode::kTimestamp ? " NULL DEFAULT NULL" : " DEFAULT NULL";
    return;
  }
  if (column.default_is_expression) {
    out += " DEFAULT (" + *column.default_value + ")";
  } else if (column.defaults_to_current_timestamp() || column.type.code == TypeCode::kBit) {
    out += " DEFAULT " + *value;
  } else if (is_shown_as_bytes(*column.default_value)) {
    out += " DEFAULT " + *value;
  } else {
    out += " DEFAULT " + quoted_text(*value);
  }
}

std::string column_text(const catalog::ColumnInfo& column, const catalog::TableInfo& table,
                        const SessionState& session) {
  std::string text = "  " + quoted_name(column.name.original) + " " + column.type.to_string();
  if (has_charset(column.type) && column.type.collation != nullptr) {
    const types::Collation& collation = *column.type.collation;
    const bool is_other_charset = collation.charset->name != table.charset;
    if (is_other_charset) text += " CHARACTER SET " + std::string(collation.charset->name);
    if (collation.name != table.collation) {
      text += " COLLATE " + std::string(collation.name);
    } else if (collation.charset->default_collation() != &collation) {
      text += " COLLATE " + std::string(collation.name);
    }
  }
  if (column.is_generated()) {
    text += " GENERATED ALWAYS AS (" + column.generated_expression + ")" +
            (column.generated_stored ? " STORED" : " VIRTUAL");
  }
  if (column.type.not_null()) text += " NOT NULL";
  if (column.type.has_flag(field_flag::kAutoIncrement)) text += " AUTO_INCREMENT";
  append_default(column, session, text);
  if (column.type.has_flag(field_flag::kOnUpdateNow))
    text += " ON UPDATE CURRENT_TIMESTAMP" + fraction_suffix(column.type);
  if (!column.comment.empty()) text += " COMMENT " + quoted_text(column.comment);
  return text;
}

std::string index_columns_text(const catalog::TableInfo& table, const catalog::IndexInfo& index) {
  std::string text;
  for (const catalog::IndexColumn& part : index.columns) {
    if (!text.empty()) text += ",";
    const catalog::ColumnInfo& column = table.columns[static_cast<std::size_t>(part.offset)];
    if (column.hidden) {
      text += "(" + column.generated_expression + ")";
    } else {
      text += quoted_name(part.name.original);
      if (part.is_prefix()) text += "(" + std::to_string(part.length) + ")";
    }
  }
  return text;
}

std::string index_text(const catalog::TableInfo& table, const catalog::IndexInfo& index) {
  std::string text = index.primary  ? "  PRIMARY KEY "
                     : index.unique ? "  UNIQUE KEY " + quoted_name(index.name.original) + " "
                                    : "  KEY " + quoted_name(index.name.original) + " ";
  text += "(" + index_columns_text(table, index) + ")";
  if (index.invisible) text += " /*!80000 INVISIBLE */";
  if (!index.comment.empty()) text += " COMMENT " + quoted_text(index.comment);
  if (index.primary)
    text += table.is_common_handle ? " /*T![clustered_index] CLUSTERED */" : " /*T![clustered_index] NONCLUSTERED */";
  return text;
}

}  // namespace

std::string quoted_name(std::string_view name) { return catalog::backquoted(name); }

std::optional<std::string> shown_default(const catalog::ColumnInfo& column, const SessionState& session) {
  if (!column.default_value) return std::nullopt;
  const std::string& stored = *column.default_value;
  if (column.default_is_expression) return stored;
  if (column.defaults_to_current_timestamp()) return stored + fraction_suffix(column.type);
  if (column.type.code == TypeCode::kBit) return bit_text(stored);
  if (is_shown_as_bytes(stored)) return hexadecimal_literal(stored);
  if (column.type.code != TypeCode::kTimestamp || column.version < 1) return stored;
  const types::Value value = catalog::parse_default(column, stored);
  if (value.kind() != types::Value::Kind::kTime || value.as_time().packed == 0) return stored;
  const types::Time local = types::timestamp_from_utc(value.as_time(), session.variables.settings().time_zone);
  return types::format_value(types::Value(local), column.type);
}

std::string shown_extra(const catalog::ColumnInfo& column) {
  if (column.type.has_flag(field_flag::kAutoIncrement)) return "auto_increment";
  if (column.is_generated()) return column.generated_stored ? "STORED GENERATED" : "VIRTUAL GENERATED";
  std::string extra;
  if (column.default_is_expression ||
      (column.defaults_to_current_timestamp() && column.type.has_flag(field_flag::kOnUpdateNow)))
    extra = "DEFAULT_GENERATED";
  if (column.type.has_flag(field_flag::kOnUpdateNow)) {
    if (!extra.empty()) extra += " ";
    extra += "on update CURRENT_TIMESTAMP" + fraction_suffix(column.type);
  }
  return extra;
}

std::string_view shown_key(const catalog::TableInfo& table, const catalog::ColumnInfo& column) {
  if (table.pk_is_handle && table.handle_column() == &column) return "PRI";
  std::string_view key;
  for (const catalog::IndexInfo& index : table.indexes) {
    if (!index.is_public()) continue;
    for (std::size_t i = 0; i < index.columns.size(); ++i) {
      if (index.columns[i].name.lower != column.name.lower) continue;
      if (index.primary) return "PRI";
      if (i > 0) continue;
      if (index.unique && index.columns.size() == 1) {
        key = "UNI";
      } else if (key.empty()) {
        key = "MUL";
      }
    }
  }
  return key;
}

std::string create_table_text(const catalog::TableInfo& table, std::string_view database,
                              std::uint64_t next_auto_increment, const SessionState& session) {
  std::string text = "CREATE TABLE " + quoted_name(table.name.original) + " (\n";
  bool is_first = true;
  const auto element = [&](const std::string& line) {
    if (!is_first) text += ",\n";
    is_first = false;
    text += line;
  };
  for (const catalog::ColumnInfo& column : table.columns) {
    if (column.is_public() && !column.hidden) element(column_text(column, table, session));
  }
  if (table.pk_is_handle) {
    element("  PRIMARY KEY (" + quoted_name(table.handle_column()->name.original) +
            ") /*T![clustered_index] CLUSTERED */");
  }
  for (const catalog::IndexInfo& index : table.indexes) {
    if (index.is_public()) element(index_text(table, index));
  }
  for (const catalog::ForeignKeyInfo& key : table.foreign_keys) {
    if (key.state != catalog::SchemaState::kPublic) continue;
    // As in TiDB: a key from a time when keys were not enforced.
    element("  " + catalog::foreign_key_text(key, database) + (key.version == 0 ? " /* FOREIGN KEY INVALID */" : ""));
  }
  for (const catalog::ConstraintInfo& check : table.constraints) {
    if (!check.is_shown()) continue;
    element("  CONSTRAINT " + quoted_name(check.name.original) + " CHECK ((" + check.expression + "))" +
            (check.enforced ? "" : " /*!80016 NOT ENFORCED */"));
  }
  text += "\n) ENGINE=InnoDB DEFAULT CHARSET=" + table.charset + " COLLATE=" + table.collation;
  if (next_auto_increment > 1) text += " AUTO_INCREMENT=" + std::to_string(next_auto_increment);
  if (table.auto_id_cache > 0)
    text += " /*T![auto_id_cache] AUTO_ID_CACHE=" + std::to_string(table.auto_id_cache) + " */";
  if (!table.comment.empty()) text += " COMMENT=" + quoted_text(table.comment);
  return text;
}

std::string create_view_text(const catalog::TableInfo& view) {
  const catalog::ViewInfo& info = *view.view;
  std::string text = "CREATE ALGORITHM=";
  text += info.algorithm == catalog::ViewAlgorithm::kMerge       ? "MERGE"
          : info.algorithm == catalog::ViewAlgorithm::kTemptable ? "TEMPTABLE"
                                                                 : "UNDEFINED";
  text += " DEFINER=" + quoted_name(info.definer_user) + "@" + quoted_name(info.definer_host);
  text += info.security == catalog::ViewSecurity::kInvoker ? " SQL SECURITY INVOKER" : " SQL SECURITY DEFINER";
  text += " VIEW " + quoted_name(view.name.original) + " (";
  bool is_first = true;
  for (const catalog::ColumnInfo& column : view.columns) {
    if (!is_first) text += ", ";
    is_first = false;
    text += quoted_name(column.name.original);
  }
  return text + ") AS " + info.select;
}

std::string create_database_text(const catalog::DatabaseInfo& database, bool if_not_exists) {
  std::string text = if_not_exists ? "CREATE DATABASE /*!32312 IF NOT EXISTS*/ " : "CREATE DATABASE ";
  text += quoted_name(database.name.original) + " /*!40100 DEFAULT CHARACTER SET " + database.charset;
  const types::Collation* const collation = types::find_collation(database.collation);
  if (collation != nullptr && collation->charset->default_collation() != collation)
    text += " COLLATE " + database.collation;
  return text + " */";
}

}  // namespace sluice::session
