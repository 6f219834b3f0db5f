#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "catalog/schema.h"
#include "ddl/job.h"
#include "types/field_type.h"
#include "types/sql_mode.h"
#include "types/value.h"

namespace sluice {
class WarningList;
}
namespace sluice::sql {
struct CreateViewStatement;
struct Expression;
}  // namespace sluice::sql
namespace sluice::types {
class TimeZone;
}

namespace sluice::ddl {

/// What a view's SELECT gives, as its owner's session resolves it.
struct ViewDescription {
  struct Column {
    std::string name;
    types::FieldType type;
  };
  std::vector<Column> columns;  // of the SELECT; the view's own column list is applied by the builder
  std::string select;           // the SELECT in restored form, all tables with their database
  std::string definer_user;
  std::string definer_host;
};

/// The session's side of a statement that changes the schema. Borrows everything; one thread.
struct StatementContext {
  catalog::SchemaPtr schema;
  std::string current_database;  // empty: none selected
  types::SqlMode sql_mode = types::SqlMode::standard();
  const types::TimeZone* time_zone = nullptr;  // null: UTC
  std::int64_t statement_time_us = 0;          // UTC
  WarningList* warnings = nullptr;
  std::string query;  // text shown in job lists
  ReorganizationSettings settings;
  enum class Clustering : std::uint8_t { kNever, kIntegers, kAlways };
  Clustering clustering = Clustering::kAlways;  // of primary keys that do not say: tidb_enable_clustered_index
  bool keeps_checks = false;          // tidb_enable_check_constraint; else CHECK is parsed and left out with a warning
  bool foreign_key_checks = true;     // of the session
  bool enforces_foreign_keys = true;  // tidb_enable_foreign_key: what new foreign keys are
  struct Evaluated {
    types::Value value;
    types::FieldType type;
  };
  /// The value of an expression without columns, for ADD COLUMN ... DEFAULT (expression).
  std::function<Evaluated(const sql::Expression&)> evaluate;
  /// Needed by CREATE VIEW only.
  std::function<ViewDescription(const sql::CreateViewStatement&)> describe_view;
};

}  // namespace sluice::ddl
