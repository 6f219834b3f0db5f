#include "ddl/schema_step.h"

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "base/sql_error.h"
#include "catalog/index_encoder.h"
#include "codec/bytes.h"
#include "codec/table_key.h"
#include "ddl/alter_table.h"
#include "ddl/foreign_key_check.h"
#include "kv/transaction.h"

namespace sluice::ddl {
namespace {

using catalog::DatabaseInfo;
using catalog::MetaWriter;
using catalog::Schema;
using catalog::SchemaState;
using catalog::TableInfo;

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

// A job's delete ranges are told apart by these; an index's own ranges take its id and its id with the top bits.
constexpr std::int64_t kTouchedElement = std::int64_t{1} << 56;

const DatabaseInfo& database_of(const Schema& schema, const Job& job) {
  const DatabaseInfo* database = schema.find_database(job.schema_id);
  if (database == nullptr) throw SqlError(ErrorCode::kBadDbError, job.schema_name);
  return *database;
}

TableInfo table_of(MetaWriter& meta, const Job& job) {
  std::optional<TableInfo> table = meta.table(job.schema_id, job.table_id);
  if (!table.has_value()) throw SqlError(ErrorCode::kNoSuchTable, job.schema_name, job.table_name);
  return *std::move(table);
}

void put_table(MetaWriter& meta, std::int64_t database_id, TableInfo& table) {
  table.update_timestamp = meta.transaction().start_ts();
  ++table.revision;
  meta.put_table(database_id, table);
}

ForeignKeyChecks checks_of(const Job& job) {
  return job.foreign_key_checks ? ForeignKeyChecks::kOn : ForeignKeyChecks::kOff;
}

/// The tables that foreign keys of `table` name, as far as they are there.
void wait_for_parents(const Schema& schema, const TableInfo& table, StepEffect& effect) {
  for (const catalog::ForeignKeyInfo& key : table.foreign_keys) {
    const catalog::TablePtr parent = schema.find_table(key.referenced_schema.lower, key.referenced_table.lower);
    if (parent != nullptr && parent->id != table.id) effect.waits_for.push_back(parent->id);
  }
}

DeleteRange data_of_table(const Job& job, std::int64_t table_id) {
  DeleteRange range;
  range.job_id = job.id;
  range.element_id = table_id;
  range.range = table_data_range(table_id);
  range.table_id = table_id;
  return range;
}

void add_index_ranges(const Job& job, const TableInfo& table, const std::vector<std::int64_t>& index_ids,
                      StepEffect& effect) {
  for (std::int64_t id : index_ids) {
    catalog::IndexKeyRange entries = catalog::index_entries_range(table.id, id);
    catalog::IndexKeyRange touched = catalog::touched_keys_range(table.id, id);
    effect.ranges.push_back({job.id, id, {entries.begin, entries.end}, table.id, 0});
    effect.ranges.push_back({job.id, id | kTouchedElement, {touched.begin, touched.end}, table.id, 0});
  }
}

void forget_table(MetaWriter& meta, const Job& job, std::int64_t database_id, const TableInfo& table,
                  StepEffect& effect) {
  meta.remove_table(database_id, table.id);
  meta.remove_auto_id(catalog::auto_id_database(database_id, table), table.id);
  if (!table.is_view()) effect.ranges.push_back(data_of_table(job, table.id));
  effect.waits_for.push_back(table.id);
  effect.forgotten_ids.push_back(table.id);
}

// ---- whole objects: one step each ----

void create_schema(MetaWriter& meta, const Schema& schema, const CreateSchemaArguments& arguments) {
  if (schema.find_database(arguments.database.name.lower) != nullptr) {
    throw SqlError(ErrorCode::kDbCreateExists, arguments.database.name.original);
  }
  DatabaseInfo database = arguments.database;
  database.state = SchemaState::kPublic;
  meta.put_database(database);
}

void drop_schema(MetaWriter& meta, const Schema& schema, const Job& job, StepEffect& effect) {
  const DatabaseInfo* database = schema.find_database(job.schema_id);
  if (database == nullptr) throw SqlError(ErrorCode::kDbDropExists, job.schema_name);
  const std::vector<catalog::TablePtr> tables = schema.tables_of(database->name.lower);
  std::vector<std::int64_t> ids;
  for (const catalog::TablePtr& table : tables) ids.push_back(table->id);
  check_dropped_tables(schema, ids, checks_of(job));
  for (const catalog::TablePtr& table : tables) {
    forget_table(meta, job, job.schema_id, *table, effect);
    effect.diff.others.push_back({job.schema_id, table->id, 0, 0});
  }
  meta.remove_database(job.schema_id);
}

void modify_schema_charset(MetaWriter& meta, const Schema& schema, const Job& job,
                           const ModifySchemaCharsetArguments& arguments) {
  DatabaseInfo database = database_of(schema, job);
  database.charset = arguments.charset;
  database.collation = arguments.collation;
  meta.put_database(database);
}

void create_table(MetaWriter& meta, const Schema& schema, const Job& job, TableInfo table) {
  const DatabaseInfo& database = database_of(schema, job);
  if (schema.find_table(database.name.lower, table.name.lower) != nullptr) {
    throw SqlError(ErrorCode::kTableExistsError, database.name.original + "." + table.name.original);
  }
  for (const catalog::ForeignKeyInfo& key : table.foreign_keys)
    check_foreign_key(schema, database.name.lower, table, key, checks_of(job));
  check_keys_to(schema, database.name.lower, table);
  table.state = SchemaState::kPublic;
  if (table.auto_increment_base > 1) meta.put_auto_id(job.schema_id, table.id, table.auto_increment_base - 1);
  put_table(meta, job.schema_id, table);
}

void create_view(MetaWriter& meta, const Schema& schema, const Job& job, CreateViewArguments& arguments,
                 StepEffect& effect) {
  const DatabaseInfo& database = database_of(schema, job);
  catalog::TablePtr existing = schema.find_table(database.name.lower, arguments.view.name.lower);
  if (existing != nullptr) {
    if (!existing->is_view()) {
      if (arguments.replace)
        throw SqlError(ErrorCode::kWrongObject, database.name.original, existing->name.original, "VIEW");
      throw SqlError(ErrorCode::kTableExistsError, database.name.original + "." + existing->name.original);
    }
    if (!arguments.replace)
      throw SqlError(ErrorCode::kTableExistsError, database.name.original + "." + existing->name.original);
    arguments.replaced_id = existing->id;
    meta.remove_table(job.schema_id, existing->id);
    effect.diff.object.old_table_id = existing->id;
  }
  TableInfo view = arguments.view;
  view.state = SchemaState::kPublic;
  put_table(meta, job.schema_id, view);
}

void drop_table(MetaWriter& meta, const Schema& schema, const Job& job, const DropTableArguments& arguments,
                StepEffect& effect) {
  std::optional<TableInfo> table = meta.table(job.schema_id, job.table_id);
  if (!table.has_value()) throw SqlError(ErrorCode::kBadTableError, job.schema_name + "." + job.table_name);
  std::vector<std::int64_t> dropped = arguments.together;
  if (dropped.empty()) dropped.push_back(job.table_id);
  check_dropped_tables(schema, dropped, checks_of(job));
  forget_table(meta, job, job.schema_id, *table, effect);
}

void truncate_table(MetaWriter& meta, const Schema& schema, const Job& job, const TruncateTableArguments& arguments,
                    StepEffect& effect) {
  TableInfo table = table_of(meta, job);
  check_truncated_table(schema, table.id, checks_of(job));
  forget_table(meta, job, job.schema_id, table, effect);
  table.id = arguments.new_table_id;
  table.auto_increment_base = 0;
  table.old_schema_id = 0;
  put_table(meta, job.schema_id, table);
  effect.diff.object = {job.schema_id, arguments.new_table_id, job.table_id, 0};
}

/// Changes a foreign key's names of its parent.
using ChangeKey = std::function<void(catalog::ForeignKeyInfo&)>;

/// Foreign keys that name `parent` follow its change. `schema` has the old names, `changed` (an id) is stored by the caller.
void change_keys_to(MetaWriter& meta, const Schema& schema, const catalog::Name& database, const catalog::Name& parent,
                    std::int64_t changed, const ChangeKey& change, StepEffect& effect) {
  for (const catalog::TablePtr& child : schema.tables_referencing(database.lower, parent.lower)) {
    if (child->id == changed) continue;
    const std::int64_t child_database = schema.find_entry(child->id).database->id;
    std::optional<TableInfo> stored = meta.table(child_database, child->id);
    if (!stored.has_value()) continue;
    for (catalog::ForeignKeyInfo& key : stored->foreign_keys) {
      if (key.referenced_schema == database && key.referenced_table == parent) change(key);
    }
    put_table(meta, child_database, *stored);
    effect.waits_for.push_back(child->id);
    effect.diff.others.push_back({child_database, child->id, 0, 0});
  }
}

void rename_tables(MetaWriter& meta, const Schema& schema, const Job& job, const RenameTablesArguments& arguments,
                   StepEffect& effect) {
  // Pairs take effect one after the other, so that names can be swapped over a third one.
  catalog::SchemaBuilder names(schema);
  for (const RenamedTable& renamed : arguments.tables) {
    std::optional<TableInfo> table = meta.table(renamed.old_schema_id, renamed.table_id);
    const DatabaseInfo* old_database = schema.find_database(renamed.old_schema_id);
    const DatabaseInfo* new_database = schema.find_database(renamed.new_schema_id);
    if (new_database == nullptr || old_database == nullptr) throw SqlError(ErrorCode::kBadDbError, job.schema_name);
    if (!table.has_value())
      throw SqlError(ErrorCode::kNoSuchTable, old_database->name.original, renamed.old_name.original);
    catalog::SchemaPtr before = catalog::SchemaBuilder(names).build(schema.version());
    catalog::TablePtr taken = before->find_table(new_database->name.lower, renamed.new_name.lower);
    if (taken != nullptr && taken->id != renamed.table_id) {
      throw SqlError(ErrorCode::kTableExistsError, new_database->name.original + "." + renamed.new_name.original);
    }
    if (renamed.old_schema_id != renamed.new_schema_id) {
      meta.remove_table(renamed.old_schema_id, renamed.table_id);
      // The counters stay where they are; the table remembers the place.
      if (table->old_schema_id == 0) table->old_schema_id = renamed.old_schema_id;
      if (table->old_schema_id == renamed.new_schema_id) table->old_schema_id = 0;
    }
    const ChangeKey rename = [&](catalog::ForeignKeyInfo& key) {
      key.referenced_schema = new_database->name;
      key.referenced_table = renamed.new_name;
    };
    const catalog::Name old_name = table->name;
    change_keys_to(meta, *before, old_database->name, old_name, table->id, rename, effect);
    for (catalog::ForeignKeyInfo& key : table->foreign_keys) {
      if (key.referenced_schema == old_database->name && key.referenced_table == old_name) rename(key);
    }
    table->name = renamed.new_name;
    for (catalog::IndexInfo& index : table->indexes) index.table_name = renamed.new_name;
    put_table(meta, renamed.new_schema_id, *table);
    check_keys_to(*before, new_database->name.lower, *table);
    for (const catalog::TablePtr& child : before->tables_referencing(old_database->name.lower, old_name.lower)) {
      const std::int64_t child_database = before->find_entry(child->id).database->id;
      if (std::optional<TableInfo> stored = meta.table(child_database, child->id); stored.has_value())
        names.put_table(child_database, *std::move(stored));
    }
    names.put_table(renamed.new_schema_id, *table);
    effect.waits_for.push_back(renamed.table_id);
    effect.diff.others.push_back({renamed.new_schema_id, renamed.table_id, 0, renamed.old_schema_id});
  }
}

void run_object_step(MetaWriter& meta, const Schema& schema, Job& job, StepEffect& effect) {
  std::visit(Overloaded{
                 [&](std::monostate&) { SLUICE_CHECK(false, "job {} has no arguments", job.id); },
                 [&](CreateSchemaArguments& a) { create_schema(meta, schema, a); },
                 [&](DropSchemaArguments&) { drop_schema(meta, schema, job, effect); },
                 [&](ModifySchemaCharsetArguments& a) { modify_schema_charset(meta, schema, job, a); },
                 [&](CreateTableArguments& a) { create_table(meta, schema, job, a.table); },
                 [&](CreateViewArguments& a) { create_view(meta, schema, job, a, effect); },
                 [&](DropTableArguments& a) { drop_table(meta, schema, job, a, effect); },
                 [&](TruncateTableArguments& a) { truncate_table(meta, schema, job, a, effect); },
                 [&](RenameTablesArguments& a) { rename_tables(meta, schema, job, a, effect); },
             },
             job.object);
}

// ---- ALTER TABLE ----

void rebase_counter(MetaWriter& meta, const Job& job, const TableInfo& table, const RebaseAutoIdClause& clause) {
  const std::int64_t home = catalog::auto_id_database(job.schema_id, table);
  meta.lock_auto_id(home, table.id);
  // Counters are unsigned; see catalog::AutoIdAllocator.
  const std::int64_t wanted = clause.next_value - 1;
  const bool grows = static_cast<std::uint64_t>(wanted) > static_cast<std::uint64_t>(meta.auto_id(home, table.id));
  if (clause.force || grows) meta.put_auto_id(home, table.id, wanted);
}

/// What the whole change would come to, before its first step: it is refused before rows are read.
void check_trial(const Schema& schema, const Job& job, const TableInfo& table) {
  TableInfo after = table;
  std::vector<Clause> clauses = job.clauses;
  begin_adds(after, clauses);
  commit_clauses(after, clauses, 0);
  check_altered_table(schema, database_of(schema, job).name.lower, table, after, clauses, checks_of(job));
}

/// Parents' columns are known to their children by name.
void rename_in_keys_to(MetaWriter& meta, const Schema& schema, const Job& job, const TableInfo& before,
                       TableInfo& table, StepEffect& effect) {
  const catalog::Name database = database_of(schema, job).name;
  for (const Clause& clause : job.clauses) {
    const auto* modify = std::get_if<ModifyColumnClause>(&clause);
    if (modify == nullptr || modify->column.name == modify->old_name) continue;
    const ChangeKey rename = [&](catalog::ForeignKeyInfo& key) {
      std::replace(key.referenced_columns.begin(), key.referenced_columns.end(), modify->old_name, modify->column.name);
    };
    change_keys_to(meta, schema, database, before.name, before.id, rename, effect);
    for (catalog::ForeignKeyInfo& key : table.foreign_keys) {
      if (key.referenced_schema == database && key.referenced_table == before.name) rename(key);
    }
  }
}

void enter_phase(MetaWriter& meta, const Schema& schema, Job& job, TableInfo& table, Phase from, Phase to,
                 std::uint64_t usable_from, StepEffect& effect) {
  switch (to) {
    case Phase::kDeleteOnly:
      check_clauses(table, job.clauses);
      check_trial(schema, job, table);
      begin_adds(table, job.clauses);
      set_added_state(table, job.clauses, SchemaState::kDeleteOnly);
      return;
    case Phase::kWriteOnly:
      set_added_state(table, job.clauses, SchemaState::kWriteOnly);
      return;
    case Phase::kReorganization:
      set_added_state(table, job.clauses, SchemaState::kWriteReorganization);
      return;
    case Phase::kVerify:
      set_backfill_state(table, job.clauses, catalog::BackfillState::kReadyToMerge);
      return;
    case Phase::kDropWriteOnly:
      break;
    case Phase::kDropDeleteOnly:
      set_dropped_state(table, job.clauses, SchemaState::kDeleteOnly);
      return;
    case Phase::kDropReorganization:
      set_dropped_state(table, job.clauses, SchemaState::kDeleteReorganization);
      return;
    case Phase::kFinished:
      break;
    case Phase::kNone:
    case Phase::kUndone:
      SLUICE_CHECK(false, "no step leads to phase {}", static_cast<int>(to));
  }
  if (!is_committed(from)) {
    if (from == Phase::kNone) check_clauses(table, job.clauses);
    const TableInfo before = table;
    commit_clauses(table, job.clauses, usable_from);
    check_altered_table(schema, database_of(schema, job).name.lower, before, table, job.clauses, checks_of(job));
    rename_in_keys_to(meta, schema, job, before, table, effect);
    for (const Clause& clause : job.clauses) {
      if (const auto* rebase = std::get_if<RebaseAutoIdClause>(&clause)) {
        rebase_counter(meta, job, table, *rebase);
        effect.forgotten_ids.push_back(table.id);
      }
    }
    // The notes of touched keys have served; nothing reads them any more.
    for (const catalog::IndexInfo* index : added_indexes(table, job.clauses)) {
      if (!index->unique) continue;
      catalog::IndexKeyRange touched = catalog::touched_keys_range(table.id, index->id);
      effect.ranges.push_back({job.id, index->id | kTouchedElement, {touched.begin, touched.end}, table.id, 0});
    }
  }
  if (to == Phase::kFinished && is_committed(from))
    add_index_ranges(job, table, finish_drops(table, job.clauses), effect);
}

}  // namespace

kv::KeyRange table_data_range(std::int64_t table_id) {
  std::string begin = codec::table_prefix(table_id);
  std::string end = codec::next_after_prefix(begin);
  return {std::move(begin), std::move(end)};
}

StepEffect run_step(MetaWriter& meta, const Schema& schema, Job& job, std::uint64_t usable_from) {
  StepEffect effect;
  effect.diff.type = static_cast<int>(job.type);
  effect.diff.object = {job.schema_id, job.table_id, 0, 0};
  const Phase next = next_phase(job.phase, job.shape());
  if (job.has_clauses()) {
    TableInfo table = table_of(meta, job);
    enter_phase(meta, schema, job, table, job.phase, next, usable_from, effect);
    for (const Clause& clause : job.clauses) {
      if (std::holds_alternative<AddForeignKeyClause>(clause)) wait_for_parents(schema, table, effect);
    }
    put_table(meta, job.schema_id, table);
    effect.waits_for.push_back(table.id);
  } else {
    run_object_step(meta, schema, job, effect);
  }
  job.phase = next;
  return effect;
}

StepEffect run_undo(MetaWriter& meta, Job& job) {
  SLUICE_CHECK(!is_committed(job.phase), "job {} is undone after its commit point", job.id);
  StepEffect effect;
  effect.diff.type = static_cast<int>(job.type);
  effect.diff.object = {job.schema_id, job.table_id, 0, 0};
  if (job.has_clauses() && job.phase != Phase::kNone) {
    TableInfo table = table_of(meta, job);
    add_index_ranges(job, table, undo_adds(table, job.clauses), effect);
    put_table(meta, job.schema_id, table);
    effect.waits_for.push_back(table.id);
  }
  job.phase = Phase::kUndone;
  return effect;
}

}  // namespace sluice::ddl
