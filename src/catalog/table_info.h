#pragma once

#include "catalog/column_info.h"
#include "catalog/index_info.h"
#include "catalog/name.h"
#include "catalog/schema_state.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::catalog {

/// A CHECK constraint. While a schema change makes the rows fit it, its state is not kPublic: a new one is `enforced` then, one that was
/// there NOT ENFORCED still is not.
struct ConstraintInfo {
  std::int64_t id = 0;
  Name name;
  Name table_name;
  std::vector<Name> columns;
  bool enforced = true;
  bool in_column = false;
  std::string expression;
  SchemaState state = SchemaState::kPublic;

  /// Whether statements refuse rows that violate it.
  bool binds_statements() const noexcept { return is_written(state) && (enforced || state != SchemaState::kPublic); }
  /// Whether users see it.
  bool is_shown() const noexcept { return state == SchemaState::kPublic || !enforced; }
};

enum class ReferenceAction : std::uint8_t {
  kNone = 0,
  kRestrict = 1,
  kCascade = 2,
  kSetNull = 3,
  kNoAction = 4,
  kSetDefault = 5
};

/// A foreign key. version 0: known to the schema only; 1: enforced.
struct ForeignKeyInfo {
  std::int64_t id = 0;
  Name name;
  Name referenced_schema;
  Name referenced_table;
  std::vector<Name> referenced_columns;
  std::vector<Name> columns;
  ReferenceAction on_delete = ReferenceAction::kNone;
  ReferenceAction on_update = ReferenceAction::kNone;
  SchemaState state = SchemaState::kPublic;
  int version = 0;
};

enum class ViewAlgorithm : std::uint8_t { kUndefined = 0, kMerge = 1, kTemptable = 2 };
enum class ViewSecurity : std::uint8_t { kDefiner = 0, kInvoker = 1 };
enum class ViewCheckOption : std::uint8_t { kLocal = 0, kCascaded = 1 };

struct ViewInfo {
  ViewAlgorithm algorithm = ViewAlgorithm::kUndefined;
  std::string definer_user;
  std::string definer_host;
  ViewSecurity security = ViewSecurity::kDefiner;
  std::string select;  // the SELECT in restored form, all names qualified
  ViewCheckOption check_option = ViewCheckOption::kCascaded;
  std::vector<Name> columns;
};

/// A table or view; stored under DB:<db>/Table:<id> (TIDB-FACTS sections 3.1, 3.3). A plain value; shared schema
/// versions hold it const.
struct TableInfo {
  std::int64_t id = 0;
  Name name;
  std::string charset;
  std::string collation;
  std::vector<ColumnInfo> columns;  // in offset order; columns that are not public are at the end
  std::vector<IndexInfo> indexes;
  std::vector<ConstraintInfo> constraints;
  std::vector<ForeignKeyInfo> foreign_keys;
  SchemaState state = SchemaState::kNone;
  bool pk_is_handle = false;      // clustered: the handle is the single integer primary key column
  bool is_common_handle = false;  // clustered: the handle is the encoded primary key
  int common_handle_version = 1;
  std::string comment;
  std::int64_t auto_increment_base = 0;  // as of AUTO_INCREMENT=n; the live counter is in the meta hash
  std::int64_t auto_id_cache = 0;
  std::int64_t max_column_id = 0;
  std::int64_t max_index_id = 0;
  std::int64_t max_foreign_key_id = 0;
  std::int64_t max_constraint_id = 0;
  std::uint64_t update_timestamp = 0;  // start timestamp of the last schema change
  std::int64_t old_schema_id = 0;      // database of creation if it was renamed into another one: names the counters
  int version = 5;
  std::uint64_t revision = 0;
  std::optional<ViewInfo> view;

  bool is_view() const noexcept { return view.has_value(); }
  bool has_clustered_primary_key() const noexcept { return pk_is_handle || is_common_handle; }
  bool has_hidden_row_id() const noexcept { return !is_view() && !has_clustered_primary_key(); }

  /// The column named `lower_name` (lower case) in any state; nullptr if there is none.
  const ColumnInfo* find_column(std::string_view lower_name) const noexcept;
  ColumnInfo* find_column(std::string_view lower_name) noexcept;
  const ColumnInfo* find_column(std::int64_t column_id) const noexcept;
  /// The same among public columns only.
  const ColumnInfo* find_public_column(std::string_view lower_name) const noexcept;

  /// The index named `lower_name` in any state; nullptr if there is none. The primary key's name is "primary".
  const IndexInfo* find_index(std::string_view lower_name) const noexcept;
  IndexInfo* find_index(std::string_view lower_name) noexcept;
  const IndexInfo* find_index(std::int64_t index_id) const noexcept;
  IndexInfo* find_index(std::int64_t index_id) noexcept;
  /// The index that is the primary key (clustered by more than one integer, or not clustered); nullptr if there is none.
  const IndexInfo* primary_index() const noexcept;

  /// The integer primary key column of a pk_is_handle table; nullptr for other tables.
  const ColumnInfo* handle_column() const noexcept;
  /// The AUTO_INCREMENT column; nullptr if there is none.
  const ColumnInfo* auto_increment_column() const noexcept;

  /// Whether `index` has entries of its own in storage: all but the primary key of a common-handle table.
  bool is_stored(const IndexInfo& index) const noexcept { return !(is_common_handle && index.primary); }

  std::size_t public_column_count() const noexcept;
};

}  // namespace sluice::catalog
