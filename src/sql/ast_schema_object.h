#pragma once
// Databases, views, sequences, placement policies, resource groups, extended statistics.

#include "sql/ast_ddl.h"

namespace sluice::sql {

enum class DatabaseOptionKind : std::uint8_t { kCharset, kCollate, kEncryption, kPlacementPolicy, kTiFlashReplica };

struct DatabaseOption {
  DatabaseOptionKind kind = DatabaseOptionKind::kCharset;
  std::string_view text;    // charset and collation in lower case
  bool is_default = false;  // PLACEMENT POLICY DEFAULT
  std::uint64_t number = 0;
  List<std::string_view> labels;
};

struct CreateDatabaseStatement : StatementOf<StatementKind::kCreateDatabase> {
  bool if_not_exists = false;
  Name name;
  List<DatabaseOption> options;
};

struct AlterDatabaseStatement : StatementOf<StatementKind::kAlterDatabase> {
  Name name;  // empty: the current one
  List<DatabaseOption> options;
};

struct DropDatabaseStatement : StatementOf<StatementKind::kDropDatabase> {
  bool if_exists = false;
  Name name;
};

enum class ViewAlgorithm : std::uint8_t { kUndefined, kMerge, kTempTable };
enum class ViewSecurity : std::uint8_t { kDefiner, kInvoker };
enum class ViewCheckOption : std::uint8_t { kNotWritten, kLocal, kCascaded };

struct CreateViewStatement : StatementOf<StatementKind::kCreateView> {
  bool or_replace = false;
  bool is_alter = false;  // ALTER VIEW (1235 in TiDB)
  ViewAlgorithm algorithm = ViewAlgorithm::kUndefined;
  AccountName definer{.is_current_user = true};
  ViewSecurity security = ViewSecurity::kDefiner;
  ObjectName name;
  List<Name> columns;
  const Query* query = nullptr;
  std::string_view query_text;
  ViewCheckOption check_option = ViewCheckOption::kNotWritten;
};

struct DropViewStatement : StatementOf<StatementKind::kDropView> {
  bool if_exists = false;
  List<ObjectName> views;
  DropBehaviour behaviour = DropBehaviour::kNotWritten;
};

enum class SequenceOptionKind : std::uint8_t {
  kStart,
  kIncrement,
  kMinValue,
  kNoMinValue,
  kMaxValue,
  kNoMaxValue,
  kCache,
  kNoCache,
  kCycle,
  kNoCycle,
  kRestart,
  kRestartWith,
};

struct SequenceOption {
  SequenceOptionKind kind = SequenceOptionKind::kStart;
  std::int64_t value = 0;
};

struct CreateSequenceStatement : StatementOf<StatementKind::kCreateSequence> {
  bool if_not_exists = false;
  ObjectName name;
  List<SequenceOption> options;
  List<TableOption> table_options;
};

struct AlterSequenceStatement : StatementOf<StatementKind::kAlterSequence> {
  bool if_exists = false;
  ObjectName name;
  List<SequenceOption> options;
};

struct DropSequenceStatement : StatementOf<StatementKind::kDropSequence> {
  bool if_exists = false;
  List<ObjectName> names;
};

/// `NAME = value` of placement policies and resource groups; the name in upper case.
struct PolicyOption {
  std::string_view name;
  std::string_view text;
  std::uint64_t number = 0;
  bool is_number = false;
  bool is_default = false;
  List<PolicyOption> nested;  // QUERY_LIMIT = (..), BACKGROUND = (..)
};

struct CreatePlacementPolicyStatement : StatementOf<StatementKind::kCreatePlacementPolicy> {
  bool or_replace = false;
  bool if_not_exists = false;
  Name name;
  List<PolicyOption> options;
};

struct AlterPlacementPolicyStatement : StatementOf<StatementKind::kAlterPlacementPolicy> {
  bool if_exists = false;
  Name name;
  List<PolicyOption> options;
};

struct DropPlacementPolicyStatement : StatementOf<StatementKind::kDropPlacementPolicy> {
  bool if_exists = false;
  Name name;
};

/// ALTER RANGE name PLACEMENT POLICY p.
struct AlterRangeStatement : StatementOf<StatementKind::kAlterRange> {
  Name range;
  Name policy;
};

struct CreateResourceGroupStatement : StatementOf<StatementKind::kCreateResourceGroup> {
  bool if_not_exists = false;
  Name name;
  List<PolicyOption> options;
};

struct AlterResourceGroupStatement : StatementOf<StatementKind::kAlterResourceGroup> {
  bool if_exists = false;
  Name name;
  List<PolicyOption> options;
};

struct DropResourceGroupStatement : StatementOf<StatementKind::kDropResourceGroup> {
  bool if_exists = false;
  Name name;
};

struct SetResourceGroupStatement : StatementOf<StatementKind::kSetResourceGroup> {
  Name name;
};

/// CALIBRATE RESOURCE [WORKLOAD w | START_TIME .. END_TIME .. DURATION ..].
struct CalibrateResourceStatement : StatementOf<StatementKind::kCalibrateResource> {
  std::string_view workload;  // upper case
  const Expression* start_time = nullptr;
  const Expression* end_time = nullptr;
  const Expression* duration = nullptr;  // INTERVAL n unit or a string
  TimeUnit duration_unit = TimeUnit::kNone;
};

/// QUERY WATCH ADD ...; options as written.
struct AddQueryWatchStatement : StatementOf<StatementKind::kAddQueryWatch> {
  List<PolicyOption> options;  // RESOURCE GROUP, ACTION, SQL TEXT EXACT|SIMILAR|PLAN TO, SQL DIGEST, PLAN DIGEST
};

/// QUERY WATCH REMOVE n.
struct DropQueryWatchStatement : StatementOf<StatementKind::kDropQueryWatch> {
  std::int64_t id = 0;
  Name resource_group;
};

/// CREATE STATISTICS name (CARDINALITY|DEPENDENCY|CORRELATION) ON t(columns).
struct CreateStatisticsStatement : StatementOf<StatementKind::kCreateStatistics> {
  bool if_not_exists = false;
  Name name;
  std::string_view type;
  ObjectName table;
  List<Name> columns;
};

struct DropStatisticsStatement : StatementOf<StatementKind::kDropStatistics> {
  Name name;
};

}  // namespace sluice::sql
