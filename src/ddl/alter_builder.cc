#include "ddl/alter_builder.h"

#include <algorithm>

#include "base/sql_error.h"
#include "base/warnings.h"
#include "ddl/alter_table.h"
#include "ddl/check_builder.h"
#include "ddl/column_builder.h"
#include "ddl/foreign_key_builder.h"
#include "ddl/foreign_key_check.h"
#include "ddl/index_builder.h"
#include "ddl/table_builder.h"
#include "types/charset.h"
#include "types/collation.h"

namespace sluice::ddl {
namespace {

using catalog::ColumnInfo;
using catalog::IndexInfo;
using catalog::Name;
using catalog::TableInfo;
using types::FieldType;
using types::TypeCode;
namespace field_flag = types::field_flag;

int integer_rank(TypeCode code) {
  switch (code) {
    case TypeCode::kTiny:
      return 1;
    case TypeCode::kShort:
      return 2;
    case TypeCode::kInt24:
      return 3;
    case TypeCode::kLong:
      return 4;
    default:
      return 5;
  }
}

// By the number of bytes that the type holds at most.
int text_rank(TypeCode code) {
  switch (code) {
    case TypeCode::kTinyBlob:
      return 1;
    case TypeCode::kBlob:
      return 2;
    case TypeCode::kMediumBlob:
      return 3;
    default:
      return 4;
  }
}

bool begins_with(const std::vector<std::string>& labels, const std::vector<std::string>& beginning) {
  return labels.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), labels.begin());
}

std::string lossy_string_change(const FieldType& from, const FieldType& to, bool is_indexed) {
  if (from.is_binary_string() != to.is_binary_string()) return "charset";
  if (!from.is_binary_string() && from.collation != to.collation) {
    if (is_indexed) return "collation of an indexed column";
    const bool widens = from.collation->charset == to.collation->charset ||
                        (to.collation->charset->name == "utf8mb4" && from.collation->charset->name != "gbk");
    if (!widens)
      return "charset from " + std::string(from.collation->charset->name) + " to " +
             std::string(to.collation->charset->name);
  }
  if (types::is_blob_code(from.code) != types::is_blob_code(to.code)) return "type";
  if (types::is_blob_code(from.code)) return text_rank(to.code) >= text_rank(from.code) ? "" : "length";
  const bool was_fixed = from.code == TypeCode::kString;
  const bool is_fixed = to.code == TypeCode::kString;
  // BINARY pads its values; index entries of CHAR and VARCHAR hold different things.
  if (was_fixed != is_fixed && (is_indexed || from.is_binary_string())) return "type";
  if (was_fixed && is_fixed && from.is_binary_string() && from.flen != to.flen) return "length";
  if (!was_fixed && is_fixed) return "type";
  return to.flen >= from.flen ? "" : "length";
}

class AlterBuilder {
 public:
  AlterBuilder(const sql::AlterTableStatement& statement, const TableInfo& table, const catalog::DatabaseInfo& database,
               const StatementContext& context)
      : table_(table), database_(database), context_(context), after_(table) {
    collation_ = types::find_collation(table.collation);
    for (const sql::AlterSpecification& part : statement.specifications) {
      if (part.kind == sql::AlterKind::kTableOptions) take_collation(part);
    }
    for (const sql::AlterSpecification& part : statement.specifications) add(part);
  }

  AlterPlan take() { return std::move(plan_); }

 private:
  [[noreturn]] static void unsupported(const char* what) { throw SqlError(ErrorCode::kNotSupportedYet, what); }

  void note(const SqlError& error) const {
    if (context_.warnings != nullptr) context_.warnings->append(error, Warning::Level::kNote);
  }

  void push(Clause clause) { plan_.clauses.push_back(std::move(clause)); }

  void take_collation(const sql::AlterSpecification& part) {
    collation_ = collation_of_options(part.options, collation_);
  }

  void add(const sql::AlterSpecification& part) {
    switch (part.kind) {
      case sql::AlterKind::kTableOptions:
        return add_options(part);
      case sql::AlterKind::kAddColumns:
        return add_columns(part);
      case sql::AlterKind::kDropColumn:
        return drop_column(part);
      case sql::AlterKind::kModifyColumn:
        return modify_column(part, *part.columns[0].column);
      case sql::AlterKind::kChangeColumn:
        return modify_column(part, *part.old_column);
      case sql::AlterKind::kRenameColumn:
        return rename_column(part);
      case sql::AlterKind::kAlterColumnSetDefault:
        return set_column_default(part);
      case sql::AlterKind::kAlterColumnDropDefault:
        return drop_column_default(part);
      case sql::AlterKind::kAddConstraint:
        return add_constraint(*part.constraint, part.if_not_exists);
      case sql::AlterKind::kDropPrimaryKey:
        return drop_index("PRIMARY", part.if_exists);
      case sql::AlterKind::kDropIndex:
        return drop_index(part.name, part.if_exists);
      case sql::AlterKind::kRenameIndex:
        return push(RenameIndexClause{Name(part.name), Name(part.new_name)});
      case sql::AlterKind::kIndexVisibility:
        return push(IndexVisibilityClause{Name(part.name), part.visibility == sql::IndexVisibility::kInvisible});
      case sql::AlterKind::kRenameTable:
        plan_.rename_to = part.new_table;
        return;
      case sql::AlterKind::kConvertCharset:
        return convert_charset(part);
      case sql::AlterKind::kAlgorithm:
        if (part.word == "COPY" && context_.warnings != nullptr) {
          context_.warnings->append(SqlError(ErrorCode::kAlterOperationNotSupportedReason, "ALGORITHM=COPY",
                                             "Cannot alter table by COPY", "ALGORITHM=INPLACE"));
        }
        return;
      case sql::AlterKind::kWithValidation:
      case sql::AlterKind::kWithoutValidation:
        if (context_.warnings != nullptr) {
          const bool with = part.kind == sql::AlterKind::kWithValidation;
          context_.warnings->append(SqlError::with_message(
              ErrorCode::kUnsupportedDdlOperation,
              std::string("ALTER TABLE ") + (with ? "WITH" : "WITHOUT") + " VALIDATION is currently unsupported"));
        }
        return;
      case sql::AlterKind::kOrderBy:
        if (table_.has_clustered_primary_key() && context_.warnings != nullptr) {
          context_.warnings->append(Warning::Level::kWarning, ErrorCode::kUnknownError,
                                    "ORDER BY ignored as there is a user-defined clustered index in the table '" +
                                        table_.name.original + "'");
        }
        return;
      case sql::AlterKind::kLock:
      case sql::AlterKind::kEnableKeys:
      case sql::AlterKind::kDisableKeys:
      case sql::AlterKind::kForce:
        return;  // they ask for nothing that is not so already
      case sql::AlterKind::kDropForeignKey:
        return drop_foreign_key(part.name, part.if_exists);
      case sql::AlterKind::kDropCheck:
        return part.names_any_constraint ? drop_constraint(part) : drop_check(part);
      case sql::AlterKind::kAlterCheck:
        return alter_check(part);
      case sql::AlterKind::kTiFlashReplica:
        unsupported("TIFLASH REPLICA");
      case sql::AlterKind::kCache:
      case sql::AlterKind::kNoCache:
        unsupported("ALTER TABLE ... CACHE");
      case sql::AlterKind::kPartitionBy:
      case sql::AlterKind::kAddPartitions:
        unsupported("PARTITION BY");
      default:
        unsupported("this ALTER TABLE operation");
    }
  }

  void add_options(const sql::AlterSpecification& part) {
    bool changes_collation = false;
    for (const sql::TableOption& option : part.options) {
      switch (option.kind) {
        case sql::TableOptionKind::kComment:
          push(TableCommentClause{checked_table_comment(option.text, table_.name.original, context_)});
          break;
        case sql::TableOptionKind::kAutoIncrement:
          push(RebaseAutoIdClause{static_cast<std::int64_t>(option.number), option.is_forced});
          break;
        case sql::TableOptionKind::kCharset:
        case sql::TableOptionKind::kCollate:
          changes_collation = true;
          break;
        case sql::TableOptionKind::kUnion:
          throw SqlError(ErrorCode::kTableOptionUnionUnsupported);
        case sql::TableOptionKind::kInsertMethod:
          throw SqlError(ErrorCode::kTableOptionInsertMethodUnsupported);
        case sql::TableOptionKind::kTtl:
          unsupported("TTL");
        case sql::TableOptionKind::kPlacementPolicy:
          throw SqlError(ErrorCode::kPlacementPolicyNotExists, option.text);
        default:
          break;
      }
    }
    if (changes_collation)
      push(TableCharsetClause{std::string(collation_->charset->name), std::string(collation_->name)});
  }

  // CONVERT TO: the table's default and all strings in it, as far as values stay as they are.
  void convert_charset(const sql::AlterSpecification& part) {
    const types::Collation* target =
        resolve_collation(part.charset, part.collation, types::find_collation(database_.collation));
    for (const ColumnInfo& column : table_.columns) {
      const bool has_collation = column.type.collation != nullptr && !column.type.collation->charset->is_binary();
      if (!column.is_public() || !has_collation || column.type.collation == target) continue;
      ModifyColumnClause clause;
      clause.old_name = column.name;
      clause.column = column;
      clause.column.type.collation = target;
      check_change(column, clause.column);
      push(std::move(clause));
    }
    push(TableCharsetClause{std::string(target->charset->name), std::string(target->name)});
  }

  // ---- columns ----

  ColumnPosition position_of(const sql::ColumnPosition& written) const {
    ColumnPosition position;
    if (written.kind == sql::ColumnPositionKind::kFirst) position.kind = PositionKind::kFirst;
    if (written.kind == sql::ColumnPositionKind::kAfter) {
      position.kind = PositionKind::kAfter;
      position.after = Name(written.after->column);
    }
    return position;
  }

  [[noreturn]] void unsupported_column(const ColumnInfo& column, std::string_view constraint) const {
    throw SqlError::with_message(ErrorCode::kUnsupportedDdlOperation,
                                 "unsupported add column '" + column.name.original + "' constraint " +
                                     std::string(constraint) + " when altering '" + database_.name.original + "." +
                                     table_.name.original + "'");
  }

  void add_columns(const sql::AlterSpecification& part) {
    for (const sql::ColumnDefinition& definition : part.columns) {
      check_column_qualifiers(*definition.column, database_.name.original, table_.name.original);
      BuiltColumn built = build_column(definition, collation_, context_);
      if (after_.find_column(built.column.name.lower) != nullptr) {
        if (!part.if_not_exists) throw SqlError(ErrorCode::kDupFieldname, built.column.name.original);
        note(SqlError(ErrorCode::kDupFieldname, built.column.name.original));
        continue;
      }
      if (built.column.is_generated() && built.column.generated_stored) {
        throw SqlError(ErrorCode::kUnsupportedDdlOperation,
                       "ADD COLUMN of a stored generated column through ALTER TABLE");
      }
      if (built.column.type.has_flag(field_flag::kAutoIncrement)) {
        unsupported_column(built.column, "AUTO_INCREMENT");
      }
      if (built.is_primary_key) {
        unsupported_column(built.column, "PRIMARY KEY");
      }
      for (const std::string& name : built.column.dependencies) {
        if (after_.find_column(name) == nullptr)
          throw SqlError(ErrorCode::kBadFieldError, name, "generated column function");
      }
      built.column.origin_default = origin_default_of(built, context_);
      built.column.offset = static_cast<int>(after_.columns.size());
      after_.columns.push_back(built.column);
      push(AddColumnClause{built.column, position_of(part.position)});
      for (const sql::ColumnOption* check : built.checks)
        add_check({check->name, check->expression, check->is_enforced, &built.column});
      if (built.is_unique) {
        IndexDefinition definition_of_key;
        definition_of_key.kind = sql::IndexKind::kUnique;
        definition_of_key.columns.push_back({built.column.name, built.column.offset, catalog::kFullLength});
        push_index(build_index(definition_of_key, after_, context_));
      }
    }
    for (const sql::Constraint& constraint : part.constraints) add_constraint(constraint, false);
  }

  void drop_column(const sql::AlterSpecification& part) {
    const Name name(part.column_name);
    const ColumnInfo* column = table_.find_public_column(name.lower);
    if (column == nullptr) {
      const SqlError missing(ErrorCode::kCantDropFieldOrKey, name.original);
      if (!part.if_exists) throw missing;
      note(missing);
      return;
    }
    push(DropColumnClause{name, {}});
  }

  bool is_indexed(const Name& column) const {
    return std::any_of(table_.indexes.begin(), table_.indexes.end(), [&](const IndexInfo& index) {
      return std::any_of(index.columns.begin(), index.columns.end(),
                         [&](const catalog::IndexColumn& part) { return part.name == column; });
    });
  }

  void check_change(const ColumnInfo& from, const ColumnInfo& to) const {
    // What a foreign key forbids is said before what the rows' form does.
    ModifyColumnClause change;
    change.old_name = from.name;
    change.column = to;
    check_modified_column(*context_.schema, database_.name.lower, table_, change,
                          context_.foreign_key_checks ? ForeignKeyChecks::kOn : ForeignKeyChecks::kOff);
    const std::string reason = lossy_change(from.type, to.type, is_indexed(from.name));
    if (reason.starts_with("charset from ")) {
      throw SqlError::with_message(ErrorCode::kUnsupportedDdlOperation, "Unsupported modify " + reason);
    }
    if (!reason.empty()) {
      throw SqlError(ErrorCode::kUnsupportedDdlOperation, "modify column: the change of the " + reason + " of '" +
                                                              from.name.original + "' needs a rewrite of the rows");
    }
  }

  void modify_column(const sql::AlterSpecification& part, const sql::ColumnReference& old_column) {
    const std::string_view old_name = old_column.column;
    check_column_qualifiers(old_column, database_.name.original, table_.name.original);
    check_column_qualifiers(*part.columns[0].column, database_.name.original, table_.name.original);
    const ColumnInfo* column = table_.find_public_column(catalog::to_lower(old_name));
    if (column == nullptr) {
      const SqlError missing(ErrorCode::kBadFieldError, old_name, table_.name.original);
      if (!part.if_exists) throw missing;
      note(missing);
      return;
    }
    BuiltColumn built = build_column(part.columns[0], collation_, context_);
    ColumnInfo changed = built.column;
    changed.id = column->id;
    changed.offset = column->offset;
    const std::uint32_t kept = field_flag::kPrimaryKey;
    changed.type.flags |= column->type.flags & kept;
    if (changed.type.has_flag(field_flag::kPrimaryKey)) {
      if (built.says_null) throw SqlError(ErrorCode::kPrimaryCantHaveNull);
      changed.type.set_flag(field_flag::kNotNull);
      settle_missing_default(changed);
    }
    if (changed.type.has_flag(field_flag::kAutoIncrement) && !column->type.has_flag(field_flag::kAutoIncrement)) {
      throw SqlError(ErrorCode::kUnsupportedDdlOperation, "modify column: can't set auto_increment");
    }
    if (column->type.has_flag(field_flag::kAutoIncrement) && !changed.type.has_flag(field_flag::kAutoIncrement)) {
      throw SqlError(ErrorCode::kUnsupportedDdlOperation,
                     "modify column: can't remove auto_increment without @@tidb_allow_remove_auto_inc enabled");
    }
    if (column->is_generated() != changed.is_generated() || column->generated_stored != changed.generated_stored ||
        (changed.is_generated() && changed.generated_expression != column->generated_expression &&
         column->generated_stored)) {
      throw SqlError(ErrorCode::kUnsupportedActionOnGeneratedColumn, "Changing the STORED status");
    }
    check_change(*column, changed);
    ModifyColumnClause clause;
    clause.old_name = column->name;
    clause.forbids_null = changed.type.not_null() && !column->type.not_null();
    clause.column = std::move(changed);
    clause.position = position_of(part.position);
    check_rename(*column, clause.column.name);
    if (built.is_primary_key) {
      throw SqlError::with_message(ErrorCode::kUnsupportedDdlOperation, "can't change column constraint (PRIMARY KEY)");
    }
    push(std::move(clause));
    if (built.is_unique) {
      throw SqlError::with_message(ErrorCode::kUnsupportedDdlOperation, "can't change column constraint (UNIQUE KEY)");
    }
  }

  void check_rename(const ColumnInfo& column, const Name& to) const {
    if (column.name == to) return;
    check_column_name(to.original);
    for (const ColumnInfo& other : table_.columns) {
      if (std::find(other.dependencies.begin(), other.dependencies.end(), column.name.lower) !=
          other.dependencies.end()) {
        throw SqlError(ErrorCode::kDependentByGeneratedColumn, column.name.original);
      }
    }
  }

  void rename_column(const sql::AlterSpecification& part) {
    const ColumnInfo* column = table_.find_public_column(catalog::to_lower(part.column_name));
    if (column == nullptr) throw SqlError(ErrorCode::kBadFieldError, part.column_name, table_.name.original);
    ModifyColumnClause clause;
    clause.old_name = column->name;
    clause.column = *column;
    clause.column.name = Name(part.new_name);
    check_rename(*column, clause.column.name);
    push(std::move(clause));
  }

  const ColumnInfo& existing_column(std::string_view name) const {
    const ColumnInfo* column = table_.find_public_column(catalog::to_lower(name));
    if (column == nullptr) throw SqlError(ErrorCode::kBadFieldError, name, table_.name.original);
    return *column;
  }

  void set_column_default(const sql::AlterSpecification& part) {
    ColumnInfo column = existing_column(part.column_name);
    set_default(column, *part.expression, part.expression->is_parenthesised, context_);
    if (!column.default_value.has_value() && column.type.not_null())
      throw SqlError(ErrorCode::kInvalidDefault, column.name.original);
    push(SetDefaultClause{column.name, column.default_value, column.default_is_expression, false});
  }

  void drop_column_default(const sql::AlterSpecification& part) {
    const ColumnInfo& column = existing_column(part.column_name);
    push(SetDefaultClause{column.name, std::nullopt, false, true});
  }

  // ---- indexes ----

  void push_index(IndexInfo index) {
    after_.indexes.push_back(index);
    push(AddIndexClause{std::move(index)});
  }

  void add_constraint(const sql::Constraint& constraint, bool if_not_exists) {
    if (constraint.kind == sql::IndexKind::kForeignKey) return add_foreign_key(constraint, if_not_exists);
    if (constraint.kind == sql::IndexKind::kCheck) {
      const std::string_view name = constraint.constraint_name.empty() ? constraint.name : constraint.constraint_name;
      return add_check({name, constraint.check, constraint.is_enforced, nullptr});
    }
    if (constraint.kind == sql::IndexKind::kFullText) {
      if (context_.warnings != nullptr) context_.warnings->append(SqlError(ErrorCode::kTableCantHandleFt));
      return;
    }
    const IndexDefinition definition = index_definition(constraint);
    const bool may_exist = if_not_exists || constraint.if_not_exists;
    if (may_exist && !definition.name.empty() && table_.find_index(definition.name.lower) != nullptr) {
      note(SqlError(ErrorCode::kDupKeyname, definition.name.original));
      return;
    }
    if (constraint.kind == sql::IndexKind::kPrimaryKey) return add_primary_key(definition);
    push_index(build_index(definition, after_, context_));
  }

  // ---- checks ----

  /// As in TiDB: without the switch the clause is left out with a warning.
  bool handles_checks() const {
    if (!context_.keeps_checks) warn_of_check_switch(context_);
    return context_.keeps_checks;
  }

  void add_check(const CheckDefinition& definition) {
    if (!handles_checks()) return;
    catalog::ConstraintInfo check = build_check(definition, after_);
    after_.constraints.push_back(check);
    check.id = 0;
    push(AddCheckClause{std::move(check)});
  }

  auto find_check(std::string_view name) const {
    return std::find_if(after_.constraints.begin(), after_.constraints.end(),
                        [&](const catalog::ConstraintInfo& check) { return check.name == Name(name); });
  }

  void drop_check(const sql::AlterSpecification& part) {
    if (!handles_checks()) return;
    const auto found = find_check(part.name);
    if (found == after_.constraints.end()) {
      const SqlError missing(ErrorCode::kCheckConstraintNotFound, part.name);
      if (!part.if_exists) throw missing;
      note(missing);
      return;
    }
    push(DropCheckClause{found->name});
    after_.constraints.erase(found);
  }

  bool has_key(std::string_view name) const {
    const Name key(name);
    if (key.lower == "primary") return table_.has_clustered_primary_key() || table_.primary_index() != nullptr;
    const IndexInfo* const index = table_.find_index(key.lower);
    return index != nullptr && index->unique && index->is_public();
  }

  bool has_foreign_key(std::string_view name) const {
    return std::any_of(after_.foreign_keys.begin(), after_.foreign_keys.end(),
                       [&](const catalog::ForeignKeyInfo& key) { return key.name == Name(name); });
  }

  /// DROP CONSTRAINT: a check, a foreign key, a unique or primary key.
  void drop_constraint(const sql::AlterSpecification& part) {
    const bool is_check = find_check(part.name) != after_.constraints.end();
    const bool is_foreign_key = has_foreign_key(part.name);
    const bool is_key = has_key(part.name);
    if (int{is_check} + int{is_foreign_key} + int{is_key} > 1)
      throw SqlError(ErrorCode::kMultipleConstraintsWithSameName, part.name, "DROP");
    if (is_check) return drop_check(part);
    if (is_foreign_key) return drop_foreign_key(part.name, false);
    if (is_key) return drop_index(part.name, false);
    const SqlError missing(ErrorCode::kConstraintNotFound, part.name);
    if (!part.if_exists) throw missing;
    note(missing);
  }

  void alter_check(const sql::AlterSpecification& part) {
    const auto found = find_check(part.name);
    if (found == after_.constraints.end()) {
      if (part.names_any_constraint && (has_foreign_key(part.name) || has_key(part.name)))
        throw SqlError(ErrorCode::kAlterConstraintEnforcementNotSupported, part.name);
      throw SqlError(part.names_any_constraint ? ErrorCode::kConstraintNotFound : ErrorCode::kCheckConstraintNotFound,
                     part.name);
    }
    if (handles_checks() && found->enforced != part.is_enforced) push(AlterCheckClause{found->name, part.is_enforced});
  }

  // ---- foreign keys ----

  void add_foreign_key(const sql::Constraint& constraint, bool if_not_exists) {
    const std::string_view name = constraint.constraint_name.empty() ? constraint.name : constraint.constraint_name;
    const auto has_name = [&](const catalog::ForeignKeyInfo& key) { return key.name == Name(name); };
    if (if_not_exists && std::any_of(table_.foreign_keys.begin(), table_.foreign_keys.end(), has_name)) {
      note(SqlError(ErrorCode::kFkDupName, name));
      return;
    }
    catalog::ForeignKeyInfo key = build_foreign_key(constraint, after_, database_, context_.enforces_foreign_keys);
    if (std::optional<IndexInfo> index = missing_index(key, after_, context_)) push_index(std::move(*index));
    after_.foreign_keys.push_back(key);
    push(AddForeignKeyClause{std::move(key)});
  }

  void drop_foreign_key(std::string_view name, bool if_exists) {
    const auto found = std::find_if(after_.foreign_keys.begin(), after_.foreign_keys.end(),
                                    [&](const catalog::ForeignKeyInfo& key) { return key.name == Name(name); });
    if (found == after_.foreign_keys.end()) {
      const SqlError missing(ErrorCode::kCantDropFieldOrKey, name);
      if (!if_exists) throw missing;
      note(missing);
      return;
    }
    push(DropForeignKeyClause{found->name});
    after_.foreign_keys.erase(found);
  }

  void add_primary_key(const IndexDefinition& definition) {
    if (definition.clustering == sql::Clustering::kClustered) {
      throw SqlError::with_message(ErrorCode::kUnsupportedDdlOperation,
                                   "Adding clustered primary key is not supported. Please consider adding "
                                   "NONCLUSTERED primary key instead");
    }
    if (table_.has_clustered_primary_key() || table_.primary_index() != nullptr)
      throw SqlError(ErrorCode::kMultiplePriKey);
    IndexInfo index = build_index(definition, after_, context_);
    for (const catalog::IndexColumn& part : index.columns) {
      const ColumnInfo* column = table_.find_public_column(part.name.lower);
      if (column == nullptr || column->type.not_null()) continue;
      // A primary key forbids NULL: the rows are checked in the same job.
      ModifyColumnClause clause;
      clause.old_name = column->name;
      clause.column = *column;
      clause.column.type.set_flag(field_flag::kNotNull);
      settle_missing_default(clause.column);
      clause.forbids_null = true;
      push(std::move(clause));
    }
    push_index(std::move(index));
  }

  void drop_index(std::string_view name, bool if_exists) {
    const Name index_name(name);
    const IndexInfo* index = table_.find_index(index_name.lower);
    const bool is_handle = table_.pk_is_handle && index_name.lower == "primary";
    if (is_handle)
      throw SqlError(ErrorCode::kUnsupportedDdlOperation, "drop primary key when the table is using clustered index");
    if (index == nullptr || !index->is_public()) {
      const SqlError missing(ErrorCode::kCantDropFieldOrKey,
                             index_name.lower == "primary" ? std::string("PRIMARY") : index_name.original);
      if (!if_exists) throw missing;
      note(missing);
      return;
    }
    push(DropIndexClause{index_name});
  }

  const TableInfo& table_;
  const catalog::DatabaseInfo& database_;
  const StatementContext& context_;
  const types::Collation* collation_ = nullptr;
  TableInfo after_;  // with what earlier parts add, so that later ones can refer to it
  AlterPlan plan_;
};

}  // namespace

std::string lossy_change(const FieldType& from, const FieldType& to, bool is_indexed) {
  if (from.is_integer() && to.is_integer()) {
    if (from.is_unsigned() != to.is_unsigned()) return "sign";
    return integer_rank(to.code) >= integer_rank(from.code) ? "" : "length";
  }
  if (from.is_string() && to.is_string()) return lossy_string_change(from, to, is_indexed);
  if (from.code != to.code)
    return from.code == TypeCode::kFloat && to.code == TypeCode::kDouble && !is_indexed ? "" : "type";
  switch (from.code) {
    case TypeCode::kNewDecimal:
      return from.flen == to.flen && from.decimals == to.decimals && from.is_unsigned() == to.is_unsigned()
                 ? ""
                 : "precision";
    case TypeCode::kEnum:
    case TypeCode::kSet:
      if (from.collation != to.collation) return "collation";
      return begins_with(*to.elements, *from.elements) ? "" : "labels";
    case TypeCode::kBit:
      return to.flen >= from.flen ? "" : "length";
    case TypeCode::kDatetime:
    case TypeCode::kTimestamp:
    case TypeCode::kDuration:
      return to.fsp() >= from.fsp() ? "" : "precision";
    case TypeCode::kFloat:
    case TypeCode::kDouble:
      return from.flen == to.flen && from.decimals == to.decimals && from.is_unsigned() == to.is_unsigned()
                 ? ""
                 : "precision";
    default:
      return "";
  }
}

AlterPlan build_alter(const sql::AlterTableStatement& statement, const TableInfo& table,
                      const catalog::DatabaseInfo& database, const StatementContext& context) {
  AlterPlan plan = AlterBuilder(statement, table, database, context).take();
  if (!plan.clauses.empty()) check_clauses(table, plan.clauses);
  return plan;
}

AddIndexClause build_add_index(const sql::Constraint& constraint, const TableInfo& table,
                               const StatementContext& context) {
  return AddIndexClause{build_index(index_definition(constraint), table, context)};
}

}  // namespace sluice::ddl
