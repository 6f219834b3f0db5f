#include "ddl/foreign_key_check.h"

#include <algorithm>
#include <functional>

#include "base/sql_error.h"
#include "catalog/foreign_key.h"

namespace sluice::ddl {
namespace {

using catalog::ColumnInfo;
using catalog::ForeignKeyInfo;
using catalog::IndexInfo;
using catalog::Name;
using catalog::Schema;
using catalog::TableInfo;
using catalog::TablePtr;
using types::TypeCode;

bool is_text(TypeCode code) {
  return code == TypeCode::kString || code == TypeCode::kVarchar || code == TypeCode::kVarString;
}

bool is_decimal(TypeCode code) { return code == TypeCode::kNewDecimal; }

/// Whether equal values of both have equal keys.
bool are_compatible(const types::FieldType& a, const types::FieldType& b) {
  if (is_text(a.code) && is_text(b.code)) return a.collation == b.collation;
  if (a.code != b.code || a.is_unsigned() != b.is_unsigned() || a.collation != b.collation) return false;
  if (a.code == TypeCode::kEnum || a.code == TypeCode::kSet) return a.elements == b.elements;
  return !is_decimal(a.code) || (a.flen == b.flen && a.decimals == b.decimals);
}

void check_columns(const TableInfo& child, const TableInfo& parent, const ForeignKeyInfo& key) {
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const ColumnInfo* column = child.find_column(key.columns[i].lower);
    const ColumnInfo* referenced = parent.find_public_column(key.referenced_columns[i].lower);
    if (referenced == nullptr) {
      throw SqlError(ErrorCode::kFkNoColumnParent, key.referenced_columns[i].original, key.name.original,
                     parent.name.original);
    }
    if (column == nullptr) throw SqlError(ErrorCode::kKeyColumnDoesNotExits, key.columns[i].original);
    if (!are_compatible(column->type, referenced->type)) {
      throw SqlError(ErrorCode::kFkIncompatibleColumns, column->name.original, referenced->name.original,
                     key.name.original);
    }
  }
}

void check_parent(const TableInfo& child, const TableInfo& parent, const ForeignKeyInfo& key) {
  check_columns(child, parent, key);
  if (!catalog::find_key_path(parent, key.referenced_columns))
    throw SqlError(ErrorCode::kFkNoIndexParent, key.name.original, parent.name.original);
}

/// A generated column cannot be set from outside.
void refuse_action_on_generated(const ForeignKeyInfo& key) {
  const auto refuse = [](std::string_view event, catalog::ReferenceAction action) {
    throw SqlError(ErrorCode::kWrongFkOptionForGeneratedColumn,
                   std::string(event) + " " + std::string(catalog::reference_action_text(action)));
  };
  if (key.on_update == catalog::ReferenceAction::kSetNull || key.on_update == catalog::ReferenceAction::kCascade)
    refuse("ON UPDATE", key.on_update);
  if (key.on_delete == catalog::ReferenceAction::kSetNull) refuse("ON DELETE", key.on_delete);
}

bool names(const ForeignKeyInfo& key, std::string_view database, const Name& table) {
  return key.referenced_schema.lower == catalog::to_lower(database) && key.referenced_table == table;
}

void for_each_key_to(const Schema& schema, std::string_view database, const Name& parent,
                     const std::function<void(const TableInfo&, const ForeignKeyInfo&)>& visit) {
  for (const TablePtr& child : schema.tables_referencing(database, parent.lower)) {
    for (const ForeignKeyInfo& key : child->foreign_keys) {
      if (names(key, database, parent)) visit(*child, key);
    }
  }
}

/// The index whose loss leaves the table without a way to the columns.
const IndexInfo& lost_index(const TableInfo& before, const TableInfo& after, const std::vector<Name>& columns) {
  for (const IndexInfo& index : before.indexes) {
    const IndexInfo* left = after.find_index(index.id);
    const bool is_lost = index.is_public() && (left == nullptr || !left->is_public());
    if (is_lost && !index.columns.empty() && index.columns[0].name == columns[0]) return index;
  }
  return before.indexes.front();
}

void check_path_stays(const TableInfo& before, const TableInfo& after, const std::vector<Name>& columns_before,
                      const std::vector<Name>& columns_after) {
  if (!catalog::find_key_path(before, columns_before) || catalog::find_key_path(after, columns_after)) return;
  throw SqlError(ErrorCode::kDropIndexFk, lost_index(before, after, columns_before).name.original);
}

bool needs_other_keys(const types::FieldType& from, const types::FieldType& to) {
  if (is_decimal(from.code)) return from.flen != to.flen || from.decimals != to.decimals;
  return is_text(from.code) && is_text(to.code) && to.flen < from.flen;
}

class AlteredTable {
 public:
  AlteredTable(const Schema& schema, std::string_view database, const TableInfo& before, const TableInfo& after,
               const std::vector<Clause>& clauses, ForeignKeyChecks checks)
      : schema_(schema), database_(database), before_(before), after_(after), clauses_(clauses), checks_(checks) {}

  void check() const {
    for (const ForeignKeyInfo& key : after_.foreign_keys) check_own_key(key);
    for_each_key_to(schema_, database_, before_.name, [this](const TableInfo& child, const ForeignKeyInfo& key) {
      check_key_to(child.id == before_.id ? after_ : child, key);
    });
    check_columns_of_clauses();
  }

  void check_columns_of_clauses() const {
    for (const Clause& clause : clauses_) check_clause(clause);
  }

 private:
  void check_own_key(const ForeignKeyInfo& key) const {
    const auto old = std::find_if(before_.foreign_keys.begin(), before_.foreign_keys.end(),
                                  [&](const ForeignKeyInfo& other) { return other.id == key.id; });
    // A new key's columns have an index, its own at the latest; one that this statement drops does not count.
    if (old == before_.foreign_keys.end()) {
      if (!catalog::find_key_path(after_, key.columns))
        throw SqlError(ErrorCode::kDropIndexFk, lost_index(before_, after_, key.columns).name.original);
      return check_foreign_key(schema_, database_, after_, key, checks_);
    }
    check_path_stays(before_, after_, old->columns, key.columns);
  }

  /// A column of the parent that another table's key names: under its new name.
  Name name_after(const Name& column) const {
    const ColumnInfo* old = before_.find_column(column.lower);
    const ColumnInfo* now = old == nullptr ? nullptr : after_.find_column(old->id);
    return now == nullptr ? column : now->name;
  }

  void check_key_to(const TableInfo& child, const ForeignKeyInfo& key) const {
    std::vector<Name> columns;
    for (const Name& name : key.referenced_columns) {
      const ColumnInfo* old = before_.find_public_column(name.lower);
      const ColumnInfo* now = old == nullptr ? nullptr : after_.find_column(old->id);
      if (old != nullptr && (now == nullptr || !now->is_public()))
        throw SqlError(ErrorCode::kFkColumnCannotDropChild, name.original, key.name.original, child.name.original);
      columns.push_back(name_after(name));
    }
    check_path_stays(before_, after_, key.referenced_columns, columns);
  }

  void check_clause(const Clause& clause) const {
    const auto* modify = std::get_if<ModifyColumnClause>(&clause);
    const ColumnInfo* from = modify == nullptr ? nullptr : before_.find_public_column(modify->old_name.lower);
    if (from == nullptr) return;
    const types::FieldType& to = modify->column.type;
    for (const ForeignKeyInfo& key : before_.foreign_keys) {
      for (std::size_t i = 0; i < key.columns.size(); ++i) {
        if (!(key.columns[i] == from->name)) continue;
        const bool sets_null =
            key.on_delete == catalog::ReferenceAction::kSetNull || key.on_update == catalog::ReferenceAction::kSetNull;
        if (sets_null && to.not_null() && !from->type.not_null())
          throw SqlError(ErrorCode::kFkColumnNotNull, from->name.original, key.name.original);
        const TablePtr parent = schema_.find_public_table(key.referenced_schema.lower, key.referenced_table.lower);
        if (checks_ == ForeignKeyChecks::kOff || parent == nullptr) continue;
        const ColumnInfo* other = parent->find_public_column(key.referenced_columns[i].lower);
        if (needs_other_keys(from->type, to))
          throw SqlError(ErrorCode::kFkColumnCannotChange, from->name.original, key.name.original);
        if (other != nullptr && !are_compatible(to, other->type))
          throw SqlError(ErrorCode::kFkIncompatibleColumns, from->name.original, other->name.original,
                         key.name.original);
      }
    }
    if (checks_ == ForeignKeyChecks::kOff) return;
    for_each_key_to(schema_, database_, before_.name, [&](const TableInfo& child, const ForeignKeyInfo& key) {
      for (std::size_t i = 0; i < key.columns.size(); ++i) {
        if (!(key.referenced_columns[i] == from->name)) continue;
        const ColumnInfo* other = child.find_public_column(key.columns[i].lower);
        if (needs_other_keys(from->type, to))
          throw SqlError(ErrorCode::kFkColumnCannotChangeChild, from->name.original, key.name.original,
                         std::string(database_of(child)) + "." + child.name.original);
        if (other != nullptr && !are_compatible(to, other->type))
          throw SqlError(ErrorCode::kFkIncompatibleColumns, other->name.original, from->name.original,
                         key.name.original);
      }
    });
  }

  std::string database_of(const TableInfo& table) const {
    const Schema::TableEntry entry = schema_.find_entry(table.id);
    return entry.database == nullptr ? std::string(database_) : entry.database->name.original;
  }

  const Schema& schema_;
  const std::string_view database_;
  const TableInfo& before_;
  const TableInfo& after_;
  const std::vector<Clause>& clauses_;
  const ForeignKeyChecks checks_;
};

}  // namespace

void check_foreign_key(const Schema& schema, std::string_view database, const TableInfo& child,
                       const ForeignKeyInfo& key, ForeignKeyChecks checks) {
  const bool sets_null =
      key.on_delete == catalog::ReferenceAction::kSetNull || key.on_update == catalog::ReferenceAction::kSetNull;
  for (const Name& name : key.columns) {
    const ColumnInfo* column = child.find_column(name.lower);
    if (column == nullptr) throw SqlError(ErrorCode::kKeyColumnDoesNotExits, name.original);
    if (sets_null && column->type.not_null())
      throw SqlError(ErrorCode::kFkColumnNotNull, name.original, key.name.original);
    if (column->is_virtual()) throw SqlError(ErrorCode::kCannotAddForeign);
    if (column->is_generated()) refuse_action_on_generated(key);
  }
  if (names(key, database, child.name)) return check_parent(child, child, key);
  const TablePtr parent = schema.find_public_table(key.referenced_schema.lower, key.referenced_table.lower);
  if (parent == nullptr) {
    if (checks == ForeignKeyChecks::kOff) return;
    throw SqlError(ErrorCode::kFkCannotOpenParent, key.referenced_table.original);
  }
  if (parent->is_view())
    throw SqlError(ErrorCode::kWrongObject, key.referenced_schema.original, parent->name.original, "BASE TABLE");
  check_parent(child, *parent, key);
}

void check_keys_to(const Schema& schema, std::string_view database, const TableInfo& parent) {
  for_each_key_to(schema, database, parent.name, [&](const TableInfo& child, const ForeignKeyInfo& key) {
    if (child.id != parent.id) check_parent(child, parent, key);
  });
}

void check_altered_table(const Schema& schema, std::string_view database, const TableInfo& before,
                         const TableInfo& after, const std::vector<Clause>& clauses, ForeignKeyChecks checks) {
  AlteredTable(schema, database, before, after, clauses, checks).check();
}

void check_modified_column(const Schema& schema, std::string_view database, const TableInfo& table,
                           const ModifyColumnClause& clause, ForeignKeyChecks checks) {
  const std::vector<Clause> clauses{clause};
  AlteredTable(schema, database, table, table, clauses, checks).check_columns_of_clauses();
}

void check_dropped_tables(const Schema& schema, std::span<const std::int64_t> dropped, ForeignKeyChecks checks) {
  if (checks == ForeignKeyChecks::kOff) return;
  for (const std::int64_t id : dropped) {
    const Schema::TableEntry entry = schema.find_entry(id);
    if (entry.table == nullptr) continue;
    for_each_key_to(schema, entry.database->name.lower, entry.table->name,
                    [&](const TableInfo& child, const ForeignKeyInfo& key) {
                      if (std::find(dropped.begin(), dropped.end(), child.id) != dropped.end()) return;
                      throw SqlError(ErrorCode::kFkCannotDropParent, entry.table->name.original, key.name.original,
                                     child.name.original);
                    });
  }
}

void check_truncated_table(const Schema& schema, std::int64_t table_id, ForeignKeyChecks checks) {
  if (checks == ForeignKeyChecks::kOff) return;
  const Schema::TableEntry entry = schema.find_entry(table_id);
  if (entry.table == nullptr) return;
  for_each_key_to(
      schema, entry.database->name.lower, entry.table->name, [&](const TableInfo& child, const ForeignKeyInfo& key) {
        if (child.id == table_id) return;
        const std::string database = schema.find_entry(child.id).database->name.original;
        throw SqlError(ErrorCode::kTruncateIllegalFk, catalog::backquoted(database) + "." +
                                                          catalog::backquoted(child.name.original) + ", CONSTRAINT " +
                                                          catalog::backquoted(key.name.original));
      });
}

}  // namespace sluice::ddl
