#pragma once
// Session, transaction, plan and maintenance statements.

#include "sql/ast_dml.h"

namespace sluice::sql {

enum class SetTargetKind : std::uint8_t {
  kSystemVariable,  // scope, name
  kUserVariable,    // name
  kNames,           // SET NAMES charset [COLLATE c]: charset (empty: DEFAULT), collation
  kCharacterSet,    // SET CHARACTER SET charset
};

/// One assignment of SET; `value` null stands for DEFAULT. An unquoted word (ON, utf8mb4) is a ColumnReference.
struct VariableSetting {
  SetTargetKind target = SetTargetKind::kSystemVariable;
  VariableScope scope = VariableScope::kNotWritten;
  std::string_view name;
  const Expression* value = nullptr;
  std::string_view charset;
  std::string_view collation;
};

struct SetVariablesStatement : StatementOf<StatementKind::kSetVariables> {
  List<VariableSetting> settings;
};

enum class IsolationLevel : std::uint8_t {
  kNotWritten,
  kReadUncommitted,
  kReadCommitted,
  kRepeatableRead,
  kSerializable
};
enum class AccessMode : std::uint8_t { kNotWritten, kReadWrite, kReadOnly };

/// SET [GLOBAL|SESSION] TRANSACTION ...
struct SetTransactionStatement : StatementOf<StatementKind::kSetTransaction> {
  VariableScope scope = VariableScope::kNotWritten;  // kNotWritten: the next transaction only
  IsolationLevel isolation = IsolationLevel::kNotWritten;
  AccessMode access = AccessMode::kNotWritten;
  const Expression* as_of_timestamp = nullptr;  // READ ONLY AS OF TIMESTAMP
};

struct UseStatement : StatementOf<StatementKind::kUse> {
  Name database;
};

enum class TransactionMode : std::uint8_t { kNotWritten, kPessimistic, kOptimistic };

/// BEGIN [PESSIMISTIC|OPTIMISTIC], START TRANSACTION [...].
struct BeginStatement : StatementOf<StatementKind::kBegin> {
  TransactionMode mode = TransactionMode::kNotWritten;
  AccessMode access = AccessMode::kNotWritten;
  bool with_consistent_snapshot = false;
  bool with_causal_consistency_only = false;
  const Expression* as_of_timestamp = nullptr;
};

enum class Completion : std::uint8_t { kDefault, kChain, kRelease, kNoChain };

struct CommitStatement : StatementOf<StatementKind::kCommit> {
  Completion completion = Completion::kDefault;
};
struct RollbackStatement : StatementOf<StatementKind::kRollback> {
  Completion completion = Completion::kDefault;
};
struct SavepointStatement : StatementOf<StatementKind::kSavepoint> {
  Name name;
};
struct ReleaseSavepointStatement : StatementOf<StatementKind::kReleaseSavepoint> {
  Name name;
};
struct RollbackToSavepointStatement : StatementOf<StatementKind::kRollbackToSavepoint> {
  Name name;
};

enum class TableLockKind : std::uint8_t { kRead, kReadLocal, kWrite, kWriteLocal, kLowPriorityWrite };
struct TableLock {
  ObjectName table;
  Name alias;
  TableLockKind kind = TableLockKind::kRead;
};
struct LockTablesStatement : StatementOf<StatementKind::kLockTables> {
  List<TableLock> locks;
};
struct UnlockTablesStatement : StatementOf<StatementKind::kUnlockTables> {};

/// PREPARE name FROM 'text' | @variable.
struct PrepareStatement : StatementOf<StatementKind::kPrepare> {
  Name name;
  std::string_view statement_text;
  std::string_view variable;  // without the @; empty: the text
};

struct ExecuteStatement : StatementOf<StatementKind::kExecute> {
  Name name;
  List<std::string_view> variables;  // USING @a, @b
};

struct DeallocateStatement : StatementOf<StatementKind::kDeallocate> {
  Name name;
};

/// EXPLAIN [ANALYZE] [FORMAT = f] statement, EXPLAIN FOR CONNECTION n, EXPLAIN 'plan digest'. DESC t is a ShowStatement (kColumns).
struct ExplainStatement : StatementOf<StatementKind::kExplain> {
  const Statement* statement = nullptr;
  bool is_analyze = false;
  std::string_view format;  // lower case; empty: not written
  std::uint64_t connection_id = 0;
  bool is_for_connection = false;
  std::string_view plan_digest;
};

/// TRACE [FORMAT = f] [PLAN [TARGET = t]] statement.
struct TraceStatement : StatementOf<StatementKind::kTrace> {
  const Statement* statement = nullptr;
  std::string_view format;  // lower case; empty: not written
  bool is_plan = false;
  std::string_view plan_target;
};

enum class KillTarget : std::uint8_t { kConnection, kQuery };

/// KILL [TIDB] [CONNECTION|QUERY] id.
struct KillStatement : StatementOf<StatementKind::kKill> {
  KillTarget target = KillTarget::kConnection;
  bool is_tidb = false;
  std::uint64_t connection_id = 0;
  const Expression* expression = nullptr;  // CONNECTION_ID() instead of a number
};

enum class FlushKind : std::uint8_t {
  kTables,
  kPrivileges,
  kStatus,
  kLogs,
  kHosts,
  kTidbPlugins,
  kClientErrorsSummary,
  kStatsDelta
};
enum class FlushLog : std::uint8_t { kAll, kBinary, kEngine, kError, kGeneral, kSlow };

struct FlushStatement : StatementOf<StatementKind::kFlush> {
  FlushKind flush = FlushKind::kTables;
  bool no_write_to_binlog = false;
  List<ObjectName> tables;
  bool with_read_lock = false;
  FlushLog log = FlushLog::kAll;
  List<std::string_view> plugins;
};

struct ShutdownStatement : StatementOf<StatementKind::kShutdown> {};
struct RestartStatement : StatementOf<StatementKind::kRestart> {};
struct HelpStatement : StatementOf<StatementKind::kHelp> {
  std::string_view topic;
};

// ---- statistics ------------------------------------------------------------------------------------------------------

enum class AnalyzeOptionKind : std::uint8_t { kBuckets, kTopN, kCmSketchDepth, kCmSketchWidth, kSamples, kSampleRate };
struct AnalyzeOption {
  AnalyzeOptionKind kind = AnalyzeOptionKind::kBuckets;
  const Literal* value = nullptr;
};
enum class AnalyzeColumns : std::uint8_t { kDefault, kAll, kPredicate, kListed };
enum class HistogramOperation : std::uint8_t { kNone, kUpdate, kDrop };

/// ANALYZE TABLE t, .. [PARTITION ..] [INDEX ..|COLUMNS ..|ALL COLUMNS|PREDICATE COLUMNS] [WITH ..].
struct AnalyzeTableStatement : StatementOf<StatementKind::kAnalyzeTable> {
  List<ObjectName> tables;
  List<Name> partitions;
  bool is_index = false;  // INDEX written; `indexes` may be empty: all
  List<Name> indexes;
  AnalyzeColumns columns_choice = AnalyzeColumns::kDefault;
  List<Name> columns;
  bool is_incremental = false;
  bool no_write_to_binlog = false;
  HistogramOperation histogram = HistogramOperation::kNone;
  List<AnalyzeOption> options;
};

/// DROP STATS t, .. [PARTITION ..] [GLOBAL].
struct DropStatsStatement : StatementOf<StatementKind::kDropStats> {
  List<ObjectName> tables;
  List<Name> partitions;
  bool is_global = false;
};
struct LoadStatsStatement : StatementOf<StatementKind::kLoadStats> {
  std::string_view path;
};

struct StatsLockTable {
  ObjectName table;
  List<Name> partitions;
};
struct LockStatsStatement : StatementOf<StatementKind::kLockStats> {
  List<StatsLockTable> tables;
};
struct UnlockStatsStatement : StatementOf<StatementKind::kUnlockStats> {
  List<StatsLockTable> tables;
};
struct RefreshStatsStatement : StatementOf<StatementKind::kRefreshStats> {
  List<ObjectName> tables;
};

// ---- regions, bindings, plan replayer --------------------------------------------------------------------------------

/// SPLIT [REGION FOR] [PARTITION] TABLE t [PARTITION (..)] [INDEX i] BETWEEN (..) AND (..) REGIONS n | BY (..), ...
struct SplitRegionStatement : StatementOf<StatementKind::kSplitRegion> {
  bool is_region_for = false;
  bool is_partition_table = false;
  ObjectName table;
  List<Name> partitions;
  Name index;
  bool is_index = false;
  ExpressionList lower;
  ExpressionList upper;
  std::int64_t region_count = 0;
  List<ExpressionList> values;  // BY
};

/// DISTRIBUTE TABLE t [PARTITION (..)] RULE = r ENGINE = e [TIMEOUT = s].
struct DistributeTableStatement : StatementOf<StatementKind::kDistributeTable> {
  ObjectName table;
  List<Name> partitions;
  std::string_view rule;
  std::string_view engine;
  std::string_view timeout;
};

enum class BindingScope : std::uint8_t { kSession, kGlobal };

/// CREATE [SESSION|GLOBAL] BINDING [FOR stmt] USING stmt | FROM HISTORY USING PLAN DIGEST d, ...
struct CreateBindingStatement : StatementOf<StatementKind::kCreateBinding> {
  BindingScope scope = BindingScope::kSession;
  const Statement* original = nullptr;
  const Statement* hinted = nullptr;
  ExpressionList plan_digests;  // string literals or user variables
};

struct DropBindingStatement : StatementOf<StatementKind::kDropBinding> {
  BindingScope scope = BindingScope::kSession;
  const Statement* original = nullptr;
  const Statement* hinted = nullptr;
  ExpressionList sql_digests;
};

/// SET BINDING ENABLED|DISABLED FOR stmt [USING stmt] | FOR SQL DIGEST d.
struct SetBindingStatement : StatementOf<StatementKind::kSetBinding> {
  bool is_enabled = true;
  const Statement* original = nullptr;
  const Statement* hinted = nullptr;
  std::string_view sql_digest;
};

enum class PlanReplayerAction : std::uint8_t { kDump, kLoad, kCapture, kCaptureRemove };

struct PlanReplayerStatement : StatementOf<StatementKind::kPlanReplayer> {
  PlanReplayerAction action = PlanReplayerAction::kDump;
  bool is_analyze = false;
  bool is_slow_query = false;
  const Statement* statement = nullptr;
  const Expression* where = nullptr;
  List<OrderItem> order_by;
  const LimitClause* limit = nullptr;
  const Expression* as_of_timestamp = nullptr;
  std::string_view file;
  std::string_view sql_digest;
  std::string_view plan_digest;
};

/// BACKUP|RESTORE {DATABASE *|d, .. | TABLE t, ..} {TO|FROM} 'url' [option = value ..], and their log and job forms.
struct BackupRestoreStatement : StatementOf<StatementKind::kBackupRestore> {
  std::string_view action;  // upper case first words: "BACKUP", "RESTORE", "BACKUP LOGS", "SHOW BACKUP METADATA" ...
  List<Name> databases;
  List<ObjectName> tables;
  std::string_view storage;
  List<NamedOption> options;
};

/// CANCEL IMPORT JOB n, CANCEL DISTRIBUTION JOB n, PAUSE/RESUME/DROP ... LOAD DATA JOB n.
struct ImportJobStatement : StatementOf<StatementKind::kImportJob> {
  std::string_view action;  // "CANCEL IMPORT JOB" ...
  std::int64_t job_id = 0;
};

/// TRAFFIC CAPTURE|REPLAY|CANCEL|SHOW...
struct TrafficControlStatement : StatementOf<StatementKind::kTrafficControl> {
  std::string_view action;
  std::string_view path;
  List<NamedOption> options;
};

}  // namespace sluice::sql
