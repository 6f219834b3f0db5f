/// The statements that make an object again, as SHOW CREATE prints them.
#pragma once

#include <string>
#include <string_view>

#include "base/stop_token.h"
#include "catalog/database_info.h"
#include "catalog/table_info.h"

namespace sluice::session {

struct SessionState;

/// CREATE TABLE in TiDB's layout. `next_auto_increment`: 0 if it is not printed. TIMESTAMP defaults are in the session's time zone.
std::string create_table_text(const catalog::TableInfo& table, std::string_view database,
                              std::uint64_t next_auto_increment, const SessionState& session);
/// CREATE VIEW in one line.
std::string create_view_text(const catalog::TableInfo& view);
std::string create_database_text(const catalog::DatabaseInfo& database, bool if_not_exists);

/// `name` in backquotes.
std::string quoted_name(std::string_view name);

/// The default of a column as DESC and information_schema show it: nullopt for NULL or none.
std::optional<std::string> shown_default(const catalog::ColumnInfo& column, const SessionState& session);
/// "auto_increment", "on update CURRENT_TIMESTAMP", "VIRTUAL GENERATED" ... or empty.
std::string shown_extra(const catalog::ColumnInfo& column);
/// "PRI", "UNI", "MUL" or empty.
std::string_view shown_key(const catalog::TableInfo& table, const catalog::ColumnInfo& column);

}  // namespace sluice::session
