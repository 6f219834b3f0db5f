#pragma once
// ADMIN statements (5.1 of the SQL reference). ADMIN REPAIR TABLE is a RepairTableStatement.

#include "sql/ast_dml.h"

namespace sluice::sql {

enum class AdminKind : std::uint8_t {
  kShowDdl,
  kShowDdlJobs,
  kShowDdlJobQueries,
  kShowDdlJobQueriesWithLimit,
  kCancelDdlJobs,
  kPauseDdlJobs,
  kResumeDdlJobs,
  kAlterDdlJob,
  kCheckTable,
  kCheckIndex,
  kCheckIndexRange,
  kChecksumTable,
  kRecoverIndex,
  kCleanupIndex,
  kCleanupTableLock,
  kShowNextRowId,
  kShowSlowRecent,
  kShowSlowTop,
  kReloadExpressionPushdownBlacklist,
  kReloadOptimizerRuleBlacklist,
  kReloadBindings,
  kReloadStatsExtended,
  kReloadClusterBindings,
  kFlushBindings,
  kCaptureBindings,
  kEvolveBindings,
  kFlushPlanCache,
  kPluginsEnable,
  kPluginsDisable,
  kSetBdrRole,
  kShowBdrRole,
  kUnsetBdrRole,
  kCreateWorkloadSnapshot,
  kShowTelemetry,
  kResetTelemetry,
};

struct HandleRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

enum class SlowTopKind : std::uint8_t { kDefault, kInternal, kAll };

/// One ADMIN statement; which members are set follows from `admin`.
struct AdminStatement : StatementOf<StatementKind::kAdmin> {
  AdminKind admin = AdminKind::kShowDdl;
  List<ObjectName> tables;  // kCheckTable ...; one for the index and row-id forms
  Name index;
  List<std::int64_t> job_ids;
  std::optional<std::int64_t> job_count;  // ADMIN SHOW DDL JOBS n
  const Expression* where = nullptr;      // ADMIN SHOW DDL JOBS .. WHERE
  const LimitClause* limit = nullptr;     // kShowDdlJobQueriesWithLimit
  List<NamedOption> options;              // kAlterDdlJob: thread = n, batch_size = n, max_write_speed = s
  List<HandleRange> handle_ranges;        // kCheckIndexRange
  std::uint64_t count = 0;                // slow forms
  SlowTopKind slow_top = SlowTopKind::kDefault;
  List<std::string_view> plugins;
  VariableScope scope = VariableScope::kNotWritten;  // kFlushPlanCache (session, instance, global)
  std::string_view word;                             // kSetBdrRole: PRIMARY, SECONDARY
};

}  // namespace sluice::sql
