#pragma once
// The root of a parsed statement: its kind and its text.

#include "sql/ast_node.h"

namespace sluice::sql {

enum class StatementKind : std::uint8_t {
  // Queries and data (ast_select.h, ast_dml.h)
  kQuery,
  kInsert,
  kUpdate,
  kDelete,
  kLoadData,
  kImportInto,
  kBatch,
  kDo,
  kCall,
  // Tables and indexes (ast_ddl.h)
  kCreateTable,
  kAlterTable,
  kDropTable,
  kTruncateTable,
  kRenameTable,
  kCreateIndex,
  kDropIndex,
  kRecoverTable,
  kFlashbackTable,
  kFlashbackDatabase,
  kFlashbackCluster,
  kRepairTable,
  kMaintainTables,
  // Other schema objects (ast_schema_object.h)
  kCreateDatabase,
  kAlterDatabase,
  kDropDatabase,
  kCreateView,
  kDropView,
  kCreateSequence,
  kAlterSequence,
  kDropSequence,
  kCreatePlacementPolicy,
  kAlterPlacementPolicy,
  kDropPlacementPolicy,
  kAlterRange,
  kCreateResourceGroup,
  kAlterResourceGroup,
  kDropResourceGroup,
  kSetResourceGroup,
  kCalibrateResource,
  kAddQueryWatch,
  kDropQueryWatch,
  kCreateStatistics,
  kDropStatistics,
  // Accounts (ast_account.h)
  kCreateUser,
  kAlterUser,
  kDropUser,
  kRenameUser,
  kCreateRole,
  kDropRole,
  kGrant,
  kRevoke,
  kGrantRole,
  kRevokeRole,
  kGrantProxy,
  kSetPassword,
  kSetRole,
  kSetDefaultRole,
  // Session and transactions (ast_simple.h)
  kSetVariables,
  kSetTransaction,
  kUse,
  kBegin,
  kCommit,
  kRollback,
  kSavepoint,
  kReleaseSavepoint,
  kRollbackToSavepoint,
  kLockTables,
  kUnlockTables,
  kPrepare,
  kExecute,
  kDeallocate,
  kExplain,
  kTrace,
  kKill,
  kFlush,
  kShutdown,
  kRestart,
  kHelp,
  kAnalyzeTable,
  kDropStats,
  kLoadStats,
  kLockStats,
  kUnlockStats,
  kRefreshStats,
  kSplitRegion,
  kDistributeTable,
  kCreateBinding,
  kDropBinding,
  kSetBinding,
  kPlanReplayer,
  kChangeCluster,
  kBackupRestore,
  kImportJob,
  kTrafficControl,
  // SHOW (ast_show.h) and ADMIN (ast_admin.h)
  kShow,
  kAdmin,
  /// Recognised by its first words and not supported: procedures, triggers, events, XA, handlers, replication ... The
  /// statement's owner raises 1235 with `UnsupportedStatement::name`.
  kUnsupported,
};

/// Base of all statements. Switch on `kind` and cast with `as<T>()`.
struct Statement {
  StatementKind kind;
  std::string_view text;              // the statement's slice of the text, without the ';' and white space around it
  std::uint32_t parameter_count = 0;  // `?` markers
  /// Cannot change data or schema, whatever the session: SELECT without locking or INTO OUTFILE, SHOW, EXPLAIN without
  /// ANALYZE of a change, USE, SET of session things...
  bool is_read_only = false;

  explicit Statement(StatementKind kind) : kind(kind) {}
  template <class T>
  const T& as() const {
    return static_cast<const T&>(*this);
  }
  template <class T>
  const T* try_as() const {
    return kind == T::kKind ? static_cast<const T*>(this) : nullptr;
  }
};

template <StatementKind K>
struct StatementOf : Statement {
  static constexpr StatementKind kKind = K;
  StatementOf() : Statement(K) {}
};

/// See StatementKind::kUnsupported. `name` e.g. "CREATE PROCEDURE".
struct UnsupportedStatement : StatementOf<StatementKind::kUnsupported> {
  std::string_view name;
};

}  // namespace sluice::sql
