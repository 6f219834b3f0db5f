#include "ddl/table_builder.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/sql_error.h"
#include "base/warnings.h"
#include "ddl/alter_table.h"
#include "ddl/check_builder.h"
#include "ddl/column_builder.h"
#include "ddl/foreign_key_builder.h"
#include "ddl/index_builder.h"
#include "types/charset.h"
#include "types/collation.h"

namespace sluice::ddl {
namespace {

using catalog::ColumnInfo;
using catalog::IndexInfo;
using catalog::Name;
using catalog::TableInfo;
namespace field_flag = types::field_flag;

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestComment = 2048;

class TableBuilder {
 public:
  TableBuilder(const sql::CreateTableStatement& statement, const catalog::DatabaseInfo& database,
               const StatementContext& context)
      : statement_(statement), database_(database), context_(context) {}

  TableInfo build() {
    check_table_name(statement_.table.name);
    table_.name = Name(statement_.table.name);
    apply_collation();
    add_columns();
    apply_options();
    add_keys();
    add_foreign_keys();
    add_checks();
    check_auto_increment();
    check_invisible_primary_key(table_);
    refresh_derived(table_);
    return std::move(table_);
  }

 private:
  void apply_collation() {
    collation_ = collation_of_options(statement_.options, types::find_collation(database_.collation));
    table_.charset = collation_->charset->name;
    table_.collation = collation_->name;
  }

  void apply_options() {
    for (const sql::TableOption& option : statement_.options) {
      switch (option.kind) {
        case sql::TableOptionKind::kComment:
          table_.comment = checked_table_comment(option.text, table_.name.original, context_);
          break;
        case sql::TableOptionKind::kAutoIncrement:
          table_.auto_increment_base = static_cast<std::int64_t>(option.number);
          break;
        case sql::TableOptionKind::kAutoIdCache:
          table_.auto_id_cache = static_cast<std::int64_t>(option.number);
          break;
        case sql::TableOptionKind::kAutoRandomBase:
        case sql::TableOptionKind::kTtl:
        case sql::TableOptionKind::kTtlEnable:
        case sql::TableOptionKind::kTtlJobInterval:
        case sql::TableOptionKind::kSequence:
          throw SqlError(ErrorCode::kNotSupportedYet, "this table option");
        case sql::TableOptionKind::kUnion:
          throw SqlError(ErrorCode::kTableOptionUnionUnsupported);
        case sql::TableOptionKind::kInsertMethod:
          throw SqlError(ErrorCode::kTableOptionInsertMethodUnsupported);
        case sql::TableOptionKind::kPlacementPolicy:
          throw SqlError(ErrorCode::kPlacementPolicyNotExists, option.text);
        default:
          break;  // about how another engine stores the table
      }
    }
  }

  void add_columns() {
    if (statement_.columns.empty()) throw SqlError(ErrorCode::kTableMustHaveColumns);
    if (statement_.columns.size() > kMostColumns) throw SqlError(ErrorCode::kTooManyFields);
    for (const sql::ColumnDefinition& definition : statement_.columns) {
      check_column_qualifiers(*definition.column, database_.name.original, table_.name.original);
      BuiltColumn built = build_column(definition, collation_, context_);
      if (table_.find_column(built.column.name.lower) != nullptr)
        throw SqlError(ErrorCode::kDupFieldname, built.column.name.original);
      built.column.id = ++table_.max_column_id;
      built.column.offset = static_cast<int>(table_.columns.size());
      table_.columns.push_back(built.column);
      built_.push_back(std::move(built));
    }
    for (const BuiltColumn& built : built_) {
      for (const std::string& name : built.column.dependencies) check_dependency(built.column, name);
    }
  }

  void check_dependency(const ColumnInfo& column, const std::string& name) {
    const ColumnInfo* used = table_.find_column(name);
    if (used == nullptr) throw SqlError(ErrorCode::kBadFieldError, name, "generated column function");
    if (used->type.has_flag(field_flag::kAutoIncrement))
      throw SqlError(ErrorCode::kGeneratedColumnRefAutoInc, column.name.original);
    if (used->is_generated() && used->offset >= column.offset) throw SqlError(ErrorCode::kGeneratedColumnNonPrior);
  }

  // Primary key first, then unique keys, then the others, each in the order written: the order of ids and of SHOW.
  void add_keys() {
    std::vector<IndexDefinition> primary;
    std::vector<IndexDefinition> unique;
    std::vector<IndexDefinition> plain;
    for (const BuiltColumn& built : built_) {
      IndexDefinition definition;
      definition.columns.push_back({built.column.name, built.column.offset, catalog::kFullLength});
      if (built.is_primary_key) {
        definition.kind = sql::IndexKind::kPrimaryKey;
        definition.clustering = built.clustering;
        primary.push_back(definition);
      }
      if (built.is_unique && !built.is_primary_key) {
        definition.kind = sql::IndexKind::kUnique;
        unique.push_back(definition);
      }
    }
    for (const sql::Constraint& constraint : statement_.constraints) {
      switch (constraint.kind) {
        case sql::IndexKind::kForeignKey:
        case sql::IndexKind::kCheck:
          break;
        case sql::IndexKind::kPrimaryKey:
          primary.push_back(index_definition(constraint));
          break;
        case sql::IndexKind::kUnique:
          unique.push_back(index_definition(constraint));
          break;
        case sql::IndexKind::kFullText:
          if (context_.warnings != nullptr) context_.warnings->append(SqlError(ErrorCode::kTableCantHandleFt));
          break;
        default:
          plain.push_back(index_definition(constraint));
          break;
      }
    }
    if (primary.size() > 1) throw SqlError(ErrorCode::kMultiplePriKey);
    if (primary.size() + unique.size() + plain.size() > kMostIndexes)
      throw SqlError(ErrorCode::kTooManyKeys, kMostIndexes);
    for (const IndexDefinition& definition : primary) add_primary_key(definition);
    // Names that are written win over names that are made up.
    std::vector<IndexDefinition> secondary = std::move(unique);
    secondary.insert(secondary.end(), plain.begin(), plain.end());
    reserve_names(secondary);
    for (const IndexDefinition& definition : secondary) add_index(build_index(definition, table_, context_));
  }

  static void reserve_names(std::vector<IndexDefinition>& definitions) {
    auto is_taken = [&](const std::string& lower) {
      return std::any_of(definitions.begin(), definitions.end(),
                         [&](const IndexDefinition& other) { return other.name.lower == lower; });
    };
    for (IndexDefinition& definition : definitions) {
      if (!definition.name.empty()) continue;
      const Name& first = definition.columns[0].name;
      Name name(first.lower == "primary" ? "primary_2" : std::string_view(first.original));
      for (int number = 2; is_taken(name.lower); ++number) name = Name(first.original + "_" + std::to_string(number));
      definition.name = name;
    }
  }

  void add_index(IndexInfo index) {
    index.id = ++table_.max_index_id;
    index.state = catalog::SchemaState::kPublic;
    table_.indexes.push_back(std::move(index));
  }

  void add_primary_key(const IndexDefinition& definition) {
    IndexInfo index = build_index(definition, table_, context_);
    for (const catalog::IndexColumn& part : index.columns) {
      const BuiltColumn& built = built_[static_cast<std::size_t>(part.offset)];
      if (built.says_null || built.defaults_to_null) throw SqlError(ErrorCode::kPrimaryCantHaveNull);
      if (built.column.is_virtual())
        throw SqlError(ErrorCode::kUnsupportedActionOnGeneratedColumn,
                       "Defining a virtual generated column as primary key");
      ColumnInfo& column = table_.columns[static_cast<std::size_t>(part.offset)];
      const bool was_nullable = !column.type.not_null();
      column.type.set_flag(field_flag::kPrimaryKey | field_flag::kNotNull);
      if (was_nullable) settle_missing_default(column);
    }
    const ColumnInfo& first = table_.columns[static_cast<std::size_t>(index.columns[0].offset)];
    const bool is_integer = index.columns.size() == 1 && first.type.is_integer();
    using Clustering = StatementContext::Clustering;
    const bool by_default =
        context_.clustering == Clustering::kAlways || (context_.clustering == Clustering::kIntegers && is_integer);
    const bool is_clustered = definition.clustering == sql::Clustering::kClustered ||
                              (definition.clustering == sql::Clustering::kNotWritten && by_default);
    if (!is_clustered) {
      add_index(std::move(index));
      return;
    }
    if (is_integer) {
      table_.pk_is_handle = true;
      return;
    }
    table_.is_common_handle = true;
    add_index(std::move(index));
  }

  void add_foreign_keys() {
    for (const sql::Constraint& constraint : statement_.constraints) {
      if (constraint.kind != sql::IndexKind::kForeignKey) continue;
      catalog::ForeignKeyInfo key = build_foreign_key(constraint, table_, database_, context_.enforces_foreign_keys);
      if (std::optional<IndexInfo> index = missing_index(key, table_, context_)) add_index(std::move(*index));
      table_.foreign_keys.push_back(std::move(key));
    }
  }

  // The table's own first, then those of columns: the order in which names are made up.
  void add_checks() {
    for (const sql::Constraint& constraint : statement_.constraints) {
      if (constraint.kind != sql::IndexKind::kCheck) continue;
      const std::string_view name = constraint.constraint_name.empty() ? constraint.name : constraint.constraint_name;
      add_check({name, constraint.check, constraint.is_enforced, nullptr});
    }
    for (const BuiltColumn& built : built_) {
      for (const sql::ColumnOption* option : built.checks)
        add_check({option->name, option->expression, option->is_enforced, &built.column});
    }
  }

  void add_check(const CheckDefinition& definition) {
    if (context_.keeps_checks) {
      table_.constraints.push_back(build_check(definition, table_));
    } else {
      warn_of_check_switch(context_);
    }
  }

  void check_auto_increment() {
    int count = 0;
    for (const ColumnInfo& column : table_.columns) {
      if (!column.type.has_flag(field_flag::kAutoIncrement)) continue;
      const bool is_handle = table_.handle_column() == &column;
      const bool leads_index = std::any_of(table_.indexes.begin(), table_.indexes.end(), [&](const IndexInfo& index) {
        return index.columns[0].name == column.name;
      });
      if (++count > 1 || (!is_handle && !leads_index)) throw SqlError(ErrorCode::kWrongAutoKey);
    }
  }

  const sql::CreateTableStatement& statement_;
  const catalog::DatabaseInfo& database_;
  const StatementContext& context_;
  const types::Collation* collation_ = nullptr;
  std::vector<BuiltColumn> built_;
  TableInfo table_;
};

}  // namespace

void check_invisible_primary_key(const TableInfo& table) {
  if (table.pk_is_handle) return;
  const auto forbids_null = [&](const catalog::IndexColumn& part) {
    return table.columns[static_cast<std::size_t>(part.offset)].type.not_null();
  };
  const IndexInfo* key = table.primary_index();
  for (const IndexInfo& index : table.indexes) {
    if (key != nullptr) break;
    if (index.unique && std::all_of(index.columns.begin(), index.columns.end(), forbids_null)) key = &index;
  }
  if (key != nullptr && key->invisible) throw SqlError(ErrorCode::kPkIndexCantBeInvisible);
}

const types::Collation* collation_of_options(sql::List<sql::TableOption> options, const types::Collation* fallback) {
  const types::Collation* collation = fallback;
  const types::Charset* written = nullptr;
  for (const sql::TableOption& option : options) {
    if (option.text == "default") continue;
    if (option.kind == sql::TableOptionKind::kCharset) {
      const types::Collation* const named = resolve_collation(option.text, {}, collation);
      if (written != nullptr && written != named->charset) {
        const auto clause = [](const types::Charset& charset) { return "CHARACTER SET " + std::string(charset.name); };
        throw SqlError(ErrorCode::kConflictingDeclarations, clause(*written), clause(*named->charset));
      }
      if (written == nullptr) collation = named;
      written = named->charset;
    } else if (option.kind == sql::TableOptionKind::kCollate) {
      const std::string_view charset = written == nullptr ? std::string_view() : written->name;
      collation = resolve_collation(charset, option.text, collation);
      written = collation->charset;
    }
  }
  return collation;
}

std::string checked_table_comment(std::string_view comment, std::string_view table, const StatementContext& context) {
  return checked_comment(comment, kLongestComment, SqlError(ErrorCode::kTooLongTableComment, table, kLongestComment),
                         context);
}

void check_table_name(std::string_view name) {
  if (name.empty() || name.back() == ' ') throw SqlError(ErrorCode::kWrongTableName, name);
  if (types::utf8mb4_charset()->length(name) > kLongestName) throw SqlError(ErrorCode::kTooLongIdent, name);
}

const types::Collation* resolve_collation(std::string_view charset, std::string_view collation,
                                          const types::Collation* fallback) {
  const types::Collation* found = fallback != nullptr ? fallback : types::default_collation();
  if (!charset.empty() && charset != "default") {
    const types::Charset* set = types::find_charset(charset);
    if (set == nullptr) throw SqlError(ErrorCode::kUnknownCharacterSet, charset);
    found = set->default_collation();
  }
  if (collation.empty() || collation == "default") return found;
  const types::Collation* named = types::find_collation(collation);
  if (named == nullptr) types::throw_unknown_collation(collation);
  if (!charset.empty() && charset != "default" && named->charset != found->charset) {
    throw SqlError(ErrorCode::kCollationCharsetMismatch, named->name, found->charset->name);
  }
  return named;
}

TableInfo build_table(const sql::CreateTableStatement& statement, const catalog::DatabaseInfo& database,
                      const StatementContext& context) {
  if (statement.temporary != sql::TemporaryTable::kNone)
    throw SqlError(ErrorCode::kNotSupportedYet, "CREATE TEMPORARY TABLE");
  if (statement.partition != nullptr) throw SqlError(ErrorCode::kNotSupportedYet, "PARTITION BY");
  if (statement.query != nullptr) {
    throw SqlError::with_message(ErrorCode::kUnknownError, "'CREATE TABLE ... SELECT' is not implemented yet");
  }
  return TableBuilder(statement, database, context).build();
}

TableInfo build_table_like(const TableInfo& source, std::string_view name) {
  check_table_name(name);
  TableInfo table = source;
  table.id = 0;
  table.name = Name(name);
  table.foreign_keys.clear();
  table.auto_increment_base = 0;
  table.old_schema_id = 0;
  table.update_timestamp = 0;
  std::erase_if(table.columns, [](const ColumnInfo& column) { return !column.is_public(); });
  std::erase_if(table.indexes, [](const IndexInfo& index) { return !index.is_public(); });
  for (IndexInfo& index : table.indexes) index.usable_from = 0;
  // Names of checks are the database's, so the copy makes up its own.
  std::erase_if(table.constraints, [](const catalog::ConstraintInfo& check) { return !check.is_shown(); });
  for (std::size_t i = 0; i < table.constraints.size(); ++i) {
    table.constraints[i].state = catalog::SchemaState::kPublic;
    table.constraints[i].name = Name(table.name.original + "_chk_" + std::to_string(i + 1));
    table.constraints[i].table_name = table.name;
  }
  // Rows of the new table all have their values.
  refresh_derived(table);
  return table;
}

}  // namespace sluice::ddl
