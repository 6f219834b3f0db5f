#include "ddl/job_json.h"

#include "base/check.h"
#include "catalog/json_mapping.h"

namespace sluice::ddl {
namespace {

using catalog::JsonValue;
using catalog::read_enum;
using catalog::read_member;

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

JsonValue optional_text(const std::optional<std::string>& text) {
  return text.has_value() ? JsonValue(catalog::to_base64(*text)) : JsonValue(nullptr);
}

std::optional<std::string> read_optional_text(const JsonValue& json, const char* key) {
  auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  return catalog::from_base64(found->get<std::string>());
}

JsonValue position_json(const ColumnPosition& position) {
  JsonValue json = {{"tp", static_cast<int>(position.kind)}};
  json["after"] = position.after;
  return json;
}

ColumnPosition read_position(const JsonValue& json) {
  ColumnPosition position;
  read_enum(json, "tp", position.kind);
  read_member(json, "after", position.after);
  return position;
}

// ---- objects ----

JsonValue object_json(const ObjectArguments& object) {
  return std::visit(Overloaded{
                        [](const std::monostate&) { return JsonValue::object(); },
                        [](const CreateSchemaArguments& a) {
                          JsonValue json = JsonValue::object();
                          json["db_info"] = a.database;
                          return json;
                        },
                        [](const DropSchemaArguments&) { return JsonValue::object(); },
                        [](const ModifySchemaCharsetArguments& a) {
                          return JsonValue{{"to_charset", a.charset}, {"to_collate", a.collation}};
                        },
                        [](const CreateTableArguments& a) {
                          JsonValue json = JsonValue::object();
                          json["table_info"] = a.table;
                          return json;
                        },
                        [](const CreateViewArguments& a) {
                          JsonValue json = {{"on_exist_replace", a.replace}, {"old_view_tbl_id", a.replaced_id}};
                          json["table_info"] = a.view;
                          return json;
                        },
                        [](const DropTableArguments& a) {
                          return JsonValue{{"together", a.together}};
                        },
                        [](const TruncateTableArguments& a) {
                          return JsonValue{{"new_table_id", a.new_table_id}};
                        },
                        [](const RenameTablesArguments& a) {
                          JsonValue list = JsonValue::array();
                          for (const RenamedTable& table : a.tables) {
                            JsonValue json = {{"table_id", table.table_id},
                                              {"old_schema_id", table.old_schema_id},
                                              {"new_schema_id", table.new_schema_id}};
                            json["old_table_name"] = table.old_name;
                            json["new_table_name"] = table.new_name;
                            list.push_back(std::move(json));
                          }
                          return JsonValue{{"rename_table_infos", std::move(list)}};
                        },
                    },
                    object);
}

ObjectArguments read_object(JobType type, const JsonValue& json) {
  switch (type) {
    case JobType::kCreateSchema: {
      CreateSchemaArguments a;
      read_member(json, "db_info", a.database);
      return a;
    }
    case JobType::kDropSchema:
      return DropSchemaArguments{};
    case JobType::kModifySchemaCharset: {
      ModifySchemaCharsetArguments a;
      read_member(json, "to_charset", a.charset);
      read_member(json, "to_collate", a.collation);
      return a;
    }
    case JobType::kCreateTable: {
      CreateTableArguments a;
      read_member(json, "table_info", a.table);
      return a;
    }
    case JobType::kCreateView: {
      CreateViewArguments a;
      read_member(json, "table_info", a.view);
      read_member(json, "on_exist_replace", a.replace);
      read_member(json, "old_view_tbl_id", a.replaced_id);
      return a;
    }
    case JobType::kDropTable:
    case JobType::kDropView: {
      DropTableArguments a;
      read_member(json, "together", a.together);
      return a;
    }
    case JobType::kTruncateTable: {
      TruncateTableArguments a;
      read_member(json, "new_table_id", a.new_table_id);
      return a;
    }
    case JobType::kRenameTable:
    case JobType::kRenameTables: {
      RenameTablesArguments a;
      for (const JsonValue& item : json.at("rename_table_infos")) {
        RenamedTable table;
        read_member(item, "table_id", table.table_id);
        read_member(item, "old_schema_id", table.old_schema_id);
        read_member(item, "new_schema_id", table.new_schema_id);
        read_member(item, "old_table_name", table.old_name);
        read_member(item, "new_table_name", table.new_name);
        a.tables.push_back(std::move(table));
      }
      return a;
    }
    default:
      return std::monostate{};
  }
}

// ---- clauses ----

JsonValue clause_json(const Clause& clause) {
  JsonValue json = {{"type", static_cast<int>(type_of(clause))}};
  std::visit(Overloaded{
                 [&](const AddColumnClause& c) {
                   json["column_info"] = c.column;
                   json["position"] = position_json(c.position);
                 },
                 [&](const DropColumnClause& c) {
                   json["name"] = c.name;
                   json["index_ids"] = c.index_ids;
                 },
                 [&](const ModifyColumnClause& c) {
                   json["column"] = c.column;
                   json["old_column_name"] = c.old_name;
                   json["position"] = position_json(c.position);
                   json["forbids_null"] = c.forbids_null;
                 },
                 [&](const SetDefaultClause& c) {
                   json["name"] = c.name;
                   json["default"] = optional_text(c.default_value);
                   json["default_is_expr"] = c.default_is_expression;
                   json["no_default"] = c.has_no_default;
                 },
                 [&](const AddIndexClause& c) { json["index"] = c.index; },
                 [&](const DropIndexClause& c) { json["index_name"] = c.name; },
                 [&](const RenameIndexClause& c) {
                   json["from"] = c.from;
                   json["to"] = c.to;
                 },
                 [&](const IndexVisibilityClause& c) {
                   json["index_name"] = c.name;
                   json["invisible"] = c.invisible;
                 },
                 [&](const RebaseAutoIdClause& c) {
                   json["new_base"] = c.next_value;
                   json["force"] = c.force;
                 },
                 [&](const TableCommentClause& c) { json["comment"] = c.comment; },
                 [&](const TableCharsetClause& c) {
                   json["to_charset"] = c.charset;
                   json["to_collate"] = c.collation;
                 },
                 [&](const AddForeignKeyClause& c) { json["fk_info"] = c.key; },
                 [&](const DropForeignKeyClause& c) { json["fk_name"] = c.name; },
                 [&](const AddCheckClause& c) { json["constraint_info"] = c.check; },
                 [&](const DropCheckClause& c) { json["constraint_name"] = c.name; },
                 [&](const AlterCheckClause& c) {
                   json["constraint_name"] = c.name;
                   json["enforced"] = c.enforced;
                 },
             },
             clause);
  return json;
}

Clause read_clause(const JsonValue& json) {
  JobType type = JobType::kNone;
  read_enum(json, "type", type);
  switch (type) {
    case JobType::kAddColumn: {
      AddColumnClause c;
      read_member(json, "column_info", c.column);
      c.position = read_position(json.at("position"));
      return c;
    }
    case JobType::kDropColumn: {
      DropColumnClause c;
      read_member(json, "name", c.name);
      read_member(json, "index_ids", c.index_ids);
      return c;
    }
    case JobType::kModifyColumn: {
      ModifyColumnClause c;
      read_member(json, "column", c.column);
      read_member(json, "old_column_name", c.old_name);
      c.position = read_position(json.at("position"));
      read_member(json, "forbids_null", c.forbids_null);
      return c;
    }
    case JobType::kSetDefault: {
      SetDefaultClause c;
      read_member(json, "name", c.name);
      c.default_value = read_optional_text(json, "default");
      read_member(json, "default_is_expr", c.default_is_expression);
      read_member(json, "no_default", c.has_no_default);
      return c;
    }
    case JobType::kAddIndex:
    case JobType::kAddPrimaryKey: {
      AddIndexClause c;
      read_member(json, "index", c.index);
      return c;
    }
    case JobType::kDropIndex:
    case JobType::kDropPrimaryKey: {
      DropIndexClause c;
      read_member(json, "index_name", c.name);
      return c;
    }
    case JobType::kRenameIndex: {
      RenameIndexClause c;
      read_member(json, "from", c.from);
      read_member(json, "to", c.to);
      return c;
    }
    case JobType::kAlterIndexVisibility: {
      IndexVisibilityClause c;
      read_member(json, "index_name", c.name);
      read_member(json, "invisible", c.invisible);
      return c;
    }
    case JobType::kRebaseAutoId: {
      RebaseAutoIdClause c;
      read_member(json, "new_base", c.next_value);
      read_member(json, "force", c.force);
      return c;
    }
    case JobType::kModifyTableComment: {
      TableCommentClause c;
      read_member(json, "comment", c.comment);
      return c;
    }
    case JobType::kModifyTableCharset: {
      TableCharsetClause c;
      read_member(json, "to_charset", c.charset);
      read_member(json, "to_collate", c.collation);
      return c;
    }
    case JobType::kAddForeignKey: {
      AddForeignKeyClause c;
      read_member(json, "fk_info", c.key);
      return c;
    }
    case JobType::kDropForeignKey: {
      DropForeignKeyClause c;
      read_member(json, "fk_name", c.name);
      return c;
    }
    case JobType::kAddCheck: {
      AddCheckClause c;
      read_member(json, "constraint_info", c.check);
      return c;
    }
    case JobType::kDropCheck: {
      DropCheckClause c;
      read_member(json, "constraint_name", c.name);
      return c;
    }
    case JobType::kAlterCheck: {
      AlterCheckClause c;
      read_member(json, "constraint_name", c.name);
      read_member(json, "enforced", c.enforced);
      return c;
    }
    default:
      break;
  }
  SLUICE_CHECK(false, "stored job has a clause of unknown type {}", static_cast<int>(type));
  return TableCommentClause{};
}

JsonValue error_json(const std::optional<JobError>& error) {
  if (!error.has_value()) return nullptr;
  constexpr int kDdlClass = 2;
  return {{"class", kDdlClass},
          {"code", error->code},
          {"message", error->message},
          {"rfccode", "ddl:" + std::to_string(error->code)}};
}

}  // namespace

std::string to_stored(const Job& job) {
  JsonValue clauses = JsonValue::array();
  for (const Clause& clause : job.clauses) clauses.push_back(clause_json(clause));
  JsonValue json = {
      {"id", job.id},
      {"type", static_cast<int>(job.type)},
      {"schema_id", job.schema_id},
      {"table_id", job.table_id},
      {"schema_name", job.schema_name},
      {"table_name", job.table_name},
      {"state", static_cast<int>(job.state)},
      {"warning", job.warning.empty() ? JsonValue(nullptr) : JsonValue(job.warning)},
      {"err", error_json(job.error)},
      {"err_count", job.error_count},
      {"end_err_count", job.end_error_count},
      {"needs_attention", job.needs_attention},
      {"row_count", job.row_count},
      {"raw_args", object_json(job.object)},
      {"schema_state", static_cast<int>(shown_state(job.phase))},
      {"snapshot_ver", job.snapshot_version},
      {"real_start_ts", job.start_ts},
      {"start_ts", job.create_ts},
      {"query", job.query},
      {"binlog", {{"SchemaVersion", job.schema_version}, {"FinishedTS", job.finish_ts}}},
      {"version", 2},
      {"reorg_meta",
       {{"concurrency", job.settings.worker_count},
        {"batch_size", job.settings.batch_size},
        {"max_write_speed", job.settings.max_write_speed},
        {"reorg_tp", 2},
        {"location", {{"name", job.time_zone}, {"offset", 0}}}}},
      {"sql_mode", job.sql_mode.bits()},
      {"foreign_key_checks", job.foreign_key_checks},
      {"admin_operator", static_cast<int>(job.paused_by)},
      {"phase", static_cast<int>(job.phase)},
      {"synced", job.synced},
      {"stop_requested", job.stop_requested_us},
      {"clauses", std::move(clauses)},
  };
  // A default may hold bytes that are no UTF-8; they are replaced rather than refused in this informative text.
  return json.dump(-1, ' ', false, JsonValue::error_handler_t::replace);
}

Job parse_job(std::string_view document) {
  const JsonValue json = catalog::parse_document(document, "job");
  Job job;
  try {
    read_member(json, "id", job.id);
    read_enum(json, "type", job.type);
    read_member(json, "schema_id", job.schema_id);
    read_member(json, "table_id", job.table_id);
    read_member(json, "schema_name", job.schema_name);
    read_member(json, "table_name", job.table_name);
    read_enum(json, "state", job.state);
    read_member(json, "warning", job.warning);
    auto error = json.find("err");
    if (error != json.end() && error->is_object()) {
      job.error.emplace();
      read_member(*error, "code", job.error->code);
      read_member(*error, "message", job.error->message);
    }
    read_member(json, "err_count", job.error_count);
    read_member(json, "end_err_count", job.end_error_count);
    read_member(json, "needs_attention", job.needs_attention);
    read_member(json, "row_count", job.row_count);
    job.object = read_object(job.type, json.at("raw_args"));
    read_member(json, "snapshot_ver", job.snapshot_version);
    read_member(json, "real_start_ts", job.start_ts);
    read_member(json, "start_ts", job.create_ts);
    read_member(json, "query", job.query);
    read_member(json.at("binlog"), "SchemaVersion", job.schema_version);
    read_member(json.at("binlog"), "FinishedTS", job.finish_ts);
    const JsonValue& settings = json.at("reorg_meta");
    read_member(settings, "concurrency", job.settings.worker_count);
    read_member(settings, "batch_size", job.settings.batch_size);
    read_member(settings, "max_write_speed", job.settings.max_write_speed);
    if (const auto location = settings.find("location"); location != settings.end())
      read_member(*location, "name", job.time_zone);
    std::uint64_t sql_mode = job.sql_mode.bits();
    read_member(json, "sql_mode", sql_mode);
    job.sql_mode = types::SqlMode(sql_mode);
    read_member(json, "foreign_key_checks", job.foreign_key_checks);
    read_enum(json, "admin_operator", job.paused_by);
    read_enum(json, "phase", job.phase);
    read_member(json, "synced", job.synced);
    read_member(json, "stop_requested", job.stop_requested_us);
    for (const JsonValue& clause : json.at("clauses")) job.clauses.push_back(read_clause(clause));
  } catch (const nlohmann::json::exception& failure) {
    SLUICE_CHECK(false, "stored job has an unexpected form: {}", failure.what());
  }
  return job;
}

}  // namespace sluice::ddl
