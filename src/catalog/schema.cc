#include "catalog/schema.h"

#include <algorithm>

#include "base/check.h"

namespace sluice::catalog {
namespace {

// No name holds a zero byte.
std::string referenced_name(std::string_view database, std::string_view table) {
  return to_lower(database) + '\0' + to_lower(table);
}

std::string referenced_name(const ForeignKeyInfo& key) {
  return referenced_name(key.referenced_schema.lower, key.referenced_table.lower);
}

}  // namespace

const Schema::DatabaseEntry* Schema::entry_of(std::string_view name) const {
  auto found = databases_.find(to_lower(name));
  return found == databases_.end() ? nullptr : found->second.get();
}

const DatabaseInfo* Schema::find_database(std::string_view name) const {
  const DatabaseEntry* entry = entry_of(name);
  return entry == nullptr ? nullptr : entry->info.get();
}

const DatabaseInfo* Schema::find_database(std::int64_t id) const {
  auto found = database_names_.find(id);
  return found == database_names_.end() ? nullptr : find_database(found->second);
}

TablePtr Schema::find_table(std::string_view database, std::string_view table) const {
  const DatabaseEntry* entry = entry_of(database);
  if (entry == nullptr) return nullptr;
  auto found = entry->tables.find(to_lower(table));
  return found == entry->tables.end() ? nullptr : found->second;
}

TablePtr Schema::find_table(std::int64_t id) const {
  auto found = tables_.find(id);
  return found == tables_.end() ? nullptr : found->second.second;
}

Schema::TableEntry Schema::find_entry(std::int64_t table_id) const {
  auto found = tables_.find(table_id);
  if (found == tables_.end()) return {};
  auto name = database_names_.find(found->second.first);
  SLUICE_CHECK(name != database_names_.end(), "table {} has no database", table_id);
  return {databases_.at(name->second)->info, found->second.second};
}

const DatabaseInfo* Schema::find_public_database(std::string_view name) const {
  const DatabaseInfo* database = find_database(name);
  return database != nullptr && database->state == SchemaState::kPublic ? database : nullptr;
}

TablePtr Schema::find_public_table(std::string_view database, std::string_view table) const {
  if (find_public_database(database) == nullptr) return nullptr;
  TablePtr found = find_table(database, table);
  return found != nullptr && found->state == SchemaState::kPublic ? found : nullptr;
}

std::vector<TablePtr> Schema::tables_referencing(std::string_view database, std::string_view table) const {
  std::vector<TablePtr> result;
  if (references_.empty()) return result;
  auto found = references_.find(referenced_name(database, table));
  if (found == references_.end()) return result;
  for (const std::int64_t id : found->second) result.push_back(tables_.at(id).second);
  return result;
}

std::vector<DatabasePtr> Schema::databases() const {
  std::vector<DatabasePtr> result;
  result.reserve(databases_.size());
  for (const auto& [name, entry] : databases_) result.push_back(entry->info);
  std::sort(result.begin(), result.end(),
            [](const DatabasePtr& a, const DatabasePtr& b) { return a->name.lower < b->name.lower; });
  return result;
}

std::vector<TablePtr> Schema::tables_of(std::string_view database) const {
  std::vector<TablePtr> result;
  const DatabaseEntry* entry = entry_of(database);
  if (entry == nullptr) return result;
  result.reserve(entry->tables.size());
  for (const auto& [name, table] : entry->tables) result.push_back(table);
  std::sort(result.begin(), result.end(),
            [](const TablePtr& a, const TablePtr& b) { return a->name.lower < b->name.lower; });
  return result;
}

SchemaBuilder::SchemaBuilder(const Schema& base) : schema_(base) {}

Schema::DatabaseEntry& SchemaBuilder::writable(std::int64_t database_id) {
  auto found = written_.find(database_id);
  if (found != written_.end()) return *found->second;
  auto name = schema_.database_names_.find(database_id);
  SLUICE_CHECK(name != schema_.database_names_.end(), "no database {}", database_id);
  auto copy = std::make_shared<Schema::DatabaseEntry>(*schema_.databases_.at(name->second));
  schema_.databases_[name->second] = copy;
  written_.emplace(database_id, copy);
  return *copy;
}

void SchemaBuilder::put_database(DatabaseInfo database) {
  const std::int64_t id = database.id;
  auto name = schema_.database_names_.find(id);
  if (name == schema_.database_names_.end()) {
    auto entry = std::make_shared<Schema::DatabaseEntry>();
    schema_.database_names_.emplace(id, database.name.lower);
    schema_.databases_[database.name.lower] = entry;
    written_[id] = entry;
  }
  writable(id).info = std::make_shared<const DatabaseInfo>(std::move(database));
}

void SchemaBuilder::remove_database(std::int64_t database_id) {
  auto name = schema_.database_names_.find(database_id);
  if (name == schema_.database_names_.end()) return;
  for (const auto& [table_name, table] : schema_.databases_.at(name->second)->tables) {
    remove_references(*table);
    schema_.tables_.erase(table->id);
  }
  schema_.databases_.erase(name->second);
  schema_.database_names_.erase(name);
  written_.erase(database_id);
}

void SchemaBuilder::put_table(std::int64_t database_id, TableInfo table) {
  remove_table(table.id);
  Schema::DatabaseEntry& database = writable(database_id);
  auto shared = std::make_shared<const TableInfo>(std::move(table));
  schema_.tables_[shared->id] = {database_id, shared};
  for (const ForeignKeyInfo& key : shared->foreign_keys) schema_.references_[referenced_name(key)].insert(shared->id);
  database.tables[shared->name.lower] = shared;
}

void SchemaBuilder::remove_table(std::int64_t table_id) {
  auto found = schema_.tables_.find(table_id);
  if (found == schema_.tables_.end()) return;
  Schema::DatabaseEntry& database = writable(found->second.first);
  auto by_name = database.tables.find(found->second.second->name.lower);
  // The name may have passed to another table in the same step.
  if (by_name != database.tables.end() && by_name->second->id == table_id) database.tables.erase(by_name);
  remove_references(*found->second.second);
  schema_.tables_.erase(found);
}

void SchemaBuilder::remove_references(const TableInfo& table) {
  for (const ForeignKeyInfo& key : table.foreign_keys) {
    auto found = schema_.references_.find(referenced_name(key));
    if (found == schema_.references_.end()) continue;
    found->second.erase(table.id);
    if (found->second.empty()) schema_.references_.erase(found);
  }
}

SchemaPtr SchemaBuilder::build(std::int64_t version) {
  schema_.version_ = version;
  written_.clear();
  return std::make_shared<const Schema>(std::move(schema_));
}

}  // namespace sluice::catalog
