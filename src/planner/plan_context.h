/// What the planner needs to know about the world, given by the session for one statement.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_token.h"
#include "base/warnings.h"
#include "expression/build_context.h"
#include "expression/eval_context.h"
#include "sql/restore.h"
#include "types/field_type.h"
#include "types/value.h"

namespace sluice::catalog {
class Schema;
struct TableInfo;
class StatisticsCache;
}  // namespace sluice::catalog

namespace sluice::planner {

struct PhysicalPlan;

/// Session variables that steer planning. Names are those of the variables.
struct PlannerSettings {
  std::uint64_t sql_select_limit = UINT64_MAX;
  bool tidb_opt_prefer_range_scan = true;
  bool tidb_opt_limit_push_down = true;
  bool tidb_enable_null_aware_anti_join = true;
  bool tidb_opt_insubq_to_join_and_agg = true;
  bool tidb_enable_index_merge_join = false;
  bool tidb_opt_enable_hash_join = true;
  bool tidb_enable_table_scan = true;
  int tidb_opt_join_reorder_threshold = 0;
  std::int64_t cte_max_recursion_depth = 1000;
  int index_lookup_concurrency = 4;
  int executor_concurrency = 5;
  bool sql_safe_updates = false;  // UPDATE and DELETE read by a range wherever they can
  friend bool operator==(const PlannerSettings&, const PlannerSettings&) = default;
};

/// Runs an uncorrelated subquery while its statement is planned.
class SubqueryEvaluator {
 public:
  virtual ~SubqueryEvaluator() = default;
  /// Returns the plan's rows, at most `max_rows`. Throws what execution throws.
  virtual std::vector<std::vector<types::Value>> evaluate(const PhysicalPlan& plan, std::size_t max_rows,
                                                          StopToken stop) = 0;
};

/// Finds the computed tables (those of information_schema and its like, and some of mysql), which have no schema version.
class MemoryTables {
 public:
  virtual ~MemoryTables() = default;
  /// Whether `database` (any case) is one whose tables are all computed.
  virtual bool is_memory_database(std::string_view database) const = 0;
  /// The table, or nullptr. Names in any case.
  virtual std::shared_ptr<const catalog::TableInfo> find(std::string_view database, std::string_view table) const = 0;
};

/// Everything borrowed here outlives the call of optimize(); the resulting plan keeps none of it but the shared table descriptions.
struct PlanContext {
  std::shared_ptr<const catalog::Schema> schema;
  const MemoryTables* memory_tables = nullptr;           // may be null: no such tables
  const catalog::StatisticsCache* statistics = nullptr;  // may be null: pseudo statistics everywhere
  std::string current_database;                          // empty: none selected
  expression::EvalContext* eval = nullptr;               // for folding; holds parameters, time zone, SQL mode, warnings
  expression::BuildContext build;           // only connection_collation counts: the rest is taken from `eval`
  SubqueryEvaluator* subqueries = nullptr;  // may be null: scalar subqueries become joins
  PlannerSettings settings;
  std::vector<types::FieldType> parameter_types;  // of eval->parameters; empty: taken from the values
  std::uint64_t read_timestamp = UINT64_MAX;      // of the statement's snapshot: indexes younger than it are not read
  /// CREATE VIEW: only names and types matter, and the select lists are wanted as they were resolved. Null otherwise.
  sql::ResolvedLists* resolved_lists = nullptr;
  StopToken stop;
};

/// A privilege that the statement needs. Empty `table`: on the database; empty `column`: on the table.
struct PrivilegeRequirement {
  std::string database;
  std::string table;
  std::string privilege;  // "SELECT", "INSERT", "UPDATE", "DELETE"
  friend bool operator==(const PrivilegeRequirement&, const PrivilegeRequirement&) = default;
};

/// What hints of the whole statement ask of the session.
struct StatementHints {
  std::optional<std::uint64_t> max_execution_time_ms;
  std::optional<std::int64_t> memory_quota_bytes;
  std::vector<std::pair<std::string, std::string>> set_var;
};

}  // namespace sluice::planner
