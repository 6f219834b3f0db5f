#include "ddl/statements.h"

#include <string>
#include <vector>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "catalog/system_tables.h"
#include "ddl/alter_builder.h"
#include "ddl/foreign_key_check.h"
#include "ddl/service.h"
#include "ddl/table_builder.h"
#include "sql/ast_ddl.h"
#include "sql/ast_schema_object.h"
#include "types/charset.h"
#include "types/collation.h"
#include "types/time_zone.h"

namespace sluice::ddl {
namespace {

using catalog::DatabaseInfo;
using catalog::Name;
using catalog::TablePtr;

constexpr std::size_t kLongestName = 64;

class StatementRun {
 public:
  StatementRun(const StatementContext& context, DdlService& service, StopToken stop)
      : context_(context), schema_(*context.schema), service_(service), stop_(stop) {}

  void run(const sql::CreateDatabaseStatement& statement) {
    check_database_name(statement.name);
    if (schema_.find_database(statement.name) != nullptr ||
        catalog::is_system_database(catalog::to_lower(statement.name))) {
      return exists_or_note(statement.if_not_exists, SqlError(ErrorCode::kDbCreateExists, statement.name));
    }
    CreateSchemaArguments arguments;
    arguments.database.name = Name(statement.name);
    const types::Collation* collation = collation_of(statement.options, types::default_collation());
    arguments.database.charset = collation->charset->name;
    arguments.database.collation = collation->name;
    Job job = new_job(JobType::kCreateSchema, 0, statement.name, "");
    job.object = std::move(arguments);
    try {
      service_.execute(std::move(job), stop_);
    } catch (const SqlError& error) {
      if (error.code() != ErrorCode::kDbCreateExists) throw;
      exists_or_note(statement.if_not_exists, error);
    }
  }

  void run(const sql::AlterDatabaseStatement& statement) {
    const std::string_view name = statement.name.empty() ? std::string_view(context_.current_database) : statement.name;
    if (name.empty()) throw SqlError(ErrorCode::kNoDbError);
    const DatabaseInfo& database = database_named(name);
    const types::Collation* collation = collation_of(statement.options, types::find_collation(database.collation));
    Job job = new_job(JobType::kModifySchemaCharset, database.id, database.name.original, "");
    job.object = ModifySchemaCharsetArguments{std::string(collation->charset->name), std::string(collation->name)};
    service_.execute(std::move(job), stop_);
  }

  void run(const sql::DropDatabaseStatement& statement) {
    const DatabaseInfo* database = schema_.find_public_database(statement.name);
    if (database == nullptr)
      return exists_or_note(statement.if_exists, SqlError(ErrorCode::kDbDropExists, statement.name));
    refuse_system_database(*database);
    Job job = new_job(JobType::kDropSchema, database->id, database->name.original, "");
    job.object = DropSchemaArguments{};
    service_.execute(std::move(job), stop_);
  }

  void run(const sql::CreateTableStatement& statement) {
    const DatabaseInfo& database = database_of(statement.table);
    refuse_virtual_database(database);
    if (schema_.find_public_table(database.name.lower, statement.table.name) != nullptr) {
      return exists_or_note(
          statement.if_not_exists,
          SqlError(ErrorCode::kTableExistsError, database.name.original + "." + std::string(statement.table.name)));
    }
    CreateTableArguments arguments;
    if (statement.like.has_value()) {
      if (statement.temporary != sql::TemporaryTable::kNone)
        throw SqlError(ErrorCode::kNotSupportedYet, "CREATE TEMPORARY TABLE");
      const TablePtr source = table_named(*statement.like);
      if (source->is_view())
        throw SqlError(ErrorCode::kWrongObject, database_of(*statement.like).name.original, source->name.original,
                       "BASE TABLE");
      arguments.table = build_table_like(*source, statement.table.name);
    } else {
      arguments.table = build_table(statement, database, context_);
    }
    Job job = new_job(JobType::kCreateTable, database.id, database.name.original, statement.table.name);
    job.object = std::move(arguments);
    try {
      service_.execute(std::move(job), stop_);
    } catch (const SqlError& error) {
      if (error.code() != ErrorCode::kTableExistsError) throw;
      exists_or_note(statement.if_not_exists, error);
    }
  }

  void run(const sql::CreateViewStatement& statement) {
    if (statement.is_alter) throw SqlError(ErrorCode::kNotSupportedYet, "ALTER VIEW");
    const DatabaseInfo& database = database_of(statement.name);
    check_table_name(statement.name.name);
    if (!context_.describe_view) throw SqlError(ErrorCode::kNotSupportedYet, "CREATE VIEW");
    const ViewDescription description = context_.describe_view(statement);
    if (!statement.columns.empty() && statement.columns.size() != description.columns.size())
      throw SqlError(ErrorCode::kViewWrongList);
    CreateViewArguments arguments;
    arguments.replace = statement.or_replace;
    catalog::TableInfo& view = arguments.view;
    view.name = Name(statement.name.name);
    view.charset = database.charset;
    view.collation = database.collation;
    catalog::ViewInfo info;
    info.algorithm = static_cast<catalog::ViewAlgorithm>(statement.algorithm);
    info.security = static_cast<catalog::ViewSecurity>(statement.security);
    info.check_option = statement.check_option == sql::ViewCheckOption::kLocal ? catalog::ViewCheckOption::kLocal
                                                                               : catalog::ViewCheckOption::kCascaded;
    info.select = description.select;
    info.definer_user = description.definer_user;
    info.definer_host = description.definer_host;
    for (std::size_t i = 0; i < description.columns.size(); ++i) {
      catalog::ColumnInfo column;
      column.id = ++view.max_column_id;
      column.offset = static_cast<int>(i);
      column.name = statement.columns.empty() ? Name(description.columns[i].name) : Name(statement.columns[i]);
      column.type = description.columns[i].type;
      if (view.find_column(column.name.lower) != nullptr)
        throw SqlError(ErrorCode::kDupFieldname, column.name.original);
      info.columns.push_back(column.name);
      view.columns.push_back(std::move(column));
    }
    view.view = std::move(info);
    Job job = new_job(JobType::kCreateView, database.id, database.name.original, statement.name.name);
    job.object = std::move(arguments);
    service_.execute(std::move(job), stop_);
  }

  void run(const sql::DropTableStatement& statement) {
    if (statement.temporary != sql::TemporaryTable::kNone)
      throw SqlError(ErrorCode::kNotSupportedYet, "DROP TEMPORARY TABLE");
    drop_objects(statement.tables, statement.if_exists, JobType::kDropTable);
  }

  void run(const sql::DropViewStatement& statement) {
    drop_objects(statement.views, statement.if_exists, JobType::kDropView);
  }

  void run(const sql::TruncateTableStatement& statement) {
    const TablePtr table = base_table(statement.table);
    const DatabaseInfo& database = database_of(statement.table);
    Job job = new_job(JobType::kTruncateTable, database.id, database.name.original, table->name.original);
    job.table_id = table->id;
    job.object = TruncateTableArguments{};
    service_.execute(std::move(job), stop_);
  }

  void run(const sql::RenameTableStatement& statement) {
    std::vector<RenamePairNames> pairs;
    for (const sql::RenamePair& pair : statement.tables) pairs.push_back({pair.from, pair.to});
    rename(pairs);
  }

  void run(const sql::AlterTableStatement& statement) {
    const TablePtr table = base_table(statement.table);
    const DatabaseInfo& database = database_of(statement.table);
    AlterPlan plan = build_alter(statement, *table, database, context_);
    if (plan.rename_to.has_value() && !plan.clauses.empty()) {
      throw SqlError(ErrorCode::kUnsupportedDdlOperation, "multi schema change for rename table");
    }
    if (plan.rename_to.has_value()) return rename({{statement.table, *plan.rename_to}});
    if (!plan.clauses.empty()) alter(database, *table, std::move(plan.clauses));
  }

  void run(const sql::CreateIndexStatement& statement) {
    const TablePtr table = base_table(statement.table);
    const DatabaseInfo& database = database_of(statement.table);
    const Name name(statement.index.name);
    if (statement.index.if_not_exists && table->find_index(name.lower) != nullptr) {
      return exists_or_note(true, SqlError(ErrorCode::kDupKeyname, name.original));
    }
    alter(database, *table, {build_add_index(statement.index, *table, context_)});
  }

  void run(const sql::DropIndexStatement& statement) {
    const TablePtr table = base_table(statement.table);
    const DatabaseInfo& database = database_of(statement.table);
    const Name name(statement.name);
    if (table->pk_is_handle && name.lower == "primary") {
      throw SqlError(ErrorCode::kUnsupportedDdlOperation, "drop primary key when the table is using clustered index");
    }
    if (table->find_index(name.lower) == nullptr)
      return exists_or_note(
          statement.if_exists,
          SqlError(ErrorCode::kCantDropFieldOrKey, name.lower == "primary" ? std::string("PRIMARY") : name.original));
    alter(database, *table, {DropIndexClause{name}});
  }

 private:
  struct RenamePairNames {
    sql::ObjectName from;
    sql::ObjectName to;
  };

  Job new_job(JobType type, std::int64_t schema_id, std::string_view schema_name, std::string_view table_name) const {
    Job job;
    job.type = type;
    job.schema_id = schema_id;
    job.schema_name = schema_name;
    job.table_name = table_name;
    job.query = context_.query;
    job.settings = context_.settings;
    job.foreign_key_checks = context_.foreign_key_checks;
    job.sql_mode = context_.sql_mode;
    if (context_.time_zone != nullptr) job.time_zone = context_.time_zone->name();
    return job;
  }

  void alter(const DatabaseInfo& database, const catalog::TableInfo& table, std::vector<Clause> clauses) {
    Job job = new_job(clauses.size() == 1 ? type_of(clauses[0]) : JobType::kMultiSchemaChange, database.id,
                      database.name.original, table.name.original);
    job.table_id = table.id;
    job.clauses = std::move(clauses);
    service_.execute(std::move(job), stop_);
  }

  void rename(const std::vector<RenamePairNames>& pairs) {
    // Later pairs see the names that earlier ones give.
    catalog::SchemaPtr names = context_.schema;
    RenameTablesArguments arguments;
    for (const RenamePairNames& pair : pairs) {
      const DatabaseInfo& from = database_of(pair.from);
      const DatabaseInfo& to = database_of(pair.to);
      check_table_name(pair.to.name);
      refuse_system_database(from);
      const TablePtr table = names->find_public_table(from.name.lower, pair.from.name);
      if (table == nullptr) throw SqlError(ErrorCode::kNoSuchTable, from.name.original, pair.from.name);
      const TablePtr taken = names->find_table(to.name.lower, pair.to.name);
      if (taken != nullptr && taken->id != table->id) {
        throw SqlError(ErrorCode::kTableExistsError, to.name.original + "." + std::string(pair.to.name));
      }
      arguments.tables.push_back({table->id, from.id, to.id, table->name, Name(pair.to.name)});
      catalog::SchemaBuilder builder(*names);
      catalog::TableInfo renamed = *table;
      renamed.name = Name(pair.to.name);
      builder.put_table(to.id, std::move(renamed));
      names = builder.build(names->version());
    }
    const DatabaseInfo& first = database_of(pairs[0].from);
    Job job = new_job(pairs.size() == 1 ? JobType::kRenameTable : JobType::kRenameTables, first.id, first.name.original,
                      pairs[0].from.name);
    job.table_id = arguments.tables[0].table_id;
    job.object = std::move(arguments);
    service_.execute(std::move(job), stop_);
  }

  void drop_objects(sql::List<sql::ObjectName> objects, bool if_exists, JobType type) {
    std::string missing;
    const std::vector<std::int64_t> together = ids_of(objects);
    check_dropped_tables(schema_, together,
                         context_.foreign_key_checks ? ForeignKeyChecks::kOn : ForeignKeyChecks::kOff);
    for (const sql::ObjectName& object : objects) {
      const std::string_view database_name = name_of_database(object);
      const DatabaseInfo* database = schema_.find_public_database(database_name);
      const TablePtr table = database == nullptr ? nullptr : schema_.find_public_table(database_name, object.name);
      const std::string full_name = std::string(database_name) + "." + std::string(object.name);
      const bool is_view = table != nullptr && table->is_view();
      if (table != nullptr && type == JobType::kDropView && !is_view)
        throw SqlError(ErrorCode::kWrongObject, database_name, object.name, "VIEW");
      if (table == nullptr || (type == JobType::kDropTable && is_view)) {
        if (if_exists) {
          exists_or_note(true, SqlError(ErrorCode::kBadTableError, full_name));
        } else {
          if (!missing.empty()) missing += ",";
          missing += full_name;
        }
        continue;
      }
      refuse_system_database(*database);
      Job job = new_job(type, database->id, database->name.original, table->name.original);
      job.table_id = table->id;
      job.object = DropTableArguments{together};
      try {
        service_.execute(std::move(job), stop_);
      } catch (const SqlError& error) {
        if (error.code() != ErrorCode::kBadTableError || !if_exists) throw;
        exists_or_note(true, error);
      }
    }
    if (!missing.empty()) throw SqlError(ErrorCode::kBadTableError, missing);
  }

  // ---- look-ups ----

  std::vector<std::int64_t> ids_of(sql::List<sql::ObjectName> objects) const {
    std::vector<std::int64_t> ids;
    for (const sql::ObjectName& object : objects) {
      const TablePtr table = schema_.find_public_table(name_of_database(object), object.name);
      if (table != nullptr) ids.push_back(table->id);
    }
    return ids;
  }

  std::string_view name_of_database(const sql::ObjectName& name) const {
    if (!name.schema.empty()) return name.schema;
    if (context_.current_database.empty()) throw SqlError(ErrorCode::kNoDbError);
    return context_.current_database;
  }

  const DatabaseInfo& database_named(std::string_view name) const {
    const DatabaseInfo* database = schema_.find_public_database(name);
    if (database == nullptr) throw SqlError(ErrorCode::kBadDbError, name);
    return *database;
  }

  const DatabaseInfo& database_of(const sql::ObjectName& name) const { return database_named(name_of_database(name)); }

  TablePtr table_named(const sql::ObjectName& name) const {
    const std::string_view database = name_of_database(name);
    TablePtr table = schema_.find_public_table(database, name.name);
    if (table == nullptr) throw SqlError(ErrorCode::kNoSuchTable, database, name.name);
    return table;
  }

  TablePtr base_table(const sql::ObjectName& name) const {
    TablePtr table = table_named(name);
    const DatabaseInfo& database = database_of(name);
    if (table->is_view())
      throw SqlError(ErrorCode::kWrongObject, database.name.original, table->name.original, "BASE TABLE");
    refuse_system_database(database);
    return table;
  }

  void exists_or_note(bool is_fine, const SqlError& error) const {
    if (!is_fine) throw error;
    if (context_.warnings != nullptr) context_.warnings->append(error, Warning::Level::kNote);
  }

  static void check_database_name(std::string_view name) {
    if (name.empty() || name.back() == ' ') throw SqlError(ErrorCode::kWrongDbName, name);
    if (types::utf8mb4_charset()->length(name) > kLongestName) throw SqlError(ErrorCode::kTooLongIdent, name);
  }

  // The tables that the server itself reads by fixed ids stay as they are.
  static void refuse_system_database(const DatabaseInfo& database) {
    if (catalog::is_system_database(database.name.lower)) {
      throw SqlError(ErrorCode::kUnsupportedDdlOperation,
                     "schema change of the system database '" + database.name.original + "'");
    }
  }

  static void refuse_virtual_database(const DatabaseInfo& database) {
    if (catalog::is_system_database(database.name.lower) && database.name.lower != "mysql")
      refuse_system_database(database);
  }

  static const types::Collation* collation_of(sql::List<sql::DatabaseOption> options,
                                              const types::Collation* fallback) {
    std::string_view charset;
    std::string_view collation;
    for (const sql::DatabaseOption& option : options) {
      if (option.kind == sql::DatabaseOptionKind::kCharset) charset = option.text;
      if (option.kind == sql::DatabaseOptionKind::kCollate) collation = option.text;
      if (option.kind == sql::DatabaseOptionKind::kPlacementPolicy && !option.is_default)
        throw SqlError(ErrorCode::kPlacementPolicyNotExists, option.text);
    }
    return resolve_collation(charset, collation, fallback);
  }

  const StatementContext& context_;
  const catalog::Schema& schema_;
  DdlService& service_;
  const StopToken stop_;
};

}  // namespace

bool is_schema_statement(const sql::Statement& statement) noexcept {
  switch (statement.kind) {
    case sql::StatementKind::kCreateDatabase:
    case sql::StatementKind::kAlterDatabase:
    case sql::StatementKind::kDropDatabase:
    case sql::StatementKind::kCreateTable:
    case sql::StatementKind::kAlterTable:
    case sql::StatementKind::kDropTable:
    case sql::StatementKind::kTruncateTable:
    case sql::StatementKind::kRenameTable:
    case sql::StatementKind::kCreateIndex:
    case sql::StatementKind::kDropIndex:
    case sql::StatementKind::kCreateView:
    case sql::StatementKind::kDropView:
      return true;
    default:
      return false;
  }
}

void execute_statement(const sql::Statement& statement, const StatementContext& context, DdlService& service,
                       StopToken stop) {
  StatementRun run(context, service, stop);
  switch (statement.kind) {
    case sql::StatementKind::kCreateDatabase:
      return run.run(statement.as<sql::CreateDatabaseStatement>());
    case sql::StatementKind::kAlterDatabase:
      return run.run(statement.as<sql::AlterDatabaseStatement>());
    case sql::StatementKind::kDropDatabase:
      return run.run(statement.as<sql::DropDatabaseStatement>());
    case sql::StatementKind::kCreateTable:
      return run.run(statement.as<sql::CreateTableStatement>());
    case sql::StatementKind::kAlterTable:
      return run.run(statement.as<sql::AlterTableStatement>());
    case sql::StatementKind::kDropTable:
      return run.run(statement.as<sql::DropTableStatement>());
    case sql::StatementKind::kTruncateTable:
      return run.run(statement.as<sql::TruncateTableStatement>());
    case sql::StatementKind::kRenameTable:
      return run.run(statement.as<sql::RenameTableStatement>());
    case sql::StatementKind::kCreateIndex:
      return run.run(statement.as<sql::CreateIndexStatement>());
    case sql::StatementKind::kDropIndex:
      return run.run(statement.as<sql::DropIndexStatement>());
    case sql::StatementKind::kCreateView:
      return run.run(statement.as<sql::CreateViewStatement>());
    case sql::StatementKind::kDropView:
      return run.run(statement.as<sql::DropViewStatement>());
    default:
      throw SqlError(ErrorCode::kNotSupportedYet, "this statement");
  }
}

}  // namespace sluice::ddl
