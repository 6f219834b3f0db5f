#pragma once
// SHOW in all its forms, and DESCRIBE table.

#include "sql/ast_dml.h"

namespace sluice::sql {

enum class ShowKind : std::uint8_t {
  kDatabases,
  kTables,
  kTableStatus,
  kOpenTables,
  kColumns,
  kIndex,
  kCreateTable,
  kCreateView,
  kCreateDatabase,
  kCreateSequence,
  kCreateUser,
  kCreatePlacementPolicy,
  kCreateResourceGroup,
  kCreateProcedure,
  kCreateFunction,
  kCreateTrigger,
  kCreateEvent,
  kGrants,
  kWarnings,
  kErrors,
  kVariables,
  kStatus,
  kProcesslist,
  kProcedureStatus,
  kFunctionStatus,
  kTriggers,
  kEvents,
  kEngines,
  kEngineStatus,
  kCharset,
  kCollation,
  kPlugins,
  kPrivileges,
  kProfiles,
  kProfile,
  kMasterStatus,
  kBinaryLogStatus,
  kReplicaStatus,
  kBinlogEvents,
  kBinaryLogs,
  kConfig,
  kStatsExtended,
  kStatsMeta,
  kStatsHistograms,
  kStatsTopN,
  kStatsBuckets,
  kStatsHealthy,
  kStatsLocked,
  kHistogramsInFlight,
  kColumnStatsUsage,
  kAnalyzeStatus,
  kBindings,
  kBindingCacheStatus,
  kTableRegions,
  kTableNextRowId,
  kBuiltins,
  kPumpStatus,
  kDrainerStatus,
  kBackups,
  kRestores,
  kImports,
  kCreateImport,
  kImportJobs,
  kImportGroups,
  kDistributionJobs,
  kTableDistributions,
  kAffinity,
  kPlacement,
  kPlacementLabels,
  kPlacementForDatabase,
  kPlacementForTable,
  kPlacementForPartition,
  kSessionStates,
  kReplicas,
  kBackupLogs,
  kBackupMetadata,
  kBdrRole,
};

/// One SHOW statement; which members are set follows from `show`.
struct ShowStatement : StatementOf<StatementKind::kShow> {
  ShowKind show = ShowKind::kDatabases;
  VariableScope scope = VariableScope::kNotWritten;  // kVariables, kStatus, kBindings
  bool is_full = false;
  bool is_extended = false;
  bool if_not_exists = false;  // SHOW CREATE DATABASE IF NOT EXISTS
  bool is_describe = false;    // DESC t
  bool is_count = false;       // SHOW COUNT(*) WARNINGS|ERRORS
  Name database;               // FROM|IN db; kCreateDatabase
  ObjectName table;            // kColumns, kIndex, kCreateTable ...
  Name column;                 // DESC t column (may hold a pattern)
  Name index;                  // kTableRegions
  Name partition;
  List<Name> partitions;               // kTableRegions
  Name object;                         // policy, resource group, engine, profile
  std::optional<AccountName> account;  // kGrants, kCreateUser
  List<AccountName> roles;             // SHOW GRANTS .. USING
  const Like* like = nullptr;          // LIKE 'p': `pattern` and escape; `operand` is null
  const Expression* where = nullptr;
  const LimitClause* limit = nullptr;  // kWarnings, kErrors, kProfile, kBinlogEvents
  std::int64_t number = 0;             // job ids, FOR QUERY n
  bool has_number = false;
  std::string_view text;
};

}  // namespace sluice::sql
