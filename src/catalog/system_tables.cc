#include "catalog/system_tables.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "base/check.h"
#include "types/collation.h"

namespace sluice::catalog {
namespace {

using types::FieldType;
using types::TypeCode;

// One column of a definition, in the words of a CREATE TABLE.
struct Column {
  const char* name;
  FieldType type;
  const char* default_value = nullptr;
};

FieldType not_null(FieldType type) {
  type.set_flag(types::field_flag::kNotNull);
  return type;
}

FieldType character(int length) {
  FieldType type = FieldType::varchar(length, types::utf8mb4_bin());
  type.code = TypeCode::kString;
  return type;
}

FieldType text_of(TypeCode code) {
  FieldType type = FieldType::of(code, types::field_flag::kBlob);
  type.collation = types::utf8mb4_bin();
  return type;
}

FieldType blob_of(TypeCode code) {
  FieldType type = FieldType::of(code, types::field_flag::kBlob | types::field_flag::kBinary);
  type.collation = types::binary_collation();
  return type;
}

FieldType enumeration(std::vector<std::string> labels) {
  FieldType type = FieldType::of(TypeCode::kEnum);
  type.collation = types::utf8mb4_bin();
  type.elements = std::make_shared<const std::vector<std::string>>(std::move(labels));
  return type;
}

FieldType set_of(std::vector<std::string> labels) {
  FieldType type = enumeration(std::move(labels));
  type.code = TypeCode::kSet;
  return type;
}

FieldType varchar(int length) { return FieldType::varchar(length, types::utf8mb4_bin()); }
FieldType bigint() { return FieldType::of(TypeCode::kLongLong); }
FieldType ubigint() { return FieldType::of(TypeCode::kLongLong, types::field_flag::kUnsigned); }
FieldType integer() { return FieldType::of(TypeCode::kLong); }
FieldType usmallint() { return FieldType::of(TypeCode::kShort, types::field_flag::kUnsigned); }
FieldType no_yes() { return not_null(enumeration({"N", "Y"})); }

// The first `key_columns` columns are the clustered primary key; 0: a hidden row id.
TableInfo make_table(std::int64_t id, const char* name, std::initializer_list<Column> columns,
                     std::size_t key_columns) {
  TableInfo table;
  table.id = id;
  table.name = Name(name);
  table.charset = "utf8mb4";
  table.collation = "utf8mb4_bin";
  table.state = SchemaState::kPublic;
  for (const Column& definition : columns) {
    ColumnInfo column;
    column.id = ++table.max_column_id;
    column.name = Name(definition.name);
    column.offset = static_cast<int>(table.columns.size());
    column.type = definition.type;
    if (definition.default_value != nullptr) {
      column.default_value = definition.default_value;
    } else if (column.type.not_null()) {
      column.type.set_flag(types::field_flag::kNoDefault);
    }
    table.columns.push_back(std::move(column));
  }
  SLUICE_CHECK(key_columns <= table.columns.size(), "key of {} is too long", name);
  for (std::size_t i = 0; i < key_columns; ++i)
    table.columns[i].type.set_flag(types::field_flag::kPrimaryKey | types::field_flag::kNotNull);
  if (key_columns == 1 && table.columns[0].type.is_integer()) {
    table.pk_is_handle = true;
  } else if (key_columns > 0) {
    table.is_common_handle = true;
    IndexInfo primary;
    primary.id = ++table.max_index_id;
    primary.name = Name("PRIMARY");
    primary.table_name = table.name;
    primary.unique = true;
    primary.primary = true;
    for (std::size_t i = 0; i < key_columns; ++i)
      primary.columns.push_back({table.columns[i].name, static_cast<int>(i), kFullLength});
    table.indexes.push_back(std::move(primary));
  }
  return table;
}

// Global privileges in the order of TiDB's mysql.user.
TableInfo user_table() {
  TableInfo table = make_table(system_id::kUser, "user",
                               {{"Host", character(255)},
                                {"User", character(32)},
                                {"authentication_string", text_of(TypeCode::kBlob)},
                                {"plugin", character(64)}},
                               2);
  auto add = [&](const char* name, FieldType type, const char* default_value) {
    ColumnInfo column;
    column.id = ++table.max_column_id;
    column.name = Name(name);
    column.offset = static_cast<int>(table.columns.size());
    column.type = std::move(type);
    if (default_value != nullptr) column.default_value = default_value;
    table.columns.push_back(std::move(column));
  };
  for (const char* privilege :
       {"Select_priv",           "Insert_priv",         "Update_priv",        "Delete_priv",
        "Create_priv",           "Drop_priv",           "Process_priv",       "Grant_priv",
        "References_priv",       "Alter_priv",          "Show_db_priv",       "Super_priv",
        "Create_tmp_table_priv", "Lock_tables_priv",    "Execute_priv",       "Create_view_priv",
        "Show_view_priv",        "Create_routine_priv", "Alter_routine_priv", "Index_priv",
        "Create_user_priv",      "Event_priv",          "Repl_slave_priv",    "Repl_client_priv",
        "Trigger_priv",          "Create_role_priv",    "Drop_role_priv",     "Account_locked",
        "Shutdown_priv",         "Reload_priv",         "FILE_priv",          "Config_priv",
        "Create_Tablespace_Priv"}) {
    add(privilege, no_yes(), "N");
  }
  add("Password_reuse_history", usmallint(), nullptr);
  add("Password_reuse_time", usmallint(), nullptr);
  add("User_attributes", FieldType::json(), nullptr);
  add("Token_issuer", varchar(255), nullptr);
  add("Password_expired", no_yes(), "N");
  add("Password_last_changed", FieldType::timestamp(0), "CURRENT_TIMESTAMP");
  add("Password_lifetime", usmallint(), nullptr);
  add("Max_user_connections", not_null(FieldType::of(TypeCode::kLong, types::field_flag::kUnsigned)), "0");
  return table;
}

TableInfo db_table() {
  return make_table(system_id::kDb, "db",
                    {{"Host", character(255)},
                     {"DB", character(64)},
                     {"User", character(32)},
                     {"Select_priv", no_yes(), "N"},
                     {"Insert_priv", no_yes(), "N"},
                     {"Update_priv", no_yes(), "N"},
                     {"Delete_priv", no_yes(), "N"},
                     {"Create_priv", no_yes(), "N"},
                     {"Drop_priv", no_yes(), "N"},
                     {"Grant_priv", no_yes(), "N"},
                     {"References_priv", no_yes(), "N"},
                     {"Index_priv", no_yes(), "N"},
                     {"Alter_priv", no_yes(), "N"},
                     {"Create_tmp_table_priv", no_yes(), "N"},
                     {"Lock_tables_priv", no_yes(), "N"},
                     {"Create_view_priv", no_yes(), "N"},
                     {"Show_view_priv", no_yes(), "N"},
                     {"Create_routine_priv", no_yes(), "N"},
                     {"Alter_routine_priv", no_yes(), "N"},
                     {"Execute_priv", no_yes(), "N"},
                     {"Event_priv", no_yes(), "N"},
                     {"Trigger_priv", no_yes(), "N"}},
                    3);
}

std::vector<TableInfo> make_tables() {
  const std::vector<std::string> table_privileges = {"Select",    "Insert",  "Update",    "Delete", "Create",
                                                     "Drop",      "Grant",   "Index",     "Alter",  "Create View",
                                                     "Show View", "Trigger", "References"};
  const std::vector<std::string> column_privileges = {"Select", "Insert", "Update", "References"};
  const FieldType now = FieldType::timestamp(0);
  std::vector<TableInfo> tables;
  tables.push_back(user_table());
  tables.push_back(db_table());
  tables.push_back(make_table(system_id::kTablesPriv, "tables_priv",
                              {{"Host", character(255)},
                               {"DB", character(64)},
                               {"User", character(32)},
                               {"Table_name", character(64)},
                               {"Grantor", character(77)},
                               {"Timestamp", now, "CURRENT_TIMESTAMP"},
                               {"Table_priv", set_of(table_privileges)},
                               {"Column_priv", set_of(column_privileges)}},
                              4));
  tables.push_back(make_table(system_id::kColumnsPriv, "columns_priv",
                              {{"Host", character(255)},
                               {"DB", character(64)},
                               {"User", character(32)},
                               {"Table_name", character(64)},
                               {"Column_name", character(64)},
                               {"Timestamp", now, "CURRENT_TIMESTAMP"},
                               {"Column_priv", set_of(column_privileges)}},
                              5));
  tables.push_back(make_table(
      system_id::kGlobalPriv, "global_priv",
      {{"Host", character(255)}, {"User", character(80)}, {"Priv", not_null(text_of(TypeCode::kLongBlob))}}, 2));
  tables.push_back(make_table(system_id::kGlobalGrants, "global_grants",
                              {{"USER", character(32)},
                               {"HOST", character(255)},
                               {"PRIV", character(32)},
                               {"WITH_GRANT_OPTION", no_yes(), "N"}},
                              3));
  tables.push_back(make_table(system_id::kRoleEdges, "role_edges",
                              {{"FROM_HOST", character(255)},
                               {"FROM_USER", character(32)},
                               {"TO_HOST", character(255)},
                               {"TO_USER", character(32)},
                               {"WITH_ADMIN_OPTION", no_yes(), "N"}},
                              4));
  tables.push_back(make_table(system_id::kDefaultRoles, "default_roles",
                              {{"HOST", character(255)},
                               {"USER", character(32)},
                               {"DEFAULT_ROLE_HOST", character(255)},
                               {"DEFAULT_ROLE_USER", character(32)}},
                              4));
  tables.push_back(make_table(system_id::kGlobalVariables, "GLOBAL_VARIABLES",
                              {{"VARIABLE_NAME", varchar(64)}, {"VARIABLE_VALUE", text_of(TypeCode::kMediumBlob)}}, 1));
  tables.push_back(
      make_table(system_id::kTidb, "tidb",
                 {{"VARIABLE_NAME", varchar(64)}, {"VARIABLE_VALUE", varchar(1024)}, {"COMMENT", varchar(1024)}}, 1));
  tables.push_back(make_table(system_id::kHelpTopic, "help_topic",
                              {{"help_topic_id", FieldType::of(TypeCode::kLong, types::field_flag::kUnsigned)},
                               {"name", not_null(character(64))},
                               {"help_category_id", not_null(usmallint())},
                               {"description", not_null(text_of(TypeCode::kBlob))},
                               {"example", not_null(text_of(TypeCode::kBlob))},
                               {"url", not_null(text_of(TypeCode::kBlob))}},
                              1));
  tables.push_back(make_table(system_id::kStatsMeta, "stats_meta",
                              {{"table_id", bigint()},
                               {"version", not_null(ubigint())},
                               {"modify_count", not_null(bigint()), "0"},
                               {"count", not_null(ubigint()), "0"},
                               {"snapshot", not_null(ubigint()), "0"}},
                              1));
  tables.push_back(make_table(system_id::kStatsHistograms, "stats_histograms",
                              {{"table_id", bigint()},
                               {"is_index", integer()},
                               {"hist_id", bigint()},
                               {"distinct_count", not_null(bigint())},
                               {"null_count", not_null(bigint()), "0"},
                               {"tot_col_size", not_null(bigint()), "0"},
                               {"version", not_null(ubigint()), "0"},
                               {"stats_ver", not_null(bigint()), "0"},
                               {"correlation", not_null(FieldType::double_precision()), "0"},
                               {"average_size", not_null(FieldType::double_precision()), "0"}},
                              3));
  tables.push_back(make_table(system_id::kStatsBuckets, "stats_buckets",
                              {{"table_id", bigint()},
                               {"is_index", integer()},
                               {"hist_id", bigint()},
                               {"bucket_id", bigint()},
                               {"count", not_null(bigint())},
                               {"repeats", not_null(bigint())},
                               {"upper_bound", not_null(blob_of(TypeCode::kLongBlob))},
                               {"lower_bound", blob_of(TypeCode::kLongBlob)},
                               {"ndv", not_null(bigint()), "0"}},
                              4));
  tables.push_back(make_table(system_id::kStatsTopN, "stats_top_n",
                              {{"table_id", bigint()},
                               {"is_index", integer()},
                               {"hist_id", bigint()},
                               {"value_id", bigint()},
                               {"value", blob_of(TypeCode::kLongBlob)},
                               {"count", not_null(ubigint())}},
                              4));
  tables.push_back(make_table(system_id::kAnalyzeJobs, "analyze_jobs",
                              {{"id", ubigint()},
                               {"update_time", FieldType::timestamp(0)},
                               {"table_schema", character(64)},
                               {"table_name", character(64)},
                               {"partition_name", character(64)},
                               {"job_info", text_of(TypeCode::kBlob)},
                               {"processed_rows", ubigint(), "0"},
                               {"start_time", FieldType::timestamp(0)},
                               {"end_time", FieldType::timestamp(0)},
                               {"state", not_null(enumeration({"pending", "running", "finished", "failed"}))},
                               {"fail_reason", text_of(TypeCode::kBlob)},
                               {"instance", varchar(512)},
                               {"process_id", ubigint()}},
                              1));
  // Always empty: the server writes its logs to files. mysqldump asks for the definitions of both.
  const FieldType uint = FieldType::of(TypeCode::kLong, types::field_flag::kUnsigned);
  const FieldType log_time = not_null(FieldType::timestamp(6));
  tables.push_back(make_table(system_id::kGeneralLog, "general_log",
                              {{"event_time", log_time, "CURRENT_TIMESTAMP"},
                               {"user_host", not_null(text_of(TypeCode::kMediumBlob))},
                               {"thread_id", not_null(ubigint())},
                               {"server_id", not_null(uint)},
                               {"command_type", not_null(varchar(64))},
                               {"argument", not_null(blob_of(TypeCode::kMediumBlob))}},
                              0));
  tables.push_back(make_table(system_id::kSlowLog, "slow_log",
                              {{"start_time", log_time, "CURRENT_TIMESTAMP"},
                               {"user_host", not_null(text_of(TypeCode::kMediumBlob))},
                               {"query_time", not_null(FieldType::time(6))},
                               {"lock_time", not_null(FieldType::time(6))},
                               {"rows_sent", not_null(integer())},
                               {"rows_examined", not_null(integer())},
                               {"db", not_null(varchar(512))},
                               {"last_insert_id", not_null(integer())},
                               {"insert_id", not_null(integer())},
                               {"server_id", not_null(uint)},
                               {"sql_text", not_null(blob_of(TypeCode::kMediumBlob))},
                               {"thread_id", not_null(ubigint())}},
                              0));
  tables.push_back(make_table(system_id::kBindInfo, "bind_info",
                              {{"original_sql", not_null(text_of(TypeCode::kBlob))},
                               {"bind_sql", not_null(text_of(TypeCode::kBlob))},
                               {"default_db", not_null(text_of(TypeCode::kBlob))},
                               {"status", not_null(text_of(TypeCode::kBlob))},
                               {"create_time", FieldType::timestamp(3)},
                               {"update_time", FieldType::timestamp(3)},
                               {"charset", not_null(text_of(TypeCode::kBlob))},
                               {"collation", not_null(text_of(TypeCode::kBlob))},
                               {"source", not_null(varchar(10)), "unknown"},
                               {"sql_digest", varchar(64)},
                               {"plan_digest", varchar(64)}},
                              0));
  tables.push_back(make_table(system_id::kGcDeleteRange, "gc_delete_range",
                              {{"job_id", bigint()},
                               {"element_id", bigint()},
                               {"start_key", not_null(text_of(TypeCode::kBlob))},
                               {"end_key", not_null(text_of(TypeCode::kBlob))},
                               {"ts", not_null(bigint())},
                               {"table_id", not_null(bigint()), "0"},
                               {"schema_version", not_null(bigint()), "0"}},
                              2));
  tables.push_back(make_table(system_id::kGcDeleteRangeDone, "gc_delete_range_done",
                              {{"job_id", bigint()},
                               {"element_id", bigint()},
                               {"start_key", not_null(text_of(TypeCode::kBlob))},
                               {"end_key", not_null(text_of(TypeCode::kBlob))},
                               {"ts", not_null(bigint())}},
                              2));
  tables.push_back(make_table(system_id::kDdlJob, "tidb_ddl_job",
                              {{"job_id", bigint()},
                               {"reorg", integer()},
                               {"schema_ids", text_of(TypeCode::kBlob)},
                               {"table_ids", text_of(TypeCode::kBlob)},
                               {"job_meta", blob_of(TypeCode::kLongBlob)},
                               {"type", integer()},
                               {"processing", integer()}},
                              1));
  tables.push_back(make_table(system_id::kDdlReorg, "tidb_ddl_reorg",
                              {{"job_id", bigint()},
                               {"ele_id", bigint()},
                               {"ele_type", blob_of(TypeCode::kBlob)},
                               {"start_key", blob_of(TypeCode::kBlob)},
                               {"end_key", blob_of(TypeCode::kBlob)},
                               {"physical_id", bigint()},
                               {"reorg_meta", blob_of(TypeCode::kLongBlob)}},
                              2));
  tables.push_back(make_table(system_id::kDdlHistory, "tidb_ddl_history",
                              {{"job_id", bigint()},
                               {"job_meta", blob_of(TypeCode::kLongBlob)},
                               {"db_name", character(64)},
                               {"table_name", character(64)},
                               {"schema_ids", text_of(TypeCode::kBlob)},
                               {"table_ids", text_of(TypeCode::kBlob)},
                               {"create_time", FieldType::datetime(0)}},
                              1));
  tables.push_back(make_table(system_id::kMdlInfo, "tidb_mdl_info",
                              {{"job_id", bigint()},
                               {"version", not_null(bigint())},
                               {"table_ids", text_of(TypeCode::kBlob)},
                               {"owner_id", not_null(varchar(64)), ""}},
                              1));
  return tables;
}

}  // namespace

std::span<const TableInfo> system_tables() {
  static const std::vector<TableInfo> tables = make_tables();
  return tables;
}

const TableInfo& system_table(std::int64_t table_id) {
  for (const TableInfo& table : system_tables()) {
    if (table.id == table_id) return table;
  }
  SLUICE_CHECK(false, "no system table {}", table_id);
  std::abort();
}

bool is_system_database(std::string_view lower_name) noexcept {
  return lower_name == "mysql" || lower_name == "information_schema" || lower_name == "performance_schema" ||
         lower_name == "metrics_schema";
}

}  // namespace sluice::catalog
