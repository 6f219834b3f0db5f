#include "ddl/alter_table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/sql_error.h"
#include "ddl/check_builder.h"
#include "ddl/index_builder.h"
#include "ddl/table_builder.h"

namespace sluice::ddl {
namespace {

using catalog::ColumnInfo;
using catalog::IndexInfo;
using catalog::Name;
using catalog::SchemaState;
using catalog::TableInfo;
namespace field_flag = types::field_flag;

[[noreturn]] void unsupported(std::string what) { throw SqlError(ErrorCode::kUnsupportedDdlOperation, what); }

ColumnInfo& column_of(TableInfo& table, const Name& name) {
  ColumnInfo* column = table.find_column(name.lower);
  SLUICE_CHECK(column != nullptr, "table {} has lost column {}", table.name.original, name.original);
  return *column;
}

IndexInfo& index_of(TableInfo& table, const Name& name) {
  IndexInfo* index = table.find_index(name.lower);
  SLUICE_CHECK(index != nullptr, "table {} has lost index {}", table.name.original, name.original);
  return *index;
}

// Takes the column out of its place and puts it where `position` says, among public columns; others stay behind them.
void move_column(TableInfo& table, const Name& name, const ColumnPosition& position) {
  auto from = std::find_if(table.columns.begin(), table.columns.end(),
                           [&](const ColumnInfo& column) { return column.name == name; });
  SLUICE_CHECK(from != table.columns.end(), "table {} has lost column {}", table.name.original, name.original);
  ColumnInfo column = std::move(*from);
  const auto old_place = from - table.columns.begin();
  table.columns.erase(from);
  auto place = table.columns.begin() + old_place;
  if (position.kind == PositionKind::kFirst) {
    place = table.columns.begin();
  } else if (position.kind == PositionKind::kAfter) {
    place = std::find_if(table.columns.begin(), table.columns.end(),
                         [&](const ColumnInfo& other) { return other.name == position.after; });
    if (place == table.columns.end())
      throw SqlError(ErrorCode::kBadFieldError, position.after.original, table.name.original);
    ++place;
  }
  table.columns.insert(place, std::move(column));
}

// Columns that are not public stand behind all that are.
void put_public_columns_first(TableInfo& table) {
  std::stable_partition(table.columns.begin(), table.columns.end(),
                        [](const ColumnInfo& column) { return column.is_public(); });
}

void rename_in_keys(TableInfo& table, const Name& from, const Name& to) {
  for (catalog::ForeignKeyInfo& key : table.foreign_keys)
    std::replace(key.columns.begin(), key.columns.end(), from, to);
  for (IndexInfo& index : table.indexes) {
    for (catalog::IndexColumn& part : index.columns) {
      if (part.name == from) part.name = to;
    }
  }
}

bool covers_only(const IndexInfo& index, const Name& column) {
  return index.columns.size() == 1 && index.columns[0].name == column;
}

bool uses(const IndexInfo& index, const Name& column) {
  return std::any_of(index.columns.begin(), index.columns.end(),
                     [&](const catalog::IndexColumn& part) { return part.name == column; });
}

auto find_foreign_key(TableInfo& table, const Name& name) {
  return std::find_if(table.foreign_keys.begin(), table.foreign_keys.end(),
                      [&](const catalog::ForeignKeyInfo& key) { return key.name == name; });
}

/// The key that begin() has put there; its name may still be another one's, which the statement drops.
auto find_added_key(TableInfo& table, const AddForeignKeyClause& clause) {
  return std::find_if(table.foreign_keys.begin(), table.foreign_keys.end(), [&](const catalog::ForeignKeyInfo& key) {
    return key.id == clause.key.id && key.name == clause.key.name;
  });
}

// ---- begin ----

void begin(TableInfo& table, AddColumnClause& clause) {
  const ColumnInfo* existing = table.find_column(clause.column.name.lower);
  if (clause.column.id != 0 && existing != nullptr && existing->id == clause.column.id) return;
  if (existing != nullptr) throw SqlError(ErrorCode::kDupFieldname, clause.column.name.original);
  clause.column.id = ++table.max_column_id;
  clause.column.state = SchemaState::kDeleteOnly;
  table.columns.push_back(clause.column);
}

void begin(TableInfo& table, AddIndexClause& clause) {
  const IndexInfo* existing = table.find_index(clause.index.name.lower);
  if (clause.index.id != 0 && existing != nullptr && existing->id == clause.index.id) return;
  if (clause.index.primary && (table.has_clustered_primary_key() || table.primary_index() != nullptr))
    throw SqlError(ErrorCode::kMultiplePriKey);
  if (existing != nullptr) throw SqlError(ErrorCode::kDupKeyname, clause.index.name.original);
  for (const catalog::IndexColumn& part : clause.index.columns) {
    const ColumnInfo* column = table.find_column(part.name.lower);
    if (column == nullptr) throw SqlError(ErrorCode::kKeyColumnDoesNotExits, part.name.original);
  }
  clause.index.id = ++table.max_index_id;
  clause.index.table_name = table.name;
  clause.index.state = SchemaState::kDeleteOnly;
  clause.index.backfill_state = catalog::BackfillState::kRunning;
  table.indexes.push_back(clause.index);
}

void begin(TableInfo& table, const std::vector<Clause>& clauses, AddForeignKeyClause& clause) {
  if (find_added_key(table, clause) != table.foreign_keys.end()) return;
  const bool makes_room = std::any_of(clauses.begin(), clauses.end(), [&](const Clause& other) {
    const auto* drop = std::get_if<DropForeignKeyClause>(&other);
    return drop != nullptr && drop->name == clause.key.name;
  });
  if (!makes_room && find_foreign_key(table, clause.key.name) != table.foreign_keys.end())
    throw SqlError(ErrorCode::kFkDupName, clause.key.name.original);
  for (const Name& column : clause.key.columns) {
    if (table.find_column(column.lower) == nullptr) throw SqlError(ErrorCode::kKeyColumnDoesNotExits, column.original);
  }
  clause.key.id = ++table.max_foreign_key_id;
  clause.key.state = SchemaState::kDeleteOnly;
  table.foreign_keys.push_back(clause.key);
}

auto find_check(TableInfo& table, const Name& name) {
  return std::find_if(table.constraints.begin(), table.constraints.end(),
                      [&](const catalog::ConstraintInfo& check) { return check.name == name; });
}

/// The check that begin() has put there; its name may still be another one's, which the statement drops.
auto find_added_check(TableInfo& table, const AddCheckClause& clause) {
  return std::find_if(table.constraints.begin(), table.constraints.end(), [&](const catalog::ConstraintInfo& check) {
    return check.id == clause.check.id && check.name == clause.check.name;
  });
}

void put(TableInfo& table, AddCheckClause& clause, SchemaState state) {
  clause.check.id = ++table.max_constraint_id;
  clause.check.table_name = table.name;
  clause.check.state = state;
  table.constraints.push_back(clause.check);
}

catalog::ConstraintInfo& added_check_of(TableInfo& table, const AddCheckClause& clause) {
  const auto check = find_added_check(table, clause);
  SLUICE_CHECK(check != table.constraints.end(), "table {} has lost check {}", table.name.original,
               clause.check.name.original);
  return *check;
}

catalog::ConstraintInfo& check_of(TableInfo& table, const Name& name) {
  const auto check = find_check(table, name);
  SLUICE_CHECK(check != table.constraints.end(), "table {} has lost check {}", table.name.original, name.original);
  return *check;
}

void begin(TableInfo& table, const std::vector<Clause>& clauses, AddCheckClause& clause) {
  if (clause.check.id != 0 && find_added_check(table, clause) != table.constraints.end()) return;
  const bool makes_room = std::any_of(clauses.begin(), clauses.end(), [&](const Clause& other) {
    const auto* drop = std::get_if<DropCheckClause>(&other);
    return drop != nullptr && drop->name == clause.check.name;
  });
  if (!makes_room && find_check(table, clause.check.name) != table.constraints.end())
    throw SqlError(ErrorCode::kCheckConstraintDupName, clause.check.name.lower);
  for (const Name& column : clause.check.columns) {
    if (table.find_column(column.lower) == nullptr)
      throw SqlError(ErrorCode::kCheckConstraintRefersUnknownColumn, clause.check.name.original, column.original);
  }
  // One that is not enforced has nothing to begin with: it appears when the change commits.
  if (clause.check.enforced) put(table, clause, SchemaState::kDeleteOnly);
}

// ---- commit ----

bool uses(const catalog::ConstraintInfo& check, const Name& column) {
  return std::find(check.columns.begin(), check.columns.end(), column) != check.columns.end();
}

void drop_column(TableInfo& table, DropColumnClause& clause) {
  const ColumnInfo* column = table.find_column(clause.name.lower);
  if (column == nullptr) throw SqlError(ErrorCode::kCantDropFieldOrKey, clause.name.original);
  if (column->state == SchemaState::kWriteOnly) return;
  for (const ColumnInfo& other : table.columns) {
    if (std::find(other.dependencies.begin(), other.dependencies.end(), clause.name.lower) !=
        other.dependencies.end()) {
      throw SqlError(ErrorCode::kDependentByGeneratedColumn, clause.name.original);
    }
  }
  if (table.pk_is_handle && table.handle_column() == column) {
    unsupported("drop integer primary key");
  }
  for (const catalog::ForeignKeyInfo& key : table.foreign_keys) {
    if (std::find(key.columns.begin(), key.columns.end(), clause.name) == key.columns.end()) continue;
    throw SqlError(ErrorCode::kFkColumnCannotDrop, clause.name.original, key.name.original);
  }
  for (const catalog::ConstraintInfo& check : table.constraints) {
    if (uses(check, clause.name) && check.columns.size() > 1)
      throw SqlError(ErrorCode::kDependentByCheckConstraint, check.name.original, clause.name.original);
  }
  clause.index_ids.clear();
  for (const IndexInfo& index : table.indexes) {
    if (!uses(index, clause.name)) continue;
    if (index.primary || !covers_only(index, clause.name)) {
      throw SqlError::with_message(
          ErrorCode::kUnsupportedDdlOperation,
          "can't drop column " + clause.name.original + " with composite index covered or Primary Key covered now");
    }
    clause.index_ids.push_back(index.id);
  }
  if (table.public_column_count() <= 1) throw SqlError(ErrorCode::kCantRemoveAllFields);
  // A check of this column alone goes with it.
  std::erase_if(table.constraints, [&](const catalog::ConstraintInfo& check) { return uses(check, clause.name); });
  column_of(table, clause.name).state = SchemaState::kWriteOnly;
  for (std::int64_t id : clause.index_ids) table.find_index(id)->state = SchemaState::kWriteOnly;
}

void modify_column(TableInfo& table, const ModifyColumnClause& clause) {
  ColumnInfo* column = table.find_column(clause.old_name.lower);
  if (column == nullptr || !column->is_public()) {
    throw SqlError(ErrorCode::kBadFieldError, clause.old_name.original, table.name.original);
  }
  if (!(clause.column.name == clause.old_name) && table.find_column(clause.column.name.lower) != nullptr) {
    throw SqlError(ErrorCode::kDupFieldname, clause.column.name.original);
  }
  for (const catalog::ConstraintInfo& check : table.constraints) {
    if (!(clause.column.name == clause.old_name) && uses(check, clause.old_name))
      throw SqlError(ErrorCode::kDependentByCheckConstraint, check.name.original, clause.old_name.original);
  }
  // What identifies the stored values stays.
  const std::int64_t id = column->id;
  const std::optional<std::string> origin_default = column->origin_default;
  *column = clause.column;
  column->id = id;
  column->origin_default = origin_default;
  column->state = SchemaState::kPublic;
  column->type.clear_flag(field_flag::kPreventNullInsert);
  if (!(clause.column.name == clause.old_name)) rename_in_keys(table, clause.old_name, clause.column.name);
  if (clause.position.kind != PositionKind::kUnchanged) move_column(table, clause.column.name, clause.position);
}

void drop_index(TableInfo& table, const DropIndexClause& clause) {
  IndexInfo* index = table.find_index(clause.name.lower);
  if (clause.name.lower == "primary" && table.has_clustered_primary_key()) {
    unsupported("drop primary key when the table is using clustered index");
  }
  if (index == nullptr) throw SqlError(ErrorCode::kCantDropFieldOrKey, clause.name.original);
  if (index->state == SchemaState::kWriteOnly) return;
  const ColumnInfo* automatic = table.auto_increment_column();
  if (automatic != nullptr && !index->columns.empty() && index->columns[0].name == automatic->name) {
    const bool has_other_key = std::any_of(table.indexes.begin(), table.indexes.end(), [&](const IndexInfo& other) {
      return &other != index && other.is_public() && !other.columns.empty() && other.columns[0].name == automatic->name;
    });
    if (!has_other_key && table.handle_column() != automatic) throw SqlError(ErrorCode::kWrongAutoKey);
  }
  index->state = SchemaState::kWriteOnly;
}

void apply(TableInfo& table, const SetDefaultClause& clause) {
  ColumnInfo* column = table.find_column(clause.name.lower);
  if (column == nullptr) throw SqlError(ErrorCode::kBadFieldError, clause.name.original, table.name.original);
  column->default_value = clause.default_value;
  column->default_is_expression = clause.default_is_expression;
  if (clause.has_no_default) {
    column->type.set_flag(field_flag::kNoDefault);
  } else {
    column->type.clear_flag(field_flag::kNoDefault);
  }
}

void apply(TableInfo& table, const RenameIndexClause& clause) {
  IndexInfo* index = table.find_index(clause.from.lower);
  if (index == nullptr) throw SqlError(ErrorCode::kKeyDoesNotExits, clause.from.original, table.name.original);
  const IndexInfo* taken = table.find_index(clause.to.lower);
  if (taken != nullptr && taken != index) throw SqlError(ErrorCode::kDupKeyname, clause.to.original);
  index->name = clause.to;
}

void apply(TableInfo& table, const IndexVisibilityClause& clause) {
  IndexInfo* index = table.find_index(clause.name.lower);
  if (index == nullptr) throw SqlError(ErrorCode::kKeyDoesNotExits, clause.name.original, table.name.original);
  if (index->primary && clause.invisible) throw SqlError(ErrorCode::kPkIndexCantBeInvisible);
  index->invisible = clause.invisible;
}

void apply(TableInfo& table, const RebaseAutoIdClause& clause) { table.auto_increment_base = clause.next_value; }
void apply(TableInfo& table, const TableCommentClause& clause) { table.comment = clause.comment; }
void apply(TableInfo& table, const TableCharsetClause& clause) {
  table.charset = clause.charset;
  table.collation = clause.collation;
}

void apply(TableInfo& table, const DropForeignKeyClause& clause) {
  const auto found = find_foreign_key(table, clause.name);
  if (found == table.foreign_keys.end()) throw SqlError(ErrorCode::kCantDropFieldOrKey, clause.name.original);
  table.foreign_keys.erase(found);
}

void apply(TableInfo& table, const DropCheckClause& clause) {
  const auto found = find_check(table, clause.name);
  if (found == table.constraints.end()) throw SqlError(ErrorCode::kCheckConstraintNotFound, clause.name.original);
  table.constraints.erase(found);
}

void apply(TableInfo& table, const AlterCheckClause& clause) {
  const auto found = find_check(table, clause.name);
  if (found == table.constraints.end()) throw SqlError(ErrorCode::kCheckConstraintNotFound, clause.name.original);
  found->enforced = clause.enforced;
  found->state = SchemaState::kPublic;
}

// Foreign keys that change a column and checks that refer to it exclude each other.
void check_no_key_changes_a_checked_column(const TableInfo& table, const std::vector<Clause>& clauses) {
  const bool may_meet = std::any_of(clauses.begin(), clauses.end(), [](const Clause& clause) {
    return std::holds_alternative<AddCheckClause>(clause) || std::holds_alternative<AddForeignKeyClause>(clause);
  });
  if (!may_meet) return;
  for (const catalog::ConstraintInfo& check : table.constraints) {
    for (const Name& column : check.columns) {
      if (is_changed_by_foreign_key(table, column)) {
        throw SqlError(ErrorCode::kCheckConstraintClauseUsingFkReferActionColumn, column.original, check.name.original);
      }
    }
  }
}

// One ALTER TABLE must not name one column or index in two clauses whose order would matter.
void check_no_object_is_named_twice(const std::vector<Clause>& clauses) {
  std::set<std::string> columns;
  std::set<std::string> indexes;
  std::set<std::string> checks;
  auto take = [](std::set<std::string>& taken, const Name& name, const char* kind) {
    if (!taken.insert(name.lower).second) unsupported(std::string("operate same ") + kind + " '" + name.original + "'");
  };
  for (const Clause& clause : clauses) {
    if (const auto* add = std::get_if<AddColumnClause>(&clause)) {
      // Two new columns of one name are MySQL's 1060, which begin_adds() raises.
      columns.insert(add->column.name.lower);
    } else if (const auto* drop = std::get_if<DropColumnClause>(&clause)) {
      take(columns, drop->name, "column");
    } else if (const auto* modify = std::get_if<ModifyColumnClause>(&clause)) {
      take(columns, modify->old_name, "column");
      if (!(modify->column.name == modify->old_name)) take(columns, modify->column.name, "column");
    } else if (const auto* set = std::get_if<SetDefaultClause>(&clause)) {
      take(columns, set->name, "column");
    } else if (const auto* add_index = std::get_if<AddIndexClause>(&clause)) {
      indexes.insert(add_index->index.name.lower);
    } else if (const auto* drop_index_clause = std::get_if<DropIndexClause>(&clause)) {
      take(indexes, drop_index_clause->name, "index");
    } else if (const auto* rename = std::get_if<RenameIndexClause>(&clause)) {
      take(indexes, rename->from, "index");
      if (!(rename->from == rename->to)) take(indexes, rename->to, "index");
    } else if (const auto* visibility = std::get_if<IndexVisibilityClause>(&clause)) {
      take(indexes, visibility->name, "index");
    } else if (const auto* drop_check = std::get_if<DropCheckClause>(&clause)) {
      take(checks, drop_check->name, "check constraint");
    } else if (const auto* alter_check = std::get_if<AlterCheckClause>(&clause)) {
      take(checks, alter_check->name, "check constraint");
    }
  }
}

// New keys and positions refer to the columns that the ALTER TABLE leaves behind, not to those that it drops or renames.
void check_no_departing_column_is_referred_to(const TableInfo& table, const std::vector<Clause>& clauses) {
  std::set<std::string> departing;
  for (const Clause& clause : clauses) {
    if (const auto* drop = std::get_if<DropColumnClause>(&clause)) departing.insert(drop->name.lower);
    if (const auto* modify = std::get_if<ModifyColumnClause>(&clause);
        modify != nullptr && !(modify->column.name == modify->old_name))
      departing.insert(modify->old_name.lower);
  }
  if (departing.empty()) return;
  const auto check_position = [&](const ColumnPosition& position) {
    if (position.kind == PositionKind::kAfter && departing.contains(position.after.lower))
      throw SqlError(ErrorCode::kBadFieldError, position.after.original, table.name.original);
  };
  for (const Clause& clause : clauses) {
    if (const auto* add = std::get_if<AddColumnClause>(&clause)) check_position(add->position);
    if (const auto* modify = std::get_if<ModifyColumnClause>(&clause)) check_position(modify->position);
    const auto* add_index = std::get_if<AddIndexClause>(&clause);
    if (add_index == nullptr) continue;
    for (const catalog::IndexColumn& part : add_index->index.columns) {
      if (departing.contains(part.name.lower)) throw SqlError(ErrorCode::kKeyColumnDoesNotExits, part.name.original);
    }
  }
}

}  // namespace

void refresh_derived(TableInfo& table) {
  constexpr std::uint32_t kKeyFlags = field_flag::kUniqueKey | field_flag::kMultipleKey;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    ColumnInfo& column = table.columns[i];
    column.offset = static_cast<int>(i);
    column.type.clear_flag(kKeyFlags);
    if (!table.pk_is_handle) column.type.clear_flag(field_flag::kPrimaryKey);
  }
  for (IndexInfo& index : table.indexes) {
    index.table_name = table.name;
    for (catalog::IndexColumn& part : index.columns) {
      part.offset = column_of(table, part.name).offset;
      if (index.primary && index.is_public()) column_of(table, part.name).type.set_flag(field_flag::kPrimaryKey);
    }
    if (!index.is_public() || index.primary || index.columns.empty()) continue;
    ColumnInfo& first = column_of(table, index.columns[0].name);
    first.type.set_flag(index.unique && index.columns.size() == 1 ? field_flag::kUniqueKey : field_flag::kMultipleKey);
  }
}

void begin_adds(TableInfo& table, std::vector<Clause>& clauses) {
  for (Clause& clause : clauses) {
    if (auto* add = std::get_if<AddColumnClause>(&clause)) begin(table, *add);
  }
  for (Clause& clause : clauses) {
    if (auto* add = std::get_if<AddIndexClause>(&clause)) begin(table, *add);
    if (auto* add = std::get_if<AddForeignKeyClause>(&clause)) begin(table, clauses, *add);
    if (auto* add = std::get_if<AddCheckClause>(&clause)) begin(table, clauses, *add);
  }
  refresh_derived(table);
}

void set_added_state(TableInfo& table, const std::vector<Clause>& clauses, SchemaState state) {
  for (const Clause& clause : clauses) {
    if (const auto* add = std::get_if<AddColumnClause>(&clause)) {
      column_of(table, add->column.name).state = state;
    } else if (const auto* add_index = std::get_if<AddIndexClause>(&clause)) {
      index_of(table, add_index->index.name).state = state;
    } else if (const auto* modify = std::get_if<ModifyColumnClause>(&clause);
               modify != nullptr && modify->forbids_null) {
      // Statements stop writing NULL before the rows are checked for it.
      if (state != SchemaState::kDeleteOnly)
        column_of(table, modify->old_name).type.set_flag(field_flag::kPreventNullInsert);
    } else if (const auto* add_key = std::get_if<AddForeignKeyClause>(&clause)) {
      // From kWriteOnly on statements enforce it, so that the rows can be checked for it.
      const auto key = find_added_key(table, *add_key);
      SLUICE_CHECK(key != table.foreign_keys.end(), "table {} has lost a foreign key", table.name.original);
      key->state = state;
    } else if (const auto* add_check = std::get_if<AddCheckClause>(&clause);
               add_check != nullptr && add_check->check.enforced) {
      added_check_of(table, *add_check).state = state;
    } else if (const auto* alter_check = std::get_if<AlterCheckClause>(&clause);
               alter_check != nullptr && alter_check->enforced && state != SchemaState::kDeleteOnly) {
      check_of(table, alter_check->name).state = state;
    }
  }
}

void set_backfill_state(TableInfo& table, const std::vector<Clause>& clauses, catalog::BackfillState state) {
  for (const Clause& clause : clauses) {
    if (const auto* add = std::get_if<AddIndexClause>(&clause)) index_of(table, add->index.name).backfill_state = state;
  }
}

void commit_clauses(TableInfo& table, std::vector<Clause>& clauses, std::uint64_t usable_from) {
  // First of all: columns that only a dropped check holds may be dropped and renamed.
  for (const Clause& clause : clauses) {
    if (const auto* drop = std::get_if<DropCheckClause>(&clause)) apply(table, *drop);
  }
  for (Clause& clause : clauses) {
    if (auto* add = std::get_if<AddColumnClause>(&clause)) {
      column_of(table, add->column.name).state = SchemaState::kPublic;
      put_public_columns_first(table);
      if (add->position.kind != PositionKind::kUnchanged) move_column(table, add->column.name, add->position);
    } else if (auto* add_index = std::get_if<AddIndexClause>(&clause)) {
      IndexInfo& index = index_of(table, add_index->index.name);
      index.state = SchemaState::kPublic;
      index.backfill_state = catalog::BackfillState::kInapplicable;
      index.usable_from = usable_from;
    } else if (auto* drop = std::get_if<DropColumnClause>(&clause)) {
      drop_column(table, *drop);
    } else if (auto* modify = std::get_if<ModifyColumnClause>(&clause)) {
      modify_column(table, *modify);
    } else if (auto* drop_index_clause = std::get_if<DropIndexClause>(&clause)) {
      drop_index(table, *drop_index_clause);
    } else if (auto* set_default = std::get_if<SetDefaultClause>(&clause)) {
      apply(table, *set_default);
    } else if (auto* rename = std::get_if<RenameIndexClause>(&clause)) {
      apply(table, *rename);
    } else if (auto* visibility = std::get_if<IndexVisibilityClause>(&clause)) {
      apply(table, *visibility);
    } else if (auto* rebase = std::get_if<RebaseAutoIdClause>(&clause)) {
      apply(table, *rebase);
    } else if (auto* comment = std::get_if<TableCommentClause>(&clause)) {
      apply(table, *comment);
    } else if (auto* charset = std::get_if<TableCharsetClause>(&clause)) {
      apply(table, *charset);
    } else if (auto* add_key = std::get_if<AddForeignKeyClause>(&clause)) {
      const auto key = find_added_key(table, *add_key);
      SLUICE_CHECK(key != table.foreign_keys.end(), "table {} has lost a foreign key", table.name.original);
      key->state = SchemaState::kPublic;
    } else if (auto* drop_key = std::get_if<DropForeignKeyClause>(&clause)) {
      apply(table, *drop_key);
    } else if (auto* add_check = std::get_if<AddCheckClause>(&clause)) {
      if (add_check->check.enforced) {
        added_check_of(table, *add_check).state = SchemaState::kPublic;
      } else {
        put(table, *add_check, SchemaState::kPublic);
      }
    } else if (auto* alter_check = std::get_if<AlterCheckClause>(&clause)) {
      apply(table, *alter_check);
    }
  }
  put_public_columns_first(table);
  refresh_derived(table);
}

void set_dropped_state(TableInfo& table, const std::vector<Clause>& clauses, SchemaState state) {
  for (const Clause& clause : clauses) {
    if (const auto* drop = std::get_if<DropColumnClause>(&clause)) {
      column_of(table, drop->name).state = state;
      for (std::int64_t id : drop->index_ids) {
        if (IndexInfo* index = table.find_index(id); index != nullptr) index->state = state;
      }
    } else if (const auto* drop_index_clause = std::get_if<DropIndexClause>(&clause)) {
      index_of(table, drop_index_clause->name).state = state;
    }
  }
}

std::vector<std::int64_t> finish_drops(TableInfo& table, const std::vector<Clause>& clauses) {
  std::vector<std::int64_t> index_ids;
  std::set<std::string> columns;
  for (const Clause& clause : clauses) {
    if (const auto* drop = std::get_if<DropColumnClause>(&clause)) {
      columns.insert(drop->name.lower);
      index_ids.insert(index_ids.end(), drop->index_ids.begin(), drop->index_ids.end());
    } else if (const auto* drop_index_clause = std::get_if<DropIndexClause>(&clause)) {
      const IndexInfo* index = table.find_index(drop_index_clause->name.lower);
      if (index != nullptr) index_ids.push_back(index->id);
    }
  }
  std::erase_if(table.indexes, [&](const IndexInfo& index) {
    return std::find(index_ids.begin(), index_ids.end(), index.id) != index_ids.end();
  });
  std::erase_if(table.columns,
                [&](const ColumnInfo& column) { return !column.is_public() && columns.contains(column.name.lower); });
  refresh_derived(table);
  return index_ids;
}

std::vector<std::int64_t> undo_adds(TableInfo& table, const std::vector<Clause>& clauses) {
  std::vector<std::int64_t> index_ids;
  std::set<std::int64_t> column_ids;
  for (const Clause& clause : clauses) {
    if (const auto* add = std::get_if<AddColumnClause>(&clause)) {
      if (add->column.id != 0) column_ids.insert(add->column.id);
    } else if (const auto* add_index = std::get_if<AddIndexClause>(&clause)) {
      if (add_index->index.id != 0) index_ids.push_back(add_index->index.id);
    } else if (const auto* modify = std::get_if<ModifyColumnClause>(&clause);
               modify != nullptr && modify->forbids_null) {
      if (ColumnInfo* column = table.find_column(modify->old_name.lower); column != nullptr)
        column->type.clear_flag(field_flag::kPreventNullInsert);
    } else if (const auto* add_key = std::get_if<AddForeignKeyClause>(&clause)) {
      if (const auto key = find_added_key(table, *add_key); key != table.foreign_keys.end())
        table.foreign_keys.erase(key);
    } else if (const auto* add_check = std::get_if<AddCheckClause>(&clause)) {
      if (const auto check = find_added_check(table, *add_check); check != table.constraints.end())
        table.constraints.erase(check);
    } else if (const auto* alter_check = std::get_if<AlterCheckClause>(&clause)) {
      if (const auto check = find_check(table, alter_check->name); check != table.constraints.end())
        check->state = SchemaState::kPublic;
    }
  }
  std::erase_if(table.indexes, [&](const IndexInfo& index) {
    return std::find(index_ids.begin(), index_ids.end(), index.id) != index_ids.end();
  });
  std::erase_if(table.columns, [&](const ColumnInfo& column) { return column_ids.contains(column.id); });
  refresh_derived(table);
  return index_ids;
}

std::vector<const IndexInfo*> added_indexes(const TableInfo& table, const std::vector<Clause>& clauses) {
  std::vector<const IndexInfo*> indexes;
  for (const Clause& clause : clauses) {
    const auto* add = std::get_if<AddIndexClause>(&clause);
    if (add == nullptr) continue;
    const IndexInfo* index = table.find_index(add->index.name.lower);
    SLUICE_CHECK(index != nullptr, "table {} has lost index {}", table.name.original, add->index.name.original);
    indexes.push_back(index);
  }
  return indexes;
}

std::vector<const catalog::ConstraintInfo*> checks_to_enforce(const TableInfo& table,
                                                              const std::vector<Clause>& clauses) {
  std::vector<const catalog::ConstraintInfo*> checks;
  for (const Clause& clause : clauses) {
    if (!begins_to_enforce(clause)) continue;
    const auto* add = std::get_if<AddCheckClause>(&clause);
    const Name& name = add != nullptr ? add->check.name : std::get<AlterCheckClause>(clause).name;
    const auto found = std::find_if(table.constraints.begin(), table.constraints.end(), [&](const auto& check) {
      return check.name == name && (add == nullptr || check.id == add->check.id);
    });
    SLUICE_CHECK(found != table.constraints.end(), "table {} has lost check {}", table.name.original, name.original);
    checks.push_back(&*found);
  }
  return checks;
}

void check_clauses(const TableInfo& table, const std::vector<Clause>& clauses) {
  if (table.is_view()) throw SqlError(ErrorCode::kWrongObject, "", table.name.original, "BASE TABLE");
  check_no_object_is_named_twice(clauses);
  check_no_departing_column_is_referred_to(table, clauses);
  TableInfo copy = table;
  std::vector<Clause> trial = clauses;
  begin_adds(copy, trial);
  commit_clauses(copy, trial, 0);
  check_no_key_changes_a_checked_column(copy, trial);
  finish_drops(copy, trial);
  if (copy.columns.size() > std::max(kMostColumns, table.columns.size())) throw SqlError(ErrorCode::kTooManyFields);
  if (copy.indexes.size() > std::max(kMostIndexes, table.indexes.size()))
    throw SqlError(ErrorCode::kTooManyKeys, kMostIndexes);
  for (const Clause& clause : clauses) {
    const auto* const modify = std::get_if<ModifyColumnClause>(&clause);
    const catalog::ColumnInfo* const before = modify == nullptr ? nullptr : table.find_column(modify->old_name.lower);
    if (before != nullptr && modify->column.type.flen > before->type.flen) check_key_lengths(copy, modify->column.name);
  }
  check_invisible_primary_key(copy);
}

}  // namespace sluice::ddl
