// information_schema: keys, constraints, and the tables of what does not exist here (routines, triggers, events).

#include "catalog/foreign_key.h"
#include "session/accounts.h"
#include "session/memory_table.h"
#include "session/session_state.h"
#include "session/show_create.h"

namespace sluice::session {
namespace {

using types::Value;

constexpr std::string_view kCatalog = "def";

template <class Visit>
void for_each_table(const MemoryTableContext& context, Visit visit) {
  for (const catalog::DatabasePtr& database : context.schema.databases()) {
    for (const catalog::TablePtr& table : context.schema.tables_of(database->name.original)) {
      context.stop.poll();
      if (table->state != catalog::SchemaState::kPublic || table->is_view()) continue;
      if (!context.session.environment.accounts.has_any(context.session, database->name.original, table->name.original))
        continue;
      visit(*database, *table);
    }
  }
}

/// The foreign keys that users see.
template <class Visit>
void for_each_foreign_key(const catalog::TableInfo& table, Visit visit) {
  for (const catalog::ForeignKeyInfo& key : table.foreign_keys) {
    if (key.state == catalog::SchemaState::kPublic) visit(key);
  }
}

template <class Visit>
void for_each_check(const catalog::TableInfo& table, Visit visit) {
  for (const catalog::ConstraintInfo& check : table.constraints) {
    if (check.is_shown()) visit(check);
  }
}

// ---- KEY_COLUMN_USAGE ------------------------------------------------------------------------------------------------

constexpr std::string_view kKeyColumnUsageColumns =
    "CONSTRAINT_CATALOG VARCHAR(512) NOT NULL, CONSTRAINT_SCHEMA VARCHAR(64) NOT NULL, CONSTRAINT_NAME VARCHAR(64) NOT "
    "NULL, TABLE_CATALOG VARCHAR(512) NOT NULL, "
    "TABLE_SCHEMA VARCHAR(64) NOT NULL, TABLE_NAME VARCHAR(64) NOT NULL, COLUMN_NAME VARCHAR(64) NOT NULL, "
    "ORDINAL_POSITION BIGINT(10) NOT NULL, "
    "POSITION_IN_UNIQUE_CONSTRAINT BIGINT(10), REFERENCED_TABLE_SCHEMA VARCHAR(64), REFERENCED_TABLE_NAME VARCHAR(64), "
    "REFERENCED_COLUMN_NAME VARCHAR(64)";

void key_column_usage(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    const auto row = [&](std::string_view constraint, std::string_view column, std::int64_t position,
                         Value unique_position, Value schema, Value other, Value other_column) {
      rows.add({text_value(kCatalog), text_value(database.name.original), text_value(constraint), text_value(kCatalog),
                text_value(database.name.original), text_value(table.name.original), text_value(column),
                integer_value(position), std::move(unique_position), std::move(schema), std::move(other),
                std::move(other_column)});
    };
    if (table.pk_is_handle) row("PRIMARY", table.handle_column()->name.original, 1, Value(), Value(), Value(), Value());
    for (const catalog::IndexInfo& index : table.indexes) {
      if (!index.is_public() || !(index.unique || index.primary)) continue;
      std::int64_t position = 0;
      for (const catalog::IndexColumn& part : index.columns) {
        row(index.primary ? std::string_view("PRIMARY") : std::string_view(index.name.original), part.name.original,
            ++position, Value(), Value(), Value(), Value());
      }
    }
    for_each_foreign_key(table, [&](const catalog::ForeignKeyInfo& key) {
      for (std::size_t i = 0; i < key.columns.size(); ++i) {
        const std::string& schema =
            key.referenced_schema.empty() ? database.name.original : key.referenced_schema.original;
        row(key.name.original, key.columns[i].original, static_cast<std::int64_t>(i + 1),
            integer_value(static_cast<std::int64_t>(i + 1)), text_value(schema),
            text_value(key.referenced_table.original),
            i < key.referenced_columns.size() ? text_value(key.referenced_columns[i].original) : Value());
      }
    });
  });
}

// ---- TABLE_CONSTRAINTS, REFERENTIAL_CONSTRAINTS, CHECK_CONSTRAINTS ----------------------------------------------------

constexpr std::string_view kTableConstraintsColumns =
    "CONSTRAINT_CATALOG VARCHAR(512), CONSTRAINT_SCHEMA VARCHAR(64), CONSTRAINT_NAME VARCHAR(64), TABLE_SCHEMA "
    "VARCHAR(64), TABLE_NAME VARCHAR(64), "
    "CONSTRAINT_TYPE VARCHAR(64), ENFORCED VARCHAR(3)";

void table_constraints(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    const auto row = [&](std::string_view name, std::string_view type, std::string_view enforced = "YES") {
      rows.add({text_value(kCatalog), text_value(database.name.original), text_value(name),
                text_value(database.name.original), text_value(table.name.original), text_value(type),
                text_value(enforced)});
    };
    if (table.pk_is_handle) row("PRIMARY", "PRIMARY KEY");
    for (const catalog::IndexInfo& index : table.indexes) {
      if (!index.is_public()) continue;
      if (index.primary) {
        row("PRIMARY", "PRIMARY KEY");
      } else if (index.unique) {
        row(index.name.original, "UNIQUE");
      }
    }
    for_each_foreign_key(table, [&](const catalog::ForeignKeyInfo& key) { row(key.name.original, "FOREIGN KEY"); });
    for_each_check(table, [&](const catalog::ConstraintInfo& check) {
      row(check.name.original, "CHECK", check.enforced ? "YES" : "NO");
    });
  });
}

constexpr std::string_view kReferentialConstraintsColumns =
    "CONSTRAINT_CATALOG VARCHAR(512) NOT NULL, CONSTRAINT_SCHEMA VARCHAR(64) NOT NULL, CONSTRAINT_NAME VARCHAR(64) NOT "
    "NULL, UNIQUE_CONSTRAINT_CATALOG VARCHAR(512) "
    "NOT NULL, UNIQUE_CONSTRAINT_SCHEMA VARCHAR(64) NOT NULL, UNIQUE_CONSTRAINT_NAME VARCHAR(64), MATCH_OPTION "
    "VARCHAR(64) NOT NULL, UPDATE_RULE VARCHAR(64) NOT NULL, "
    "DELETE_RULE VARCHAR(64) NOT NULL, TABLE_NAME VARCHAR(64) NOT NULL, REFERENCED_TABLE_NAME VARCHAR(64) NOT NULL";

/// The name of the parent's unique key that the foreign key names; NULL if it names no whole one, or there is no such table.
Value unique_constraint_name(const MemoryTableContext& context, std::string_view schema,
                             const catalog::ForeignKeyInfo& key) {
  const catalog::TablePtr parent = context.schema.find_public_table(schema, key.referenced_table.original);
  if (parent == nullptr) return Value();
  const std::optional<catalog::KeyPath> path = catalog::find_key_path(*parent, key.referenced_columns);
  if (!path || !path->is_unique()) return Value();
  if (path->kind != catalog::KeyPath::Kind::kIndex || path->index->primary) return text_value("PRIMARY");
  return text_value(path->index->name.original);
}

/// NO ACTION is what a key has that says nothing.
std::string_view rule_text(catalog::ReferenceAction action) {
  return action == catalog::ReferenceAction::kNone ? "NO ACTION" : reference_action_text(action);
}

void referential_constraints(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    for_each_foreign_key(table, [&](const catalog::ForeignKeyInfo& key) {
      const std::string& schema =
          key.referenced_schema.empty() ? database.name.original : key.referenced_schema.original;
      rows.add({text_value(kCatalog), text_value(database.name.original), text_value(key.name.original),
                text_value(kCatalog), text_value(schema), unique_constraint_name(context, schema, key),
                text_value("NONE"), text_value(rule_text(key.on_update)), text_value(rule_text(key.on_delete)),
                text_value(table.name.original), text_value(key.referenced_table.original)});
    });
  });
}

constexpr std::string_view kCheckConstraintsColumns =
    "CONSTRAINT_CATALOG VARCHAR(64) NOT NULL, CONSTRAINT_SCHEMA VARCHAR(64) NOT NULL, CONSTRAINT_NAME VARCHAR(64) NOT "
    "NULL, CHECK_CLAUSE LONGTEXT NOT NULL";
constexpr std::string_view kTidbCheckConstraintsColumns =
    "CONSTRAINT_CATALOG VARCHAR(64) NOT NULL, CONSTRAINT_SCHEMA VARCHAR(64) NOT NULL, CONSTRAINT_NAME VARCHAR(64) NOT "
    "NULL, CHECK_CLAUSE LONGTEXT NOT NULL, "
    "TABLE_NAME VARCHAR(64), TABLE_ID BIGINT(21)";

void check_constraints(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    for_each_check(table, [&](const catalog::ConstraintInfo& check) {
      rows.add({text_value(kCatalog), text_value(database.name.original), text_value(check.name.original),
                text_value("(" + check.expression + ")")});
    });
  });
}

void tidb_check_constraints(const MemoryTableContext& context, MemoryRows& rows) {
  for_each_table(context, [&](const catalog::DatabaseInfo& database, const catalog::TableInfo& table) {
    for_each_check(table, [&](const catalog::ConstraintInfo& check) {
      rows.add({text_value(kCatalog), text_value(database.name.original), text_value(check.name.original),
                text_value("(" + check.expression + ")"), text_value(table.name.original), integer_value(table.id)});
    });
  });
}

// ---- tables that are always empty here: there are no routines, triggers or events ------------------------------------

constexpr std::string_view kRoutinesColumns =
    "SPECIFIC_NAME VARCHAR(64) NOT NULL, ROUTINE_CATALOG VARCHAR(512) NOT NULL, ROUTINE_SCHEMA VARCHAR(64) NOT NULL, "
    "ROUTINE_NAME VARCHAR(64) NOT NULL, "
    "ROUTINE_TYPE VARCHAR(9) NOT NULL, DATA_TYPE VARCHAR(64) NOT NULL, CHARACTER_MAXIMUM_LENGTH INT(21), "
    "CHARACTER_OCTET_LENGTH INT(21), "
    "NUMERIC_PRECISION BIGINT UNSIGNED, NUMERIC_SCALE INT(21), DATETIME_PRECISION BIGINT UNSIGNED, CHARACTER_SET_NAME "
    "VARCHAR(64), COLLATION_NAME VARCHAR(64), "
    "DTD_IDENTIFIER LONGTEXT, ROUTINE_BODY VARCHAR(8) NOT NULL, ROUTINE_DEFINITION LONGTEXT, EXTERNAL_NAME "
    "VARCHAR(64), EXTERNAL_LANGUAGE VARCHAR(64), "
    "PARAMETER_STYLE VARCHAR(8) NOT NULL, IS_DETERMINISTIC VARCHAR(3) NOT NULL, SQL_DATA_ACCESS VARCHAR(64) NOT NULL, "
    "SQL_PATH VARCHAR(64), "
    "SECURITY_TYPE VARCHAR(7) NOT NULL, CREATED DATETIME, LAST_ALTERED DATETIME, SQL_MODE VARCHAR(8192) NOT NULL, "
    "ROUTINE_COMMENT LONGTEXT, "
    "DEFINER VARCHAR(77) NOT NULL, CHARACTER_SET_CLIENT VARCHAR(32) NOT NULL, COLLATION_CONNECTION VARCHAR(32) NOT "
    "NULL, DATABASE_COLLATION VARCHAR(32) NOT NULL";
constexpr std::string_view kTriggersColumns =
    "TRIGGER_CATALOG VARCHAR(512), TRIGGER_SCHEMA VARCHAR(64), TRIGGER_NAME VARCHAR(64), EVENT_MANIPULATION "
    "VARCHAR(6), EVENT_OBJECT_CATALOG VARCHAR(512), "
    "EVENT_OBJECT_SCHEMA VARCHAR(64), EVENT_OBJECT_TABLE VARCHAR(64), ACTION_ORDER BIGINT(4), ACTION_CONDITION "
    "LONGTEXT, ACTION_STATEMENT LONGTEXT, "
    "ACTION_ORIENTATION VARCHAR(9), ACTION_TIMING VARCHAR(6), ACTION_REFERENCE_OLD_TABLE VARCHAR(64), "
    "ACTION_REFERENCE_NEW_TABLE VARCHAR(64), "
    "ACTION_REFERENCE_OLD_ROW VARCHAR(3), ACTION_REFERENCE_NEW_ROW VARCHAR(3), CREATED DATETIME(2), SQL_MODE "
    "VARCHAR(8192), DEFINER VARCHAR(77), "
    "CHARACTER_SET_CLIENT VARCHAR(32), COLLATION_CONNECTION VARCHAR(32), DATABASE_COLLATION VARCHAR(32)";
constexpr std::string_view kEventsColumns =
    "EVENT_CATALOG VARCHAR(64), EVENT_SCHEMA VARCHAR(64), EVENT_NAME VARCHAR(64), DEFINER VARCHAR(77), TIME_ZONE "
    "VARCHAR(64), EVENT_BODY VARCHAR(8), "
    "EVENT_DEFINITION LONGTEXT, EVENT_TYPE VARCHAR(9), EXECUTE_AT DATETIME, INTERVAL_VALUE VARCHAR(256), "
    "INTERVAL_FIELD VARCHAR(18), SQL_MODE VARCHAR(8192), "
    "STARTS DATETIME, ENDS DATETIME, STATUS VARCHAR(18), ON_COMPLETION VARCHAR(12), CREATED DATETIME, LAST_ALTERED "
    "DATETIME, LAST_EXECUTED DATETIME, "
    "EVENT_COMMENT VARCHAR(64), ORIGINATOR BIGINT(10), CHARACTER_SET_CLIENT VARCHAR(32), COLLATION_CONNECTION "
    "VARCHAR(32), DATABASE_COLLATION VARCHAR(32)";
constexpr std::string_view kParametersColumns =
    "SPECIFIC_CATALOG VARCHAR(512) NOT NULL, SPECIFIC_SCHEMA VARCHAR(64) NOT NULL, SPECIFIC_NAME VARCHAR(64) NOT NULL, "
    "ORDINAL_POSITION INT(21) NOT NULL, "
    "PARAMETER_MODE VARCHAR(5), PARAMETER_NAME VARCHAR(64), DATA_TYPE VARCHAR(64) NOT NULL, CHARACTER_MAXIMUM_LENGTH "
    "INT(21), CHARACTER_OCTET_LENGTH INT(21), "
    "NUMERIC_PRECISION BIGINT UNSIGNED, NUMERIC_SCALE INT(21), DATETIME_PRECISION BIGINT UNSIGNED, CHARACTER_SET_NAME "
    "VARCHAR(64), COLLATION_NAME VARCHAR(64), "
    "DTD_IDENTIFIER LONGTEXT NOT NULL, ROUTINE_TYPE VARCHAR(9) NOT NULL";
constexpr std::string_view kFilesColumns =
    "FILE_ID BIGINT(4), FILE_NAME VARCHAR(4000), FILE_TYPE VARCHAR(20), TABLESPACE_NAME VARCHAR(64), TABLE_CATALOG "
    "VARCHAR(64), TABLE_SCHEMA VARCHAR(64), "
    "TABLE_NAME VARCHAR(64), LOGFILE_GROUP_NAME VARCHAR(64), LOGFILE_GROUP_NUMBER BIGINT(32), ENGINE VARCHAR(64), "
    "FULLTEXT_KEYS VARCHAR(64), "
    "DELETED_ROWS BIGINT(4), UPDATE_COUNT BIGINT(4), FREE_EXTENTS BIGINT(4), TOTAL_EXTENTS BIGINT(4), EXTENT_SIZE "
    "BIGINT(4), INITIAL_SIZE BIGINT(21), "
    "MAXIMUM_SIZE BIGINT(21), AUTOEXTEND_SIZE BIGINT(21), CREATION_TIME DATETIME, STATUS VARCHAR(20), EXTRA "
    "VARCHAR(255)";
constexpr std::string_view kSequencesColumns =
    "TABLE_CATALOG VARCHAR(512) NOT NULL, SEQUENCE_SCHEMA VARCHAR(64) NOT NULL, SEQUENCE_NAME VARCHAR(64) NOT NULL, "
    "CACHE TINYINT(1) NOT NULL, "
    "CACHE_VALUE BIGINT(21), CYCLE TINYINT(1) NOT NULL, INCREMENT BIGINT(21) NOT NULL, MAX_VALUE BIGINT(21), MIN_VALUE "
    "BIGINT(21), START BIGINT(21), COMMENT VARCHAR(64)";
constexpr std::string_view kOptimizerTraceColumns =
    "QUERY LONGTEXT NOT NULL, TRACE LONGTEXT NOT NULL, MISSING_BYTES_BEYOND_MAX_MEM_SIZE INT(20) NOT NULL, "
    "INSUFFICIENT_PRIVILEGES TINYINT(1) NOT NULL";
constexpr std::string_view kProfilingColumns =
    "QUERY_ID BIGINT(20) NOT NULL, SEQ BIGINT(20) NOT NULL, STATE VARCHAR(30) NOT NULL, DURATION DECIMAL(9,6) NOT "
    "NULL, CPU_USER DECIMAL(9,6), CPU_SYSTEM DECIMAL(9,6)";

}  // namespace

std::vector<MemoryTable> constraint_tables() {
  constexpr std::string_view kSchema = "INFORMATION_SCHEMA";
  return {{kSchema, "KEY_COLUMN_USAGE", kKeyColumnUsageColumns, key_column_usage},
          {kSchema, "TABLE_CONSTRAINTS", kTableConstraintsColumns, table_constraints},
          {kSchema, "REFERENTIAL_CONSTRAINTS", kReferentialConstraintsColumns, referential_constraints},
          {kSchema, "CHECK_CONSTRAINTS", kCheckConstraintsColumns, check_constraints},
          {kSchema, "TIDB_CHECK_CONSTRAINTS", kTidbCheckConstraintsColumns, tidb_check_constraints},
          {kSchema, "ROUTINES", kRoutinesColumns, nullptr},
          {kSchema, "TRIGGERS", kTriggersColumns, nullptr},
          {kSchema, "EVENTS", kEventsColumns, nullptr},
          {kSchema, "PARAMETERS", kParametersColumns, nullptr},
          {kSchema, "FILES", kFilesColumns, nullptr},
          {kSchema, "SEQUENCES", kSequencesColumns, nullptr},
          {kSchema, "OPTIMIZER_TRACE", kOptimizerTraceColumns, nullptr},
          {kSchema, "PROFILING", kProfilingColumns, nullptr}};
}

}  // namespace sluice::session
