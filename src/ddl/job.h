#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "catalog/database_info.h"
#include "catalog/table_info.h"
#include "ddl/job_type.h"
#include "ddl/state_machine.h"
#include "types/sql_mode.h"

namespace sluice::ddl {

// ---- Arguments of changes to whole objects ----

struct CreateSchemaArguments {
  catalog::DatabaseInfo database;
};
struct DropSchemaArguments {};
struct ModifySchemaCharsetArguments {
  std::string charset;
  std::string collation;
};
struct CreateTableArguments {
  catalog::TableInfo table;
};
struct CreateViewArguments {
  catalog::TableInfo view;
  bool replace = false;
  std::int64_t replaced_id = 0;  // set by the first step
};
struct DropTableArguments {            // tables and views
  std::vector<std::int64_t> together;  // what the same statement drops: foreign keys between them do not count
};
struct TruncateTableArguments {
  std::int64_t new_table_id = 0;
};
/// One pair of RENAME TABLE.
struct RenamedTable {
  std::int64_t table_id = 0;
  std::int64_t old_schema_id = 0;
  std::int64_t new_schema_id = 0;
  catalog::Name old_name;
  catalog::Name new_name;
};
struct RenameTablesArguments {
  std::vector<RenamedTable> tables;
};

using ObjectArguments = std::variant<std::monostate, CreateSchemaArguments, DropSchemaArguments,
                                     ModifySchemaCharsetArguments, CreateTableArguments, CreateViewArguments,
                                     DropTableArguments, TruncateTableArguments, RenameTablesArguments>;

// ---- Clauses of ALTER TABLE ----

enum class PositionKind : std::uint8_t { kUnchanged = 0, kFirst = 1, kAfter = 2 };
struct ColumnPosition {
  PositionKind kind = PositionKind::kUnchanged;  // of a new column: at the end
  catalog::Name after;
};

struct AddColumnClause {
  catalog::ColumnInfo column;  // id 0 until the first step
  ColumnPosition position;
};
struct DropColumnClause {
  catalog::Name name;
  std::vector<std::int64_t> index_ids;  // single-column indexes that vanish with it; set by the first step
};
/// MODIFY, CHANGE and RENAME COLUMN; only changes that leave stored values as they are.
struct ModifyColumnClause {
  catalog::Name old_name;
  catalog::ColumnInfo column;  // as it will be; id and offset are the old column's
  ColumnPosition position;
  bool forbids_null = false;  // NULL -> NOT NULL: the rows are checked
};
struct SetDefaultClause {
  catalog::Name name;
  std::optional<std::string> default_value;
  bool default_is_expression = false;
  bool has_no_default = false;  // DROP DEFAULT
};
struct AddIndexClause {
  catalog::IndexInfo index;  // id 0 until the first step
};
struct DropIndexClause {
  catalog::Name name;
};
struct RenameIndexClause {
  catalog::Name from;
  catalog::Name to;
};
struct IndexVisibilityClause {
  catalog::Name name;
  bool invisible = false;
};
struct AddForeignKeyClause {
  catalog::ForeignKeyInfo key;  // its id is given when it commits
};
struct DropForeignKeyClause {
  catalog::Name name;
};
struct AddCheckClause {
  catalog::ConstraintInfo check;  // its id is given by the first step
};
struct DropCheckClause {
  catalog::Name name;
};
struct AlterCheckClause {
  catalog::Name name;
  bool enforced = true;
};
struct RebaseAutoIdClause {
  std::int64_t next_value = 1;
  bool force = false;
};
struct TableCommentClause {
  std::string comment;
};
struct TableCharsetClause {
  std::string charset;
  std::string collation;
};

using Clause = std::variant<AddColumnClause, DropColumnClause, ModifyColumnClause, SetDefaultClause, AddIndexClause,
                            DropIndexClause, RenameIndexClause, IndexVisibilityClause, RebaseAutoIdClause,
                            TableCommentClause, TableCharsetClause, AddForeignKeyClause, DropForeignKeyClause,
                            AddCheckClause, DropCheckClause, AlterCheckClause>;

/// Whether the clause makes statements enforce a CHECK that they did not enforce before: the rows are checked.
bool begins_to_enforce(const Clause& clause) noexcept;

/// The job type of one clause on its own.
JobType type_of(const Clause& clause) noexcept;

// ---- The job ----

struct JobError {
  std::uint16_t code = 0;
  std::string message;
};

/// How a job that reads all rows may use the machine; can be changed while it runs.
struct ReorganizationSettings {
  int worker_count = 4;              // tidb_ddl_reorg_worker_cnt
  int batch_size = 256;              // tidb_ddl_reorg_batch_size
  std::int64_t max_write_speed = 0;  // bytes per second, 0: no limit
};

/// Who asked for a pause: a user's pause is not ended by the system, and the other way round.
enum class AdminOperator : std::uint8_t { kNone = 0, kUser = 1, kSystem = 2 };

/// A schema change as a durable row of mysql.tidb_ddl_job, or of the history. A plain value.
struct Job {
  std::int64_t id = 0;
  JobType type = JobType::kNone;
  JobState state = JobState::kQueueing;
  Phase phase = Phase::kNone;
  std::int64_t schema_id = 0;
  std::int64_t table_id = 0;
  std::string schema_name;
  std::string table_name;
  ObjectArguments object;       // of jobs on whole objects
  std::vector<Clause> clauses;  // of ALTER TABLE
  std::optional<JobError> error;
  std::int64_t error_count = 0;
  // Errors of the undo, or of the way from the commit point to the end: where the job can only go on.
  std::int64_t end_error_count = 0;
  // end_error_count is past its limit: no worker takes the job until ADMIN RESUME, ADMIN CANCEL or the next start.
  bool needs_attention = false;
  std::int64_t row_count = 0;          // rows that reorganisation has handled
  std::uint64_t snapshot_version = 0;  // what the backfill reads and writes at
  std::uint64_t create_ts = 0;         // when it was submitted
  std::uint64_t start_ts = 0;          // of its first step
  std::uint64_t finish_ts = 0;
  std::int64_t schema_version = 0;  // of its last step
  bool synced = true;               // no transaction uses a version older than schema_version
  std::string query;
  ReorganizationSettings settings;
  // Of the session.
  bool foreign_key_checks = true;
  types::SqlMode sql_mode = types::SqlMode::standard();
  std::string time_zone = "UTC";
  AdminOperator paused_by = AdminOperator::kNone;
  std::int64_t stop_requested_us = 0;  // when the last cancel or pause was asked for
  std::string warning;                 // the last error that did not end it

  bool has_clauses() const noexcept { return !clauses.empty(); }
  ChangeShape shape() const;
  /// Whether a cancel can still undo it.
  bool can_be_cancelled() const noexcept {
    return !is_committed(phase) && state != JobState::kDone && !is_terminal(state);
  }
  bool reads_rows() const;
};

/// Raised by SHOW and the worker: the state after `event`; throws InternalError if the table has no successor.
JobState successor(const Job& job, JobEvent event);

}  // namespace sluice::ddl
